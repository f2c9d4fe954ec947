"""Lines of files as they may be shown: nothing for the terminal, secrets masked, not too long."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate

from analyzer.findings.secrets import Masker, masked, spans
from analyzer.paths import printable

LONGEST_LINE = 500
"""Characters of one line that are shown."""
_LOOKED_AT = 8 * LONGEST_LINE
"""Characters of one line in which secrets are looked for; what is shown lies far within."""
_KEY = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_KEY_END = "-----END"
_MASK = Masker()


class Shown:
    """The lines of one text, for people. Tabs stay, as they are what the file is about."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._keys = _key_lines(text, self._lines)
        self.masked = False
        """Whether any secret was masked so far."""

    def lines(self, numbers: range) -> list[str]:
        """Lines of these numbers (from 0, one by one); a value may go over several."""
        if not numbers:
            return []
        cut = [self._lines[n][:_LOOKED_AT] for n in numbers]
        text = "\n".join(cut)
        found = spans(text)
        self.masked |= bool(found)
        safe = masked_lines(text, found)
        return [
            self._key_line(n) if n in self._keys else shown_line(line, len(self._lines[n]))
            for n, line in zip(numbers, safe, strict=True)
        ]

    def _key_line(self, number: int) -> str:
        """One line of a private key."""
        self.masked = True
        return f"...({len(self._lines[number])} characters of a private key)"


def shown_line(line: str, length: int = 0) -> str:
    """One line without what is not printable, cut where it is too long."""
    length = max(length, len(line))
    cut = f"... ({length} characters)" if length > LONGEST_LINE else ""
    return "\t".join(map(printable, line[:LONGEST_LINE].split("\t"))) + cut


def masked_text(text: str) -> str:
    """A value with what looks like a secret in it masked."""
    return _MASK.spans_masked(text, spans(text))


def masked_lines(text: str, found: Iterable[tuple[int, int, str]]) -> list[str]:
    """The lines of a text with secrets masked; one over several lines is masked in each."""
    pieces, at = [], 0
    for start, end, _ in found:
        pieces += [text[at:start], "\n".join(map(masked, text[start:end].split("\n")))]
        at = end
    return "".join([*pieces, text[at:]]).split("\n")


def _key_lines(text: str, lines: list[str]) -> frozenset[int]:
    """Lines that lie in private keys, of which a hunk may show only the middle."""
    if "PRIVATE KEY" not in text:
        return frozenset()
    starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
    found: set[int] = set()
    at = 0
    while match := _KEY.search(text, at):
        end = text.find(_KEY_END, match.end())
        at = len(text) if end < 0 else end + len(_KEY_END)
        first = bisect_right(starts, match.start()) - 1
        found.update(range(first, bisect_right(starts, at - 1)))
    return frozenset(found)
