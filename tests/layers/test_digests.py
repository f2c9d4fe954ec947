"""Digests of files as they stream past: for plans that ask, and for no other."""

from __future__ import annotations

import hashlib
import io

import pytest

from analyzer.layers.scan import LayerScan, scan_layer
from analyzer.layers.wants import NOTHING, CapturePlan, Want
from analyzer.limits import Budget, Limits
from analyzer.problems import Code, Severity
from tests.support.codecs import compress
from tests.support.tarbytes import Dir, HardLink, Link, tar_bytes
from tests.tar.test_sparse import WRITERS
from tests.tar.walking import END

BIG = bytes(range(256)) * 5000
TAR = tar_bytes(
    {"d": Dir(), "d/big": BIG, "empty": b"", "a": b"one", "l": Link("a"), "h": HardLink("a")}
)


BOTH = CapturePlan((), digests="", sha1=True)


def scan(tar: bytes, plan: CapturePlan, codec: str = "none", **limits: int) -> LayerScan:
    blob = io.BytesIO(compress(tar, codec))
    return scan_layer(blob, "blob", plan, Budget(Limits(**limits)))


def sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def sha1(data: bytes) -> str:
    return f"sha1:{hashlib.sha1(data).hexdigest()}"  # noqa: S324 - it is about SHA-1


@pytest.mark.parametrize("codec", ["none", "gzip", "zstd"])
def test_every_regular_file_is_hashed(codec: str) -> None:
    found = scan(TAR, CapturePlan((), digests=""), codec)
    assert found.digests == {"d/big": sha256(BIG), "empty": sha256(b""), "a": sha256(b"one")}
    assert found.captured == {}


@pytest.mark.parametrize("codec", ["none", "gzip", "zstd"])
def test_sha1_stands_beside_where_it_is_asked_for(codec: str) -> None:
    found = scan(TAR, BOTH, codec)
    assert found.digests == scan(TAR, CapturePlan((), digests="")).digests
    assert found.sha1 == {"d/big": sha1(BIG), "empty": sha1(b""), "a": sha1(b"one")}
    assert scan(TAR, CapturePlan((), digests="")).sha1 == {}


def test_only_those_that_begin_as_wanted_are_kept() -> None:
    beginning = sha256(b"one")[7:14]
    assert scan(TAR, CapturePlan((), digests=beginning)).digests == {"a": sha256(b"one")}
    assert scan(TAR, CapturePlan((), digests=beginning, sha1=True)).sha1 == {"a": sha1(b"one")}


@pytest.mark.parametrize("plan", [NOTHING, CapturePlan((Want("a"),))])
def test_nobody_else_pays_for_it(plan: CapturePlan) -> None:
    assert scan(TAR, plan).digests == {}
    assert scan(TAR, plan).sha1 == {}


def test_what_is_wanted_is_kept_as_well() -> None:
    found = scan(TAR, CapturePlan((Want("a"),), digests=""))
    assert found.captured["a"].data == b"one"
    assert found.digests["a"] == found.captured["a"].content


def test_no_limit_of_captures_counts() -> None:
    found = scan(TAR, CapturePlan((), digests=""), captured_file_bytes=1, captured_bytes=1)
    assert found.digests["d/big"] == sha256(BIG)
    assert found.problems == ()


def test_the_last_of_a_name_counts() -> None:
    twice = tar_bytes([("a", b"one"), ("a", b"two")])
    assert scan(twice, CapturePlan((), digests="")).digests == {"a": sha256(b"two")}
    assert scan(twice, BOTH).sha1 == {"a": sha1(b"two")}
    replaced = tar_bytes([("a", b"one"), ("a", Link("b"))])
    assert scan(replaced, CapturePlan((), digests="")).digests == {}
    assert scan(replaced, BOTH).sha1 == {}


def test_half_a_file_has_no_digest() -> None:
    cut = tar_bytes([("a", b"one"), ("b", BIG)])[: 512 * 5]
    assert set(scan(cut, CapturePlan((), digests="")).digests) == {"a"}
    assert set(scan(cut, BOTH).sha1) == {"a"}


def test_plans_differ_by_it() -> None:
    prints = {CapturePlan((), digests=d).fingerprint for d in (None, "", "ab")}
    prints |= {CapturePlan((), digests=d, sha1=True).fingerprint for d in ("", "ab")}
    assert len(prints) == 5


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())
def test_a_sparse_file_is_hashed_as_it_unpacks(write: object) -> None:
    assert callable(write)
    archive: bytes = write([(10, 5), (100, 3)], 200, b"abcdefgh") + END
    whole = bytes(10) + b"abcde" + bytes(85) + b"fgh" + bytes(97)
    assert scan(archive, BOTH).digests == {"holes": sha256(whole)}
    assert scan(archive, BOTH).sha1 == {"holes": sha1(whole)}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())
def test_a_tiny_sparse_map_cannot_keep_us_busy(write: object) -> None:
    assert callable(write)
    archive: bytes = write([], (1 << 33) - 1, b"") + END
    found = scan(archive, CapturePlan((), digests=""), captured_file_bytes=1 << 20)
    assert found.digests == {}
    codes = [p.code for p in found.problems if p.severity is Severity.ERROR]
    assert codes == [Code.LIMIT_EXCEEDED]
