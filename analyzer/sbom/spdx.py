"""A bill as SPDX 2.3 or 2.2, in JSON or tag-value, through the model of spdx-tools.

The library's document writers are not used: they validate, and look for what belongs to an
element in lists of everything, which is quadratic. Its converters and writers of single elements
are. docs/decisions/0009-spdx-writer.md has the times.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from io import StringIO
from typing import Any

from spdx_tools.spdx.datetime_conversions import datetime_to_iso_string
from spdx_tools.spdx.jsonschema.document_converter import DocumentConverter
from spdx_tools.spdx.model.annotation import Annotation
from spdx_tools.spdx.model.document import Document
from spdx_tools.spdx.model.file import File
from spdx_tools.spdx.model.relationship import Relationship, RelationshipType
from spdx_tools.spdx.writer.tagvalue.annotation_writer import write_annotation
from spdx_tools.spdx.writer.tagvalue.creation_info_writer import write_creation_info
from spdx_tools.spdx.writer.tagvalue.extracted_licensing_info_writer import (
    write_extracted_licensing_info,
)
from spdx_tools.spdx.writer.tagvalue.file_writer import write_file
from spdx_tools.spdx.writer.tagvalue.package_writer import write_package
from spdx_tools.spdx.writer.tagvalue.relationship_writer import write_relationship

from analyzer.bills.model import Bill, Lost
from analyzer.canonical import Rows, json_bytes
from analyzer.sbom.ids import document_namespace
from analyzer.sbom.spdxmodel import document_of
from analyzer.sbom.spdxtext import make_safe
from analyzer.sbom.spdxvalues import OLD

VERSIONS = ("2.3", OLD)
_EMPTY_JSON = b'"documentNamespace": ""'
_EMPTY_TAG = b"\nDocumentNamespace: \n"
_Json = dict[str, Any]
_NOT_PLAIN = (
    *("attribution_texts", "contributors", "copyright_text", "file_types", "license_comment"),
    *("license_concluded", "license_info_in_file", "notice"),
)


def spdx_json(bill: Bill, version: str = "2.3") -> bytes:
    """`bill` as SPDX JSON, valid against the schema of that version (`2.3` or `2.2`)."""
    document, _ = document_of(bill, version)
    data = json_bytes(_converted(document, version))
    # Inside of texts quotes are escaped, so the empty namespace occurs once.
    namespace = document_namespace(data).encode()
    return data.replace(_EMPTY_JSON, _EMPTY_JSON[:-1] + namespace + b'"', 1)


def spdx_tag_value(bill: Bill, version: str = "2.3") -> bytes:
    """`bill` as SPDX tag-value (`2.3` or `2.2`)."""
    document, _ = document_of(bill, version)
    make_safe(document)
    out = StringIO()
    _write(document, out)
    data = out.getvalue().encode()
    # Before it stand only lines that no text can begin: version, licence, SPDXID and name.
    namespace = document_namespace(data).encode()
    return data.replace(_EMPTY_TAG, _EMPTY_TAG[:-1] + namespace + b"\n", 1)


def lost_in_spdx(bill: Bill, version: str = "2.3") -> tuple[Lost, ...]:
    """What of `bill` SPDX has no member for, or holds only as text; sorted."""
    return document_of(bill, version)[1]


def _converted(document: Document, version: str) -> _Json:
    """The library's JSON form, made element by element."""
    make: Callable[[], Any] = DocumentConverter
    converter = make()
    for part in (converter.package_converter, converter.file_converter):
        part.json_property_name = cache(part.json_property_name)
    shell = Document(document.creation_info)
    shell.extracted_licensing_info = document.extracted_licensing_info
    written: _Json = converter.convert(shell)
    notes: dict[str, list[_Json]] = defaultdict(list)
    for annotation in document.annotations:
        notes[annotation.spdx_id].append(_annotation(annotation))
    written["annotations"] = notes.pop(document.creation_info.spdx_id, [])

    def row(element: _Json) -> _Json:
        if element["SPDXID"] in notes:
            element["annotations"] = notes[element["SPDXID"]]
        return _spelled(element, version)

    packages, files = converter.package_converter, converter.file_converter
    written["packages"] = _rows(document.packages, lambda p: row(packages.convert(p, shell)))
    written["files"] = _rows(
        document.files, lambda file: row(plain_file(file) or files.convert(file, shell))
    )
    written["relationships"] = _rows(document.relationships, _relationship)
    return {name: value for name, value in written.items() if value != []}


