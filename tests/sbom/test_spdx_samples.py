"""SPDX documents of images that real tools wrote, in every version and form, with their files."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ntia_conformance_checker import SbomChecker
from spdx_python_model import load_data

from analyzer.api import analyze
from analyzer.bills.model import Bill
from analyzer.report import Report
from analyzer.sbom.compose import compose
from analyzer.sbom.created import creation_time
from analyzer.sbom.indexed import compose_index, indexes
from analyzer.sbom.spdx import spdx_json, spdx_tag_value
from analyzer.sbom.spdx3 import spdx3_json
from tests.sbom.spdxrules import (
    VERSIONS,
    complaints,
    json_of,
    read_json,
    read_tag_value,
    schema,
)
from tests.support.tools import shared

SAMPLES = (
    "buildkit-oci-debian-two-platforms-zstd.tar",
    "buildkit-oci-multi-platform-attestations.tar",
    "docker-20.10-save.tar",
    "docker-29-save-containerd-store.tar",
)
"""With packages, with attestations beside the images, and without a manifest."""
_MOST_VALIDATED = 700
"""The validator of spdx-tools takes time with the square of this."""


@cache
def report(name: str) -> Report:
    return analyze(str(shared("samples", name)), files=True)


def bills(name: str) -> list[Bill]:
    """Of every image of a sample, and of its index."""
    read = report(name)
    made = []
    for image in read.images:
        created, source = creation_time(image, "0")
        made.append(compose(read, image, created=created, created_from=source))
    for digest in indexes(read.images):
        index = compose_index(read, digest, created=created, created_from=source)
        made += [index] if index else []
    return made


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", SAMPLES)
def test_spdx_2(name: str, version: str, tmp_path: Path) -> None:
    for bill in bills(name):
        document = json_of(bill, version)
        schema(version).validate(document)
        if len(bill.elements) > _MOST_VALIDATED:
            continue
        one, other = read_json(bill, version), read_tag_value(bill, version)
        assert complaints(one) == complaints(other) == []
        assert one.packages == other.packages
        path = tmp_path / "a.spdx.json"
        path.write_bytes(spdx_json(bill, version))
        checker: Any = SbomChecker(str(path))
        assert checker.get_total_number_components() == len(one.packages)


@pytest.mark.parametrize("name", SAMPLES)
def test_spdx_3(name: str) -> None:
    """Everything that is named is there."""
    for bill in bills(name):
        _, objects = load_data(json.loads(spdx3_json(bill)))
        assert objects.missing_ids == set()


@pytest.mark.parametrize("name", SAMPLES)
def test_twice_the_same(name: str) -> None:
    for one, other in zip(bills(name), bills(name), strict=True):
        assert spdx_tag_value(one) == spdx_tag_value(other)
        assert spdx3_json(one) == spdx3_json(other)
