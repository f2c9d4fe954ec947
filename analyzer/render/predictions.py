"""What other tools would print, as text: short in the table, whole in a list below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from textwrap import wrap

from analyzer.digest import Digest, algorithm_of, encoded_of
from analyzer.image.identity import ROOTFS
from analyzer.paths import printable
from analyzer.predict import NOTHING, REFUSED, Prediction, predict
from analyzer.render.text import heading, source_line
from analyzer.report import ImageReport, Report

_SHORT_CHARACTERS = 12
_WIDTH_COLUMNS = 80
_UNCHECKED = "?"
NOTHING_THERE = "nothing of it is in this file"
NO_IDENTIFIERS = (
    "A root filesystem has no identifier that a tool could print. docker import or podman import "
    "would make a new image of it, with a new image ID."
)
LEGEND = (
    "? marks what this project's tests do not check with the real tool: the rule is from the "
    "tool's source, or from a run of it elsewhere."
)


def predictions_text(predictions: Sequence[Prediction], width: int | None = None) -> str:
    """One block for each tool, then the digests in full, then where the rules come from.

    `width` is that of the terminal in columns; None means 80.
    """
    columns = width or _WIDTH_COLUMNS
    blocks = [
        "\n".join(_tool(tool, list(rows), columns))
        for tool, rows in groupby(predictions, key=lambda row: row.tool)
    ]
    if not blocks:
        return ""
    blocks.append("\n".join(["In full", *_in_full(predictions, columns)]))
    blocks.append("\n".join(["Rules from", *_sources(predictions, columns)]))
    if any(not row.checked for row in predictions):
        blocks.append("\n".join(wrap(LEGEND, columns)))
    return "\n\n".join(blocks)


def shown_by_text(report: Report, width: int | None = None) -> str:
    """What `ids --shown-by` prints: the rows of every image, under its name and platform."""
    blocks = [source_line(report)]
    for image in report.images:
        rows = predict(report, image, image.made_up)
        text = predictions_text(rows, width) if rows else _nothing(image, width or _WIDTH_COLUMNS)
        blocks.append(f"{heading(image)}\n\n{text}")
    return "\n\n".join(blocks)


def _nothing(image: ImageReport, columns: int) -> str:
    """Why no tool prints anything of it."""
    bare = any(identity.reason == ROOTFS for identity in image.identities)
    return "\n".join(wrap(NO_IDENTIFIERS, columns)) if bare else NOTHING_THERE


def short(digest: Digest) -> str:
    """As much of a digest as tools print in their tables, with its algorithm."""
    return f"{algorithm_of(digest)}:{encoded_of(digest)[:_SHORT_CHARACTERS]}"


def _tool(tool: str, rows: Sequence[Prediction], columns: int) -> Iterator[str]:
    yield from wrap(tool, columns)
    margin = max(len(row.field) for row in rows)
    notes: dict[str, int] = {}
    for command, same in groupby(rows, key=lambda row: row.command):
        yield f"  {printable(command)}"
        for row in same:
            number = notes.setdefault(row.condition, len(notes) + 1) if row.condition else 0
            yield from _row(row, number, margin, columns)
    for text, number in notes.items():
        head = f"  ({number}) "
        yield from wrap(text, columns, initial_indent=head, subsequent_indent=" " * len(head))


def _row(row: Prediction, note: int, margin: int, columns: int) -> Iterator[str]:
    mark = " " if row.checked else _UNCHECKED
    head = f"{mark}   {row.field.ljust(margin)}  "
    what = row.shows + (f" ({note})" if note else "")
    if row.digest is None:
        known = row.shows in {NOTHING, REFUSED}
        yield head + (what if known else f"unknown: {what}")
        return
    shown = short(row.digest)
    first, *more = [f"{printable(name)}@{shown}" for name in row.names] or [shown]
    line = f"{head}{first}  {what}"
    indent = " " * len(head)
    if len(line) <= columns:
        yield line
        yield from (indent + value for value in more)
    else:
        yield head + first
        yield from (indent + value for value in more)
        yield indent + what


def _in_full(predictions: Sequence[Prediction], columns: int) -> Iterator[str]:
    """Each digest once, with what it is and in whose output it is met."""
    found: dict[Digest, dict[str, list[str]]] = {}
    for row in predictions:
        if row.digest is not None:
            tools = found.setdefault(row.digest, {}).setdefault(row.shows, [])
            tools.append(row.command.split()[0])
    for digest, kinds in found.items():
        texts = [f"{shows} ({', '.join(sorted(set(tools)))})" for shows, tools in kinds.items()]
        yield from wrap("; ".join(texts), columns, initial_indent="  ", subsequent_indent="  ")
        yield f"    {digest}"


def _sources(predictions: Sequence[Prediction], columns: int) -> Iterator[str]:
    for source in dict.fromkeys(row.source for row in predictions):
        yield from wrap(source, columns, initial_indent="  ", subsequent_indent="    ")
