"""Reports made by hand: an image is said in the few words that a test is about."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal

from analyzer.digest import Digest
from analyzer.image.identity import Identity, Kind, Origin
from analyzer.packages.contract import Location, Package, Source
from analyzer.report import ImageReport, LayerReport, Report, SourceInfo, Tool

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analyzer.packages.distro import Distro
    from analyzer.problems import Problem


def digest(word: str) -> Digest:
    """The digest of `word`: the same word, the same digest."""
    return Digest(f"sha256:{sha256(word.encode()).hexdigest()}")


def layer(
    content: str, created_by: str = "", *, blob: str | None = None, diff_id: bool = True
) -> LayerReport:
    """A layer with `content`; stored as `blob`, by default as plain as its content."""
    stored = content if blob is None else blob
    return LayerReport(
        digest=digest(stored) if stored else None,
        diff_id=digest(content) if diff_id else None,
        chain_id=None,
        media_type="application/vnd.oci.image.layer.v1.tar",
        compression="none",
        size=10_240,
        uncompressed_size=10_240,
        created_by=created_by or f"COPY {content} /",
    )


def package(
    name: str,
    version: str = "1.0",
    *,
    kind: str = "deb",
    arch: str = "amd64",
    state: str = "installed",
    source: tuple[str, str] | None = None,
    licenses: tuple[str, ...] = (),
    layer: int | None = 0,
) -> Package:
    """A package as a report holds it."""
    return Package(
        name=name,
        version=version,
        arch=arch,
        type=kind,
        state=state,
        source=Source(*source) if source else None,
        licenses=licenses,
        locations=(Location("var/lib/dpkg/status", layer),),
        purl=f"pkg:{kind}/{name}@{version}",
        introduced_in=layer,
    )


def image(
    *names: str,
    position: int = 0,
    platform: str = "linux/amd64",
    declared: Mapping[str, Any] | None = None,
    completeness: Literal["complete", "partial", "absent"] = "complete",
    image_id: str | None = "config",
    manifest: str | None = "manifest",
    index: str | None = None,
    config: Mapping[str, Any] | None = None,
    layers: Sequence[LayerReport] = (),
    distro: Distro | None = None,
    packages: Sequence[Package] = (),
    problems: Sequence[Problem] = (),
) -> ImageReport:
    """An image; digests are said as words, see `digest`."""
    return ImageReport(
        names=names,
        position=position,
        platform=platform,
        platform_declared=declared,
        completeness=completeness,
        image_id=digest(image_id) if image_id else None,
        manifest_digest=digest(manifest) if manifest else None,
        index_digest=digest(index) if index else None,
        identities=tuple(
            Identity(Kind.DIFF_ID, layer.diff_id, Origin.STORED, verified=True, layer=number)
            for number, layer in enumerate(layers)
            if layer.diff_id
        ),
        config={"architecture": "amd64", "os": "linux"} if config is None else config,
        layers=tuple(layers),
        distro=distro,
        packages=tuple(packages),
        problems=tuple(problems),
    )


def report(*images: ImageReport, name: str = "image.tar", kind: str = "oci-layout tar") -> Report:
    """A report about `images`."""
    return Report(Tool("ociscope", "0"), SourceInfo(name, kind, 10_240), (), images)
