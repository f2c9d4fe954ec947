"""A bill written in a form of `FORMS`, and what that form has no place for.

Each writer loads its own libraries, so that a list of package URLs costs no SPDX library.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from analyzer.bills.model import Bill, Lost
from analyzer.limits import Limits
from analyzer.report import ImageReport


@dataclass(frozen=True, slots=True)
class Template:
    """A jinja2 template, and what it may cost."""

    text: str
    limits: Limits = field(default_factory=Limits)


def write(
    bill: Bill,
    form: str,
    version: str,
    *,
    image: ImageReport | None = None,
    template: Template | None = None,
) -> bytes:
    """`bill` as a document.

    `image` is given where the bill is of one, `template` where the form is one.

    Raises:
        InputError: the template is none.
    """
    if form == "spdx-json":
        from analyzer.sbom.spdx import spdx_json

        return spdx_json(bill, version)
    if form == "spdx-tv":
        from analyzer.sbom.spdx import spdx_tag_value

        return spdx_tag_value(bill, version)
    if form == "spdx3-json":
        from analyzer.sbom.spdx3 import spdx3_json

        return spdx3_json(bill)
    if form == "cyclonedx-json":
        from analyzer.sbom.cyclonedx import cyclonedx_json

        return cyclonedx_json(bill, version)
    if form == "cyclonedx-xml":
        from analyzer.sbom.cyclonedx import cyclonedx_xml

        return cyclonedx_xml(bill, version)
    return _other(bill, form, image, template)


def _other(bill: Bill, form: str, image: ImageReport | None, template: Template | None) -> bytes:
    if form == "syft-json":
        from analyzer.sbom.syft import syft_json

        return syft_json(bill, image)
    if form == "purl":
        from analyzer.sbom.listed import purl_list

        return purl_list(bill)
    if form == "csv":
        from analyzer.sbom.listed import csv_table

        return csv_table(bill)
    from analyzer.sbom.template import rendered

    template = template or Template("")
    return rendered(template.text, bill, image, template.limits)


def lost(bill: Bill, form: str, version: str) -> tuple[Lost, ...]:
    """What of `bill` the form cannot carry."""
    if form == "spdx3-json":
        from analyzer.sbom.spdx3 import lost_in_spdx3

        return lost_in_spdx3(bill)
    if form.startswith("spdx"):
        from analyzer.sbom.spdx import lost_in_spdx

        return lost_in_spdx(bill, version)
    if form.startswith("cyclonedx"):
        from analyzer.sbom.cyclonedx import lost_in_cyclonedx

        return lost_in_cyclonedx(bill, version)
    if form == "syft-json":
        from analyzer.sbom.syft import lost_in_syft

        return lost_in_syft(bill)
    if form == "template":
        return ()
    from analyzer.sbom.listed import lost_in_lists

    return lost_in_lists(bill, "csv" if form == "csv" else "purl")
