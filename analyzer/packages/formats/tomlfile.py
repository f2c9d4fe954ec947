"""TOML documents (https://toml.io/en/v1.0.0), no larger than Python's reader is fit for."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from analyzer.packages.formats.bounds import bounded

_DEEP = re.compile(
    rb"(?<![A-Za-z0-9_-])"
    rb"""(?:(?:[A-Za-z0-9_-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){100}"""
)
"""The beginning of a key of more than a hundred parts: `tomllib` takes time with their square."""


def load(data: bytes) -> dict[str, Any]:
    """The table that `data` is.

    Raises:
        ValueError: it is no TOML, nested too deeply, or larger than any such document.
    """
    whole = bounded(data).removeprefix(b"\xef\xbb\xbf")
    if _DEEP.search(whole):
        raise ValueError("nested too deeply")
    try:
        return tomllib.loads(whole.decode("utf-8"))
    except RecursionError as fault:
        raise ValueError("nested too deeply") from fault
    except ValueError as fault:
        raise ValueError(f"not TOML: {fault}") from fault
