"""What opkg keeps beside its status: file lists and checksums.

https://git.yoctoproject.org/opkg/tree/libopkg/pkg.c, `pkg_get_installed_files`; the checksums are
OpenWrt's, https://github.com/openwrt/openwrt/blob/openwrt-24.10/include/package-pack.mk,
`files-sha256sum`. Paths are those of the tree, not made printable.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from analyzer.packages.formats.fault import Fault
from analyzer.packages.formats.text import text
from analyzer.paths import clean, decode

Kind = Literal["", "file", "dir", "link", "other"]
_ALGORITHMS = {32: "md5", 64: "sha256"}
"""By the length of a digest in hexadecimal digits: OpenWrt's opkg takes SHA-256 for conffiles,
the other one MD5."""
_HEX = frozenset("0123456789abcdef")
_KINDS: dict[int, Kind] = {stat.S_IFREG: "file", stat.S_IFDIR: "dir", stat.S_IFLNK: "link"}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a list: a root-relative path, and the mode and the link's target where it says."""

    path: str
    kind: Kind = ""
    mode: int | None = None
    target: str = ""


def listed(data: bytes) -> Iterator[Line]:
    """The lines of a `.list` file: path, tab, mode in octal, tab, target; the root left out."""
    for line in decode(data).split("\n"):
        name, *more = line.split("\t", 2)
        path = clean(name)[0]
        if path:
            mode = _mode(more[0]) if more else None
            target = more[1] if len(more) > 1 else ""
            if mode is None:
                yield Line(path, "link" if target else "", None, target)
            else:
                kind = _KINDS.get(stat.S_IFMT(mode), "other")
                yield Line(path, kind, stat.S_IMODE(mode), target)


def _mode(field: str) -> int | None:
    """A mode with its kind of file; None for what is none."""
    digits = field.strip()
    if not digits or len(digits) > len("0100644") or not set(digits) <= set("01234567"):
        return None
    return int(digits, 8) or None


def sums(data: bytes) -> dict[str, str]:
    """Digests (`sha256:...`) of a `.files-sha256sum` file by root-relative path."""
    lines = (line.partition(" ") for line in decode(data).split("\n"))
    return {clean(path.strip(" "))[0]: digest_of(digest) for digest, _, path in lines if path}


def line_faults(data: bytes) -> Iterator[Fault]:
    """What is wrong with a file of lines."""
    if data and not data.endswith(b"\n"):
        yield Fault(data.count(b"\n") + 1, "the file ends in the middle of this line", lost=True)


def sum_faults(data: bytes) -> Iterator[Fault]:
    """What is wrong with a `.files-sha256sum` file."""
    for number, line in enumerate(data.split(b"\n"), 1):
        if line and not digest_of(text(line.partition(b" ")[0])):
            yield Fault(number, f"not a checksum: {text(line[:40])}", lost=True)
    yield from line_faults(data)


def conffiles(field: str) -> dict[str, str]:
    """Digests of the Conffiles field by root-relative path."""
    pairs = (line.strip().rpartition(" ") for line in field.split("\n"))
    return {clean(path)[0]: digest_of(digest) for path, _, digest in pairs if path}


def digest_of(digits: str) -> str:
    """`md5:<hex>` or `sha256:<hex>`; empty for anything else."""
    folded = digits.lower()
    name = _ALGORITHMS.get(len(folded), "")
    return f"{name}:{folded}" if name and _HEX.issuperset(folded) else ""
