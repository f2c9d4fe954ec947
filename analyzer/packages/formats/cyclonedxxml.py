"""CycloneDX documents as XML, turned into what the same document is as JSON.

https://cyclonedx.org/docs/1.6/xml/. A document type is refused, because entities may be declared
in it; elements of other namespaces are passed over.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

_NAMESPACE = "http://cyclonedx.org/schema/bom/"
_DEPTH = 500
_LICENCE = ("id", "name")


@dataclass(slots=True)
class _Element:
    name: str
    attributes: dict[str, str]
    content: list[str] = field(default_factory=list)
    children: list[_Element] = field(default_factory=list)

    def all(self, name: str) -> list[_Element]:
        """The children of a name."""
        return [child for child in self.children if child.name == name]

    def inside(self, name: str) -> list[_Element]:
        """The children of the children of a name."""
        return [inner for child in self.all(name) for inner in child.children]

    def text(self, name: str) -> str:
        """The text of the first child of a name."""
        return next(("".join(child.content) for child in self.all(name)), "")


def to_json(data: bytes) -> dict[str, object]:
    """The members that `cyclonedx.from_json` reads.

    Raises:
        ValueError: it is no such document.
    """
    root = _tree(data)
    if root is None or root.name != "bom":
        raise ValueError("XML, but not CycloneDX")
    about = [component for group in root.all("metadata") for component in group.all("component")]
    return {
        "bomFormat": "CycloneDX",
        "metadata": {"component": _component(about[0])} if about else {},
        "components": [_component(child) for child in root.inside("components")],
        "dependencies": [
            {
                "ref": entry.attributes.get("ref"),
                "dependsOn": [inner.attributes.get("ref") for inner in entry.all("dependency")],
            }
            for entry in root.inside("dependencies")
        ],
    }


def _component(element: _Element) -> dict[str, object]:
    texts = ("group", "name", "version", "purl", "scope", "publisher", "author", "cpe")
    return {
        **{name: element.text(name) for name in texts},
        "type": element.attributes.get("type"),
        "bom-ref": element.attributes.get("bom-ref"),
        "supplier": {"name": next((s.text("name") for s in element.all("supplier")), "")},
        "authors": [{"name": found.text("name")} for found in element.inside("authors")],
        "licenses": [_licence(choice) for choice in element.inside("licenses")],
        "hashes": [
            {"alg": found.attributes.get("alg"), "content": "".join(found.content)}
            for found in element.inside("hashes")
        ],
        "externalReferences": [
            {"type": found.attributes.get("type"), "url": found.text("url")}
            for found in element.inside("externalReferences")
        ],
        "components": [_component(child) for child in element.inside("components")],
    }


def _licence(choice: _Element) -> dict[str, object]:
    if choice.name == "expression":
        return {"expression": "".join(choice.content)}
    return {"license": {name: choice.text(name) for name in _LICENCE}}


def _tree(data: bytes) -> _Element | None:
    """The elements of the namespace; None where the outermost is of another."""
    builder = _Builder()
    try:
        builder.parser.Parse(bytes(data), True)  # noqa: FBT003  expat takes no keywords
    except (expat.ExpatError, LookupError) as fault:
        raise ValueError(f"not XML that can be read: {fault}") from fault
    return builder.root


class _Builder:
    """Takes in what expat finds."""

    def __init__(self) -> None:
        self.root: _Element | None = None
        self._open: list[_Element | None] = []
        # The separator makes expat tell the namespace apart from the name.
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data
        self.parser.StartDoctypeDeclHandler = self._doctype

    def _doctype(self, *_: object) -> None:
        raise ValueError("it declares a document type, which may hold entities")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= _DEPTH:
            raise ValueError(f"more than {_DEPTH} elements deep")
        parent = self._open[-1] if self._open else None
        known = name.startswith(_NAMESPACE) and (parent is not None or not self._open)
        element = _Element(name.rpartition(" ")[2], attributes) if known else None
        if element is not None and parent is not None:
            parent.children.append(element)
        elif not self._open:
            self.root = element
        self._open.append(element)

    def _end(self, _name: str) -> None:
        self._open.pop()

    def _data(self, data: str) -> None:
        if self._open and (element := self._open[-1]) is not None:
            element.content.append(data)
