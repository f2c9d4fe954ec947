"""Gentoo's names, dependency strings and lists of contents, as portage's database has them.

Names and versions: Package Manager Specification, chapter 3; dependencies: chapter 8,
https://projects.gentoo.org/pms/8/pms.html. CONTENTS and the lists of sonames are portage's own:
`lib/portage/dbapi/vartree.py`, `lib/portage/_sets` and `lib/portage/dep/soname`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from analyzer.packages.formats.fault import Fault
from analyzer.packages.formats.names import path_of, target_of
from analyzer.packages.formats.text import text

_VERSION = r"[0-9]+(?:\.[0-9]+)*[a-z]?(?:_(?:alpha|beta|pre|rc|p)[0-9]*)*(?:-r[0-9]+)?"
_FOLDER = re.compile(rf"(?P<name>[A-Za-z0-9+_][A-Za-z0-9+_-]*?)-(?P<version>{_VERSION})")
_ATOM = re.compile(
    r"(?P<operator>[<>=~]*)(?P<category>[A-Za-z0-9+_.-]+)/(?P<folder>[A-Za-z0-9+_.-]+)\*?"
    r"(?::(?P<slot>[A-Za-z0-9+_.-]+)?[^\[]*)?(?:\[.*)?"
)
_MD5 = re.compile(rb"[0-9a-f]{32}")
_DEPTH = 32

Tokens = tuple[str, ...]


def split_name(folder: str) -> tuple[str, str]:
    """Name and version out of the name of a package's folder; no version where it has none."""
    match = _FOLDER.fullmatch(folder)
    return (match["name"], match["version"]) if match else (folder, "")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of CONTENTS."""

    path: str
    kind: Literal["file", "dir", "link", "other"]
    md5: str = ""
    target: str = ""


def contents(data: bytes) -> Iterator[Entry | Fault]:
    """The entries of a CONTENTS file and the lines that are none."""
    lines = bytes(data).split(b"\n")
    if lines[-1]:
        yield Fault(len(lines), "the file ends in the middle of this line", lost=True)
    for number, line in enumerate(lines, 1):
        if line:
            yield _entry(line) or Fault(number, f"not an entry: {text(line[:40])}", lost=True)


def _entry(line: bytes) -> Entry | None:
    kind, _, rest = line.partition(b" ")
    if kind == b"obj":
        return _file(rest)
    if kind == b"sym":
        return _link(rest)
    if kind == b"dir" and rest:
        return Entry(path_of(rest), "dir")
    if kind in {b"dev", b"fif"} and rest:
        return Entry(path_of(rest), "other")
    return None


def _file(rest: bytes) -> Entry | None:
    """`path md5 mtime`; the path may have blanks."""
    path, _, tail = rest.rpartition(b" ")
    path, _, md5 = path.rpartition(b" ")
    if not path or not _MD5.fullmatch(md5) or not tail.isdigit():
        return None
    return Entry(path_of(path), "file", md5=text(md5))


def _link(rest: bytes) -> Entry | None:
    """`path -> target mtime`; of arrows the last counts, as for portage."""
    named, _, tail = rest.rpartition(b" ")
    if not tail.isdigit():
        # Once a tuple of all that lstat(2) says stood there.
        named, _, tail = rest.rpartition(b" (")
        if not tail.endswith(b")"):
            return None
    path, _, target = named.rpartition(b" -> ")
    return Entry(path_of(path), "link", target=target_of(target)) if path and target else None


def sonames(line: str) -> Tokens:
    """Tokens of PROVIDES and REQUIRES: `x86_64: libc.so.6 libm.so.6 x86_32: …`."""
    found: list[str] = []
    category = ""
    for word in line.split():
        if word.endswith(":"):
            category = word
        elif category:
            found.append(f"{category}{word}")
    return tuple(dict.fromkeys(found))


def dependencies(line: str, use: frozenset[str]) -> tuple[Tokens, ...]:
    """What a dependency string asks for, as alternatives of `category/name`.

    `use` are the flags that the package was built with; groups of other flags do not count, nor
    do blockers. What does not follow the grammar is left out.
    """
    words = iter(line.split())
    return tuple(dict.fromkeys(filter(None, _all_of(words, use, 0))))


def _all_of(words: Iterator[str], use: frozenset[str], depth: int) -> Iterator[Tokens]:
    """The members of a group up to its closing bracket."""
    condition = ""
    for word in words:
        if word == ")":
            return
        if word == "(" and depth < _DEPTH:
            members = tuple(_all_of(words, use, depth + 1))
            if condition == "||":
                yield tuple(dict.fromkeys(token for member in members for token in member))
            elif not condition or _holds(condition, use):
                yield from members
        elif word.endswith("?") or word == "||":
            condition = word
            continue
        elif word not in {"(", ")"} and (token := _token(word)):
            yield (token,)
        condition = ""


def _holds(condition: str, use: frozenset[str]) -> bool:
    flag = condition.removesuffix("?")
    return flag[1:] not in use if flag.startswith("!") else flag in use


def _token(word: str) -> str:
    """The package, and its slot if one is named, that a dependency asks for; empty for blockers."""
    match = _ATOM.fullmatch(word)
    if match is None:
        return ""
    folder = match["folder"]
    # A version is there with an operator only; without one the same letters are of the name.
    name = split_name(folder)[0] if match["operator"] else folder
    package = f"{match['category']}/{name}"
    return f"{package}:{match['slot']}" if match["slot"] else package
