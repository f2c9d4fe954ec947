"""Targets for what takes parts out of programs and archives, and for who reads those parts."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from struct import Struct, pack

from analyzer.errors import LimitExceeded
from analyzer.layers import reduced
from analyzer.layers.wants import CapturePlan, Charge, Reducer
from analyzer.packages.contract import Cataloger, Content
from analyzer.packages.formats import elf, macho, pe, wasm, zipreader
from analyzer.packages.formats.binary import Binary
from analyzer.packages.formats.jar import JAR
from analyzer.problems import Code
from tests.fuzz.cataloging import FIXTURES, FOUND, check
from tests.fuzz.target import Run, Target
from tests.packages.cases import Case

_MOST_INFLATED = 64 << 20
_MOST_SEED = 6000
_MOST_MEMBERS = 50
_VERSIONS = "version-string-"
_ARCHIVES = frozenset({"jar", "egg", "yarn-archive"})
_REDUCERS: dict[str, Reducer] = {
    want.reducer.name: want.reducer
    for cataloger in FOUND.values()
    for want in cataloger.wants
    if want.reducer
}


def _charging() -> Charge:
    """Counts what is inflated, as a scan does, and has enough of it at some point."""
    left = _MOST_INFLATED

    def charge(count: int) -> None:
        nonlocal left
        assert count >= 0
        left -= count
        if left < 0:
            raise LimitExceeded(Code.LIMIT_EXCEEDED, "too much")

    return charge


def _readers(reducer: Reducer) -> list[tuple[Cataloger, str]]:
    """Every cataloger that wants parts of `reducer`, and a path at which it does."""
    found = {
        cataloger.name: (cataloger, want.pattern.replace("**/", "x/").replace("*", "x"))
        for cataloger in FOUND.values()
        for want in cataloger.wants[::-1]
        if want.reducer == reducer
    }
    return [found[name] for name in sorted(found)]


def _reducing(reducer: Reducer, before: Callable[[bytes], bytes] = bytes) -> Run:
    """The reducer on any bytes, then who reads what it takes out; it raises for bombs alone.

    What a glance says is not worthwhile has nothing to be taken out.
    """
    readers = _readers(reducer)

    def run(data: bytes) -> None:
        with suppress(LimitExceeded):
            content = before(data)
            parts = reducer.apply(content, _charging())
            begins = not reducer.magics or content.startswith(reducer.magics)
            assert (begins and reducer.worthwhile(content)) or not parts
            assert all(isinstance(part, bytes) for part in parts.values())
            packed = reduced.pack(parts)
            assert reduced.unpack(packed) == parts
            for cataloger, path in readers if parts else ():
                check(cataloger, {path: packed})

    return run


_RULES = [_REDUCERS[name] for name in sorted(_REDUCERS) if name.startswith(_VERSIONS)]
_READING = [_reducing(reducer) for reducer in _RULES]


def run_version(data: bytes) -> None:
    """The first byte chooses the rule."""
    if data:
        _READING[data[0] % len(_READING)](data[1:])


def _seeds_of(reducer: Reducer) -> Iterator[bytes]:
    """The fixtures that it is for, but for the large ones."""
    seen: set[bytes] = set()
    for cataloger, _ in _readers(reducer):
        plan = CapturePlan(cataloger.wants)
        for folder in sorted((FIXTURES / cataloger.name).iterdir()):
            for path, data in Case(folder).files.items():
                wanted = reducer in plan.wanted(path).reducers
                if wanted and len(data) <= _MOST_SEED and data not in seen:
                    seen.add(data)
                    yield data


def _version_seeds() -> Iterator[bytes]:
    for number, reducer in enumerate(_RULES):
        yield from (bytes([number]) + data for data in _seeds_of(reducer))


_CENTRAL = Struct("<4s6xH8xL4xHHH8xL")
"""Signature, method, packed size, lengths of name, extra fields and comment, offset."""
_LOCAL = Struct("<4s22xHH")
_SUM_AT = {b"PK\x01\x02": 16, b"PK\x03\x04": 14}


def _with_sums(data: bytes) -> bytes:
    """An archive whose checksums are set right, as far as it is one: no fuzzer guesses a sum."""
    content = bytearray(data)
    at = data.find(b"PK\x01\x02")
    for _ in range(_MOST_MEMBERS):
        if at < 0 or at + _CENTRAL.size > len(data):
            break
        _, method, packed, _, _, _, place = _CENTRAL.unpack_from(data, at)
        if place + 30 <= len(data):
            _, name, extra = _LOCAL.unpack_from(data, place)
            start = place + 30 + name + extra
            total = zlib.crc32(_content(method, data[start : start + packed]))
            for where in (at, place):
                if field := _SUM_AT.get(data[where : where + 4]):
                    content[where + field : where + field + 4] = pack("<L", total)
        at = data.find(b"PK\x01\x02", at + 4)
    return bytes(content)


def _content(method: int, packed: bytes) -> bytes:
    if method != zipreader.DEFLATED:
        return packed
    with suppress(zlib.error):
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, 1 << 20)
    return b""


def run_zip(data: bytes) -> None:
    """Members or faults, of no more bytes than asked for."""
    content, charge, most = _with_sums(data), _charging(), 1 << 20
    with suppress(LimitExceeded):
        for member in zipreader.members(content, _MOST_MEMBERS, (b"",)):
            if isinstance(member, zipreader.ZipError):
                continue
            with suppress(zipreader.ZipError):
                assert len(zipreader.read(content, member, charge, most)) <= most


_TEXTS = (
    "META-INF/MANIFEST.MF",
    "META-INF/maven/g/a/pom.properties",
    "META-INF/maven/g/a/pom.xml",
    "META-INF/maven/g/b/pom.properties",
)


def run_jar_texts(data: bytes) -> None:
    """Texts with two NUL between them, as the members of a sound archive, and of one in it."""
    inner = _zipped(zip(_TEXTS, data.split(b"\0\0"), strict=False))
    _JAR(_zipped([*zip(_TEXTS, data.split(b"\0\0"), strict=False), ("lib/a-1.jar", inner)]))


_JAR = _reducing(JAR)


def _zipped(files: Iterable[tuple[str, bytes]]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in files:
            archive.writestr(zipfile.ZipInfo(name), data)
    return packed.getvalue()


def _jar_texts() -> Iterator[bytes]:
    manifest = (
        b"Manifest-Version: 1.0\r\nBundle-SymbolicName: a;x=1\r\nBundle-Version: 1\r\n .2\r\n"
    )
    properties = b"#c\ngroupId=g\nartifactId = a\nversion:1.0\\u0041\\\n  b\n"
    pom = (FIXTURES / "javalocks/ordinary/srv/maven/pom.xml").read_bytes()
    yield b"\0\0".join((manifest, properties, pom))
    yield b"\0\0".join((manifest, b"", b"<project><artifactId>${a}</artifactId></project>", b"a=b"))


Read = Callable[[Content], list[tuple[Binary, int]]]


def _program(magics: Iterable[bytes], read: Read, symbols: Callable[..., object]) -> Run:
    """The reader of one format, and `PROGRAM`; the first byte chooses the magic."""
    beginnings = sorted(magics)
    reducing = _reducing(_REDUCERS["program"])

    def run(data: bytes) -> None:
        magic = beginnings[(data[0] if data else 0) % len(beginnings)]
        content = magic + data[1 + len(magic) :]
        reducing(content)
        for binary, start in read(content):
            symbols(content, binary, start, frozenset({b"sbom", b"sbom_length"}))
            for section in binary.sections[:_MOST_MEMBERS]:
                assert section.size >= 0
                assert len(binary.at(content, section.address, 8)) <= 8
            assert binary.fault.isprintable()

    return run


def _one(read: Callable[[Content], Binary | None]) -> Read:
    return lambda content: [(binary, 0) for binary in [read(content)] if binary]


def _elf_symbols(content: Content, binary: Binary, _start: int, wanted: frozenset[bytes]) -> object:
    elf.section_names(content)
    for section in binary.sections[:_MOST_MEMBERS]:
        list(elf.notes(content[section.offset :][: section.size], binary.order))
    return elf.symbols(content, binary, wanted)


def _program_seeds(magics: Iterable[bytes]) -> Iterator[bytes]:
    beginnings = sorted(magics)
    seeds = [*_seeds_of(_REDUCERS["program"]), *_machos(), b"\0asm\1\0\0\0\0\x04\x03abc\x01\x01\0"]
    for data in seeds:
        for number, magic in enumerate(beginnings):
            if data.startswith(magic):
                yield bytes([number]) + data


def _machos() -> Iterator[bytes]:
    """One with Go's build information, alone and in a universal file."""
    info = b"\xff Go buildinf:\x08\x02".ljust(32, b"\0") + b"\x08go1.21.5\0"
    place = 32 + 72 + 80 + 24
    segment = Struct("<II16sQQQQIIII")
    section = Struct("<16s16sQQIIIIIIII")
    command = segment.pack(0x19, 152, b"__DATA", 0x1000, 64, place, len(info), 3, 3, 1, 0)
    command += section.pack(b"__go_buildinfo", b"__DATA", 0x1000, len(info), place, *[0] * 7)
    symtab = pack("<6I", 2, 24, place, 1, place, 16)
    head = pack("<8I", 0xFEEDFACF, 0x01000007, 3, 2, 2, len(command) + len(symtab), 0, 0)
    thin = head + command + symtab + info
    yield thin
    yield pack(">II5I", 0xCAFEBABE, 1, 7, 3, 28, len(thin), 0) + thin


