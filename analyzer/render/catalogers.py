"""What `ociscope catalogers` prints: for each, what it is for, reads and fills."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from analyzer.layers.wants import EVERYTHING
from analyzer.packages.contract import Cataloger
from analyzer.packages.listing import ALWAYS, fills, reads
from analyzer.render.lines import wrapped

_COLUMNS = 80
_INDENT = "    "
_NUMBER = re.compile("[0-9]+")
_ALIKE = 3
"""Patterns that differ in numbers only are shown as one from here on: versions of a library."""


def catalogers_text(found: Sequence[Cataloger], width: int | None = None) -> str:
    """One block for each of `found`."""
    columns = min(width or _COLUMNS, _COLUMNS)
    number = f"{len(found)} cataloger{'s' * (len(found) != 1)}"
    all_tell = f"{', '.join(ALWAYS[:-1])} and {ALWAYS[-1]} of a package"
    head = f"{number}. Each tells {all_tell}, and what stands behind 'fills'."
    patterns = {c.name: _short([_pattern(*each) for each in reads(c)]) for c in found}
    if any(_is_short(pattern) for short in patterns.values() for pattern in short):
        head += " <N> in a path is any of several numbers; -o json has them."
    blocks = ["\n".join(wrapped(head, columns))]
    blocks += ["\n".join(_block(each, patterns[each.name], columns)) for each in found]
    return "\n\n".join(blocks)


def _block(cataloger: Cataloger, patterns: Sequence[str], width: int) -> Iterator[str]:
    about = f": {cataloger.about}" if cataloger.about else ""
    first, *more = wrapped(f"{cataloger.name}{about}", width)
    yield first
    yield from (_INDENT + line for line in more)
    yield from _listed("reads", patterns, width)
    owned = ["files owned"] if cataloger.owns is not None else []
    yield from _listed("fills", [*fills(cataloger), *owned] or ["nothing more"], width)


def _pattern(pattern: str, parts: bool, magics: Sequence[str]) -> str:  # noqa: FBT001
    if pattern == EVERYTHING and magics:
        return "programs and other files, by how they begin"
    return f"{pattern} (parts)" if parts else pattern


def _short(patterns: Sequence[str]) -> list[str]:
    """Each once, those that differ in numbers only as one of them."""
    distinct = dict.fromkeys(patterns)
    forms = {pattern: _NUMBER.sub("<N>", pattern) for pattern in distinct}
    alike = Counter(forms.values())
    shown = (forms[p] if alike[forms[p]] >= _ALIKE else p for p in distinct)
    return list(dict.fromkeys(shown))


def _is_short(pattern: str) -> bool:
    return "<N>" in pattern


def _listed(label: str, words: Sequence[str], width: int) -> Iterator[str]:
    first, *more = wrapped(", ".join(words), width - len(_INDENT) - len(label) - 2)
    yield f"{_INDENT}{label}  {first}"
    yield from (" " * (len(_INDENT) + len(label) + 2) + line for line in more)
