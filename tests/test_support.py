"""The test helpers themselves: tool lookup and the image builder.

The builder is checked against the standard library's `tarfile` and `hashlib`, against
an archive that the real engine wrote, and against skopeo where it is installed.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any, ClassVar

import pytest
import zstandard

from tests.support import saves, tarbytes, tools
from tests.support.hostile import EXPECT, HOSTILE, Expect
from tests.support.hostile_layers import gzip_bomb, zstd_bomb
from tests.support.imagebuilder import (
    Device,
    Dir,
    Entry,
    File,
    HardLink,
    Image,
    ImageBuilder,
    Layout,
    Link,
    attestation,
    compress,
    tar_bytes,
    write_save,
)

STYLES = ("legacy", "skopeo", "hybrid", "containerd")


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def two_layers() -> ImageBuilder:
    base: dict[str, Entry] = {"etc": Dir(), "etc/os-release": b"ID=alpine\n", "d/x": b"low"}
    upper = {"d/.wh..wh..opq": b"", "d/x": b"up"}
    return ImageBuilder().layer(base).layer(upper, codec="zstd")


def members(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as archive:
        pairs = [(item.name, archive.extractfile(item)) for item in archive]
        return {name: file.read() for name, file in pairs if file is not None}


class TestToolLookup:
    def test_a_tool_that_exists_gives_its_path(self) -> None:
        assert Path(tools.require_tool("tar")).is_file()

    def test_a_missing_tool_skips_on_a_laptop(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv(tools.REQUIRE, raising=False)
        with pytest.raises(pytest.skip.Exception):
            tools.require_tool("no-such-tool")

    def test_a_missing_tool_fails_where_tools_are_promised(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(tools.REQUIRE, "1")
        with pytest.raises(pytest.fail.Exception, match="no-such-tool"):
            tools.require_tool("no-such-tool")

    def test_a_missing_shared_file_skips(self) -> None:
        with pytest.raises(pytest.skip.Exception):
            tools.shared("no", "such", "file")

    def test_a_failing_program_is_an_error_with_its_words(self) -> None:
        with pytest.raises(AssertionError, match="no-such-file"):
            tools.run(["ls", "no-such-file"])
        assert tools.run(["ls", "no-such-file"], check=False).returncode != 0


class TestTarBytes:
    ENTRIES: ClassVar[dict[str, Entry]] = {
        "plain": File(b"x" * 700, mode=0o4755, uid=1000, gid=100),
        "far/" + "long-name/" * 20 + "end": b"deep",
        "na\u00efve": b"utf-8",
        "raw\udcff": b"not utf-8",
        "late": File(b"", mtime=1.5, uid=3_000_000),
        "cap": File(b"", xattrs={"security.capability": b"\x01\x00\x00\x02\xff"}),
        "dir": Dir(mode=0o1777),
        "soft": Link("../" + "t" * 120),
        "hard": HardLink("plain"),
        "null": Device("c", 1, 3),
        "disk": Device("b", 8, 0),
        "pipe": Device("p"),
    }

    def read(self) -> dict[str, tarfile.TarInfo]:
        with tarfile.open(fileobj=io.BytesIO(tar_bytes(self.ENTRIES))) as archive:
            return {item.name: item for item in archive}

    def test_tarfile_reads_every_name_in_order(self) -> None:
        assert list(self.ENTRIES) == list(self.read())

    def test_tarfile_reads_every_attribute(self) -> None:
        found = self.read()
        plain = found["plain"]
        assert (plain.size, plain.mode, plain.uid, plain.gid) == (700, 0o4755, 1000, 100)
        assert (found["late"].mtime, found["late"].uid) == (1.5, 3_000_000)
        assert found["dir"].isdir()
        assert found["dir"].mode == 0o1777
        assert found["soft"].issym()
        assert found["soft"].linkname == "../" + "t" * 120
        assert found["hard"].islnk()
        assert found["hard"].linkname == "plain"
        assert (found["null"].type, found["null"].devminor) == (tarfile.CHRTYPE, 3)
        assert (found["disk"].type, found["disk"].devmajor) == (tarfile.BLKTYPE, 8)
        assert found["pipe"].isfifo()
        value = found["cap"].pax_headers["SCHILY.xattr.security.capability"]
        assert value.encode("utf-8", "surrogateescape") == b"\x01\x00\x00\x02\xff"

    def test_a_list_of_pairs_may_hold_a_name_twice(self) -> None:
        data = tar_bytes([("a", b"1"), ("a", b"2")])
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            assert archive.getnames() == ["a", "a"]


@pytest.mark.parametrize("codec", ["none", "gzip", "gzip-multi", "xz", "bzip2"])
def test_every_codec_keeps_the_diff_id_and_is_reproducible(codec: str) -> None:
    image = ImageBuilder().layer({"a": b"1" * 5000}, codec=codec).build()
    with tarfile.open(fileobj=io.BytesIO(image.layers[0].blob)) as archive:
        assert archive.getnames() == ["a"]
    plain = ImageBuilder().layer({"a": b"1" * 5000}, codec="none").build()
    assert image.diff_ids == plain.diff_ids
    assert image.image_id == plain.image_id
    assert compress(plain.layers[0].tar, codec) == image.layers[0].blob


def test_gzip_multi_has_several_members() -> None:
    blob = compress(b"abc" * 100, "gzip-multi")
    assert blob.count(b"\x1f\x8b\x08") >= 3
    assert gzip.decompress(blob) == b"abc" * 100


def test_a_size_of_8_gib_and_more_is_written_in_base_256() -> None:
    info = tarfile.TarInfo.frombuf(tarbytes.header(b"zeros", 1 << 34), "utf-8", "strict")
    assert (info.name, info.size) == ("zeros", 1 << 34)


class TestImage:
    def test_every_digest_is_the_hash_of_the_stored_bytes(self, tmp_path: Path) -> None:
        image = two_layers().platform("linux/arm64/v8").build()
        layout = Layout()
        layout.add(image, ref_name="1")
        root = layout.write_dir(tmp_path)
        for blob in (root / "blobs/sha256").iterdir():
            assert blob.name == hashlib.sha256(blob.read_bytes()).hexdigest()
        index = json.loads((root / "index.json").read_bytes())
        assert index["manifests"][0]["digest"] == image.manifest_digest
        manifest = json.loads(image.manifest)
        assert manifest["config"]["digest"] == image.image_id == digest(image.config)
        named = [layer["digest"] for layer in manifest["layers"]]
        assert tuple(named) == image.layer_digests
        config = json.loads(image.config)
        assert tuple(config["rootfs"]["diff_ids"]) == image.diff_ids
        assert config["variant"] == "v8"
        assert index["manifests"][0]["platform"]["architecture"] == "arm64"

    def test_it_lies_when_told_and_stores_under_the_declared_name(self) -> None:
        wrong = "sha256:" + "0" * 64
        builder = ImageBuilder().layer(
            {"a": b""}, declare_digest=wrong, declare_size=7, declare_diff_id=wrong
        )
        image = builder.declare_config_digest("sha256:" + "1" * 64).build()
        entry = json.loads(image.manifest)["layers"][0]
        assert (entry["digest"], entry["size"]) == (wrong, 7)
        assert json.loads(image.config)["rootfs"]["diff_ids"] == [wrong]
        assert image.blobs[wrong] == image.layers[0].blob
        assert image.layer_digests[0] != wrong

    def test_docker_schema_has_other_media_types_and_the_same_image_id(self) -> None:
        oci, docker = two_layers().build(), two_layers().build("docker")
        assert oci.image_id == docker.image_id
        assert oci.manifest_digest != docker.manifest_digest
        text = docker.manifest.decode()
        assert "distribution.manifest.v2" in text
        assert "oci" not in text


class TestLayout:
    def test_nested_indexes_and_attestations(self) -> None:
        layout = Layout()
        image = two_layers().build()
        note = attestation(image)
        inner = layout.add_index([image, note], name="docker.io/test/one:1")
        layout.add_index([inner], ref_name="outer", platform=False)
        entries = json.loads(inner.raw)["manifests"]
        assert entries[1]["platform"] == {"architecture": "unknown", "os": "unknown"}
        refers = entries[1]["annotations"]["vnd.docker.reference.digest"]
        assert refers == image.manifest_digest
        outer = json.loads(layout.index_json)["manifests"]
        assert [entry["digest"] for entry in outer] == [index.digest for index in layout.indexes]
        assert outer[0]["annotations"] == {
            "io.containerd.image.name": "docker.io/test/one:1",
            "org.opencontainers.image.ref.name": "1",
        }

    def test_directory_and_archive_hold_the_same_files(self, tmp_path: Path) -> None:
        layout = Layout()
        layout.add(two_layers())
        folder = layout.write_dir(tmp_path / "dir")
        archive = members(layout.write_tar(tmp_path / "a.tar", compress="gzip"))
        files = [path for path in folder.rglob("*") if path.is_file()]
        stored = {str(path.relative_to(folder)): path.read_bytes() for path in files}
        assert stored == archive

    def test_omitted_extra_and_replaced_files(self) -> None:
        layout = Layout()
        image = layout.add(two_layers())
        stray = layout.extra_blob(b"stray")
        layout.omit(image.digest).replace("oci-layout", None)
        files = layout.files()
        assert f"blobs/sha256/{stray[7:]}" in files
        assert f"blobs/sha256/{image.digest[7:]}" not in files
        assert "oci-layout" not in files

    def test_docker_schema_gives_a_manifest_list(self) -> None:
        layout = Layout(schema="docker")
        arm = two_layers().platform("linux/arm64")
        index = layout.add_index([two_layers(), arm], ref_name="1")
        assert "manifest.list.v2" in index.media_type
        assert b"distribution.manifest.v2" in index.raw

    def test_two_runs_give_the_same_bytes(self) -> None:
        def once() -> bytes:
            layout = Layout()
            layout.add_index([two_layers(), two_layers().platform("linux/arm64")])
            return layout.tar()

        assert once() == once()


def item_of(files: dict[str, bytes]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(files["manifest.json"])[0]
    return document


@pytest.mark.parametrize("style", STYLES)
def test_every_save_names_the_config_and_the_layers(style: str, tmp_path: Path) -> None:
    image = two_layers().build()
    path = write_save(tmp_path / "s.tar", [(image, ["test/one:1"])], style=style)
    files = members(path)
    item = item_of(files)
    assert item["RepoTags"] == ["test/one:1"]
    assert digest(files[item["Config"]]) == image.image_id
    hashes = tuple(digest(files[layer]) for layer in item["Layers"])
    wanted = image.layer_digests if style == "containerd" else image.diff_ids
    assert hashes == wanted


def test_a_repeated_layer_is_a_symlink_in_the_legacy_form(tmp_path: Path) -> None:
    same = ImageBuilder().layer({"a": b"1"}).layer({"a": b"1"}).build()
    path = write_save(tmp_path / "s.tar", [same])
    with tarfile.open(path) as archive:
        links = [item.linkname for item in archive if item.issym()]
    assert len(links) == 1
    assert links[0].startswith("../")
    path = write_save(tmp_path / "t.tar", [same], symlink_repeated_layers=False)
    with tarfile.open(path) as archive:
        assert not [item for item in archive if item.issym()]


def image_from(archive: Path) -> Image:
    """Rebuild an image from a save, so that the writers can be compared."""
    files = members(archive)
    item = item_of(files)
    builder = ImageBuilder().config_bytes(files[item["Config"]])
    for layer in item["Layers"]:
        builder.layer(raw_tar=files[layer])
    return builder.build()


@pytest.mark.parametrize(
    ("sample", "style", "name"),
    [
        ("docker-20.10-save.tar", "legacy", "test/one:1"),
        ("podman-4.3-save-docker-archive.tar", "skopeo", "localhost:5000/one:d20"),
        ("docker-29-save-graphdriver-store.tar", "hybrid", "test/one:1"),
    ],
)
def test_saves_have_the_members_the_real_writer_made(
    sample: str, style: str, name: str, tmp_path: Path
) -> None:
    real = tools.shared("samples", sample)
    image = image_from(real)
    ours = write_save(tmp_path / "s.tar", [(image, [name])], style=style)
    documents = ("repositories", "manifest.json", "index.json")
    expected, found = members(real), members(ours)
    assert expected.keys() == found.keys()
    for member in expected.keys() - set(documents):
        assert json_or_bytes(expected[member]) == json_or_bytes(found[member])


def json_or_bytes(data: bytes) -> object:
    try:
        return json.loads(data)
    except ValueError:
        return data


class TestSkopeo:
    def test_it_reads_the_layout_and_finds_our_digests(self, tmp_path: Path) -> None:
        skopeo = tools.require_tool("skopeo")
        layout = Layout()
        image = layout.add(two_layers(), ref_name="1")
        assert isinstance(image, Image)
        where = f"oci:{layout.write_dir(tmp_path / 'l')}:1"
        raw = tools.run([skopeo, "inspect", "--raw", where]).stdout
        config = tools.run([skopeo, "inspect", "--raw", "--config", where]).stdout
        assert digest(raw) == image.manifest_digest
        assert digest(config) == image.image_id

    @pytest.mark.parametrize("style", STYLES)
    def test_it_reads_the_saves(self, style: str, tmp_path: Path) -> None:
        skopeo = tools.require_tool("skopeo")
        image = ImageBuilder().layer({"a": b"1"}).layer({"b": b"2"}).build()
        path = write_save(tmp_path / "s.tar", [(image, ["test/one:1"])], style=style)
        where = f"docker-archive:{path}"
        config = tools.run([skopeo, "inspect", "--raw", "--config", where]).stdout
        assert digest(config) == image.image_id
        tools.run([skopeo, "copy", where, f"dir:{tmp_path / 'out'}"])

    def test_it_writes_the_same_archive_as_our_skopeo_style(self, tmp_path: Path) -> None:
        skopeo = tools.require_tool("skopeo")
        image = ImageBuilder().layer({"a": b"1"}).layer({"b": b"2"}).build()
        name = "docker.io/test/one:1"
        layout = Layout()
        layout.add(image, ref_name="1")
        source = f"oci:{layout.write_dir(tmp_path / 'l')}:1"
        real = tmp_path / "real.tar"
        tools.run([skopeo, "copy", source, f"docker-archive:{real}:{name}"])
        ours = write_save(tmp_path / "ours.tar", [(image, [name])], style="skopeo")
        assert members(real) == members(ours)


def test_chain_ids_hash_the_one_below_with_the_diff_id() -> None:
    first, second = "sha256:" + "a" * 64, "sha256:" + "b" * 64
    expected = [first, digest(f"{first} {second}".encode())]
    assert expected == saves.chain_ids([first, second])


class TestHostile:
    @pytest.mark.parametrize("sentence", HOSTILE)
    def test_every_case_writes_where_it_is_told(self, sentence: str, tmp_path: Path) -> None:
        inside = tmp_path / "inside"
        path = HOSTILE[sentence](inside)
        assert path.is_relative_to(inside)
        assert {entry.name for entry in tmp_path.iterdir()} <= {"inside"}
        assert EXPECT[sentence].codes <= {0, 1, 2, 3}

    def test_cases_and_expectations_have_the_same_names(self) -> None:
        assert HOSTILE.keys() == EXPECT.keys()

    def test_an_answer_needs_the_right_code_and_one_of_the_words(self) -> None:
        expect = Expect(frozenset({3}), ("Limit", "bomb"))
        assert expect.accepts(3, "over the LIMIT")
        assert not expect.accepts(3, "all is well")
        assert not expect.accepts(0, "over the limit")
        assert Expect(frozenset({0})).accepts(0, "")

    def test_the_bombs_inflate_to_what_they_claim(self) -> None:
        size = 128 << 20
        gzipped, packed = gzip_bomb(size), zstd_bomb(size)
        assert len(packed) < len(gzipped) < size // 900
        assert len(gzip.decompress(gzipped)) == size + 1536
        reader = zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True)
        assert len(reader.read()) == size + 1536
