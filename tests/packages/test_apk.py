"""apk's installed database: what the cases of `fixtures/packages/apk` do not show."""

from __future__ import annotations

import hashlib
import json
import tarfile

import pytest

from analyzer.packages.catalogers.apk import CATALOGER
from analyzer.packages.contract import Owned
from tests.packages.cases import FOLDER, Case, parse
from tests.support.tools import shared

DATABASE = "lib/apk/db/installed"


def test_origin_is_the_source_and_shares_the_version() -> None:
    """Apk_spec, index key `o`."""
    packages, _ = parse(CATALOGER, {DATABASE: b"P:libssl3\nV:3.3.0-r2\no:openssl\n\n"})
    assert packages[0].source
    assert (packages[0].source.name, packages[0].source.version) == ("openssl", "3.3.0-r2")


def test_virtual_packages_are_kept() -> None:
    packages, problems = parse(CATALOGER, {DATABASE: b"P:.deps\nV:20240501.120000\n\n"})
    assert [package.name for package in packages] == [".deps"]
    assert packages[0].installed
    assert problems == []


@pytest.mark.parametrize("ending", [b"", b"\n"])
def test_a_missing_last_line_break_is_worse_than_a_missing_blank_line(ending: bytes) -> None:
    _, problems = parse(CATALOGER, {DATABASE: b"P:a\nV:1-r0" + ending})
    assert [problem.severity for problem in problems] == ["warning" if ending else "error"]


def test_whatever_is_cut_off_is_noticed() -> None:
    """Cut anywhere but behind a record, a database is never silently shorter."""
    whole = Case(FOLDER / "apk" / "ordinary").files[DATABASE]
    for end in range(1, len(whole)):
        _, problems = parse(CATALOGER, {DATABASE: whole[:end]})
        assert bool(problems) is not whole[:end].endswith(b"\n\n"), end


def test_both_paths_are_read_each_alone() -> None:
    one, other = b"P:a\nV:1-r0\n\n", b"P:b\nV:1-r0\n\n"
    packages, _ = parse(CATALOGER, {DATABASE: one, f"usr/{DATABASE}": other})
    assert [(p.name, p.locations[0].path) for p in packages] == [
        ("a", DATABASE),
        ("b", f"usr/{DATABASE}"),
    ]


def sha1(text: str) -> str:
    """As `Owned` has it."""
    return "sha1:" + hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def sha256_160(text: str) -> str:
    """As apk-tools calls it (`src/crypto.c`)."""
    return "sha256-160:" + hashlib.sha256(text.encode()).hexdigest()[:40]


def owned(files: dict[str, bytes]) -> dict[str, Owned]:
    """What the database says of each path."""
    assert CATALOGER.owns
    return {item.path: item for item in CATALOGER.owns(files)}


def test_files_are_those_that_apk_installed() -> None:
    """`written-by-apk`: the tree that apk made, as `find -printf` lists it."""
    items = owned(Case(FOLDER / "apk" / "written-by-apk").files)
    tree = {
        "etc": ("dir", 0o755, "0", ""),
        "etc/demo": ("dir", 0o750, "0", ""),
        "etc/demo/shadow": ("", 0o640, "42", sha1("secret\n")),
        "lib": ("dir", 0o755, "0", ""),
        "lib/ld-musl-x86_64.so.1": ("", 0o755, "0", sha1("elf\n")),
        # Of links: the target's text.
        "lib/libc.musl-x86_64.so.1": ("", 0o777, "0", sha1("ld-musl-x86_64.so.1")),
        "opt": ("dir", 0o755, "0", ""),
        "opt/v3": ("dir", 0o755, "0", ""),
        # A package of version 3: cut-off SHA-256 under the name of SHA-1 (flag S).
        "opt/v3/file": ("", 0o644, "0", sha256_160("three\n")),
        "opt/v3/link": ("", 0o777, "0", sha256_160("file")),
        "root-file": ("", 0o644, "0", sha1("at the root\n")),
        "tmp": ("dir", 0o1777, "0", ""),
        "usr": ("dir", 0o755, "0", ""),
        "usr/bin": ("dir", 0o755, "0", ""),
        "usr/bin/demo": ("", 0o4755, "0", sha1("#!demo\n")),
        "usr/bin/demo-link": ("", 0o777, "0", sha1("demo")),
        "usr/share": ("dir", 0o755, "0", ""),
        "usr/share/readme": ("", 0o644, "0", sha1("")),
    }
    found = {path: (o.kind, o.mode, o.group, o.digest) for path, o in items.items()}
    assert found == tree
    assert {item.user for item in items.values()} == {"0"}
    assert items["usr/bin/demo"].owner == ("demo", "1.2.3_git20240101-r4", "x86_64")


