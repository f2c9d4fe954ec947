"""A bill of materials as the parts of a CycloneDX document, before it has a form.

The library's model has no compositions and annotations, and a component of it takes 50 KiB and is
compared with others member by member; so parts that it has are rendered one by one and kept here
in that form, beside those that it has not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Generic, TypeVar

from cyclonedx.model import ExternalReference, Property
from cyclonedx.model.bom import BomMetaData
from cyclonedx.model.bom_ref import BomRef
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.contact import OrganizationalContact, OrganizationalEntity
from cyclonedx.model.dependency import Dependency
from cyclonedx.model.lifecycle import LifecyclePhase, NamedLifecycle, PredefinedLifecycle
from cyclonedx.model.tool import ToolRepository

from analyzer.bills.model import Aggregate, Bill, Completeness, ExternalDocument, Lost, Party
from analyzer.paths import printable
from analyzer.sbom.cdxcomponent import ComponentWriter, contact, entity, external_document
from analyzer.sbom.cdxgraph import Graph, graph
from analyzer.sbom.cdxlicences import LicenceWriter
from analyzer.sbom.cdxtext import LONGEST_VERSION, Losses, lines, time
from analyzer.sbom.created import utc_seconds
from analyzer.sbom.ids import fingerprint

Form = TypeVar("Form")
"""What a component or dependency is rendered to."""

VERSIONS = ("1.5", "1.6", "1.7")

Annotator = Component | OrganizationalEntity | OrganizationalContact


@dataclass(frozen=True, slots=True)
class Composition:
    """How much of some parts is listed."""

    aggregate: Aggregate
    assemblies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Annotation:
    """A remark about one component, or about the whole (no subject)."""

    ref: str
    subjects: tuple[str, ...]
    annotator: Annotator
    timestamp: str
    text: str


@dataclass(frozen=True, slots=True)
class Parts(Generic[Form]):
    """All that a document says, each list in the order that it is written in."""

    created: str
    """Empty where the bill says none that CycloneDX allows."""
    metadata: BomMetaData
    """Without its time: the library would write that in another way than the bill."""
    components: tuple[Form, ...]
    references: tuple[ExternalReference, ...]
    dependencies: tuple[Form, ...]
    compositions: tuple[Composition, ...]
    annotations: tuple[Annotation, ...]
    lost: tuple[Lost, ...]


def take_apart(
    bill: Bill, version: str, render: Callable[[str, Component | Dependency], Form]
) -> Parts[Form]:
    """Take `bill` apart for CycloneDX `version`.

    `render` gives each component and dependency, with the word for it, the form to keep it in.

    An index that lists the image is no part of it; its scope says so (1.6, `excluded`: not there
    at run time). A document is about one thing (`metadata.component`); where a bill is about
    several or none, the document is about none, all are components, and properties
    `ociscope:subject` name them.

    Raises:
        ValueError: no such version, or none that we write.
    """
    if version not in VERSIONS:
        raise ValueError(f"CycloneDX {version} cannot be written, only {', '.join(VERSIONS)}")
    losses = Losses()
    shape = graph(bill, losses)
    licences = LicenceWriter(dict(bill.licence_texts), version, losses)
    writer = ComponentWriter(licences, version, losses)
    documents = _documents(bill, shape)
    subject = None
    components = []
    for ref, element in sorted(zip(shape.refs, bill.elements, strict=True), key=itemgetter(0)):
        made = writer.of(element, ref, shape.held.get(ref, ()), documents.get(ref, ()))
        if ref == shape.root:
            subject = made
        else:
            made.scope = ComponentScope.EXCLUDED if element.kind == "index" else None
            components.append(render("component", made))
    created = time(bill.created) or utc_seconds(bill.created)
    annotations, remarks = _annotations(bill, shape, created)
    properties = [*remarks, *_properties(bill, shape, created, losses)]
    elsewhere = [external_document(each, losses) for each in documents.get("", ())]
    return Parts(
        created=created,
        metadata=_metadata(bill, subject, properties, losses),
        components=tuple(components),
        references=tuple(sorted(each for each in elsewhere if each is not None)),
        dependencies=tuple(render("dependency", each) for each in _dependencies(shape)),
        compositions=tuple(_compositions(bill.completeness, shape)),
        annotations=annotations,
        lost=losses.told(),
    )


def _metadata(
    bill: Bill, subject: Component | None, properties: Iterable[tuple[str, str]], losses: Losses
) -> BomMetaData:
    tools = [_tool(each) for each in bill.creators if each.kind == "tool"]
    authors = [contact(_named(each), losses) for each in bill.creators if each.kind != "tool"]
    metadata = BomMetaData(
        tools=ToolRepository(components=tools),
        authors=authors,
        component=subject,
        lifecycles=[_lifecycle(bill.lifecycle)] if bill.lifecycle else [],
        properties=[Property(name=name, value=lines(value)) for name, value in properties],
    )
    # Where it is given none, the library takes the clock's.
    metadata.timestamp = None  # type: ignore[assignment]
    return metadata


def _named(party: Party) -> Party:
    """An author is a contact; its name is written whatever it is the name of."""
    return Party(party.name, party.mail, "person")


def _tool(party: Party) -> Component:
    version = printable(party.version)[:LONGEST_VERSION]
    return Component(
        name=printable(party.name), version=version or None, type=ComponentType.APPLICATION
    )


def _lifecycle(name: str) -> PredefinedLifecycle | NamedLifecycle:
    known = {each.value: each for each in LifecyclePhase}
    return PredefinedLifecycle(known[name]) if name in known else NamedLifecycle(printable(name))


def _properties(
    bill: Bill, shape: Graph, created: str, losses: Losses
) -> Iterator[tuple[str, str]]:
    """What is said of the document and has no member."""
    yield "ociscope:document:name", bill.name
    if bill.comment:
        yield "ociscope:document:comment", bill.comment
    if bill.created and not created:
        losses.add("time of creation that is none, kept as a property")
        yield "ociscope:created", bill.created
    for each in bill.completeness:
        yield f"ociscope:completeness:{printable(each.about)}", each.words
    if not shape.root:
        for subject in bill.subjects:
            if subject in shape.by_ref:
                yield "ociscope:subject", shape.by_ref[subject]


def _documents(bill: Bill, shape: Graph) -> Mapping[str, list[ExternalDocument]]:
    """Other documents by the component that they describe; empty where that is not known."""
    found: Mapping[str, list[ExternalDocument]] = defaultdict(list)
    for each in bill.external:
        found[shape.by_ref.get(each.about, "")].append(each)
    return found


def _dependencies(shape: Graph) -> Iterator[Dependency]:
    """One entry for every component, since one that is not there may need anything."""
    for ref in sorted(shape.refs):
        needed = (Dependency(BomRef(other)) for other in shape.depends.get(ref, ()))
        yield Dependency(BomRef(ref), needed)


def _compositions(stated: Iterable[Completeness], shape: Graph) -> Iterator[Composition]:
    for each in sorted(stated):
        refs = {shape.by_ref[ref] for ref in each.refs if ref in shape.by_ref}
        if refs:
            yield Composition(each.aggregate, tuple(sorted(refs)))


def _annotations(
    bill: Bill, shape: Graph, created: str
) -> tuple[tuple[Annotation, ...], list[tuple[str, str]]]:
    """The remarks as annotations; as properties where there is no time that they could bear."""
    remarks = sorted(set(bill.remarks))
    if not created:
        return (), [("ociscope:remark", each.words) for each in remarks]
    annotator = _annotator(bill.creators)
    taken = set(shape.refs)
    made = []
    for each in remarks:
        subject = shape.by_ref.get(each.ref, shape.root)
        ref = f"Annotation-{fingerprint([subject, each.words])}"
        while ref in taken:
            ref += "-2"
        taken.add(ref)
        subjects = (subject,) if subject else ()
        made.append(Annotation(ref, subjects, annotator, created, lines(each.words)))
    return tuple(made), []


def _annotator(creators: Iterable[Party]) -> Annotator:
    """Who remarks is who made the bill: its first tool, else its first author."""
    known = sorted(creators, key=lambda party: (party.kind != "tool", party))
    first = next((each for each in known if each.name), Party("unknown"))
    if first.kind == "tool":
        return _tool(first)
    if first.kind == "person":
        return contact(first, Losses())
    return entity(first, Losses()) or OrganizationalEntity(name=first.name)
