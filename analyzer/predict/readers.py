"""What tools print that read the file itself, and those that ask a registry for the same image."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.digest import digest_bytes
from analyzer.image.names import split_name
from analyzer.image.synthesised import Maker
from analyzer.predict.model import (
    ARTIFACT,
    LAYER,
    MANIFEST,
    NOTHING,
    REFUSED,
    Case,
    Prediction,
    Rows,
    Shown,
    complete,
)

FILE = "tools that read this file"
REGISTRY = "tools that ask a registry, after an unchanged copy to one"


def skopeo(case: Case) -> Iterator[Prediction]:
    """`skopeo inspect`: what the name leads to, or a manifest of its own."""
    rows = Rows(FILE, "skopeo 1.9; containers/image", checked=True)
    if case.archive:
        made_up = case.made_by(Maker.SKOPEO)
        yield rows.row("skopeo inspect docker-archive:FILE", "Digest", made_up)
    if case.layout:
        transport = "oci-archive:FILE" if case.tar else "oci:FOLDER"
        choice = "" if case.entries == 1 else "with its ref.name behind a colon"
        yield rows.row(f"skopeo inspect {transport}", "Digest", case.target(choice))
    if "dir" in case.forms and not case.tar:
        yield rows.row("skopeo inspect dir:FOLDER", "Digest", case.target())


def crane(case: Case) -> Iterator[Prediction]:
    """`crane digest` on a docker archive."""
    rows = Rows(FILE, "crane; go-containerregistry pkg/v1/tarball/image.go")
    if case.archive:
        yield rows.row("crane digest --tarball FILE", "output", case.made_by(Maker.GGCR))


def trivy(case: Case) -> Iterator[Prediction]:
    """Trivy: the image ID, and a digest that is its own."""
    rows = Rows(FILE, "trivy pkg/fanal/image/archive.go, pkg/scan/service.go")
    command, condition = "trivy image --input FILE", ""
    if case.layout and not case.tar:
        condition = "if index.json has it first; trivy does not choose"
    elif not case.archive or case.images > 1:
        reason = "it holds several images" if case.archive else "it is a layout in a tar"
        yield rows.row(command, "message", Shown(REFUSED, None, reason))
        return
    yield rows.row(command, "Metadata.ImageID", case.image_id(condition))
    yield rows.row(command, "Metadata.RepoDigests", Shown(NOTHING, None))
    yield rows.row(command, "ArtifactID", _artifact_id(case, condition))


def _artifact_id(case: Case, condition: str) -> Shown:
    """Trivy's own: the digest of `image ID:repository`; without a name it is the image ID."""
    if not case.archive or not case.tags or case.image.image_id is None:
        return case.image_id(condition)
    repository = split_name(_ggcr_name(case.tags[0]))[0]
    return Shown(ARTIFACT, digest_bytes(f"{case.image.image_id}:{repository}".encode()))


def _ggcr_name(name: str) -> str:
    """As go-containerregistry completes a name; `localhost` alone is no registry to it."""
    first, slash, _ = name.partition("/")
    if slash and first == "localhost":
        return f"index.docker.io/{name}"
    full = complete(name)
    return f"index.{full}" if full.startswith("docker.io/") else full


def syft(case: Case) -> Iterator[Prediction]:
    """Syft: the image ID, and for a docker archive a manifest of its own."""
    rows = Rows(FILE, "syft; stereoscope pkg/image/docker/manifest.go, pkg/image/oci")
    command = "syft FILE -o json"
    if case.archive and case.images > 1:
        reason = "it holds several images"
        yield rows.row(command, "message", Shown(REFUSED, None, reason))
        return
    if case.archive:
        yield rows.row(command, "imageID", case.image_id())
        yield rows.row(command, "manifestDigest", case.made_by(Maker.SYFT))
    elif case.layout:
        condition = case.condition and "with --platform, or on such a machine"
        yield rows.row(command, "imageID", case.image_id(condition))
        shown = Shown(MANIFEST, case.image.manifest_digest, condition)
        yield rows.row(command, "manifestDigest", shown)


def umoci(case: Case) -> Iterator[Prediction]:
    """`umoci stat`, which shows layers alone; casext/refname.go: it reads no tag of an index."""
    rows = Rows(FILE, "umoci 0.4; oci/casext/refname.go", checked=True)
    if case.tar or not case.layout:
        return
    command = "umoci stat --image FOLDER:TAG"
    if case.image.index_digest:
        yield rows.row(command, "message", Shown(REFUSED, None, "its tag leads to an index"))
        return
    for layer in case.image.layers:
        yield rows.row(command, "LAYER", Shown(LAYER, layer.digest))


def registry(case: Case) -> Iterator[Prediction]:
    """Clients of a registry that has the same bytes."""
    rows = Rows(REGISTRY, "registry clients print the digest of what the name leads to")
    what = "whoever pushes it compresses the layers, and no two do it alike"
    shown = case.target() if case.target().digest else Shown(MANIFEST, None, what)
    yield rows.row("crane digest NAME", "output", shown)
    yield rows.row("docker buildx imagetools inspect NAME", "Digest", shown)
    yield rows.row("docker pull NAME", "Digest", shown)
    yield rows.row("kubectl get pod -o yaml", "imageID", shown, ("NAME",))
    if case.image.index_digest:
        child = Shown(MANIFEST, case.image.manifest_digest)
        platform = case.image.platform
        yield rows.row(f"crane digest --platform {platform} NAME", "output", child)
        yield rows.row("docker buildx imagetools inspect NAME", f"Name, {platform}", child)


RULES = (skopeo, crane, trivy, syft, umoci)
"""For the file itself, in the order in which they are shown."""
