"""Digests of files as they stream past: for plans that ask, and for no other."""

from __future__ import annotations

import hashlib
import io
import tarfile

import pytest

from analyzer.layers.scan import LayerScan, scan_layer
from analyzer.layers.wants import NOTHING, CapturePlan, Want
from analyzer.limits import Budget, Limits
from analyzer.problems import Code, Severity
from tests.support.codecs import compress
from tests.support.scans import sha1s, sha256s
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
    assert sha256s(found) == {"d/big": sha256(BIG), "empty": sha256(b""), "a": sha256(b"one")}
    assert found.captured == {}


@pytest.mark.parametrize("codec", ["none", "gzip", "zstd"])
def test_sha1_stands_beside_where_it_is_asked_for(codec: str) -> None:
    found = scan(TAR, BOTH, codec)
    assert sha256s(found) == sha256s(scan(TAR, CapturePlan((), digests="")))
    assert sha1s(found) == {"d/big": sha1(BIG), "empty": sha1(b""), "a": sha1(b"one")}
    assert sha1s(scan(TAR, CapturePlan((), digests=""))) == {}


def test_only_those_that_begin_as_wanted_are_kept() -> None:
    beginning = sha256(b"one")[7:14]
    assert sha256s(scan(TAR, CapturePlan((), digests=beginning))) == {"a": sha256(b"one")}
    assert sha1s(scan(TAR, CapturePlan((), digests=beginning, sha1=True))) == {"a": sha1(b"one")}


@pytest.mark.parametrize("plan", [NOTHING, CapturePlan((Want("a"),))])
def test_nobody_else_pays_for_it(plan: CapturePlan) -> None:
    assert sha256s(scan(TAR, plan)) == {}
    assert sha1s(scan(TAR, plan)) == {}


def test_what_is_wanted_is_kept_as_well() -> None:
    found = scan(TAR, CapturePlan((Want("a"),), digests=""))
    assert found.captured["a"].data == b"one"
    assert sha256s(found)["a"] == found.captured["a"].content


def test_no_limit_of_captures_counts() -> None:
    found = scan(TAR, CapturePlan((), digests=""), captured_file_bytes=1, captured_bytes=1)
    assert sha256s(found)["d/big"] == sha256(BIG)
    assert found.problems == ()


def test_every_file_of_a_name_has_its_own() -> None:
    twice = tar_bytes([("a", b"one"), ("a", b"two"), ("a", Link("b"))])
    found = scan(twice, BOTH)
    with tarfile.open(fileobj=io.BytesIO(twice)) as tar:
        places = [member.offset_data for member in tar][:2]
    contents = dict(zip(places, (b"one", b"two"), strict=True))
    assert found.digests == {at: sha256(data) for at, data in contents.items()}
    assert found.sha1 == {at: sha1(data) for at, data in contents.items()}


def test_half_a_file_has_no_digest() -> None:
    cut = tar_bytes([("a", b"one"), ("b", BIG)])[: 512 * 5]
    assert set(sha256s(scan(cut, CapturePlan((), digests="")))) == {"a"}
    assert set(sha1s(scan(cut, BOTH))) == {"a"}


def test_plans_differ_by_it() -> None:
    prints = {CapturePlan((), digests=d).fingerprint for d in (None, "", "ab")}
    prints |= {CapturePlan((), digests=d, sha1=True).fingerprint for d in ("", "ab")}
    assert len(prints) == 5


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())
def test_a_sparse_file_is_hashed_as_it_unpacks(write: object) -> None:
    assert callable(write)
    archive: bytes = write([(10, 5), (100, 3)], 200, b"abcdefgh") + END
    whole = bytes(10) + b"abcde" + bytes(85) + b"fgh" + bytes(97)
    assert sha256s(scan(archive, BOTH)) == {"holes": sha256(whole)}
    assert sha1s(scan(archive, BOTH)) == {"holes": sha1(whole)}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())
def test_a_tiny_sparse_map_cannot_keep_us_busy(write: object) -> None:
    assert callable(write)
    archive: bytes = write([], (1 << 33) - 1, b"") + END
    found = scan(archive, CapturePlan((), digests=""), captured_file_bytes=1 << 20)
    assert sha256s(found) == {}
    codes = [p.code for p in found.problems if p.severity is Severity.ERROR]
    assert codes == [Code.LIMIT_EXCEEDED]
