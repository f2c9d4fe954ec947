"""Packages that SBOM documents inside the image speak of: SPDX 2, CycloneDX and syft's own.

https://spdx.github.io/spdx-spec/v2.3/ (JSON, tag-value and YAML),
https://cyclonedx.org/docs/1.6/json/ (and XML), https://github.com/anchore/syft/tree/main/schema.
The other forms of SPDX, and its version 3, are named and not read.
What they say is a claim: somebody wrote it when the document was made, and the software may be
gone, changed or never there. So all of it has the state `claimed`. Bitnami's documents are what
its own tools go by; the cataloger `bitnami` reads them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from analyzer.packages.contract import (
    CLAIMED,
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
from analyzer.packages.formats.text import excerpt

_BITNAMI = re.compile(r"opt/bitnami/.*/\.spdx-[^/]*\.spdx", re.DOTALL)
_READ = (
    *("cdx.json", "cdx.xml", "cyclonedx.json", "cyclonedx.xml", "syft.json"),
    *("spdx", "spdx.json", "spdx.yaml", "spdx.yml"),
)
_UNREAD = ("spdx.rdf", "spdx.rdf.xml", "spdx.xml")
_VAGUE = ("/bom.json", "/bom.xml", "/sbom.json")
"""Ends of names that others use, too: no problem where they are no SBOM."""


def parse(files: Files) -> Iterator[Package | Problem]:
    """The packages of each document."""
    for path in sorted(files):
        if _BITNAMI.fullmatch(path):
            continue
        if path.endswith(_UNREAD):
            yield warning(Code.UNSUPPORTED, path, "an SPDX document in a form that is not read")
            continue
        if len(files[path]) > sbomdocument.MOST:
            detail = f"an SBOM of {len(files[path])} bytes, and only {sbomdocument.MOST} are read"
            yield error(Code.LIMIT_EXCEEDED, path, detail)
            continue
        try:
            claims = sbomdocument.read(files[path])
        except sbomdocument.NotRead as fault:
            yield warning(Code.UNSUPPORTED, path, str(fault))
            continue
        except ValueError as fault:
            if not f"/{path}".endswith(_VAGUE):
                yield error(Code.PACKAGE_DATABASE_DAMAGED, path, str(fault))
            continue
        yield from _packages(path, claims)


def _packages(path: str, claims: Iterable[Claim]) -> Iterator[Package | Problem]:
    bare: list[str] = []
    wrong: list[str] = []
    for claim in claims:
        purl = read_purl(claim.purl) if claim.purl else None
        if purl is not None and purl.image:
            continue
        if claim.purl and purl is None:
            wrong.append(claim.purl)
        package = identify(claim, purl)
        if not package.name:
            wrong.append(claim.ref)
            continue
        if not package.version:
            bare.append(package.name)
        yield _filled(path, package, claim)
    if wrong:
        detail = f"{len(wrong)} times no name or no package URL that can be read: {wrong[0]!r:.80}"
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, detail)
    if bare:
        detail = f"{len(bare)} of its packages have no version: {bare[0]:.80}"
        yield warning(Code.PACKAGE_FIELD_MISSING, path, detail)


def _filled(path: str, package: Package, claim: Claim) -> Package:
    return package._replace(
        state=CLAIMED,
        licenses=claim.licences,
        supplier=claim.supplier,
        originator=claim.originator,
        cpes=claim.cpes,
        homepage=claim.homepage,
        locations=(Location(path),),
        digests=claim.digests,
        # References hold inside one document only.
        requires=tuple((f"{path}#{ref}",) for ref in claim.needs),
        provides=(f"{path}#{claim.ref}",) if claim.ref else (),
        evidence=excerpt(claim.purl or claim.ref),
        method="document",
        confidence="medium",
    )


CATALOGER = Cataloger(
    name="sbomfiles",
    version=5,
    group="file",
    wants=(
        *(Want(f"**/*.{end}") for end in (*_READ, *_UNREAD)),
        *(Want(f"**{name}") for name in _VAGUE),
        Want("**/.spdx.*.json"),
    ),
    parse=parse,
    about="SBOM documents in the image (SPDX, CycloneDX, syft)",
    fills=frozenset(
        {"arch", "digests", "homepage", "licenses", "namespace", "provides", "qualifiers"}
        | {"requires", "supplier", "originator", "cpes", "evidence"}
    ),
)
