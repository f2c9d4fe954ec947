"""What compiled programs of an architecture are told by: ELF machines, dynamic linkers, folders.

Numbers: `e_machine` of the System V ABI (gABI, chapter 4) and its registry. Linkers: the ABI list
of glibc (https://sourceware.org/glibc/wiki/ABIList) and musl's `ld-musl-$ARCH.so.1` (musl,
`configure`). Folders: debootstrap's `functions`, `setup_merged_usr`.
"""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple

from analyzer.image.platform import Platform

MAGIC: Final = b"\x7fELF"
HEAD_BYTES: Final = 512
"""Of ELF, 20 would do; the header of a PE file stands behind a program for DOS."""
_ELF_BYTES: Final = 20
_PE_AT: Final = slice(0x3C, 0x40)
_PE: Final = b"PE\0\0"
_LINUX_PE: Final = 0x7B79
"""By what .NET marks code compiled ahead for Linux (dotnet/runtime, `pedecoder.h`,
IMAGE_FILE_MACHINE_NATIVE_OS_OVERRIDE)."""
ARCHIVE: Final = b"!<arch>\n"
"""ar(5): how a static library begins."""
LINKER: Final = "{linker}"
"""What stands for the name of a platform's dynamic linker."""
_AR_HEADER: Final = 60
_AR_SIZE: Final = slice(48, 58)
_AR_INDEXES: Final = (b"/ ", b"// ", b"/SYM64/")
"""Members of GNU ar that hold the symbols and the long names."""
_ARM32: Final = ("ld-linux-armhf.so.3", "ld-linux.so.3", "ld-musl-armhf.so.1", "ld-musl-arm.so.1")


class Machine(NamedTuple):
    """How programs of one architecture are told, and where they are found to differ from others."""

    number: int
    order: Literal["little", "big"]
    bits: int
    linkers: tuple[str, ...]
    folders: tuple[str, ...] = ()
    """Folders beside `lib` that its distributions have."""
    pe: int = 0
    """`Machine` of the PE format (Microsoft, "PE Format", "Machine Types")."""


_MACHINES: Final[dict[str, Machine]] = {
    "386": Machine(
        3,
        "little",
        32,
        ("ld-linux.so.2", "ld-musl-i386.so.1"),
        ("lib64", "libx32"),
        pe=0x14C,
    ),
    "amd64": Machine(
        62,
        "little",
        64,
        ("ld-linux-x86-64.so.2", "ld-musl-x86_64.so.1"),
        ("lib64", "lib32", "libx32"),
        pe=0x8664,
    ),
    "arm": Machine(40, "little", 32, _ARM32, pe=0x1C4),
    "arm64": Machine(
        183, "little", 64, ("ld-linux-aarch64.so.1", "ld-musl-aarch64.so.1"), pe=0xAA64
    ),
    "loong64": Machine(
        258,
        "little",
        64,
        ("ld-linux-loongarch-lp64d.so.1", "ld-musl-loongarch64.so.1"),
        ("lib64",),
    ),
    "mips64le": Machine(
        8,
        "little",
        64,
        ("ld.so.1", "ld-musl-mips64el.so.1"),
        ("lib32", "lib64", "libo32"),
    ),
    "mipsle": Machine(8, "little", 32, ("ld.so.1", "ld-musl-mipsel.so.1"), ("lib32", "lib64")),
    "ppc64le": Machine(21, "little", 64, ("ld64.so.2", "ld-musl-powerpc64le.so.1"), ("lib64",)),
    "riscv64": Machine(
        243,
        "little",
        64,
        ("ld-linux-riscv64-lp64d.so.1", "ld-musl-riscv64.so.1"),
    ),
    "s390x": Machine(22, "big", 64, ("ld64.so.1", "ld-musl-s390x.so.1"), ("lib32",)),
}


def machine_of(platform: Platform) -> Machine | None:
    """What is known of the programs of a platform; None of architectures that are not listed."""
    return _MACHINES.get(platform.architecture)


_LINKERS: Final = {
    arch: re.compile("|".join(map(re.escape, machine.linkers)))
    for arch, machine in _MACHINES.items()
}
_FOLDERS: Final = re.compile(r"\blib(?:64|32|x32|o32)\b")


def without_linker(text: str, platform: Platform) -> str:
    """`text` with the dynamic linker as `{linker}`, and folders such as `lib64` as `lib`."""
    pattern = _LINKERS.get(platform.architecture)
    return _FOLDERS.sub("lib", pattern.sub(LINKER, text) if pattern is not None else text)


def is_program(head: bytes, platform: Platform) -> bool:
    """Whether a file that begins with `head` is compiled for this platform."""
    machine = machine_of(platform)
    if machine is not None and head.startswith(b"MZ"):
        return _is_dotnet(head, machine)
    if machine is None or len(head) < _ELF_BYTES or not head.startswith(MAGIC):
        return False
    bits, order = head[4] * 32, "little" if head[5] == 1 else "big"
    number = int.from_bytes(head[18:20], machine.order)
    return (number, order, bits) == (machine.number, machine.order, machine.bits)


def _is_dotnet(head: bytes, machine: Machine) -> bool:
    """Whether it is a .NET assembly that holds code compiled ahead for this machine and Linux."""
    at = int.from_bytes(head[_PE_AT], "little")
    found = int.from_bytes(head[at + len(_PE) : at + len(_PE) + 2], "little")
    return head[at : at + len(_PE)] == _PE and bool(machine.pe) and found == machine.pe ^ _LINUX_PE


def is_library(content: bytes, platform: Platform) -> bool:
    """Whether a whole file is a static library: an archive of programs of this platform alone."""
    at, found = len(ARCHIVE), 0
    if not content.startswith(ARCHIVE):
        return False
    while at + _AR_HEADER <= len(content):
        header = content[at : at + _AR_HEADER]
        size = header[_AR_SIZE].strip()
        if not size.isdigit():
            return False
        at += _AR_HEADER
        if not header.startswith(_AR_INDEXES):
            if not is_program(content[at : at + HEAD_BYTES], platform):
                return False
            found += 1
        at += int(size) + int(size) % 2
    return found > 0
