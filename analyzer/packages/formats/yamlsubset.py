"""The YAML that pnpm and Yarn write into lock files, and no more: a strict, bounded reader.

Block mappings and sequences by indentation, flow collections on one line, plain and quoted
scalars on one line, literal and folded blocks (YAML 1.2.2, chapters 7 and 8,
https://yaml.org/spec/1.2.2/). Both tools write through one serialiser each (js-yaml for pnpm,
Yarn's own `syml`), so a lock file needs nothing else. Anchors, aliases, tags and directives,
tabs as indentation, collections in keys and members twice are refused: to guess at them would be
to invent.

All scalars are printable text, as they stand there; a member without a value is an empty text.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass

from analyzer.packages.formats.addresses import cut
from analyzer.packages.formats.bounds import bounded
from analyzer.packages.formats.text import text
from analyzer.paths import printable

Value = str | dict[str, "Value"] | list["Value"]

_DEPTH = 32
_QUOTES = {'"': re.compile(r'"((?:[^"\\]|\\.)*)"'), "'": re.compile(r"'((?:[^']|'')*)'")}
_PLAIN_START = re.compile(r"[^\s\-?:,\[\]{}#&*!|>'\"%@`]|[-?:](?=\S)")
_SIMPLE = re.compile(r"([A-Za-z0-9/][^\s:#]*): ([A-Za-z0-9/^~.][^\s:#]*)")
"""A plain key and a plain value on one line, as more than half of all lines are."""
_ONE_MEMBER = re.compile(r"\{([A-Za-z]+): ([A-Za-z0-9][A-Za-z0-9+/=-]*)\}")
"""As pnpm writes the digest of each package."""
_KEY_END = re.compile(r":(?= |$)")
_COMMENT = re.compile(r"(?:^|\s)#")
_BLOCK = re.compile(r"(?P<style>[|>])(?P<how>[-+1-9]{0,2}) *")
_FLOW_END = re.compile(r"[,\[\]{}]|:(?= )")
_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)")
_ESCAPED = dict(zip('0abtnvfre "/\\', '\0\a\b\t\n\v\f\r\x1b "/\\', strict=True))
_ESCAPED |= {"t": "\t", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029"}
_TAB = "\\x09"
"""As `text` shows it."""
_LAST_POINT = 0x10FFFF


class Refused(ValueError):
    """This is not the YAML that we read; the message names the line."""


def load(data: bytes) -> dict[str, Value]:
    """The mapping that is the last document in `data`; empty where there is nothing.

    Raises:
        Refused: anything beyond the subset.
        ValueError: larger than any lock file.
    """
    reader = _Reader(_lines(document(data)))
    first = reader.line()
    if first is None:
        return {}
    value = reader.mapping(first.indent, 0)
    if left := reader.line():
        raise _refused(left, "indented less than what it belongs to")
    return value


def document(data: bytes) -> bytes:
    """`data` behind the byte-order mark that may begin it (YAML 1.2.2, 5.2).

    Raises:
        ValueError: larger than any lock file.
    """
    return bounded(data).removeprefix(b"\xef\xbb\xbf")


@dataclass(slots=True)
class _Line:
    number: int
    indent: int
    content: str


def _lines(data: bytes) -> list[_Line]:
    lines: list[_Line] = []
    for number, shown in enumerate(_shown(data), 1):
        content = shown.rstrip(" ")
        if content in {"---", "..."}:
            # pnpm 11 puts a document about itself before the one about the project.
            lines.clear()
            continue
        plain = content.lstrip(" ")
        lines.append(_Line(number, len(content) - len(plain), plain))
    return lines


def _shown(data: bytes) -> list[str]:
    """The lines as printable text, with the blanks at their ends or without."""
    with suppress(UnicodeDecodeError):
        whole = data.decode()
        if whole.replace("\n", "").isprintable():  # all at once, as nearly every file can be
            return whole.split("\n")
    return [text(raw.rstrip(b"\r ")) for raw in data.split(b"\n")]


def _refused(line: _Line, why: str) -> Refused:
    return Refused(f"line {line.number}: {why}: {cut(line.content)!r}")


class _Reader:
    """Goes over the lines once; every method leaves `_at` behind what it has read."""

    def __init__(self, lines: list[_Line]) -> None:
        self._lines = lines
        self._at = 0

    def line(self) -> _Line | None:
        """The next line that is neither blank nor a comment."""
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if line.content and not line.content.startswith("#"):
                return line
            self._at += 1
        return None

    def mapping(self, indent: int, depth: int) -> dict[str, Value]:
        """Members at exactly `indent`."""
        members: dict[str, Value] = {}
        while (line := self.line()) and line.indent >= indent:
            if line.indent > indent or depth > _DEPTH:
                raise _refused(line, "indented too far" if depth <= _DEPTH else "nested too deep")
            if simple := _SIMPLE.fullmatch(line.content):
                key, value = simple.groups()
                self._at += 1
            else:
                key, rest = self._key(line)
                value = None
            if key in members:
                raise _refused(line, "a member twice")
            members[key] = value if value is not None else self._value(line, rest, depth)
        return members

    def _key(self, line: _Line) -> tuple[str, str]:
        """A key and what follows its colon, also in the long form `? key` and `: value`."""
        if line.content.startswith(_TAB):
            raise _refused(line, "indented by a tab")
        if not line.content.startswith("? "):
            found = _split_key(line.content)
            if found is None:
                raise _refused(line, "not a member")
            return found
        key = _scalar(line, line.content[2:].strip())
        self._at += 1
        answer = self.line()
        if answer is None or answer.indent != line.indent or answer.content[:1] != ":":
            raise _refused(line, "a key without a value")
        return key, answer.content[1:].strip()

    def _value(self, line: _Line, rest: str, depth: int) -> Value:
        """What stands behind a colon or a dash, on the line or below it."""
        self._at += 1
        if rest.startswith(("|", ">")) and (block := _BLOCK.fullmatch(rest)):
            return self._block(line.indent, folded=block["style"] == ">")
        if rest and not rest.startswith("#"):
            return _inline(line, rest)
        below = self.line()
        if below is None or below.indent < line.indent:
            return ""
        if _is_item(below.content):
            return self._sequence(below.indent, depth + 1)
        return self.mapping(below.indent, depth + 1) if below.indent > line.indent else ""

    def _sequence(self, indent: int, depth: int) -> list[Value]:
        """Items at exactly `indent`."""
        items: list[Value] = []
        while (line := self.line()) and line.indent == indent and _is_item(line.content):
            if depth > _DEPTH:
                raise _refused(line, "nested too deep")
            rest = line.content[1:].lstrip(" ")
            inner = indent + len(line.content) - len(rest)
            if _split_key(rest) is None and not _is_item(rest):
                items.append(self._value(line, rest, depth))
                continue
            # A collection that begins on the dash's line is one a little further in.
            self._lines[self._at] = _Line(line.number, inner, rest)
            nested = self._sequence if _is_item(rest) else self.mapping
            items.append(nested(inner, depth + 1))
        return items

    def _block(self, indent: int, *, folded: bool) -> str:
        """The lines further in than `indent`, joined; nobody needs their blanks to the letter."""
        parts: list[str] = []
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if line.content and line.indent <= indent:
                break
            parts.append(line.content)
            self._at += 1
        return (" " if folded else "\\x0a").join(parts).strip()


def _is_item(content: str) -> bool:
    return content == "-" or content.startswith("- ")


def _split_key(content: str) -> tuple[str, str] | None:
    """The key that `content` begins with, and what is behind its colon."""
    if quoted := _quoted(content):
        value, behind = quoted
        rest = content[behind:]
        return (value, rest[1:].strip()) if _KEY_END.match(rest) else None
    end = _key_end(content)
    if end < 0 or not _PLAIN_START.match(content):
        return None
    if "#" in content and _COMMENT.search(content, 0, end):
        return None
    return content[:end].rstrip(), content[end + 1 :].strip()


def _key_end(content: str) -> int:
    """Where the first colon is that a blank or nothing follows; -1 for none."""
    end = content.find(": ")
    return len(content) - 1 if end < 0 and content.endswith(":") else end


def _quoted(content: str, at: int = 0) -> tuple[str, int] | None:
    """The text in quotes that begins at `at`, and where it ends; None for none."""
    mark = content[at : at + 1]
    if mark not in _QUOTES:
        return None
    match = _QUOTES[mark].match(content, at)
    if match is None:
        return None
    return (_unescaped if mark == '"' else _undoubled)(match[1]), match.end()


def _inline(line: _Line, rest: str) -> Value:
    """A value on one line."""
    if one := _ONE_MEMBER.fullmatch(rest):
        return {one[1]: one[2]}
    if rest[0] in "[{":
        flow = _Flow(line, rest)
        value = flow.collection(0)
        if flow.at < len(rest) and rest[flow.at] != "#":
            raise _refused(line, "more behind a value")
        return value
    return _scalar(line, rest)


def _scalar(line: _Line, rest: str) -> str:
    if quoted := _quoted(rest):
        value, end = quoted
        behind = rest[end:]
        if behind.strip() and not _COMMENT.match(behind):
            raise _refused(line, "more behind a value")
        return value
    if not _PLAIN_START.match(rest):
        raise _refused(line, "not a plain value")
    comment = _COMMENT.search(rest) if "#" in rest else None
    value = rest[: comment.start()].rstrip() if comment else rest
    if _key_end(value) >= 0:
        raise _refused(line, "two members on one line")
    return value


class _Flow:
    """Collections in brackets, on one line; `at` is behind what has been read."""

    def __init__(self, line: _Line, source: str) -> None:
        self._line = line
        self._source = source
        self.at = 0

    def collection(self, depth: int) -> Value:
        """The collection that begins here."""
        if depth > _DEPTH:
            raise _refused(self._line, "nested too deep")
        closing = {"[": "]", "{": "}"}[self._source[self.at]]
        items: list[Value] = []
        members: dict[str, Value] = {}
        self._step()
        while self._next() != closing:
            value = self._value(depth)
            if closing == "]":
                items.append(value)
            elif isinstance(value, str) and self._next() == ":":
                self._step()
                members[value] = self._value(depth)
            else:
                raise _refused(self._line, "no key")
            if self._next() == ",":
                self._step()
            elif self._next() != closing:
                raise _refused(self._line, "a bracket is not closed")
        self._step()
        return items if closing == "]" else members

    def _value(self, depth: int) -> Value:
        if self._next() in {"[", "{"}:
            return self.collection(depth + 1)
        if quoted := _quoted(self._source, self.at):
            self._step(quoted[1] - self.at)
            return quoted[0]
        end = _FLOW_END.search(self._source, self.at)
        if end is None or not _PLAIN_START.match(self._source, self.at):
            raise _refused(self._line, "not a plain value")
        value = self._source[self.at : end.start()].rstrip()
        self.at = end.start()
        return value

    def _next(self) -> str:
        return self._source[self.at : self.at + 1]

    def _step(self, width: int = 1) -> None:
        """Over `width` characters and the blanks behind them."""
        self.at += width
        while self._next() == " ":
            self.at += 1


def _undoubled(inner: str) -> str:
    return inner.replace("''", "'")


def _unescaped(inner: str) -> str:
    return _ESCAPE.sub(lambda match: printable(_escape(match[1])), inner)


def _escape(code: str) -> str:
    if len(code) > 1:
        point = int(code[1:], 16)
        return chr(point) if point <= _LAST_POINT else f"\\{code}"
    return _ESCAPED.get(code, f"\\{code}")
