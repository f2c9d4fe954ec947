"""Schema 1 manifests of any content: an answer or an error of ours, never a traceback."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from analyzer.errors import AnalyzerError
from analyzer.image.identity import identities
from analyzer.image.model import Document, Image, Measured
from analyzer.image.platform import Platform
from analyzer.image.schema1 import digest_as_signed, is_schema1, parse_schema1
from analyzer.image.schema1config import made_config
from analyzer.image.schema1ids import schema1_identities
from analyzer.limits import Limits
from tests.support.imagebuilder import sha256

ID, PARENT = "a" * 64, "b" * 64
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(-1e300, 1e300) | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["Cmd", "cmd", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)
MEMBERS = ("id", "parent", "created", "author", "comment", "container_config", "throwaway")
ODD = st.dictionaries(
    st.sampled_from([*MEMBERS, "docker_version", "Created", "config", "\ud800"]), JSON, max_size=4
)


def manifest(steps: list[dict[str, Any]]) -> bytes:
    """Steps newest first, each with the IDs of a chain unless it says otherwise."""
    chain = [{"id": ID, "parent": PARENT}, {"id": PARENT}]
    history = [{"v1Compatibility": json.dumps(own | odd)} for own, odd in zip(chain, steps)]  # noqa: B905 - two
    layers = [{"blobSum": sha256(b"x")} for _ in history]
    return json.dumps({"schemaVersion": 1, "fsLayers": layers, "history": history}).encode()


@given(JSON, JSON, JSON)
def test_odd_documents_are_told_apart(kind: Any, signatures: Any, layers: Any) -> None:  # noqa: ANN401
    value = {"schemaVersion": 1, "mediaType": kind, "signatures": signatures, "fsLayers": layers}
    assert is_schema1(value)
    raw = json.dumps(value).encode()
    unsigned = sha256(raw) if signatures is None else None
    assert digest_as_signed(raw, "manifest", "sha256", Limits()) == unsigned


@given(st.tuples(ODD, ODD))
def test_odd_members_are_refused_or_taken(steps: tuple[dict[str, Any], dict[str, Any]]) -> None:
    raw = manifest(list(steps))
    with suppress(AnalyzerError):
        found = parse_schema1(raw, "manifest", Limits())
        made = made_config(found, [None for _ in found.layers])
        assert made.raw is None or not found.layers
        image = Image(
            position=0,
            names=(),
            platform=Platform("", ""),
            platform_declared=None,
            indexes=(),
            manifest=Document("manifest", raw, None, None, found.digest),
            manifest_declared=None,
            config_document=None,
            config_declared=None,
            config=None,
            layers=(),
            without_config="schema1",
            schema1=found,
        )
        assert identities(image, ())
        measured = [Measured(diff_id=None) for _ in found.layers]
        schema1_identities(image, measured)


@given(st.tuples(ODD, ODD))
def test_a_config_that_is_made_is_json(steps: tuple[dict[str, Any], dict[str, Any]]) -> None:
    with suppress(AnalyzerError):
        found = parse_schema1(manifest(list(steps)), "manifest", Limits())
        made = made_config(found, [sha256(b"y") for _ in found.layers])  # type: ignore[misc]
        if made.raw is None:
            assert made.reason
        else:
            value = json.loads(made.raw)
            assert len(value["history"]) == len(found.steps)
            assert len(value["rootfs"]["diff_ids"]) == len(found.layers)
