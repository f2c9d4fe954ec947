"""Mistakes of SPDX documents that schemas let pass, in their JSON shape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from analyzer.checks.result import Finding, short
from analyzer.checks.spdxschema import values_at
from analyzer.problems import Severity


def spdx_traps(document: Any, version: str) -> Iterator[Finding]:  # noqa: ANN401 - any JSON
    """Claims about files that nothing in the document bears out."""
    yield from _files_analyzed(document, version)


def _files_analyzed(document: Any, version: str) -> Iterator[Finding]:  # noqa: ANN401
    """SPDX 2.3, 7.8 and 7.9; SPDX 2.2, 3.8 and 3.9: what is left out counts as true."""
    holders = set(_holders(document))
    silent = []
    for where, package in values_at(document, "packages[]"):
        if not isinstance(package, dict):
            continue
        stated = package.get("filesAnalyzed", True)
        if stated in {False, "false"} if isinstance(stated, bool | str) else False:
            continue
        coded = isinstance(package.get("packageVerificationCode"), dict)
        ref = package.get("SPDXID")
        if not coded and not package.get("hasFiles") and ref not in holders:
            silent.append((where, str(package.get("name", ""))))
    if not silent:
        return
    name = short(silent[0][1], 80)
    what = f"{len(silent)} packages say (or leave it to the default) that their files were "
    what += f"analyzed, and have neither files nor a verification code: {name}"
    what += f" and {len(silent) - 1} more" if len(silent) > 1 else ""
    # 2.2, 3.9.3 makes the code mandatory then; 2.3, 7.9.1 no longer does.
    severity = Severity.ERROR if version == "2.2" else Severity.NOTE
    yield Finding(severity, "files-analyzed", silent[0][0], what)


def _holders(document: Any) -> Iterator[Any]:  # noqa: ANN401
    """The ids of packages that contain something by a relationship."""
    for _, each in values_at(document, "relationships[]"):
        if isinstance(each, dict):
            if each.get("relationshipType") == "CONTAINS":
                yield str(each.get("spdxElementId"))
            elif each.get("relationshipType") == "CONTAINED_BY":
                yield str(each.get("relatedSpdxElement"))
