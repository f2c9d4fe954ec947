"""Package URLs: whether they can be parsed, and whether they are written in the canonical way.

https://github.com/package-url/purl-spec (ECMA-427), "How to parse a purl string".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, unquote

from analyzer.bills.model import Element
from analyzer.checks.result import Finding, short
from analyzer.packages.purl import written
from analyzer.problems import Severity

_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9.-]*")
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9._-]*")
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_OUTSIDE = re.compile(r"[\s\x00-\x20\x7f]")


@dataclass(frozen=True, slots=True)
class Parsed:
    """The components of a package URL, decoded."""

    type: str
    namespace: str
    name: str
    version: str
    qualifiers: tuple[tuple[str, str], ...]
    subpath: str


def purl_findings(elements: tuple[Element, ...]) -> Iterator[Finding]:
    """An error for each package URL that is none, a note for one in another than its own form."""
    for element in elements:
        if element.purl:
            yield from _finding(_where(element), element.purl)
        for reference in element.references:
            if reference.type == "purl":
                yield from _finding(_where(element), reference.locator)


def _where(element: Element) -> str:
    """An id that is the package URL itself, as trivy has them, says no more than that."""
    return element.name if element.ref.startswith("pkg:") else element.ref or element.name


def _finding(where: str, purl: str) -> Iterator[Finding]:
    shown = short(purl, 200)
    try:
        parsed = parse(purl)
    except ValueError as fault:
        yield Finding(Severity.ERROR, "purl", where, f"{shown}: {fault}")
        return
    try:
        canonical = _canonical(parsed)
    except ValueError as fault:
        what = f"{shown}: the rules of the type {parsed.type} are not kept: {fault}"
        yield Finding(Severity.NOTE, "purl-type", where, what)
        return
    if canonical != purl:
        what = f"{shown}: its canonical form is {short(canonical, 200)}"
        yield Finding(Severity.NOTE, "purl-form", where, what)


def parse(purl: str) -> Parsed:
    """Take a package URL apart, from right to left.

    Raises:
        ValueError: it is none; the message says why.
    """
    if _OUTSIDE.search(purl) or _ESCAPE.search(purl):
        raise ValueError("a blank, a control character or a lone '%' in it")
    rest, _, subpath = purl.partition("#")
    rest, _, query = rest.partition("?")
    scheme, colon, rest = rest.partition(":")
    if scheme.lower() != "pkg" or not colon:
        raise ValueError("it does not begin with pkg:")
    kind, slash, rest = rest.strip("/").partition("/")
    if not _TYPE.fullmatch(kind):
        raise ValueError("it has no type, or one with other than letters, digits, '.' and '-'")
    path, at, version = rest.rpartition("@")
    if not at or not path or path.endswith("/"):  # an '@' that was not encoded, in a scope
        path, version = rest, ""
    namespace, _, name = path.strip("/").rpartition("/")
    if not slash or not unquote(name):
        raise ValueError("it has no name")
    segments = [unquote(part) for part in namespace.split("/") if part]
    if any("/" in part for part in segments):
        raise ValueError("an encoded slash in its namespace")
    return Parsed(
        kind.lower(),
        "/".join(segments),
        unquote(name),
        unquote(version),
        tuple(_qualifiers(query)),
        "/".join(unquote(part) for part in subpath.split("/") if part not in {"", ".", ".."}),
    )


def _qualifiers(query: str) -> Iterator[tuple[str, str]]:
    seen = set()
    for pair in query.split("&") if query else ():
        key, equals, value = pair.partition("=")
        if not equals or not _KEY.fullmatch(key):
            raise ValueError(f"not a qualifier: {short(pair, 60)!r}")
        if key.lower() in seen:
            raise ValueError(f"the qualifier {key.lower()} twice")
        seen.add(key.lower())
        if value:
            yield key.lower(), unquote(value)


def _canonical(parsed: Parsed) -> str:
    """Raises ValueError where the rules of its type allow no such package URL."""
    canonical = written(
        parsed.type, parsed.namespace, parsed.name, parsed.version, dict(parsed.qualifiers)
    )
    if parsed.subpath:
        canonical += "#" + "/".join(quote(part, safe=":") for part in parsed.subpath.split("/"))
    return canonical
