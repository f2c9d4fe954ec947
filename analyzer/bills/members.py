"""Members of documents taken one by one, so that what nobody takes can be told."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from analyzer.bills.model import Lost
from analyzer.paths import printable

Json = dict[str, object]
_SAYS_NOTHING: tuple[object, ...] = (None, "", [], {}, "NOASSERTION")
_MOST_LOST = 1000
"""Different members that are told; somebody may make up any number of them."""
NOTHING = "NONE"
"""SPDX's word for "there is none", which is more than saying nothing."""


class Rest:
    """Counts what of one document has no place in a bill."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._open: list[Members] = []

    def add(self, what: str, count: int = 1) -> None:
        """Something that was seen and has no place."""
        self._counts[what] += count

    def watch(self, members: Members) -> None:
        """Ask `members` at the end what is left of them."""
        self._open.append(members)

    def lost(self) -> tuple[Lost, ...]:
        """What has no place, and all members that nobody took; sorted."""
        for members in self._open:
            for name, value in members.left():
                self.add(name, len(value) if isinstance(value, list) else 1)
        self._open.clear()
        several = sorted(self._counts)[_MOST_LOST:]
        if several:
            self.add("other members", sum(self._counts.pop(name) for name in several))
        return tuple(sorted(Lost(what, count) for what, count in self._counts.items()))


class Members:
    """The members of one object of a parsed document.

    Each is removed from the object as it is taken: what is left over in the end is lost.
    """

    __slots__ = ("_path", "_rest", "_value")

    def __init__(self, value: Json, path: str, rest: Rest) -> None:
        self._value = value
        self._path = path
        self._rest = rest
        rest.watch(self)

    def __bool__(self) -> bool:
        """Whether any member is left."""
        return bool(self._value)

    def __contains__(self, name: str) -> bool:
        """Whether there is such a member, and it says something."""
        return self._value.get(name) not in _SAYS_NOTHING

    def word(self, name: str) -> str:
        """A text without the blanks around it, printable; numbers as they are written."""
        return printable(self._text(name).strip())

    def peek(self, name: str) -> str:
        """A text that stays where it is."""
        value = self._value.get(name)
        return value if isinstance(value, str) else ""

    def prose(self, name: str) -> str:
        """A text that may have lines."""
        return prose(self._text(name))

    def said(self, name: str) -> str:
        """A word of SPDX; empty where it is that nothing is asserted. NONE is counted as lost."""
        found = self.word(name)
        if found == NOTHING:
            self.give_up(f"{name} = {NOTHING}")
        return "" if found in {"NOASSERTION", NOTHING} else found

    def words(self, name: str) -> list[str]:
        """The texts of an array, without empty ones; one text alone counts as an array of one."""
        value = self._value.pop(name, None)
        items = value if isinstance(value, list) else [] if value in _SAYS_NOTHING else [value]
        texts = [item for item in items if isinstance(item, str)]
        if len(texts) < len(items):
            self._rest.add(f"{self._path}{name}[]", len(items) - len(texts))
        return [word for word in (printable(text.strip()) for text in texts) if word]

    def number(self, name: str) -> float | None:
        """A number that is finite and no boolean."""
        value = self._value.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        del self._value[name]
        return float(value) if abs(value) <= _LARGEST else None

    def flag(self, name: str) -> bool:
        """Whether a member is true."""
        value = self._value.get(name)
        if isinstance(value, bool):
            del self._value[name]
        return value is True

    def one(self, name: str) -> Members:
        """An object; an empty one where there is none."""
        value = self._value.get(name)
        if not isinstance(value, dict):
            return Members({}, "", self._rest)
        del self._value[name]
        return Members(value, f"{self._path}{name}.", self._rest)

    def each(self, name: str, text_as: str = "") -> Iterator[Members]:
        """The objects of an array; a text in it is an object with that one member `text_as`."""
        value = self._value.get(name)
        if not isinstance(value, list):
            return
        del self._value[name]
        path = f"{self._path}{name}[]"
        for item in value:
            if isinstance(item, dict):
                yield Members(item, f"{path}.", self._rest)
            elif text_as and isinstance(item, str):
                yield Members({text_as: item}, f"{path}.", self._rest)
            elif item is not None:
                self._rest.add(path)

    def ignore(self, *names: str) -> None:
        """Members that say nothing a reader could miss."""
        for name in names:
            self._value.pop(name, None)

    def forget(self) -> None:
        """Leave all members that are still there without a word."""
        self._value.clear()

    def give_up(self, what: str, count: int = 1) -> None:
        """Count something of this object as lost."""
        self._rest.add(f"{self._path}{what}", count)

    def left(self) -> Iterator[tuple[str, object]]:
        """The paths and values of the members that nobody took and that say something."""
        for name, value in self._value.items():
            if value not in _SAYS_NOTHING:
                many = "[]" if isinstance(value, list) else ""
                yield f"{self._path}{printable(name)}{many}", value

    def _text(self, name: str) -> str:
        value = self._value.get(name)
        if isinstance(value, str):
            del self._value[name]
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            del self._value[name]
            return str(value)
        return ""


_LARGEST = 1e300
_IN_LINE = re.compile(r"[^\n\t]+")


def prose(text: str) -> str:
    """`text` printable, with its line ends and tabs."""
    if text.isprintable():
        return text
    return _IN_LINE.sub(lambda part: printable(part[0]), text.replace("\r\n", "\n"))
