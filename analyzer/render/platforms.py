"""All platforms of each image as text: what differs, what an SBOM would claim wrongly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from analyzer.diff.platforms.model import (
    Claim,
    Column,
    Comparison,
    ImagePlatforms,
    Part,
    Row,
)
from analyzer.diff.platforms.rules import RULES, counted
from analyzer.paths import printable
from analyzer.render.platformcells import cell_texts, grouped, short_labels, subject_text
from analyzer.render.platformfiles import by_weight
from analyzer.render.text import aligned, human_bytes
from analyzer.report import NO_PLATFORM, ROOT_FILESYSTEM

_WIDTH = 80
_INDENT = "  "
_MOST_ROWS = 30
_MOST_LINES = 60
"""Of one part; the first row is whole in any case, but for very many values."""
_MOST_VALUES = 12
_MOST_COLUMNS = 60
_MOST_SENTENCES = 3
"""More platforms than so many beside the first are told of in a table."""
_TITLES = {
    Part.DISTRIBUTION: "Distribution",
    Part.PACKAGES: "Packages",
    Part.CONFIG: "Config",
    Part.BUILD: "Build steps",
    Part.FILES: "Files",
    Part.ATTACHMENTS: "Attachments",
}
MORE = "and {} more, -o json has all"


def platforms_text(comparison: Comparison) -> str:
    """What `ociscope platforms` prints, on lines of 80 columns."""
    source = comparison.source
    size = f", {human_bytes(source.size)}" if source.size is not None else ""
    count = len(comparison.images)
    lines = [f"{printable(source.name)}: {source.kind}{size}, {_count(count, 'image')}"]
    for image in comparison.images:
        lines += ["", *_image(image, source.kind)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def called(image: ImagePlatforms, kind: str) -> str:
    """The image as people call it, in an input of that kind; a root filesystem has no name."""
    if not image.names and kind.startswith("rootfs"):
        return ROOT_FILESYSTEM
    names = ", ".join(map(printable, image.names))
    return names or f"(no name, image @{image.position})"


def _image(image: ImagePlatforms, kind: str) -> Iterator[str]:
    yield from _wrap(f"{called(image, kind)}: {verdict(image)}")
    yield from _columns(image.columns)
    if len(image.compared) > 1:
        yield from _section("An SBOM of one platform, taken for another", _claims(image))
        for part in Part:
            rows = by_weight([row for row in image.unexpected if row.part is part])
            if rows:
                title = f"{_TITLES[part]}: {_count(len(rows), 'difference')}"
                yield from _section(title, _rows(rows, image.columns))
        yield from _section("Different layers", _layers(image))
        yield from _section("Expected, and left out above", _expected(image))


def verdict(image: ImagePlatforms) -> str:
    """What was found, in one line."""
    total, here = len(image.columns), len(image.compared)
    if total == 1:
        label = image.columns[0].label
        stated = "not stated" if label == NO_PLATFORM else label
        return f"one platform, {stated}; nothing to compare it with"
    if here < 2:  # noqa: PLR2004 - it takes two
        return f"{total} platforms, {here} of them in this file; nothing to compare"
    found = image.unexpected
    said = f"{_count(total, 'platform')}, "
    if any(column.not_compared for column in image.columns):
        said += "not all of which could be compared, "
    if not found:
        return said + "no difference but those to be expected"
    return said + _count(len(found), "difference")


def _wrap(text: str, start: str = "", under: str | None = None) -> list[str]:
    return wrap(
        text,
        _WIDTH,
        initial_indent=start,
        subsequent_indent=start + _INDENT if under is None else under,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _section(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield from ("", f"{_INDENT}{title}")
        yield from (f"{_INDENT * 2}{line}" for line in lines)


def _columns(columns: Sequence[Column]) -> Iterator[str]:
    rows = [
        (
            column.label,
            "?" if column.packages is None else _count(column.packages, "package"),
            _count(column.layers, "layer"),
            (column.manifest_digest or column.image_id or "")[:19],
        )
        for column in columns[:_MOST_COLUMNS]
    ]
    for column, line in zip(columns, aligned(rows), strict=False):
        if column.completeness == "absent":
            yield f"{_INDENT}{column.label}: {column.notes[0]}"
            continue
        yield _INDENT + line
        for note in column.notes:
            yield from _wrap(f"note: {note}", _INDENT * 2)
    yield from (_INDENT + line for line in _more(len(columns) - _MOST_COLUMNS))


# What an SBOM would say wrongly.


def _claims(image: ImagePlatforms) -> list[str]:
    first = [claim for claim in image.claims if claim.of == 0]
    labels = [column.label for column in image.columns]
    if len(first) <= _MOST_SENTENCES:
        return [line for claim in first for line in wrap(sentence(claim, labels), _WIDTH - 4)]
    return _claim_table(first, labels)


def sentence(claim: Claim, labels: Sequence[str]) -> str:
    """What a bill of one platform says wrongly of another."""
    said = f"An SBOM of {labels[claim.of]} taken for {labels[claim.taken_for]}"
    if not claim.known:
        return f"{said}: cannot be told, since not both could be read whole."
    if not claim.right and not claim.wrong:
        return f"{said}: no packages are known of either."
    if not claim.wrong:
        said += " would name the right packages in the right versions"
    else:
        noun = "package that is" if claim.not_in_it == 1 else "packages that are"
        said += f" would name {claim.not_in_it} {noun} not in it, miss {claim.missed}, and have "
        said += f"{claim.other_version} in another version"
        if claim.rebuilds:
            said += f" ({claim.rebuilds} of them rebuilds of one source)"
    if claim.other_architecture:
        more = "of the others" if claim.wrong else "of them"
        said += f"; {claim.other_architecture} {more} with the wrong architecture"
    return f"{said}."


def _claim_table(claims: Sequence[Claim], labels: Sequence[str]) -> list[str]:
    head = (f"of {labels[0]},", "names, but", "", "in another", "wrong")
    under = ("taken for", "not in it", "misses", "version", "architecture")
    rows = [
        (
            labels[claim.taken_for],
            *(
                str(number) if claim.known else "?"
                for number in (
                    claim.not_in_it,
                    claim.missed,
                    claim.other_version,
                    claim.other_architecture,
                )
            ),
        )
        for claim in claims
    ]
    shown = aligned([head, under, *rows[:_MOST_ROWS]])
    return [*shown, *_more(len(rows) - _MOST_ROWS)]


def _more(left: int) -> list[str]:
    return [MORE.format(left)] if left > 0 else []


# What differs.


def _rows(rows: Sequence[Row], columns: Sequence[Column]) -> list[str]:
    """As a matrix where that fits, else by value; the first so many."""
    labels = short_labels(columns)
    shown = rows[:_MOST_ROWS]
    cells = [[subject_text(row), *cell_texts(row)] for row in shown]
    lines = aligned([["", *labels], *cells])
    if max(map(len, lines)) <= _WIDTH - 4:
        return [*lines, *_more(len(rows) - len(shown))]
    lines, told = [], 0
    for row in shown:
        block = _by_value(row, labels)
        if told and len(lines) + len(block) > _MOST_LINES:
            break
        lines += block
        told += 1
    return [*lines, *_more(len(rows) - told)]


def _by_value(row: Row, labels: Sequence[str]) -> list[str]:
    groups = grouped(row, labels)
    subject = subject_text(row)
    alone = f"{subject}  {'; '.join(f'{names}: {value}' for names, value in groups)}"
    if len(alone) <= _WIDTH - 4:
        return [alone]
    lines = wrap(subject, _WIDTH - 4, break_on_hyphens=False)
    for names, value in groups[:_MOST_VALUES]:
        lines += wrap(
            f"{names}: {value}",
            _WIDTH - 4,
            initial_indent=_INDENT,
            subsequent_indent=_INDENT * 3,
            break_on_hyphens=False,
        )
    return [*lines, *(_INDENT + line for line in _more(len(groups) - _MOST_VALUES))]


# What is shared, and what was folded away.


def _layers(image: ImagePlatforms) -> list[str]:
    labels = short_labels(image.columns)
    shared = [each for each in image.layers if len(each.columns) > 1]
    alone = sum(len(each.diff_ids) for each in image.layers if len(each.columns) == 1)
    lines = []
    for each in shared[:_MOST_ROWS]:
        everywhere = len(each.columns) == len(image.columns)
        names = ", ".join(labels[number] for number in each.columns)
        text = f"{len(each.diff_ids)} on {'all platforms' if everywhere else names}"
        lines += wrap(text, _WIDTH - 4, subsequent_indent=_INDENT, break_on_hyphens=False)
    lines += _more(len(shared) - _MOST_ROWS)
    return [*lines, f"{alone} on one platform only"] if alone else lines


def _expected(image: ImagePlatforms) -> list[str]:
    counts = image.expected()
    told = (counted(rule, counts[rule]).partition(" ") for rule in RULES if rule in counts)
    rows = [(f"{number:>5}", words) for number, _, words in told]
    return aligned(rows) if rows else []
