"""What the head of a compressed layer tells about the program that wrote it: facts, no guesses.

RFC 1952, section 2.3.1: a gzip member begins with ID1 ID2 CM FLG MTIME(4) XFL OS. The standard
leaves MTIME, XFL, OS and the optional fields to the compressor, and compressors differ in them.
"""

from __future__ import annotations

import struct

from analyzer.codec import Codec

_FIXED = struct.Struct("<2xBBIBB")
_FEXTRA, _FNAME, _FCOMMENT = 0x04, 0x08, 0x10
_OPTIONAL = ((_FEXTRA, "extra field"), (_FNAME, "name"), (_FCOMMENT, "comment"))


def compressor_facts(codec: Codec, head: bytes) -> str:
    """Such as `gzip: OS 255, XFL 0, mtime 0`; the codec alone for others, empty for none."""
    if codec is Codec.NONE:
        return ""
    if codec is not Codec.GZIP or len(head) < _FIXED.size:
        return codec.value
    _method, flags, mtime, extra, system = _FIXED.unpack_from(head)
    facts = [f"OS {system}", f"XFL {extra}", f"mtime {mtime}"]
    facts += [word for bit, word in _OPTIONAL if flags & bit]
    return f"{codec.value}: {', '.join(facts)}"
