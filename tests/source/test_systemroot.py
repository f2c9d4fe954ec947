"""What is taken for a root filesystem, and what is not."""

from __future__ import annotations

import errno
import json
import os
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer.errors import AnalyzerError
from analyzer.limits import Limits
from analyzer.problems import Code
from analyzer.source.detect import Opened, open_source
from analyzer.source.shape import Shape
from analyzer.source.systemroot import platform_parts
from tests.support.imagebuilder import ImageBuilder
from tests.support.tarbytes import Dir, Entries, Link, tar_bytes

Pack = Callable[[Entries, Path], Path]


def as_tar(entries: Entries, folder: Path) -> Path:
    path = folder / "input.tar"
    path.write_bytes(tar_bytes(entries))
    return path


def as_directory(entries: Entries, folder: Path) -> Path:
    """What GNU-like extraction makes of the same tar."""
    root = folder / "input"
    with tarfile.open(as_tar(entries, folder)) as tar:
        tar.extractall(root, filter="tar")
    return root


both = pytest.mark.parametrize("pack", [as_tar, as_directory])

#: As `docker export` of a scratch image with one file wrote it, docker 20.10.
DOCKER_EXPORT: Entries = {
    ".dockerenv": b"",
    "dev/": Dir(),
    "dev/console": b"",
    "dev/pts/": Dir(),
    "dev/shm/": Dir(),
    "etc/": Dir(),
    "etc/hostname": b"",
    "etc/hosts": b"",
    "etc/mtab": Link("/proc/mounts"),
    "etc/resolv.conf": b"",
    "hello": b"\x7fELF",
    "proc/": Dir(),
    "sys/": Dir(),
}
ROOTS: dict[str, Entries] = {
    "a docker export of a scratch image": DOCKER_EXPORT,
    "mount points and one file": {"hello": b"x", "dev/": Dir(), "proc/": Dir(), "sys/": Dir()},
    "folders of a system, empty all of them": {"etc/": Dir(), "usr/": Dir(), "var/": Dir()},
    "a release file and nothing else": {"usr/lib/os-release": b"ID=a\n"},
    "a package database and nothing else": {"lib/apk/db/installed": b"P:a\nV:1\n"},
    "a program with a list of users": {"app": b"\x7fELF", "etc/passwd": b"root:x:0:0::/:\n"},
    "a program with certificates": {"app": b"", "etc/ssl/certs/ca-certificates.crt": b""},
    "nix": {"nix/store/x/bin/a": b"", "bin/": Dir()},
    "a page called index.json": {"etc/os-release": b"ID=a\n", "index.json": b"{}", "usr/a": b""},
    "a manifest of something else": {"etc/os-release": b"ID=a\n", "manifest.json": b'{"a": 1}'},
    "a folder called blobs": {"etc/os-release": b"ID=a\n", "blobs/sha256/a": b"x"},
}
OTHERS: dict[str, Entries] = {
    "notes": {"notes/one.txt": b"1", "photos/two.jpg": b"2"},
    "one program": {"hello": b"\x7fELF"},
    "a home": {"bin/tool": b"", "lib/a": b"", "Documents/": Dir(), ".bashrc": b""},
    "an installed program": {"bin/a": b"", "etc/a": b"", "lib/a": b"", "share/a": b""},
    "a virtual environment": {"bin/python": b"", "include/": Dir(), "lib/a": b""},
    "links to the folders of a system": {"etc": Link("/etc"), "usr": Link("/usr"), "a": b""},
    "a folder of a platform and a file": {"linux_amd64/a": b"", "README": b""},
    "a folder that only sounds like a platform": {"linux_amd65/a": b""},
    "a file called by a platform": {"linux_amd64": b""},
}


def opened(path: Path) -> Opened:
    found = open_source(path, Limits())
    found.source.close()
    return found


@both
@pytest.mark.parametrize("name", ROOTS)
def test_a_root_filesystem_is_recognised(name: str, pack: Pack, tmp_path: Path) -> None:
    found = opened(pack(ROOTS[name], tmp_path))
    assert found.shape is Shape.ROOTFS
    assert found.system is not None
    assert found.system.folders == ()
    assert found.system.of_container == ("docker" in name)


