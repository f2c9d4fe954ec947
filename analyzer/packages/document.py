"""A package in the JSON form of the report (`schema/report-1.0.json`)."""

from __future__ import annotations

from typing import Any

from analyzer.packages.contract import Package, Sighting
from analyzer.packages.ownership import RULE
from analyzer.paths import printable


def package_document(package: Package) -> dict[str, Any]:
    """One entry of `packages`."""
    source = package.source
    return {
        "ident": printable(package.ident),
        "name": printable(package.name),
        "namespace": printable(package.namespace),
        "version": printable(package.version),
        "arch": printable(package.arch),
        "type": package.type,
        "state": package.state,
        "hold": package.hold,
        "purl": package.purl,
        "source_package": {"name": source.name, "version": source.version} if source else None,
        "licenses": list(package.licenses),
        "license_expression": package.license_expression,
        "supplier": package.supplier,
        "originator": package.originator,
        "cpes": list(package.cpes),
        "homepage": package.homepage,
        "cataloger": package.cataloger,
        "method": package.method,
        "confidence": package.confidence,
        "evidence": printable(package.evidence),
        "locations": [
            {
                "path": printable(place.path),
                "layer": place.layer,
                "inside": printable(place.inside),
            }
            for place in package.locations
        ],
        "introduced_in": package.introduced_in,
        "digests": list(package.digests),
        "signed_by": package.signed_by,
        "dependencies": [printable(ident) for ident in package.dependencies],
        "owner": owner_document(package),
        "also": [_sighting(each) for each in package.also],
    }


def _sighting(each: Sighting) -> dict[str, Any]:
    return {
        "ident": printable(each.ident),
        "path": printable(each.path),
        "layer": each.layer,
        "cataloger": each.cataloger,
        "method": each.method,
        "confidence": each.confidence,
        "evidence": printable(each.evidence),
        "rule": each.rule,
    }


def owner_document(package: Package) -> dict[str, str] | None:
    """Who owns it, by which rule, and the file that says so; None where nobody does."""
    if not package.owner:
        return None
    path = package.locations[0].path if package.locations else ""
    return {"ident": printable(package.owner), "rule": RULE, "path": printable(path)}
