"""conda-lock.yml: the packages of a lock file of conda-lock.

https://conda.github.io/conda-lock/output/#unified-lockfile; the members are those of
`BaseLockedDependency`, https://github.com/conda/conda-lock/blob/main/conda_lock/lockfile/v1/models.py.

PyYAML writes it: each package is an item of the list `package` that begins a line, and scalars of
more than 80 characters go over several lines, which are put together here. Each item is read by
itself (`yamlsubset`), so that one that cannot be read costs no other; `metadata` is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from analyzer.packages.formats import yamlsubset
from analyzer.packages.formats.addresses import cut
from analyzer.packages.formats.fault import Fault
from analyzer.packages.formats.jsonfile import mapping, word
from analyzer.packages.formats.text import excerpt

_VERSIONS = frozenset({b"1", b"2"})
"""The second has `categories` in place of `category`."""
_MEMBER = re.compile(rb"(?P<key>[A-Za-z_][\w-]*):(?:[ ]+(?P<value>[^#]*).*)?")
_MERGE = (b"<<<<<<<", b"=======", b">>>>>>>", b"|||||||")
_QUOTES = (b"'", b'"')
_ESCAPE = re.compile(rb"\\.")
_NOT_PLAIN = (b"|", b">", b"{", b"[", b"#", b"&", b"*", b"!")
_MANAGERS = frozenset({"conda", "pip"})


@dataclass(frozen=True, slots=True)
class Locked:
    """One package, for one platform and category."""

    manager: str
    """`conda` or `pip`."""
    name: str
    version: str
    url: str
    build: str
    needs: tuple[str, ...]
    digests: Mapping[str, str]
    """By algorithm."""


def read_lock(data: bytes) -> tuple[list[Locked], list[Fault]]:
    """The packages in order, and what is not of the format.

    Raises:
        ValueError: the file is too large.
    """
    found: list[Locked] = []
    faults: list[Fault] = []
    for number, lines in _items(yamlsubset.document(data).split(b"\n"), faults):
        try:
            item = yamlsubset.load(b"\n".join(_joined(lines)))
        except ValueError as why:
            faults.append(Fault(number, str(why).partition(": ")[2] or str(why), lost=True))
            continue
        locked = _locked(item)
        if locked.name and locked.manager in {"conda", "pip"}:
            found.append(locked)
        else:
            faults.append(Fault(number, "a package without a name or manager", lost=True))
    return found, sorted(faults, key=lambda fault: fault.line)


def _items(lines: list[bytes], faults: list[Fault]) -> Iterator[tuple[int, list[bytes]]]:
    """The items of `package`, each with the number of its first line, the dash made a blank."""
    section, seen, begin = b"", False, 0
    indent: int | None = None
    item: list[bytes] = []
    for number, line in _telling(lines, faults):
        depth = len(line) - len(line.lstrip(b" "))
        dash = line.startswith(b"- ", depth) and section == b"package"
        if dash and indent in {None, depth}:
            if item:
                yield begin, item
            indent, begin, item = depth, number, [line.replace(b"-", b" ", 1)]
        elif item and depth:
            item.append(line)
        elif not depth and (match := _MEMBER.fullmatch(line)):
            if item:
                yield begin, item
            section, item = match["key"], []
            seen = seen or section == b"package"
            faults.extend(_wrong(number, section, (match["value"] or b"").strip()))
        elif section in {b"", b"package"} and not line.startswith(b"#", depth):
            faults.append(Fault(number, f"not of a list: {_quoted(line)}", lost=True))
    if item:
        yield begin, item
    if not seen and any(map(bytes.strip, lines)):
        faults.append(Fault(1, "no list of packages of conda-lock in it", lost=True))


def _quoted(line: bytes) -> str:
    return cut(line)


def _telling(lines: list[bytes], faults: list[Fault]) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, comments or marks of a merge, with their numbers.

    An indented one that looks like a comment may be within quotes.
    """
    for number, line in enumerate(map(bytes.rstrip, lines), 1):
        if line.startswith(_MERGE):
            what = "left over from a merge: both sides are listed"
            faults.append(Fault(number, what, lost=False))
        elif line and line != b"---" and not line.startswith(b"#"):
            yield number, line


def _wrong(number: int, key: bytes, value: bytes) -> Iterator[Fault]:
    """What is wrong with an outermost member."""
    if key == b"version" and value.strip(b"'\"") not in _VERSIONS:
        yield Fault(number, f"version {excerpt(value[:20])}, which is not known", lost=True)
    elif key == b"package" and value not in {b"", b"[]"}:
        yield Fault(number, f"package is no list: {excerpt(value[:20])}", lost=True)


def _joined(lines: list[bytes]) -> Iterator[bytes]:
    """Lines with the scalars that go over several of them put together."""
    parts: list[bytes] = []
    open_, depth, quote = False, 0, b""
    for line in lines:
        plain = line.lstrip(b" ")
        if plain.startswith(b"#") and not open_:
            continue
        if parts and (open_ if quote else len(line) - len(plain) > depth):
            # A backslash at the end of a line in double quotes takes the line break away.
            escaped = quote == b'"' and parts[-1].endswith(b"\\")
            parts[-1] = parts[-1][:-1] if escaped else parts[-1] + b" "
            parts.append(plain)
            open_ ^= _odd(quote, plain)
            continue
        if parts:
            yield b"".join(parts)
            parts = []
        value = plain.partition(b": ")[2].strip()
        if not value or value.startswith(_NOT_PLAIN):
            yield line
            continue
        parts, depth = [line], len(line) - len(plain)
        quote = value[:1] if value[:1] in _QUOTES else b""
        open_ = _odd(quote, value)
    if parts:
        yield b"".join(parts)


def _odd(quote: bytes, line: bytes) -> bool:
    """Whether there is an odd number of quotes on a line, so that a scalar goes on or ends."""
    plain = _ESCAPE.sub(b"", line) if quote == b'"' else line
    return bool(quote) and plain.count(quote) % 2 == 1


def _locked(item: Mapping[str, object]) -> Locked:
    build = word(item.get("build"))
    digests = mapping(item.get("hash"))
    return Locked(
        manager=word(item.get("manager")),
        name=word(item.get("name")),
        version=word(item.get("version")),
        url=word(item.get("url")),
        build="" if build in {"null", "~"} else build,
        needs=tuple(mapping(item.get("dependencies"))),
        digests={name: word(value) for name, value in digests.items()},
    )
