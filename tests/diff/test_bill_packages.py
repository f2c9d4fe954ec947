"""The packages of a document against those of an image: what agrees, and in what not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from analyzer.bills.model import Lost
from analyzer.diff import claimmatch
from analyzer.diff.bill import Document
from analyzer.diff.claimmatch import match_claims
from analyzer.diff.claims import claims_of_bill, claims_of_image
from analyzer.diff.packages import NO_ORDER
from analyzer.diff.tree import DOWNGRADED, UPGRADED, Kind, mirrored
from analyzer.diff.twobills import compare_bills
from analyzer.packages.contract import Location
from analyzer.packages.distro import Distro
from tests.diff.bills import audit, bill, entry
from tests.diff.reports import image, package
from tests.diff.strategies import REPORTS

if TYPE_CHECKING:
    from analyzer.bills.model import Bill
    from analyzer.diff.tree import Difference
    from analyzer.packages.contract import Package
    from analyzer.report import Report


def packages(document: Bill, *there: Package) -> Difference:
    child = audit(document, image("a:1", packages=there)).children[0].child("packages")
    assert child is not None
    return child


def changes(document: Bill, *there: Package) -> list[tuple[str, Kind]]:
    return [(c.subject, c.kind) for c in packages(document, *there).children[1:]]


def said(document: Bill, *there: Package) -> str:
    """The headline, from the packages on."""
    return audit(document, image("a:1", packages=there)).headline.partition("linux/amd64: ")[2]


def deb(name: str, version: str = "1.0", arch: str = "amd64") -> str:
    return f"pkg:deb/debian/{name}@{version}?arch={arch}"


def test_all_agree() -> None:
    document = bill(entry(deb("a")), entry(deb("b")))
    assert said(document, package("a"), package("b")) == "2 of 2 packages agree"
    assert changes(document, package("a"), package("b")) == []


def test_every_way_to_differ() -> None:
    document = bill(entry(deb("a")), entry(deb("b", "2.0")), entry(deb("c", arch="arm64")))
    there = [package("b"), package("c"), package("d"), package("e")]
    assert changes(document, *there) == [
        ("deb/a", Kind.REMOVED),
        ("deb/b", Kind.CHANGED),
        ("deb/c", Kind.CHANGED),
        ("deb/d", Kind.ADDED),
        ("deb/e", Kind.ADDED),
    ]
    assert said(document, *there) == (
        "0 of 4 packages agree, 1 other version, 1 other architecture, 1 in the document only, "
        "2 in the image only"
    )


@pytest.mark.parametrize(
    ("purl", "version", "kind", "note"),
    [
        ("pkg:deb/debian/a@1.0-1", "1.0-2", "deb", UPGRADED),
        ("pkg:deb/debian/a@1:1.0", "2.0", "deb", DOWNGRADED),
        ("pkg:apk/alpine/a@1.0_rc1-r0", "1.0-r0", "apk", UPGRADED),
        ("pkg:npm/a@1.10.0", "1.9.0", "npm", DOWNGRADED),
        ("pkg:generic/a@1", "2", "generic", NO_ORDER),
    ],
)
def test_the_direction_follows_the_order_of_the_ecosystem(
    purl: str, version: str, kind: str, note: str
) -> None:
    part = packages(bill(entry(purl)), package("a", version, kind=kind, arch=""))
    (found,) = part.children[1:]
    assert found.notes == (note,)
    assert found.before["purl"] == purl


def test_another_spelling_of_a_version_agrees() -> None:
    assert changes(bill(entry("pkg:pypi/a@1.0")), package("a", "1.0.0", kind="pypi", arch="")) == []


def test_a_type_that_is_not_listed_at_all_is_said_once() -> None:
    crates = [package(f"c{n}", kind="cargo", arch="") for n in range(12)]
    document = bill(entry(deb("a")))
    assert (
        said(document, package("a"), *crates)
        == "1 of 13 packages agree, no cargo (12 in the image)"
    )
    part = packages(document, package("a"), *crates)
    assert part.notes == ("the document lists no cargo packages; the image has 12",)
    assert len(part.of_kind(Kind.ADDED)) == 12
    assert part.after["uncovered"] == {"cargo": 12}


def test_what_is_only_declared_is_compared_where_the_document_has_it() -> None:
    lock = package("left-pad", kind="npm", arch="", state="declared")._replace(
        locations=(Location("srv/package-lock.json", 0),),
    )
    assert changes(bill(), lock) == []
    part = packages(bill(entry("pkg:npm/left-pad@1.0")), lock)
    (found,) = part.children[1:]
    assert found.kind is Kind.UNKNOWN
    assert found.notes == ("not installed: declared only in srv/package-lock.json",)
    assert not part.differs


def test_what_was_removed_is_wrongly_listed() -> None:
    gone = package("vim", state="config-files")
    assert changes(bill(entry(deb("vim"))), gone) == [("deb/vim", Kind.REMOVED)]
    assert changes(bill(), gone) == []


def test_what_the_system_brought_may_be_listed_or_not() -> None:
    owned = package("six", kind="pypi", arch="")._replace(owner="deb:python3-six:all@1.0")
    assert changes(bill(), owned) == []
    assert changes(bill(entry("pkg:pypi/six@1.0")), owned) == []
    assert changes(bill(entry("pkg:pypi/six@2.0")), owned) == [("pypi/six", Kind.CHANGED)]
    assert packages(bill(), owned).notes == (
        "1 that packages of the system brought are not listed on their own",
    )


def test_architectures_side_by_side() -> None:
    """Multi-arch of Debian: each of its own, and one entry without says nothing against either."""
    both = [package("libc6"), package("libc6", arch="i386")]
    listed = [entry(deb("libc6")), entry(deb("libc6", arch="i386"))]
    assert changes(bill(*listed), *both) == []
    assert changes(bill(entry("pkg:deb/debian/libc6@1.0")), *both) == []
    assert changes(bill(listed[0]), *both) == [("deb/libc6@1.0", Kind.ADDED)]
    assert said(bill(entry("pkg:deb/debian/libc6@1.0")), *both) == "2 of 2 packages agree"


def test_versions_side_by_side() -> None:
    there = [package("a", version, kind="npm", arch="") for version in ("1.0.0", "2.0.0")]
    document = bill(entry("pkg:npm/a@1.0.0"), entry("pkg:npm/a@3.0.0"))
    assert changes(document, *there) == [("npm/a@2.0.0", Kind.CHANGED)]
    more = bill(*(entry(f"pkg:npm/a@{n}.0.0") for n in (1, 3, 4)))
    assert changes(more, *there) == [
        ("npm/a@2.0.0", Kind.ADDED),
        ("npm/a@3.0.0", Kind.REMOVED),
        ("npm/a@4.0.0", Kind.REMOVED),
    ]


def test_copies_count_in_the_image_and_are_told_of_the_document() -> None:
    copies = [package("a", kind="npm", arch="", layer=n) for n in range(3)]
    assert said(bill(entry("pkg:npm/a@1.0")), *copies) == "3 of 3 packages agree"
    twice = bill(entry("pkg:npm/a@1.0"), entry("pkg:npm/a@1.0"))
    assert changes(twice, copies[0]) == []
    assert packages(twice, copies[0]).notes == ("the document lists more than once: a 1.0",)


def test_a_name_without_a_purl() -> None:
    """As Microsoft's sbom-tool lists packages of Alpine."""
    bare = entry("", name="busybox", version="1.35.0-r29")
    there = package("busybox", "1.35.0-r29", kind="apk", arch="x86_64")
    part = packages(bill(bare), there)
    assert not part.differs
    assert part.notes == ("1 of 1 entries have no package URL and were matched by name",)
    older = there._replace(version="1.34.0-r0")
    assert changes(bill(bare), older) == [("apk/busybox", Kind.CHANGED)]
    assert changes(bill(bare)) == [("busybox", Kind.REMOVED)]


