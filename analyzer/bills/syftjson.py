"""syft's own JSON documents to bills.

https://github.com/anchore/syft: `schema/json/` for the members, `syft/format/syftjson/model/` for
their meaning, `syft/artifact/relationship.go` for the relationships.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.bills.facts import digest
from analyzer.bills.members import Json, Members, Rest
from analyzer.bills.model import Bill, Element, Evidence, Party, Relation
from analyzer.jsonvalues import mapping, word
from analyzer.paths import clean

_RELATIONS = {"contains": "CONTAINS", "dependency-of": "DEPENDS_ON", "described-by": "DESCRIBES"}
_TURNED = frozenset({"dependency-of", "described-by"})
_SYSTEM = "distro"
"""How the operating system is referred to; syft gives it no id, and its ids are hexadecimal."""


def is_syft(document: Json) -> bool:
    """Whether a JSON object is a document of syft's own form."""
    schema = document.get("schema")
    return (
        isinstance(schema, dict)
        and "anchore/syft" in str(schema.get("url"))
        and isinstance(document.get("artifacts"), list)
    )


def version(document: Json) -> str:
    """The version of the form."""
    return word(mapping(document.get("schema")).get("version"))


def read(document: Json, rest: Rest) -> Bill:
    """The bill that a document is; its members are taken out of `document`."""
    root = Members(document, "", rest)
    root.ignore("schema")
    subject, layers = _source(root.one("source"))
    system = list(_system(root.one("distro")))
    packages = [_package(entry) for entry in root.each("artifacts")]
    files = [_file(entry) for entry in root.each("files")]
    inside = [Relation(subject.ref, "CONTAINS", each.ref) for each in (*layers, *system)]
    stated = [_relation(entry) for entry in root.each("artifactRelationships")]
    descriptor = root.one("descriptor")
    return Bill(
        name=subject.name,
        subjects=(subject.ref,),
        elements=(subject, *layers, *system, *packages, *files),
        relations=(*inside, *stated),
        created=descriptor.word("timestamp"),
        creators=(Party(descriptor.word("name"), kind="tool", version=descriptor.word("version")),),
    )


def _source(source: Members) -> tuple[Element, list[Element]]:
    """What was looked at, and its layers if that is an image."""
    ref, kind = source.word("id") or "source", source.word("type")
    facts = source.one("metadata") or source.one("target")
    image = kind == "image"
    name = source.word("name") or facts.word("userInput") or facts.word("path")
    manifest = facts.word("manifestDigest")
    element = Element(
        ref=ref,
        kind="image" if image else "other",
        name=name,
        version=source.word("version") or manifest,
        digests=(manifest,) if manifest else (),
        properties=tuple(sorted(_image_facts(facts))) if image else (),
    )
    if not image and kind:
        source.give_up(f"type = {kind}")
    return element, [_layer(entry, ref, n) for n, entry in enumerate(facts.each("layers"))]


def _image_facts(facts: Members) -> Iterator[tuple[str, str]]:
    """Under the names of members, since syft has none for properties of an image."""
    facts.ignore("userInput", "manifest", "config", "imageSize")
    for name in ("imageID", "architecture", "os", "variant", "mediaType"):
        if found := facts.word(name):
            yield f"syft:image:{name}", found
    for name in ("tags", "repoDigests"):
        for found in facts.words(name):
            yield f"syft:image:{name}", found


def _layer(entry: Members, image: str, position: int) -> Element:
    """A layer, which syft names by its diff ID: that is not the digest of what is stored."""
    entry.ignore("size", "mediaType")
    name = entry.word("digest")
    return Element(ref=f"{image}-layer-{position}", kind="layer", name=name, version=name)


def _system(distro: Members) -> Iterator[Element]:
    """The operating system (os-release)."""
    name = distro.word("id") or distro.word("name")
    if not name:
        return
    cpe = distro.word("cpeName")
    yield Element(
        ref=_SYSTEM,
        kind="system",
        name=name,
        version=distro.word("versionID") or distro.word("version"),
        cpes=(cpe,) if cpe else (),
        homepage=distro.word("homeURL"),
        summary=distro.word("prettyName"),
    )


