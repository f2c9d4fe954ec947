"""Which files a scan keeps, as data: catalogers wish, the scan obeys, neither knows the other."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from mmap import mmap
from typing import Protocol, cast

from analyzer.globs import WILDCARDS, compile_glob, literals

Content = bytes | mmap
"""A whole file: slices, `find` and `len` as of bytes, however large it is."""


class Slices(Protocol):
    """A whole file of which only slices are asked for: `Content`, or pieces not put together."""

    def __getitem__(self, part: slice, /) -> bytes:
        """Some bytes of it."""

    def __len__(self) -> int:
        """Its size."""


HEAD_BYTES = 4096
"""Of a file, from which is told what can be spared: the headers of a program are in them."""
Spare = Callable[[bytes], tuple[int, int]]
"""From the first `HEAD_BYTES` of a file, where behind them what nobody looks at begins and ends;
equal for nothing."""
Charge = Callable[[int], None]
"""Told of bytes that a reducer inflates, before or as it does; raises LimitExceeded."""
Reduce = Callable[[Content, Charge], Mapping[str, bytes]]
"""Pure: a whole file to the few small named parts that are wanted of it.

No parts: it is not such a file, and nothing of it is kept. What is wrong with it is a part, too.
"""


@dataclass(frozen=True, slots=True)
class Reducer:
    """Takes out of a large file what catalogers want, so that the file itself is not kept.

    `version` changes whenever `reduce` may answer differently. With `magics`, only files that
    begin with one of them are looked at. `glance` tells in a few slices whether there may be
    anything to take out: False for nearly all files that are like those that are wanted. With
    `spare`, the file may come without what it names, and then has slices alone; to ask for some of
    that raises `NotKept`.
    """

    name: str
    version: int
    reduce: Reduce = field(compare=False)
    magics: tuple[bytes, ...] = ()
    glance: Callable[[Slices], bool] | None = field(default=None, compare=False)
    spare: Spare | None = field(default=None, compare=False)

    def worthwhile(self, content: Slices) -> bool:
        """Whether `apply` has to see this file. May raise what a bug in `glance` raises."""
        return self.glance is None or self.glance(content)

    def apply(self, content: Slices, charge: Charge) -> Mapping[str, bytes]:
        """The parts of `content`, a `Content` unless it came without what is spared.

        None where it does not begin as it should.
        """
        if self.magics and not any(content[: len(m)] == m for m in self.magics):
            return {}
        return self.reduce(cast("Content", content), charge)


@dataclass(frozen=True, slots=True)
class Want:
    """A wish for files of every layer, by root-relative path or glob.

    A glob's `*` stays within one path component; a leading `**/` means at any depth.
    """

    pattern: str

    literal: bool = False
    """The pattern is a path, whatever characters it has."""

    optional: bool = False
    """Of an exact path: a file beyond the limits is left out in silence."""

    reducer: Reducer | None = None
    """Keep only what this takes out of the file."""

    @property
    def exact(self) -> bool:
        """Whether the pattern is one path, which links may lead to."""
        return self.literal or not any(c in self.pattern for c in WILDCARDS)

    @property
    def spelled(self) -> str:
        """All of it as text: equal for equal wants only."""
        reducer = f"{self.reducer.name}\0{self.reducer.version}" if self.reducer else ""
        return f"{self.pattern}\0{self.literal:d}{self.optional:d}{reducer}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be kept of one file: all of it, parts that reducers take out, or both."""

    whole: bool
    reducers: tuple[Reducer, ...]
    magics: tuple[bytes, ...] = ()
    """How a file has to begin; empty where any may be wanted."""

    @property
    def spare(self) -> Spare | None:
        """What nobody looks at who wants the file; None where somebody may look at all of it."""
        spared = {reducer.spare for reducer in self.reducers}
        return spared.pop() if len(spared) == 1 and not self.whole else None


UNWANTED = Wanted(whole=False, reducers=())


