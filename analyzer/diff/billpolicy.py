"""Which parts of a document against an image let a pipeline fail: `--fail-on` of an SBOM. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analyzer.diff.billplatform import DISTRO, PLATFORM
from analyzer.diff.subjectpart import PART as SUBJECT
from analyzer.diff.tree import Difference, Kind

_ASKED: Mapping[str, tuple[str, ...]] = {
    "identity": (SUBJECT, PLATFORM),
    "distro": (DISTRO,),
    "packages": ("packages",),
}
NAMES: tuple[str, ...] = tuple(_ASKED)
"""What may be asked for; a document says nothing of the rest."""


def failing_of_document(difference: Difference, names: Sequence[str]) -> tuple[str, ...]:
    """Those of `names` that differ, or cannot be told, in what `compare_bill` returned.

    Images that the document is not of, beside one that it is of, are not asked.

    Raises:
        KeyError: a name that is not in `NAMES`.
    """
    wanted = {name: _ASKED[name] for name in names}
    held = [node for node in difference.children if node.children]
    return tuple(
        name
        for name in NAMES
        if name in wanted
        and (not held or any(_fails(node.child(part)) for node in held for part in wanted[name]))
    )


def _fails(part: Difference | None) -> bool:
    if part is None or part.differs or part.kind is Kind.UNKNOWN:
        return True
    return bool(part.of_kind(Kind.UNKNOWN))
