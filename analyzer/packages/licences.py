"""Licences as packages state them to one SPDX expression, where they can be written as one.

SPDX 2.3, Annex D. What a package states stays in `Package.licenses` as it was found; an
expression is made only when every part of it has an SPDX name, since half of one would tell less
than was stated. Several statements are joined by AND: a package that names several licences
without saying how they relate is only used safely under all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import Any

from analyzer.packages.commonlicences import common
from analyzer.packages.licencenames import spdx_of

_PLAIN = re.compile(r"[A-Za-z0-9.+() :-]+")
_REFERENCE = re.compile(r"(?:DocumentRef-[A-Za-z0-9.-]+:)?LicenseRef-[A-Za-z0-9.-]+")
_OPERATOR = re.compile(r"[()]|(?<=[\s)])(?:and|or)(?=[\s(])", re.IGNORECASE)
_COMMA = re.compile(r",\s+(?=(?:and|or)\s)", re.IGNORECASE)
_LONGEST = 1000
_MOST_PARENTHESES = 50
_SILENT = frozenset({"", "none", "noassertion", "unknown"})
_BARS = {"cran": "|", "cargo": "/"}
"""Signs that mean "or" where the ecosystem says so (R-exts, "Licensing"; Cargo's manifest)."""


def license_expression(kind: str, found: Sequence[str]) -> str:
    """One valid SPDX expression for everything that a package of type `kind` states; else empty."""
    statements = list(dict.fromkeys(text.strip() for text in found))
    stated = [text for text in statements if text.lower() not in _SILENT]
    parts = list(dict.fromkeys(_one(kind, text) for text in stated))
    if not parts or "" in parts:
        return ""
    if len(parts) == 1:
        return parts[0]
    return _spdx(" AND ".join(f"({part})" if " OR " in part else part for part in parts))


@lru_cache(maxsize=4096)
def _one(kind: str, text: str) -> str:
    """One statement as an expression; empty where some of it has no SPDX name."""
    if len(text) > _LONGEST or text.count("(") > _MOST_PARENTHESES:
        return ""
    # The words of the ecosystem go first: `GPL` is version 1 to Debian and any version to others.
    return spdx_of(text, kind) or _spdx(text) or _translated(kind, text)


def _translated(kind: str, text: str) -> str:
    """`text` with every name between its operators replaced by the one that SPDX has."""
    if kind in _BARS:
        text = text.replace(_BARS[kind], " or ")
    if kind == "apk" and not _OPERATOR.search(text):
        # Before apk packages stated SPDX, a blank between two names meant both.
        text = " and ".join(text.split())
    if kind == "deb":
        text = _grouped(text)
    written = []
    start = 0
    for operator in [*_OPERATOR.finditer(text), None]:
        name = text[start : operator.start() if operator else len(text)].strip()
        if name:
            known = spdx_of(name, kind) or _spdx(name)
            if not known:
                return ""
            written.append(f"({known})" if " OR " in known else known)
        if operator:
            written.append(operator[0].upper())
            start = operator.end()
    return _spdx(" ".join(written))


def _grouped(text: str) -> str:
    """A comma before `and` or `or` ends what belongs together (Debian copyright-format 1.0)."""
    first, *rest = _COMMA.split(text)
    for part in rest:
        word, _, names = part.partition(" ")
        first = f"({first}) {word} ({names})"
    return first


def _spdx(text: str) -> str:
    """`text` in SPDX's own spelling if it is a valid expression of listed names; else empty."""
    if not _PLAIN.fullmatch(text):
        return ""
    if (plain := common(text)) is not None:
        return plain
    return _parsed(text)


def _parsed(text: str) -> str:
    """The same, by the library that knows all names."""
    from license_expression import ExpressionError

    licensing: Any = _licensing()
    try:
        parsed = licensing.parse(text, strict=True)
        names = [str(symbol.key) for symbol in licensing.license_symbols(parsed)]
    except (ExpressionError, AssertionError, AttributeError, IndexError):
        return ""  # the last three are what its parser raises for odd text, unintended
    listed: Callable[[str], Any] = licensing.known_symbols.get
    known = all(listed(name) or _REFERENCE.fullmatch(name) for name in names)
    return str(parsed) if names and known else ""


@cache
def _licensing() -> object:
    """A `license_expression.Licensing` of the SPDX list, which takes a while to read."""
    from license_expression import get_spdx_licensing

    read: Callable[[], object] = get_spdx_licensing
    return read()
