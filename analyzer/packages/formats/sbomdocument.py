"""An SBOM of any kind that we know, to what it says of packages: SPDX 2 and CycloneDX.

https://spdx.github.io/spdx-spec/v2.3/ (JSON and tag-value), https://cyclonedx.org/docs/1.6/json/
and https://cyclonedx.org/docs/1.6/xml/.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from analyzer.packages.formats import cyclonedx, cyclonedxxml, spdxdocument
from analyzer.packages.formats.claims import Claim
from analyzer.packages.formats.jsonfile import load, mapping

MOST = 32 << 20
"""Bytes of one document; the largest seen, of a whole distribution, has ten million."""
_BEGINNING = 4096


class NotRead(ValueError):
    """An SBOM of a kind that exists and is not read here."""


def read(data: bytes) -> list[Claim]:
    """The packages of a document; none of an empty file.

    Raises:
        NotRead: SPDX of version 3.
        ValueError: it is of no kind that we know, or damaged.
    """
    start = bytes(data[:_BEGINNING]).removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        return []
    if start.startswith(b"{"):
        return list(_reader(mapping(load(data))))
    if start.startswith(b"<"):
        return list(cyclonedx.from_json(cyclonedxxml.to_json(data)))
    if b"SPDXVersion:" not in start:
        raise ValueError("neither JSON nor XML nor the tag-value form of SPDX")
    return list(spdxdocument.from_tags(data))


def _reader(document: Mapping[str, object]) -> Iterable[Claim]:
    if cyclonedx.is_cyclonedx(document):
        return cyclonedx.from_json(document)
    if spdxdocument.is_spdx(document):
        return spdxdocument.from_json(document)
    if spdxdocument.is_newer(document):
        raise NotRead("an SPDX document of version 3")
    raise ValueError("JSON, but neither SPDX of version 2 nor CycloneDX")
