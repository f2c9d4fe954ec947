"""A directory read as a layer: what is in it, what is left closed, and what is told instead."""

from __future__ import annotations

import hashlib
import os
import socket
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from analyzer.layers.folder import scan_folder
from analyzer.layers.scan import LayerScan
from analyzer.layers.wants import NOTHING, CapturePlan, Want
from analyzer.limits import Budget, Limits
from analyzer.problems import Code, Severity
from analyzer.tarheader import EntryKind
from tests.support.scans import sha1s, sha256s
from tests.support.tools import run, unavailable

ALL = CapturePlan((Want("**/*"),))
DIGESTS = CapturePlan((), digests="")
REAL_OPEN = os.open
REAL_STAT = os.stat


def scan(root: Path, plan: CapturePlan = ALL, **limits: int) -> LayerScan:
    return scan_folder(root, "rootfs", plan, Budget(Limits(**limits)))


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of everything that is opened from now on, as given to the system."""
    found: list[str] = []

    def recording(path: os.PathLike[str], flags: int, *more: int, **named: int) -> int:
        found.append(os.fspath(path))
        return REAL_OPEN(path, flags, *more, **named)

    monkeypatch.setattr(os, "open", recording)
    return found


@pytest.fixture
def apart() -> Iterator[Path]:
    """A folder with a short path, open to all, which may become too deep for Python to remove."""
    root = Path(tempfile.mkdtemp())
    root.chmod(0o755)
    yield root
    run(["rm", "-rf", root])


def tree(root: Path) -> Path:
    """A little of everything; the secret lies beside it."""
    (root.parent / "secret").write_bytes(b"secret")
    (root / "etc").mkdir(parents=True)
    (root / "etc/one").write_bytes(b"first")
    os.link(root / "etc/one", root / "etc/two")
    (root / "out").symlink_to("../secret")
    (root / "absolute").symlink_to("/etc/passwd")
    (root / "folder").symlink_to("/etc")
    (root / "odd").symlink_to("./etc//one")
    os.mkfifo(root / "pipe")
    return root


def test_every_entry_is_what_lstat_says(tmp_path: Path) -> None:
    root = tree(tmp_path / "root")
    found = {entry.path: entry for entry in scan(root).entries}
    listed = {str(path.relative_to(root)): path.lstat() for path in root.rglob("*")}
    assert set(found) == {*listed, ""}
    for path, status in listed.items():
        entry = found[path]
        assert entry.mode == stat.S_IMODE(status.st_mode)
        assert (entry.uid, entry.gid) == (status.st_uid, status.st_gid)
        assert entry.mtime * 10**9 == status.st_mtime_ns
    assert [entry.path for entry in scan(root).entries] == sorted(found)


def test_links_are_kept_as_they_are_and_not_followed(tmp_path: Path) -> None:
    root = tree(tmp_path / "root")
    found = scan(root)
    links = {e.path: (e.kind, e.link) for e in found.entries if e.link is not None}
    assert links == {
        "absolute": (EntryKind.SYMLINK, "/etc/passwd"),
        "etc/two": (EntryKind.HARDLINK, "etc/one"),
        "folder": (EntryKind.SYMLINK, "/etc"),
        "odd": (EntryKind.SYMLINK, "./etc//one"),
        "out": (EntryKind.SYMLINK, "../secret"),
    }
    assert {path: kept.data for path, kept in found.captured.items()} == {"etc/one": b"first"}
    assert found.problems == ()
    assert found.complete


def test_only_wanted_files_are_opened(tmp_path: Path, opened: list[str]) -> None:
    root = tree(tmp_path / "root")
    scan(root, NOTHING)
    assert {Path(path) for path in opened} == {root, root / "etc"}
    opened.clear()
    scan(root, CapturePlan((Want("etc/one"),)))
    assert {Path(path) for path in opened} == {root, root / "etc", root / "etc/one"}


def test_nothing_is_opened_where_nothing_is_asked(tmp_path: Path, opened: list[str]) -> None:
    found = scan_folder(tree(tmp_path / "root"), "rootfs", None, Budget(Limits()))
    assert opened == []
    assert found.complete


def test_there_is_no_digest_of_a_directory(tmp_path: Path) -> None:
    measured = scan(tree(tmp_path / "root")).measured
    assert (measured.digest, measured.diff_id, measured.size) == (None, None, None)


def test_digests_are_those_of_hashlib(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a" * 600_000)
    (tmp_path / "empty").write_bytes(b"")
    found = scan(tmp_path, DIGESTS)
    assert found.captured == {}
    assert sha256s(found) == {
        name: f"sha256:{hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()}"
        for name in ("a", "empty")
    }
    assert sha1s(found) == {}
    both = scan(tmp_path, CapturePlan((), digests="", sha1=True))
    assert sha256s(both) == sha256s(found)
    assert sha1s(both) == {
        name: f"sha1:{hashlib.sha1((tmp_path / name).read_bytes()).hexdigest()}"  # noqa: S324
        for name in ("a", "empty")
    }


def test_names_keep_their_bytes(tmp_path: Path) -> None:
    name = b"caf\xe9"  # Latin-1, no UTF-8
    Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name))).write_bytes(b"x")  # noqa: PTH118
    found = scan(tmp_path)
    assert [e.path.encode("utf-8", "surrogateescape") for e in found.entries] == [b"", name]
    assert found.captured["caf\udce9"].data == b"x"


def test_a_pipe_is_listed_and_a_socket_is_told(tmp_path: Path, apart: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(apart / "s"))
        found = scan(apart)
    assert [problem.code for problem in found.problems] == [Code.ENTRY_UNSUPPORTED]
    assert found.problems[0].severity is Severity.NOTE
    assert found.problems[0].where == "s"
    assert found.complete
    kinds = {entry.path: entry.kind for entry in scan(tmp_path, DIGESTS).entries}
    assert kinds["pipe"] is EntryKind.FIFO


def test_devices_are_listed_with_their_numbers(tmp_path: Path) -> None:
    try:
        os.mknod(tmp_path / "null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
    except PermissionError:
        unavailable("making a device needs root")
    found = scan(tmp_path, DIGESTS)
    (entry,) = (entry for entry in found.entries if entry.path)
    assert (entry.kind, entry.device) == (EntryKind.CHARACTER_DEVICE, (1, 3))
    assert sha256s(found) == {}


@contextmanager
def unprivileged() -> Iterator[None]:
    """As a user whom permissions hold back, which root is not."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


