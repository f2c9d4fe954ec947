"""What a changed file can do, and whether a change of a package's file needs to be looked at."""

from __future__ import annotations

from analyzer.diff.filesystem.model import FileChange, FileState
from analyzer.diff.filesystem.rights import Right, rights_of
from analyzer.tarheader import EntryKind

_SETTINGS = "etc/"
"""Settings of this machine and no programs (FHS 3.0, 3.7); Debian Policy 10.7.2, rpm and apk keep
what people edit there."""
_ALWAYS = frozenset({"content", "type", "target", "device", "capabilities", "xattrs"})


def is_program(change: FileChange) -> bool:
    """Whether somebody can execute it, on either side, or it takes the rights of its owner."""
    return any(_runs(state) for state in (change.before, change.after) if state is not None)


def _runs(state: FileState) -> bool:
    if state.kind is not EntryKind.FILE:
        return False
    rights = rights_of(state)
    return bool(rights - {Right.EXECUTABLE, Right.WRITABLE}) or (
        Right.EXECUTABLE in rights and state.size > 0
    )


def plain_settings(change: FileChange) -> bool:
    """Whether only the content of a file below /etc changed that nobody can execute."""
    states = (change.before, change.after)
    return (
        change.path.startswith(_SETTINGS)
        and set(change.what) <= {"content", "time"}
        and all(state is not None and state.kind is EntryKind.FILE for state in states)
        and not is_program(change)
    )


def made_by_others(change: FileChange) -> bool:
    """Whether only the content changed of a file that packages name without bringing it.

    Such as the database of rpm itself and caches, `%ghost` in a spec file; programs are none.
    """
    states = (change.before, change.after)
    return (
        set(change.what) <= {"content", "time"}
        and all(state is not None and state.ghost for state in states)
        and not is_program(change)
    )


def says_more(change: FileChange) -> bool:
    """Whether it holds something else, or somebody can do with it what nobody could.

    Either direction counts: comparing the other way round must find the same.
    """
    if _ALWAYS.intersection(change.what):
        return True
    if rights_of(change.before) != rights_of(change.after):
        return True
    return "owner" in change.what and is_program(change)
