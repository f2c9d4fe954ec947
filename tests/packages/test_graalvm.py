"""GraalVM's embedded SBOM in PE and Mach-O files, which no linker here writes, and its bounds."""

from __future__ import annotations

import gzip
import json
import struct

import pytest

from analyzer.packages.catalogers.graalvm import CATALOGER
from analyzer.packages.formats.program import PROGRAM, SBOM_BYTES
from tests.packages.cases import parse
from tests.support.programs import READ_WRITE_DATA, Part, pe

DOCUMENT = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.5",
    "components": [{"type": "library", "purl": "pkg:maven/g/a@1", "name": "a", "version": "1"}],
}
SBOM = gzip.compress(json.dumps(DOCUMENT).encode(), mtime=0)


def mach_o(sbom: bytes) -> bytes:
    """mach-o/loader.h: one segment with the heap section, and a symbol table."""
    names = b"\0_sbom\0_sbom_length\0"
    commands = 72 + 80 + 24
    data = 32 + commands
    content = sbom + struct.pack("<Q", len(sbom))
    address = 0x1000
    symbols = b"".join(
        struct.pack("<IBBHQ", names.index(name), 15, 1, 0, place)
        for name, place in ((b"_sbom\0", address), (b"_sbom_length", address + len(sbom)))
    )
    end = data + len(content)
    segment = struct.pack("<16sQQQQ", b"__DATA", address, len(content), data, len(content))
    section = struct.pack("<16s16sQQI28x", b"__svm_heap", b"__DATA", address, 1, data)
    return b"".join(
        (
            struct.pack("<8I", 0xFEEDFACF, 0x100000C, 0, 2, 2, commands, 0, 0),
            struct.pack("<II", 0x19, 152) + segment + struct.pack("<IIII", 3, 3, 1, 0) + section,
            struct.pack("<6I", 2, 24, end, 2, end + len(symbols), len(names)),
            content + symbols + names,
        )
    )


def portable_executable(sbom: bytes) -> bytes:
    """PE with the exports in the section of the data."""
    address = 0x1000
    directory = struct.pack("<20x5I", 2, 2, address + 40, address + 48, address + 56)
    names = address + 60
    sbom_at = names + 5 + 12
    tables = struct.pack("<IIIIHH", sbom_at + len(sbom), sbom_at, names + 5, names, 0, 1)
    data = directory + tables + b"sbom\0sbom_length\0" + sbom + struct.pack("<Q", len(sbom))
    parts = [
        Part(address, data, b".data", kind=READ_WRITE_DATA),
        Part(0x9000, b"x", b".svm_hea", kind=READ_WRITE_DATA),
    ]
    return pe(parts, exports=address)


@pytest.mark.parametrize("write", [mach_o, portable_executable])
class TestOtherFormats:
    """The same two symbols in the symbol table or the export table."""

    def test_components_are_found(self, write: object) -> None:
        assert callable(write)
        packages, problems = parse(CATALOGER, {"x": write(SBOM)})
        assert [(p.type, p.namespace, p.name, p.version) for p in packages] == [
            ("maven", "g", "a", "1")
        ]
        assert problems == []

    def test_bombs_are_bounded_and_charged(self, write: object) -> None:
        assert callable(write)
        charged: list[int] = []
        parts = PROGRAM.apply(write(gzip.compress(bytes(SBOM_BYTES + 1))), charged.append)
        assert b"more than" in parts["0/graalvm.fault"]
        assert SBOM_BYTES < sum(charged) < SBOM_BYTES + (1 << 20)