def test_what_cannot_be_read_is_told_and_the_rest_is_read(apart: Path) -> None:
    root = apart
    (root / "closed").write_bytes(b"1")
    (root / "closed").chmod(0)
    (root / "folder").mkdir()
    (root / "folder").chmod(0)
    (root / "open").write_bytes(b"2")
    (root / "unwanted").write_bytes(b"3")
    (root / "unwanted").chmod(0)
    plan = CapturePlan((Want("closed"), Want("open"), Want("folder/x")))
    with unprivileged():
        found = scan(root, plan)
    assert [(p.code, p.where, p.detail) for p in sorted(found.problems)] == [
        (Code.NOT_READABLE, "closed", "Permission denied"),
        (Code.NOT_READABLE, "folder", "folder not listed: Permission denied"),
    ]
    assert {path: kept.data for path, kept in found.captured.items()} == {"open": b"2"}
    assert [e.path for e in found.entries] == ["", "closed", "folder", "open", "unwanted"]
    assert not found.complete


def test_a_file_swapped_for_another_before_it_is_opened_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between looking and opening somebody puts a link, another file or a folder there."""
    (tmp_path / "secret").write_bytes(b"secret")
    for swap in ("link", "file", "folder"):
        root = tmp_path / swap
        root.mkdir()
        (root / "file").write_bytes(b"plain!")

        def swapping(
            path: os.PathLike[str], flags: int, *, root: Path = root, swap: str = swap
        ) -> int:
            if Path(path).name == "file" and not flags & os.O_DIRECTORY:
                Path(path).unlink()
                if swap == "link":
                    Path(path).symlink_to(tmp_path / "secret")
                elif swap == "file":
                    (root.parent / "secret").rename(path)
                else:
                    Path(path).mkdir()
            return REAL_OPEN(path, flags)

        with monkeypatch.context() as patch:
            patch.setattr(os, "open", swapping)
            found = scan(root, CapturePlan((Want("file"),)))
        assert found.captured == {}, swap
        assert [(p.code, p.where) for p in found.problems] == [(Code.NOT_READABLE, "file")]
        (tmp_path / "secret").write_bytes(b"secret")


def test_a_file_that_grows_or_shrinks_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for size in (0, 20):
        (tmp_path / "log").write_bytes(b"x" * 10)

        def changing(path: os.PathLike[str], flags: int, *, size: int = size) -> int:
            if Path(path).name == "log":
                os.truncate(path, size)
            return REAL_OPEN(path, flags)

        with monkeypatch.context() as patch:
            patch.setattr(os, "open", changing)
            found = scan(tmp_path)
        assert found.captured == {}
        assert [(p.where, p.detail) for p in found.problems] == [
            ("log", "changed while it was read")
        ]


def test_a_hole_of_any_size_is_not_read_beyond_the_limit(tmp_path: Path) -> None:
    with (tmp_path / "hole").open("wb") as file:
        file.truncate(1 << 40)
    (tmp_path / "small").write_bytes(b"s")
    found = scan(tmp_path, DIGESTS)
    assert set(sha256s(found)) == {"small"}
    assert [(p.code, p.where) for p in found.problems] == [(Code.LIMIT_EXCEEDED, "hole")]
    kept = scan(tmp_path, ALL)
    assert set(kept.captured) == {"small"}
    assert [p.code for p in kept.problems] == [Code.LIMIT_EXCEEDED]
    assert "captured_file_bytes" in kept.problems[0].detail


def test_the_number_of_entries_is_bounded(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / str(number)).touch()
    found = scan(tmp_path, layer_entries=10)
    assert [p.code for p in found.problems] == [Code.LIMIT_EXCEEDED]
    assert "layer_entries" in found.problems[0].detail
    assert not found.complete


def test_a_deep_tree_is_no_recursion(apart: Path) -> None:
    folder = os.open(apart, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("d", dir_fd=folder)
        inner = os.open("d", os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    os.close(folder)
    found = scan(apart, path_depth=1500)
    assert len(found.entries) == 1501
    assert found.problems == ()
    found = scan(apart, path_depth=1499)
    assert [p.code for p in found.problems] == [Code.LIMIT_EXCEEDED]
    assert "limit path_depth is 1499, seen at least 1500" in found.problems[0].detail


def test_another_file_system_inside_is_left_alone_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/kcore").write_bytes(b"k")
    (tmp_path / "data").mkdir()
    (tmp_path / "data/file").write_bytes(b"d")

    def elsewhere(
        path: bytes, *, dir_fd: int | None = None, follow_symlinks: bool = True
    ) -> os.stat_result:
        status = REAL_STAT(path, dir_fd=dir_fd, follow_symlinks=follow_symlinks)
        if path in {b"proc", b"data"}:
            fields = list(status)
            fields[2] += 1  # st_dev
            return os.stat_result(fields, {"st_mtime_ns": status.st_mtime_ns})
        return status

    monkeypatch.setattr(os, "stat", elsewhere)
    found = scan(tmp_path)
    assert [entry.path for entry in found.entries] == ["", "data", "proc"]
    assert sorted((p.severity, p.code, p.where) for p in found.problems) == [
        (Severity.ERROR, Code.NOT_READABLE, "data"),
        (Severity.NOTE, Code.ENTRY_UNSUPPORTED, "proc"),
    ]
    assert not found.complete


def test_a_walk_can_be_stopped(tmp_path: Path) -> None:
    class Stop(Exception):
        pass

    def advance(_count: int) -> None:
        raise Stop

    with pytest.raises(Stop):
        scan_folder(tmp_path, "rootfs", ALL, Budget(Limits()), advance=advance)
