"""Paths through the merged tree against the kernel, which resolves them inside a root as well."""

from __future__ import annotations

import ctypes
import errno
import itertools
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from analyzer.rootfs.merge import apply_layer
from analyzer.rootfs.tree import Node, Stop, Why, follow, new_directory
from analyzer.tarheader import Entry, EntryKind

DIRECTORIES = ("d", "d/s", "d/s/t")
FILES = ("f", "d/f", "d/s/f")
LINKS = {
    "up": "d/s/..",
    "d/top": "../../..",
    "root": "/",
    "dir": "d",
    "d/s/abs": "/d/f",
    "file": "f",
    "slash": "f/",
    "dot": "f/.",
    "behind": "f/../d",
    "missing": "d/no/../f",
    "loop": "loop",
    "to": "d/loop",
    "d/loop": "/to",
    **{f"n{number}": f"n{number + 1}" for number in range(40)},
    "n40": "d/f",
}
PARTS = ("", ".", "..", "d", "s", "t", "f", "no", *LINKS, "top", "abs", "n0", "n1")

_OPENAT2 = 437
"""On every architecture: openat2(2) is newer than their common table of numbers."""
_RESOLVE_IN_ROOT = 0x10


class _How(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint64) for name in ("flags", "mode", "resolve"))


def asked_of_the_kernel(folder: int, path: str, *, follow_last: bool) -> str | int:
    """The place that openat2(2) finds inside `folder`, or its error number."""
    call = ctypes.CDLL(None, use_errno=True).syscall
    flags = os.O_PATH | os.O_CLOEXEC | (0 if follow_last else os.O_NOFOLLOW)
    how = _How(flags, 0, _RESOLVE_IN_ROOT)
    found: int = call(_OPENAT2, folder, path.encode(), ctypes.byref(how), ctypes.sizeof(how))
    if found < 0:
        return ctypes.get_errno()
    try:
        return str(Path(f"/proc/self/fd/{found}").readlink())
    finally:
        os.close(found)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The tree on the host."""
    place = tmp_path_factory.mktemp("tree")
    for name in DIRECTORIES:
        (place / name).mkdir()
    for name in FILES:
        (place / name).touch()
    for name, target in LINKS.items():
        (place / name).symlink_to(target)
    opened = os.open(place, os.O_PATH)
    if asked_of_the_kernel(opened, ".", follow_last=True) != str(place.resolve()):
        pytest.skip("no openat2(2) here")
    yield opened
    os.close(opened)


@pytest.fixture(scope="module")
def root() -> Node:
    """The same as a layer has it."""

    def entry(path: str, kind: EntryKind, link: str | None = None) -> Entry:
        return Entry(path, kind, 0, 0o755, 0, 0, 0, "", "", link, 0)

    entries = [entry(name, EntryKind.DIRECTORY) for name in DIRECTORIES]
    entries += [entry(name, EntryKind.FILE) for name in FILES]
    entries += [entry(name, EntryKind.SYMLINK, target) for name, target in LINKS.items()]
    made = new_directory(None, 0)
    assert not apply_layer(made, entries, 0, "")
    return made


def paths() -> Iterator[str]:
    """All of one and two parts, and some longer ones."""
    yield from PARTS
    yield from map("/".join, itertools.product(PARTS, repeat=2))
    chance = random.Random(5)  # noqa: S311 - wants repeatable, not secret
    for _ in range(5000):
        yield "/".join(chance.choices(PARTS, k=chance.randint(3, 6)))


@pytest.mark.parametrize("follow_last", [True, False])
def test_paths_lead_where_the_kernel_goes(folder: int, root: Node, follow_last: bool) -> None:  # noqa: FBT001 - pytest's
    place = Path(f"/proc/self/fd/{folder}").readlink()
    reasons = set()
    for path in paths():
        # For openat2 an empty path is an error, for us it is the root.
        wanted = asked_of_the_kernel(folder, path or ".", follow_last=follow_last)
        found = follow(root, path, follow_last=follow_last)
        if isinstance(found, Stop):
            assert isinstance(wanted, int), path
            assert found.why.value == errno.errorcode[wanted], path
            reasons.add(found.why)
        else:
            assert wanted == str(place / found[0]), path
    assert reasons == set(Why)
