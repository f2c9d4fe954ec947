"""Whether a change of a file is known rebuild noise, and by which rule of the list."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache

from analyzer.diff.filesystem.model import FileChange, FileState
from analyzer.diff.filesystem.noiserules import BY_PATH, PROVEN, TIMES, Rule
from analyzer.diff.tree import Kind
from analyzer.globs import compile_glob
from analyzer.tarheader import EntryKind

Contents = Callable[[FileChange], "tuple[bytes | None, bytes | None]"]
"""The whole content of a file on both sides; None for what is not there or was not read."""

_QUIET = frozenset({"content", "time"})
"""In what a file may differ: never in type, mode, owner, capabilities or target."""
_EXECUTE, _SET_ID = 0o111, 0o6000


def not_read(_change: FileChange) -> tuple[None, None]:
    """Contents for who cannot read any."""
    return None, None


def proven_noise(change: FileChange, contents: Contents = not_read) -> Rule | None:
    """The rule by which nothing of the file differs but what it says; None where none does."""
    if change.only_time:
        return TIMES
    rule = _first(change, PROVEN)
    if rule is None or rule.mask is None:
        return None
    read = contents(change)
    if rule.presence and None in (change.before, change.after):
        there = read[0] if change.after is None else read[1]
        return rule if there is not None and rule.mask(there) is not None else None
    masked = [rule.mask(data) if data is not None else None for data in read]
    return rule if masked[0] is not None and masked[0] == masked[1] else None


def asks_content(change: FileChange) -> bool:
    """Whether only the content tells if a rule holds."""
    rule = None if change.only_time else _first(change, PROVEN)
    return rule is not None and rule.mask is not None


def path_noise(change: FileChange) -> Rule | None:
    """The rule by which the file is expected to differ, whatever is in it."""
    return _first(change, BY_PATH)


def _first(change: FileChange, rules: Sequence[Rule]) -> Rule | None:
    if not set(change.what) <= _QUIET:
        return None
    return next((rule for rule in rules if _covers(rule, change)), None)


def _covers(rule: Rule, change: FileChange) -> bool:
    if change.kind is not Kind.CHANGED and not rule.presence:
        return False
    paths = {change.path, change.before_path} - {""}
    states = [state for state in (change.before, change.after) if state is not None]
    return all(_matches(rule, path) for path in paths) and all(
        _harmless(state, rule) for state in states
    )


def _matches(rule: Rule, path: str) -> bool:
    return any(pattern.match(path) for pattern in _compiled(rule.patterns))


@cache
def _compiled(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(map(compile_glob, patterns))


def _harmless(state: FileState, rule: Rule) -> bool:
    """A file or folder that gives nobody anything to run."""
    if state.kind is EntryKind.DIRECTORY:
        return not state.mode & _SET_ID
    if state.kind is not EntryKind.FILE or state.xattrs or state.mode & _SET_ID:
        return False
    return not state.mode & _EXECUTE or (rule.empty_programs and not state.size)
