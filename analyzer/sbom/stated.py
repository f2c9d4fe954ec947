"""What a bill states, in words, so that a form can tell what it has no place for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from analyzer.bills.model import Bill, Element, Kind, Lost, Relation

PREFIX = "ociscope:"
"""Of the names of our own properties."""


class Facts(StrEnum):
    """Members of packages, as `Lost` calls them."""

    NAME = "names"
    VERSION = "versions"
    NAMESPACE = "namespaces"
    PURL = "package URLs"
    PURL_COMMENT = "comments on package URLs"
    DIGESTS = "digests of packages"
    SUPPLIER = "suppliers"
    ORIGINATOR = "originators"
    LICENCE = "licences, declared"
    CONCLUDED = "licences, concluded"
    FOUND = "licences, as found"
    COPYRIGHT = "copyright texts"
    CPES = "CPEs"
    HOMEPAGE = "home pages"
    DOWNLOAD = "download locations"
    SUMMARY = "summaries"
    DESCRIPTION = "descriptions"
    COMMENT = "comments on packages"
    ORIGIN = "where packages come from, in words"
    EVIDENCE = "evidence of packages"
    REFERENCES = "references to other places"


NAMES = frozenset({Facts.NAME, Facts.VERSION, Facts.NAMESPACE})
"""What every form of a package has."""
_STATED: Mapping[Facts, Callable[[Element], object]] = {
    Facts.NAME: lambda each: each.name,
    Facts.VERSION: lambda each: each.version,
    Facts.NAMESPACE: lambda each: each.namespace,
    Facts.PURL: lambda each: each.purl,
    Facts.PURL_COMMENT: lambda each: each.purl_comment,
    Facts.DIGESTS: lambda each: each.digests,
    Facts.SUPPLIER: lambda each: each.supplier,
    Facts.ORIGINATOR: lambda each: each.originator,
    Facts.LICENCE: lambda each: each.licence,
    Facts.CONCLUDED: lambda each: each.licence_concluded,
    Facts.FOUND: lambda each: each.licences_found,
    Facts.COPYRIGHT: lambda each: each.copyright,
    Facts.CPES: lambda each: each.cpes,
    Facts.HOMEPAGE: lambda each: each.homepage,
    Facts.DOWNLOAD: lambda each: each.download,
    Facts.SUMMARY: lambda each: each.summary,
    Facts.DESCRIPTION: lambda each: each.description,
    Facts.COMMENT: lambda each: each.comment,
    Facts.ORIGIN: lambda each: each.origin,
    Facts.EVIDENCE: lambda each: each.evidence,
    Facts.REFERENCES: lambda each: each.references,
}
_PROPERTIES = "properties of packages"
_KINDS: Mapping[Kind, str] = {
    "image": "images",
    "index": "indexes",
    "manifest": "manifests",
    "attestation": "attestations",
    "layer": "layers",
    "system": "operating systems",
    "file": "files",
    "source": "sources",
    "archive": "archives",
    "device": "devices",
    "firmware": "firmware",
    "install": "installers",
    "data": "data",
    "other": "other elements",
}
"""Elements that are no packages."""


def fact(element: Element, name: str) -> str:
    """The value of our property `name`, the first where it repeats; empty where it is not."""
    wanted = PREFIX + name
    return next((value for key, value in element.properties if key == wanted), "")


@dataclass(frozen=True, slots=True)
class Places:
    """What a form has a place for."""

    facts: frozenset[Facts] = NAMES
    """Of packages."""
    properties: frozenset[str] = frozenset()
    """Of packages, by their names without our prefix."""
    kinds: frozenset[Kind] = frozenset()
    """Elements that are no packages."""
    around: frozenset[str] = frozenset()
    """Of the document, as `_around` calls them."""
    relations: Callable[[Relation], bool] = lambda _relation: False


def lost_facts(bill: Bill, places: Places, more: Iterable[Lost] = ()) -> tuple[Lost, ...]:
    """What `bill` states that has no place, each member once with the number of times; sorted.

    `more` is what the caller counted; what occurs no times is left out.
    """
    counts: Counter[str] = Counter({each.what: each.count for each in more})
    left = [(words, read) for words, read in _STATED.items() if words not in places.facts]
    kept = {PREFIX + name for name in places.properties}
    for package in bill.packages:
        counts.update(words.value for words, read in left if read(package))
        counts[_PROPERTIES] += any(name not in kept for name, _ in package.properties)
    counts.update(
        _KINDS[element.kind]
        for element in bill.elements
        if not element.is_package and element.kind not in places.kinds
    )
    counts.update(
        f"relations: {each.kind}" for each in bill.relations if not places.relations(each)
    )
    counts.update({what: n for what, n in _around(bill) if what not in places.around})
    return tuple(Lost(what, count) for what, count in sorted(counts.items()) if count)


def _around(bill: Bill) -> Iterator[tuple[str, int]]:
    """Members of the document itself that say something."""
    yield "name of the document", bool(bill.name)
    yield "creation time", bool(bill.created)
    yield "creators", len(bill.creators)
    yield "comment on the document", bool(bill.comment)
    yield "texts of licences", len(bill.licence_texts)
    yield "how complete the list is", len(bill.completeness)
    yield "remarks", len(bill.remarks)
    yield "references to other documents", len(bill.external)
    yield "phase of the life cycle", bool(bill.lifecycle)