def test_a_name_that_several_types_have_is_that_of_its_version_or_nobodys() -> None:
    there = [package("x", "1.0"), package("x", "2.0", kind="npm", arch="")]
    assert changes(bill(entry("", name="x", version="2.0")), *there) == [("deb/x", Kind.ADDED)]
    assert ("x", Kind.REMOVED) in changes(bill(entry("", name="x", version="3.0")), *there)


def test_a_program_without_a_version() -> None:
    """As cdxgen lists what is in the folders of programs: `pkg:generic/busybox`."""
    there = package("busybox", "1.35.0-r29", kind="apk", arch="x86_64")
    (found,) = packages(bill(entry("pkg:generic/busybox", name="busybox")), there).children[1:]
    assert (found.kind, found.notes) == (Kind.UNKNOWN, ("one side states no version",))


def test_source_packages_in_place_of_what_was_built_from_them() -> None:
    there = [package(name, source=("glibc", "2.36")) for name in ("libc6", "libc-bin")]
    document = bill(entry(deb("glibc", "2.36", "source")))
    assert changes(document, *there) == []
    assert said(document, *there) == "2 of 2 packages agree"
    assert packages(document, *there).notes == (
        "the document names source packages of what is installed: glibc",
    )
    assert len(changes(bill(entry(deb("glibc", "2.35"))), *there)) == 3


