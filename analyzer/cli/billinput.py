"""SBOM documents as input, told from images by their content."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from analyzer.errors import InputError
from analyzer.limits import Limits, exceeded
from analyzer.problems import Code
from analyzer.source.standard import standard_input

if TYPE_CHECKING:
    from analyzer.bills.model import Bill

_HEAD = 64 << 10
_OPENERS = frozenset({b"{", b"<"})
_STANDARD_INPUT = "-"
_BLANKS = b" \t\r\n"


def document_in(path: str, limits: Limits) -> Bill | None:
    """The bill in the file at `path`; None where that is no SBOM document.

    Raises:
        InputError: it looks like one and cannot be read.
        LimitExceeded: it is larger than `limits` allow.
    """
    data = document_bytes(path, limits)
    if data is None:
        return None
    from analyzer.bills.read import NotABill, read_bill

    try:
        return read_bill(data, limits)
    except NotABill as fault:
        raise InputError(Code.NOT_AN_IMAGE, str(fault), where=name_of(path)) from fault


def name_of(path: str) -> str:
    """The input as messages and answers call it."""
    return "standard input" if path == _STANDARD_INPUT else Path(path).name


def document_bytes(path: str, limits: Limits) -> bytes | None:
    """The bytes of the SBOM document at `path`; None where there is anything else.

    Of standard input nothing is taken where it does not begin like a document.

    Raises:
        LimitExceeded: it is larger than `limits` allow.
    """
    if path == _STANDARD_INPUT:
        return _from_standard_input(limits)
    file = Path(path)
    try:
        if not file.is_file():
            return None
        with file.open("rb") as opened:
            return _document_of(opened, file, limits)
    except OSError:
        return None  # whoever opens it as an image says why


def _from_standard_input(limits: Limits) -> bytes | None:
    from analyzer.bills.encoding import in_utf_8
    from analyzer.bills.read import looks_like_bill

    stream = standard_input()
    if not isinstance(stream, io.BufferedReader):
        return None
    try:
        head = stream.peek(1)
    except OSError:
        return None  # whoever opens it as an image says why
    # No tar or compressed file begins so: a header of a tar has zeros, its name comes first.
    text = in_utf_8(head)
    begins = text.lstrip(_BLANKS)[:1] in _OPENERS or looks_like_bill(head)
    if b"\0" in text or not begins:
        return None
    data = stream.read(limits.sbom_bytes + 1)
    if len(data) > limits.sbom_bytes:
        raise exceeded("sbom_bytes", limits.sbom_bytes, len(data), "standard input")
    if not looks_like_bill(data):
        raise _neither("standard input")
    return data


def _document_of(opened: BinaryIO, file: Path, limits: Limits) -> bytes | None:
    from analyzer.bills.encoding import in_utf_8
    from analyzer.bills.read import looks_like_bill

    head, size = opened.read(_HEAD), file.stat().st_size
    # A JSON object may say only at its end what it is; a tar never begins like one.
    text = in_utf_8(head)
    opener = text.lstrip(_BLANKS)[:1]
    if opener == b"{" and size <= limits.sbom_bytes:
        head += opened.read()
    if not looks_like_bill(head):
        if opener in _OPENERS and b"\0" not in text:
            raise _neither(file.name)
        return None
    if size > limits.sbom_bytes:
        raise exceeded("sbom_bytes", limits.sbom_bytes, size, file.name)
    return head + opened.read()


def _neither(name: str) -> InputError:
    return InputError(
        Code.NOT_AN_IMAGE,
        "neither an SBOM document nor an image archive",
        hint="an SBOM says what it is: bomFormat or xmlns (CycloneDX), spdxVersion (SPDX)",
        where=name,
    )


def read_small(file: Path, limits: Limits) -> bytes:
    """The bytes of a file that the user names. Raises InputError: not there, too large."""
    most = limits.document_bytes
    try:
        with file.open("rb") as opened:
            data = opened.read(most + 1)
    except OSError as fault:
        reason = fault.strerror or "cannot be read"
        raise InputError(Code.NOT_FOUND, reason, where=str(file)) from fault
    if len(data) > most:
        raise InputError(Code.BAD_ARGUMENT, f"larger than {most} bytes", where=str(file))
    return data
