"""Whether a file is a bill of materials, told from its content.

Files of images look alike in part: `index.json` and configs are JSON objects, and a tar may hold
an SBOM in the clear. So what speaks for a document is a member of the outermost object, the root
element, or a line of a text without binary zeros.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzer.bills import tagvalue, xmlform
from analyzer.bills.document import HEAD, YAML, known
from analyzer.bills.encoding import in_utf_8
from analyzer.errors import AnalyzerError
from analyzer.jsonvalues import parse

_TOKEN = re.compile(rb'"((?:[^"\\]|\\.)*)(?:"(\s*:)?)?|[{}\[\]]', re.DOTALL)
_FAR = 16 * HEAD
"""How far a damaged document is looked through."""
_ALWAYS = frozenset({b"spdxVersion", b"bomFormat"})
_TELLING = (
    *(b'"spdxVersion"', b'"bomFormat"', b'"SPDXID"', b'"payloadType"', b'"_type"', b'"SPDX"'),
    *(b'"dsseEnvelope"', b'"Data"', b'"@context"', b'"artifacts"'),
)
"""Members of which every document and everything around one has one at least."""


def looks_like_bill(head: bytes) -> bool:
    """Whether a file that begins with `head` is a bill of materials, of whatever kind.

    A JSON object may say only at its end what it is: then `head` has to be all of it. Any other
    document is told from its first 64 KiB.
    """
    data = in_utf_8(bytes(head))
    start = data[:HEAD]
    if b"\0" in start:
        return False
    match start.lstrip()[:1]:
        case b"{":
            return _json(data)
        case b"<":
            return xmlform.is_cyclonedx(start) or xmlform.is_rdf(start)
    return tagvalue.is_tag_value(start) or YAML.search(start) is not None


def _json(data: bytes) -> bool:
    if not any(name in data for name in _TELLING):
        return False
    if any(name in _ALWAYS for name in _members(data[:HEAD])):
        return True
    try:
        value = parse(data)
        return isinstance(value, dict) and known(value)
    except (ValueError, AnalyzerError):
        return any(name in _ALWAYS for name in _members(data[:_FAR]))


def _members(data: bytes) -> Iterator[bytes]:
    """The names of the members of the outermost object, even where the end is missing."""
    depth = 0
    for token in _TOKEN.finditer(data):
        mark = token[0][:1]
        if mark in b"{[":
            depth += 1
        elif mark in b"}]":
            depth -= 1
        elif depth == 1 and token[2]:
            yield token[1]
