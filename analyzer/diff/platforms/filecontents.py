"""Whether what is in a file explains that it differs between platforms: rules over contents."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial, reduce
from typing import NamedTuple

from analyzer.diff.filesystem.model import FileChange, FileState
from analyzer.diff.filesystem.noise import asks_content, proven_noise
from analyzer.diff.platforms import apkscripts
from analyzer.diff.platforms.filearchives import hold_programs, is_runtime
from analyzer.diff.platforms.filepaths import Group, key_of
from analyzer.diff.platforms.fileplaces import (
    Ground,
    Rules,
    alike,
    changes,
    is_missing,
    places,
    there,
)
from analyzer.diff.platforms.machines import MAGIC, is_library, is_program, without_linker
from analyzer.diff.platforms.packages import Key
from analyzer.diff.platforms.rules import (
    ARCHITECTURE_IN_FILE,
    AS_PACKAGED,
    BUILT_ANEW,
    LIST_OF_DIGESTS,
    PROGRAM,
    PROGRAM_ARCHIVE,
)
from analyzer.diff.platforms.spellings import without_own
from analyzer.image.platform import Platform
from analyzer.limits import Limits
from analyzer.tarheader import EntryKind

_DIGESTS = (
    (
        re.compile(r".+\.dist-info/RECORD"),
        re.compile(r",sha256=[A-Za-z0-9_-]+,[0-9]*(?=\r?$)"),
    ),
    (
        re.compile(r"(?:.+/)?node_modules/\.package-lock\.json"),
        re.compile(r'(?<="integrity": ")sha[0-9]+-[A-Za-z0-9+/=]+'),
    ),
    (
        re.compile(r"(?:usr/)?lib/apk/db/triggers"),
        re.compile(r"^Q[12][A-Za-z0-9+/=]+(?= )"),
    ),
)
"""Files that list digests, and where in a line these are: PyPA, "Recording installed projects";
npm's hidden lockfile (package-lock.json(5)); apk-tools, `src/database.c`."""
_ORDERLESS = re.compile(r".+\.dist-info/RECORD")
"""Lists of paths, whose order follows names that the architecture is part of."""
_CODE = (MAGIC, b"MZ")


class Seen(NamedTuple):
    """What was read of one file, of a layer that is proven."""

    head: bytes
    """Its first bytes."""
    whole: bytes | None
    """All of it; None of a program, and where it is too large."""
    as_stated: bool = False
    """Whether it has the digest that its package states of it."""


Read = Callable[[int, str], Seen | None]
"""What was read of a file of a platform; None where it was not."""
_Found = Sequence[tuple[int, str, Seen]]
_Sides = tuple[bytes | None, bytes | None]


def is_code(head: bytes) -> bool:
    """Whether its first bytes are all that rules ask of a file."""
    return head.startswith(_CODE) or is_runtime(head)


def asks(group: Group, known: Sequence[int], listed: Listed) -> bool:
    """Whether its content may explain it, where its place does not."""
    if not alike(group):
        return False
    if is_missing(group, known):
        noisy = any(map(asks_content, changes(group, missing=True)))
        return noisy or listed.only_there(group, known)
    return all(state.kind is EntryKind.FILE for _, _, state in there(group))


def by_content(
    group: Group, known: Sequence[int], listed: Listed, read: Read, limits: Limits
) -> Rules:
    """The rules that explain a group by what is in it; empty where they do not."""
    found = [
        (number, path, seen)
        for number, path, _ in there(group)
        if (seen := read(number, path)) is not None
    ]
    if len(found) < len(group.there):
        return ()
    missing = is_missing(group, known)
    if _proven(group, [seen.whole for _, _, seen in found], missing=missing):
        return (BUILT_ANEW,)
    platforms = listed.ground.platforms
    if missing:
        stated = all(
            seen.as_stated or is_program(seen.head, platforms[number]) for number, _, seen in found
        )
        return (AS_PACKAGED,) if stated and listed.only_there(group, known) else ()
    rule = _rule(group, found, listed, limits)
    return (*places(group, platforms), rule) if rule else ()


def _proven(group: Group, contents: Sequence[bytes | None], *, missing: bool) -> bool:
    """Whether nothing differs but what a build fills with its time, as docs/noise.md has it."""
    first = None if missing else contents[0]
    found = changes(group, missing=missing)
    return all(
        proven_noise(change, partial(_both, (first, now)))
        for change, now in zip(found, contents if missing else contents[1:], strict=True)
    )


def _both(sides: _Sides, _change: FileChange) -> _Sides:
    """What was read, for whatever change is asked about."""
    return sides


