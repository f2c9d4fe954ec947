"""Lookups: hashes as people copy them, and what they are according to the tools that printed them.

Digests of the samples were printed by docker, podman, skopeo, crane and BuildKit when the archives
were made (shared/domain/identity.md, section 4); all others are taken with hashlib here.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from analyzer import analyze
from analyzer.api import Depth
from analyzer.explain.kinds import KINDS, explanation
from analyzer.lookup.model import Answer, Link, Place, Result, Searched
from analyzer.lookup.question import parse_question
from analyzer.lookup.search import search
from tests.sbom.reports import make_image, make_report
from tests.support.imagebuilder import (
    ImageBuilder,
    Layout,
    sha256,
    tar_bytes,
    write_save,
)
from tests.support.tools import ROOT, shared

IMAGE_ID = "3f0673c9cee1e2f956488351c0d753f93870978255cb07610ada874cab412494"
LOCAL_MANIFEST = "49f166c9531141356567249b84f4cbfb30dae5065b0c22456f922258780cdbe4"
BELOW = "9639956e62b023342cb4b10e7c8fd1181c03b5f1176d2f73fe4ac2745dd06eef"
TOP = "bb262828de8275723e2c4148b421ad3919e043a9503e7b92faa5f24dd133f3d9"
INDEX = "9e97ad8e590cc3d8ff771ecaa1ddd421010835e1ef8d1a6ffd7342fe1ad8010f"
ATTESTATION = "8e71f3d99557ad470264777a5ba2d655be4df32b556f9841bdb30874817cc6a6"
SAVED = "docker-20.10-save"
HYBRID = "docker-29-save-graphdriver-store"
BUILDKIT = "buildkit-oci-multi-platform-attestations"
EXPECTED: dict[str, Any] = json.loads(
    (ROOT / "fixtures" / "layouts" / "multi.expected.json").read_bytes()
)
MULTI = ROOT / "fixtures" / "layouts" / "multi"
AMD64 = EXPECTED["platforms"]["amd64"]


def sample(name: str) -> Path:
    return shared("samples", f"{name}.tar")


@cache
def searched(path: Path) -> Searched:
    own = f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}" if path.is_file() else None
    return Searched(str(path), analyze(str(path), depth=Depth.LAYERS), own)  # type: ignore[arg-type]


def ask(text: str, *paths: Path) -> Result:
    return search(parse_question(text), [searched(path) for path in paths])


def kinds(result: Result) -> list[str]:
    return [answer.kind for answer in result.answers]


def only(result: Result) -> Answer:
    (answer,) = result.answers
    return answer


def hexes(chain: tuple[Link, ...]) -> list[str]:
    return [link.digest.partition(":")[2] for link in chain if link.digest is not None]


def member(name: str, path: str) -> bytes:
    with tarfile.open(sample(name)) as archive:
        stream = archive.extractfile(path)
        assert stream is not None
        return stream.read()


class TestKindsOfTheSamples:
    @pytest.mark.parametrize("digits", [7, 12, 64])
    @pytest.mark.parametrize(
        ("name", "whole", "expected"),
        [
            (SAVED, IMAGE_ID, ["image-id"]),
            (HYBRID, IMAGE_ID, ["image-id"]),
            (HYBRID, LOCAL_MANIFEST, ["manifest"]),
            (HYBRID, BELOW, ["layer", "diff-id", "chain-id"]),
            (SAVED, BELOW, ["diff-id", "chain-id"]),
            (SAVED, TOP, ["diff-id"]),
            (BUILDKIT, INDEX, ["index"]),
            (BUILDKIT, ATTESTATION, ["attestation"]),
        ],
    )
    def test_found_by_its_beginning_and_whole(
        self, name: str, whole: str, expected: list[str], digits: int
    ) -> None:
        result = ask(whole[:digits], sample(name))
        assert kinds(result) == expected
        assert {answer.digest for answer in result.answers} == {f"sha256:{whole}"}
        assert result.exit_code == 0

    def test_the_chain_leads_from_the_index_to_the_config(self) -> None:
        places = only(ask(INDEX, sample(BUILDKIT))).places
        assert [place.platform for place in places] == ["linux/amd64", "linux/arm64"]
        for place in places:
            assert [link.kind for link in place.chain] == ["index", "manifest", "image-id"]
            assert all(link.recomputed for link in place.chain)
            for value in hexes(place.chain):
                data = member(BUILDKIT, f"blobs/sha256/{value}")
                assert hashlib.sha256(data).hexdigest() == value

    def test_a_chain_id_is_shown_with_every_diff_id_below_it(self) -> None:
        chained = f"sha256:{BELOW}"
        for _ in range(2):
            chained = sha256(f"{chained} sha256:{BELOW}".encode())
        top = sha256(f"{chained} sha256:{TOP}".encode())
        (place,) = only(ask(top, sample(SAVED))).places
        assert place.layers == (3,)
        assert hexes(place.chain) == [IMAGE_ID, BELOW, TOP, top.removeprefix("sha256:")]
        assert [link.layers for link in place.chain[2:]] == [(0, 1, 2), (3,), (3,)]

    def test_a_docker_archive_has_no_manifest_in_its_chain(self) -> None:
        (place,) = only(ask(IMAGE_ID, sample(SAVED))).places
        assert [(link.kind, link.digest is None) for link in place.chain] == [
            ("manifest", True),
            ("image-id", False),
        ]

    def test_a_manifest_made_when_saving_is_said_to_be_in_no_registry(self) -> None:
        (place,) = only(ask(LOCAL_MANIFEST, sample(HYBRID))).places
        assert "no registry has it" in place.note

    def test_an_equal_layer_is_one_place_with_all_its_positions(self) -> None:
        layer = ask(BELOW, sample(HYBRID)).answers[0]
        assert [place.layers for place in layer.places] == [(0, 1, 2)]

    def test_one_image_in_several_files_is_listed_for_each(self) -> None:
        files = [sample(name) for name in (SAVED, HYBRID, "podman-4.3-save-docker-archive")]
        places = only(ask(IMAGE_ID[:12], *files)).places
        assert [place.source for place in places] == [str(path) for path in files]

    def test_a_blob_of_an_attestation_hangs_below_it(self) -> None:
        manifest = json.loads(member(BUILDKIT, f"blobs/sha256/{ATTESTATION}"))
        statement = manifest["layers"][0]["digest"]
        answer = only(ask(statement, sample(BUILDKIT)))
        assert answer.kind == "attachment"
        assert hexes(answer.places[0].chain)[1:] == [INDEX, ATTESTATION, statement[7:]]

    def test_index_json_is_no_index_digest(self) -> None:
        own = hashlib.sha256(member(BUILDKIT, "index.json")).hexdigest()
        answer = only(ask(own, sample(BUILDKIT)))
        assert (answer.kind, answer.places[0].path) == ("document", "index.json")

    def test_so_is_manifest_json(self) -> None:
        own = hashlib.sha256(member(SAVED, "manifest.json")).hexdigest()
        assert only(ask(own, sample(SAVED))).kind == "document"

    def test_a_blob_that_nothing_leads_to(self) -> None:
        blob = "23f4e7a61796db31e818f595021e73f4d2818736090ec9cec4006b5a4a569922"
        data = member(HYBRID, f"blobs/sha256/{blob}")
        assert hashlib.sha256(data).hexdigest() == blob
        answer = only(ask(blob[:7], sample(HYBRID)))
        assert (answer.kind, answer.places[0].recomputed) == ("unreferenced", True)

    def test_a_legacy_layer_id(self) -> None:
        """Told apart from other names in a file where the report recomputes them."""
        listed = json.loads(member(SAVED, "manifest.json"))[0]["Layers"][0]
        answer = only(ask(listed.partition("/")[0], sample(SAVED)))
        assert answer.kind in {"name", "v1-id"}
        assert "not pull" in explanation(answer.kind).use

    def test_a_name_of_digits_that_are_no_digest(self, tmp_path: Path) -> None:
        path = ImageBuilder().layer({"a": b"1"}).write_save(tmp_path / "a.tar", "a:1")
        with tarfile.open(path, "a") as archive:
            archive.addfile(tarfile.TarInfo(f"{NOTHING}/VERSION"))
        answer = only(ask(NOTHING[:7], path))
        assert (answer.kind, answer.digest) == ("name", NOTHING)
        assert answer.places[0].path == f"{NOTHING}/VERSION"

    def test_the_file_as_a_whole(self) -> None:
        own = hashlib.sha256(sample(SAVED).read_bytes()).hexdigest()
        assert only(ask(own, sample(SAVED))).kind == "archive"

    def test_what_is_only_named_is_found_and_not_proven(self) -> None:
        path = sample("ctr-images-export")
        report = searched(path).report
        assert report is not None
        (absent,) = [image for image in report.images if image.completeness == "absent"]
        (stated,) = {i.digest for i in absent.identities if i.kind == "manifest"}
        assert stated is not None
        (place,) = only(ask(stated, path)).places
        assert place.platform == absent.platform
        assert place.recomputed is None


class TestKindsOfTheFixture:
    """Against what skopeo and umoci said of it, which multi.expected.json keeps."""

    @pytest.mark.parametrize("digits", [7, 64])
    def test_every_identifier(self, digits: int) -> None:
        wanted = [
            (EXPECTED["named_digest"], "index"),
            (AMD64["manifest_digest"], "manifest"),
            (AMD64["image_id"], "image-id"),
            *((digest, "layer") for digest in AMD64["layer_digests"]),
            *((digest, "diff-id") for digest in AMD64["diff_ids"]),
        ]
        for digest, kind in wanted:
            found = ask(digest[7 : 7 + digits], MULTI)
            assert (kind, digest) in {(a.kind, a.digest) for a in found.answers}

    def test_a_layer_inflates_to_its_diff_id(self) -> None:
        for position, digest in enumerate(AMD64["layer_digests"]):
            (place,) = only(ask(digest, MULTI)).places
            assert place.layers == (position,)
            assert [(link.kind, link.digest) for link in place.chain[-2:]] == [
                ("layer", digest),
                ("diff-id", AMD64["diff_ids"][position]),
            ]

    def test_the_first_diff_id_is_also_the_first_chain_id(self) -> None:
        assert kinds(ask(AMD64["diff_ids"][0], MULTI)) == ["diff-id", "chain-id"]


class TestBrokenLinks:
    def test_a_changed_layer_breaks_its_link_and_no_other(self, tmp_path: Path) -> None:
        lie = sha256(b"something else")
        image = ImageBuilder().layer({"a": b"1"}, declare_diff_id=lie)
        (place,) = only_kind(ask(lie, image.write_oci(tmp_path / "layout")), "diff-id").places
        assert [link.recomputed for link in place.chain] == [True, True, False]
        assert place.recomputed is False

    def test_bytes_under_a_wrong_name_are_found_by_both(self, tmp_path: Path) -> None:
        lie = sha256(b"something else")
        image = ImageBuilder().layer({"a": b"1"}).declare_config_digest(lie)
        layout = image.write_oci(tmp_path / "layout")
        stated = only_kind(ask(lie, layout), "image-id")
        real = hashlib.sha256((layout / "blobs/sha256" / lie[7:]).read_bytes()).hexdigest()
        assert stated.places[0].recomputed is False
        assert only_kind(ask(real, layout), "image-id").places[0].recomputed is True


def only_kind(result: Result, kind: str) -> Answer:
    (answer,) = [answer for answer in result.answers if answer.kind == kind]
    return answer


class TestAmbiguity:
    def test_values_with_the_same_beginning_are_all_listed(self) -> None:
        beginnings = [sha256(b"%d" % n) for n in range(40_000)]
        seen: dict[str, str] = {}
        for one in beginnings:
            other = seen.setdefault(one[7:14], one)
            if other != one:
                break
        else:  # pragma: no cover - 40 000 values of 28 bits share one, and do
            pytest.fail("no pair")
        reports = [make_report(make_image(image_id=digest)) for digest in (one, other)]  # type: ignore[arg-type]
        inputs = [Searched(f"{n}.tar", report) for n, report in enumerate(reports)]
        result = search(parse_question(one[7:14]), inputs)
        assert [answer.digest for answer in result.answers] == sorted([one, other])
        assert kinds(search(parse_question(one), inputs)) == ["image-id"]

    def test_a_layer_of_two_images_in_one_file(self, tmp_path: Path) -> None:
        shared_layer = {"base": b"same"}
        layout = Layout()
        for number in range(2):
            image = ImageBuilder().layer(shared_layer).layer({"own": b"%d" % number}).build()
            layout.add(image, ref_name=f"v{number}")
        path = layout.write_dir(tmp_path / "layout")
        diff_id = only_kind(ask(sha256(tar_bytes(shared_layer)), path), "diff-id")
        assert [place.names for place in diff_id.places] == [("v0",), ("v1",)]


NOTHING = "0123456789abcdef" * 4


def advice_text(result: Result) -> str:
    assert result.advice is not None
    advice = result.advice
    undecided = [reason for item in advice.undecided for reason in item.reasons]
    return " | ".join((*advice.could_be, *undecided))


def commands(result: Result) -> list[str]:
    assert result.advice is not None
    return [line for bring in result.advice.bring for line in bring.commands]


class TestNotFound:
    def test_a_docker_archive_cannot_decide_about_manifests(self) -> None:
        result = ask(f"sha256:{NOTHING}", sample(SAVED))
        assert "a docker archive holds no manifest" in advice_text(result)
        assert "made up" in advice_text(result)
        skopeo, verify = commands(result)[:2]
        assert skopeo.startswith("skopeo inspect --raw docker://")
        assert f"@sha256:{NOTHING} >" in skopeo
        assert verify.startswith(f"ociscope verify {sample(SAVED)} --against ")
        assert result.exit_code == 1

    def test_a_hybrid_archive_has_a_manifest_of_its_own(self) -> None:
        assert "probably written when it was saved" in advice_text(ask(NOTHING, sample(HYBRID)))

    def test_a_layout_holds_its_digests_and_it_is_none_of_them(self) -> None:
        told = advice_text(ask(NOTHING, MULTI))
        assert "it is none of them" in told
        assert "docker archive" not in told

    def test_absent_platforms_are_named(self) -> None:
        result = ask(NOTHING, sample("ctr-images-export"))
        assert "linux/arm64 is only named in this file" in advice_text(result)
        assert any(line.startswith("skopeo copy --all") for line in commands(result))

    def test_damage_leaves_things_open(self, tmp_path: Path) -> None:
        path = ImageBuilder().layer(raw_blob=b"\x1f\x8b\x08rubbish").write_oci(tmp_path / "layout")
        result = ask(NOTHING, path)
        assert "could not be read" in advice_text(result)
        assert result.exit_code == 3

    @pytest.mark.parametrize(
        ("text", "word"),
        [
            ("a" * 32, "MD5"),
            ("a" * 40, "git commit"),
            ("a" * 96, "SHA-384"),
            ("a" * 128, "SHA-512"),
            ("a" * 12, "12 digits: the first digits of any digest"),
            ("a" * 64, "container ID"),
            (f"sha256:{'a' * 64}", "another build"),
        ],
    )
    def test_the_length_tells_something(self, text: str, word: str) -> None:
        assert word in advice_text(ask(text, MULTI))

    def test_what_says_sha256_is_no_container(self) -> None:
        assert "container ID" not in advice_text(ask(f"sha256:{NOTHING}", MULTI))

    def test_a_name_with_blanks_is_quoted_for_the_shell(self) -> None:
        report = searched(MULTI).report
        result = search(parse_question(NOTHING), [Searched("it's mine.tar", report)])
        assert "ociscope verify 'it'\\''s mine.tar' --against manifest.json" in commands(result)

    def test_a_hash_named_in_passing_is_no_answer(self) -> None:
        """The graphdriver builder leaves the ID of its last container in the config."""
        config = json.loads(member(HYBRID, f"blobs/sha256/{IMAGE_ID}"))
        result = ask(config["container"], sample(HYBRID))
        assert result.advice is not None
        (undecided,) = result.advice.undecided
        assert any(mention.endswith("at container") for mention in undecided.mentions)
        assert result.exit_code == 1


class TestExitCode:
    FAILED = Searched("broken.tar", None, failure="not an image")

    def test_not_done_where_nothing_could_be_searched(self) -> None:
        assert search(parse_question(IMAGE_ID), [self.FAILED]).exit_code == 2

    @pytest.mark.parametrize("wanted", [IMAGE_ID, NOTHING])
    def test_incomplete_where_one_of_several_could_not(self, wanted: str) -> None:
        inputs = [self.FAILED, searched(sample(SAVED))]
        assert search(parse_question(wanted), inputs).exit_code == 3


class TestWords:
    def test_topics_that_are_named_exist(self) -> None:
        folder = ROOT / "analyzer" / "explain" / "topics"
        known = {path.stem for path in folder.glob("*.md")}
        assert {words.topic for words in KINDS.values() if words.topic} <= known

    def test_every_kind_says_whether_it_pulls_or_what_it_is_for(self) -> None:
        for kind in KINDS:
            words = explanation(kind)
            assert words.name
            assert words.hashed
            assert words.printed_by
            assert words.use.endswith(".")

    def test_a_kind_of_a_later_version_has_plain_words(self) -> None:
        assert explanation("schema-1").name == "schema 1"

    def test_only_documents_of_registries_pull(self) -> None:
        pulls = {kind for kind in KINDS if explanation(kind).use.startswith("It pulls")}
        kinds = {"index", "manifest", "schema1", "attestation", "referrer", "artifact"}
        assert pulls == kinds


def test_docker_archives_of_two_images_tell_them_apart(tmp_path: Path) -> None:
    one, two = (ImageBuilder().layer({"a": text}).build() for text in (b"1", b"2"))
    path = write_save(tmp_path / "two.tar", [(one, ("a:1",)), (two, ("b:2",))])
    (place,) = only(ask(sha256(two.config), path)).places
    assert place == Place(
        str(path), ("b:2",), "linux/amd64", (), recomputed=True, chain=place.chain, note=place.note
    )
