"""Licences as a document may state them: valid expressions, the rest as LicenseRef.

SPDX 2.3, Annex D (expressions) and chapter 10 (other licensing information).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from itertools import accumulate
from typing import Any

from analyzer.paths import printable
from analyzer.sbom.ids import fingerprint

_REFERENCE = re.compile(r"LicenseRef-[A-Za-z0-9.-]+")
_EXPRESSION = re.compile(r"[A-Za-z0-9.+() -]+")
_LONGEST_EXPRESSION = 1000
LONGEST_STATED = 100_000
"""Characters of what is an expression already: dozens of licences of one package make thousands."""
_DEEPEST = 50
"""Parentheses within parentheses; the library gives up at a few hundred."""
_READABLE_LENGTH = 40
_SAYS_NOTHING = frozenset({"", "NOASSERTION"})
_TEXT_UNKNOWN = "The package states this identifier; the image states no text for it."


@cache
def _library_errors() -> tuple[type[Exception], ...]:
    """What the library's parser raises for odd text; the last three look unintended."""
    from license_expression import ExpressionError

    return ExpressionError, AssertionError, AttributeError, IndexError


@cache
def _licensing() -> Any:  # noqa: ANN401 (a `license_expression.Licensing`; it has no types)
    """The library's parser with the SPDX list, which takes a while to read."""
    from license_expression import get_spdx_licensing

    read: Callable[[], Any] = get_spdx_licensing
    return read()


class Licences:
    """Turns what packages state into expressions; collects what LicenseRefs stand for.

    What has more than `longest` characters is taken for a text.
    """

    def __init__(self, longest: int = _LONGEST_EXPRESSION) -> None:
        self._longest = longest
        self._seen: dict[str, str] = {}
        self._texts: dict[str, str] = {}

    @property
    def texts(self) -> list[tuple[str, str]]:
        """Each LicenseRef used so far and its text, sorted."""
        return sorted(self._texts.items())

    def known(self, expression: str) -> str:
        """`expression`, which is known to be valid; its LicenseRefs are noted."""
        for name in _REFERENCE.findall(expression):
            self._texts.setdefault(name, _TEXT_UNKNOWN)
        return expression

    def declared(self, found: Iterable[str]) -> str:
        """One expression for all statements of a package; empty when there is none.

        Several statements are joined by AND: a package that names several licences without
        saying how they relate is only used safely under all of them.
        """
        texts = dict.fromkeys(text.strip() for text in found)
        parts = [self._one(text) for text in texts if text not in _SAYS_NOTHING]
        distinct = list(dict.fromkeys(parts))
        if len(distinct) == 1:
            return distinct[0]
        return " AND ".join(f"({part})" if " OR " in part else part for part in distinct)

    def _one(self, text: str) -> str:
        if text not in self._seen:
            self._seen[text] = self._expression(text) or self._reference(text)
        return self._seen[text]

    def _expression(self, text: str) -> str:
        """`text` as an expression of listed licences and LicenseRefs; empty when it is none."""
        plain = len(text) <= self._longest and _EXPRESSION.fullmatch(text)
        if not plain or _depth(text) > _DEEPEST:
            return ""
        licensing = _licensing()
        try:
            parsed = licensing.parse(text, strict=True)
        except _library_errors():
            return ""
        names = [str(symbol.key) for symbol in licensing.license_symbols(parsed)]
        references = [name for name in names if _REFERENCE.fullmatch(name)]
        if any(n not in references and n not in licensing.known_symbols for n in names):
            return ""
        return self.known(str(parsed)) if names else ""

    def _reference(self, text: str) -> str:
        readable = re.sub(r"[^A-Za-z0-9.]+", "-", text)[:_READABLE_LENGTH].strip("-")
        name = "-".join(part for part in ("LicenseRef", readable, fingerprint(text)) if part)
        self._texts[name] = "\n".join(printable(line) for line in text.split("\n"))
        return name


def _depth(text: str) -> int:
    signs = (1 if sign == "(" else -1 for sign in text if sign in "()")
    return max(accumulate(signs), default=0)
