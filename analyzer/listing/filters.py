"""Which of many names are wanted: by what stands there, and by globs."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from analyzer.capabilities import CAPABILITY
from analyzer.errors import InputError
from analyzer.globs import WILDCARDS, compile_glob
from analyzer.listing.items import ROOT, Item, Kind
from analyzer.paths import clean
from analyzer.problems import Code
from analyzer.rootfs.tree import Node, locate
from analyzer.tarheader import Seconds

SETUID, SETGID, OTHERS_WRITE = 0o4000, 0o2000, 0o002

LETTERS = {
    "f": Kind.FILE,
    "d": Kind.DIRECTORY,
    "l": Kind.SYMLINK,
    "h": Kind.HARDLINK,
    "c": Kind.CHARACTER_DEVICE,
    "b": Kind.BLOCK_DEVICE,
    "p": Kind.FIFO,
    "w": Kind.WHITEOUT,
}
"""Types by letter; those of find(1), a hard link, and a marker that removes."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A user, a group or both; a number, or a name that the tar has to give.

    `root` is number 0 wherever the tar gives no name, as buildah and umoci leave them out.
    """

    user: str = ""
    group: str = ""

    def has(self, item: Item) -> bool:
        """Whether the item belongs to them."""
        uid, gid = item.owner
        entry = item.entry
        users = _called(uid, entry.uname if entry is not None else "")
        groups = _called(gid, entry.gname if entry is not None else "")
        return (not self.user or self.user in users) and (not self.group or self.group in groups)

    def by_name(self) -> bool:
        """Whether only names in the tar can answer."""
        asked = {self.user, self.group} - {"", _ROOT}
        return not all(map(str.isdigit, asked))


def _called(number: int, name: str) -> frozenset[str]:
    return frozenset({str(number), name or (_ROOT if number == 0 else "")})


_ROOT = "root"


@dataclass(frozen=True, slots=True)
class Filter:
    """What an item has to be; everything that is asked for must hold.

    Sizes are in bytes and of regular files only, times in seconds since 1970. Of `setuid` and
    `setgid` together one is enough: who asks for both looks for whatever raises rights. Neither
    they nor `world_writable` are said of a symbolic link, whose mode means nothing.
    """

    kinds: frozenset[Kind] = frozenset()
    min_size: int | None = None
    max_size: int | None = None
    setuid: bool = False
    setgid: bool = False
    world_writable: bool = False
    capabilities: bool = False
    xattrs: tuple[str, ...] = ()
    owner: Owner | None = None
    newer: Seconds | None = None
    older: Seconds | None = None
    layer: int | None = None

    def passes(self, item: Item) -> bool:
        """Whether all of it holds for `item`."""
        return (
            (not self.kinds or self._kind(item))
            and (self.layer is None or item.layer == self.layer)
            and self._mode(item)
            and self._size(item)
            and self._time(item)
            and (self.owner is None or self.owner.has(item))
            and all(name in item.xattrs for name in self.xattrs)
            and (not self.capabilities or CAPABILITY in item.xattrs)
        )

    def _kind(self, item: Item) -> bool:
        if item.kind is Kind.OPAQUE:
            return Kind.WHITEOUT in self.kinds
        linked = item.hardlink is not None and Kind.HARDLINK in self.kinds
        return linked or item.kind in self.kinds

    def _mode(self, item: Item) -> bool:
        if not (self.setuid or self.setgid or self.world_writable):
            return True
        raising = SETUID * self.setuid | SETGID * self.setgid
        mode = 0 if item.kind is Kind.SYMLINK else item.mode
        return (not raising or bool(mode & raising)) and (
            not self.world_writable or bool(mode & OTHERS_WRITE)
        )

    def _size(self, item: Item) -> bool:
        if self.min_size is None and self.max_size is None:
            return True
        low, high = self.min_size or 0, self.max_size
        return item.kind is Kind.FILE and low <= item.size and (high is None or item.size <= high)

    def _time(self, item: Item) -> bool:
        if self.newer is None and self.older is None:
            return True
        if item.entry is None:
            return False
        newer = self.newer is None or item.entry.mtime > self.newer
        return newer and (self.older is None or item.entry.mtime < self.older)


def chooser(globs: Sequence[str], root: Node | None) -> Callable[[str], bool]:
    """Whether a path is wanted: any of `globs`, or all of them where there are none.

    A path without wildcards wants what is below it too; where `root` is given, it may lead
    through linked directories of that tree. No wildcard means the root, as for a shell.

    Raises:
        InputError: a glob is none.
    """
    if not globs:
        return lambda _path: True
    exact: set[str] = set()
    patterns: list[re.Pattern[str]] = []
    for glob in globs:
        path = clean(glob)[0]
        if any(c in glob for c in WILDCARDS):
            patterns.append(_compiled(path))
            continue
        led = root is not None and ".." in glob.split("/")  # what that means is up to links
        at = locate(root, glob if led else path, follow_last=False) if root is not None else None
        exact |= {at[0]} if at is not None else set()
        exact |= set() if led else {path}
    below = tuple(f"{path}/" if path else "" for path in sorted(exact))

    def wanted(path: str) -> bool:
        bare = "" if path == ROOT else path
        return (
            bare in exact
            or bare.startswith(below)
            or (bool(bare) and any(pattern.match(bare) for pattern in patterns))
        )

    return wanted


def _compiled(glob: str) -> re.Pattern[str]:
    try:
        return compile_glob(glob)
    except re.error as problem:
        raise InputError(
            Code.BAD_ARGUMENT,
            f"{glob!r} is no pattern: {problem.msg}",
            hint="* and ? stay within one name, ** is any depth, [abc] is one of these",
        ) from None
