"""Versions of well-known programs, by text that their source puts into them.

A rule names files and what to look for in them. A literal is looked for first, which is fast in a
program of any size; a regular expression is tried on the bytes around it alone, so that its cost
is bounded. What matched is kept as evidence, and nothing else of the program.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple

from analyzer.packages.contract import HEAD_BYTES, Charge, Reducer, Slices, Want, unpack
from analyzer.packages.formats import elf
from analyzer.packages.formats.binary import piece
from analyzer.packages.formats.program import PROGRAM

FAULT: Final = "fault"
_RULE: Final = "rule"
_MOST_CANDIDATES: Final = 50
"""Versions that are looked for a second time."""
_STEP: Final = 112 << 10
"""Bytes looked through at a time; larger blocks come from the kernel one by one, as new pages."""
_CODE: Final = b".text"
"""Where ELF has code and no texts (System V ABI, "Special Sections"), half of a program, if it is
not in a segment of its own."""
_SEARCH: Final = 2
"""Added to the version of every rule; raised whenever they are looked for in another way."""
_BEFORE: Final = 64
_AFTER: Final = 256
"""Bytes around a literal that the expression may match in."""
_MOST_HITS: Final = 100_000
_MOST_VERSIONS: Final = 8
"""More are as ambiguous as two."""


@dataclass(frozen=True, slots=True)
class Find:
    """One text that tells the version of one package."""

    package: str
    anchors: tuple[bytes, ...]
    """Literals, one of which is in every match."""
    pattern: bytes
    """Matches what is kept as evidence; its group `version` is the version."""
    source: str
    """Where the program's own source writes the text."""
    confirm: bytes = b""
    """Has to match elsewhere in the file, too, with the version for its `%s`."""
    type: str = "generic"
    namespace: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """Files of one program, and what may be found in them."""

    name: str
    files: tuple[str, ...]
    """Globs as of `Want`. No file may be of two rules."""
    finds: tuple[Find, ...]
    version: int = 1
    """Raised whenever `finds` may find something else."""

    @property
    def wants(self) -> tuple[Want, ...]:
        """For the files of this rule, what it takes out of them."""
        reducer = Reducer(
            name=f"version-string-{self.name}",
            version=self.version + _SEARCH,
            reduce=partial(_reduce, self),
            magics=PROGRAM.magics,
            spare=PROGRAM.spare,
        )
        return tuple(Want(pattern, reducer=reducer) for pattern in self.files)


def versions(rule: Rule, value: bytes) -> dict[Find, dict[bytes, bytes]]:
    """The different versions that each find had evidence for, and that evidence, sorted."""
    found: dict[Find, dict[bytes, bytes]] = {}
    for name, evidence in _parts(value).items():
        number = name.partition("/")[0]
        if not number.isdecimal() or int(number) >= len(rule.finds):
            continue
        find = rule.finds[int(number)]
        if match := _compiled(find).fullmatch(evidence):
            found.setdefault(find, {}).setdefault(match["version"], evidence)
    return {find: dict(sorted(stated.items())) for find, stated in found.items()}


def rule_of(value: bytes) -> str:
    """The name of the rule that these parts are of."""
    return _parts(value).get(_RULE, b"").decode("utf-8", "replace")


def fault(value: bytes) -> bytes:
    """Words for why a program could not be looked through; mostly empty."""
    return _parts(value).get(FAULT, b"")


def _parts(value: bytes) -> Mapping[str, bytes]:
    try:
        return unpack(value)
    except ValueError:
        return {}


def _compiled(find: Find) -> re.Pattern[bytes]:
    return re.compile(find.pattern, re.DOTALL)


class _Program(NamedTuple):
    """A file, and where in it texts may be: the begin and end of each region."""

    content: Slices
    regions: tuple[tuple[int, int], ...]


def _reduce(rule: Rule, content: Slices, _charge: Charge) -> dict[str, bytes]:
    parts: dict[str, bytes] = {}
    program = _Program(content, _regions(content))
    places = _places(program, {anchor for find in rule.finds for anchor in find.anchors})
    for number, find in enumerate(rule.finds):
        evidence = _evidence(find, program, places)
        for index, version in enumerate(sorted(evidence)):
            parts[f"{number}/{index}"] = evidence[version]
    if not parts and (words := elf.fault(content)):
        parts[FAULT] = words.encode()
    return {_RULE: rule.name.encode(), **parts} if parts else {}


def _evidence(
    find: Find, program: _Program, places: Mapping[bytes, Sequence[int]]
) -> dict[bytes, bytes]:
    """What matched first for each different version."""
    pattern = _compiled(find)
    evidence: dict[bytes, bytes] = {}
    seen: set[bytes] = set()
    for anchor in find.anchors:
        for at in places[anchor]:
            match = _match(pattern, program, at, len(anchor))
            if match is None or match["version"] in seen:
                continue
            version = match["version"]
            seen.add(version)
            if _confirmed(find, program, version):
                evidence[version] = match[0]
            if len(evidence) >= _MOST_VERSIONS or len(seen) >= _MOST_CANDIDATES:
                return evidence
    return evidence


def _confirmed(find: Find, program: _Program, version: bytes) -> bool:
    if not find.confirm:
        return True
    pattern = re.compile(find.confirm.replace(b"%s", re.escape(version)), re.DOTALL)
    places = _places(program, {version})[version]
    return any(_match(pattern, program, at, len(version)) for at in places)


def _match(
    pattern: re.Pattern[bytes], program: _Program, at: int, size: int
) -> re.Match[bytes] | None:
    """The match that has the literal at `at` in it."""
    first, last = next(region for region in program.regions if region[0] <= at < region[1])
    start = max(first, at - _BEFORE)
    window = piece(program.content, start, min(at + size + _AFTER, last) - start)
    place = at - start
    match = pattern.search(window)
    while match is not None and match.end() < place + size:
        # Of another place; matches may share a NUL, so the next can begin inside this one.
        match = pattern.search(window, match.start() + 1)
    return match if match is not None and match.start() <= place else None


def _places(program: _Program, literals: Collection[bytes]) -> dict[bytes, list[int]]:
    """Where each of `literals` is, the first of them if there are very many.

    By chunks, because `find` of bytes is much faster than that of mmap, and each chunk once for
    all literals, because taking it out of the file costs as much as looking through it.
    """
    places: dict[bytes, list[int]] = {literal: [] for literal in sorted(literals)}
    overlap = max(map(len, literals), default=1) - 1
    for start, step, last in _chunks(program):
        chunk = program.content[start : min(start + step + overlap, last)]
        for literal, found in places.items():
            end = step + len(literal) - 1
            at = chunk.find(literal, 0, end)
            while at >= 0 and len(found) < _MOST_HITS:
                found.append(start + at)
                at = chunk.find(literal, at + 1, end)
    return places


def _chunks(program: _Program) -> Iterator[tuple[int, int, int]]:
    """Start and size of the pieces in which texts may begin, and where their region ends."""
    for first, last in program.regions:
        for start in range(first, last, _STEP):
            yield start, min(_STEP, last - start), last


def _regions(content: Slices) -> tuple[tuple[int, int], ...]:
    """Before and behind the code of a program."""
    end = len(content)
    begins, goes_on = elf.code(content[:HEAD_BYTES])
    if begins == goes_on:
        binary = elf.read(content)
        code = binary.section(_CODE) if binary is not None else None
        begins, goes_on = (code.offset, code.offset + code.size) if code is not None else (end, end)
    begins = min(begins, end)
    return (0, begins), (min(max(goes_on, begins), end), end)
