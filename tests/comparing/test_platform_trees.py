"""Files of two platforms of real images against two trees that umoci unpacked."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from analyzer.comparing.filetrees import trees_of
from analyzer.comparing.images import compare_inputs
from analyzer.comparing.inputs import Wanted, open_inputs
from analyzer.diff.filesystem.part import PATH
from analyzer.diff.platforms.compare import compare_platforms
from analyzer.diff.platforms.machines import machine_of
from analyzer.diff.platforms.model import Part, Row, State
from analyzer.diff.platforms.rules import (
    ARCHITECTURE_IN_FILE,
    DYNAMIC_LINKER,
    PATH_OF_ARCHITECTURE,
    PROGRAM,
    RULES,
)
from analyzer.diff.tree import Difference, Kind, mirrored
from analyzer.image.platform import parse_platform
from analyzer.limits import Limits
from analyzer.reading import Run
from tests.comparing.test_real_trees import by_umoci
from tests.diff.images import normal
from tests.support.realimages import LANGUAGES, expected_tree, real_image
from tests.support.tools import require_tool, run

if TYPE_CHECKING:
    from collections.abc import Iterable

ARCHITECTURES = ("amd64", "arm64")
Sided = set[tuple[int, str]]
"""Paths, each with the number of the platform that has it."""


def rows_of(path: Path) -> list[Row]:
    """The files of the only image, amd64 before arm64."""
    with open_inputs([Wanted(str(path))]) as (given,):
        found = compare_platforms(
            given.report, lambda images: trees_of([(given, i) for i in images], Limits())
        )
    (image,) = found.images
    assert [column.label for column in image.columns] == ["linux/amd64", "linux/arm64"]
    return [row for row in image.rows if row.part is Part.FILES]


def part_of(path: Path) -> Difference:
    """The files part of two platforms, with its mirror image checked."""
    wanted = [Wanted(str(path), platforms=(f"linux/{arch}",)) for arch in ARCHITECTURES]
    with open_inputs(wanted) as (one, two):
        found = compare_inputs(one, two, across=True)
        turned = compare_inputs(two, one, across=True)
    assert normal(turned) == normal(mirrored(found))
    part = found.children[0].child("files")
    assert part is not None
    return part


def sided(changes: dict[str, set[str]]) -> Sided:
    found: Sided = set()
    for path, what in changes.items():
        found |= {(0, path)} if what != {"added"} else set()
        found |= {(1, path)} if what != {"removed"} else set()
    return found


def paths_of(rows: Iterable[Row]) -> Sided:
    return {
        (number, cell.value["path"])
        for row in rows
        for number, cell in enumerate(row.cells)
        if cell.state is State.THERE
    }


def paths_in(part: Difference) -> Sided:
    found = {(0, each.before) for each in part.expected if each.before is not None}
    found |= {(1, each.after) for each in part.expected if each.after is not None}
    for child in part.children:
        moved = child.child(PATH)
        if moved is not None:
            found |= {(0, moved.before), (1, moved.after)}
        else:
            found |= {(0, child.subject)} if child.kind is not Kind.ADDED else set()
            found |= {(1, child.subject)} if child.kind is not Kind.REMOVED else set()
    return found


def test_every_path_that_differs_is_listed_or_explained_by_a_rule() -> None:
    expected = sided(by_umoci(expected_tree("amd64"), expected_tree("arm64")))
    assert len(expected) > 1000
    rows = rows_of(real_image("oci-layout"))
    assert paths_of(rows) == expected
    assert {rule for row in rows for rule in row.rules} <= RULES.keys()
    part = part_of(real_image("oci-layout"))
    assert paths_in(part) == expected
    assert all(each.rules for each in part.expected)


def test_a_debian_of_two_platforms_differs_in_nothing_that_is_not_to_be_expected() -> None:
    """Mmdebstrap made both of the same packages on the same day."""
    assert [row.subject for row in rows_of(real_image("oci-layout")) if row.unexpected] == []
    assert part_of(real_image("oci-layout")).kind is Kind.SAME


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The root filesystems of both platforms, as umoci unpacks them."""
    if os.geteuid():
        pytest.skip("only root can unpack files with their owners")
    folder = tmp_path_factory.mktemp("platforms")
    return [_unpack(real_image("oci-layout"), arch, folder) for arch in ARCHITECTURES]


