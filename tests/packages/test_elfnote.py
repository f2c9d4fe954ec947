"""Package notes against readelf and dpkg, and one look for everything in a program."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.packages.catalogers.elfnote import CATALOGER
from analyzer.packages.formats.program import BUILD_ID, PACKAGE_NOTE, PROGRAM
from tests.packages.cases import FOLDER, parse
from tests.support.programs import NOTE, Part, elf, note

FDO = 0xCAFE1A7E
REAL = [
    Path("/usr/bin/systemctl"),
    Path("/usr/lib/systemd/systemd"),
    Path("/usr/bin/systemd-id128"),
]


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_programs_of_this_machine_are_what_readelf_prints(path: Path) -> None:
    if not path.exists() or shutil.which("readelf") is None:
        pytest.skip("the program or readelf is not installed")
    command = ["readelf", "-n", str(path)]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    stated = re.search(r"Packaging Metadata: (\{.*\})", shown)
    if stated is None:
        pytest.skip("this build carries no note, or this readelf does not know it")
    wanted = json.loads(stated[1])
    (package,), problems = parse(CATALOGER, {"x": path.read_bytes()})
    assert problems == []
    assert json.loads(package.evidence) == wanted
    assert (package.type, package.name, package.version, package.arch) == (
        wanted["type"],
        wanted["name"],
        wanted["version"],
        wanted["architecture"],
    )


def test_the_build_id_is_the_one_of_readelf() -> None:
    path = FOLDER / "elfnote" / "ordinary" / "usr" / "bin" / "systemd-id128"
    parts = PROGRAM.apply(path.read_bytes(), lambda _count: None)
    # readelf -n fixtures/packages/elfnote/ordinary/usr/bin/systemd-id128
    assert parts[f"0/{BUILD_ID}"] == b"d42b675274460dcc0048f8e4255b74be9e6a99ef"
    assert parts.keys() == {f"0/{BUILD_ID}", f"0/{PACKAGE_NOTE}"}


@given(st.binary(max_size=200))
def test_any_note_is_read(text: bytes) -> None:
    raw = note(b"FDO", FDO, text)
    packages, problems = parse(CATALOGER, {"x": elf([], [Part(0, raw, b".note.package", NOTE)])})
    assert len(packages) + len(problems) >= 1
    for package in packages:
        assert package.evidence.isprintable()
        assert len(package.evidence) <= 200
