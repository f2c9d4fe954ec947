"""What the head of a compressed layer tells about the program that wrote it: facts, no guesses.

RFC 1952, section 2.3.1: a gzip member begins with ID1 ID2 CM FLG MTIME(4) XFL OS. The standard
leaves MTIME, XFL, OS and the optional fields to the compressor, and compressors differ in them.
"""

from __future__ import annotations

from analyzer.codec import Codec
from analyzer.gzipheader import Stated
from analyzer.streamnotes import shown


def compressor_facts(codec: Codec, stated: Stated | None) -> str:
    """Such as `gzip: OS 255, XFL 0, mtime 0`; the codec alone for others, empty for none.

    `stated` is what the first header of a gzip stream says, None if it was not there.
    """
    if codec is Codec.NONE:
        return ""
    if stated is None:
        return codec.value
    facts = [f"OS {stated.system}", f"XFL {stated.extra_flags}", f"mtime {stated.mtime}"]
    return f"{codec.value}: {', '.join([*facts, *map(shown, stated.fields)])}"
