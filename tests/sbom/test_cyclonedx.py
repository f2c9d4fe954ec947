"""What a CycloneDX document says, member by member, against the specification."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from uuid import UUID, uuid5

import pytest
from cyclonedx.model.bom import Bom
from cyclonedx.schema.schema import SchemaVersion1Dot7

from analyzer.bills.model import (
    Bill,
    Completeness,
    Element,
    Evidence,
    ExternalDocument,
    Party,
    Reference,
    Relation,
    Remark,
)
from analyzer.sbom.cyclonedx import cyclonedx_json, cyclonedx_xml, lost_in_cyclonedx
from tests.sbom.cyclonedxes import (
    VERSIONS,
    Json,
    checked_json,
    checked_xml,
    component,
    needs,
    properties,
)
from tests.sbom.handmade import (
    ANGULAR,
    BOTTOM,
    FULL,
    HAND_BUILT,
    LAYER,
    LIBC,
    MANIFEST,
    ROOT,
    SYSTEM,
)

EVERY = pytest.mark.parametrize("version", VERSIONS)
SINCE_1_6 = pytest.mark.parametrize("version", ["1.6", "1.7"])
LIBCS = {
    "method of evidence without a confidence from 0 to 1": 1,
    "words of a package for its licence, beside the expression": 1,
}
"""What is lost of `LIBC`."""
ONE = Element("one", "package", "one", "1")


def bill_of(*elements: Element, relations: tuple[Relation, ...] = ()) -> Bill:
    """The image and `elements` in it."""
    inside = tuple(Relation(ROOT.ref, "CONTAINS", each.ref) for each in elements)
    relations = (*inside, *relations)
    return Bill("", (ROOT.ref,), (ROOT, *elements), relations, created="2024-01-02T03:04:05Z")


def alone(element: Element, version: str = "1.6") -> Json:
    """The component for an element that lies in the image."""
    bill = bill_of(element)
    checked_xml(bill, version)
    return component(checked_json(bill, version), element.name)


def lost(bill: Bill, version: str = "1.6") -> dict[str, int]:
    return {each.what: each.count for each in lost_in_cyclonedx(bill, version)}


def unordered(bom: Bom) -> str:
    """All that the library has read; it keeps sets, and orders some of them by chance."""

    def sort(value: object) -> object:
        if isinstance(value, dict):
            return {name: sort(each) for name, each in value.items()}
        if isinstance(value, list):
            return sorted((sort(each) for each in value), key=json.dumps)
        return value

    tree = json.loads(bom.as_json(view_=SchemaVersion1Dot7))  # type: ignore[attr-defined]
    return json.dumps(sort(tree), indent=1, sort_keys=True)


class TestDocument:
    @EVERY
    def test_a_full_bill_is_valid_in_both_forms(self, version: str) -> None:
        assert checked_json(FULL, version)["specVersion"] == version
        root = checked_xml(FULL, version)
        assert root.tag == f"{{http://cyclonedx.org/schema/bom/{version}}}bom"

    @EVERY
    def test_an_empty_bill_is_valid(self, version: str) -> None:
        empty = Bill("", (), ())
        assert "component" not in checked_json(empty, version)["metadata"]
        checked_xml(empty, version)

    def test_other_versions_are_refused(self) -> None:
        for write in (cyclonedx_json, cyclonedx_xml, lost_in_cyclonedx):
            with pytest.raises(ValueError, match=r"1\.4 cannot be written, only 1\.5, 1\.6, 1\.7"):
                write(FULL, "1.4")

    @EVERY
    def test_both_forms_say_the_same(self, version: str) -> None:
        """As far as the library reads them; it keeps no compositions.

        In XML the line ends of most texts are blanks (`normalizedString`), so there are none here.
        """
        bill = replace(FULL, comment="One sentence.")
        one = Bom.from_json(json.loads(cyclonedx_json(bill, version)))  # type: ignore[attr-defined]
        other = Bom.from_xml(  # type: ignore[attr-defined]
            checked_xml(bill, version)
        )
        assert one.serial_number != other.serial_number
        other.serial_number = one.serial_number
        assert unordered(one) == unordered(other)

    def test_anybody_can_compute_the_serial_number(self) -> None:
        """A UUIDv5 over the SHA-256 of the document with an empty serial number."""
        ours = uuid5(UUID(int=0), "ociscope document namespace")
        for write in (cyclonedx_json, cyclonedx_xml):
            data = write(FULL)
            number = re.search(rb'"urn:uuid:([0-9a-f-]{36})"', data)
            assert number is not None
            bare = data.replace(number[0], b'""', 1)
            assert number[1].decode() == str(uuid5(ours, hashlib.sha256(bare).hexdigest()))

    def test_what_the_bill_says_of_the_document(self) -> None:
        metadata = checked_json(FULL)["metadata"]
        assert metadata["timestamp"] == FULL.created
        assert metadata["lifecycles"] == [{"phase": "post-build"}]
        assert metadata["tools"] == {
            "components": [{"type": "application", "name": "ociscope", "version": "0.1.0"}]
        }
        assert properties(metadata) == {
            "ociscope:document:name": FULL.name,
            "ociscope:document:comment": FULL.comment,
            "ociscope:completeness:deb": "listed by a database",
        }
        assert "authors" not in metadata

    def test_authors(self) -> None:
        people = (Party("Ann", "ann@x", "person"), Party("Org", "no address"), Party("T", "", ""))
        metadata = checked_json(replace(FULL, creators=people))["metadata"]
        assert metadata["authors"] == [
            {"name": "Ann", "email": "ann@x"},
            {"name": "Org"},
            {"name": "T"},
        ]
        assert lost(replace(FULL, creators=people))["mail address without @"] == 1

    @EVERY
    def test_a_lifecycle_of_another_name(self, version: str) -> None:
        found = replace(FULL, lifecycle="shipping")
        assert checked_json(found, version)["metadata"]["lifecycles"] == [{"name": "shipping"}]
        checked_xml(found, version)

    @pytest.mark.parametrize("stated", ["2024-01-02T03:04:05.5+02:00", "1969-12-31T23:59:59Z"])
    def test_a_time_is_written_as_it_is_stated(self, stated: str) -> None:
        bill = replace(FULL, created=stated)
        assert checked_json(bill)["metadata"]["timestamp"] == stated
        checked_xml(bill)

    def test_a_time_that_only_rfc_3339_allows_is_written_in_utc(self) -> None:
        bill = replace(FULL, created="2024-01-02t03:04:05.123456789+01:00")
        assert checked_json(bill)["metadata"]["timestamp"] == "2024-01-02T02:04:05Z"
        checked_xml(bill)

    @EVERY
    @pytest.mark.parametrize("stated", ["", "yesterday", "2024-13-01T00:00:00Z", "2024-01-02"])
    def test_no_time_is_invented(self, version: str, stated: str) -> None:
        """Not by the library either, which would take the clock's; a remark needs one."""
        bill = replace(FULL, created=stated)
        document = checked_json(bill, version)
        assert "timestamp" not in document["metadata"]
        assert "annotations" not in document
        said = properties(document["metadata"])
        assert said["ociscope:remark"] == "Not listed: 1 package."
        assert said.get("ociscope:created", "") == stated
        told = "time of creation that is none, kept as a property"
        assert (told in lost(bill, version)) == bool(stated)
        checked_xml(bill, version)

    @pytest.mark.parametrize("subjects", [(), ("nowhere",), (LIBC.ref, ANGULAR.ref)])
    def test_a_document_is_about_one_thing_or_none(self, subjects: tuple[str, ...]) -> None:
        bill = replace(FULL, subjects=subjects)
        document = checked_json(bill)
        checked_xml(bill)
        assert "component" not in document["metadata"]
        assert len(document["components"]) == len(FULL.elements)
        told = [each for each in document["metadata"]["properties"] if "subject" in each["name"]]
        assert {each["value"] for each in told} == {*subjects} - {"nowhere"}

    def test_lists_are_sorted(self) -> None:
        document = checked_json(replace(FULL, elements=tuple(reversed(FULL.elements))))
        refs = [each["bom-ref"] for each in document["components"]]
        assert refs == sorted(refs)
        entries = [each["ref"] for each in document["dependencies"]]
        assert entries == sorted(entries)
        turned = replace(FULL, relations=tuple(reversed(FULL.relations)))
        assert cyclonedx_json(turned) == cyclonedx_json(FULL)

    @EVERY
    def test_compositions(self, version: str) -> None:
        stated = (
            Completeness("image", "incomplete", "programs of unknown origin", (ROOT.ref,)),
            Completeness("deb", "complete", "all", (LIBC.ref, "nowhere", LIBC.ref)),
            Completeness("npm", "unknown", "nothing to say it of"),
        )
        bill = replace(FULL, completeness=stated)
        document = checked_json(bill, version)
        assert document["compositions"] == [
            {"aggregate": "complete", "assemblies": [LIBC.ref]},
            {"aggregate": "incomplete", "assemblies": [ROOT.ref]},
        ]
        said = properties(document["metadata"])
        assert said["ociscope:completeness:npm"] == "nothing to say it of"
        names = {"b": f"http://cyclonedx.org/schema/bom/{version}"}
        written = checked_xml(bill, version).findall("b:compositions/b:composition", names)
        assert [
            [each.findtext("b:aggregate", "", names)]
            + [part.get("ref", "") for part in each.iterfind("b:assemblies/b:assembly", names)]
            for each in written
        ] == [["complete", LIBC.ref], ["incomplete", ROOT.ref]]

    @EVERY
    def test_annotations(self, version: str) -> None:
        remarks = (Remark(LIBC.ref, "odd"), Remark("", "whole"), Remark("nowhere", "lonely"))
        bill = replace(FULL, remarks=remarks)
        written = checked_json(bill, version)["annotations"]
        checked_xml(bill, version)
        assert {each["text"]: each["subjects"] for each in written} == {
            "odd": [LIBC.ref],
            "whole": [ROOT.ref],
            "lonely": [ROOT.ref],
        }
        for each in written:
            assert each["timestamp"] == FULL.created
            assert each["annotator"]["component"]["name"] == "ociscope"

    @pytest.mark.parametrize(
        ("party", "role"),
        [(Party("A", kind="person"), "individual"), (Party("B"), "organization")],
    )
    def test_who_remarks_where_no_tool_is_known(self, party: Party, role: str) -> None:
        bill = replace(FULL, creators=(party,))
        (written,) = checked_json(bill)["annotations"]
        assert written["annotator"] == {role: {"name": party.name}}
        checked_xml(bill)

    @EVERY
    def test_other_documents(self, version: str) -> None:
        stated = (
            ExternalDocument("DocumentRef-a", "urn:uuid:1", ("sha1:" + "a" * 40,), LIBC.ref),
            ExternalDocument("DocumentRef-b", "https://x/b", ("sha1:short",)),
            ExternalDocument("DocumentRef-c", "no address"),
        )
        bill = replace(FULL, external=stated)
        document = checked_json(bill, version)
        checked_xml(bill, version)
        of_libc = component(document, "libc6")["externalReferences"]
        assert {
            "type": "bom",
            "url": "urn:uuid:1",
            "comment": "DocumentRef-a",
            "hashes": [{"alg": "SHA-1", "content": "a" * 40}],
        } in of_libc
        assert document["externalReferences"] == [
            {"type": "bom", "url": "https://x/b", "comment": "DocumentRef-b"}
        ]
        assert lost(bill, version) == LIBCS | {
            "digest of another document that CycloneDX has not": 1,
            "reference to another document: no URI": 1,
        }


