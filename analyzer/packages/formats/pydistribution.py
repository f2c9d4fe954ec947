"""What Python's metadata folders are named for, and the package that their metadata describes.

Names: `<name>-<version>.dist-info` (PEP 376), `<name>-<version>[-py<X.Y>[-<platform>]].egg-info`
and `.egg` (https://setuptools.pypa.io/en/latest/deprecated/python_eggs.html).

Licences: `License-Expression` (PEP 639) where there is one, then `License` if that is one line,
then the last part of each `License ::` classifier. A `License` of several lines is the text of a
licence, of which the first line is taken where there is no classifier.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from analyzer.packages.contract import Code, Location, Package, Problem, error, warning
from analyzer.packages.formats import fault
from analyzer.packages.formats.coremetadata import Metadata
from analyzer.packages.formats.requirement import (
    NotARequirement,
    interpreter,
    normalized,
    required,
    same_version,
)
from analyzer.packages.formats.text import text

_ENDINGS = (".dist-info", ".egg-info", ".egg")
_SITES = frozenset({"site-packages", "dist-packages"})
"""Folders that Python searches; the second is Debian's."""
_VENDORS = frozenset({"_vendor", "_vendored"})
_SECTION = re.compile(r"\[(?P<extra>[^:\]]*)(?::(?P<marker>[^\]]*))?\]")
_LABEL = re.compile(r"[\W_]+")
_LICENCE = "License ::"
_NO_LICENCE = "OSI Approved"
"""Last part of a classifier that says that there is one, not which."""


@dataclass(frozen=True, slots=True)
class Named:
    """What the name of a metadata folder or egg says; empty where it says nothing."""

    name: str
    version: str


def named(component: str) -> Named:
    """Name and version in the last component of a path."""
    ending = next((e for e in _ENDINGS if component.lower().endswith(e)), "")
    name, _, version = component[: len(component) - len(ending)].partition("-")
    if ending != ".dist-info":
        # What follows tells of the interpreter; the version itself has no hyphen.
        version = version.partition("-")[0]
    return Named(_shown(name), _shown(version))


def state_at(path: str) -> str:
    """`vendored` below a folder that a package keeps copies of others in, else `installed`."""
    return "installed" if _VENDORS.isdisjoint(path.split("/")) else "vendored"


def of_source(folder: str) -> bool:
    """Whether an egg-info folder is the one that setuptools keeps beside a project's sources.

    An installed one has the version in its name, or lies where Python looks for packages.
    """
    above, _, component = folder.rpartition("/")
    return not named(component).version and above.rpartition("/")[2] not in _SITES


def described(
    path: str, metadata: Metadata, hint: Named, more: Iterable[str] = (), link: str = ""
) -> tuple[Package | None, list[Problem]]:
    """The package whose metadata was found at `path`, and what is wrong with it.

    `hint` says what its folder is named for, `more` what it requires beyond `Requires-Dist`,
    `link` which file leads Python to it, if one does.
    No package comes of metadata without any name.
    """
    faults = list(fault.problems(path, metadata.faults))
    name = metadata.first("name") or hint.name
    if not name:
        return None, [*faults, error(Code.PACKAGE_DATABASE_DAMAGED, path, "no name, left out")]
    version = metadata.first("version") or hint.version
    requires, unread = _requires([*metadata.all("requires-dist"), *more], path, link)
    plain = normalized(name)
    package = Package(
        name=name,
        version=version,
        arch="",
        type="pypi",
        state=state_at(path),
        licenses=_licenses(metadata),
        supplier=_person(metadata, "maintainer") or _person(metadata, "author"),
        originator=_originator(metadata),
        homepage=_homepage(metadata),
        locations=(Location(path),),
        requires=tuple((token,) for token in requires),
        provides=(plain,) if plain != name else (),
        method="metadata",
    )
    return package, [*faults, *_doubts(path, metadata, hint), *unread]


