"""Images of schema 1 manifests: read wherever they lie, by skopeo's account of what they are."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from analyzer.api import analyze
from analyzer.image.identity import Identity, Kind, Origin
from analyzer.problems import Code
from analyzer.report import ImageReport, Report
from tests.cli.harness import call
from tests.support.imagebuilder import ImageBuilder, Layout, write_save
from tests.support.schema1 import Stored, convert, manifest_digest, skopeo

DPKG = b"Package: tool\nStatus: install ok installed\nVersion: 1.2\nArchitecture: amd64\n"
HISTORY = [
    {"created": "2020-01-02T03:04:05Z", "created_by": "ADD base"},
    {"created": "2020-01-02T03:04:06Z", "created_by": "ENV A=b", "empty_layer": True},
    {"created": "2020-01-02T03:04:07Z", "created_by": "COPY app /"},
    {"created": "2020-01-02T03:04:08Z", "created_by": 'CMD ["/app"]', "empty_layer": True},
]


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An image with packages, compressed layers, and steps without a layer."""
    base = {"etc/os-release": b'ID=debian\nVERSION_ID="12"\n', "var/lib/dpkg/status": DPKG}
    image = ImageBuilder().layer(base, "gzip").layer({"app": b"x"}, "gzip")
    layout = Layout()
    layout.add(image.config(history=HISTORY), ref_name="1")
    return layout.write_dir(tmp_path_factory.mktemp("before") / "layout")


@pytest.fixture(scope="module")
def stored(before: Path, tmp_path_factory: pytest.TempPathFactory) -> Stored:
    """Its copy with a schema 1 manifest."""
    return Stored(convert(f"oci:{before}:1", tmp_path_factory.mktemp("s1") / "dir"))


@pytest.fixture(scope="module")
def original(before: Path) -> ImageReport:
    return only(analyze(str(before)))


@pytest.fixture
def layout(stored: Stored, tmp_path: Path) -> Path:
    return stored.layout().write_dir(tmp_path / "layout")


def only(report: Report) -> ImageReport:
    (image,) = report.images
    return image


def rows(image: ImageReport, kind: Kind) -> list[Identity]:
    return [identity for identity in image.identities if identity.kind is kind]


def values(image: ImageReport, kind: Kind) -> list[str | None]:
    return [identity.digest for identity in rows(image, kind)]


class TestDigest:
    def test_a_dir_is_called_by_what_was_signed(self, stored: Stored) -> None:
        image = only(analyze(str(stored.folder)))
        assert image.manifest_digest == stored.digest
        assert values(image, Kind.SCHEMA1) == [stored.digest]
        assert values(image, Kind.MANIFEST) == []
        inspected = json.loads(skopeo("inspect", f"dir:{stored.folder}"))
        assert inspected["Digest"] == image.manifest_digest

    def test_the_hash_of_the_file_is_named_as_that(self, stored: Stored) -> None:
        (row,) = rows(only(analyze(str(stored.folder))), Kind.SCHEMA1_FILE)
        raw = skopeo("inspect", "--raw", f"dir:{stored.folder}").encode()
        assert row.digest == "sha256:" + hashlib.sha256(raw).hexdigest()
        assert row.digest != stored.digest
        assert "no registry" in row.reason

    def test_an_unsigned_one_has_one_digest(self, stored: Stored, tmp_path: Path) -> None:
        value = {name: item for name, item in stored.value.items() if name != "signatures"}
        folder = copy_of(stored, tmp_path, json.dumps(value).encode())
        image = only(analyze(str(folder)))
        assert values(image, Kind.SCHEMA1) == [manifest_digest(folder / "manifest.json")]
        assert rows(image, Kind.SCHEMA1_FILE) == []

    def test_a_layout_that_promises_it_is_verified(self, stored: Stored, layout: Path) -> None:
        report = analyze(str(layout))
        (row,) = rows(only(report), Kind.SCHEMA1)
        assert (row.digest, row.origin, row.verified) == (stored.digest, Origin.STORED, True)
        (index,) = report.tree
        assert index.children[0].verified is True
        assert report.problems == ()
        assert report.exit_code == 0

    def test_one_that_was_altered_is_not(self, stored: Stored, tmp_path: Path) -> None:
        layout = stored.layout()
        path = "blobs/" + stored.digest.replace(":", "/")
        layout.replace(path, stored.raw.replace(b"amd64", b"arm64", 1))
        report = analyze(str(layout.write_dir(tmp_path / "layout")))
        (promised, real) = rows(only(report), Kind.SCHEMA1)
        assert (promised.digest, promised.verified) == (stored.digest, False)
        assert real.digest != stored.digest
        assert report.exit_code == 1

    def test_changed_signatures_change_no_digest_and_are_said_to_be_unchecked(
        self, stored: Stored, tmp_path: Path
    ) -> None:
        signature = stored.value["signatures"][0]["signature"].encode()
        assert stored.raw.count(signature) == 1
        folder = copy_of(stored, tmp_path, stored.raw.replace(signature, b"A" + signature[1:]))
        assert manifest_digest(folder / "manifest.json") == stored.digest
        for path in (stored.folder, folder):
            image = only(analyze(str(path)))
            assert image.manifest_digest == stored.digest
            (problem,) = image.problems
            assert problem.code is Code.SIGNATURES_UNCHECKED
            assert "1 signature " in problem.detail

    def test_a_layout_may_promise_the_hash_of_the_file(
        self, stored: Stored, tmp_path: Path
    ) -> None:
        plain = "sha256:" + hashlib.sha256(stored.raw).hexdigest()
        folder = stored.layout(digest=plain).write_dir(tmp_path / "layout")
        image = only(analyze(str(folder)))
        assert [(row.digest, row.verified) for row in rows(image, Kind.SCHEMA1)] == [
            (plain, True),
            (stored.digest, None),
        ]

    def test_a_nested_index_leads_to_it(self, stored: Stored, tmp_path: Path) -> None:
        layout, index = stored.nested()
        image = only(analyze(str(layout.write_dir(tmp_path / "layout"))))
        assert (image.index_digest, image.manifest_digest) == (index, stored.digest)

    def test_it_is_found_without_an_index(self, stored: Stored, layout: Path) -> None:
        (layout / "index.json").unlink()
        image = only(analyze(str(layout)))
        assert image.manifest_digest == stored.digest
        assert image.completeness == "complete"

    def test_it_is_only_named_without_its_blobs(self, stored: Stored, tmp_path: Path) -> None:
        layout = stored.layout().omit(*stored.blobs).write_dir(tmp_path / "layout")
        found = call("inspect", layout, "-o", "json").json["images"]
        assert [image["completeness"] for image in found] == ["absent"]


