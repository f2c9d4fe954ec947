"""The engine matrix: layers on which engines were compared, and what each outcome looks like.

LOWER is the layer below. An outcome is what must be at some paths; None means nothing is.
"""

from __future__ import annotations

from analyzer.rootfs import engines
from tests.rootfs.attributecases import ATTRIBUTES
from tests.rootfs.cases import GONE, REMADE, SAME, Case, View
from tests.rootfs.lostcases import LOST
from tests.support.tarbytes import Device, Dir, HardLink, Link
from tests.support.unpacking import Shown

EMPTY: View = {"dir/a": None, "keep": None, "lib": None, "only": b"1"}

MATRIX: dict[str, Case] = {
    "a file, then its own whiteout": Case(
        {"foo": b"new", ".wh.foo": b""},
        engines.OWN_WHITEOUT,
        {"foo": b"new"},
        {"deleted": {"foo": None}},
    ),
    "a directory, then its own whiteout": Case(
        {"dir/": Dir(), "dir/new": b"n", ".wh.dir": b""}, engines.OWN_FOLDER_WHITEOUT, REMADE
    ),
    "an entry below a directory that is then whited out": Case(
        {"dir/new": b"n", ".wh.dir": b""},
        engines.OWN_PARENT_WHITEOUT,
        REMADE,
        {"deleted with its folder": GONE},
    ),
    "a directory whited out, then made again": Case(
        {".wh.dir": b"", "dir/": Dir(), "dir/new": b"n"},
        engines.REMADE,
        REMADE,
        {"the old files come back": {"dir/a": b"a", "dir/sub/x": b"x", "dir/new": b"n"}},
    ),
    "a directory whited out, then used without an entry": Case(
        {".wh.dir": b"", "dir/new": b"n"}, engines.REMADE_UNLISTED, REMADE
    ),
    "a whiteout of what is not there, then an entry below it": Case(
        {".wh.m": b"", "m/n": b"n"}, engines.REMADE_UNLISTED, {"m/n": b"n"}
    ),
    "a whiteout below a directory that is then whited out": Case(
        {"dir/.wh.a": b"", ".wh.dir": b""}, engines.WHITEOUT_IN_WHITEOUT, GONE
    ),
    "a whiteout below a directory that was whited out": Case(
        {".wh.dir": b"", "dir/.wh.a": b""},
        engines.WHITEOUT_AFTER_WHITEOUT,
        GONE,
        {"an empty directory stays": {"dir": "directory", "dir/a": None}},
    ),
    "a path through a link of a lower layer": Case(
        {"lib/n": b"n"},
        engines.THROUGH_LINK,
        {"lib": "-> usr/lib", "usr/lib/n": b"n"},
        {"the link becomes a directory": {"lib": "directory", "lib/n": b"n", "usr/lib/n": None}},
    ),
    "a path through a link of the same layer": Case(
        {"lib2": Link("usr/lib"), "lib2/n": b"n"},
        engines.THROUGH_OWN_LINK,
        {"lib2": "-> usr/lib", "usr/lib/n": b"n"},
    ),
    "a path through a link to nowhere": Case(
        {"dangling/n": b"n"},
        engines.THROUGH_DANGLING_LINK,
        {"dangling": "-> nowhere", "nowhere": "directory", "nowhere/n": b"n"},
        {"the link becomes a directory": {"dangling": "directory", "dangling/n": b"n"}},
    ),
    "a path through a link to a file": Case(
        {"filelink/n": b"n"}, engines.THROUGH_BAD_LINK, {"filelink/n": b"n", "foo": b"foo"}
    ),
    "a path through a link to itself": Case(
        {"loop/n": b"n"}, engines.THROUGH_ENDLESS_LINK, {"loop": "directory", "loop/n": b"n"}
    ),
    "a whiteout through a link": Case(
        {"lib/.wh.l1": b""},
        engines.WHITEOUT_THROUGH_LINK,
        {"lib": "-> usr/lib", "usr/lib/l1": None},
        {"the link becomes a directory": {"lib": "directory", "usr/lib/l1": b"l1"}},
    ),
    "an opaque marker through a link": Case(
        {"lib/.wh..wh..opq": b""},
        engines.OPAQUE_THROUGH_LINK,
        {"lib": "-> usr/lib", "usr/lib/l1": None},
        {
            "ignored": {"lib": "-> usr/lib", "usr/lib/l1": b"l1"},
            "the link becomes an empty directory": {"lib": "directory", "usr/lib/l1": b"l1"},
        },
    ),
    "a hard link to a file of a lower layer": Case(
        {"hl3": HardLink("keep")}, engines.LOWER_HARD_LINK, {"hl3": b"keep"}
    ),
    "a hard link to a file of a lower layer that is whited out later": Case(
        {"hl3": HardLink("keep"), ".wh.keep": b""},
        engines.LOWER_HARD_LINK,
        {"hl3": b"keep", "keep": None},
    ),
    "a hard link to a file of a lower layer that is whited out later and written again": Case(
        {"hl3": HardLink("keep"), ".wh.keep": b"", "keep": b"new"},
        engines.LOWER_HARD_LINK,
        {"hl3": b"keep", "keep": b"new"},
    ),
    "a hard link into a directory that is emptied later": Case(
        {"hl3": HardLink("dir/a"), "dir/.wh..wh..opq": b""},
        engines.LOWER_HARD_LINK,
        {"hl3": b"a", "dir/a": None},
    ),
    "a hard link into a directory that is whited out later": Case(
        {"hl3": HardLink("dir/sub/x"), ".wh.dir": b""},
        engines.LOWER_HARD_LINK,
        {"hl3": b"x", **GONE},
    ),
    "a hard link through a link to what is whited out later": Case(
        {"hl3": HardLink("lib/l1"), "usr/lib/.wh.l1": b""},
        engines.LOWER_HARD_LINK,
        {"hl3": b"l1", "usr/lib/l1": None},
    ),
    "a hard link to a file that was whited out": Case(
        {".wh.foo": b"", "keep": HardLink("foo")},
        engines.LINK_TO_WHITEOUT,
        {"foo": None, "keep": b"keep"},
        {"deletes the link's own name as well": {"foo": None, "keep": None}},
    ),
    "a hard link into a directory that was emptied": Case(
        {"dir/.wh..wh..opq": b"", "hl3": HardLink("dir/a")},
        engines.NO_TARGET,
        {"hl3": None, "dir/a": None},
    ),
    "a hard link to itself": Case({"foo": HardLink("foo")}, engines.NO_TARGET, {"foo": b"foo"}),
    "a hard link in the place of the directory that it leads into": Case(
        {"dir": HardLink("dir/a")}, engines.NO_TARGET, {"dir/a": b"a"}
    ),
    "a hard link before its target": Case(
        {"hl3": HardLink("later"), "later": b"later"},
        engines.NO_TARGET,
        {"hl3": None, "later": b"later"},
    ),
    "a hard link to nothing": Case({"hl3": HardLink("none")}, engines.NO_TARGET, {"hl3": None}),
    "a hard link to a directory": Case({"hl3": HardLink("dir")}, engines.NO_TARGET, {"hl3": None}),
    "a file of a lower layer used as a directory": Case(
        {"reg/x": b"x"}, engines.FILE_AS_FOLDER, {"reg": "directory", "reg/x": b"x"}
    ),
    "a file of the same layer used as a directory": Case(
        {"r": b"r", "r/x": b"x"}, engines.OWN_FILE_AS_FOLDER, {"r/x": b"x"}
    ),
    "a name twice": Case(
        [("foo", b"one"), ("other", b""), ("foo", b"two")], engines.TWICE, {"foo": b"two"}
    ),
    "an opaque marker at the root": Case(
        {".wh..wh..opq": b"", "only": b"1"},
        engines.ROOT_OPAQUE,
        EMPTY,
        {"ignored": {"dir/a": b"a", "keep": b"keep", "only": b"1"}},
    ),
    "a whiteout without a name": Case({".wh.": b""}, engines.NO_NAME, {"foo": b"foo"}),
    "a whiteout without a name in a directory": Case(
        {"dir/.wh.": b""},
        engines.NO_NAME_IN_FOLDER,
        {"dir/a": b"a"},
        {"deletes the folder that it is in": GONE},
    ),
    "a whiteout that names the folder above the root": Case(
        {".wh...": b""}, engines.NAMES_FOLDER, {"foo": b"foo"}
    ),
    "a whiteout that names the root, in it": Case(
        {".wh..": b""}, engines.NAMES_FOLDER, {"foo": b"foo"}
    ),
    "a whiteout that names the root, in a directory": Case(
        {"dir/.wh...": b""}, engines.NAMES_FOLDER, {"dir/a": b"a"}
    ),
    "a whiteout that names the directory it is in": Case(
        {"dir/.wh..": b""},
        engines.NAMES_OWN_FOLDER,
        {"dir/a": b"a"},
        {"deletes that folder": GONE},
    ),
    "a whiteout that names the directory above": Case(
        {"dir/sub/.wh...": b""},
        engines.NAMES_FOLDER_ABOVE,
        {"dir/a": b"a"},
        {"deletes that folder": GONE},
    ),
    "a character device 0/0 over a file": Case(
        {"foo": Device("c", 0, 0)},
        engines.WHITEOUT_DEVICE,
        {"foo": "device"},
        {"a whiteout": {"foo": None}},
    ),
    "a character device 0/0 of a new name": Case(
        {"fresh": Device("c", 0, 0)},
        engines.WHITEOUT_DEVICE,
        {"fresh": "device"},
        {"a whiteout": {"fresh": None}},
    ),
    "the root as a file": Case({"./": b"no"}, engines.ROOT_NO_DIRECTORY, {"foo": b"foo"}),
    "hard links kept by AUFS": Case(
        {".wh..wh.plnk/": Dir(), ".wh..wh.plnk/1": b"1", "p": HardLink(".wh..wh.plnk/1")},
        engines.BELOW_RESERVED,
        {".wh..wh.plnk/1": b"1", "p": b"1"},
        {"dropped": {".wh..wh.plnk/1": None, "p": b"1"}},
    ),
    SAME + "an opaque marker before its siblings": Case(
        {"dir/": Dir(), "dir/.wh..wh..opq": b"", "dir/new": b"n"}, None, REMADE
    ),
    SAME + "an opaque marker after its siblings": Case(
        {"dir/": Dir(), "dir/new": b"n", "dir/.wh..wh..opq": b""}, None, REMADE
    ),
    SAME + "a whiteout, then the file again": Case(
        {".wh.foo": b"", "foo": b"new"}, None, {"foo": b"new"}
    ),
    SAME + "a file whited out, then a directory": Case(
        {".wh.foo": b"", "foo/": Dir(), "foo/n": b"n"}, None, {"foo/n": b"n"}
    ),
    SAME + "a directory over a link": Case(
        {"lib/": Dir(), "lib/n": b"n"}, None, {"lib": "directory", "lib/n": b"n", "lib/l1": None}
    ),
    SAME + "a path through a link to a directory, both of the same layer": Case(
        {"real/": Dir(), "lib2": Link("real"), "lib2/n": b"n"}, None, {"real/n": b"n"}
    ),
    SAME + "a whiteout that is a directory": Case({".wh.foo": Dir()}, None, {"foo": None}),
    SAME + "a whiteout that is a link": Case({".wh.foo": Link("x")}, None, {"foo": None}),
    SAME + "a whiteout with content": Case({".wh.foo": b"content"}, None, {"foo": None}),
    SAME + "a whiteout of what is not there": Case({".wh.none": b""}, None, {"foo": b"foo"}),
    SAME + "a whiteout of one of two hard links": Case(
        {".wh.hl1": b""}, None, {"hl1": None, "hl2": b"linked"}
    ),
    SAME + "a new content for one of two hard links": Case(
        {"hl1": b"changed"}, None, {"hl1": b"changed", "hl2": b"linked"}
    ),
    SAME + "names that climb or are absolute": Case(
        {"../up": b"u", "/abs": b"a", "x/../y": b"y"}, None, {"up": b"u", "abs": b"a", "y": b"y"}
    ),
    SAME + "an entry below a whiteout name": Case({".wh.x/n": b"n"}, None, {".wh.x/n": b"n"}),
    SAME + "leftovers of AUFS": Case(
        {".wh..wh.aufs": b"", ".wh..wh.orph/": Dir(), ".wh..wh.plnk/": Dir()},
        None,
        {".wh..wh.aufs": None, ".wh..wh.orph": None, "foo": b"foo"},
    ),
    SAME + "a reserved name in a directory": Case(
        {"dir/.wh..wh.a": b""}, None, {"dir/a": b"a", "dir/.wh..wh.a": None}
    ),
    **LOST,
    **ATTRIBUTES,
}


def differs(shown: Shown, view: View) -> dict[str, object]:
    """What of `view` does not hold of a tree."""
    return {path: shown.get(path) for path, want in view.items() if shown.get(path) != want}
