"""Two views of the same images in one file, and skopeo's `dir:` folders."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analyzer import AnalyzerError, analyze
from analyzer.image.identity import LOCAL_MANIFEST, Kind, Origin
from analyzer.problems import Code, Severity
from tests.image.inputs import codes, digest, errors, ids, image, known, only, problems, read
from tests.support.codecs import compact, hex_of
from tests.support.documents import Image
from tests.support.imagebuilder import ImageBuilder, Layout, attestation, make_index, tar_bytes
from tests.support.saves import save_entries, write_save
from tests.support.tarbytes import Entry, File
from tests.support.tools import require_tool, run


def two_layers() -> Image:
    return ImageBuilder().layer({"etc/a": b"a"}).layer({"etc/b": b"b"}).build()


def document(entries: dict[str, Entry], name: str) -> bytes:
    entry = entries[name]
    assert isinstance(entry, File)
    assert isinstance(entry.data, bytes)
    return entry.data


def write(path: Path, entries: dict[str, Entry]) -> Path:
    path.mkdir(exist_ok=True)
    (path / "save.tar").write_bytes(tar_bytes(entries))
    return path / "save.tar"


class TestBothViews:
    @pytest.mark.parametrize("style", ["hybrid", "containerd"])
    def test_one_image_with_the_names_of_both(self, tmp_path: Path, style: str) -> None:
        built = two_layers()
        names = ("test/one:1", "localhost:5000/one:2")
        found = read(write_save(tmp_path / "a.tar", [(built, names)], style))
        assert ids(found.images) == [built.image_id]
        assert found.images[0].names == ("docker.io/test/one:1", "localhost:5000/one:2")
        assert errors(found) == []

    @pytest.mark.parametrize("names", [("test/one:1",), ()])
    def test_the_manifest_of_the_graph_driver_is_marked(
        self, tmp_path: Path, names: tuple[str, ...]
    ) -> None:
        """`LayerSources` tells; without a name docker writes no `repositories`."""
        built = two_layers()
        (saved,) = analyze(str(write_save(tmp_path / "a.tar", [(built, names)], "hybrid"))).images
        assert only(saved, Kind.MANIFEST).reason == LOCAL_MANIFEST
        assert saved.manifest_digest == built.uncompressed().digest

    def test_the_manifest_of_the_containerd_store_is_not(self, tmp_path: Path) -> None:
        built = two_layers()
        path = write_save(tmp_path / "a.tar", [(built, ("test/one:1",))], "containerd")
        (saved,) = analyze(str(path)).images
        assert only(saved, Kind.MANIFEST).reason == ""
        assert saved.manifest_digest == built.digest

    def test_nor_is_one_whose_layers_are_compressed(self, tmp_path: Path) -> None:
        """Docker's graphdriver store has raw layers only, so it did not make this manifest."""
        entries = save_entries([(two_layers(), ("a:1",))], "containerd")
        items = json.loads(document(entries, "manifest.json"))
        items[0]["LayerSources"] = {digest(b"x"): {"size": 1}}
        entries["manifest.json"] = compact(items)
        (saved,) = analyze(str(write(tmp_path, entries))).images
        assert only(saved, Kind.MANIFEST).reason == ""

    @pytest.mark.parametrize("tag", ["a:1", "library/a:1", "docker.io/library/a:1"])
    def test_a_name_in_another_spelling_is_no_second_name(self, tmp_path: Path, tag: str) -> None:
        entries = save_entries([(image(), ("a:1",))], "containerd")
        items = json.loads(document(entries, "manifest.json"))
        items[0]["RepoTags"] = [tag]
        entries["manifest.json"] = compact(items)
        found = read(write(tmp_path, entries))
        assert found.images[0].names == ("docker.io/library/a:1",)

    def test_an_image_that_index_json_lacks_is_added(self, tmp_path: Path) -> None:
        """Docker 25.0.0 to 25.0.2 (moby#47150)."""
        entries = save_entries([(image("a"), ("a:1",)), (image("b"), ())], "hybrid")
        index = json.loads(document(entries, "index.json"))
        del index["manifests"][1]
        entries["index.json"] = compact(index)
        found = read(write(tmp_path, entries))
        assert [(one.position, one.image_id) for one in found.images] == [
            (0, image("a").image_id),
            (1, image("b").image_id),
        ]
        assert [one.manifest is None for one in found.images] == [False, True]
        assert codes(found, Severity.WARNING) == {Code.VIEWS_DISAGREE}

    def test_an_index_json_without_any_image_is_no_obstacle(self, tmp_path: Path) -> None:
        entries = save_entries([(image(), ())], "hybrid")
        entries["index.json"] = b'{"schemaVersion":2,"manifests":[]}'
        assert ids(read(write(tmp_path, entries)).images) == [image().image_id]

    @pytest.mark.parametrize("broken", ["index.json", "manifest.json"])
    def test_one_view_is_enough(self, tmp_path: Path, broken: str) -> None:
        entries = save_entries([(image(), ("a:1",))], "containerd")
        entries[broken] = b"{"
        report = analyze(str(write(tmp_path, entries)))
        assert [one.image_id for one in report.images] == [image().image_id]
        assert report.images[0].names[0].endswith("a:1")
        bad = [p for p in report.all_problems if p.severity is Severity.ERROR]
        assert {(p.code, p.where) for p in bad} == {(Code.BAD_DOCUMENT, broken)}
        assert report.exit_code == 3

    def test_docker_view_alone_when_no_manifest_is_left_either(self, tmp_path: Path) -> None:
        built = image()
        entries = save_entries([(built, ("a:1",))], "containerd")
        entries["index.json"] = b"{"
        del entries[f"blobs/sha256/{hex_of(built.digest)}"]
        report = analyze(str(write(tmp_path, entries)))
        assert [(one.names, one.image_id) for one in report.images] == [(("a:1",), built.image_id)]
        assert report.exit_code == 3

    def test_neither_view_is_an_error(self, tmp_path: Path) -> None:
        files: dict[str, Entry] = {"index.json": b"{", "oci-layout": b"{}", "manifest.json": b"["}
        with pytest.raises(AnalyzerError) as caught:
            read(write(tmp_path, files))
        assert caught.value.where == "index.json"

    def test_a_missing_config_is_not_taken_for_another_image(self, tmp_path: Path) -> None:
        built = image()
        entries = save_entries([(built, ("a:1",))], "containerd")
        del entries[f"blobs/sha256/{hex_of(built.image_id)}"]
        found = read(write(tmp_path, entries))
        assert [one.completeness for one in found.images] == ["partial"]
        assert found.images[0].names == ("docker.io/library/a:1",)

    def test_layers_in_another_order_are_put_in_that_of_the_diff_ids(self, tmp_path: Path) -> None:
        """Docker 25.0.0 wrote the layers of manifests in random order."""
        built = two_layers().uncompressed()
        bent = json.loads(built.raw)
        bent["layers"].reverse()
        entries = save_entries([(two_layers(), ("a:1",))], "hybrid")
        raw = compact(bent)
        index = json.loads(document(entries, "index.json"))
        index["manifests"][0] |= {"digest": digest(raw), "size": len(raw)}
        del entries[f"blobs/sha256/{hex_of(built.digest)}"]
        entries[f"blobs/sha256/{hex_of(digest(raw))}"] = raw
        entries["index.json"] = compact(index)
        report = analyze(str(write(tmp_path, entries)))
        (saved,) = report.images
        assert [layer.diff_id for layer in saved.layers] == list(built.diff_ids)
        assert [layer.digest for layer in saved.layers] == list(built.diff_ids)
        assert known(saved, Kind.DIFF_ID, 0) == [(built.diff_ids[0], Origin.STORED, True)]
        assert [layer.created_by[:11] for layer in saved.layers] == ["COPY layer1", "COPY layer2"]
        said = [p for p in report.all_problems if p.severity is not Severity.NOTE]
        assert [(p.code, p.severity) for p in said] == [(Code.VIEWS_DISAGREE, Severity.WARNING)]
        assert report.exit_code == 0

    def test_other_layers_in_manifest_json_are_said(self, tmp_path: Path) -> None:
        built = two_layers()
        entries = save_entries([(built, ("a:1",))], "containerd")
        items = json.loads(document(entries, "manifest.json"))
        items[0]["Layers"][1] = items[0]["Layers"][0]
        entries["manifest.json"] = compact(items)
        (saved,) = analyze(str(write(tmp_path, entries))).images
        assert [layer.digest for layer in saved.layers] == list(built.layer_digests)
        assert {p.code for p in saved.problems} == {Code.VIEWS_DISAGREE}

    def test_names_that_both_views_know_are_not_doubled(self, tmp_path: Path) -> None:
        here, other = image("a"), image("b", "linux/arm64")
        layout = Layout()
        layout.add_index([here, other], name="x.io/app:1")
        config = f"blobs/sha256/{hex_of(here.image_id)}"
        layers = [f"blobs/sha256/{hex_of(name)}" for name in here.layer_digests]
        item = {"Config": config, "RepoTags": ["x.io/app:1"], "Layers": layers}
        layout.replace("manifest.json", compact([item]))
        found = read(layout.write_tar(tmp_path / "a.tar"))
        assert [(one.position, one.names) for one in found.images] == [
            (0, ("x.io/app:1",)),
            (0, ("x.io/app:1",)),
        ]
        assert problems(found) == []


