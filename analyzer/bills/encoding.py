"""Documents in UTF-16: what tells them, and their text in UTF-8.

XML may be written so, and then begins with a byte-order mark (XML 1.0, 4.3.3). JSON that systems
exchange is UTF-8 (RFC 8259, 8.1), and so is what else is read here.
"""

from __future__ import annotations

_UTF_8 = b"\xef\xbb\xbf"
_UTF_16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_UTF_32 = b"\xff\xfe\0\0"
NOT_UTF_8 = (
    "in UTF-16, by its byte-order mark; {} is read in UTF-8 only{}: convert it first, as with"
    " iconv -f UTF-16 -t UTF-8"
)


def is_utf_16(data: bytes) -> bool:
    """Whether a text begins with the byte-order mark of UTF-16."""
    return data[:2] in _UTF_16 and data[:4] != _UTF_32


def in_utf_8(data: bytes) -> bytes:
    """A text, or its beginning, in UTF-8 and without its mark; what is damaged is replaced."""
    if not is_utf_16(data):
        return data.removeprefix(_UTF_8)
    return data[2:].decode(_UTF_16[data[:2]], "replace").encode()


def refusal(text: bytes) -> str:
    """Why what is in UTF-16 and no XML is not read; `text` is how it begins, in UTF-8."""
    is_json = text.lstrip()[:1] in {b"{", b"["}
    return NOT_UTF_8.format(*(("JSON", " (RFC 8259)") if is_json else ("all but XML", "")))
