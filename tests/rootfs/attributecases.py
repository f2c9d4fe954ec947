"""The engine matrix: attributes by which overlay keeps its books."""

from __future__ import annotations

from analyzer.rootfs import attributes
from tests.rootfs.cases import REMADE, SAME, Case
from tests.support.tarbytes import Dir, File, HardLink

POINTS = "shows what lower layers have where it points, or nothing"
METACOPY = b"\0\4\0\0"
"""Linux, fs/overlayfs/overlayfs.h, `struct ovl_metacopy`, without a digest."""

ATTRIBUTES: dict[str, Case] = {
    "trusted.overlay.opaque on a directory": Case(
        {"dir/": Dir(xattrs={"trusted.overlay.opaque": b"y"}), "dir/new": b"n"},
        attributes.OPAQUE,
        {"dir/a": b"a", "dir/sub/x": b"x", "dir/new": b"n"},
        {"hides what lower layers have in it": REMADE},
    ),
    "trusted.overlay.redirect on a directory": Case(
        {"dir/": Dir(xattrs={"trusted.overlay.redirect": b"/usr"})},
        attributes.REDIRECT,
        {"dir/a": b"a", "dir/lib": None},
        {POINTS: {"dir/a": None, "dir/lib/l1": b"l1"}},
    ),
    "trusted.overlay.redirect on a new directory": Case(
        {"new/": Dir(xattrs={"trusted.overlay.redirect": b"dir"})},
        attributes.REDIRECT,
        {"new": "directory", "new/a": None},
        {POINTS: {"new/a": b"a", "new/sub/x": b"x"}},
    ),
    "trusted.overlay.redirect to nothing": Case(
        {"dir/": Dir(xattrs={"trusted.overlay.redirect": b"/none"})},
        attributes.REDIRECT,
        {"dir/a": b"a"},
        {POINTS: {"dir": "directory", "dir/a": None}},
    ),
    "trusted.overlay.metacopy on a file": Case(
        {"foo": File(b"new", xattrs={"trusted.overlay.metacopy": METACOPY})},
        attributes.METACOPY,
        {"foo": b"new"},
        {"the file cannot be read": {"foo": None}},
    ),
    "trusted.overlay.metacopy on a hard link": Case(
        {"new": b"n", "hl3": HardLink("new", xattrs={"trusted.overlay.metacopy": METACOPY})},
        attributes.METACOPY,
        {"new": b"n", "hl3": b"n"},
        {"the file cannot be read": {"new": None, "hl3": None}},
    ),
    "trusted.overlay.metacopy and redirect on a file": Case(
        {
            "foo": File(
                b"new",
                xattrs={
                    "trusted.overlay.metacopy": METACOPY,
                    "trusted.overlay.redirect": b"/keep",
                },
            )
        },
        attributes.METACOPY,
        {"foo": b"new"},
        {"the file cannot be read": {"foo": None}},
    ),
    "trusted.overlay.whiteout on an empty file": Case(
        {"foo": File(xattrs={"trusted.overlay.whiteout": b"y"})},
        attributes.WHITEOUT,
        {"foo": b""},
        {"a whiteout": {"foo": None}},
    ),
    "user.overlay.opaque on a directory": Case(
        {"dir/": Dir(xattrs={"user.overlay.opaque": b"y"}), "dir/new": b"n"},
        attributes.USER,
        {"dir/a": b"a", "dir/sub/x": b"x", "dir/new": b"n"},
    ),
    SAME + "books of overlay that change nothing": Case(
        {
            "dir/": Dir(xattrs={"trusted.overlay.origin": b"x", "trusted.overlay.impure": b"y"}),
            "foo": File(b"new", xattrs={"trusted.overlay.opaque": b"y"}),
            "new/": Dir(xattrs={"trusted.overlay.opaque": b"y"}),
            "new/n": b"n",
        },
        None,
        {"dir/a": b"a", "foo": b"new", "new/n": b"n"},
    ),
}
