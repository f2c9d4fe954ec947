"""Single values of bills as SPDX: each where it belongs, told where it has no place."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spdx_tools.spdx.model.checksum import Checksum, ChecksumAlgorithm
from spdx_tools.spdx.model.file import File
from spdx_tools.spdx.parser.actor_parser import ActorParser
from spdx_tools.spdx.spdx_element_utils import calculate_package_verification_code

from analyzer.bills.model import (
    Bill,
    Element,
    Evidence,
    ExternalDocument,
    Kind,
    Lost,
    Party,
    Relation,
)
from analyzer.sbom.spdx import lost_in_spdx, spdx_json, spdx_tag_value
from tests.sbom.bills import CREATED, FULL, INDEX, KINDS, TOOL, sums
from tests.sbom.spdxrules import (
    Json,
    complaints,
    json_of,
    package,
    parse_tag_value,
    read_json,
    read_tag_value,
    schema,
)


def bill_of(*elements: Element, **more: Any) -> Bill:  # noqa: ANN401 (members of a bill)
    """A bill about the first of its elements."""
    members = {"created": CREATED, "creators": (TOOL,), **more}
    return Bill("a bill", (elements[0].ref,), elements, **members)


def written(element: Element, version: str = "2.3", **more: Any) -> Json:  # noqa: ANN401 (same)
    """One element as JSON."""
    (found,) = json_of(bill_of(element, **more), version)["packages"]
    assert isinstance(found, dict)
    return found


def lost(bill: Bill, version: str = "2.3") -> dict[str, int]:
    return {each.what: each.count for each in lost_in_spdx(bill, version)}


class TestPurpose:
    """SPDX 2.3, 7.24."""

    @pytest.mark.parametrize(
        ("kind", "purpose"),
        [
            ("image", "CONTAINER"), ("index", "OTHER"), ("manifest", "OTHER"),
            ("attestation", "OTHER"), ("layer", "ARCHIVE"), ("system", "OPERATING_SYSTEM"),
            ("package", None), ("library", "LIBRARY"), ("application", "APPLICATION"),
            ("framework", "FRAMEWORK"), ("platform", "OTHER"), ("source", "SOURCE"),
            ("archive", "ARCHIVE"), ("device", "DEVICE"), ("firmware", "FIRMWARE"),
            ("install", "INSTALL"), ("data", "OTHER"), ("other", "OTHER"),
        ],
    )  # fmt: skip
    def test_of_each_kind(self, kind: Kind, purpose: str | None) -> None:
        root = Element("root", "image", "root")
        document = json_of(bill_of(root, Element("a", kind, "a")))
        assert package(document, "a").get("primaryPackagePurpose") == purpose

    def test_an_index_is_the_container_of_its_own_document(self) -> None:
        """As ko (`internal/sbom/spdx.go`) and apko (`pkg/sbom/generator/spdx`) write it."""
        assert package(json_of(INDEX), "app")["primaryPackagePurpose"] == "CONTAINER"

    def test_spelled_as_each_form_wants(self) -> None:
        """The JSON schema has an underscore, the text of the specification a hyphen."""
        text = spdx_tag_value(KINDS).decode()
        assert "PrimaryPackagePurpose: OPERATING-SYSTEM\n" in text
        assert b'"primaryPackagePurpose": "OPERATING_SYSTEM"' in spdx_json(KINDS)

    def test_moves_to_the_comment_in_2_2(self) -> None:
        found = written(Element("a", "system", "debian", comment="said before"), "2.2")
        assert "primaryPackagePurpose" not in found
        assert found["comment"] == "said before\nPurpose: OPERATING_SYSTEM"
        assert "PrimaryPackagePurpose" not in spdx_tag_value(KINDS, "2.2").decode()


class TestChecksums:
    """SPDX 2.3, 7.10."""

    NAMES = (
        ("sha1", "SHA1"), ("sha224", "SHA224"), ("sha256", "SHA256"), ("sha384", "SHA384"),
        ("sha512", "SHA512"), ("sha3_256", "SHA3-256"), ("sha3_384", "SHA3-384"),
        ("sha3_512", "SHA3-512"), ("md5", "MD5"),
    )  # fmt: skip

    @pytest.mark.parametrize(("name", "theirs"), NAMES)
    def test_names(self, name: str, theirs: str) -> None:
        value = hashlib.new(name, b"x").hexdigest()
        found = written(Element("a", "library", "a", digests=(f"{name}:{value}",)))
        assert found["checksums"] == [{"algorithm": theirs, "checksumValue": value}]

    @pytest.mark.parametrize("size", [256, 384, 512])
    def test_blake2(self, size: int) -> None:
        value = hashlib.blake2b(b"x", digest_size=size // 8).hexdigest()
        bill = bill_of(Element("a", "library", "a", digests=(f"blake2b_{size}:{value}",)))
        (found,) = json_of(bill)["packages"][0]["checksums"]
        assert found == {"algorithm": f"BLAKE2b-{size}", "checksumValue": value}
        assert f"PackageChecksum: BLAKE2b-{size}: {value}\n" in spdx_tag_value(bill).decode()

    @pytest.mark.parametrize(
        "digest",
        ["sha256", "sha256:", "sha256:AB", f"sha256:{'g' * 64}", "blake3:" + "0" * 64, "x:00"],
    )
    def test_what_is_none_is_text(self, digest: str) -> None:
        element = Element("a", "library", "a", digests=(digest,))
        found = written(element)
        assert "checksums" not in found
        assert found["comment"] == f"Digest: {digest}"
        assert lost(bill_of(element)) == {"digests that SPDX has no place for (kept as text)": 1}

    def test_2_2_has_fewer(self) -> None:
        """Its schema lists SHA-1 and SHA-2, MD2 to MD6 and no other."""
        digests = sums(b"x", "sha256", "sha3_256")
        found = written(Element("a", "library", "a", digests=digests), "2.2")
        assert [each["algorithm"] for each in found["checksums"]] == ["SHA256"]
        assert f"Digest: {digests[1]}" in found["comment"]

    def test_upper_case_is_lowered(self) -> None:
        (digest,) = sums(b"x", "sha256")
        upper = f"sha256:{digest[7:].upper()}"
        found = written(Element("a", "library", "a", digests=(digest, upper)))
        assert found["checksums"] == [{"algorithm": "SHA256", "checksumValue": digest[7:]}]


class TestParties:
    """SPDX 2.3, 6.8 and 7.5: `Organization: name (mail)`."""

    @pytest.mark.parametrize(
        ("party", "text"),
        [
            (Party("Debian", "d@lists.debian.org"), "Organization: Debian (d@lists.debian.org)"),
            (Party("Jane Doe", kind="person"), "Person: Jane Doe"),
            (Party("", "a@b.example", "person"), "Person: a@b.example (a@b.example)"),
            (Party("Apache (ASF)"), "Organization: Apache (ASF) ()"),
            (Party("A (B) C", "c@d"), "Organization: A (B) C (c@d)"),
            (Party("A (B) C"), "Organization: A (B) C"),
            (Party("A", "c(d)"), "Organization: A (c[d])"),
            (Party("a tool", kind="tool", version="1"), "Organization: a tool"),
            (Party("somebody", kind=""), "Organization: somebody"),
            (Party(""), "NOASSERTION"),
            (Party(" \n"), r"Organization: \x0a"),
            (None, "NOASSERTION"),
        ],
    )
    def test_supplier(self, party: Party | None, text: str) -> None:
        assert written(Element("a", "library", "a", supplier=party))["supplier"] == text

    NAME = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20).map(str.strip)

    @given(NAME.filter(bool), st.sampled_from(["", "a@b.example"]))
    def test_names_come_back(self, name: str, mail: str) -> None:
        """The parser of spdx-tools tells name and address apart as they were."""
        text = written(Element("a", "library", "a", supplier=Party(name, mail)))["supplier"]
        actor = ActorParser.parse_actor(text)
        assert (actor.name, actor.email) == (name, mail or None)

    def test_originator_only_where_stated(self) -> None:
        assert "originator" not in written(Element("a", "library", "a"))
        stated = Element("a", "library", "a", originator=Party("X"))
        assert written(stated)["originator"] == "Organization: X"

    def test_creators(self) -> None:
        creators = json_of(FULL)["creationInfo"]["creators"]
        assert creators == [
            "Tool: ociscope-0.1.0", "Organization: Example (sbom@example.org)", "Person: Jane",
        ]  # fmt: skip

    def test_somebody_has_made_it(self) -> None:
        """The schema wants a creator; whoever writes it is one."""
        (creator,) = json_of(replace(FULL, creators=()))["creationInfo"]["creators"]
        assert creator.startswith("Tool: ociscope-")


class TestReferences:
    """SPDX 2.3, 7.21 and Annex F."""

    def test_2_3(self) -> None:
        found = package(json_of(FULL), "libc6")["externalRefs"]
        assert [(each["referenceCategory"], each["referenceType"]) for each in found] == [
            ("PACKAGE-MANAGER", "purl"), ("SECURITY", "cpe22Type"), ("SECURITY", "cpe23Type"),
            ("OTHER", "vcs"), ("PERSISTENT-ID", "swh"), ("SECURITY", "advisory"),
        ]  # fmt: skip

    def test_2_2_spells_and_knows_others(self) -> None:
        """Its schema has `PACKAGE_MANAGER` and no persistent identifiers."""
        found = package(json_of(FULL, "2.2"), "libc6")["externalRefs"]
        assert {(each["referenceCategory"], each["referenceType"]) for each in found} == {
            ("PACKAGE_MANAGER", "purl"), ("SECURITY", "cpe23Type"), ("SECURITY", "cpe22Type"),
            ("OTHER", "swh"), ("OTHER", "vcs"), ("OTHER", "advisory"),
        }  # fmt: skip
        assert "ExternalRef: PACKAGE-MANAGER purl " in spdx_tag_value(FULL, "2.2").decode()

    def test_comment(self) -> None:
        image = Element("a", "image", "a", purl="pkg:oci/image@sha256:00", purl_comment="no name")
        (found,) = written(image)["externalRefs"]
        assert found["comment"] == "no name"


class TestFiles:
    """SPDX 2.3, chapter 8."""

    def test_members(self) -> None:
        (found,) = (f for f in json_of(FULL)["files"] if f["SPDXID"] == "SPDXRef-File-libc")
        assert found == {
            "SPDXID": "SPDXRef-File-libc",
            "fileName": "./usr/lib/x86_64-linux-gnu/libc.so.6",
            "checksums": [
                {"algorithm": "SHA1", "checksumValue": hashlib.sha1(b"libc").hexdigest()},  # noqa: S324
                {"algorithm": "SHA256", "checksumValue": hashlib.sha256(b"libc").hexdigest()},
            ],
            "licenseInfoInFiles": ["LGPL-2.1-or-later"],
            "comment": "ociscope:layer:position: 0",
        }

    def test_packages_with_files_are_analysed(self) -> None:
        """7.8 and 7.9; the code is what spdx-tools computes."""
        document = read_json(FULL)
        by_id = {file.spdx_id: file for file in document.files}
        expected = {"libc6": ["SPDXRef-File-libc"], "base-files": ["SPDXRef-File-libc"]}
        expected["registry.example/team/app"] = ["SPDXRef-File-conf"]
        for each in document.packages:
            inside = [by_id[name] for name in expected.get(each.name, ())]
            code = calculate_package_verification_code(inside) if inside else None
            assert each.files_analyzed == bool(inside)
            assert each.verification_code == code

    def test_code_of_several_files(self) -> None:
        files = [
            Element(f"f{n}", "file", f"{n}", digests=sums(b"%d" % n, "sha1")) for n in range(9)
        ]
        root = Element("root", "image", "root")
        inside = tuple(Relation("root", "CONTAINS", file.ref) for file in files)
        (found,) = json_of(bill_of(root, *files, relations=inside))["packages"]
        theirs = calculate_package_verification_code(
            [
                File("./x", "x", [Checksum(ChecksumAlgorithm.SHA1, file.digests[0][5:])])
                for file in files
            ]
        )
        assert found["packageVerificationCode"] == {"packageVerificationCodeValue": theirs.value}

    def test_without_sha1_there_is_no_file_and_no_code(self) -> None:
        """A code over some of the files would be of another package."""
        root = Element("root", "image", "root")
        good = Element("good", "file", "good", digests=sums(b"x", "sha1"))
        bad = Element("bad", "file", "bad", digests=sums(b"x", "sha256"))
        odd = Element("odd", "file", "odd", digests=("sha1:xyz",))
        inside = tuple(Relation("root", "CONTAINS", ref) for ref in ("good", "bad", "odd"))
        bill = bill_of(root, good, bad, odd, relations=inside)
        document = json_of(bill)
        assert [file["fileName"] for file in document["files"]] == ["./good"]
        (found,) = document["packages"]
        assert found["filesAnalyzed"] is True
        assert "packageVerificationCode" not in found
        assert lost(bill)["files without a SHA-1"] == 2
        schema("2.3").validate(document)
        assert complaints(read_tag_value(bill)) == []

    @pytest.mark.parametrize("name", ["etc/x", "/etc/x", "./etc/x", "//etc/x"])
    def test_names_are_relative(self, name: str) -> None:
        file = Element("f", "file", name, digests=sums(b"x", "sha1"))
        assert json_of(bill_of(file))["files"][0]["fileName"] == "./etc/x"


class TestIds:
    """SPDX 2.3, 3.2: legal, distinct, the same for the same bill."""

    @given(st.lists(st.text(st.characters(exclude_categories=()), max_size=12), max_size=12))
    def test_any_refs(self, refs: list[str]) -> None:
        elements = tuple(Element(ref, "library", "a") for ref in refs)
        relations = tuple(Relation(one, "DEPENDS_ON", other) for one in refs for other in refs)
        bill = Bill("x", tuple(refs), elements, relations, created=CREATED)
        assert complaints(read_json(bill)) == []
        assert len(json_of(bill).get("packages", [])) == len(refs)

    @pytest.mark.parametrize("ref", ["Package-x", "SPDXRef-Package-x"])
    def test_what_can_be_one_is_one(self, ref: str) -> None:
        assert written(Element(ref, "library", "a"))["SPDXID"] == "SPDXRef-Package-x"

    def test_a_number_makes_no_other_id(self) -> None:
        refs = ["a", "a", "a-2", "SPDXRef-a", "a"]
        document = json_of(bill_of(*(Element(ref, "library", "x") for ref in refs)))
        ids = [each["SPDXID"].removeprefix("SPDXRef-") for each in document["packages"]]
        assert ids == ["a", "a-3", "a-2", "a-4", "a-5"]

    def test_relations_lead_to_the_same_elements(self) -> None:
        one, other = "pkg:npm/a@1", "pkg:npm/b@1"
        elements = (Element(one, "library", "one"), Element(other, "library", "other"))
        document = json_of(bill_of(*elements, relations=(Relation(one, "DEPENDS_ON", other),)))
        names = {each["SPDXID"]: each["name"] for each in document["packages"]}
        last = document["relationships"][-1]
        assert names[last["spdxElementId"]] == "one"
        assert names[last["relatedSpdxElement"]] == "other"


class TestDocument:
    def test_external_documents(self) -> None:
        """SPDX 2.3, 6.6."""
        document = json_of(INDEX)
        (found,) = document["externalDocumentRefs"]
        assert found == {
            "externalDocumentId": "DocumentRef-Manifest-amd64",
            "spdxDocument": "urn:uuid:6c3c2f50-3f0d-5f6e-9a38-2f0b6a1b7a11",
            "checksum": {
                "algorithm": "SHA1",
                "checksumValue": hashlib.sha1(b"document").hexdigest(),  # noqa: S324 (SPDX)
            },
        }
        assert {
            "spdxElementId": "SPDXRef-Manifest-amd64",
            "relationshipType": "DESCRIBED_BY",
            "relatedSpdxElement": "DocumentRef-Manifest-amd64:SPDXRef-DOCUMENT",
        } in document["relationships"]

    def test_the_same_document_twice(self) -> None:
        again = ExternalDocument("DocumentRef-Manifest-amd64", "urn:x:y", sums(b"y", "sha1"))
        bill = replace(INDEX, external=(*INDEX.external, again))
        assert json_of(bill)["externalDocumentRefs"] == json_of(INDEX)["externalDocumentRefs"]
        assert lost(bill)["other documents without an address and a SHA-1"] == 1

    @pytest.mark.parametrize(
        ("stated", "created", "comment"),
        [
            ("2024-01-02T03:04:05Z", "2024-01-02T03:04:05Z", None),
            ("2024-01-02T03:04:05.9Z", "2024-01-02T03:04:05Z", "stated: 2024-01-02T03:04:05.9Z"),
            ("2024-01-02T05:04:05+02:00", "2024-01-02T03:04:05Z", "stated: 2024-01-02T05:04:05+0"),
            ("yesterday", "1970-01-01T00:00:00Z", "says yesterday"),
            ("", "1970-01-01T00:00:00Z", "states none"),
        ],
    )
    def test_created(self, stated: str, created: str, comment: str | None) -> None:
        """SPDX 2.3, 6.9: whole seconds in UTC."""
        bill = bill_of(Element("a", "image", "a"), created=stated)
        document = json_of(bill)
        assert document["creationInfo"]["created"] == created
        assert (comment or "") in document.get("comment", "")
        assert ("time of creation (kept as text)" in lost(bill)) == (comment is not None)

    def test_described(self) -> None:
        """SPDX 2.3, 11.1: the subject, or everything where none is named."""
        a, b = Element("a", "library", "a"), Element("b", "library", "b")
        for subjects, described in ((("b",), {"SPDXRef-b"}), ((), {"SPDXRef-a", "SPDXRef-b"})):
            document = json_of(Bill("x", subjects, (a, b), created=CREATED))
            assert {
                each["relatedSpdxElement"]
                for each in document["relationships"]
                if each["relationshipType"] == "DESCRIBES"
            } == described

    def test_annotations(self) -> None:
        """By the tool, dated as the document: SPDX 2.3, chapter 12."""
        document = json_of(FULL)
        whole = {each["comment"]: each for each in document["annotations"]}
        assert set(whole) == {
            "About all of it.", "Completeness of deb: complete; listed by its database",
        }  # fmt: skip
        image = package(document, "registry.example/team/app")["annotations"]
        assert [each["comment"] for each in image] == [
            "Completeness of image: incomplete; a layer is missing",
            "Not listed: 3 packages.",
            "ociscope:image:platform: linux/amd64",
        ]
        for each in (*whole.values(), *image):
            assert each["annotator"] == "Tool: ociscope-0.1.0"
            assert (each["annotationDate"], each["annotationType"]) == (CREATED, "OTHER")

    def test_2_2_says_which_version_it_is(self) -> None:
        assert json_of(FULL, "2.2")["spdxVersion"] == "SPDX-2.2"
        assert spdx_tag_value(FULL, "2.2").startswith(
            b"## Document Information\nSPDXVersion: SPDX-2.2\n"
        )

    def test_relations_that_2_2_lacks(self) -> None:
        bill = replace(
            FULL, relations=(Relation("Image-app", "AMENDS", "SPDXRef-DOCUMENT", "why"),)
        )
        kinds = [
            [(each["relationshipType"], each.get("comment")) for each in found["relationships"]]
            for found in (json_of(bill), json_of(bill, "2.2"))
        ]
        assert kinds[0][-1] == ("AMENDS", "why")
        assert kinds[1][-1] == ("OTHER", "AMENDS: why")


class TestLicences:
    """SPDX 2.3, Annex D and chapter 10."""

    @pytest.mark.parametrize(
        ("licence", "declared"),
        [
            ("MIT", "MIT"), ("mit or apache-2.0", "MIT OR Apache-2.0"), ("", "NOASSERTION"),
            ("NONE", "NONE"), ("NOASSERTION", "NOASSERTION"), ("LicenseRef-x", "LicenseRef-x"),
        ],
    )  # fmt: skip
    def test_valid(self, licence: str, declared: str) -> None:
        found = written(Element("a", "library", "a", licence=licence))
        assert found["licenseDeclared"] == declared

    def test_long_ones_are_valid(self) -> None:
        """A Debian package may name dozens of licences."""
        licence = " AND ".join(f"(MIT OR LicenseRef-{n})" for n in range(200))
        bill = bill_of(Element("a", "library", "a", licence=licence))
        assert json_of(bill)["packages"][0]["licenseDeclared"] == licence
        assert lost(bill) == {}

    def test_invalid_ones_are_texts(self) -> None:
        bill = bill_of(Element("a", "library", "a", licence="GPL, see COPYING"))
        document = json_of(bill)
        (info,) = document["hasExtractedLicensingInfos"]
        assert document["packages"][0]["licenseDeclared"] == info["licenseId"]
        assert info["extractedText"] == "GPL, see COPYING"
        assert complaints(read_json(bill)) == []
        (told,) = lost_in_spdx(bill)
        assert told == Lost("licences that are no valid expression (kept as LicenseRef)")

    def test_names_that_spdx_does_not_allow(self) -> None:
        """The expression keeps its shape, and the text its licence."""
        bill = bill_of(
            Element("a", "library", "a", licence="MIT AND LicenseRef-a_b"),
            licence_texts=(("LicenseRef-a_b", "own text"),),
        )
        document = json_of(bill)
        (info,) = document["hasExtractedLicensingInfos"]
        assert info["extractedText"] == "own text"
        assert document["packages"][0]["licenseDeclared"] == f"MIT AND {info['licenseId']}"

    def test_what_was_found_is_told_where_it_differs(self) -> None:
        same = Element("a", "library", "a", licence="MIT", licences_found=("MIT",))
        assert "licenseComments" not in written(same)
        other = replace(same, licences_found=("The MIT License", "x"))
        assert written(other)["licenseComments"] == "Stated as: The MIT License; x"


class TestOrigin:
    """SPDX 2.3, 7.12."""

    def test_words_go_first(self) -> None:
        element = Element("a", "library", "a", origin="in x", evidence=(Evidence("x"),))
        assert written(element)["sourceInfo"] == "in x"

    def test_evidence_that_the_words_do_not_name(self) -> None:
        other = Evidence("y/z", "sha256:0", "b.jar", "metadata", 0.7, "1.0", "jar")
        element = Element("a", "library", "a", origin="in x", evidence=(Evidence("x"), other))
        shown = "y/z (inside b.jar, layer sha256:0, metadata, confidence 0.7, by jar): 1.0"
        assert written(element)["sourceInfo"] == f"in x; Shown by {shown}"


def test_control_characters_are_shown() -> None:
    """Nothing in a document moves the cursor of whoever reads it."""
    found = parse_tag_value(
        spdx_tag_value(bill_of(Element("a", "library", "a\x1b[2J", summary="b\rc\x00"))).decode()
    ).packages[0]
    assert (found.name, found.summary) == (r"a\x1b[2J", r"b\x0dc\x00")