class CapturePlan:
    """Wants compiled for one question per file on earth: keep this path?

    Strings are compared first; patterns are only tried on names whose folder, last part or
    ending fits, because a plan has hundreds and a layer has a hundred thousand names.

    `digests` asks for the SHA-256 of every regular file that begins with these digits (empty:
    of every one at all); their content is not kept for that. None asks for no digest. `sha1`
    asks for the SHA-1 of the same files, too.
    """

    def __init__(
        self, wants: tuple[Want, ...], *, digests: str | None = None, sha1: bool = False
    ) -> None:
        self.digests = digests
        self.sha1 = sha1 and digests is not None
        self.wants = tuple(sorted(set(wants), key=lambda want: want.spelled))
        self._paths: dict[str, list[Want]] = {}
        self._by_name: dict[str, _Globs] = {}
        self._by_ending: dict[str, _Globs] = {}
        self._by_folder: dict[str, _Globs] = {}
        self._others = _Globs()
        tops: set[str] = set()
        self._all = tuple(want for want in self.wants if want.pattern == EVERYTHING)
        for want in self.wants:
            if want.exact:
                self._paths.setdefault(want.pattern, []).append(want)
            elif want.pattern != EVERYTHING and not self._file(want):
                top = want.pattern.partition("/")[0]
                tops.add("" if _wild(top) else f"{top}/")
                self._others.add(want)
        self._tops = tuple(sorted(tops))
        self._spared = {
            path for path, same in self._paths.items() if all(want.optional for want in same)
        }
        self._everything = wanted_by(self._all)
        self._wanted: dict[tuple[int, ...], Wanted] = {}

    def _file(self, want: Want) -> bool:
        """Put a glob where the least names have to be held against it; False for no such place."""
        folder, _, name = want.pattern.rpartition("/")
        ending = name.rpartition(".")[2]
        if name == "**":
            return False
        if not _wild(name):
            self._by_name.setdefault(name, _Globs()).add(want)
        elif not _wild(folder):
            self._by_folder.setdefault(folder, _Globs()).add(want)
        elif "." in name and not _wild(ending):
            self._by_ending.setdefault(ending, _Globs()).add(want)
        else:
            return False
        return True

    def hashing(self) -> CapturePlan:
        """The same plan, with the digest of every regular file where it asks for none."""
        return self if self.digests is not None else CapturePlan(self.wants, digests="")

    @property
    def fingerprint(self) -> str:
        """The same for the same wants, whatever their order."""
        text = "\0".join(want.spelled for want in self.wants)
        if self.digests is not None:
            text += f"\0\0{self.digests}" + "\0sha1" * self.sha1
        return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()

    def wanted(self, path: str) -> Wanted:
        """What to keep of a regular file at `path`, should it begin as its reducers ask."""
        found = self._named(path)
        if not found:
            return self._everything
        asked = tuple(map(id, found))  # of wants that live as long as the plan
        known = self._wanted.get(asked)
        if known is None:
            known = self._wanted[asked] = wanted_by((*found, *self._all))
        return known

    def matching(self, path: str) -> tuple[Want, ...]:
        """The wants that are for a regular file at `path`."""
        return (*self._named(path), *self._all)

    def names(self, path: str) -> bool:
        """Whether a regular file at `path` is wanted for its name, however it begins."""
        return bool(self._named(path))

    def _named(self, path: str) -> Sequence[Want]:
        """The wants for `path` that go by its name."""
        folder, _, name = path.rpartition("/")
        ending = name.rpartition(".")[2]
        likely = name in self._by_name or ending in self._by_ending or folder in self._by_folder
        other = bool(self._tops) and path.startswith(self._tops)
        if not likely and not other and path not in self._paths:
            return ()
        found = list(self._paths.get(path, ()))
        for globs in (
            self._by_name.get(name),
            self._by_folder.get(folder),
            self._by_ending.get(ending),
            self._others if other else None,
        ):
            if globs is not None and path.endswith(globs.ends):
                found += globs.fitting(path)
        return found

    def keeps(self, path: str) -> bool:
        """Whether a regular file or hard link at `path` is to be kept, or part of it."""
        return self.wanted(path) != UNWANTED

    def spares(self, path: str) -> bool:
        """Whether the file at `path` may be left out without a word where it is too large."""
        return path in self._spared


class _Globs:
    """Wants of which some may be for a path; what is quick to see is looked at first."""

    def __init__(self) -> None:
        self.ends: tuple[str, ...] = ()
        """Every path that one of them is for ends in one of these."""
        self._wants: list[tuple[Want, str, str]] = []

    def add(self, want: Want) -> None:
        """One more."""
        start, middle, end = literals(want.pattern)
        self.ends = (*{*self.ends, end},)
        self._wants.append((want, start, middle))

    def fitting(self, path: str) -> list[Want]:
        """Those that are for `path`."""
        return [
            want
            for want, start, middle in self._wants
            if middle in path and path.startswith(start) and _compiled(want.pattern).match(path)
        ]


EVERYTHING = "**/*"
"""The pattern of wants for every file, which go by how a file begins."""


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compiled when a path first comes near to it: most never are."""
    return compile_glob(pattern)


def _wild(part: str) -> bool:
    return any(c in part for c in WILDCARDS)


def wanted_by(wants: Sequence[Want]) -> Wanted:
    """What `wants`, all for one file, ask of it together."""
    if not wants:
        return UNWANTED
    reducers = {want.reducer.name: want.reducer for want in wants if want.reducer is not None}
    whole = any(want.reducer is None for want in wants)
    chosen = tuple(reducers[name] for name in sorted(reducers))
    picky = not whole and all(reducer.magics for reducer in chosen)
    magics = {magic for reducer in chosen for magic in reducer.magics} if picky else ()
    return Wanted(whole, chosen, tuple(sorted(magics)))


NOTHING = CapturePlan(())
"""The plan of commands that need digests and entries but no file's content."""
