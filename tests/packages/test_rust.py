"""Rust's audit data: bounds, other file formats, and a real program where it can be had."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.errors import LimitExceeded
from analyzer.packages.catalogers.rust import CATALOGER
from analyzer.packages.contract import Package, Problem
from analyzer.packages.formats.program import AUDIT_BYTES, PROGRAM
from analyzer.problems import Code
from tests.packages.cases import FOLDER, parse
from tests.support.programs import Part, elf

CRATE = {"name": "a", "version": "1.0.0", "source": "crates.io", "root": True}


def program(raw: bytes) -> bytes:
    """An ELF file with these bytes as audit data."""
    return elf([], [Part(0, raw, b".dep-v0")])


def stated(raw: bytes) -> tuple[list[Package], list[Problem]]:
    """Packages and problems of a program with these bytes as audit data."""
    return parse(CATALOGER, {"usr/bin/x": program(raw)})


def test_the_inflated_bound_is_the_one_of_the_format() -> None:
    crates = json.dumps({"packages": [CRATE]}).encode()
    packages, problems = stated(zlib.compress(crates.ljust(AUDIT_BYTES)))
    assert [package.name for package in packages] == ["a"]
    assert problems == []
    packages, problems = stated(zlib.compress(crates.ljust(AUDIT_BYTES + 1)))
    assert packages == []
    assert [problem.severity for problem in problems] == ["error"]


def test_what_is_inflated_is_charged_while_it_grows() -> None:
    spent = 0

    def charge(count: int) -> None:
        nonlocal spent
        spent += count
        if spent > 1 << 20:
            raise LimitExceeded(Code.LIMIT_EXCEEDED, "enough")

    with pytest.raises(LimitExceeded):
        PROGRAM.apply(program(zlib.compress(bytes(AUDIT_BYTES))), charge)
    assert spent <= 2 << 20


def test_mach_o_has_it_in_its_data_segment() -> None:
    raw = zlib.compress(json.dumps({"packages": [CRATE]}).encode())
    start = 32 + 72 + 80
    section = struct.pack("<16s16sQQI28x", b".dep-v0", b"__DATA", 0x1000, len(raw), start)
    head = struct.pack("<II16sQQQQ", 0x19, 152, b"__DATA", 0x1000, len(raw), start, len(raw))
    segment = head + struct.pack("<IIII", 3, 3, 1, 0)
    header = struct.pack("<8I", 0xFEEDFACF, 0x100000C, 0, 2, 1, 152, 0, 0)
    packages, problems = parse(CATALOGER, {"x": header + segment + section + raw})
    assert [package.name for package in packages] == ["a"]
    assert problems == []


def test_web_assembly_has_it_in_a_custom_section() -> None:
    """WebAssembly specification, binary format, custom section."""
    raw = zlib.compress(json.dumps({"packages": [CRATE], "x": "y" * 300}).encode(), 0)
    custom = b"\x07.dep-v0" + raw
    size = bytes([len(custom) & 0x7F | 0x80, len(custom) >> 7])
    types, named = b"\x01\x04\x01\x60\0\0", b"\0\x07\x04nameab"
    module = b"\0asm\x01\0\0\0" + types + named + b"\0" + size + custom
    packages, problems = parse(CATALOGER, {"x.wasm": module})
    assert [package.name for package in packages] == ["a"]
    assert problems == []
    _, problems = parse(CATALOGER, {"x.wasm": module[:-9]})
    assert [problem.severity for problem in problems] == ["error"]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["packages", "name", "version", "source", "dependencies", "root", "kind"]
                ),
                inner,
            )
        ),
    )
)
def test_any_json_is_read(value: object) -> None:
    for data in (value, {"packages": value}, {"packages": [value, CRATE]}):
        packages, _ = stated(zlib.compress(json.dumps(data).encode()))
        assert all(package.name.isprintable() for package in packages)


def test_long_chains_are_no_recursion() -> None:
    crates = [
        {**CRATE, "name": f"c{n}", "dependencies": [n + 1], "root": not n} for n in range(5000)
    ]
    crates.append({**CRATE, "name": "last", "root": False})
    packages, problems = stated(zlib.compress(json.dumps({"packages": crates}).encode()))
    assert len(packages) == 5001
    assert problems == []


def test_uv_of_this_machine_is_what_objcopy_and_zlib_say(tmp_path: Path) -> None:
    uv = shutil.which("uv")
    objcopy = shutil.which("objcopy")
    if uv is None or objcopy is None:
        pytest.skip("uv or objcopy is not installed")
    section = tmp_path / "section"
    command = [objcopy, "--dump-section", f".dep-v0={section}", uv, str(tmp_path / "copy")]
    subprocess.run(command, check=False)
    if not section.exists():
        pytest.skip("this uv carries no audit data")
    wanted = json.loads(zlib.decompress(section.read_bytes()))["packages"]
    packages, problems = parse(CATALOGER, {"usr/bin/uv": Path(uv).read_bytes()})
    assert problems == []
    found = {(package.name, package.version) for package in packages}
    assert found == {(crate["name"], crate["version"]) for crate in wanted}


def test_objcopy_finds_the_section_of_the_fixture(tmp_path: Path) -> None:
    objcopy = shutil.which("objcopy")
    if objcopy is None:
        pytest.skip("objcopy is not installed")
    source = FOLDER / "rust" / "ordinary" / "usr" / "bin" / "uv-build"
    section = tmp_path / "section"
    command = [objcopy, "--dump-section", f".dep-v0={section}", str(source), str(tmp_path / "copy")]
    subprocess.run(command, check=True)
    wanted = json.loads(zlib.decompress(section.read_bytes()))["packages"]
    packages, _ = parse(CATALOGER, {"x": source.read_bytes()})
    runtime = {(c["name"], c["version"]) for c in wanted if c.get("kind", "runtime") == "runtime"}
    assert {(p.name, p.version) for p in packages if p.installed} == runtime
