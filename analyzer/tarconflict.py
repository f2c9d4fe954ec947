"""Where a tar header and the extended headers before it say different things of one entry.

pax(1) lets records override the header, and Go's archive/tar, which the engines use, obeys. Readers
that do not know pax, or read one of two values only, see another archive (CVE-2025-62518 is one).
Writers use a record because the header cannot hold the value; only then may they differ.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from urllib.parse import unquote_to_bytes

from analyzer.paths import clean, decode, quoted
from analyzer.tarheader import (
    HEADER_ONLY,
    PLAIN_TIME,
    USUAL,
    XATTR,
    BadHeader,
    any_time,
    decimal,
    header_time,
    number,
    pax_time,
    strict_number,
)

TAKEN = "which engines take"
_LIBARCHIVE = "LIBARCHIVE.xattr."
_NAME_BYTES = 100
_SIZE = 8**11
"""The first size and time that eleven octal digits cannot hold; seven hold an ID below `_ID`."""
_ID = 8**7
_REPLACED = {"uid": (108, 116), "gid": (116, 124), "mtime": (136, 148)}
COMMON = frozenset({"path", "linkpath", "size", *_REPLACED})
"""Records of which nothing has to be said but where they contradict the header."""


def conflicts(
    block: bytes,
    name: bytes,
    pax: Mapping[str, bytes],
    long: tuple[bytes, bytes],
    *,
    sparse: bool = False,
    taken: str = TAKEN,
) -> Iterator[str]:
    """Each contradiction in words; values that are no numbers are reported elsewhere.

    `name` is what the header block holds, `long` the GNU names of entry and link. Name and size of
    a `sparse` file have records of their own. `taken` says who takes the value.
    """
    if not sparse:
        if "path" in pax:
            yield from _names("path", pax, long[0], name, taken)
        if "size" in pax and block[156] not in HEADER_ONLY:
            yield from _numbers("size", pax, block[124:136], _SIZE, taken)
    if "linkpath" in pax:
        yield from _names("linkpath", pax, long[1], block[157:257].partition(b"\0")[0], taken)
    if "uid" in pax:
        yield from _numbers("uid", pax, block[108:116], _ID, taken)
    if "gid" in pax:
        yield from _numbers("gid", pax, block[116:124], _ID, taken)
    if "mtime" in pax:
        yield from _times(pax["mtime"], block[136:148], taken)


def refusals(block: bytes, pax: Mapping[str, bytes]) -> Iterator[str]:
    """Why engines refuse a layer with these records, or fields that they replace.

    Go's archive/tar, reader.go `mergePAX` and strconv.go `validPAXRecord`; an attribute without a
    name is refused by the kernel (setxattr(2), ERANGE).
    """
    for key, (start, end) in _REPLACED.items():
        odd = key in pax and not USUAL.fullmatch(block, start, end)
        if odd and pax[key] and strict_number(block[start:end]) is None:
            yield f"a header with a {key} that is no number"
    if keys := pax.keys() - COMMON:
        yield from _refused(pax, keys)


def _refused(pax: Mapping[str, bytes], keys: set[str]) -> Iterator[str]:
    for key in ("atime", "ctime"):
        if key in keys and pax[key] and not PLAIN_TIME.fullmatch(pax[key]):
            try:
                any_time(pax[key])
            except BadHeader as problem:
                yield f"pax {key}: {problem}"
    for key in ("uname", "gname"):
        if b"\0" in pax.get(key, b""):
            yield f"a NUL in pax {key}"
    if pax.get(XATTR):
        yield "an extended attribute without a name"
    if "" in keys or "\0" in "".join(keys):
        yield "a pax record without a key, or with a NUL in it"


def unset_attributes(pax: Mapping[str, bytes]) -> Iterator[str]:
    """Extended attributes that only bsdtar sets: a URL-encoded name, a value in base64.

    It writes them beside those that engines know, which say the same then.
    """
    for key, value in pax.items():
        if value and key.startswith(_LIBARCHIVE):
            quoted_name = key[len(_LIBARCHIVE) :].encode("utf-8", "surrogateescape")
            name = unquote_to_bytes(quoted_name)
            if pax.get(XATTR + decode(name), b"") != _from_base64(value):
                yield f"attribute {_show(name)} as bsdtar alone takes it, engines pass over it"


def _from_base64(value: bytes) -> bytes | None:
    try:
        return base64.b64decode(value + b"=" * (-len(value) % 4))
    except binascii.Error:
        return None


def unused_sparse(pax: Mapping[str, bytes]) -> str:
    """Records of a sparse file that are in no form that engines know; empty without any."""
    stated = [f"{key} {_show(pax[key])}" for key in sorted(pax) if key.startswith("GNU.sparse.")]
    if not stated:
        return ""
    what = f"pax {', '.join(stated):.300} in no form of sparse files that engines know"
    return f"{what}; they pass over it, GNU tar, bsdtar and Python do not"


def _names(
    key: str, pax: Mapping[str, bytes], long: bytes, header: bytes, taken: str
) -> Iterator[str]:
    stated = pax.get(key, b"")
    if stated and long and stated != long:
        yield f"pax {key} {_show(stated)}, GNU long name {_show(long)}, {taken}"
    elif stated and not long and len(stated) <= _NAME_BYTES and _plain(stated) != _plain(header):
        engines = "for which engines refuse the layer" if b"\0" in stated else taken
        yield f"pax {key} {_show(stated)}, {engines}, header {_show(header)}"


def _plain(name: bytes) -> str:
    """A name without what writers leave out of a header: Go drops, Python replaces by `?`."""
    if not name.isascii() or b"?" in name:
        name = bytes(byte for byte in name if byte < 0x80 and byte != ord("?"))  # noqa: PLR2004 - ASCII
    return clean(decode(name))[0]


def _show(name: bytes) -> str:
    return quoted(decode(name), 118)


def _numbers(
    key: str, pax: Mapping[str, bytes], field: bytes, beyond: int, taken: str
) -> Iterator[str]:
    if not pax.get(key):
        return
    try:
        stated, header = decimal(pax[key], key), number(field)
    except BadHeader:
        return
    if 0 <= stated < beyond and stated != header:
        yield f"pax {key} {stated}, {taken}, header {header}"


def _times(value: bytes, field: bytes, taken: str) -> Iterator[str]:
    try:
        stated, header = pax_time(value), header_time(field)
    except BadHeader:
        return
    if 0 <= stated < _SIZE and abs(float(stated) - float(header)) > 1:
        yield f"pax mtime {stated}, {taken}, header {header}"
