"""What each package URL type asks of namespace, name and version.

purl-spec (ECMA-427), `types/*-definition.json` of https://github.com/package-url/purl-spec:
`requirement`, `case_sensitive` and `normalization_rules`. Types that are not in its index are
written as they are given.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one type. `folded` are the components that are written in lower case."""

    namespace: Literal["required", "optional", "prohibited"] = "optional"
    folded: frozenset[str] = frozenset()
    system: bool = False
    """Packages of an operating system: its ID is their namespace."""


def _rules(
    namespace: Literal["required", "optional", "prohibited"], folded: str = "", *, os: bool = False
) -> Rules:
    return Rules(namespace, frozenset(folded.split()), os)


_BOTH = "namespace name"
TYPES = {
    "alpm": _rules("required", _BOTH, os=True),
    "apk": _rules("required", _BOTH, os=True),
    "bitbucket": _rules("required", _BOTH),
    "bitnami": _rules("prohibited", "name"),
    "brew": _rules("optional", _BOTH),
    "cargo": _rules("prohibited"),
    "cocoapods": _rules("prohibited"),
    "composer": _rules("required", _BOTH),
    "conan": _rules("optional"),
    "conda": _rules("prohibited"),
    "cpan": _rules("optional"),
    "cran": _rules("prohibited"),
    "deb": _rules("required", _BOTH, os=True),
    "gem": _rules("prohibited"),
    "generic": _rules("optional"),
    "git": _rules("required"),
    "github": _rules("required", _BOTH),
    # The definition requires a namespace, and has none to give to the standard library or to a
    # module whose path is one element; syft and trivy write both without.
    "golang": _rules("optional"),
    "hackage": _rules("prohibited"),
    "hex": _rules("optional", _BOTH),
    "huggingface": _rules("required", "version"),
    "julia": _rules("prohibited"),
    "luarocks": _rules("optional", _BOTH),
    "maven": _rules("required"),
    "mlflow": _rules("prohibited"),
    "npm": _rules("optional"),
    "nuget": _rules("prohibited"),
    "oci": _rules("prohibited", "name version"),
    "opam": _rules("prohibited"),
    "otp": _rules("prohibited", "name"),
    "pub": _rules("prohibited", "name"),
    "pypi": _rules("prohibited", "name version"),
    "qpkg": _rules("required", "namespace"),
    "rpm": _rules("required", "namespace", os=True),
    "swid": _rules("optional"),
    "swift": _rules("required"),
    "vcpkg": _rules("prohibited"),
    "vscode-extension": _rules("required", "namespace name version"),
    "yocto": _rules("optional", "namespace"),
}
"""By type. An image can hold packages of these; the index has a few more."""

_UNKNOWN = Rules()
_TYPE = re.compile(r"[a-z][a-z0-9.-]*")
_MODULE = "::"


def rules_of(kind: str) -> Rules:
    """The rules of a type; those of a type that the index lacks leave everything open."""
    return TYPES.get(kind, _UNKNOWN)


def normalised(
    kind: str, namespace: str, name: str, version: str, keys: frozenset[str] = frozenset()
) -> tuple[str, str, str]:
    """Namespace, name and version as the canonical form of a purl of this type has them.

    `keys` are the qualifiers that are there.

    Raises:
        ValueError: what the type requires is missing, or something that it prohibits is there.
    """
    rules = rules_of(kind)
    namespace, name = namespace.strip("/ "), name.strip("/ ")
    if not _TYPE.fullmatch(kind) or not name:
        raise ValueError("no package URL without a type and a name")
    if rules.namespace == "required" and not namespace:
        raise ValueError(f"package URLs of type {kind} need a namespace")
    if rules.namespace == "prohibited" and namespace:
        raise ValueError(f"package URLs of type {kind} have no namespace")
    if kind == "cpan" and _MODULE in name:
        raise ValueError("the name is to be that of the distribution, not of a module")
    if kind == "julia" and "uuid" not in keys:
        raise ValueError("package URLs of type julia need a uuid")
    parts = {"namespace": namespace, "name": name, "version": version}
    folded = {key: v.lower() if key in rules.folded else v for key, v in parts.items()}
    return folded["namespace"], _renamed(kind, folded["name"]), folded["version"]


def _renamed(kind: str, name: str) -> str:
    """`normalization_rules` of names beyond case."""
    match kind:
        case "pypi" | "hackage":
            return name.replace("_", "-")
        case "pub":
            return re.sub("[^a-z0-9]", "_", name)
        case _:
            return name
