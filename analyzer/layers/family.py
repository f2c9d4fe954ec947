"""Which program probably compressed a layer, by the head of its bytes.

Each rule says where its header was seen. None proves anything: a header is easily imitated, and
Python's `gzip` or Java can be told to write what Go writes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_FACTS = re.compile(r"gzip: OS (?P<os>\d+), XFL (?P<xfl>\d+), mtime (?P<mtime>\d+)(?P<more>.*)")
_GO_ZERO_TIME = 0x886E0900
"""`uint32(time.Time{}.Unix())`: pgzip writes the year 1 unless told a time (klauspost/pgzip,
gzip.go); seen in layers of skopeo 1.9.3, podman 4.3.1 and umoci 0.4.7."""
_UNIX, _NOT_STATED, _FAT = 3, 255, 0
"""RFC 1952, section 2.3.1, "OS"."""


@dataclass(frozen=True, slots=True)
class _Gzip:
    system: int
    mtime: int
    named: bool


def family(compression: str, facts: str) -> str:
    """The probable writer in a few words; `facts` is `LayerReport.compressor`."""
    if compression == "none":
        return "uncompressed"
    match = _FACTS.fullmatch(facts)
    if match is None:
        return compression or "not read"
    header = _Gzip(
        int(match["os"]),
        int(match["mtime"]),
        ", name " in match["more"],
    )
    return f"gzip, {_gzip(header)}"


def _gzip(header: _Gzip) -> str:
    if header.system == _NOT_STATED:
        return f"probably {_without_system(header)}"
    if header.system == _UNIX and (header.named or header.mtime):
        # Seen: gzip 1.12 and pigz 2.6 given a file; pigz also in a pipe; Perl's IO::Compress.
        return "probably gzip or pigz"
    if header.system == _UNIX:
        # Seen: gzip 1.12 in a pipe or with -n, tar -z, pigz -n -T, zlib, Node.js 20.
        return "probably gzip in a pipe, or zlib"
    if header.system == _FAT:
        # Not seen here: Java before 16 wrote 0 (JDK-8244706, "GZIP OS header flag").
        return "probably Java before 16 (Jib)"
    return f"writer not known (OS {header.system})"


def _without_system(header: _Gzip) -> str:
    if header.mtime == _GO_ZERO_TIME:
        return "skopeo, buildah, podman or umoci"
    if header.mtime == 0 and not header.named:
        # Seen: `docker push` of 20.10.24 and BuildKit's exports (shared samples), and Java 17's
        # GZIPOutputStream, which Jib uses. Go's compress/gzip writes a zero time as 0.
        return "Go (docker, BuildKit, crane)"
    # Seen: Python 3.11 `gzip.compress` and `GzipFile` without mtime=, and isal's igzip.
    return "Python"
