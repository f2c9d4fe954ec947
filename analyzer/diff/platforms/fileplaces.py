"""Whether the place of a file explains that it differs between platforms: rules over paths.

Only content and places are ever folded away. What allows more on one platform than on another
(permissions, owners, capabilities, other attributes) is never to be expected.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyzer.diff.filesystem.model import FileChange, FileState
from analyzer.diff.filesystem.noise import path_noise
from analyzer.diff.filesystem.rights import Right, rights_of
from analyzer.diff.platforms.filepaths import Group, is_library_folder, names_linker
from analyzer.diff.platforms.packages import Key, key_of
from analyzer.diff.platforms.rules import (
    BUILT_ANEW,
    DYNAMIC_LINKER,
    OF_DIFFERING_PACKAGE,
    PACKAGE_DATABASE,
    PACKAGE_OF_ARCHITECTURE,
    PATH_OF_ARCHITECTURE,
)
from analyzer.diff.platforms.spellings import without_own
from analyzer.diff.tree import Kind
from analyzer.image.platform import Platform
from analyzer.tarheader import EntryKind

if TYPE_CHECKING:
    from analyzer.packages.contract import Package

_GRAVE = frozenset({Right.SETUID, Right.SETGID, Right.CAPABILITIES})
_DPKG_INFO = "var/lib/dpkg/info/"
_DPKG_RECORDS = (".list", ".md5sums", ".shlibs", ".symbols", ".triggers")
"""What dpkg keeps of a package there that is no script (deb-md5sums(5), deb-shlibs(5), ...)."""
_NPM_FILE = "/package.json"

Rules = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ground:
    """What is known of the packages of the platforms, in the order of the columns."""

    platforms: tuple[Platform, ...]
    keys: tuple[Mapping[str, Key], ...]
    """By `ident` of a package on disk: what makes it the same on all platforms."""
    differing: frozenset[Key]
    """The packages that no rule makes the same."""
    named: frozenset[Key]
    """The packages that have the architecture in their name."""
    databases: frozenset[str]
    """Paths of the databases that packages were found by."""
    folders: tuple[frozenset[str], ...]
    """Folders below `node_modules` of packages in `named`, for each platform."""


def there(group: Group) -> list[tuple[int, str, FileState]]:
    """The platforms that have it, where it is there, and what it is."""
    return [
        (number, path, state)
        for number, (path, state) in enumerate(zip(group.paths, group.states, strict=True))
        if path is not None and state is not None
    ]


def is_missing(group: Group, known: Collection[int]) -> bool:
    """Whether a platform that was read does not have it."""
    return len(group.there) < len(known)


def alike(group: Group) -> bool:
    """Whether nothing differs that no rule may explain: type, permissions, owners, attributes."""
    states = [state for _, _, state in there(group)]
    return all(_rights(state) == _rights(states[0]) for state in states[1:])


def _rights(state: FileState) -> tuple[object, ...]:
    return state.kind, state.mode, state.uid, state.gid, state.device, state.xattrs


def by_place(group: Group, known: Sequence[int], ground: Ground) -> Rules:
    """The rules that explain a group without its content; empty where they do not."""
    if not alike(group):
        return ()
    missing = is_missing(group, known)
    if rule := _by_kind(group, ground, missing=missing):
        return (rule,)
    if missing:
        return (DYNAMIC_LINKER,) if _is_folder_link(group, known, ground) else ()
    return places(group, ground.platforms) if _same_content(group) else ()


def _by_kind(group: Group, ground: Ground, *, missing: bool) -> str:
    """The rule that is about files of this kind, whatever is in them; empty where there is none."""
    if all(path_noise(change) for change in changes(group, missing=missing)):
        return BUILT_ANEW
    if _of(group, ground.differing, ground):
        return OF_DIFFERING_PACKAGE
    if _of(group, ground.named, ground) or _in_folders(group, ground):
        return PACKAGE_OF_ARCHITECTURE
    databases = all(_is_database(path, ground) for _, path, _ in there(group))
    return PACKAGE_DATABASE if databases and not missing else ""


def changes(group: Group, *, missing: bool) -> list[FileChange]:
    """The group as changes: each that came, or from the first platform to each other one."""
    sides = there(group)
    if missing:
        return [FileChange(path, Kind.ADDED, None, state) for _, path, state in sides]
    _, first, one = sides[0]
    return [
        FileChange(path, Kind.CHANGED, one, state, ("content",), "" if path == first else first)
        for _, path, state in sides[1:]
    ]


def _of(group: Group, packages: Collection[Key], ground: Ground) -> bool:
    """Whether one of `packages` owns it wherever it is, and it gives nobody more rights."""
    return _no_more_rights(group) and all(
        any(ground.keys[number].get(owner) in packages for owner in state.owners)
        or _is_record(path, packages)
        for number, path, state in there(group)
    )


def _is_record(path: str, packages: Collection[Key]) -> bool:
    """Whether dpkg keeps in it what it knows of one of `packages`: `NAME[:ARCH].KIND`."""
    if not path.startswith(_DPKG_INFO):
        return False
    name = path.removeprefix(_DPKG_INFO).rpartition(".")[0].partition(":")[0]
    return ("deb", name) in packages


def _no_more_rights(group: Group) -> bool:
    """Whether all platforms have it, or it takes nobody's rights where it is."""
    return None not in group.states or not any(
        _GRAVE & rights_of(state) for _, _, state in there(group)
    )


