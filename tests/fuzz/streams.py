"""Targets that read streams: the tar walker, each codec, a layer, a whole archive."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress

from analyzer.codec import STEP_BYTES, BadStream, Codec, inflater
from analyzer.errors import AnalyzerError, LimitExceeded
from analyzer.limits import KIB, MIB, Limits
from analyzer.opening import open_images
from analyzer.problems import Problem
from analyzer.rootfs.merge import apply_layer
from analyzer.rootfs.tree import new_directory, walk
from analyzer.source.detect import open_stream
from analyzer.streamnotes import stream_notes
from analyzer.tarheader import Entry
from tests.fuzz.documents import report_on
from tests.fuzz.target import Target
from tests.support.codecs import compress
from tests.support.imagebuilder import Dir, HardLink, ImageBuilder, Layout, Link, tar_bytes
from tests.support.saves import save_entries
from tests.support.tarbytes import BLOCK, header, member, pad, pax_records
from tests.tar import walking

SMALL = Limits(
    inflated_bytes=8 * MIB,
    layer_inflated_bytes=4 * MIB,
    outer_inflated_bytes=4 * MIB,
    layer_entries=2000,
    archive_members=2000,
    pax_bytes=64 * KIB,
    layer_pax_bytes=MIB,
)
"""So that no input takes long: what is looked for is wrong answers, not large ones."""

_MAGIC, _CHECKSUM = slice(257, 262), slice(148, 156)


def with_checksums(data: bytes) -> bytes:
    """`data` with the checksum of every block that looks like a header set right.

    No fuzzer guesses a sum; without this, nothing behind a changed field would ever be read.
    """
    out = bytearray(data)
    for start in range(0, len(data) - BLOCK + 1, BLOCK):
        block = out[start : start + BLOCK]
        if block[_MAGIC] == b"ustar":
            block[_CHECKSUM] = b" " * 8
            block[_CHECKSUM] = b"%06o\0 " % sum(block)
            out[start : start + BLOCK] = block
    return bytes(out)


def _told(data: bytes, cuts: Iterable[int]) -> object:
    """Everything a walk says, or that it hit a limit."""
    try:
        return walking.walk(data, cuts, SMALL)
    except LimitExceeded as limit:
        return str(limit)


def run_tar(data: bytes) -> None:
    """The first byte says where to cut; the answer must not depend on it."""
    cut, tar = data[:1], with_checksums(data[1:])
    step = max(cut[0] if cut else 0, 1)
    if len(tar) // step > 2000:
        step = BLOCK - 1
    assert _told(tar, range(step, len(tar), step)) == _told(tar, ())


def run_merge(data: bytes) -> None:
    """Two tars applied one over the other; the first byte says how many blocks the lower has."""
    tar = with_checksums(data[1:])
    middle = (data[0] if data else 0) * BLOCK
    root = new_directory(None, -1)
    for number, part in enumerate((tar[:middle], tar[middle:])):
        entries: list[Entry] = []
        with suppress(LimitExceeded):
            entries = walking.walk(part, (), SMALL).entries
        apply_layer(root, entries, number, "layer", lambda *_: None)
    seen = [path for path, _ in walk(root)]
    assert len(seen) == len(set(seen))
    assert not any(part in {"", ".", ".."} for path in seen for part in path.split("/"))


def _headers() -> bytes:
    """Extended headers and sparse files of every dialect, as in the tests of the walker."""
    records = pax_records(
        {"path": b"long/" * 30 + b"x", "mtime": b"1.5", "SCHILY.xattr.user.a": b"\0\1"}
    )
    sparse = pax_records(
        {"GNU.sparse.major": b"1", "GNU.sparse.minor": b"0", "GNU.sparse.realsize": b"9"}
    )
    old_map = pax_records(
        {"GNU.sparse.size": b"9", "GNU.sparse.numblocks": b"1", "GNU.sparse.map": b"2,3"}
    )
    return (
        member(b"x", records, b"x")
        + member(b"a", b"1")
        + member(b"g", pax_records({"uid": b"7"}), b"g")
        + member(b"././@LongLink", b"n" * 200 + b"\0", b"L")
        + member(b"././@LongLink", b"k" * 200 + b"\0", b"K")
        + member(b"s", b"", b"2")
        + member(b"x", sparse, b"x")
        + member(b"GNUSparseFile/f", pad(b"1\n2\n3\n") + b"abc")
        + member(b"x", old_map, b"x")
        + member(b"f", b"abc")
        + header(b"c", 0, b"3")
        + bytes(2 * BLOCK)
    )


def _tars() -> Iterator[bytes]:
    yield tar_bytes({"a": b"1", "d": Dir(), "d/l": Link("../a"), "d/h": HardLink("a")})
    yield tar_bytes({"d/.wh.x": b"", "d/.wh..wh..opq": b"", "p" * 120: b"2", "\udcff": b""})
    yield _headers()


def _tar_seeds() -> Iterator[bytes]:
    yield from (b"\xff" + tar for tar in _tars())
    yield b"\x07" + _headers()


def _merge_seeds() -> Iterator[bytes]:
    lower = tar_bytes({"a": b"1", "d/x": b"2", "l": Link("d"), "e/f/g": b"", "k": Link("k")})
    for tar in _tars():
        yield bytes([len(lower) // BLOCK]) + lower + tar
    upper = tar_bytes({"l/y": b"", "a/b": b"", ".wh.d": b"", "k/z": b"", "e": Link("/d")})
    yield bytes([len(lower) // BLOCK]) + lower + upper


# Codecs.


_Answer = tuple[bytes | None, bool, tuple[Problem, ...]]
_BAD: _Answer = (None, False, ())


def _inflated(codec: Codec, data: bytes, step: int) -> _Answer:
    """What comes out of `data` fed in steps, None if it is bad, how it ends and what is told."""
    state, out = inflater(codec), bytearray()
    try:
        for start in range(0, len(data), step):
            for piece in state.feed(data[start : start + step]):
                assert len(piece) <= 4 * STEP_BYTES
                out += piece
                if len(out) > SMALL.layer_inflated_bytes:
                    return _BAD
        whole = state.finish()
    except BadStream:
        return _BAD
    notes = tuple(stream_notes(state, codec, "layer", "layer"))
    assert all(problem.detail.isprintable() for problem in notes)
    return bytes(out), whole, notes


_EMPTY_REPEAT = re.compile(
    rb"\x28\xb5\x2f\xfd([\x20\x24]\0|[\xa0\xa4]\0{4}|[\xe0\xe4]\0{8})[\2\3]\0\0"
)
"""A frame of no bytes with a block that repeats a byte no times: libzstd takes it when it gets it
in one piece and refuses it in several. No writer makes one."""


def run_codec(codec: Codec, data: bytes) -> None:
    """The first byte says how it is cut; the answer must not depend on it."""
    if codec is Codec.ZSTD and _EMPTY_REPEAT.search(data):
        return
    step = max(data[0] if data else 0, 1)
    assert _inflated(codec, data[1:], step) == _inflated(codec, data[1:], 1 << 18)


def _codec_target(codec: Codec) -> Target:
    def seeds() -> Iterator[bytes]:
        for text in (b"", b"hello " * 50, bytes(range(256)) * 4):
            packed = compress(text, codec.value)
            yield b"\x01" + packed
            yield b"\x40" + packed + packed
            yield b"\x40" + packed + b"\0" * 20
            yield b"\x40" + packed[:-3]
        if codec is Codec.GZIP:
            head = b"\x1f\x8b\x08\xff\1\0\0\0\0\x03\2\0xxname\0comment\0"
            yield b"\x03" + head + compress(b"x", "gzip")[10:]
        if codec is Codec.ZSTD:
            yield b"\x05" + b"\x50\x2a\x4d\x18\x04\0\0\0skip" + compress(b"x", "zstd")

    return Target(f"codec-{codec}", lambda data: run_codec(codec, data), seeds)


# Whole files.


def run_archive(data: bytes) -> None:
    """The file that somebody hands us, analyzed to the end."""
    with suppress(AnalyzerError):
        opened = open_stream(io.BytesIO(with_checksums(data)), "input.tar", SMALL)
        opened.source.close()
    stream = io.BytesIO(with_checksums(data))
    with suppress(AnalyzerError), open_images("-", limits=SMALL, stream=stream) as chosen:
        report_on(chosen, SMALL)


def _archives() -> Iterator[bytes]:
    image = ImageBuilder().layer({"etc/os-release": b"ID=a\n"}).layer({"etc/.wh.x": b""}).build()
    layout = Layout()
    layout.add(image, ref_name="1")
    yield layout.tar()
    yield compress(layout.tar(), "gzip")
    for style in ("legacy", "skopeo", "hybrid"):
        yield tar_bytes(save_entries([(image, ("a:1",))], style))
    root = {"etc/passwd": b"root:x:0:0::/:\n", "bin/sh": b"", "usr/lib/os-release": b"ID=a\n"}
    yield tar_bytes(root)


CODECS = tuple(codec for codec in Codec if codec is not Codec.NONE)
STREAMS = (
    Target("tar", run_tar, _tar_seeds, (b"ustar\x00", b"ustar  \x00", b"GNU.sparse.", b".wh.")),
    Target("merge", run_merge, _merge_seeds, (b".wh.", b".wh..wh..opq", b"../", b"ustar")),
    *map(_codec_target, CODECS),
    Target("archive", run_archive, _archives, (b"manifest.json", b"index.json", b"ustar")),
)
