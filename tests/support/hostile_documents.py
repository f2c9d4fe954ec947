"""Hostile documents: indexes, manifests and configs that break JSON or the formats."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.support.codecs import compact, sha256
from tests.support.documents import OCI_INDEX, OCI_LAYER, OCI_MANIFEST, Json, make_index
from tests.support.hostile_case import (
    ANY,
    LOST,
    NOTHING,
    NOTHING_OR_LOST,
    UNPROVEN_OR_LOST,
    Cases,
    as_layout,
    noise,
    short,
    victim,
)
from tests.support.imagebuilder import ImageBuilder, Layout, tar_bytes

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENTS = Cases()

_DEEP = b"[" * 100_000
_DEEP_OBJECT = b'{"a":' * 100_000
_HUGE_NUMBER = b"9" * 6000
_TRAVERSAL = "sha256:../../etc/passwd"
_ITSELF = "sha256:" + "a" * 64


def _index_json(data: bytes, folder: Path) -> Path:
    """A sound layout but for its `index.json`."""
    layout = Layout()
    layout.add(victim(), ref_name="1")
    return layout.replace("index.json", data).write_dir(folder / "layout")


def _manifest_json(data: bytes, folder: Path) -> Path:
    """A docker save that holds nothing but `manifest.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "save.tar").write_bytes(tar_bytes({"manifest.json": data}))
    return folder / "save.tar"


def _manifest(data: bytes, folder: Path) -> Path:
    """A sound layout but for the manifest, whose digest is declared truthfully."""
    return as_layout(victim().manifest_bytes(data), folder)


def _config(data: bytes, folder: Path) -> Path:
    """A sound layout but for the config, whose digest is declared truthfully."""
    return as_layout(victim().config_bytes(data), folder)


def _bent_manifest(changes: Json, folder: Path) -> Path:
    return as_layout(victim().manifest(**changes), folder)


def _bent_layer(changes: Json, folder: Path) -> Path:
    """A manifest whose first layer descriptor has other members."""
    document = json.loads(victim().build().manifest)
    document["layers"][0].update(changes)
    return as_layout(victim().manifest(layers=document["layers"]), folder)


def _bent_config(changes: Json, folder: Path) -> Path:
    return as_layout(victim().config(**changes), folder)


_BROKEN = {
    "no JSON": b"this is no JSON",
    "empty": b"",
    "JSON cut in half": b'{"schemaVersion":2,"mani',
    "a JSON list": b'[{"schemaVersion":2}]',
    "a JSON null": b"null",
    "a JSON number": b"2",
    "nested lists without end": _DEEP,
    "nested objects without end": _DEEP_OBJECT,
    "no UTF-8": b'{"schemaVersion":2,"a":"\xff\xfe"',
    "UTF-16": '{"schemaVersion":2}'.encode("utf-16"),
    "zero bytes": b"\0" * 4096,
}
for _what, _data in _BROKEN.items():
    for _name, _place, _codes in (
        ("index.json", _index_json, NOTHING_OR_LOST),
        ("manifest", _manifest, NOTHING_OR_LOST),
        ("config", _config, NOTHING_OR_LOST),
        ("docker manifest.json", _manifest_json, NOTHING_OR_LOST),
    ):
        _word = _name.rpartition(" ")[2]
        _sentence = f"{_name} that is {_what}"
        DOCUMENTS.table(
            _sentence, partial(_place, _data), _codes, _word, short(sha256(_data)), "no image"
        )

_MANIFEST_TYPES: dict[str, Json] = {
    "layers is a string": {"layers": "all of them"},
    "layers is an object": {"layers": {"0": {}}},
    "layers holds null": {"layers": [None]},
    "layers holds lists": {"layers": [[]]},
    "config is a list": {"config": []},
    "config is missing its digest": {"config": {"mediaType": OCI_LAYER, "size": 2}},
    "config digest climbs out": {"config": {"digest": _TRAVERSAL, "size": 5}},
    "annotations is a list": {"annotations": ["a"]},
    "it is index and manifest at once": {"manifests": []},
}
for _what, _changes in _MANIFEST_TYPES.items():
    DOCUMENTS.table(f"manifest where {_what}", partial(_bent_manifest, _changes), ANY)

_LAYER_TYPES: dict[str, Json] = {
    "size is a string": {"size": "12"},
    "size is negative": {"size": -1},
    "size is a fraction": {"size": 1.5},
    "size is true": {"size": True},
    "size is larger than any disk": {"size": 2**70},
    "digest is a number": {"digest": 5},
    "digest is empty": {"digest": ""},
    "digest has no algorithm": {"digest": "0" * 64},
    "digest has an unknown algorithm": {"digest": "md5:" + "0" * 32},
    "digest climbs out": {"digest": _TRAVERSAL},
    "digest is absolute": {"digest": "sha256:/etc/passwd"},
    "digest has a line break": {"digest": "sha256:" + "0" * 63 + "\n"},
    "digest has a million characters": {"digest": "sha256:" + "0" * 1_000_000},
    "media type is a number": {"mediaType": 7},
    "urls is a string": {"urls": "here"},
}
for _what, _changes in _LAYER_TYPES.items():
    _codes = ANY if "media" in _what or "urls" in _what else frozenset({1, 2, 3})
    DOCUMENTS.table(f"manifest where a layer's {_what}", partial(_bent_layer, _changes), _codes)

_CONFIG_TYPES: dict[str, Json] = {
    "rootfs is a list": {"rootfs": []},
    "rootfs is null": {"rootfs": None},
    "diff_ids is a string": {"rootfs": {"type": "layers", "diff_ids": "none"}},
    "diff_ids holds numbers": {"rootfs": {"type": "layers", "diff_ids": [1, 2]}},
    "diff_ids holds one too few": {"rootfs": {"diff_ids": [sha256(b"")]}},
    "history is an object": {"history": {"created_by": "x"}},
    "history holds numbers": {"history": [1, 2]},
    "history tells of more layers than there are": {"history": [{}] * 9},
    "empty_layer is a string": {"history": [{"empty_layer": "yes"}]},
    "Env is a number": {"config": {"Env": 5}},
    "Env holds lists": {"config": {"Env": [["A", "B"]]}},
    "Labels is a list": {"config": {"Labels": ["a=b"]}},
    "the run part is a string": {"config": "sh"},
    "architecture is a list": {"architecture": ["amd64"]},
    "os is null": {"os": None},
    "created is a number": {"created": 5},
    "created is no date": {"created": "yesterday\x1b[2J"},
}
for _what, _changes in _CONFIG_TYPES.items():
    DOCUMENTS.table(f"config where {_what}", partial(_bent_config, _changes), ANY)


def _sound_config(before: bytes = b"", inside: bytes = b"") -> bytes:
    """The victim's config with bytes put in front, or as first member."""
    raw = victim().build().config
    return before + b"{" + inside + raw[1:]


_ODD_CONFIGS = {
    "a byte order mark": _sound_config(before=b"\xef\xbb\xbf"),
    "a huge integer": _sound_config(inside=b'"x":' + _HUGE_NUMBER + b","),
    "NaN and Infinity": _sound_config(inside=b'"x":NaN,"y":-Infinity,'),
    "a huge exponent": _sound_config(inside=b'"x":1e999999999,'),
    "a key twice": _sound_config(inside=b'"architecture":"arm64","rootfs":{"diff_ids":[]},'),
    "bytes that are no UTF-8": _sound_config(inside=b'"author":"\xff\xfe",'),
    "a lone surrogate": _sound_config(inside=b'"author":"\\ud800",'),
    "a zero character": _sound_config(inside=b'"author":"a\\u0000b",'),
    "text behind it": _sound_config() + b"\n{}",
}
for _what, _data in _ODD_CONFIGS.items():
    DOCUMENTS.table(f"config with {_what}", partial(_config, _data), ANY)


def _odd_index(before: bytes, inside: bytes, folder: Path) -> Path:
    layout = Layout()
    layout.add(victim(), ref_name="1")
    data = before + b"{" + inside + layout.index_json[1:]
    return layout.replace("index.json", data).write_dir(folder / "layout")


DOCUMENTS.table("index.json with a byte order mark", partial(_odd_index, b"\xef\xbb\xbf", b""), ANY)
DOCUMENTS.table(
    "index.json with a huge integer", partial(_odd_index, b"", b'"x":' + _HUGE_NUMBER + b","), ANY
)
DOCUMENTS.table("index.json with NaN", partial(_odd_index, b"", b'"x":NaN,'), ANY)
DOCUMENTS.table(
    "index.json with its manifests twice", partial(_odd_index, b"", b'"manifests":[],'), ANY
)


@DOCUMENTS.add("manifest where a layer's size is a huge integer", frozenset({1, 2, 3}))
def _huge_size(folder: Path) -> Path:
    raw = victim().build().manifest
    size = str(len(victim().build().layers[0].blob)).encode()
    return _manifest(raw.replace(b'"size":' + size, b'"size":' + _HUGE_NUMBER), folder)


@DOCUMENTS.add("a manifest of 40 MiB", NOTHING_OR_LOST, "limit", "manifest_bytes", "large")
def _large_manifest(folder: Path) -> Path:
    return _bent_manifest({"annotations": {"a": "x" * (40 << 20)}}, folder)


@DOCUMENTS.add("a config of 40 MiB", NOTHING_OR_LOST, "limit", "document_bytes", "large")
def _large_config(folder: Path) -> Path:
    return _bent_config({"author": "x" * (40 << 20)}, folder)


@DOCUMENTS.add("an index.json without manifests", NOTHING, "no image", "index.json", "empty")
def _no_manifests(folder: Path) -> Path:
    return Layout().write_dir(folder / "layout")


@DOCUMENTS.add(
    "an index.json of 50 000 descriptors", NOTHING_OR_LOST, "limit", "index_descriptors", "missing"
)
def _many_descriptors(folder: Path) -> Path:
    layout = Layout()
    layout.add(victim(), ref_name="1")
    for number in range(50_000):
        digest = sha256(b"%d" % number)
        layout.add_descriptor({"mediaType": OCI_MANIFEST, "digest": digest, "size": 7})
    return layout.write_dir(folder / "layout")


@DOCUMENTS.add("a manifest of 5 000 layers, all the same", frozenset({0, 2, 3}))
def _many_layers(folder: Path) -> Path:
    builder = ImageBuilder()
    for _ in range(5_000):
        builder.layer(raw_tar=b"\0" * 1024, codec="none")
    return as_layout(builder, folder)


@DOCUMENTS.add("a manifest that is not there", NOTHING_OR_LOST, "missing", "absent", "not in")
def _missing_manifest(folder: Path) -> Path:
    layout = Layout()
    image = layout.add(victim(), ref_name="1")
    return layout.omit(image.digest).write_dir(folder / "layout")


@DOCUMENTS.add("a config that is not there", NOTHING_OR_LOST, "missing", "absent", "not in")
def _missing_config(folder: Path) -> Path:
    layout = Layout()
    image = victim().build()
    layout.add(image, ref_name="1")
    return layout.omit(image.image_id).write_dir(folder / "layout")


def _descriptor(digest: str, size: int, **extra: Any) -> Json:  # noqa: ANN401 - JSON members
    return {"mediaType": OCI_INDEX, "digest": digest, "size": size, **extra}


def _loop(layout: Layout) -> Layout:
    """Add an index whose only child bears the index's own name."""
    document: Json = {"schemaVersion": 2, "mediaType": OCI_INDEX}
    size = len(compact(document | {"manifests": [_descriptor(_ITSELF, 100)]}))
    raw = compact(document | {"manifests": [_descriptor(_ITSELF, size)]})
    layout.extra_blob(raw, digest=_ITSELF)
    return layout.add_descriptor(_descriptor(_ITSELF, len(raw)))


@DOCUMENTS.add("an index that points at itself", frozenset({1, 2, 3}), _ITSELF[7:19], "cycle")
def _self_index(folder: Path) -> Path:
    return _loop(Layout()).write_dir(folder / "layout")


@DOCUMENTS.add("an index that points at itself beside a sound image", UNPROVEN_OR_LOST)
def _self_index_and_image(folder: Path) -> Path:
    layout = _loop(Layout())
    layout.add(victim(), ref_name="1")
    return layout.write_dir(folder / "layout")


@DOCUMENTS.add("a chain of 1 000 nested indexes", NOTHING_OR_LOST, "depth", "nested", "limit")
def _deep_chain(folder: Path) -> Path:
    return _chain(1_000, folder, beside=False)


@DOCUMENTS.add("a chain of 100 nested indexes beside a sound image", LOST, "depth", "nested")
def _deep_chain_and_image(folder: Path) -> Path:
    return _chain(100, folder, beside=True)


def _chain(length: int, folder: Path, *, beside: bool) -> Path:
    layout = Layout()
    other = ImageBuilder().layer({"n": noise(100)}).build()
    if beside:
        layout.add(other, ref_name="sound")
    document = make_index([victim().build()])
    layout.extra_blob(victim().build().raw)
    for _ in range(length):
        layout.extra_blob(document.raw)
        child = _descriptor(document.digest, len(document.raw))
        document = make_index([], changes={"manifests": [child]})
    layout.extra_blob(document.raw)
    layout.add_descriptor(_descriptor(document.digest, len(document.raw)))
    return layout.write_dir(folder / "layout")


@DOCUMENTS.add("an index that fans out to itself in a thousand ways", ANY)
def _wide_chain(folder: Path) -> Path:
    layout = Layout()
    document = make_index([victim().build()])
    for digest, blob in victim().build().all_blobs().items():
        layout.extra_blob(blob, digest)
    for _ in range(7):
        layout.extra_blob(document.raw)
        child = _descriptor(document.digest, len(document.raw))
        document = make_index([], changes={"manifests": [child] * 1000})
    layout.extra_blob(document.raw)
    layout.add_descriptor(_descriptor(document.digest, len(document.raw)))
    return layout.write_dir(folder / "layout")


@DOCUMENTS.add("an index.json whose digest climbs out", NOTHING_OR_LOST, "../", "digest")
def _index_traversal(folder: Path) -> Path:
    layout = Layout().add_descriptor(_descriptor(_TRAVERSAL, 100))
    return layout.write_dir(folder / "layout")


@DOCUMENTS.add("names that hold escape codes and line breaks", frozenset({0}))
def _evil_names(folder: Path) -> Path:
    layout = Layout()
    layout.add(victim(), ref_name="\x1b[31mred\nERROR: gone\u202e", containerd_name="a\0b")
    return layout.write_dir(folder / "layout")
