"""Names in a layer that may deceive or upset whoever shows them, and those that nobody can make."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import attrgetter

from analyzer.paths import SHOWN, quoted
from analyzer.problems import Code, Problem, note, warning
from analyzer.tarheader import Entry

_BIDIRECTIONAL = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Unicode Standard Annex 9: they show the letters of a name in another order."""
_NAME_BYTES = 255
"""Of one part of a path, in the file systems of Linux: limits.h, NAME_MAX."""
_PATH_BYTES = 4095
"""Of a path or a link's target: limits.h, PATH_MAX, which counts the NUL behind it."""
_SURELY_SHORT = _NAME_BYTES // 4
_C1 = range(0x7F, 0xA0)
_CONTROLS = bytes([*range(0x20), 0x7F])
_PATH, _LINK = attrgetter("path"), attrgetter("link")


def hazards(entries: Sequence[Entry], where: str) -> Iterator[Problem]:
    """A note for each name or link target with such characters, a warning for one too long."""
    paths = list(map(_PATH, entries))
    links = list(filter(None, map(_LINK, entries)))
    if not (_harmless("".join(paths)) and _harmless("".join(links))):
        yield from _deceiving(entries, where)
    if not (_short(paths, _NAME_BYTES) and _short(links, _PATH_BYTES)):
        yield from _unmade(entries, where)


def _deceiving(entries: Sequence[Entry], where: str) -> Iterator[Problem]:
    for entry in entries:
        if what := hazard(entry.path) or hazard(entry.link or ""):
            yield note(Code.UNSAFE_NAME, where, f"{_named(entry)} has {what}")


def _unmade(entries: Sequence[Entry], where: str) -> Iterator[Problem]:
    for entry in entries:
        part = max(map(_bytes, entry.path.split("/"))) if len(entry.path) > _SURELY_SHORT else 0
        if part > _NAME_BYTES:
            what = f"a part of {part} bytes"
        elif _bytes(entry.path) > _PATH_BYTES:
            what = f"{_bytes(entry.path)} bytes"
        elif _bytes(entry.link or "") > _PATH_BYTES:
            what = f"a target of {_bytes(entry.link or '')} bytes"
        else:
            continue
        detail = f"{_named(entry)} has {what}, more than Linux takes; engines refuse the layer"
        yield warning(Code.RUNTIME_DEPENDENT, where, detail)


def _named(entry: Entry) -> str:
    shown = quoted(entry.path, SHOWN)
    return f"name or link of {shown}, the data of which is at byte {entry.offset},"


def _bytes(name: str) -> int:
    return len(name) if name.isascii() else len(name.encode("utf-8", "surrogateescape"))


def _short(names: Sequence[str], most: int) -> bool:
    """Whether none can be too long, seen at a glance."""
    longest = max(map(len, names), default=0)
    return longest * 4 <= most or (longest <= most and "".join(names).isascii())


def hazard(name: str) -> str:
    """What a name has that may deceive, in words; empty for nothing."""
    if "\0" in name:
        return "a NUL byte; engines refuse the layer, some readers cut the name there"
    if any(ord(c) < ord(" ") or ord(c) in _C1 or c in "\u2028\u2029" for c in name):
        return "control characters"
    if any(c in _BIDIRECTIONAL for c in name):
        return "characters that change the order in which it is shown"
    return ""


def _harmless(text: str) -> bool:
    if not text.isascii():
        return text.isprintable()
    raw = text.encode()
    return len(raw.translate(None, _CONTROLS)) == len(raw)
