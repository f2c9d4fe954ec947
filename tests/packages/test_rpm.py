"""rpm's databases as rpm itself wrote them, against what rpm says of them."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from analyzer.packages.catalogers.rpm import CATALOGER
from analyzer.packages.contract import Owned, Package
from analyzer.packages.formats import rpmheader
from analyzer.packages.formats.rpmheader import Header
from tests.packages.cases import parse
from tests.support import rpms
from tests.support.tools import unavailable

FIELDS = [
    *(
        "NAME",
        "EVR",
        "ARCH",
        "SOURCERPM",
        "LICENSE",
        "VENDOR",
        "PACKAGER",
        "URL",
        "MODULARITYLABEL",
    ),
    "RSAHEADER:pgpsig",
]
QUERY = "\\t".join(f"%{{{field}}}" for field in FIELDS) + "\\n"
FILE_FIELDS = [
    *("FILENAMES", "FILEMODES:octal", "FILESIZES", "FILEDIGESTS", "FILEUSERNAME"),
    *("FILEGROUPNAME", "FILELINKTOS", "FILEFLAGS:fflags", "FILESTATES", "FILEVERIFYFLAGS"),
]
FILE_QUERY = "[" + "\\t".join(f"%{{{field}}}" for field in FILE_FIELDS) + "\\n]"
FORMS = ["sqlite", "log", "bdb-little", "bdb-big", "bdb-small-pages", "bdb-large-pages"]


@dataclass(frozen=True)
class World:
    """Packages, a database of them in each form, and who signed one of them."""

    packages: list[Path]
    folders: dict[str, Path]
    key: str

    def files(self, form: str) -> dict[str, bytes]:
        """What an image has of a database."""
        return rpms.captured(self.folders[form])

    def rpm(self, form: str, *arguments: str) -> str:
        """What rpm says of a database; it moves the log of one, so it is given a copy."""
        folder = self.folders[form]
        copy = folder.parent / f"{folder.name}-asked"
        if not copy.exists():
            rpms.copy(folder, copy)
        return rpms.rpm(copy, *arguments, backend="bdb_ro" if "bdb" in form else "sqlite")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("rpm")
    packages = rpms.build(folder / "build")
    key = rpms.sign([path for path in packages if path.name.startswith("main")], folder / "gpg")
    database = folder / "sqlite"
    database.mkdir()
    late = [path for path in packages if "shared-two" in path.name]
    rpms.install(database, *(path for path in packages if path not in late))
    with rpms.logging(database):
        rpms.install(database, "--replacefiles", *late)
        logged = rpms.copy(database, folder / "log")
    assert (logged / "rpmdb.sqlite-wal").stat().st_size
    assert not (database / "rpmdb.sqlite-wal").exists()
    blobs = rpms.headers(database)
    folders = {"sqlite": database, "log": logged}
    for name, settings in {
        "bdb-little": {"db_pagesize": 4096, "db_lorder": 1234},
        "bdb-big": {"db_pagesize": 4096, "db_lorder": 4321},
        "bdb-small-pages": {"db_pagesize": 512},
        "bdb-large-pages": {"db_pagesize": 65536},
    }.items():
        folders[name] = folder / name
        rpms.berkeley(folder / name, blobs, **settings)
    return World(packages, folders, key)


def rows(text: str) -> list[list[str]]:
    """Lines of fields as rpm printed them."""
    return [line.split("\t") for line in text.splitlines()]


def parties(row: list[str]) -> list[str]:
    """A row of `QUERY` with supplier and originator for vendor and packager.

    The packager of a package without a vendor supplies it; one that is the vendor says nothing new.
    """
    place = FIELDS.index("VENDOR")
    vendor, packager = row[place : place + 2]
    alone = vendor in {"(none)", packager}
    supplier = packager if vendor == "(none)" else vendor
    return [*row[:place], supplier, "(none)" if alone else packager, *row[place + 2 :]]


def found(files: dict[str, bytes]) -> list[Package]:
    packages, problems = parse(CATALOGER, files)
    assert problems == []
    return packages


def owned(files: dict[str, bytes]) -> Iterator[Owned]:
    assert CATALOGER.owns
    yield from CATALOGER.owns(files)


def told(package: Package) -> list[str]:
    """A package in the words of `QUERY`, but for the signature, of which the key is told."""
    source = package.source
    qualifiers = dict(package.qualifiers)
    file_name = f"{source.name}-{source.version}.src.rpm" if source else "(none)"
    return [
        *(package.name, package.version, package.arch, qualifiers.get("upstream", file_name)),
        *package.licenses,
        package.supplier or "(none)",
        package.originator or "(none)",
        package.homepage or "(none)",
        qualifiers.get("rpmmod", "(none)"),
        package.signed_by,
    ]


@pytest.mark.parametrize("form", FORMS)
def test_packages_are_those_of_rpm(world: World, form: str) -> None:
    asked = [parties(row) for row in rows(world.rpm(form, "-qa", "--qf", QUERY))]
    expected = [[*row[:-1], row[-1].rpartition("Key ID ")[2].strip("()")] for row in asked]
    expected = [[*row[:-1], "" if row[-1] == "none" else row[-1]] for row in expected]
    assert sorted(map(told, found(world.files(form)))) == sorted(expected)
    assert len(expected) == len(world.packages)
    assert {row[-1] for row in expected} == {"", world.key}


def test_database_without_its_log_is_what_sqlite_reads_without_it(world: World) -> None:
    files = world.files("log")
    del files[f"{rpms.FOLDER}/rpmdb.sqlite-wal"]
    names = {package.name for package in found(files)}
    assert {package.name for package in found(world.files("log"))} - names == {"shared-two"}
    assert len(names) == len(world.packages) - 1


@pytest.mark.parametrize("form", FORMS)
def test_files_are_those_of_rpm(world: World, form: str) -> None:
    expected = {}
    for package in found(world.files(form)):
        for row in rows(world.rpm(form, "-qa", "--qf", FILE_QUERY, package.name)):
            if row[8] not in {"2", "3"}:
                expected[package.name, row[0]] = row
    ours = {(entry.owner[0], f"/{entry.path}"): entry for entry in owned(world.files(form))}
    assert ours.keys() == expected.keys()
    for key, row in expected.items():
        assert facts(ours[key]) == expected_facts(row), key
    names = {path for _, path in ours}
    assert {"/usr/bin/main", "/usr/share/many/d9/f249.txt", "/usr/share/ümlaut"} <= names


def facts(entry: Owned) -> tuple[object, ...]:
    return (entry.kind, entry.digest, entry.size, entry.mode, *entry[6:])


def expected_facts(row: list[str]) -> tuple[object, ...]:
    """By rpm's man page ("VERIFY OPTIONS") and `rpmfilesVerify`: what rpm would look at."""
    _, mode, size, digest, user, group, target, letters, state, verify = row
    words = {"c": "config", "d": "doc", "g": "ghost", "m": "missing-ok", "l": "licence"}
    flags = tuple(sorted(words[letter] for letter in letters if letter in words))
    if state == "1":
        return ("", "", None, None, "", "", "", flags)
    bits = int(mode, 8)
    kind = {0o100000: "file", 0o040000: "dir", 0o120000: "link"}[stat.S_IFMT(bits)]
    file = kind == "file" and "ghost" not in flags
    verified = int(verify)
    return (
        kind,
        f"sha256:{digest}" if file and verified & 1 else "",
        int(size) if file and verified & 2 else None,
        stat.S_IMODE(bits) if kind != "link" and verified & 64 else None,
        user if verified & 8 else "",
        group if verified & 16 else "",
        target if kind == "link" and "ghost" not in flags and verified & 4 else "",
        flags,
    )


