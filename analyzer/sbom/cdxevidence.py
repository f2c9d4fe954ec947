"""What shows that an element is there, in CycloneDX's terms."""

from __future__ import annotations

from decimal import Decimal

from cyclonedx.model.bom_ref import BomRef
from cyclonedx.model.component_evidence import (
    AnalysisTechnique,
    ComponentEvidence,
    Identity,
    IdentityField,
    Method,
    Occurrence,
)

from analyzer.bills.model import Element, Evidence
from analyzer.paths import printable
from analyzer.sbom.cdxtext import Losses

TECHNIQUES = {
    "database": AnalysisTechnique.MANIFEST_ANALYSIS,
    "metadata": AnalysisTechnique.MANIFEST_ANALYSIS,
    "lock-file": AnalysisTechnique.MANIFEST_ANALYSIS,
    "document": AnalysisTechnique.MANIFEST_ANALYSIS,
    "build-info": AnalysisTechnique.BINARY_ANALYSIS,
    "note": AnalysisTechnique.BINARY_ANALYSIS,
    "version-string": AnalysisTechnique.BINARY_ANALYSIS,
    "file-name": AnalysisTechnique.FILENAME,
    **{each.value: each for each in AnalysisTechnique},
}
"""By `packages.contract.Method`, and by themselves."""
_NAMELESS = BomRef()
"""One for all occurrences: the library sorts them by it first, and two that have no value have no
order unless they are one object."""


def evidence(
    element: Element, version: str, losses: Losses, *, identified: bool
) -> tuple[ComponentEvidence | None, list[tuple[str, str]]]:
    """The evidence of a component, and properties for what this version has no member for.

    One identity, since 1.5 allows no more: of the package URL where it is `identified` by one,
    else of the name, as sure as the surest of its methods. Where a file lies in an archive, its
    location is written `archive!/file`. In which layer it was seen, who read it, and a text
    that no method holds are the context of an occurrence (1.6) or a property `ociscope:evidence`
    that begins with the location.
    """
    if not element.evidence:
        return None, []
    contexts = version != "1.5"
    occurrences = []
    properties = []
    for each in dict.fromkeys(element.evidence):
        location, context = _location(each), _context(each)
        if not location:
            losses.add("evidence without a location")
            continue
        occurrences.append(
            Occurrence(
                bom_ref=_NAMELESS,
                location=location,
                additional_context=context if contexts else None,
            )
        )
        if context and not contexts:
            properties.append(("ociscope:evidence", f"{location}; {context}"))
    methods = [each for each in (_method(each, losses) for each in element.evidence) if each]
    if not methods and not occurrences:
        return None, properties
    identity = _identity(methods, identified=identified) if methods else None
    return ComponentEvidence(identity=identity, occurrences=occurrences), properties


def _identity(methods: list[Method], *, identified: bool) -> Identity:
    return Identity(
        field=IdentityField.PURL if identified else IdentityField.NAME,
        confidence=max(each.confidence for each in methods),
        methods=methods,
    )


def _method(each: Evidence, losses: Losses) -> Method | None:
    """How it was recognised; a method without a confidence is none (1.6, `methods`)."""
    if each.confidence is None or not _sure(each):
        if each.method:
            losses.add("method of evidence without a confidence from 0 to 1")
        return None
    return Method(
        technique=TECHNIQUES.get(each.method, AnalysisTechnique.OTHER),
        # XSD's decimals have no exponent.
        confidence=Decimal(f"{each.confidence:.6f}").normalize(),
        value=printable(each.text) or _location(each) or None,
    )


def _location(each: Evidence) -> str:
    return printable("!/".join(part for part in (each.path, each.inside) if part))


def _context(each: Evidence) -> str | None:
    words = [
        f"layer {each.layer}" if each.layer else "",
        f"read by {each.by}" if each.by else "",
        "" if _sure(each) else each.text,
    ]
    return printable("; ".join(word for word in words if word)) or None


def _sure(each: Evidence) -> bool:
    return each.confidence is not None and 0 <= each.confidence <= 1
