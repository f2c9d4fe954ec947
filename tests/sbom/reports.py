"""Reports made by hand: an image with two layers, Debian, and the packages a test wants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from analyzer.digest import ChainId, DiffId, Digest, chain_ids, digest_bytes
from analyzer.image.identity import LOCAL_MANIFEST, Identity, Kind, Origin
from analyzer.packages.contract import Location, Package, Source
from analyzer.packages.distro import Distro
from analyzer.problems import Problem
from analyzer.report import ImageReport, LayerReport, Node, Report, SourceInfo, Tool

CREATED = "2024-01-02T03:04:05.123456789Z"
CREATED_SECONDS = "2024-01-02T03:04:05Z"
STATUS = "var/lib/dpkg/status"

MANIFEST = digest_bytes(b"manifest")
IMAGE_ID = digest_bytes(b"config")
INDEX = digest_bytes(b"index")

DEBIAN = Distro("debian", "12", "Debian GNU/Linux 12 (bookworm)", (), "bookworm", "etc/os-release")


def make_package(name: str = "libc6", version: str = "2.36-9+deb12u4", **more: object) -> Package:
    """An installed Debian package; `more` are members of `Package`."""
    members: dict[str, Any] = {
        "arch": "amd64",
        "type": "deb",
        "source": Source("glibc", "2.36-9+deb12u4"),
        "licenses": ("LGPL-2.1-or-later",),
        "supplier": "GNU Libc Maintainers <debian-glibc@lists.debian.org>",
        "locations": (Location(STATUS, 0),),
        "purl": "pkg:deb/debian/libc6@2.36-9%2Bdeb12u4?arch=amd64&distro=debian-12&upstream=glibc",
        "introduced_in": 0,
        **more,
    }
    return Package(name, version, **members)


def make_layer(
    number: int = 0, *, stored: bool = True, created_by: str = "RUN true"
) -> LayerReport:
    """A gzip layer; without `stored`, one of which only the diff ID is known."""
    return LayerReport(
        digest=digest_bytes(b"blob %d" % number) if stored else None,
        diff_id=digest_bytes(b"tar %d" % number),
        chain_id=_chain(number),
        media_type="application/vnd.oci.image.layer.v1.tar+gzip",
        compression="gzip",
        size=1000 if stored else None,
        uncompressed_size=4000 if stored else None,
        created_by=created_by,
    )


def _chain(number: int) -> ChainId:
    diff_ids = [DiffId(digest_bytes(b"tar %d" % n)) for n in range(number + 1)]
    return list(chain_ids(diff_ids))[-1]


def make_image(
    *packages: Package,
    names: tuple[str, ...] = ("registry.example/team/app:1.0",),
    platform: str = "linux/amd64",
    completeness: Literal["complete", "partial", "absent"] = "complete",
    image_id: Digest | None = IMAGE_ID,
    manifest_digest: Digest | None = MANIFEST,
    index_digest: Digest | None = None,
    config: Mapping[str, Any] | None = None,
    layers: tuple[LayerReport, ...] | None = None,
    distro: Distro | None = DEBIAN,
    problems: tuple[Problem, ...] = (),
    position: int = 0,
) -> ImageReport:
    """A complete image of an OCI layout, holding `packages`."""
    return ImageReport(
        names=names,
        position=position,
        platform=platform,
        platform_declared={"os": "linux", "architecture": "amd64"},
        completeness=completeness,
        image_id=image_id,
        manifest_digest=manifest_digest,
        index_digest=index_digest,
        identities=_identities(image_id, manifest_digest),
        config={"created": CREATED, "os": "linux"} if config is None else config,
        layers=(make_layer(0), make_layer(1)) if layers is None else layers,
        distro=distro,
        packages=packages,
        problems=problems,
    )


def make_docker_image(*packages: Package, **more: object) -> ImageReport:
    """An image of a docker archive: no manifest digest, and a name."""
    members: dict[str, Any] = {"names": ("team/app:1.0",), "manifest_digest": None, **more}
    return make_image(*packages, **members)


def make_local_image(*packages: Package) -> ImageReport:
    """As Docker's graphdriver store saves it: with a manifest that no registry has."""
    image = make_image(*packages, names=("team/app:1.0",))
    local = [
        replace(each, reason=LOCAL_MANIFEST) if each.kind is Kind.MANIFEST else each
        for each in image.identities
    ]
    return replace(image, identities=tuple(local))


def _identities(image_id: Digest | None, manifest: Digest | None) -> tuple[Identity, ...]:
    return (
        Identity(Kind.IMAGE_ID, image_id, Origin.STORED, verified=True, reason="image-id"),
        Identity(
            Kind.MANIFEST,
            manifest,
            Origin.STORED if manifest else Origin.NOT_RECOVERABLE,
            verified=True if manifest else None,
            reason="manifest-digest",
        ),
        Identity(Kind.DIFF_ID, digest_bytes(b"tar 0"), Origin.COMPUTED, verified=True, layer=0),
    )


def make_report(
    *images: ImageReport,
    tree: tuple[Node, ...] = (),
    problems: tuple[Problem, ...] = (),
) -> Report:
    """A report of an OCI layout in a tar file."""
    return Report(
        tool=Tool("ociscope", "0.1.0"),
        source=SourceInfo("app.tar", "oci-archive", 10240),
        tree=tree,
        images=images or (make_image(make_package()),),
        problems=problems,
    )
