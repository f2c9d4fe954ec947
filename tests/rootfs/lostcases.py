"""The engine matrix: markers that have no directory of lower layers to act in."""

from __future__ import annotations

from collections.abc import Mapping

from analyzer.rootfs import engines
from analyzer.rootfs import lostengines as lost
from tests.rootfs.cases import GONE, REMADE, SAME, Case, View
from tests.support.tarbytes import Dir, Link

DANGLING: View = {"dangling": "-> nowhere", "nowhere": None}
NOWHERE: Mapping[str, View] = {
    "the directory that it names is made": {"dangling": "-> nowhere", "nowhere": "directory"},
    "the link becomes a directory": {"dangling": "directory", "nowhere": None},
}

LOST: dict[str, Case] = {
    "a whiteout below a file": Case(
        {"reg/.wh.x": b""},
        lost.WHITEOUT_IN_FILE,
        {"reg": b"reg"},
        {"it becomes a directory": {"reg": "directory"}},
    ),
    "a whiteout below a link to a file": Case(
        {"filelink/.wh.x": b""},
        lost.WHITEOUT_IN_FILE,
        {"filelink": "-> foo", "foo": b"foo"},
        {"it becomes a directory": {"filelink": "directory", "foo": b"foo"}},
    ),
    "an opaque marker below a file": Case(
        {"reg/.wh..wh..opq": b""},
        lost.OPAQUE_IN_FILE,
        {"reg": b"reg"},
        {"it becomes a directory": {"reg": "directory"}},
    ),
    "an opaque marker below a link to a file": Case(
        {"filelink/.wh..wh..opq": b""},
        lost.OPAQUE_IN_FILE,
        {"filelink": "-> foo", "foo": b"foo"},
        {"it becomes a directory": {"filelink": "directory", "foo": b"foo"}},
    ),
    "a whiteout some directories below a file": Case(
        {"reg/d/.wh.x": b""},
        lost.DEEP_IN_FILE,
        {"reg": b"reg"},
        {"it becomes a directory": {"reg": "directory", "reg/d": "directory"}},
    ),
    "an opaque marker some directories below a file": Case(
        {"reg/d/.wh..wh..opq": b""},
        lost.DEEP_IN_FILE,
        {"reg": b"reg"},
        {"it becomes a directory": {"reg": "directory", "reg/d": "directory"}},
    ),
    "a whiteout below a link to nowhere": Case(
        {"dangling/.wh.x": b""}, lost.IN_DANGLING_LINK, DANGLING, NOWHERE
    ),
    "an opaque marker below a link to nowhere": Case(
        {"dangling/.wh..wh..opq": b""}, lost.IN_DANGLING_LINK, DANGLING, NOWHERE
    ),
    "a whiteout some directories below a link to nowhere": Case(
        {"dangling/d/.wh.x": b""}, lost.DEEP_IN_DANGLING_LINK, DANGLING, NOWHERE
    ),
    "an opaque marker some directories below a link to nowhere": Case(
        {"dangling/d/.wh..wh..opq": b""}, lost.DEEP_IN_DANGLING_LINK, DANGLING, NOWHERE
    ),
    "a whiteout below a link to itself": Case(
        {"loop/.wh.x": b""},
        lost.IN_ENDLESS_LINK,
        {"loop": "-> loop"},
        {"the link becomes a directory": {"loop": "directory"}},
    ),
    "an opaque marker below a link to itself": Case(
        {"loop/.wh..wh..opq": b""},
        lost.OPAQUE_IN_ENDLESS_LINK,
        {"loop": "-> loop"},
        {"the link becomes a directory": {"loop": "directory"}},
    ),
    "an opaque marker some directories below a link to itself": Case(
        {"loop/d/.wh..wh..opq": b""},
        lost.IN_ENDLESS_LINK,
        {"loop": "-> loop"},
        {"the link becomes a directory": {"loop": "directory"}},
    ),
    "whiteouts in a directory that is not there": Case(
        {"m/n/.wh.x": b"", "m/n/.wh.y": b""},
        lost.IN_MISSING,
        {"m": None},
        {"an empty directory is made": {"m/n": "directory"}},
    ),
    "an opaque marker in a directory that is not there": Case(
        {"m/.wh..wh..opq": b""},
        lost.IN_MISSING,
        {"m": None},
        {"an empty directory is made": {"m": "directory"}},
    ),
    "a whiteout in a directory that is not there, in one that is new": Case(
        {"m/": Dir(), "m/n/.wh.x": b""},
        lost.IN_MISSING,
        {"m": "directory", "m/n": None},
        {"an empty directory is made": {"m/n": "directory"}},
    ),
    "a whiteout through a link in a directory that is not there": Case(
        {"lib/m/.wh.x": b""},
        lost.IN_MISSING_THROUGH_LINK,
        {"lib": "-> usr/lib", "usr/lib/m": None},
        {
            "an empty directory is made where the link leads": {"usr/lib/m": "directory"},
            "the link becomes a directory": {"lib": "directory", "lib/m": "directory"},
        },
    ),
    "a whiteout below a file that becomes a directory later": Case(
        {"reg/.wh.x": b"", "reg/": Dir()}, lost.WHITEOUT_IN_FORMER_FILE, {"reg": "directory"}
    ),
    "a whiteout below a file that is written again later": Case(
        {"reg/.wh.x": b"", "reg": b"new"}, lost.WHITEOUT_IN_FORMER_FILE, {"reg": b"new"}
    ),
    "an opaque marker below a file that becomes a directory later": Case(
        {"reg/.wh..wh..opq": b"", "reg/": Dir()}, lost.OPAQUE_IN_FORMER_FILE, {"reg": "directory"}
    ),
    "a whiteout below a link to nowhere that becomes a directory later": Case(
        {"dangling/.wh.x": b"", "dangling/": Dir()},
        lost.IN_FORMER_DANGLING_LINK,
        {"dangling": "directory", "nowhere": None},
        {"the directory that it names is made": {"nowhere": "directory"}},
    ),
    "a whiteout through a link that becomes a directory later": Case(
        {"lib/.wh.l1": b"", "lib/": Dir()},
        lost.WHITEOUT_THROUGH_FORMER_LINK,
        {"lib": "directory", "usr/lib/l1": b"l1"},
        {"deleted where the link leads": {"lib": "directory", "usr/lib/l1": None}},
    ),
    "an opaque marker through a link that becomes a directory later": Case(
        {"lib/.wh..wh..opq": b"", "lib/": Dir()},
        lost.OPAQUE_THROUGH_FORMER_LINK,
        {"lib": "directory", "usr/lib/l1": b"l1"},
        {
            "the directory is emptied where the link leads": {
                "lib": "directory",
                "usr/lib/l1": None,
            }
        },
    ),
    "a whiteout in a directory that is not there, below one in the place of a file": Case(
        {"reg/": Dir(), "reg/d/.wh.x": b""},
        lost.DEEP_IN_REPLACED_FILE,
        {"reg": "directory", "reg/d": None},
        {"an empty directory is made": {"reg/d": "directory"}},
    ),
    "a whiteout below a file of the same layer": Case(
        {"new": b"n", "new/.wh.x": b""}, lost.WHITEOUT_IN_OWN_FILE, {"new": b"n"}
    ),
    "a whiteout below a file of the same layer in the place of a directory": Case(
        {"dir": b"n", "dir/.wh.a": b""}, lost.WHITEOUT_IN_OWN_FILE, {"dir": b"n"}
    ),
    "an opaque marker below a file of the same layer": Case(
        {"new": b"n", "new/.wh..wh..opq": b""}, lost.OPAQUE_IN_OWN_FILE, {"new": b"n"}
    ),
    "an opaque marker some directories below a file of the same layer": Case(
        {"new": b"n", "new/d/.wh..wh..opq": b""}, lost.OPAQUE_DEEP_IN_OWN_FILE, {"new": b"n"}
    ),
    "a whiteout through a link of the same layer": Case(
        {"lib2": Link("usr/lib"), "lib2/.wh.l1": b""},
        lost.THROUGH_OWN_LINK,
        {"usr/lib/l1": b"l1"},
        {"deleted where the link leads": {"usr/lib/l1": None}},
    ),
    "a whiteout through a link of the same layer in the place of another": Case(
        {"lib": Link("dir"), "lib/.wh.a": b""},
        lost.THROUGH_OWN_LINK,
        {"dir/a": b"a", "usr/lib/l1": b"l1"},
        {"deleted where the link leads": {"dir/a": None, "usr/lib/l1": b"l1"}},
    ),
    "a whiteout through a link of the same layer in the place of a directory": Case(
        {"dir": Link("usr/lib"), "dir/.wh.l1": b""},
        lost.THROUGH_OWN_LINK,
        {"usr/lib/l1": b"l1"},
        {"deleted where the link leads": {"usr/lib/l1": None}},
    ),
    "an opaque marker some directories below a link of the same layer": Case(
        {"lib2": Link("usr"), "lib2/lib/.wh..wh..opq": b""},
        lost.THROUGH_OWN_LINK,
        {"usr/lib/l1": b"l1"},
        {"deleted where the link leads": {"usr/lib/l1": None}},
    ),
    "an opaque marker in a link of the same layer": Case(
        {"lib2": Link("usr/lib"), "lib2/.wh..wh..opq": b""},
        lost.OPAQUE_IN_OWN_LINK,
        {"usr/lib/l1": b"l1"},
        {"the directory is emptied where the link leads": {"usr/lib/l1": None}},
    ),
    "a whiteout through a link of the same layer to what it writes": Case(
        {"od/": Dir(), "od/a": b"a", "lib2": Link("od"), "lib2/.wh.a": b""},
        engines.OWN_WHITEOUT,
        {"od/a": b"a"},
        {"deleted": {"od/a": None}},
    ),
    "a whiteout through a link of the same layer in a directory that is not there": Case(
        {"lib2": Link("usr/lib"), "lib2/d/.wh.x": b""},
        lost.IN_MISSING_THROUGH_OWN_LINK,
        {"usr/lib/d": None},
        {"an empty directory is made where the link leads": {"usr/lib/d": "directory"}},
    ),
    "a whiteout below a link of the same layer to nowhere": Case(
        {"lib2": Link("none"), "lib2/.wh.x": b""},
        lost.IN_OWN_DANGLING_LINK,
        {"lib2": "-> none", "none": None},
        {"the directory that it names is made": {"none": "directory"}},
    ),
    "a whiteout below a link of the same layer to itself": Case(
        {"lib2": Link("lib2"), "lib2/.wh.x": b""},
        lost.WHITEOUT_IN_OWN_ENDLESS_LINK,
        {"lib2": "-> lib2"},
    ),
    "an opaque marker below a link of the same layer to itself": Case(
        {"lib2": Link("lib2"), "lib2/.wh..wh..opq": b""},
        lost.OPAQUE_IN_OWN_ENDLESS_LINK,
        {"lib2": "-> lib2"},
    ),
    "a whiteout below a link of the same layer to a file": Case(
        {"lib2": Link("foo"), "lib2/.wh.x": b""},
        lost.WHITEOUT_IN_OWN_FILE_LINK,
        {"foo": b"foo"},
        {"what the link leads to becomes a directory": {"foo": "directory"}},
    ),
    "an opaque marker below a link of the same layer to a file": Case(
        {"lib2": Link("foo"), "lib2/.wh..wh..opq": b""},
        lost.OPAQUE_IN_OWN_FILE_LINK,
        {"foo": b"foo"},
        {"what the link leads to becomes a directory": {"foo": "directory"}},
    ),
    "a whiteout some directories below a link of the same layer to a file": Case(
        {"lib2": Link("foo"), "lib2/d/.wh.x": b""}, lost.DEEP_IN_OWN_FILE_LINK, {"foo": b"foo"}
    ),
    "an opaque marker in a directory that is then whited out": Case(
        {"dir/.wh..wh..opq": b"", ".wh.dir": b""}, lost.OPAQUE_IN_WHITEOUT, GONE
    ),
    "an opaque marker in a directory that is then whited out and made again": Case(
        {"dir/.wh..wh..opq": b"", ".wh.dir": b"", "dir/": Dir(), "dir/new": b"n"},
        lost.OPAQUE_IN_WHITEOUT,
        REMADE,
    ),
    "a whiteout below a file that is then whited out": Case(
        {"reg/.wh.x": b"", ".wh.reg": b""}, lost.WHITEOUT_IN_FILE_WHITEOUT, {"reg": None}
    ),
    "an opaque marker below a file that is then whited out": Case(
        {"reg/.wh..wh..opq": b"", ".wh.reg": b""}, lost.OPAQUE_IN_FILE_WHITEOUT, {"reg": None}
    ),
    "an opaque marker in a directory that was whited out": Case(
        {".wh.dir": b"", "dir/.wh..wh..opq": b""},
        lost.OPAQUE_AFTER_WHITEOUT,
        GONE,
        {"an empty directory stays": {"dir": "directory", "dir/a": None}},
    ),
    "an opaque marker below a file that was whited out": Case(
        {".wh.reg": b"", "reg/.wh..wh..opq": b""},
        lost.OPAQUE_AFTER_WHITEOUT,
        {"reg": None},
        {"an empty directory stays": {"reg": "directory"}},
    ),
    "an opaque marker some directories below one that was whited out": Case(
        {".wh.dir": b"", "dir/sub/.wh..wh..opq": b""},
        lost.OPAQUE_DEEP_AFTER_WHITEOUT,
        GONE,
        {"empty directories stay": {"dir/sub": "directory", "dir/a": None}},
    ),
    "a directory whited out, then made again with a whiteout in it": Case(
        {".wh.dir": b"", "dir/": Dir(), "dir/.wh.a": b"", "dir/new": b"n"},
        engines.REMADE,
        REMADE,
        {"the old files come back": {"dir/a": None, "dir/sub/x": b"x", "dir/new": b"n"}},
    ),
    "a directory whited out, then emptied, then made again": Case(
        {".wh.dir": b"", "dir/.wh..wh..opq": b"", "dir/": Dir(), "dir/new": b"n"},
        lost.REMADE_AFTER_OPAQUE,
        REMADE,
        {"the old files come back": {"dir/a": b"a", "dir/sub/x": b"x", "dir/new": b"n"}},
    ),
    SAME + "a directory over a link, then a whiteout in it": Case(
        {"lib/": Dir(), "lib/.wh.l1": b""}, None, {"lib": "directory", "usr/lib/l1": b"l1"}
    ),
    SAME + "a directory over a link, then an opaque marker in it": Case(
        {"lib/": Dir(), "lib/.wh..wh..opq": b""}, None, {"lib": "directory", "usr/lib/l1": b"l1"}
    ),
    SAME + "a directory over a link, then an opaque marker in one below": Case(
        {"lib/": Dir(), "lib/d/": Dir(), "lib/d/.wh..wh..opq": b"", "lib/d/n": b"n"},
        None,
        {"lib": "directory", "lib/d/n": b"n", "usr/lib/l1": b"l1"},
    ),
    SAME + "a directory whited out, made again and then emptied": Case(
        {".wh.dir": b"", "dir/": Dir(), "dir/.wh..wh..opq": b"", "dir/new": b"n"}, None, REMADE
    ),
    SAME + "a directory over a file, then markers in it": Case(
        {"reg/": Dir(), "reg/.wh.x": b"", "reg/.wh..wh..opq": b"", "reg/n": b"n"},
        None,
        {"reg/n": b"n"},
    ),
    SAME + "markers in a new directory": Case(
        {"m/": Dir(), "m/.wh.x": b"", "m/.wh..wh..opq": b"", "m/n": b"n"}, None, {"m/n": b"n"}
    ),
    SAME + "markers in a new directory, before it": Case(
        {"m/.wh.x": b"", "m/.wh..wh..opq": b"", "m/": Dir(), "m/n": b"n"}, None, {"m/n": b"n"}
    ),
    SAME + "a whiteout in a new directory without an entry": Case(
        {"m/.wh.x": b"", "m/n": b"n"}, None, {"m/n": b"n"}
    ),
    SAME + "a whiteout below a new file, before it": Case(
        {"m/.wh.x": b"", "m": b"m"}, None, {"m": b"m"}
    ),
    SAME + "a whiteout through a new link, before it": Case(
        {"lib2/.wh.l1": b"", "lib2": Link("usr/lib")}, None, {"usr/lib/l1": b"l1"}
    ),
}
