"""Changes of files made by hand."""

from __future__ import annotations

from typing import Any

from analyzer.diff.filesystem.model import FileChange, FileState, What
from analyzer.diff.tree import Kind
from analyzer.tarheader import EntryKind
from tests.diff.reports import digest


def state(**members: object) -> FileState:
    """A plain file of root in the first layer that no package owns, but for `members`."""
    plain: dict[str, Any] = {
        "kind": EntryKind.FILE,
        "size": 5,
        "mode": 0o644,
        "uid": 0,
        "gid": 0,
        "target": None,
        "device": None,
        "xattrs": (),
        "content": digest("content"),
        "mtime": 0.0,
        "layer": 0,
    }
    return FileState(**plain | members)


def added(path: str, **members: object) -> FileChange:
    """A file that is on the second side only."""
    return FileChange(path, Kind.ADDED, None, state(**members))


def removed(path: str, **members: object) -> FileChange:
    """A file that is on the first side only."""
    return FileChange(path, Kind.REMOVED, state(**members), None)


def changed(
    path: str,
    what: tuple[What, ...],
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> FileChange:
    """A file that differs in `what`; `before` and `after` are members of its states."""
    return FileChange(path, Kind.CHANGED, state(**before or {}), state(**after or {}), what)


def folder(change: FileChange) -> FileChange:
    """The same with a directory in place of the file."""
    sides = [
        side and side._replace(kind=EntryKind.DIRECTORY, size=0, mode=0o755, content=None)
        for side in (change.before, change.after)
    ]
    return FileChange(change.path, change.kind, sides[0], sides[1], change.what)
