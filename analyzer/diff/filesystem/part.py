"""What became of files as a part of the tree of differences. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from analyzer.capabilities import CAPABILITY, capabilities_text
from analyzer.diff.filesystem.compare import place
from analyzer.diff.filesystem.rights import gone_rights, new_rights
from analyzer.diff.rungs import few
from analyzer.diff.tree import AFTER, BEFORE, Difference, Kind, container, leaf
from analyzer.paths import printable

if TYPE_CHECKING:
    from analyzer.diff.filesystem.causes import Cause
    from analyzer.diff.filesystem.model import FileChange, FileChanges, FileState, What

FILES = "files"
"""Subject of the part."""
PATH = "path"
"""Subject of the member of a file that was moved."""
NOT_WHOLE = "some of its layers cannot be read whole, so its files were not compared"
ONLY_TIMES = "{} more differ in nothing but their modification time"
NOT_READ = "its content was not read"
UNKNOWN_FILES = "the content of {} was not read, so whether they differ is not known"
SEVERAL = "one content at several paths: {}; which became which cannot be told"
_MOST_AMBIGUOUS = 20


def files_part(
    changes: FileChanges, *, times: bool = False, causes: Sequence[Cause] | None = None
) -> Difference:
    """The part `files`: one child per path, in the order of paths.

    Args:
        changes: what became of the files.
        times: list paths of which only the modification time differs, too; they differ then.
        causes: why each of them differs, in the same order.
    """
    known: Sequence[Cause | None] = causes or [None] * len(changes.changes)
    listed = [
        (change, cause)
        for change, cause in zip(changes.changes, known, strict=True)
        if times or not change.only_time
    ]
    untold = len(changes.changes) - len(listed)
    notes = [ONLY_TIMES.format(untold)] if untold else []
    notes += [UNKNOWN_FILES.format(len(changes.unknown))] if changes.unknown else []
    return container(
        FILES,
        (
            replace(_child(change), cause=cause)
            for change, cause in sorted(listed, key=lambda pair: place(pair[0]))
        ),
        before={"paths": changes.before},
        after={"paths": changes.after},
        notes=[*notes, *_ambiguous(changes)],
    )


def no_files_part(before: bool, after: bool) -> Difference:  # noqa: FBT001 - one per side
    """The part where the tree of a side, or of both, could not be read (False)."""
    sides = ((BEFORE, before), (AFTER, after))
    return leaf(FILES, Kind.UNKNOWN, notes=[side + NOT_WHOLE for side, known in sides if not known])


def _ambiguous(changes: FileChanges) -> Iterator[str]:
    """Notes on files that may have been moved, in the same words from either side."""
    for old, new in changes.ambiguous[:_MOST_AMBIGUOUS]:
        yield SEVERAL.format(few(sorted(map(printable, (*old, *new)))))


def _child(change: FileChange) -> Difference:
    before, after = _of(change.before), _of(change.after)
    subject = min(change.path, change.before_path or change.path)
    if before is None or after is None:
        return leaf(subject, change.kind, before, after, _notes(change))
    if change.kind is Kind.MOVED:
        before["path"], after["path"] = printable(change.before_path), printable(change.path)
    if change.kind is Kind.UNKNOWN:
        return leaf(subject, Kind.UNKNOWN, before, after, _notes(change))
    found = container(subject, _members(change), before=before, after=after, notes=_notes(change))
    return replace(found, kind=Kind.CHANGED)


def _members(change: FileChange) -> Iterator[Difference]:
    one, two = change.before, change.after
    if change.kind is Kind.MOVED:
        yield leaf(PATH, Kind.CHANGED, printable(change.before_path), printable(change.path))
    for what in change.what:
        if one is not None and two is not None:
            yield leaf(what, Kind.CHANGED, _VALUES[what](one), _VALUES[what](two))


def _notes(change: FileChange) -> list[str]:
    """What it allows on one side only, and where its content was not read."""
    notes = [BEFORE + right.value for right in gone_rights(change)]
    notes += [AFTER + right.value for right in new_rights(change)]
    for side, state in ((BEFORE, change.before), (AFTER, change.after)):
        if state is not None and state.unread:
            notes.append(side + NOT_READ)
    return notes


def _of(state: FileState | None) -> dict[str, Any] | None:
    return state_document(state) if state is not None else None


def state_document(state: FileState) -> dict[str, Any]:
    """What stands at a path, as `$defs/file` of the schema has it."""
    found = {
        "type": state.kind.value,
        "size": state.size,
        "mode": _VALUES["mode"](state),
        "uid": state.uid,
        "gid": state.gid,
        "sha256": state.content,
        "mtime": _seconds(state),
        "layer": state.layer,
    }
    rare = {
        "target": printable(state.target) if state.target is not None else None,
        "device": _VALUES["device"](state),
        "capabilities": _capabilities(state),
        "xattrs": _xattrs(state),
        "owners": list(state.owners),
    }
    return found | {name: value for name, value in rare.items() if value}


def _seconds(state: FileState) -> float | Decimal:
    """Seconds since 1970."""
    return state.mtime


def _capabilities(state: FileState) -> str | None:
    value = dict(state.xattrs).get(CAPABILITY)
    return capabilities_text(value) if value is not None else None


def _xattrs(state: FileState) -> dict[str, str]:
    """Every attribute but that of capabilities, whose value is told in words, in hexadecimal."""
    return {printable(name): value.hex() for name, value in state.xattrs if name != CAPABILITY}


_VALUES: dict[What, Callable[[FileState], Any]] = {
    "content": lambda state: state.content,
    "type": lambda state: state.kind.value,
    "mode": lambda state: f"{state.mode:04o}",
    "owner": lambda state: f"{state.uid}:{state.gid}",
    "capabilities": _capabilities,
    "xattrs": _xattrs,
    "target": lambda state: state.target,
    "device": lambda state: list(state.device) if state.device else None,
    "time": _seconds,
}
