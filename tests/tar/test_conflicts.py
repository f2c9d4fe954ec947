"""Headers that readers understand differently: what we take is what Go takes, and it is told.

umoci stands for Go's archive/tar, which all engines use; Python's tarfile and GNU tar differ.
"""

from __future__ import annotations

import io
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from analyzer.problems import Code, Severity
from tests.support.imagebuilder import ImageBuilder
from tests.support.tarbytes import header, member, pax_records
from tests.support.tools import require_tool, run
from tests.support.unpacking import REFUSED, podman_engine, umoci
from tests.tar.walking import END, walk

INNER = member(b"hidden", b"H")


def pax(kind: bytes = b"x", /, **records: bytes) -> bytes:
    return member(b"PaxHeaders/x", pax_records(records), kind)


def long(name: bytes, kind: bytes = b"L") -> bytes:
    return member(b"././@LongLink", name + b"\0", kind)


def bent(block: bytes, start: int, raw: bytes) -> bytes:
    """A header with other bytes from `start` on, and the checksum for them."""
    bad = bytearray(block)
    bad[start : start + len(raw)] = raw
    bad[148:156] = b" " * 8
    bad[148:156] = b"%06o\0 " % sum(bad[:512])
    return bytes(bad)


@dataclass(frozen=True)
class Case:
    """An archive without its end, and the names that readers see in it."""

    archive: bytes
    code: Code
    says: str
    go: tuple[str, ...] | None
    """None: refused."""
    python: tuple[str, ...] | None
    gnu: tuple[str, ...] | None = None
    """Only where GNU tar is a witness."""


