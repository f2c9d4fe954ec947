"""What a pair of images is called, so that nobody has to guess which is which."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from analyzer.diff.tree import Difference
from analyzer.image.names import familiar
from analyzer.paths import printable
from analyzer.reference import apart
from analyzer.report import Document

_NO_PLATFORM = "unknown/unknown"
_ROOTFS = "rootfs"
"""How `SourceInfo.kind` begins of a root filesystem."""


def pair_title(image: Difference, whole: Difference) -> str:
    """`app:1 -> app:2 linux/amd64`; what both sides have in common is said once.

    `whole` is what `compare` returned, with `image` among its children.
    """
    one, two = image.before, image.after
    if not one or not two or "names" not in one or "names" not in two:
        return printable(image.subject)
    shared = sorted({familiar(name) for name in one["names"]} & set(map(familiar, two["names"])))
    sources = (whole.before or {}, whole.after or {})
    names = [_name(side, source) for side, source in zip((one, two), sources, strict=True)]
    names = [shared[0]] * 2 if shared else names
    platforms = ["" if s["platform"] == _NO_PLATFORM else s["platform"] for s in (one, two)]
    if names[0] == names[1]:
        words = [names[0], _arrow(platforms)]
    elif platforms[0] == platforms[1]:
        words = [_arrow([name or "(no name)" for name in names]), platforms[0]]
    else:
        pairs = zip(names, platforms, strict=True)
        words = [_arrow([f"{name} {platform}".strip() for name, platform in pairs])]
    return printable(" ".join(filter(None, words)) or image.subject)


def _name(side: Document, source: Document) -> str:
    """What one side is called; a root filesystem states no name."""
    names: list[str] = side["names"]
    if names:
        return familiar(names[0])
    bare = side["platform"] == _NO_PLATFORM and source.get("kind", "").startswith(_ROOTFS)
    return "root filesystem" if bare else ""


def _arrow(sides: list[str]) -> str:
    return " -> ".join(dict.fromkeys(filter(None, sides)))


def told_apart(difference: Difference, before: Path, after: Path) -> Difference:
    """`difference` with as much of the paths for names as keeps two files of one name apart.

    For people alone: documents hold base names, whatever folder somebody works in.
    """
    one, two = difference.before, difference.after
    if not one or not two or one["name"] != two["name"] or before == after:
        return difference
    names = apart(before, after)
    return replace(difference, before={**one, "name": names[0]}, after={**two, "name": names[1]})
