"""SPDX documents in the tag-value form, brought into the shape that they have as JSON.

https://spdx.github.io/spdx-spec/v2.3/ (clause 4 for the form, the tags beside each member). A tag
that is not known stays under its own name, where nobody takes it, and so is told as lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from analyzer.bills.members import Json
from analyzer.jsonvalues import sequence
from analyzer.limits import Limits, exceeded
from analyzer.paths import decode

_TAG = re.compile(r"(\w+):[ \t]*(.*)", re.DOTALL)
_VERSION = re.compile(rb"^[ \t]*SPDXVersion:", re.MULTILINE)
_OPEN, _SHUT = "<text>", "</text>"

_DOCUMENT = {
    "SPDXVersion": "spdxVersion",
    "DataLicense": "dataLicense",
    "DocumentName": "name",
    "DocumentNamespace": "documentNamespace",
    "DocumentComment": "comment",
}
_CREATION = {
    "LicenseListVersion": "licenseListVersion",
    "Created": "created",
    "CreatorComment": "comment",
}
_PACKAGE = {
    "PackageName": "name",
    "PackageVersion": "versionInfo",
    "PackageFileName": "packageFileName",
    "PackageSupplier": "supplier",
    "PackageOriginator": "originator",
    "PackageDownloadLocation": "downloadLocation",
    "PackageVerificationCode": "packageVerificationCode",
    "PackageHomePage": "homepage",
    "PackageSourceInfo": "sourceInfo",
    "PackageLicenseConcluded": "licenseConcluded",
    "PackageLicenseDeclared": "licenseDeclared",
    "PackageLicenseComments": "licenseComments",
    "PackageCopyrightText": "copyrightText",
    "PackageSummary": "summary",
    "PackageDescription": "description",
    "PackageComment": "comment",
    "PrimaryPackagePurpose": "primaryPackagePurpose",
    "ReleaseDate": "releaseDate",
    "BuiltDate": "builtDate",
    "ValidUntilDate": "validUntilDate",
    "FilesAnalyzed": "filesAnalyzed",
}
_FILE = {
    "FileName": "fileName",
    "LicenseConcluded": "licenseConcluded",
    "LicenseComments": "licenseComments",
    "FileCopyrightText": "copyrightText",
    "FileComment": "comment",
    "FileNotice": "noticeText",
}
_LICENCE = {
    "LicenseID": "licenseId",
    "ExtractedText": "extractedText",
    "LicenseName": "name",
    "LicenseComment": "comment",
}
_LISTS = {
    "Creator": "creators",
    "PackageLicenseInfoFromFiles": "licenseInfoFromFiles",
    "PackageAttributionText": "attributionTexts",
    "FileType": "fileTypes",
    "LicenseInfoInFile": "licenseInfoInFiles",
    "FileContributor": "fileContributors",
    "FileAttributionText": "attributionTexts",
    "FileDependency": "fileDependencies",
    "LicenseCrossReference": "seeAlsos",
}
_SECTIONS = {
    "PackageName": "packages",
    "FileName": "files",
    "SnippetSPDXID": "snippets",
    "LicenseID": "hasExtractedLicensingInfos",
    "Reviewer": "revieweds",
    "Annotator": "annotations",
}
_MEMBERS = {
    "packages": _PACKAGE,
    "files": _FILE,
    "hasExtractedLicensingInfos": _LICENCE,
    "annotations": {
        "Annotator": "annotator",
        "AnnotationDate": "annotationDate",
        "AnnotationType": "annotationType",
        "AnnotationComment": "comment",
        "SPDXREF": "spdxElementId",
    },
    "revieweds": {},
    "snippets": {},
}
_ASIDE = frozenset({"annotations", "revieweds"})
"""Sections that may stand between the lines of another."""


def is_tag_value(data: bytes) -> bool:
    """Whether a line of `data` says which version of SPDX it is in."""
    return _VERSION.search(data) is not None


def to_json(data: bytes, limits: Limits) -> Json:
    """The document as it would be as JSON.

    Raises:
        LimitExceeded: it has more tags than a document may have values.
    """
    builder = _Builder()
    for number, (tag, value) in enumerate(_tags(decode(data))):
        if number > limits.sbom_values:
            raise exceeded("sbom_values", limits.sbom_values, number, "")
        builder.take(tag, value)
    return _with_annotations(builder.document)


def _with_annotations(document: Json) -> Json:
    """`document` with each annotation in the element that it is about (clause 12)."""
    annotations = document.pop("annotations", [])
    owners: dict[object, Json] = {}
    for name in ("packages", "files", "snippets"):
        for entry in sequence(document.get(name)):
            if isinstance(entry, dict):
                owners.setdefault(entry.get("SPDXID"), entry)
    for annotation in sequence(annotations):
        if isinstance(annotation, dict):
            owner = owners.get(annotation.get("spdxElementId"))
            if owner is not None or annotation.get("spdxElementId") == document.get("SPDXID"):
                del annotation["spdxElementId"]
            held = (document if owner is None else owner).setdefault("annotations", [])
            if isinstance(held, list):
                held.append(annotation)
    return document


def _tags(text: str) -> Iterator[tuple[str, str]]:
    """Tags and their values; one in `<text>` goes on over lines."""
    lines = iter(text.removeprefix("\ufeff").split("\n"))
    for line in lines:
        match = None if line.lstrip().startswith("#") else _TAG.fullmatch(line.strip())
        if match is None:
            continue
        value = match[2]
        if value.startswith(_OPEN):
            pieces = [line[line.index(_OPEN) + len(_OPEN) :]]
            while _SHUT not in pieces[-1] and (more := next(lines, None)) is not None:
                pieces.append(more)
            value = "\n".join(piece.removesuffix("\r") for piece in pieces).partition(_SHUT)[0]
        yield match[1], value


class _Builder:
    """Puts each tag where it belongs."""

    def __init__(self) -> None:
        self.document: Json = {"creationInfo": {}}
        self._section: Json = self.document
        self._aside: Json | None = None
        self._name = self._aside_name = ""
        self._package: Json | None = None
        self._special: dict[str, Callable[[str], None]] = {
            "ExternalDocumentRef": self._external,
            "ExternalRef": self._reference,
            "ExternalRefComment": self._reference_comment,
            "FileChecksum": self._checksum,
            "PackageChecksum": self._checksum,
            "Relationship": self._relation,
            "RelationshipComment": self._relation_comment,
        }

    def take(self, tag: str, value: str) -> None:
        """The next tag of the document."""
        if tag in _SECTIONS:
            self._begin(_SECTIONS[tag])
        if self._aside is not None:
            member = _MEMBERS[self._aside_name].get(tag)
            if member is not None:
                self._aside[member] = value
                return
        if tag in self._special:
            self._special[tag](value)
        elif tag in _CREATION or tag == "Creator":
            self._put(self._object(self.document, "creationInfo"), tag, value, _CREATION)
        elif tag in _DOCUMENT:
            self.document[_DOCUMENT[tag]] = value
        else:
            self._put(self._section, tag, value, _MEMBERS.get(self._name, {}))
            if tag == "SPDXID" and self._name == "files" and self._package is not None:
                self._list(self._package, "hasFiles").append(value)

    def _begin(self, name: str) -> None:
        entry: Json = {}
        self._list(self.document, name).append(entry)
        if name in _ASIDE:
            self._aside, self._aside_name = entry, name
            return
        self._section, self._name, self._aside = entry, name, None
        if name == "packages":
            self._package = entry

    def _put(self, entry: Json, tag: str, value: str, members: dict[str, str]) -> None:
        if tag in _LISTS:
            self._list(entry, _LISTS[tag]).append(value)
        else:
            entry[members.get(tag, tag)] = value

    def _external(self, value: str) -> None:
        """`DocumentRef-x https://namespace SHA1: hex` (6.6)."""
        ref, _, rest = value.partition(" ")
        uri, _, checksum = rest.strip().partition(" ")
        entry: Json = {
            "externalDocumentId": ref,
            "spdxDocument": uri,
            "checksum": _checksum(checksum),
        }
        self._list(self.document, "externalDocumentRefs").append(entry)

    def _reference(self, value: str) -> None:
        """`CATEGORY type locator` (7.21)."""
        category, kind, locator = [*value.split(None, 2), "", "", ""][:3]
        self._list(self._section, "externalRefs").append(
            {"referenceCategory": category, "referenceType": kind, "referenceLocator": locator}
        )

    def _reference_comment(self, value: str) -> None:
        self._comment(self._section, "externalRefs", value)

    def _checksum(self, value: str) -> None:
        self._list(self._section, "checksums").append(_checksum(value))

    def _relation(self, value: str) -> None:
        """`one KIND other` (11.1)."""
        one, kind, other = [*value.split(None, 2), "", "", ""][:3]
        self._list(self.document, "relationships").append(
            {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}
        )

    def _relation_comment(self, value: str) -> None:
        self._comment(self.document, "relationships", value)

    def _comment(self, owner: Json, name: str, value: str) -> None:
        """A comment on the last entry of a list."""
        entries = self._list(owner, name)
        last = entries[-1] if entries else None
        if isinstance(last, dict):
            last["comment"] = value
        else:
            owner[f"comment of no {name}"] = value

    @staticmethod
    def _list(owner: Json, name: str) -> list[object]:
        value = owner.setdefault(name, [])
        return value if isinstance(value, list) else []

    @staticmethod
    def _object(owner: Json, name: str) -> Json:
        value = owner.setdefault(name, {})
        return value if isinstance(value, dict) else {}


def _checksum(value: str) -> Json:
    """`SHA1: hex` (7.10)."""
    algorithm, _, found = value.partition(":")
    return {"algorithm": algorithm.strip(), "checksumValue": found.strip()}