def _doubts(path: str, metadata: Metadata, hint: Named) -> Iterable[Problem]:
    name, version = metadata.first("name"), metadata.first("version")
    if not name:
        detail = f"no Name; taken from the name of its folder, {hint.name}"
        yield warning(Code.PACKAGE_FIELD_MISSING, path, detail)
    if not version:
        taken = f"taken from the name of its folder, {hint.version}" if hint.version else "unknown"
        detail = f"package {name or hint.name} has no Version; {taken}"
        yield warning(Code.PACKAGE_FIELD_MISSING, path, detail)
    elif hint.version and not same_version(version, hint.version):
        detail = f"package {name}: Version {version}, but its folder is named for {hint.version}"
        yield warning(Code.PACKAGE_DATABASE_DAMAGED, path, detail)


def _requires(requirements: Iterable[str], path: str, link: str) -> tuple[list[str], list[Problem]]:
    """Names that `requirements` ask for, sorted, and a problem of those that cannot be read."""
    python = interpreter(link or path)
    names: set[str] = set()
    unread: list[str] = []
    for requirement in requirements:
        try:
            names.add(required(requirement, python))
        except NotARequirement as why:
            unread.append(f"{requirement:.80}: {why}")
    if not unread:
        return sorted(names - {""}), []
    more = f"; so {len(unread) - 1} more" if len(unread) > 1 else ""
    detail = f"a requirement that cannot be read: {unread[0]}{more}"
    return sorted(names - {""}), [warning(Code.PACKAGE_DATABASE_DAMAGED, path, detail)]


def egg_requires(data: bytes) -> list[str]:
    """The requirements of an egg's requires.txt that no extra is needed for.

    Sections `[extra]`, `[extra:marker]` and `[:marker]`; see setuptools' `egg_info.py`,
    `write_requirements`.
    """
    found: list[str] = []
    extra, marker = "", ""
    for raw in data.split(b"\n"):
        line = text(raw.replace(b"\t", b" ").strip())
        if not line or line.startswith("#"):
            continue
        if section := _SECTION.fullmatch(line):
            extra, marker = section["extra"], section["marker"] or ""
        elif not extra:
            found.append(f"{line} ; {marker}" if marker else line)
    return found


def _licenses(metadata: Metadata) -> tuple[str, ...]:
    if expression := metadata.first("license-expression"):
        return (expression,)
    licence = metadata.first("license")
    several = "\n" in metadata.raw("license")
    if licence and not several:
        return (licence,)
    classifiers = [c for c in metadata.all("classifier") if c.startswith(_LICENCE)]
    names = dict.fromkeys(c.rpartition("::")[2].strip() for c in classifiers)
    named = tuple(name for name in names if name and name != _NO_LICENCE)
    if named or not licence:
        return named
    return (" ".join(metadata.raw("license").partition("\n")[0].split()),)


def _person(metadata: Metadata, role: str) -> str:
    """Who has a role, as `name <address>` where both are stated."""
    name, address = metadata.first(role), metadata.first(f"{role}-email")
    if name and address and "<" not in address:
        return f"{name} <{address}>"
    return address if "<" in address else name or address


def _originator(metadata: Metadata) -> str:
    """The author, where somebody else is maintainer.

    "This field is intended for use when a project is being maintained by someone other than the
    original author": core metadata, Maintainer.
    """
    author, maintainer = _person(metadata, "author"), _person(metadata, "maintainer")
    return author if maintainer and author != maintainer else ""


def _homepage(metadata: Metadata) -> str:
    if page := metadata.first("home-page"):
        return page
    for url in metadata.all("project-url"):
        label, _, address = url.partition(",")
        # https://packaging.python.org/en/latest/specifications/well-known-project-urls/
        if _LABEL.sub("", label).lower() == "homepage":
            return address.strip()
    return ""


def _shown(component: str) -> str:
    return text(component.encode("utf-8", "surrogateescape"))
