"""Names of files in databases, made comparable with those of the image."""

from __future__ import annotations

from analyzer.paths import clean, decode, printable


def path_of(raw: bytes) -> str:
    """A path's bytes as a path relative to the root, as the file system tree spells it."""
    return clean(decode(raw))[0]


def target_of(raw: bytes) -> str:
    """The text of a symbolic link, unchanged."""
    return decode(raw)


def shown(name: str) -> str:
    """A name out of a path of the tree, printable."""
    return printable(name)
