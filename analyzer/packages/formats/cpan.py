"""What the installers of Perl distributions write down.

`.packlist`: a path per line, then perhaps `key=value` pairs
(https://perldoc.perl.org/ExtUtils::Packlist). `perllocal.pod`: a log in POD with a heading and a
list of items for each installation (https://perldoc.perl.org/ExtUtils::Command::MM, `perllocal`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from analyzer.packages.formats.text import text
from analyzer.paths import clean, decode

_ATTRIBUTE = re.compile(r" \w+=")
_HEADING = re.compile(rb"=head2 [^<>]*: C<Module> L<(?P<module>[\w:']+)(?:\|[^>]*)?>")
_ITEM = re.compile(rb"C<(?P<key>[^:<>]+): (?P<value>[^>]*)>")


class Logged(NamedTuple):
    """One installation in a log, with empty texts for what it does not say."""

    module: str
    version: str


class Listed(NamedTuple):
    """One file of a distribution, root-relative."""

    path: str
    is_link: bool


def perllocal(data: bytes) -> Iterator[Logged]:
    """The installations of a log in their order."""
    module = version = ""
    for line in data.split(b"\n"):
        whole = line.rstrip(b"\r")
        if heading := _HEADING.fullmatch(whole):
            if module:
                yield Logged(module, version)
            module, version = text(heading["module"]).replace("'", "::"), ""
        elif (item := _ITEM.fullmatch(whole)) and item["key"] == b"VERSION":
            version = text(item["value"].strip())
    if module:
        yield Logged(module, version)


def packlist(data: bytes) -> Iterator[Listed]:
    """The files of a distribution in their order."""
    for line in decode(data).split("\n"):
        # As ExtUtils::Packlist reads it: the first that looks like a pair ends the path.
        first = _ATTRIBUTE.search(line)
        name = line[: first.start()] if first else line
        path = clean(name.rstrip("\r"))[0]
        if path:
            yield Listed(path, "type=link" in line[len(name) :].split())
