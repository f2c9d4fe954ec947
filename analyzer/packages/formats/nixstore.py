"""Names in a Nix store, and the database of what is valid in it.

Names: https://nix.dev/manual/nix/latest/store/store-path and `builtins.parseDrvName` (Nix
`src/libexpr/names.cc`); database: Nix `src/libstore/schema.sql`, schema 10.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from analyzer.packages.formats import sqlitedb
from analyzer.packages.formats.damage import Damage
from analyzer.packages.formats.sqlitewal import Log
from analyzer.packages.formats.text import text

_ENTRY = re.compile(r"[0-9a-df-np-sv-z]{32}-(?P<name>.+)", re.DOTALL)
_OUTPUT = re.compile(
    r"-(?:bin|data|debug|dev|devdoc|dist|doc|hdrs|info|lib|lib32|man|modules|out|static|terminfo"
    r"|tools)"
)
"""Outputs that nixpkgs gives its packages; others look like the end of a version."""
_VERSION = re.compile(r"-(?![A-Za-z])(?=.)", re.DOTALL)
_DERIVATION = ".drv"


@dataclass(frozen=True, slots=True)
class Valid:
    """A path that the database calls valid, its names without the store's folder."""

    name: str
    deriver: str = ""
    references: tuple[str, ...] = ()


def split_name(name: str) -> tuple[str, str]:
    """Name and version: the version begins behind the first dash that no letter follows."""
    match = _VERSION.search(name)
    return (name[: match.start()], name[match.end() :]) if match else (name, "")


def package_of(entry: str, deriver: str = "") -> tuple[str, str]:
    """Name and version of the package that an entry of the store is an output of.

    By the derivation it was built from, if known, for only that tells an output from the end of
    a version. Empty for what is no package: derivations, and entries without a version, which
    are sources, scripts and settings.
    """
    match = _ENTRY.fullmatch(entry)
    if match is None or entry.endswith(_DERIVATION):
        return "", ""
    whole = match["name"]
    built = _ENTRY.fullmatch(deriver.removesuffix(_DERIVATION))
    if built is not None and f"{whole}-".startswith(f"{built['name']}-"):
        whole = built["name"]
    name, version = split_name(whole)
    if built is None and (output := _OUTPUT.search(version)) and output.end() == len(version):
        version = version[: output.start()]
    return (name, version) if version else ("", "")


def valid_paths(database: bytes, log: Log) -> Iterator[Valid | Damage]:
    """Everything that the database calls valid. Raises Unreadable."""
    known: dict[int, tuple[str, str]] = {}
    for row in sqlitedb.rows(database, log, "ValidPaths", numbered=True):
        match row:
            case Damage():
                yield row
            case (int(number), _, bytes(path), _, _, deriver, *_):
                known[number] = _entry(path), _entry(deriver)
            case _:
                yield Damage("a valid path whose columns are of other types")
    needs: dict[int, list[str]] = defaultdict(list)
    for row in sqlitedb.rows(database, log, "Refs"):
        match row:
            case Damage():
                yield row
            case (int(one), int(other), *_) if one != other and other in known:
                needs[one].append(known[other][0])
            case _:
                continue
    for number, (stored, made_by) in known.items():
        yield Valid(stored, made_by, tuple(sorted(needs[number])))


def _entry(path: sqlitedb.Value) -> str:
    return text(path.rpartition(b"/")[2]) if isinstance(path, bytes) else ""
