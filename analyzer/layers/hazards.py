"""Names in a layer that may deceive or upset whoever shows or reads them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import attrgetter

from analyzer.paths import printable
from analyzer.problems import Code, Problem, note
from analyzer.tarheader import Entry

_BIDIRECTIONAL = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Unicode Standard Annex 9: they show the letters of a name in another order."""
_C1 = range(0x7F, 0xA0)
_CONTROLS = bytes([*range(0x20), 0x7F])
_PATH, _LINK = attrgetter("path"), attrgetter("link")


def hazards(entries: Sequence[Entry], where: str) -> Iterator[Problem]:
    """A note for each name or link target with such characters."""
    if _harmless("".join(map(_PATH, entries))) and _harmless(
        "".join(filter(None, map(_LINK, entries)))
    ):
        return  # as nearly all layers; everything at once costs little
    for entry in entries:
        if what := hazard(entry.path) or hazard(entry.link or ""):
            detail = f"name or link of {printable(entry.path)!r:.200}, the data of which is at byte"
            yield note(Code.UNSAFE_NAME, where, f"{detail} {entry.offset}, has {what}")


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