class TestComponents:
    def test_the_image(self) -> None:
        subject = checked_json(FULL)["metadata"]["component"]
        assert subject["type"] == "container"
        assert subject["bom-ref"] == ROOT.ref
        assert subject["name"] == "registry.example/team/app"
        assert subject["version"] == MANIFEST
        assert subject["purl"] == ROOT.purl
        assert subject["hashes"] == [{"alg": "SHA-256", "content": MANIFEST[7:]}]
        assert subject["supplier"] == {"name": "Team"}
        assert properties(subject) == dict(ROOT.properties)

    def test_a_layer_is_a_file_with_the_digest_of_its_blob(self) -> None:
        """Both digests are properties; only one of them is of the file that a registry has."""
        layer = component(checked_json(FULL), LAYER)
        assert layer["type"] == "file"
        assert layer["hashes"] == [{"alg": "SHA-256", "content": LAYER[7:]}]
        assert properties(layer) == {**dict(BOTTOM.properties), "ociscope:kind": "layer"}

    @EVERY
    def test_an_index_is_no_part_of_the_image(self, version: str) -> None:
        """`scope`: what is excluded is not there at run time."""
        index = Element("index", "index", "app", MANIFEST)
        bill = bill_of(index, relations=(Relation("index", "VARIANT_OF", ROOT.ref),))
        checked_xml(bill, version)
        document = checked_json(bill, version)
        assert component(document, "app")["scope"] == "excluded"
        assert needs(document) == {ROOT.ref: [], "index": []}
        about = replace(bill, subjects=("index",))
        assert "scope" not in checked_json(about, version)["metadata"]["component"]

    def test_the_operating_system(self) -> None:
        system = component(checked_json(FULL), "debian")
        assert system["type"] == "operating-system"
        assert (system["version"], system["cpe"]) == ("12", "cpe:/o:debian:debian_linux:12")
        assert system["description"] == "Debian GNU/Linux 12 (bookworm)"

    def test_a_package(self) -> None:
        libc = component(checked_json(FULL), "libc6")
        assert (libc["type"], libc["version"]) == ("library", "2.36-9+deb12u4")
        assert libc["purl"] == LIBC.purl
        assert libc["supplier"] == {
            "name": "GNU Libc Maintainers",
            "contact": [{"email": "debian-glibc@lists.debian.org"}],
        }
        assert libc["externalReferences"] == [
            {"type": "website", "url": "https://www.gnu.org/software/libc/libc.html"}
        ]
        assert properties(libc) == {**dict(LIBC.properties), "ociscope:layer": BOTTOM.ref}

    def test_the_scope_of_npm_is_the_group(self) -> None:
        core = component(checked_json(FULL), "core")
        assert core["group"] == "@angular"
        assert core["cpe"] == ANGULAR.cpes[0]

    @SINCE_1_6
    def test_an_originator(self, version: str) -> None:
        person = alone(replace(ONE, originator=Party("Ann", "ann@x", "person")), version)
        assert person["authors"] == [{"name": "Ann", "email": "ann@x"}]
        firm = alone(replace(ONE, originator=Party("Firm", "firm@x")), version)
        assert firm["manufacturer"] == {"name": "Firm", "contact": [{"email": "firm@x"}]}

    def test_an_originator_before_1_6_is_the_publisher(self) -> None:
        made = alone(replace(ONE, originator=Party("Ann", "ann@x", "person")), "1.5")
        assert made["publisher"] == "Ann <ann@x>"

    def test_a_person_who_supplies(self) -> None:
        made = alone(replace(ONE, supplier=Party("Ann", "ann@x", "person")))
        contact = {"name": "Ann", "email": "ann@x"}
        assert made["supplier"] == {"name": "Ann", "contact": [contact]}

    @EVERY
    @pytest.mark.parametrize(
        "purl",
        [
            "pkg:oci/app@sha256:" + "Ab" * 32 + "?repository_url=r.example%2FTeam%2Fapp&tag=1.0",
            "pkg:deb/debian/libstdc%2B%2B6@12.2.0-14?arch=amd64&distro=debian-12",
            "pkg:apk/alpine/g%2B%2B@13.2.1_git20231014-r0?arch=x86_64",
            "pkg:golang/github.com/Azure/azure-sdk@v1.0.0%2Bincompatible#sub/dir",
            "pkg:npm/%40Angular/Core@1.0.0",
            "pkg:pypi/Foo_Bar@1.0",
            "pkg:generic/x@1?checksum=sha256:abcd&download_url=https:%2F%2Fx%2Fy%3Fz",
            "pkg:pub/My-Name@1",
        ],
    )
    def test_a_package_url_is_written_byte_for_byte(self, version: str, purl: str) -> None:
        """The library would write some of them otherwise."""
        bill = bill_of(replace(ONE, purl=purl))
        assert component(checked_json(bill, version), "one")["purl"] == purl
        name = f"{{http://cyclonedx.org/schema/bom/{version}}}purl"
        assert purl in [each.text for each in checked_xml(bill, version).iter(name)]

    @pytest.mark.parametrize("purl", ["libc6", "pkg:deb", "pkg:deb/a b@1", "pkg:deb/%zz@1", "a:b"])
    def test_what_is_no_package_url_is_kept_as_a_property(self, purl: str) -> None:
        odd = replace(ONE, purl=purl, evidence=(Evidence("p", confidence=1.0, method="note"),))
        made = alone(odd)
        assert "purl" not in made
        assert properties(made)["ociscope:purl"] == purl
        assert made["evidence"]["identity"][0]["field"] == "name"
        assert lost(bill_of(odd)) == {"package URL that is none, kept as a property": 1}

    @EVERY
    def test_hashes(self, version: str) -> None:
        """Every algorithm that hashlib and CycloneDX both have; others are kept as properties."""
        known = {
            name: hashlib.new(name).hexdigest()
            for name in [
                "md5",
                "sha1",
                "sha256",
                "sha384",
                "sha512",
                "sha3_256",
                "sha3_384",
                "sha3_512",
                "blake2b",
            ]
        }
        known["blake2b_512"] = known.pop("blake2b")
        digests = tuple(f"{name}:{value}" for name, value in known.items())
        others = ("sha224:" + "a" * 56, "sha256:short", "sha1:" + "g" * 40)
        bill = bill_of(replace(ONE, digests=(*digests, *others)))
        checked_xml(bill, version)
        made = component(checked_json(bill, version), "one")
        names = {"MD5": "md5", "BLAKE2b-512": "blake2b_512"}
        names |= {f"SHA-{n}": f"sha{n}" for n in (1, 256, 384, 512)}
        names |= {f"SHA3-{n}": f"sha3_{n}" for n in (256, 384, 512)}
        assert {names[each["alg"]]: each["content"] for each in made["hashes"]} == known
        kept = [p["value"] for p in made["properties"] if p["name"] == "ociscope:digest"]
        assert sorted(kept) == sorted(others)
        assert sum(lost(bill, version).values()) == len(others)

    def test_a_version_is_at_most_1024_characters_long(self) -> None:
        """CycloneDX 1.6, `version`."""
        assert alone(replace(ONE, version="v" * 1024))["version"] == "v" * 1024
        long = alone(replace(ONE, version="v" * 1025))
        assert "version" not in long
        assert properties(long)["ociscope:version"] == "v" * 1025

    def test_a_second_cpe_is_a_property_and_no_cpe_is_told(self) -> None:
        first, second = "cpe:2.3:a:x:y:1:*:*:*:*:*:*:*", "cpe:/a:x:y:1"
        odd = replace(ONE, cpes=(first, second, "cpe:2.3:z"))
        made = alone(odd)
        assert made["cpe"] == first
        kept = [each["value"] for each in made["properties"] if each["name"] == "ociscope:cpe"]
        assert kept == sorted([second, "cpe:2.3:z"])
        assert lost(bill_of(odd)) == {"CPE that is none, kept as a property": 1}

    @EVERY
    @pytest.mark.parametrize(
        ("stated", "written"),
        [
            ("https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
            ("https://example.org/a b", "https://example.org/a%20b"),
            ("https://example.org/[x]'", "https://example.org/%5Bx%5D%27"),
            ("https://example.org/100%", "https://example.org/100%25"),
            (
                "https://example.org/\N{LATIN SMALL LETTER E WITH ACUTE}",
                "https://example.org/%C3%A9",
            ),
            ("mailto:a@x", "mailto:a@x"),
            ("git@github.com:x/y", ""),
            ("UNKNOWN", ""),
            ("http://[::1", ""),
            ("https://a#b#c", ""),
        ],
    )
    def test_addresses(self, version: str, stated: str, written: str) -> None:
        """RFC 3986; the schemas want an IRI reference and an `anyURI`."""
        bill = bill_of(replace(ONE, homepage=stated, download=stated))
        checked_xml(bill, version)
        made = component(checked_json(bill, version), "one")
        found = [(each["type"], each["url"]) for each in made.get("externalReferences", ())]
        if written:
            assert found == [("distribution", written), ("website", written)]
        else:
            assert found == []
            kept = {name: properties(made)[f"ociscope:{name}"] for name in ("homepage", "download")}
            assert set(kept.values()) == {stated}

    def test_references(self) -> None:
        stated = (
            Reference("OTHER", "vcs", "https://x/vcs", "upstream"),
            Reference("SECURITY", "advisory", "https://x/advisory"),
            Reference("PERSISTENT-ID", "gitoid", "gitoid:blob:sha1:261e"),
            Reference("OTHER", "other", "https://x/other"),
        )
        assert alone(replace(ONE, references=stated))["externalReferences"] == [
            {"type": "advisories", "url": "https://x/advisory"},
            {"type": "other", "url": "gitoid:blob:sha1:261e", "comment": "PERSISTENT-ID gitoid"},
            {"type": "other", "url": "https://x/other"},
            {"type": "vcs", "url": "https://x/vcs", "comment": "upstream"},
        ]

    def test_words_without_a_member_are_properties(self) -> None:
        made = alone(
            replace(
                ONE,
                kind="archive",
                summary="short",
                description="long",
                comment="c",
                origin="o",
                purl_comment="p",
                copyright="Copyright X",
            )
        )
        assert made["description"] == "short\n\nlong"
        assert made["copyright"] == "Copyright X"
        assert properties(made) == {
            "ociscope:kind": "archive",
            "ociscope:comment": "c",
            "ociscope:origin": "o",
            "ociscope:purl:comment": "p",
        }


class TestEvidence:
    SEEN = (
        Evidence("var/lib/dpkg/status", LAYER, "", "database", 1.0, "", "dpkg"),
        Evidence("app/a.jar", "", "lib/b.jar!/pom.xml", "build-info", 0.7, "the text", "java"),
        Evidence("bin/x", LAYER, "", "file-name", 0.3),
        Evidence("bin/y", "", "", "hash-comparison", 0.5),
        Evidence("bin/z", "", "", "witchcraft", 0.1),
    )
    METHODS = (
        {"technique": "binary-analysis", "confidence": 0.7, "value": "the text"},
        {"technique": "filename", "confidence": 0.3, "value": "bin/x"},
        {"technique": "hash-comparison", "confidence": 0.5, "value": "bin/y"},
        {"technique": "manifest-analysis", "confidence": 1.0, "value": "var/lib/dpkg/status"},
        {"technique": "other", "confidence": 0.1, "value": "bin/z"},
    )
    ELEMENT = replace(ONE, purl="pkg:deb/debian/one@1", evidence=SEEN)

    def identity(self) -> Json:
        return {"field": "purl", "confidence": 1.0, "methods": [*self.METHODS]}

    @SINCE_1_6
    def test_identity_and_occurrences(self, version: str) -> None:
        found = alone(self.ELEMENT, version)["evidence"]
        assert found["identity"] == [self.identity()]
        assert found["occurrences"] == [
            {
                "location": "app/a.jar!/lib/b.jar!/pom.xml",
                "additionalContext": "read by java",
            },
            {"location": "bin/x", "additionalContext": f"layer {LAYER}"},
            {"location": "bin/y"},
            {"location": "bin/z"},
            {
                "location": "var/lib/dpkg/status",
                "additionalContext": f"layer {LAYER}; read by dpkg",
            },
        ]

    def test_before_1_6_one_identity_and_no_context(self) -> None:
        """CycloneDX 1.5, `evidence.identity` is one object; an occurrence is a location."""
        made = alone(self.ELEMENT, "1.5")
        assert made["evidence"]["identity"] == self.identity()
        assert all(set(each) == {"location"} for each in made["evidence"]["occurrences"])
        kept = [p["value"] for p in made["properties"] if p["name"] == "ociscope:evidence"]
        assert kept == [
            "app/a.jar!/lib/b.jar!/pom.xml; read by java",
            f"bin/x; layer {LAYER}",
            f"var/lib/dpkg/status; layer {LAYER}; read by dpkg",
        ]

    def test_a_text_without_a_method_is_the_context(self) -> None:
        one = replace(ONE, evidence=(Evidence("a", LAYER, text="line 7"),))
        assert alone(one)["evidence"]["occurrences"] == [
            {"location": "a", "additionalContext": f"layer {LAYER}; line 7"}
        ]

    @EVERY
    def test_a_method_needs_a_confidence(self, version: str) -> None:
        """It is required of a method; none is invented."""
        seen = tuple(
            Evidence("a", method="note", confidence=c) for c in (None, 1.5, -1, float("nan"))
        )
        odd = replace(ONE, evidence=(*seen, Evidence("")))
        assert alone(odd, version)["evidence"] == {"occurrences": [{"location": "a"}]}
        assert lost(bill_of(odd), version) == {
            "evidence without a location": 1,
            "method of evidence without a confidence from 0 to 1": 4,
        }


class TestRelations:
    def test_the_image_depends_on_its_system_and_on_what_nothing_else_needs(self) -> None:
        assert needs(checked_json(FULL)) == {
            ROOT.ref: sorted([ANGULAR.ref, SYSTEM.ref, HAND_BUILT.ref]),
            BOTTOM.ref: [],
            SYSTEM.ref: [],
            LIBC.ref: [],
            ANGULAR.ref: [LIBC.ref],
            HAND_BUILT.ref: [],
        }

    def test_every_package_is_reached_through_circles(self) -> None:
        """Of a circle that nothing outside needs, one; of one that something needs, none."""
        names = ["a", "b", "c", "d", "e", "f", "g"]
        edges = [*map(tuple, ("ab", "ba", "bc", "cd", "dc", "ef", "fe", "gf", "gg"))]
        packages = [Element(name, "package", name) for name in names]
        relations = tuple(Relation(one, "DEPENDS_ON", other) for one, other in edges)
        bill = bill_of(*packages, relations=relations)
        assert needs(checked_json(bill))[ROOT.ref] == ["a", "g"]
        assert lost(bill) == {"relation DEPENDS_ON: of an element to itself": 1}

    def test_what_the_bill_says_of_its_subject_is_kept(self) -> None:
        stated = (*FULL.relations, Relation(ROOT.ref, "DEPENDS_ON", SYSTEM.ref))
        bill = replace(FULL, relations=stated)
        assert needs(checked_json(bill))[ROOT.ref] == [SYSTEM.ref]

    def test_who_contains_a_component_is_a_property(self) -> None:
        """All that is listed is in the subject, which needs no saying."""
        document = checked_json(FULL)
        assert properties(component(document, "core"))["ociscope:owner"] == LIBC.ref
        assert properties(component(document, "libc6"))["ociscope:layer"] == BOTTOM.ref
        bill = replace(FULL, relations=(Relation(SYSTEM.ref, "CONTAINS", LIBC.ref),))
        found = properties(component(checked_json(bill), "libc6"))
        assert found["ociscope:contained-by"] == SYSTEM.ref

    def test_other_relations_are_lost_and_told(self) -> None:
        stated = (
            Relation(LIBC.ref, "GENERATED_FROM", ANGULAR.ref),
            Relation(LIBC.ref, "GENERATED_FROM", HAND_BUILT.ref),
            Relation(LIBC.ref, "DEPENDS_ON", "DocumentRef-x:SPDXRef-y"),
            Relation(LIBC.ref, "DEPENDS_ON", ANGULAR.ref, "why"),
            Relation("SPDXRef-DOCUMENT", "DESCRIBES", ROOT.ref),
        )
        assert lost(bill_of(LIBC, ANGULAR, HAND_BUILT, relations=stated)) == LIBCS | {
            "relation DEPENDS_ON: comment": 1,
            "relation DEPENDS_ON: one end is not in the document": 1,
            "relation GENERATED_FROM": 2,
        }

    @EVERY
    def test_names_that_are_missing_or_used_twice(self, version: str) -> None:
        refs = ["x", "x", "", "", "x-2", "urn:cdx:1/1", "\n"]
        bill = bill_of(*(Element(ref, "package", str(n)) for n, ref in enumerate(refs)))
        document = checked_json(bill, version)
        checked_xml(bill, version)
        found = [component(document, str(n))["bom-ref"] for n in range(len(refs))]
        assert found[0] == "x"
        assert found[4] == "x-2"
        assert len(set(found)) == len(refs)
        told = lost(bill, version)
        assert told["identifier of an element: missing, repeated or not usable, replaced"] == 5

    def test_many_elements_without_a_name(self) -> None:
        bill = Bill("", (), tuple(Element("", "file", str(n)) for n in range(3000)))
        found = json.loads(cyclonedx_json(bill))["components"]
        assert len({each["bom-ref"] for each in found}) == 3000


def test_what_has_a_place_is_not_told() -> None:
    assert lost(FULL) == LIBCS
