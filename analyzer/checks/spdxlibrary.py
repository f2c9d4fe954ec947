"""What the validators of spdx-tools say of a document, asked in time that grows with its size.

`validate_full_spdx_document` of spdx-tools 0.8.5 goes through all relationships for each package
and through all elements for each relationship. The same functions are called here, each with a
stand-in for the document that holds only what it looks up for the element in question; so the
messages are the library's own. `tests/checks/test_spdx_library.py` proves that they are the same.
"""

from __future__ import annotations

import logging
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from analyzer.checks.result import Finding, short
from analyzer.problems import Severity

_LONGEST_EXPRESSION = 4000
_MOST_PARENTHESES = 50


@dataclass
class _Creation:
    """As much of `CreationInfo` as the validators of elements look at."""

    spdx_id: str
    external_document_refs: list[Any] = field(default_factory=list)


@dataclass
class _StandIn:
    """As much of `Document` as one validator looks at."""

    creation_info: _Creation
    packages: list[Any] = field(default_factory=list)
    files: list[Any] = field(default_factory=list)
    snippets: list[Any] = field(default_factory=list)
    relationships: list[Any] = field(default_factory=list)
    extracted_licensing_info: list[Any] = field(default_factory=list)


def library_findings(value: Any, data: bytes, syntax: str) -> Iterator[Finding]:  # noqa: ANN401
    """The library's messages; of a document that it cannot read, why.

    `value` is the JSON shape of a document whose members have the types that the schema asks:
    the library tells wrong types by chance, since it looks at one element of each list.
    """
    from spdx_tools.spdx.parser.error import SPDXParsingError

    with _quiet():
        try:
            document = _tag_value(data) if syntax == "tag-value" else _json(value)
        except SPDXParsingError as fault:
            for message in fault.get_messages():  # type: ignore[no-untyped-call]
                yield Finding(Severity.ERROR, "spdx-tools", "the document", short(message))
            return
        except Exception as fault:  # noqa: BLE001 - whatever hostile input makes it raise
            what = f"spdx-tools cannot read it ({type(fault).__name__}: {short(str(fault), 120)})"
            yield Finding(Severity.ERROR, "spdx-tools", "the document", what)
            return
        for message in messages(document):
            context = message.context
            where = context.spdx_id or context.parent_id or "the document"
            text = short(message.validation_message)
            yield Finding(Severity.ERROR, "spdx-tools", where, text)


@contextmanager
def _quiet() -> Iterator[None]:
    """The library logs what it also raises; its log is nobody's answer here."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def _json(value: dict[str, Any]) -> Any:  # noqa: ANN401 - Document
    from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser

    parser: Any = JsonLikeDictParser  # untyped
    return parser().parse(_with_relationships(_bounded(value)))


def _tag_value(data: bytes) -> Any:  # noqa: ANN401
    from spdx_tools.spdx.parser.tagvalue.parser import Parser

    text = data.decode("utf-8", "replace")
    # The tables of its grammar are not written beside the library, nor a log of them.
    parser: Any = Parser  # untyped
    return parser(debug=False, write_tables=False).parse(text)


def _bounded(value: dict[str, Any]) -> dict[str, Any]:
    """Without licence expressions so long or deep that the library's parser takes for ever."""
    changed = dict(value)
    for group, names in _EXPRESSIONS.items():
        items = value.get(group)
        if isinstance(items, list):
            changed[group] = [_plain(item, names) for item in items]
    return changed


_EXPRESSIONS = {
    "packages": ("licenseConcluded", "licenseDeclared", "licenseInfoFromFiles"),
    "files": ("licenseConcluded", "licenseInfoInFiles"),
    "snippets": ("licenseConcluded", "licenseInfoInSnippets"),
}


def _plain(item: Any, names: tuple[str, ...]) -> Any:  # noqa: ANN401
    if not isinstance(item, dict):
        return item
    return {name: _cut(each) if name in names else each for name, each in item.items()}


def _cut(value: Any) -> Any:  # noqa: ANN401
    """An expression, or a list of them; `checks/identifiers.py` tells of those that go."""
    if isinstance(value, list):
        return [_cut(each) for each in value]
    if not isinstance(value, str):
        return value
    too_much = len(value) > _LONGEST_EXPRESSION or value.count("(") > _MOST_PARENTHESES
    return "NOASSERTION" if too_much else value


