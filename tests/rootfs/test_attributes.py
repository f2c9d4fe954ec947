"""What the kernel's overlay makes of its own books, and where we tell of them."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

import pytest

from analyzer.rootfs import attributes
from analyzer.rootfs.merge import apply_layer
from analyzer.rootfs.tree import new_directory
from analyzer.tarheader import Entry, EntryKind
from tests.support.tools import run, unavailable

Attributes = Mapping[str, bytes]
LOWER = {"dir/a": b"a", "foo": b"foo", "usr/u": b"u"}


def entry(path: str, kind: EntryKind, attributes: Attributes, size: int = 0) -> Entry:
    return Entry(path, kind, size, 0o644, 0, 0, 0, "", "", None, 0, None, attributes)


def said(path: str, kind: EntryKind, attributes: Attributes, size: int = 0) -> list[str]:
    """What is told of one entry above a layer with `dir/a` and an empty `void`."""
    root = new_directory(None, 0)
    below = [entry("dir/a", EntryKind.FILE, {}), entry("void", EntryKind.DIRECTORY, {})]
    apply_layer(root, below, 0, "below")
    upper = [entry(path, kind, attributes, size)]
    return [problem.detail for problem in apply_layer(root, upper, 1, "above")]


def test_what_is_told_names_entry_attribute_and_value() -> None:
    (detail,) = said("dir", EntryKind.DIRECTORY, {"trusted.overlay.redirect": b"/\x1b[m"})
    words = attributes.REDIRECT.words
    assert detail == f"'dir' with trusted.overlay.redirect='/\\x1b[m': {words}"


@pytest.mark.parametrize(
    ("path", "kind", "name", "value", "size"),
    [
        ("dir", EntryKind.DIRECTORY, "trusted.overlay.opaque", b"x", 0),
        ("void", EntryKind.DIRECTORY, "trusted.overlay.opaque", b"y", 0),
        ("new", EntryKind.DIRECTORY, "trusted.overlay.opaque", b"y", 0),
        ("", EntryKind.DIRECTORY, "trusted.overlay.redirect", b"/dir", 0),
        ("dir", EntryKind.DIRECTORY, "trusted.overlay.overlay.opaque", b"y", 0),
        ("dir", EntryKind.DIRECTORY, "security.overlay.opaque", b"y", 0),
        ("foo", EntryKind.FILE, "trusted.overlay.redirect", b"/dir/a", 0),
        ("foo", EntryKind.FILE, "trusted.overlay.whiteout", b"y", 3),
        ("foo", EntryKind.FILE, "security.capability", b"y", 3),
    ],
)
def test_nothing_is_told_where_every_engine_shows_the_same(
    path: str, kind: EntryKind, name: str, value: bytes, size: int
) -> None:
    """Each was watched: docker and podman with overlay show what umoci unpacks."""
    assert said(path, kind, {name: value}, size) == []


def test_nothing_is_below_the_lowest_layer() -> None:
    """Docker and podman show both directories whole, and do not read the file."""
    books = [
        entry("a", EntryKind.DIRECTORY, {"trusted.overlay.opaque": b"y"}),
        entry("b", EntryKind.DIRECTORY, {"trusted.overlay.redirect": b"/a"}),
        entry("c", EntryKind.FILE, {"trusted.overlay.metacopy": b"y"}, 3),
    ]
    (problem,) = apply_layer(new_directory(None, 0), books, 0, "lowest")
    assert problem.detail.startswith("'c' with trusted.overlay.metacopy='y'")


def _mounted(folder: Path, upper: Mapping[str, tuple[bytes, Attributes]], options: str) -> Path:
    """LOWER and above it `upper`, by path content and attributes, as the kernel joins them."""
    if os.geteuid() != 0:
        unavailable("mounting needs root")
    for path, content in LOWER.items():
        (folder / "lower" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "lower" / path).write_bytes(content)
    for path, (content, names) in upper.items():
        place = folder / "upper" / path
        if path.endswith("/"):
            place.mkdir(parents=True)
        else:
            place.write_bytes(content)
        for name, value in names.items():
            os.setxattr(place, name, value)
    (folder / "joined").mkdir()
    layers = f"lowerdir={folder / 'upper'}:{folder / 'lower'}"
    joined = folder / "joined"
    failed = run(
        ["mount", "-t", "overlay", "overlay", "-o", f"{options},{layers}", str(joined)], check=False
    )
    if failed.returncode:
        unavailable(f"no overlay with {options}: {failed.stderr.decode()}")
    return joined


def test_the_kernel_obeys_user_attributes_where_it_is_told_to(tmp_path: Path) -> None:
    """As docker and podman mount without root (moby #42178, containers/storage #872)."""
    upper = {"dir/": (b"", {"user.overlay.opaque": b"y"})}
    joined = _mounted(tmp_path, upper, "userxattr")
    try:
        assert list((joined / "dir").iterdir()) == []
    finally:
        run(["umount", joined])


def test_with_metacopy_on_a_file_has_the_data_of_another(tmp_path: Path) -> None:
    upper = {
        "dir/": (b"", {}),
        "foo": (b"new", {"trusted.overlay.metacopy": b"\0\4\0\0"}),
    }
    joined = _mounted(tmp_path, upper, "metacopy=on")
    try:
        assert (joined / "foo").read_bytes() == b"foo"
    finally:
        run(["umount", joined])


def test_a_whiteout_in_a_directory_of_one_layer_is_listed(tmp_path: Path) -> None:
    """As containerd and podman leave them of whiteouts in missing directories."""
    joined = _mounted(tmp_path, {"new/": (b"", {}), "dir/": (b"", {})}, "xino=off")
    run(["umount", joined])
    for folder in ("new", "dir"):
        os.mknod(tmp_path / "upper" / folder / "a", stat.S_IFCHR, 0)
    layers = f"lowerdir={tmp_path / 'upper'}:{tmp_path / 'lower'}"
    run(["mount", "-t", "overlay", "overlay", "-o", layers, str(joined)])
    try:
        assert [path.name for path in (joined / "dir").iterdir()] == []
        assert [path.name for path in (joined / "new").iterdir()] == ["a"]
        with pytest.raises(FileNotFoundError):
            (joined / "new" / "a").lstat()
    finally:
        run(["umount", joined])
