"""Targets that read documents, each in its place in a file, and what is told of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress

from analyzer.api import Depth, report_of
from analyzer.canonical import json_bytes
from analyzer.codec import Codec
from analyzer.errors import AnalyzerError
from analyzer.image.embedded import EmbeddingSource
from analyzer.image.model import Image
from analyzer.image.reading import read_images
from analyzer.limits import KIB, Limits
from analyzer.opening import OpenImages
from analyzer.report import to_document
from analyzer.scanning import SILENT
from analyzer.source.detect import Opened
from analyzer.source.shape import Shape, shape_of
from analyzer.verify.claim import claim_of
from tests.fuzz.memory import MemorySource
from tests.fuzz.target import Target
from tests.support.codecs import compact, hex_of, sha256
from tests.support.documents import OCI_CONFIG, OCI_INDEX, OCI_LAYER, OCI_MANIFEST
from tests.support.imagebuilder import Image as Built
from tests.support.imagebuilder import ImageBuilder, Layout, attestation
from tests.support.saves import save_entries
from tests.support.tarbytes import File

LIMITS = Limits(index_descriptors=200, layers_per_image=50, document_bytes=64 * KIB)
_IMAGE = (
    ImageBuilder()
    .layer({"etc/os-release": b"ID=a\n"}, codec="gzip")
    .layer({"b": b""})
    .config(config={"Env": ["A=b"], "Labels": {"l": "m"}, "Cmd": ["sh"]}, author="me")
    .build()
)
Files = Mapping[str, bytes]


def report_on(chosen: OpenImages, limits: Limits) -> None:
    """Ask for everything, as JSON."""
    report = report_of(chosen, limits, Depth.PACKAGES, SILENT)
    assert report.exit_code in {0, 1, 3}
    json.loads(json_bytes(to_document(report)))


def _analyze(files: Files, shape: Shape | None = None) -> None:
    with suppress(AnalyzerError):
        source = EmbeddingSource(MemorySource(files))
        shape = shape or shape_of(source, "in.tar")
        opened = Opened(source, shape, "in.tar", Codec.NONE, None, ())
        found = read_images(opened, LIMITS)
        report_on(OpenImages(opened, found.images, found), LIMITS)


def _place(build: Callable[[bytes], Files], shape: Shape | None = None) -> Callable[[bytes], None]:
    return lambda data: _analyze(build(data), shape)


# Places in a layout.


def _layout() -> Layout:
    layout = Layout()
    layout.add_index([_IMAGE, attestation(_IMAGE)], ref_name="1")
    return layout


_LAYOUT = dict(_layout().files())


def _index(data: bytes) -> Files:
    return {**_LAYOUT, "index.json": data}


def _with_blob(data: bytes, media_type: str) -> Files:
    """A layout in which only `data` is listed."""
    digest = sha256(data)
    top = {"mediaType": media_type, "digest": digest, "size": len(data)}
    index = compact({"schemaVersion": 2, "manifests": [top]})
    return {**_LAYOUT, "index.json": index, f"blobs/sha256/{hex_of(digest)}": data}


def _config(data: bytes) -> Files:
    manifest = json.loads(_IMAGE.manifest)
    manifest["config"] |= {"digest": sha256(data), "size": len(data)}
    files = _with_blob(compact(manifest), OCI_MANIFEST)
    return {**files, f"blobs/sha256/{hex_of(sha256(data))}": data}


# Places in a docker archive.


# Names that are no IDs: to look for the maker of an ID takes a fuzzer's time.
_ITEM = {"Config": "c.json", "RepoTags": ["a:1"], "Layers": ["0.tar", "1.tar"]}
_SAVE = {
    "manifest.json": compact([_ITEM]),
    "c.json": _IMAGE.config,
    **{f"{number}.tar": layer.tar for number, layer in enumerate(_IMAGE.layers)},
}


def _v1() -> dict[str, bytes]:
    """Docker before 1.10: folders of layers, and `repositories`."""
    entries = save_entries([(_IMAGE, ("a:1",))], "legacy")
    plain = {
        name: entry.data if isinstance(entry, File) else entry for name, entry in entries.items()
    }
    return {
        name: entry
        for name, entry in plain.items()
        if isinstance(entry, bytes) and ("/" in name or name == "repositories")
    }


_V1 = _v1()
_V1_JSON = sorted(name for name in _V1 if name.endswith("/json"))


def _v1_json(data: bytes) -> Files:
    return {**_V1, _V1_JSON[0]: data}


def _dir(data: bytes) -> Files:
    """Skopeo's `dir:`, which is where schema 1 manifests are found."""
    blobs = {hex_of(digest): blob for digest, blob in _IMAGE.all_blobs().items()}
    return {**blobs, "version": b"Directory Transport Version: 1.1\n", "manifest.json": data}


