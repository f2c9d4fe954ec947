"""The fixture image with an apk database: handwritten files, put together by umoci.

No apk is at hand to write the database, so it follows Alpine's description of the format:
a stanza for each package, one letter for each field. The checksums of files that are in
the image are true.
"""

from __future__ import annotations

import base64
import hashlib
import tarfile
from pathlib import Path

import realtools
from realtools import CREATED, fresh, run

APK_INSTALLED = """\
C:Q1qKcZ+j23xssAXmgQhkOO8dHnbWw=
P:alpine-baselayout
V:3.6.5-r0
A:x86_64
S:8515
I:315392
T:Alpine base dir structure and init scripts
U:https://git.alpinelinux.org/cgit/aports/tree/main/alpine-baselayout
L:GPL-2.0-only
o:alpine-baselayout
m:Natanael Copa <ncopa@alpinelinux.org>
t:1714981135
c:66187892e05b03a41d08e9acabd19b7576a1c875
D:alpine-baselayout-data=3.6.5-r0 /bin/sh
q:1000
F:etc
F:var
F:var/tmp
M:0:0:1777

C:Q17mim+wL35iMEtCiwQEovweL8NT0=
P:alpine-release
V:3.20.0-r0
A:x86_64
S:2843
I:28672
T:Alpine release data
U:https://alpinelinux.org
L:MIT
o:alpine-base
m:Natanael Copa <ncopa@alpinelinux.org>
t:1716393334
c:b5a1b1b9a1e1f1c3d5e7092b4d6f8091a2b3c4d5
p:alpine-keys-release=3.20
F:etc
R:alpine-release
Z:@etc/alpine-release@
F:usr
F:usr/lib
R:os-release
Z:@usr/lib/os-release@

C:Q1ZgzMVwX7cP7DDF7lJ2zSs4GVDLA=
P:musl
V:1.2.5-r0
A:x86_64
S:410437
I:667648
T:the musl c library (libc) implementation
U:https://musl.libc.org/
L:MIT
o:musl
m:Timo Ter\u00e4s <timo.teras@iki.fi>
t:1712219500
c:4fe5bd1b3d4a3b0f4b1b0c7b8b1a1e6d2f3c4b5a
p:so:libc.musl-x86_64.so.1=1
F:lib
R:ld-musl-x86_64.so.1
a:0:0:755
Z:Q1b2RXiY5n3Jg2iNZ1BtcLJ4lIHPE=
R:libc.musl-x86_64.so.1
a:0:0:777
Z:Q17yJ3JFNypA4mxhJJr0ou6CzsJVI=

"""
APK_RELEASE = """\
NAME="Alpine Linux"
ID=alpine
VERSION_ID=3.20.0
PRETTY_NAME="Alpine Linux v3.20"
HOME_URL="https://alpinelinux.org/"
BUG_REPORT_URL="https://gitlab.alpinelinux.org/alpine/aports/-/issues"
"""
APK_FILES = {
    "etc/alpine-release": "3.20.0\n",
    "etc/apk/arch": "x86_64\n",
    "etc/apk/world": "alpine-baselayout\nalpine-release\nmusl\n",
    "lib/apk/db/triggers": "",
    "usr/lib/os-release": APK_RELEASE,
}
#: What is in the database, in the order of the file; there is no other tool to ask.
APK_PACKAGES = ("alpine-baselayout 3.6.5-r0", "alpine-release 3.20.0-r0", "musl 1.2.5-r0")


def apk_files() -> dict[str, str]:
    """All files of the image, with the database's checksums for those that are there."""
    database = APK_INSTALLED
    for name, text in APK_FILES.items():
        digest = hashlib.sha1(text.encode(), usedforsecurity=False).digest()
        database = database.replace(f"@{name}@", f"Q1{base64.b64encode(digest).decode()}")
    return APK_FILES | {"lib/apk/db/installed": database}


def apk_layer(target: Path) -> Path:
    """A plain tar of the handwritten files and the directories above them."""
    files = apk_files()
    parents = {str(parent) for name in files for parent in Path(name).parents[:-1]}
    with tarfile.open(target, "w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted(parents):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode, entry.mtime = tarfile.DIRTYPE, 0o755, realtools.EPOCH
            archive.addfile(entry)
        source = target.with_suffix(".file")
        for name, text in sorted(files.items()):
            source.write_text(text)
            entry = tarfile.TarInfo(name)
            entry.mtime, entry.size = realtools.EPOCH, source.stat().st_size
            with source.open("rb") as file:
                archive.addfile(entry, file)
        link = tarfile.TarInfo("etc/os-release")
        link.type, link.linkname = tarfile.SYMTYPE, "../usr/lib/os-release"
        link.mode, link.mtime = 0o777, realtools.EPOCH
        archive.addfile(link)
    return target


def build_apk(into: Path, work: Path, tag: str) -> None:
    """A one-layer image with an apk database, put together by umoci."""
    layout = fresh(into / "layouts/apk")
    image = f"{layout}:{tag}"
    run(["umoci", "init", "--layout", layout])
    run(["umoci", "new", "--image", image])
    history = ["--history.created", CREATED, "--history.author", "ociscope fixtures"]
    layer = apk_layer(work / "layer.tar")
    run(["umoci", "raw", "add-layer", "--image", image, *history, layer])
    fixed = ["--created", CREATED, "--architecture", "amd64", "--os", "linux"]
    run(["umoci", "config", "--image", image, *history, *fixed, "--config.cmd", "/bin/sh"])
    run(["umoci", "gc", "--layout", layout])
    facts = realtools.describe(layout, tag, ("amd64",), work)
    expected = into / "layouts/apk.expected.json"
    realtools.write_json(expected, facts | {"apk_packages": APK_PACKAGES})
