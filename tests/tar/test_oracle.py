"""Well-formed archives: what we say is what the standard library and GNU tar say."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.problems import Code
from tests.support.tarbytes import (
    Device,
    Dir,
    File,
    HardLink,
    Link,
    header,
    pad,
    tar_bytes,
)
from tests.support.tools import require_tool, run
from tests.tar.strategies import archives
from tests.tar.walking import END, told_by_tarfile, told_by_us, walk

MODEST = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@MODEST
@given(archives())
def test_every_entry_of_every_format_is_what_tarfile_says(archive: bytes) -> None:
    seen = walk(archive)
    assert told_by_us(seen) == told_by_tarfile(archive)
    assert set(seen.codes) <= {Code.UNSAFE_NAME, Code.ENTRY_UNSUPPORTED}  # contiguous files


@MODEST
@given(archives())
def test_extended_attributes_keep_their_bytes(archive: bytes) -> None:
    with tarfile.open(fileobj=io.BytesIO(archive), encoding="utf-8") as oracle:
        expected = [
            {
                key.removeprefix("SCHILY.xattr."): value.encode("utf-8", "surrogateescape")
                for key, value in member.pax_headers.items()
                if key.startswith("SCHILY.xattr.") and value  # without one it deletes: pax(1)
            }
            for member in oracle
        ]
    assert [dict(entry.xattrs) for entry in walk(archive).entries] == expected


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(archives(), st.lists(st.integers(0, 20_000), max_size=12))
def test_random_cuts_change_nothing(archive: bytes, cuts: list[int]) -> None:
    assert walk(archive, [cut for cut in cuts if cut < len(archive)]) == walk(archive)


def small_archive() -> bytes:
    """A long name, a link, data of an odd length, then rubbish and a second archive."""
    entries = tar_bytes({"é" * 120: b"1234567", "l": Link("target"), "d": Dir(), "f": b"x" * 513})
    return entries[:1024] + b"\1" * 512 + entries[1024:] + tar_bytes({"behind": b"end"})


def test_a_cut_at_every_position_changes_nothing() -> None:
    archive = small_archive()
    whole = walk(archive)
    assert set(whole.codes) >= {Code.HEADER_DAMAGED, Code.TRAILING_DATA}
    for cut in range(len(archive) + 1):
        assert walk(archive, [cut]) == whole, cut


def test_byte_by_byte_changes_nothing() -> None:
    archive = small_archive()
    assert walk(archive, range(len(archive))) == walk(archive)


def test_our_writer_and_tarfile_agree_with_us() -> None:
    """The same entries from a writer that shares no code with either reader."""
    archive = tar_bytes(
        [
            ("d", Dir(mode=0o750, uid=1 << 22, gid=7)),
            ("d/f", File(b"content", mode=0o4755, mtime=12.25, xattrs={"user.x": b"\0\xff"})),
            ("n" * 180, b"long"),
            ("s", Link("../" + "t" * 150)),
            ("h", HardLink("d/f")),
            ("c", Device("c", 5, 1)),
            ("b", Device("b", 8, 0)),
            ("p", Device("p")),
        ]
    )
    seen = walk(archive)
    assert told_by_us(seen) == told_by_tarfile(archive)
    assert seen.entries[1].xattrs == {"user.x": b"\0\xff"}
    assert not seen.problems


@pytest.mark.parametrize("size", [0, 5, 600])
def test_base_256_sizes(size: int) -> None:
    raw_size = b"\x80" + size.to_bytes(11, "big")
    archive = header(b"a", raw_size=raw_size) + pad(b"x" * size) + header(b"b") + END
    assert told_by_us(walk(archive)) == told_by_tarfile(archive)
    assert walk(archive).entries[0].size == size


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Files of all kinds that need no privilege to make."""
    root = tmp_path / "tree"
    root.mkdir()
    (root / "dir").mkdir(mode=0o711)
    (root / "dir" / "file").write_bytes(b"content\n" * 100)
    (root / "empty").write_bytes(b"")
    os.link(root / "dir" / "file", root / "hard")
    (root / "soft").symlink_to("dir/file")
    os.mkfifo(root / "fifo")
    os.utime(root / "empty", ns=(1_500_000_000_250_000_000, 1_500_000_000_250_000_000))
    return root


@pytest.mark.parametrize("form", ["v7", "oldgnu", "gnu", "ustar", "posix"])
def test_real_tar_writes_what_we_read(tree: Path, form: str, tmp_path: Path) -> None:
    if form in {"gnu", "oldgnu", "posix"}:
        (tree / ("long" * 40)).write_bytes(b"long name")
        (tree / "longlink").symlink_to("t" * 180)
        raw = os.fsencode(tree) + b"/latin1-\xe9"
        os.close(os.open(raw, os.O_CREAT | os.O_WRONLY))
    archive = tmp_path / "a.tar"
    names = sorted(path.name for path in tree.iterdir())
    if form == "v7":
        names.remove("fifo")  # that format has none
    tar = require_tool("tar")
    run([tar, "-C", str(tree), f"--format={form}", "-cf", str(archive), *names])
    data = archive.read_bytes()
    seen = walk(data)
    assert told_by_us(seen) == told_by_tarfile(data)
    assert not seen.problems
    assert {"dir", "dir/file", "hard", "soft", "empty"} <= set(seen.paths)
