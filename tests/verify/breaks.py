"""One archive per promise that an image file can break, and nothing else broken in it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.imagebuilder import File, ImageBuilder, Layout, compact, sha256, tar_bytes
from tests.support.layouts import blob_path
from tests.support.saves import save_entries

Writer = Callable[[Path], None]
Found = set[tuple[str, str, str]]
"""Check, severity and code of every finding."""

ELF = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00"
"""System V ABI: 64-bit, little endian, executable; the machine follows."""
ARM64 = (183).to_bytes(2, "little")
"""EM_AARCH64."""
NO_DEFLATE = b"\x1f\x8b\x08\x00\0\0\0\0\0\xff" + b"\xff" * 20
"""RFC 1952 header, then a block of the reserved type 3 (RFC 1951, 3.2.3)."""
LIE = sha256(b"something else")


@dataclass(frozen=True)
class Break:
    """How to write it, what is to be found, and the documented exit code.

    `values` are a declared and a measured value that must stand in one of the findings.
    """

    write: Writer
    found: Found
    code: int
    values: tuple[str, str] | None = None


def image() -> ImageBuilder:
    return ImageBuilder().layer({"a": b"one"}).layer({"b": b"two"}, codec="none")


def layout(*builders: ImageBuilder) -> Layout:
    result = Layout()
    for builder in builders or (image(),):
        result.add(builder, ref_name="1")
    return result


def _layout(change: Callable[[Layout], object]) -> Writer:
    """A sound layout with something done to it."""

    def write(path: Path) -> None:
        made = layout()
        change(made)
        made.write_tar(path)

    return write


def _image(builder: ImageBuilder) -> Writer:
    return lambda path: void(layout(builder).write_tar(path))


def void(_: object) -> None:
    """Writers answer nothing."""


def _swapped_layer(made: Layout) -> None:
    """Another tar in the place of the uncompressed layer, of the same length."""
    layer = made.images[0].layers[1]
    made.replace(blob_path(layer.digest), layer.blob.replace(b"two", b"TWO"))


SWAPPED = image().build().layers[1]
SWAPPED_BYTES = SWAPPED.blob.replace(b"two", b"TWO")


def _hybrid(change: Callable[[list[dict[str, Any]]], object]) -> Writer:
    """A save of docker 25 whose `manifest.json` is changed."""

    def write(path: Path) -> None:
        entries = save_entries([(image().build(), ("app:1",))], "hybrid")
        entry = entries["manifest.json"]
        assert isinstance(entry, File)
        listed = json.loads(entry.data)
        change(listed)
        path.write_bytes(tar_bytes({**entries, "manifest.json": File(compact(listed))}))

    return write


def _members(more: list[tuple[str, bytes]], behind: bytes = b"") -> Writer:
    """A sound layout with more members, and bytes behind the end."""

    def write(path: Path) -> None:
        sound = [(name, File(data)) for name, data in layout().files().items()]
        added = [(name, File(data)) for name, data in more]
        path.write_bytes(tar_bytes([*sound, *added]) + behind)

    return write


def _embedded(data: str) -> Writer:
    def write(path: Path) -> None:
        built, made = image().build(), Layout()
        made.add(built)
        entry = built.descriptor({}, platform=False)
        made.add_descriptor(entry | {"data": data})
        made.write_tar(path)

    return write


def _both_at_once(path: Path) -> None:
    built = image().build()
    document = json.loads(built.raw) | {"manifests": []}
    layout(image().manifest_bytes(compact(document))).write_tar(path)


def _another_platform(path: Path) -> None:
    built, made = image().build(), Layout()
    made.add(built)
    entry = built.descriptor({}, platform=True)
    other = entry | {"platform": {"os": "linux", "architecture": "arm64"}}
    made.top(manifests=[other]).write_tar(path)


def _twice(raw: bytes) -> bytes:
    return raw.replace(b'{"schemaVersion":2', b'{"schemaVersion":2,"schemaVersion":2', 1)


def _one_diff_id_less() -> ImageBuilder:
    only = image().build().layers[0].diff_id
    return image().config(rootfs={"type": "layers", "diff_ids": [only]})


BREAKS = {
    "a layer exchanged for another of the same size": Break(
        _layout(_swapped_layer),
        {
            ("digests", "error", "digest-mismatch"),
            ("member-names", "error", "name-mismatch"),
            ("diff-ids", "error", "diff-id-mismatch"),
        },
        1,
        (SWAPPED.digest, sha256(SWAPPED_BYTES)),
    ),
    "a size that is not that of the blob": Break(
        _image(ImageBuilder().layer({"a": b"1"}, codec="none", declare_size=7)),
        {("sizes", "error", "size-mismatch")},
        1,
        ("7 bytes", f"{len(tar_bytes({'a': b'1'}))} bytes"),
    ),
    "a diff ID that is not that of the layer": Break(
        _image(ImageBuilder().layer({"a": b"1"}, declare_diff_id=LIE)),
        {("diff-ids", "error", "diff-id-mismatch")},
        1,
        (LIE, sha256(tar_bytes({"a": b"1"}))),
    ),
    "fewer diff IDs than layers": Break(
        _image(_one_diff_id_less()),
        {("counts", "error", "layer-count-mismatch")},
        1,
        ("1 diff ID", "2 layers"),
    ),
    "a build step too few in the history": Break(
        _image(image().config(history=[{"created_by": "one"}])),
        {("counts", "warning", "history-mismatch")},
        0,
        ("1 build step", "2 layers"),
    ),
    "an index that names another platform than the config": Break(
        _another_platform,
        {("platforms", "warning", "platform-mismatch")},
        0,
        ("linux/arm64", "linux/amd64 in the config"),
    ),
    "a program for another processor than the config names": Break(
        _image(ImageBuilder().layer({"bin/sh": ELF + ARM64 + bytes(44)})),
        {("programs", "warning", "program-mismatch")},
        0,
        ("amd64", "arm64"),
    ),
    "a blob that nothing leads to under a name that is not its digest": Break(
        _layout(lambda made: made.extra_blob(b"what it is", LIE)),
        {
            ("member-names", "error", "name-mismatch"),
            ("unreferenced", "note", "unreferenced-blob"),
        },
        1,
        (LIE, sha256(b"what it is")),
    ),
    "a view that lists the layers in another order": Break(
        _hybrid(lambda listed: listed[0]["Layers"].reverse()),
        {("views", "warning", "views-disagree")},
        0,
    ),
    "an embedded copy that is not what it copies": Break(
        _embedded(base64.b64encode(b"not the manifest").decode()),
        {("data", "error", "digest-mismatch")},
        1,
        (image().build().digest, sha256(b"not the manifest")),
    ),
    "an embedded copy that is no base64": Break(
        _embedded("%%%"),
        {("data", "warning", "bad-document"), ("documents", "warning", "bad-document")},
        0,
    ),
    "a key twice in index.json": Break(
        _layout(lambda made: made.replace("index.json", _twice(made.index_json))),
        {("duplicate-keys", "warning", "duplicate-keys")},
        0,
    ),
    "a key twice in a manifest": Break(
        _image(image().manifest_bytes(_twice(image().build().raw))),
        {("duplicate-keys", "warning", "duplicate-keys")},
        0,
    ),
    "a document that is index and manifest at once": Break(
        _both_at_once, {("one-kind", "error", "index-and-manifest")}, 1
    ),
    "a blob that no document leads to": Break(
        _layout(lambda made: made.extra_blob(b"loose")),
        {("unreferenced", "note", "unreferenced-blob")},
        0,
    ),
    "a member that belongs to no format": Break(
        _members([("notes.txt", b"hello")]), {("outside-members", "note", "outside-member")}, 0
    ),
    "two members of one name": Break(
        _members([("oci-layout", b'{"imageLayoutVersion": "1.0.0"}')]),
        {("duplicate-members", "warning", "duplicate-member")},
        0,
    ),
    "bytes behind the end": Break(
        _members([], b"\0" * 512 + b"more" * 128),
        {("trailing-bytes", "warning", "trailing-data")},
        0,
    ),
    "a layer that is not there": Break(
        _layout(lambda made: made.omit(made.images[0].layers[0].digest)),
        {("presence", "error", "blob-missing")},
        1,
    ),
    "a layer that cannot be inflated": Break(
        _image(ImageBuilder().layer({"a": b"1"}, raw_blob=NO_DEFLATE)),
        {("layers", "error", "layer-damaged")},
        3,
    ),
    "an index.json that is no JSON, with a manifest in the blobs": Break(
        _layout(lambda made: made.replace("index.json", b"{")),
        {("documents", "error", "bad-document")},
        3,
    ),
    "an index.json that is no JSON, and no manifest to find": Break(
        _layout(
            lambda made: made.replace("index.json", b"{").omit(made.images[0].digest),
        ),
        {("documents", "error", "bad-document")},
        3,
    ),
    "an index.json that lists nothing": Break(
        _layout(lambda made: made.top(manifests=[])), {("documents", "error", "no-images")}, 1
    ),
}
