"""What a bill says of licences, in CycloneDX's terms."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from cyclonedx.model import AttachedText
from cyclonedx.model.license import (
    DisjunctiveLicense,
    License,
    LicenseAcknowledgement,
    LicenseExpression,
    LicenseExpressionDetails,
)
from cyclonedx.spdx import is_supported_id

from analyzer.bills.model import Element
from analyzer.paths import printable
from analyzer.sbom.cdxtext import Losses, lines
from analyzer.sbom.licences import LONGEST_STATED, Licences

_REFERENCE = re.compile(r"LicenseRef-[A-Za-z0-9.-]+")
_SILENT = frozenset({"", "NOASSERTION"})
DECLARED = LicenseAcknowledgement.DECLARED
CONCLUDED = LicenseAcknowledgement.CONCLUDED


class LicenceWriter:
    """Writes the licences of the components of one document."""

    def __init__(self, texts: Mapping[str, str], version: str, losses: Losses) -> None:
        self._texts = texts
        self._details = version not in {"1.5", "1.6"}
        self._acknowledged = version != "1.5"
        self._losses = losses
        self._expressions = Licences(LONGEST_STATED)

    def of(self, element: Element) -> tuple[list[License], list[tuple[str, str]]]:
        """The licences of a component, and properties for what has no place among them.

        CycloneDX 1.6, `licenseChoice`: either one expression or a list of licences by identifier
        or name. What was concluded stands beside what is declared only where neither is an
        expression and the version can tell them apart (1.6, `acknowledgement`).
        """
        declared = self._declared(element)
        concluded = self._one(element.licence_concluded, (), CONCLUDED)
        if not concluded or element.licence_concluded == element.licence:
            return declared, []
        if not declared:
            return concluded, []
        together = [*declared, *concluded]
        expressed = any(isinstance(each, LicenseExpression) for each in together)
        if self._acknowledged and not expressed:
            return together, []
        return declared, [("ociscope:licence:concluded", printable(element.licence_concluded))]

    def _declared(self, element: Element) -> list[License]:
        if element.licence.strip() not in _SILENT:
            written = self._one(element.licence, element.licences_found, DECLARED)
            names = {element.licence, *(getattr(each, "name", None) for each in written)}
            if not names.issuperset(text.strip() for text in element.licences_found):
                self._losses.add("words of a package for its licence, beside the expression")
            return written
        found = dict.fromkeys(text.strip() for text in element.licences_found)
        return [self._named(text, DECLARED) for text in found if text not in _SILENT]

    def _one(self, stated: str, found: Iterable[str], by: LicenseAcknowledgement) -> list[License]:
        """One statement; `found` are the package's own words for it."""
        stated = stated.strip()
        if stated in _SILENT:
            return []
        if is_supported_id(stated):
            return [DisjunctiveLicense(id=stated, acknowledgement=by)]
        if _REFERENCE.fullmatch(stated):
            return [self._reference(stated, list(found), by)]
        expression = self._expressions.declared((stated,))
        if is_supported_id(expression):
            return [DisjunctiveLicense(id=expression, acknowledgement=by)]
        if _REFERENCE.fullmatch(expression):
            self._losses.add("licence expression that is none, written as a name")
            return [self._named(stated, by)]
        return [self._expression(expression, by)]

    def _reference(
        self, name: str, found: list[str], by: LicenseAcknowledgement
    ) -> DisjunctiveLicense:
        """By the package's own word where that is one; the text where it says more."""
        words = found[0].strip() if len(found) == 1 else name
        text = self._texts.get(name, "")
        more = bool(text) and text.strip() not in {name, words}
        return self._named(words or name, by, text if more else "")

    def _named(self, name: str, by: LicenseAcknowledgement, text: str = "") -> DisjunctiveLicense:
        first, *rest = name.splitlines() or [name]
        if rest and not text:
            name, text = first, name
        return DisjunctiveLicense(
            name=printable(name) or "unknown",
            text=AttachedText(content=lines(text)) if text else None,
            acknowledgement=by,
        )

    def _expression(self, expression: str, by: LicenseAcknowledgement) -> LicenseExpression:
        known = dict.fromkeys(_REFERENCE.findall(expression))
        texts = [(name, self._texts[name]) for name in known if self._texts.get(name)]
        details = []
        for name, text in texts:
            if self._details:
                content = AttachedText(content=lines(text))
                details.append(LicenseExpressionDetails(name, text=content))
            else:
                self._losses.add("text of a LicenseRef inside an expression")
        return LicenseExpression(expression, acknowledgement=by, details=details)
