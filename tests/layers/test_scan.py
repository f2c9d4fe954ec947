"""The single pass: what is measured, what limits cut, and what damage leaves readable."""

from __future__ import annotations

import hashlib
import io
import random
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from analyzer.codec import Codec
from analyzer.digest import digest_bytes
from analyzer.layers.scan import LayerScan, scan_layer
from analyzer.layers.wants import NOTHING, CapturePlan, Want
from analyzer.limits import Budget, Limits
from analyzer.problems import Code
from tests.layers.streams import PACK
from tests.support.codecs import CODECS, compress
from tests.support.tarbytes import HardLink, Link, header, member, pad, tar_bytes
from tests.support.tools import ROOT, run
from tests.tar.test_sparse import WRITERS
from tests.tar.walking import END

NOISE = random.Random(5).randbytes(700_000)  # noqa: S311 - wants repeatable, not secret
TAR = tar_bytes([("a", b"one"), ("d/noise", NOISE), ("b", b"two"), ("zeros", bytes(90_000))])
PLAN = CapturePlan((Want("a"), Want("d/*")))


def scan(
    blob: bytes,
    plan: CapturePlan | None = PLAN,
    limits: Limits | None = None,
    algorithm: str = "sha256",
) -> LayerScan:
    budget = Budget(limits or Limits())
    return scan_layer(io.BytesIO(blob), "blob", plan, budget, algorithm=algorithm)


