"""Two merged trees path by path: what was added, removed, changed, moved. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import get_args

from analyzer.capabilities import CAPABILITY
from analyzer.diff.filesystem.model import FileChange, FileChanges, FileState, What
from analyzer.diff.tree import Kind
from analyzer.digest import Digest
from analyzer.tarheader import EntryKind

States = Mapping[str, FileState]
"""What stands at each path of a tree, the root left out."""

_ORDER: tuple[What, ...] = get_args(What)


def compare_trees(before: States, after: States) -> FileChanges:
    """What differs between two trees.

    A file is moved when its content lies at exactly one path of each tree, and these are two: a
    hard link or copy that came is none, and where a content was at several paths it is not told
    which of them became which. Directories and empty files are never moved. Exchanging the sides
    gives the same changes the other way round.
    """
    gone = {path: before[path] for path in before.keys() - after.keys()}
    new = {path: after[path] for path in after.keys() - before.keys()}
    followed = _contents(gone) & _contents(new)
    places = (_by_content(before, followed), _by_content(after, followed))
    moved, ambiguous = _moves(*places, gone, new)
    changes = [_moved(old, gone.pop(old), path, new.pop(path)) for old, path in moved]
    changes += [FileChange(path, Kind.REMOVED, state, None) for path, state in gone.items()]
    changes += [FileChange(path, Kind.ADDED, None, state) for path, state in new.items()]
    for path in before.keys() & after.keys():
        change = _changed(path, before[path], after[path])
        if change is not None:
            changes.append(change)
    return FileChanges(tuple(sorted(changes, key=place)), len(before), len(after), ambiguous)


def place(change: FileChange) -> tuple[str, str]:
    """Where a change stands among others: by path, of two paths by the lower one."""
    paths = sorted((change.path, change.before_path or change.path))
    return paths[0], paths[1]


def _changed(path: str, one: FileState, two: FileState) -> FileChange | None:
    what = in_what(one, two)
    if what and what != ("time",):
        return FileChange(path, Kind.CHANGED, one, two, what)
    if one.unread or two.unread:
        return FileChange(path, Kind.UNKNOWN, one, two, what)
    return FileChange(path, Kind.CHANGED, one, two, what) if what else None


def in_what(one: FileState, two: FileState) -> tuple[What, ...]:
    """In what two files differ, as far as both are known."""
    if one[:-3] == two[:-3]:  # nearly all: what brought and owns a file is no part of it
        return ()
    if one.kind is not two.kind:
        found = {"type"}
    else:
        found = {"target"} if one.target != two.target else set()
        found |= {"device"} if one.device != two.device else set()
        unread = one.unread or two.unread
        other = one.size != two.size if unread else one.content != two.content
        found |= {"content"} if other else set()
    if one.mode != two.mode and EntryKind.SYMLINK not in {one.kind, two.kind}:
        found.add("mode")
    if (one.uid, one.gid) != (two.uid, two.gid):
        found.add("owner")
    for name in _names_of_other_values(one, two):
        found.add("capabilities" if name == CAPABILITY else "xattrs")
    if one.mtime != two.mtime:
        found.add("time")
    return tuple(what for what in _ORDER if what in found)


def _names_of_other_values(one: FileState, two: FileState) -> set[str]:
    """Names of attributes that do not have one value on both sides."""
    return {name for name, _ in {*one.xattrs} ^ {*two.xattrs}}


_Paths = Mapping[Digest, list[str]]


def _contents(states: States) -> set[Digest]:
    """The contents that may be followed: those of files that have any."""
    return {state.content for state in states.values() if state.content and state.size}


def _by_content(states: States, followed: set[Digest]) -> _Paths:
    """All paths of these contents in a tree."""
    found: dict[Digest, list[str]] = defaultdict(list)
    if followed:
        for path, state in states.items():
            if state.content in followed:
                found[state.content].append(path)
    return found


def _moves(
    one: _Paths, two: _Paths, gone: Iterable[str], new: Iterable[str]
) -> tuple[list[tuple[str, str]], tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]]:
    """Pairs of paths, and what went and came with one content without being a pair."""
    moved, ambiguous = [], []
    went, came = frozenset(gone), frozenset(new)
    for content in one:
        old, now = went.intersection(one[content]), came.intersection(two[content])
        if len(one[content]) == len(two[content]) == 1:
            moved.append((one[content][0], two[content][0]))
        else:
            ambiguous.append((tuple(sorted(old)), tuple(sorted(now))))
    return sorted(moved), tuple(sorted(ambiguous, key=lambda pair: sorted(pair[0] + pair[1])))


def _moved(old: str, one: FileState, path: str, two: FileState) -> FileChange:
    return FileChange(path, Kind.MOVED, one, two, in_what(one, two), old)
