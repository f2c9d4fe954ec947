"""What the head of a compressed layer tells about the program that wrote it: facts, no guesses.

RFC 1952, section 2.3.1: a gzip member begins with ID1 ID2 CM FLG MTIME(4) XFL OS. The standard
leaves MTIME, XFL, OS and the optional fields to the compressor, and compressors differ in them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from analyzer.codec import Codec
from analyzer.paths import quoted

_FIXED = struct.Struct("<2xBBIBB")
_FEXTRA, _FNAME, _FCOMMENT = 0x04, 0x08, 0x10
_SHOWN = 80
"""Characters of a name or comment."""


def compressor_facts(codec: Codec, head: bytes) -> str:
    """Such as `gzip: OS 255, XFL 0, mtime 0`; the codec alone for others, empty for none."""
    if codec is Codec.NONE:
        return ""
    if codec is not Codec.GZIP or len(head) < _FIXED.size:
        return codec.value
    _method, flags, mtime, extra, system = _FIXED.unpack_from(head)
    facts = [f"OS {system}", f"XFL {extra}", f"mtime {mtime}"]
    return f"{codec.value}: {', '.join(facts + list(_optional(head[_FIXED.size :], flags)))}"


def _optional(rest: bytes, flags: int) -> Iterator[str]:
    """The fields that are there, in the order of RFC 1952, section 2.3; names are Latin-1."""
    if flags & _FEXTRA:
        size = int.from_bytes(rest[:2], "little")
        yield f"extra field of {size} bytes"
        rest = rest[2 + size :]
    for bit, word in ((_FNAME, "name"), (_FCOMMENT, "comment")):
        if flags & bit:
            text, _, rest = rest.partition(b"\0")
            yield f"{word} {quoted(text.decode('latin-1'), _SHOWN)}"
