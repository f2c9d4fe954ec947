r"""Requirements files of pip: a requirement per line, and options, which are left aside.

https://pip.pypa.io/en/stable/reference/requirements-file-format/. A `\` at the end continues a
line, `#` at its start or after a blank begins a comment. Files that other lines name (`-r`, `-c`)
are read if they have such names themselves. What is given as a path or a bare URL has a name only
where `egg` behind it says so, https://pip.pypa.io/en/stable/topics/vcs-support/; the name of any
other could not be told without following it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from analyzer.packages.formats.addresses import cut
from analyzer.packages.formats.fault import Fault
from analyzer.packages.formats.requirement import NotARequirement, read
from analyzer.packages.formats.text import text

_COMMENT = re.compile(rb"(?:^|[ \t])#.*")
_OPTION = re.compile(r"\s--?[A-Za-z].*")
"""Options after a requirement, such as `--hash`."""
_EDITABLE = re.compile(r"(?:-e\s|--editable[\s=])")
_ADDRESS = re.compile(r"(?P<address>[A-Za-z][A-Za-z0-9+.-]{0,15}://[^\s#]+)(?:#(?P<fragment>\S*))?")
_BARE = re.compile(rf"{_ADDRESS.pattern}(?:\s+;.*)?")
_EGG = re.compile(r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?:\[[^\[\]]*\])?")
_PLACE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|[./~]")
"""How a URL begins, or a path that says that it is one."""


@dataclass(frozen=True, slots=True)
class Pin:
    """What one line asks for."""

    name: str
    version: str
    """Empty where it allows more than one."""
    address: str = ""
    """Where it is to be fetched from, if no index is to be asked."""
    folder: str = ""
    """In the repository or archive at that address."""


def pins(data: bytes) -> Iterator[Pin | Fault]:
    """The requirements of a file in their order, and the lines that cannot be read."""
    for number, raw in _lines(data):
        whole = text(raw.replace(b"\t", b" ")).strip()
        editable = _EDITABLE.match(whole)
        line = _OPTION.sub("", whole[editable.end() if editable else 0 :]).strip()
        if line.startswith("-") or _PLACE.match(line):
            yield from _by_egg(line)
            continue
        if not line or editable:
            continue
        try:
            found = read(line)
            yield Pin(found.name, found.version, *_place(line)[:2])
        except NotARequirement as why:
            if not _has_place(line):
                yield Fault(number, f"not a requirement: {cut(line)}: {why}", lost=True)


def _by_egg(line: str) -> Iterator[Pin]:
    """A bare URL with the name of what is to be found there."""
    if _BARE.fullmatch(line):
        address, folder, egg = _place(line)
        if name := _EGG.fullmatch(egg):
            yield Pin(name["name"], "", address, folder)


def _place(line: str) -> tuple[str, str, str]:
    """Address, folder and egg; folders of the machine that wrote it say nothing to others."""
    found = _ADDRESS.search(line)
    if found is None:
        return "", "", ""
    pairs = (part.partition("=") for part in (found["fragment"] or "").split("&"))
    stated = {key: value for key, _, value in pairs}
    local = found["address"].partition(":")[0].rpartition("+")[2] == "file"
    address = "" if local else found["address"]
    return address, stated.get("subdirectory", "").strip("/"), stated.get("egg", "")


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
