"""Documents in syft's JSON: by its schema, by what its decoder asks, and by syft itself."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from analyzer.api import analyze
from analyzer.bills.model import Bill, Element, Evidence, Lost, Party, Relation
from analyzer.report import ImageReport, Report
from analyzer.sbom.compose import compose
from analyzer.sbom.created import creation_time
from analyzer.sbom.syft import lost_in_syft, syft_json
from analyzer.sbom.syftnames import LANGUAGES, TYPES, UNKNOWN
from tests.sbom.handmade import (
    ANGULAR,
    DIFF_ID,
    FULL,
    HAND_BUILT,
    IMAGE_ID,
    LAYER,
    LIBC,
    MANIFEST,
    ROOT,
    hostile_bill,
)
from tests.sbom.reports import make_docker_image, make_image, make_local_image, make_package
from tests.sbom.reports import make_report as report_of
from tests.support.syft import convert, scan
from tests.support.tools import ROOT as PROJECT
from tests.support.tools import shared

Json = dict[str, Any]
SAVES = PROJECT / "fixtures" / "saves"
FIXTURES = [
    *sorted(SAVES.glob("*.tar")),
    *sorted(p for p in (PROJECT / "fixtures" / "layouts").iterdir() if p.is_dir()),
]
RELATIONS = {"ownership-by-file-overlap", "contains", "dependency-of", "evident-by"}
"""Those that `toSyftRelationship` takes (syft/format/syftjson/to_syft_model.go)."""
METADATA = {"package", "source", "version", "sourceVersion", "architecture", "maintainer"}
YOUNGER = frozenset(
    {"bitnami", "brew", "conan", "conda", "homebrew", "nuget", "pear", "terraform", "vcpkg"}
)
"""Package URL types that syft 1.18 has no words for, and later ones have (syft/pkg/type.go)."""
BARE = Bill("", (), (Element("x", "package", "a"),))


@cache
def official_schema() -> Draft202012Validator:
    """Of anchore/syft, 16.1.10."""
    file = shared("schemas", "syft-16.1.10.schema.json")
    return Draft202012Validator(json.loads(file.read_bytes()))


def parsed(bill: Bill, image: ImageReport | None = None) -> Json:
    document: Json = json.loads(syft_json(bill, image))
    return document


def composed(report: Report, image: ImageReport) -> Bill:
    created, source = creation_time(image, None)
    return compose(report, image, created=created, created_from=source)


def written(image: ImageReport) -> Json:
    return parsed(composed(report_of(image), image), image)


def artifact(document: Json, name: str) -> Json:
    (found,) = (each for each in document["artifacts"] if each["name"] == name)
    assert isinstance(found, dict)
    return found


def fixture(path: Path) -> list[tuple[Bill, ImageReport]]:
    report = analyze(str(path))
    return [(composed(report, image), image) for image in report.images]


def check(document: Json) -> None:
    """The schema, and what the decoder drops without an error where it does not hold."""
    official_schema().validate(document)
    assert "anchore/syft" in document["schema"]["url"]
    assert document["schema"]["version"] == "16.1.10"
    ids = [each["id"] for each in document["artifacts"]]
    ids += [each["id"] for each in document.get("files", ())]
    assert len({*ids, document["source"]["id"]}) == len(ids) + 1
    for relation in document["artifactRelationships"]:
        assert relation["type"] in RELATIONS
        assert {relation["parent"], relation["child"]} <= {*ids, document["source"]["id"]}
    told = [tuple(each.values()) for each in document["artifactRelationships"]]
    assert sorted(set(told)) == told


class TestBySchema:
    @pytest.mark.parametrize("bill", [FULL, BARE, Bill("", (), ()), hostile_bill()])
    def test_bills(self, bill: Bill) -> None:
        check(parsed(bill))
        check(parsed(replace(bill, form="SPDX 2.3 (JSON)")))

    @pytest.mark.parametrize(
        "image",
        [
            make_image(make_package()),
            make_docker_image(make_package("bash", "5.2", type="apk"), distro=None),
            make_local_image(make_package(type="rpm")),
            make_image(
                config={"config": {"Labels": {"a": "b", "c": 1, "\ud800": "\x1b"}}}, layers=()
            ),
            make_image(names=(), image_id=None, manifest_digest=None, platform="unknown/unknown"),
        ],
    )
    def test_images(self, image: ImageReport) -> None:
        check(written(image))

    @pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
    def test_fixtures(self, path: Path) -> None:
        for bill, image in fixture(path):
            check(parsed(bill, image))


class TestBySyft:
    """Its own words about our documents, and about the same images."""

    @pytest.mark.parametrize("bill", [FULL, hostile_bill(), Bill("x", (), FULL.elements)])
    def test_takes_all_of_a_document(self, bill: Bill, tmp_path: Path) -> None:
        ours = parsed(bill)
        theirs = convert(syft_json(bill), "syft-json", tmp_path)
        assert theirs["artifactRelationships"] == ours["artifactRelationships"]
        assert theirs["distro"] == ours["distro"]
        assert theirs["descriptor"] == ours["descriptor"]
        assert {each["id"] for each in theirs["artifacts"]} == {
            each["id"] for each in ours["artifacts"]
        }

    def test_takes_every_member_as_it_was_meant(self, tmp_path: Path) -> None:
        ours, theirs = parsed(FULL), convert(syft_json(FULL), "syft-json", tmp_path)
        for name in ("@angular/core", "libc6", "tool"):
            kept = {**artifact(theirs, name), "locations": _places(artifact(theirs, name))}
            assert kept == {**artifact(ours, name), "locations": _places(artifact(ours, name))}
        source = {k: v for k, v in theirs["source"]["metadata"].items() if v}
        layers = [{k: v for k, v in each.items() if v} for each in source["layers"]]
        assert {**source, "layers": layers} == {
            k: v for k, v in ours["source"]["metadata"].items() if v
        }

    @pytest.mark.parametrize("form", ["spdx-json", "cyclonedx-json"])
    def test_makes_other_documents_of_ours(self, form: str, tmp_path: Path) -> None:
        made = convert(syft_json(FULL), form, tmp_path)
        listed = made["packages" if form == "spdx-json" else "components"]
        assert {"libc6", "tool"} <= {each["name"] for each in listed}

    @pytest.mark.parametrize("platform", ["amd64", "arm64"])
    def test_says_the_same_of_the_same_image(self, platform: str, tmp_path: Path) -> None:
        """But for `netbase`, of which only the configuration is left (see fixtures/README.md)."""
        path = SAVES / f"multi-{platform}.tar"
        theirs = scan(f"docker-archive:{path}", tmp_path)
        ((bill, image),) = fixture(path)
        ours = parsed(bill, image)
        metadata, answer = ours["source"]["metadata"], theirs["source"]["metadata"]
        assert metadata["imageID"] == answer["imageID"]
        assert metadata["tags"] == answer["tags"]
        assert metadata["labels"] == answer["labels"]
        assert [e["digest"] for e in metadata["layers"]] == [e["digest"] for e in answer["layers"]]
        assert ours["distro"].items() <= theirs["distro"].items()
        found = {each["name"]: _facts(each) for each in theirs["artifacts"]}
        found.pop("netbase")
        assert {each["name"]: _facts(each) for each in ours["artifacts"]} == found

    def test_has_a_digest_for_what_has_none_and_we_have_not(self, tmp_path: Path) -> None:
        """What syft calls the manifest digest of a docker archive is of a manifest it made up."""
        path = SAVES / "multi-amd64.tar"
        assert scan(f"docker-archive:{path}", tmp_path)["source"]["metadata"]["manifestDigest"]
        ((bill, image),) = fixture(path)
        assert "manifestDigest" not in parsed(bill, image)["source"]["metadata"]


def _places(found: Json) -> list[Json]:
    """Locations in an order of our own: syft sorts them by layer and path, null for none."""
    return sorted(found["locations"] or (), key=lambda place: str(place["path"]))


def _facts(found: Json) -> Json:
    """Of a package of dpkg, what syft and we both know."""
    database = [e for e in found["locations"] if e["path"] == "/var/lib/dpkg/status"]
    return {
        **{key: found[key] for key in ("version", "type", "language", "metadataType")},
        "purl": found["purl"].replace("%3A", ":"),
        "layer": [each["layerID"] for each in database],
        "metadata": {k: v for k, v in found["metadata"].items() if k in METADATA},
    }


class TestTheSource:
    def test_is_the_image_with_what_is_known_of_it(self) -> None:
        source = parsed(FULL)["source"]
        assert source["type"] == "image"
        assert source["metadata"] == {
            "userInput": "registry.example/team/app:1.0",
            "imageID": IMAGE_ID,
            "manifestDigest": MANIFEST,
            "tags": ["registry.example/team/app:1.0"],
            "layers": [
                {
                    "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
                    "digest": DIFF_ID,
                }
            ],
            "repoDigests": [],
            "architecture": "arm64",
            "architectureVariant": "v8",
            "os": "linux",
        }

    @pytest.mark.parametrize("image", [make_docker_image(), make_local_image()])
    def test_has_no_manifest_digest_that_no_registry_has(self, image: ImageReport) -> None:
        assert "manifestDigest" not in written(image)["source"]["metadata"]

    def test_of_a_document_about_no_image_is_no_image(self) -> None:
        """A name is all that is known; see TestBySyft for how syft takes it."""
        program = replace(HAND_BUILT, ref="root")
        source = parsed(Bill("x", ("root",), (program, LIBC), form="CycloneDX 1.6 (JSON)"))
        assert source["source"]["type"] == "file"
        assert source["source"]["metadata"] == {"path": "tool", "mimeType": ""}
        assert [each["name"] for each in source["artifacts"]] == ["libc6"]

    def test_is_nothing_where_a_document_is_about_several(self) -> None:
        both = Bill("x", (LIBC.ref, ANGULAR.ref), (LIBC, ANGULAR))
        assert parsed(both)["source"]["name"] == "x"
        assert len(parsed(both)["artifacts"]) == 2


class TestArtifacts:
    def test_are_named_by_the_diff_id_of_their_layer(self) -> None:
        """stereoscope, layer_metadata.go: "(the docker "diff id")"."""
        (first, *_) = artifact(parsed(FULL), "libc6")["locations"]
        assert first["layerID"] == DIFF_ID != LAYER

    def test_have_a_layer_as_it_stands_where_its_diff_id_is_not_known(self) -> None:
        alone = Bill("", (), (LIBC,))
        assert artifact(parsed(alone), "libc6")["locations"][0]["layerID"] == LAYER

    @pytest.mark.parametrize(
        ("purl", "kind", "language"),
        [
            ("pkg:pypi/a@1", "python", "python"),
            ("pkg:golang/github.com/a/b@v1", "go-module", "go"),
            ("pkg:maven/g/a@1", "java-archive", "java"),
            ("pkg:cargo/a@1", "rust-crate", "rust"),
            ("pkg:apk/alpine/a@1", "apk", ""),
            ("pkg:cran/a@1", "R-package", "R"),
            ("pkg:generic/a@1", "UnknownPackage", ""),
            ("", "UnknownPackage", ""),
            ("no purl", "UnknownPackage", ""),
        ],
    )
    def test_have_the_words_of_syft(self, purl: str, kind: str, language: str) -> None:
        found = artifact(parsed(Bill("", (), (Element("x", "package", "a", "1", purl=purl),))), "a")
        assert (found["type"], found["language"]) == (kind, language)

    def test_have_the_words_that_syft_reads_out_of_package_urls(self, tmp_path: Path) -> None:
        """All of them, but for those that the oldest syft which is used here did not have yet."""
        kinds = sorted((TYPES.keys() | LANGUAGES.keys()) - YOUNGER)
        document = {
            "bomFormat": "CycloneDX",
            "specVersion": "1.5",
            "components": [
                {"type": "library", "bom-ref": kind, "name": kind, "purl": f"pkg:{kind}/n/a@1"}
                for kind in kinds
            ],
        }
        found = convert(json.dumps(document).encode(), "syft-json", tmp_path)["artifacts"]
        theirs = {each["name"]: (each["type"], each["language"]) for each in found}
        assert theirs == {k: (TYPES.get(k, UNKNOWN), LANGUAGES.get(k, "")) for k in kinds}

    def test_recognised_by_their_bytes_are_binary(self) -> None:
        evidence = (Evidence("usr/bin/a", method="version-string"),)
        found = Element("x", "package", "a", "1", purl="pkg:generic/a@1", evidence=evidence)
        assert artifact(parsed(Bill("", (), (found,))), "a")["type"] == "binary"

    @pytest.mark.parametrize(
        ("purl", "version", "expected"),
        [
            ("", "1:5.1.8-9.el9", {"epoch": 1, "version": "5.1.8", "release": "9.el9"}),
            ("&epoch=2", "5.1-9", {"epoch": 2, "version": "5.1", "release": "9"}),
            ("", "5.1-9", {"epoch": None, "sourceRpm": "bash-5.1-9.src.rpm", "vendor": "Red Hat"}),
            ("&epoch=x", "1", {"epoch": None, "version": "1", "release": ""}),
            ("&rpmmod=nodejs:12:1", "1-1", {"modularityLabel": "nodejs:12:1"}),
        ],
    )
    def test_of_rpm_have_version_and_source_taken_apart(
        self, purl: str, version: str, expected: Json
    ) -> None:
        purl = f"pkg:rpm/redhat/bash@5.1-9?arch=x86_64&upstream=bash-5.1-9.src.rpm{purl}"
        bash = Element("x", "package", "bash", version, purl=purl, supplier=Party("Red Hat"))
        found = artifact(parsed(Bill("", (), (bash,))), "bash")
        assert found["metadataType"] == "rpm-db-entry"
        assert expected.items() <= found["metadata"].items()
        check(parsed(Bill("", (), (bash,))))

    def test_of_apk_have_their_origin(self) -> None:
        """Advisories of Alpine are about origins."""
        purl = "pkg:apk/alpine/libstdc%2B%2B@13?arch=x86_64&upstream=gcc"
        found = Element("x", "package", "libstdc++", "13", purl=purl)
        told = artifact(parsed(Bill("", (), (found,))), "libstdc++")
        assert told["metadata"]["originPackage"] == "gcc"
        check(parsed(Bill("", (), (found,))))

    def test_say_that_they_do_not_know_sizes(self) -> None:
        assert "not known" in parsed(FULL)["descriptor"]["configuration"]["note"]

    def test_twice_the_same_is_one(self) -> None:
        assert len(parsed(Bill("", (), (LIBC, LIBC)))["artifacts"]) == 1

    def test_alike_but_not_the_same_are_two_with_two_ids(self) -> None:
        other = replace(LIBC, comment="another")
        check(parsed(Bill("", (), (LIBC, other))))
        assert len(parsed(Bill("", (), (LIBC, other)))["artifacts"]) == 2

    def test_the_order_of_the_bill_does_not_matter(self) -> None:
        turned = replace(FULL, elements=FULL.elements[::-1], relations=FULL.relations[::-1])
        assert syft_json(turned) == syft_json(FULL)

    def test_files_are_listed_with_their_digests(self) -> None:
        file = Element("f", "file", "etc/x", digests=("sha1:aa", "sha256:bb"))
        bill = Bill("", (), (LIBC, file), (Relation(LIBC.ref, "CONTAINS", "f"),))
        document = parsed(bill)
        check(document)
        (found,) = document["files"]
        assert found["location"] == {"path": "/etc/x"}
        assert found["digests"] == [
            {"algorithm": "sha1", "value": "aa"},
            {"algorithm": "sha256", "value": "bb"},
        ]
        (relation,) = document["artifactRelationships"]
        assert relation["child"] == found["id"]


class TestRelations:
    def test_are_turned_as_syft_reads_them(self) -> None:
        """relationship.go: the parent is the dependency, or the owner."""
        document = parsed(FULL)
        libc, core = artifact(document, "libc6")["id"], artifact(document, "@angular/core")["id"]
        told = {(each["parent"], each["type"], each["child"]) for each in _between(document)}
        assert told == {(libc, "dependency-of", core), (libc, "ownership-by-file-overlap", core)}

    def test_of_other_tools_only_say_that_one_contains_the_other(self) -> None:
        told = _between(parsed(replace(FULL, form="SPDX 2.3 (JSON)")))
        assert {each["type"] for each in told} == {"dependency-of", "contains"}

    def test_of_syft_itself_are_read_from_their_comments(self) -> None:
        comment = "ownership-by-file-overlap: indicates that the parent package claims ownership"
        relation = Relation(LIBC.ref, "OTHER", ANGULAR.ref, comment)
        (told,) = _between(parsed(replace(FULL, relations=(relation,))))
        assert told["type"] == "ownership-by-file-overlap"

    def test_of_an_end_that_two_elements_share_are_left_out_and_told(self) -> None:
        double = replace(HAND_BUILT, ref=LIBC.ref)
        bill = replace(FULL, elements=(*FULL.elements, double))
        assert not _between(parsed(bill))
        told = {each.what: each.count for each in lost_in_syft(bill)}
        assert told["relations: DEPENDS_ON"] == 1


def _between(document: Json) -> list[Json]:
    """Relations that the source is no end of."""
    source = document["source"]["id"]
    return [each for each in document["artifactRelationships"] if each["parent"] != source]


class TestWhatIsLost:
    def test_is_told_once_for_each_member(self) -> None:
        told = {each.what: each.count for each in lost_in_syft(FULL)}
        assert told["method, confidence and text of evidence"] == 1
        assert told["licences, as found, where several were"] == 1
        assert told["digests of packages"] == 1
        assert told["home pages"] == 1
        assert told["originators"] == 1
        # A supplier has a place only in what syft keeps of dpkg, apk and rpm.
        assert "suppliers" not in told
        assert "creators" not in told
        # That the image has layers and a system stands in other members.
        assert told["relations: CONTAINS"] == 1
        assert max(Counter(each.what for each in lost_in_syft(FULL)).values()) == 1

    def test_of_a_document_of_another_tool_are_its_creators(self) -> None:
        told = lost_in_syft(replace(FULL, form="SPDX 2.3 (JSON)"))
        assert Lost("creators", 1) in told

    def test_nothing_of_what_says_nothing(self) -> None:
        assert lost_in_syft(BARE) == ()
        assert lost_in_syft(Bill("", (ROOT.ref,), (replace(ROOT, kind="image"),))) == ()
