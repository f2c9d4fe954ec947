"""The sentences of a document: what it covers, what is missing from it, where a fact is from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from analyzer.image.identity import LOCAL_MANIFEST
from analyzer.packages.contract import Location, Package
from analyzer.paths import printable
from analyzer.problems import UNPROVEN, UNREAD, Problem, Severity
from analyzer.report import ImageReport, LayerReport, Report

_MOST_PROBLEMS = 20
_COVERAGE = (
    "Packages are those that databases, metadata and programs in the image show as installed; "
    "dependencies are those that their own metadata states and the image meets. A layer CONTAINS "
    "the packages that it introduced, a package those that are a second view of its own files."
)
_COMPLETENESS = {
    "partial": "only some of the image's documents and layers are in the file",
    "absent": "the file names the image and holds neither its documents nor its layers",
}


def document_comment(report: Report, image: ImageReport, created_from: str) -> str:
    """What a reader has to know before relying on the document, one sentence per line."""
    return "\n".join(
        (
            *_shortcomings(report, image),
            "Generated after build, by reading the image archive without a network.",
            _COVERAGE,
            f"Creation time from: {created_from}.",
        )
    )


def _shortcomings(report: Report, image: ImageReport) -> Iterator[str]:
    missing = [_COMPLETENESS[image.completeness]] if image.completeness != "complete" else []
    missing += _listed(p for p in image.problems if _is_error(p) and p.code in UNREAD)
    if missing:
        yield f"INCOMPLETE: this inventory is incomplete: {'; '.join(missing)}."
    around = _listed(p for p in report.problems if _is_error(p) and p.code in UNREAD)
    if around:
        yield f"INCOMPLETE: parts of the file could not be read: {'; '.join(around)}."
    unproven = _listed(
        p for p in (*image.problems, *report.problems) if _is_error(p) and p.code in UNPROVEN
    )
    if unproven:
        yield f"UNPROVEN: bytes contradict what was declared: {'; '.join(unproven)}."


def _is_error(problem: Problem) -> bool:
    return problem.severity is Severity.ERROR


def _listed(problems: Iterable[Problem]) -> list[str]:
    distinct = sorted(set(problems))
    listed = [printable(f"{p.code.value} at {p.where}: {p.detail}") for p in distinct]
    rest = len(listed) - _MOST_PROBLEMS
    return [*listed[:_MOST_PROBLEMS], *([f"and {rest} more"] if rest > 0 else [])]


def image_remarks(image: ImageReport) -> str | None:
    """Names, and which digest is which."""
    parts = [f"Names in the file: {', '.join(image.names)}"] if image.names else []
    known = image.registry_digest
    if known and image.image_id:
        parts.append(f"image ID (config digest) {image.image_id}")
    elif image.image_id:
        parts.append("versionInfo is the image ID (config digest); registry digest unknown")
    if image.manifest_digest and not known:
        parts.append(f"manifest digest {image.manifest_digest}: {LOCAL_MANIFEST}")
    return printable("; ".join(parts)) or None


def layer_remarks(layer: LayerReport, position: int, count: int) -> str:
    """Place in the image, diff ID and history."""
    parts = [f"Layer at position {position} of {count}, the bottom layer being 0"]
    if layer.diff_id:
        parts.append(f"diffID {layer.diff_id}")
    if layer.created_by:
        parts.append(f"history: {layer.created_by}")
    return printable("; ".join(parts))


def package_origin(package: Package, layers: Sequence[LayerReport]) -> str | None:
    """Where a package was found, what it was built from and a state other than installed."""
    parts = []
    if package.locations:
        places = "; ".join(_place(place, layers) for place in sorted_places(package.locations))
        parts.append(f"Recorded in {places}")
    if package.source:
        source = f"{package.source.name} {package.source.version}".strip()
        parts.append(f"built from source package {source}")
    if package.owner:
        parts.append(f"its files belong to {package.owner}, whose database lists them")
    if package.state == "vendored":
        parts.append("a copy inside another package")
    elif package.state != "installed":
        parts.append(f"state in its database: {package.state}")
    if package.confidence != "high":
        parts.append(f"recognised by {package.method}, confidence {package.confidence}")
        if package.evidence:
            parts.append(f"which says: {package.evidence}")
    return printable("; ".join(parts)) or None


def sorted_places(places: Iterable[Location]) -> list[Location]:
    """Locations by path and layer; a location without a layer comes first."""
    return sorted(places, key=lambda p: (p.path, -1 if p.layer is None else p.layer))


def _place(place: Location, layers: Sequence[LayerReport]) -> str:
    if place.layer is None:
        return place.path
    known = 0 <= place.layer < len(layers)
    digest = (layers[place.layer].digest or layers[place.layer].diff_id) if known else None
    return f"{place.path} (layer {place.layer}{f', {digest}' if digest else ''})"
