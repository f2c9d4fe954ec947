"""Every codec against its own library and program, cut and damaged anywhere."""

from __future__ import annotations

import gzip
import io
import lzma
import random
import struct
import subprocess
import sys
import tracemalloc
import zlib
from collections.abc import Iterable
from itertools import chain, pairwise
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer import gzipmember
from analyzer.codec import STEP_BYTES, BadStream, Codec, WindowTooLarge, inflater, sniff
from analyzer.layers.scan import scan_layer
from analyzer.layers.wants import CapturePlan, Want
from analyzer.limits import Budget, Limits
from analyzer.problems import Code
from analyzer.zstdframes import ZstdFrames
from tests.layers.streams import PACK, Answer, inflate, skippable
from tests.support.gzips import go_gzip
from tests.support.imagebuilder import tar_bytes
from tests.support.tools import ROOT, require_tool, run

TEXT = b"".join(b"line %d of a small file\n" % number for number in range(12))
NOISE = random.Random(3).randbytes(300_000)  # noqa: S311 - wants repeatable, not secret
WITHOUT_ISAL = "gzip by zlib"


@pytest.fixture(params=[*PACK, WITHOUT_ISAL])
def codec(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Codec:
    """Every codec; gzip twice, since machines without a wheel of isal must read the same."""
    if request.param == WITHOUT_ISAL:
        monkeypatch.setattr(gzipmember, "_ISAL", False)
        return Codec.GZIP
    assert isinstance(request.param, Codec)
    return request.param


@pytest.fixture(params=["isal", "zlib"])
def gzip_library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gzipmember, "_ISAL", request.param == "isal")


@pytest.mark.parametrize("data", [b"", b"x", TEXT, NOISE, bytes(3_000_000)])
def test_what_the_library_packed_comes_out(codec: Codec, data: bytes) -> None:
    packed = PACK[codec](data)
    assert sniff(packed) is codec
    assert inflate(packed, codec) == Answer(data, whole=True, trailing=False)


