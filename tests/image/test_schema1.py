"""Schema 1 manifests: digests as skopeo computes them, and refusals where it refuses."""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.errors import AnalyzerError, MalformedImage
from analyzer.image.schema1 import Schema1, is_schema1, parse_schema1, payload
from analyzer.limits import Limits
from tests.support.tools import require_tool, run, shared

LIMITS = Limits()
BLOB = f"sha256:{'a' * 64}"
OTHER = f"sha256:{'b' * 64}"
HEAD = b'{\n "schemaVersion": 1,\n "fsLayers": [],\n "history": []'
TAIL = "Cn0"
"""A line end and a closing brace."""


def manifests(name: str) -> Path:
    return shared("corpus", "layouts", "containers-container-libs", "manifests", name)


def parse(raw: bytes) -> Schema1:
    return parse_schema1(raw, "manifest", LIMITS)


def skopeo(path: Path) -> str:
    return run([require_tool("skopeo"), "manifest-digest", path]).stdout.decode().strip()


def refused_by_skopeo(path: Path) -> bool:
    return run([require_tool("skopeo"), "manifest-digest", path], check=False).returncode != 0


def protected(**header: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")


def signed(*headers: object) -> bytes:
    blocks = [{"header": {"alg": "ES256"}, "protected": header} for header in headers]
    return HEAD + b',\n "signatures": ' + json.dumps(blocks).encode() + b"\n}"


def document(entries: list[tuple[str, Any]]) -> bytes:
    return json.dumps(
        {
            "schemaVersion": 1,
            "name": "a/b",
            "tag": "1",
            "architecture": "amd64",
            "fsLayers": [{"blobSum": digest} for digest, _ in entries],
            "history": [{"v1Compatibility": json.dumps(step)} for _, step in entries],
        }
    ).encode()


@pytest.mark.parametrize(
    "name",
    ["v2s1.manifest.json", "v2s1-unsigned.manifest.json", "schema2-to-schema1-by-docker.json"],
)
def test_the_digest_is_that_of_skopeo(name: str) -> None:
    path = manifests(name)
    assert parse(path.read_bytes()).digest == skopeo(path)


def test_signatures_do_not_count() -> None:
    one = parse(manifests("v2s1.manifest.json").read_bytes())
    two = parse(manifests("v2s1-unsigned.manifest.json").read_bytes())
    assert one.payload == two.payload
    assert (one.signatures, two.signatures) == (1, 0)
    assert one.digest == two.digest
    assert (one.name, one.tag, one.architecture) == ("mitr/busybox", "latest", "amd64")


def test_entries_are_bottom_first_and_throwaway_ones_are_no_layers() -> None:
    found = parse(manifests("schema2-to-schema1-by-docker.json").read_bytes())
    assert (len(found.entries), len(found.layers)) == (15, 5)
    assert "ADD file:" in found.entries[0].created_by
    assert found.entries[-1].created_by.endswith('CMD ["httpd-foreground"]')
    for below, above in zip(found.entries, found.entries[1:], strict=False):
        assert above.parent == below.v1_id
    empty = "sha256:a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4"
    assert {entry.digest for entry in found.entries if entry.throwaway} == {empty}


def test_all_signatures_have_to_agree(tmp_path: Path) -> None:
    length = len(HEAD)
    good = protected(formatLength=length, formatTail=TAIL)
    path = tmp_path / "manifest"
    path.write_bytes(signed(good, good))
    assert parse(path.read_bytes()).digest == skopeo(path)
    assert parse(path.read_bytes()).payload == HEAD + b"\n}"
    for other in (
        protected(formatLength=length - 1, formatTail=TAIL),
        protected(formatLength=length, formatTail="fQ"),
    ):
        path.write_bytes(signed(good, other))
        assert refused_by_skopeo(path)
        with pytest.raises(MalformedImage, match="disagree"):
            parse(path.read_bytes())


@pytest.mark.parametrize("blanks", [" {}", "{}\n", "{}=="])
def test_blanks_and_padding_around_base64_are_overlooked(blanks: str, tmp_path: Path) -> None:
    path = tmp_path / "manifest"
    header = protected(formatLength=len(HEAD), formatTail=TAIL)
    if "=" in blanks and len(header) % 4 == 0:
        header = protected(formatLength=len(HEAD), formatTail=TAIL, x=1)
    path.write_bytes(signed(blanks.replace("{}", header).replace("==", "=" * (-len(header) % 4))))
    assert parse(path.read_bytes()).digest == skopeo(path)


@pytest.mark.parametrize(
    "header",
    [
        protected(formatLength=10_000, formatTail=TAIL),
        protected(formatLength="40", formatTail=TAIL),
        protected(formatTail=TAIL),
        protected(formatLength=40),
        protected(formatLength=-1, formatTail=TAIL),
        protected(formatLength=40, formatTail="?"),
        "e30",
        "W10",
        "!",
        "",
    ],
)
def test_signatures_that_skopeo_refuses_are_refused(header: str, tmp_path: Path) -> None:
    path = tmp_path / "manifest"
    path.write_bytes(signed(header))
    assert refused_by_skopeo(path)
    with pytest.raises(MalformedImage):
        parse(path.read_bytes())


@pytest.mark.parametrize(
    "signatures",
    [1, [], [1], {}, "", [{"protected": protected(formatLength=0, formatTail=TAIL)}], [{}]],
)
def test_signatures_that_sign_nothing_are_refused(signatures: object) -> None:
    """Of an empty list skopeo takes the digest of no bytes, which names nothing."""
    raw = json.dumps({**json.loads(HEAD + b"}"), "signatures": signatures}).encode()
    with pytest.raises(MalformedImage):
        parse(raw)
    with pytest.raises(MalformedImage):
        payload(raw, "manifest", LIMITS)


def test_a_manifest_whose_signatures_are_no_list_is_refused_as_by_skopeo() -> None:
    path = manifests("v2s1-invalid-signatures.manifest.json")
    assert refused_by_skopeo(path)
    with pytest.raises(MalformedImage):
        parse(path.read_bytes())


def test_null_signatures_are_none(tmp_path: Path) -> None:
    path = tmp_path / "manifest"
    path.write_bytes(HEAD + b', "signatures": null}')
    assert parse(path.read_bytes()).digest == skopeo(path)


def test_a_step_without_a_layer() -> None:
    found = parse(
        document(
            [
                (OTHER, {"id": "2", "parent": "1", "throwaway": True}),
                (BLOB, {"id": "1", "container_config": {"Cmd": ["/bin/sh", "-c", "x"]}}),
            ]
        )
    )
    assert found.layers == (BLOB,)
    assert [(e.v1_id, e.parent, e.throwaway, e.created_by) for e in found.entries] == [
        ("1", "", False, "/bin/sh -c x"),
        ("2", "1", True, ""),
    ]
    assert found.problems == ()


def test_wrong_types_inside_history_are_problems() -> None:
    found = parse(document([(BLOB, {"id": 1, "throwaway": "yes", "container_config": []})]))
    assert not found.entries[0].throwaway
    assert len(found.problems) == 3


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b'{"schemaVersion": 2, "fsLayers": [], "history": []}',
        b'{"schemaVersion": 1}',
        b'{"schemaVersion": 1, "fsLayers": [{}], "history": []}',
        b'{"schemaVersion": 1, "fsLayers": [{"blobSum": "x"}], "history": [{}]}',
        b'{"schemaVersion": 1, "fsLayers": [1], "history": [1]}',
        document([("sha256:x", {})]),
        document([(BLOB, {})]).replace(b'"v1Compatibility": "{}"', b'"v1Compatibility": "{"'),
        document([(BLOB, {})]).replace(b'"v1Compatibility"', b'"v2"'),
        document([(BLOB, {})]).replace(b'"v1Compatibility": "{}"', b'"v1Compatibility": "\\ud800"'),
    ],
)
def test_what_is_no_schema_1_manifest_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedImage):
        parse(raw)


def test_a_media_type_of_another_kind_counts_more_than_the_version(tmp_path: Path) -> None:
    """So it does for skopeo, which then hashes all of it."""
    other = "application/vnd.docker.distribution.manifest.v2+json"
    assert not is_schema1({"schemaVersion": 1, "mediaType": other})
    assert is_schema1({"schemaVersion": 1, "mediaType": "x"})
    assert not is_schema1([])


@given(st.binary(max_size=300))
def test_any_bytes_are_a_manifest_or_refused(data: bytes) -> None:
    around = base64.urlsafe_b64encode(data).decode()
    for raw in (data, signed(around), document([(BLOB, {"Cmd": data.hex()})]) + data):
        with suppress(AnalyzerError):
            parse(raw)


@given(st.integers(), st.text(max_size=8))
def test_any_signature_header_is_taken_or_refused(length: int, tail: str) -> None:
    raw = signed(protected(formatLength=length, formatTail=tail))
    with suppress(AnalyzerError):
        assert parse(raw).payload.startswith(raw[:length])
