"""Paths of all platforms put side by side: the same file where its path names the architecture."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from analyzer.diff.filesystem.model import FileState
from analyzer.diff.platforms.machines import LINKER, machine_of
from analyzer.diff.platforms.spellings import without_own
from analyzer.image.platform import Platform

States = Mapping[str, FileState]
"""What stands at each path of a tree, the root left out."""
_FOLDER = re.compile(r"((?:usr/(?:local/)?)?)lib(?:64|32|x32|o32)(?=/)")
"""Hier and multilib folders: what one architecture has in `lib`, another has in `lib64`."""
_COMPARED = 8
"""The first members of `FileState`: all but content, time, layer and owners."""


class Group(NamedTuple):
    """One file on all platforms: where it is and what it is there; None where it is not.

    `key` is its path, with what stands for the architecture where the paths are not the same.
    """

    key: str
    paths: tuple[str | None, ...]
    states: tuple[FileState | None, ...]

    @property
    def there(self) -> tuple[int, ...]:
        """The platforms that have it."""
        return tuple(n for n, state in enumerate(self.states) if state is not None)


def same_file(one: FileState, two: FileState) -> bool:
    """Whether nothing that is known differs but time, layer and the packages that list it."""
    same = one.content == two.content or one.unread or two.unread
    return same and one[:_COMPARED] == two[:_COMPARED]


def groups(trees: Sequence[States | None], platforms: Sequence[Platform]) -> Iterator[Group]:
    """Every file that is not the same on all platforms that were read, in the order of keys.

    A path that all have is one file. Of the others, those are one that are the same without the
    architecture's own names, if no platform has two of that name.
    """
    known = [number for number, tree in enumerate(trees) if tree is not None]
    read = [tree for tree in trees if tree is not None]
    if len(read) < 2:  # noqa: PLR2004 - it takes two
        return
    found = []
    common = set(read[0]).intersection(*read[1:])
    for path in common:
        first, *others = (tree[path] for tree in read)
        if not all(same_file(first, other) for other in others):
            found.append(_group(path, dict.fromkeys(known, path), trees))
    left = {number: tree.keys() - common for number, tree in zip(known, read, strict=True)}
    found += _aligned(left, trees, platforms)
    yield from sorted(found, key=lambda group: group.key)


def _group(key: str, paths: Mapping[int, str], trees: Sequence[States | None]) -> Group:
    spelled = tuple(paths.get(number) for number in range(len(trees)))
    return Group(
        key,
        spelled,
        tuple(
            tree[path] if tree is not None and path is not None else None
            for tree, path in zip(trees, spelled, strict=True)
        ),
    )


def _aligned(
    left: Mapping[int, set[str]], trees: Sequence[States | None], platforms: Sequence[Platform]
) -> Iterator[Group]:
    """Groups of the paths that not all platforms have."""
    named: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for number, paths in left.items():
        for path in paths:
            named[key_of(path, platforms[number])][number].append(path)
    for key, having in named.items():
        if all(len(paths) == 1 for paths in having.values()):
            spelled = {number: paths[0] for number, paths in having.items()}
            one = len(set(spelled.values())) == 1
            yield _group(next(iter(spelled.values())) if one else key, spelled, trees)
            continue
        exact: dict[str, dict[int, str]] = defaultdict(dict)
        for number, several in having.items():
            for path in several:
                exact[path][number] = path
        for path, spelled in exact.items():
            yield _group(path, spelled, trees)


def key_of(path: str, platform: Platform) -> str:
    """`path` without what only the architecture decides."""
    machine = machine_of(platform)
    folder, slash, name = path.rpartition("/")
    if machine is not None and name in machine.linkers:
        name = LINKER
    return _FOLDER.sub(r"\1lib", without_own(f"{folder}{slash}{name}", platform), count=1)


def names_linker(path: str, platform: Platform) -> bool:
    """Whether `path` ends in the dynamic linker of the platform."""
    machine = machine_of(platform)
    return machine is not None and path.rpartition("/")[2] in machine.linkers


def is_library_folder(path: str, platform: Platform) -> bool:
    """Whether `path` is a folder for libraries that this architecture has beside `lib`."""
    machine = machine_of(platform)
    return machine is not None and path.removeprefix("usr/") in machine.folders
