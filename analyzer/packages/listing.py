"""The catalogers there are, in the JSON form of `schema/catalogers-1.0.json`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from analyzer.packages.contract import Cataloger, Package

ALWAYS = ("name", "version", "type", "state", "method", "locations")
"""Members that every package has something in."""
ADDED = (
    *("cataloger", "purl", "introduced_in", "license_expression", "dependencies", "owner"),
    "also",
)
"""Members that others fill than the cataloger that found the package."""
CAN_FILL = tuple(
    member for member in Package._fields if member not in {*ALWAYS, *ADDED, "confidence"}
)
"""Members that some ecosystems have and others lack, in the order of `Package`."""


def catalogers_document(found: Iterable[Cataloger]) -> list[dict[str, Any]]:
    """One entry for each of `found`, in their order."""
    return [
        {
            "name": cataloger.name,
            "about": cataloger.about,
            "reads": [
                {"pattern": pattern, "parts_of_large_files": parts, "magics": magics}
                for pattern, parts, magics in reads(cataloger)
            ],
            "together": cataloger.group,
            "fills": fills(cataloger),
            "owns_files": cataloger.owns is not None,
            "version": cataloger.version,
        }
        for cataloger in found
    ]


def reads(cataloger: Cataloger) -> list[tuple[str, bool, list[str]]]:
    """Patterns, whether of such files only small parts are kept, and how those begin (hex)."""
    return sorted(
        (
            want.pattern,
            want.reducer is not None,
            [magic.hex() for magic in want.reducer.magics] if want.reducer is not None else [],
        )
        for want in cataloger.wants
    )


def fills(cataloger: Cataloger) -> Sequence[str]:
    """What it can tell of a package beyond what all tell, in the order of `Package`."""
    return [name for name in CAN_FILL if name in cataloger.fills]
