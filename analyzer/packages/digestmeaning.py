"""What `Package.digests` are of, cataloger by cataloger: of what is installed only for Java.

All others repeat what metadata state of the archive that a package was made from. It is mostly not
in the image, so nobody can check that here, and no hash of an installed file ever equals it.
"""

from __future__ import annotations

from collections.abc import Mapping

from analyzer.packages.contract import Package

_NPM = "the tarball in the registry (Subresource Integrity in lock files and older package.json)"
DIGESTS_OF: Mapping[str, str] = {
    "bitnami": "the archive that Bitnami unpacked, as its list or SPDX document states it",
    "chisel": "the .deb that slices were cut from, as manifest.wall states it",
    "conda": "the archive in the channel (MD5 and SHA-256), as the record in conda-meta states it",
    "condalocks": "the archive in the channel (MD5 and SHA-256), as conda-lock.yml states it",
    "dartlocks": "the archive in the package repository (SHA-256), as pubspec.lock states it",
    "dotnet": "the .nupkg without its signature (SHA-512), as deps.json states it",
    "erlanglocks": "the tarball in the Hex repository (SHA-256, the outer checksum)",
    "graalvm": "what the SBOM in the program says, mostly a jar that was compiled into it",
    "java": "the jar, war or ear itself (SHA-1), measured as it lies in the image",
    "node": _NPM,
    "nodelocks": _NPM,
    "php": "the archive that Composer downloaded (SHA-1), where its repository states one",
    "python": "the archive or wheel that direct_url.json says was installed",
    "rubylocks": "the .gem (SHA-256), as the CHECKSUMS of Gemfile.lock state it",
    "rustlocks": "the .crate in the registry (SHA-256), as Cargo.lock states it",
    "sbomfiles": "whatever the author of the document hashed; it is a claim",
}
"""By the name of the cataloger that fills them."""
_MEASURED = "java"


def own_digests(package: Package) -> tuple[str, ...]:
    """The digests of the package's own bytes; none where what it has are of something else.

    Several jars of one identity, version and state are one package; if they differ, no digest is
    that of all of them.
    """
    alone = package.cataloger == _MEASURED and len(package.digests) == 1
    return package.digests if alone else ()


def archive_digests(package: Package) -> tuple[str, ...]:
    """Those that are stated of an archive which the package came from."""
    return () if package.cataloger == _MEASURED else package.digests