def test_list_of_files_is_that_of_rpm(world: World) -> None:
    """`rpm -qlv`: permissions, owner, group, and targets behind an arrow."""
    listed = world.rpm("sqlite", "-qlv", "main").splitlines()
    entries = {e.path: e for e in owned(world.files("sqlite")) if e.owner[0] == "main"}
    asked = 0
    for line in listed:
        words, _, path = line.partition(" /")
        path, _, target = path.partition(" -> ")
        permissions, _, user, group = words.split()[:4]
        entry = entries[path]
        kind = {"file": "-", "dir": "d", "link": "l", "other": "?", "": "?"}[entry.kind]
        assert (entry.user, entry.group, entry.target) == (user, group, target)
        assert permissions[0] == kind
        if entry.mode is not None:
            asked += 1
            assert stat.filemode(entry.mode)[1:] == permissions[1:]
    assert asked > len(entries) // 2


@pytest.mark.parametrize("form", FORMS)
def test_names_provided_are_those_of_rpm_and_files_that_are_asked_for(
    world: World, form: str
) -> None:
    for package in found(world.files(form)):
        asked = world.rpm(form, "-qa", "--qf", "[%{PROVIDENAME}\\n]", package.name)
        files = {"/usr/share/many/d0/f0.txt"} if package.name == "many" else set()
        assert set(package.provides) == {*asked.splitlines(), *files} - {package.name}


