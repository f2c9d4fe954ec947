"""What a document says it is of, and what that is in the file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from analyzer.bills.model import Bound
from analyzer.diff.tree import Difference, Kind
from analyzer.image.identity import Identity, Origin
from analyzer.image.identity import Kind as IdentityKind
from tests.diff.bills import audit, bill, entry, root
from tests.diff.reports import digest, image, layer, package

if TYPE_CHECKING:
    from analyzer.bills.model import Bill

AMD = image(
    "app:1", image_id="c-amd", manifest="m-amd", index="i", layers=[layer("x", blob="x.gz")]
)
ARM = image("app:1", image_id="c-arm", manifest="m-arm", index="i", platform="linux/arm64")
PACKED = image("app:1", image_id="c-amd", manifest=None)
"""As a docker archive holds it."""


def named(word: str) -> Bill:
    """A document of which syft, ko and apko would say in three places what it is of."""
    value = digest(word)
    hexadecimal = value.replace(":", "%3A")
    return bill(of=root(f"pkg:oci/app@{hexadecimal}?tag=1", version=value, digests=[value]))


def subject(found: Difference, number: int = 0) -> Difference:
    child = found.children[number].child("subject")
    assert child is not None
    return child


@pytest.mark.parametrize(
    ("word", "kind", "is_", "words"),
    [
        ("m-amd", Kind.SAME, "manifest", "names the manifest of this image"),
        ("i", Kind.CHANGED, "index", "stands for all platforms and not for this one"),
        ("c-amd", Kind.CHANGED, "image ID", "the right image, but registries serve manifest"),
        ("m-arm", Kind.CHANGED, "other image", "another image of this file: app:1 linux/arm64"),
        ("c-arm", Kind.CHANGED, "other image", "another image of this file: app:1 linux/arm64"),
        ("x", Kind.CHANGED, "part", "a part of this file (layer)"),
        ("strange", Kind.CHANGED, "not in this file", "nothing in this file"),
    ],
)
def test_a_digest_in_the_place_of_the_subjects_own(
    word: str, kind: Kind, is_: str, words: str
) -> None:
    found = subject(audit(named(word), AMD, whole=[AMD, ARM]))
    assert (found.kind, found.before["is"], found.before["digest"]) == (kind, is_, digest(word))
    assert words in found.notes[0]
    assert found.before["where"] == [
        "the package URL of its subject",
        "the checksum of its subject",
        "the version of its subject",
    ]


@pytest.mark.parametrize(
    ("word", "headline"),
    [
        ("m-amd", "app.json describes linux/amd64 of this file (manifest {})"),
        ("i", "wrong subject: app.json names the index {}, not linux/amd64"),
        ("c-amd", "app.json describes linux/amd64 of this file (image ID {})"),
        ("m-arm", "wrong platform: app.json describes app:1 linux/arm64 of this file, "),
        ("x", "wrong subject: app.json names {}, which is no image"),
        ("strange", "wrong subject: app.json names {}, which is nothing in this file"),
    ],
)
def test_the_headline_begins_with_it(word: str, headline: str) -> None:
    found = audit(named(word), AMD, whole=[AMD, ARM])
    assert found.headline.startswith(headline.format(digest(word)[:19]))
    assert found.children[0].headline == found.headline


def test_another_image_of_the_same_platform_is_no_other_platform() -> None:
    other = image("tool:2", image_id="c-tool", manifest="m-tool", position=1)
    found = audit(named("m-tool"), AMD, whole=[AMD, other])
    assert found.headline.startswith("wrong image: app.json describes tool:2 linux/amd64 of this")


def test_of_a_file_without_manifests_an_image_id_is_all_there_is() -> None:
    found = subject(audit(named("c-amd"), PACKED))
    assert found.kind is Kind.SAME
    assert "this file holds no manifest" in found.notes[0]


def test_of_a_file_without_manifests_an_unknown_digest_is_not_called_wrong() -> None:
    found = audit(named("m-amd"), PACKED)
    assert subject(found).kind is Kind.UNKNOWN
    assert found.headline.startswith("subject not proven: app.json names sha256:")
    assert not found.differs


def test_a_manifest_that_a_tool_makes_up_names_who_does() -> None:
    made = Identity(
        IdentityKind.SYNTHESISED, digest("made"), Origin.MADE_UP, None, made_by="syft, grype"
    )
    found = subject(audit(named("made"), replace(PACKED, identities=(made,))))
    assert (found.kind, found.before["is"]) == (Kind.SAME, "made-up manifest")
    assert "which syft, grype makes up for this file" in found.notes[0]


def test_an_image_id_that_is_called_one_is_no_mistake() -> None:
    """As trivy writes it of an archive, without any other digest."""
    labelled = root(properties=[("aquasecurity:trivy:ImageID", digest("c-amd"))])
    found = subject(audit(bill(of=labelled), AMD))
    assert (found.kind, found.before["is"]) == (Kind.SAME, "image ID")
    assert found.before["where"] == ["the property aquasecurity:trivy:ImageID"]


def test_the_index_in_the_purl_and_the_image_id_beside_it() -> None:
    """As trivy writes it of a registry's image: wrong subject, but which image is known."""
    value = digest("i")
    trivy = root(
        f"pkg:oci/app@{value.replace(':', '%3A')}?arch=amd64",
        properties=[("aquasecurity:trivy:ImageID", digest("c-amd"))],
    )
    found = audit(bill(of=trivy), AMD, ARM)
    assert subject(found).kind is Kind.CHANGED
    assert [note.rpartition(": ")[2] for note in subject(found).notes[1:]] == [
        "the image ID of this image"
    ]
    assert found.children[1].kind is Kind.UNKNOWN
    assert found.headline.startswith("wrong subject: app.json names the index")
    assert found.headline.endswith("; not about linux/arm64")


