"""Packages built by rpmbuild, and databases of them written by rpm and by Berkeley DB."""

from __future__ import annotations

import shutil
import sqlite3
import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from tests.support.tools import require_tool, run

FOLDER = "var/lib/rpm"
MAIN = r"""
Name: main
Epoch: 2
Version: 1.5~rc1
Release: 3.el9
Summary: A package of many parts
Summary(de): Ein Paket aus vielen Teilen
License: MIT AND (GPL-2.0-or-later OR Apache-2.0)
Vendor: Example Müller
Packager: Nobody
URL: https://main.example.org/
ModularityLabel: main:5:20240101:abc
BuildArch: x86_64
Requires: /bin/sh, shlib(x86-64) >= 1, /usr/share/many/d0/f0.txt
Requires: (zero or absent), (many if zero), ((absent unless zero) or many)
Requires: (zero with zero(token) >= 1)
Provides: main(virtual) = 7, libmain.so.1()(64bit), libmain.so.1(MAIN_1.0)(64bit)

%description
Main.

%description -l de
Haupt.

%triggerin -- many
echo a trigger

%triggerun -- zero < 3
echo another

%post
echo post

%install
cd %{buildroot}
mkdir -p usr/bin usr/share/doc/main etc/main var/lib/main usr/share/licenses/main
echo '#!/bin/sh' > usr/bin/main
cp usr/bin/main usr/bin/setuid
ln -s main usr/bin/link
ln -s ../../usr/share/none usr/bin/dangling
echo conf > etc/main/main.conf
echo may-go > etc/main/optional.conf
echo may-change > etc/main/changing
echo doc > usr/share/doc/main/README
echo lic > usr/share/licenses/main/COPYING
echo ghost > var/lib/main/ghost
printf 'x' > "usr/share/sp ace"
printf 'x' > usr/share/ümlaut

%files
%attr(0755,root,root) /usr/bin/main
%attr(4711,daemon,mail) /usr/bin/setuid
/usr/bin/link
/usr/bin/dangling
%dir %attr(0750,root,mail) /etc/main
%config(noreplace) /etc/main/main.conf
%config(missingok) /etc/main/optional.conf
%verify(not md5 size mtime mode) /etc/main/changing
%doc /usr/share/doc/main/README
%license /usr/share/licenses/main/COPYING
%ghost /var/lib/main/ghost
"/usr/share/sp ace"
/usr/share/ümlaut

%package -n shlib
Summary: A part
Epoch: 7
Version: 9
Release: 1
Provides: shlib.so.1()(64bit)
Requires: main = 2:1.5~rc1-3.el9

%description -n shlib
Part.

%files -n shlib
"""
MANY = r"""
Name: many
Version: 20230101
Release: 1
Summary: Thousands of files, so that the header spans pages
License: MIT
BuildArch: noarch

%description
Many.

%install
cd %{buildroot}
for d in $(seq 0 9); do
  mkdir -p usr/share/many/d$d
  for f in $(seq 0 249); do echo $d $f > usr/share/many/d$d/f$f.txt; done
done

%files
/usr/share/many
"""
ZERO = r"""
Name: zero
Epoch: 0
Version: 2
Release: 0
Summary: An epoch of zero
License: Public Domain
BuildArch: noarch
Provides: zero(token) = 1
Source0: zero.txt
NoSource: 0

%description
Zero.

%install
mkdir -p %{buildroot}/usr/share/zero
echo zero > %{buildroot}/usr/share/zero/file

%files
/usr/share/zero
"""
SHARED = r"""
Name: shared-{name}
Version: 1
Release: 1
Summary: Two packages with one file
License: MIT
BuildArch: noarch

%description
Shared.

%install
mkdir -p %{{buildroot}}/usr/share/both
echo {name} > %{{buildroot}}/usr/share/both/file

%files
/usr/share/both/file
"""
SPECS = (MAIN, MANY, ZERO, SHARED.format(name="one"), SHARED.format(name="two"))
_DEFINES = {
    "_source_filedigest_algorithm": "8",
    "_binary_filedigest_algorithm": "8",
    "use_source_date_epoch_as_buildtime": "1",
    "clamp_mtime_to_source_date_epoch": "1",
    "_buildhost": "build.example.org",
    "_build_id_links": "none",
    "__os_install_post": "%{nil}",
}


