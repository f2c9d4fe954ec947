"""What `ids --story` prints: per platform the drawing, then the words, then what to do next."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from textwrap import wrap

from analyzer.explain import storywords as words
from analyzer.paths import printable
from analyzer.render.text import heading, source_line, verdict_lines
from analyzer.report import Report
from analyzer.story import Story, story_of

_WIDTH_COLUMNS = 80
_KEY = {
    "+->": '"contains the digest of": change one byte of what it leads to, and everything above '
    "gets another digest",
    ":.>": '"finds by file name": it commits to nothing',
}


def story_text(report: Report, path: str, width: int | None = None) -> str:
    """The story of every image; `path` is the input as the user typed it, for commands to copy.

    `width` is that of the terminal in columns; lines are never longer than 80.
    """
    columns = min(width or _WIDTH_COLUMNS, _WIDTH_COLUMNS)
    blocks = ["\n".join([*wrap(source_line(report), columns), *verdict_lines(report)])]
    stories = [story_of(report, image) for image in report.images]
    for image, story in zip(report.images, stories, strict=True):
        blocks += [heading(image), *_blocks(story, columns)]
    bare = bool(stories) and all(words.ROOTFS in story.paragraphs for story in stories)
    return "\n\n".join([*blocks, _next(path, words.NEXT_FOR_FILES if bare else words.NEXT)])


def _blocks(story: Story, columns: int) -> Iterator[str]:
    if story.drawing:
        yield "\n".join(f"  {printable(line)}" for line in story.drawing)
        drawn = "\n".join(story.drawing)
        keys = [f"{arrow} {means}" for arrow, means in _KEY.items() if arrow in drawn]
        yield "\n".join(
            line
            for key in keys
            for line in wrap(key, columns, initial_indent="  ", subsequent_indent="      ")
        )
    for paragraph in story.paragraphs:
        yield "\n".join(_wrapped(paragraph, columns))
    if story.made_up:
        lines = _wrapped(words.MADE_UP, columns)
        for digest, makers in story.made_up:
            lines += [f"  {digest}", f"    {makers}"]
        yield "\n".join(lines)


def _wrapped(text: str, columns: int) -> list[str]:
    return wrap(printable(text), columns, break_long_words=False, break_on_hyphens=False)


def _next(path: str, steps: Sequence[tuple[str, str]]) -> str:
    file = shlex.quote(path)
    return "\n".join(f"{why}\n  {command.format(file=file)}" for why, command in steps)
