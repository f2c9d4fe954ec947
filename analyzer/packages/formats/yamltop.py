"""The outermost members of a YAML mapping, as far as they are plain texts and lists of them.

YAML 1.2.2, https://yaml.org/spec/1.2.2/. Descriptions written by people go over many lines in
every style there is, so what lies deeper is passed over by its indentation and not understood.
Of the members that are asked for, these are refused: values over several lines, anchors, aliases,
tags, escapes, mappings, and lists with anything but plain or quoted texts in them. So are second
documents and outermost lines that are no member.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from analyzer.packages.formats.addresses import cut
from analyzer.packages.formats.fault import Fault
from analyzer.packages.formats.text import text

Value = str | tuple[str, ...]

_MEMBER = re.compile(rb"(?P<key>[A-Za-z0-9_][A-Za-z0-9_.-]*)[ ]*:(?:[ ]+(?P<value>.*))?", re.DOTALL)
_ITEM = re.compile(rb"[ ]*-(?:[ ]+(?P<value>.*))?", re.DOTALL)
_FLOW = re.compile(rb"\[(?P<items>[^\[\]{}'\"]*)\](?:[ ]+#.*)?", re.DOTALL)
_SINGLE = re.compile(rb"'(?P<inner>(?:[^']|'')*)'", re.DOTALL)
_DOUBLE = re.compile(rb'"(?P<inner>[^"\\]*)"', re.DOTALL)
_PLAIN_START = re.compile(rb"[^\s\-?:,\[\]{}#&*!|>'\"%@`]|[-?:](?=\S)")
_IGNORED = frozenset({b"---", b"%YAML 1.2", b"..."})


@dataclass(slots=True)
class _Member:
    """One outermost member while its lines come."""

    key: str
    line: int
    text: bytes
    items: list[bytes] = field(default_factory=list)
    deeper: bool = False


def read(data: bytes, keys: Iterable[str]) -> tuple[dict[str, Value], list[Fault]]:
    """The members named in `keys` that are there, and what could not be read."""
    wanted = frozenset(keys)
    members, faults = _members(bytes(data).split(b"\n"))
    values: dict[str, Value] = {}
    for member in members:
        if member.key not in wanted:
            continue
        if member.key in values:
            faults.append(Fault(member.line, f"{member.key} again, the first counts", lost=False))
            continue
        value = _value(member)
        if value is None:
            what = f"the value of {member.key} is of a kind that is not read here"
            faults.append(Fault(member.line, what, lost=True))
        else:
            values[member.key] = value
    return values, sorted(faults, key=lambda fault: fault.line)


def _members(lines: list[bytes]) -> tuple[list[_Member], list[Fault]]:
    members: list[_Member] = []
    faults: list[Fault] = []
    for number, raw in enumerate(lines, 1):
        line = raw.rstrip(b" \t\r").removeprefix(b"\xef\xbb\xbf" if number == 1 else b"")
        last = members[-1] if members else None
        if not line or line.lstrip().startswith(b"#") or (line in _IGNORED and last is None):
            continue
        if line in _IGNORED:
            break
        item = _ITEM.fullmatch(line)
        if last is not None and item is not None and not last.deeper:
            last.items.append(item["value"] or b"")
        elif line.startswith((b" ", b"\t")) and last is not None:
            last.deeper = True
        elif match := _MEMBER.fullmatch(line):
            members.append(_Member(text(match["key"]), number, match["value"] or b""))
        else:
            faults.append(Fault(number, f"not a member: {cut(line)}", lost=True))
    return members, faults


def _value(member: _Member) -> Value | None:
    """The value of a member, None for one of a kind that is refused."""
    if member.deeper or (member.items and member.text):
        return None
    if member.items:
        return _all(map(_scalar, member.items))
    if flow := _FLOW.fullmatch(member.text):
        return _all(_scalar(item.strip()) for item in flow["items"].split(b",") if item.strip())
    return _scalar(member.text) if member.text else ""


def _all(found: Iterable[str | None]) -> tuple[str, ...] | None:
    items = tuple(found)
    whole = tuple(item for item in items if item is not None)
    return whole if len(whole) == len(items) else None


def _scalar(raw: bytes) -> str | None:
    """A text on one line, quoted or plain, with a comment behind it at most."""
    if quoted := _SINGLE.match(raw) or _DOUBLE.match(raw):
        behind = raw[quoted.end() :]
        if behind.strip() and not behind.lstrip(b" ").startswith(b"#"):
            return None
        return text(quoted["inner"].replace(b"''", b"'" if raw.startswith(b"'") else b"''"))
    value = raw.partition(b" #")[0].rstrip()
    if not _PLAIN_START.match(value) or b": " in value or value.endswith(b":"):
        return None
    return text(value)
