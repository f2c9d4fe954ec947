"""What compilers and builders leave in programs about packages, taken out in one look.

ELF, PE, Mach-O and WebAssembly. Every program of an image comes here and nearly all have nothing
of it, so an ELF file is known by the names of its sections alone and read no further.

Parts are named `<number>/<what>`: the number counts the architectures of a Mach-O file and is 0
elsewhere. `images` gives them back by architecture.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from analyzer.packages.contract import EVERYTHING, Charge, Reducer, Slices, Want, unpack
from analyzer.packages.formats import elf, gobuildinfo, macho, pe, wasm
from analyzer.packages.formats.binary import Binary, piece
from analyzer.packages.formats.inflated import GZIP, ZLIB, InflateFault, inflate

GO_VERSION: Final = "go.version"
GO_MODULES: Final = "go.modules"
GO_FAULT: Final = "go.fault"
RUST_AUDIT: Final = "rust.audit"
RUST_FAULT: Final = "rust.fault"
PACKAGE_NOTE: Final = "note.package"
"""The JSON texts of all such notes of the program, each ended by NUL."""
PACKAGE_NOTE_FAULT: Final = "note.package.fault"
GRAALVM_SBOM: Final = "graalvm.sbom"
GRAALVM_FAULT: Final = "graalvm.fault"
BUILD_ID: Final = "build-id"
"""In hex. Only beside another part: of itself it makes no package."""

_AUDIT: Final = b".dep-v0"
_AUDIT_SECTIONS: Final = frozenset({_AUDIT, b"__DATA," + _AUDIT})
AUDIT_BYTES: Final = 8 << 20
"""Of cargo-auditable's data, inflated: what its PARSING.md says is more than enough."""
_NOTE: Final = b".note.package"
_NOTE_OWNER: Final = b"FDO"
_NOTE_TYPE: Final = 0xCAFE1A7E
_NOTE_BYTES: Final = 1 << 20
_BUILD_ID: Final = b".note.gnu.build-id"
_BUILD_ID_OWNER: Final = b"GNU"
_BUILD_ID_TYPE: Final = 3
_SVM_HEAP: Final = b"svm_heap"
"""GraalVM's `SectionName.SVM_HEAP`: every native image has one."""
_SVM_HEAP_NAMES: Final = (b".svm_heap", b".svm_hea", b",__svm_heap")
"""Ends of that name in ELF, PE (which has room for eight bytes) and Mach-O."""
_SBOM: Final = b"sbom"
_SBOM_LENGTH: Final = b"sbom_length"
_LENGTH_BYTES: Final = 8
SBOM_BYTES: Final = 32 << 20
_NAMES: Final = (gobuildinfo.SECTION, _AUDIT, _NOTE, _SVM_HEAP)

Parts = dict[str, bytes]


def images(value: bytes) -> list[Mapping[str, bytes]]:
    """The parts that `PROGRAM` took out of a file, one mapping for each architecture."""
    found: dict[str, Parts] = {}
    try:
        parts = unpack(value)
    except ValueError:
        return []
    for name, data in parts.items():
        number, slash, what = name.partition("/")
        if slash:
            found.setdefault(number, {})[what] = data
    return [found[number] for number in sorted(found)]


def _reduce(content: Slices, charge: Charge) -> Parts:
    parts: Parts = {}
    for number, (binary, start) in enumerate(_binaries(content)):
        found = _parts(content, binary, start, charge)
        parts.update((f"{number}/{what}", data) for what, data in found.items())
    return parts


def _glance(content: Slices) -> bool:
    """Whether there may be anything: of ELF files the names of the sections tell."""
    if content[:4] != elf.MAGIC:
        return True
    names = elf.section_names(content)
    return not names or any(name in names for name in _NAMES)


def _binaries(content: Slices) -> list[tuple[Binary, int]]:
    magic = content[:4]
    if not _glance(content):
        return []
    if magic == elf.MAGIC:
        found = elf.read(content)
    elif magic[:2] == pe.MAGIC:
        found = pe.read(content)
    elif magic == wasm.MAGIC:
        found = wasm.read(content)
    else:
        return macho.read(content)
    return [(found, 0)] if found else []


