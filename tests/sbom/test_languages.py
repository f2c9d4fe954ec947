"""Every format and version of a Debian image with packages of many languages, by its schema."""

from __future__ import annotations

from functools import cache

import pytest

from analyzer.api import analyze
from analyzer.bills.model import Bill
from analyzer.sbom.papers import Papers
from tests.sbom.cyclonedxes import VERSIONS as CYCLONEDX
from tests.sbom.cyclonedxes import checked_json, checked_xml, components
from tests.sbom.spdxrules import VERSIONS as SPDX
from tests.sbom.spdxrules import json_of, read_tag_value, schema
from tests.support.realimages import LANGUAGES, real_image


@cache
def bill() -> Bill:
    report = analyze(str(real_image(LANGUAGES)), platforms=["linux/arm64"])
    return Papers(report, report.images[0], None).bill


@pytest.mark.parametrize("version", SPDX)
def test_spdx(version: str) -> None:
    document = json_of(bill(), version)
    schema(version).validate(document)
    assert len(document["packages"]) == len(bill().elements) > 900
    assert len(read_tag_value(bill(), version).packages) == len(document["packages"])


@pytest.mark.parametrize("version", CYCLONEDX)
def test_cyclonedx(version: str) -> None:
    assert len(components(checked_json(bill(), version))) == len(bill().elements)
    checked_xml(bill(), version)
