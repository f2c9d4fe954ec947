"""A difference for pull requests and spreadsheets: Markdown and CSV."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeGuard

from analyzer.csvtext import csv_text
from analyzer.diff.filesystem.part import FILES
from analyzer.diff.tree import Difference, Kind
from analyzer.paths import printable
from analyzer.render.buildsteps import step_of
from analyzer.render.causes import counts_of
from analyzer.render.difference import summary
from analyzer.render.filechanges import importance
from analyzer.render.packagechanges import has_moved
from analyzer.render.packagetable import moved_words, package_rows
from analyzer.render.pairtitle import pair_title
from analyzer.render.values import inline, shorten_pair

CSV_HEADERS = (
    *("image", "part", "subject", "kind", "what", "before", "after", "cause", "notes"),
    *("source_before", "source_after"),
)
_NO_SOURCES = ("", "")
_PACKAGES = "packages"
_SIGNS = {Kind.ADDED: "+", Kind.REMOVED: "−", Kind.CHANGED: "~", Kind.UNKNOWN: "?"}  # noqa: RUF001 - the sign
_MOST_ROWS = 100
"""Of one part: as much as a comment on a pull request can hold."""
_MORE = "\nand {} more{}, `-o json` has all."
_CELL_CHARACTERS = 60
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_DIGEST_CHARACTERS = 19
_SUMMARY = ("version", "state", "type", "size", "created_by", "what", "path")
"""What stands for a value that is a whole package, file, layer or finding."""
_UNTOLD = frozenset({Kind.SAME, Kind.MOVED})


def difference_csv(difference: Difference) -> str:
    """A line for each thing that came, went or is not known, and for each member that changed."""
    return csv_text(CSV_HEADERS, (row for image in difference.children for row in _rows(image)))


def _rows(image: Difference) -> Iterator[tuple[object, ...]]:
    if not image.children:
        notes = "; ".join(image.notes)
        yield image.subject, "", "", image.kind.value, "", "", "", "", notes, *_NO_SOURCES
    for part in image.children:
        if not part.children and part.kind not in _UNTOLD:
            yield (image.subject, part.subject, "", *_cells(part, part))
        for child in filter(_is_told, part.children):
            for member in child.children or (child,):
                yield (image.subject, part.subject, child.subject, *_cells(child, member))


def _cells(child: Difference, member: Difference) -> tuple[object, ...]:
    what = "" if member is child else member.subject
    cause = child.cause.words if child.cause is not None else ""
    values = (_value(member.before), _value(member.after))
    sources = (_source(child.before), _source(child.after))
    return child.kind.value, what, *values, cause, "; ".join(child.notes), *sources


def _source(side: object) -> str:
    """The source package that a package was built from, where it states one."""
    source = side.get("source_package") if isinstance(side, dict) else None
    return f"{source['name']} {source['version']}".strip() if source else ""


def _value(value: object) -> str:
    """A value in one cell; of a package, file or layer what is said of it first."""
    if value is None:
        return ""
    if isinstance(value, dict):
        said = [inline(value[name]) for name in _SUMMARY if value.get(name) not in {None, ""}]
        return ", ".join(said) if said else inline(value)
    return inline(value)


def difference_markdown(difference: Difference) -> str:
    """A heading for each pair of images, and a table for each part that differs."""
    sides = [side["name"] if side else "nothing" for side in (difference.before, difference.after)]
    lines = [f"## {_text(sides[0])} → {_text(sides[1])}\n"]
    for image in difference.children:
        lines += _image(image, pair_title(image, difference))
    return "\n".join(lines) + "\n"


def _image(image: Difference, title: str) -> Iterator[str]:
    said = image.headline or f"only {'after' if image.kind is Kind.ADDED else 'before'}"
    yield f"### {_text(title)}: {_text(said)}\n"
    yield from (f"- {_text(note)}" for note in image.notes)
    yield from _summary(image)
    yield ""
    for part in image.children:
        if not (part.differs or part.kind is Kind.UNKNOWN or has_moved(part)):
            continue
        yield f"#### {part.subject.title()}\n"
        yield from (f"- {_text(note)}" for note in part.notes)
        if part.notes:
            yield ""
        yield from _table(part)


def _summary(image: Difference) -> Iterator[str]:
    """Counts of every part, and of files why they differ; a document says all in its headline."""
    if image.child("identity") is None and image.child(FILES) is None:
        return
    for name, counts in summary(image):
        part = image.child(name)
        why = counts_of(part) if part is not None else ""
        yield f"- {name}: {_text('; '.join(filter(None, [counts, why])))}"


def _table(part: Difference) -> Iterator[str]:
    if part.subject == _PACKAGES and part.kind is not Kind.UNKNOWN:
        yield from _packages(part)
        return
    rows = [row for child in _shown(part) for row in _lines(child)]
    if not rows:
        yield "not compared\n" if part.kind is Kind.UNKNOWN else ""
        return
    yield from _header(part)
    yield from map(_line, rows[:_MOST_ROWS])
    if len(rows) > _MOST_ROWS:
        yield _MORE.format(len(rows) - _MOST_ROWS, "")
    yield ""


def _header(part: Difference) -> Iterator[str]:
    yield _line(("", part.subject, "before", "after"))
    yield _line(["---"] * 4)


def _packages(part: Difference) -> Iterator[str]:
    """Packages of one source in one row, as on the terminal."""
    rows, left = package_rows(part, _MOST_ROWS)
    if rows:
        yield from _header(part)
    for kind, (subject, before, after) in rows:
        sides = map(_text, shorten_pair(before, after, _CELL_CHARACTERS))
        yield _line((_SIGNS.get(kind, "") if kind else "", _text(subject), *sides))
    if left:
        yield _MORE.format(left, " packages" if left > 1 else " package")
    if moved := moved_words(part):
        yield f"\n{moved}" if rows else moved
    yield ""


def _is_told(child: Difference) -> bool:
    """Whether there is anything to say: neither side may have, or know, a value."""
    return child.kind not in _UNTOLD and (child.before, child.after) != (None, None)


def _shown(part: Difference) -> Sequence[Difference]:
    """What is to be told of a part; of files those that allow more come first."""
    children = list(filter(_is_told, part.children))
    if part.subject == FILES:
        children.sort(key=importance)
    return children


def _lines(child: Difference) -> Iterator[tuple[str, ...]]:
    mark = _SIGNS.get(child.kind, "?")
    members = [member for member in child.children if member.kind not in _UNTOLD]
    if len(members) > 1:  # a time says nothing where there is something else to say
        members = [member for member in members if member.subject != "time"] or members
    subject = _text(_named(child))
    if not members:
        yield mark, subject, *_pair(child)
        return
    for number, member in enumerate(members):
        name = f"{subject}: {_text(_named(member))}"
        yield "" if number else mark, name, *_pair(member)


def _named(child: Difference) -> str:
    return step_of(child.subject) if child.subject.startswith('history["') else child.subject


def _pair(member: Difference) -> tuple[str, str]:
    before, after = shorten_pair(_short(member.before), _short(member.after), _CELL_CHARACTERS)
    return _text(before), _text(after)


def _short(value: object) -> str:
    """As `_value`, with digests as people compare them by eye."""
    if isinstance(value, list) and value and all(map(_is_digest, value)):
        return f"{len(value)} digests"
    return value[:_DIGEST_CHARACTERS] if _is_digest(value) else _value(value)


def _is_digest(value: object) -> TypeGuard[str]:
    """Whether a value is a SHA-256 as documents spell it."""
    return isinstance(value, str) and _DIGEST.fullmatch(value) is not None


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _text(text: str) -> str:
    """Text that Markdown takes for nothing else (CommonMark 0.31, 2.4; GFM, "Tables")."""
    shown = printable(text)
    return "".join(f"\\{letter}" if letter in "\\|`*_[]<>#&~@" else letter for letter in shown)
