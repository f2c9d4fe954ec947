"""Parts of CycloneDX components: licences, makers, references, evidence, components inside."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from analyzer.bills.facts import digest, is_digest
from analyzer.bills.members import Members
from analyzer.bills.model import Element, Evidence, ExternalDocument, Party, Reference, Relation
from analyzer.bills.owndialect import context
from analyzer.bills.places import Pairs, of_syft, of_trivy
from analyzer.limits import exceeded
from analyzer.paths import clean

_PURL_TYPE = re.compile(r"pkg:/*([A-Za-z0-9.+-]+)/")
_REFERENCE = re.compile(r"LicenseRef-[A-Za-z0-9.-]+")
_SYFT_CPE = "syft:cpe23"
SCOPE = "cyclonedx:scope"
"""The property that keeps a component's scope where that is not `required`."""


@dataclass
class Tree:
    """The components of a document, one after the other, and what is inside what."""

    depth: int
    elements: list[Element] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    licence_texts: list[tuple[str, str]] = field(default_factory=list)
    external: list[ExternalDocument] = field(default_factory=list)

    def read(self, component: Members, make: Callable[[Members, Tree], Element]) -> Element:
        """The element that `make` makes of `component`; takes in all that are inside, too.

        Raises:
            LimitExceeded: they are inside each other more than `depth` times.
        """
        first = len(self.elements)
        waiting: list[tuple[Members, str | None, int]] = [(component, None, 1)]
        while waiting:
            each, parent, level = waiting.pop()
            if level > self.depth:
                raise exceeded("sbom_depth", self.depth, level, "")
            element = make(each, self)
            self.elements.append(element)
            if parent is not None:
                self.relations.append(Relation(parent, "CONTAINS", element.ref))
            inner = list(each.each("components"))
            waiting += ((child, element.ref, level + 1) for child in reversed(inner))
        return self.elements[first]


@dataclass(frozen=True, slots=True)
class Licences:
    """What a component says of its licences."""

    declared: str
    concluded: str
    found: tuple[str, ...]
    texts: tuple[tuple[str, str], ...]


def licences(component: Members) -> Licences:
    """Licences declared and concluded, and all that are named.

    A list says neither AND nor OR, so it becomes an expression only where all are SPDX's ids: a
    component that names several licences is used safely under all of them.
    """
    declared: list[str] = []
    concluded: list[str] = []
    found: list[str] = []
    texts: list[tuple[str, str]] = []
    for choice in component.each("licenses"):
        licence = choice.one("license")
        acknowledged = choice.word("acknowledgement") or licence.word("acknowledgement")
        word, known, text = _licence(choice, licence)
        found.append(word)
        texts += [(word, text)] if text else []
        stated = concluded if acknowledged == "concluded" else declared
        stated.append(word if known else "")
    return Licences(
        _all(declared), _all(concluded), tuple(filter(None, dict.fromkeys(found))), tuple(texts)
    )


def _licence(choice: Members, licence: Members) -> tuple[str, bool, str]:
    """One licence, whether it is written as SPDX does, and the text of a LicenseRef."""
    choice.ignore("bom-ref")
    licence.ignore("bom-ref")
    if expression := choice.word("expression"):
        return expression, True, ""
    word = licence.word("id")
    if word:
        return word, True, ""
    word = licence.word("name")
    if not _REFERENCE.fullmatch(word):
        return word, False, ""
    text = licence.one("text")
    if text.peek("contentType") == "text/plain":
        text.ignore("contentType")
    return word, True, "" if "encoding" in text else text.prose("content")


def _all(stated: list[str]) -> str:
    """One expression for all of them; empty where one is none."""
    distinct = list(dict.fromkeys(stated))
    if not all(distinct):
        return ""
    if len(distinct) == 1:
        return distinct[0]
    return " AND ".join(f"({each})" if " OR " in each.upper() else each for each in distinct)


def makers(component: Members) -> tuple[Party | None, Party | None]:
    """Supplier and originator.

    A publisher stands for the supplier where none is named; authors, in any form, for the
    manufacturer (the order in which SPDX tools look for them).
    """
    supplier = organization(component.one("supplier"))
    if supplier is None and (publisher := component.word("publisher")):
        supplier = Party(publisher, kind="")
    maker = organization(component.one("manufacturer"))
    if maker is None:
        people = [each for each in map(contact, component.each("authors")) if each]
        maker = people[0] if len(people) == 1 else None
        if len(people) > 1:
            maker = Party(", ".join(each.name for each in people), kind="")
    if maker is None and (author := component.word("author")):
        maker = Party(author, kind="")
    return supplier, maker


