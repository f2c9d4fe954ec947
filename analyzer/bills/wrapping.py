"""Documents taken out of what they come in: statements, envelopes, predicates.

in-toto Statement v0.1 and v1 (https://github.com/in-toto/attestation, spec/v1/statement.md), as
BuildKit attaches them; DSSE (https://github.com/secure-systems-lab/dsse, envelope.md) and bundles
of Sigstore around it; cosign's predicate, which holds a document as text
(`pkg/cosign/attestation`).
Signatures are not looked at: what a document is worth says `verify`, not its reader.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from analyzer.bills.members import Json
from analyzer.bills.model import Bound
from analyzer.jsonvalues import mapping, sequence, word
from analyzer.paths import printable

_STATEMENT = "https://in-toto.io/Statement/"
_PAYLOAD = "application/vnd.in-toto+json"
_BUILDX = "SPDX"
"""What `docker buildx imagetools inspect --format '{{json .SBOM}}'` puts around a document."""


@dataclass(frozen=True, slots=True)
class Inner:
    """What was inside, one level down."""

    value: Json | None
    """An object; None where it is a text."""
    text: bytes = b""
    bound: tuple[Bound, ...] = ()
    about: str = ""
    """In words, what it was taken out of."""


def unwrap(document: Json) -> Inner | None:
    """What `document` is made to hold; None where it is no wrapping.

    Raises:
        ValueError: it holds nothing that can be read.
    """
    if word(document.get("_type")).startswith(_STATEMENT):
        return _statement(document)
    if isinstance(envelope := document.get("dsseEnvelope"), dict):
        return Inner(envelope, about="a Sigstore bundle")
    if "payload" in document and "payloadType" in document:
        return _envelope(document)
    if set(document) == {_BUILDX} and isinstance(inner := document[_BUILDX], dict):
        return Inner(inner, about="BuildKit's SBOM")
    if "Data" in document and set(document) <= {"Data", "Timestamp"}:
        return _held(document["Data"], (), "a predicate of cosign")
    return None


def _statement(document: Json) -> Inner:
    bound = tuple(_subject(mapping(entry)) for entry in sequence(document.get("subject")))
    predicate = document.get("predicate")
    about = f"an in-toto statement of type {word(document.get('predicateType')) or 'unknown'}"
    if isinstance(predicate, dict) and "Data" in predicate:
        return _held(predicate["Data"], bound, about)
    return _held(predicate, bound, about)


def _subject(entry: Json | object) -> Bound:
    members = mapping(entry)
    digests = sorted(
        f"{printable(name)}:{word(value)}"
        for name, value in mapping(members.get("digest")).items()
        if word(value)
    )
    return Bound(word(members.get("name")), tuple(digests))


def _held(value: object, bound: tuple[Bound, ...], about: str) -> Inner:
    if isinstance(value, dict):
        return Inner(value, bound=bound, about=about)
    if isinstance(value, str):
        return Inner(None, value.encode("utf-8", "surrogateescape"), bound, about)
    raise ValueError(f"{about} without a document")


def _envelope(document: Json) -> Inner:
    kind = word(document.get("payloadType"))
    if kind != _PAYLOAD:
        raise ValueError(f"an envelope whose payload is {kind or 'unknown'}, not in-toto")
    payload = document.get("payload")
    if not isinstance(payload, str):
        raise ValueError("an envelope without a payload")  # noqa: TRY004  a fault of the file
    try:
        text = base64.b64decode(payload.translate(_URL_SAFE), validate=True)
    except (ValueError, binascii.Error):
        raise ValueError("an envelope whose payload is not base64") from None
    return Inner(None, text, about="an envelope")


_URL_SAFE = str.maketrans("-_", "+/", "\r\n")
"""DSSE, protocol.md: either alphabet of base64 has to be accepted."""