def _copied(source: Path, arch: str, layout: Path) -> str:
    line = [require_tool("skopeo"), "--override-arch", arch, "copy", "--quiet"]
    run([*line, f"oci:{source}:1.0", f"oci:{layout}:{arch}"])
    return f"{layout}:{arch}"


def _unpack(source: Path, arch: str, folder: Path) -> Path:
    image = _copied(source, arch, folder / "layout")
    run([require_tool("umoci"), "unpack", "--image", image, folder / arch])
    return folder / arch / "rootfs"


def read_by_readelf(files: list[Path]) -> dict[Path, tuple[str, str]]:
    """Machine and interpreter of those that readelf takes for ELF."""
    done = run([require_tool("readelf"), "-W", "-h", "-l", *files, "/dev/null"], check=False)
    found = {}
    for block in done.stdout.decode(errors="replace").split("\nFile: ")[1:]:
        machine = re.search(r"^ +Machine: +(.+)$", block, re.MULTILINE)
        asks = re.search(r"Requesting program interpreter: (.+)\]", block)
        if machine is not None:
            name = Path(block.partition("\n")[0])
            found[name] = (machine[1], asks[1] if asks is not None else "")
    return found


MACHINES = ("Advanced Micro Devices X86-64", "AArch64")


def test_programs_are_what_readelf_takes_for_programs_of_the_platform(
    unpacked: list[Path],
) -> None:
    rows = [
        row
        for row in rows_of(real_image("oci-layout"))
        if all(cell.value and cell.value["type"] == "file" for cell in row.cells)
        and row.cells[0].value["sha256"] != row.cells[1].value["sha256"]
    ]
    folded = [row for row in rows if PROGRAM in row.rules]
    assert len(folded) > 300
    for number, machine in enumerate(MACHINES):
        places = {row.subject: unpacked[number] / row.cells[number].value["path"] for row in rows}
        read = read_by_readelf(list(places.values()))
        assert {row.subject for row in folded} == {
            subject for subject, place in places.items() if place in read
        }
        assert {read[places[row.subject]][0] for row in folded} == {machine}
        known = machine_of(parse_platform(f"linux/{ARCHITECTURES[number]}"))
        assert known is not None
        asked = {Path(linker).name for _, linker in read.values() if linker}
        assert asked
        assert asked <= set(known.linkers)


def test_texts_are_equal_after_another_program_took_the_architecture_out(
    unpacked: list[Path],
) -> None:
    """sed(1) replaces the words of dpkg-architecture and the names of the linkers."""
    words = (r"x86_64-linux-gnu|x86-64|x86_64|amd64", r"aarch64-linux-gnu|aarch64|arm64")
    rows = [r for r in rows_of(real_image("oci-layout")) if ARCHITECTURE_IN_FILE in r.rules]
    assert len(rows) > 3
    for row in rows:
        texts = []
        for number, root in enumerate(unpacked):
            script = rf"s/ld-linux-[a-z0-9-]+\.so\.[12]/L/g; s/{words[number]}/A/g; s/lib64/lib/g"
            place = root / row.cells[number].value["path"]
            changed = run(["sed", "-E", script, place]).stdout
            texts.append(zip(place.read_bytes().split(b"\n"), changed.split(b"\n"), strict=True))
        for one, two in zip(*texts, strict=True):  # as it stands, or as sed made it
            assert one[0] == two[0] or one[1] == two[1], row.subject


def test_links_and_plain_files_at_paths_of_the_architecture_are_the_same(
    unpacked: list[Path],
) -> None:
    """cmp(1) says so of files that were folded for their path alone."""
    cmp = require_tool("cmp")
    rows = [r for r in rows_of(real_image("oci-layout")) if r.rules == (PATH_OF_ARCHITECTURE,)]
    plain = [r for r in rows if r.cells[0].value["type"] == "file"]
    assert plain
    for row in plain:
        run([cmp, *(root / c.value["path"] for root, c in zip(unpacked, row.cells, strict=True))])