class TestImage:
    def test_layers_run_from_the_bottom_and_throwaway_steps_are_none(
        self, stored: Stored, original: ImageReport
    ) -> None:
        image = only(analyze(str(stored.folder)))
        assert len(stored.blobs) > len(image.layers)
        assert [layer.diff_id for layer in image.layers] == [
            layer.diff_id for layer in original.layers
        ]
        assert [layer.created_by for layer in image.layers] == [
            layer.created_by for layer in original.layers
        ]
        assert {row.verified for row in rows(image, Kind.LAYER)} == {True}

    def test_chain_ids_follow_from_the_diff_ids_that_were_computed(
        self, stored: Stored, original: ImageReport
    ) -> None:
        image = only(analyze(str(stored.folder)))
        assert values(image, Kind.CHAIN_ID) == values(original, Kind.CHAIN_ID)
        assert [layer.chain_id for layer in image.layers] == values(image, Kind.CHAIN_ID)

    def test_packages_distribution_and_platform_are_those_before(
        self, stored: Stored, original: ImageReport
    ) -> None:
        image = only(analyze(str(stored.folder)))
        assert original.packages
        assert image.packages == original.packages
        assert (image.distro, image.platform) == (original.distro, original.platform)

    def test_a_layer_that_was_altered_is_found(self, stored: Stored, tmp_path: Path) -> None:
        folder = copy_of(stored, tmp_path, stored.raw)
        blob = folder / stored.blobs[0].partition(":")[2]
        raw = blob.read_bytes()
        blob.write_bytes(raw[:4] + b"\1" + raw[5:])  # the time in the gzip header
        assert Code.DIGEST_MISMATCH in {p.code for p in analyze(str(folder)).all_problems}
        assert call("verify", folder).code == 1

    def test_name_and_tag_are_claims(self, stored: Stored, tmp_path: Path) -> None:
        value = stored.value | {"name": "team/app", "tag": "1"}
        folder = copy_of(stored, tmp_path, json.dumps(value).encode())
        assert only(analyze(str(folder))).names == ("team/app:1",)
        assert call("ids", f"{folder}:1").code == 0

    def test_two_architectures_in_one_manifest_are_said(
        self, stored: Stored, tmp_path: Path
    ) -> None:
        value = stored.value | {"architecture": "s390x"}
        folder = copy_of(stored, tmp_path, json.dumps(value).encode())
        problems = analyze(str(folder)).all_problems
        assert Code.PLATFORM_MISMATCH in {problem.code for problem in problems}