def _with_relationships(value: dict[str, Any]) -> dict[str, Any]:
    """With relationships instead of `documentDescribes` and `hasFiles`.

    The library makes them, too, but compares each with all others.
    """
    stated = value.get("relationships") or []
    known = {_ends(each) for each in stated if not each.get("comment")}
    document = value.get("SPDXID", "")
    added = []
    for one, kind, opposite, other in _implied(value, document):
        if (one, kind, other) not in known and (other, opposite, one) not in known:
            known.add((one, kind, other))
            added.append(
                {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}
            )
    packages = value.get("packages") or []
    return {
        **{name: each for name, each in value.items() if name != "documentDescribes"},
        "relationships": [*stated, *added],
        "packages": [{n: v for n, v in p.items() if n != "hasFiles"} for p in packages],
    }


def _ends(each: dict[str, Any]) -> tuple[Any, Any, Any]:
    return each.get("spdxElementId"), each.get("relationshipType"), each.get("relatedSpdxElement")


def _implied(value: dict[str, Any], document: str) -> Iterator[tuple[str, str, str, str]]:
    for other in dict.fromkeys(value.get("documentDescribes") or []):
        yield document, "DESCRIBES", "DESCRIBED_BY", other
    for package in value.get("packages") or []:
        for other in dict.fromkeys(package.get("hasFiles") or []):
            yield package.get("SPDXID", ""), "CONTAINS", "CONTAINED_BY", other


def messages(document: Any) -> Iterator[Any]:  # noqa: ANN401 - Document to ValidationMessage
    """The messages of `validate_full_spdx_document`, in its order."""
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

    version = document.creation_info.spdx_version
    if version not in {"SPDX-2.2", "SPDX-2.3"}:
        yield from validate_full_spdx_document(document)
        return
    yield from _Piecewise(document, version).messages()