def _package(entry: Members) -> Element:
    """One artifact."""
    metadata = entry.one("metadata")
    declared, concluded, found = _licences(entry)
    maker = metadata.word("maintainer") or metadata.word("vendor")
    digests = [digest(each, "algorithm", "value") for each in metadata.each("digest")]
    place = metadata.word("virtualPath")
    if metadata:
        entry.give_up("metadata")
    metadata.forget()
    language = entry.word("language")
    return Element(
        ref=entry.word("id"),
        kind="package",
        name=entry.word("name"),
        version=entry.word("version"),
        purl=entry.word("purl"),
        digests=tuple(each for group in digests for each in group),
        supplier=Party(maker, kind="") if maker else None,
        licence=declared,
        licence_concluded=concluded,
        licences_found=found,
        cpes=tuple(_cpes(entry)),
        evidence=tuple(_evidence(entry, place)),
        properties=tuple(
            (name, value)
            for name, value in (
                ("syft:package:language", language),
                ("syft:package:metadataType", entry.word("metadataType")),
                ("syft:package:type", entry.word("type")),
            )
            if value
        ),
    )


def _evidence(entry: Members, virtual: str) -> Iterator[Evidence]:
    """Where it was found; inside of an archive where the virtual path says so (`a.jar:b.jar`)."""
    by = entry.word("foundBy")
    for place in entry.each("locations"):
        place.ignore("accessPath", "annotations")
        path = place.word("path")
        inside = virtual.removeprefix(f"{path}:") if virtual.startswith(f"{path}:") else ""
        yield Evidence(clean(path)[0], layer=place.word("layerID"), inside=inside, by=by)


def _cpes(entry: Members) -> Iterator[str]:
    """Texts until version 16 of the form, then objects that say who made them up."""
    for cpe in entry.each("cpes", text_as="cpe"):
        cpe.ignore("source")
        if found := cpe.word("cpe"):
            yield found


def _licences(entry: Members) -> tuple[str, str, tuple[str, ...]]:
    """Declared, concluded, and as found; joined as syft itself joins them in SPDX."""
    found: list[str] = []
    stated: dict[str, list[str]] = {"declared": [], "concluded": []}
    for licence in entry.each("licenses", text_as="value"):
        licence.ignore("locations")
        found.append(licence.word("value"))
        stated.setdefault(licence.word("type"), []).append(licence.word("spdxExpression"))
    return (
        _joined(stated["declared"]),
        _joined(stated["concluded"]),
        tuple(filter(None, dict.fromkeys(found))),
    )


def _joined(expressions: list[str]) -> str:
    """All of them; empty where one is no expression."""
    distinct = list(dict.fromkeys(expressions))
    if not all(distinct):
        return ""
    several = len(distinct) > 1
    return " AND ".join(f"({e})" if several and " OR " in e.upper() else e for e in distinct)


def _file(entry: Members) -> Element:
    place = entry.one("location")
    place.ignore("accessPath")
    path, layer = place.word("path"), place.word("layerID")
    found = [digest(each, "algorithm", "value") for each in entry.each("digests")]
    return Element(
        ref=entry.word("id"),
        kind="file",
        name=path,
        digests=tuple(each for group in found for each in group),
        evidence=(Evidence(clean(path)[0], layer=layer),) if layer else (),
    )


def _relation(entry: Members) -> Relation:
    """A relationship; those that SPDX has no word for become OTHER, as when syft writes SPDX."""
    one, kind, other = entry.word("parent"), entry.word("type"), entry.word("child")
    if kind in _TURNED:
        one, other = other, one
    known = _RELATIONS.get(kind)
    return Relation(one, known, other) if known else Relation(one, "OTHER", other, kind)
