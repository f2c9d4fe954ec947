"""Digests that package databases state of files: by what to hash, and whether a hash agrees.

Algorithms are named as hashlib does, and one more as apk-tools does: `sha256-160` are the first 160
bits of a SHA-256 (`src/crypto.c`, `apk_digest_alg_str`), which is all that apk's installed database
keeps of the files of a package of version 3.
"""

from __future__ import annotations

SHA256_160 = "sha256-160"
KNOWN = frozenset({"md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "sha3_512"})
"""Algorithms that package databases state and that can be computed anywhere."""
_CUT = {SHA256_160: ("sha256", 40)}
"""By what to hash instead, and how many hexadecimal digits are left of that."""


def algorithm_of(stated: str) -> str:
    """What to hash a file by to compare it with `stated` (`algorithm:hex`); empty if unknown."""
    named = stated.partition(":")[0]
    algorithm = _CUT[named][0] if named in _CUT else named
    return algorithm if algorithm in KNOWN else ""


def agrees(stated: str, found: str) -> bool:
    """Whether `found`, in hexadecimal by `algorithm_of(stated)`, is what `stated` says."""
    named, _, encoded = stated.partition(":")
    digits = _CUT[named][1] if named in _CUT else len(found)
    return found[:digits] == encoded.lower()
