"""A bill as SPDX 3.0.1, in JSON-LD, through the SPDX project's own bindings of its model.

Some of what SPDX 2.3 keeps as text, such as completeness, has members here. Identifiers are made
of the document's namespace and what SPDX 2.3 would call the element, so they are always the same.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from spdx_python_model import v3_0_1 as spdx

from analyzer.bills.members import prose
from analyzer.bills.model import Bill, Lost, Party
from analyzer.canonical import json_bytes
from analyzer.sbom import spdx3words as words
from analyzer.sbom.created import UNKNOWN_TIME, utc_seconds
from analyzer.sbom.ids import document_namespace, fingerprint
from analyzer.sbom.spdx3elements import NIL, Things, iri, licence_ref, make
from analyzer.sbom.spdxids import DOCUMENT, NO_ELEMENT, with_spdx_ids
from analyzer.sbom.spdxlicences import Expressions
from analyzer.sbom.spdxrest import Losses, Notes
from analyzer.sbom.spdxvalues import line, sha1_of
from analyzer.version import __version__

_SBOM = "Sbom"
_OURS = Party("ociscope", kind="tool", version=__version__)
_LICENCE_REF = re.compile(r"LicenseRef-[A-Za-z0-9.-]+")
_PROFILES = ("core", "software", "simpleLicensing")
_IDENTIFIERS = frozenset(
    {
        "spdxId", "createdBy", "createdUsing", "dataLicense", "element", "from", "originatedBy",
        "rootElement", "subject", "suppliedBy", "to", "value",
    }
)  # fmt: skip
"""The members whose values are identifiers of elements."""
_Link = tuple[str, str, str, str]
"""An element, the relation, its scope, and a comment."""


def spdx3_json(bill: Bill) -> bytes:
    """`bill` as SPDX 3.0.1 JSON-LD."""
    data = _Builder(bill, Losses()).data()
    namespace = document_namespace(json_bytes(data))
    return json_bytes(_named(data, namespace))


def lost_in_spdx3(bill: Bill) -> tuple[Lost, ...]:
    """What of `bill` SPDX 3.0.1 has no member for, or holds only as text; sorted."""
    losses = Losses()
    _Builder(bill, losses).data()
    return losses.told()


def _named(value: Any, namespace: str, member: str = "") -> Any:  # noqa: ANN401 (JSON)
    """`value` with the namespace in its identifiers; texts are left alone."""
    if isinstance(value, dict):
        return {name: _named(each, namespace, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_named(each, namespace, member) for each in value]
    ours = isinstance(value, str) and value.startswith(f"{NIL}#") and member in _IDENTIFIERS
    return f"{namespace}{value[len(NIL) :]}" if ours else value


class _Builder:
    """Makes the objects of one document."""

    def __init__(self, bill: Bill, losses: Losses) -> None:
        self._bill = with_spdx_ids(bill, losses)
        self._losses = losses
        self._things = Things(losses)
        self._expressions = Expressions(self._bill.licence_texts, losses)
        self._external = {each.ref: each for each in self._bill.external}
        self._outside = {(ref, DOCUMENT) for ref in self._external}
        self._known = {each.ref for each in self._bill.elements}
        subjects = [ref for ref in self._bill.subjects if ref in self._known]
        self._roots = subjects or [each.ref for each in self._bill.elements]
        self._completeness = {
            each.refs[0]: words.AGGREGATES[each.aggregate]
            for each in self._bill.completeness
            if each.refs and list(each.refs) == self._roots
        }

    def data(self) -> Any:  # noqa: ANN401 (JSON)
        """The document as JSON values, under the namespace that stands for one."""
        things = self._things
        things.info = info = self._creation_info()
        members = [
            *(
                things.element(each, described=each.ref in self._roots)
                for each in self._bill.elements
            ),
            *self._relationships(),
            *self._licences(),
            *self._annotations(),
        ]
        members += [self._sbom(), *things.agents]
        document = self._document(sorted(str(each.spdxId) for each in members))
        objects = spdx.SHACLObjectSet([info, document, *members])
        return spdx.JSONLDSerializer().serialize_data(objects, force_at_graph=True)

    def _creation_info(self) -> Any:  # noqa: ANN401 (theirs)
        """Core/Classes/CreationInfo: somebody has made it, with tools."""
        info = spdx.CreationInfo(specVersion="3.0.1")
        self._things.info = info
        stated = utc_seconds(self._bill.created)
        info.created = datetime.fromisoformat(stated or UNKNOWN_TIME)
        if stated != self._bill.created:
            words_ = line(self._bill.created)
            notes = Notes(self._losses)
            notes.add("time of creation", f"Time of creation as it was stated: {words_ or 'none'}")
            info.comment = str(notes.with_comment(""))
        creators = list(dict.fromkeys(self._bill.creators)) or [_OURS]
        tools = [party for party in creators if party.kind == "tool"]
        others = [party for party in creators if party.kind != "tool"]
        made = [self._things.agent(party) for party in others or tools]
        info.createdBy = [each for each in made if each] or [str(self._things.agent(_OURS))]
        info.createdUsing = [self._things.tool(party) for party in tools]
        return info

    def _sbom(self) -> Any:  # noqa: ANN401 (theirs)
        sbom = spdx.software_Sbom(spdxId=iri(_SBOM), creationInfo=self._things.info)
        sbom.rootElement = [iri(ref) for ref in self._roots]
        sbom.element = [iri(each.ref) for each in self._bill.elements]
        if self._bill.lifecycle == "post-build":
            sbom.software_sbomType = [spdx.software_SbomType.analyzed]
        elif self._bill.lifecycle:
            self._losses.add("lifecycle")
        return sbom

    def _document(self, members: list[str]) -> Any:  # noqa: ANN401 (theirs)
        document = make(
            spdx.SpdxDocument,
            spdxId=iri(DOCUMENT),
            creationInfo=self._things.info,
            comment=prose(self._bill.comment).strip(),
        )
        document.name = line(self._bill.name) or "unnamed"
        document.rootElement = [iri(_SBOM)]
        document.element = members
        document.profileConformance = [
            getattr(spdx.ProfileIdentifierType, profile) for profile in _PROFILES
        ]
        document.import_ = [*self._imports()]
        return document

    def _imports(self) -> Iterator[Any]:
        """Core/Classes/ExternalMap: other documents, by the name that SPDX 2.3 has for them."""
        for external, element in sorted(self._outside):
            sum_ = sha1_of(self._external[external].digests)
            sha1 = spdx.Hash(algorithm=spdx.HashAlgorithm.sha1, hashValue=sum_)
            uri = f"{self._external[external].uri}#{element}"
            yield spdx.ExternalMap(externalSpdxId=uri, verifiedUsing=[sha1])

    def _target(self, ref: str) -> str:
        """The identifier of what a relation leads to, also in another document."""
        if ref in NO_ELEMENT:
            individual = spdx.IndividualElement
            return str(individual.NoneElement if ref == "NONE" else individual.NoAssertionElement)
        document, colon, element = ref.partition(":")
        if not colon:
            return iri(ref)
        self._outside.add((document, element))
        return f"{self._external[document].uri}#{element}"

    def _links(self) -> Iterator[tuple[_Link, str]]:
        for each in self._bill.relations:
            word, turned, scope = words.RELATIONS.get(each.kind, ("other", False, ""))
            comment = prose(each.comment)
            if each.kind not in words.RELATIONS and each.kind != "OTHER":
                self._losses.add("relations that SPDX has no word for (kept as other)")
                comment = f"{line(each.kind)}: {comment}" if comment else line(each.kind)
            one, other = self._target(each.one), self._target(each.other)
            if turned and each.other not in NO_ELEMENT:
                one, other = other, one
            yield (one, word, scope, comment), other
        for external in self._bill.external:
            if external.about:
                whole = self._target(f"{external.ref}:{DOCUMENT}")
                yield (whole, "describes", "", ""), self._target(external.about)

    def _relationships(self) -> Iterator[Any]:
        """One for all elements that another has the same relation to."""
        groups: dict[_Link, set[str]] = defaultdict(set)
        for link, other in self._links():
            groups[link].add(other)
        wholes = {iri(ref): word for ref, word in self._completeness.items()}
        for link, others in sorted(groups.items()):
            one, word, scope, comment = link
            made = self._relationship(link, one, word, sorted(others), scope)
            if comment:
                made.comment = comment
            if word == "contains" and one in wholes:
                made.completeness = getattr(spdx.RelationshipCompleteness, wholes[one])
            yield made

    def _relationship(
        self, facts: object, one: str, word: str, others: list[str], scope: str = ""
    ) -> Any:  # noqa: ANN401 (theirs)
        kind = spdx.LifecycleScopedRelationship if scope else spdx.Relationship
        made: Any = kind(
            spdxId=iri(f"Relationship-{fingerprint(facts)}"), creationInfo=self._things.info
        )
        made.from_ = one
        made.to = others
        made.relationshipType = getattr(spdx.RelationshipType, word)
        if scope:
            made.scope = getattr(spdx.LifecycleScopeType, scope)
        return made

    def _licences(self) -> Iterator[Any]:
        """SimpleLicensing: an element for each expression, and who declares or concludes it."""
        users: dict[tuple[str, str], list[str]] = defaultdict(list)
        for element in self._bill.elements:
            for word, stated in (
                ("hasDeclaredLicense", element.licence),
                ("hasConcludedLicense", element.licence_concluded),
            ):
                expression = str(self._expressions.parse(stated))
                if expression != "NOASSERTION":
                    users[word, expression].append(iri(element.ref))
        texts = {str(info.license_id): info.extracted_text for info in self._expressions.texts}
        for expression in sorted({expression for _, expression in users} - {"NONE"}):
            yield self._expression(expression)
        for name, text in sorted(texts.items()):
            yield make(
                spdx.simplelicensing_SimpleLicensingText,
                spdxId=iri(name),
                creationInfo=self._things.info,
                simplelicensing_licenseText=text,
            )
        for (word, expression), refs in sorted(users.items()):
            none = str(spdx.expandedlicensing_IndividualLicensingInfo.NoneLicense)
            target = none if expression == "NONE" else iri(licence_ref(expression))
            for one in refs:
                yield self._relationship([one, word, expression], one, word, [target])

    def _expression(self, expression: str) -> Any:  # noqa: ANN401 (theirs)
        made = spdx.simplelicensing_LicenseExpression(
            spdxId=iri(licence_ref(expression)), creationInfo=self._things.info
        )
        made.simplelicensing_licenseExpression = expression
        made.simplelicensing_customIdToUri = [
            spdx.DictionaryEntry(key=name, value=iri(name))
            for name in sorted(set(_LICENCE_REF.findall(expression)))
        ]
        return made

    def _annotations(self) -> Iterator[Any]:
        """What has no member: remarks, completeness of ecosystems, properties."""
        for ref, said in sorted(set(self._remarks())):
            made = spdx.Annotation(
                spdxId=iri(f"Annotation-{fingerprint([ref, said])}"),
                creationInfo=self._things.info,
            )
            made.annotationType = spdx.AnnotationType.other
            made.subject = iri(ref)
            made.statement = said or "(no words)"
            yield made

    def _remarks(self) -> Iterator[tuple[str, str]]:
        for remark in self._bill.remarks:
            yield remark.ref if remark.ref in self._known else DOCUMENT, prose(remark.words)
        for each in self._bill.completeness:
            ref = each.refs[0] if list(each.refs) == self._roots else DOCUMENT
            said = f"Completeness of {each.about}: {each.aggregate}"
            yield ref, prose(f"{said}; {each.words}" if each.words else said)
            if ref == DOCUMENT:
                self._losses.add(
                    "elements that a statement of completeness is about", len(each.refs)
                )
        for element in self._bill.elements:
            if element.properties:
                self._losses.add("properties (kept as annotations)", len(element.properties))
                facts = (line(f"{name}: {value}") for name, value in element.properties)
                yield element.ref, "\n".join(facts)
