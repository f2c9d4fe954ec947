"""An SBOM of any kind that we know, to what it says of packages; `analyzer/bills` reads it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from analyzer.errors import LimitExceeded
from analyzer.limits import Limits
from analyzer.packages.formats.claims import Claim, cpe_names

if TYPE_CHECKING:
    from analyzer.bills.model import Bill, Element, Party

MOST = 32 << 20
"""Bytes of one document; the largest seen, of a whole distribution, has ten million."""
_SOFTWARE = frozenset({"application", "framework", "library", "package", "platform"})
_SPDX_SOFTWARE = _SOFTWARE | {"archive", "firmware", "install", "other"}
"""Without files, containers, systems and what something was built from."""
_DIGEST = re.compile(r"(?:sha(?:1|224|256|384|512)|md5):.*")
_BLANK = 4096
_EXCLUDED = ("cyclonedx:scope", "excluded")


class NotRead(ValueError):
    """An SBOM of a kind that exists and is not read here."""


class NotCycloneDX(ValueError):
    """An SBOM of another kind."""


def read(data: bytes) -> list[Claim]:
    """The packages of a document; none of an empty file.

    Raises:
        NotRead: it is of a kind or version that is not read.
        ValueError: it is of no kind that we know, or damaged.
    """
    return list(_claims(_bill(data))) if bytes(data[:_BLANK]).strip() else []


def read_cyclonedx(data: bytes) -> list[Claim]:
    """The packages of a document that has to be CycloneDX.

    Raises:
        NotCycloneDX: it is another.
        ValueError: it is of no kind that we know, or damaged.
    """
    bill = _bill(data)
    if not _is_cyclonedx(bill):
        raise NotCycloneDX(bill.form)
    return list(_claims(bill))


def _bill(data: bytes) -> Bill:
    from analyzer.bills import read  # late: most images have no such document

    try:
        return read.read_bill(data, Limits(sbom_bytes=MOST))
    except read.NotRead as fault:
        raise NotRead(str(fault)) from fault
    except LimitExceeded as fault:
        raise ValueError(fault.message) from fault


def _is_cyclonedx(bill: Bill) -> bool:
    return bill.form.startswith("CycloneDX")


def _claims(bill: Bill) -> Iterator[Claim]:
    """What is software; the subject of CycloneDX is often no more than a title."""
    needs = _needs(bill)
    kinds = _SOFTWARE if _is_cyclonedx(bill) else _SPDX_SOFTWARE
    subjects = len(bill.subjects) if _is_cyclonedx(bill) else 0  # they come first
    for place, element in enumerate(bill.elements):
        title = place < subjects and not element.version + element.purl
        if element.kind in kinds and not title and _EXCLUDED not in element.properties:
            alone = not _is_cyclonedx(bill)
            yield _claim(element, needs.get(element.ref, ()), alone=alone)


def _claim(element: Element, needs: tuple[str, ...], *, alone: bool) -> Claim:
    """`alone`: whether an originator stands for a supplier that is not named."""
    supplier, originator = _agent(element.supplier), _agent(element.originator)
    stated = element.licence or element.licence_concluded
    return Claim(
        ref=element.ref,
        name=element.name,
        version=element.version,
        namespace=element.namespace,
        purl=element.purl,
        licences=element.licences_found or ((stated,) if stated else ()),
        supplier=supplier or (originator if alone else ""),
        originator=originator if supplier and supplier != originator else "",
        cpes=cpe_names(element.cpes),
        homepage=element.homepage,
        digests=tuple(each for each in element.digests if _DIGEST.fullmatch(each)),
        needs=needs,
    )


def _agent(party: Party | None) -> str:
    if party is None:
        return ""
    return f"{party.name} ({party.mail})" if party.mail else party.name


def _needs(bill: Bill) -> Mapping[str, tuple[str, ...]]:
    """What depends on what; the other fifty kinds of relationship say less."""
    needs: dict[str, dict[str, None]] = defaultdict(dict)
    for relation in bill.relations:
        if relation.kind == "DEPENDS_ON":
            needs[relation.one][relation.other] = None
    return {ref: tuple(refs) for ref, refs in needs.items()}
