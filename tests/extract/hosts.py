"""Trees on the host in a form that can be compared, and everything about to be harmed."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.harness import Answer
from tests.rootfs.trees import Row, unpacked
from tests.support.tools import ROOT, require_tool, run, unavailable

NOBODY = 65534


def full_tree(root: Path) -> dict[str, Row]:
    """As `unpacked`, with attributes, times in seconds, and the first of a file's hard links."""
    rows = unpacked(root)
    first: dict[int, str] = {}
    for name in sorted(rows):
        path = root / name
        found = path.lstat()
        rows[name]["mtime"] = found.st_mtime_ns // 1_000_000_000
        if not stat.S_ISLNK(found.st_mode):
            rows[name]["xattrs"] = {key: os.getxattr(path, key) for key in os.listxattr(path)}
        if stat.S_ISREG(found.st_mode):
            rows[name]["same as"] = first.setdefault(found.st_ino, name)
    return rows


def plain(rows: dict[str, Row]) -> dict[str, Row]:
    """What a tree looks like to somebody without root: type, size, digest, target; no devices."""
    kept = ("type", "size", "sha256", "target")
    return {
        path: {key: row[key] for key in kept if key in row}
        for path, row in rows.items()
        if row["type"] not in {"char", "block"}
    }


def untarred(tar: Path, folder: Path) -> Path:
    """`tar` as GNU tar unpacks it, with everything that it can."""
    folder.mkdir()
    options = ["--xattrs", "--xattrs-include=*", "--numeric-owner", "--same-owner", "-p"]
    done = run([require_tool("tar"), *options, "-C", folder, "-xf", tar])
    assert done.stderr == b""
    return folder


def umoci_root(layout: Path, bundle: Path, tag: str = "v") -> Path:
    """The tree that umoci unpacks."""
    run([require_tool("umoci"), "unpack", "--image", f"{layout}:{tag}", bundle])
    return bundle / "rootfs"


def require_root() -> None:
    if os.geteuid() != 0:
        unavailable("making owners and devices needs root")


@contextmanager
def nobodys_folder() -> Iterator[Path]:
    """A folder that belongs to a user without any rights."""
    require_root()
    folder = Path(tempfile.mkdtemp(prefix="extract-"))
    try:
        os.chown(folder, NOBODY, NOBODY)
        yield folder
    finally:
        for below, _, _ in os.walk(folder):
            Path(below).chmod(0o700)
        shutil.rmtree(folder)


def as_nobody(*arguments: object, cwd: Path) -> Answer:
    """Run the program as that user."""
    become = [require_tool("setpriv"), f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    start = [*become, sys.executable, "-c", "import typer, isal, zstandard"]
    if subprocess.run(start, capture_output=True, check=False, cwd=ROOT).returncode:
        pytest.skip("this interpreter lies where another user cannot start it")
    line = [*become, sys.executable, "-m", "analyzer", *map(str, arguments)]
    own = dict.fromkeys(("HOME", "TMPDIR"), str(cwd)) | {"XDG_CACHE_HOME": str(cwd / ".cache")}
    env = {**os.environ, **own, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(line, capture_output=True, check=False, cwd=cwd, env=env, timeout=120)
    return Answer(done.returncode, done.stdout, done.stderr.decode(errors="replace"))


def snapshot(folder: Path) -> dict[str, tuple[object, ...]]:
    """Everything below a folder, with what shows that it was touched."""
    found: dict[str, tuple[object, ...]] = {}
    for path in [folder, *folder.rglob("*")]:
        status = path.lstat()
        content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        what = (status.st_mode, status.st_uid, status.st_size, status.st_mtime_ns, content)
        found[str(path)] = what
    return found


def names_in(folder: Path) -> list[str]:
    """What lies in a folder, sorted."""
    return sorted(path.name for path in folder.iterdir())
