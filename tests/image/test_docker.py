"""Docker archives in every spelling that writers use, and what is wrong with some."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer import AnalyzerError, Limits, analyze
from analyzer.errors import InputError, MalformedImage
from analyzer.image.claims import config_digest, layer_digest
from analyzer.problems import Code, Severity
from tests.image.inputs import codes, digest, errors, ids, image, problems, read
from tests.support.codecs import compact, compress, hex_of
from tests.support.documents import Image, Json
from tests.support.imagebuilder import ImageBuilder, tar_bytes, write_save
from tests.support.saves import save_entries
from tests.support.tarbytes import Entry
from tests.support.tools import require_tool, run


def save(path: Path, items: object, files: dict[str, Entry] | None = None) -> Path:
    """An archive of `manifest.json` with `items`, and other files."""
    document = items if isinstance(items, bytes) else compact(items)
    target = path / "save.tar"
    target.write_bytes(tar_bytes({**(files or {}), "manifest.json": document}))
    return target


def item(config: str, layers: list[str], tags: list[str] | None = None) -> Json:
    return {"Config": config, "RepoTags": tags, "Layers": layers}


def files_of(built: Image, config: str = "c.json") -> dict[str, Entry]:
    """Config and layers of an image as `c.json`, `0.tar`, `1.tar`, ..."""
    layers: dict[str, Entry] = {f"{n}.tar": layer.tar for n, layer in enumerate(built.layers)}
    return {config: built.config} | layers


class TestForms:
    @pytest.mark.parametrize("style", ["legacy", "skopeo"])
    def test_names_ids_and_layers(self, tmp_path: Path, style: str) -> None:
        layer = {"etc/a": b"a"}
        built = ImageBuilder().layer(layer).layer({"etc/b": b"b"}).layer(layer).build()
        path = write_save(tmp_path / "a.tar", [(built, ("one:1", "two/three:2"))], style)
        report = analyze(str(path))
        (only,) = report.images
        assert only.names == ("one:1", "two/three:2")
        assert only.image_id == built.image_id
        assert only.manifest_digest is None
        assert only.index_digest is None
        assert [layer.diff_id for layer in only.layers] == list(built.diff_ids)
        assert [layer.digest for layer in only.layers] == [None] * 3
        assert [layer.created_by for layer in only.layers] == [
            f"COPY layer{number} / # buildkit" for number in (1, 2, 3)
        ]
        assert report.all_problems == ()

    @pytest.mark.parametrize("style", ["legacy", "skopeo", "hybrid", "containerd"])
    def test_skopeo_agrees_about_the_config(self, tmp_path: Path, style: str) -> None:
        path = write_save(tmp_path / "a.tar", [(image("a"), ("one:1",)), (image("b"), ())], style)
        for number, found in enumerate(read(path).images):
            reference = f"docker-archive:{path}:@{number}"
            command = [require_tool("skopeo"), "inspect", "--config", "--raw", reference]
            assert found.image_id == digest(run(command).stdout)

    def test_several_images_in_the_order_of_the_file(self, tmp_path: Path) -> None:
        built = [image(text) for text in "abc"]
        path = write_save(tmp_path / "a.tar", [(one, ()) for one in built])
        found = read(path)
        assert ids(found.images) == [one.image_id for one in built]
        assert [one.position for one in found.images] == [0, 1, 2]
        assert [one.names for one in found.images] == [(), (), ()]

    @pytest.mark.parametrize(
        "config", ["c.json", "config.json", "sha256:{}", "{}.json", "blobs/sha256/{}", "./{}.json"]
    )
    def test_the_config_may_have_any_name(self, tmp_path: Path, config: str) -> None:
        built = image()
        name = config.format(hex_of(built.image_id))
        path = save(tmp_path, [item(name, ["0.tar"])], files_of(built, name))
        assert ids(read(path).images) == [built.image_id]

    @pytest.mark.parametrize(
        "members",
        [
            ("config", "repoTags", "layers"),  # jib
            ("CONFIG", "REPOTAGS", "LAYERS"),
        ],
    )
    def test_members_in_any_case_as_go_reads_them(
        self, tmp_path: Path, members: tuple[str, str, str]
    ) -> None:
        built = image()
        value = dict(zip(members, ("c.json", ["a:1"], ["0.tar"]), strict=True))
        (only,) = read(save(tmp_path, [value], files_of(built))).images
        assert (only.image_id, only.names) == (built.image_id, ("a:1",))
        assert only.completeness == "complete"

    @pytest.mark.parametrize("name", ["layer.tar", "/layer.tar", "./layer.tar", "x/../layer.tar"])
    def test_a_layer_may_be_named_with_detours(self, tmp_path: Path, name: str) -> None:
        built = image()
        files: dict[str, Entry] = {"c.json": built.config, "layer.tar": built.layers[0].tar}
        (only,) = read(save(tmp_path, [item("c.json", [name])], files)).images
        assert only.completeness == "complete"

    @pytest.mark.parametrize("codec", ["gzip", "zstd"])
    def test_a_compressed_layer_has_a_digest_whatever_its_name(
        self, tmp_path: Path, codec: str
    ) -> None:
        built = image()
        blob = compress(built.layers[0].tar, codec)
        files: dict[str, Entry] = {"c.json": built.config, "layer.tar": blob}
        report = analyze(str(save(tmp_path, [item("c.json", ["layer.tar"])], files)))
        (layer,) = report.images[0].layers
        assert (layer.digest, layer.diff_id) == (digest(blob), built.diff_ids[0])
        assert layer.compression == codec
        assert report.exit_code == 0

    def test_one_image_listed_once_per_name_is_one_image(self, tmp_path: Path) -> None:
        built = image()
        items = [item("c.json", ["0.tar"], ["a:1"]), item("c.json", ["0.tar"], ["a:2", "a:1"])]
        found = read(save(tmp_path, items, files_of(built)))
        assert [(one.position, one.names) for one in found.images] == [(0, ("a:1", "a:2"))]

    @pytest.mark.parametrize(
        ("name", "claim"),
        [
            ("a" * 64 + ".json", "a" * 64),
            ("sha256:" + "b" * 64, "b" * 64),
            ("blobs/sha256/" + "c" * 64, "c" * 64),
            ("config.json", None),
            ("a" * 63 + ".json", None),
            ("A" * 64 + ".json", None),
            ("a" * 64 + ".tar", None),
        ],
    )
    def test_some_names_claim_a_digest(self, name: str, claim: str | None) -> None:
        assert config_digest(name) == (claim and f"sha256:{claim}")

    @pytest.mark.parametrize(
        ("name", "claim"),
        [
            ("a" * 64 + ".tar", "a" * 64),
            ("a" * 64 + ".tar.gz", "a" * 64),
            ("a" * 64 + ".tar.zst", "a" * 64),
            ("sha256:" + "b" * 64 + ".tar", "b" * 64),
            ("blobs/sha256/" + "c" * 64, "c" * 64),
            ("blobs/sha256/" + "c" * 64 + ".tar.gz", "c" * 64),
            ("a" * 64 + "/layer.tar", None),
            ("a" * 64, None),
            ("layers/" + "a" * 64 + ".tar", None),
            ("a" * 63 + ".tar", None),
            ("A" * 64 + ".tar", None),
            ("0.tar", None),
        ],
    )
    def test_some_layer_names_claim_a_digest(self, name: str, claim: str | None) -> None:
        assert layer_digest(name) == (claim and f"sha256:{claim}")


class TestDamage:
    @pytest.mark.parametrize("raw", [b"null", b"{}", b"1", b'"x"', b"", b"[", b"\xef\xbb\xbf[]"])
    def test_a_manifest_json_that_is_none_is_refused(self, tmp_path: Path, raw: bytes) -> None:
        with pytest.raises(MalformedImage) as caught:
            read(save(tmp_path, raw))
        assert caught.value.where == "manifest.json"

    def test_an_empty_one_is_an_archive_without_images(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="lists no image") as caught:
            read(save(tmp_path, []))
        assert caught.value.code is Code.NO_IMAGES

    @pytest.mark.parametrize(
        "wrong",
        [
            None,
            1,
            "x",
            [],
            {},
            {"Config": 1},
            {"Config": "c.json", "Layers": "0.tar"},
            {"Config": "c.json", "Layers": [1]},
        ],
    )
    def test_one_entry_of_wrong_types_leaves_the_others(
        self, tmp_path: Path, wrong: object
    ) -> None:
        built = image()
        found = read(save(tmp_path, [wrong, item("c.json", ["0.tar"])], files_of(built)))
        assert [(one.position, one.image_id) for one in found.images] == [(1, built.image_id)]
        assert [(p.code, p.where) for p in errors(found)] == [
            (Code.BAD_DOCUMENT, "manifest.json entry 0")
        ]

    def test_nothing_but_such_entries_is_an_error_that_says_why(self, tmp_path: Path) -> None:
        with pytest.raises(InputError) as caught:
            read(save(tmp_path, [{"Config": 1}]))
        assert "'Config'" in caught.value.hint

    def test_tags_of_a_wrong_type_leave_the_image(self, tmp_path: Path) -> None:
        built = image()
        value = {"Config": "c.json", "RepoTags": "a:1", "Layers": ["0.tar"]}
        found = read(save(tmp_path, [value], files_of(built)))
        assert found.images[0].names == ()
        assert codes(found, Severity.WARNING) == {Code.BAD_DOCUMENT}

    def test_a_config_that_is_not_what_its_name_says(self, tmp_path: Path) -> None:
        built = image()
        name = "a" * 64 + ".json"
        report = analyze(str(save(tmp_path, [item(name, ["0.tar"])], files_of(built, name))))
        assert report.images[0].image_id == built.image_id
        assert [p.code for p in report.all_problems] == [Code.NAME_MISMATCH]
        assert report.exit_code == 1

    def test_a_missing_config_leaves_the_layers(self, tmp_path: Path) -> None:
        files = files_of(image())
        del files["c.json"]
        report = analyze(str(save(tmp_path, [item("c.json", ["0.tar"], ["a:1"])], files)))
        (only,) = report.images
        assert only.completeness == "partial"
        assert only.image_id is None
        assert [(p.code, p.where) for p in only.problems] == [(Code.BLOB_MISSING, "c.json")]
        assert report.exit_code == 3

    def test_a_missing_layer_leaves_the_others(self, tmp_path: Path) -> None:
        built = ImageBuilder().layer({"etc/os-release": b"ID=debian\n"}).layer({"b": b"b"}).build()
        files = files_of(built)
        del files["1.tar"]
        report = analyze(str(save(tmp_path, [item("c.json", ["0.tar", "1.tar"])], files)))
        (only,) = report.images
        assert only.distro is not None
        assert [(p.code, p.where) for p in only.problems] == [(Code.BLOB_MISSING, "1.tar")]
        assert report.exit_code == 3

    def test_nothing_of_the_only_image_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="nothing of a:1"):
            analyze(str(save(tmp_path, [item("c.json", ["0.tar"], ["a:1"])])))

    def test_a_name_out_of_the_archive_is_looked_for_inside(self, tmp_path: Path) -> None:
        with pytest.raises(AnalyzerError) as caught:
            analyze(str(save(tmp_path, [item("../../../etc/passwd", [])])))
        assert caught.value.where == "etc/passwd"

    def test_more_layers_than_diff_ids(self, tmp_path: Path) -> None:
        built = image()
        path = save(tmp_path, [item("c.json", ["0.tar", "0.tar"])], files_of(built))
        (only,) = analyze(str(path)).images
        assert Code.LAYER_COUNT_MISMATCH in {p.code for p in only.problems}
        assert [layer.diff_id for layer in only.layers] == [built.diff_ids[0]] * 2
        assert [layer.chain_id for layer in only.layers] == [built.diff_ids[0], None]

    def test_fewer_layers_than_diff_ids(self, tmp_path: Path) -> None:
        built = ImageBuilder().layer({"a": b"a"}).layer({"b": b"b"}).build()
        (only,) = analyze(str(save(tmp_path, [item("c.json", ["0.tar"])], files_of(built)))).images
        assert Code.LAYER_COUNT_MISMATCH in {p.code for p in only.problems}
        assert [layer.diff_id for layer in only.layers] == [built.diff_ids[0]]

    def test_links_between_layers_that_lead_nowhere(self, tmp_path: Path) -> None:
        entries = save_entries([(image(), ("a:1",))], "skopeo")
        layer = next(name for name in entries if name.endswith(".tar") and "/" not in name)
        del entries[layer]
        (tmp_path / "a.tar").write_bytes(tar_bytes(entries))
        found = read(tmp_path / "a.tar")
        assert codes(found) == {Code.BLOB_MISSING}


class TestLimits:
    def test_layers_per_image_leaves_the_other_images(self, tmp_path: Path) -> None:
        built = image()
        items = [item("c.json", ["0.tar"] * 3), item("c.json", ["0.tar"])]
        path = save(tmp_path, items, files_of(built))
        assert len(read(path, Limits(layers_per_image=3)).images) == 2
        found = read(path, Limits(layers_per_image=2))
        assert [one.position for one in found.images] == [1]
        (problem,) = errors(found)
        assert (problem.code, problem.where) == (Code.LIMIT_EXCEEDED, "manifest.json entry 0")

    def test_entries_count_as_descriptors(self, tmp_path: Path) -> None:
        built = image()
        items = [item("c.json", ["0.tar"] * number) for number in (1, 2, 3)]
        path = save(tmp_path, items, files_of(built))
        assert codes(read(path, Limits(index_descriptors=3))) == {Code.LAYER_COUNT_MISMATCH}
        found = read(path, Limits(index_descriptors=2))
        assert len(found.images) == 2
        assert Code.LIMIT_EXCEEDED in codes(found)

    def test_document_bytes(self, tmp_path: Path) -> None:
        built = image()
        document = compact([item("c.json", ["0.tar"])]).ljust(2000)
        path = save(tmp_path, document, files_of(built))
        assert problems(read(path, Limits(document_bytes=2000))) == []
        with pytest.raises(AnalyzerError, match="document_bytes") as caught:
            read(path, Limits(document_bytes=1999))
        assert caught.value.code is Code.LIMIT_EXCEEDED
        assert caught.value.where == "manifest.json"


def test_the_tree_shows_each_entry_with_its_parts(tmp_path: Path) -> None:
    built = image()
    (root, *_) = read(write_save(tmp_path / "a.tar", [(built, ("a:1",))], "skopeo")).tree
    assert root.kind == "docker-manifest"
    (entry,) = root.children
    assert (entry.kind, entry.names, entry.platform) == ("image", ("a:1",), "linux/amd64")
    assert [child.kind for child in entry.children] == ["config", "layer"]
    assert entry.children[0].declared == built.image_id
