"""Targets for what compares the inside of two files."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import replace

from analyzer.canonical import json_bytes
from analyzer.diff.content.compare import compare_content
from analyzer.diff.content.room import Room
from analyzer.diff.tree import Difference, difference_document, mirrored
from analyzer.limits import KIB, MIB, Limits
from analyzer.render.content import content_lines
from tests.fuzz.target import Target
from tests.support.tools import ROOT

LIMITS = replace(
    Limits(),
    content_text_bytes=256 * KIB,
    content_inflated_bytes=16 * MIB,
    content_members=2000,
    content_lines=50,
)
_PATHS = (
    *("file", "a.json", "m.pyc", "x.tar", "lib.jar", "doc.gz", "var/lib/dpkg/status"),
    *("lib/apk/db/installed", "etc/passwd", "etc/shadow", "etc/os-release"),
    *("var/lib/rpm/rpmdb.sqlite", "var/lib/rpm/Packages", "usr/lib/sysimage/rpm/Packages.db"),
    *("var/lib/rpm/rpmdb.sqlite-wal", "etc/gshadow", "etc/group"),
)
_CUT = b"\n--8<--\n"


def run(data: bytes) -> None:
    """Two contents around a mark; the first byte chooses the path. Any order, one answer."""
    path = _PATHS[data[0] % len(_PATHS)] if data else "file"
    before, _, after = data[1:].partition(_CUT)
    found = _compare(path, before, after)
    assert found.differs == (before != after)
    assert _compare(path, after, before) == mirrored(found)
    json_bytes(difference_document(found))
    assert all(line.replace("\t", "").isprintable() for line in content_lines(found))


def _compare(path: str, before: bytes, after: bytes) -> Difference:
    return compare_content(path, before, after, Room(LIMITS))


def _archives(content: bytes) -> Iterator[tuple[int, bytes]]:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        info = tarfile.TarInfo("a.json")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    yield 3, out.getvalue()
    yield 5, gzip.compress(out.getvalue(), mtime=0)
    yield 5, gzip.compress(content, mtime=0)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(zipfile.ZipInfo("a.json"), content)
    yield 4, out.getvalue()


def _databases() -> Iterator[bytes]:
    """Those of rpm against themselves with a byte changed, and against one that is cut."""
    cases = ROOT / "fixtures" / "packages" / "rpm"
    places = (
        (11, "absent-version/usr/share/rpm/rpmdb.sqlite"),
        (11, "strange/var/lib/rpm/rpmdb.sqlite"),
        (12, "strange/var/lib/rpm/Packages"),
        (13, "ndb/usr/lib/sysimage/rpm/Packages.db"),
    )
    for kind, place in places:
        data = (cases / place).read_bytes()
        yield bytes([kind]) + data + _CUT + data[:-600] + b"x" + data[-599:]
        yield bytes([kind]) + data + _CUT + data[: len(data) // 2]
        yield b"\0" + data + _CUT + data[:-1]
    log = bytes.fromhex("377f0682002de21800001000") + bytes(20)
    yield b"\x0e" + log + _CUT + log + b"\1"


def _seeds() -> Iterator[bytes]:
    one, two = (json.dumps({"a": n, "b": [1, n], "token": "abcdefgh"}).encode() for n in (1, 2))
    for (kind, first), (_, second) in zip(_archives(one), _archives(two), strict=True):
        yield bytes([kind]) + first + _CUT + second
    yield b"\1" + one + _CUT + two
    yield b"\0a\nb\nc\n" + _CUT + b"a\r\nB\r\n"
    pyc = (3495).to_bytes(2, "little") + b"\r\n" + bytes(20)
    yield b"\2" + pyc + _CUT + pyc[:-1] + b"\1"
    yield b"\6Package: a\nVersion: 1\n\n" + _CUT + b"Package: a\nVersion: 2\n\nPackage: b\n"
    yield b"\7P:a\nV:1\nF:etc\nR:x\nZ:Q1\n\n" + _CUT + b"P:a\nV:2\n\n"
    yield b"\x09root:$y$a$b$c:1:::::::\n" + _CUT + b"root:*:1:::::::\n"
    yield b"\x0aID=a\n" + _CUT + b"ID='b'\n"
    yield from _databases()
    elf = b"\x7fELF\2\1\1" + bytes(9) + b"\3\0\x3e\0" + bytes(200)
    yield b"\0" + elf + _CUT + elf[:-1]


_WORDS = (
    *(b"\x7fELF", b"\x1f\x8b\x08", b"PK\3\4", b"PK\1\2", b"PK\5\6", b"ustar\x0000", b"\xff\xfe"),
    *(b"\xef\xbb\xbf", b"\r\n", b"Package: ", b"P:", b"-----BEGIN PRIVATE KEY-----", b"password="),
    _CUT,
)
CONTENTS = (Target("contents", run, _seeds, _WORDS),)