class _Piecewise:
    """Calls the library's validators with stand-ins."""

    def __init__(self, document: Any, version: str) -> None:  # noqa: ANN401
        self._document = document
        self._version = version
        self._id = document.creation_info.spdx_id
        elements = [*document.files, *document.packages, *document.snippets]
        self._count = Counter([self._id, *(each.spdx_id for each in elements)])
        # The library takes the first of packages, files and snippets that has an id.
        self._elements = {
            each.spdx_id: each for each in (*document.snippets, *document.files, *document.packages)
        }
        self._external = {
            each.document_ref_id: each for each in document.creation_info.external_document_refs
        }
        self._licences = {each.license_id: each for each in document.extracted_licensing_info}

    def messages(self) -> Iterator[Any]:
        from spdx_tools.spdx.validation.creation_info_validator import validate_creation_info
        from spdx_tools.spdx.validation.extracted_licensing_info_validator import (
            validate_extracted_licensing_infos,
        )

        document = self._document
        yield from validate_creation_info(document.creation_info, self._version)
        yield from self._packages()
        yield from self._files()
        yield from self._relations()
        yield from validate_extracted_licensing_infos(document.extracted_licensing_info)
        yield from self._whole()

    def _packages(self) -> Iterator[Any]:
        from spdx_tools.spdx.validation.package_validator import validate_package_within_document

        contents = self._contents()
        for package in self._document.packages:
            relations = contents.get(package.spdx_id, [])
            files = [
                self._elements[ref]
                for each in relations
                for ref in (each.spdx_element_id, each.related_spdx_element_id)
                if isinstance(ref, str) and ref != package.spdx_id
            ]
            stand_in = self._stand_in(package, [package.spdx_id])
            stand_in.relationships, stand_in.files = relations, files
            yield from validate_package_within_document(package, self._version, stand_in)

    def _contents(self) -> dict[str, list[Any]]:
        """Of each package, the relationships by which it contains files."""
        from spdx_tools.spdx.model.file import File
        from spdx_tools.spdx.model.relationship import RelationshipType

        found: dict[str, list[Any]] = defaultdict(list)
        for each in self._document.relationships:
            one, other = each.spdx_element_id, each.related_spdx_element_id
            if each.relationship_type is RelationshipType.CONTAINS:
                package, file = one, other
            elif each.relationship_type is RelationshipType.CONTAINED_BY:
                package, file = other, one
            else:
                continue
            if isinstance(file, str) and isinstance(self._elements.get(file), File):
                found[package].append(each)
        return found

    def _files(self) -> Iterator[Any]:
        from spdx_tools.spdx.validation.file_validator import validate_file_within_document
        from spdx_tools.spdx.validation.snippet_validator import validate_snippet_within_document

        for file in self._document.files:
            stand_in = self._stand_in(file, [file.spdx_id])
            yield from validate_file_within_document(file, self._version, stand_in)
        files = {file.spdx_id: file for file in self._document.files}
        for snippet in self._document.snippets:
            stand_in = self._stand_in(snippet, [snippet.spdx_id, snippet.file_spdx_id])
            stand_in.files = [files[ref] for ref in [snippet.file_spdx_id] if ref in files]
            yield from validate_snippet_within_document(snippet, self._version, stand_in)

    def _relations(self) -> Iterator[Any]:
        from spdx_tools.spdx.validation.annotation_validator import validate_annotation
        from spdx_tools.spdx.validation.relationship_validator import validate_relationship

        for annotation in self._document.annotations:
            stand_in = self._with([annotation.spdx_id])
            yield from validate_annotation(annotation, stand_in)
        for each in self._document.relationships:
            stand_in = self._with([each.spdx_element_id, each.related_spdx_element_id])
            yield from validate_relationship(each, self._version, stand_in)

    def _whole(self) -> Iterator[Any]:
        """The two rules about the document as a whole (`document_validator.py`)."""
        from spdx_tools.spdx.model.relationship import RelationshipType
        from spdx_tools.spdx.validation.validation_message import (
            SpdxElementType,
            ValidationContext,
            ValidationMessage,
        )

        document = self._document
        describes = any(
            (each.relationship_type is RelationshipType.DESCRIBES
             and each.spdx_element_id == self._id)
            or (each.relationship_type is RelationshipType.DESCRIBED_BY
                and each.related_spdx_element_id == self._id)
            for each in document.relationships
        )  # fmt: skip
        context = ValidationContext(spdx_id=self._id, element_type=SpdxElementType.DOCUMENT)
        alone = len(document.packages) == 1 and not document.files and not document.snippets
        if not alone and not describes:
            yield ValidationMessage(
                f'there must be at least one relationship "{self._id} DESCRIBES ..." or "... '
                f'DESCRIBED_BY {self._id}" when there is not only a single package present',
                context,
            )
        if doubles := sorted(ref for ref, count in self._count.items() if count > 1):
            yield ValidationMessage(
                "every spdx_id must be unique within the document, but found the following "
                f"duplicates: {doubles}",
                context,
            )

    def _stand_in(self, element: Any, refs: Iterable[str]) -> Any:  # noqa: ANN401
        """With the licences and external documents that the expressions of `element` name."""
        texts = [
            str(text)
            for name in _EXPRESSION_MEMBERS
            if (stated := getattr(element, name, None)) is not None
            for text in (stated if isinstance(stated, list) else [stated])
        ]
        words = {word for text in texts for word in _WORDS.findall(text)}
        stand_in = self._with([*refs, *words])
        stand_in.extracted_licensing_info = [
            self._licences[word] for word in sorted(words) if word in self._licences
        ]
        return stand_in

    def _with(self, refs: Iterable[Any]) -> Any:  # noqa: ANN401 - `_StandIn`, as its readers take it
        """With the elements and external documents of these ids."""
        named = [ref for ref in refs if isinstance(ref, str)]
        external = {ref.partition(":")[0] for ref in named if ":" in ref}
        return _StandIn(
            _Creation(
                self._id, [self._external[ref] for ref in sorted(external) if ref in self._external]
            ),
            packages=[self._elements[ref] for ref in named if ref in self._elements],
        )


_EXPRESSION_MEMBERS = (
    *("license_concluded", "license_declared", "license_info_from_files"),
    *("license_info_in_file", "license_info_in_snippet"),
)
_WORDS = re.compile(r"[^\s()]+")
