"""Lists of a bill's packages, read back by Python's csv module and the library of purl-spec."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import fields

import pytest
from packageurl import PackageURL

from analyzer.bills.model import Bill, Element, Lost
from analyzer.paths import printable
from analyzer.sbom.listed import COLUMNS, csv_table, lost_in_lists, purl_list
from analyzer.sbom.stated import NAMES, Facts, Places, lost_facts
from tests.sbom.handmade import ANGULAR, FULL, HAND_BUILT, HOSTILE_TEXTS, LIBC, hostile_bill


def rows(bill: Bill) -> list[dict[str, str]]:
    text = csv_table(bill).decode()
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def row(name: str, bill: Bill = FULL) -> dict[str, str]:
    (found,) = (each for each in rows(bill) if each["name"] == name)
    return found


class TestPackageUrls:
    def test_are_those_of_packages_each_once_and_sorted(self) -> None:
        twice = Bill("x", (), (*FULL.elements, LIBC))
        lines = purl_list(twice).decode().splitlines()
        assert lines == [
            "pkg:deb/debian/libc6@2.36-9%2Bdeb12u4?arch=amd64&distro=debian-12&upstream=glibc",
            "pkg:npm/%40angular/core@17.0.0",
        ]
        assert [PackageURL.from_string(line).name for line in lines] == ["libc6", "core"]

    def test_packages_without_one_are_announced(self) -> None:
        assert Lost("packages without a package URL", 1) in lost_in_lists(FULL, "purl")

    def test_a_list_of_nothing_is_empty(self) -> None:
        assert purl_list(Bill("x", (), ())) == b""

    def test_one_line_is_one_package_whatever_it_is_called(self) -> None:
        lines = purl_list(hostile_bill()).decode().split("\n")
        purls = {text for text in HOSTILE_TEXTS if text}
        assert len(lines) - 1 == len(purls) + 2
        assert all(line.isprintable() for line in lines)


class TestTheTable:
    def test_has_a_line_for_each_package_and_a_header(self) -> None:
        text = csv_table(FULL).decode()
        assert text.splitlines()[0] == ",".join(COLUMNS)
        assert {each["name"] for each in rows(FULL)} == {"libc6", "core", "tool"}

    def test_says_what_the_bill_says(self) -> None:
        assert row("libc6") == {
            "kind": "package",
            "type": "deb",
            "namespace": "",
            "name": "libc6",
            "version": "2.36-9+deb12u4",
            "arch": "amd64",
            "state": "installed",
            "layer": "0",
            "layer_digest": LIBC.evidence[0].layer,
            "purl": LIBC.purl,
            "license_expression": "LGPL-2.1-or-later AND GPL-2.0-only",
            "licenses": "LGPL-2.1+; GPL-2",
            "source": "glibc",
            "source_version": "2.36-9+deb12u4",
            "supplier": "GNU Libc Maintainers <debian-glibc@lists.debian.org>",
            "originator": "",
            "digests": "",
            "cpes": "",
            "homepage": "https://www.gnu.org/software/libc/libc.html",
            "cataloger": "dpkg",
            "method": "database",
            "confidence": "1",
            "path": "var/lib/dpkg/status",
            "owner": "",
        }

    def test_takes_from_the_purl_what_other_tools_state_only_there(self) -> None:
        bare = Element("x", "library", "bash", "5", purl="pkg:apk/alpine/bash@5?arch=x86_64")
        found = row("bash", Bill("x", (), (bare,)))
        assert (found["type"], found["arch"]) == ("apk", "x86_64")

    def test_names_the_owner_and_the_place_inside_an_archive(self) -> None:
        found = row("core")
        assert found["owner"] == "libc6 2.36-9+deb12u4"
        assert found["path"] == "app/bundle.tar!/node_modules/@angular/core/package.json"

    def test_cells_of_what_is_not_known_are_empty(self) -> None:
        empty = dict.fromkeys(COLUMNS, "")
        assert row("tool") == {**empty, "kind": "application", "name": "tool"}

    def test_no_cell_is_a_formula(self) -> None:
        """OWASP, "CSV Injection": what a spreadsheet takes for the beginning of a formula."""
        for cells in csv.reader(io.StringIO(csv_table(hostile_bill()).decode(), newline="")):
            for cell in cells:
                assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
                assert cell.isprintable()

    def test_every_cell_can_be_had_back(self) -> None:
        """One apostrophe is taken away wherever it stands in front."""
        found = {each["name"].removeprefix("'") for each in rows(hostile_bill())}
        assert {printable(text) for text in HOSTILE_TEXTS} <= found

    def test_the_order_of_the_bill_does_not_matter(self) -> None:
        turned = Bill("x", (), FULL.elements[::-1], FULL.relations[::-1])
        assert csv_table(turned) == csv_table(FULL)
        assert purl_list(turned) == purl_list(FULL)


class TestWhatIsLost:
    def test_each_member_is_told_once_with_its_count(self) -> None:
        for form in ("purl", "csv"):
            told = lost_in_lists(FULL, form)
            assert max(Counter(each.what for each in told).values()) == 1
            assert all(each.count > 0 for each in told)
            assert list(told) == sorted(told)

    def test_of_the_purl_list(self) -> None:
        told = {each.what: each.count for each in lost_in_lists(FULL, "purl")}
        assert told["suppliers"] == 1
        assert told["licences, declared"] == 2
        assert told["layers"] == told["operating systems"] == told["images"] == 1
        assert told["relations: DEPENDS_ON"] == 1
        # That the image has the packages is what a list says; the rest of it is lost.
        assert told["relations: CONTAINS"] == 4
        assert "package URLs" not in told

    def test_of_the_table(self) -> None:
        told = {each.what: each.count for each in lost_in_lists(FULL, "csv")}
        assert told["places where a package was found, beyond the first"] == 1
        assert told["relations: CONTAINS"] == 3
        assert "suppliers" not in told
        assert "packages without a package URL" not in told
        assert told["properties of packages"] == 1  # the diff ID

    def test_nothing_is_lost_of_what_says_nothing(self) -> None:
        bare = Bill("", (), (Element("x", "package", "a", purl="pkg:npm/a"),))
        assert lost_in_lists(bare, "purl") == ()
        assert lost_in_lists(Bill("", (), ()), "csv") == ()

    @pytest.mark.parametrize(
        "name", [f.name for f in fields(Element) if f.name not in {"ref", "kind"}]
    )
    def test_no_member_of_a_package_is_forgotten(self, name: str) -> None:
        """A member that is added to the model and has no words here is lost without a word."""
        hostile = next(each for each in hostile_bill().elements if each.ref == "hostile-0")
        value = getattr(hostile, name)
        bare = {f.name: f.default for f in fields(Element)} | {"ref": "x", "kind": "package"}
        only = Element(**{**bare, "name": "", name: value})
        told = lost_facts(Bill("", (), (only,)), Places(frozenset()))
        assert sum(each.count for each in told) == 1, name

    @pytest.mark.parametrize("name", [f.name for f in fields(Bill)])
    def test_no_member_of_a_document_is_forgotten(self, name: str) -> None:
        read = {"form", "identifier", "bound", "lost"}  # of the document that it was read from
        if name in {*read, "subjects"}:
            return
        empty = {f.name: f.default for f in fields(Bill)} | {"name": "", "subjects": ()}
        only = Bill(**{**empty, "elements": (), name: getattr(FULL, name)})
        assert lost_facts(only, Places(frozenset(Facts))), name

    def test_names_are_what_every_form_has(self) -> None:
        named = Bill("", (), (ANGULAR, HAND_BUILT))
        assert not {each.what for each in lost_facts(named, Places())} & set(NAMES)
