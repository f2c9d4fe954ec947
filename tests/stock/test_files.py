"""Files of images with their digests and owners: the answers of coreutils and dpkg."""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from analyzer import analyze
from analyzer.layers.cache import LayerCache
from analyzer.report import ImageFile, ImageReport, to_document
from tests.stock.roots import build_deb, empty_root, install
from tests.support.imagebuilder import HardLink, ImageBuilder, Link
from tests.support.realimages import real_image
from tests.support.tools import require_tool, run, unavailable
from tests.support.unpacking import umoci

PLATFORM = "linux/amd64"


@pytest.fixture(scope="module")
def debian() -> ImageReport:
    """A real image with three layers, read from its layout."""
    (image,) = analyze(str(real_image("oci-layout")), platforms=[PLATFORM], files=True).images
    return image


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same image as umoci unpacks it."""
    if os.geteuid():
        unavailable("umoci makes files of devices unless root runs it")
    folder = tmp_path_factory.mktemp("unpacked")
    one = f"oci:{folder}/one:v"
    words = ("--override-os", "linux", "--override-arch", "amd64")
    run([require_tool("skopeo"), *words, "copy", f"oci:{real_image('oci-layout')}", one])
    bundle = folder / "bundle"
    run([require_tool("umoci"), "unpack", "--image", f"{folder}/one:v", bundle])
    return bundle / "rootfs"


def sums(tool: str, root: Path) -> dict[str, str]:
    """What `sha1sum` and its like print for every regular file below `root`, by path."""
    script = f"find . -type f -print0 | xargs -0 {require_tool(tool)} -z"
    lines = run(["sh", "-c", script], cwd=root).stdout.decode().split("\0")
    return {line[line.index("  ") + 4 :]: line.partition(" ")[0] for line in lines if line}


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_digests_are_those_of_coreutils(
    debian: ImageReport, unpacked: Path, algorithm: str
) -> None:
    assert debian.files is not None
    found = {file.path: getattr(file, algorithm) for file in debian.files}
    told = sums(f"{algorithm}sum", unpacked)
    assert len(told) > 1000
    assert found == {path: f"{algorithm}:{digest}" for path, digest in told.items()}


def test_sizes_and_modes_are_those_on_disk(debian: ImageReport, unpacked: Path) -> None:
    assert debian.files is not None
    for file in debian.files:
        status = (unpacked / file.path).lstat()
        assert (file.size, file.mode) == (status.st_size, status.st_mode & 0o7777), file.path


def dpkg_says(root: Path) -> dict[str, set[str]]:
    """What `dpkg-query --search` answers for every regular file, by real path: package:arch.

    Of packages on disk: it also finds the configuration that removed ones left behind.
    """
    admin = f"--admindir={root}/var/lib/dpkg"
    said = run([require_tool("dpkg-query"), admin, "--search", "*"]).stdout.decode()
    form = "${binary:Package} ${Package}:${Architecture} ${db:Status-Status}\n"
    shown = run([require_tool("dpkg-query"), admin, "-Wf", form]).stdout.decode()
    rows = [line.split() for line in shown.splitlines()]
    names = {row[0]: row[1] for row in rows if row[2] not in {"config-files", "not-installed"}}
    found: dict[str, set[str]] = defaultdict(set)
    for line in said.splitlines():
        packages, _, path = line.partition(": ")
        if packages.startswith("diversion by"):
            continue
        place = root / path.lstrip("/")
        if place.is_symlink() or not place.is_file():
            continue
        real = place.resolve().relative_to(root.resolve())
        found[str(real)] |= {names[each] for each in packages.split(", ") if each in names}
    return {path: owners for path, owners in found.items() if owners}


def test_owners_are_those_of_dpkg(debian: ImageReport, unpacked: Path) -> None:
    assert debian.files is not None
    idents = {p.ident: f"{p.name}:{p.arch}" for p in debian.packages}
    found = {file.path: {idents[ident] for ident in file.owners} for file in debian.files}
    told = dpkg_says(unpacked)
    assert len(told) > 500
    assert {path: names for path, names in found.items() if names} == told


def test_a_file_that_two_packages_list_has_both(tmp_path: Path) -> None:
    root = empty_root(tmp_path / "root")
    install(root, build_deb(tmp_path, "one", "1", {"usr/share/both": b"x"}, {}))
    install(root, build_deb(tmp_path, "two", "1", {"lib/two": b"y"}, {}))
    with (root / "var/lib/dpkg/info/two.list").open("a") as listed:  # as Multi-Arch: same has it
        listed.write("/usr/share/both\n")
    told = dpkg_says(root)
    assert told["usr/share/both"] == {"one:all", "two:all"}
    files = by_path(root)
    idents = {path: {owner.split("@")[0][4:] for owner in f.owners} for path, f in files.items()}
    assert {path: names for path, names in idents.items() if names} == told


def by_path(path: Path, cache: LayerCache | None = None) -> dict[str, ImageFile]:
    (image,) = analyze(str(path), files=True, cache=cache).images
    assert image.files is not None
    return {file.path: file for file in image.files}


def sha1(data: bytes) -> str:
    return f"sha1:{hashlib.sha1(data).hexdigest()}"  # noqa: S324 - it is about SHA-1


def sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


@pytest.fixture
def layered(tmp_path: Path) -> Path:
    """Content in one layer, another name for it in the next, and what hides and replaces."""
    image = ImageBuilder().layer({"a": b"one", "b": b"two", "gone": b"x", "d/e": b"five"})
    image = image.layer({"hard": HardLink("a"), "soft": Link("a"), ".wh.gone": b"", "b": b"2"})
    return image.write_oci(tmp_path / "layout")


def test_names_layers_and_what_is_left_out(layered: Path) -> None:
    found = by_path(layered)
    told = {path: (f.sha1, f.sha256, f.size, f.layer) for path, f in found.items()}
    contents = {"a": (b"one", 0), "b": (b"2", 1), "d/e": (b"five", 0), "hard": (b"one", 0)}
    assert told == {
        path: (sha1(data), sha256(data), len(data), layer)
        for path, (data, layer) in contents.items()
    }


def test_a_cached_scan_without_sha1_is_not_taken_for_one_with(
    layered: Path, tmp_path: Path
) -> None:
    cache = LayerCache(tmp_path / "cache")
    analyze(str(layered), cache=cache)
    first = by_path(layered, cache)
    assert first == by_path(layered)
    assert all(file.sha1 and file.sha256 for file in first.values())
    assert by_path(layered, cache) == first


def test_content_that_a_later_entry_of_the_name_replaced_has_its_digest(tmp_path: Path) -> None:
    """The tree of umoci shows both."""
    image = ImageBuilder().layer([("a", b"one"), ("kept", HardLink("a")), ("a", b"two")])
    tree = umoci(image, tmp_path / "unpacked")
    assert isinstance(tree, dict)
    found = by_path(image.write_oci(tmp_path / "layout"))
    assert {path: (file.sha1, file.sha256) for path, file in found.items()} == {
        path: (sha1(data), sha256(data)) for path, data in tree.items() if isinstance(data, bytes)
    }


def test_who_does_not_ask_pays_nothing(layered: Path) -> None:
    (image,) = analyze(str(layered)).images
    assert image.files is None
    assert "files" not in repr(to_document(analyze(str(layered), files=True))["images"][0].keys())


def walked(root: Path) -> Iterator[Path]:
    yield from (path for path in root.rglob("*") if path.is_file() and not path.is_symlink())


def test_a_directory_is_hashed_in_place(tmp_path: Path) -> None:
    root = empty_root(tmp_path / "root")
    install(root, build_deb(tmp_path, "tool", "1.0", {"lib/data": b"data"}, {"lib/link": "data"}))
    found = by_path(root)
    assert {path: file.sha1 for path, file in found.items()} == {
        str(path.relative_to(root)): sha1(path.read_bytes()) for path in walked(root)
    }
    assert found["usr/lib/data"].owners == ("deb:tool:all@1.0",)
