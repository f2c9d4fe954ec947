"""ELF, PE and Mach-O against readers that we did not write, and against corruption."""

from __future__ import annotations

import json
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.packages.formats import elf, macho, pe
from analyzer.packages.formats.binary import Binary
from analyzer.packages.formats.program import PROGRAM
from tests.packages.cases import FOLDER
from tests.support.programs import NOBITS, STRTAB, SYMTAB, Part, Shape, note
from tests.support.programs import elf as written
from tests.support.tools import ROOT

PROGRAMS = ROOT / "fixtures" / "programs"
EXPECTED: dict[str, Any] = json.loads((PROGRAMS / "expected.json").read_text("utf-8"))
SHAPES = [Shape(wide, order) for wide in (True, False) for order in "<>"]
WORD = re.compile(
    r"\s*\[ *\d+\] (.{0,200}?) +([A-Z_0-9]+) +([0-9a-f]{8,16}) ([0-9a-f]+) ([0-9a-f]+)"
)


def stated(binary: Binary) -> list[tuple[str, int, int]]:
    """Names, addresses and offsets."""
    return [(s.name.decode(), s.address, s.offset) for s in binary.sections]


def expected(name: str) -> list[tuple[str, int, int]]:
    """The same as Go's debug packages say."""
    return [(s["Name"], s["Address"], s["Offset"]) for s in EXPECTED[name]["Sections"]]


class TestElf:
    """System V ABI."""

    @pytest.mark.parametrize("shape", SHAPES, ids=str)
    def test_reads_both_classes_in_both_byte_orders(self, shape: Shape) -> None:
        text, data = Part(0x8000, b"abcd", b".text", flags=5), Part(0x9000, b"efghij", b".data")
        content = written([text, data], [text, data], shape)
        binary = elf.read(content)
        assert binary is not None
        assert (binary.order, binary.wide, binary.fault) == (shape.order, shape.wide, "")
        assert [s.name for s in binary.sections] == [b"", b".text", b".data", b".shstrtab"]
        assert [(s.address, s.size, s.data) for s in binary.segments] == [
            (0x8000, 4, False),
            (0x9000, 6, True),
        ]
        assert binary.at(content, 0x9002, 3) == b"ghi"
        assert binary.at(content, 0x9002, 100) == b"ghij"
        assert binary.at(content, 0xA000, 1) == b""
        place = binary.offset_of(0x8001)
        assert place is not None
        assert content[place : place + 1] == b"b"

    @pytest.mark.parametrize("shape", SHAPES, ids=str)
    def test_finds_defined_symbols_by_their_whole_names(self, shape: Shape) -> None:
        names = b"\0not_sbom\0sbom_length\0sbom\0"
        entry = "IBBHQQ" if shape.wide else "IIIBBH"

        def symbol(name: bytes, address: int, section: int) -> bytes:
            at = names.index(b"\0" + name + b"\0") + 1
            fields = (at, 0, 0, section, address, 8)
            if not shape.wide:
                fields = (at, address, 8, 0, 0, section)
            return struct.pack(shape.order + entry, *fields)

        table = symbol(b"not_sbom", 1, 1) + symbol(b"sbom", 7, 0) + symbol(b"sbom", 9, 1)
        sections = [Part(0, table, b".symtab", SYMTAB, link=2), Part(0, names, b".strtab", STRTAB)]
        content = written([], sections, shape)
        binary = elf.read(content)
        assert binary is not None
        assert elf.symbols(content, binary, frozenset({b"sbom", b"sbom_length"})) == {b"sbom": 9}

    @pytest.mark.parametrize("path", [sys.executable, "/bin/bash", "/bin/tar"])
    def test_sections_of_this_machine_are_those_of_readelf(self, path: str) -> None:
        if not Path(path).exists() or shutil.which("readelf") is None:
            pytest.skip("no such program here")
        shown = subprocess.run(
            ["readelf", "-SW", path], capture_output=True, text=True, check=True
        ).stdout
        wanted = [
            (m[1].strip(), int(m[3], 16), int(m[4], 16)) for m in WORD.finditer(shown) if m[1]
        ]
        binary = elf.read(Path(path).read_bytes())
        assert binary is not None
        assert len(wanted) > 10
        assert [found for found in stated(binary) if found[0]] == wanted

    def test_memory_only_sections_have_no_bytes(self) -> None:
        content = written([], [Part(0x5000, b"x" * 9, b".bss", NOBITS)])
        binary = elf.read(content)
        assert binary is not None
        section = binary.section(b".bss")
        assert section is not None
        assert section.size == 0

    def test_numbers_beyond_sixteen_bit_are_in_the_first_section(self) -> None:
        content = bytearray(written([], [Part(0, b"x", b".one")]))
        (start,) = struct.unpack_from("<Q", content, 40)
        number, names = struct.unpack_from("<HH", content, 60)
        struct.pack_into("<HH", content, 60, 0, 0xFFFF)
        struct.pack_into("<Q", content, start + 32, number)
        struct.pack_into("<I", content, start + 40, names)
        assert elf.section_names(bytes(content)) == b"\0.one\0.shstrtab\0"
        binary = elf.read(bytes(content))
        assert binary is not None
        assert [s.name for s in binary.sections] == [b"", b".one", b".shstrtab"]

    def test_a_file_that_ends_before_its_section_headers_says_so(self) -> None:
        content = written([], [Part(0, b"x", b".one")])
        binary = elf.read(content[:-1])
        assert binary is not None
        assert "cut off" in binary.fault

    def test_notes_with_every_padding(self) -> None:
        raw = note(b"GNU", 3, b"abcde") + note(b"FDO", 7, b"") + note(b"abcd", 1, b"x")
        assert list(elf.notes(raw, "<")) == [
            (b"GNU", 3, b"abcde"),
            (b"FDO", 7, b""),
            (b"abcd", 1, b"x"),
        ]
        assert list(elf.notes(raw[:-4], "<")) == [(b"GNU", 3, b"abcde"), (b"FDO", 7, b"")]


