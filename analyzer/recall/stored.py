"""An outcome as bytes and back. The bytes are input and trusted in nothing; never pickle.

Packages are kept by columns, as entries of scans are, so that what all have is checked at once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, fields
from itertools import chain
from operator import attrgetter
from typing import Any

from analyzer.findings.model import Finding, FindingKind
from analyzer.layers.stored import (
    BAD_VALUE,
    measured_value,
    problem_row,
    read_measured,
    read_problem,
)
from analyzer.packages.contract import Location, Package, Sighting, Source
from analyzer.packages.distro import Distro
from analyzer.problems import Problem
from analyzer.recall.outcome import Outcome
from analyzer.storedvalues import column_of, integer, number, require, string

FORMAT = 1
"""Goes up when the bytes change."""


class BadOutcome(ValueError):
    """Bytes that are no outcome of this format."""


def outcome_bytes(outcome: Outcome) -> bytes:
    """`outcome` as bytes, the same for the same."""
    value = {
        "format": FORMAT,
        "measured": [measured_value(measured) for measured in outcome.measured],
        "scanned": [list(map(problem_row, problems)) for problems in outcome.scanned],
        "captured": outcome.captured,
        "distro": None if outcome.distro is None else astuple(outcome.distro),
        "packages": dict(zip(Package._fields, _columns(outcome.packages), strict=True)),
        "findings": list(map(astuple, outcome.findings)),
        "problems": list(map(problem_row, outcome.problems)),
    }
    return json.dumps(value, separators=(",", ":"), default=_members).encode()


def _columns(packages: Sequence[Package]) -> Sequence[Sequence[object]]:
    return list(zip(*packages, strict=True)) if packages else [()] * len(Package._fields)


_MEMBERS: Mapping[type, Callable[[Any], object]] = {
    kind: attrgetter(*(field.name for field in fields(kind)))
    for kind in (Location, Sighting, Source)
}
"""Quicker than `astuple`, which copies what it finds; there are thousands."""


def _members(item: object) -> object:
    """Of what JSON knows nothing about."""
    return _MEMBERS[type(item)](item)


def read_outcome(data: bytes) -> Outcome:
    """What `outcome_bytes` was given.

    Raises:
        BadOutcome: these bytes are not of `outcome_bytes`.
    """
    try:
        value = json.loads(data)
        require(integer(value["format"]) == FORMAT, "another format")
        return Outcome(
            measured=tuple(map(read_measured, value["measured"])),
            scanned=tuple(map(_problems, value["scanned"])),
            captured=tuple(column_of(value["captured"], int, least=0)),
            distro=None if value["distro"] is None else _distro(value["distro"]),
            packages=_packages(value["packages"]),
            findings=tuple(map(_finding, value["findings"])),
            problems=_problems(value["problems"]),
        )
    except BAD_VALUE as bad:
        raise BadOutcome(str(bad)) from bad


def _problems(rows: list[list[object]]) -> tuple[Problem, ...]:
    return tuple(map(read_problem, rows))


def _texts(value: object) -> tuple[str, ...]:
    return tuple(column_of(value, str))


def _distro(row: list[Any]) -> Distro:
    names = [field.name for field in fields(Distro)]
    values = dict(zip(names, row, strict=True))
    like = _texts(values.pop("id_like"))
    return Distro(id_like=like, **{name: string(value) for name, value in values.items()})


def _finding(row: list[Any]) -> Finding:
    kind, what, where, layer, step, masked = row
    said = string(what), string(where)
    return Finding(FindingKind(string(kind)), *said, number(layer), string(step), string(masked))


def _packages(columns: Mapping[str, object]) -> tuple[Package, ...]:
    read = [_READ.get(name, _strings)(columns[name]) for name in Package._fields]
    require(len(set(map(len, read))) == 1, "columns of unequal length")
    return tuple(map(Package._make, zip(*read, strict=True)))


def _strings(column: Any) -> list[str]:  # noqa: ANN401 - as JSON has it
    return column_of(column, str)


def _tuples(column: Any) -> list[tuple[str, ...]]:  # noqa: ANN401 - as JSON has it
    rows = column_of(column, list)
    require(set(map(type, chain.from_iterable(rows))) <= {str}, "a list of another type")
    return [tuple(row) for row in rows]


def _sources(column: Any) -> list[Source | None]:  # noqa: ANN401 - as JSON has it
    return [None if item is None else Source(*_pair(item)) for item in column]


def _pair(item: Any) -> tuple[str, str]:  # noqa: ANN401 - as JSON has it
    first, second = item
    return string(first), string(second)


def _location(row: Any) -> Location:  # noqa: ANN401 - as JSON has it
    path, layer, inside = row
    return Location(string(path), number(layer), string(inside))


def _sighting(row: list[Any]) -> Sighting:
    values = dict(zip([field.name for field in fields(Sighting)], row, strict=True))
    layer = number(values.pop("layer"))
    return Sighting(layer=layer, **{name: string(value) for name, value in values.items()})  # type: ignore[arg-type]


def _each(read: Callable[[Any], object]) -> _Column:
    """Reads a column of lists of what `read` reads."""
    return lambda column: [tuple(map(read, row)) if row else () for row in column]


_Column = Callable[[Any], Sequence[object]]
_READ: Mapping[str, _Column] = {
    "source": _sources,
    "licenses": _tuples,
    "cpes": _tuples,
    "locations": _each(_location),
    "qualifiers": _each(_pair),
    "requires": _each(_texts),
    "provides": _tuples,
    "digests": _tuples,
    "hold": lambda column: column_of(column, bool),
    "introduced_in": lambda column: column_of(column, int, type(None)),
    "dependencies": _tuples,
    "also": _each(_sighting),
}
"""What is no plain text."""
