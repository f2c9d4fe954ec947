"""What was checked, how many things of the kind there were, and what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from analyzer.digest import Digest
from analyzer.paths import printable
from analyzer.problems import UNREAD, Code, Problem, Severity

SCHEMA = "ociscope-verify-1.0"
"""Names the schema that `to_document` and the chain's document follow."""

Document = dict[str, Any]

BY_NAME = "its name"
"""Who declares the digest of a blob that lies under it."""
BY_INDEX = "the index"
"""Who declares the platform of an image."""

_NOT_UNREAD = frozenset(
    {
        Code.BLOB_MISSING,
        Code.INDEX_AND_MANIFEST,
        Code.INDEX_CYCLE,
        Code.LAYER_COUNT_MISMATCH,
        Code.UNSAFE_LINK,
    }
)
"""Here only bytes that are in the file and cannot be read count as unread (decision 6).

These are about what is not in the file, or about documents that were read and found wrong.
"""

_UNREAD = UNREAD - _NOT_UNREAD


class Verdict(StrEnum):
    """The answer as a whole."""

    HOLDS = "holds"
    """Every promise was checked against bytes and kept."""
    BROKEN = "broken"
    """At least one was not."""
    UNREAD = "unread"
    """Bytes that are in the file could not be read; what was read may be broken too."""


EXIT_CODES: Mapping[Verdict, int] = {Verdict.HOLDS: 0, Verdict.BROKEN: 1, Verdict.UNREAD: 3}


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that is not as promised, or worth knowing.

    `where` names a member or blob; `offset` is where its bytes begin in the (inflated) tar, None
    in a directory or where it has no place. `declared` and `measured` are empty where the detail
    says it all. `code` has a text of its own (`explain`).
    """

    severity: Severity
    where: str
    detail: str
    code: Code
    declared: str = ""
    measured: str = ""
    declared_by: str = ""
    """A document with the place in it, after a blank; or words."""
    offset: int | None = None

    @classmethod
    def of(
        cls, problem: Problem, offset: int | None = None, values: tuple[str, ...] = ()
    ) -> Finding:
        """A problem, with its place, and what was declared, measured, and by whom, if known."""
        declared, measured, by = (*values, "", "", "")[:3]
        return cls(
            problem.severity,
            problem.where,
            problem.detail,
            problem.code,
            declared,
            measured,
            by,
            offset,
        )

    @property
    def unread(self) -> bool:
        """Whether bytes that are in the file could not be read."""
        return self.code in _UNREAD


@dataclass(frozen=True, slots=True)
class Check:
    """One kind of check: its stable name, a title, how many things it looked at."""

    name: str
    title: str
    checked: int
    findings: tuple[Finding, ...] = ()

    @property
    def errors(self) -> int:
        """How many findings are of severity error."""
        return sum(finding.severity is Severity.ERROR for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Uncommitted:
    """A member that no digest in the file covers: it can be changed without a trace.

    `digest` is of what it is now, None where it could not be read.
    """

    name: str
    digest: Digest | None
    size: int


@dataclass(frozen=True, slots=True)
class Subject:
    """An image that was looked at."""

    names: tuple[str, ...]
    platform: str
    image_id: Digest | None
    manifest_digest: Digest | None


@dataclass(frozen=True, slots=True)
class Integrity:
    """The answer to `verify PATH`."""

    name: str
    kind: str
    size: int | None
    images: tuple[Subject, ...]
    checks: tuple[Check, ...]
    uncommitted: tuple[Uncommitted, ...]

    @property
    def verdict(self) -> Verdict:
        """Unread before broken, as in every other command."""
        errors = [f for c in self.checks for f in c.findings if f.severity is Severity.ERROR]
        if any(finding.unread for finding in errors):
            return Verdict.UNREAD
        return Verdict.BROKEN if errors else Verdict.HOLDS

    @property
    def exit_code(self) -> int:
        """0 all holds, 1 something does not, 3 bytes that could not be read."""
        return EXIT_CODES[self.verdict]


def to_document(result: Integrity, tool: Mapping[str, str]) -> Document:
    """The JSON form."""
    return {
        "schema": SCHEMA,
        "tool": dict(tool),
        "source": source_document(result.name, result.kind, result.size),
        "verdict": result.verdict.value,
        "images": [
            {
                "names": list(image.names),
                "platform": image.platform,
                "image_id": image.image_id,
                "manifest_digest": image.manifest_digest,
            }
            for image in result.images
        ],
        "checks": [
            {
                "name": check.name,
                "title": check.title,
                "checked": check.checked,
                "findings": [_finding(finding) for finding in check.findings],
            }
            for check in result.checks
        ],
        "uncommitted": [
            {"name": printable(item.name), "digest": item.digest, "size": item.size}
            for item in result.uncommitted
        ],
    }


def source_document(name: str, kind: str, size: int | None) -> Document:
    """The input as every document names it."""
    return {"name": printable(name), "kind": kind, "size": size}


def _finding(finding: Finding) -> Document:
    return {
        "severity": finding.severity.value,
        "code": finding.code.value,
        "where": printable(finding.where),
        "offset": finding.offset,
        "detail": printable(finding.detail),
        "declared": printable(finding.declared) or None,
        "measured": printable(finding.measured) or None,
        "declared_by": printable(finding.declared_by) or None,
        "unread": finding.unread,
    }
