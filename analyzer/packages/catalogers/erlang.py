"""Erlang and Elixir applications from the resource file in each one's `ebin`.

https://www.erlang.org/doc/apps/kernel/app.html: `{application, Name, [{vsn, "..."}, ...]}.`
The purl type `otp` is the one for applications of which nothing says that they came from Hex.
Applications that this one needs (`applications`, `included_applications`) are required, and the
compiled `modules` beside the file are owned.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.packages.contract import (
    Cataloger,
    Code,
    Files,
    Location,
    Owned,
    Package,
    Problem,
    Want,
    error,
    warning,
)
from analyzer.packages.formats.erlterm import Atom, NotATerm, Term, consult
from analyzer.packages.formats.text import text

_NEEDED = ("applications", "included_applications")
_PARTS = 3


class _NotAnApplication(ValueError):
    """The file is no application resource file; the message says why."""


def parse(files: Files) -> Iterator[Package | Problem]:
    """The application of each resource file."""
    for path in sorted(files):
        try:
            name, values = _application(files[path])
        except (NotATerm, _NotAnApplication) as why:
            yield error(Code.PACKAGE_DATABASE_DAMAGED, path, str(why))
            continue
        version = _shown(values.get("vsn"))
        if not version:
            yield warning(Code.PACKAGE_FIELD_MISSING, path, f"application {name} has no vsn")
        needed = {app for key in _NEEDED for app in _texts(values.get(key))}
        yield Package(
            name=name,
            version=version,
            arch="",
            type="otp",
            licenses=tuple(_texts(values.get("licenses"))),
            homepage=_homepage(values.get("links")),
            locations=(Location(path),),
            requires=tuple((app,) for app in sorted(needed)),
            method="metadata",
        )


def owns(files: Files) -> Iterator[Owned]:
    """The resource file and the compiled modules that it lists."""
    for path in sorted(files):
        try:
            name, values = _application(files[path])
        except (NotATerm, _NotAnApplication):
            continue
        owner = (name, _shown(values.get("vsn")), "")
        yield Owned(owner, path, "file")
        folder = path.rpartition("/")[0]
        for module in _texts(values.get("modules")):
            if "/" not in module:
                yield Owned(owner, f"{folder}/{module}.beam", "file")


def _application(data: bytes) -> tuple[str, dict[str, Term]]:
    """The name of the application, and what its file says by keys; of two the first."""
    term = next(consult(data), None)
    if not isinstance(term, tuple) or len(term) != _PARTS or term[0] != "application":
        raise _NotAnApplication("not an application resource file")
    name, stated = term[1], term[2]
    if not isinstance(name, Atom) or not _shown(name) or not isinstance(stated, list):
        raise _NotAnApplication("an application without a name, left out")
    values: dict[str, Term] = {}
    for item in stated:
        if isinstance(item, tuple) and len(item) == _PARTS - 1 and isinstance(item[0], Atom):
            values.setdefault(item[0], item[1])
    return _shown(name), values


def _texts(term: Term) -> Iterator[str]:
    """The strings and atoms of a list."""
    if isinstance(term, list):
        yield from filter(None, map(_shown, term))


def _homepage(links: Term) -> str:
    for link in links if isinstance(links, list) else []:
        if isinstance(link, tuple) and len(link) == _PARTS - 1:
            label, url = map(_shown, link)
            if label.lower() in {"homepage", "website"}:
                return url
    return ""


def _shown(term: Term) -> str:
    if not isinstance(term, str):
        return ""
    return text(" ".join(term.split()).encode("utf-8", "surrogateescape"))


CATALOGER = Cataloger(
    name="erlang",
    version=1,
    group="file",
    wants=(Want("**/ebin/*.app"),),
    parse=parse,
    about="Erlang and Elixir applications: ebin/*.app",
    fills=frozenset({"licenses", "homepage", "requires"}),
    owns=owns,
)
