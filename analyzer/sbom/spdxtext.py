"""Values of an SPDX model made safe for tag-value, which has no way to escape anything.

SPDX 2.3, 4.3 and 5: a value ends with its line, or with `</text>` where it began with `<text>`.
Readers take a marker for one wherever it stands (spdx-tools at the beginning of a value,
tools-golang anywhere), and spdx-tools takes words and dates of the format for such where a name
or version consists of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from spdx_tools.spdx.model.actor import Actor
from spdx_tools.spdx.model.document import CreationInfo, Document
from spdx_tools.spdx.model.package import Package
from spdx_tools.spdx.parser.tagvalue.lexer import SPDXLexer

_MARKER = re.compile(r"(</?text\\*)>")
_TAKEN_FOR_OTHER = re.compile(
    r"(?:Tool|Organization|Person):|\d\d\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ"
    r"|(?:ADLER32|BLAKE2b-(?:256|384|512)|BLAKE3|MD[2456]|SHA(?:1|224|256|384|512)|SHA3-\d+):"
)
_WORDS = frozenset(SPDXLexer.reserved)
_PACKAGE_TEXTS = (
    "source_info", "license_comment", "copyright_text", "summary", "description", "comment",
)  # fmt: skip
_FILE_TEXTS = ("license_comment", "copyright_text", "comment")
_CHANGED = "Written here with quotation marks or backslashes that are not part of it"


def make_safe(document: Document) -> None:
    """Change every value of `document` that tag-value could not hold as it is."""
    _creation_info(document.creation_info)
    for package in document.packages:
        _package(package)
    for file in document.files:
        file.name = _marked(file.name)
        _texts(file, _FILE_TEXTS)
    for info in document.extracted_licensing_info:
        _texts(info, ("extracted_text",))
    for annotation in document.annotations:
        _texts(annotation, ("annotation_comment",))
    for relationship in document.relationships:
        _texts(relationship, ("comment",))


def _creation_info(info: CreationInfo) -> None:
    name = _line(info.name)
    if name != info.name:
        info.document_comment = _with(info.document_comment, f"{_CHANGED}: the document's name")
        info.name = name
    _texts(info, ("document_comment",))
    _actors(info.creators)


def _package(package: Package) -> None:
    for member in ("name", "version"):
        value = getattr(package, member)
        safe = _line(value) if value else value
        if safe != value:
            package.comment = _with(package.comment, f"{_CHANGED}: the {member}")
            setattr(package, member, safe)
    _actors([package.supplier, package.originator])
    for reference in package.external_references:
        reference.locator = _marked(reference.locator)
        _texts(reference, ("comment",))
    _texts(package, _PACKAGE_TEXTS)


def _actors(actors: Iterable[object]) -> None:
    for actor in actors:
        if isinstance(actor, Actor) and "<" in actor.to_serialized_string():
            actor.name = _marked(actor.name)
            actor.email = _marked(actor.email) if actor.email else None


def _texts(holder: object, members: Iterable[str]) -> None:
    """Texts may have several lines; the library puts those between markers itself."""
    for member in members:
        value = getattr(holder, member)
        if isinstance(value, str):
            safe = _text(value)
            if safe is not value:
                setattr(holder, member, safe)


def _text(value: str) -> str:
    safe = _marked(value)
    if "\n" not in safe and (_is_taken_for_other(safe) or safe != safe.strip()):
        return f"<text>{safe}</text>"
    return safe


def _line(value: str) -> str:
    """A value that cannot stand between markers."""
    safe = _marked(value)
    return f'"{safe}"' if _is_taken_for_other(safe) else safe


def _is_taken_for_other(value: str) -> bool:
    return value in _WORDS or _TAKEN_FOR_OTHER.match(value) is not None


def _marked(value: str) -> str:
    """`<text>` and `</text>` with a backslash, one more where there is one already."""
    return _MARKER.sub(r"\1\\>", value) if "text" in value else value


def _with(comment: str | None, more: str) -> str:
    return f"{comment}\n{more}" if comment else more