def _schema1() -> bytes:
    """As docker.com's specification of manifest v2, schema 1 has it, without signatures."""
    parts = [("b" * 64, "a" * 64), ("a" * 64, None)]
    history = []
    for own, parent in parts:
        body: dict[str, object] = {"id": own, "created": "2020-01-01T00:00:00Z", "os": "linux"}
        body |= {"parent": parent} if parent else {}
        body |= {"container_config": {"Cmd": ["/bin/sh", "-c", "true"]}, "config": {"Env": ["A=b"]}}
        history.append({"v1Compatibility": json.dumps(body)})
    blobs = [{"blobSum": digest} for digest in reversed(_IMAGE.layer_digests)]
    document = {"schemaVersion": 1, "name": "a/b", "tag": "1", "architecture": "amd64"}
    return json.dumps(document | {"fsLayers": blobs, "history": history}, indent=3).encode()


def _signed() -> bytes:
    """The same with a signature, whose protected header says how to take it off again."""
    plain = _schema1()
    cut = plain.rstrip()[:-2]
    head = compact({"formatLength": len(cut), "formatTail": "Cn0", "time": "2020-01-01T00:00:00Z"})
    import base64

    protected = base64.urlsafe_b64encode(head).rstrip(b"=").decode()
    signature = {"header": {"alg": "ES256"}, "signature": "QUJD", "protected": protected}
    return cut + b',\n   "signatures": ' + compact([signature]) + b"\n}"


def image_with(config: bytes) -> Image | None:
    """The image of a layout whose config is `config`, if that can be read."""
    with suppress(AnalyzerError):
        source = EmbeddingSource(MemorySource(_config(config)))
        opened = Opened(source, shape_of(source, "in.tar"), "in.tar", Codec.NONE, None, ())
        return next(iter(read_images(opened, LIMITS).images), None)
    return None


def _claim(data: bytes) -> None:
    with suppress(AnalyzerError):
        claim_of(data, "claim", LIMITS)


def _documents(image: Built) -> Iterator[bytes]:
    yield from (image.raw, image.config, _layout().index_json, _layout().indexes[0].raw)


_WORDS = (
    *(b'"schemaVersion"', b'"mediaType"', b'"manifests"', b'"layers"', b'"config"', b'"digest"'),
    *(b'"size"', b'"data"', b'"annotations"', b'"platform"', b'"os"', b'"architecture"'),
    *(b'"variant"', b'"urls"', b'"rootfs"', b'"diff_ids"', b'"history"', b'"created_by"'),
    *(b'"empty_layer"', b'"subject"', b'"artifactType"', b'"Config"', b'"RepoTags"', b'"Layers"'),
    *(b'"parent"', b'"id"', b'"fsLayers"', b'"blobSum"', b'"v1Compatibility"', b'"signatures"'),
    *(b'"protected"', b'"formatLength"', b'"formatTail"', b'"payload"', b'"Env"', b'"Labels"'),
    *(
        b"null",
        b"true",
        b"[]",
        b"{}",
        b"1e999",
        b"-1",
        b"\\ud800",
        b"\\u0000",
        b'"../x"',
        b"sha256:",
    ),
    *(OCI_INDEX.encode(), OCI_MANIFEST.encode(), OCI_CONFIG.encode(), OCI_LAYER.encode()),
)

DOCUMENTS = (
    Target("index", _place(_index), lambda: [_LAYOUT["index.json"]], _WORDS),
    Target(
        "nested-index",
        _place(lambda data: _with_blob(data, OCI_INDEX)),
        lambda: [_layout().indexes[0].raw],
        _WORDS,
    ),
    Target(
        "manifest",
        _place(lambda data: _with_blob(data, OCI_MANIFEST)),
        lambda: [_IMAGE.raw, attestation(_IMAGE).raw],
        _WORDS,
    ),
    Target("config", _place(_config), lambda: [_IMAGE.config], _WORDS),
    Target(
        "docker-manifest",
        _place(lambda data: {**_SAVE, "manifest.json": data}),
        lambda: [_SAVE["manifest.json"]],
        _WORDS,
    ),
    Target(
        "docker-config",
        _place(lambda data: {**_SAVE, "c.json": data}),
        lambda: [_IMAGE.config],
        _WORDS,
    ),
    Target(
        "v1-json",
        _place(_v1_json, Shape.DOCKER_V1),
        lambda: [_V1[_V1_JSON[0]], _V1[_V1_JSON[1]]],
        _WORDS,
    ),
    Target(
        "repositories",
        _place(lambda data: {**_V1, "repositories": data}, Shape.DOCKER_V1),
        lambda: [_V1["repositories"]],
        _WORDS,
    ),
    Target("schema1", _place(_dir), lambda: [_schema1(), _signed(), _IMAGE.raw], _WORDS),
    Target("claim", _claim, lambda: [*_documents(_IMAGE), _schema1(), _signed()], _WORDS),
)
