"""The main section of a Java manifest.

https://docs.oracle.com/en/java/javase/21/docs/specs/jar/jar.html#jar-manifest
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from analyzer.packages.formats.text import text

_NAME = re.compile(rb"[A-Za-z0-9][A-Za-z0-9_-]{0,69}")


def parse_manifest(data: bytes) -> tuple[Mapping[str, str], int]:
    """Values by lower-case name, and how many lines are none of the format.

    A line has at most 72 bytes, which may end in the middle of a character; it goes on in the
    next one behind a blank. Of two attributes of one name the last counts, as in java.util.jar.
    """
    values: dict[str, str] = {}
    wrong = 0
    for line in _logical_lines(data):
        name, colon, value = line.partition(b":")
        if not colon or not _NAME.fullmatch(name):
            wrong += 1
            continue
        values[name.decode("ascii").lower()] = text(value.strip())
    return values, wrong


def _logical_lines(data: bytes) -> list[bytes]:
    """Lines with their continuations, up to the first empty one."""
    logical: list[bytearray] = []
    for line in re.split(rb"\r\n|\r|\n", data):
        if not line:
            break
        if line[:1] == b" " and logical:
            logical[-1] += line[1:]
        else:
            logical.append(bytearray(line))
    return [bytes(line) for line in logical]


def clauses(value: str) -> list[tuple[str, dict[str, str]]]:
    """An OSGi header taken apart: paths and their parameters, by OSGi Core, 3.2.4.

    `a;b;x=1,c;y:="2,3"` is a, b and c; commas and semicolons in quotes do not part anything.
    """
    found: list[tuple[str, dict[str, str]]] = []
    for clause in _parted(value, ","):
        paths: list[str] = []
        parameters: dict[str, str] = {}
        for piece in _parted(clause, ";"):
            name, equals, rest = piece.partition("=")
            if equals and _PARAMETER.fullmatch(name.strip()):
                parameters[name.strip().rstrip(":")] = _unquoted(rest)
            elif piece.strip():
                paths.append(_unquoted(piece))
        found += [(path, parameters) for path in paths]
    return found


_PARAMETER = re.compile(r"[A-Za-z0-9_.-]+:?")


def _parted(value: str, separator: str) -> list[str]:
    """Split where no quotes are open."""
    parts = [""]
    pieces = value.split('"')
    for number, piece in enumerate(pieces):
        if number % 2 and number < len(pieces) - 1:
            parts[-1] += f'"{piece}"'
            continue
        first, *others = piece.split(separator)
        parts[-1] += first
        parts += others
    return parts


def _unquoted(value: str) -> str:
    return value.strip().strip('"').strip()
