"""Subresource Integrity, the digests of npm and its kin: `sha512-<base64>`, apart by blanks.

https://www.w3.org/TR/SRI/, "Integrity metadata"; options behind `?` say nothing to us.
"""

from __future__ import annotations

import binascii
import hashlib

_ALGORITHMS = ("sha512", "sha384", "sha256", "sha1")
"""Strongest first. npm took SHA-1, which the standard does not have, for old packages."""
_SIZES = {name: hashlib.new(name).digest_size for name in _ALGORITHMS}


def digests(integrity: str) -> tuple[str, ...]:
    """Every digest in it as `<algorithm>:<hex>`, strongest first; what is none is left out."""
    found = set()
    for item in integrity.split():
        algorithm, _, rest = item.partition("-")
        raw = _decoded(rest.partition("?")[0])
        if len(raw) == _SIZES.get(algorithm):
            found.add(f"{algorithm}:{raw.hex()}")
    return tuple(sorted(found, key=lambda d: (_ALGORITHMS.index(d.partition(":")[0]), d)))


def hexadecimal(algorithm: str, value: str) -> tuple[str, ...]:
    """A digest that stands there in hexadecimal, as `digests` writes it; nothing if it is none."""
    size = 2 * hashlib.new(algorithm).digest_size
    text = value.lower()
    if len(text) != size or not set(text) <= set("0123456789abcdef"):
        return ()
    return (f"{algorithm}:{text}",)


def _decoded(text: str) -> bytes:
    try:
        return binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    except (ValueError, binascii.Error):
        return b""
