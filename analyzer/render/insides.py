"""What differs inside changed files, behind a difference: as text and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.diff.filesystem.causes import CauseKind
from analyzer.diff.filesystem.part import FILES
from analyzer.diff.tree import Difference, Kind
from analyzer.paths import printable
from analyzer.render.content import INSIDE, content_lines
from analyzer.render.pairtitle import pair_title

_INDENT = "  "
_FENCE = "```"
_MOST_MARKDOWN_LINES = 200
"""Of one file: as much as a comment on a pull request can hold of several."""
_MORE = "... and {} more lines, -o json has all"


def inside_text(difference: Difference, *, unexplained: bool = False) -> str:
    """All nodes `inside`, or those of unexplained files; empty where nobody asked for any."""
    lines: list[str] = []
    for image in difference.children:
        found = list(_insides(image, unexplained=unexplained))
        if not found:
            continue
        lines += ["", f"Inside files of {pair_title(image, difference)}"]
        for path, inside in found:
            lines += ["", f"{_INDENT}{path}"]
            lines += [f"{_INDENT * 2}{line}".rstrip() for line in _lines(inside)]
    return "".join(f"{line}\n" for line in lines)


def inside_markdown(difference: Difference) -> str:
    """The same in blocks that GitHub and GitLab colour as diffs."""
    blocks = []
    for image in difference.children:
        for path, inside in _insides(image):
            lines = list(_lines(inside))
            if len(lines) > _MOST_MARKDOWN_LINES:
                left = len(lines) - _MOST_MARKDOWN_LINES
                lines = [*lines[:_MOST_MARKDOWN_LINES], _MORE.format(left)]
            # A fence is closed only by one that is as long (CommonMark 0.31, 4.5).
            fence = _FENCE
            while any(fence in line for line in lines):
                fence += "`"
            blocks.append("\n".join(["", f"{fence}diff", f"# {path}", *lines, fence, ""]))
    return "".join(blocks)


def _insides(image: Difference, *, unexplained: bool = False) -> Iterator[tuple[str, Difference]]:
    """Paths, and what differs inside them."""
    part = image.child(FILES)
    for file in part.children if part is not None else ():
        inside = (file.child("content") or file).child(INSIDE)
        told = file.cause is not None and file.cause.kind is CauseKind.UNEXPLAINED
        if inside is not None and (told or not unexplained):
            yield printable(file.subject), inside


def _lines(inside: Difference) -> Iterator[str]:
    if inside.kind is Kind.UNKNOWN:
        yield from (f"not looked into: {printable(note)}" for note in inside.notes)
    else:
        yield from content_lines(inside)
