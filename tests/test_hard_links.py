"""Files by the names that hard links give them, as package managers link from their caches."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from analyzer import ImageReport, Limits, analyze
from analyzer.problems import Code, Problem
from tests.support.imagebuilder import Entries, ImageBuilder
from tests.support.programs import NOTE, Part, elf, note
from tests.support.realnpm import npm_command
from tests.support.scans import counted_scans
from tests.support.tarbytes import Entry, HardLink, Link
from tests.support.tools import require_tool, run

SITE = "opt/venv/lib/python3.11/site-packages"
MODULES = "srv/app/node_modules"
FDO = 0xCAFE1A7E


def module(name: str, version: str) -> dict[str, bytes]:
    told = json.dumps({"name": name, "version": version})
    return {f"{MODULES}/{name}/package.json": told.encode()}


def distribution(name: str, version: str) -> dict[str, bytes]:
    folder = f"{SITE}/{name}-{version}.dist-info"
    told = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    return {
        f"{folder}/METADATA": told.encode(),
        f"{folder}/RECORD": f"{name}-{version}.dist-info/METADATA,,\n".encode(),
    }


FILES = {
    **module("ms", "2.1.3"),
    **module("debug", "4.3.4"),
    **distribution("six", "1.16.0"),
    **distribution("idna", "3.7"),
}


def stored(files: dict[str, bytes]) -> dict[str, Entry]:
    """The contents by their digests, as stores of pnpm have them."""
    return {f"store/{hashlib.sha256(data).hexdigest()}": data for data in files.values()}


def linked(files: dict[str, bytes]) -> dict[str, Entry]:
    """Each file as a link to its content."""
    return {
        path: HardLink(f"store/{hashlib.sha256(data).hexdigest()}") for path, data in files.items()
    }


def image_of(path: Path) -> ImageReport:
    (image,) = analyze(str(path)).images
    return image


def read_again(image: ImageReport) -> list[Problem]:
    return [problem for problem in image.problems if problem.code is Code.FILE_READ_AGAIN]


def names(image: ImageReport) -> set[tuple[str, str, str]]:
    return {(package.type, package.name, package.version) for package in image.packages}


def test_packages_are_those_that_python_and_npm_list_in_the_unpacked_tree(tmp_path: Path) -> None:
    files = FILES | {"srv/app/package.json": b'{"name": "app", "version": "1.0.0"}'}
    layout = (
        ImageBuilder().layer({**stored(files), **linked(files)}).write_oci(tmp_path / "layout", "v")
    )
    umoci = require_tool("umoci")
    run([umoci, "unpack", "--image", f"{layout}:v", tmp_path / "bundle"])
    root = tmp_path / "bundle" / "rootfs"
    ours = names(image_of(layout))
    python = metadata.distributions(path=[str(root / SITE)])
    assert {(name, version) for kind, name, version in ours if kind == "pypi"} == {
        (found.metadata["Name"], found.version) for found in python
    }
    command = [*npm_command(tmp_path), "ls", "--json", "--prefix", root / "srv/app"]
    listed = json.loads(run(command, check=False).stdout)["dependencies"]
    assert {(name, version) for kind, name, version in ours if kind == "npm"} == {
        (name, found["version"]) for name, found in listed.items()
    }
    assert len(ours) == 4


def test_one_note_for_all_files_of_a_layer_which_is_read_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = counted_scans(monkeypatch)
    builder = ImageBuilder().layer({"a": b"a"}).layer({**stored(FILES), **linked(FILES)})
    image = image_of(builder.write_oci(tmp_path))
    (said,) = read_again(image)
    others = f"'{min(stored(FILES))}' and {len(FILES) - 1} more files"
    assert said.detail == f"a link leads to {others}; the layer was read again"
    assert sorted(counts.values()) == [1, 2]


def test_the_layer_of_the_content_is_read_and_that_of_the_name_brings_the_package(
    tmp_path: Path,
) -> None:
    builder = ImageBuilder().layer(stored(FILES)).layer(linked(FILES))
    image = image_of(builder.write_oci(tmp_path))
    assert len(names(image)) == 4
    assert {package.introduced_in for package in image.packages} == {1}
    (said,) = read_again(image)
    assert said.where == f"blobs/sha256/{(image.layers[0].digest or '')[7:]}"


def test_both_names_count_where_the_other_is_that_of_a_package_too(tmp_path: Path) -> None:
    """Nothing has to be read again: the content was kept under the first name."""
    there: dict[str, Entry] = {**distribution("six", "1.16.0")}
    copy = {path.replace("opt/venv", "opt/other"): HardLink(path) for path in there}
    image = image_of(ImageBuilder().layer({**there, **copy}).write_oci(tmp_path))
    (package,) = image.packages
    folders = {place.path.split("/")[1] for place in package.locations}
    assert folders == {"venv", "other"}
    assert read_again(image) == []


def test_what_uv_links_by_symbolic_links_is_installed(tmp_path: Path) -> None:
    """`uv pip install --link-mode symlink`; what lies in the cache beside it is not."""
    cache = "root/.cache/uv/archive-v0/4xeyCZOMMlzcHn7pcVCkp"
    files: dict[str, Entry] = {}
    for path, data in distribution("six", "1.16.0").items():
        at = f"{cache}/{path.removeprefix(SITE)[1:]}"
        files |= {at: data, path: Link(f"../../../../../../{at}")}
    for path, data in distribution("idna", "3.6").items():
        files[f"{cache[:-1]}q/{path.removeprefix(SITE)[1:]}"] = data
    layout = ImageBuilder().layer(files).write_oci(tmp_path / "layout", "v")
    run([require_tool("umoci"), "unpack", "--image", f"{layout}:v", tmp_path / "bundle"])
    there = metadata.distributions(path=[str(tmp_path / "bundle/rootfs" / SITE)])
    expected = {("pypi", found.metadata["Name"], found.version) for found in there}
    assert names(image_of(layout)) == expected == {("pypi", "six", "1.16.0")}


def test_large_files_are_reduced_in_the_second_pass_too(tmp_path: Path) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as jar:
        told = "groupId=org.example\nartifactId=tool\nversion=1.2\n"
        jar.writestr("META-INF/maven/org.example/tool/pom.properties", told)
    jars = {"app/tool.jar": data.getvalue()}
    image = image_of(ImageBuilder().layer({**stored(jars), **linked(jars)}).write_oci(tmp_path))
    assert names(image) == {("maven", "tool", "1.2")}


NOTED = b'{"type":"deb","os":"debian","name":"tool","version":"1-1","architecture":"amd64"}'
PROGRAM = elf([], [Part(0, note(b"FDO", FDO, NOTED), b".note.package", NOTE)])


def test_a_program_is_found_while_a_link_to_it_is_left(tmp_path: Path) -> None:
    """Programs are wanted whatever they are called: once, and once is enough."""
    first: Entries = {"a/tool": PROGRAM, "b/tool": HardLink("a/tool"), "c/tool": HardLink("a/tool")}
    builder = ImageBuilder().layer(first)
    for path, removed in (("a/tool", "a/.wh.tool"), ("b/tool", "b/.wh.tool")):
        (package,) = image_of(builder.write_oci(tmp_path / path[0])).packages
        assert [place.path for place in package.locations] == [path]
        builder.layer({removed: b""})
    (package,) = image_of(builder.write_oci(tmp_path / "c")).packages
    assert [place.path for place in package.locations] == ["c/tool"]
    assert image_of(builder.layer({"c/.wh.tool": b""}).write_oci(tmp_path / "d")).packages == ()


def test_what_the_limits_refuse_is_said_for_a_second_pass(tmp_path: Path) -> None:
    layout = ImageBuilder().layer({**stored(FILES), **linked(FILES)}).write_oci(tmp_path)
    (image,) = analyze(str(layout), limits=Limits(captured_file_bytes=20)).images
    assert Code.LIMIT_EXCEEDED in {problem.code for problem in image.problems}
    assert names(image) == set()