class TestDir:
    @staticmethod
    def write(path: Path, documents: dict[str, bytes], built: Image) -> Path:
        path.mkdir(exist_ok=True)
        blobs = {hex_of(name): blob for name, blob in built.blobs.items()}
        version = b"Directory Transport Version: 1.1\n"
        for name, data in {"version": version, **documents, **blobs}.items():
            (path / name).write_bytes(data)
        return path

    def test_one_manifest(self, tmp_path: Path) -> None:
        built = two_layers()
        report = analyze(str(self.write(tmp_path / "d", {"manifest.json": built.raw}, built)))
        (saved,) = report.images
        assert report.source.kind == "dir directory"
        assert (saved.image_id, saved.manifest_digest) == (built.image_id, built.digest)
        assert known(saved, Kind.MANIFEST) == [(built.digest, Origin.COMPUTED, None)]
        assert [layer.digest for layer in saved.layers] == list(built.layer_digests)
        assert report.all_problems == ()

    def test_what_skopeo_writes_for_all_platforms(self, tmp_path: Path) -> None:
        layout = Layout()
        index = layout.add_index([image("a"), image("b", "linux/arm64")], ref_name="1")
        source = layout.write_dir(tmp_path / "layout")
        target = tmp_path / "dir"
        skopeo = [require_tool("skopeo"), "copy", "--quiet", "--all", "--insecure-policy"]
        run([*skopeo, f"oci:{source}:1", f"dir:{target}"])
        raw = (target / "manifest.json").read_bytes()
        assert digest(raw) == index.digest
        report = analyze(f"dir:{target}")
        assert [one.image_id for one in report.images] == [one.image_id for one in layout.images]
        assert {one.index_digest for one in report.images} == {digest(raw)}
        assert [one.completeness for one in report.images] == ["complete", "complete"]
        assert report.exit_code == 0

    def test_a_manifest_that_is_none_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(AnalyzerError) as caught:
            read(self.write(tmp_path / "d", {"manifest.json": b"[]"}, two_layers()))
        assert caught.value.where == "manifest.json"


def test_an_attestation_beside_docker_view_is_still_none(tmp_path: Path) -> None:
    """BuildKit `type=docker` with attestations: `index.json` leads to a nested index."""
    built = image()
    index = make_index([built, attestation(built)])
    layout = Layout()
    layout.add(index, name="x.io/app:1")
    layers = [f"blobs/sha256/{hex_of(name)}" for name in built.layer_digests]
    config = f"blobs/sha256/{hex_of(built.image_id)}"
    item = {"Config": config, "RepoTags": None, "Layers": layers}
    layout.replace("manifest.json", compact([item]))
    found = read(layout.write_tar(tmp_path / "a.tar"))
    assert ids(found.images) == [built.image_id]
    assert found.images[0].index_digest == index.digest
