"""An image with one of everything that a listing can show, and the tree umoci makes of it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from tests.support.imagebuilder import ImageBuilder
from tests.support.tarbytes import MTIME, Device, Dir, Entries, File, HardLink, Link
from tests.support.tools import require_tool, run

NET_RAW = bytes.fromhex("0100000200200000000000000000000000000000")
"""cap_net_raw=ep, as `setcap` writes it."""
DAY = 86400

LOWER: Entries = {
    "bin": Link("usr/bin"),
    "dev/": Dir(),
    "dev/null": Device("c", 1, 3, mode=0o666),
    "dev/sda": Device("b", 8, 0, mode=0o660, gid=6),
    "etc/": Dir(),
    "etc/app.conf": File(b"a=1\n", mtime=MTIME - 3 * DAY),
    "etc/conf.d/": Dir(mode=0o750, gid=5),
    "etc/conf.d/old.conf": File(b"x" * 5000, uid=1000, gid=5),
    "etc/conf.d/b c.conf": File(b"blank\n", uid=1000),
    "etc/passwd": File(b"root:x:0:0\n", mode=0o666),
    "run/": Dir(),
    "run/pipe": Device("p", mode=0o622),
    "tmp/": Dir(mode=0o1777),
    "usr/bin/": Dir(),
    "usr/bin/[": File(b"test", mode=0o755),
    "usr/bin/ping": File(b"ping" * 100, mode=0o755, xattrs={"security.capability": NET_RAW}),
    "usr/bin/anybody": File(b"x", mode=0o4777),
    "usr/bin/su": File(b"su" * 3000, mode=0o4755),
    "usr/bin/wall": File(b"wall", mode=0o2755, gid=5),
    "usr/bin/wall2": HardLink("usr/bin/wall"),
    "usr/lib/": Dir(mode=0o2775, gid=50),
    "usr/lib/big": File(b"\0" * 3_000_000, mtime=MTIME - 400 * DAY),
    "usr/lib/marked": File(
        b"m", xattrs={"user.note": b"hello", "user.more": b"\0", "user.empty": b""}
    ),
    "var/lib/db/data": File(b"d" * 100),
}
UPPER: Entries = {
    "etc/app.conf": File(b"a=2\n", mode=0o600, mtime=MTIME + DAY),
    "etc/conf.d/.wh.old.conf": b"",
    "usr/bin/new": File(b"#!/bin/sh\n", mode=0o755, mtime=MTIME + 0.25),
    "var/lib/db/.wh..wh..opq": b"",
    "var/lib/db/fresh": File(b"f" * 10),
}


def rich_image(path: Path) -> Path:
    """A layout with tag `v` and the two layers above."""
    builder = ImageBuilder().layer(LOWER, created_by="COPY lower /")
    return builder.layer(UPPER, created_by="RUN tidy up").write_oci(path, ref_name="v")


def unpack(layout: Path, bundle: Path) -> Path:
    """The root filesystem that umoci makes of the one image of `layout`."""
    run([require_tool("umoci"), "unpack", "--image", f"{layout}:v", bundle])
    return bundle / "rootfs"


@cache
def rich() -> tuple[Path, Path]:
    """The layout and its unpacked tree, made once; nobody may change them."""
    require_tool("umoci")
    folder = Path(mkdtemp(prefix="ociscope-rich-"))
    layout = rich_image(folder / "layout")
    return layout, unpack(layout, folder / "bundle")
