"""What was found in one document: checks with their findings, minimum elements with their gaps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Literal

from analyzer.paths import printable
from analyzer.problems import Severity

SCHEMA = "ociscope-check-1.0"
"""Names the schema that `to_document` follows."""

Document = dict[str, Any]
Origin = Literal["file", "ours", "attestation"]

MOST_FINDINGS = 10_000
"""Of one check; a document made to be wrong everywhere would fill the disk with them."""
_LONGEST = 400
_CUT = "..."


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that is wrong (error) or worth knowing (note)."""

    severity: Severity
    rule: str
    """A stable name: `enum`, `dangling-relationship`."""
    where: str
    """A path in the document (`packages[3].name`), a line of it, or the id of an element."""
    words: str


@dataclass(frozen=True, slots=True)
class Check:
    """One kind of check: its stable name, what it asks, how many things it looked at."""

    name: str
    title: str
    checked: int
    findings: tuple[Finding, ...] = ()
    more: int = 0
    """Findings beyond `MOST_FINDINGS`, which are counted only."""
    skipped: str = ""
    """Why it was not done, in words; empty where it was."""

    @property
    def errors(self) -> int:
        """How many of the findings that are kept are errors."""
        return sum(finding.severity is Severity.ERROR for finding in self.findings)


@dataclass(frozen=True, slots=True, order=True)
class Gap:
    """An element of the document, or the document itself, that lacks a minimum element."""

    ref: str
    """Its id in the document; empty for the document itself."""
    name: str
    version: str
    says: str
    """What stands there instead: nothing, `NOASSERTION`, `unknown`."""
    knowable: bool | None = None
    """Whether the image states what is missing; None where nobody asked an image."""


@dataclass(frozen=True, slots=True)
class Minimum:
    """One minimum element: how many of how many satisfy it."""

    name: str
    title: str
    place: str
    """Where documents of this form hold it."""
    have: int
    of: int
    gaps: tuple[Gap, ...] = ()
    note: str = ""
    """What to know although it is satisfied."""

    @property
    def missing(self) -> int:
        """Gaps that count: all but those that no look at the image could fill."""
        return sum(gap.knowable is not False for gap in self.gaps)


@dataclass(frozen=True, slots=True)
class Profile:
    """A list of minimum elements that somebody published."""

    name: str
    title: str
    minimums: tuple[Minimum, ...]

    @property
    def missing(self) -> int:
        """How many gaps count."""
        return sum(minimum.missing for minimum in self.minimums)


@dataclass(frozen=True, slots=True, order=True)
class Stated:
    """Something that a document says of the image it is about."""

    what: str
    value: str
    words: str


@dataclass(frozen=True, slots=True)
class Checked:
    """All about one document."""

    name: str
    origin: Origin
    form: str
    """`SPDX 2.3 (JSON)`; empty where it could not be told."""
    size: int
    digest: str
    """Of its bytes as they were checked."""
    subject: tuple[Stated, ...]
    checks: tuple[Check, ...]
    profiles: tuple[Profile, ...]
    about: str = ""
    """The image it was made for or found with, where that is known from outside."""

    @property
    def errors(self) -> int:
        """How many findings are errors."""
        return sum(check.errors for check in self.checks)

    @property
    def passes(self) -> bool:
        """No error, and no minimum element missing that could be there."""
        return not self.errors and not any(profile.missing for profile in self.profiles)


def check_of(name: str, title: str, checked: int, findings: Iterable[Finding]) -> Check:
    """A check with its findings in order, without doubles, made fit to show, and bounded."""
    found = iter(findings)
    kept = {shown(finding) for finding in islice(found, MOST_FINDINGS)}
    return Check(name, title, checked, tuple(sorted(kept)), sum(1 for _ in found))


def shown(finding: Finding) -> Finding:
    """`finding` with texts of strangers made printable and short."""
    return replace(finding, where=short(finding.where), words=short(finding.words))


def short(text: str, most: int = _LONGEST) -> str:
    """`text` printable on one line, its middle left out if it is long."""
    cut = text if len(text) <= most else f"{text[: most - 50]}{_CUT}{text[-40:]}"
    return printable(cut)


def to_document(name: str, results: tuple[Checked, ...], tool: Document) -> Document:
    """The JSON form of what was asked about `name` (`schema/check-1.0.json`)."""
    return {
        "schema": SCHEMA,
        "tool": tool,
        "source": {"name": printable(name)},
        "verdict": "passes" if all(result.passes for result in results) else "fails",
        "documents": [_checked(result) for result in results],
    }


def _checked(result: Checked) -> Document:
    return {
        "name": printable(result.name),
        "origin": result.origin,
        "about": result.about or None,
        "form": result.form or None,
        "size": result.size,
        "digest": result.digest,
        "verdict": "passes" if result.passes else "fails",
        "subject": [
            {"what": each.what, "value": each.value, "words": each.words} for each in result.subject
        ],
        "checks": [_check(check) for check in result.checks],
        "profiles": [_profile(profile) for profile in result.profiles],
    }


def _check(check: Check) -> Document:
    return {
        "name": check.name,
        "title": check.title,
        "checked": check.checked,
        "skipped": check.skipped or None,
        "findings": [
            {
                "severity": finding.severity.value,
                "rule": finding.rule,
                "where": finding.where,
                "words": finding.words,
            }
            for finding in check.findings
        ],
        "more": check.more,
    }


def _profile(profile: Profile) -> Document:
    return {
        "name": profile.name,
        "title": profile.title,
        "missing": profile.missing,
        "elements": [
            {
                "name": minimum.name,
                "title": minimum.title,
                "place": minimum.place,
                "have": minimum.have,
                "of": minimum.of,
                "share": round(minimum.have / minimum.of, 4) if minimum.of else None,
                "note": minimum.note or None,
                "gaps": [
                    {
                        "ref": gap.ref,
                        "name": gap.name,
                        "version": gap.version,
                        "says": gap.says,
                        "knowable": gap.knowable,
                    }
                    for gap in minimum.gaps
                ],
            }
            for minimum in profile.minimums
        ],
    }
