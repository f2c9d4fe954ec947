"""What stores show after they have loaded the file: docker, podman, buildah, containerd."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.image.names import familiar
from analyzer.image.synthesised import Maker
from analyzer.predict.model import (
    INDEX,
    MANIFEST,
    NO_NAME,
    NOTHING,
    REFUSED,
    Case,
    Prediction,
    Rows,
    Shown,
    complete,
    repositories,
)

GRAPHDRIVER = "docker with the graphdriver store, after docker load"
CONTAINERD_STORE = "docker with the containerd store, after docker load"
PODMAN = "podman, after podman load"
BUILDAH = "buildah, after buildah pull"
CONTAINERD = "containerd, after ctr images import or nerdctl load"
KUBERNETES = "Kubernetes on containerd, after ctr -n k8s.io images import"


def graphdriver(case: Case) -> Iterator[Prediction]:
    """Docker as it was before 29: by config."""
    rows = Rows(GRAPHDRIVER, "docker 20.10; moby image/tarexport/load.go", checked=True)
    if not case.archive:
        reason = "it wants docker's manifest.json, which is not in the file"
        yield rows.row("docker load", "message", Shown(REFUSED, None, reason))
        return
    yield rows.row("docker images", "IMAGE ID", case.image_id())
    yield rows.row("docker inspect", ".Id", case.image_id())
    nothing = Shown(NOTHING, None, "until it is pushed or pulled")
    yield rows.row("docker inspect", ".RepoDigests", nothing)


def _imported(case: Case) -> Shown:
    """What a name leads to after containerd's importer has read the file."""
    return case.target() if case.layout else case.made_by(Maker.CONTAINERD)


def containerd_store(case: Case) -> Iterator[Prediction]:
    """Docker 29 as it is newly installed: by what the name leads to."""
    rows = Rows(CONTAINERD_STORE, "docker 29; moby daemon/containerd/image_inspect.go")
    shown = _imported(case)
    yield rows.row("docker images", "IMAGE ID", shown)
    yield rows.row("docker inspect", ".Id", shown)
    # A layout's names are taken as they stand, those of an archive are completed first.
    stated = case.names if case.layout else [complete(name) for name in case.tags]
    full = [familiar(name) for name in stated if name == complete(name)]
    if full:
        yield rows.row("docker inspect", ".RepoDigests", shown, repositories(full))
    else:
        yield rows.row("docker inspect", ".RepoDigests", Shown(NOTHING, None, NO_NAME))
    if case.layout and case.image.index_digest:
        command = f"docker inspect --platform {case.image.platform}"
        yield rows.row(command, ".Id", Shown(MANIFEST, case.image.manifest_digest))


def podman(case: Case) -> Iterator[Prediction]:
    """Podman: by config, with the digest of the manifest that it read or made up."""
    rows = Rows(PODMAN, "podman 4.3; containers/common libimage/load.go", checked=True)
    if case.layout and case.entries == 1:
        names, condition, shown = case.names, case.condition, case.target(case.condition)
    elif case.archive:
        names, condition, shown = case.tags, "", case.made_by(Maker.SKOPEO)
    else:
        reason = f"index.json has {case.entries} entries and podman takes no more than one"
        yield rows.row("podman load", "message", Shown(REFUSED, None, reason))
        return
    yield rows.row("podman images --digests", "IMAGE ID", case.image_id(condition))
    yield rows.row("podman images --digests", "DIGEST", shown)
    yield rows.row("podman image inspect", "Id", case.image_id(condition))
    yield rows.row("podman image inspect", "Digest", shown)
    full = repositories([complete(name, "localhost") for name in names])
    if not names:
        yield rows.row("podman image inspect", "RepoDigests", Shown(NOTHING, None, NO_NAME))
        return
    yield rows.row("podman image inspect", "RepoDigests", shown, full)
    if shown.shows == INDEX:
        also = Shown(MANIFEST, case.image.manifest_digest, condition)
        yield rows.row("podman image inspect", "RepoDigests", also, full)


def buildah(case: Case) -> Iterator[Prediction]:
    """Buildah keeps images as podman does; it wants to be told in which form to read the file."""
    rows = Rows(BUILDAH, "buildah 1.28; containers/common libimage/pull.go", checked=True)
    forms = []
    if case.archive and case.images == 1:
        forms.append(("docker-archive", case.made_by(Maker.SKOPEO), ""))
    if case.layout and case.entries == 1:
        forms.append(("oci-archive", case.target(case.condition), case.condition))
    for transport, shown, condition in forms:
        command = f"buildah images --digests, after pull {transport}:FILE"
        yield rows.row(command, "IMAGE ID", case.image_id(condition))
        yield rows.row(command, "(digest)", shown)


def containerd(case: Case) -> Iterator[Prediction]:
    """`ctr` and nerdctl: by what the name leads to."""
    shown = _imported(case)
    names = case.names if case.layout else case.tags
    ctr = Rows(CONTAINERD, "containerd 1.6; core/images/archive/importer.go", checked=True)
    if not names:
        yield ctr.row("ctr images ls", "DIGEST", Shown(NOTHING, None, NO_NAME))
        return
    yield ctr.row("ctr images ls", "DIGEST", shown)
    nerdctl = Rows(CONTAINERD, "nerdctl pkg/cmd/image/list.go, dockercompat.go")
    yield nerdctl.row("nerdctl images --digests", "IMAGE ID", shown)
    yield nerdctl.row("nerdctl images --digests", "DIGEST", shown)
    yield nerdctl.row("nerdctl image inspect", ".Id", case.image_id(case.condition))
    full = [complete(name) for name in names]
    yield nerdctl.row("nerdctl image inspect", ".RepoDigests", shown, repositories(full))


def kubernetes(case: Case) -> Iterator[Prediction]:
    """What crictl and kubectl show of an image that was imported, not pulled."""
    rows = Rows(KUBERNETES, "containerd internal/cri/store/image, container_status.go")
    nothing = Shown(NOTHING, None, "an import leaves only the name; a pull leaves the digest too")
    yield rows.row("crictl images --digests", "IMAGE ID", case.image_id(case.condition))
    yield rows.row("crictl images --digests", "DIGEST", nothing)
    yield rows.row("kubectl get pod -o yaml", "imageID", case.image_id(case.condition))


RULES = (graphdriver, containerd_store, podman, buildah, containerd, kubernetes)
"""In the order in which they are shown."""
