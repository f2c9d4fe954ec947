"""A bill as syft's own JSON, schema 16.1.10, for grype and whatever else reads that.

`schema/json/schema-16.1.10.json` of anchore/syft, and what its decoder asks beyond that
(`syft/format/syftjson/decoder.go`, `to_syft_model.go`, `model/*.go`). Layers are named by their
diff IDs, as stereoscope does (`pkg/image/layer_metadata.go`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from packageurl import PackageURL

from analyzer.bills.model import Bill, Element, Evidence, Lost, Relation
from analyzer.canonical import json_bytes
from analyzer.report import ImageReport
from analyzer.sbom.ids import fingerprint, numbered
from analyzer.sbom.stated import NAMES, Facts, Places, fact, lost_facts
from analyzer.sbom.syftnames import LANGUAGES, TYPES, UNKNOWN, WITHOUT_NAMESPACE
from analyzer.sbom.syftsource import distro, source, source_id, subject_of
from analyzer.sbom.syftsystem import NOT_KNOWN, SYSTEMS, system_metadata
from analyzer.version import __version__

SCHEMA = "16.1.10"
_URL = f"https://raw.githubusercontent.com/anchore/syft/main/schema/json/schema-{SCHEMA}.json"
"""`Identify` of syft's decoder knows its documents by `anchore/syft` in this address."""
_BINARY = frozenset({"version-string", "note", "binary-analysis"})
"""Ways to recognise a program for which syft has the type `binary`."""
_OVERLAP, _EVIDENT = "ownership-by-file-overlap", "evident-by"
"""`syft/artifact/relationship.go`; syft's SPDX documents have them as comments on OTHER."""
_PROPERTIES = frozenset(
    {"package:type", "package:arch", "package:source:name", "package:source:version"}
    | {"package:found-by"}
)

Member = dict[str, Any]


def syft_json(bill: Bill, image: ImageReport | None = None) -> bytes:
    """`bill` as a document; `image` adds labels, annotations and more of the distribution.

    `image` is None where the bill was read from a document.
    """
    return json_bytes(_Document(bill).document(image))


class _Purl(NamedTuple):
    """The parts of a package URL that syft's members are made of."""

    type: str
    qualifiers: Mapping[str, str]


class _Document:
    """The ids of one document, and its members."""

    def __init__(self, bill: Bill) -> None:
        self._bill = bill
        self._subject = subject_of(bill)
        packages = dict.fromkeys(each for each in bill.packages if each is not self._subject)
        files = dict.fromkeys(each for each in bill.elements if each.kind == "file")
        self.packages = sorted(packages, key=_order)
        self._files = sorted(files, key=_order)
        self._parts = {each.ref for each in bill.elements if each.kind in {"layer", "system"}}
        listed = [*self.packages, *self._files]
        ids = numbered(fingerprint([e.ref, e.kind, e.name, e.version, e.purl]) for e in listed)
        self._ids = dict(zip(listed, ids, strict=True))
        self._layers = {
            fact(each, "layer:digest"): fact(each, "layer:diff-id")
            for each in bill.elements
            if each.kind == "layer" and fact(each, "layer:diff-id")
        }
        self._ends = self._named()

    def _named(self) -> dict[str, tuple[str, str]]:
        """What each `ref` stands for: its kind here, and its id; none where two share it."""
        ends = {each.ref: ("package", self._ids[each]) for each in self.packages}
        ends |= {each.ref: ("file", self._ids[each]) for each in self._files}
        if self._subject is not None:
            ends[self._subject.ref] = ("source", source_id(self._bill))
        shared = Counter(element.ref for element in self._bill.elements)
        return {ref: end for ref, end in ends.items() if shared[ref] == 1}

    def document(self, image: ImageReport | None) -> Member:
        artifacts = [self._artifact(package) for package in self.packages]
        relations = {relation for each in self._bill.relations for relation in self._related(each)}
        files = [self._file(each) for each in self._files]
        about = parsed(self._subject.purl) if self._subject else _Purl("", {})
        return {
            "artifacts": artifacts,
            "artifactRelationships": [
                dict(zip(("parent", "child", "type"), each, strict=True))
                for each in sorted(relations)
            ],
            **({"files": files} if files else {}),
            "source": source(self._bill, about.qualifiers, image),
            "distro": distro(self._bill, image),
            "descriptor": {
                "name": "ociscope",
                "version": __version__,
                "configuration": {"note": NOT_KNOWN},
            },
            "schema": {"version": SCHEMA, "url": _URL},
        }

    def _artifact(self, package: Element) -> Member:
        purl = parsed(package.purl)
        source_of = "" if self._bill.form else "declared"
        return {
            "id": self._ids[package],
            "name": _name(package, purl.type),
            "version": package.version,
            "type": _type(package, purl.type),
            "foundBy": next((each.by for each in package.evidence if each.by), ""),
            "locations": [*self._locations(package)],
            "licenses": [*_licences(package)],
            "language": LANGUAGES.get(purl.type, ""),
            "cpes": [
                {"cpe": cpe, **({"source": source_of} if source_of else {})} for cpe in package.cpes
            ],
            "purl": package.purl,
            **system_metadata(package, purl.type, purl.qualifiers),
        }

    def _locations(self, package: Element) -> Iterator[Member]:
        for each in dict.fromkeys((e.path, e.layer, e.inside) for e in package.evidence if e.path):
            path, layer, inside = each
            where = self._coordinates(path, layer)
            notes = {"annotations": {"inside": inside}} if inside else {}
            yield {**where, "accessPath": where["path"], **notes}

    def _coordinates(self, path: str, layer: str) -> Member:
        absolute = "/" + path.removeprefix("./").lstrip("/")
        layer = self._layers.get(layer, layer)
        return {"path": absolute, **({"layerID": layer} if layer else {})}

    def _file(self, file: Element) -> Member:
        layer = fact(file, "layer:digest") or fact(file, "layer:diff-id")
        pairs = [digest.partition(":") for digest in file.digests]
        return {
            "id": self._ids[file],
            "location": self._coordinates(file.name, layer),
            "digests": [{"algorithm": name, "value": value} for name, _, value in pairs],
        }

    def _related(self, relation: Relation) -> Iterator[tuple[str, str, str]]:
        """Parent, child and type; syft's decoder knows four types and drops the rest."""
        one, other = self._ends.get(relation.one), self._ends.get(relation.other)
        if one is None or other is None:
            return
        kinds = (one[0], other[0])
        comment = relation.comment
        if relation.kind == "DEPENDS_ON" and "file" not in kinds:
            yield other[1], one[1], "dependency-of"
        elif relation.kind == "CONTAINS" and kinds == ("package", "package"):
            # In our bills a package CONTAINS another where its database lists that one's files.
            yield one[1], other[1], "contains" if self._bill.form else _OVERLAP
        elif relation.kind == "CONTAINS" and one[0] != "file":
            yield one[1], other[1], "contains"
        elif relation.kind == "OTHER" and comment.startswith(_OVERLAP):
            yield one[1], other[1], _OVERLAP
        elif relation.kind == "OTHER" and comment.startswith(_EVIDENT):
            yield one[1], other[1], _EVIDENT

    def has_place(self, relation: Relation) -> bool:
        """Whether a relation is in the document, if only as a member of `source` or `distro`."""
        inside = relation.kind == "CONTAINS" and relation.one in self._bill.subjects
        return (inside and relation.other in self._parts) or any(self._related(relation))


