"""A bill of materials in the two forms of a CycloneDX document."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET  # only written with, nothing is parsed
from collections.abc import Iterable
from typing import Any

from cyclonedx.model.component import Component
from cyclonedx.model.contact import OrganizationalEntity
from cyclonedx.schema.schema import (
    BaseSchemaVersion,
    SchemaVersion1Dot5,
    SchemaVersion1Dot6,
    SchemaVersion1Dot7,
)

from analyzer.bills.model import Bill
from analyzer.canonical import json_bytes
from analyzer.sbom.cdxmodel import Annotation, Annotator, Composition, take_apart
from analyzer.sbom.cdxplain import plain_form

_VIEWS: dict[str, type[BaseSchemaVersion]] = {
    "1.5": SchemaVersion1Dot5,
    "1.6": SchemaVersion1Dot6,
    "1.7": SchemaVersion1Dot7,
}
_SCHEMA = "http://cyclonedx.org/schema/bom-{}.schema.json"
_NAMESPACE = "http://cyclonedx.org/schema/bom/{}"


def json_document(bill: Bill, version: str) -> bytes:
    """The document as JSON, with an empty serial number (bom-1.6.schema.json).

    Raises:
        ValueError: a version that we do not write.
    """
    view = _VIEWS.get(version)

    def tree(value: Any) -> Any:  # noqa: ANN401 (any class of the library's model, any JSON)
        return json.loads(value.as_json(view_=view))

    parts = take_apart(bill, version, lambda _, value: plain_form(value) or tree(value))
    created = {"timestamp": parts.created} if parts.created else {}
    document = {
        "$schema": _SCHEMA.format(version),
        "bomFormat": "CycloneDX",
        "specVersion": version,
        "serialNumber": "",
        "version": 1,
        "metadata": created | tree(parts.metadata),
        "components": [*parts.components],
        "externalReferences": [tree(each) for each in parts.references],
        "dependencies": [*parts.dependencies],
        "compositions": [
            {"aggregate": each.aggregate, "assemblies": [*each.assemblies]}
            for each in parts.compositions
        ],
        "annotations": [
            {
                "bom-ref": each.ref,
                "subjects": [*each.subjects],
                "annotator": {_role(each.annotator): tree(each.annotator)},
                "timestamp": each.timestamp,
                "text": each.text,
            }
            for each in parts.annotations
        ],
    }
    return json_bytes({name: value for name, value in document.items() if value != []})


def xml_document(bill: Bill, version: str) -> bytes:
    """The document as XML, with an empty serial number (bom-1.6.xsd, element `bom`).

    Raises:
        ValueError: a version that we do not write.
    """
    form = _Xml(version)
    parts = take_apart(bill, version, form.tree)
    root = form.element("bom", serialNumber="", version="1")
    metadata = form.tree("metadata", parts.metadata)
    if parts.created:
        metadata.insert(0, form.element("timestamp", parts.created))
    root.append(metadata)
    lists: tuple[tuple[str, Iterable[ET.Element]], ...] = (
        ("components", parts.components),
        ("externalReferences", (form.tree("reference", each) for each in parts.references)),
        ("dependencies", parts.dependencies),
        ("compositions", map(form.composition, parts.compositions)),
        ("annotations", map(form.annotation, parts.annotations)),
    )
    for name, elements in lists:
        parent = form.element(name, children=elements)
        if len(parent):
            root.append(parent)
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode", default_namespace=form.namespace)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


class _Xml:
    """Elements of one version's namespace."""

    def __init__(self, version: str) -> None:
        self.namespace = _NAMESPACE.format(version)
        self._view = _VIEWS.get(version)

    def tree(self, name: str, value: Any) -> ET.Element:  # noqa: ANN401 (any class of the model)
        """An object of the library's model."""
        made: ET.Element = value.as_xml(
            view_=self._view, as_string=False, element_name=name, xmlns=self.namespace
        )
        return made

    def element(
        self, name: str, text: str = "", children: Iterable[ET.Element] = (), **attributes: str
    ) -> ET.Element:
        """An element; the writer wants its attributes in the namespace and writes them without."""
        qualified = {f"{{{self.namespace}}}{key}": value for key, value in attributes.items()}
        made = ET.Element(f"{{{self.namespace}}}{name}", qualified)
        made.text = text or None
        made.extend(children)
        return made

    def composition(self, each: Composition) -> ET.Element:
        """XSD type `compositionType`."""
        assemblies = [self.element("assembly", ref=ref) for ref in each.assemblies]
        children = [
            self.element("aggregate", each.aggregate),
            self.element("assemblies", children=assemblies),
        ]
        return self.element("composition", children=children)

    def annotation(self, each: Annotation) -> ET.Element:
        """XSD type `annotationType`."""
        subjects = [self.element("subject", ref=ref) for ref in each.subjects]
        annotator = self.tree(_role(each.annotator), each.annotator)
        children = [
            self.element("subjects", children=subjects),
            self.element("annotator", children=[annotator]),
            self.element("timestamp", each.timestamp),
            self.element("text", each.text),
        ]
        return self.element("annotation", children=children, **{"bom-ref": each.ref})


def _role(annotator: Annotator) -> str:
    """As what somebody annotates."""
    if isinstance(annotator, Component):
        return "component"
    return "organization" if isinstance(annotator, OrganizationalEntity) else "individual"