_FORMATS: dict[str, tuple[Iterable[bytes], Read, Callable[..., object]]] = {
    "elf": ([elf.MAGIC], _one(elf.read), _elf_symbols),
    "pe": (
        [pe.MAGIC],
        _one(pe.read),
        lambda content, binary, _, names: pe.exports(content, binary, names),
    ),
    "macho": ([*macho.MAGICS, *macho.FAT_MAGICS], macho.read, macho.symbols),
    "wasm": ([wasm.MAGIC], _one(wasm.read), lambda *_: {}),
}
BINARIES = (
    *(
        Target(name, _program(*how), partial(_program_seeds, how[0]), (b"__DATA", b".dep-v0"))
        for name, how in _FORMATS.items()
    ),
    Target("zip", run_zip, partial(_seeds_of, JAR), (b"PK\1\2", b"PK\3\4", b"PK\5\6", b"PK\6\6")),
    Target("jar-texts", run_jar_texts, _jar_texts, (b"${", b"\\u", b"\\\n", b"\r\n ", b"\0\0")),
    Target("version-strings", run_version, _version_seeds),
    *(
        Target(
            f"reduce-{name}",
            _reducing(reducer, _with_sums if name in _ARCHIVES else bytes),
            partial(_seeds_of, reducer),
        )
        for name, reducer in sorted(_REDUCERS.items())
        if not name.startswith(_VERSIONS)
    ),
)
