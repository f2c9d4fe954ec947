"""Which files a Python distribution brought: RECORD of dist-info, installed-files.txt of egg-info.

RECORD: https://packaging.python.org/en/latest/specifications/recording-installed-packages/
(CSV of path, `algorithm=urlsafe-base64-without-padding`, size; the last two empty for RECORD
itself). Paths are relative to the folder above, or absolute. installed-files.txt, which pip
wrote for `setup.py install`, has a path per line relative to the egg-info folder itself.
"""

from __future__ import annotations

import csv
import hashlib
import re
from base64 import urlsafe_b64decode
from binascii import Error as Base64Error
from collections.abc import Iterator
from typing import NamedTuple

from analyzer.packages.formats.fault import Fault
from analyzer.packages.formats.text import text
from analyzer.paths import clean, decode

_FIELDS = 3
_HEX = re.compile("[0-9a-f]+")


class Recorded(NamedTuple):
    """One line: a root-relative path, and what should be there if the line says so."""

    path: str
    digest: str = ""
    size: int | None = None


def record(data: bytes, folder: str) -> Iterator[Recorded | Fault]:
    """The lines of a RECORD whose distribution lies in `folder`."""
    # The reader counts the lines of quoted names; a line break ends nothing inside quotes.
    rows = csv.reader(decode(data).splitlines(keepends=True))
    try:
        for row in rows:
            if row:
                yield _row(row, folder, rows.line_num)
    except csv.Error as broken:
        yield Fault(rows.line_num, f"not CSV, so the rest is not read: {broken}", lost=True)


def _row(row: list[str], folder: str, line: int) -> Recorded | Fault:
    path = _placed(row[0], folder)
    if not path or len(row) > _FIELDS:
        shown = text(",".join(row)[:40].encode("utf-8", "surrogateescape"))
        return Fault(line, f"not path, digest and size: {shown}", lost=True)
    stated, size = [*row[1:], "", ""][:2]
    digest = _digest(stated)
    if (stated and not digest) or (size and not (size.isascii() and size.isdigit())):
        return Fault(line, f"digest or size cannot be read for {_shown(row[0])}", lost=True)
    return Recorded(path, digest, int(size[:20]) if size else None)


def installed_files(data: bytes, folder: str) -> Iterator[Recorded]:
    """The lines of an installed-files.txt that lies in `folder`."""
    for line in decode(data).splitlines():
        if path := _placed(line.strip(), folder):
            yield Recorded(path)


def _placed(path: str, folder: str) -> str:
    # Windows installers write backslashes.
    plain = path.replace("\\", "/")
    return clean(plain if plain.startswith("/") else f"{folder}/{plain}")[0] if plain else ""


def _digest(stated: str) -> str:
    """`sha256=<urlsafe base64>` as `sha256:<hex>`; empty where it is not that.

    Hexadecimal is read, too: Debian 12 ships modules whose RECORD has it (python3-blinker).
    """
    algorithm, _, value = stated.partition("=")
    if algorithm not in hashlib.algorithms_guaranteed or not value.isascii():
        return ""
    size = hashlib.new(algorithm, usedforsecurity=False).digest_size
    if _HEX.fullmatch(value) and len(value) == 2 * size:
        return f"{algorithm}:{value}"
    try:
        raw = urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except (Base64Error, ValueError):
        return ""
    return f"{algorithm}:{raw.hex()}" if len(raw) == size else ""


def _shown(path: str) -> str:
    return text(path[:80].encode("utf-8", "surrogateescape"))
