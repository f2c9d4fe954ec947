"""Rows of which the last cell is a name of any length, and text for names of an archive."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from textwrap import wrap

from analyzer.image.model import Image
from analyzer.paths import printable
from analyzer.report import NO_PLATFORM, ROOT_FILESYSTEM

_GAP = "  "
_INDENT = "    "

_COLUMNS = 80


Rows = Callable[[], Iterable[tuple[Sequence[str], str]]]
"""Rows, made anew each time: the cells of each, and what stands on a line under it."""


def named_rows(
    rows: Rows,
    headers: Sequence[str],
    width: int | None,
    right: Iterable[int] = (),
    fits: Sequence[int] | None = None,
) -> Iterator[str]:
    """A table whose last column is as long as it likes; columns `right` are aligned to there.

    Where a row is wider than `width`, its last cell gets a line of its own. `fits` is how long the
    longest cell of each column is but the last; who does not know has `rows` asked twice, so that
    no table has to be kept as a whole.
    """
    columns = len(headers) - 1
    if fits is None:
        fits = [0] * columns
        for cells, _ in rows():
            fits = [max(size, len(cells[n])) for n, size in enumerate(fits)]
    aligns = [">" if n in set(right) else "<" for n in range(columns)]
    longest = [max(len(header), size) for header, size in zip(headers, fits, strict=False)]
    formats = [f"{{:{align}{size}}}" for align, size in zip(aligns, longest, strict=True)]
    pattern = _GAP.join(formats)
    for row, under in chain([(headers, "")], rows()):
        head, last = pattern.format(*row[:columns]), row[columns]
        if width is None or len(head) + len(_GAP) + len(last) <= width:
            yield f"{head}{_GAP}{last}".rstrip()
        else:
            yield from (head.rstrip(), _INDENT + last)
        if under:
            yield _INDENT + under


def titled(image: Image) -> str:
    """One platform of one image, as every table is headed."""
    if image.without_config == "rootfs":
        return rootfs_title(str(image.platform))
    names = ", ".join(map(printable, image.names)) or f"(no name, image @{image.position})"
    return f"{names}  {printable(str(image.platform))}"


def rootfs_title(platform: str) -> str:
    """A root filesystem, with its platform where anything states one."""
    if platform == NO_PLATFORM:
        return ROOT_FILESYSTEM
    return f"{ROOT_FILESYSTEM}  {printable(platform)}"


def headed(title: str, words: str, width: int | None) -> list[str]:
    """A title with what is to be said of it: on one line, or on several where that is too long."""
    if width is None or len(title) + 2 + len(words) <= width:
        return [f"{title}: {words}"]
    return [title, *wrapped(words, width)]


def wrapped(text: str, width: int | None) -> list[str]:
    """Words on lines of at most `width` columns; words that are longer stay whole."""
    if width is None:
        return [text]
    return wrap(text, width, break_long_words=False, break_on_hyphens=False)


def folded(text: str, start: str = "", under: str = "") -> list[str]:
    """`text` on lines of at most 80 columns; only a longer word makes a longer line.

    The first line begins with `start`, every other with `under`.
    """
    return wrap(
        text,
        _COLUMNS,
        initial_indent=start,
        subsequent_indent=under,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [start.rstrip()]
