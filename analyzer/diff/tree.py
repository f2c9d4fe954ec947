"""A difference is a tree: containers that name a part, leaves that hold two values.

Its JSON form is published as `analyzer/schema/diff-1.0.json`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from analyzer.diff.rungs import Ladder, headline
from analyzer.paths import printable
from analyzer.report import Document, Tool
from analyzer.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from analyzer.diff.filesystem.causes import Cause

SCHEMA = "ociscope-diff-1.0"
"""Names the schema that `to_document` follows."""

BEFORE = "before: "
AFTER = "after: "
"""How a note begins that is about one side only."""
UPGRADED = "upgraded"
DOWNGRADED = "downgraded"
"""Notes of a package whose versions have an order."""
_MIRRORED_NOTES = {UPGRADED: DOWNGRADED, DOWNGRADED: UPGRADED}


class Kind(StrEnum):
    """What became of a subject on the way from before to after."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"
    """The same thing came with another layer; not counted as a difference."""
    UNKNOWN = "unknown"
    """At least one side does not tell; the notes say why. Not counted as a difference."""


DIFFERENT = frozenset({Kind.ADDED, Kind.REMOVED, Kind.CHANGED})
"""The kinds that make two reports differ."""
_MIRRORED_KINDS = {Kind.ADDED: Kind.REMOVED, Kind.REMOVED: Kind.ADDED}


@dataclass(frozen=True, slots=True)
class Expected:
    """A file that differs as two platforms do: its path on each side, None where it is not."""

    before: str | None
    after: str | None
    rules: tuple[str, ...]
    """Names of the rules that explain it: docs/platforms.md."""

    @property
    def mirrored(self) -> Expected:
        """The same with the sides exchanged."""
        return Expected(self.after, self.before, self.rules)


@dataclass(frozen=True, slots=True)
class Difference:
    """One subject on both sides. Values are JSON-able; None where a side has none.

    A container holds its parts in `children` and is `changed` when any of them differs, `same`
    otherwise; its own values only say what is compared. `ladder` is that of a pair of images and
    of the two files as a whole, empty elsewhere.
    """

    subject: str
    kind: Kind
    before: Any = None
    after: Any = None
    children: tuple[Difference, ...] = ()
    notes: tuple[str, ...] = ()
    ladder: Ladder = ()
    says: str = ""
    """The headline of what has no ladder: a document against an image."""
    cause: Cause | None = None
    """Why a file differs; None of everything else, and where nobody asked."""
    expected: tuple[Expected, ...] = ()
    """Of the files of two platforms: what differs as they do, and is no child therefore."""

    @property
    def headline(self) -> str:
        """What happened, in one line."""
        return self.says or (headline(self.ladder) if self.ladder else "")

    @property
    def differs(self) -> bool:
        """Whether this is, or holds, a difference."""
        return self.kind in DIFFERENT

    def child(self, subject: str) -> Difference | None:
        """The child about `subject`."""
        return next((child for child in self.children if child.subject == subject), None)

    def of_kind(self, *kinds: Kind) -> tuple[Difference, ...]:
        """The children of these kinds, in order."""
        return tuple(child for child in self.children if child.kind in kinds)


def container(
    subject: str,
    children: Iterable[Difference],
    *,
    before: object = None,
    after: object = None,
    notes: Sequence[str] = (),
) -> Difference:
    """A part that differs exactly when one of its `children` does."""
    kept = tuple(children)
    kind = Kind.CHANGED if any(child.differs for child in kept) else Kind.SAME
    return Difference(printable(subject), kind, before, after, kept, _clean(notes))


def leaf(
    subject: str, kind: Kind, before: object = None, after: object = None, notes: Sequence[str] = ()
) -> Difference:
    """Two values under one subject."""
    return Difference(printable(subject), kind, before, after, (), _clean(notes))


def _clean(notes: Sequence[str]) -> tuple[str, ...]:
    return tuple(printable(note) for note in notes)


def walk(difference: Difference) -> Iterator[Difference]:
    """`difference` and everything below it, parents first."""
    yield difference
    for child in difference.children:
        yield from walk(child)


def mirrored(difference: Difference) -> Difference:
    """The same comparison with the sides exchanged."""
    return Difference(
        difference.subject,
        _MIRRORED_KINDS.get(difference.kind, difference.kind),
        difference.after,
        difference.before,
        tuple(mirrored(child) for child in difference.children),
        tuple(sorted(map(_mirrored_note, difference.notes), key=_side)),
        tuple(step.mirrored for step in difference.ladder),
        difference.says,
        difference.cause.mirrored if difference.cause is not None else None,
        tuple(each.mirrored for each in difference.expected),
    )


def _side(note: str) -> int:
    """Notes about both sides come first, then those on what was before."""
    return 1 if note.startswith(BEFORE) else 2 if note.startswith(AFTER) else 0


def _mirrored_note(note: str) -> str:
    for here, there in ((BEFORE, AFTER), (AFTER, BEFORE)):
        if note.startswith(here):
            return there + note.removeprefix(here)
    return _MIRRORED_NOTES.get(note, note)


def to_document(difference: Difference, tool: Tool | None = None) -> Document:
    """The JSON form of what `compare` returned; `tool` is who compares, by default this one."""
    tool = tool or Tool("ociscope", __version__)
    return {
        "schema": SCHEMA,
        "tool": {"name": tool.name, "version": tool.version},
        "before": difference.before,
        "after": difference.after,
        "differs": difference.differs,
        **ladder_document(difference),
        "notes": list(difference.notes),
        "images": [difference_document(child) for child in difference.children],
    }


def difference_document(difference: Difference) -> Document:
    """One node of the JSON form."""
    return {
        "subject": difference.subject,
        "kind": difference.kind.value,
        **(ladder_document(difference) if difference.headline else {}),
        "before": difference.before,
        "after": difference.after,
        "notes": list(difference.notes),
        **(cause_document(difference.cause) if difference.cause is not None else {}),
        "children": [difference_document(child) for child in difference.children],
        **(_expected_document(difference.expected) if difference.expected else {}),
    }


def _expected_document(expected: Sequence[Expected]) -> Document:
    """The member `expected` of the files of two platforms."""
    rows = [
        {"before": each.before, "after": each.after, "rules": list(each.rules)} for each in expected
    ]
    return {"expected": rows}


def cause_document(cause: Cause) -> Document:
    """The member `cause` of a file."""
    return {"cause": {"kind": cause.kind.value, "rule": cause.rule, "words": cause.words}}


def ladder_document(difference: Difference) -> Document:
    """The members `headline` and `ladder`."""
    return {
        "headline": difference.headline,
        "ladder": [
            {"rung": step.rung.value, "verdict": step.verdict.value, "reason": step.reason}
            for step in difference.ladder
        ],
    }
