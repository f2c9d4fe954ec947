"""CPE names and licence expressions: whether they are what they claim to be.

CPE: NISTIR 7695, 6.2.2 (formatted string) and 6.1.2 (URI). Expressions: SPDX 2.3, Annex D.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cache
from typing import Any

from analyzer.bills.model import Bill, Element
from analyzer.checks.result import Finding, short
from analyzer.problems import Severity

_PARTS = r"(?:[a-zA-Z0-9\-._]|\\[\\*?!\"#$%&'()+,/:;<=>@\[\]^`{|}~])"
_AVSTRING = rf"(?:(?:\?+|\*)?{_PARTS}+(?:\?+|\*)?|[*\-]|\?+)"
_LANGUAGE = r"(?:[a-zA-Z]{2,3}(?:-(?:[a-zA-Z]{2}|[0-9]{3}))?|[*\-])"
_FORMATTED = re.compile(rf"cpe:2\.3:[aho*\-](?::{_AVSTRING}){{5}}:{_LANGUAGE}(?::{_AVSTRING}){{4}}")
_URI = re.compile(r"[cC][pP][eE]:/[AHOaho]?(?::[A-Za-z0-9._\-~%]*){0,6}")
_REFERENCE = re.compile(r"(DocumentRef-[A-Za-z0-9.+-]+:)?(LicenseRef-[A-Za-z0-9.-]+)")
_EXPRESSION = re.compile(r"[A-Za-z0-9.+:() \t\n-]+")
_LONGEST_EXPRESSION = 4000
_MOST_PARENTHESES = 50
_NO_LICENCE = frozenset({"", "NOASSERTION", "NONE"})


def cpe_findings(elements: tuple[Element, ...]) -> Iterator[Finding]:
    """An error for each CPE name that is none."""
    for element in elements:
        for cpe in element.cpes:
            if not (_FORMATTED.fullmatch(cpe) or _URI.fullmatch(cpe)):
                what = f"{short(cpe, 200)}: neither a CPE 2.3 formatted string nor a CPE 2.2 URI"
                yield Finding(Severity.ERROR, "cpe", element.ref or element.name, what)


def expressions(bill: Bill) -> Iterator[tuple[Element, str]]:
    """Every licence expression with its element."""
    for element in bill.elements:
        for text in (element.licence, element.licence_concluded):
            if text not in _NO_LICENCE:
                yield element, text


def licence_findings(bill: Bill, *, defined: bool) -> Iterator[Finding]:
    """Expressions that are none; with `defined`, LicenseRefs that the document does not define.

    CycloneDX has no place where a LicenseRef of an expression is defined, SPDX 2.3, 10.1 asks it.
    """
    known = {name for name, _ in bill.licence_texts}
    for element, text in expressions(bill):
        where = element.ref or element.name
        fault = expression_fault(text)
        if fault:
            yield Finding(Severity.ERROR, "licence", where, f"{short(text, 200)}: {fault}")
        if defined:
            yield from _undefined(text, where, known)


def _undefined(text: str, where: str, known: Collection[str]) -> Iterator[Finding]:
    for match in _REFERENCE.finditer(text):
        if not match[1] and match[2] not in known:
            what = f"{short(match[2], 120)} is not among hasExtractedLicensingInfos (SPDX 10.1)"
            yield Finding(Severity.ERROR, "licence-reference", where, what)


@cache
def _licensing() -> Any:  # noqa: ANN401 - license_expression's
    from license_expression import get_spdx_licensing

    return get_spdx_licensing()  # type: ignore[no-untyped-call]


@cache
def expression_fault(text: str) -> str:
    """Why `text` is no licence expression; empty where it is one."""
    if len(text) > _LONGEST_EXPRESSION or text.count("(") > _MOST_PARENTHESES:
        return "too long or too deep to be checked"
    if not _EXPRESSION.fullmatch(text):
        return "characters that no licence expression has"
    try:
        info = _licensing().validate(_REFERENCE.sub("MIT", text))
    except Exception as fault:  # noqa: BLE001 - its parser raises IndexError and the like, too
        return f"not an expression ({type(fault).__name__})"
    if info.invalid_symbols:
        unknown = ", ".join(short(str(symbol), 60) for symbol in info.invalid_symbols[:5])
        return f"not on the SPDX licence list: {unknown}"
    return "not an expression" if info.errors else ""
