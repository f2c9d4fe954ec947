"""Where in the stored bytes something is odd: trailing bytes, skippable frames, members."""

from __future__ import annotations

import bz2
import gzip
import lzma
from itertools import accumulate, pairwise
from pathlib import Path

import pytest
import zstandard

from analyzer.codec import Codec, Inflater, inflater
from analyzer.problems import Code, Severity
from tests.layers.streams import PACK, skippable
from tests.layers.test_scan import scan, sha256
from tests.layers.test_toc import said
from tests.layers.test_toc import scan as scan_toc
from tests.support.engines import podman
from tests.support.gzips import go_gzip
from tests.support.imagebuilder import ImageBuilder
from tests.support.tarbytes import tar_bytes
from tests.support.tocs import RICH, changed, chunked
from tests.support.tools import require_tool, run
from tests.support.unpacking import REFUSED, umoci

TAR = tar_bytes({"a": b"one", "b": b"two" * 5000})


def taken(data: bytes, codec: Codec, step: int, kept: int = 100) -> Inflater:
    """An inflater that was fed all of `data` in pieces."""
    state = inflater(codec, kept)
    for start, end in pairwise([*range(0, len(data), step), len(data)]):
        for _ in state.feed(data[start:end]):
            pass
    state.finish()
    return state


@pytest.mark.parametrize("step", [1, 2, 3, 7, 1 << 20])
@pytest.mark.parametrize("codec", PACK)
def test_trailing_bytes_are_told_with_their_place(codec: Codec, step: int) -> None:
    packed = PACK[codec](TAR)
    for padding in (b"", bytes(5)) if codec is not Codec.ZSTD else (b"",):
        state = taken(packed + padding + b"trailing", codec, step)
        assert state.trailing
        assert state.trailing_at == len(packed + padding)
    assert not taken(packed, codec, step).trailing


@pytest.mark.parametrize("step", [1, 2, 3, 7, 1 << 20])
@pytest.mark.parametrize("codec", [Codec.GZIP, Codec.BZIP2, Codec.XZ])
def test_zeros_that_the_format_has_no_place_for_are_counted(codec: Codec, step: int) -> None:
    pack = PACK[codec]
    one, two = pack(TAR[:512]), pack(TAR[512:])
    for blob, zeros, at in (
        (one + two, 0, 0),
        (one + two + bytes(3), 3, len(one + two)),
        (one + bytes(5) + two, 5, len(one)),
        (one + bytes(5) + two + bytes(2), 7, len(one)),
        (one + bytes(3) + b"x", 3, len(one)),
    ):
        state = taken(blob, codec, step)
        assert (state.zeros, state.zeros_at) == (zeros, at)


@pytest.mark.parametrize("step", [1, 3, 1 << 20])
def test_xz_has_padding_of_four_bytes(step: int) -> None:
    """As xz itself takes it: the .xz file format, section 2.2."""
    xz = require_tool("xz")
    for count in range(10):
        blob = lzma.compress(TAR) + bytes(count)
        refused = run([xz, "-dc"], stdin=blob, check=False).returncode != 0
        assert bool(taken(blob, Codec.XZ, step).zeros) is refused, count


ZEROS = {"behind": (TAR, b"", 100), "between": (TAR[:512], TAR[512:], 100), "one": (TAR, b"", 1)}


def with_zeros(one: bytes, two: bytes, count: int) -> bytes:
    packed = [go_gzip(part) for part in (one, two)]
    return packed[0] + bytes(count) + (packed[1] if two else b"")


@pytest.mark.parametrize("name", ZEROS)
def test_zeros_behind_gzip_are_told_and_change_no_diff_id(name: str) -> None:
    blob = with_zeros(*ZEROS[name])
    found = scan(blob)
    problem, *members = found.problems
    assert [note.code for note in members] == [Code.GZIP_MEMBERS] * bool(ZEROS[name][1])
    at = len(go_gzip(ZEROS[name][0]))
    assert (problem.code, problem.severity) == (Code.TRAILING_DATA, Severity.WARNING)
    assert problem.detail.startswith(
        f"{ZEROS[name][2]} zero bytes stand behind a gzip stream, from byte {at} of the layer"
    )
    assert found.complete
    assert found.measured.diff_id == sha256(gzip.decompress(blob)) == sha256(TAR)


