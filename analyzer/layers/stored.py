"""A layer scan as bytes and back: what the cache keeps. The bytes are input and trusted in nothing.

Columns instead of rows, because a hundred thousand small objects are slow to decode; rare fields
are kept only for the entries that have them. Never pickle: that would run what it reads.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import astuple
from decimal import Decimal
from typing import Any, TypeVar

from analyzer.digest import DiffId, Digest, digest_bytes, parse_digest
from analyzer.errors import AnalyzerError
from analyzer.image.model import Measured, Table
from analyzer.layers.captures import NO_PARTS, Captured
from analyzer.layers.scan import LayerScan
from analyzer.problems import Code, Problem, Severity
from analyzer.tarheader import NO_XATTRS, Entry, EntryKind, Seconds, pax_time, seconds_text

FORMAT = 8
"""Goes up when the bytes, or what a scan finds, change."""

_KINDS = dict(zip(EntryKind, "fdshcbp", strict=True))
_LETTERS = {letter: kind for kind, letter in _KINDS.items()}
_SHA1 = re.compile(r"sha1:[0-9a-f]{40}")
T = TypeVar("T")
_Owned = tuple[int, int, int, str, str]


class BadScan(ValueError):
    """Bytes that are no scan of this format; internal to the cache."""


def scan_bytes(scan: LayerScan, where: str) -> bytes:
    """`scan` as bytes. `where`, which problems call the layer, is left open."""
    owned: dict[_Owned, int] = {}
    entries = scan.entries
    owners = [
        owned.setdefault((e.mode, e.uid, e.gid, e.uname, e.gname), len(owned)) for e in entries
    ]
    captured = sorted(scan.captured.items())
    head = {
        "format": FORMAT,
        "measured": {
            "digest": scan.measured.digest,
            "size": scan.measured.size,
            "diff_id": scan.measured.diff_id,
            "uncompressed_size": scan.measured.uncompressed_size,
            "compression": scan.measured.compression,
            "compressor": scan.measured.compressor,
            "table": None if (table := scan.measured.table) is None else astuple(table),
        },
        "complete": scan.complete,
        "streams": scan.streams,
        "problems": [
            [p.code.value, p.severity.value, None if p.where == where else p.where, p.detail]
            for p in scan.problems
        ],
        "paths": [e.path for e in entries],
        "kinds": "".join(_KINDS[e.kind] for e in entries),
        "sizes": [e.size for e in entries],
        "offsets": [e.offset for e in entries],
        "times": [e.mtime for e in entries],
        "owned": list(owned),
        "owners": owners,
        "links": {n: e.link for n, e in enumerate(entries) if e.link is not None},
        "devices": {n: e.device for n, e in enumerate(entries) if e.device is not None},
        "xattrs": {
            n: {name: value.hex() for name, value in sorted(e.xattrs.items())}
            for n, e in enumerate(entries)
            if e.xattrs
        },
        "sparse": [n for n, e in enumerate(entries) if e.sparse],
        "digests": dict(sorted(scan.digests.items())),
        "sha1": dict(sorted(scan.sha1.items())),
        "captured": [
            [
                path,
                found.content,
                None if found.kept is None else found.size - sum(map(len, found.reduced.values())),
                [[name, len(parts)] for name, parts in sorted(found.reduced.items())],
            ]
            for path, found in captured
        ],
    }
    text = json.dumps(head, ensure_ascii=True, separators=(",", ":"), default=_decimal).encode()
    return text + b"\n" + b"".join(part for _, found in captured for part in _contents(found))


def _decimal(value: object) -> str:
    """A time with a fraction; nothing else here is unknown to JSON."""
    if isinstance(value, Decimal):
        return seconds_text(value)
    raise TypeError(f"{value!r}")


def _contents(found: Captured) -> Iterator[bytes]:
    yield found.data
    for _, parts in sorted(found.reduced.items()):
        yield parts


def read_scan(data: bytes, where: str) -> LayerScan:
    """The scan that `data` holds, for a layer that problems call `where`.

    Raises:
        BadScan: it holds none, or one of another format.
    """
    text, newline, contents = data.partition(b"\n")
    try:
        head = json.loads(text)
        _require(bool(newline) and _int(head["format"]) == FORMAT, "another format")
        return LayerScan(
            measured=_measured(head["measured"]),
            entries=_entries(head),
            captured=_captured(head["captured"], contents),
            problems=tuple(_problem(item, where) for item in head["problems"]),
            complete=_typed(head["complete"], bool),
            digests={_text(k): parse_digest(_text(v)) for k, v in head["digests"].items()},
            streams=_int(head["streams"]),
            sha1={_text(k): _sha1(v) for k, v in head["sha1"].items()},
        )
    except (
        AnalyzerError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as bad:
        raise BadScan(str(bad)) from bad


def _require(holds: bool, what: str) -> None:  # noqa: FBT001 - a condition and its name
    if not holds:
        raise BadScan(what)


def _entries(head: Mapping[str, Any]) -> tuple[Entry, ...]:
    paths = _column(head["paths"], str)
    _require(all(map(_rooted, paths)), "a path that leads out of the root")
    kinds = [_LETTERS[letter] for letter in _text(head["kinds"])]
    owned = [_owner(item) for item in head["owned"]]
    owners = [owned[number] for number in _column(head["owners"], int, least=0)]
    sizes, offsets = (_column(head[name], int, least=0) for name in ("sizes", "offsets"))
    times = _times(head["times"])
    columns = [paths, kinds, sizes, owners, times, offsets]
    _require(len({len(column) for column in columns}) == 1, "columns of unequal length")
    count = len(paths)
    modes, uids, gids, unames, gnames = zip(*owners, strict=True) if owners else ((),) * 5
    return tuple(
        map(
            Entry,
            *(paths, kinds, sizes, modes, uids, gids, times, unames, gnames),
            _spread(_sparse(head["links"], _text), count, None),
            offsets,
            _spread(_sparse(head["devices"], _device), count, None),
            _spread(_sparse(head["xattrs"], _xattrs), count, NO_XATTRS),
            _spread(dict.fromkeys(_column(head["sparse"], int), True), count, False),  # noqa: FBT003
        )
    )


def _times(value: object) -> list[Seconds]:
    """Whole seconds are numbers, those with a fraction texts, so that they stay exact."""
    column = _column(value, int, str)
    fractions = str in set(map(type, column))
    return [pax_time(t.encode()) if type(t) is str else t for t in column] if fractions else column


def _spread(some: Mapping[int, T], count: int, other: T) -> list[T]:
    """A column with `some` values at their places and `other` everywhere else."""
    column = [other] * count
    for number, value in some.items():
        _require(0 <= number < count, "an entry number out of range")
        column[number] = value
    return column


def _rooted(path: str) -> bool:
    """Whether it is as `paths.clean` leaves paths."""
    if not path:
        return True
    around = f"/{path}/"
    return "//" not in around and "/./" not in around and "/../" not in around


def _column(value: object, *kinds: type, least: int | None = None) -> list[Any]:
    """A list of values of exactly these types, so that true is no number."""
    if not isinstance(value, list) or not set(map(type, value)) <= set(kinds):
        raise BadScan("a column of another type")
    _require(least is None or not value or min(value) >= least, "a number out of range")
    return value


def _sparse(value: object, read: Callable[[Any], Any]) -> dict[int, Any]:
    """A mapping from entry numbers, which JSON spells as text."""
    if not isinstance(value, dict):
        raise BadScan("a mapping of another type")
    return {int(number): read(item) for number, item in value.items()}


def _owner(value: Sequence[object]) -> _Owned:
    mode, uid, gid, uname, gname = value
    return _int(mode), _int(uid), _int(gid), _text(uname), _text(gname)


def _device(value: Sequence[object]) -> tuple[int, int]:
    major, minor = value
    return _int(major), _int(minor)


def _xattrs(value: Mapping[object, object]) -> dict[str, bytes]:
    return {_text(name): bytes.fromhex(_text(item)) for name, item in value.items()}


def _measured(value: Mapping[str, Any]) -> Measured:
    diff_id = value["diff_id"]
    return Measured(
        digest=_digest(value["digest"]),
        size=_number(value["size"]),
        diff_id=None if diff_id is None else DiffId(parse_digest(_text(diff_id))),
        uncompressed_size=_number(value["uncompressed_size"]),
        compression=_text(value["compression"]),
        compressor=_text(value["compressor"]),
        table=None if value["table"] is None else _table(value["table"]),
    )


def _table(value: Sequence[Any]) -> Table:
    form, toc, stored, position, split, split_position = value
    return Table(
        _text(form),
        _digest(toc),
        _digest(stored),
        None if position is None else tuple(_column(position, int, least=0)),
        _digest(split),
        None if split_position is None else tuple(_column(split_position, int, least=0)),
    )


def _captured(rows: Sequence[Sequence[Any]], contents: bytes) -> dict[str, Captured]:
    found: dict[str, Captured] = {}
    at = 0

    def take(size: int) -> bytes:
        nonlocal at
        data = contents[at : at + size]
        _require(size >= 0 and len(data) == size, "content that is cut off")
        at += size
        return data

    for path, content, length, reduced in rows:
        digest = parse_digest(_text(content))
        kept = None if length is None else take(_int(length))
        _require(kept is None or digest_bytes(kept) == digest, "content of another digest")
        parts = {_text(name): take(_int(size)) for name, size in reduced}
        found[_text(path)] = Captured(digest, kept, parts or NO_PARTS)
    _require(at == len(contents), "content that belongs to nothing")
    return found


def _problem(row: Sequence[object], where: str) -> Problem:
    code, severity, place, detail = row
    at = where if place is None else _text(place)
    return Problem(Code(_text(code)), Severity(_text(severity)), at, _text(detail))


def _digest(value: object) -> Digest | None:
    return None if value is None else parse_digest(_text(value))


def _sha1(value: object) -> Digest:
    text = _text(value)
    _require(_SHA1.fullmatch(text) is not None, "no SHA-1")
    return Digest(text)


def _number(value: object) -> int | None:
    return None if value is None else _int(value)


def _int(value: object) -> int:
    return int(_typed(value, int))


def _text(value: object) -> str:
    return str(_typed(value, str))


def _typed(value: object, kind: type) -> Any:  # noqa: ANN401 - of `kind`
    if type(value) is not kind:
        raise BadScan(f"no {kind.__name__}")
    return value
