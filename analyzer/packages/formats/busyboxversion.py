"""The version that a busybox program says, as in the banner of its applets.

https://git.busybox.net/busybox/tree/libbb/messages.c, `bb_banner`: `BusyBox v1.36.1 (<date>)`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from analyzer.layers.wants import Charge, Content, Reducer

_BANNER = b"BusyBox v"
_VERSION = re.compile(rb"[0-9]{1,5}(?:\.[0-9]{1,5}){1,3}(?:\.git)?")
VERSION = "version"


def reduce(content: Content, _charge: Charge) -> Mapping[str, bytes]:
    """The version in the first banner of a program; nothing where it has none."""
    at = content.find(_BANNER)
    start = at + len(_BANNER)
    match = _VERSION.match(content[start : start + 100]) if at >= 0 else None
    return {VERSION: match[0]} if match else {}


REDUCER = Reducer("busybox-version", 1, reduce)