class TestImageId:
    def test_there_is_none(self, stored: Stored) -> None:
        image = only(analyze(str(stored.folder)))
        (row,) = rows(image, Kind.IMAGE_ID)
        assert (row.digest, row.origin) == (None, Origin.NOT_RECOVERABLE)
        assert "names no config" in row.reason
        assert image.image_id is None

    def test_the_one_that_skopeo_makes_is_computed(self, stored: Stored, tmp_path: Path) -> None:
        (row,) = rows(only(analyze(str(stored.folder))), Kind.SYNTHESISED)
        copied = convert(f"dir:{stored.folder}", tmp_path / "v2", "--format", "v2s2")
        manifest = json.loads((copied / "manifest.json").read_bytes())
        assert row.digest == manifest["config"]["digest"]
        assert row.origin is Origin.MADE_UP

    def test_a_history_that_is_no_chain_has_none(self, stored: Stored, tmp_path: Path) -> None:
        value = stored.value
        newest = json.loads(value["history"][0]["v1Compatibility"]) | {"parent": "0" * 64}
        value["history"][0]["v1Compatibility"] = json.dumps(newest)
        folder = copy_of(stored, tmp_path, json.dumps(value).encode())
        (row,) = rows(only(analyze(str(folder))), Kind.SYNTHESISED)
        assert (row.digest, row.origin) == (None, Origin.NOT_RECOVERABLE)
        with pytest.raises(AssertionError, match="parent"):
            convert(f"dir:{folder}", tmp_path / "v2", "--format", "v2s2")

    @pytest.mark.parametrize(
        "config",
        [
            {"docker_version": "1.8.3"},
            {"docker_version": "20.10.24+dfsg1", "author": "a <b> & c", "comment": "\u2028x"},
            {},
        ],
        ids=["1.8.3", "escapes", "no version"],
    )
    def test_odd_configs_are_written_as_skopeo_does(
        self, config: dict[str, str], tmp_path: Path
    ) -> None:
        history = [
            {"created": "2020-01-02T03:04:05.120Z", "created_by": "a < b", "author": "<me>"},
            {"created": "2020-01-02T03:04:06+02:00", "comment": "no layer", "empty_layer": True},
        ]
        image = ImageBuilder().layer({"a": b"a"}).config(history=history, **config).build()
        save = write_save(tmp_path / "save.tar", [(image, ("a:1",))])
        one = convert(f"docker-archive:{save}", tmp_path / "one")
        two = convert(f"dir:{one}", tmp_path / "two", "--format", "v2s2")
        (row,) = rows(only(analyze(str(one))), Kind.SYNTHESISED)
        manifest = json.loads((two / "manifest.json").read_bytes())
        assert row.digest == manifest["config"]["digest"]
        before = "sha256:" + hashlib.sha256(image.config).hexdigest()
        assert ("it had before" in row.reason) == (row.digest == before)
        by_docker = "docker_version" in config
        assert row.made_by == ("docker pull, skopeo copy" if by_docker else "skopeo copy")

    def test_json_of_the_oldest_docker_is_not_guessed_at(self, tmp_path: Path) -> None:
        image = ImageBuilder().layer({"a": b"a"}).config(docker_version="1.8.2").build()
        save = write_save(tmp_path / "save.tar", [(image, ("a:1",))])
        one = convert(f"docker-archive:{save}", tmp_path / "one")
        (row,) = rows(only(analyze(str(one))), Kind.SYNTHESISED)
        assert (row.digest, row.origin) == (None, Origin.NOT_RECOVERABLE)


class TestCommands:
    @pytest.mark.parametrize("command", ["analyze", "inspect", "ids", "packages", "verify"])
    def test_each_works_at_80_columns(self, command: str, stored: Stored, layout: Path) -> None:
        for path in (stored.folder, layout):
            answer = call(command, path)
            assert answer.code == 0, answer.text

    def test_the_story_draws_what_the_manifest_commits_to(
        self, stored: Stored, layout: Path
    ) -> None:
        text = call("ids", layout, "--story").text
        assert stored.digest in text
        drawing = text[: text.index("contains the digest of")]
        assert drawing.count("here, verified") == 3  # the manifest and two layers
        assert "they prove nothing" in " ".join(text.split())

    def test_sbom_names_it_by_its_digest(self, stored: Stored) -> None:
        answer = call("sbom", stored.folder)
        assert answer.code == 0
        assert stored.digest.partition(":")[2] in answer.text

    def test_diff_with_the_image_before_finds_the_same_layers(
        self, before: Path, stored: Stored
    ) -> None:
        document = call("diff", before, stored.folder, "-o", "json").json
        (pair,) = document["images"]
        rungs = {rung["rung"]: rung["verdict"] for rung in pair["ladder"]}
        assert (rungs["manifest"], rungs["layers"]) == ("refuted", "proven")
        assert rungs["packages"] == "proven"

    def test_verify_finds_nothing_in_a_layout(self, layout: Path) -> None:
        document = call("verify", layout, "-o", "json").json
        assert document["verdict"] == "holds"
        found = [item for check in document["checks"] for item in check["findings"]]
        assert [item["detail"].partition(",")[0] for item in found] == [
            "1 signature in a schema 1 manifest"
        ]

    def test_lookup_knows_both_hashes(self, stored: Stored) -> None:
        for digest, kind in (
            (stored.digest, "schema1"),
            (hashlib.sha256(stored.raw).hexdigest(), "schema1-file"),
        ):
            answer = call("lookup", digest, stored.folder, "-o", "json")
            assert answer.code == 0
            assert [found["kind"] for found in answer.json["answers"]] == [kind]


def copy_of(stored: Stored, folder: Path, manifest: bytes) -> Path:
    """The same `dir:` with another manifest."""
    target = folder / "copy"
    target.mkdir()
    for path in stored.folder.iterdir():
        (target / path.name).write_bytes(path.read_bytes())
    (target / "manifest.json").write_bytes(manifest)
    return target
