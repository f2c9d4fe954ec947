"""Documents of other tools, and the official schemas, read where they lie."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.tools import ROOT

SCHEMAS = ROOT.parent / "shared/schemas"
SBOMS = ROOT.parent / "shared/corpus/sbom"
needs_schemas = pytest.mark.skipif(not SCHEMAS.is_dir(), reason="no official SPDX schemas here")
needs_corpus = pytest.mark.skipif(not SBOMS.is_dir(), reason="no documents of other tools here")


def spdx_schema(version: str) -> Any:  # noqa: ANN401 - JSON
    """The official schema of one version."""
    return json.loads((SCHEMAS / f"spdx-{version}.schema.json").read_bytes())


def spdx_documents() -> dict[str, Any]:
    """Every SPDX document in JSON, by its path in the corpus."""
    return {
        name: value
        for name, value in _json_documents()
        if isinstance(value, dict) and "spdxVersion" in value
    }


def cyclonedx_documents() -> dict[str, Any]:
    """Every CycloneDX document in JSON, by its path in the corpus."""
    return {
        name: value
        for name, value in _json_documents()
        if isinstance(value, dict) and value.get("bomFormat") == "CycloneDX"
    }


def _json_documents() -> list[tuple[str, Any]]:
    found = []
    for path in sorted(SBOMS.rglob("*")):
        if path.is_file():
            try:
                found.append((str(path.relative_to(SBOMS)), json.loads(path.read_bytes())))
            except ValueError:  # tag-value, YAML, XML, and files that are no documents
                continue
    return found
