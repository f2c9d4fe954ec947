"""Who made an OpenPGP signature, as the signature packet says; nothing is verified.

RFC 4880, 4.2 (packets), 5.2 (signatures), and RFC 9580, 5.2.3.35 (issuer fingerprint).
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error

_SIGNATURE = 2
_NEW_FORMAT, _OLD_FORMAT = 0xC0, 0x80
_ISSUER, _ISSUER_FINGERPRINT = 16, 33
_KEY_ID_SIZE = 8


def issuer(packet: bytes) -> str:
    """The key ID of the maker, in 16 small hexadecimal digits; empty where it cannot be told."""
    body = _body(packet)
    if body[:1] == b"\x03":
        # Version 3: five hashed bytes with their length, then the key ID.
        return body[7:15].hex() if len(body) >= 7 + _KEY_ID_SIZE else ""
    if body[:1] != b"\x04":
        return ""
    hashed_size = int.from_bytes(body[4:6], "big")
    hashed = body[6 : 6 + hashed_size]
    rest = body[6 + hashed_size :]
    unhashed = rest[2 : 2 + int.from_bytes(rest[:2], "big")]
    found = _subpackets(unhashed) | _subpackets(hashed)
    if len(named := found.get(_ISSUER, b"")) == _KEY_ID_SIZE:
        return named.hex()
    # A version 4 fingerprint follows its version number and ends in the key ID.
    fingerprint = found.get(_ISSUER_FINGERPRINT, b"")
    return fingerprint[-_KEY_ID_SIZE:].hex() if fingerprint[:1] == b"\x04" else ""


def issuer_of_base64(encoded: bytes) -> str:
    """Likewise, of a packet in base64."""
    try:
        return issuer(b64decode(encoded, validate=True))
    except Error:
        return ""


def _body(packet: bytes) -> bytes:
    """The body of a signature packet; empty where `packet` is none."""
    head = packet[0] if packet else 0
    if head & _NEW_FORMAT == _NEW_FORMAT:
        size, start = _length(packet, 1)
        return packet[start : start + size] if head & 0x3F == _SIGNATURE else b""
    if head & _OLD_FORMAT and head >> 2 & 0xF == _SIGNATURE:
        width = (1, 2, 4, 0)[head & 3]
        size = int.from_bytes(packet[1 : 1 + width], "big") if width else len(packet)
        return packet[1 + width : 1 + width + size]
    return b""


def _length(data: bytes, place: int) -> tuple[int, int]:
    """A length of one, two or five bytes (4.2.2) and where it ends."""
    first = data[place] if place < len(data) else 0
    if first < 192:  # noqa: PLR2004
        return first, place + 1
    if first < 255:  # noqa: PLR2004
        second = data[place + 1] if place + 1 < len(data) else 0
        return (first - 192 << 8) + second + 192, place + 2
    return int.from_bytes(data[place + 1 : place + 5], "big"), place + 5


def _subpackets(data: bytes) -> dict[int, bytes]:
    """Subpackets by type, the first of a type; the critical bit left out."""
    found: dict[int, bytes] = {}
    place = 0
    while place < len(data):
        size, start = _length(data, place)
        if not size or start + size > len(data):
            break
        found.setdefault(data[start] & 0x7F, data[start + 1 : start + size])
        place = start + size
    return found
