"""What syft keeps of packages of a system beyond what all packages have: its `metadata`.

grype looks advisories of Debian, Alpine and Red Hat up by source package, and in syft's JSON it
takes that from `metadata` alone (`grype/pkg/package.go`, `dataFromPkg`; the package URL counts only
in other formats). So packages of dpkg, apk and rpm have it. The schema requires all members of it,
also those that a bill does not hold: sizes are 0, lists and checksums empty there, as in syft's own
documents when it has read them from a format that lacks them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from analyzer.bills.model import Element, Party

_EPOCH = re.compile(r"([0-9]{1,9}):(.+)")
NOT_KNOWN = (
    "in metadata of deb, apk and rpm packages, sizes of 0, empty file lists, empty lists of "
    "dependencies and empty checksums mean: not known"
)
SYSTEMS = frozenset({"deb", "apk", "rpm"})
"""Package URL types that have it."""

Member = dict[str, Any]


def system_metadata(package: Element, kind: str, qualifiers: Mapping[str, str]) -> Member:
    """`metadataType` and `metadata`, for the package URL types deb, apk and rpm; else nothing.

    `qualifiers` are those of its package URL, where every tool states source and architecture.
    """
    match kind:
        case "deb":
            return {"metadataType": "dpkg-db-entry", "metadata": _deb(package, qualifiers)}
        case "apk":
            return {"metadataType": "apk-db-entry", "metadata": _apk(package, qualifiers)}
        case "rpm":
            return {"metadataType": "rpm-db-entry", "metadata": _rpm(package, qualifiers)}
    return {}


def _deb(package: Element, qualifiers: Mapping[str, str]) -> Member:
    source, _, version = qualifiers.get("upstream", "").partition("@")
    return {
        "package": package.name,
        "source": source,
        "version": package.version,
        "sourceVersion": version,
        "architecture": qualifiers.get("arch", ""),
        "maintainer": _address(package.supplier),
        "installedSize": 0,
        "files": [],
    }


def _apk(package: Element, qualifiers: Mapping[str, str]) -> Member:
    return {
        "package": package.name,
        "originPackage": qualifiers.get("upstream", "").partition("@")[0],
        "maintainer": _address(package.supplier),
        "version": package.version,
        "architecture": qualifiers.get("arch", ""),
        "url": package.homepage,
        "description": package.description or package.summary,
        "size": 0,
        "installedSize": 0,
        "pullDependencies": [],
        "provides": [],
        "pullChecksum": "",
        "gitCommitOfApkPort": "",
        "files": [],
    }


def _rpm(package: Element, qualifiers: Mapping[str, str]) -> Member:
    stated = _EPOCH.fullmatch(package.version)
    version = stated[2] if stated else package.version
    epoch = stated[1] if stated else qualifiers.get("epoch", "")
    version, _, release = version.partition("-")
    metadata: Member = {
        "name": package.name,
        "version": version,
        "epoch": int(epoch) if re.fullmatch(r"[0-9]{1,9}", epoch) else None,
        "architecture": qualifiers.get("arch", ""),
        "release": release,
        "sourceRpm": qualifiers.get("upstream", ""),
        "size": 0,
        "vendor": package.supplier.name if package.supplier else "",
        "files": [],
    }
    modularity = qualifiers.get("rpmmod", "")
    return metadata | ({"modularityLabel": modularity} if modularity else {})


def _address(party: Party | None) -> str:
    """As RFC 822 writes who somebody is; empty for nobody."""
    if party is None:
        return ""
    return f"{party.name} <{party.mail}>" if party.mail else party.name
