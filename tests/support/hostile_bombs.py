"""What is small and claims or becomes large: bombs of every codec, names, links, sparse files."""

from __future__ import annotations

import bz2
import lzma
from functools import cache, partial
from typing import TYPE_CHECKING

import zstandard

from tests.support.gzips import go_gzip
from tests.support.hostile_case import (
    FINE,
    FINE_OR_LOST,
    LOST,
    NOTHING_OR_LOST,
    UNPROVEN_OR_LOST,
    Cases,
    as_layout,
    victim,
)
from tests.support.imagebuilder import Layout, Link, tar_bytes
from tests.support.saves import save_entries
from tests.support.tarbytes import BLOCK, Entries, header, member, pad, pax_records

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BOMBS = Cases()

_LIMIT = ("limit", "inflate", "bomb")
_END = b"\0" * (2 * BLOCK)
_MIB = 1 << 20
_NOBODY = "sha256:" + "5" * 64
ZEROS = 64 * _MIB

_PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda data: go_gzip(data, 9),
    "zstd": zstandard.ZstdCompressor(level=3).compress,
    "xz": lambda data: lzma.compress(data, preset=0),
    "bzip2": bz2.compress,
}
SMALL_BOMBS = {
    **{f"a bomb of {codec} in one stream": (codec, 1) for codec in _PACK},
    **{f"a bomb of {codec} in many streams": (codec, 64) for codec in _PACK},
}
"""They inflate to `ZEROS` bytes: with a lower limit, tests need not wait for gigabytes."""


@cache
def packed_zeros(codec: str, streams: int) -> bytes:
    """`ZEROS` zero bytes behind the header of a file that claims them."""
    pack = _PACK[codec]
    return pack(header(b"zeros", ZEROS)) + pack(bytes(ZEROS // streams)) * streams + pack(_END)


def _bomb(codec: str, streams: int, folder: Path) -> Path:
    blob = packed_zeros(codec, streams)
    return as_layout(
        victim().layer(codec=codec, raw_tar=b"", raw_blob=blob, declare_diff_id=_NOBODY), folder
    )


for _sentence, (_codec, _streams) in SMALL_BOMBS.items():
    BOMBS.table(_sentence, partial(_bomb, _codec, _streams), LOST, *_LIMIT)


@BOMBS.add("a bomb of gzip inside a compressed archive", NOTHING_OR_LOST, *_LIMIT)
def _nested(folder: Path) -> Path:
    layout = Layout()
    blob = packed_zeros("gzip", 1)
    bomb = victim().layer(codec="gzip", raw_tar=b"", raw_blob=blob, declare_diff_id=_NOBODY)
    layout.add(bomb, ref_name="1")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "nested.tar.xz").write_bytes(lzma.compress(layout.tar()))
    return folder / "nested.tar.xz"


@BOMBS.add("a layer that is compressed twice", frozenset({1, 3}))
def _twice(folder: Path) -> Path:
    blob = go_gzip(packed_zeros("gzip", 1))
    twice = victim().layer(codec="gzip", raw_tar=b"", raw_blob=blob, declare_diff_id=_NOBODY)
    return as_layout(twice, folder)


for _codec in ("gzip", "zstd", "xz", "bzip2"):

    @BOMBS.add(f"an archive that is a bomb of {_codec}", frozenset({2, 3}), *_LIMIT)
    def _outer(folder: Path, codec: str = _codec) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "bomb.tar").write_bytes(packed_zeros(codec, 1))
        return folder / "bomb.tar"


# Names.


def _raw(folder: Path, tar: bytes) -> Path:
    """A layer of exactly these tar bytes, declared truthfully."""
    return as_layout(victim().layer(raw_tar=tar, codec="none"), folder)


_LONG = b"n" * _MIB
_LONG_NAMES = {
    "a GNU long name of a megabyte": member(b"././@LongLink", _LONG + b"\0", b"L") + member(b"n"),
    "a GNU long link of a megabyte": member(b"././@LongLink", _LONG + b"\0", b"K")
    + header(b"s", flag=b"2", link=b"t"),
    "a pax path of a megabyte": member(b"x", pax_records({"path": _LONG}), b"x") + member(b"n"),
    "a pax path of 200 000 folders": member(b"x", pax_records({"path": b"a/" * 200_000}), b"x")
    + member(b"n"),
    "a pax link of a megabyte": member(b"x", pax_records({"linkpath": _LONG}), b"x")
    + header(b"s", flag=b"2", link=b"t"),
    "a user of a megabyte": member(b"x", pax_records({"uname": _LONG}), b"x") + member(b"n"),
    "an attribute whose name is a megabyte": member(
        b"x", pax_records({"SCHILY.xattr.user." + "n" * _MIB: b"1"}), b"x"
    )
    + member(b"n"),
}
for _sentence, _tar in _LONG_NAMES.items():
    _lost = FINE_OR_LOST if "a user" in _sentence or "attribute" in _sentence else LOST
    BOMBS.table(
        f"a layer with {_sentence}",
        partial(lambda tar, folder: _raw(folder, tar + _END), _tar),
        _lost,
        *(() if _lost is FINE_OR_LOST else ("path_bytes", "path_depth")),
    )


