"""JSON with comments and with a comma behind the last of its elements, https://jsonc.org.

Strings are told from the rest first, as what looks like a comment in one is none. Whatever else
is no JSON, a comment without an end too, stays for the JSON reader to refuse.
"""

from __future__ import annotations

import re

from analyzer.packages.formats import jsonfile
from analyzer.packages.formats.bounds import bounded

_STRING = rb'"(?:[^"\\]++|\\.)*+"?'
_COMMENTS = re.compile(rb"(?P<kept>%s|/\*(?!.*?\*/).*+)|//[^\n]*+|/\*.*?\*/" % _STRING, re.DOTALL)
_COMMAS = re.compile(rb"(?P<kept>%s)|,(?=\s*+[}\]])" % _STRING, re.DOTALL)


def load(data: bytes) -> object:
    """The value in `data`; of members that repeat the last counts.

    Raises:
        ValueError: this is no JSON, or is larger or nested deeper than can be read.
    """
    plain = _COMMENTS.sub(_blank, bounded(data))
    return jsonfile.load(_COMMAS.sub(_blank, plain))


def _blank(match: re.Match[bytes]) -> bytes:
    """Nothing but the ends of lines, by which errors are found."""
    kept = match["kept"]
    return kept if kept is not None else b"\n" * match[0].count(b"\n") or b" "
