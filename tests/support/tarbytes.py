"""A literal tar writer: the entries given, in the order given, with fixed times.

Written after POSIX.1-2001 (ustar header, pax extended headers) and independent of
``tarfile``, so that the standard library can serve as a second opinion in tests.
Parent directories are not invented: a layer holds exactly what the test names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

BLOCK = 512
#: 2024-05-01T12:00:00Z, the time of every entry unless a test says otherwise.
MTIME = 1714564800


@dataclass(frozen=True)
class File:
    """A regular file with every attribute a layer can give it."""

    data: bytes = b""
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    mtime: float = MTIME
    xattrs: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Dir:
    """A directory entry."""

    mode: int = 0o755
    uid: int = 0
    gid: int = 0
    mtime: float = MTIME
    xattrs: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Link:
    """A symbolic link; `target` is written as it stands."""

    target: str
    mode: int = 0o777
    uid: int = 0
    gid: int = 0
    mtime: float = MTIME


@dataclass(frozen=True)
class HardLink:
    """A hard link; `target` is the name of another entry, from the root."""

    target: str
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    mtime: float = MTIME
    xattrs: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Device:
    """A device node: `kind` is "c" (character), "b" (block) or "p" (a named pipe)."""

    kind: str = "c"
    major: int = 0
    minor: int = 0
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    mtime: float = MTIME


Node = File | Dir | Link | HardLink | Device
#: What a test may write for one entry; plain bytes are a regular file.
Entry = bytes | Node
#: A mapping, or a list of pairs where a test needs the same name twice.
Entries = Mapping[str, Entry] | list[tuple[str, Entry]]

_DEVICE_FLAGS = {"c": b"3", "b": b"4", "p": b"6"}


def pad(data: bytes) -> bytes:
    """Fill `data` with zero bytes to a whole number of blocks."""
    return data + b"\0" * (-len(data) % BLOCK)


def pax_records(records: Mapping[str, bytes]) -> bytes:
    r"""Encode pax records: each is "<length> <key>=<value>\n", length included."""
    out = b""
    for key, value in records.items():
        body = b" " + key.encode() + b"=" + value + b"\n"
        length = len(body)
        while len(str(length)) + len(body) != length:
            length = len(str(length)) + len(body)
        out += str(length).encode() + body
    return out


def header(
    name: bytes,
    size: int = 0,
    flag: bytes = b"0",
    *,
    mode: int = 0o644,
    owner: tuple[int, int] = (0, 0),
    mtime: int = MTIME,
    link: bytes = b"",
    device: tuple[int, int] | None = None,
    raw_size: bytes | None = None,
) -> bytes:
    """One ustar header block; names are cut at 100 bytes, `raw_size` may lie."""
    octal = b"%07o\0"
    major, minor = device or (0, 0)
    start = name[:100].ljust(100, b"\0") + octal % mode
    start += b"".join(octal % (number if number < 8**7 else 0) for number in owner)
    start += (raw_size or _size_field(size)) + b"%011o\0" % mtime
    end = flag + link[:100].ljust(100, b"\0") + b"ustar\00000" + b"\0" * 64
    end += octal % major + octal % minor + b"\0" * 167
    checksum = sum(start) + sum(b" " * 8) + sum(end)
    return start + b"%06o\0 " % checksum + end


def _size_field(size: int) -> bytes:
    """Octal digits, or base 256 from 8 GiB on as GNU tar does it."""
    return b"%011o\0" % size if size < 8**11 else b"\x80" + size.to_bytes(11, "big")


def member(name: bytes, data: bytes = b"", flag: bytes = b"0", *, mtime: int = MTIME) -> bytes:
    """A header and its data, for entries that the classes above do not cover."""
    return header(name, len(data), flag, mtime=mtime) + pad(data)


def _plain(text: bytes) -> bool:
    """Tell whether a name fits the ustar header without a pax record."""
    return len(text) <= 100 and text.isascii()


def _extended(name: bytes, link: bytes, node: Node) -> dict[str, bytes]:
    """The pax records this entry needs, in a fixed order."""
    records: dict[str, bytes] = {}
    if not _plain(name):
        records["path"] = name
    if not _plain(link):
        records["linkpath"] = link
    for key, number in (("uid", node.uid), ("gid", node.gid)):
        if number >= 8**7:
            records[key] = b"%d" % number
    if node.mtime != int(node.mtime):
        records["mtime"] = repr(node.mtime).encode()
    if isinstance(node, File | Dir | HardLink):
        for key, value in node.xattrs.items():
            records[f"SCHILY.xattr.{key}"] = value
    return records


def _shape(node: Node) -> tuple[bytes, bytes, bytes, tuple[int, int] | None]:
    """Type flag, data, link name and device numbers of an entry."""
    match node:
        case File():
            return b"0", node.data, b"", None
        case Dir():
            return b"5", b"", b"", None
        case Link():
            return b"2", b"", node.target.encode("utf-8", "surrogateescape"), None
        case HardLink():
            return b"1", b"", node.target.encode("utf-8", "surrogateescape"), None
        case Device():
            return _DEVICE_FLAGS[node.kind], b"", b"", (node.major, node.minor)


def entry_bytes(path: str, entry: Entry) -> bytes:
    """All blocks of one entry: pax header when needed, header, data."""
    node = File(entry) if isinstance(entry, bytes) else entry
    flag, data, link, device = _shape(node)
    name = path.encode("utf-8", "surrogateescape")
    if flag == b"5" and not name.endswith(b"/"):
        name += b"/"
    records = _extended(name, link, node)
    before = member(b"PaxHeaders.0/x", pax_records(records), b"x") if records else b""
    head = header(
        name,
        len(data),
        flag,
        mode=node.mode,
        owner=(node.uid, node.gid),
        mtime=int(node.mtime),
        link=link,
        device=device,
    )
    return before + head + pad(data)


def tar_bytes(entries: Entries) -> bytes:
    """A whole archive: the entries, then the two zero blocks that end it."""
    pairs = entries.items() if isinstance(entries, Mapping) else entries
    body = b"".join(entry_bytes(path, entry) for path, entry in pairs)
    return body + b"\0" * (2 * BLOCK)