# FIPS 180-2, appendix A and B: the digests of `abc`.
ABC_SHA1 = "sha1:a9993e364706816aba3e25717850c26c9cd0d89d"
ABC_SHA256 = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Q1qZk+NkcGgWq6PiVxeFDCbJzQ2J0=", ABC_SHA1),
        ("X1a9993e364706816aba3e25717850c26c9cd0d89d", ABC_SHA1),
        ("Q2ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", ABC_SHA256),
        ("Q1ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", ABC_SHA256),
        ("X2ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", ABC_SHA256),
    ],
)
def test_every_writing_of_a_digest(written: str, meant: str) -> None:
    """apk-tools `apk_blob_pull_digest`."""
    data = f"P:a\nV:1-r0\nF:bin\nR:x\nZ:{written}\n\n".encode()
    assert owned({DATABASE: data})["bin/x"].digest == meant
    assert parse(CATALOGER, {DATABASE: data})[1] == []


@pytest.mark.parametrize(
    "lines",
    [
        "R:file-without-folder",
        "F:bin\nZ:Q1qZk+NkcGgWq6PiVxeFDCbJzQ2J0=",
        "F:bin\nR:x\nZ:Q1short",
        "F:bin\nR:x\nZ:Q3qZk+NkcGgWq6PiVxeFDCbJzQ2J0=",
        "F:bin\nR:x\nZ:X1zz",
        "F:bin\nM:root:root:755",
        "F:bin\nR:x\na:0:0:999",
        "F:bin\na:0:0:755",
    ],
)
def test_lines_about_files_that_cannot_be_read_are_noticed(lines: str) -> None:
    """Where apk refuses the database ("FDB format error")."""
    packages, problems = parse(CATALOGER, {DATABASE: f"P:a\nV:1-r0\n{lines}\n\n".encode()})
    assert [package.name for package in packages] == ["a"]
    assert [problem.severity for problem in problems] == ["error"]


def test_dependencies_have_no_versions_and_no_conflicts() -> None:
    """apk-package(5), "depend" and "provides"."""
    data = (
        b"P:a\nV:1-r0\nD:so:libz.so.1 b>=1.2 c~3 d<2 !e f=1-r0 b><Q1x g\np:cmd:a=1-r0 pc:a=2 v\n\n"
    )
    (package,), problems = parse(CATALOGER, {DATABASE: data})
    assert package.requires == (("so:libz.so.1",), ("b",), ("c",), ("d",), ("f",), ("g",))
    assert package.provides == ("cmd:a", "pc:a", "v")
    assert problems == []


@pytest.mark.parametrize(
    "path",
    ["chainguard-dev-apko/installed", "google-osv-scalibr/installed", "kubernetes-sigs-bom/apkdb"],
)
def test_every_file_of_real_databases_has_an_owner_and_a_digest(path: str) -> None:
    data = shared("corpus", "apk", *path.split("/")).read_bytes()
    assert CATALOGER.owns
    items = list(CATALOGER.owns({DATABASE: data}))
    files = [item for item in items if item.kind != "dir"]
    assert len(files) == data.count(b"\nR:")
    assert sum(bool(item.digest) for item in files) == data.count(b"\nZ:")
    assert len(items) - len(files) == data.count(b"\nF:") - data.count(b"\nF:\n")


def test_files_are_those_that_scancode_finds() -> None:
    """Of a real layer, whose links are whole while its files are cut to nothing."""
    folder = "apk/aboutcode-org-scancode-toolkit"
    archive = shared("corpus", folder, "alpine-container-layer.tar.xz")
    golden = "goldens/alpine-container-layer.tar.xz-get-installed-expected.json"
    with tarfile.open(archive) as layer:
        members = {member.name.removeprefix("./"): member for member in layer}
        database = layer.extractfile(members[DATABASE])
        assert database
        items = owned({DATABASE: database.read()})
    for package in json.loads(shared("corpus", folder, golden).read_bytes()):
        listed = {entry["path"].partition("/")[2] for entry in package["resources"]}
        missing = package["extra_data"].get("missing_file_references") or []
        listed |= {entry["path"] for entry in missing}
        ours = {o.path for o in items.values() if o.owner[0] == package["name"] and not o.kind}
        assert ours == listed, package["name"]
    links = {
        path: members[path].linkname for path in items if path in members and members[path].issym()
    }
    assert len(links) > 20
    assert {path: items[path].digest for path in links} == {p: sha1(t) for p, t in links.items()}