def test_the_linker_that_programs_ask_for_is_folded() -> None:
    rows = [r for r in rows_of(real_image("oci-layout")) if DYNAMIC_LINKER in r.rules]
    names = {Path(path).name for _, path in paths_of(rows)}
    assert {"ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1", "lib64"} <= names


@pytest.fixture(scope="module")
def planted(unpacked: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same image, with a config edited and two rights given by umoci, on arm64 alone."""
    folder = tmp_path_factory.mktemp("planted")
    layout = folder / "layout"
    source = real_image("oci-layout")
    for arch in ARCHITECTURES:
        _copied(source, arch, layout)
    root = unpacked[1]
    edited = folder / "edited"
    edited.write_bytes((root / "etc/login.defs").read_bytes() + b"UMASK 000\n")
    (folder / "tty").write_bytes((root / "usr/bin/tty").read_bytes())
    (folder / "tty").chmod(0o4755)
    library = "usr/lib/aarch64-linux-gnu/libz.so.1.2.13"
    (folder / "libz").write_bytes((root / library).read_bytes())
    (folder / "libz").chmod(0o646)
    umoci = [require_tool("umoci"), "insert", "--image", f"{layout}:arm64"]
    for name, target in (("edited", "etc/login.defs"), ("tty", "usr/bin/tty"), ("libz", library)):
        run([*umoci, folder / name, f"/{target}"])
    _index(layout)
    return layout


def _index(layout: Path) -> None:
    """Both images of the layout under one index, as builders of several platforms write it."""
    from tests.support.imagebuilder import sha256

    top = json.loads((layout / "index.json").read_bytes())
    named = {m["annotations"]["org.opencontainers.image.ref.name"]: m for m in top["manifests"]}
    manifests: list[dict[str, Any]] = []
    for arch in ARCHITECTURES:
        plain = {key: named[arch][key] for key in ("mediaType", "digest", "size")}
        manifests.append({**plain, "platform": {"os": "linux", "architecture": arch}})
    media_type = "application/vnd.oci.image.index.v1+json"
    index = json.dumps({"schemaVersion": 2, "mediaType": media_type, "manifests": manifests})
    digest = sha256(index.encode())
    (layout / "blobs" / "sha256" / digest.partition(":")[2]).write_text(index)
    tag = {"org.opencontainers.image.ref.name": "1.0"}
    entry = {"mediaType": media_type, "digest": digest, "size": len(index), "annotations": tag}
    (layout / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))


def test_what_was_planted_on_one_platform_is_found_and_nothing_else(planted: Path) -> None:
    found = {row.subject for row in rows_of(planted) if row.unexpected}
    assert found == {"etc/login.defs", "usr/bin/tty", "usr/lib/{arch}/libz.so.1.2.13"}
    part = part_of(planted)
    children = {child.subject: child for child in part.children}
    library = "usr/lib/aarch64-linux-gnu/libz.so.1.2.13"
    assert set(children) == {"etc/login.defs", "usr/bin/tty", library}
    assert "after: setuid" in children["usr/bin/tty"].notes
    assert "after: world-writable" in children[library].notes
    assert children["etc/login.defs"].child("content") is not None


def test_no_layer_is_read_more_than_once_again(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    plain = Run.read

    def counted(self: Run, layer: Any, choose: Any) -> bool:  # noqa: ANN401 - as `Run.read`
        read.append(layer.name)
        return plain(self, layer, choose)

    monkeypatch.setattr(Run, "read", counted)
    assert rows_of(real_image("oci-layout"))
    assert read
    assert len(read) == len(set(read))


JAVA = ("java", "jexec", "jpackage", "keytool", "rmiregistry", "binfmts/jar")
"""What the scripts of Debian's packages of Java 17 make, with the programs they offer."""


def test_of_a_large_image_is_shown_what_the_half_installed_package_lacks() -> None:
    """Under emulation the scripts of Java failed; a gem was built, with its time, on each."""
    rows = [row for row in rows_of(real_image(LANGUAGES)) if row.unexpected]
    others = [row for row in rows if not any(name in row.subject for name in JAVA)]
    assert [row.subject for row in others] == ["var/lib/gems/3.1.0/cache/coins-0.2.0.gem"]
    assert len(rows) > len(others)
