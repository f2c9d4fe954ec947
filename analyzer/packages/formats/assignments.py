r"""Files of shell-compatible assignments, by os-release(5), "Format".

https://www.freedesktop.org/software/systemd/man/latest/os-release.html

Quoting is the shell's (POSIX XCU 2.2): nothing is special in single quotes; in double quotes
a backslash escapes `$`, a backtick, `"` and itself; outside it escapes any character. There is
no expansion and no concatenation of quoted pieces.
"""

from __future__ import annotations

import re

from analyzer.packages.formats.addresses import cut
from analyzer.packages.formats.text import text

_ASSIGNMENT = re.compile(rb"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)
_DOUBLE = re.compile(rb'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_SINGLE = re.compile(rb"'([^']*)'")
_ESCAPED_IN_DOUBLE = re.compile(rb'\\([$`"\\])')
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)


def parse_assignments(data: bytes) -> tuple[dict[str, str], list[str]]:
    """Values by name, the last of a name as in a shell, and what is wrong with which lines."""
    values: dict[str, str] = {}
    faults: list[str] = []
    for number, raw in enumerate(data.split(b"\n"), 1):
        line = raw.strip(b" \t\r")
        if not line or line[:1] == b"#":
            continue
        match = _ASSIGNMENT.fullmatch(line)
        if match is None:
            faults.append(f"line {number}: not an assignment: {cut(line)}")
            continue
        value, fault = _value(match[2])
        values[match[1].decode("ascii")] = text(value)
        if fault:
            faults.append(f"line {number}: {fault}: {cut(line)}")
    return values, faults


def _value(raw: bytes) -> tuple[bytes, str]:
    """The value of one assignment and a fault, if it has one; then as much as is sure."""
    if raw[:1] in {b'"', b"'"}:
        match = (_DOUBLE if raw[:1] == b'"' else _SINGLE).match(raw)
        if match is None:
            return raw[1:], "a quote that is never closed"
        value = match[1] if raw[:1] == b"'" else _ESCAPED_IN_DOUBLE.sub(rb"\1", match[1])
        return value, "something after the closing quote" if match.end() < len(raw) else ""
    # A shell would end the value here; all that read the file for its values take the line.
    fault = "blanks outside quotes" if b" " in _ESCAPED.sub(b"", raw) else ""
    return _ESCAPED.sub(rb"\1", raw), fault