@both
@pytest.mark.parametrize("name", OTHERS)
def test_what_is_none_is_refused_by_what_was_seen(name: str, pack: Pack, tmp_path: Path) -> None:
    with pytest.raises(AnalyzerError) as caught:
        opened(pack(OTHERS[name], tmp_path))
    assert caught.value.code is Code.NOT_AN_IMAGE
    tops = sorted({str(path).partition("/")[0] for path in OTHERS[name]})
    assert all(top in caught.value.message for top in tops)


def test_many_names_are_counted_and_control_characters_are_not_sent(tmp_path: Path) -> None:
    names = [*"abcdef", "\x1b[31mred"]
    with pytest.raises(AnalyzerError) as caught:
        opened(as_tar(dict.fromkeys(names, b""), tmp_path))
    assert "\x1b" not in caught.value.message
    assert "and 2 more" in caught.value.message


def test_an_empty_directory_says_so(tmp_path: Path) -> None:
    with pytest.raises(AnalyzerError) as caught:
        opened(tmp_path)
    assert caught.value.message.endswith("nothing is in it")


def test_a_directory_that_cannot_be_listed_is_not_called_empty() -> None:
    folder = Path(tempfile.mkdtemp())
    before = os.geteuid()
    folder.chmod(0)
    try:
        if before == 0:
            os.seteuid(65534)  # permissions do not hold root back
        with pytest.raises(AnalyzerError) as caught:
            opened(folder)
    finally:
        os.seteuid(before)
        folder.rmdir()
    assert caught.value.code is Code.NOT_READABLE
    assert caught.value.message == os.strerror(errno.EACCES)


@pytest.mark.parametrize("kind", ["oci", "docker"])
def test_a_release_file_does_not_hide_an_image(kind: str, tmp_path: Path) -> None:
    """Else an archive could be one thing to docker load and another to us."""
    image = ImageBuilder().layer({"a": b"a"})
    layout = tmp_path / "layout"
    image.write_oci(layout)
    if kind == "docker":
        for path in layout.iterdir():
            if path.is_file():
                path.unlink()
        item = {"Config": "blobs/sha256/a", "RepoTags": ["a:1"], "Layers": []}
        (layout / "manifest.json").write_text(json.dumps([item]))
    (layout / "etc").mkdir()
    (layout / "etc/os-release").write_bytes(b"ID=a\n")
    (layout / "usr").mkdir()
    expected = Shape.OCI_LAYOUT if kind == "oci" else Shape.DOCKER_ARCHIVE
    assert opened(layout).shape is expected
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        tar.add(layout, ".")
    assert opened(tmp_path / "a.tar").shape is expected


@both
def test_folders_of_platforms_are_found(pack: Pack, tmp_path: Path) -> None:
    """Also with one platform only, as `platform-split=true` gives."""
    found = opened(pack({"linux_arm_v7/app": b"", "linux_amd64/": Dir()}, tmp_path))
    assert found.system is not None
    assert found.system.folders == ("linux_amd64", "linux_arm_v7")


def test_a_link_called_by_a_platform_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    root = tmp_path / "root"
    root.mkdir()
    (root / "linux_amd64").symlink_to("../outside")
    with pytest.raises(AnalyzerError):
        opened(root)


#: Folder names that BuildKit makes of what containerd's `platforms.FormatAll` prints.
FORMATTED = {
    "linux/amd64": ("linux", "amd64", "", ""),
    "linux/amd64/v2": ("linux", "amd64", "v2", ""),
    "linux/arm/v7": ("linux", "arm", "v7", ""),
    "linux/arm64": ("linux", "arm64", "", ""),
    "linux/386": ("linux", "386", "", ""),
    "linux/ppc64le": ("linux", "ppc64le", "", ""),
    "linux/riscv64": ("linux", "riscv64", "", ""),
    "linux/s390x": ("linux", "s390x", "", ""),
    "windows(10.0.17763)/amd64": ("windows", "amd64", "", "10.0.17763"),
    "windows(10.0.17763+win32k)/amd64": ("windows", "amd64", "", "10.0.17763"),
}


@pytest.mark.parametrize("platform", FORMATTED)
def test_a_folder_names_its_platform(platform: str) -> None:
    assert platform_parts(platform.replace("/", "_")) == FORMATTED[platform]