@BOMBS.add("an archive with a member name of a megabyte", frozenset({2, 3}), "path_bytes")
def _outer_name(folder: Path) -> Path:
    layout = Layout()
    layout.add(victim(), ref_name="1")
    folder.mkdir(parents=True, exist_ok=True)
    long = member(b"././@LongLink", _LONG + b"\0", b"L") + member(b"n")
    (folder / "long.tar").write_bytes(long + layout.tar())
    return folder / "long.tar"


@BOMBS.add("a layer whose few paths make a million folders", LOST, "layer_entries", "limit")
def _implied(folder: Path) -> Path:
    names = b"".join(member(b"%04d/" % number + b"a/" * 46 + b"f") for number in range(25_000))
    return _raw(folder, names + _END)


# Links.


def _table(sentence: str, entries: Entries, codes: frozenset[int] = FINE) -> None:
    BOMBS.table(sentence, lambda folder: as_layout(victim().layer(entries), folder), codes)


_table(
    "a chain of a thousand symlinks, with files written through it",
    {
        **{f"c{number}": Link(f"c{number + 1}") for number in range(1000)},
        **{f"c{number}/f": b"" for number in range(0, 1000, 50)},
    },
    FINE_OR_LOST,
)
_table(
    "links that double with each step, with files written through them",
    {
        **{f"l{number}": Link(f"l{number + 1}/l{number + 1}") for number in range(60)},
        **{f"l0/{number}": b"" for number in range(200)},
    },
    FINE_OR_LOST,
)
_table(
    "long links one behind the other, with ten thousand files behind them in turn",
    {
        **{f"l{number}": Link("./" * 200 + f"l{number + 1}") for number in range(39)},
        "l39": Link("d"),
        "d/x": b"",
        "d/y": b"",
        **{f"l0/{'xy'[number % 2]}/{number}": b"" for number in range(10_000)},
    },
    FINE_OR_LOST,
)


@BOMBS.add("an archive whose layers lie behind a chain of links", LOST, "link_depth", "link")
def _outer_chain(folder: Path) -> Path:
    entries = save_entries([(victim().build(), ("test/one:1",))], "legacy")
    layer = next(name for name in entries if name.endswith("layer.tar"))
    chain = {f"c{number}": Link(f"c{number + 1}") for number in range(100)}
    entries |= {**chain, "c100": entries[layer], layer: Link("../c0")}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "chain.tar").write_bytes(tar_bytes(entries))
    return folder / "chain.tar"


# Sparse files.

_EXABYTES = 7 << 60


def _old_gnu_sparse(size: int) -> bytes:
    """One segment of data at the very end, in the old format of GNU tar."""

    def number(value: int) -> bytes:
        return b"\x80" + value.to_bytes(11, "big")

    block = bytearray(header(b"sparse", 1, b"S"))
    block[257:265] = b"ustar  \0"
    block[386:410] = number(size - 1) + number(1)
    block[483:495] = number(size)
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block) + pad(b"x")


def _pax_sparse(size: int) -> bytes:
    records = {
        "GNU.sparse.major": b"1",
        "GNU.sparse.minor": b"0",
        "GNU.sparse.name": b"sparse",
        "GNU.sparse.realsize": b"%d" % size,
    }
    data = pad(b"1\n%d\n1\n" % (size - 1)) + b"x"
    return member(b"x", pax_records(records), b"x") + member(b"GNUSparseFile/s", data)


_SPARSE = {
    "an old sparse file of exabytes": _old_gnu_sparse(_EXABYTES),
    "a pax sparse file of exabytes": _pax_sparse(_EXABYTES),
    "a hundred sparse files of exabytes": b"".join(
        _pax_sparse(_EXABYTES + number) for number in range(100)
    ),
}
for _sentence, _tar in _SPARSE.items():
    BOMBS.table(
        f"a layer with {_sentence}",
        partial(lambda tar, folder: _raw(folder, tar + _END), _tar),
        FINE_OR_LOST,
    )


@BOMBS.add("a package database that is a sparse file of exabytes", LOST, "captured_file_bytes")
def _sparse_database(folder: Path) -> Path:
    tar = _old_gnu_sparse(_EXABYTES).replace(b"sparse".ljust(20, b"\0"), b"lib/apk/db/installed")
    block = bytearray(tar[:BLOCK])
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return _raw(folder, bytes(block) + tar[BLOCK:] + _END)


@BOMBS.add("an archive whose index.json is a sparse file of exabytes", frozenset({2, 3}))
def _outer_sparse(folder: Path) -> Path:
    layout = Layout()
    layout.add(victim(), ref_name="1")
    block = bytearray(_old_gnu_sparse(_EXABYTES))
    block[:10] = b"index.json"
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block[:BLOCK])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sparse.tar").write_bytes(layout.tar()[: -len(_END)] + bytes(block) + _END)
    return folder / "sparse.tar"


@BOMBS.add("a layer that claims a file of exabytes and ends", UNPROVEN_OR_LOST)
def _claims(folder: Path) -> Path:
    size = b"\x80" + _EXABYTES.to_bytes(11, "big")
    return _raw(folder, header(b"huge", raw_size=size) + b"x" * BLOCK)