def organization(entity: Members) -> Party | None:
    """An organisation, with the first address of mail of its contacts.

    One whose only contact has its own name is a person: so our documents say it.
    """
    entity.ignore("bom-ref")
    name = entity.word("name")
    if not name:
        return None
    contacts = [*entity.each("contact")]
    mails = list(filter(None, (contact.word("email") for contact in contacts)))
    if len(mails) > 1:
        entity.give_up("contact[].email", len(mails) - 1)
    person = [contact.peek("name").strip() for contact in contacts] == [name]
    if person:
        contacts[0].ignore("name")
    return Party(name, mail=mails[0] if mails else "", kind="person" if person else "")


def contact(person: Members) -> Party | None:
    """A person, who may be an organisation for all that CycloneDX says."""
    person.ignore("bom-ref")
    name, mail = person.word("name"), person.word("email")
    return Party(name or mail, mail=mail if name else "", kind="") if name or mail else None


@dataclass(frozen=True, slots=True)
class Web:
    """Where a component points to."""

    homepage: str
    download: str
    rest: tuple[Reference, ...]
    documents: tuple[ExternalDocument, ...]


def references(component: Members) -> Web:
    """The references to elsewhere; the first website and distribution have a place of their own."""
    pages: dict[str, str] = {"website": "", "distribution": ""}
    rest: list[Reference] = []
    documents: list[ExternalDocument] = []
    for entry in component.each("externalReferences"):
        kind, url, comment = entry.word("type"), entry.word("url"), entry.prose("comment")
        if kind == "bom":
            documents.append(ExternalDocument("", url, digests(entry)))
        elif pages.get(kind) == "":
            pages[kind] = url
            if comment:
                entry.give_up("comment")
        else:
            rest.append(Reference("OTHER", kind, url, comment))
    for name, kind in (("omniborId", "gitoid"), ("swhid", "swh")):
        rest += (Reference("PERSISTENT-ID", kind, each) for each in component.words(name))
    return Web(pages["website"], pages["distribution"], tuple(rest), tuple(documents))


def digests(entry: Members) -> tuple[str, ...]:
    """The hashes of a component or reference."""
    found = (digest(each, "alg", "content") for each in entry.each("hashes"))
    return tuple(dict.fromkeys(each for group in found for each in group))


def purl_type(purl: str) -> str:
    """The type of a package URL; empty where it is none."""
    match = _PURL_TYPE.match(purl)
    return match[1].lower() if match else ""


def properties(entry: Members) -> tuple[tuple[str, str], ...]:
    """Named facts, sorted."""
    pairs = ((each.word("name"), each.prose("value").strip()) for each in entry.each("properties"))
    return tuple(sorted({pair for pair in pairs if pair[0]}))


def cpes(component: Members, named: Pairs) -> tuple[tuple[str, ...], Pairs]:
    """The CPE, with those for which syft has properties of its own; and the other properties."""
    more = [value for name, value in named if name == _SYFT_CPE]
    found = dict.fromkeys(filter(None, (component.word("cpe"), *more)))
    return tuple(found), tuple(pair for pair in named if pair[0] != _SYFT_CPE)


def evidence(component: Members, stated: Members) -> tuple[tuple[Evidence, ...], Pairs]:
    """What shows that a component is there, and the properties that do not speak of that.

    Besides `evidence` these are properties of syft and trivy (`places`).
    """
    named = properties(component)
    if scope := component.word("scope").replace("required", ""):
        named = tuple(sorted({*named, (SCOPE, scope)}))
    methods = list(_methods(stated))
    places = list(_occurrences(stated))
    for read in (of_syft, of_trivy):
        found, named = read(named)
        known = {(place.path, place.layer) for place in places}
        places += (each for each in found if (each.path, each.layer) not in known)
    if len(methods) == 1 and places:
        places = [_with_method(place, methods[0]) for place in places]
    else:
        places += methods
    return tuple(places), named


def _with_method(place: Evidence, method: Evidence) -> Evidence:
    return Evidence(
        path=place.path,
        layer=place.layer,
        inside=place.inside,
        method=method.method,
        confidence=method.confidence,
        text=place.text or method.text,
    )


def _methods(stated: Members) -> Iterator[Evidence]:
    """How a component was identified (one object until 1.5, a list since 1.6)."""
    for identity in (stated.one("identity"), *stated.each("identity")):
        identity.ignore("field")
        confidence = identity.number("confidence")
        techniques = list(identity.each("methods"))
        for each in techniques:
            sure = each.number("confidence")
            yield Evidence(
                "",
                method=each.word("technique"),
                confidence=confidence if sure is None else sure,
                text=each.word("value"),
            )
        if not techniques and confidence is not None:
            yield Evidence("", confidence=confidence)


def _occurrences(stated: Members) -> Iterator[Evidence]:
    """Where it was found; in an archive as Java's class loaders write it, `a.jar!/b.jar`."""
    for each in stated.each("occurrences"):
        each.ignore("bom-ref")
        outer, _, inside = each.word("location").partition("!/")
        words = each.word("additionalContext")
        place = Evidence(clean(outer)[0], inside=inside)
        yield replace(place, layer=words) if is_digest(words) else context(place, words)
