"""What a case of the engine matrix is, and the layer below every one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from analyzer.rootfs.engines import Disagreement
from tests.support.tarbytes import Dir, Entries, HardLink, Link

LOWER: Entries = {
    "dir/": Dir(),
    "dir/a": b"a",
    "dir/b": b"b",
    "dir/sub/": Dir(),
    "dir/sub/x": b"x",
    "foo": b"foo",
    "keep": b"keep",
    "reg": b"reg",
    "usr/": Dir(),
    "usr/lib/": Dir(),
    "usr/lib/l1": b"l1",
    "lib": Link("usr/lib"),
    "hl1": b"linked",
    "hl2": HardLink("hl1"),
    "dangling": Link("nowhere"),
    "filelink": Link("foo"),
    "loop": Link("loop"),
}

View = Mapping[str, bytes | str | None]
GONE: View = {"dir": None, "dir/a": None, "dir/sub/x": None}
REMADE: View = {"dir/a": None, "dir/sub/x": None, "dir/new": b"n"}


@dataclass(frozen=True)
class Case:
    """An upper layer, what we say of it, and how to tell the outcomes apart."""

    upper: Entries
    says: Disagreement | None
    ours: View
    others: Mapping[str, View] = field(default_factory=dict)
    """By the words of `Disagreement.seen`; those that are not here are `ours`."""


SAME = "every engine agrees: "
