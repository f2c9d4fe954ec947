"""Licence expressions of any bill as SPDX allows them, and the texts of their LicenseRefs.

SPDX 2.3, Annex D and chapter 10. What is no valid expression, which only a bill from another tool
can hold, becomes a LicenseRef that stands for the words as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from spdx_tools.common.spdx_licensing import spdx_licensing
from spdx_tools.spdx.model.extracted_licensing_info import ExtractedLicensingInfo
from spdx_tools.spdx.model.spdx_no_assertion import SpdxNoAssertion
from spdx_tools.spdx.model.spdx_none import SpdxNone

from analyzer.bills.members import prose
from analyzer.sbom.ids import fingerprint
from analyzer.sbom.licences import LONGEST_STATED, Licences
from analyzer.sbom.spdxrest import Losses

_LEGAL = re.compile(r"LicenseRef-[A-Za-z0-9.-]+")
_TOKEN = re.compile(r"[^\s()]+")
_NOT_NAME = re.compile(r"[^A-Za-z0-9.]+")
_READABLE_LENGTH = 40
_NO_TEXT = "No text is stated for this licence."

_LICENSING: Any = spdx_licensing
Expression = object
"""A `license_expression.LicenseExpression`, `SpdxNone` or `SpdxNoAssertion`."""


class Expressions:
    """Turns the licences of a bill into the library's expressions, each parsed once."""

    def __init__(self, texts: Iterable[tuple[str, str]], losses: Losses) -> None:
        self._losses = losses
        self._licences = Licences(LONGEST_STATED)
        self._renamed: dict[str, str] = {}
        self._texts: dict[str, str] = {}
        self._parsed: dict[str, Expression] = {}
        for name, text in texts:
            self._texts.setdefault(self._legal(name), prose(text).strip() or _NO_TEXT)

    def parse(self, text: str) -> Expression:
        """What an element states: an expression, NONE, or that nothing is stated."""
        if text not in self._parsed:
            self._parsed[text] = self._expression(text)
        return self._parsed[text]

    @property
    def texts(self) -> list[ExtractedLicensingInfo]:
        """One for each LicenseRef that the bill has a text for or an expression uses, sorted."""
        texts = {**dict(self._licences.texts), **self._texts}
        return [
            ExtractedLicensingInfo(license_id=name, extracted_text=text)
            for name, text in sorted(texts.items())
        ]

    def _expression(self, text: str) -> Expression:
        stated = text.strip()
        if stated == "NONE":
            return SpdxNone()
        if stated in {"", "NOASSERTION"}:
            return SpdxNoAssertion()
        if self._renamed:
            stated = _TOKEN.sub(lambda token: self._renamed.get(token[0], token[0]), stated)
        written = self._licences.declared((stated,))
        if written != stated and _LEGAL.fullmatch(written):
            self._losses.add("licences that are no valid expression (kept as LicenseRef)")
        return _LICENSING.parse(written)

    def _legal(self, name: str) -> str:
        """The name of a LicenseRef as SPDX 2.3, 10.1 allows it; the same for the same name."""
        if _LEGAL.fullmatch(name):
            return name
        readable = _NOT_NAME.sub("-", name.removeprefix("LicenseRef-"))[:_READABLE_LENGTH]
        parts = ("LicenseRef", readable.strip("-"), fingerprint(name))
        self._renamed[name] = "-".join(part for part in parts if part)
        self._losses.add("names of licences that SPDX does not allow (given another name)")
        return self._renamed[name]
