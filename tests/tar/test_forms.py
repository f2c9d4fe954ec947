"""Forms of headers and records that Go, GNU tar, bsdtar and Python read differently.

Ours is what Go's reader gives; each case names what the others were seen to make of it.
"""

from __future__ import annotations

import os
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from analyzer.problems import Code, Severity
from tests.support.gotar import GoAnswer, go_tar
from tests.support.imagebuilder import ImageBuilder
from tests.support.tarbytes import header, member, pad, pax_records
from tests.support.tools import require_tool, run
from tests.support.unpacking import REFUSED, umoci
from tests.tar.test_conflicts import bent, pax
from tests.tar.test_sparse import old_gnu
from tests.tar.walking import END, walk

Names = tuple[str, ...]
CONFLICT, ODD, DEPENDS = Code.HEADER_CONFLICT, Code.ODD_NUMBER, Code.RUNTIME_DEPENDENT
GNU = b"ustar  \0"
TIME = b"14524770400\0"


def gnu(name: bytes, behind: bytes, data: bytes = b"") -> bytes:
    """A GNU header with what POSIX calls a prefix."""
    return bent(bent(header(name, len(data)), 257, GNU), 345, behind) + pad(data)


def star(name: bytes, prefix: bytes, times: bytes = TIME + TIME) -> bytes:
    return bent(header(name), 345, prefix.ljust(131, b"\0") + times + bytes(8) + b"tar\0")


def sparse(kind: bytes = b"0", name: bytes = b"evil", data: bytes = b"", **more: bytes) -> bytes:
    """An entry with records of a sparse file, `major` for `GNU.sparse.major`."""
    stated = {f"GNU.sparse.{key}": value for key, value in more.items()}
    records = member(b"PaxHeaders/x", pax_records(stated), b"x")
    return records + header(name, len(data), kind, link=b"a") + pad(data)


MAP = b"1\n0\n4\n".ljust(512, b"\0") + b"data"


@dataclass(frozen=True)
class Case:
    """An archive without its end, what is told of it, and the names that readers list.

    None where a reader refuses the archive or complains about the entry.
    """

    archive: bytes
    code: Code
    says: str
    go: Names | None
    gnu: Names | None
    bsd: Names | None
    python: Names | None
    severity: Severity = Severity.WARNING


