r"""The map of Elixir terms that Mix keeps as its lock file: data alone, nothing is evaluated.

https://hexdocs.pm/elixir/syntax-reference.html. `Mix.Dep.Lock` evaluates the file
(https://github.com/elixir-lang/elixir/blob/main/lib/mix/lib/mix/dep/lock.ex), and writes one line
of `inspect` for each entry: atoms, texts on one line, whole numbers, tuples, lists, lists and maps
with keys. Other syntax, such as calls, variables and `#{}` in a text, is refused.

An entry that cannot be read is passed over up to the next line that begins with a key, so that
the rest of a damaged file counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from analyzer.packages.formats.addresses import cut
from analyzer.packages.formats.bounds import bounded
from analyzer.packages.formats.erlterm import Atom, Term
from analyzer.packages.formats.fault import Fault
from analyzer.packages.formats.text import excerpt
from analyzer.paths import decode

DEPTH = 12
"""Terms in terms; lock files have four. A line of a damaged file is read so many times at most."""

_TEXT = r'"(?:[^"\\\n]|\\[^\n])*+"'
_NAME = r"[A-Za-z_][\w@]*+[?!]?"
_TOKEN = re.compile(
    rf"""(?:\s|\#[^\n]*+)*+(?:
      (?P<key>(?:{_TEXT}|{_NAME}):(?=\s))
    | (?P<text>{_TEXT})
    | :(?P<quoted>{_TEXT})
    | :(?P<atom>{_NAME})
    | (?P<alias>[A-Z]\w*+(?:\.[A-Z]\w*+)*+)
    | (?P<word>(?:nil|true|false)\b)
    | (?P<number>-?\d++(?:_\d++)*+(?![\w.]))
    | (?P<mark>%\{{|=>|[{{}}\[\],])
    | (?P<over>\Z)
    | (?P<bad>[^\n])
    )""",
    re.VERBOSE | re.ASCII,
)
_MERGE = re.compile(r"(?:<<<<<<<|=======|>>>>>>>|\|\|\|\|\|\|\|)")
_RESTART = re.compile(
    rf"^[ \t]*+(?=(?:{_TEXT}|{_NAME}):\s|{_TEXT}[ ]*=>|\}}\s*$|{_MERGE.pattern})",
    re.MULTILINE | re.ASCII,
)
"""Lines that an entry, the end of the map or a mark of git's merges begins on."""
_ESCAPE = re.compile(r"\\(?:[xu]\{([0-9a-fA-F]{1,6})\}|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|(.))")
_NAMED = {"0": "\0", "a": "\a", "b": "\b", "d": "\x7f", "e": "\x1b", "f": "\f", "n": "\n",
          "r": "\r", "s": " ", "t": "\t", "v": "\v"}  # fmt: skip
_CODE = re.compile(r"(?:[^\\#]|\\.|#(?!\{))*+#\{")
_LAST = 0x10FFFF
_HALVES = range(0xD800, 0xE000)
_DIGITS = 1000


@dataclass(frozen=True, slots=True)
class Entry:
    """One member of the map."""

    line: int
    key: str
    value: Term
    """`Atom` (also `nil`, `true` and `false`), `str`, `int`, `tuple`, `list` or `dict`; a member
    of a list that has a key is a tuple of two."""


class _Refused(ValueError):
    """No term; the message says why."""


def read_map(data: bytes) -> tuple[list[Entry], list[Fault]]:
    """The entries in order, and what is not of the format.

    Raises:
        ValueError: the file is too large.
    """
    source = decode(bounded(data)).removeprefix("\ufeff")
    if not source.strip():
        return [], []
    reader = _Reader(source)
    return list(reader.entries()), reader.faults


class _Reader:
    """One token, from `_begin` to `_end`, is looked at."""

    def __init__(self, source: str) -> None:
        self.faults: list[Fault] = []
        self._source = source
        self._line, self._counted = 1, 0
        self._next(0)

    def entries(self) -> Iterator[Entry]:
        """What can be read; afterwards `faults` are complete."""
        closed = False
        try:
            self._step("%{")
        except _Refused as why:
            self._skip(self._begin, str(why))
        while self._kind != "over":
            begin = self._begin
            try:
                if self._is("}") and not closed:
                    closed = True
                    self._close()
                    return
                yield self._entry()
            except _Refused as why:
                self._skip(begin, str(why))
        if not closed:
            self.faults.append(Fault(self._line_of(self._begin), "the map has no end", lost=True))

    def _close(self) -> None:
        self._next(self._end)
        if self._kind != "over":
            raise _Refused("more behind the map")

    def _entry(self) -> Entry:
        line = self._line_of(self._begin)
        key, value = self._pair(0)
        if not self._is("}"):
            self._step(",")
        return Entry(line, str(key), value)

    def _pair(self, depth: int) -> tuple[Term, Term]:
        """A key and its value, in either form."""
        if self._kind == "key":
            key: Term = self._name_of(self._value[:-1])
            self._next(self._end)
        elif self._kind in {"text", "atom", "quoted"}:
            key = self._term(depth)
            self._step("=>")
        else:
            raise _Refused(f"a key expected, found {self._shown()}")
        return key, self._term(depth)

    def _term(self, depth: int) -> Term:
        kind, value = self._kind, self._value
        if kind in {"key", "bad", "over"}:
            raise _Refused(f"a term expected, found {self._shown()}")
        self._next(self._end)
        match kind:
            case "mark":
                return self._compound(value, depth + 1)
            case "text":
                return _unescaped(value)
            case "number" if len(value) <= _DIGITS:
                return int(value)
            case "number":
                raise _Refused(f"a number of more than {_DIGITS} digits")
        return self._name_of(f"Elixir.{value}" if kind == "alias" else value)

    def _name_of(self, value: str) -> Atom:
        return Atom(_unescaped(value) if value.startswith('"') else value)

    def _compound(self, mark: str, depth: int) -> Term:
        if depth > DEPTH:
            raise _Refused("terms nested too deeply")
        match mark:
            case "{":
                items = self._items("}", depth)
                # Pairs without brackets are one list, the last element.
                plain = [item for paired, item in items if not paired]
                pairs = [item for paired, item in items if paired]
                return tuple([*plain, pairs] if pairs else plain)
            case "[":
                return [item for _, item in self._items("]", depth)]
            case "%{":
                members: dict[str, Term] = {}
                while not self._is("}"):
                    key, value = self._pair(depth)
                    members[str(key)] = value
                    self._comma("}")
                self._next(self._end)
                return members
        raise _Refused(f"a term expected, found {mark}")

    def _items(self, end: str, depth: int) -> list[tuple[bool, Term]]:
        """Elements up to `end`, each with whether it has a key."""
        items: list[tuple[bool, Term]] = []
        while not self._is(end):
            paired = self._kind == "key"
            items.append((paired, self._pair(depth) if paired else self._term(depth)))
            self._comma(end)
        self._next(self._end)
        return items

    def _comma(self, end: str) -> None:
        if not self._is(end):
            self._step(",")

    def _is(self, mark: str) -> bool:
        return self._kind == "mark" and self._value == mark

    def _step(self, mark: str) -> None:
        if not self._is(mark):
            raise _Refused(f"{mark} expected, found {self._shown()}")
        self._next(self._end)

    def _shown(self) -> str:
        if self._kind == "over":
            return "the end of the file"
        end = self._source.find("\n", self._begin)
        rest = self._source[self._begin : end if end >= 0 else None]
        return excerpt(cut(rest))

    def _next(self, at: int) -> None:
        match = _TOKEN.match(self._source, at)
        assert match is not None  # noqa: S101 - the last two kinds are all that there can be
        assert match.lastgroup is not None  # noqa: S101
        self._kind, self._value = match.lastgroup, match[match.lastgroup]
        self._begin, self._end = match.span(match.lastgroup)

    def _skip(self, begin: int, why: str) -> None:
        """Go on at the next line that promises something, behind that of `begin`."""
        line = self._line_of(begin)
        if _MERGE.match(self._source, begin):
            what = "left over from a merge: both sides are listed"
            self.faults.append(Fault(line, what, lost=False))
        else:
            self.faults.append(Fault(line, why, lost=True))
        after = self._source.find("\n", begin) + 1
        found = _RESTART.search(self._source, after) if after else None
        self._next(found.end() if found else len(self._source))

    def _line_of(self, at: int) -> int:
        """Asked for ever later places."""
        self._line += self._source.count("\n", self._counted, at)
        self._counted = max(at, self._counted)
        return self._line


def _unescaped(quoted: str) -> str:
    inner = quoted[1:-1]
    if _CODE.match(inner):
        raise _Refused("code in a text")
    return _ESCAPE.sub(_character, inner) if "\\" in inner else inner


def _character(match: re.Match[str]) -> str:
    wide, byte, four, plain = match.groups()
    if plain:
        return _NAMED.get(plain, plain)
    if byte:
        return bytes([int(byte, 16)]).decode("utf-8", "surrogateescape")
    point = int(wide or four, 16)
    # No character, or half of one.
    return "\N{REPLACEMENT CHARACTER}" if point > _LAST or point in _HALVES else chr(point)
