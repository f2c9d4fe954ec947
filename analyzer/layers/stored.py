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
from analyzer.storedvalues import column_of, integer, number, require, string, typed
from analyzer.tarheader import NO_XATTRS, Entry, EntryKind, Seconds, pax_time, seconds_text

FORMAT = 10
"""Goes up when the bytes, or what a scan finds, change."""

_KINDS = dict(zip(EntryKind, "fdshcbp", strict=True))
_LETTERS = {letter: kind for kind, letter in _KINDS.items()}
_SHA1 = re.compile(r"sha1:[0-9a-f]{40}")
T = TypeVar("T")
_Owned = tuple[int, int, int, str, str]


BAD_VALUE = (
    AnalyzerError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    RecursionError,
)
"""What comes of reading values that are not as they were written."""


class BadScan(ValueError):
    """Bytes that are no scan of this format; internal to the cache."""


def scan_bytes(scan: LayerScan, where: str) -> bytes:
    """`scan` as bytes. `where`, which problems call the layer, is left open."""
    owned: dict[_Owned, int] = {}
    entries = scan.entries
    owners = [
        owned.setdefault((e.mode, e.uid, e.gid, e.uname, e.gname), len(owned)) for e in entries
    ]
    captured: list[tuple[int, str | None, Captured]] = []
    captured += ((found.offset, path, found) for path, found in sorted(scan.captured.items()))
    captured += ((at, None, found) for at, found in sorted(scan.earlier.items()))
    head = {
        "format": FORMAT,
        "measured": measured_value(scan.measured),
        "complete": scan.complete,
        "streams": scan.streams,
        "problems": [problem_row(problem, where) for problem in scan.problems],
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
        "digests": sorted(scan.digests.items()),
        "sha1": sorted(scan.sha1.items()),
        "captured": [
            [
                at,
                path,
                found.content,
                None if found.kept is None else found.size - sum(map(len, found.reduced.values())),
                [[name, len(parts)] for name, parts in sorted(found.reduced.items())],
            ]
            for at, path, found in captured
        ],
    }
    text = json.dumps(head, ensure_ascii=True, separators=(",", ":"), default=_decimal).encode()
    return text + b"\n" + b"".join(part for *_, found in captured for part in _contents(found))


def measured_value(measured: Measured) -> dict[str, object]:
    """What `read_measured` takes."""
    return {
        "digest": measured.digest,
        "size": measured.size,
        "diff_id": measured.diff_id,
        "uncompressed_size": measured.uncompressed_size,
        "compression": measured.compression,
        "compressor": measured.compressor,
        "table": None if measured.table is None else astuple(measured.table),
    }


def problem_row(problem: Problem, where: str | None = None) -> list[str | None]:
    """What `read_problem` takes; that it lies at `where` is left open."""
    place = None if problem.where == where else problem.where
    return [problem.code.value, problem.severity.value, place, problem.detail]


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
        require(bool(newline) and integer(head["format"]) == FORMAT, "another format")
        captured, earlier = _captured(head["captured"], contents)
        return LayerScan(
            measured=read_measured(head["measured"]),
            entries=_entries(head),
            captured=captured,
            problems=tuple(read_problem(item, where) for item in head["problems"]),
            complete=typed(head["complete"], bool),
            digests={integer(at): parse_digest(string(text)) for at, text in head["digests"]},
            streams=integer(head["streams"]),
            sha1={integer(at): _sha1(text) for at, text in head["sha1"]},
            earlier=earlier,
        )
    except BAD_VALUE as bad:
        raise BadScan(str(bad)) from bad


def _entries(head: Mapping[str, Any]) -> tuple[Entry, ...]:
    paths = column_of(head["paths"], str)
    require(all(map(_rooted, paths)), "a path that leads out of the root")
    kinds = [_LETTERS[letter] for letter in string(head["kinds"])]
    owned = [_owner(item) for item in head["owned"]]
    owners = [owned[at] for at in column_of(head["owners"], int, least=0)]
    sizes, offsets = (column_of(head[name], int, least=0) for name in ("sizes", "offsets"))
    times = _times(head["times"])
    columns = [paths, kinds, sizes, owners, times, offsets]
    require(len({len(column) for column in columns}) == 1, "columns of unequal length")
    count = len(paths)
    modes, uids, gids, unames, gnames = zip(*owners, strict=True) if owners else ((),) * 5
    return tuple(
        map(
            Entry,
            *(paths, kinds, sizes, modes, uids, gids, times, unames, gnames),
            _spread(_sparse(head["links"], string), count, None),
            offsets,
            _spread(_sparse(head["devices"], _device), count, None),
            _spread(_sparse(head["xattrs"], _xattrs), count, NO_XATTRS),
            _spread(dict.fromkeys(column_of(head["sparse"], int), True), count, False),  # noqa: FBT003
        )
    )