def _rows(elements: Sequence[Any], form: Callable[[Any], _Json]) -> Rows | list[object]:
    """Made one by one as they are written: all of them would take twice what the model takes."""
    return Rows(elements, form) if elements else []


def _spelled(element: _Json, version: str) -> _Json:
    """The library spells categories as the schema of 2.2 does; that of 2.3 has hyphens."""
    if version != OLD:
        for reference in element.get("externalRefs", ()):
            reference["referenceCategory"] = reference["referenceCategory"].replace("_", "-")
    return element


def plain_file(file: File) -> _Json | None:
    """As `_annotation`, of a file that has no more than a name, checksums and a comment."""
    if any(getattr(file, name) for name in _NOT_PLAIN):
        return None
    written: _Json = {
        "SPDXID": file.spdx_id,
        "checksums": [
            {"algorithm": each.algorithm.name, "checksumValue": each.value}
            for each in file.checksums
        ],
        "comment": file.comment,
        "fileName": file.name,
    }
    return {name: value for name, value in written.items() if value}


def _annotation(annotation: Annotation) -> _Json:
    """As the library's converter writes it, which takes ten times as long for four words."""
    return {
        "annotationDate": datetime_to_iso_string(annotation.annotation_date),
        "annotationType": annotation.annotation_type.name,
        "annotator": annotation.annotator.to_serialized_string(),
        "comment": annotation.annotation_comment,
    }


def _relationship(relationship: Relationship) -> _Json:
    """As `_annotation`."""
    written = {
        "spdxElementId": relationship.spdx_element_id,
        "relationshipType": relationship.relationship_type.name,
        "relatedSpdxElement": str(relationship.related_spdx_element_id),
    }
    if relationship.comment:
        written["comment"] = relationship.comment
    return written


def _write(document: Document, out: StringIO) -> None:
    """SPDX 2.3, 5.2: a file that comes after a package is in it, one before all is in none."""
    homes = _homes(document)
    inside: dict[str, list[File]] = defaultdict(list)
    for file in document.files:
        inside[homes.get(file.spdx_id, "")].append(file)
    out.write("## Document Information\n")
    _all(write_creation_info, [document.creation_info], out)
    _all(write_file, inside[""], out)
    for package in document.packages:
        _all(write_package, [package], out)
        _all(write_file, inside[package.spdx_id], out)
    _all(write_extracted_licensing_info, document.extracted_licensing_info, out)
    for each in document.relationships:
        if (
            not _is_bare(each)
            or homes.get(str(each.related_spdx_element_id)) != each.spdx_element_id
        ):
            write_relationship(each, out)
    out.write("\n")
    _all(write_annotation, document.annotations, out)


def _homes(document: Document) -> dict[str, str]:
    """The package after which a file is written: the first that contains it without a comment."""
    packages = {package.spdx_id for package in document.packages}
    files = {file.spdx_id for file in document.files}
    homes: dict[str, str] = {}
    for each in document.relationships:
        file = str(each.related_spdx_element_id)
        if _is_bare(each) and file in files and each.spdx_element_id in packages:
            homes.setdefault(file, each.spdx_element_id)
    return homes


def _is_bare(relationship: Relationship) -> bool:
    contains = relationship.relationship_type is RelationshipType.CONTAINS
    return contains and not relationship.comment


def _all(write: Callable[[Any, Any], None], elements: Iterable[object], out: StringIO) -> None:
    for element in elements:
        write(element, out)
        out.write("\n")
