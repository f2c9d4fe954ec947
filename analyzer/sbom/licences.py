"""Licences as a document may state them: valid expressions, the rest as LicenseRef.

SPDX 2.3, Annex D (expressions) and chapter 10 (other licensing information).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Protocol

from license_expression import ExpressionError

from analyzer.paths import printable
from analyzer.sbom.ids import fingerprint

_REFERENCE = re.compile(r"LicenseRef-[A-Za-z0-9.-]+")
_EXPRESSION = re.compile(r"[A-Za-z0-9.+() -]+")
_LONGEST_EXPRESSION = 1000
_MOST_PARENTHESES = 50
_READABLE_LENGTH = 40
_SAYS_NOTHING = frozenset({"", "NOASSERTION"})
_LIBRARY_ERRORS = (ExpressionError, AssertionError, AttributeError, IndexError)
"""What the library's parser raises for odd text; the last three look unintended."""
_TEXT_UNKNOWN = "The package states this identifier; the image states no text for it."


Expression = object
"""A `license_expression.LicenseExpression`; `str` writes it, nothing else is asked of it."""


class Licensing(Protocol):
    """What is used of `license_expression.Licensing`."""

    known_symbols: dict[str, Any]

    def parse(self, expression: str, *, strict: bool) -> Expression:
        """Parse; unknown identifiers become symbols, and nothing at all becomes None."""

    def license_symbols(self, expression: Expression) -> list[Any]:
        """Every identifier of the expression, `WITH` taken apart."""

    def AND(self, *expressions: Expression) -> Expression:  # noqa: N802 (theirs)
        """All of them apply."""


class Licences:
    """Turns what packages state into expressions; collects what LicenseRefs stand for."""

    def __init__(self, licensing: Licensing) -> None:
        self._licensing = licensing
        self._seen: dict[str, Expression] = {}
        self._texts: dict[str, str] = {}

    @property
    def texts(self) -> list[tuple[str, str]]:
        """Each LicenseRef used so far and its text, sorted."""
        return sorted(self._texts.items())

    def declared(self, found: Iterable[str]) -> Expression | None:
        """One expression for all statements of a package; None when there is none.

        Several statements are joined by AND: a package that names several licences without
        saying how they relate is only used safely under all of them.
        """
        texts = dict.fromkeys(text.strip() for text in found)
        parts = [self._one(text) for text in texts if text not in _SAYS_NOTHING]
        distinct = list({str(part): part for part in parts}.values())
        return self._licensing.AND(*distinct) if len(distinct) > 1 else next(iter(distinct), None)

    def _one(self, text: str) -> Expression:
        if text not in self._seen:
            parsed = self._expression(text)
            self._seen[text] = self._reference(text) if parsed is None else parsed
        return self._seen[text]

    def _expression(self, text: str) -> Expression | None:
        """`text` as an expression of listed licences and LicenseRefs; None when it is none."""
        plain = len(text) <= _LONGEST_EXPRESSION and text.count("(") <= _MOST_PARENTHESES
        if not plain or not _EXPRESSION.fullmatch(text):
            return None
        try:
            parsed = self._licensing.parse(text, strict=True)
        except _LIBRARY_ERRORS:
            return None
        names = [str(symbol.key) for symbol in self._licensing.license_symbols(parsed)]
        references = [name for name in names if _REFERENCE.fullmatch(name)]
        if any(n not in references and n not in self._licensing.known_symbols for n in names):
            return None
        for name in references:
            self._texts.setdefault(name, _TEXT_UNKNOWN)
        return parsed

    def _reference(self, text: str) -> Expression:
        readable = re.sub(r"[^A-Za-z0-9.]+", "-", text)[:_READABLE_LENGTH].strip("-")
        name = "-".join(part for part in ("LicenseRef", readable, fingerprint(text)) if part)
        self._texts[name] = "\n".join(printable(line) for line in text.split("\n"))
        return self._licensing.parse(name, strict=True)
