"""Elements of a bill in the model of SPDX 3.0.1: packages, files, agents and licences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from spdx_python_model import v3_0_1 as spdx

from analyzer.bills.members import prose
from analyzer.bills.model import Element, Party
from analyzer.sbom import spdx3words as words
from analyzer.sbom.ids import element_ref, fingerprint
from analyzer.sbom.spdxrest import Losses, Notes
from analyzer.sbom.spdxvalues import evidence_words, is_uri, line, package_url

NIL = "urn:uuid:00000000-0000-0000-0000-000000000000"
"""Stands for the namespace while it is not known."""
_AGENTS = {"person": spdx.Person, "organization": spdx.Organization, "tool": spdx.SoftwareAgent}
_SAYS_NOTHING = frozenset({"", "NOASSERTION", "NONE"})


def iri(ref: str) -> str:
    """The identifier of something in the document."""
    return f"{NIL}#{ref}"


def make(kind: Any, **members: Any) -> Any:  # noqa: ANN401 (theirs)
    """An object with those members that state anything."""
    return kind(**{name: value for name, value in members.items() if value})


class Things:
    """Makes the objects of one document, each agent once."""

    def __init__(self, losses: Losses) -> None:
        self.info: Any = None
        """The CreationInfo that every element points to; it needs agents itself."""
        self._losses = losses
        self._agents: dict[str, Any] = {}

    @property
    def agents(self) -> Iterable[Any]:
        """Everybody who was asked for."""
        return [each for _, each in sorted(self._agents.items())]

    def agent(self, party: Party | None) -> str | None:
        """The identifier of a person, organization or program; None for nobody."""
        name = line(party.name or party.mail) if party else ""
        if party is None or not name:
            return None
        kind = _AGENTS.get(party.kind, spdx.Agent)
        told = "-".join(part for part in (name, line(party.version)) if part)
        ref = element_ref("Agent", (told,), (party.kind, party.mail))
        if ref not in self._agents:
            email = spdx.ExternalIdentifierType.email
            mails = [_identifier(email, line(party.mail))] if line(party.mail) else []
            self._agents[ref] = make(
                kind,
                spdxId=iri(ref),
                name=told,
                creationInfo=self.info,
                externalIdentifier=mails,
            )
        return iri(ref)

    def tool(self, party: Party) -> str:
        """The identifier of a program that was used."""
        told = line("-".join(part for part in (party.name, party.version) if part)) or "unnamed"
        ref = element_ref("Tool", (told,), ())
        self._agents.setdefault(ref, spdx.Tool(spdxId=iri(ref), name=told, creationInfo=self.info))
        return iri(ref)

    def element(self, element: Element, *, described: bool) -> Any:  # noqa: ANN401 (theirs)
        """An element as a package or a file."""
        notes = Notes(self._losses)
        is_file = element.kind == "file"
        silent = element.copyright in _SAYS_NOTHING
        members = {
            "name": line(element.full_name) or "unnamed",
            "software_primaryPurpose": self._purpose(element, described=described),
            "summary": prose(element.summary).strip(),
            "description": prose(element.description).strip(),
            "software_copyrightText": "" if silent else prose(element.copyright).strip(),
            "suppliedBy": self.agent(element.supplier),
            "originatedBy": [each for each in [self.agent(element.originator)] if each],
            "verifiedUsing": [*_hashes(element, notes)],
            "externalIdentifier": [*_identifiers(element)],
            "externalRef": [*_references(element)],
            **self._package_members(element, notes, is_file=is_file),
        }
        return make(
            spdx.software_File if is_file else spdx.software_Package,
            spdxId=iri(element.ref),
            creationInfo=self.info,
            comment=notes.with_comment(prose(element.comment).strip()),
            **members,
        )

    def _purpose(self, element: Element, *, described: bool) -> str | None:
        """An index is the container of its own document only, as in SPDX 2.3."""
        word = words.PURPOSES.get(element.kind)
        if element.kind == "index" and described:
            word = "container"
        return getattr(spdx.software_SoftwarePurpose, word) if word else None

    def _package_members(self, element: Element, notes: Notes, *, is_file: bool) -> dict[str, str]:
        """What only packages have members for; of files it is told in notes."""
        purl = package_url(element)
        members = {
            "software_packageVersion": ("Version", line(element.version), True),
            "software_sourceInfo": ("Found", self._source(element), True),
            "software_homePage": ("Home page", *_address(element.homepage)),
            "software_downloadLocation": ("Download location", *_address(element.download)),
            "software_packageUrl": ("Package URL", line(element.purl), purl is not None),
        }
        for name, value, good in members.values():
            if value and (is_file or not good):
                notes.add(name.lower(), f"{name}: {value}")
        if element.namespace and (purl is None or purl.namespace != element.namespace):
            notes.add("namespaces", f"Namespace: {line(element.namespace)}")
        for found in dict.fromkeys(element.licences_found):
            if found != element.licence:
                notes.add("licences as they were found", f"Licence found: {prose(found)}")
        return {
            member: value for member, (_, value, good) in members.items() if good and not is_file
        }

    def _source(self, element: Element) -> str:
        said = prose(element.origin).strip()
        others = [
            evidence_words(each) for each in element.evidence if not said or each.path not in said
        ]
        self._losses.add("evidence (kept as text)", len(others))
        return "; ".join(part for part in (said, *dict.fromkeys(others)) if part)


def _address(text: str) -> tuple[str, bool]:
    return ("", True) if text in _SAYS_NOTHING else (line(text), is_uri(text))


def _hashes(element: Element, notes: Notes) -> Iterator[Any]:
    for digest in sorted(set(element.digests)):
        name, _, value = digest.partition(":")
        plain = value.isascii() and value.isalnum()
        if name in words.HASHES and plain:
            algorithm = getattr(spdx.HashAlgorithm, words.HASHES[name])
            yield spdx.Hash(algorithm=algorithm, hashValue=value.lower())
        else:
            notes.add("digests of other algorithms", f"Digest: {line(digest)}")


def _identifiers(element: Element) -> Iterator[Any]:
    for cpe in sorted(set(element.cpes)):
        kind = "cpe22" if cpe.lower().startswith("cpe:/") else "cpe23"
        yield _identifier(getattr(spdx.ExternalIdentifierType, kind), line(cpe))
    if element.purl and element.purl_comment and element.kind != "file":
        kind = spdx.ExternalIdentifierType.packageUrl
        yield _identifier(kind, line(element.purl), line(element.purl_comment))
    for each in sorted(set(element.references)):
        if each.type in words.IDENTIFIERS:
            kind = getattr(spdx.ExternalIdentifierType, words.IDENTIFIERS[each.type])
            yield _identifier(kind, line(each.locator), prose(each.comment))


def _identifier(kind: str, identifier: str, comment: str = "") -> Any:  # noqa: ANN401 (theirs)
    return make(
        spdx.ExternalIdentifier,
        externalIdentifierType=kind,
        identifier=identifier or "unknown",
        comment=comment,
    )


def _references(element: Element) -> Iterator[Any]:
    for each in sorted(set(element.references)):
        if each.type in words.IDENTIFIERS:
            continue
        known = words.REFERENCES.get(each.type)
        comment = prose(each.comment) if known else line(f"{each.type} {each.comment}")
        yield make(
            spdx.ExternalRef,
            externalRefType=getattr(spdx.ExternalRefType, known or "other"),
            locator=[line(each.locator)],
            comment=comment,
        )


def licence_ref(expression: str) -> str:
    """What the element of an expression is called."""
    return f"License-{fingerprint(expression)}"
