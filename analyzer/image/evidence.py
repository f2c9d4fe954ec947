"""What the rules about writers share: a probable writer, and documents read without complaint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from analyzer.errors import AnalyzerError
from analyzer.image.blobs import Blobs
from analyzer.image.documents import load_json


@dataclass(frozen=True, slots=True)
class Writer:
    """A probable writer, and what speaks for it."""

    name: str
    evidence: tuple[str, ...]


def json_at(blobs: Blobs, name: str) -> object:
    """The document at `name`; None when it cannot be read, which others complain about."""
    try:
        return load_json(blobs.raw(name), name, blobs.limits)[0]
    except AnalyzerError:
        return None


def listed(value: object) -> list[Any]:
    """`value` if it is a list, else an empty one."""
    return value if isinstance(value, list) else []
