"""Two texts, line by line, in the hunks of a unified diff.

POSIX.1-2017 diff, "Diff -u Output Format"; three lines of context, as GNU diff(1) has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from analyzer.diff.content.lines import Pair, common_lines
from analyzer.diff.content.room import Found, Room, between
from analyzer.diff.content.shown import Shown
from analyzer.diff.tree import AFTER, BEFORE, Difference, Kind, container, leaf
from analyzer.layers.wants import Content
from analyzer.paths import decode

CONTEXT = 3
NO_END = "no newline at the end of the file"
_MARKS = {
    b"\xef\xbb\xbf": ("UTF-8 with a byte-order mark", "utf-8"),
    b"\xff\xfe": ("UTF-16, little-endian", "utf-16-le"),
    b"\xfe\xff": ("UTF-16, big-endian", "utf-16-be"),
}
_HEAD = 8192
_ODD = bytes(sorted({*range(32), 127} - set(b"\b\t\n\f\r\x1b")))
_MOST_ODD = 0.3
"""Of the first bytes; perl(1) draws the line there for `-T`."""


class _Text(NamedTuple):
    """A text as lines that are compared, and how its bytes spell them."""

    text: str
    lines: list[bytes]
    encoding: str
    ends: str

    @property
    def unfinished(self) -> bool:
        """Whether no line break ends the last line."""
        return bool(self.lines) and not self.lines[-1].endswith(b"\n")


def is_text(content: Content) -> bool:
    """Whether people take a content for text: no NUL and few control characters in its head."""
    head = content[:_HEAD]
    if head[:2] in _MARKS:
        return True
    odd = len(head) - len(head.translate(None, _ODD))
    return b"\0" not in head and odd <= _MOST_ODD * len(head)


def compare_text(before: Content, after: Content, room: Room) -> Found:
    """Hunks of lines that differ, and differences of encoding and line ends."""
    most = room.limits.content_text_bytes
    if max(len(before), len(after)) > most:
        why = f"longer than {most} bytes, so not compared line by line"
        return _summary(before, after, f"{why}; --limit content_text_bytes=N allows more")
    one, two = _read(bytes(before)), _read(bytes(after))
    spelling = [
        leaf(subject, Kind.CHANGED, a, b)
        for subject, a, b in (
            ("encoding", one.encoding, two.encoding),
            ("line ends", one.ends, two.ends),
        )
        if a != b
    ]
    if one.ends != two.ends:
        one, two = _bare(one), _bare(two)
    pairs = common_lines(one.lines, two.lines)
    if pairs is None:
        why = "too many changes to be told line by line"
        found = _summary(before, after, why)
        return Found([*spelling, *found.children], [*found.notes, _counted(one, two)])
    return _hunks(one, two, pairs, spelling, room.limits.content_lines)


def _read(data: bytes) -> _Text:
    name, codec, size = "", "utf-8", 0
    for mark, known in _MARKS.items():
        if data.startswith(mark):
            (name, codec), size = known, len(mark)
    if codec == "utf-8":
        text = decode(data[size:])
        if not name:
            name = "UTF-8" if text.isascii() or _valid(data) else "not UTF-8"
    else:
        text = data[size:].decode(codec, "replace")
    breaks, crlf = text.count("\n"), text.count("\r\n")
    ends = "CRLF" if breaks and crlf == breaks else "LF and CRLF" if crlf else "LF"
    return _Text(text, _lines(text), name, ends)


def _lines(text: str) -> list[bytes]:
    """Lines with their breaks: without one, the last line is another line."""
    lines = text.encode("utf-8", "surrogateescape").split(b"\n")
    last = lines.pop()
    return [*(line + b"\n" for line in lines), *([last] if last else [])]


def _valid(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _bare(text: _Text) -> _Text:
    """Without carriage returns before line breaks, when these are told as a whole."""
    bare = text.text.replace("\r\n", "\n")
    return text._replace(text=bare, lines=_lines(bare))


def _counted(one: _Text, two: _Text) -> str:
    first, second = Counter(one.lines), Counter(two.lines)
    gone, come = (first - second).total(), (second - first).total()
    return f"lines that only one side has: {min(gone, come)} and {max(gone, come)}"


class _Change(NamedTuple):
    """Lines `i:i_end` before became lines `j:j_end` after."""

    i: int
    i_end: int
    j: int
    j_end: int


def _changes(one: _Text, two: _Text, pairs: Sequence[Pair]) -> Iterator[_Change]:
    i = j = 0
    for at, to in [*pairs, (len(one.lines), len(two.lines))]:
        if at > i or to > j:
            yield _Change(i, at, j, to)
        i, j = at + 1, to + 1


def _hunks(
    one: _Text, two: _Text, pairs: Sequence[Pair], spelling: Sequence[Difference], most: int
) -> Found:
    shown = Shown(one.text), Shown(two.text)
    hunks: list[Difference] = []
    count = left = 0
    for group in _groups(list(_changes(one, two, pairs))):
        size = sum(c.i_end - c.i + c.j_end - c.j for c in group)
        count += size
        if hunks and count > most:
            left += size
            continue
        hunks.append(_hunk(len(hunks) + 1, group, (one, two), shown, most))
    notes = []
    if left:
        notes.append(f"and {left} more lines that differ; --limit content_lines=N shows more")
    if shown[0].masked or shown[1].masked:
        notes.append("what looks like a secret is masked; 'ociscope cat' shows the file as it is")
    return Found([*spelling, *hunks], notes)


def _groups(changes: Sequence[_Change]) -> Iterator[list[_Change]]:
    """Changes whose contexts touch."""
    group: list[_Change] = []
    for change in changes:
        if group and change.i - group[-1].i_end > 2 * CONTEXT:
            yield group
            group = []
        group.append(change)
    if group:
        yield group


def _hunk(
    number: int,
    group: Sequence[_Change],
    texts: tuple[_Text, _Text],
    shown: tuple[Shown, Shown],
    most: int,
) -> Difference:
    first, last = group[0], group[-1]
    start = min(CONTEXT, first.i)
    stop = min(CONTEXT, len(texts[0].lines) - last.i_end)
    i, i_end = first.i - start, last.i_end + stop
    j, j_end = first.j - start, last.j_end + stop
    runs: list[Difference] = []
    at, to = i, j
    for change in [*group, _Change(i_end, i_end, j_end, j_end)]:
        for span in ((at, change.i, to, change.j), change):
            if span[0] < span[1] or span[2] < span[3]:
                runs.append(_run(len(runs) + 1, _Change(*span), texts, shown, most))
        at, to = change.i_end, change.j_end
    sides = [
        {"line": begin + 1 if end > begin else begin, "lines": end - begin}
        for begin, end in ((i, i_end), (j, j_end))
    ]
    return container(f"hunk {number}", runs, before=sides[0], after=sides[1])


def _run(
    number: int,
    span: _Change,
    texts: tuple[_Text, _Text],
    shown: tuple[Shown, Shown],
    most: int,
) -> Difference:
    """Lines of both sides: equal ones are context, which is only made where nothing changed."""
    ranges = range(span.i, span.i_end), range(span.j, span.j_end)
    sides: list[list[str] | None] = []
    notes: list[str] = []
    for lines, text, side, word in zip(ranges, texts, shown, (BEFORE, AFTER), strict=True):
        kept = side.lines(lines[:most])
        if len(lines) > most:
            kept.append(f"... and {len(lines) - most} more lines")
        sides.append(kept if lines else None)
        if text.unfinished and lines and lines[-1] == len(text.lines) - 1:
            notes.append(word + NO_END)
    before, after = sides
    if before is None:
        kind = Kind.ADDED
    elif after is None:
        kind = Kind.REMOVED
    else:
        lines_before = texts[0].lines[span.i : span.i_end]
        same = lines_before == texts[1].lines[span.j : span.j_end]
        kind = Kind.SAME if same else Kind.CHANGED
    return leaf(f"run {number}", kind, before, after, notes)


def _summary(before: Content, after: Content, why: str) -> Found:
    """Only the first line that differs, for what is too large or too different."""
    at = first_difference(before, after)
    number = _count(before, at) + 1
    one, two = ({"line": number, "text": _line_at(side, at)} for side in (before, after))
    return Found([between("first differing line", one, two)], [why])


_PIECE = 1 << 16


def first_difference(before: Content, after: Content) -> int:
    """The offset of the first byte that is not in both; the shorter one's length at its end."""
    length = min(len(before), len(after))
    for start in range(0, length, _PIECE):
        one, two = before[start : start + _PIECE], after[start : start + _PIECE]
        if one != two:
            pairs = enumerate(zip(one, two, strict=False))
            inside = next((n for n, (a, b) in pairs if a != b), min(len(one), len(two)))
            return start + inside
    return length


def _count(content: Content, end: int) -> int:
    """Line breaks before `end`."""
    return sum(
        content[start : min(start + _PIECE, end)].count(b"\n") for start in range(0, end, _PIECE)
    )


def _line_at(content: Content, at: int) -> str:
    """Some characters of the line that holds offset `at`, from shortly before it on."""
    begin = max(content.rfind(b"\n", max(0, at - 80), at) + 1, at - 80, 0)
    piece = content[begin : at + 400]
    inside = piece.find(b"\n", at - begin)
    line = piece if inside < 0 else piece[:inside]
    return Shown(decode(line).replace("\n", " ")).lines(range(1))[0]
