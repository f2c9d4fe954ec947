"""What layers did and cost, against computations of our own kind with other tools.

Each layer's tar is read with Python's tarfile and applied to a dictionary by the plain words of
the specification; sizes come from the files themselves, skopeo, umoci and docker.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import zstandard
from jsonschema import Draft202012Validator

from analyzer.inside import look_inside
from analyzer.layering.values import Layering, layerings_of
from tests.cli.harness import MULTI, call
from tests.support.engines import dockerd
from tests.support.gzips import go_gzip
from tests.support.imagebuilder import Dir, Entry, HardLink, ImageBuilder, Layout, Link
from tests.support.layouts import blob_path
from tests.support.realimages import real_image
from tests.support.tarbytes import File
from tests.support.tools import ROOT, require_tool, run, shared

SCHEMA = json.loads((ROOT / "analyzer" / "schema" / "layers-1.0.json").read_bytes())
Name = tuple[object, ...]


def layerings(path: Path | str, *platforms: str) -> tuple[Layering, ...]:
    with look_inside(str(path), platforms=platforms, digests=True) as look:
        return layerings_of(look.images, look.everything)


@dataclass
class Naive:
    """A stack of tars applied one by one, and what each of them did."""

    tree: dict[str, Name] = field(default_factory=dict)
    stored: list[dict[object, int]] = field(default_factory=list)
    counts: list[tuple[int, int, int]] = field(default_factory=list)

    def apply(self, data: bytes) -> None:
        before = dict(self.tree)
        layer = len(self.stored)
        self.stored.append({})
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            members = [(self._clean(member), member) for member in tar]
            for path, _ in members:
                self._hide(path)
            for path, member in members:
                if "/.wh." not in f"/{path}" and path:
                    self._put(path, member, tar, layer)
        after = self.tree
        both = before.keys() & after.keys()
        changed = sum(before[path][:-1] != after[path][:-1] for path in both)
        self.counts.append((len(after.keys() - both), changed, len(before.keys() - both)))

    @staticmethod
    def _clean(member: tarfile.TarInfo) -> str:
        return member.name.removeprefix("./").strip("/") if member.name != "." else ""

    def _hide(self, path: str) -> None:
        folder, _, name = path.rpartition("/")
        if name == ".wh..wh..opq":
            self._drop(folder, itself=False)
        elif name.startswith(".wh."):
            self._drop(f"{folder}/{name[4:]}".strip("/"), itself=True)

    def _drop(self, path: str, *, itself: bool) -> None:
        for name in list(self.tree):
            if name.startswith(f"{path}/" if path else "") or (itself and name == path):
                del self.tree[name]

    def _put(self, path: str, member: tarfile.TarInfo, tar: tarfile.TarFile, layer: int) -> None:
        parts = path.split("/")
        for depth in range(1, len(parts)):
            self.tree.setdefault("/".join(parts[:depth]), ("directory", None))
        if not member.isdir():
            self._drop(path, itself=True)
        if member.islnk():
            self.tree[path] = self.tree[member.linkname.removeprefix("./").strip("/")]
            return
        about = (member.type, member.mode, member.uid, member.gid, member.linkname, member.mtime)
        xattrs = sorted(item for item in member.pax_headers.items() if "xattr" in item[0])
        key: object = None
        digest = ""
        if member.isreg():
            stream = tar.extractfile(member)
            assert stream is not None
            digest = hashlib.sha256(stream.read()).hexdigest()
            key = (layer, member.offset_data)
            self.stored[layer][key] = member.size
        self.tree[path] = (*about, str(xattrs), digest, key)

    def wasted(self) -> list[int]:
        """Bytes of files of each layer that the tree shows under no name."""
        shown = {about[-1] for about in self.tree.values()}
        return [
            sum(size for key, size in files.items() if key not in shown) for files in self.stored
        ]


def opened(blob: bytes) -> bytes:
    if blob.startswith(b"\x1f\x8b"):
        return gzip.decompress(blob)
    if blob.startswith(b"\x28\xb5\x2f\xfd"):
        return zstandard.ZstdDecompressor().stream_reader(blob, read_across_frames=True).read()
    return blob


def naive(tars: Sequence[bytes]) -> Naive:
    state = Naive()
    for tar in tars:
        state.apply(tar)
    return state


def tars_of(layout: Path, platform: str = "") -> list[bytes]:
    """The layers of one platform of an OCI layout, read from its documents by hand."""

    def document(digest: str) -> Any:  # noqa: ANN401 - JSON
        return json.loads((layout / blob_path(digest)).read_bytes())

    waiting = json.loads((layout / "index.json").read_bytes())["manifests"]
    while waiting:
        descriptor = waiting.pop(0)
        found = document(descriptor["digest"])
        waiting += found.get("manifests", [])
        stated = descriptor.get("platform", {})
        if "layers" in found and (not platform or platform == f"linux/{stated['architecture']}"):
            digests = [layer["digest"] for layer in found["layers"]]
            return [opened((layout / blob_path(digest)).read_bytes()) for digest in digests]
    raise AssertionError(f"no {platform} in {layout}")


def unpacked(archive: Path, folder: Path) -> Path:
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder


def assert_same(found: Layering, expected: Naive) -> None:
    works = [layer.work for layer in found.layers]
    assert all(work is not None for work in works)
    counts = [(work.added, work.changed, work.removed) for work in works if work]
    assert counts == expected.counts
    assert [work.wasted_bytes for work in works if work] == expected.wasted()
    sizes = [sum(files.values()) for files in expected.stored]
    assert [work.file_bytes for work in works if work] == sizes
    assert found.efficiency is not None
    assert found.efficiency.file_bytes == sum(sizes)
    assert found.efficiency.shown_bytes == sum(sizes) - sum(expected.wasted())


@pytest.mark.parametrize("platform", ["linux/amd64", "linux/arm64"])
def test_the_committed_image(platform: str) -> None:
    (found,) = layerings(MULTI, platform)
    expected = naive(tars_of(MULTI, platform))
    assert sum(expected.wasted()) > 0
    assert_same(found, expected)


@pytest.mark.parametrize("name", ["oci-archive-amd64", "oci-archive-zstd-arm64"])
def test_debian_with_a_package_removed(name: str, tmp_path: Path) -> None:
    (found,) = layerings(real_image(name))
    expected = naive(tars_of(unpacked(real_image(name), tmp_path)))
    assert expected.counts[1][2] > 0  # dpkg --remove took files away
    assert_same(found, expected)


ODD: tuple[dict[str, Entry], ...] = (
    {
        "d/a": File(b"a" * 100),
        "d/sub/b": File(b"b" * 200),
        "e": File(b"e" * 300),
        "linked": File(b"l" * 400),
        "second": HardLink("linked"),
        "kind": File(b"k" * 500),
        "same": File(b"s" * 600),
        "mode": File(b"m" * 700),
        "text": File(b"t" * 800),
        "twice": HardLink("text"),
        "to": Link("e"),
    },
    {
        "d/.wh..wh..opq": b"",
        "d/new": File(b"n" * 10),
        ".wh.e": b"",
        ".wh.linked": b"",
        "kind": Dir(),
        "kind/inside": File(b"i" * 20),
        "same": File(b"s" * 600),
        "mode": File(b"m" * 700, mode=0o600),
        "text": File(b"u" * 800),
        "to": Link("second"),
    },
    {".wh.d": b"", ".wh.second": b"", "again": HardLink("same"), ".wh.nothing": b""},
)


def odd_image() -> ImageBuilder:
    builder = ImageBuilder()
    for entries in ODD:
        builder.layer(entries)
    return builder


def test_whiteouts_opaque_folders_hard_links_and_types(tmp_path: Path) -> None:
    (found,) = layerings(odd_image().write_oci(tmp_path / "layout"))
    expected = naive([layer.tar for layer in odd_image().build().layers])
    assert expected.counts[1][2] >= 4
    assert_same(found, expected)
    # By hand: e, a, b, kind, same and mode of the bottom layer, and linked once both names went.
    # text lives on as twice.
    assert expected.wasted() == [300 + 100 + 200 + 500 + 600 + 700 + 400, 10, 0]


def test_layers_that_are_there_three_times(tmp_path: Path) -> None:
    """Docker 20.10 wrote this one; equal layers count each time they are applied."""
    (found,) = layerings(shared("samples", "docker-20.10-save.tar"))
    folder = unpacked(shared("samples", "docker-20.10-save.tar"), tmp_path)
    names = json.loads((folder / "manifest.json").read_bytes())[0]["Layers"]
    assert_same(found, naive([(folder / name).resolve().read_bytes() for name in names]))
    assert [[twin.layer for twin in layer.twins] for layer in found.layers] == [
        *([1, 2], [0, 2], [0, 1]),
        [],
    ]
    assert all(twin.own for layer in found.layers for twin in layer.twins)
    answer = call("layers", shared("samples", "docker-20.10-save.tar"))
    assert "* the same: layers 0-2\n" in answer.text


def test_an_image_without_bytes_has_no_figure(tmp_path: Path) -> None:
    (found,) = layerings(ImageBuilder().layer({"d": Dir(), "f": b""}).write_oci(tmp_path / "x"))
    assert found.efficiency is not None
    assert found.efficiency.share is None


# Sizes, and which step made which layer.


def test_sizes_are_those_of_the_stored_files() -> None:
    for found in layerings(MULTI):
        for layer in found.layers:
            assert layer.digest is not None
            blob = MULTI / blob_path(layer.digest)
            assert layer.size == blob.stat().st_size
            assert layer.uncompressed_size == len(opened(blob.read_bytes()))
        assert found.layers[-1].total == sum(layer.size or 0 for layer in found.layers)
        assert found.layers[0].total == found.layers[0].size


def test_umoci_tells_the_same_history_and_sizes(tmp_path: Path) -> None:
    sample = shared("samples", "docker-20.10-save.tar")
    layout = tmp_path / "layout"
    skopeo = require_tool("skopeo")
    run([skopeo, "copy", "--quiet", f"docker-archive:{sample}:test/one:1", f"oci:{layout}:one"])
    told = json.loads(
        run([require_tool("umoci"), "stat", "--image", f"{layout}:one", "--json"]).stdout
    )
    image = call("layers", layout, "-o", "json").json["images"][0]
    layers = iter(image["layers"])
    for step, theirs in zip(image["history"], told["history"], strict=True):
        assert step["created_by"] == theirs["created_by"]
        assert step["empty_layer"] == theirs.get("empty_layer", False)
        if not theirs.get("empty_layer", False):
            layer = next(layers)
            assert step["layer"] == layer["position"]
            assert layer["size"] == theirs["layer"]["size"]
            assert layer["digest"] == theirs["layer"]["digest"]
            assert layer["diff_id"] == theirs["diff_id"]
    assert next(layers, None) is None


def test_docker_tells_the_same_sizes_of_files(tmp_path: Path) -> None:
    """`docker history` has for each step the bytes of the files that its layer holds."""
    path = odd_image().empty_layer("CMD x").write_save(tmp_path / "odd.tar", "odd:1")
    (found,) = layerings(path)
    with dockerd() as docker:
        docker("load", "--input", path)
        words = ["history", "--human=false", "--format", "{{.Size}} {{.CreatedBy}}", "--no-trunc"]
        told = [line.split(" ", 1) for line in docker(*words, "odd:1").splitlines()[::-1]]
    works = {layer.position: layer.work for layer in found.layers}
    ours = []
    for step in found.steps.steps:
        work = works[step.layer] if step.layer is not None else None
        ours.append([str(work.file_bytes if work else 0), step.created_by])
    assert ours == told


def test_counts_that_do_not_match_give_no_layer_a_step(tmp_path: Path) -> None:
    builder = odd_image()
    builder.config(history=[{"created_by": "RUN one"}, {"created_by": "RUN two"}])
    path = builder.write_oci(tmp_path / "layout")
    (found,) = layerings(path)
    assert not found.steps.aligned
    assert all(step.layer is None for step in found.steps.steps)
    answer = call("layers", path)
    assert "2 build steps say that they made a layer, and there are 3" in answer.text
    assert "RUN one" in answer.text.partition("not known")[2]
    document = call("layers", path, "-o", "json").json["images"][0]
    assert document["history_aligned"] is False
    assert [layer["created_by"] for layer in document["layers"]] == [None] * 3


def test_an_image_without_a_history_is_no_mismatch(tmp_path: Path) -> None:
    builder = odd_image()
    builder.config(history=[])
    (found,) = layerings(builder.write_oci(tmp_path / "layout"))
    assert found.steps.aligned
    assert found.steps.steps == ()
    assert found.dockerfile.count("nothing to reconstruct") == 1


# Compression, sharing, what is not there.


@pytest.mark.parametrize("codec", ["none", "gzip", "zstd"])
def test_codecs_and_their_streams(codec: str, tmp_path: Path) -> None:
    path = ImageBuilder().layer({"a": b"x" * 9}, codec=codec).write_oci(tmp_path / "layout")
    (layer,) = layerings(path)[0].layers
    assert layer.compression == codec
    assert layer.streams == (0 if codec == "none" else 1)


def test_gzip_members_are_counted_and_told(tmp_path: Path) -> None:
    tar = ImageBuilder().layer({"a": b"x" * 5000}).build().layers[0].tar
    blob = b"".join(go_gzip(tar[at : at + 2048]) for at in range(0, len(tar), 2048))
    members = -(-len(tar) // 2048)
    path = ImageBuilder().layer(raw_tar=tar, raw_blob=blob).write_oci(tmp_path / "layout")
    (layer,) = layerings(path)[0].layers
    assert layer.streams == members
    assert f"made of {members} gzip members" in call("layers", path).text


def test_layers_that_platforms_and_images_share(tmp_path: Path) -> None:
    base: dict[str, Any] = {"base": b"b" * 50}
    one = ImageBuilder().layer(base).layer({"one": b"1"})
    two = ImageBuilder().platform("linux/arm64").layer(base).layer({"two": b"2"})
    other = ImageBuilder().layer({"x": b"y"}).layer(base, codec="zstd")
    layout = Layout()
    layout.add_index([one, two], ref_name="pair")
    layout.add(other, ref_name="other")
    path = layout.write_dir(tmp_path / "layout")
    first, second, third = layerings(path)
    assert [(t.names, t.platform, t.layer) for t in first.layers[0].twins] == [
        (("pair",), "linux/arm64", 0),
        (("other",), "linux/amd64", 1),
    ]
    assert [(t.names, t.layer) for t in third.layers[1].twins] == [(("pair",), 0), (("pair",), 0)]
    assert [layer.shared for layer in second.layers] == [2, 0]
    only = call("layers", path, "--platform", "linux/arm64").text
    assert "* also in pair linux/amd64: layer 0\n" in only
    assert "* also in other linux/amd64: layer 0 (there 1)\n" in only
    assert "\n    0* " in only
    assert "\n    1  " in only


def test_a_layer_that_is_missing_is_said_so(tmp_path: Path) -> None:
    path = odd_image().write_oci(tmp_path / "layout")
    (whole,) = layerings(path)
    assert whole.layers[1].digest is not None
    (path / blob_path(whole.layers[1].digest)).unlink()
    (found,) = layerings(path)
    assert found.unread == (1,)
    assert found.efficiency is None
    assert found.layers[1].size == whole.layers[1].size  # as the manifest promises it
    assert found.layers[1].uncompressed_total is None
    answer = call("layers", path)
    assert answer.code == 3
    assert "INCOMPLETE: counts are without layer 1" in answer.text
    assert "efficiency: not known, since layer 1 could not be read" in answer.text
    assert "not in this file" in answer.text


# The JSON.


def test_the_schema_is_one_and_says_everything() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["title"] == SCHEMA["properties"]["schema"]["const"]
    for name, found in SCHEMA["$defs"].items():
        if found["type"] == "object":
            assert found["additionalProperties"] is False, name
            assert set(found["required"]) == set(found["properties"]), name
            for member, schema in found["properties"].items():
                assert schema["description"].endswith("."), f"{name}: {member}"


@pytest.mark.parametrize("name", ["amd64", "arm64"])
def test_documents_follow_the_schema(name: str, tmp_path: Path) -> None:
    for path in (ROOT / "fixtures" / "saves" / f"multi-{name}.tar", MULTI):
        Draft202012Validator(SCHEMA).validate(call("layers", path, "-o", "json").json)
    odd = odd_image().write_oci(tmp_path / "layout")
    for blob in sorted((odd / "blobs" / "sha256").iterdir()):
        raw = blob.read_bytes()
        if raw.startswith(b"\x1f\x8b"):
            blob.write_bytes(raw[:-20])
    Draft202012Validator(SCHEMA).validate(call("layers", odd, "-o", "json").json)


def test_samples_of_real_builders_follow_the_schema() -> None:
    for path in sorted(shared("samples").glob("*.tar")):
        answer = call("layers", path, "-o", "json")
        Draft202012Validator(SCHEMA).validate(answer.json)
        assert all(image["history_aligned"] for image in answer.json["images"]), path.name


def _archives() -> list[Path]:
    """Layouts and archives that other projects test with."""
    found = [path for path in shared("corpus").rglob("*") if path.suffix in {".tar", ".gz"}]
    marks = ("index.json", "manifest.json")
    found += [mark.parent for name in marks for mark in shared("corpus").rglob(name)]
    return sorted(set(found))


def test_what_other_projects_test_with_gets_an_answer() -> None:
    """An answer in the published form, or an error with its code; never a bug of ours."""
    codes = set()
    for path in _archives():
        answer = call("layers", path, "-o", "json")
        text = call("layers", path, "--dockerfile")
        assert "internal error" not in answer.err + text.err, path
        codes |= {answer.code, text.code}
        if answer.code != 2:
            Draft202012Validator(SCHEMA).validate(answer.json)
        if text.out:
            assert b"\nFROM scratch\n" in text.out, path
    assert codes == {0, 1, 2, 3}


def test_a_file_with_nothing_but_artifacts_has_no_build_file() -> None:
    path = shared("corpus", "layouts", "containers-container-libs", "artifacts", "config-only")
    answer = call("layers", path, "--dockerfile")
    assert answer.code == 2
    assert "it holds no image [no-images]" in answer.err
