"""What `ids` prints: every identifier with its bytes, its proof and the commands that print it.

Rows of one kind that are known in the same way stand together, so that a digest of 71 characters
has a line of its own and 80 columns are enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from textwrap import wrap

from analyzer.explain.kinds import explanation, printed_by
from analyzer.image.identity import Identity, Kind
from analyzer.paths import printable
from analyzer.render.text import heading, source_line, verdict, verdict_lines
from analyzer.report import ImageReport, Report

_WIDTH_COLUMNS = 80
"""Also in a wider window: longer lines of prose are hard to read."""
_INDENT = "  "
_LABEL_CHARACTERS = 12


def identifiers(report: Report, width: int | None = None) -> str:
    """One block per platform; `width` is that of the terminal in columns; 80 are used."""
    columns = min(width or _WIDTH_COLUMNS, _WIDTH_COLUMNS)
    head = [*wrap(source_line(report), columns), *verdict_lines(report)]
    blocks = ["\n".join(head)]
    for image in report.images:
        blocks += [heading(image), *_image(image, columns)]
    return "\n\n".join(blocks)


def _image(image: ImageReport, columns: int) -> Iterator[str]:
    for kind, of_kind in groupby(_by_kind(image.identities), key=lambda identity: identity.kind):
        groups = [list(same) for _, same in groupby(of_kind, key=_alike)]
        for number, rows in enumerate(groups):
            lines = list(_group(rows, columns))
            # Rows of one kind share the words, but each tool that makes a digest up has its own.
            if rows[0].made_by or number == len(groups) - 1:
                lines += _words(kind, rows[0].made_by, columns)
            yield "\n".join(lines)


def _alike(identity: Identity) -> tuple[object, ...]:
    """Rows with the same of these share a title, a reason and the words below it."""
    known = identity.digest is not None
    return (known, identity.origin, identity.verified, identity.reason, identity.made_by)


def _by_kind(identities: Iterable[Identity]) -> list[Identity]:
    order = list(Kind)
    return sorted(identities, key=lambda i: (order.index(i.kind), i.layer is None, i.layer or 0))


def _group(rows: Sequence[Identity], columns: int) -> Iterator[str]:
    first = rows[0]
    yield _title(first, rows)
    for row in rows:
        if row.digest is not None:
            position = "" if row.layer is None else f"{row.layer:>2}  "
            yield f"{_INDENT}{position}{printable(row.digest)}"
    if first.reason:
        label = "when" if first.made_by and first.digest else "why" if not first.digest else "note"
        yield from _labelled(label, printable(first.reason), columns)


def _title(first: Identity, rows: Sequence[Identity]) -> str:
    name = explanation(first.kind.value).name
    if first.made_by:
        name += f" of {first.made_by}"
    layers = [str(row.layer) for row in rows if row.layer is not None]
    if first.digest is None:
        which = f" of layers {layers[0]} to {layers[-1]}" if len(layers) > 1 else ""
        which = f" of layer {layers[0]}" if len(layers) == 1 else which
        return f"{name}{which}: not recoverable from this file"
    return name if first.made_by else f"{name}: {first.origin.value}, {verdict(first)}"


def _words(kind: Kind, made_by: str, columns: int) -> Iterator[str]:
    yield from _labelled("hashed", explanation(kind.value).hashed, columns)
    yield from _labelled("printed by", printed_by(kind.value, made_by), columns)


def _labelled(label: str, text: str, columns: int) -> list[str]:
    return wrap(
        text,
        columns,
        initial_indent=f"{_INDENT}{label:{_LABEL_CHARACTERS}}",
        subsequent_indent=_INDENT + " " * _LABEL_CHARACTERS,
        break_long_words=False,
        break_on_hyphens=False,
    )
