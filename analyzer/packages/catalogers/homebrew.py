"""Formulae that Homebrew installed: a folder `Cellar/<name>/<version>` with a receipt.

https://docs.brew.sh/Formula-Cookbook#homebrew-terminology; the receipt is written by Homebrew's
`Library/Homebrew/tab.rb`, and the formula itself is kept as `.brew/<name>.rb`. Name and version
are those of the folders, as in `brew list --versions`. The formula is a program in Ruby, of which
only plain lines `homepage "…"` and `license …` are read. The folder of a version is its formula's
with all that is in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

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
)
from analyzer.packages.formats.jsonfile import load, mapping, sequence, word
from analyzer.packages.formats.names import shown
from analyzer.packages.formats.text import text

_KEG = re.compile(r"(?:.*/)?Cellar/(?P<name>[^/]+)/(?P<version>[^/]+)/.+", re.DOTALL)
_RECEIPT = "/INSTALL_RECEIPT.json"
_CORE = "homebrew/core"
"""The repository of formulae that is meant where none is named, in package URLs, too."""
_LINE = re.compile(rb"  (?P<key>homepage|license) (?P<value>.+)")
_QUOTED = re.compile(r'"((?:[^"\\#]|\\.)*)"')
_LIST = re.compile(r'(?P<how>any|all)_of: \[(?P<names>"[^\[\]{}]*")\]')


def parse(files: Files) -> Iterator[Package | Problem]:
    """One package per folder of a version."""
    kegs: dict[str, list[str]] = {}
    for path in sorted(files):
        if match := _KEG.fullmatch(path):
            kegs.setdefault(path[: match.end("version")], []).append(path)
    for keg in sorted(kegs):
        yield from _package(keg, {path: files[path] for path in kegs[keg]})


def _package(keg: str, files: Files) -> Iterator[Package | Problem]:
    receipt: Mapping[str, object] = {}
    formula: dict[str, str] = {}
    for path, data in files.items():
        if not path.endswith(_RECEIPT):
            formula = _formula(data)
            continue
        try:
            receipt = _object(load(data))
        except ValueError as fault:
            yield error(Code.PACKAGE_DATABASE_DAMAGED, path, str(fault))
    name, version = (shown(part) for part in keg.split("/")[-2:])
    tap = word(mapping(receipt.get("source")).get("tap"))
    licence = _licence(formula.get("license", ""))
    yield Package(
        name=name,
        version=version,
        arch=word(receipt.get("arch")),
        type="brew",
        namespace="" if tap == _CORE else tap,
        licenses=(licence,) if licence else (),
        homepage=_string(formula.get("homepage", "")),
        locations=tuple(Location(path) for path in sorted(files)),
        requires=_requires(receipt),
        provides=(f"{tap}/{name}",) if tap else (),
        method="metadata",
    )


def owns(files: Files) -> Iterator[Owned]:
    """The folder of each version, which `brew uninstall` removes as a whole."""
    for package in parse(files):
        if isinstance(package, Package) and (match := _KEG.fullmatch(package.locations[0].path)):
            keg = match[0][: match.end("version")]
            yield Owned((package.name, package.version, package.arch), keg, "tree")


def _object(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise ValueError("not a receipt")  # noqa: TRY004  a fault of the file
    return value


def _requires(receipt: Mapping[str, object]) -> tuple[tuple[str, ...], ...]:
    """What the formula itself needs; older receipts list all that comes with that, unmarked."""
    listed = [mapping(item) for item in sequence(receipt.get("runtime_dependencies"))]
    direct = [item for item in listed if item.get("declared_directly") is True]
    marked = any("declared_directly" in item for item in listed)
    names = [word(item.get("full_name")) for item in (direct if marked else listed)]
    return tuple((name,) for name in dict.fromkeys(filter(None, names)))


def _formula(data: bytes) -> dict[str, str]:
    """The first plain `homepage` and `license` of a formula, as written."""
    values: dict[str, str] = {}
    for line in bytes(data).split(b"\n"):
        if match := _LINE.fullmatch(line.rstrip()):
            values.setdefault(match["key"].decode("ascii"), text(match["value"].lstrip()))
    return values


def _string(value: str) -> str:
    """A plain string of Ruby, one without anything computed; else nothing."""
    match = _QUOTED.fullmatch(value)
    return match[1] if match else ""


def _licence(value: str) -> str:
    """An SPDX name or a plain list of them as an expression; else what stands there.

    https://docs.brew.sh/License-Guidelines
    """
    listed = _LIST.fullmatch(value)
    if listed is None:
        return _string(value) or value
    joint = " OR " if listed["how"] == "any" else " AND "
    return joint.join(_QUOTED.findall(listed["names"]))


CATALOGER = Cataloger(
    name="homebrew",
    version=2,
    group="image",
    wants=(Want("**/Cellar/*/*/INSTALL_RECEIPT.json"), Want("**/Cellar/*/*/.brew/*.rb")),
    parse=parse,
    about="Homebrew on Linux",
    fills=frozenset({"arch", "homepage", "licenses", "namespace", "provides", "requires"}),
    owns=owns,
)
