"""Any bytes, and JSON with the right names and wrong types: a result or an AnalyzerError."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer import AnalyzerError, analyze, to_document
from analyzer.canonical import json_bytes
from tests.image.inputs import digest, image
from tests.support.codecs import compact
from tests.support.documents import (
    DOCKER_CONFIG,
    DOCKER_LIST,
    OCI_CONFIG,
    OCI_INDEX,
    OCI_LAYER,
    OCI_MANIFEST,
    Image,
)
from tests.support.imagebuilder import ImageBuilder, Layout, attestation, tar_bytes
from tests.support.saves import save_entries
from tests.support.tarbytes import Entry

SOUND = image()
_NAMES = st.sampled_from(
    [
        *("schemaVersion", "mediaType", "manifests", "layers", "config", "digest", "size", "data"),
        *("annotations", "platform", "os", "architecture", "variant", "os.version", "urls"),
        *("rootfs", "diff_ids", "history", "created_by", "empty_layer", "subject", "artifactType"),
        *("Config", "RepoTags", "Layers", "LayerSources", "io.containerd.image.name"),
        "org.opencontainers.image.ref.name",
    ]
)
_LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 1 << 70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=4),
    st.sampled_from([OCI_INDEX, DOCKER_LIST, OCI_MANIFEST, OCI_CONFIG, DOCKER_CONFIG, OCI_LAYER]),
    st.sampled_from([SOUND.digest, SOUND.image_id, SOUND.layer_digests[0], digest(b"")]),
    st.sampled_from(
        ["blobs/sha256/" + SOUND.image_id[7:], "manifest.json", "../x", "e30=", "\ud800"]
    ),
)
_DESCRIPTORS = st.fixed_dictionaries(
    {
        "digest": st.sampled_from([SOUND.digest, SOUND.image_id, SOUND.layer_digests[0]]),
        "size": st.integers(0, 900),
    },
    optional={"mediaType": _LEAVES, "platform": _LEAVES, "annotations": _LEAVES, "data": _LEAVES},
)
GARBAGE = st.recursive(
    _LEAVES | _DESCRIPTORS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=6),
    max_leaves=25,
)
_LAYOUT = Layout()
_LAYOUT.add_index([SOUND, attestation(SOUND)], ref_name="1")
_ITEM = {"Config": "c.json", "RepoTags": ["a:1"], "Layers": ["0.tar"]}
_DOCUMENTS = st.sampled_from(
    [SOUND.raw, SOUND.config, _LAYOUT.index_json, _LAYOUT.indexes[0].raw, compact([_ITEM])]
)


def _places(value: object) -> list[tuple[Any, Any]]:
    """Every container in a document with each of its keys."""
    keys: list[Any] = []
    if isinstance(value, dict):
        keys = list(value)
    elif isinstance(value, list):
        keys = list(range(len(value)))
    below = [place for key in keys for place in _places(value[key])]  # type: ignore[index]
    return [(value, key) for key in keys] + below


def _bent(choice: tuple[bytes, int, object]) -> bytes:
    """A sound document with one member replaced."""
    raw, number, instead = choice
    document = json.loads(raw)
    places = _places(document)
    container, key = places[number % len(places)]
    container[key] = instead
    return json.dumps(document).encode()


def _overwritten(choice: tuple[bytes, int, bytes]) -> bytes:
    raw, place, patch = choice
    return raw[:place] + patch + raw[place + len(patch) :]


BYTES = st.one_of(
    st.binary(max_size=400),
    GARBAGE.map(lambda value: json.dumps(value).encode()),
    st.tuples(_DOCUMENTS, st.integers(0, 500), GARBAGE).map(_bent),
    st.tuples(_DOCUMENTS, st.integers(0, 500), st.binary(max_size=3)).map(_overwritten),
)


def _of_blobs(document: Image) -> Layout:
    layout = Layout()
    for name, blob in document.all_blobs().items():
        layout.extra_blob(blob, name)
    return layout


def as_index_json(data: bytes) -> bytes:
    return _of_blobs(SOUND).replace("index.json", data).tar()


def as_nested_index(data: bytes) -> bytes:
    layout = _of_blobs(SOUND)
    stored = layout.extra_blob(data)
    kind = {"mediaType": OCI_INDEX, "digest": stored, "size": len(data)}
    return layout.add_descriptor(kind).tar()


def as_manifest(data: bytes) -> bytes:
    layout = Layout()
    layout.add(SOUND, ref_name="sound")
    layout.add(ImageBuilder().layer({"a": b"a"}).manifest_bytes(data), ref_name="bent")
    return layout.tar()


def as_config(data: bytes) -> bytes:
    layout = Layout()
    layout.add(ImageBuilder().layer({"a": b"a"}).config_bytes(data))
    return layout.tar()


def as_attestation(data: bytes) -> bytes:
    layout = Layout()
    statement = attestation(SOUND)
    layout.add_index([SOUND, statement])
    return layout.replace(f"blobs/sha256/{statement.digest[7:]}", data).tar()


def as_marker(data: bytes) -> bytes:
    layout = Layout()
    layout.add(SOUND)
    return layout.replace("oci-layout", data).tar()


def as_docker_manifest(data: bytes) -> bytes:
    entries = save_entries([(SOUND, ("a:1",))], "legacy")
    return tar_bytes({**entries, "manifest.json": data})


def as_docker_config(data: bytes) -> bytes:
    files: dict[str, Entry] = {
        "manifest.json": compact([_ITEM]),
        "c.json": data,
        "0.tar": SOUND.layers[0].tar,
    }
    return tar_bytes(files)


def as_second_view(data: bytes) -> bytes:
    entries = save_entries([(SOUND, ("a:1",))], "containerd")
    return tar_bytes({**entries, "manifest.json": data})


def as_first_view(data: bytes) -> bytes:
    entries = save_entries([(SOUND, ("a:1",))], "hybrid")
    return tar_bytes({**entries, "index.json": data})


PLACES = (
    *(as_index_json, as_nested_index, as_manifest, as_config, as_attestation, as_marker),
    *(as_docker_manifest, as_docker_config, as_second_view, as_first_view),
)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=BYTES)
def test_a_report_that_can_be_written_or_an_error(
    place: Callable[[bytes], bytes], data: bytes
) -> None:
    with tempfile.NamedTemporaryFile(suffix=".tar") as file:
        file.write(place(data))
        file.flush()
        with suppress(AnalyzerError):
            report = analyze(file.name)
            assert report.exit_code in {0, 1, 3}
            json.loads(json_bytes(to_document(report)))


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_every_place_is_really_read(place: Callable[[bytes], bytes], tmp_path: Path) -> None:
    """Bytes that are no JSON are an error or a problem in every one of the places."""
    (tmp_path / "a.tar").write_bytes(place(b"{"))
    try:
        report = analyze(str(tmp_path / "a.tar"))
    except AnalyzerError:
        return
    assert any("not JSON" in problem.detail for problem in report.all_problems)
