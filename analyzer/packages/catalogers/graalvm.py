"""Java libraries inside GraalVM native images, from the SBOM that `--enable-sbom` embeds.

https://www.graalvm.org/latest/security-guide/native-image/sbom/: CycloneDX as JSON, in gzip, at the
exported symbol `sbom` and as long as `sbom_length` says. GraalVM lists what the classes in the
program came from, so these are installed, unlike what other SBOM documents claim. A component
without a package URL is `generic`, since nothing says that it is in a Maven repository.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.packages.contract import (
    Cataloger,
    Code,
    Files,
    Location,
    Package,
    Problem,
    error,
    warning,
)
from analyzer.packages.formats import program, sbomdocument
from analyzer.packages.formats.claims import Claim, identify, read_purl
from analyzer.packages.formats.text import excerpt, text


def parse(files: Files) -> Iterator[Package | Problem]:
    """The components of each native image."""
    for path in sorted(files):
        for parts in program.images(files[path]):
            if program.GRAALVM_FAULT in parts:
                detail = f"the embedded SBOM: {text(parts[program.GRAALVM_FAULT])}"
                yield error(Code.PACKAGE_DATABASE_DAMAGED, path, detail)
            elif program.GRAALVM_SBOM in parts:
                yield from _document(path, parts[program.GRAALVM_SBOM])


def _document(path: str, raw: bytes) -> Iterator[Package | Problem]:
    try:
        claims = sbomdocument.read_cyclonedx(raw)
    except sbomdocument.NotCycloneDX:
        detail = "the embedded SBOM is no CycloneDX document"
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, detail)
        return
    except ValueError as fault:
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, f"the embedded SBOM: {fault}")
        return
    found = [_package(path, claim) for claim in claims]
    yield from (package for package in found if package.name)
    if lost := sum(not package.name for package in found):
        detail = f"the embedded SBOM has {lost} components without a name, left out"
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, detail)
    if bare := [package.name for package in found if package.name and not package.version]:
        detail = f"{len(bare)} of the components have no version: {bare[0]}"
        yield warning(Code.PACKAGE_FIELD_MISSING, path, detail)


def _package(path: str, claim: Claim) -> Package:
    package = identify(claim, read_purl(claim.purl) if claim.purl else None)
    return package._replace(
        licenses=claim.licences,
        supplier=claim.supplier,
        originator=claim.originator,
        cpes=claim.cpes,
        homepage=claim.homepage,
        digests=claim.digests,
        requires=tuple((ref,) for ref in sorted(set(claim.needs))),
        provides=(claim.ref,) if claim.ref else (),
        evidence=excerpt(f"embedded SBOM: {claim.purl or claim.ref or package.name}"),
        method="build-info",
        locations=(Location(path),),
    )


CATALOGER = Cataloger(
    name="graalvm",
    version=4,
    group="file",
    wants=(program.PROGRAMS,),
    parse=parse,
    about="GraalVM native images with an SBOM",
    fills=frozenset(
        {
            *("arch", "namespace", "qualifiers", "licenses", "supplier", "homepage", "digests"),
            *("originator", "cpes", "requires", "provides", "evidence"),
        }
    ),
)