def sha256(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def codes(found: LayerScan) -> list[Code]:
    return [problem.code for problem in found.problems]


def contents(found: LayerScan) -> dict[str, bytes]:
    return {path: captured.data for path, captured in found.captured.items()}


@pytest.mark.parametrize("codec", CODECS)
def test_digests_and_sizes_are_those_of_hashlib(codec: str) -> None:
    blob = compress(TAR, codec)
    found = scan(blob)
    measured = found.measured
    assert (measured.digest, measured.size) == (sha256(blob), len(blob))
    assert (measured.diff_id, measured.uncompressed_size) == (sha256(TAR), len(TAR))
    assert measured.compression == codec.removesuffix("-multi")
    assert [entry.path for entry in found.entries] == ["a", "d/noise", "b", "zeros"]
    assert contents(found) == {"a": b"one", "d/noise": NOISE}
    assert found.captured["a"].content == sha256(b"one")
    assert found.complete
    assert codes(found) == [Code.GZIP_MEMBERS] * (codec == "gzip-multi")


@pytest.mark.parametrize("codec", ["none", "gzip"])
def test_the_blob_may_be_of_another_algorithm(codec: str) -> None:
    blob = compress(TAR, codec)
    measured = scan(blob, algorithm="sha512").measured
    assert measured.digest == "sha512:" + hashlib.sha512(blob).hexdigest()
    assert measured.diff_id == sha256(TAR)


def test_without_a_plan_only_digests_are_taken() -> None:
    found = scan(compress(b"no tar at all", "gzip"), plan=None)
    assert found.measured.diff_id == sha256(b"no tar at all")
    assert (found.entries, found.captured, found.problems) == ((), {}, ())
    assert found.complete


def test_a_plan_of_nothing_lists_entries() -> None:
    found = scan(TAR, NOTHING)
    assert (len(found.entries), found.captured) == (4, {})


def test_an_empty_blob_is_an_empty_layer_with_a_warning() -> None:
    found = scan(b"")
    assert found.measured.diff_id == sha256(b"")
    assert codes(found) == [Code.END_MARKER_MISSING]


# Damage.


@pytest.mark.parametrize("codec", ["gzip", "gzip-multi", "zstd", "xz", "bzip2"])
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_cut_stream_still_has_the_digest_of_its_blob(codec: str, share: float) -> None:
    blob = compress(TAR, codec)
    blob = blob[: int(len(blob) * share)]
    found = scan(blob)
    assert (found.measured.digest, found.measured.size) == (sha256(blob), len(blob))
    assert (found.measured.diff_id, found.measured.uncompressed_size) == (None, None)
    begun = codec == "gzip-multi" and share > 0.5  # the second member
    assert codes(found) == [Code.LAYER_TRUNCATED, *([Code.GZIP_MEMBERS] * begun)]
    assert not found.complete
    assert contents(found).get("d/noise") in {None, NOISE}


@pytest.mark.parametrize("codec", PACK)
def test_a_bent_stream_still_has_the_digest_of_its_blob(codec: Codec) -> None:
    blob = bytearray(PACK[codec](TAR))
    blob[len(blob) // 2 : len(blob) // 2 + 64] = bytes(range(64))
    found = scan(bytes(blob))
    assert found.measured.digest == sha256(bytes(blob))
    assert found.measured.diff_id is None
    assert codes(found)[0] is Code.LAYER_DAMAGED  # bzip2 checks a block after handing it out
    assert not found.complete


def test_a_damaged_header_is_told_although_the_stream_ends_early() -> None:
    bad = tar_bytes({"a": b"one"})[:1024] + b"\1" * 512 + NOISE
    blob = compress(bad, "gzip")
    found = scan(blob[:-100_000])
    assert codes(found) == [Code.LAYER_TRUNCATED, Code.HEADER_DAMAGED]
    assert contents(found) == {"a": b"one"}


def test_a_damaged_header_makes_the_scan_incomplete_and_keeps_the_diff_id() -> None:
    tar = b"\1" * 512 + TAR
    found = scan(compress(tar, "zstd"))
    assert found.measured.diff_id == sha256(tar)
    assert codes(found) == [Code.HEADER_DAMAGED]
    assert not found.complete
    assert len(found.entries) == 4


def test_a_tar_cut_before_it_was_compressed_is_incomplete() -> None:
    found = scan(compress(TAR[:5000], "gzip"))
    assert found.measured.diff_id == sha256(TAR[:5000])
    assert codes(found) == [Code.LAYER_TRUNCATED]
    assert "d/noise" in found.problems[0].detail
    assert contents(found) == {"a": b"one"}
    assert not found.complete


def test_bytes_behind_the_compressed_stream_are_told() -> None:
    found = scan(compress(TAR, "gzip") + b"more")
    assert codes(found) == [Code.TRAILING_DATA]
    assert found.measured.diff_id == sha256(TAR)


class Failing(io.BytesIO):
    """A disk that fails in the middle."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell():
            raise OSError(5, "Input/output error")
        return super().read(size)


def test_a_read_that_fails_measures_nothing() -> None:
    found = scan_layer(Failing(TAR), "blob", PLAN, Budget(Limits()))
    assert (found.measured.digest, found.measured.size, found.measured.diff_id) == (None,) * 3
    assert codes(found) == [Code.NOT_READABLE]
    assert not found.complete


# Limits.


def test_limits_of_inflation_leave_the_digest_of_the_blob() -> None:
    blob = compress(bytes(3_000_000), "gzip")
    cases = {
        "layer_inflated_bytes": Limits(layer_inflated_bytes=1_000_000),
        "inflated_bytes": Limits(inflated_bytes=1_000_000),
        "inflate_ratio": Limits(inflate_ratio=20, ratio_free_bytes=1_000_000),
    }
    for name, limits in cases.items():
        found = scan(blob, limits=limits)
        assert codes(found) == [Code.LIMIT_EXCEEDED]
        assert f"limit {name} is" in found.problems[0].detail
        assert f"--limit {name}=N" in found.problems[0].detail
        assert found.measured.digest == sha256(blob)
        assert found.measured.diff_id is None
        assert not found.complete


def test_limits_are_the_largest_allowed_value() -> None:
    blob = compress(TAR, "gzip")
    exact = Limits(layer_inflated_bytes=len(TAR), inflated_bytes=len(TAR), layer_entries=5)
    exact = replace(exact, captured_file_bytes=len(NOISE), captured_bytes=len(NOISE) + 3)
    assert not scan(blob, limits=exact).problems
    for name in ("layer_inflated_bytes", "inflated_bytes", "layer_entries"):
        less = replace(exact, **{name: getattr(exact, name) - 1})
        assert codes(scan(blob, limits=less)) == [Code.LIMIT_EXCEEDED]
    for name in ("captured_file_bytes", "captured_bytes"):
        less = replace(exact, **{name: getattr(exact, name) - 1})
        found = scan(blob, limits=less)
        assert codes(found) == [Code.LIMIT_EXCEEDED]
        assert contents(found) == {"a": b"one"}
        assert found.measured.diff_id == sha256(TAR)


@pytest.mark.parametrize(
    ("limits", "name"),
    [
        (Limits(layer_entries=2), "layer_entries"),
        (Limits(path_bytes=6), "path_bytes"),
        (Limits(pax_bytes=10), "pax_bytes"),
    ],
)
def test_limits_of_the_tar_keep_diff_id_and_earlier_problems(limits: Limits, name: str) -> None:
    tar = (
        b"\1" * 512 + tar_bytes({"a": b"one"})[:1024] + tar_bytes({"n" * 150: b"", "d/noise": b""})
    )
    tar += member(b"d/noise")
    found = scan(compress(tar, "gzip"), limits=limits)
    assert codes(found) == [Code.LIMIT_EXCEEDED, Code.HEADER_DAMAGED] or name == "layer_entries"
    assert contents(found) == {"a": b"one"}
    assert found.measured.diff_id == sha256(tar)


def test_a_budget_is_shared_by_all_layers() -> None:
    budget = Budget(Limits(inflated_bytes=len(TAR) + 10))
    first, second = (scan_layer(io.BytesIO(TAR), "blob", PLAN, budget) for _ in range(2))
    assert not first.problems
    assert codes(second) == [Code.LIMIT_EXCEEDED]


# Captures.


def test_of_several_entries_of_a_name_the_last_counts() -> None:
    assert contents(scan(tar_bytes([("a", b"old"), ("a", b"new")]))) == {"a": b"new"}
    assert contents(scan(tar_bytes([("a", b"old"), ("a", Link("b"))]))) == {}
    assert contents(scan(tar_bytes([("a", b"old"), ("a", HardLink("b"))]))) == {}
    cut = tar_bytes([("a", b"old"), ("a", b"n" * 600)])[:-1500]
    assert contents(scan(cut)) == {}


def test_empty_files_are_captured() -> None:
    found = scan(tar_bytes({"a": b""}))
    assert found.captured["a"].data == b""
    assert found.captured["a"].content == digest_bytes(b"")


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())
def test_sparse_files_are_captured_whole(write: object) -> None:
    assert callable(write)
    archive: bytes = write([(10, 5), (100, 3)], 200, b"abcdefgh") + END
    found = scan(archive, CapturePlan((Want("holes"),)))
    whole = bytes(10) + b"abcde" + bytes(85) + b"fgh" + bytes(97)
    assert contents(found) == {"holes": whole}
    assert found.captured["holes"].content == sha256(whole)
    assert codes(found) == [Code.SPARSE_FILE]


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())
def test_a_tiny_sparse_map_cannot_ask_for_more_than_the_limit(write: object) -> None:
    assert callable(write)
    archive: bytes = write([], (1 << 33) - 1, b"") + END
    found = scan(archive, CapturePlan((Want("holes"),)), Limits(captured_file_bytes=1 << 20))
    assert contents(found) == {}
    assert codes(found) == [Code.LIMIT_EXCEEDED, Code.SPARSE_FILE]


def test_progress_is_told_in_stored_bytes_and_may_stop_the_scan() -> None:
    seen: list[int] = []
    blob = compress(TAR, "gzip")
    scan_layer(io.BytesIO(blob), "blob", PLAN, Budget(Limits()), advance=seen.append)
    assert sum(seen) == len(blob)

    def stop(_count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scan_layer(io.BytesIO(blob), "blob", PLAN, Budget(Limits()), advance=stop)


_BIG = """
import resource, sys
from analyzer.layers.scan import scan_layer
from analyzer.layers.wants import CapturePlan, Want
from analyzer.limits import Budget, Limits
plan = CapturePlan((Want("small"),))
def scan(path):
    with open(path, "rb") as file:
        return scan_layer(file, "blob", plan, Budget(Limits()))
scan(sys.argv[1])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
found = scan(sys.argv[2])
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert found.complete and found.captured["small"].data == b"kept", found.problems
print(found.measured.uncompressed_size, after - before)
"""


@pytest.mark.parametrize("codec", ["none", "gzip", "zstd"])
def test_a_file_of_200_mib_needs_little_memory(codec: str, tmp_path: Path) -> None:
    size = 200 << 20
    tar = header(b"big", size) + NOISE[: 1 << 14] * (size >> 14) + pad(member(b"small", b"kept"))
    (tmp_path / "little").write_bytes(compress(TAR, codec))
    (tmp_path / "big").write_bytes(compress(tar + END, codec))
    script: list[str | Path] = [sys.executable, "-c", _BIG, tmp_path / "little", tmp_path / "big"]
    done = run(script, env={"PYTHONPATH": str(ROOT)})
    total, grown_kib = done.stdout.split()
    assert int(total) > size
    assert int(grown_kib) < 40 * 1024
