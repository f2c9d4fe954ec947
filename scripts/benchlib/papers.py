"""SBOMs written from a report that is made up, so that nothing but the writing is timed."""

from __future__ import annotations

import random
import time

from analyzer.digest import digest_bytes
from analyzer.image.identity import Identity, Kind, Origin
from analyzer.packages.contract import Location, Package, Source
from analyzer.packages.distro import Distro
from analyzer.report import ImageReport, LayerReport, Report, SourceInfo, Tool
from analyzer.sbom.papers import Papers

LAYERS = 5
NEEDS = 5
"""Dependencies of a package; Debian's have as many."""
_STATUS = "var/lib/dpkg/status"
_LICENCES = ("MIT", "GPL-2.0-or-later", "Apache-2.0 OR MIT", "LGPL-2.1-or-later AND BSD-3-Clause")


def papers(form: str, packages: int) -> dict[str, float]:
    """Seconds from the report to the bytes of a document with that many packages."""
    report = _report(packages)
    _written(form, _report(1))  # imports what is needed
    start = time.perf_counter()
    size = _written(form, report)
    return {"seconds": time.perf_counter() - start, "document_bytes": size}


def _written(form: str, report: Report) -> int:
    return len(Papers(report, report.images[0], "0").document(form))


def _report(packages: int) -> Report:
    chance = random.Random(7)  # noqa: S311 (the same packages every time)
    made = tuple(_package(number, packages, chance) for number in range(packages))
    return Report(Tool("bench", "1"), SourceInfo("bench", "oci-layout", None), (), (_image(made),))


def _package(number: int, packages: int, chance: random.Random) -> Package:
    needed = {chance.randrange(packages) for _ in range(NEEDS)} - {number}
    name = f"package-{number}"
    return Package(
        name=name,
        version=_version(number),
        arch="amd64",
        type="deb",
        source=Source(f"source-{number // 3}", _version(number)),
        licenses=(_LICENCES[number % len(_LICENCES)],),
        license_expression=_LICENCES[number % len(_LICENCES)],
        supplier=f"Maintainer {number % 50} <someone{number % 50}@example.org>",
        homepage=f"https://example.org/{name}",
        locations=(Location(_STATUS, number % LAYERS),),
        cataloger="dpkg",
        purl=f"pkg:deb/debian/{name}@{_version(number)}?arch=amd64&distro=debian-12",
        introduced_in=number % LAYERS,
        dependencies=tuple(sorted(f"deb:package-{n}:amd64@{_version(n)}" for n in needed)),
    )


def _version(number: int) -> str:
    return f"{number % 9}.{number % 100}-1"


def _image(packages: tuple[Package, ...]) -> ImageReport:
    manifest, config = digest_bytes(b"manifest"), digest_bytes(b"config")
    stored = Origin.STORED
    return ImageReport(
        names=("registry.example/team/app:1.0",),
        position=0,
        platform="linux/amd64",
        platform_declared={"os": "linux", "architecture": "amd64"},
        completeness="complete",
        image_id=config,
        manifest_digest=manifest,
        index_digest=None,
        identities=(Identity(Kind.MANIFEST, manifest, stored, verified=True, reason="manifest"),),
        config={"created": "2024-01-02T03:04:05Z", "os": "linux"},
        layers=tuple(_layer(number) for number in range(LAYERS)),
        distro=Distro("debian", "12", "Debian GNU/Linux 12", (), "bookworm", "etc/os-release"),
        packages=packages,
    )


def _layer(number: int) -> LayerReport:
    return LayerReport(
        digest=digest_bytes(b"blob %d" % number),
        diff_id=digest_bytes(b"tar %d" % number),
        chain_id=None,
        media_type="application/vnd.oci.image.layer.v1.tar+gzip",
        compression="gzip",
        size=1000,
        uncompressed_size=4000,
        created_by="RUN true",
    )
