"""Topics as text for a terminal, or as they stand in their files where there is none."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence

from analyzer.explain.loader import Topic

COLUMNS = 80
"""No line is longer, however wide the terminal: long lines are hard to read."""
_NARROWEST = 20
_ITEM = re.compile(r"(?:- |\d+\. )")


def page(topic: Topic, width: int | None = None) -> str:
    """One topic, to be read from top to bottom; `width` is that of the terminal, if any."""
    columns = _columns(width)
    lines = [*_filled(topic.title, columns), "", *_body(topic.text, columns)]
    if topic.see_also:
        lines += ["", *_filled(f"See also: {', '.join(topic.see_also)}", columns)]
    return "\n".join(lines)


def contents(topics: Sequence[Topic], width: int | None = None) -> str:
    """All topics by name: questions, then findings, then the checks of `verify`."""
    columns = _columns(width)
    checks = [topic for topic in topics if topic.is_check]
    findings = [topic for topic in topics if topic.is_finding]
    questions = [topic for topic in topics if not topic.is_finding and not topic.is_check]
    lines = ["Questions", *_rows(questions, columns), ""]
    lines += [*_filled("Findings, by the code that stands in brackets behind a message", columns)]
    lines += [*_rows(findings, columns), ""]
    lines += [*_filled("Checks of 'ociscope verify', by their names", columns)]
    lines += [*_rows(checks, columns), ""]
    lines += _filled("'ociscope explain TOPIC' prints one of them.", columns)
    return "\n".join(lines)


def _columns(width: int | None) -> int:
    return COLUMNS if width is None else max(_NARROWEST, min(width, COLUMNS))


def _rows(topics: Sequence[Topic], columns: int) -> Iterator[str]:
    indent = 4 + max(len(topic.name) for topic in topics)
    if indent > columns // 2:
        indent = 4
    for topic in topics:
        start = f"  {topic.name}".ljust(indent - 1)
        yield from _filled(f"{start} {topic.title}", columns, " " * indent)


def _body(text: str, columns: int) -> Iterator[str]:
    """Paragraphs and list items wrapped; what is indented by four or more stays as it is."""
    for number, block in enumerate(re.split(r"\n{2,}", text)):
        if number:
            yield ""
        lines = block.split("\n")
        if all(line.startswith("    ") for line in lines):
            yield from lines
        else:
            for part in _parts(lines):
                mark = _ITEM.match(part)
                yield from _filled(part, columns, " " * len(mark[0]) if mark else "")


def _parts(lines: Iterable[str]) -> Iterator[str]:
    """The items of a list, or the one paragraph that it is, each as one line."""
    part: list[str] = []
    for line in lines:
        if _ITEM.match(line) and part:
            yield " ".join(part)
            part = []
        part.append(line.strip())
    yield " ".join(part)


def _filled(text: str, columns: int, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        columns,
        subsequent_indent=indent,
        break_on_hyphens=False,
        break_long_words=False,
    )
