"""Files of pacman's local database: `%KEY%`, then one value per line up to an empty line.

https://man.archlinux.org/man/core/pacman/libalpm_databases.3.en; reading rules: libalpm
`be_local.c`, `local_db_read`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from analyzer.packages.formats.addresses import cut
from analyzer.packages.formats.fault import Fault, zeros

Sections = Mapping[str, tuple[bytes, ...]]
"""Values by key without its signs; of a key that comes twice, the first."""

_KEY = re.compile(rb"%([A-Z0-9]+)%")


def parse(data: bytes) -> tuple[Sections, list[Fault]]:
    """The sections of `data`, and what is wrong with which lines."""
    lines = bytes(data).split(b"\n")
    unfinished = lines.pop()
    sections: dict[str, list[bytes]] = {}
    faults = list(zeros(bytes(data)))
    values: list[bytes] | None = None
    for number, line in enumerate([*lines, unfinished] if unfinished else lines, 1):
        if not line:
            values = None
        elif values is not None:
            values.append(line)  # whatever it looks like
        elif match := _KEY.fullmatch(line):
            values = []
            key = match[1].decode("ascii")
            if key in sections:
                faults.append(Fault(number, f"{key} again, the first counts", lost=False))
            sections.setdefault(key, values)
        else:
            faults.append(Fault(number, f"not the name of a section: {cut(line)}", lost=True))
    if unfinished:
        what = "the file ends in the middle of this line"
        faults.append(Fault(len(lines) + 1, what, lost=True))
    return {key: tuple(values) for key, values in sections.items()}, faults
