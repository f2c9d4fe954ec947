"""Components of Bitnami's images: its own list of them, and an SPDX document beside each.

https://github.com/bitnami/containers: `/opt/bitnami/.bitnami_components.json` is written while
the image is built, `/opt/bitnami/<component>/.spdx-<component>.spdx` comes with the component and
names what is compiled into it, too. Newer images have the documents only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from analyzer.packages.contract import (
    Cataloger,
    Code,
    Files,
    Location,
    Package,
    Problem,
    Want,
    error,
    warning,
)
from analyzer.packages.formats import sbomdocument
from analyzer.packages.formats.claims import Claim, identify, read_purl
from analyzer.packages.formats.jsonfile import load, mapping, word

_LIST = "opt/bitnami/.bitnami_components.json"
_SHA256 = re.compile(r"[0-9a-f]{64}")


def parse(files: Files) -> Iterator[Package | Problem]:
    """Every component once, with what both sources say of it."""
    found: dict[tuple[str, ...], Package] = {}
    for path in sorted(files):
        if path != _LIST and not path.startswith("opt/bitnami/"):
            continue
        if len(files[path]) > sbomdocument.MOST:
            detail = f"{len(files[path])} bytes, and only {sbomdocument.MOST} are read"
            yield error(Code.LIMIT_EXCEEDED, path, detail)
            continue
        try:
            parts = list(
                _listed(path, files[path]) if path == _LIST else _document(path, files[path])
            )
        except ValueError as fault:
            yield error(Code.PACKAGE_DATABASE_DAMAGED, path, str(fault))
            continue
        for part in parts:
            if isinstance(part, Package):
                found[part.key] = _united(found.get(part.key), part)
            else:
                yield part
    yield from found.values()


def _united(known: Package | None, package: Package) -> Package:
    """Both statements as one: the document knows the licence, the list the archive's digest."""
    if known is None:
        return package
    return package._replace(
        licenses=package.licenses or known.licenses,
        digests=package.digests or known.digests,
        locations=tuple(sorted({*known.locations, *package.locations})),
    )


def _listed(path: str, data: bytes) -> Iterator[Package | Problem]:
    """The components of the list. Raises ValueError."""
    if not data:
        return
    document = load(data)
    if not isinstance(document, dict):
        raise ValueError("not an object of components")  # noqa: TRY004  a fault of the file
    for key in sorted(document):
        component = mapping(document[key])
        name, version = word(key), word(component.get("version"))
        if not name:
            yield error(Code.PACKAGE_DATABASE_DAMAGED, path, "a component without a name")
            continue
        yield from _versionless(path, name, version)
        digest = word(component.get("digest"))
        yield _package(
            path,
            Package(
                name=name,
                version=version,
                arch=word(component.get("arch")),
                type="bitnami",
                qualifiers=_qualifiers(component),
                digests=(f"sha256:{digest}",) if _SHA256.fullmatch(digest) else (),
            ),
        )


def _qualifiers(component: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """Those of the type's definition: https://github.com/package-url/purl-spec, `bitnami`."""
    pairs = ((key, word(component.get(key))) for key in ("arch", "distro"))
    return tuple((key, value) for key, value in pairs if value)


def _document(path: str, data: bytes) -> Iterator[Package | Problem]:
    """The packages of one SPDX document. Raises ValueError."""
    for claim in sbomdocument.read(data):
        purl = read_purl(claim.purl) if claim.purl else None
        package = identify(claim, purl)
        if not package.name or (claim.purl and purl is None):
            detail = f"no name or no package URL that can be read: {claim.purl or claim.ref!r:.80}"
            yield error(Code.PACKAGE_DATABASE_DAMAGED, path, detail)
        if package.name:
            yield from _versionless(path, package.name, package.version)
            yield _package(path, _described(package, claim))


def _described(package: Package, claim: Claim) -> Package:
    return package._replace(
        licenses=claim.licences,
        supplier=claim.supplier,
        originator=claim.originator,
        cpes=claim.cpes,
        homepage=claim.homepage,
        digests=claim.digests,
    )


def _package(path: str, package: Package) -> Package:
    return package._replace(locations=(Location(path),), method="metadata")


def _versionless(path: str, name: str, version: str) -> Iterator[Problem]:
    if not version:
        yield warning(Code.PACKAGE_FIELD_MISSING, path, f"component {name} has no version")


CATALOGER = Cataloger(
    name="bitnami",
    version=3,
    group="image",
    wants=(Want(_LIST), Want("**/.spdx-*.spdx")),
    parse=parse,
    about="Components of Bitnami images",
    fills=frozenset(
        {"arch", "cpes", "digests", "homepage", "licenses", "originator", "qualifiers", "supplier"}
    ),
)
