"""Files in bills: digests, who contains them, and codes over them as spdx-tools makes them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from spdx_tools.spdx.model.checksum import Checksum, ChecksumAlgorithm
from spdx_tools.spdx.model.file import File
from spdx_tools.spdx.spdx_element_utils import calculate_package_verification_code

from analyzer import analyze
from analyzer.bills.model import Bill, Element, Relation
from analyzer.bills.verification import verification_codes
from analyzer.digest import Digest
from analyzer.packages.contract import Location
from analyzer.report import ImageFile, Report
from analyzer.sbom.compose import compose
from tests.sbom.reports import make_image, make_package, make_report
from tests.support.imagebuilder import Entries, HardLink, ImageBuilder, Link

STATUS = (
    b"Package: tool\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n"
    b"Maintainer: Nobody <nobody@example.com>\nDescription: made for a test\n"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A package of two files, and three files of nobody in the layer above."""
    below: Entries = {
        "etc/os-release": b"ID=debian\n",
        "var/lib/dpkg/status": STATUS,
        "var/lib/dpkg/info/tool.list": b"/.\n/usr\n/usr/bin\n/usr/bin/tool\n/usr/bin/t\n",
        "usr/bin/tool": b"#!/bin/sh\n",
        "usr/bin/t": HardLink("usr/bin/tool"),
    }
    above: Entries = {
        "opt/odd name\n": b"odd",
        "opt/a": b"same",
        "opt/b": b"same",
        "opt/link": Link("a"),
    }
    return ImageBuilder().layer(below).layer(above).write_oci(tmp_path / "layout")


def billed(report: Report) -> Bill:
    return compose(report, report.images[0], created="2024-01-01T00:00:00Z", created_from="test")


def files_of(bill: Bill) -> dict[str, Element]:
    return {element.name: element for element in bill.elements if element.kind == "file"}


def test_each_file_is_contained_by_what_lists_it(path: Path) -> None:
    bill = billed(analyze(str(path), files=True))
    files = files_of(bill)
    names = {element.ref: element.name for element in bill.elements}
    holders: dict[str, set[str]] = {name: set() for name in files}
    for relation in bill.relations:
        if relation.kind == "CONTAINS" and relation.other in {f.ref for f in files.values()}:
            holders[names[relation.other]].add(names[relation.one])
    image = names[bill.subjects[0]]
    assert holders == {
        "etc/os-release": {image},
        "opt/a": {image},
        "opt/b": {image},
        "opt/odd name\\x0a": {image},
        "usr/bin/t": {"tool"},
        "usr/bin/tool": {"tool"},
        "var/lib/dpkg/info/tool.list": {image},
        "var/lib/dpkg/status": {image},
    }


def test_files_say_their_layer_and_have_their_own_names(path: Path) -> None:
    report = analyze(str(path), files=True)
    files = files_of(billed(report))
    assert len({file.ref for file in files.values()}) == len(files)
    layers = report.images[0].layers
    for name, position in (("usr/bin/t", 0), ("opt/a", 1)):
        told = dict(files[name].properties)
        assert told["ociscope:layer:digest"] == layers[position].digest
        assert told["ociscope:layer:position"] == str(position)
    assert files["opt/a"].digests == files["opt/b"].digests
    assert files["opt/a"].digests == (
        "sha1:ff3390557335ba88d37755e41514beb03bc499ec",
        "sha256:0967115f2813a3541eaef77de9d9d5773f1c0c04314b0bbfe4ff3b3b1c55b5d5",
    )


def test_who_does_not_ask_gets_none(path: Path) -> None:
    bill = billed(analyze(str(path)))
    assert files_of(bill) == {}
    assert not any("Files" in remark.words for remark in bill.remarks)


def test_a_file_without_digests_is_told_and_left_out() -> None:
    file = ImageFile("a", 1, 0o644, 0, None, None, ())
    bill = billed(make_report(replace(make_image(), files=(file, replace(file, path="b")))))
    assert files_of(bill) == {}
    (said,) = (remark.words for remark in bill.remarks if remark.words.startswith("Not listed: 2"))
    assert "2 files of which no digest could be taken" in said


def test_of_two_copies_of_a_package_the_nearer_contains_a_file() -> None:
    folders = ("opt/one/site-packages", "opt/two/site-packages")
    packages = [
        make_package(
            "six",
            "1",
            type="pypi",
            arch="",
            locations=(Location(f"{folder}/six-1.dist-info/METADATA", 0),),
        )
        for folder in folders
    ]
    (ident,) = {package.ident for package in packages}
    files = tuple(
        ImageFile(
            f"{folder}/six.py",
            1,
            0o644,
            0,
            Digest(f"sha1:{n * 40}"),
            Digest(f"sha256:{n * 64}"),
            (ident,),
        )
        for n, folder in zip("ab", folders, strict=True)
    )
    bill = billed(make_report(replace(make_image(*packages), files=files)))
    places = {e.ref: e.evidence[0].path for e in bill.elements if e.name == "six"}
    found = files_of(bill)
    for folder in folders:
        ref = found[f"{folder}/six.py"].ref
        (holder,) = [r.one for r in bill.relations if r.other == ref]
        assert places[holder].startswith(folder)


def test_codes_are_those_of_spdx_tools(path: Path) -> None:
    bill = billed(analyze(str(path), files=True))
    codes = verification_codes(bill)
    files = {element.ref: element for element in bill.elements if element.kind == "file"}
    assert len(codes) == 2
    for ref, code in codes.items():
        contained = [files[r.other] for r in bill.relations if r.one == ref and r.other in files]
        sums = [file.digests[0].partition(":")[2] for file in contained]
        theirs = calculate_package_verification_code(
            [File("./x", "SPDXRef-x", [Checksum(ChecksumAlgorithm.SHA1, value)]) for value in sums]
        )
        assert code == theirs.value


def test_no_code_is_made_up_for_a_file_without_sha1() -> None:
    elements = (
        Element("p", "package", "p"),
        Element("q", "package", "q"),
        Element("f", "file", "f", digests=("sha256:" + "0" * 64,)),
    )
    relations = (Relation("p", "CONTAINS", "f"), Relation("p", "DEPENDS_ON", "q"))
    assert verification_codes(Bill("x", ("p",), elements, relations)) == {"p": None}
