"""Texts of build histories taken apart, and words written so that a Dockerfile keeps them.

Builders print Go values into histories: `%q` and `%v` of slices (moby builder/dockerfile/
dispatchers.go, BuildKit frontend/dockerfile/dockerfile2llb/convert.go). `%q` can be undone; `%v`
and `KEY=VALUE` lose where words end, which the config may still know.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Container, Iterator, Mapping, Sequence

_QUOTED = re.compile(r'("(?:[^"\\]|\\.)*")[ ,]*', re.DOTALL)
_ESCAPE = re.compile(
    r"\\(?:x(?P<byte>[0-9a-fA-F]{2})|u(?P<short>[0-9a-fA-F]{4})|U(?P<long>[0-9a-fA-F]{8})|(?P<one>.))",
    re.DOTALL,
)
_SINGLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_LAST_POINT = 0x10FFFF
_NEXT_KEY = re.compile(r" (?=[^\s=\"']+=)")
_BARE = re.compile(r"[\w./:@%+,-]+", re.ASCII)
_MOST_PARTS = 8
"""Blank-separated parts that are tried as one word."""


def quoted_list(text: str) -> tuple[str, ...] | None:
    """The words of a Go slice printed with `%q`: `["a" "b c"]`; None for anything else."""
    if not (text.startswith("[") and text.endswith("]")):
        return None
    words: list[str] = []
    at = 1
    while at < len(text) - 1:
        match = _QUOTED.match(text, at)
        if match is None:
            return None
        words.append(unquoted(match[1]))
        at = match.end()
    return tuple(words) if at == len(text) - 1 else None


def unquoted(text: str) -> str:
    """A Go string or rune literal without its quotes and escapes (Go spec, "Rune literals")."""

    def one(match: re.Match[str]) -> str:
        if match["one"] is not None:
            return _SINGLE.get(match["one"], match["one"])
        point = int(match["byte"] or match["short"] or match["long"], 16)
        return chr(point) if point <= _LAST_POINT else "\ufffd"

    return _ESCAPE.sub(one, text[1:-1])


def listed_words(text: str, known: Container[str]) -> tuple[tuple[str, ...], bool]:
    """The words of a Go slice printed with `%v`: `[/data /two words]`.

    `known` has words that may be among them, and may have blanks. The second value is False
    where words that are not known stand beside each other, and might be one.
    """
    inside = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    parts = [part for part in inside.split(" ") if part]
    words: list[str] = []
    strange = at = 0
    while at < len(parts):
        taken = _known_parts(parts[at : at + _MOST_PARTS], known)
        strange += taken == 0
        words.append(" ".join(parts[at : at + (taken or 1)]))
        at += taken or 1
    return tuple(words), not strange or len(words) == 1


def _known_parts(parts: Sequence[str], known: Container[str]) -> int:
    """How many of the first `parts`, the more the better, make a known word; 0 for none."""
    taken = len(parts)
    while taken and " ".join(parts[:taken]) not in known:
        taken -= 1
    return taken


def pairs(text: str, known: Mapping[str, str], start: int = 0) -> Iterator[tuple[str, str, int]]:
    """`A=b C=two words` as keys and values, each with the position behind it.

    A value ends where the next `KEY=` begins. `known` has final values by key; where the text has
    just these, they are taken whole, even with something like a key in them.
    """
    while True:
        while text[start : start + 1] == " ":
            start += 1
        if start >= len(text):
            return
        equals = text.find("=", start)
        key = text[start:equals] if equals >= 0 else text[start:]
        begin = start + len(key) + 1
        end = _end_of_known(text, begin, known.get(key))
        if end is None:
            following = _NEXT_KEY.search(text, begin)
            end = following.start() if following else len(text)
        yield key, text[begin:end], end
        start = max(end, begin)


def _end_of_known(text: str, begin: int, value: str | None) -> int | None:
    """Where `value` ends that stands at `begin`, if it does and ends with a word."""
    if value is None or not text.startswith(value, begin):
        return None
    end = begin + len(value)
    return end if text[end : end + 1] in {"", " "} else None


def literal_words(text: str) -> tuple[str, ...]:
    """The words that a line of a Dockerfile has for a builder, quotes and escapes undone."""
    listed = quoted_list(text)
    if listed is not None:
        return listed
    try:
        return tuple(shlex.split(text))
    except ValueError:  # a quote without its end
        return tuple(text.split())


def literal_keys(text: str) -> frozenset[str]:
    """The names in `A=b "C"="d e"`, or in the old form `A b`."""
    words = literal_words(text)
    if words and "=" not in words[0]:
        return frozenset(words[:1])
    return frozenset(word.partition("=")[0] for word in words)


def json_words(words: Sequence[str]) -> str:
    """The exec form: a JSON list."""
    return json.dumps(list(words), ensure_ascii=False)


def kept(text: str) -> str:
    r"""`text` so that a word of an instruction that expands variables comes out as it is."""
    return re.sub(r'([\\"$])', r"\\\1", text)


def quoted(text: str) -> str:
    """`text` as one word: bare where nothing in it means anything, else in double quotes."""
    return text if _BARE.fullmatch(text) else f'"{kept(text)}"'