def _rule(group: Group, found: _Found, listed: Listed, limits: Limits) -> str:
    """The rule by which contents are expected to differ; empty where there is none."""
    platforms = [listed.ground.platforms[number] for number, _, _ in found]
    heads = [seen.head for _, _, seen in found]
    if all(map(is_program, heads, platforms)):
        return PROGRAM
    if all(map(is_runtime, heads)):
        return PROGRAM_ARCHIVE
    whole = [seen.whole for _, _, seen in found if seen.whole is not None]
    if len(whole) == len(found) and (rule := _of_whole(group, whole, platforms, limits)):
        return rule
    stated = all(seen.as_stated for _, _, seen in found)
    return AS_PACKAGED if stated and listed.by_one_package(group) else ""


def _of_whole(
    group: Group, whole: Sequence[bytes], platforms: Sequence[Platform], limits: Limits
) -> str:
    """The rule that takes all of the contents to see; empty where there is none."""
    if all(map(is_library, whole, platforms)):
        return PROGRAM
    if rule := _textual(group, whole, platforms):
        return rule
    if hold_programs(whole, platforms, limits):
        return PROGRAM_ARCHIVE
    scripts = all(apkscripts.PATH.fullmatch(path) for _, path, _ in there(group))
    return LIST_OF_DIGESTS if scripts and apkscripts.same_scripts(whole, limits) else ""


def _textual(group: Group, contents: Sequence[bytes], platforms: Sequence[Platform]) -> str:
    texts = [text for data in contents if (text := _text(data)) is not None]
    if len(texts) < len(contents):
        return ""
    paths = [path for _, path, _ in there(group)]
    masks = [
        (LIST_OF_DIGESTS, mask)
        for pattern, mask in _DIGESTS
        if all(pattern.fullmatch(path) for path in paths)
    ]
    ordered = not all(_ORDERLESS.fullmatch(path) for path in paths)
    for rule, mask in ((ARCHITECTURE_IN_FILE, None), *masks):
        lines = [text.split("\n") for text in texts]
        if mask is not None:
            lines = [[mask.sub("", line) for line in each] for each in lines]
        if _same_lines(lines, platforms) if ordered else _same_set(lines, platforms):
            return rule
    return ""


def _text(data: bytes) -> str | None:
    if b"\0" in data:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def _plain(line: str, platform: Platform) -> str:
    return without_own(without_linker(line, platform), platform)


def _same_lines(sides: Sequence[Sequence[str]], platforms: Sequence[Platform]) -> bool:
    """Whether each line is the same everywhere, as it stands or without the architecture.

    As it stands: a list of all architectures is the same text, and names each platform's own.
    """
    if len({len(lines) for lines in sides}) > 1:
        return False
    return all(
        len(set(lines)) == 1 or len(set(map(_plain, lines, platforms))) == 1
        for lines in zip(*sides, strict=True)
    )


def _same_set(sides: Sequence[Sequence[str]], platforms: Sequence[Platform]) -> bool:
    """Likewise, in whatever order the lines are."""
    counted = [Counter(lines) for lines in sides]
    common = reduce(lambda one, two: one & two, counted)
    left = [
        Counter(_plain(line, platform) for line in (lines - common).elements())
        for lines, platform in zip(counted, platforms, strict=True)
    ]
    return all(each == left[0] for each in left[1:])


class Listed:
    """Which files packages list on each platform, with the digest that they state, if any."""

    def __init__(self, ground: Ground, stated: Sequence[Mapping[str, str]]) -> None:
        self.ground = ground
        self._stated = stated
        self._keys: dict[int, frozenset[str]] = {}

    def by_one_package(self, group: Group) -> bool:
        """Whether the same packages own it everywhere it is."""
        owners = [self._owners(number, state) for number, _, state in there(group)]
        return bool(owners[0]) and all(each == owners[0] for each in owners)

    def only_there(self, group: Group, known: Sequence[int]) -> bool:
        """Whether packages that all platforms have list it where it is, and not where it is not."""
        if not self.by_one_package(group):
            return False
        _, _, first = there(group)[0]
        owners = self._owners(group.there[0], first)
        return all(
            owners <= set(self.ground.keys[number].values()) and not self._lists(number, group.key)
            for number in set(known) - set(group.there)
        )

    def _owners(self, number: int, state: FileState) -> set[Key]:
        keys = self.ground.keys[number]
        return {keys[owner] for owner in state.owners if owner in keys}

    def _lists(self, number: int, key: str) -> bool:
        if number not in self._keys:
            platform = self.ground.platforms[number]
            paths = self._stated[number]
            self._keys[number] = frozenset([*paths, *(key_of(path, platform) for path in paths)])
        return key in self._keys[number]
