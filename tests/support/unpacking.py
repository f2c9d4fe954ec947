"""What each engine shows of an image: its files where the engine has put them, or its refusal."""

from __future__ import annotations

import contextlib
import itertools
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.support.engines import containerd, dockerd, podman
from tests.support.imagebuilder import ImageBuilder
from tests.support.tools import require_tool, run

Shown = dict[str, bytes | str]
"""By path: the bytes of a file, `-> target` of a link, else the kind."""

REFUSED = "refused"
Unpack = Callable[[ImageBuilder, Path], Shown | str]
"""Image and an empty folder to what an engine shows, or `REFUSED`."""

NAME = "example.com/case:v{}"
"""Images are not removed between the cases: all of an engine's folders go at the end."""


def shown(root: Path) -> Shown:
    """The tree below `root`."""
    rows: Shown = {}
    for folder, folders, files in os.walk(root):
        for name in [*folders, *files]:
            path = Path(folder) / name
            with contextlib.suppress(OSError):  # overlay lists what it cannot open
                rows[str(path.relative_to(root))] = _row(path)
    return rows


def _row(path: Path) -> bytes | str:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return f"-> {path.readlink()}"
    if stat.S_ISREG(mode):
        return path.read_bytes()
    return "directory" if stat.S_ISDIR(mode) else "device"


def umoci(image: ImageBuilder, folder: Path) -> Shown | str:
    """What `umoci unpack` writes."""
    layout = image.write_oci(folder / "layout", "v")
    bundle = folder / "bundle"
    words = ("unpack", "--image", f"{layout}:v", bundle)
    failed = run([require_tool("umoci"), *words], check=False).returncode
    return REFUSED if failed else shown(bundle / "rootfs")


@contextlib.contextmanager
def docker_engine(driver: str) -> Iterator[Unpack]:
    """What a container of a docker daemon is made of."""
    names = map(NAME.format, itertools.count())
    with dockerd(driver=driver) as docker:

        def unpack(image: ImageBuilder, folder: Path) -> Shown | str:
            name, container, root = next(names), folder / "container.tar", folder / "root"
            try:
                docker("load", "-i", image.write_save(folder / "save.tar", name))
            except AssertionError:
                return REFUSED
            docker("export", "-o", container, docker("create", name).strip())
            root.mkdir()
            run(["tar", "-C", root, "-xf", container])
            return shown(root)

        yield unpack


@contextlib.contextmanager
def podman_engine(driver: str) -> Iterator[Unpack]:
    """What podman mounts."""
    names = map(NAME.format, itertools.count())
    with podman(driver) as client:

        def unpack(image: ImageBuilder, folder: Path) -> Shown | str:
            name = next(names)
            try:
                client("load", "-i", image.write_save(folder / "save.tar", name))
            except AssertionError:
                return REFUSED
            try:
                return shown(Path(client("image", "mount", name).strip()))
            finally:
                client("image", "umount", name)

        yield unpack


@contextlib.contextmanager
def containerd_engine(snapshotter: str) -> Iterator[Unpack]:
    """What containerd unpacks with a snapshotter.

    `ctr images mount` of 1.6 ignores its own `--snapshotter`, so a container's is mounted instead.
    """
    choice = ("--snapshotter", snapshotter)
    numbers = itertools.count()
    with containerd() as ctr:

        def unpack(image: ImageBuilder, folder: Path) -> Shown | str:
            number = next(numbers)
            name, container = NAME.format(number), f"c{number}"
            path = image.write_save(folder / "save.tar", name)
            try:
                ctr("images", "import", *choice, path)
            except AssertionError:
                return REFUSED
            ctr("containers", "create", *choice, name, container)
            place = folder / "root"
            place.mkdir()
            run(ctr("snapshots", *choice, "mounts", place, container).split())
            try:
                return shown(place)
            finally:
                run(["umount", place])

        yield unpack
