"""The files of a difference in Markdown: what nothing explains first, the explained folded away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyzer.diff.filesystem.causes import CauseKind
from analyzer.diff.rungs import few
from analyzer.diff.tree import Difference, Kind
from analyzer.render.causegroups import Group, grouped, unexplained, why
from analyzer.render.causes import EXPLAINED
from analyzer.render.filechanges import allows_more, importance, words_of
from analyzer.render.markdown import folded, table, text
from analyzer.render.values import shorten

SIGNS = {Kind.ADDED: "+", Kind.REMOVED: "−", Kind.CHANGED: "~", Kind.UNKNOWN: "?"}  # noqa: RUF001 - the sign
_MOST_ROWS = 100
"""Of one table: as much as a comment on a pull request can hold."""
_MOST_CAUSES = 40
_MOST_NAMES = 10
_CAUSE_CHARACTERS = 160
_MORE = "and {} more, `-o json` has all.\n"
_HEADER = ("", "file", "what", "why")


def file_tables(part: Difference) -> Iterator[str]:
    """A table of what a reader has to look at, then a folded block for each kind of cause."""
    children = [child for child in part.children if child.kind in SIGNS]
    if any(child.cause is None for child in children):
        rows = [_row(child, "") for child in sorted(children, key=importance)]
        yield from _table(rows)
        return
    rows = [_group_row(group) for group in grouped(unexplained(part))]
    grave = [child for child in children if allows_more(child) and not _lost(child)]
    rows += [_row(child, _explained(child)) for child in sorted(grave, key=importance)]
    yield from _table(rows)
    for kind, words in EXPLAINED.items():
        of_kind = [child for child in children if child.cause and child.cause.kind is kind]
        yield from folded(f"{len(of_kind)} {words}", _by_cause(of_kind))


def _lost(child: Difference) -> bool:
    return child.cause is not None and child.cause.kind is CauseKind.UNEXPLAINED


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield from table(_HEADER, rows[:_MOST_ROWS])
    if len(rows) > _MOST_ROWS:
        yield _MORE.format(len(rows) - _MOST_ROWS)


def _row(child: Difference, cause: str) -> tuple[str, ...]:
    name, said = words_of(child)
    return SIGNS[child.kind], text(name), text(said), text(cause)


def _group_row(group: Group) -> tuple[str, ...]:
    cause = f"unexplained: {why(group.cause)}"
    if len(group.children) == 1:
        return _row(group.children[0], cause)
    said = f"{group.counted}: {_names(group.names)}"
    return SIGNS[group.children[0].kind], text(f"{group.folder}/"), text(said), text(cause)


def _explained(child: Difference) -> str:
    return shorten(why(child.cause), _CAUSE_CHARACTERS) if child.cause is not None else ""


def _by_cause(children: Sequence[Difference]) -> Iterator[str]:
    """One row for all files of one cause."""
    found: dict[str, list[Difference]] = {}
    for child in children:
        found.setdefault(_explained(child), []).append(child)
    rows = [(text(cause), _marked(files)) for cause, files in found.items()]
    yield from table(("why", "files"), rows[:_MOST_CAUSES])
    if left := sum(len(files) for files in list(found.values())[_MOST_CAUSES:]):
        yield _MORE.format(left)


def _marked(files: Sequence[Difference]) -> str:
    """Names with their signs, and how many more there are."""
    names = [f"{SIGNS[child.kind]} {text(words_of(child)[0])}" for child in files[:_MOST_NAMES]]
    more = len(files) - _MOST_NAMES
    return ", ".join([*names, f"{more} more"] if more > 0 else names)


def _names(names: Sequence[str]) -> str:
    return few(names) if len(names) > _MOST_NAMES else ", ".join(names)
