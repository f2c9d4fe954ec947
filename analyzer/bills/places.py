"""Where tools say in named facts of their own that they found something."""

from __future__ import annotations

import re

from analyzer.bills.model import Evidence
from analyzer.paths import clean

Pairs = tuple[tuple[str, str], ...]
_SYFT = re.compile(r"syft:location:([0-9]{1,9}):(path|layerID)")
TRIVY = "aquasecurity:trivy:"
_TRIVY_FACTS = frozenset(
    {
        *("Arch", "Class", "ContentSet", "DiffID", "FilePath", "ImageID", "LayerDiffID"),
        *("LayerDigest", "Modularitylabel", "NVR", "PkgID", "PkgType", "Reference", "RepoDigest"),
        *("RepoTag", "SchemaVersion", "Size", "SrcEpoch", "SrcName", "SrcRelease", "SrcVersion"),
        "Type",
    }
)
"""The names that trivy uses (`pkg/sbom/core/bom.go`)."""


def of_syft(named: Pairs) -> tuple[list[Evidence], Pairs]:
    """`syft:location:N:path` and `layerID`, which is a diff ID; and the other facts."""
    found: dict[int, dict[str, str]] = {}
    rest: list[tuple[str, str]] = []
    for name, value in named:
        match = _SYFT.fullmatch(name)
        if match is None:
            rest.append((name, value))
        else:
            found.setdefault(int(match[1]), {})[match[2]] = value
    places = [found[number] for number in sorted(found)]
    return [
        Evidence(clean(place.get("path", ""))[0], layer=place.get("layerID", ""))
        for place in places
    ], tuple(rest)


def of_trivy(named: Pairs) -> tuple[list[Evidence], Pairs]:
    """`FilePath` and `LayerDigest`, or `LayerDiffID` where that is all; and the other facts."""
    facts = dict(named)
    path = facts.get(f"{TRIVY}FilePath", "")
    layer = facts.get(f"{TRIVY}LayerDigest") or facts.get(f"{TRIVY}LayerDiffID", "")
    if not path and not layer:
        return [], named
    used = {(f"{TRIVY}FilePath", path), (f"{TRIVY}LayerDigest", layer)}
    used.add((f"{TRIVY}LayerDiffID", layer))
    return [Evidence(clean(path)[0], layer=layer)], tuple(p for p in named if p not in used)


def trivy_fact(text: str) -> tuple[str, str] | None:
    """`LayerDigest: sha256:...`, as trivy writes its facts into SPDX, under CycloneDX's name."""
    name, colon, value = text.partition(": ")
    return (f"{TRIVY}{name}", value) if colon and name in _TRIVY_FACTS else None