def _times(value: object) -> list[Seconds]:
    """Whole seconds are numbers, those with a fraction texts, so that they stay exact."""
    column = column_of(value, int, str)
    fractions = str in set(map(type, column))
    return [pax_time(t.encode()) if type(t) is str else t for t in column] if fractions else column


def _spread(some: Mapping[int, T], count: int, other: T) -> list[T]:
    """A column with `some` values at their places and `other` everywhere else."""
    column = [other] * count
    for place, value in some.items():
        require(0 <= place < count, "an entry number out of range")
        column[place] = value
    return column


def _rooted(path: str) -> bool:
    """Whether it is as `paths.clean` leaves paths."""
    if not path:
        return True
    around = f"/{path}/"
    return "//" not in around and "/./" not in around and "/../" not in around


def _sparse(value: object, read: Callable[[Any], Any]) -> dict[int, Any]:
    """A mapping from entry numbers, which JSON spells as text."""
    if not isinstance(value, dict):
        raise BadScan("a mapping of another type")
    return {int(place): read(item) for place, item in value.items()}


def _owner(value: Sequence[object]) -> _Owned:
    mode, uid, gid, uname, gname = value
    return integer(mode), integer(uid), integer(gid), string(uname), string(gname)


def _device(value: Sequence[object]) -> tuple[int, int]:
    major, minor = value
    return integer(major), integer(minor)


def _xattrs(value: Mapping[object, object]) -> dict[str, bytes]:
    return {string(name): bytes.fromhex(string(item)) for name, item in value.items()}


def read_measured(value: Mapping[str, Any]) -> Measured:
    """What a layer was measured to be. Raises what `BAD_VALUE` names."""
    diff_id = value["diff_id"]
    return Measured(
        digest=_digest(value["digest"]),
        size=number(value["size"]),
        diff_id=None if diff_id is None else DiffId(parse_digest(string(diff_id))),
        uncompressed_size=number(value["uncompressed_size"]),
        compression=string(value["compression"]),
        compressor=string(value["compressor"]),
        table=None if value["table"] is None else _table(value["table"]),
    )


def _table(value: Sequence[Any]) -> Table:
    form, toc, stored, position, split, split_position = value
    return Table(
        string(form),
        _digest(toc),
        _digest(stored),
        None if position is None else tuple(column_of(position, int, least=0)),
        _digest(split),
        None if split_position is None else tuple(column_of(split_position, int, least=0)),
    )


def _captured(
    rows: Sequence[Sequence[Any]], contents: bytes
) -> tuple[dict[str, Captured], dict[int, Captured]]:
    """What was kept, by path, and what has none there since another of its name follows."""
    found: dict[str, Captured] = {}
    earlier: dict[int, Captured] = {}
    at = 0

    def take(size: int) -> bytes:
        nonlocal at
        data = contents[at : at + size]
        require(size >= 0 and len(data) == size, "content that is cut off")
        at += size
        return data

    for offset, path, content, length, reduced in rows:
        digest = parse_digest(string(content))
        kept = None if length is None else take(integer(length))
        require(kept is None or digest_bytes(kept) == digest, "content of another digest")
        parts = {string(name): take(integer(size)) for name, size in reduced}
        captured = Captured(digest, kept, parts or NO_PARTS, integer(offset))
        if path is None:
            earlier[captured.offset] = captured
        else:
            found[string(path)] = captured
    require(at == len(contents), "content that belongs to nothing")
    return found, earlier


def read_problem(row: Sequence[object], where: str = "") -> Problem:
    """A problem, at `where` unless it says another place. Raises what `BAD_VALUE` names."""
    code, severity, place, detail = row
    at = where if place is None else string(place)
    return Problem(Code(string(code)), Severity(string(severity)), at, string(detail))


def _digest(value: object) -> Digest | None:
    return None if value is None else parse_digest(string(value))


def _sha1(value: object) -> Digest:
    text = string(value)
    require(_SHA1.fullmatch(text) is not None, "no SHA-1")
    return Digest(text)