def test_the_subject_of_the_statement_counts() -> None:
    found = subject(audit(bill(bound=[digest("m-amd")]), AMD))
    assert (found.kind, found.before["is"]) == (Kind.SAME, "manifest")
    against = subject(audit(replace(named("i"), bound=bill(bound=[digest("m-amd")]).bound), AMD))
    assert against.kind is Kind.SAME
    assert against.notes[1].startswith("the package URL of its subject names sha256:")
    assert against.notes[1].endswith("the index")


@pytest.mark.parametrize(
    ("document", "platform", "agrees"),
    [
        # BuildKit's statements: https://github.com/moby/buildkit, docs/attestations/sbom.md
        (
            replace(bill(), bound=(Bound("pkg:docker/app@1?platform=linux%2Farm64", ()),)),
            "linux/arm64",
            False,
        ),
        (
            replace(bill(), bound=(Bound("pkg:docker/app@1?platform=linux%2Famd64", ()),)),
            "linux/amd64",
            True,
        ),
        # ko and apko
        (bill(of=root("pkg:oci/image@sha256:0?arch=arm64&os=linux")), "linux/arm64", False),
        (bill(of=root("pkg:oci/image@sha256:0?arch=x86_64&os=linux")), "linux/amd64", True),
        (bill(of=root("pkg:oci/image@sha256:0?arch=amd64&os=windows")), "windows/amd64", False),
        (bill(of=root("pkg:oci/image@sha256:0?arch=amd64")), "amd64", True),
    ],
)
def test_the_platform_that_the_subject_names(
    document: Bill, platform: str, *, agrees: bool
) -> None:
    found = audit(document, AMD).children[0].child("platform")
    assert found is not None
    assert found.before[0]["platform"] == platform
    assert (found.kind is Kind.SAME) is agrees


def test_a_document_that_names_nothing_is_held_against_all() -> None:
    found = audit(bill(of=root(name="app:1")), AMD, ARM)
    assert [child.kind for child in found.children] == [Kind.SAME, Kind.SAME]
    assert subject(found).notes == ("it names no digest of an image; it calls it app:1",)
    assert not found.differs


def test_an_image_that_it_is_not_of_is_no_difference_beside_the_one_that_it_is_of() -> None:
    packages = [package("a"), package("b")]
    one, two = (replace(each, packages=tuple(packages)) for each in (AMD, ARM))
    document = replace(
        named("m-arm"), elements=(*named("m-arm").elements, entry("pkg:deb/x/a@1.0"))
    )
    found = audit(document, one, two)
    assert found.children[0].kind is Kind.UNKNOWN
    assert found.children[0].notes[0].endswith("1 of 2 packages agree")
    assert found.children[1].child("subject") is not None
    assert found.headline.endswith(
        "1 of 2 packages agree, 1 in the image only; not about linux/amd64"
    )


def test_the_platform_that_fits_better_is_told() -> None:
    one = replace(AMD, packages=(package("a", "1.0"), package("b", "2.0")))
    two = replace(ARM, packages=(package("a", "1.0"), package("b", "1.0")))
    document = bill(entry("pkg:deb/debian/a@1.0"), entry("pkg:deb/debian/b@1.0"))
    notes = [child.notes for child in audit(document, one, two).children]
    assert notes == [
        ("the document fits linux/arm64 of this file better: 2 of 2 packages agree there, 1 here",),
        (),
    ]


@pytest.mark.parametrize("word", ["m-amd", "c-amd"])
def test_what_is_not_selected_is_known_all_the_same(word: str) -> None:
    found = subject(audit(named(word), ARM, whole=[AMD, ARM]))
    assert found.before["is"] == "other image"
    assert subject(audit(named(word), ARM)).before["is"] == "not in this file"


def test_hostile_names_are_safe_to_show() -> None:
    found = audit(bill(of=root(name="\x1b[31m" * 100, version="sha256:" + "g" * 64)), AMD)
    assert "\x1b" not in repr(found.children[0].notes + subject(found).notes)
    assert subject(found).before is None
