"""The rung of the root filesystem: two merged trees path by path."""

from __future__ import annotations

from analyzer.diff.rungs import Rung, Step, Why, cut, proven, refuted, unknown
from analyzer.rootfs.outline import Item, Outline
from analyzer.tarheader import EntryKind

NOT_WHOLE = "some of its layers cannot be read whole"
OTHER_TIMES = "modification times differ at {} of them"
_MOST_PATHS = 3
_PATH_CHARACTERS = 60
_PARTS = ("kind", "mode", "owner", "target", "device", "xattrs", "content")
"""Members of `Item` that make a tree another one; times alone do not."""


def compare_outlines(one: Outline | None, two: Outline | None) -> Step:
    """Whether both trees hold the same paths with the same things at them."""
    if one is None or two is None:
        words = ["" if outline is not None else NOT_WHOLE for outline in (one, two)]
        return unknown(Rung.ROOTFS, Why("", *words))
    if any(_unhashed(item) for outline in (one, two) for item in outline.values()):
        return unknown(Rung.ROOTFS, Why("the content of some files was not read"))
    differing = [path for path in {*one, *two} if _parts(one, path) != _parts(two, path)]
    if differing:
        return refuted(Rung.ROOTFS, _first(sorted(differing), one, two))
    times = sum(item.mtime != two[path].mtime for path, item in one.items())
    return proven(
        Rung.ROOTFS, Why(f"{len(one)} paths", detail=OTHER_TIMES.format(times) if times else "")
    )


def _unhashed(item: Item) -> bool:
    return item.kind is EntryKind.FILE and item.content is None


def _parts(outline: Outline, path: str) -> Item | None:
    item = outline.get(path)
    return item._replace(mtime=0) if item is not None else None


def _first(paths: list[str], one: Outline, two: Outline) -> Why:
    """How many paths differ, and in what the first ones do."""
    named = [
        f"{cut(path, _PATH_CHARACTERS)} ({_what(one.get(path), two.get(path))})"
        for path in paths[:_MOST_PATHS]
    ]
    more = ["..."] if len(paths) > _MOST_PATHS else []
    text = f"{len(paths)} paths differ" if len(paths) > 1 else "1 path differs"
    return Why(text, detail=", ".join([*named, *more]))


def _what(one: Item | None, two: Item | None) -> str:
    if one is None or two is None:
        return "on one side only"
    return ", ".join(part for part in _PARTS if getattr(one, part) != getattr(two, part))
