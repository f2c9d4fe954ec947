"""Eggs that are zip files: the few members that say what an egg is.

https://setuptools.pypa.io/en/latest/deprecated/python_eggs.html, "Zipped eggs": the metadata
lies in `EGG-INFO`, as in an egg that is a folder.
"""

from __future__ import annotations

from collections.abc import Mapping

from analyzer.layers.wants import Charge, Content, Reducer
from analyzer.limits import Limits
from analyzer.packages.formats import zipreader
from analyzer.packages.formats.zipreader import ZipError

METADATA = "PKG-INFO"
REQUIRES = "requires.txt"
FAULT = "fault"
"""The part with words about what could not be read."""

_PARTS = {f"egg-info/{name}".lower(): name for name in (METADATA, REQUIRES)}
_ENDINGS = tuple(name.encode("ascii") for name in _PARTS)


def reduce_egg(content: Content, charge: Charge) -> Mapping[str, bytes]:
    """`PKG-INFO` and `requires.txt` of the egg as far as it has them, and a `fault` if it has."""
    limits = Limits()
    parts: dict[str, bytes] = {}
    faults: list[str] = []
    for member in zipreader.members(content, limits.archive_members, _ENDINGS):
        if isinstance(member, ZipError):
            faults.append(str(member))
        elif (part := _PARTS.get(member.name.lower())) and part not in parts:
            try:
                parts[part] = zipreader.read(content, member, charge, limits.document_bytes)
            except ZipError as fault:
                faults.append(f"EGG-INFO/{part}: {fault}")
    if METADATA not in parts and not faults:
        faults.append("no EGG-INFO/PKG-INFO in it")
    if faults:
        parts[FAULT] = faults[0].encode("utf-8", "surrogatepass")
    return parts


REDUCER = Reducer("egg", 1, reduce_egg, magics=(b"PK\x03\x04", b"PK\x05\x06"))
