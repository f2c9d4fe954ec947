"""What dpkg keeps beside its status: file lists, checksums, diversions.

Written by dpkg's own readers, https://git.dpkg.org/cgit/dpkg/dpkg.git: `lib/dpkg/db-fsys-files.c`
(`.list`), `db-fsys-digest.c` (`.md5sums`, deb-md5sums(5)), `db-fsys-divert.c`. dpkg refuses a file
with a bad line; here that line alone is left out, with a fault.

Paths are those of the tree, with every byte of theirs, not made printable.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from analyzer.packages.formats.fault import Fault
from analyzer.packages.formats.text import text
from analyzer.paths import clean, decode

_SUM = 32
"""Hexadecimal digits of an MD5; two blanks and the path follow."""
_PATH = _SUM + 2
_HEX = b"0123456789abcdefABCDEF"  # case-insensitive: deb-md5sums(5)
_ROOT = frozenset({"", "."})
_GROUP = 3
"""Lines of a diversion: the path, where the file is instead, who wants that."""
_LOCAL = ":"
"""Of a diversion that an administrator made: it holds for all packages."""


def listed(data: bytes) -> list[str]:
    """The root-relative paths of a `.list` file, directories included, the root left out."""
    lines = decode(data)
    paths = [line.strip("/") for line in lines.split("\n")]
    if _is_odd(lines):
        paths = [clean(path)[0] for path in paths]
    return [path for path in paths if path not in _ROOT]


def _is_odd(paths: str) -> bool:
    """Whether there may be `.`, `..` or empty names in these paths beside the root's `/.`."""
    return "/." in paths[3:] or paths[:1] == "." or "\n." in paths or "//" in paths


def list_faults(data: bytes) -> Iterator[Fault]:
    """What is wrong with a `.list` file."""
    if data and not data.endswith(b"\n"):
        yield Fault(data.count(b"\n") + 1, "the file ends in the middle of this line", lost=True)
    at = 0 if data[:1] == b"\n" else data.find(b"\n\n") + 1
    if at or data[:1] == b"\n":
        yield Fault(data.count(b"\n", 0, at) + 1, "no path", lost=False)


def sums(data: bytes) -> dict[str, str]:
    """Digests (`md5:...`) of an `.md5sums` file by root-relative path."""
    lines = decode(data)
    found = {
        line[_PATH:]: f"md5:{line[:_SUM].lower()}"
        for line in lines.split("\n")
        if line[_SUM:_PATH] == "  " and line[_PATH:]
    }
    digits = "".join([digest[len("md5:") :] for digest in found.values()])
    if digits.encode("utf-8", "surrogateescape").translate(None, _HEX):
        found = {path: digest for path, digest in found.items() if _is_digest(digest)}
    if "  /" in lines or "  ." in lines or _is_odd(lines):
        return {path: digest for name, digest in found.items() if (path := clean(name)[0])}
    return found


def _is_digest(digest: str) -> bool:
    return not digest.removeprefix("md5:").encode("utf-8", "surrogateescape").translate(None, _HEX)


def sum_faults(data: bytes) -> Iterator[Fault]:
    """What is wrong with an `.md5sums` file."""
    lines = data.split(b"\n")
    unfinished = lines.pop()
    digests = b"".join([line[:_SUM] for line in lines])
    between = {line[_SUM:_PATH] for line in lines}
    if (
        between - {b"  "}
        or digests.translate(None, _HEX)
        or min(map(len, lines), default=99) <= _PATH
    ):
        for number, line in enumerate(lines, 1):
            if not _is_sum(line):
                yield Fault(number, f"not a checksum: {text(line[:40])}", lost=True)
    if unfinished:
        yield Fault(len(lines) + 1, "the file ends in the middle of this line", lost=True)


def _is_sum(line: bytes) -> bool:
    digest, between = line[:_SUM], line[_SUM:_PATH]
    return between == b"  " and len(line) > _PATH and not digest.translate(None, _HEX)


@dataclass(frozen=True, slots=True)
class Diversion:
    """Where a file is that dpkg keeps away from its path, and for whom it does not."""

    to: str
    by: str
    """The package whose own file has the path; empty where nobody's has."""


def diversions(data: bytes) -> Mapping[str, Diversion]:
    """The complete groups of the `diversions` file, by root-relative path."""
    lines = decode(data).split("\n")
    lines.pop()
    return {
        clean(path)[0]: Diversion(clean(to)[0], "" if by == _LOCAL else by)
        for path, to, by in zip(*[iter(lines)] * _GROUP, strict=False)
        if clean(path)[0] and clean(to)[0]
    }


def diversion_faults(data: bytes) -> Iterator[Fault]:
    """What is wrong with the `diversions` file."""
    lines = data.split(b"\n")
    unfinished = lines.pop()
    if unfinished:
        yield Fault(len(lines) + 1, "the file ends in the middle of this line", lost=True)
    elif len(lines) % _GROUP:
        yield Fault(len(lines), "the last diversion has not its three lines", lost=True)


_UNKNOWN = re.compile(r" (?:newconffile|nonexistent|-)(?: obsolete)?(?: remove-on-upgrade)?\Z")
"""What dpkg has in place of a digest that it does not know (its lib/dpkg/dpkg.h)."""


def conffiles(field: str) -> dict[str, str]:
    """Digests (`md5:...`) of the Conffiles field by root-relative path; empty where none is yet.

    Lines are a path, which may have blanks, the MD5 of the file as it came, and marks (dpkg's
    `lib/dpkg/fields.c`, `f_conffiles`). Before it is configured the MD5 is `newconffile`.
    """
    found = {}
    for line in field.split("\n"):
        name, digest = _conffile(line.strip())
        if path := clean(name)[0]:
            found[path] = digest
    return found


def conffile_faults(field: str, line: int, who: str) -> Iterator[Fault]:
    """What is wrong with a Conffiles field of the stanza in `line`, of the package `who`."""
    for stated in filter(None, (each.strip() for each in field.split("\n"))):
        path, digest = _conffile(stated)
        if not path or not (digest or _UNKNOWN.search(stated)):
            yield Fault(line, f"{who}: not a conffile: {stated:.60}", lost=True)


def _conffile(line: str) -> tuple[str, str]:
    for mark in (" remove-on-upgrade", " obsolete"):
        line = line.removesuffix(mark)
    path, _, digest = line.rpartition(" ")
    known = len(digest) == _SUM and not digest.encode("utf-8", "replace").translate(None, _HEX)
    return path, f"md5:{digest.lower()}" if known else ""


def conffile_list(data: bytes) -> list[str]:
    """The root-relative paths of a `.conffiles` file (deb-conffiles(5))."""
    lines = (line.strip() for line in decode(data).split("\n"))
    paths = (clean(line.removeprefix("remove-on-upgrade "))[0] for line in lines)
    return [path for path in paths if path]