def _parts(content: Slices, binary: Binary, start: int, charge: Charge) -> Parts:
    parts: Parts = {}
    parts.update(_go(content, binary))
    parts.update(_rust(content, binary, charge))
    parts.update(_note(content, binary))
    parts.update(_graalvm(content, binary, start, charge))
    if parts and (ident := next(_build_ids(content, binary), None)):
        parts[BUILD_ID] = ident.hex().encode()
    return parts


def _go(content: Slices, binary: Binary) -> Parts:
    info = gobuildinfo.find(content, binary)
    if info is None:
        return {}
    parts = {GO_VERSION: info.version, GO_MODULES: info.modules}
    if info.fault:
        parts[GO_FAULT] = info.fault.encode()
    return parts


def _rust(content: Slices, binary: Binary, charge: Charge) -> Parts:
    for section in binary.sections:
        if section.size and section.name in _AUDIT_SECTIONS:
            raw = piece(content, section.offset, min(section.size, AUDIT_BYTES))
            return _inflated(raw, ZLIB, AUDIT_BYTES, charge, (RUST_AUDIT, RUST_FAULT))
    return {}


def _inflated(
    raw: bytes, wrapping: int, most: int, charge: Charge, names: tuple[str, str]
) -> Parts:
    """A part under the first name, or under the second words for why not."""
    try:
        return {names[0]: inflate(raw, wrapping, most, charge)}
    except InflateFault as fault:
        return {names[1]: str(fault).encode()}


def _note(content: Slices, binary: Binary) -> Parts:
    section = binary.section(_NOTE)
    if section is None or not section.size:
        return {}
    raw = piece(content, section.offset, min(section.size, _NOTE_BYTES))
    texts = [
        text.rstrip(b"\0") + b"\0"
        for owner, kind, text in elf.notes(raw, binary.order)
        if (owner, kind) == (_NOTE_OWNER, _NOTE_TYPE)
    ]
    if not texts:
        return {PACKAGE_NOTE_FAULT: b"the section for package notes holds none that is whole"}
    return {PACKAGE_NOTE: b"".join(texts)}


def _build_ids(content: Slices, binary: Binary) -> Iterator[bytes]:
    section = binary.section(_BUILD_ID)
    if section is None:
        return
    raw = piece(content, section.offset, min(section.size, _NOTE_BYTES))
    for owner, kind, ident in elf.notes(raw, binary.order):
        if (owner, kind) == (_BUILD_ID_OWNER, _BUILD_ID_TYPE):
            yield ident


def _graalvm(content: Slices, binary: Binary, start: int, charge: Charge) -> Parts:
    """The gzipped CycloneDX document of a native image built with `--enable-sbom`."""
    if not any(s.size and s.name.endswith(_SVM_HEAP_NAMES) for s in binary.sections):
        return {}
    wanted = frozenset({_SBOM, _SBOM_LENGTH})
    if content[:4] == elf.MAGIC:
        found = elf.symbols(content, binary, wanted)
    elif content[:2] == pe.MAGIC:
        found = pe.exports(content, binary, wanted)
    else:
        found = macho.symbols(content, binary, start, wanted)
    if found.keys() != wanted:
        return {}
    length = binary.at(content, found[_SBOM_LENGTH], _LENGTH_BYTES)
    size = int.from_bytes(length, "little" if binary.order == "<" else "big")
    raw = binary.at(content, found[_SBOM], min(size, SBOM_BYTES))
    if len(length) < _LENGTH_BYTES or len(raw) < size:
        return {GRAALVM_FAULT: b"the SBOM of the native image is cut off"}
    return _inflated(raw, GZIP, SBOM_BYTES, charge, (GRAALVM_SBOM, GRAALVM_FAULT))


PROGRAM: Final = Reducer(
    name="program",
    version=2,
    reduce=_reduce,
    glance=_glance,
    spare=elf.code,
    magics=(elf.MAGIC, pe.MAGIC, wasm.MAGIC, *macho.MAGICS, *macho.FAT_MAGICS),
)
PROGRAMS: Final = Want(EVERYTHING, reducer=PROGRAM)
"""The wish of every cataloger that reads parts of `PROGRAM`."""