@pytest.mark.parametrize("form", FORMS)
def test_names_required_are_those_of_rpm(world: World, form: str) -> None:
    for package in found(world.files(form)):
        asked = world.rpm(form, "-qa", "--qf", "[%{REQUIRENAME}\\n]", package.name).splitlines()
        simple = {name for name in asked if not name.startswith(("(", "rpmlib("))}
        rich = {name for name in asked if name.startswith("(")}
        first = {tokens[0] for tokens in package.requires}
        assert simple <= first
        if package.name == "main":
            assert len(rich) == 4
            assert first - simple == {"zero", "many", "zero(token)"}
            assert ("zero", "absent") in package.requires
            assert ("/bin/sh", "/usr/bin/sh") in package.requires
        else:
            assert (rich, first) == (set(), simple)


def test_first_text_of_many_languages_is_that_of_none(world: World) -> None:
    blobs = [Header(blob) for blob in rpms.headers(world.folders["sqlite"])]
    summaries = {h.string(rpmheader.NAME): h.string(rpmheader.SUMMARY).decode() for h in blobs}
    asked = rows(world.rpm("sqlite", "-qa", "--qf", "%{NAME}\\t%{SUMMARY}\\n"))
    assert {name.decode(): text for name, text in summaries.items()} == dict(asked)
    main = next(h for h in blobs if h.string(rpmheader.NAME) == b"main")
    assert b"Ein Paket aus vielen Teilen" in main.strings(rpmheader.SUMMARY)


def differences(entry: Owned, root: Path) -> str:
    """The letters of `rpm -V` for one file, but for those that `Owned` does not speak of."""
    path = root / entry.path
    if not path.is_symlink() and not path.exists():
        return "" if {"ghost", "missing-ok"} & set(entry.flags) else "missing"
    about = path.lstat()
    letters = ""
    if entry.size not in {None, about.st_size}:
        letters += "S"
    if entry.mode not in {None, stat.S_IMODE(about.st_mode)}:
        letters += "M"
    if entry.digest and entry.digest != f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}":
        letters += "5"
    if entry.target and entry.target != str(path.readlink()):
        letters += "L"
    return letters


def test_verifying_by_these_facts_finds_what_rpm_finds(world: World, tmp_path: Path) -> None:
    if os.geteuid():
        unavailable("only root can install packages into a folder")
    root = tmp_path / "root"
    database = root / rpms.FOLDER
    database.mkdir(parents=True)
    mains = [path for path in world.packages if "many" not in path.name]
    options = ("--force-debian", "--nodeps", "--nosignature", "--noscripts", "--notriggers")
    for package in mains:
        rpms.rpm(
            Path(f"/{rpms.FOLDER}"),
            *("--root", root, "-i", *options, "--ignorearch", "--replacefiles", "--excludedocs"),
            package,
        )
    about = rpms.rpm(Path(f"/{rpms.FOLDER}"), "--root", root, "-q", "--state", "main", "shared-one")
    assert "not installed /usr/share/doc/main/README" in about
    assert "replaced      /usr/share/both/file" in about
    listed = {entry.path: entry for entry in owned(rpms.captured(database))}
    assert "usr/share/doc/main/README" not in listed
    damage(root)
    # rpm ends with 1 where it finds something.
    said = rpms.rpm(
        Path(f"/{rpms.FOLDER}"), "--root", root, "-Va", "--nodeps", "--nouser", "--nogroup",
        check=False,
    )  # fmt: skip
    theirs = {}
    for line in said.splitlines():
        letters, path = line[:9], line[13:]
        word = "missing" if line.startswith("missing") else letters
        # `g` and `m` files may go, and rpm says so in the column of the attributes.
        kept = "missing" if word == "missing" else "".join(c for c in word if c in "SM5L")
        if kept and not (kept == "missing" and line[10:12].strip() in {"g", "m"}):
            theirs[path.lstrip("/")] = kept
    ours = {e.path: d for e in owned(rpms.captured(database)) if (d := differences(e, root))}
    assert ours == theirs
    assert theirs.keys() == {
        *("usr/bin/main", "usr/bin/setuid", "usr/bin/link", "etc/main/main.conf"),
        *("usr/share/zero/file", "usr/share/licenses/main/COPYING"),
    }


def damage(root: Path) -> None:
    """Do to installed files what a verification finds, and what it passes over."""
    (root / "usr/bin/main").write_text("changed in content and size\n")
    (root / "usr/bin/setuid").chmod(0o755)
    (root / "usr/bin/link").unlink()
    (root / "usr/bin/link").symlink_to("elsewhere")
    (root / "etc/main/main.conf").write_text("CONF\n")
    (root / "etc/main/changing").write_text("this may change\n")
    (root / "etc/main/optional.conf").unlink()
    (root / "usr/share/zero/file").unlink()
    (root / "usr/share/licenses/main/COPYING").write_text("lie\n")
