"""CycloneDX documents as XML, brought into the shape that they have as JSON.

https://cyclonedx.org/docs/1.7/xml/. Both forms have the same members; what differs is written
below, and all else follows one rule: an element is an object of its attributes and children, or a
text where it has neither. A document type is refused, because entities may be declared in it;
elements of other namespaces are counted and passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from xml.parsers import expat

from analyzer.bills.members import Json, Rest
from analyzer.limits import Limits, exceeded

_NAMESPACE = "http://cyclonedx.org/schema/bom/"
_ROOT = re.compile(rb"""xmlns(?::\w+)?\s*=\s*["']http://cyclonedx\.org/schema/bom/""")
_RDF = re.compile(rb"http://spdx\.org/rdf/terms")
_LISTS = frozenset(
    {
        *("annotations", "assemblies", "authors", "components", "compositions", "dependencies"),
        *("externalReferences", "formulation", "hashes", "licenses", "lifecycles", "methods"),
        *("occurrences", "properties", "services", "subjects", "tags", "vulnerabilities"),
    }
)
"""Elements that hold one array: their children are its items, whatever these are called."""
_REPEATED = frozenset({"contact", "omniborId", "swhid", "url"})
"""Elements that are an array however often they stand there; `url` only in organisations."""
_NUMBERS = frozenset({"confidence"})
_FLAGS = {"true": True, "false": False, "1": True, "0": False}
_OF_REFS = frozenset({"assemblies", "dependencies", "dependency", "subjects"})
"""What is inside of these is named by `ref`, which JSON has as a text."""


@dataclass(slots=True)
class _Element:
    name: str
    attributes: dict[str, str]
    texts: list[str] = field(default_factory=list)
    children: list[tuple[str, object]] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.texts)


def is_cyclonedx(head: bytes) -> bool:
    """Whether the beginning of an XML document names CycloneDX's namespace."""
    return _ROOT.search(head) is not None


def is_rdf(head: bytes) -> bool:
    """Whether the beginning of an XML document names SPDX's vocabulary."""
    return _RDF.search(head) is not None


def to_json(data: bytes, rest: Rest, limits: Limits) -> Json:
    """The document as it would be as JSON.

    Raises:
        ValueError: it is no XML, declares a document type, or is no CycloneDX.
        LimitExceeded: it is larger or deeper than `limits` allow.
    """
    builder = _Builder(rest, limits)
    try:
        builder.parser.Parse(data, True)  # noqa: FBT003  expat takes no keywords
    except (expat.ExpatError, LookupError) as fault:
        raise ValueError(f"not XML that can be read: {fault}") from fault
    if builder.document is None:
        raise ValueError("XML, but not CycloneDX")
    return builder.document


class _Builder:
    """Takes in what expat finds; each element becomes a value when it ends."""

    def __init__(self, rest: Rest, limits: Limits) -> None:
        self.document: Json | None = None
        self._rest = rest
        self._limits = limits
        self._open: list[_Element | None] = []
        self._count = 0
        # The separator makes expat tell the namespace apart from the name.
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data
        self.parser.StartDoctypeDeclHandler = self._doctype

    def _doctype(self, *_: object) -> None:
        raise ValueError("it declares a document type, which may hold entities")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= self._limits.sbom_depth:
            raise exceeded("sbom_depth", self._limits.sbom_depth, len(self._open) + 1, "")
        self._count += 1 + len(attributes)
        if self._count > self._limits.sbom_values:
            raise exceeded("sbom_values", self._limits.sbom_values, self._count, "")
        space, _, local = name.rpartition(" ")
        known = space.startswith(_NAMESPACE)
        if not self._open:
            if not known or local != "bom":
                raise ValueError("XML, but not CycloneDX")
            attributes["specVersion"] = space.removeprefix(_NAMESPACE)
        parent = self._open[-1] if self._open else None
        inside = parent is not None or not self._open
        if not known and inside:
            self._rest.add("elements of other namespaces")
        own = {key: value for key, value in attributes.items() if " " not in key}
        self._open.append(_Element(local, own) if known and inside else None)

    def _end(self, _name: str) -> None:
        element = self._open.pop()
        if element is None:
            return
        parent = self._open[-1] if self._open else None
        if parent is not None:
            parents = [each.name for each in self._open[-2:] if each is not None]
            parent.children.append((element.name, _value(element, parents)))
        else:
            members = _object(element)
            members["bomFormat"] = "CycloneDX"
            self.document = members

    def _data(self, data: str) -> None:
        if self._open and (element := self._open[-1]) is not None:
            element.texts.append(data)


def _value(element: _Element, parents: Sequence[str]) -> object:
    """What an element inside of `parents`, the nearest last, is as JSON."""
    special = _SPECIAL.get(element.name)
    if parents[-2:] == ["bom", "dependencies"]:
        special = _dependency
    elif parents[-1] in _OF_REFS:
        special = _ref
    elif element.name == "text" and parents[-1] == "license":
        special = _attachment
    if special is not None:
        return special(element)
    if element.name in _LISTS:
        return [value for _, value in element.children]
    if element.children or element.attributes:
        return _object(element)
    return _scalar(element)


def _scalar(element: _Element) -> object:
    text = element.text
    if element.name == "modified":
        return _FLAGS.get(text.strip(), text)
    if element.name in _NUMBERS:
        try:
            return float(text)
        except ValueError:
            return text
    return text


def _object(element: _Element) -> Json:
    """Attributes and children; what repeats is an array."""
    members: Json = dict(element.attributes)
    many = _REPEATED - {"url"} if element.name == "reference" else _REPEATED
    for name, value in element.children:
        if name in members and isinstance(held := members[name], list):
            held += value if isinstance(value, list) and name in _LISTS else [value]
        elif name in members:
            members[name] = [members[name], value]
        else:
            members[name] = [value] if name in many else value
    if text := element.text.strip():
        members["content"] = text
    return members


def _tools(element: _Element) -> object:
    """A list of tools until 1.4, components and services since 1.5."""
    names = {name for name, _ in element.children}
    return _object(element) if names - {"tool"} else [value for _, value in element.children]


def _dependency(element: _Element) -> object:
    """A node of the graph of dependencies."""
    needs = [value for name, value in element.children if name == "dependency"]
    provides = [value for name, value in element.children if name == "provides"]
    return {"ref": _ref(element), "dependsOn": needs, "provides": provides}


def _ref(element: _Element) -> str:
    return element.attributes.get("ref", "")


def _hash(element: _Element) -> object:
    return {"alg": element.attributes.get("alg"), "content": element.text}


def _property(element: _Element) -> object:
    return {"name": element.attributes.get("name"), "value": element.text}


def _expression(element: _Element) -> object:
    return {**element.attributes, "expression": element.text}


def _licence(element: _Element) -> object:
    return {"license": _object(element)}


def _attachment(element: _Element) -> object:
    """The text of a licence."""
    members: Json = {"content": element.text}
    for name, member in (("content-type", "contentType"), ("encoding", "encoding")):
        if name in element.attributes:
            members[member] = element.attributes[name]
    return members


_SPECIAL: dict[str, Callable[[_Element], object]] = {
    "expression": _expression,
    "hash": _hash,
    "license": _licence,
    "property": _property,
    "tools": _tools,
}