def _in_folders(group: Group, ground: Ground) -> bool:
    """Whether it lies wherever it is in the folder of a package named after the architecture."""
    return _no_more_rights(group) and all(
        any(folder in ground.folders[number] for folder in _parents(path))
        for number, path, _ in there(group)
    )


def _parents(path: str) -> Iterator[str]:
    """The folders that `path` lies in, and itself."""
    while path:
        yield path
        path = path.rpartition("/")[0]


def npm_folders(packages: Iterable[Package], named: Collection[Key]) -> frozenset[str]:
    """The folders of those packages of npm that are in `named` (npm folders(5))."""
    return frozenset(
        location.path.removesuffix(_NPM_FILE)
        for package in packages
        if package.type == "npm" and key_of(package) in named
        for location in package.locations
        if location.path.endswith(_NPM_FILE)
    )


def _is_database(path: str, ground: Ground) -> bool:
    """Whether it says of packages what is compared package by package, or file by file."""
    return path in ground.databases or (
        path.startswith(_DPKG_INFO) and path.endswith(_DPKG_RECORDS)
    )


def _is_folder_link(group: Group, known: Sequence[int], ground: Ground) -> bool:
    """Whether it leads from `lib64` to `usr/lib64` where, and only where, it has one."""
    links = all(
        state.kind is EntryKind.SYMLINK
        and (state.target or "").lstrip("/") == f"usr/{path}"
        and is_library_folder(path, ground.platforms[number])
        for number, path, state in there(group)
    )
    others = set(known) - set(group.there)
    return links and not any(is_library_folder(group.key, ground.platforms[n]) for n in others)


def places(group: Group, platforms: Sequence[Platform]) -> Rules:
    """What explains that path or target are not the same; empty where they are, or nothing does."""
    sides = there(group)
    rules = []
    if len({path for _, path, _ in sides}) > 1:
        linkers = all(names_linker(path, platforms[number]) for number, path, _ in sides)
        rules.append(DYNAMIC_LINKER if linkers else PATH_OF_ARCHITECTURE)
    targets = [(number, state.target) for number, _, state in sides if state.target is not None]
    if len({target for _, target in targets}) > 1:
        if all(names_linker(target, platforms[number]) for number, target in targets):
            rules.append(DYNAMIC_LINKER)
        elif len({without_own(target, platforms[number]) for number, target in targets}) == 1:
            rules.append(PATH_OF_ARCHITECTURE)
        else:
            return ()
    return tuple(dict.fromkeys(rules))


def _same_content(group: Group) -> bool:
    """Whether all regular files of it hold the same."""
    states = [state for _, _, state in there(group)]
    return len({state.content for state in states}) == 1 and not any(s.unread for s in states)
