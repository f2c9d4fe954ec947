"""The folders and files of one record of apk's installed database, with owners and digests.

Keys F, M, R, a and Z: https://wiki.alpinelinux.org/wiki/Apk_spec; reading rules: apk-tools
`src/database.c`, `apk_db_fdb_read`, and `src/blob.c`, `apk_blob_pull_digest`.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error
from dataclasses import dataclass, replace

from analyzer.packages.formats.text import text
from analyzer.paths import decode, join

KEYS = b"FMRaZ"
"""The letters that `FileList.feed` takes."""

_OWNER = re.compile(rb"([0-9]{1,10}):([0-9]{1,10}):([0-7]{1,5})(?::.*)?", re.DOTALL)
"""`uid:gid:mode`, after which a digest of extended attributes may follow."""
_BASE64 = re.compile(rb"[A-Za-z0-9+/]+={0,2}")
_HEX = re.compile(rb"[0-9A-Fa-f]+")
_ALGORITHMS = {b"1": "sha1", b"2": "sha256"}
_SIZES = {"sha1": 20, "sha256": 32}
_PERMISSIONS = 0o7777


@dataclass(frozen=True, slots=True)
class Entry:
    """A folder or a file; apk leaves out owner and mode where they are the usual ones."""

    path: str
    folder: bool
    digest: str = ""
    """Of a symbolic link: of its target's text."""
    mode: int = 0o644
    user: str = "0"
    group: str = "0"


class FileList:
    """Takes the lines of one record about files, in their order."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._folder: str | None = None
        self._last: Entry | None = None

    def feed(self, key: str, value: bytes) -> str:
        """Take in one line; what is wrong with it, empty for a good one."""
        match key:
            case "F":
                self._folder = decode(value).strip("/")
                self._add(Entry(self._folder, folder=True, mode=0o755))
            case "R":
                if self._folder is None:
                    return "a file outside of any folder"
                self._add(Entry(join(self._folder, decode(value)), folder=False))
            case "Z":
                return self._set_digest(value)
            case _:
                return self._set_owner(value, folder=key == "M")
        return ""

    def entries(self, *, truncated: bool) -> tuple[Entry, ...]:
        """What was taken in, without the root, which no package owns.

        `truncated`: what is marked SHA-1 are the first 160 bits of a SHA-256 (flag `S`:
        apk-tools `apk_db_fdb_read`, `sha256_160`), and is called so.
        """
        named = (entry for entry in self._entries if entry.path)
        if not truncated:
            return tuple(named)
        return tuple(
            replace(entry, digest=f"sha256-160:{entry.digest.removeprefix('sha1:')}")
            if entry.digest.startswith("sha1:")
            else entry
            for entry in named
        )

    def _add(self, entry: Entry) -> None:
        self._entries.append(entry)
        self._last = entry

    def _set_digest(self, value: bytes) -> str:
        if self._last is None or self._last.folder:
            return "a digest of no file"
        digest = read_digest(value)
        if not digest:
            return "not a digest"
        self._update(replace(self._last, digest=digest))
        return ""

    def _set_owner(self, value: bytes, *, folder: bool) -> str:
        if self._last is None or self._last.folder is not folder:
            return "an owner of nothing"
        match = _OWNER.fullmatch(value)
        if match is None:
            return "not an owner"
        mode = int(match[3], 8) & _PERMISSIONS
        self._update(replace(self._last, mode=mode, user=text(match[1]), group=text(match[2])))
        return ""

    def _update(self, entry: Entry) -> None:
        self._entries[-1] = self._last = entry


def read_digest(value: bytes) -> str:
    """`Q1`, `Q2` (base64), `X1` or `X2` (hex) as `<algorithm>:<hex>`; empty for what is none.

    Some writers mark a SHA-256 with a 1; apk tells by the length, and so do we.
    """
    algorithm = _ALGORITHMS.get(value[1:2])
    raw = _raw(value[:1], value[2:])
    if algorithm is None or raw is None:
        return ""
    if algorithm == "sha1" and len(raw) == _SIZES["sha256"]:
        algorithm = "sha256"
    return f"{algorithm}:{raw.hex()}" if len(raw) == _SIZES[algorithm] else ""


def _raw(encoding: bytes, digits: bytes) -> bytes | None:
    try:
        if encoding == b"Q" and _BASE64.fullmatch(digits):
            return b64decode(digits)
        if encoding == b"X" and _HEX.fullmatch(digits):
            return bytes.fromhex(digits.decode("ascii"))
    except (Error, ValueError):
        return None
    return None
