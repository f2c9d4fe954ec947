"""Strange archives, held against Go's own reader: its tree is ours, and what it refuses is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.paths import clean, decode
from analyzer.problems import Code, Severity
from tests.support.gotar import GoAnswer, GoEntry, go_tar
from tests.support.tarbytes import header, pad
from tests.tar.strategies import Archive
from tests.tar.walking import END, Walk, walk

Ask = Callable[[bytes], GoAnswer]
NO_CODE = 0
_KINDS = {
    "1": "hardlink",
    "2": "symlink",
    "3": "character-device",
    "4": "block-device",
    "5": "directory",
    "6": "fifo",
}


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    with go_tar() as reader:
        yield reader


MAGICS = st.sampled_from([b"ustar\x0000", b"ustar  \0", b"ustar \0\0", b"ustar\0xx", bytes(8)])
NUMBERS = st.sampled_from(
    [
        *(b"0000007\0", b"     7 \0", b"\0000007\0", b"7\0\0\0\0\0\0\0", b"00000007", b"        "),
        *(b"\x80\0\0\0\0\0\0\x07", b"\xff\xff\xff\xff\xff\xff\xff\xfe", b"7 \0x\0\0\0\0"),
        *(b"+000007\0", b"zzzzzzz\0", b"0000089\0", bytes(8), b"-000007\0", b"0o00007\0"),
    ]
)
TIMES = st.sampled_from(
    [
        *(b"14635051700\0", b"\0" * 12, b"           7", b"0x000000007\0", b"zzzzzzzzzzz\0"),
        *(
            b"\xff" * 12,
            b"\x80" + bytes(10) + b"\x07",
            b"\x80" + b"\xff" * 11,
            b"pre\0\0\0\0\0\0\0\0\0",
        ),
    ]
)
NAMES = st.sampled_from([b"a", b"b/c", b"d/", b"./e", b".wh.a", b"n" * 100, "é".encode(), b""])
PREFIXES = st.sampled_from(
    [b"", b"pre", b"usr/bin", b"p" * 131, b"p" * 155, "é".encode(), b"14635051700\0" * 2]
)
PAX = st.dictionaries(
    st.sampled_from(
        [
            *(
                "path",
                "linkpath",
                "size",
                "uid",
                "gid",
                "mtime",
                "atime",
                "ctime",
                "uname",
                "gname",
            ),
            *("GNU.sparse.name", "GNU.sparse.major", "GNU.sparse.minor", "GNU.sparse.map"),
            *("GNU.sparse.size", "GNU.sparse.realsize", "GNU.sparse.numblocks"),
            *("SCHILY.xattr.user.a", "SCHILY.xattr.", "LIBARCHIVE.xattr.user.a", "comment"),
        ]
    ),
    st.sampled_from(
        [
            *(
                b"",
                b"0",
                b"1",
                b"2",
                b"4",
                b"+4",
                b"-4",
                b"04",
                b"0_4",
                b" 4",
                b"4 ",
                b"4.5",
                b".5",
            ),
            *(b"4.", b"-4.25", b"+4.5", b"4.123456789999", b"1e3", b"nan", b"inf", b"0x4", b"-"),
            *(b"99999999999999999999", b"0,4", b"0,+4", b"0,4,4,0", b"name", b"name/", b"a\0b"),
            *("٤".encode(), b"0" * 30 + b"4", b"-0.5", b"1.2.3", b"1.-5", b"4\n", b"4,5"),
        ]
    ),
    max_size=5,
)


def bend(block: bytes, at: int, raw: bytes) -> bytes:
    return block[:at] + raw + block[at + len(raw) :]


def summed(block: bytes) -> bytes:
    blank = bend(block, 148, b" " * 8)
    return bend(blank, 148, b"%06o\0 " % sum(blank))


@st.composite
def entry_headers(draw: st.DrawFn, data: bytes) -> bytes:
    kind = draw(
        st.sampled_from([b"0"] * 6 + [b"\0", b"1", b"2", b"3", b"5", b"6", b"7", b"S", b"Q"])
    )
    block = header(draw(NAMES), len(data), kind, link=draw(NAMES))
    block = bend(block, 257, draw(MAGICS))
    if draw(st.booleans()):
        prefix = draw(PREFIXES)
        block = bend(block, 345, prefix[: 130 if kind == b"S" else 155])
    if draw(st.integers(0, 3)) == NO_CODE:
        block = bend(block, 508, b"tar\0")
        block = bend(block, 476, draw(TIMES) + draw(TIMES))
    for at in (100, 108, 116, 329, 337):
        if draw(st.integers(0, 7)) == NO_CODE:
            block = bend(block, at, draw(NUMBERS))
    for at in (124, 136, 345, 357):
        if draw(st.integers(0, 9)) == NO_CODE:
            block = bend(block, at, draw(TIMES))
    return summed(block)


def records(pairs: dict[str, bytes], plus: bool) -> bytes:  # noqa: FBT001 - drawn
    out = b""
    for key, value in pairs.items():
        body = b" " + key.encode() + b"=" + value + b"\n"
        length = len(body) + plus
        while len(str(length)) + len(body) + plus != length:
            length = len(str(length)) + len(body) + plus
        out += (b"+" if plus else b"") + str(length).encode() + body
    return out


@st.composite
def members(draw: st.DrawFn) -> bytes:
    data = draw(st.sampled_from([b"", b"data", b"1\n0\n4\n".ljust(512, b"\0") + b"data"]))
    before = b""
    if draw(st.booleans()):
        said = records(draw(PAX), draw(st.integers(0, 9)) == NO_CODE)
        said += draw(st.sampled_from([b"", b"", b"", b"\0\0", b"x"]))
        block = header(b"x", len(said), b"x")
        if draw(st.integers(0, 19)) == NO_CODE:
            block = summed(bend(block, draw(st.sampled_from([100, 108, 116, 329])), draw(NUMBERS)))
        before += block + pad(said)
    if draw(st.integers(0, 5)) == NO_CODE:
        name = draw(NAMES) + b"\0"
        before += header(b"l", len(name), draw(st.sampled_from([b"L", b"K"]))) + pad(name)
    return Archive(before + draw(entry_headers(data)) + pad(data))


def as_go(walked: Walk) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for entry, sink in zip(walked.entries, walked.contents, strict=True):
        rows.append(
            (
                entry.path,
                entry.kind.value,
                bytes(sink.data) if entry.kind == "file" else b"",
                entry.mode,
                entry.uid,
                entry.gid,
                Decimal(entry.mtime),
                entry.link,
                entry.device,
                dict(entry.xattrs),
            )
        )
    return rows


def as_ours(entry: GoEntry) -> tuple[object, ...]:
    kind = _KINDS.get(entry.kind, "file")
    link = decode(entry.link)
    links = {"symlink": link, "hardlink": clean(link)[0]}
    return (
        clean(decode(entry.name))[0],
        kind,
        entry.data if kind == "file" else b"",
        entry.mode & 0o7777,
        entry.uid,
        entry.gid,
        entry.mtime,
        links.get(kind),
        entry.device if kind.endswith("device") else None,
        entry.xattrs,
    )


@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(members(), min_size=1, max_size=3))
def test_what_go_reads_is_shown_and_what_it_refuses_is_told(ask: Ask, parts: list[bytes]) -> None:
    archive = b"".join(parts) + END
    go, seen = ask(archive), walk(archive)
    graver = [p for p in seen.problems + seen.sparse if p.severity is not Severity.NOTE]
    expected = [as_ours(entry) for entry in go.entries]
    if go.problem:
        assert graver, go.problem
        if Code.HEADER_DAMAGED not in seen.codes:
            assert as_go(seen)[: len(expected)] == expected
        return
    assert as_go(seen) == expected
    assert Code.HEADER_DAMAGED not in seen.codes
    told = [p.detail for p in graver if p not in seen.sparse and "engines refuse" in p.detail]
    assert all("without a name" in what or "a link to nothing" in what for what in told), told
