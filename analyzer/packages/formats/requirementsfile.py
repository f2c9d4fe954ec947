r"""Requirements files of pip: a requirement per line, and options, which are left aside.

https://pip.pypa.io/en/stable/reference/requirements-file-format/. A `\` at the end continues a
line, `#` at its start or after a blank begins a comment. Files that other lines name (`-r`, `-c`)
are read if they have such names themselves. What is given as a path or a bare URL has no name
that could be told without following it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzer.packages.formats.addresses import cut
from analyzer.packages.formats.fault import Fault
from analyzer.packages.formats.requirement import NotARequirement, Read, read
from analyzer.packages.formats.text import text

_COMMENT = re.compile(rb"(?:^|[ \t])#.*")
_OPTION = re.compile(r"\s--?[A-Za-z].*")
"""Options after a requirement, such as `--hash`."""
_PLACE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|[./~]")
"""How a URL begins, or a path that says that it is one."""


def pins(data: bytes) -> Iterator[Read | Fault]:
    """The requirements of a file in their order, and the lines that cannot be read."""
    for number, raw in _lines(data):
        line = _OPTION.sub("", text(raw.replace(b"\t", b" "))).strip()
        if not line or line.startswith("-") or _PLACE.match(line):
            continue
        try:
            yield read(line)
        except NotARequirement as why:
            if not _has_place(line):
                yield Fault(number, f"not a requirement: {cut(line)}: {why}", lost=True)


def _lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Lines without comments, continued ones joined, each with the number of its first."""
    begun: list[bytes] = []
    start = 0
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        start = start if begun else number
        whole = line.rstrip(b"\r")
        if whole.endswith(b"\\") and not whole.lstrip().startswith(b"#"):
            begun.append(whole[:-1])
            continue
        yield start, _COMMENT.sub(b"", b" ".join([*begun, whole]))
        begun = []
    if begun:
        yield start, _COMMENT.sub(b"", b" ".join(begun))


def _has_place(line: str) -> bool:
    """Whether it is a path with a slash behind the last marker."""
    behind = line[max(line.rfind(";"), line.rfind("@")) + 1 :]
    return "/" in behind or "\\" in behind
