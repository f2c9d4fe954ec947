"""Minimum elements of bills of materials: how many components of how many have each.

NTIA, "The Minimum Elements For a Software Bill of Materials" (2021), Data Fields, and CISA's
draft "2025 Minimum Elements for a Software Bill of Materials" (22 August 2025), of which only the
fields are checked: its practices (coverage, access, updates) are no matter of one document.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from analyzer.bills.model import Bill, Element
from analyzer.checks.references import related
from analyzer.checks.result import Gap, Minimum, Profile, short

NTIA = "ntia-2021"
CISA = "cisa-2025-draft"
TITLES: Mapping[str, str] = {
    NTIA: "NTIA minimum elements (2021)",
    CISA: "CISA minimum elements (draft of 2025)",
}
Knowable = Callable[[str, Element | None], bool | None]
"""Whether the image states what a minimum element asks, of a component or of the document."""

_SAYS_NOTHING = frozenset(
    {"", "unknown", "(unknown)", "none", "(none)", "noassertion", "n/a", "na", "null", "undefined",
     "unspecified", "not specified", "-", "?"}
)  # fmt: skip
_NO_COMPONENTS = frozenset({"layer", "file", "attestation", "manifest", "data", "source"})
"""Parts of an image and records, which nobody supplies; what the document describes always is a
component, whatever its kind."""
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}\S*")
_CONTEXT = re.compile(
    r"\b(?:pre|post|before|during|after)[- ](?:the )?build|"
    r"\b(?:design|source|build|analy[sz]ed|deployed|runtime) sbom\b",
    re.IGNORECASE,
)
_IDENTIFIERS = frozenset({"swid", "swh", "gitoid", "purl", "cpe23Type", "cpe22Type", "omniborId"})


@dataclass(frozen=True, slots=True)
class Subject:
    """A bill, and what its document says that no bill holds."""

    bill: Bill
    family: str
    """`SPDX` or `CycloneDX`."""
    entries: frozenset[str]
    """What has an entry of its own in CycloneDX's `dependencies`."""
    tied: frozenset[str]
    """What is related to the subject of the document."""

    @property
    def components(self) -> tuple[Element, ...]:
        """What minimum elements are asked of."""
        subjects = set(self.bill.subjects)
        return tuple(
            element
            for element in self.bill.elements
            if element.ref in subjects or element.kind not in _NO_COMPONENTS
        )


def profiles(
    bill: Bill,
    family: str,
    entries: frozenset[str],
    names: Iterable[str],
    knowable: Knowable | None = None,
) -> tuple[Profile, ...]:
    """The profiles called `names` (keys of `TITLES`) of one document."""
    subject = Subject(bill, family, entries, related(bill))
    made = {NTIA: _ntia, CISA: _cisa}
    return tuple(
        Profile(name, TITLES[name], tuple(made[name](subject, knowable or _nobody_asked)))
        for name in names
    )


def _nobody_asked(_minimum: str, _element: Element | None) -> bool | None:
    return None


def says_nothing(text: str) -> bool:
    """Whether a value stands where none is."""
    return text.strip().lower() in _SAYS_NOTHING


def _ntia(subject: Subject, knowable: Knowable) -> Iterator[Minimum]:
    yield _per_component(subject, knowable, "supplier", "Supplier name")
    yield _per_component(subject, knowable, "name", "Component name")
    yield _per_component(subject, knowable, "version", "Version of the component")
    yield _per_component(subject, knowable, "identifier", "Other unique identifiers")
    yield _dependencies(subject, knowable)
    yield _author(subject, knowable, tools_count=True)
    yield _timestamp(subject, knowable)


def _cisa(subject: Subject, knowable: Knowable) -> Iterator[Minimum]:
    yield _author(subject, knowable, tools_count=False)
    yield _per_component(subject, knowable, "supplier", "Software producer")
    yield _per_component(subject, knowable, "name", "Component name")
    yield _per_component(subject, knowable, "version", "Component version")
    yield _per_component(subject, knowable, "software-identifier", "Software identifiers")
    yield _per_component(subject, knowable, "hash", "Component hash")
    yield _per_component(subject, knowable, "licence", "License")
    yield _dependencies(subject, knowable)
    yield _tool(subject, knowable)
    yield _timestamp(subject, knowable)
    yield _context(subject, knowable)


_PLACES: Mapping[str, tuple[str, str]] = {
    "supplier": ("packages[].supplier", "components[].supplier, manufacturer or publisher"),
    "name": ("packages[].name", "components[].name"),
    "version": ("packages[].versionInfo", "components[].version"),
    "identifier": (
        "packages[].externalRefs (purl, CPE) or checksums",
        "components[].purl, cpe, swid or hashes",
    ),
    "software-identifier": (
        "packages[].externalRefs (purl, CPE)",
        "components[].purl, cpe, swid, swhid or omniborId",
    ),
    "hash": ("packages[].checksums", "components[].hashes"),
    "licence": (
        "packages[].licenseDeclared or licenseConcluded",
        "components[].licenses",
    ),
    "dependency": ("relationships from what is described", "dependencies"),
    "author": ("creationInfo.creators", "metadata.authors, manufacturer or tools"),
    "author-named": (
        "creationInfo.creators (Person: or Organization:)",
        "metadata.authors or manufacturer",
    ),
    "timestamp": ("creationInfo.created", "metadata.timestamp"),
    "tool": ("creationInfo.creators (Tool:)", "metadata.tools"),
    "context": ("comment or annotation of the document", "metadata.lifecycles"),
}