@pytest.mark.parametrize(
    ("system", "kind"),
    [
        ("debian 12", Kind.SAME),
        ("debian 12.5", Kind.SAME),
        ("Debian 12", Kind.SAME),
        ("debian 11", Kind.CHANGED),
        ("debian 1", Kind.CHANGED),
        ("ubuntu 12", Kind.CHANGED),
        ("", Kind.UNKNOWN),
    ],
)
def test_the_distribution(system: str, kind: Kind) -> None:
    there = image("a:1", distro=Distro("debian", "12"))
    found = audit(bill(system=system), there)
    child = found.children[0].child("distro")
    assert child is not None
    assert child.kind is kind
    assert ("other distribution" in found.headline) is (kind is Kind.CHANGED)


def test_the_distribution_by_the_package_urls() -> None:
    there = image("a:1", distro=Distro("alpine", "3.17.0"))
    purls = (
        "apk/alpine/a@1?distro=3.17.0",
        "apk/alpine/b@1?distro=alpine-3.17.0",
        "npm/c@1?distro=x-1",
    )
    found = audit(bill(*(entry(f"pkg:{purl}") for purl in purls)), there)
    child = found.children[0].child("distro")
    assert child is not None
    assert child.before == {"id": "alpine", "version": "3.17.0"}
    assert child.kind is Kind.SAME


def test_packages_of_another_platform() -> None:
    document = bill(*(entry(deb(name, arch="arm64")) for name in "abc"))
    found = audit(document, image("a:1", packages=[package(name) for name in "abc"]))
    child = found.children[0].child("platform")
    assert child is not None
    assert (child.kind, child.before[0]["platform"]) == (Kind.CHANGED, "arm64")
    assert "wrong platform: it is of arm64, this is linux/amd64: 0 of 3 packages" in found.headline


def test_a_32_bit_system_on_a_64_bit_platform_is_no_other_platform() -> None:
    there = image("a:1", packages=[package(name, arch="i386") for name in "abc"])
    found = audit(bill(*(entry(deb(name, arch="i386")) for name in "abc")), there)
    assert not found.differs


LOST = (
    *(Lost(f"packages[].annotations[].{name}", 1) for name in ("annotator", "annotationDate")),
    Lost("annotations[].timestamp", 1),
    Lost("packages[].foo", 3),
)
"""The first three say who noted something and when: what was noted is read."""


def test_what_takes_no_part_is_told() -> None:
    document = bill(entry("", name="Gemfile.lock"))
    found = audit(replace(document, lost=LOST), image("a:1"))
    assert found.notes == (
        "neither package URL nor version in the document: 1 entry (Gemfile.lock)",
        "members of the document that are not compared: packages[].foo",
    )


def test_an_image_that_is_not_there_is_not_compared() -> None:
    found = audit(bill(entry(deb("a"))), image("a:1", completeness="absent"))
    child = found.children[0].child("packages")
    assert child is not None
    assert child.kind is Kind.UNKNOWN
    assert found.headline.endswith("packages were not compared")


def test_two_documents() -> None:
    one = Document(bill(entry(deb("a")), entry(deb("b"))), "one.json")
    two = Document(bill(entry(deb("a")), entry(deb("b", "2.0")), entry(deb("c"))), "two.json")
    found = compare_bills(one, two)
    assert found.headline == (
        "one.json and two.json: 1 of 3 packages agree, 1 other version, 1 in the second only"
    )
    assert compare_bills(one, one).differs is False


@given(REPORTS)
def test_the_package_urls_of_an_image_agree_with_it(found: Report) -> None:
    """Whatever an image holds: a list of what is installed differs from it in nothing."""
    for each in found.images:
        there = [p for p in each.packages if p.installed]
        listed = [
            replace(entry(""), ref=str(n), name=p.name, version=p.version or "0", purl=p.purl)
            for n, p in enumerate(there)
        ]
        result = audit(bill(*listed), replace(each, completeness="complete"))
        part = result.children[0].child("packages")
        assert part is not None
        assert [c for c in part.children if c.differs] == []
        assert mirrored(mirrored(result)) == result


@pytest.mark.parametrize("untyped", [False, True])
def test_no_pairing_takes_the_square_of_what_strangers_write(
    monkeypatch: pytest.MonkeyPatch, *, untyped: bool
) -> None:
    """Versions of one name without end: none is put in order against all others."""
    asked = []

    def counting(*words: str) -> None:
        asked.append(words)

    monkeypatch.setattr(claimmatch, "order", counting)
    many = 2_000
    purls = ["" if untyped else f"pkg:npm/x@{n}.0.0" for n in range(many)]
    document = bill(*(entry(p, name="x", version=f"{n}.0.0") for n, p in enumerate(purls)))
    there = [package("x", f"{n}.0.1", kind="npm", arch="") for n in range(many)]
    found = match_claims(claims_of_bill(document)[0], claims_of_image(there))
    assert (len(found.one_only), len(found.two_only)) == (many, many)
    assert len(asked) < many
