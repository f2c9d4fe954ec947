"""A difference for pull requests and release notes, in Markdown.

What a reviewer wants to know first stands first: the answer, counts, what nothing explains. What
is explained, digests and the ladder of sameness are folded away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from analyzer.diff.filesystem.part import FILES
from analyzer.diff.rungs import headline
from analyzer.diff.tree import Difference, Kind
from analyzer.render.causes import counts_of
from analyzer.render.difference import not_compared, summary
from analyzer.render.expected import expected_notes, unexpected_notes
from analyzer.render.filemarkdown import SIGNS, file_tables
from analyzer.render.identitymarkdown import identity_tables, ladder_table
from analyzer.render.markdown import folded, table, text
from analyzer.render.packagechanges import has_moved
from analyzer.render.packagetable import moved_words, package_rows
from analyzer.render.pairtitle import pair_title
from analyzer.render.stepmarkdown import config_tables, step_tables
from analyzer.render.values import inline, shorten_pair

_MOST_ROWS = 100
"""Of one table: as much as a comment on a pull request can hold."""
_MORE = "and {} more{}, `-o json` has all.\n"
_CELL_CHARACTERS = 60
_SUMMARY = ("version", "state", "created_by", "what", "pretty_name", "id", "platform")
"""What stands for a value that is a whole package, finding or distribution."""
_STEPS = frozenset({"history", "layers"})


def difference_markdown(difference: Difference) -> str:
    """A heading for each pair of images, and what differs of it, the gravest first."""
    sides = [side["name"] if side else "nothing" for side in (difference.before, difference.after)]
    lines = [f"## {text(f'{sides[0]} -> {sides[1]}')}\n"]
    lines += [f"{text(note)}\n" for note in difference.notes]
    if len(difference.children) > 1 and difference.ladder:
        lines.append(f"As a whole: {text(headline(difference.ladder))}\n")
    for image in difference.children:
        lines += _image(image, pair_title(image, difference))
    return "\n".join(lines) + "\n"


def _image(image: Difference, title: str) -> Iterator[str]:
    said = image.headline or f"only {'after' if image.kind is Kind.ADDED else 'before'}"
    yield f"### {text(title)}: {text(said)}\n"
    bullets = [*_summary(image), *image.notes]
    yield from (f"- {text(words)}" for words in bullets)
    if bullets:
        yield ""
    parts = {part.subject: part for part in image.children}
    ordered = sorted(image.children, key=_place)
    for part in ordered:
        if part.kind is Kind.UNKNOWN or part.subject in _STEPS | {"identity"}:
            continue
        notes = unexpected_notes(part)
        if part.differs or has_moved(part) or notes:
            yield f"#### {part.subject.title()}\n"
            yield from _PARTS.get(part.subject, _table)(part)
            yield from (f"{text(note)}\n" for note in notes)
        if part.subject == "config":
            yield from step_tables(parts)
    left_out = [f"- {text(note)}" for note in expected_notes(image)]
    yield from folded(
        "Expected between platforms, and left out", [*left_out, ""] if left_out else []
    )
    if image.ladder:
        inner = [*ladder_table(image.ladder), *identity_tables(parts.get("identity"))]
        yield from folded("How far they are the same", inner)


_ORDER = ("files", "findings", "packages", "distro", "config", "attachments")


def _place(part: Difference) -> int:
    return _ORDER.index(part.subject) if part.subject in _ORDER else len(_ORDER)


def _summary(image: Difference) -> Iterator[str]:
    """Counts of every part, and of files why they differ; a document says all in its headline."""
    unknown = [part for part in image.children if part.kind is Kind.UNKNOWN]
    if image.child("identity") is not None or image.child(FILES) is not None:
        counts = dict(summary(image))
        for part in sorted(image.children, key=_place):
            if part.subject in counts and part.kind is not Kind.UNKNOWN:
                words = filter(None, [counts[part.subject], counts_of(part)])
                yield f"{part.subject}: {'; '.join(words)}"
    yield from (f"not compared: {words}" for words in not_compared(unknown))


def _table(part: Difference) -> Iterator[str]:
    """Members with the values of both sides, as of a document or a distribution."""
    children = part.children or (part,)
    told = [child for child in children if child.kind not in {Kind.SAME, Kind.MOVED}]
    rows = [row for child in told for row in _rows(child)]
    yield from table(("", part.subject, "before", "after"), rows[:_MOST_ROWS])
    if len(rows) > _MOST_ROWS:
        yield _MORE.format(len(rows) - _MOST_ROWS, "")


def _rows(child: Difference) -> Iterator[tuple[str, ...]]:
    members = [member for member in child.children if member.kind is not Kind.SAME]
    for number, member in enumerate(members or [child]):
        name = f"{child.subject}: {member.subject}" if members else child.subject
        pair = shorten_pair(_value(member.before), _value(member.after), _CELL_CHARACTERS)
        yield "" if number else SIGNS.get(child.kind, "?"), text(name), *map(text, pair)


def _value(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        said = [inline(value[name]) for name in _SUMMARY if value.get(name)]
        return ", ".join(said) or inline(value)
    if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        return ", ".join(map(_value, value))
    return inline(value)


def _packages(part: Difference) -> Iterator[str]:
    """Packages of one source in one row, as on the terminal."""
    rows, left = package_rows(part, _MOST_ROWS)
    cells = [
        (
            SIGNS.get(kind, "") if kind else "",
            text(subject),
            *map(text, shorten_pair(before, after, _CELL_CHARACTERS)),
        )
        for kind, (subject, before, after) in rows
    ]
    yield from table(("", "packages", "before", "after"), cells)
    if left:
        yield _MORE.format(left, " packages" if left > 1 else " package")
    if moved := moved_words(part):
        yield f"{moved}\n"


def _findings(part: Difference) -> Iterator[str]:
    rows = []
    for child in part.children:
        side = (child.after if child.kind is Kind.ADDED else child.before) or {}
        words = f"{side['what']} {side['masked'] or ''}" if side else "; ".join(child.notes)
        where = side["where"] if side else f"{child.subject} not compared"
        rows.append((SIGNS.get(child.kind, "?"), text(where), text(words.strip())))
    yield from table(("", "where", "what"), rows[:_MOST_ROWS])
    if len(rows) > _MOST_ROWS:
        yield _MORE.format(len(rows) - _MOST_ROWS, "")


_PARTS: dict[str, Callable[[Difference], Iterator[str]]] = {
    "packages": _packages,
    "files": file_tables,
    "findings": _findings,
    "config": config_tables,
}
