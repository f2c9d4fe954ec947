"""Hostile layers: damaged streams, bombs, bent tar headers, traps in names."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import zstandard

from tests.support.gzips import go_gzip
from tests.support.hostile_case import (
    FINE,
    FINE_OR_LOST,
    LOST,
    UNPROVEN,
    UNPROVEN_OR_LOST,
    Cases,
    as_layout,
    noise,
    top_digest,
    victim,
)
from tests.support.imagebuilder import Dir, HardLink, ImageBuilder, Layout, Link, tar_bytes
from tests.support.layouts import blob_path
from tests.support.tarbytes import BLOCK, Entries, header, member, pad, pax_records
from tests.support.tocs import RICH, estargz, rows_of, table

if TYPE_CHECKING:
    from pathlib import Path

LAYERS = Cases()

_DAMAGE = ("truncated", "cut", "ends", "damaged", "corrupt", "incomplete", "checksum")
_LIMIT = ("limit", "inflate", "bomb")
_HEADER = ("header", "damaged", "checksum", "size", "malformed", "truncated")
_END = b"\0" * (2 * BLOCK)
_MIB = 1 << 20
_NOBODY = "sha256:" + "5" * 64


def _bend_top(folder: Path, codec: str, bend: int | None) -> Path:
    """Cut the top layer in half, or spoil it from byte `bend` of its middle on."""
    image = victim(codec).build()
    blob = as_layout(image, folder) / blob_path(image.layer_digests[1])
    data = bytearray(blob.read_bytes())
    middle = len(data) // 2
    if bend is None:
        del data[middle:]
    else:
        data[middle] ^= bend
    blob.write_bytes(bytes(data))
    return folder / "layout"


for _codec in ("gzip", "zstd", "none"):
    LAYERS.table(
        f"a layer that is cut off, compressed with {_codec}",
        lambda folder, codec=_codec: _bend_top(folder, codec, None),  # type: ignore[misc]
        LOST,
        *_DAMAGE,
        top_digest(_codec),
    )
    LAYERS.table(
        f"a layer with a flipped byte, compressed with {_codec}",
        lambda folder, codec=_codec: _bend_top(folder, codec, 0xFF),  # type: ignore[misc]
        UNPROVEN_OR_LOST,
        *_DAMAGE,
        top_digest(_codec),
    )


@LAYERS.add("a layer whose digest is not the declared one", UNPROVEN, _NOBODY[7:19])
def _wrong_digest(folder: Path) -> Path:
    return as_layout(victim().layer({"e": b""}, declare_digest=_NOBODY), folder)


@LAYERS.add("a layer whose diff ID is not the declared one", UNPROVEN, _NOBODY[7:19])
def _wrong_diff_id(folder: Path) -> Path:
    return as_layout(victim().layer({"e": b""}, declare_diff_id=_NOBODY), folder)


@LAYERS.add("a config whose digest is not the declared one", UNPROVEN_OR_LOST, _NOBODY[7:19])
def _wrong_config_digest(folder: Path) -> Path:
    return as_layout(victim().declare_config_digest(_NOBODY), folder)


@LAYERS.add("a layer that is longer than declared", UNPROVEN_OR_LOST, "size", "bytes")
def _declared_short(folder: Path) -> Path:
    return as_layout(victim().layer({"e": noise(900)}, declare_size=700), folder)


@LAYERS.add("a layer that is shorter than declared", UNPROVEN_OR_LOST, "size", "bytes")
def _declared_long(folder: Path) -> Path:
    return as_layout(victim().layer({"e": b""}, declare_size=70_000), folder)


@LAYERS.add("a layer that is not there", LOST, top_digest())
def _missing_layer(folder: Path) -> Path:
    layout = Layout()
    image = victim().build()
    layout.add(image, ref_name="1")
    return layout.omit(image.layer_digests[1]).write_dir(folder / "layout")


@LAYERS.add("a layer missing from one of two platforms", LOST, top_digest(), "missing", "absent")
def _missing_in_one(folder: Path) -> Path:
    layout = Layout()
    image = victim().platform("linux/arm64").build()
    layout.add_index([victim().build(), image], ref_name="1")
    other = ImageBuilder().layer({"a": b"1"}).platform("linux/s390x").build()
    layout.add(other, ref_name="2")
    return layout.omit(image.layer_digests[1]).write_dir(folder / "layout")


@LAYERS.add("a layer with rubbish in place of gzip", UNPROVEN_OR_LOST, "layer", "gzip", "tar")
def _rubbish(folder: Path) -> Path:
    return as_layout(victim().layer(raw_tar=noise(5000), codec="none"), folder)


def zero_layer_start(size: int) -> bytes:
    """The header of a layer that holds one file of `size` zero bytes."""
    return header(b"zeros", size)


def gzip_bomb(size: int) -> bytes:
    """A gzip layer that inflates to more than `size` bytes: one member, repeated."""
    piece = go_gzip(b"\0" * (64 * _MIB), 9)
    start = go_gzip(zero_layer_start(size), 9)
    return start + piece * (size // (64 * _MIB)) + go_gzip(_END, 9)


def zstd_bomb(size: int) -> bytes:
    """The same with zstd frames, which are some thirty times denser."""
    packer = zstandard.ZstdCompressor(level=3)
    piece = packer.compress(b"\0" * (64 * _MIB))
    start = packer.compress(zero_layer_start(size))
    return start + piece * (size // (64 * _MIB)) + packer.compress(_END)


def _bomb(folder: Path, codec: str, blob: bytes) -> Path:
    """The true diff ID would take long to compute, and nobody should get that far."""
    bomb = victim().layer(codec=codec, raw_tar=b"", raw_blob=blob, declare_diff_id=_NOBODY)
    return as_layout(bomb, folder)


@LAYERS.add("a gzip layer that inflates to 2 GiB of zeros", LOST, *_LIMIT)
def _gzip_bomb(folder: Path) -> Path:
    return _bomb(folder, "gzip", gzip_bomb(2048 * _MIB))


@LAYERS.add("a zstd layer that inflates to 16 GiB of zeros", LOST, *_LIMIT)
def _zstd_bomb(folder: Path) -> Path:
    return _bomb(folder, "zstd", zstd_bomb(16 * 1024 * _MIB))


@LAYERS.add("an archive that inflates to 16 GiB of zeros", frozenset({2, 3}), *_LIMIT)
def _outer_bomb(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bomb.tar.zst").write_bytes(zstd_bomb(16 * 1024 * _MIB))
    return folder / "bomb.tar.zst"


def _raw(folder: Path, tar: bytes) -> Path:
    """A layer of exactly these tar bytes, declared truthfully."""
    return as_layout(victim().layer(raw_tar=tar, codec="none"), folder)


@LAYERS.add("a tar header flipped in mid-layer", LOST, *_HEADER)
def _flipped_header(folder: Path) -> Path:
    tar = bytearray(tar_bytes({"a": noise(3000), "b": b"second", "c": b"third"}))
    tar[tar.index(b"second") - BLOCK] ^= 0xFF
    return _raw(folder, bytes(tar))


@LAYERS.add("a pax record that claims a huge size", LOST, *_HEADER, "limit")
def _huge_pax_size(folder: Path) -> Path:
    record = member(b"x", pax_records({"size": b"9" * 18}), b"x")
    return _raw(folder, record + header(b"a", 5) + pad(b"12345") + _END)


@LAYERS.add("a pax header that is itself huge", LOST, *_HEADER, "limit")
def _huge_pax_header(folder: Path) -> Path:
    return _raw(folder, header(b"x", 8**11 - 1, b"x") + pad(b"12 path=a/b\n") + _END)


@LAYERS.add("pax records whose lengths are nonsense", FINE_OR_LOST)
def _nonsense_pax(folder: Path) -> Path:
    records = (b"-5 a=b\n", b"0 a=b\n", b"99999999999999999999 a=b\n", b"7 a\n", b"\xff\n")
    parts = [member(b"x", record, b"x") + member(b"f", b"data") for record in records]
    return _raw(folder, b"".join(parts) + _END)


@LAYERS.add("a negative size in base 256", LOST, *_HEADER)
def _negative_size(folder: Path) -> Path:
    return _raw(folder, header(b"a", raw_size=b"\xff" * 12) + pad(b"12345") + _END)


@LAYERS.add("a size of 2 to the 80 in base 256", LOST, *_HEADER)
def _monstrous_size(folder: Path) -> Path:
    raw_size = b"\x80\x01" + b"\0" * 10
    return _raw(folder, header(b"a", raw_size=raw_size) + pad(b"12345") + _END)


@LAYERS.add("a path of 100 000 characters", FINE_OR_LOST)
def _long_path(folder: Path) -> Path:
    return _raw(folder, tar_bytes({"p/" * 50_000 + "end": b"", "after": b""}))


@LAYERS.add("a GNU long name with nothing behind it", FINE_OR_LOST)
def _dangling_long_name(folder: Path) -> Path:
    return _raw(folder, member(b"a", b"1") + member(b"././@LongLink", b"n" * 300 + b"\0", b"L"))


@LAYERS.add("a layer without an end marker", FINE_OR_LOST)
def _no_end(folder: Path) -> Path:
    return _raw(folder, member(b"a", b"1"))


@LAYERS.add("a layer of no bytes at all", FINE_OR_LOST)
def _nothing(folder: Path) -> Path:
    return _raw(folder, b"")


def _named(sentence: str, entries: Entries, codes: frozenset[int] = FINE) -> None:
    """Register a sound image with one more layer of strange entries."""
    LAYERS.table(sentence, lambda folder: as_layout(victim().layer(entries), folder), codes)


_named(
    "layer names that climb out with dots",
    {"../../dots": b"1", "a/../../b": b"2", "d/../d/../../../c": b"3", "..": Dir()},
    FINE_OR_LOST,
)
_named("absolute layer names", {"/etc/absolute": b"1", "//double": b"2", "./dot": b"3"})
_named(
    "symlinks in a loop",
    {"l1": Link("l2"), "l2": Link("l1"), "self": Link("self"), "up": Link("up/..")},
)
_named(
    "files written through symlinks in a loop",
    {"l1": Link("l2"), "l2": Link("l1"), "l1/file": b"where?"},
    FINE_OR_LOST,
)
_named(
    "symlinks out of the root, and files written through them",
    {"out": Link("../../../../home"), "abs": Link("/home"), "out/f": b"1", "abs/g": b"2"},
)
_named(
    "a package database behind a symlink loop",
    {"var/lib/dpkg": Link("../../var/lib/dpkg"), "lib/apk": Link("/lib/apk/db")},
)
_named(
    "a hard link to itself and one to nothing",
    {"h": HardLink("h"), "g": HardLink("no")},
    FINE_OR_LOST,
)
_named("a hard link out of the root", {"h": HardLink("../../../etc/passwd")}, FINE_OR_LOST)
_named(
    "a whiteout of nothing, of dots and of itself",
    {".wh.": b"", "d/.wh...": b"", ".wh..wh.x": b"", "d/.wh..": b""},
    FINE_OR_LOST,
)
_named("the root itself as a file", {".": b"not a directory", "/": b"nor this"}, FINE_OR_LOST)
_named(
    "names with line breaks, escape codes and bytes that are no UTF-8",
    {
        "new\nline": b"",
        "\x1b[31mred\x1b[0m": b"",
        "raw\udcff\udcfe": b"",
        "a\\b": b"",
        "\u202etxt": b"",
    },
)
_named("fifty thousand entries of nothing", {f"many/{number}": b"" for number in range(50_000)})
_named("a chain of sixty symlinks", {f"c{number}": Link(f"c{number + 1}") for number in range(60)})
_named("a directory nested 2 000 deep", {"/".join("d" * 2000): b"deep"}, FINE_OR_LOST)


@LAYERS.add("an estargz layer whose table of contents holds other files and escape codes", FINE)
def _lying_table(folder: Path) -> Path:
    rows = [*rows_of(RICH)[1:], {"name": "\x1b[2J\n\u202eevil", "type": "reg", "size": 1 << 70}]
    blob = estargz(RICH, table(rows))
    return as_layout(victim().layer(raw_tar=gzip.decompress(blob), raw_blob=blob), folder)


@LAYERS.add("a gzip layer whose header has escape codes for a name", FINE)
def _gzip_name(folder: Path) -> Path:
    tar = tar_bytes({"e": b""})
    body = go_gzip(tar)
    blob = body[:3] + b"\x18" + body[4:10] + b"\x1b[2J\n\0" + b"\x9b31m\0" + body[10:]
    return as_layout(victim().layer(raw_tar=tar, raw_blob=blob), folder)


@LAYERS.add("tar headers that contradict each other, with escape codes in every name", FINE_OR_LOST)
def _contradictions(folder: Path) -> Path:
    name = b"\x1b[2J\n"
    parts = (
        member(b"x", pax_records({"path": name, "size": b"2"}), b"x")
        + header(b"h", 1)
        + pad(b"ab"),
        member(b"x", pax_records({"path": b"a\0b" + name, "mtime": b"5"}), b"x") + header(b"h"),
        member(b"L", name + b"1\0", b"L") + member(b"x", pax_records({"path": b"p"}), b"x"),
        header(b"h") + header(name + b"2", 512, b"2", link=name) + member(name + b"3", b"", b"Q"),
        header(name + b"4", raw_size=b"\x80" + bytes(11)) + header(name + b"4") + bytes(BLOCK),
        header(b"/../" + name)
        + header(b".wh..wh." + name)
        + header(name + b"2/below")
        + b"\1" * BLOCK,
    )
    return _raw(folder, b"".join(parts) + header(b"last") + _END + name)
