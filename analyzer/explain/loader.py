"""Topics by name, read from `topics/*.md`.

A topic is a title line (`# ...`), a body, and a last line `See also: name, name`. One that is
named like a problem code explains that finding, one whose title begins with `verify:` the
check of that name; all others answer a question.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from importlib import resources

from analyzer.errors import InputError
from analyzer.problems import Code

_FOLDER = "topics"
_SUFFIX = ".md"
_SEE_ALSO = "See also:"
_CHECK = "verify: "
_IN_BRACKETS = re.compile(r"\[([^\[\]]*)\]$")
_AROUND = " \t\n.,:;'\"`-"
_BREAKS = re.compile(r"[\s_-]+")
_WORD = re.compile(r"[a-z0-9]+")
_LONGEST = 100
_ALIKE = 0.7
_A_SLIP = 0.8
_NEAR = 5
_CODES = frozenset(code.value for code in Code)


@dataclass(frozen=True, slots=True)
class Topic:
    """One text. `text` is the body, in Markdown that reads well as it is."""

    name: str
    title: str
    text: str
    see_also: tuple[str, ...]

    @property
    def is_finding(self) -> bool:
        """Whether it explains a problem code."""
        return self.name in _CODES

    @property
    def is_check(self) -> bool:
        """Whether it explains a row of the table that `verify` prints."""
        return self.title.startswith(_CHECK) and not self.is_finding


def names() -> tuple[str, ...]:
    """The names of all topics, sorted."""
    files = (resources.files(__package__) / _FOLDER).iterdir()
    found = (file.name for file in files)
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in found if name.endswith(_SUFFIX)))


def topics() -> tuple[Topic, ...]:
    """All topics, sorted by name."""
    return tuple(_load(name) for name in names())


def topic(wanted: str) -> Topic:
    """The topic that somebody asked for, as typed or as pasted from a message.

    Raises:
        InputError: there is none; the hint names those that are near.
    """
    name = _plain(wanted)
    if name in names():
        return _load(name)
    near = _near(name)
    every = "'ociscope explain' lists all topics"
    raise InputError(
        Code.NO_MATCH,
        f"no topic is called {wanted!r:.{_LONGEST}}",
        hint=f"near it: {', '.join(near)}; {every}" if near else every,
    )


def parse(name: str, source: str) -> Topic:
    """Take a file apart into title, body and references."""
    first, _, rest = source.strip().partition("\n")
    body, mark, last = rest.rpartition(f"\n{_SEE_ALSO}")
    if not mark:
        body, last = rest, ""
    see_also = tuple(word.strip() for word in last.split(",") if word.strip())
    return Topic(name, first.removeprefix("# ").strip(), body.strip("\n"), see_also)


def _load(name: str) -> Topic:
    file = resources.files(__package__) / _FOLDER / f"{name}{_SUFFIX}"
    return parse(name, file.read_text("utf-8"))


def _plain(wanted: str) -> str:
    """A name without the brackets, capitals, blanks and full stop that it may come with."""
    wanted = wanted.strip(_AROUND)[-_LONGEST:]
    pasted = _IN_BRACKETS.search(wanted)
    return _BREAKS.sub("-", (pasted[1] if pasted else wanted).lower().strip(_AROUND))


def _near(name: str) -> list[str]:
    """The topics whose name looks alike, or whose name and title hold the same words."""
    asked = _words(name)
    if not asked:
        return []
    scores = {}
    for found in topics():
        shared = len(asked & _words(f"{found.name} {found.title}")) / len(asked)
        alike = SequenceMatcher(None, name, found.name).ratio()
        slip = alike >= _A_SLIP or found.name.startswith(name)
        if shared or slip or alike >= _ALIKE:
            scores[found.name] = 2 * (shared + slip) + alike
    return sorted(scores, key=lambda found: (-scores[found], found))[:_NEAR]


def _words(text: str) -> set[str]:
    """The words of a text, one and many alike."""
    return {word.removesuffix("s") for word in _WORD.findall(text.lower())}
