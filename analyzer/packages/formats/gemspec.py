"""Specifications of installed gems: Ruby code as `Gem::Specification#to_ruby` writes it.

https://guides.rubygems.org/specification-reference/,
https://github.com/rubygems/rubygems/blob/master/lib/rubygems/specification.rb (`to_ruby`),
https://github.com/rubygems/rubygems/blob/master/lib/rubygems/stub_specification.rb (first lines)

RubyGems runs the code. Here assignments of literals to members of one object are read, and
nothing else; that is all that `to_ruby` writes. What stands in the `else` branch of a condition
is for old versions of RubyGems and repeats what the other one says, needs of developers included.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from analyzer.packages.formats.rubyliteral import NotALiteral, Value, read_literal
from analyzer.packages.formats.text import text

_STUB = re.compile(rb"^# stub: (\S+) (\S+) (\S+)(?: .*)?$", re.MULTILINE)
_MEMBERS = (
    *("name", "version", "platform", "licenses", "license", "authors", "author", "homepage"),
    *("files",),
)
_STATEMENT = re.compile(
    rb"^[ \t]*(?:"
    rb"[a-z_]\w*\.(?P<member>" + "|".join(_MEMBERS).encode() + rb")[ \t]*=[ \t]*"
    rb"|[a-z_]\w*\.(?P<need>add_runtime_dependency|add_dependency)\b[ \t(]*"
    rb"|(?P<word>if|unless|else|end)\b"
    rb")",
    re.MULTILINE,
)
_VERSION_CALL = re.compile(rb"Gem::Version\.new\(?[ \t]*")
_RUBY = "ruby"
"""The platform of gems for any."""
_CLOSED = re.compile(rb"^end\b", re.MULTILINE)
"""What ends the block that the specification is."""
_HEAD = 4096
"""Where the stub lines are."""


@dataclass(slots=True)
class Gemspec:
    """What a specification says; what it does not, or not in literals, is empty."""

    name: str = ""
    version: str = ""
    platform: str = ""
    """Empty for gems for any platform."""
    licenses: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    homepage: str = ""
    files: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    """Names of gems that it needs when it runs."""
    unread: tuple[str, ...] = ()
    """Members that are given by code which would have to be run."""
    whole: bool = True
    """Whether its end is there."""
    stub: tuple[str, str, str] | None = field(default=None)
    """Name, version and platform by the comment in the first lines, which RubyGems trusts."""


def read_gemspec(code: bytes) -> Gemspec:
    """What `code` says; never raises."""
    values: dict[str, Value] = {}
    needs: list[str] = []
    unread: list[str] = []
    for member, value in _statements(code):
        if isinstance(value, NotALiteral):
            unread.append(member)
        elif member == "":
            needs += [value] if isinstance(value, str) else []
        else:
            values[member] = value
    return Gemspec(
        _one(values.get("name")),
        _one(values.get("version")),
        _platform(_one(values.get("platform"))),
        _many(values.get("licenses")) or _many(values.get("license")),
        _many(values.get("authors")) or _many(values.get("author")),
        _one(values.get("homepage")),
        _many(values.get("files")),
        tuple(dict.fromkeys(needs)),
        tuple(dict.fromkeys(member or "a dependency" for member in unread)),
        _CLOSED.search(code) is not None,
        _stub(code),
    )


def _statements(code: bytes) -> list[tuple[str, Value | NotALiteral]]:
    """Members with their values in order, needs under an empty name; none of `else` branches."""
    found: list[tuple[str, Value | NotALiteral]] = []
    branches: list[bool] = []
    """Whether each condition around is in its `else` branch."""
    at = 0
    while match := _STATEMENT.search(code, at):
        at = match.end()
        word = match["word"]
        if word in {b"if", b"unless"}:
            branches.append(False)
        elif word == b"else" and branches:
            branches[-1] = True
        elif word == b"end" and branches:
            branches.pop()
        if word or any(branches):
            continue
        value, at = _value(code, at)
        found.append(((match["member"] or b"").decode("ascii"), value))
    return found


def _value(code: bytes, at: int) -> tuple[Value | NotALiteral, int]:
    call = _VERSION_CALL.match(code, at)
    try:
        return read_literal(code, call.end() if call else at)
    except NotALiteral as fault:
        return fault, at


def _one(value: Value | None) -> str:
    return value if isinstance(value, str) else ""


def _many(value: Value | None) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,) if value else ()
    return tuple(item for item in value or () if item)


def _platform(name: str) -> str:
    return "" if name == _RUBY else name


def _stub(code: bytes) -> tuple[str, str, str] | None:
    match = _STUB.search(code[:_HEAD])
    return (text(match[1]), text(match[2]), _platform(text(match[3]))) if match else None