@pytest.mark.parametrize("name", ZEROS)
def test_engines_refuse_zeros_behind_gzip(name: str, tmp_path: Path) -> None:
    image = ImageBuilder().layer(raw_blob=with_zeros(*ZEROS[name]), raw_tar=TAR)
    assert umoci(image, tmp_path) == REFUSED
    with podman("vfs") as client, pytest.raises(AssertionError, match=r"invalid header|EOF"):
        client("pull", f"oci:{tmp_path / 'layout'}:v")


@pytest.mark.parametrize("step", [1, 5, 1 << 20])
@pytest.mark.parametrize(
    ("codec", "pack"), [(Codec.GZIP, gzip.compress), (Codec.XZ, lzma.compress)], ids=["gzip", "xz"]
)
def test_the_first_four_and_the_last_two_members_are_placed(
    codec: Codec, pack: object, step: int
) -> None:
    assert callable(pack)
    parts: list[bytes] = [pack(b"x" * n) for n in (5, 500, 50, 9, 80, 7, 70, 6)]
    places = [0, *accumulate(map(len, parts))]
    for count in range(1, len(parts) + 1):
        found = taken(b"".join(parts[:count]), codec, step).starts
        assert found == tuple(
            places[:count] if count <= 6 else places[:4] + places[count - 2 : count]
        )


@pytest.mark.parametrize("step", [1, 3, 1 << 20])
def test_skippable_frames_are_counted_placed_and_the_last_kept(step: int) -> None:
    pack = zstandard.ZstdCompressor().compress
    small = [skippable(bytes([n]) * n, n % 16) for n in (3, 0, 50)]
    large = skippable(b"L" * 101, 1)
    blob = small[0] + pack(TAR) + small[1] + large + small[2]
    found = taken(blob, Codec.ZSTD, step).skipped
    assert (found.count, found.size, found.first) == (4, 154, 0)
    assert [frame.size for frame in found.last] == [0, 101, 50]
    assert [frame.data for frame in found.last] == [b"", None, bytes([50]) * 50]
    for frame in found.last:
        assert frame.data is None or blob[frame.offset :][: frame.size] == frame.data


def test_a_skippable_frame_is_a_note_and_zstd_reads_the_same(tmp_path: Path) -> None:
    packed = zstandard.ZstdCompressor().compress(TAR)
    blob = packed + skippable(b"hidden", 7)
    found = scan(blob)
    (problem,) = found.problems
    assert (problem.code, problem.severity) == (Code.SKIPPABLE_FRAME, Severity.NOTE)
    assert f"1 skippable frame with 6 bytes, the first at byte {len(packed)} of" in problem.detail
    path = tmp_path / "layer.zst"
    path.write_bytes(blob)
    inflated = run([require_tool("zstd"), "-dcq", path]).stdout
    assert found.measured.diff_id == sha256(inflated)


def test_a_frame_beside_those_of_a_table_is_told() -> None:
    toc = changed(RICH, None)
    assert said(scan_toc(chunked(RICH, toc))) == []
    found = scan_toc(skippable(b"hidden") + chunked(RICH, toc))
    codes = [problem.code for problem in found.problems]
    assert codes == [Code.SKIPPABLE_FRAME, Code.TOC_MISMATCH]  # the footer points beside it now


@pytest.mark.parametrize("codec", [Codec.GZIP, Codec.ZSTD])
def test_a_scan_tells_the_byte_of_what_follows_the_stream(codec: Codec) -> None:
    packed = PACK[codec](TAR)
    (problem,) = scan(packed + b"more").problems
    assert problem.code is Code.TRAILING_DATA
    assert f"from byte {len(packed)} of the layer as stored on" in problem.detail


def test_gzip_refuses_or_ignores_what_we_report_behind_the_stream() -> None:
    with pytest.raises(gzip.BadGzipFile):
        gzip.decompress(gzip.compress(TAR) + b"more")
    assert bz2.decompress(bz2.compress(TAR) + b"more") == TAR


def test_damage_is_told_with_the_bytes_before_it() -> None:
    blob = bytearray(PACK[Codec.GZIP](TAR))
    blob[20:40] = bytes(20)
    (problem, *_) = scan(bytes(blob)).problems
    assert problem.code is Code.LAYER_DAMAGED
    assert f"before byte {len(blob)}" in problem.detail
