"""Headers of WordPress plugins and themes, as WordPress itself finds them.

https://developer.wordpress.org/reference/functions/get_file_data/ and `_cleanup_header_comment`:
the first 8 KiB; line ends of any kind; for each header the first line that begins with it, behind
nothing but `<?php` and characters of comments, whatever its case; cut at the comment's end.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from analyzer.packages.contract import Charge, Content, Reducer

HEAD_BYTES = 8 * 1024
PLUGIN = "Plugin Name"
THEME = "Theme Name"
_HEADERS = (
    *(PLUGIN, THEME, "Plugin URI", "Theme URI", "Version", "Author", "License"),
    *("Requires Plugins", "Template"),
)
_LINES = {
    name: re.compile(
        rb"^(?:[ \t]*<\?php)?[ \t/*#@]*" + re.escape(name.encode("ascii")) + rb":(.*)$",
        re.MULTILINE | re.IGNORECASE,
    )
    for name in _HEADERS
}
_ENDS = (b"*/", b"?>")
_BLANK = b" \t\n\r\v\f"
_TRIMMED = b" \t\n\r\0\v"
"""What PHP's `trim` takes away."""


def headers(content: Content) -> dict[str, bytes]:
    """The headers of a file that are not empty; nothing where it names no plugin and no theme."""
    head = content[:HEAD_BYTES].replace(b"\r", b"\n")
    found = {}
    for name, line in _LINES.items():
        if (match := line.search(head)) and (value := _cleaned(match[1])):
            found[name] = value
    return found if found.keys() & {PLUGIN, THEME} else {}


def _cleaned(value: bytes) -> bytes:
    if value == b"0":
        # To PHP this text is as good as none.
        return b""
    ends = [at for at in map(value.find, _ENDS) if at >= 0]
    if ends:
        value = value[: min(ends)].rstrip(_BLANK)
    return value.strip(_TRIMMED)


def _reduce(content: Content, _charge: Charge) -> Mapping[str, bytes]:
    return headers(content)


REDUCER = Reducer("wordpress-headers", 1, _reduce)
"""Plugins are programs of any size; their headers are all that is wanted of them."""
