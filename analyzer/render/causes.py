"""Why files differ, as lines: what nothing explains first, then what explains the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from textwrap import wrap

from analyzer.diff.filesystem.causes import CauseKind
from analyzer.diff.filesystem.part import FILES
from analyzer.diff.tree import Difference, Kind
from analyzer.paths import printable
from analyzer.render.filechanges import change_lines, file_lines, importance
from analyzer.render.pairtitle import pair_title

_WIDTH = 76
_INDENT = "     "
_MOST_LINES = 40
_EXPLAINED = {
    CauseKind.PACKAGE: "by packages",
    CauseKind.STEP: "by build steps",
    CauseKind.NOISE: "rebuild noise",
}
NOTHING = "no file is unexplained"


def files_with_causes(part: Difference) -> list[str]:
    """The lines of the files part, after those that say what nothing explains.

    What is told there is not told again.
    """
    told = set(map(id, _unexplained(part)[:_MOST_LINES]))
    rest = tuple(child for child in part.children if id(child) not in told)
    return [*cause_lines(part), *file_lines(replace(part, children=rest))]


def cause_lines(part: Difference, most: int | None = _MOST_LINES) -> list[str]:
    """How many files each kind of cause explains, and what is unexplained; `most` of it."""
    if not counts_of(part):
        return []
    lines = [f"why: {counts_of(part)}"]
    lost = _unexplained(part)
    shown = lost if most is None else lost[:most]
    for child in shown:
        lines += _unexplained_lines(child)
    if len(shown) < len(lost):
        lines.append(f"?  and {len(lost) - len(shown)} more, --unexplained has all")
    return lines


def counts_of(part: Difference) -> str:
    """How many files each kind of cause explains; empty where no cause was asked for."""
    counted = Counter(child.cause.kind for child in part.children if child.cause is not None)
    return _counts(counted) if counted else ""


def _counts(counted: Counter[CauseKind]) -> str:
    lost = counted[CauseKind.UNEXPLAINED]
    words = [f"{lost} unexplained" if lost else NOTHING]
    words += [f"{counted[kind]} {text}" for kind, text in _EXPLAINED.items() if counted[kind]]
    return ", ".join(words)


def _unexplained(part: Difference) -> list[Difference]:
    """What nothing explains, what allows more than before first."""
    lost = [
        child
        for child in part.children
        if child.cause is not None and child.cause.kind is CauseKind.UNEXPLAINED
    ]
    return sorted(lost, key=importance)


def _unexplained_lines(child: Difference) -> Iterator[str]:
    yield from change_lines("?", child)
    words = printable(child.cause.words) if child.cause is not None else ""
    yield from wrap(
        f"unexplained: {words}",
        _WIDTH,
        initial_indent=_INDENT,
        subsequent_indent=_INDENT + " ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _alone(part: Difference) -> list[str]:
    """The lines of a part of which nothing else is shown."""
    if any(child.cause is None for child in part.children):
        return ["why files differ is not told", *map(printable, part.notes)]
    return cause_lines(part, None) or [NOTHING]


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
