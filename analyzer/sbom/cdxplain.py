"""The JSON of the parts of a CycloneDX document that there are most of: files, and what needs what.

The library goes through thirty members of each component, and through a text; for a file with a
name, hashes and properties this comes to the same in a tenth of the time.
"""

from __future__ import annotations

from typing import Any

from cyclonedx.model import HashAlgorithm
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.dependency import Dependency

_FILE = frozenset({"_type", "_bom_ref", "_name"})
_MAY_HAVE = _FILE | {"_hashes", "_properties"}
_ALGORITHMS = frozenset({HashAlgorithm.SHA_1, HashAlgorithm.SHA_256})
"""That every version of CycloneDX has."""


def plain_form(part: Component | Dependency) -> dict[str, Any] | None:
    """What the library writes for `part`, if that is a dependency or a plain file; else None."""
    if isinstance(part, Dependency):
        return _dependency(part)
    stated = {name for name, value in vars(part).items() if value}
    if part.type is not ComponentType.FILE or not _FILE <= stated <= _MAY_HAVE:
        return None
    if not all(each.alg in _ALGORITHMS and each.content for each in part.hashes):
        return None
    if not all(each.name and each.value for each in part.properties):
        return None
    written: dict[str, Any] = {
        "bom-ref": part.bom_ref.value,
        "hashes": [{"alg": each.alg.value, "content": each.content} for each in part.hashes],
        "name": part.name,
        "properties": [{"name": each.name, "value": each.value} for each in part.properties],
        "type": "file",
    }
    return {name: value for name, value in written.items() if value}


def _dependency(part: Dependency) -> dict[str, Any]:
    needed = {"dependsOn": [each.ref.value for each in part.dependencies]}
    return (needed if part.dependencies else {}) | {"ref": part.ref.value}
