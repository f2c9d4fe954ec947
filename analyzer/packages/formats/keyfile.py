"""Key files of GLib: groups in brackets, `key=value` lines, comments.

https://docs.gtk.org/glib/struct.KeyFile.html; the form is that of the Desktop Entry Specification.
"""

from __future__ import annotations

import re

from analyzer.packages.formats.addresses import cut
from analyzer.packages.formats.fault import Fault
from analyzer.packages.formats.text import text

_GROUP = re.compile(rb"\[([^\[\]]+)\]")


def parse(data: bytes) -> tuple[dict[str, dict[str, str]], list[Fault]]:
    """Values by group and key, the last of a key as in GLib; escapes stay as they stand."""
    groups: dict[str, dict[str, str]] = {}
    faults: list[Fault] = []
    current: dict[str, str] | None = None
    for number, raw in enumerate(bytes(data).split(b"\n"), 1):
        line = raw.strip(b" \t\r")
        key, equals, value = line.partition(b"=")
        if not line or line.startswith(b"#"):
            continue
        if match := _GROUP.fullmatch(line):
            current = groups.setdefault(text(match[1]), {})
        elif equals and key.strip() and current is not None:
            current[text(key.strip())] = text(value.strip())
        else:
            faults.append(Fault(number, f"not a key: {cut(line)}", lost=True))
    return groups, faults
