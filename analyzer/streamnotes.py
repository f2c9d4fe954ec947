"""What a compressed stream holds besides its content, as problems with the bytes they begin at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from analyzer.codec import Codec, Inflater
from analyzer.gzipheader import EXTRA, NOT_STATED, Field, Stated
from analyzer.paths import quoted
from analyzer.problems import Code, Problem, note, warning

_SHOWN = 80
"""Characters of a name or comment."""
_SYSTEMS = {
    0: "FAT",
    1: "Amiga",
    2: "VMS",
    3: "Unix",
    4: "VM/CMS",
    5: "Atari TOS",
    6: "HPFS",
    7: "Macintosh",
    8: "Z-System",
    9: "CP/M",
    10: "TOPS-20",
    11: "NTFS",
    12: "QDOS",
    13: "Acorn RISCOS",
}
"""RFC 1952, section 2.3.1, "OS"."""
_ESTARGZ_FOOTER = Stated(0, 0, NOT_STATED, (Field(EXTRA, 10, 26),))
"""containerd/stargz-snapshotter, docs/estargz.md, "Footer"."""
_GO_TEXT_BYTES = 511
"""Go, src/compress/gzip/gunzip.go, `readString`, which has room for them and the zero."""
_FLAGS_AT, _MTIME_AT, _SYSTEM_AT = 3, 4, 9


def stream_notes(
    state: Inflater, codec: Codec, where: str, what: str, *, estargz: bool = False
) -> Iterator[Problem]:
    """What stands behind, between and before the content of a stream that was read.

    Args:
        state: what inflated it, after its `finish`.
        codec: of the stream.
        where: what problems call it.
        what: the noun for it: "layer" or "file".
        estargz: whether it ends in a footer of estargz, which has a member for each file and
            says so in an extra field.
    """
    stored = f"of the {what} as stored"
    if state.trailing:
        detail = f"bytes that are not {codec} follow the compressed stream, from byte "
        detail += f"{state.trailing_at} {stored} on; not read"
        yield warning(Code.TRAILING_DATA, where, detail)
    if state.zeros:
        detail = f"{state.zeros} zero bytes stand behind a {codec} stream, from byte "
        detail += f"{state.zeros_at} {stored} on; programs that inflate with Go, as engines "
        detail += f"do, refuse the {what}"
        yield warning(Code.TRAILING_DATA, where, detail)
    if codec is Codec.GZIP:
        if not estargz:
            yield from _members(state, where, stored)
        yield from _headers(state, where, stored, _ESTARGZ_FOOTER if estargz else None)


def _members(state: Inflater, where: str, stored: str) -> Iterator[Problem]:
    if state.streams > 1:
        *first, last = map(str, state.starts)
        if state.streams > len(state.starts):
            first.insert(-1, "...")
        detail = f"{state.streams} gzip members back to back; they begin at bytes "
        detail += f"{', '.join(first)} and {last} {stored}"
        yield note(Code.GZIP_MEMBERS, where, detail)


def _headers(
    state: Inflater, where: str, stored: str, expected: Stated | None
) -> Iterator[Problem]:
    headers = state.headers
    for stated, (first, count) in headers.seen.items():
        if stated == expected:
            continue
        more = f", like those of {count - 1} more members," if count > 1 else ""
        detail = f"the gzip header at byte {first} {stored}{more} says "
        detail += ", ".join(_told(stated, first))
        refused = _refused(stated)
        add = warning if refused else note
        yield add(Code.GZIP_HEADER, where, detail + refused)
    if headers.others:
        detail = f"{headers.others} more members have gzip headers that say something else"
        yield note(Code.GZIP_HEADER, where, detail)


def _refused(stated: Stated) -> str:
    """Who cannot read a stream with such a header, in words; empty for nobody."""
    if any(f.size > _GO_TEXT_BYTES for f in stated.fields if f.word != EXTRA):
        most = f"text of more than {_GO_TEXT_BYTES} bytes"
        return f"; programs that inflate with Go, as engines do, refuse {most}"
    return "; gzip and zlib refuse these flags, Go passes over them" * bool(stated.reserved)


def _told(stated: Stated, at: int) -> Iterator[str]:
    """Each thing that a header at byte `at` says, with its place."""
    if stated.reserved:
        yield f"reserved flags {stated.reserved:#x} (byte {at + _FLAGS_AT})"
    if stated.timed:
        time = datetime.fromtimestamp(stated.mtime, UTC)
        yield f"time {time:%Y-%m-%dT%H:%M:%SZ} (byte {at + _MTIME_AT})"
    if stated.system != NOT_STATED:
        name = _SYSTEMS.get(stated.system, "unknown")
        yield f"system {stated.system}, {name} (byte {at + _SYSTEM_AT})"
    for field in stated.fields:
        yield f"{shown(field)} (byte {at + field.at})"


def shown(field: Field) -> str:
    """An optional field in a few words; names are Latin-1."""
    if field.word == EXTRA:
        return f"{field.word} of {field.size} bytes"
    text = quoted(field.text.decode("latin-1"), _SHOWN)
    if field.size > _SHOWN:
        return f"{field.word} of {field.size} bytes that begins {text}"
    return f"{field.word} {text}"
