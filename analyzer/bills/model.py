"""A bill of materials as values: what every document is written from, and read into.

The common ground of SPDX 2 and CycloneDX. Words of relations are SPDX's (spdx-spec v2.3, 11.1),
kinds of elements are those of both (SPDX 7.24, CycloneDX `component.type`) under one name each.
All texts are printable; those made to have lines (comments, descriptions, copyrights, origins,
remarks, values of properties and the texts of licences) may hold line ends and tabs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal[
    "image",
    "index",
    "manifest",
    "attestation",
    "layer",
    "system",
    "package",
    "library",
    "application",
    "framework",
    "platform",
    "file",
    "source",
    "archive",
    "device",
    "firmware",
    "install",
    "data",
    "other",
]
"""`image`: a container image of one platform; `index`, `manifest`, `attestation`, `layer`: parts
of images; `system`: an operating system; `package`: installed software of which its document says
no more than that; the rest as SPDX and CycloneDX have them."""
PACKAGES = frozenset({"package", "library", "application", "framework", "platform"})
"""The kinds that are software installed in an image."""

Aggregate = Literal["complete", "incomplete", "unknown"]
"""How much of something a document lists (CycloneDX 1.6, `compositions.aggregate`)."""


@dataclass(frozen=True, slots=True, order=True)
class Party:
    """Who made, supplies or describes something; `kind` is unknown to CycloneDX (then empty)."""

    name: str
    mail: str = ""
    kind: Literal["organization", "person", "tool", ""] = "organization"
    version: str = ""
    """Of a tool."""


@dataclass(frozen=True, slots=True, order=True)
class Evidence:
    """What shows that an element is there."""

    path: str
    """In the root filesystem."""
    layer: str = ""
    """The digest of the layer that has this version of the file, else its diff ID."""
    inside: str = ""
    """Where in the file, if that is an archive."""
    method: str = ""
    """One of `packages.contract.Method`, or a technique of CycloneDX's."""
    confidence: float | None = None
    """From 0 to 1."""
    text: str = ""
    """What was read there."""
    by: str = ""
    """Which cataloger read it."""


@dataclass(frozen=True, slots=True, order=True)
class Reference:
    """A pointer to somewhere else that has no member of its own (SPDX 2.3, 7.21)."""

    category: str
    """`SECURITY`, `PACKAGE-MANAGER`, `PERSISTENT-ID` or `OTHER`; of CycloneDX always `OTHER`."""
    type: str
    locator: str
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Element:
    """One thing that a bill lists. Empty means: nothing is stated."""

    ref: str
    """Names it within its bill: of `[A-Za-z0-9.-]` where we made it; where it was read, the
    SPDXID or `bom-ref` as it stands there, which may be missing or repeat."""
    kind: Kind
    name: str
    version: str = ""
    namespace: str = ""
    """CycloneDX's `group`: npm's scope, Maven's group."""
    purl: str = ""
    purl_comment: str = ""
    digests: tuple[str, ...] = ()
    """`<algorithm>:<hex>`, algorithms as hashlib names them (`sha1`, `sha256`, `sha3_256`,
    `blake2b_256`), of the element's own bytes."""
    supplier: Party | None = None
    originator: Party | None = None
    licence: str = ""
    """Declared, as an SPDX expression; every LicenseRef in it stands in `Bill.licence_texts`."""
    licence_concluded: str = ""
    licences_found: tuple[str, ...] = ()
    """What the package itself states, word for word."""
    copyright: str = ""
    cpes: tuple[str, ...] = ()
    homepage: str = ""
    download: str = ""
    summary: str = ""
    description: str = ""
    comment: str = ""
    origin: str = ""
    """In words: where it was found and what it was built from (SPDX 2.3, 7.12)."""
    evidence: tuple[Evidence, ...] = ()
    references: tuple[Reference, ...] = ()
    properties: tuple[tuple[str, str], ...] = ()
    """Named facts for which the formats have no member: `ociscope:layer:digest`; sorted."""

    @property
    def full_name(self) -> str:
        """As its ecosystem writes it, for forms that have no member for the namespace."""
        between = ":" if self.purl.startswith("pkg:maven/") else "/"
        return f"{self.namespace}{between}{self.name}" if self.namespace else self.name

    @property
    def is_package(self) -> bool:
        """Whether it is software installed in an image."""
        return self.kind in PACKAGES


@dataclass(frozen=True, slots=True, order=True)
class Relation:
    """`one` `kind` `other`, read aloud as it stands: `a CONTAINS b`.

    Directions are normalised where SPDX has a word for each: ANCESTOR_OF, CONTAINED_BY,
    DEPENDENCY_OF, DESCRIBED_BY, GENERATES and PREREQUISITE_FOR never occur, their opposites do;
    and an index is a VARIANT_OF its images. `other` may be NONE or NOASSERTION where it was read.
    """

    one: str
    kind: str
    other: str
    comment: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Completeness:
    """How much of one part of an image the bill lists."""

    about: str
    """`image`, or the package URL type of an ecosystem."""
    aggregate: Aggregate
    words: str
    refs: tuple[str, ...] = ()
    """The elements that this is about, sorted."""


@dataclass(frozen=True, slots=True, order=True)
class Remark:
    """Something a reader has to know about an element, or about the bill (empty `ref`)."""

    ref: str
    words: str


@dataclass(frozen=True, slots=True, order=True)
class ExternalDocument:
    """Another document that this one refers to (SPDX 2.3, 6.6)."""

    ref: str
    """`DocumentRef-...`"""
    uri: str
    """Its namespace, or `urn:uuid:` serial number."""
    digests: tuple[str, ...] = ()
    about: str = ""
    """The `ref` of the element here that it describes; empty where nobody says."""


@dataclass(frozen=True, slots=True, order=True)
class Bound:
    """A subject of the in-toto statement that a document came in."""

    name: str
    digests: tuple[str, ...]
    """`<algorithm>:<hex>`"""


@dataclass(frozen=True, slots=True, order=True)
class Lost:
    """Something in a document that a bill or a target format has no place for."""

    what: str
    """A member as a path (`packages[].copyrightText`), or words."""
    count: int = 1


@dataclass(frozen=True, slots=True)
class Bill:
    """What one document says."""

    name: str
    subjects: tuple[str, ...]
    """The `ref` of what it describes as a whole."""
    elements: tuple[Element, ...]
    """With the subjects."""
    relations: tuple[Relation, ...] = ()
    created: str = ""
    """`YYYY-MM-DDThh:mm:ssZ`; as it stands where it was read."""
    creators: tuple[Party, ...] = ()
    comment: str = ""
    licence_texts: tuple[tuple[str, str], ...] = ()
    """Each LicenseRef and the text it stands for, sorted."""
    completeness: tuple[Completeness, ...] = ()
    remarks: tuple[Remark, ...] = ()
    external: tuple[ExternalDocument, ...] = ()
    lifecycle: str = ""
    """When in a product's life it was made (CycloneDX `lifecycles.phase`): `post-build`."""
    # Of a document that was read:
    form: str = ""
    """`SPDX 2.3 (JSON)`, `CycloneDX 1.6 (XML)`; empty for bills that we make."""
    identifier: str = ""
    """Its namespace or serial number."""
    bound: tuple[Bound, ...] = ()
    lost: tuple[Lost, ...] = field(default=())
    """What was in the document and is not here, sorted."""

    @property
    def packages(self) -> tuple[Element, ...]:
        """The software installed in the image."""
        return tuple(element for element in self.elements if element.is_package)