def _order(element: Element) -> tuple[str, str, str]:
    """A total order; `ascii` as in `ids.fingerprint`."""
    return element.name, element.version, ascii(element)


def parsed(purl: str) -> _Purl:
    """Type and qualifiers of a package URL; empty where it is none."""
    try:
        found = PackageURL.from_string(purl)
    except ValueError:
        return _Purl("", {})
    return _Purl(found.type, found.qualifiers)


def _name(package: Element, kind: str) -> str:
    if package.namespace and kind not in WITHOUT_NAMESPACE:
        return f"{package.namespace}/{package.name}"
    return package.name


def _type(package: Element, kind: str) -> str:
    if kind in TYPES:
        return TYPES[kind]
    return "binary" if any(each.method in _BINARY for each in package.evidence) else UNKNOWN


def _licences(package: Element) -> Iterator[Member]:
    """The expression with what it was made of, where that is one text; else what was found."""
    found, expression = package.licences_found, package.licence
    if expression:
        yield _licence(found[0] if len(found) == 1 else expression, expression, "declared")
    else:
        yield from (_licence(each, "", "declared") for each in dict.fromkeys(found))
    if package.licence_concluded:
        yield _licence(package.licence_concluded, package.licence_concluded, "concluded")


def _licence(value: str, expression: str, kind: str) -> Member:
    return {"value": value, "spdxExpression": expression, "type": kind, "urls": [], "locations": []}


def lost_in_syft(bill: Bill) -> tuple[Lost, ...]:
    """What of `bill` syft's JSON has no place for."""
    document = _Document(bill)
    kinds = [(package, parsed(package.purl).type) for package in document.packages]
    more = (
        Lost(
            "licences, as found, where several were",
            sum(len(p.licences_found) > 1 and bool(p.licence) for p, _ in kinds),
        ),
        Lost("method, confidence and text of evidence", sum(_judged(p) for p, _ in kinds)),
        Lost(Facts.SUPPLIER, sum(bool(p.supplier) and kind not in SYSTEMS for p, kind in kinds)),
        Lost(Facts.HOMEPAGE, sum(bool(p.homepage) and kind != "apk" for p, kind in kinds)),
    )
    carried = {Facts.PURL, Facts.LICENCE, Facts.CONCLUDED, Facts.FOUND, Facts.CPES}
    told_above = {Facts.EVIDENCE, Facts.SUPPLIER, Facts.HOMEPAGE}
    places = Places(
        facts=NAMES | carried | told_above,
        properties=_PROPERTIES,
        kinds=frozenset({"image", "layer", "system", "file"}),
        around=frozenset() if bill.form else frozenset({"creators"}),
        relations=document.has_place,
    )
    return lost_facts(bill, places, more)


def _judged(package: Element) -> bool:
    def says_more(each: Evidence) -> bool:
        return bool(each.method or each.text) or each.confidence is not None

    return any(map(says_more, package.evidence))