class TestPortableExecutable:
    """Microsoft's format."""

    @pytest.mark.parametrize("name", ["speedups-win32.pyd", "speedups-win64.pyd"])
    def test_sections_and_exported_names(self, name: str) -> None:
        content = (PROGRAMS / name).read_bytes()
        binary = pe.read(content)
        assert binary is not None
        assert binary.wide is ("64" in name)
        assert stated(binary) == expected(name)
        assert [s.size for s in binary.sections] == [s["Size"] for s in EXPECTED[name]["Sections"]]
        found = pe.exports(content, binary, frozenset({b"PyInit__speedups", b"sbom"}))
        assert {k.decode(): v for k, v in found.items()} == EXPECTED[name]["Symbols"]
        assert binary.fault == ""
        cut = pe.read(content[:-1])
        assert cut is not None
        assert "cut off" in cut.fault


class TestMachO:
    """Apple's format."""

    def test_sections_and_symbols(self) -> None:
        name = "speedups-macho.so"
        content = (PROGRAMS / name).read_bytes()
        ((binary, start),) = macho.read(content)
        assert (binary.order, binary.wide, start) == ("<", True, 0)
        assert stated(binary) == expected(name)
        found = macho.symbols(content, binary, 0, frozenset({b"PyInit__speedups", b"_dummy"}))
        address = EXPECTED[name]["Symbols"]["_PyInit__speedups"]
        assert found == {b"PyInit__speedups": address}

    def test_narrow_and_big_endian(self) -> None:
        section = struct.pack(">16s16s9I", b"__x", b"__DATA", 0x1004, 3, 160, 0, 0, 0, 0, 0, 0)
        segment = struct.pack(">16s8I", b"__DATA", 0x1000, 16, 156, 7, 3, 3, 1, 0) + section
        command = struct.pack(">II", 1, 8 + len(segment)) + segment
        header = struct.pack(">IIIIIII", 0xFEEDFACE, 18, 0, 2, 1, len(command), 0)
        content = (header + command).ljust(156, b"\0") + b"0123abc"
        ((binary, _),) = macho.read(content)
        assert (binary.order, binary.wide) == (">", False)
        assert stated(binary) == [("__DATA,__x", 0x1004, 160)]
        assert binary.at(content, 0x1004, 3) == b"abc"

    def test_a_java_class_is_no_fat_file(self) -> None:
        assert macho.read(b"\xca\xfe\xba\xbe\0\0\0\x34" + bytes(1000)) == []


FILES = sorted(
    path
    for folder in (FOLDER, PROGRAMS)
    for path in folder.rglob("*")
    if (path.is_file() and path.read_bytes()[:4] in (elf.MAGIC, *macho.MAGICS, *macho.FAT_MAGICS))
    or path.suffix in {".exe", ".pyd"}
)
NAMES = frozenset({b"sbom", b"sbom_length", b"PyInit__speedups"})
EDGES = st.sampled_from([b"\0", b"\xff", b"\xff" * 8, b"\x7f" * 4, b"\x80" + bytes(7), b"\x01"])


class TestCorruption:
    """Whatever the numbers in a header say, nothing is raised and little is inflated."""

    @settings(max_examples=400, deadline=None)
    @given(data=st.data())
    def test_damaged_programs_are_read_as_far_as_they_go(self, data: st.DataObject) -> None:
        content = bytearray(data.draw(st.sampled_from(FILES)).read_bytes())
        for _ in range(data.draw(st.integers(0, 8))):
            # Headers are at the begin and, of ELF, at the end.
            place = data.draw(st.one_of(st.integers(0, 600), st.integers(-600, -1)))
            change = data.draw(EDGES)
            at = place % max(len(content), 1)
            content[at : at + len(change)] = change
        cut = data.draw(st.integers(0, len(content)) | st.just(len(content)))
        self.read(bytes(content[:cut]))

    @settings(max_examples=200)
    @given(data=st.binary(max_size=300), magic=st.sampled_from(PROGRAM.magics))
    def test_any_bytes_after_a_magic_are_read(self, data: bytes, magic: bytes) -> None:
        self.read(magic + data)

    @staticmethod
    def read(content: bytes) -> None:
        inflated: list[int] = []
        parts = PROGRAM.apply(content, inflated.append)
        assert sum(inflated) <= 64 << 20
        assert all(isinstance(part, bytes) for part in parts.values())
        if (found := elf.read(content)) is not None:
            elf.symbols(content, found, NAMES)
            for section in found.sections:
                list(elf.notes(content[section.offset : section.offset + 4096], found.order))
        if (windows := pe.read(content)) is not None:
            pe.exports(content, windows, NAMES)
        for binary, start in macho.read(content):
            macho.symbols(content, binary, start, NAMES)