def build(folder: Path, specs: Sequence[str] = SPECS, **defines: str) -> list[Path]:
    """Build binary packages of spec files in `folder` and return them."""
    rpmbuild = require_tool("rpmbuild")
    (folder / "SOURCES").mkdir(parents=True, exist_ok=True)
    (folder / "SOURCES" / "zero.txt").write_text("zero\n")
    given = {**_DEFINES, "_topdir": str(folder), "_dbpath": str(folder / "none"), **defines}
    options = [part for key, value in given.items() for part in ("-D", f"{key} {value}")]
    for number, text in enumerate(specs):
        spec = folder / f"{number}.spec"
        spec.write_text(text, "utf-8")
        env = {"SOURCE_DATE_EPOCH": "1700000000", "LC_ALL": "C.UTF-8"}
        run([rpmbuild, "-bb", "--target", "x86_64", *options, spec], env=env)
    return sorted((folder / "RPMS").rglob("*.rpm"))


def sign(packages: Iterable[Path], home: Path) -> str:
    """Sign packages with a new key and return its ID."""
    gpg, rpmsign = require_tool("gpg"), require_tool("rpmsign")
    home.mkdir(mode=0o700)
    quiet: list[str | Path] = [gpg, "--homedir", home, "--batch", "--passphrase", ""]
    run([*quiet, "--quick-generate-key", "signer@example.org", "rsa2048", "sign"])
    listed = run([gpg, "--homedir", home, "--with-colons", "--list-keys"]).stdout.decode()
    key = next(line.split(":")[4] for line in listed.splitlines() if line.startswith("pub"))
    macros = (f"__gpg {gpg}", f"_gpg_name {key}", f"_gpg_path {home}")
    defines = [part for macro in macros for part in ("-D", macro)]
    run([rpmsign, *defines, "--addsign", *packages])
    return key.lower()


def rpm(database: Path, *arguments: str | Path, backend: str = "sqlite", check: bool = True) -> str:
    """What rpm says of a database in folder `database`."""
    command: list[str | Path] = [
        require_tool("rpm"),
        "--dbpath",
        database,
        "-D",
        f"_db_backend {backend}",
    ]
    done = run([*command, *arguments], env={"LC_ALL": "C.UTF-8"}, check=check)
    return done.stdout.decode("utf-8", "surrogateescape")


def install(database: Path, *arguments: str | Path) -> None:
    """Enter packages into a database of rpm's own, without any files."""
    # Debian's rpm asks whoever installs packages with it whether that is meant.
    options = ("--force-debian", "--justdb", "--nodeps", "--nosignature", "--ignorearch")
    rpm(database, "-i", *options, *arguments)


@contextmanager
def logging(database: Path) -> Iterator[None]:
    """Keep rpm from moving its log into the database when it closes that."""
    with closing(sqlite3.connect(database / "rpmdb.sqlite")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM Packages").fetchall()
        yield


def captured(database: Path, folder: str = FOLDER) -> dict[str, bytes]:
    """The files of a database as an image has them."""
    return {
        f"{folder}/{path.name}": path.read_bytes()
        for path in sorted(database.iterdir())
        if path.name in {"rpmdb.sqlite", "rpmdb.sqlite-wal", "Packages", "Packages.db"}
    }


def headers(database: Path) -> list[bytes]:
    """The headers in a database of rpm's own, read by SQLite itself."""
    with closing(sqlite3.connect(database / "rpmdb.sqlite")) as connection:
        return [row[0] for row in connection.execute("SELECT blob FROM Packages ORDER BY hnum")]


def berkeley(folder: Path, blobs: Sequence[bytes], **settings: int) -> bytes:
    """A Berkeley DB hash database of headers, as rpm kept them before 4.16.

    `settings` are keywords of db_dump(1) such as `db_pagesize` and `db_lorder`.
    """
    order = ">I" if settings.get("db_lorder") == 4321 else "<I"
    pairs = [(0, struct.pack(order, len(blobs) + 1)), *enumerate(blobs, 1)]
    lines = ["VERSION=3", "format=bytevalue", "type=hash"]
    lines += [f"{key}={value}" for key, value in settings.items()]
    lines.append("HEADER=END")
    for number, blob in pairs:
        lines += [f" {struct.pack(order, number).hex()}", f" {blob.hex()}"]
    lines.append("DATA=END\n")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Packages").unlink(missing_ok=True)
    load(folder, lines)
    return (folder / "Packages").read_bytes()


def load(folder: Path, lines: Sequence[str]) -> None:
    """Load a dump, see db_dump(1), into the Berkeley DB database of a folder."""
    dump = folder / "dump"
    dump.write_text("\n".join(lines))
    run([require_tool("db5.3_load"), "-f", dump, folder / "Packages"])
    dump.unlink()


def copy(source: Path, target: Path) -> Path:
    """A copy of a database, for a tool that would change it."""
    shutil.copytree(source, target)
    return target
