"""Names in archives: made root-relative, told apart from whiteouts, shown without harm."""

from __future__ import annotations

WHITEOUT_PREFIX = ".wh."
"""OCI image-spec v1.1, layer.md, "Whiteouts"."""
RESERVED_PREFIX = ".wh..wh."
_ESCAPED_BYTES = range(0xDC80, 0xDD00)
"""How surrogateescape (PEP 383) keeps the bytes 0x80 to 0xff."""
_LAST_BYTE = 0xFF
_LAST_SHORT = 0xFFFF
OPAQUE_NAME = ".wh..wh..opq"
SHOWN = 198
"""Characters of a name that a message quotes."""


def clean(name: str) -> tuple[str, bool]:
    """Make an archive's name relative to the root: `./a//b/`, `/a/b` and `../a/b` are all `a/b`.

    Every engine tested lands such names inside the root. Returns the path (empty for the root
    itself) and whether the name was absolute or had `..` in it.
    """
    plain = name[2:] if name[:2] == "./" else name
    if plain and plain[0] not in "./" and "//" not in plain and "/." not in plain:
        return plain.removesuffix("/"), False  # as nearly every name is
    odd = name.startswith("/")
    parts: list[str] = []
    for part in name.split("/"):
        if part in {"", "."}:
            continue
        if part == "..":
            odd = True
            if parts:
                parts.pop()
            continue
        parts.append(part)
    return "/".join(parts), odd


def split(path: str) -> tuple[str, str]:
    """Parent and last component of a clean path; the parent of a top-level name is empty."""
    parent, _, name = path.rpartition("/")
    return parent, name


def join(parent: str, name: str) -> str:
    """The inverse of `split`."""
    return f"{parent}/{name}" if parent else name


def decode(raw: bytes) -> str:
    """A name's bytes as text that keeps every byte (UTF-8 with surrogateescape)."""
    return raw.decode("utf-8", "surrogateescape")


def printable(text: str) -> str:
    r"""`text` for people and JSON: control characters and bytes that are not UTF-8 as `\xNN`.

    An archive must not be able to send escape sequences to the terminal of whoever reads it.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escape(c) for c in text)


def quoted(text: str, most: int | None = None) -> str:
    """`text` in quotes, otherwise as `printable` writes it, so that lists show the same name.

    Of a longer one the first `most` characters are shown.
    """
    shown = printable(text)[:most]
    mark = '"' if shown.count("'") > shown.count('"') else "'"
    return f"{mark}{shown}{mark}"


def _escape(character: str) -> str:
    point = ord(character)
    if point in _ESCAPED_BYTES:
        point -= _ESCAPED_BYTES.start - 0x80
    if point <= _LAST_BYTE:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point <= _LAST_SHORT else f"\\U{point:08x}"