def _place(subject: Subject, name: str) -> str:
    return _PLACES[name][subject.family != "SPDX"]


def _value(subject: Subject, name: str, element: Element) -> str:
    """What a component says; empty or a word for nothing where that is a gap."""
    if name == "supplier":
        return _supplier(subject, element)
    if name in {"name", "version"}:
        return element.name if name == "name" else element.version
    if name == "licence":
        found = (element.licence, element.licence_concluded, *element.licences_found)
        return next((text for text in found if not says_nothing(text)), "")
    digest = next(iter(element.digests), "")
    if name == "hash":
        return digest
    return _identifier(element) or (digest if name == "identifier" else "")


def _supplier(subject: Subject, element: Element) -> str:
    """Of CycloneDX who made it counts, too: `manufacturer`, `publisher` and `authors`."""
    parties = (element.supplier, element.originator if subject.family != "SPDX" else None)
    names = [party.name for party in parties if party is not None]
    return next((name for name in names if not says_nothing(name)), next(iter(names), ""))


def _identifier(element: Element) -> str:
    others = (each.locator for each in element.references if each.type in _IDENTIFIERS)
    return next((text for text in (element.purl, *element.cpes, *others) if text), "")


def _per_component(subject: Subject, knowable: Knowable, name: str, title: str) -> Minimum:
    components = subject.components
    gaps = [
        _gap(element, value, knowable(name, element))
        for element in components
        if says_nothing(value := _value(subject, name, element))
    ]
    if not components and name == "name":
        gaps.append(Gap("", "the document", "", "it lists no component", knowable(name, None)))
        return _minimum(subject, name, title, 1, gaps)
    return _minimum(subject, name, title, len(components), gaps)


def _dependencies(subject: Subject, knowable: Knowable) -> Minimum:
    """Each component is tied to what the document describes, or says what it depends on."""
    components = subject.components
    gaps = [
        _gap(element, "", knowable("dependency", element))
        for element in components
        if not element.ref
        or (element.ref not in subject.entries and element.ref not in subject.tied)
    ]
    return _minimum(subject, "dependency", "Dependency relationship", len(components), gaps)


def _gap(element: Element, says: str, known: bool | None) -> Gap:  # noqa: FBT001 - of three
    says = short(says.strip(), 60)
    return Gap(short(element.ref, 200), short(element.name, 200), short(element.version, 200),
               says, known)  # fmt: skip


def _minimum(
    subject: Subject, name: str, title: str, of: int, gaps: list[Gap], note: str = ""
) -> Minimum:
    have = of - len(gaps)
    return Minimum(name, title, _place(subject, name), have, of, tuple(sorted(gaps)), note)


def _of_document(
    subject: Subject, knowable: Knowable, name: str, title: str, value: str, note: str = ""
) -> Minimum:
    gaps = []
    if says_nothing(value):
        gaps.append(Gap("", "the document", "", short(value, 60), knowable(name, None)))
    return _minimum(subject, name, title, 1, gaps, note)


def _author(subject: Subject, knowable: Knowable, *, tools_count: bool) -> Minimum:
    creators = subject.bill.creators
    people = [each.name for each in creators if each.kind != "tool" and not says_nothing(each.name)]
    tools = [each.name for each in creators if each.kind == "tool"]
    named = people or (tools if tools_count else [])
    note = "only a tool is named, nobody who answers for it" if tools and not people else ""
    value = next(iter(named), "")
    if tools_count:
        return _of_document(subject, knowable, "author", "Author of SBOM data", value, note)
    return _of_document(subject, knowable, "author-named", "SBOM author", value)


def _timestamp(subject: Subject, knowable: Knowable) -> Minimum:
    created = subject.bill.created
    value = created if _TIME.fullmatch(created) else ""
    note = "the beginning of 1970, which stands for no time" if created[:10] == "1970-01-01" else ""
    return _of_document(subject, knowable, "timestamp", "Timestamp", value, note)


def _tool(subject: Subject, knowable: Knowable) -> Minimum:
    tools = [each for each in subject.bill.creators if each.kind == "tool" and each.name]
    note = "without its version" if tools and not any(each.version for each in tools) else ""
    value = next((each.name for each in tools), "")
    return _of_document(subject, knowable, "tool", "Tool name", value, note)


def _context(subject: Subject, knowable: Knowable) -> Minimum:
    bill = subject.bill
    texts = [bill.lifecycle, bill.comment, *(r.words for r in bill.remarks if not r.ref)]
    found = bill.lifecycle or next((text for text in texts if _CONTEXT.search(text)), "")
    return _of_document(subject, knowable, "context", "Generation context", found)