@pytest.mark.parametrize(
    ("codec", "command"),
    [
        (Codec.GZIP, ["gzip", "-9"]),
        (Codec.ZSTD, ["zstd", "-q", "-3"]),
        (Codec.ZSTD, ["zstd", "-q", "--no-check", "-19"]),
        (Codec.ZSTD, ["zstd", "-q", "--long=27", "--no-content-size"]),
        (Codec.XZ, ["xz", "-6"]),
        (Codec.XZ, ["xz", "-0", "--block-size=1000", "--check=sha256"]),
        (Codec.BZIP2, ["bzip2", "-1"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_what_the_program_packed_comes_out(
    codec: Codec, command: list[str], tmp_path: Path
) -> None:
    require_tool(command[0])
    data = NOISE + bytes(100_000) + TEXT
    (tmp_path / "data").write_bytes(data)
    packed = run([*command, "-c", tmp_path / "data"]).stdout
    assert sniff(packed) is codec
    assert inflate(packed, codec) == Answer(data, whole=True, trailing=False)


def test_a_cut_at_every_position_changes_nothing(codec: Codec) -> None:
    packed = PACK[codec](TEXT[:60]) + PACK[codec](b"second")
    whole = inflate(packed, codec)
    assert whole == Answer(TEXT[:60] + b"second", whole=True, trailing=False)
    for cut in range(len(packed) + 1):
        assert inflate(packed, codec, [cut]) == whole, cut
    assert inflate(packed, codec, range(len(packed))) == whole


def test_a_stream_that_ends_early_is_never_whole(codec: Codec) -> None:
    packed = PACK[codec](TEXT)
    for end in range(len(packed)):
        for cuts in ((), range(end)):
            answer = inflate(packed[:end], codec, cuts)
            assert not answer.whole, end
            assert TEXT.startswith(answer.data), end


def test_a_second_stream_that_ends_early_is_never_clean(codec: Codec) -> None:
    first, second = PACK[codec](TEXT), PACK[codec](b"second")
    for end in range(1, len(second)):
        answer = inflate(first + second[:end], codec)
        assert not answer.whole, end
        assert answer.data[: len(TEXT)] == TEXT


def test_corrupted_bytes_are_refused_or_noticed(codec: Codec) -> None:
    """Each format has a check value: wrong bytes never come out of a clean stream."""
    packed = PACK[codec](TEXT)
    for position in range(len(packed)):
        bent = bytearray(packed)
        bent[position] ^= 0x55
        answer = inflate(bytes(bent), codec)
        assert answer.data == TEXT or not answer.clean, position


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # the same for all examples
)
@given(data=st.binary(max_size=400), cut=st.integers(0, 400))
def test_any_bytes_behind_a_magic_number(codec: Codec, data: bytes, cut: int) -> None:
    """The verdict is the same however they are cut; before damage more or less may come out."""
    stream = PACK[codec](TEXT)[:6] + data
    whole, cut_up = inflate(stream, codec), inflate(stream, codec, [min(cut, len(stream))])
    assert (cut_up.whole, cut_up.trailing) == (whole.whole, whole.trailing)
    if whole.whole is not None:
        assert cut_up.data == whole.data


def test_bytes_behind_the_end_are_trailing_however_they_are_cut(codec: Codec) -> None:
    """Also when another stream follows them: what is read must not depend on chunks."""
    for rest in (b"x", b"garbage", b"garbage" + PACK[codec](b"hidden")):
        packed = PACK[codec](TEXT) + rest
        for cut in range(len(packed) - len(rest), len(packed) + 1):
            answer = inflate(packed, codec, [cut])
            assert answer == Answer(TEXT, whole=True, trailing=True), (rest, cut)


@pytest.mark.parametrize("codec", [Codec.GZIP, Codec.XZ, Codec.BZIP2])
def test_zero_padding_is_neither_a_member_nor_trailing(codec: Codec) -> None:
    """GNU gzip and tape writers pad with zeros; gzip(1) says "ignored"."""
    packed = PACK[codec](TEXT) + bytes(1000) + PACK[codec](b"more") + bytes(4)
    assert inflate(packed, codec) == Answer(TEXT + b"more", whole=True, trailing=False)
    assert inflate(packed, codec, range(0, len(packed), 7)).data == TEXT + b"more"


def test_zeros_behind_zstd_are_trailing() -> None:
    for count in (1, 3, 4, 500):
        answer = inflate(PACK[Codec.ZSTD](TEXT) + bytes(count), Codec.ZSTD)
        assert answer == Answer(TEXT, whole=True, trailing=True), count


def test_hundreds_of_gzip_members(gzip_library: None) -> None:
    """As estargz has one for each file; among them empty ones and headers with every field."""
    named = b"\x1f\x8b\x08\x1e" + bytes(6) + struct.pack("<H", 4) + b"SG\0\0" + b"name\0comment\0"
    header = go_gzip(b"")
    crc = struct.pack("<H", zlib.crc32(named) & 0xFFFF)
    full = named + crc + header[10:]
    packed = b"".join(go_gzip(b"%d," % n) + full for n in range(300))
    expected = b"".join(b"%d," % n for n in range(300))
    assert gzip.decompress(packed) == expected
    assert inflate(packed, Codec.GZIP) == Answer(expected, whole=True, trailing=False)


# zstd frames.


@pytest.mark.parametrize("checksum", [True, False])
@pytest.mark.parametrize("content_size", [True, False])
@pytest.mark.parametrize("size", [0, 1, 255, 256, 65_791, 65_792, 400_000])
def test_zstd_frame_headers_of_all_lengths(checksum: bool, content_size: bool, size: int) -> None:  # noqa: FBT001
    data = NOISE[: size // 2] + bytes(size - size // 2)
    packer = zstandard.ZstdCompressor(write_checksum=checksum, write_content_size=content_size)
    packed = packer.compress(data)
    assert inflate(packed, Codec.ZSTD) == Answer(data, whole=True, trailing=False)
    assert not inflate(packed[:-1], Codec.ZSTD).whole
    cuts = range(0, len(packed), max(1, len(packed) // 50))
    assert inflate(packed, Codec.ZSTD, cuts) == Answer(data, whole=True, trailing=False)


def raw_frame(blocks: list[tuple[int, bytes, int]], descriptor: bytes) -> bytes:
    """A frame of blocks (type, content, size field), written after RFC 8878, section 3.1.1."""
    out = b"\x28\xb5\x2f\xfd" + descriptor
    for number, (kind, content, size) in enumerate(blocks):
        last = number == len(blocks) - 1
        out += (size << 3 | kind << 1 | last).to_bytes(3, "little") + content
    return out


def test_zstd_raw_and_repeat_blocks_and_a_dictionary_id_field() -> None:
    blocks = [(0, b"raw block", 9), (1, b"r", 100_000), (0, b"", 0), (1, b"s", 1)]
    expected = b"raw block" + b"r" * 100_000 + b"s"
    for descriptor in (b"\x00\x58", b"\x01\x58\x00", b"\x02\x58\x00\x00", b"\x03\x58" + bytes(4)):
        packed = raw_frame(blocks, descriptor)
        assert zstandard.ZstdDecompressor().decompressobj().decompress(packed) == expected
        assert inflate(packed, Codec.ZSTD) == Answer(expected, whole=True, trailing=False)
        for end in range(4, len(packed)):
            assert not inflate(packed[:end], Codec.ZSTD).whole, end


def test_zstd_skippable_frames_anywhere() -> None:
    frame = PACK[Codec.ZSTD]
    packed = skippable(b"") + frame(TEXT) + skippable(b"x" * 300, 15) + frame(b"end")
    packed += skippable(b"table of contents", 7)
    assert sniff(packed) is Codec.ZSTD
    expected = Answer(TEXT + b"end", whole=True, trailing=False)
    for cut in range(len(packed)):
        assert inflate(packed, Codec.ZSTD, [cut]) == expected
    assert not inflate(packed[:-1], Codec.ZSTD).whole


def test_zstd_windows_beyond_128_mib_are_refused() -> None:
    """--long=27 is the largest that decoders take unasked; more would be memory on demand."""
    assert inflate(raw_frame([(0, b"x", 1)], b"\x00\x88"), Codec.ZSTD).whole is True
    assert inflate(raw_frame([(0, b"x", 1)], b"\x00\xa0"), Codec.ZSTD).whole is None


# Magic numbers.


@pytest.mark.parametrize(
    ("head", "codec"),
    [
        (b"\x1f\x8b", Codec.GZIP),
        (b"\x1f\x8c", Codec.NONE),
        (b"\x28\xb5\x2f\xfd", Codec.ZSTD),
        (b"\x50\x2a\x4d\x18", Codec.ZSTD),
        (b"\x5f\x2a\x4d\x18", Codec.ZSTD),
        (b"\x60\x2a\x4d\x18", Codec.NONE),
        (b"\xfd7zXZ\0", Codec.XZ),
        (b"\xfd7zXZ", Codec.NONE),
        (b"BZh9", Codec.BZIP2),
        (b"BZhx", Codec.NONE),
        (b"BZh", Codec.NONE),
        (b"", Codec.NONE),
        (b"etc/passwd\0", Codec.NONE),
    ],
)
def test_codecs_are_told_from_magic_numbers(head: bytes, codec: Codec) -> None:
    assert sniff(head) is codec


def test_plain_bytes_pass_through() -> None:
    assert inflate(b"anything", Codec.NONE, [3]) == Answer(b"anything", whole=True, trailing=False)


# Bounds.


def test_steps_are_bounded(codec: Codec) -> None:
    state = inflater(codec)
    sizes = [len(piece) for piece in state.feed(PACK[codec](bytes(40_000_000)))]
    assert sum(sizes) == 40_000_000
    assert max(sizes) <= STEP_BYTES


def test_repeat_blocks_do_not_pile_up() -> None:
    """Four bytes each make 128 KiB: one chunk of them must come out bit by bit."""
    packed = raw_frame([(1, b"r", 1 << 17)] * 512, b"\x00\x58")
    tracemalloc.start()
    try:
        assert sum(map(len, inflater(Codec.ZSTD).feed(packed))) == 512 << 17
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


_BOMB = """
import resource, sys
from analyzer.codec import Codec, inflater
packed = open(sys.argv[2], "rb").read()
state = inflater(Codec(sys.argv[1]))
list(zip(range(3), state.feed(packed)))
state = inflater(Codec(sys.argv[1]))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
total = sum(len(piece) for piece in state.feed(packed))
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(total, state.finish(), after - before)
"""


@pytest.mark.parametrize(
    ("codec", "command"),
    [
        (Codec.GZIP, "gzip -1"),
        (Codec.ZSTD, "zstd -q -1"),
        (Codec.XZ, "xz -0"),
        (Codec.BZIP2, "bzip2 -1"),
    ],
)
def test_a_gibibyte_of_zeros_needs_little_memory(
    codec: Codec, command: str, tmp_path: Path
) -> None:
    require_tool(command.split(maxsplit=1)[0])
    piece = run(["sh", "-c", f"head -c 67108864 /dev/zero | {command} -c"]).stdout
    (tmp_path / "bomb").write_bytes(piece * 16)
    done = subprocess.run(
        [sys.executable, "-c", _BOMB, codec.value, tmp_path / "bomb"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    total, whole, grown_kib = done.stdout.split()
    assert (int(total), whole) == (1 << 30, "True")
    assert int(grown_kib) < 50 * 1024


@pytest.mark.parametrize("step", [1, 7, 1 << 20])
@pytest.mark.parametrize("count", [1, 2, 5])
def test_streams_are_counted_however_they_are_cut(codec: Codec, count: int, step: int) -> None:
    packed = b"".join(PACK[codec](bytes([number]) * 300) for number in range(count))
    state = inflater(codec)
    for start in range(0, len(packed), step):
        list(state.feed(packed[start : start + step]))
    assert state.finish()
    assert state.streams == count


def test_zstd_itself_counts_as_many_frames(tmp_path: Path) -> None:
    packed = PACK[Codec.ZSTD](b"a" * 300) + skippable(b"note") + PACK[Codec.ZSTD](b"b" * 300)
    file = tmp_path / "two.zst"
    file.write_bytes(packed)
    listed = run([require_tool("zstd"), "--list", "--verbose", file]).stdout.decode()
    frames, skipped = (line.rpartition(" ")[2] for line in listed.splitlines() if "Frames" in line)
    state = inflater(Codec.ZSTD)
    list(state.feed(packed))
    assert (state.streams, state.finish()) == (int(frames), True)
    assert skipped == "1"


@pytest.mark.parametrize(
    "stream",
    [
        "28b52ffd601501" + "010000" + "00000000806c01206ffd20",
        "28b52ffd2063" + "010000" + "0000000000",
        "28b52ffd2401" + "010000",
        "28b52ffd2000" + "000000" + "050000" + "00",
    ],
)
def test_a_zstd_frame_that_ends_in_an_empty_block_is_held_to_its_size(stream: str) -> None:
    """Found by fuzzing: libzstd looks only where it gets the whole frame in one piece."""
    bent = bytes.fromhex(stream)
    program = [require_tool("zstd"), "-dc"]
    assert subprocess.run(program, input=bent, capture_output=True, check=False).returncode
    for step in range(1, len(bent) + 1):
        assert inflate(bent, Codec.ZSTD, range(step, len(bent), step)).whole is not True
    sound = PACK[Codec.ZSTD](b"")
    both = sound + skippable(b"x") + PACK[Codec.ZSTD](TEXT)
    for step in range(1, len(both) + 1):
        answer = inflate(both, Codec.ZSTD, range(step, len(both), step))
        assert answer == Answer(TEXT, whole=True, trailing=False)


@pytest.mark.usefixtures("gzip_library")
@pytest.mark.parametrize("at", [12, 200, 2_000, -9, -8, -4, -1])
def test_what_stands_before_damage_of_a_small_stream_comes_out(at: int) -> None:
    """As much as zlib gives that is fed byte by byte; the last eight bytes are checks alone."""
    packed = bytearray(go_gzip(NOISE[:4000] + TEXT * 9))
    packed[at] ^= 0x55
    theirs = b""
    state = zlib.decompressobj(wbits=31)
    for number in packed:
        try:
            theirs += state.decompress(bytes([number]))
        except zlib.error:
            break
    found = inflate(bytes(packed), Codec.GZIP)
    assert not found.whole
    assert found.data.startswith(theirs)
    if -8 <= at < 0:
        assert found.data == NOISE[:4000] + TEXT * 9


def test_a_layer_of_which_only_the_check_is_wrong_has_all_its_entries() -> None:
    packed = bytearray(go_gzip(tar_bytes({"etc/a": b"1", "etc/b": b"2"})))
    packed[-8] ^= 1
    plan = CapturePlan((Want("etc/b"),))
    found = scan_layer(io.BytesIO(bytes(packed)), "x", plan, Budget(Limits()))
    assert [entry.path for entry in found.entries] == ["etc/a", "etc/b"]
    assert found.captured["etc/b"].data == b"2"
    assert not found.complete
    assert [problem.code for problem in found.problems] == [Code.LAYER_DAMAGED]


# Windows.


@pytest.mark.parametrize("log", [28, 29])
def test_a_window_that_zstd_does_not_take_unasked_is_a_limit(log: int) -> None:
    """`zstd -d` names window and maximum, and reads it with more memory; so do we."""
    require_tool("zstd")
    tar = tar_bytes({"a": TEXT})
    packed = run(["zstd", "-c", f"--long={log}"], stdin=tar).stdout
    refused = run(["zstd", "-dc"], stdin=packed, check=False)
    assert f"{1 << log} > {1 << 27}".encode() in refused.stderr
    assert run(["zstd", "-dc", f"--memory={1 << log}"], stdin=packed).stdout == tar
    found = scan_layer(io.BytesIO(packed), "l", CapturePlan(()), Budget(Limits()))
    assert [problem.code for problem in found.problems] == [Code.LIMIT_EXCEEDED]
    assert f"limit window_bytes is {1 << 27}, seen at least {1 << log};" in found.problems[0].detail
    assert not found.complete
    raised = Budget(Limits(window_bytes=1 << log))
    found = scan_layer(io.BytesIO(packed), "l", CapturePlan(()), raised)
    assert (found.problems, found.complete, len(found.entries)) == ((), True, 1)


@pytest.mark.parametrize(
    ("descriptor", "window"),
    # RFC 8878, section 3.1.1.1.2: "the minimum Window_Size is 1 KB", "the maximum Window_Size is
    # (1<<41) + 7*(1<<38) bytes".
    [(0x00, 1 << 10), (0xFF, (1 << 41) + 7 * (1 << 38)), (0x89, (1 << 27) + (1 << 24))],
)
def test_windows_are_those_of_the_rfc(descriptor: int, window: int) -> None:
    frames = ZstdFrames()
    frame = b"\x28\xb5\x2f\xfd\x00" + bytes([descriptor]) + b"\x01\0\0"
    assert (b"".join(frames.pieces(frame)), frames.finish()) == (frame, True)
    assert frames.window == window


@pytest.mark.parametrize("cuts", [(), range(1, 60)])
def test_a_small_window_is_a_limit_for_a_small_frame_too(cuts: Iterable[int]) -> None:
    packed = zstandard.ZstdCompressor().compress(TEXT)
    needed = zstandard.get_frame_parameters(packed).window_size
    for window in (1, needed - 1):
        state = inflater(Codec.ZSTD, window=window)
        pieces = (packed[start:end] for start, end in pairwise([0, *cuts, len(packed)]))
        with pytest.raises(WindowTooLarge) as caught:
            list(chain.from_iterable(map(state.feed, pieces)))
        assert (caught.value.allowed, caught.value.seen) == (window, needed)
    assert b"".join(inflater(Codec.ZSTD, window=needed).feed(packed)) == TEXT


def test_a_window_that_no_limit_lets_through_is_damage() -> None:
    """ZSTD_WINDOWLOG_MAX of libzstd is 31: raising the limit would not help."""
    frame = b"\x28\xb5\x2f\xfd\x00\xff\x01\0\0"
    with pytest.raises(BadStream, match="of libzstd") as caught:
        list(inflater(Codec.ZSTD, window=1 << 50).feed(frame))
    assert not isinstance(caught.value, WindowTooLarge)


def test_the_dictionary_of_xz_is_under_the_same_limit() -> None:
    """xz(1): "decompression" needs a little more than the dictionary's size."""
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 20}]
    packed = lzma.compress(TEXT, filters=filters)
    assert b"".join(inflater(Codec.XZ, window=1 << 20).feed(packed)) == TEXT
    large = lzma.compress(TEXT, filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 23}])
    with pytest.raises(WindowTooLarge):
        list(inflater(Codec.XZ, window=1 << 20).feed(large))
    assert b"".join(inflater(Codec.XZ, window=1 << 23).feed(large)) == TEXT
