"""Small compressed files inside the image, inflated while a layer streams past."""

from __future__ import annotations

from collections.abc import Mapping

from analyzer.packages.contract import Charge, Content
from analyzer.packages.formats.inflated import GZIP, InflateFault, inflate

_MOST = 64 << 20
"""Bytes of one such file; a list of the hundred thousand files of a package has fifteen million."""

CONTENT = "content"
"""The part with what was inflated."""
FAULT = "fault"
"""The part that says instead, in UTF-8, why that is not to be had."""


def reduce_gzip(content: Content, charge: Charge) -> Mapping[str, bytes]:
    """A gzip file (RFC 1952) to its content.

    Raises:
        LimitExceeded: by `charge`.
    """
    try:
        return {CONTENT: inflate(content[:], GZIP, _MOST, charge)}
    except InflateFault as fault:
        return {FAULT: str(fault).encode()}
