"""Two compiled Python modules: the fields of their headers, and whether their code differs.

PEP 552, https://peps.python.org/pep-0552/; magic numbers from CPython's
Lib/importlib/_bootstrap_external.py. Code is not loaded: marshal is not for untrusted data.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

from analyzer.diff.content.room import Found, Unreadable, between
from analyzer.diff.content.text import first_difference
from analyzer.layers.wants import Content

_HEADER: Final = Struct("<H2sI8s")
_MARK: Final = b"\r\n"
_PAIR: Final = Struct("<II")
_CHECKED: Final = 2
_VERSIONS: Final = {
    3394: "3.7",
    3413: "3.8",
    3425: "3.9",
    3439: "3.10",
    3495: "3.11",
    3531: "3.12",
    3571: "3.13",
}
"""Of releases; a number between two of them is of a version before its release."""


def is_pyc(content: Content) -> bool:
    """Whether a content has the header of Python 3.7 or later."""
    if len(content) < _HEADER.size:
        return False
    number, mark, flags, _ = _HEADER.unpack(content[: _HEADER.size])
    known: bool = mark == _MARK and number >= min(_VERSIONS) and flags < 2 * _CHECKED
    return known


def compare_pyc(before: Content, after: Content) -> Found:
    """Header fields, then the first offset at which the code differs.

    Raises:
        Unreadable: no such header.
    """
    one, two = _fields(before), _fields(after)
    children = [
        between(name, one.get(name), two.get(name))
        for name in dict.fromkeys([*one, *two])
        if one.get(name) != two.get(name)
    ]
    codes = before[_HEADER.size :], after[_HEADER.size :]
    if codes[0] != codes[1]:
        at = _HEADER.size + first_difference(*codes)
        sides = [{"size": len(code), "first difference": at} for code in codes]
        children.append(between("code", sides[0], sides[1]))
    notes = () if codes[0] != codes[1] else ("the code is the same",)
    return Found(children, notes)


def _fields(content: Content) -> dict[str, object]:
    if not is_pyc(content):
        raise Unreadable("no header of a compiled Python module")
    number, _, flags, rest = _HEADER.unpack(content[: _HEADER.size])
    version = _VERSIONS.get(number)
    fields: dict[str, object] = {
        "Python": version or f"magic number {number}",
        "checked by": "time and size of the source",
    }
    if flags:
        checked = "the hash of the source" if flags & _CHECKED else "nothing, its hash is kept"
        return {**fields, "checked by": checked, "source hash": rest.hex()}
    time, size = _PAIR.unpack(rest)
    return {**fields, "source time": time, "source size": size}
