"""Files that give more rights than others, which people want to see first. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from analyzer.capabilities import CAPABILITY
from analyzer.tarheader import EntryKind

if TYPE_CHECKING:
    from analyzer.diff.filesystem.model import FileChange, FileState

_SETUID, _SETGID, _STICKY = 0o4000, 0o2000, 0o1000
_WRITABLE, _EXECUTABLE = 0o002, 0o111
_FILES = frozenset({EntryKind.FILE, EntryKind.HARDLINK})
_PLAIN = _FILES | {EntryKind.DIRECTORY}


class Right(StrEnum):
    """What a file allows, the gravest first."""

    SETUID = "setuid"
    SETGID = "setgid"
    CAPABILITIES = "capabilities"
    WRITABLE = "world-writable"
    EXECUTABLE = "executable"


def rights_of(state: FileState | None) -> frozenset[Right]:
    """What a file allows; nothing where there is none.

    A directory is no program, its group bit only hands its group on (inode(7)), and one with a
    sticky bit is writable as `/tmp` is. A hard link, as a layer stores it, is one more name of a
    file, and its header has that file's mode.
    """
    if state is None or state.kind not in _PLAIN:
        return frozenset()
    found = set()
    if state.kind in _FILES:
        found |= {Right.SETUID} if state.mode & _SETUID else set()
        found |= {Right.SETGID} if state.mode & _SETGID else set()
        found |= {Right.EXECUTABLE} if state.mode & _EXECUTABLE else set()
        found |= {Right.CAPABILITIES} if CAPABILITY in dict(state.xattrs) else set()
    if state.mode & _WRITABLE and not (state.kind is EntryKind.DIRECTORY and state.mode & _STICKY):
        found.add(Right.WRITABLE)
    return frozenset(found)


def new_rights(change: FileChange) -> tuple[Right, ...]:
    """What a path allows now and did not before, the gravest first."""
    return _sorted(rights_of(change.after) - rights_of(change.before))


def gone_rights(change: FileChange) -> tuple[Right, ...]:
    """What a path allowed before and does not now."""
    return _sorted(rights_of(change.before) - rights_of(change.after))


def _sorted(rights: frozenset[Right]) -> tuple[Right, ...]:
    return tuple(right for right in Right if right in rights)
