r"""Lists of files as mtree(5) describes them, https://man.freebsd.org/cgi/man.cgi?mtree(5).

Of the two forms of the format the one with whole paths, which libarchive writes. Names have
their odd bytes as `\ooo`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from analyzer.packages.formats.fault import Fault
from analyzer.packages.formats.text import text

_KEYWORDS = frozenset(
    f"{name}digest".encode() for name in ("md5", "rmd160", "sha1", "sha256", "sha384", "sha512")
) | {b"type", b"mode", b"size", b"time", b"link", b"uid", b"gid", b"uname", b"gname", b"flags"}
"""Those of the manual that say something here. With any word for one, a line of a hundred
thousand that holds for each of as many files would be without end."""
_ESCAPE = re.compile(rb"\\([0-3][0-7]{2})")


@dataclass(frozen=True, slots=True)
class Entry:
    """One file: its path as written, escapes undone, and its keywords with those set before."""

    path: bytes
    keywords: Mapping[bytes, bytes]


def parse(data: bytes) -> Iterator[Entry | Fault]:
    """The entries of `data`, and the lines that are none."""
    preset: dict[bytes, bytes] = {}
    for number, line in enumerate(bytes(data).split(b"\n"), 1):
        words = line.split()
        if not words or line.startswith(b"#"):
            continue
        name, *rest = words
        if name == b"/set":
            preset |= _keywords(rest)
        elif name == b"/unset":
            for word in rest:
                preset.pop(word, None)
        elif b"/" in name and not name.startswith(b"/"):
            yield Entry(unescape(name), {**preset, **_keywords(rest)})
        else:
            yield Fault(number, f"not a path: {text(line[:40])}", lost=True)


def _keywords(words: list[bytes]) -> dict[bytes, bytes]:
    pairs = (word.partition(b"=") for word in words)
    return {name: value for name, _, value in pairs if name in _KEYWORDS}


def unescape(name: bytes) -> bytes:
    r"""`name` with `\ooo` as the byte of that octal number."""
    if b"\\" not in name:
        return name
    return _ESCAPE.sub(lambda match: bytes((int(match[1], 8),)), name)
