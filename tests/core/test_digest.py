"""Digests: grammar, hashing, chain IDs."""

from __future__ import annotations

import hashlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.digest import (
    DiffId,
    Digest,
    algorithm_of,
    can_check,
    chain_ids,
    digest_bytes,
    digest_stream,
    encoded_of,
    parse_digest,
)
from analyzer.errors import MalformedImage
from analyzer.problems import Code

HEX = "a" * 64


@pytest.mark.parametrize(
    "text",
    [
        f"sha256:{HEX}",
        "sha512:" + "0" * 128,
        "sha384:" + "0" * 96,
        # image-spec descriptor.md: grammar examples of unregistered algorithms
        "multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8",
        "sha256+b64u:LCa0a2j_xo_5m0U8HTBBNBNCLXBkg7-g-YpeiGJm564",
        "blake3:" + "f" * 64,
    ],
)
def test_digests_of_the_grammar(text: str) -> None:
    digest = parse_digest(text)
    assert f"{algorithm_of(digest)}:{encoded_of(digest)}" == text


@pytest.mark.parametrize(
    "value",
    [
        "",
        HEX,
        "sha256:",
        f"sha256:{HEX[:-1]}",
        f"sha256:{HEX}a",
        f"sha256:{HEX.upper()}",
        f"sha256:{HEX}\n",
        f" sha256:{HEX}",
        f"SHA256:{HEX}",
        "sha256:" + "g" * 64,
        "sha256:../../etc/passwd",
        "sha512:" + HEX,
        "sha256:" + "\u0661" * 64,
        "md5:../x",
        "+a:b",
        None,
        7,
        b"sha256:" + HEX.encode(),
        ["sha256"],
    ],
)
def test_what_is_no_digest(value: object) -> None:
    with pytest.raises(MalformedImage) as caught:
        parse_digest(value, "here")
    assert (caught.value.code, caught.value.where) == (Code.BAD_DOCUMENT, "here")
    assert len(caught.value.message) < 200


def test_only_known_algorithms_can_be_checked() -> None:
    assert can_check(Digest(f"sha256:{HEX}"))
    assert not can_check(Digest("blake3:00"))


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
@given(data=st.binary(max_size=100))
def test_hashing_is_that_of_hashlib(algorithm: str, data: bytes) -> None:
    expected = f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"
    assert digest_bytes(data, algorithm) == expected
    assert digest_stream(io.BytesIO(data), algorithm) == (expected, len(data))
    assert parse_digest(expected) == expected


def test_progress_counts_every_byte() -> None:
    steps: list[int] = []
    data = bytes(3 << 20)
    assert digest_stream(io.BytesIO(data), advance=steps.append)[1] == len(data)
    assert sum(steps) == len(data)
    assert len(steps) > 1


def test_chain_ids_are_those_of_the_specification() -> None:
    """config.md: each is the hash of the one below, a blank, and the layer's diff ID."""
    a, b, c = (DiffId(digest_bytes(name)) for name in (b"a", b"b", b"c"))
    ab = "sha256:" + hashlib.sha256(f"{a} {b}".encode()).hexdigest()
    abc = "sha256:" + hashlib.sha256(f"{ab} {c}".encode()).hexdigest()
    assert list(chain_ids([a, b, c])) == [a, ab, abc]
    assert list(chain_ids([])) == []
