"""Archives by members: what GNU tar and Python's zipfile list, nested and hostile ones."""

from __future__ import annotations

import gzip
import io
import lzma
import random
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from analyzer.diff.tree import Difference, Kind
from tests.diff.content.comparing import compare, parts, shown
from tests.support.codecs import compress
from tests.support.tools import require_tool, run

Files = Mapping[str, bytes]
ONE: Files = {"a": b"x\n", "dir/b": b"1" * 100, "gone": b"bye", "same": b"same"}
TWO: Files = {"a": b"y\n", "dir/b": b"1" * 101, "new": b"", "same": b"same"}


def tarred(files: Files, mode: int = 0o644) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(data), mode
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def zipped(files: Files, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return out.getvalue()


def gnu_tar(tmp_path: Path, data: bytes) -> dict[str, tuple[str, str, str]]:
    """Permissions, owner and size by name, as `tar -tv` lists them."""
    path = tmp_path / "archive.tar"
    path.write_bytes(data)
    out = run([require_tool("tar"), "--numeric-owner", "-tvf", path]).stdout.decode()
    rows = [line.split(maxsplit=5) for line in out.splitlines()]
    return {row[5]: (row[0], row[1], row[2]) for row in rows}


def kinds(found: Difference) -> dict[str, Kind]:
    return {child.subject: child.kind for child in found.children}


def by_listing(one: Mapping[str, object], two: Mapping[str, object]) -> dict[str, Kind]:
    """What came and went by two listings; what changed, as far as these show it."""
    changed = {name: Kind.CHANGED for name in one if name in two and one[name] != two[name]}
    return {
        **{name: Kind.REMOVED for name in one if name not in two},
        **{name: Kind.ADDED for name in two if name not in one},
        **changed,
    }


@pytest.mark.parametrize("codec", ["", "gzip", "xz", "zstd", "bzip2"])
def test_members_of_tars_are_those_that_gnu_tar_lists(codec: str, tmp_path: Path) -> None:
    one, two = tarred(ONE), tarred(TWO)
    listed = by_listing(gnu_tar(tmp_path, one), gnu_tar(tmp_path, two))
    if codec:
        one, two = compress(one, codec), compress(two, codec)
    found = compare("x.tar", one, two)
    # The listing does not show content: `a` has another, of the same size.
    assert kinds(found) == {**listed, "a": Kind.CHANGED}
    removed = found.child("gone")
    assert removed is not None
    permissions, owner, size = gnu_tar(tmp_path, tarred(ONE))["gone"]
    assert (permissions, removed.before["mode"]) == ("-rw-r--r--", "0644")
    assert removed.before["owner"] == owner.replace("/", ":")
    assert removed.before["size"] == int(size)


def test_inside_members_the_comparison_goes_on() -> None:
    text = shown("x.tar", tarred({"etc/passwd": b"a:x:1:1::/:\n"}), tarred({"etc/passwd": b""}))
    assert "    - a: password x, user ID 1, group ID 1, home /" in text
    one = zipped({"inner.tar": tarred({"a.json": b'{"v": 1}'})})
    two = zipped({"inner.tar": tarred({"a.json": b'{"v": 2}'})})
    assert any(line.strip() == "~ v: 1 -> 2" for line in shown("x.jar", one, two))


def test_metadata_of_members_counts() -> None:
    found = compare("x.tar", tarred(ONE), tarred(ONE, mode=0o4755))
    assert set(kinds(found)) == set(ONE)
    assert all([inner.subject for inner in child.children] == ["mode"] for child in found.children)


def test_members_of_zips_are_those_that_zipfile_lists() -> None:
    one, two = zipped(ONE), zipped(TWO)
    rows = [
        {info.filename: (info.file_size, info.CRC) for info in zipfile.ZipFile(side).infolist()}
        for side in (io.BytesIO(one), io.BytesIO(two))
    ]
    found = compare("lib.whl", one, two)
    assert kinds(found) == by_listing(*rows)
    gone = found.child("gone")
    assert gone is not None
    assert gone.before["size"] == rows[0]["gone"][0]
    assert gone.before["digest"] == f"crc32:{rows[0]['gone'][1]:08x}"
    assert shown("x.zip", one, zipped(ONE, zipfile.ZIP_STORED))[0] == (
        "note: nothing that counts in zip differs, only how it is written"
    )


@pytest.mark.parametrize("codec", ["gzip", "xz", "zstd", "bzip2"])
def test_single_compressed_files_by_what_is_in_them(codec: str) -> None:
    one, two = compress(b"a\nb\n", codec), compress(b"a\nc\n", codec)
    assert "inside" in parts(compare("doc.txt.gz", one, two))
    lines = [line.strip() for line in shown("doc.txt.gz", one, two)]
    assert [line for line in lines if line in {"-b", "+c"}] == ["-b", "+c"]


def test_the_header_of_gzip_and_recompression() -> None:
    data = b"some text\n" * 100
    first = gzip.compress(data, mtime=0)
    lines = shown("doc.gz", first, first[:4] + b"\1" + first[5:])
    assert lines == ["note: the same content, compressed in another way", "~ time: 0 -> 1"]
    assert shown("doc.xz", lzma.compress(data), lzma.compress(data, preset=9))[0] == (
        "note: the same content, compressed in another way"
    )


def test_archives_in_archives_are_opened_so_deep_and_no_deeper() -> None:
    one, two = b"a\n", b"b\n"
    for _ in range(6):
        one, two = gzip.compress(one, mtime=0), gzip.compress(two, mtime=0)
    assert any("first differing byte" in line for line in shown("x.gz", one, two))
    deep = shown("x.gz", one, two, content_depth=9)
    assert [line.strip() for line in deep[-2:]] == ["-a", "+b"]


def test_bombs_stop_at_the_budget() -> None:
    bomb = gzip.compress(bytes(30_000_000))
    other = gzip.compress(bytes(30_000_001))
    lines = shown("bomb.gz", bomb, other, content_inflated_bytes=1_000_000)
    assert lines[0].startswith("note: not compared as gzip: limit content_inflated_bytes is")
    zips = zipped({"a": bytes(30_000_000)}), zipped({"a": bytes(30_000_001)})
    lines = shown("x.zip", *zips, content_inflated_bytes=1_000_000, content_text_bytes=1 << 30)
    assert lines[0].startswith("note: not compared as zip: limit content_inflated_bytes is")
    assert "1 members that differ were not looked into" in shown("x.zip", *zips)[0]


def test_an_archive_of_too_many_members_stops() -> None:
    many = {str(n): b"" for n in range(300)}
    for path, pack in (("x.tar", tarred), ("x.zip", zipped)):
        lines = shown(path, pack(many), pack({**many, "more": b""}), content_members=100)
        assert "limit content_members is 100" in lines[0]


def test_repeated_names_are_told_apart() -> None:
    one, two = (tarred({"a": b"1"})[:1024] + tarred({"a": last}) for last in (b"2", b"3"))
    assert list(kinds(compare("x.tar", one, two))) == ["a (2)"]


def test_damaged_archives_are_compared_as_far_as_possible() -> None:
    chance = random.Random(7)  # noqa: S311 - wants repeatable, not secret
    whole = {"x.tar": tarred(ONE), "x.tgz": gzip.compress(tarred(ONE)), "x.zip": zipped(ONE)}
    for path, data in whole.items():
        for _ in range(40):
            bent = bytearray(data)
            for _ in range(3):
                bent[chance.randrange(len(bent))] ^= 1 << chance.randrange(8)
            assert compare(path, data, bytes(bent[: chance.randrange(len(bent) + 1)])).differs
