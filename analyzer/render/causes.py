"""Why files differ, as lines: what nothing explains first, then what explains the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from analyzer.diff.filesystem.causes import CauseKind
from analyzer.diff.filesystem.part import FILES
from analyzer.diff.rungs import few
from analyzer.diff.tree import Difference, Kind
from analyzer.paths import printable
from analyzer.render.causegroups import Group, grouped, unexplained, why
from analyzer.render.differencetable import INDENT, wrapped
from analyzer.render.filechanges import change_lines, file_lines
from analyzer.render.pairtitle import pair_title

_MOST_LINES = 40
EXPLAINED = {
    CauseKind.PACKAGE: "by packages",
    CauseKind.STEP: "by build steps",
    CauseKind.NOISE: "rebuild noise",
}
NOTHING = "no file is unexplained"


def files_with_causes(part: Difference) -> list[str]:
    """The lines of the files part, after those that say what nothing explains.

    What is told there is not told again.
    """
    shown = grouped(unexplained(part))[:_MOST_LINES]
    told = {id(child) for group in shown for child in group.children}
    rest = tuple(child for child in part.children if id(child) not in told)
    return [*cause_lines(part), *file_lines(replace(part, children=rest))]


def cause_lines(part: Difference, *, whole: bool = False) -> list[str]:
    """How many files each kind of cause explains, and what is unexplained; `whole`: all of it."""
    if not counts_of(part):
        return []
    lines = wrapped(f"why: {counts_of(part)}")
    groups = grouped(unexplained(part))
    shown = groups if whole else groups[:_MOST_LINES]
    for group in shown:
        lines += _group_lines(group, whole=whole)
    if left := sum(len(group.children) for group in groups[len(shown) :]):
        lines.append(f"?  and {left} more, --unexplained has all")
    return lines


def counts_of(part: Difference) -> str:
    """How many files each kind of cause explains; empty where no cause was asked for."""
    counted = Counter(child.cause.kind for child in part.children if child.cause is not None)
    return _counts(counted) if counted else ""


def _counts(counted: Counter[CauseKind]) -> str:
    lost = counted[CauseKind.UNEXPLAINED]
    words = [f"{lost} unexplained" if lost else NOTHING]
    words += [f"{counted[kind]} {text}" for kind, text in EXPLAINED.items() if counted[kind]]
    return ", ".join(words)


def _group_lines(group: Group, *, whole: bool) -> Iterator[str]:
    """One file with its cause; of several, where they lie, how many there are, and the names."""
    cause = wrapped(f"unexplained: {why(group.cause)}", INDENT)
    if len(group.children) == 1:
        yield from change_lines("?", group.children[0])
        yield from cause
        return
    yield from wrapped(f"?  {printable(group.folder)}/  ({group.counted})")
    yield from cause
    yield from wrapped(", ".join(group.names) if whole else few(group.names), INDENT)


def _alone(part: Difference) -> list[str]:
    """The lines of a part of which nothing else is shown."""
    if any(child.cause is None for child in part.children):
        return ["why files differ is not told", *map(printable, part.notes)]
    return cause_lines(part, whole=True) or [NOTHING]


def unexplained_text(difference: Difference) -> str:
    """What `ociscope diff --unexplained` prints: every file that nothing explains, and no other."""
    lines: list[str] = []
    for image in difference.children:
        part = image.child(FILES)
        title = pair_title(image, difference)
        lines += ["", title] if lines else [title]
        if image.kind in {Kind.ADDED, Kind.REMOVED}:
            lines.append(f"  only {'after' if image.kind is Kind.ADDED else 'before'}")
        elif part is None or part.kind is Kind.UNKNOWN:
            lines.append("  files were not compared")
        else:
            lines += [f"  {line}" for line in _alone(part)]
    return "\n".join(lines or ["no images on either side"]) + "\n"
