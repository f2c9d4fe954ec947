"""An outcome as bytes and back. The bytes are input and trusted in nothing; never pickle."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import astuple, fields
from typing import Any, TypeVar

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
from analyzer.storedvalues import column_of, integer, number, require, string, typed

FORMAT = 1
"""Goes up when the bytes change."""

T = TypeVar("T")


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
        "packages": outcome.packages,
        "findings": list(map(astuple, outcome.findings)),
        "problems": list(map(problem_row, outcome.problems)),
    }
    return json.dumps(value, separators=(",", ":"), default=astuple).encode()


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
            packages=tuple(map(_package, value["packages"])),
            findings=tuple(map(_finding, value["findings"])),
            problems=_problems(value["problems"]),
        )
    except BAD_VALUE as bad:
        raise BadOutcome(str(bad)) from bad


def _problems(rows: list[list[object]]) -> tuple[Problem, ...]:
    return tuple(map(read_problem, rows))


def _texts(value: object) -> tuple[str, ...]:
    return tuple(column_of(value, str)) if value else ()


def _lists(value: object) -> tuple[tuple[str, ...], ...]:
    return tuple(map(_texts, column_of(value, list))) if value else ()


def _distro(row: list[Any]) -> Distro:
    names = [field.name for field in fields(Distro)]
    values = dict(zip(names, row, strict=True))
    like = _texts(values.pop("id_like"))
    return Distro(id_like=like, **{name: string(value) for name, value in values.items()})


def _finding(row: list[Any]) -> Finding:
    kind, what, where, layer, step, masked = row
    said = string(what), string(where)
    return Finding(FindingKind(string(kind)), *said, number(layer), string(step), string(masked))


def _source(value: Any) -> Source | None:  # noqa: ANN401 - as JSON has it
    if value is None:
        return None
    name, version = value
    return Source(string(name), string(version))


def _locations(rows: Any) -> tuple[Location, ...]:  # noqa: ANN401 - as JSON has it
    return tuple(Location(string(path), number(layer), string(ins)) for path, layer, ins in rows)


def _sightings(rows: Any) -> tuple[Sighting, ...]:  # noqa: ANN401 - as JSON has it
    return tuple(map(_sighting, rows))


def _sighting(row: list[Any]) -> Sighting:
    values = dict(zip([field.name for field in fields(Sighting)], row, strict=True))
    layer = number(values.pop("layer"))
    return Sighting(layer=layer, **{name: string(value) for name, value in values.items()})  # type: ignore[arg-type]


def _pairs(rows: Any) -> tuple[tuple[str, str], ...]:  # noqa: ANN401 - as JSON has it
    return tuple((string(name), string(value)) for name, value in rows)


def _flag(value: object) -> bool:
    return bool(typed(value, bool))


_READ: Mapping[str, Callable[[Any], object]] = {
    "source": _source,
    "licenses": _texts,
    "cpes": _texts,
    "locations": _locations,
    "qualifiers": _pairs,
    "requires": _lists,
    "provides": _texts,
    "digests": _texts,
    "hold": _flag,
    "introduced_in": number,
    "dependencies": _texts,
    "also": _sightings,
}
"""What is no plain text."""
_READERS = tuple(_READ.get(name, string) for name in Package._fields)


def _package(row: list[Any]) -> Package:
    require(len(row) == len(_READERS), "a package of other members")
    return Package._make(read(value) for read, value in zip(_READERS, row, strict=True))