LONG = "p" * 131
CASES = {
    "a prefix in a GNU header": Case(
        gnu(b".wh.a", b"b") + gnu(b"sh", b"usr/bin", b"#!"),
        CONFLICT,
        "at byte 512: engines read the name 'usr/bin/sh', GNU tar and bsdtar read 'sh'",
        ("b/.wh.a", "usr/bin/sh"),
        (".wh.a", "sh"),
        (".wh.a", "sh"),
        ("b/.wh.a", "usr/bin/sh"),
    ),
    "a prefix in a GNU header that is not ASCII": Case(
        gnu(b"name", "é".encode()),
        CONFLICT,
        "engines read the name 'name', Python reads 'é/name'",
        ("name",),
        ("name",),
        ("name",),
        ("é/name",),
        Severity.NOTE,
    ),
    "times in a GNU header": Case(
        gnu(b"name", TIME + TIME),
        CONFLICT,
        "engines read the name 'name', Python reads '14524770400/name'",
        ("name",),
        ("name",),
        ("name",),
        ("14524770400/name",),
        Severity.NOTE,
    ),
    "a prefix without a magic number": Case(
        bent(bent(header(b"name"), 257, bytes(8)), 345, b"pre"),
        CONFLICT,
        "engines read the name 'name', Python reads 'pre/name'",
        ("name",),
        ("name",),
        ("name",),
        ("pre/name",),
        Severity.NOTE,
    ),
    "a star header with a long prefix": Case(
        star(b"name", b"p" * 131),
        CONFLICT,
        f"engines read the name '{LONG}/name', GNU tar, bsdtar and Python read '{LONG}14524770400",
        (f"{LONG}/name",),
        (f"{LONG}14524770400/name",),
        (f"{LONG}14524770400/name",),
        (f"{LONG}14524770400/name",),
    ),
    "a star header with no times": Case(
        star(b"name", b"pre", b"x" * 24),
        DEPENDS,
        "at byte 0 has times of a star header that are no numbers; engines refuse the layer",
        None,
        ("pre/name",),
        ("pre/name",),
        ("pre/name",),
    ),
    "a file with a slash": Case(
        member(b"name/", b"data"),
        CONFLICT,
        "'name/' at byte 0 is a file for engines and Python, a directory for GNU tar and bsdtar",
        ("name/",),
        ("name/",),
        ("name/",),
        ("name/",),
    ),
    "the size of a sparse file alone": Case(
        sparse(name=b".wh.a", size=b"0") + member(b"b"),
        CONFLICT,
        "'.wh.a' at byte 1024: pax GNU.sparse.size '0' in no form",
        (".wh.a", "b"),
        (".wh.a", "b"),
        (".wh.a", "b"),
        (".wh.a", "b"),
    ),
    "a sparse name of a whiteout": Case(
        member(b"x", pax_records({"GNU.sparse.name": b"foo"}), b"x") + member(b".wh.a"),
        CONFLICT,
        "pax GNU.sparse.name 'foo' in no form of sparse files that engines know; they pass over it",
        (".wh.a",),
        ("foo",),
        ("foo",),
        ("foo",),
    ),
    "a sparse name of a link": Case(
        member(b"x", pax_records({"GNU.sparse.name": b"foo"}), b"x")
        + header(b"s", flag=b"2", link=b"a"),
        CONFLICT,
        "pax GNU.sparse.name 'foo' in no form",
        ("s",),
        ("foo",),
        None,
        ("foo",),
    ),
    "a sparse file of an unknown version": Case(
        sparse(data=b"data", major=b"2", minor=b"0", realsize=b"4"),
        CONFLICT,
        "pax GNU.sparse.major '2'",
        ("evil",),
        None,
        None,
        ("evil",),
    ),
    "a directory with a sparse map": Case(
        sparse(b"5", major=b"1", minor=b"0", realsize=b"0") + member(b"b"),
        DEPENDS,
        "at byte 1024 has a sparse map, and no data; engines refuse the layer",
        None,
        None,
        None,
        None,
    ),
    "a sparse map that is not counted": Case(
        sparse(data=b"data", size=b"4", map=b"0,4"),
        DEPENDS,
        "has a sparse map without the right number of its segments; engines refuse the layer",
        None,
        None,
        ("evil",),
        ("evil",),
    ),
    "a size with a sign": Case(
        pax(size=b"+4") + header(b"a") + pad(b"data") + member(b"b"),
        ODD,
        "pax size of the entry at byte 1024: +4, which engines and Python take; GNU tar refuses",
        ("a", "b"),
        None,
        ("a", "b"),
        ("a", "b"),
    ),
    "a negative owner": Case(
        pax(uid=b"-1") + header(b"a"),
        ODD,
        "pax uid of the entry at byte 1024: -1, which engines and Python take; GNU tar refuses",
        ("a",),
        None,
        ("a",),
        ("a",),
    ),
    "a time with a sign": Case(
        pax(mtime=b"+5") + header(b"a"),
        ODD,
        "pax mtime of the entry at byte 1024: +5",
        ("a",),
        None,
        ("a",),
        ("a",),
    ),
    "a record whose length has a sign": Case(
        member(b"x", b"+13 path=foo\n", b"x") + header(b"h"),
        CONFLICT,
        "before byte 1024: the length of an extended record has a sign, which engines take",
        ("foo",),
        None,
        None,
        ("h",),
    ),
    "zeros behind the records": Case(
        member(b"x", b"12 path=foo\n" + bytes(3), b"x") + header(b"h"),
        DEPENDS,
        "before byte 1024: zeros behind the records of an extended header; engines refuse",
        None,
        ("foo",),
        None,
        ("foo",),
    ),
    "a pax header larger than a mebibyte": Case(
        pax(comment=b"c" * (1 << 20)) + header(b"h"),
        DEPENDS,
        "before byte 1049600: an extended header of 1048593 bytes; engines refuse the layer",
        None,
        ("h",),
        None,
        ("h",),
    ),
    "a pax record without a key": Case(
        member(b"x", b"5 =a\n", b"x") + header(b"h"),
        DEPENDS,
        "has a pax record without a key, or with a NUL in it; engines refuse the layer",
        None,
        ("h",),
        None,
        ("h",),
    ),
    "a NUL in an owner's name": Case(
        pax(uname=b"a\0b") + header(b"h"),
        DEPENDS,
        "at byte 1024 has a NUL in pax uname; engines refuse the layer",
        None,
        ("h",),
        ("h",),
        ("h",),
    ),
    "an access time that is none": Case(
        pax(atime=b"foo") + header(b"h"),
        DEPENDS,
        "has pax atime: time is no number: b'foo'; engines refuse the layer",
        None,
        None,
        ("h",),
        ("h",),
    ),
    "an owner replaced that is no number": Case(
        pax(uid=b"5") + bent(header(b"h"), 108, b"zzzzzzz\0"),
        DEPENDS,
        "has a header with a uid that is no number; engines refuse the layer",
        None,
        None,
        ("h",),
        None,
    ),
    "a file with device numbers that are none": Case(
        bent(header(b"h"), 329, b"zzzz"),
        DEPENDS,
        "at byte 0 has device numbers that are none; engines refuse the layer",
        None,
        ("h",),
        None,
        None,
    ),
    "an extended header with an owner that is no number": Case(
        bent(header(b"x", 12, b"x"), 108, b"zzzzzzz\0") + pad(b"12 path=foo\n") + header(b"h"),
        DEPENDS,
        "the extended header at byte 0 has a number that is none; engines refuse the layer",
        None,
        ("foo",),
        None,
        None,
    ),
    "a damaged global header": Case(
        member(b"g", b"rubbish", b"g") + header(b"h"),
        DEPENDS,
        "before byte 1024: a global header that is damaged",
        None,
        None,
        ("h",),
        ("h",),
    ),
}


@pytest.fixture(scope="module")
def ask() -> Iterator[Callable[[bytes], GoAnswer]]:
    with go_tar() as reader:
        yield reader


