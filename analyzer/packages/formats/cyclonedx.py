"""Packages in CycloneDX documents as JSON, https://cyclonedx.org/docs/1.6/json/."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from analyzer.packages.formats.claims import Claim, cpe_names
from analyzer.packages.formats.jsonfile import mapping, sequence, word, words

_SOFTWARE = frozenset({"application", "framework", "library", "platform"})
"""Types of components that are packages; files, containers and systems are not."""
_ALGORITHM = re.compile(r"SHA-(?:1|256|384|512)|MD5")


def is_cyclonedx(document: Mapping[str, object]) -> bool:
    """Whether a JSON object is a CycloneDX document."""
    return document.get("bomFormat") == "CycloneDX"


def from_json(document: Mapping[str, object]) -> Iterator[Claim]:
    """The components, however deep inside others, and the one that the document is about."""
    needs = {
        word(mapping(entry).get("ref")): tuple(words(mapping(entry).get("dependsOn")))
        for entry in sequence(document.get("dependencies"))
    }
    about = mapping(mapping(document.get("metadata")).get("component"))
    # Often no more than a title for the document.
    subject = [about] if word(about.get("version")) or word(about.get("purl")) else []
    waiting = [*subject, *sequence(document.get("components"))][::-1]
    while waiting:
        component = mapping(waiting.pop())
        waiting += sequence(component.get("components"))[::-1]
        if component.get("type") in _SOFTWARE and component.get("scope") != "excluded":
            yield _claim(component, needs)


def _claim(component: Mapping[str, object], needs: Mapping[str, tuple[str, ...]]) -> Claim:
    ref = word(component.get("bom-ref"))
    hashes = [mapping(item) for item in sequence(component.get("hashes"))]
    links = [mapping(item) for item in sequence(component.get("externalReferences"))]
    sites = [word(link.get("url")) for link in links if link.get("type") == "website"]
    supplier = word(mapping(component.get("supplier")).get("name")) or word(
        component.get("publisher")
    )
    people = [mapping(item) for item in sequence(component.get("authors"))]  # since 1.6
    author = ", ".join(filter(None, (word(each.get("name")) for each in people)))
    author = author or word(component.get("author"))
    return Claim(
        ref=ref,
        name=word(component.get("name")),
        version=word(component.get("version")),
        namespace=word(component.get("group")),
        purl=word(component.get("purl")),
        licences=tuple(filter(None, map(_licence, sequence(component.get("licenses"))))),
        supplier=supplier,
        originator=author if supplier and supplier != author else "",
        cpes=cpe_names([word(component.get("cpe"))]),
        homepage=next(iter(sites), ""),
        digests=tuple(
            f"{word(item.get('alg')).replace('-', '').lower()}:{word(item.get('content')).lower()}"
            for item in hashes
            if _ALGORITHM.fullmatch(word(item.get("alg"))) and word(item.get("content"))
        ),
        needs=needs.get(ref, ()),
    )


def _licence(choice: object) -> str:
    """An expression, or one licence by its ID or name."""
    licence = mapping(mapping(choice).get("license"))
    return (
        word(mapping(choice).get("expression"))
        or word(licence.get("id"))
        or word(licence.get("name"))
    )
