"""A difference for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.csvtext import csv_text
from analyzer.diff.tree import Difference, Kind
from analyzer.render.values import inline

CSV_HEADERS = (
    *("image", "part", "subject", "kind", "what", "before", "after"),
    *("cause_kind", "rule", "cause", "notes", "source_before", "source_after"),
)
_NO_CAUSE = ("", "", "")
_NO_SOURCES = ("", "")
_SUMMARY = ("version", "state", "type", "size", "created_by", "what", "path")
"""What stands for a value that is a whole package, file, layer or finding."""


def difference_csv(difference: Difference) -> str:
    """A line for each thing that came, went, moved or is not known, and each member that changed.

    What moved (a package that another layer brings) is no difference and has a kind of its own.
    """
    return csv_text(CSV_HEADERS, (row for image in difference.children for row in _rows(image)))


def _rows(image: Difference) -> Iterator[tuple[object, ...]]:
    if not image.children:
        notes = "; ".join(image.notes)
        yield image.subject, "", "", image.kind.value, "", "", "", *_NO_CAUSE, notes, *_NO_SOURCES
    for part in image.children:
        if not part.children and part.kind is not Kind.SAME:
            yield (image.subject, part.subject, "", *_cells(part, part))
        for child in filter(_is_told, part.children):
            for member in child.children or (child,):
                yield (image.subject, part.subject, child.subject, *_cells(child, member))


def _cells(child: Difference, member: Difference) -> tuple[object, ...]:
    what = "" if member is child else member.subject
    values = (_value(member.before), _value(member.after))
    sources = (_source(child.before), _source(child.after))
    return child.kind.value, what, *values, *_cause(child), "; ".join(child.notes), *sources


def _cause(child: Difference) -> tuple[str, str, str]:
    """As the member `cause` of JSON has it: the kind, the rule and the words."""
    cause = child.cause
    return (cause.kind.value, cause.rule, cause.words) if cause is not None else _NO_CAUSE


def _source(side: object) -> str:
    """The source package that a package was built from, where it states one."""
    source = side.get("source_package") if isinstance(side, dict) else None
    return f"{source['name']} {source['version']}".strip() if source else ""


def _value(value: object) -> str:
    """A value in one cell; of a package, file or layer what is said of it first."""
    if value is None:
        return ""
    if isinstance(value, dict):
        known = {name: value[name] for name in _SUMMARY if value.get(name) not in {None, ""}}
        if known.get("type") != "file":
            known.pop("size", None)
        said = [inline(each) + " B" * (name == "size") for name, each in known.items()]
        return ", ".join(said) if said else inline(value)
    return inline(value)


def _is_told(child: Difference) -> bool:
    """Whether there is anything to say: neither side may have, or know, a value."""
    return child.kind is not Kind.SAME and (child.before, child.after) != (None, None)
