"""Two ELF files: what they load, what they are built as, and which sections differ.

System V ABI, chapters 4 and 5 (https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html);
notes and `.gnu_debuglink` as readelf(1) of GNU binutils prints them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from struct import Struct
from typing import Final, NamedTuple

from analyzer.diff.content.room import Found, Room, Unreadable, between, bounded
from analyzer.diff.content.shown import shown_line
from analyzer.diff.tree import AFTER, BEFORE, Difference
from analyzer.digest import Digest, finish, new_hash
from analyzer.layers.wants import Content
from analyzer.packages.formats import elf, gobuildinfo, gomodules
from analyzer.packages.formats.binary import Binary, Section, name_at, piece, rows
from analyzer.packages.formats.text import text

_DYNAMIC, _NOTE, _NOBITS = 6, 7, 8
"""Section types SHT_DYNAMIC, SHT_NOTE and SHT_NOBITS."""
_NEEDED: Final = 1
_ONE: Final = {14: "soname", 15: "rpath", 29: "runpath"}
"""Tags of the dynamic section."""
_BUILD_ID: Final = {(b"GNU", 3): "build ID", (b"Go", 4): "Go build ID"}
_TYPES: Final = {
    1: "relocatable file",
    2: "program",
    3: "shared object or position-independent program",
    4: "core dump",
}
_MACHINES: Final = {
    3: "Intel 80386",
    8: "MIPS",
    20: "PowerPC",
    21: "PowerPC64",
    22: "IBM S/390",
    40: "ARM",
    62: "x86-64",
    183: "AArch64",
    243: "RISC-V",
    258: "LoongArch",
}
_TABLE_BYTES: Final = 1 << 20
"""Of a dynamic section, its names, or a section of notes; real ones have some hundred bytes."""
_LONGEST: Final = 4096
"""Of one path or name there."""
_MOST_SECTIONS: Final = 70_000
"""More than the 65 279 that a header can number without extension."""
_PIECE: Final = 1 << 20
_MOST_ENTRIES: Final = 10_000


class _Part(NamedTuple):
    """A section as it is compared."""

    size: int
    content: Digest


class _Facts(NamedTuple):
    """What of one file is compared: single values, libraries in order, sections."""

    values: Mapping[str, str]
    needed: tuple[str, ...]
    sections: Mapping[str, _Part]
    fault: str


def compare_elf(before: Content, after: Content, room: Room) -> Found:
    """Header fields, dynamic section, notes, Go build information, then sections.

    Raises:
        Unreadable: one of them is no ELF file.
        LimitExceeded: sections have more bytes in all than may be read.
    """
    one, two = _facts(before, room), _facts(after, room)
    names = list(dict.fromkeys([*one.values, *two.values]))
    children = [
        between(name, a, b)
        for name in sorted(names, key=_place)
        if (a := one.values.get(name)) != (b := two.values.get(name))
    ]
    children += _libraries(one.needed, two.needed)
    children += _sections(one.sections, two.sections)
    notes = [word + side.fault for side, word in ((one, BEFORE), (two, AFTER)) if side.fault]
    found = bounded(children, "parts that differ", room.limits)
    return Found(found.children, [*notes, *found.notes])


_FIRST: Final = (
    *("class", "byte order", "type", "machine", "interpreter", "soname", "rpath", "runpath"),
    *("build ID", "debug link", "Go build ID", "Go version"),
)


def _place(name: str) -> tuple[int, str]:
    return (_FIRST.index(name) if name in _FIRST else len(_FIRST), name)


def _libraries(before: tuple[str, ...], after: tuple[str, ...]) -> Iterator[Difference]:
    for name in dict.fromkeys([*before, *after]):
        if (name in before) != (name in after):
            one, two = (name if name in side else None for side in (before, after))
            yield between(f"needed library {name}", one, two)
    first, second = (
        [name for name in side if name in before and name in after] for side in (before, after)
    )
    if first != second:
        yield between("order of needed libraries", first, second)


def _sections(before: Mapping[str, _Part], after: Mapping[str, _Part]) -> Iterator[Difference]:
    for name in dict.fromkeys([*before, *after]):
        one, two = before.get(name), after.get(name)
        if one != two:
            yield between(f"section {name}", _row(one), _row(two))


def _row(part: _Part | None) -> dict[str, object] | None:
    return None if part is None else {"size": part.size, "sha256": part.content}


def _facts(content: Content, room: Room) -> _Facts:
    binary = elf.read(content)
    if binary is None:
        raise Unreadable("no ELF file")
    if len(binary.sections) > _MOST_SECTIONS:
        raise Unreadable(f"{len(binary.sections)} sections")
    values = {**_header(content, binary), **_notes(content, binary)}
    needed = _dynamic(content, binary, values)
    for name, label in ((b".interp", "interpreter"), (b".gnu_debuglink", "debug link")):
        if section := binary.section(name):
            values[label] = _string(piece(content, section.offset, min(section.size, _LONGEST)), 0)
    values |= _go(content, binary)
    return _Facts(values, needed, _parts(content, binary, room), binary.fault)


def _header(content: Content, binary: Binary) -> dict[str, str]:
    order = "little" if binary.order == "<" else "big"
    kind, machine = Struct(f"{binary.order}HH").unpack(content[16:20])
    return {
        "class": "64-bit" if binary.wide else "32-bit",
        "byte order": f"{order}-endian",
        "type": _TYPES.get(kind, f"type {kind}"),
        "machine": _MACHINES.get(machine, f"machine {machine}"),
    }


def _string(table: bytes, start: int) -> str:
    return shown_line(text(name_at(table, start, _LONGEST)))


def _dynamic(content: Content, binary: Binary, values: dict[str, str]) -> tuple[str, ...]:
    """The libraries that are needed; adds the other names of the dynamic section to `values`."""
    section = next((s for s in binary.sections if s.kind == _DYNAMIC), None)
    if section is None or section.link >= len(binary.sections):
        return ()
    strings = binary.sections[section.link]
    names = piece(content, strings.offset, min(strings.size, _TABLE_BYTES))
    layout = Struct(f"{binary.order}{'qQ' if binary.wide else 'iI'}")
    table = piece(content, section.offset, min(section.size, _TABLE_BYTES))
    needed: list[str] = []
    for tag, value in rows(layout, table, layout.size)[:_MOST_ENTRIES]:
        if tag == 0:
            break
        if tag == _NEEDED:
            needed.append(_string(names, value))
        elif tag in _ONE:
            values.setdefault(_ONE[tag], _string(names, value))
    return tuple(dict.fromkeys(needed))


def _notes(content: Content, binary: Binary) -> dict[str, str]:
    found: dict[str, str] = {}
    for section in binary.sections:
        if section.kind != _NOTE:
            continue
        raw = piece(content, section.offset, min(section.size, _TABLE_BYTES))
        for owner, kind, data in elf.notes(raw, binary.order):
            name = _BUILD_ID.get((owner, kind))
            if name and name not in found:
                found[name] = data.hex() if owner == b"GNU" else shown_line(text(data))
    return found


def _go(content: Content, binary: Binary) -> dict[str, str]:
    info = gobuildinfo.find(content, binary)
    if info is None or not info.version:
        return {}
    found = {"Go version": text(info.version)}
    modules = gomodules.read(info.modules)
    for module in (modules.main, *modules.dependencies):
        if module is not None:
            version = module.version
            if module.replacement is not None:
                version += f" => {module.replacement.path} {module.replacement.version}".rstrip()
            found[f"Go module {module.path}"] = version
    for name, value in modules.settings.items():
        found[f"Go setting {name}"] = shown_line(value)
    return found


def _parts(content: Content, binary: Binary, room: Room) -> dict[str, _Part]:
    parts: dict[str, _Part] = {}
    counts: dict[str, int] = {}
    for section in binary.sections:
        name = text(section.name) or "(no name)"
        counts[name] = counts.get(name, 0) + 1
        if counts[name] > 1:
            name = f"{name} ({counts[name]})"
        if section.size:
            room.spend(min(section.size, len(content)))
            parts[name] = _Part(section.size, _digest(content, section))
    return parts


def _digest(content: Content, section: Section) -> Digest:
    state = new_hash()
    end = min(section.offset + section.size, len(content))
    for start in range(section.offset, end, _PIECE):
        state.update(content[start : min(start + _PIECE, end)])
    return finish(state)