@pytest.mark.parametrize("name", CASES)
def test_it_is_told_and_read_as_go_reads_it(name: str, ask: Callable[[bytes], GoAnswer]) -> None:
    case = CASES[name]
    seen = walk(case.archive + END)
    (told,) = [p for p in seen.problems if p.code is case.code and case.says in p.detail]
    assert told.severity is case.severity
    answer = ask(case.archive + END)
    assert bool(answer.problem) is (case.go is None)
    if case.go is not None:
        assert tuple(entry.name.decode() for entry in answer.entries) == case.go
        assert seen.paths == [name.rstrip("/") for name in case.go]
        assert not any("engines refuse" in p.detail for p in seen.problems)


@pytest.mark.parametrize("name", CASES)
def test_other_readers_list_what_we_say(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    path = tmp_path / "layer.tar"
    path.write_bytes(case.archive + END)
    env = {"LC_ALL": "C.UTF-8"}
    for tool, expected in (("tar", case.gnu), ("bsdtar", case.bsd)):
        done = run([require_tool(tool), "-tf", path], check=False, env=env)
        listed = tuple(done.stdout.decode().split())
        assert (listed if done.returncode == 0 else None) == expected, (tool, done.stderr)
    try:
        with tarfile.open(path) as archive:
            found: Names | None = tuple(archive.getnames())
    except (tarfile.ReadError, ValueError):
        found = None
    assert found == case.python


ENGINES = {
    "a prefix in a GNU header": {"a": b"lower", "usr/bin/sh": b"#!"},
    "a star header with a long prefix": {"a": b"lower", f"{LONG}/name": b""},
    "a sparse name of a whiteout": {},
    "a size with a sign": {"a": b"data", "b": b""},
    "zeros behind the records": REFUSED,
    "a sparse map that is not counted": REFUSED,
    "an access time that is none": REFUSED,
}
UNMADE = {
    "a link to nothing": header(b"s", flag=b"2"),
    "an extended attribute without a name": member(b"x", pax_records({"SCHILY.xattr.": b"v"}), b"x")
    + header(b"h"),
}
"""Go's reader gives them; the kernel refuses to make them: symlink(2), setxattr(2)."""


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_makes_that_tree(name: str, tmp_path: Path) -> None:
    lower = ImageBuilder().layer({"a": b"lower"})
    shown = umoci(lower.layer(raw_tar=CASES[name].archive + END), tmp_path)
    if isinstance(shown, dict):
        shown = {path: row for path, row in shown.items() if row != "directory"}
    assert shown == ENGINES[name]


@pytest.mark.parametrize("what", UNMADE)
def test_what_no_engine_can_make_is_told(what: str, tmp_path: Path) -> None:
    archive = UNMADE[what] + END
    (told,) = [p for p in walk(archive).problems if what in p.detail]
    assert told.code is DEPENDS
    assert told.detail.endswith("; engines refuse the layer")
    assert umoci(ImageBuilder().layer(raw_tar=archive), tmp_path) == REFUSED


def test_attributes_in_the_form_of_libarchive_are_set_by_bsdtar_alone(
    tmp_path: Path, ask: Callable[[bytes], GoAnswer]
) -> None:
    records = {"LIBARCHIVE.xattr.user.a": b"aGVsbG8=", "SCHILY.xattr.user.b": b"1"}
    archive = member(b"x", pax_records(records), b"x") + header(b"h") + END
    (tmp_path / "layer.tar").write_bytes(archive)
    written = run([require_tool("bsdtar"), "-cf", "-", "--format=pax", "@layer.tar"], cwd=tmp_path)
    assert walk(written.stdout).entries[0].xattrs == {"user.a": b"hello", "user.b": b"1"}
    assert not walk(written.stdout).problems
    (tmp_path / "out").mkdir()
    run([require_tool("tar"), "--xattrs", "-xf", "layer.tar", "-C", "out"], cwd=tmp_path)
    seen = walk(archive)
    assert seen.entries[0].xattrs == ask(archive).entries[0].xattrs == {"user.b": b"1"}
    (told,) = seen.problems
    assert told.code is CONFLICT
    assert "attribute 'user.a' as bsdtar alone takes it, engines pass over it" in told.detail
    unpacked = tmp_path / "out" / "h"
    if os.listxattr(unpacked):  # where the file system has them
        assert os.listxattr(unpacked) == ["user.b"]


TYPES = {"S": old_gnu([(10, 4)], 100, b"data")}
TYPES |= {kind: member(b"holes", b"data", kind.encode()) for kind in "7QVDX"}


@pytest.mark.parametrize("kind", TYPES)
def test_types_that_no_engine_makes_files_of_are_told(kind: str, tmp_path: Path) -> None:
    """Go's reader passes them on; containerd, docker and podman were watched, too."""
    seen = walk(TYPES[kind] + END)
    assert seen.paths == ["holes"]
    (told,) = seen.problems + seen.sparse
    assert told.detail.endswith("engines refuse the layer")
    assert umoci(ImageBuilder().layer(raw_tar=TYPES[kind] + END), tmp_path) == REFUSED
