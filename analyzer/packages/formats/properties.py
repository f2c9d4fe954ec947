"""Files of `java.util.Properties`.

https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/Properties.html#load(java.io.Reader)
"""

from __future__ import annotations

import re

from analyzer.packages.formats.text import text

_BLANKS = " \t\f"
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.|$)", re.DOTALL)
_NAMED = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}


def parse_properties(data: bytes) -> dict[str, str]:
    """Values by key, the last of a key; there are no files that break this format."""
    values: dict[str, str] = {}
    for line in _logical_lines(data.decode("latin-1")):
        end = _end_of_key(line)
        rest = line[end:].lstrip(_BLANKS)
        if rest[:1] in {"=", ":"}:
            rest = rest[1:].lstrip(_BLANKS)
        values[_plain(line[:end])] = _plain(rest)
    return values


def _logical_lines(content: str) -> list[str]:
    """Natural lines joined at backslashes, without comments and empty ones."""
    logical: list[str] = []
    open_line: str | None = None
    for natural in re.split(r"\r\n|\r|\n", content):
        line = natural.lstrip(_BLANKS)
        if open_line is None and (not line or line[0] in "#!"):
            continue
        joined = (open_line or "") + line
        slashes = len(line) - len(line.rstrip("\\"))
        if slashes % 2:
            open_line = joined[:-1]
            continue
        logical.append(joined)
        open_line = None
    if open_line is not None:
        logical.append(open_line)
    return logical


def _end_of_key(line: str) -> int:
    """Where the first separator is that no backslash escapes."""
    at = 0
    while at < len(line) and line[at] not in "=: \t\f":
        at += 2 if line[at] == "\\" else 1
    return min(at, len(line))


def _plain(escaped: str) -> str:
    def one(match: re.Match[str]) -> str:
        code = match[1]
        if len(code) > 1:
            return chr(int(code[1:], 16))
        return _NAMED.get(code, code)

    plain = _ESCAPE.sub(one, escaped)
    # What Java writes for a character beyond the first plane is a pair of surrogates.
    return text(plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode())