CONFLICT, ODD = Code.HEADER_CONFLICT, Code.ODD_NUMBER
CASES = {
    "two pax headers": Case(
        pax(path=b"first") + pax(uname=b"u") + member(b"header", b"d"),
        CONFLICT,
        "before byte 2048: two extended headers of a kind",
        ("header",),
        ("first",),
        ("header",),
    ),
    "two long names": Case(
        long(b"one") + long(b"two") + member(b"header", b"d"),
        CONFLICT,
        "before byte 2048: two extended headers of a kind",
        ("two",),
        ("one",),
        ("two",),
    ),
    "a long name and a pax path": Case(
        long(b"one") + pax(path=b"two") + member(b"header", b"d"),
        CONFLICT,
        "at byte 2048: pax path 'two', GNU long name 'one'",
        ("one",),
        ("one",),
        ("two",),
    ),
    "a pax path and another name": Case(
        pax(path=b"paxname") + member(b"headername", b"d"),
        CONFLICT,
        "at byte 1024: pax path 'paxname', which engines take, header 'headername'",
        ("paxname",),
        ("paxname",),
    ),
    "a pax path with a NUL": Case(
        pax(path=b"a\0b") + member(b"headername", b"d"),
        CONFLICT,
        "pax path 'a\\x00b', for which engines refuse the layer, header 'headername'",
        None,
        ("a\0b",),
    ),
    "a pax size larger than the header's": Case(
        pax(size=b"1024") + header(b"outer", 0) + INNER,
        CONFLICT,
        "at byte 1024: pax size 1024, which engines take, header 0",
        ("outer",),
        ("outer",),
    ),
    "a pax size smaller than the header's": Case(
        pax(size=b"0") + header(b"outer", 1024) + INNER,
        CONFLICT,
        "at byte 1024: pax size 0, which engines take, header 1024",
        ("outer", "hidden"),
        ("outer", "hidden"),
    ),
    "data of a link": Case(
        header(b"s", 1024, b"2", link=b"a") + INNER,
        CONFLICT,
        "'s' at byte 0 is no file but states 1024 bytes of data",
        ("s", "hidden"),
        ("s", "hidden"),
        ("s",),
    ),
    "a size behind a NUL": Case(
        bent(header(b"outer"), 124, b"\x000000002000\0") + INNER,
        ODD,
        "size of the entry at byte 0: NUL before the digits",
        ("outer",),
        ("outer", "hidden"),
        ("outer",),
    ),
    "a size with rubbish behind it": Case(
        bent(header(b"outer"), 124, b"2000 \0x\0\0\0\0\0") + INNER,
        ODD,
        "size of the entry at byte 0: bytes other than octal digits",
        None,
        ("outer",),
    ),
    "a size in base-256 that needs none": Case(
        bent(header(b"outer"), 124, b"\x80" + bytes(9) + b"\x04\0") + INNER,
        ODD,
        "size of the entry at byte 0: base-256 where octal digits would do",
        ("outer",),
        ("outer",),
        ("outer",),
    ),
    "an owner in base-256 with bits that Python refuses": Case(
        bent(header(b"a"), 108, b"\x81\0\0\0\0\0\0\x07"),
        ODD,
        "uid of the entry at byte 0: base-256 with more bits",
        ("a",),
        None,
    ),
    "a negative owner": Case(
        bent(header(b"a"), 108, b"\xff" * 8),
        ODD,
        "uid of the entry at byte 0: a negative number",
        ("a",),
        ("a",),
    ),
    "a lone zero block": Case(
        member(b"a", b"d") + bytes(512) + member(b"b", b"e"),
        Code.RUNTIME_DEPENDENT,
        "a single zero block stands between entries, at byte 1024",
        None,
        ("a",),
        ("a",),
    ),
    "a damaged header": Case(
        member(b"a", b"d") + b"\1" * 512 + member(b"b", b"e"),
        Code.HEADER_DAMAGED,
        "at byte 1024 (the checksum does not fit); 512 bytes not understood, up to byte 1535",
        None,
        ("a",),
        ("a", "b"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_told_with_its_byte_and_read_as_go_reads_it(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    seen = walk(case.archive + END)
    assert [p for p in seen.problems if p.code is case.code and case.says in p.detail]
    image = ImageBuilder().layer(raw_tar=case.archive + END)
    theirs = umoci(image, tmp_path)
    if case.go is None:
        assert theirs == REFUSED
    else:
        assert isinstance(theirs, dict)
        assert sorted(theirs) == sorted(case.go)
        assert seen.paths == list(case.go)


@pytest.mark.parametrize("name", CASES)
def test_other_readers_see_what_we_say_they_see(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    path = tmp_path / "layer.tar"
    path.write_bytes(case.archive + END)
    try:
        with tarfile.open(path) as archive:
            found: tuple[str, ...] | None = tuple(archive.getnames())
    except tarfile.ReadError:
        found = None
    assert found == case.python
    if case.gnu is not None:
        listed = run([require_tool("tar"), "-tf", path], check=False).stdout.decode()
        assert tuple(listed.split()) == case.gnu


def test_a_global_header_makes_engines_forget_the_one_before_it(tmp_path: Path) -> None:
    """Since umoci refuses global headers, podman is the witness: its reader is Go's too."""
    archive = pax(path=b"first") + pax(b"g", comment=b"c") + member(b"header", b"d") + END
    seen = walk(archive)
    assert seen.paths == ["header"]
    assert any("before byte 2048: a global header follows" in p.detail for p in seen.problems)
    with tarfile.open(fileobj=io.BytesIO(archive)) as python:
        assert python.getnames() == ["first"]
    with podman_engine("vfs") as unpack:
        shown = unpack(ImageBuilder().layer(raw_tar=archive), tmp_path)
    assert isinstance(shown, dict)
    assert "header" in shown
    assert "first" not in shown


def test_umoci_refuses_a_layer_with_a_global_header(tmp_path: Path) -> None:
    """As `git archive` writes one; podman takes it (above)."""
    umoci = require_tool("umoci")
    layer = tmp_path / "layer.tar"
    layer.write_bytes(pax(b"g", comment=b"0123456789abcdef") + member(b"a", b"1") + END)
    image = f"{tmp_path / 'image'}:t"
    run([umoci, "init", "--layout", tmp_path / "image"])
    run([umoci, "new", "--image", image])
    run([umoci, "raw", "add-layer", "--image", image, layer])
    done = run([umoci, "unpack", "--rootless", "--image", image, tmp_path / "b"], check=False)
    assert done.returncode != 0
    assert b"unknown typeflag" in done.stderr


def test_forms_that_readers_agree_about_are_notes_and_the_others_warnings() -> None:
    for name, case in CASES.items():
        if case.code is ODD:
            (problem,) = [p for p in walk(case.archive + END).problems if p.code is ODD]
            agreed = name in {"a size in base-256 that needs none", "a negative owner"}
            assert problem.severity is (Severity.NOTE if agreed else Severity.WARNING)


PLAIN = {
    "blanks before the digits": bent(header(b"a"), 100, b"   644 \0"),
    "no terminator": bent(header(b"a"), 136, b"014635051700"),
    "an empty field": bent(header(b"a"), 108, bytes(8)),
    "a large size": header(b"a", raw_size=b"\x80" + (8**11).to_bytes(11, "big")),
    "a cut name": pax(path=b"d/" * 60 + b"f") + header((b"d/" * 60)[:100]),
    "a name that is not ASCII": pax(path="dé/f".encode()) + header(b"d/f"),
    "such a name as Python writes it": pax(path="dé/f".encode()) + header(b"d?/f"),
    "a fraction of a second": pax(mtime=b"1714564800.75") + header(b"a"),
    "an owner that needs pax": pax(uid=b"2097152") + header(b"a"),
    "the same again": pax(path=b"a", size=b"0", uid=b"0", linkpath=b"") + header(b"a"),
    "a long name and a long link": long(b"n" * 101) + long(b"l" * 101, b"K") + header(b"n"),
}


@pytest.mark.parametrize("name", PLAIN)
def test_what_writers_do_is_no_finding(name: str) -> None:
    tail = b"" if name == "a large size" else END
    seen = walk(PLAIN[name] + tail)
    assert not {CONFLICT, ODD} & set(seen.codes)


@pytest.mark.parametrize("form", ["ustar", "gnu", "posix", "v7", "oldgnu"])
def test_archives_of_gnu_tar_are_no_finding(form: str, tmp_path: Path) -> None:
    folder = tmp_path / ("dé" * 20) / ("long" * 20)
    if form in {"v7", "ustar"}:
        folder = tmp_path / "short"
    folder.mkdir(parents=True)
    (folder / "file").write_bytes(b"x")
    (folder / "link").symlink_to("target")
    run([require_tool("tar"), f"--format={form}", "-C", tmp_path, "-cf", tmp_path / "a.tar", "."])
    assert set(walk((tmp_path / "a.tar").read_bytes()).codes) <= {Code.TRAILING_DATA}
