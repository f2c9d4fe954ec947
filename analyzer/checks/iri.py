"""Whether a text is an IRI reference (RFC 3987, 2.2), told in linear time.

The library that the CycloneDX schema's `format` is usually checked with takes ten milliseconds
for each address and grows with the square of its length.
"""

from __future__ import annotations

import re

_UCS = (
    "\xa0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef"
    "\U00010000-\U0001fffd\U00020000-\U0002fffd\U00030000-\U0003fffd\U00040000-\U0004fffd"
    "\U00050000-\U0005fffd\U00060000-\U0006fffd\U00070000-\U0007fffd\U00080000-\U0008fffd"
    "\U00090000-\U0009fffd\U000a0000-\U000afffd\U000b0000-\U000bfffd\U000c0000-\U000cfffd"
    "\U000d0000-\U000dfffd\U000e1000-\U000efffd"
)
_PRIVATE = "\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd"
_UNRESERVED = rf"A-Za-z0-9._~{_UCS}-"
_SUB = "!$&'()*+,;="
_ESCAPED = "%[0-9A-Fa-f]{2}"
_PATH_CHARACTERS = rf"(?:[{_UNRESERVED}{_SUB}:@/]|{_ESCAPED})*"
_REFERENCE = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*:)?"
    rf"(?://(?P<authority>(?:[{_UNRESERVED}{_SUB}:@\[\]]|{_ESCAPED})*)(?=[/?#]|\Z))?"
    rf"(?P<path>{_PATH_CHARACTERS})"
    rf"(?:\?(?:[{_UNRESERVED}{_SUB}:@/?{_PRIVATE}]|{_ESCAPED})*)?"
    rf"(?:\#(?:[{_UNRESERVED}{_SUB}:@/?]|{_ESCAPED})*)?"
)
_LITERAL = r"\[(?:[0-9A-Fa-fvV]|::)[0-9A-Za-z:.]*\]"
_HOST = rf"(?:{_LITERAL}|(?:[{_UNRESERVED}{_SUB}]|{_ESCAPED})*)"
_AUTHORITY = re.compile(rf"(?:(?:[{_UNRESERVED}{_SUB}:]|{_ESCAPED})*@)?{_HOST}(?::[0-9]*)?")


def is_iri_reference(text: str) -> bool:
    """Whether `text` is an IRI or a relative reference; what is inside [ ] is trusted."""
    match = _REFERENCE.fullmatch(text)
    if match is None:
        return False
    authority = match["authority"]
    if authority is not None:
        path = match["path"]
        return _AUTHORITY.fullmatch(authority) is not None and path[:1] in {"", "/"}
    if match["path"].startswith("//"):
        return False
    # RFC 3987, 2.2, ipath-noscheme: the first segment of a relative path holds no colon.
    return match["scheme"] is not None or ":" not in match["path"].partition("/")[0]
