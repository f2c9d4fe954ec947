"""CycloneDX documents in the shape that they have as JSON, to bills.

https://cyclonedx.org/docs/1.7/json/ and the versions before it. XML is brought into this shape
first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from analyzer.bills import cyclonedxparts as parts
from analyzer.bills import owndialect
from analyzer.bills.facts import image_kind
from analyzer.bills.members import Json, Members, Rest
from analyzer.bills.model import (
    Aggregate,
    Bill,
    Completeness,
    Element,
    ExternalDocument,
    Kind,
    Party,
    Relation,
    Remark,
)
from analyzer.bills.places import Pairs

_KINDS: dict[str, Kind] = {
    "application": "application",
    "container": "image",
    "data": "data",
    "device": "device",
    "device-driver": "device",
    "file": "file",
    "firmware": "firmware",
    "framework": "framework",
    "library": "library",
    "operating-system": "system",
    "platform": "platform",
}
_AGGREGATES: dict[str, Aggregate] = {"complete": "complete", "not_specified": "unknown"}


def is_cyclonedx(document: Json) -> bool:
    """Whether a JSON object is a CycloneDX document."""
    return document.get("bomFormat") == "CycloneDX"


def read(document: Json, rest: Rest, depth: int) -> Bill:
    """The bill that a document is; its members are taken out of `document`.

    Raises:
        LimitExceeded: components are inside each other more than `depth` times.
    """
    root = Members(document, "", rest)
    root.ignore("$schema", "bomFormat", "specVersion", "version")
    metadata = root.one("metadata")
    tree = parts.Tree(depth)
    subject = metadata.one("component")
    about = [tree.read(subject, _element)] if subject else []
    own, named = owndialect.divided(parts.properties(metadata))
    if about:
        about[0] = _about(about[0], metadata, named)
        tree.elements[0] = about[0]
    elif named:
        metadata.give_up("properties[]", len(named))
    for component in root.each("components"):
        tree.read(component, _element)
    elements = tuple(tree.elements)
    external = (*tree.external, *_documents(root))
    bill = Bill(
        name=" ".join(filter(None, (about[0].name, about[0].version))) if about else "",
        subjects=tuple(each.ref for each in about),
        elements=elements,
        relations=(*tree.relations, *_dependencies(root)),
        created=metadata.word("timestamp"),
        creators=tuple(_creators(metadata)),
        licence_texts=tuple(sorted(dict(tree.licence_texts).items())),
        completeness=tuple(_completeness(root, elements, about)),
        remarks=tuple(_remarks(root)),
        external=external,
        lifecycle=_lifecycle(metadata),
        identifier=root.word("serialNumber"),
    )
    return owndialect.of_document(bill, own)


def _element(component: Members, tree: parts.Tree) -> Element:
    """One component, without those inside it."""
    purl = component.word("purl")
    stated = component.one("evidence")
    if component.flag("modified"):
        component.give_up("modified")
    licences = parts.licences(component)
    tree.licence_texts += licences.texts
    supplier, originator = parts.makers(component)
    web = parts.references(component)
    ref = component.word("bom-ref")
    tree.external += (replace(each, about=ref) for each in web.documents)
    evidence, properties = parts.evidence(component, stated)
    cpes, properties = parts.cpes(component, properties)
    element = Element(
        ref=ref,
        kind=_kind(component, purl),
        name=component.word("name"),
        version=component.word("version"),
        namespace=component.word("group"),
        purl=purl,
        digests=parts.digests(component),
        supplier=supplier,
        originator=originator,
        licence=licences.declared,
        licence_concluded=licences.concluded,
        licences_found=licences.found,
        copyright=component.prose("copyright"),
        cpes=cpes,
        homepage=web.homepage,
        download=web.download,
        description=component.prose("description"),
        evidence=evidence,
        references=web.rest,
        properties=properties,
    )
    element, held = owndialect.restored(element)
    tree.relations += held
    return element


def _documents(root: Members) -> Iterator[ExternalDocument]:
    """Other documents that this one refers to; what else it refers to has no place."""
    for entry in root.each("externalReferences"):
        kind = entry.word("type")
        if kind == "bom":
            yield ExternalDocument("", entry.word("url"), parts.digests(entry))
        else:
            entry.give_up(f"type = {kind}")


def _kind(component: Members, purl: str) -> Kind:
    stated = component.word("type")
    kind = _KINDS.get(stated)
    if kind is None or stated == "device-driver":
        component.give_up(f"type = {stated}")
    return (kind == "image" and image_kind(purl)) or kind or "other"


def _about(subject: Element, metadata: Members, named: Pairs) -> Element:
    """The subject with what the metadata says of it rather than of the document (1.6)."""
    supplier = parts.organization(metadata.one("supplier"))
    maker = parts.organization(metadata.one("manufacture"))
    return replace(
        subject,
        supplier=subject.supplier or supplier,
        originator=subject.originator or maker,
        properties=tuple(sorted({*subject.properties, *named})),
    )


def _creators(metadata: Members) -> Iterator[Party]:
    """Tools as they stood until 1.4 (a list) and since 1.5 (components); people."""
    for tool in (*metadata.each("tools"), *metadata.one("tools").each("components")):
        tool.ignore("type", "bom-ref")
        if name := tool.word("name"):
            yield Party(name, kind="tool", version=tool.word("version"))
    for author in metadata.each("authors"):
        yield from filter(None, [parts.contact(author)])
    yield from filter(None, [parts.organization(metadata.one("manufacturer"))])


def _lifecycle(metadata: Members) -> str:
    phases = [entry.word("phase") for entry in metadata.each("lifecycles")]
    return ", ".join(filter(None, phases))


def _dependencies(root: Members) -> Iterator[Relation]:
    for entry in root.each("dependencies"):
        ref = entry.word("ref")
        for other in entry.words("dependsOn"):
            yield Relation(ref, "DEPENDS_ON", other)
        for other in entry.words("provides"):
            yield Relation(ref, "OTHER", other, "provides")


def _completeness(
    root: Members, elements: tuple[Element, ...], about: list[Element]
) -> Iterator[Completeness]:
    """Compositions; of which part of the image one speaks follows from what it names."""
    types = {each.ref: parts.purl_type(each.purl) for each in elements}
    subjects = {each.ref for each in about}
    for entry in root.each("compositions"):
        entry.ignore("bom-ref")
        stated = entry.word("aggregate")
        groups = {name: entry.words(name) for name in ("assemblies", "dependencies")}
        refs = {ref for group in groups.values() for ref in group}
        named = {types.get(ref, "") for ref in refs - subjects}
        one = next(iter(named)) if len(named) == 1 else ""
        guess: Aggregate = "incomplete" if "incomplete" in stated else "unknown"
        words = [stated] if stated not in {"complete", "incomplete", "unknown"} else []
        words += ["of dependencies"] if groups["dependencies"] and not groups["assemblies"] else []
        yield Completeness(
            about="image" if refs & subjects else one,
            aggregate=_AGGREGATES.get(stated, guess),
            words=", ".join(words),
            refs=tuple(sorted(refs)),
        )


def _remarks(root: Members) -> Iterator[Remark]:
    for entry in root.each("annotations"):
        entry.ignore("bom-ref")
        words = entry.prose("text")
        for ref in entry.words("subjects") or [""]:
            if words:
                yield Remark(ref, words)
