"""What `ociscope catalogers` prints: for each, what it is for, reads and fills."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyzer.layers.wants import EVERYTHING
from analyzer.packages.contract import Cataloger
from analyzer.packages.listing import ALWAYS, fills, reads
from analyzer.render.lines import wrapped

_COLUMNS = 80
_INDENT = "    "


def catalogers_text(found: Sequence[Cataloger], width: int | None = None) -> str:
    """One block for each of `found`."""
    columns = min(width or _COLUMNS, _COLUMNS)
    number = f"{len(found)} cataloger{'s' * (len(found) != 1)}"
    all_tell = f"{', '.join(ALWAYS[:-1])} and {ALWAYS[-1]} of a package"
    head = f"{number}. Each tells {all_tell}, and what stands behind 'fills'."
    blocks = ["\n".join(wrapped(head, columns))]
    blocks += ["\n".join(_block(cataloger, columns)) for cataloger in found]
    return "\n\n".join(blocks)


def _block(cataloger: Cataloger, width: int) -> Iterator[str]:
    about = f": {cataloger.about}" if cataloger.about else ""
    first, *more = wrapped(f"{cataloger.name}{about}", width)
    yield first
    yield from (_INDENT + line for line in more)
    patterns = [_pattern(*each) for each in reads(cataloger)]
    yield from _listed("reads", list(dict.fromkeys(patterns)), width)
    owned = ["files owned"] if cataloger.owns is not None else []
    yield from _listed("fills", [*fills(cataloger), *owned] or ["nothing more"], width)


def _pattern(pattern: str, parts: bool, magics: Sequence[str]) -> str:  # noqa: FBT001
    if pattern == EVERYTHING and magics:
        return "programs and other files, by how they begin"
    return f"{pattern} (parts)" if parts else pattern


def _listed(label: str, words: Sequence[str], width: int) -> Iterator[str]:
    first, *more = wrapped(", ".join(words), width - len(_INDENT) - len(label) - 2)
    yield f"{_INDENT}{label}  {first}"
    yield from (" " * (len(_INDENT) + len(label) + 2) + line for line in more)
