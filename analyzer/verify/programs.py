"""The processor that programs in an image are for, told from their ELF headers.

System V ABI, ELF header: `e_ident` (16 bytes, the sixth is the byte order), `e_type`,
`e_machine` at offset 18. Numbers: the registry of ELF machines of the same document.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from analyzer.layers.wants import Want
from analyzer.paths import clean

MACHINES: Mapping[int, tuple[str, ...]] = {
    3: ("386",),
    8: ("mips", "mipsle", "mips64", "mips64le"),
    20: ("ppc",),
    21: ("ppc64", "ppc64le"),
    22: ("s390x",),
    40: ("arm",),
    62: ("amd64",),
    183: ("arm64",),
    243: ("riscv64",),
    258: ("loong64",),
}
"""`e_machine` to the names that Go, and so image configs, have for it."""

_USUAL = (
    *("bin/busybox", "bin/bash", "bin/dash", "bin/sh", "usr/bin/bash", "usr/bin/dash"),
    *("usr/bin/env", "usr/bin/busybox", "usr/bin/coreutils", "bin/cat", "usr/bin/cat"),
)
_HEADER_BYTES = 20
_BIG_ENDIAN = 2


def wants(configs: Iterable[Mapping[str, Any]]) -> tuple[Want, ...]:
    """A few programs: shells that most images have, and what each config starts."""
    paths = set(_USUAL)
    for config in configs:
        run = config.get("config")
        for member in ("Entrypoint", "Cmd"):
            words = run.get(member) if isinstance(run, dict) else None
            first = words[0] if isinstance(words, list) and words else None
            if isinstance(first, str) and first.startswith("/"):
                paths.add(clean(first)[0])
    return tuple(Want(path, literal=True, optional=True) for path in sorted(paths - {""}))


def machine(data: bytes) -> int | None:
    """`e_machine` of an ELF file; None for anything else."""
    if len(data) < _HEADER_BYTES or data[:4] != b"\x7fELF":
        return None
    return int.from_bytes(data[18:20], "big" if data[5] == _BIG_ENDIAN else "little")


def names_of(number: int) -> tuple[str, ...]:
    """What images call the processor; empty for one that they have no name for."""
    return MACHINES.get(number, ())
