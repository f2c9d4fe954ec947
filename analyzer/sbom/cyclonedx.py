"""Bills of materials written as CycloneDX documents.

Written through cyclonedx-python-lib: its model and its serialisation of every part, not its
outputters, whose look-ups grow with the square of the components (decision 8). Where a bill
says what a version of CycloneDX has no member for, a property of ours says it (`ociscope:...`) or
`lost_in_cyclonedx` tells it.
"""

from __future__ import annotations

from analyzer.bills.model import Bill, Lost
from analyzer.sbom.cdxmodel import take_apart
from analyzer.sbom.cdxwrite import json_document, xml_document
from analyzer.sbom.ids import document_namespace

DEFAULT_VERSION = "1.6"


def cyclonedx_json(bill: Bill, version: str = DEFAULT_VERSION) -> bytes:
    """`bill` as CycloneDX JSON, ending in a newline; the same bytes for the same bill.

    The serial number is a UUIDv5 over the SHA-256 of the document written with an empty one
    (`"serialNumber": ""`), so that anybody can compute it again.

    Raises:
        ValueError: a version other than 1.5, 1.6 and 1.7.
    """
    return _numbered(json_document(bill, version), b'"serialNumber": "%s"')


def cyclonedx_xml(bill: Bill, version: str = DEFAULT_VERSION) -> bytes:
    """`bill` as CycloneDX XML; as `cyclonedx_json`, with `serialNumber=""` in its place."""
    return _numbered(xml_document(bill, version), b'serialNumber="%s"')


def lost_in_cyclonedx(bill: Bill, version: str = DEFAULT_VERSION) -> tuple[Lost, ...]:
    """What `bill` says and a document of `version` does not, or not in the place for it."""
    return take_apart(bill, version, lambda *_: None).lost


def _numbered(document: bytes, member: bytes) -> bytes:
    """Nothing that a bill says stands before the serial number, so the first is the document's."""
    number = document_namespace(document).encode()
    return document.replace(member % b"", member % number, 1)
