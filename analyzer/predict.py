"""What other tools would print for an image: on this file, and after they have loaded it.

One row for each number that people meet: which identifier it is, and under which condition. A
row says where its rule was taken from (a source file of the tool, or a version that was run),
and whether a test of this project runs the real tool to check it.

The rules follow one distinction. Stores that keep images by config (docker's graphdriver store,
podman, Kubernetes' runtimes) show the image ID. Stores that keep them by what a name leads to
(containerd, docker's containerd store, nerdctl) show the index or manifest digest, and make a
manifest up for an archive that holds none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analyzer.digest import Digest, digest_bytes
from analyzer.image.names import familiar, split_name
from analyzer.image.synthesised import WHEN_READ, MadeUp, Maker
from analyzer.report import ImageReport, Node, Report

GRAPHDRIVER = "docker with the graphdriver store, after docker load"
CONTAINERD_STORE = "docker with the containerd store, after docker load"
PODMAN = "podman, after podman load"
CONTAINERD = "containerd, after ctr images import or nerdctl load"
KUBERNETES = "Kubernetes on containerd, after ctr -n k8s.io images import"
FILE = "tools that read this file"
REGISTRY = "tools that ask a registry, after an unchanged copy to one"

IMAGE_ID = "image ID"
MANIFEST = "manifest digest"
INDEX = "index digest"
MADE_UP = "made-up manifest digest"
ARTIFACT = "digest of image ID and name"
NOTHING = "nothing"
REFUSED = "an error"

ONE_PLATFORM = "on a machine of this platform"
NO_NAME = "the image has no name that is complete"


@dataclass(frozen=True, slots=True)
class Prediction:
    """What one field of one command shows.

    `shows` says which identifier it is; `digest` is None where there is none to show, or where
    it cannot be computed, and `condition` says why. `names` stand in front of the digest, as in
    `name@digest`. `checked`: a test here runs the real tool.
    """

    tool: str
    command: str
    field: str
    shows: str
    digest: Digest | None = None
    names: tuple[str, ...] = ()
    condition: str = ""
    source: str = ""
    checked: bool = False

    @property
    def printed(self) -> tuple[str, ...]:
        """What the field says where the tool does not shorten it."""
        if self.digest is None:
            return ()
        return tuple(f"{name}@{self.digest}" for name in self.names) or (self.digest,)


@dataclass(frozen=True, slots=True)
class _Shown:
    """An identifier, which one it is, and when."""

    shows: str
    digest: Digest | None
    condition: str = ""


@dataclass(frozen=True, slots=True)
class _Case:
    """What the rules ask for."""

    image: ImageReport
    forms: Sequence[str]  # of input that the file has at once
    tar: bool
    entries: int
    """Of `index.json`, where one image with two names counts twice."""
    images: int
    """Of `manifest.json`."""
    tags: tuple[str, ...]
    """Names that `manifest.json` gives the image."""
    names: tuple[str, ...]
    """Names that `index.json` gives it."""
    made: Sequence[MadeUp]

    @property
    def archive(self) -> bool:
        """Whether there is a `manifest.json` of docker's, in a tar as its readers want it."""
        return self.tar and "docker-archive" in self.forms

    @property
    def layout(self) -> bool:
        return "oci-layout" in self.forms

    @property
    def condition(self) -> str:
        """Of a reader that takes one platform out of several."""
        return ONE_PLATFORM if self.image.index_digest else ""

    def image_id(self, condition: str = "") -> _Shown:
        return _Shown(IMAGE_ID, self.image.image_id, condition)

    def target(self, condition: str = "") -> _Shown:
        """What its name leads to."""
        if self.image.index_digest:
            return _Shown(INDEX, self.image.index_digest, condition)
        return _Shown(MANIFEST, self.image.manifest_digest, condition)

    def made_by(self, maker: Maker) -> _Shown:
        """A made-up manifest with its condition, or the reason why there is none."""
        for found in self.made:
            if found.maker is maker:
                always = found.condition == WHEN_READ
                condition = "" if always else found.condition or found.reason
                return _Shown(MADE_UP, found.digest, condition)
        return _Shown(MADE_UP, None, "the layers were not read")


def predict(
    report: Report, image: ImageReport, made_up: Sequence[MadeUp] = ()
) -> tuple[Prediction, ...]:
    """All rows for one image of `report`; none for forms without config or manifest.

    `made_up` are the manifests that tools make up for it (`image/synthesised.py`). The report
    must be of the whole file, since some readers refuse a file with several images.
    """
    case = _case(report, image, made_up)
    if not {"docker-archive", "oci-layout", "dir"}.intersection(case.forms):
        return ()
    rows: list[Prediction] = []
    if case.tar and image.completeness != "absent":
        rows += [*_graphdriver(case), *_containerd_store(case), *_podman(case)]
        rows += [*_containerd(case), *_kubernetes(case)]
    if image.completeness != "absent":
        rows += [*_skopeo(case), *_crane(case), *_trivy(case), *_syft(case)]
    return (*rows, *_registry(case))


def _case(report: Report, image: ImageReport, made_up: Sequence[MadeUp]) -> _Case:
    forms, _, container = report.source.kind.partition(" ")
    index = [child for node in report.tree if node.name == "index.json" for child in node.children]
    items = [
        child
        for node in report.tree
        if node.kind == "docker-manifest"
        for child in node.children
        if child.kind == "image"
    ]
    top = image.index_digest or image.manifest_digest
    return _Case(
        image=image,
        forms=forms.split("+"),
        tar=container.startswith("tar"),
        entries=sum(max(1, len(child.names)) for child in index),
        images=len(items),
        tags=_names(child for child in items if _config_of(child) == image.image_id),
        names=_names(child for child in index if child.digest == top),
        made=made_up,
    )


def _names(nodes: Iterator[Node]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for node in nodes for name in node.names))


def _config_of(item: Node) -> Digest | None:
    return next((child.digest for child in item.children if child.kind == "config"), None)


def complete(name: str, host: str = "docker.io") -> str:
    """A reference with its registry; `host` is put in front where there is none.

    distribution/reference normalize.go: `a:1` is short for `docker.io/library/a:1`.
    """
    first, slash, rest = name.partition("/")
    if not slash or not ("." in first or ":" in first or first == "localhost"):
        first, rest = host, name
    if first in {"docker.io", "index.docker.io"}:
        first, rest = "docker.io", rest if "/" in rest else f"library/{rest}"
    return f"{first}/{rest}"


def _repositories(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(split_name(name)[0] for name in names))


class _Rows:
    """Makes the rows of one tool with one source."""

    def __init__(self, tool: str, source: str, *, checked: bool = False) -> None:
        self._tool = tool
        self._source = source
        self._checked = checked

    def row(
        self, command: str, column: str, shown: _Shown, names: tuple[str, ...] = ()
    ) -> Prediction:
        """One row."""
        return Prediction(
            tool=self._tool,
            command=command,
            field=column,
            shows=shown.shows,
            digest=shown.digest,
            names=names,
            condition=shown.condition,
            source=self._source,
            checked=self._checked,
        )


# docker


def _graphdriver(case: _Case) -> Iterator[Prediction]:
    rows = _Rows(GRAPHDRIVER, "docker 20.10; moby image/tarexport/load.go", checked=True)
    if not case.archive:
        reason = "it wants docker's manifest.json, which is not in the file"
        yield rows.row("docker load", "message", _Shown(REFUSED, None, reason))
        return
    yield rows.row("docker images", "IMAGE ID", case.image_id())
    yield rows.row("docker inspect", ".Id", case.image_id())
    nothing = _Shown(NOTHING, None, "until it is pushed or pulled")
    yield rows.row("docker inspect", ".RepoDigests", nothing)


def _imported(case: _Case) -> _Shown:
    """What a name leads to after containerd's importer has read the file."""
    return case.target() if case.layout else case.made_by(Maker.CONTAINERD)


def _containerd_store(case: _Case) -> Iterator[Prediction]:
    rows = _Rows(CONTAINERD_STORE, "docker 29; moby daemon/containerd/image_inspect.go")
    shown = _imported(case)
    yield rows.row("docker images", "IMAGE ID", shown)
    yield rows.row("docker inspect", ".Id", shown)
    # A layout's names are taken as they stand, those of an archive are completed first.
    stated = case.names if case.layout else [complete(name) for name in case.tags]
    full = [familiar(name) for name in stated if name == complete(name)]
    if full:
        yield rows.row("docker inspect", ".RepoDigests", shown, _repositories(full))
    else:
        yield rows.row("docker inspect", ".RepoDigests", _Shown(NOTHING, None, NO_NAME))
    if case.layout and case.image.index_digest:
        command = f"docker inspect --platform {case.image.platform}"
        yield rows.row(command, ".Id", _Shown(MANIFEST, case.image.manifest_digest))


# podman


def _podman(case: _Case) -> Iterator[Prediction]:
    rows = _Rows(PODMAN, "podman 4.3; containers/common libimage/load.go", checked=True)
    if case.layout and case.entries == 1:
        names, condition, shown = case.names, case.condition, case.target(case.condition)
    elif case.archive:
        names, condition, shown = case.tags, "", case.made_by(Maker.SKOPEO)
    else:
        reason = f"index.json has {case.entries} entries and podman takes no more than one"
        yield rows.row("podman load", "message", _Shown(REFUSED, None, reason))
        return
    yield rows.row("podman images --digests", "IMAGE ID", case.image_id(condition))
    yield rows.row("podman images --digests", "DIGEST", shown)
    yield rows.row("podman image inspect", "Id", case.image_id(condition))
    yield rows.row("podman image inspect", "Digest", shown)
    repositories = _repositories([complete(name, "localhost") for name in names])
    if not names:
        yield rows.row("podman image inspect", "RepoDigests", _Shown(NOTHING, None, NO_NAME))
        return
    yield rows.row("podman image inspect", "RepoDigests", shown, repositories)
    if shown.shows == INDEX:
        also = _Shown(MANIFEST, case.image.manifest_digest, condition)
        yield rows.row("podman image inspect", "RepoDigests", also, repositories)


# containerd and Kubernetes


def _containerd(case: _Case) -> Iterator[Prediction]:
    shown = _imported(case)
    names = case.names if case.layout else case.tags
    ctr = _Rows(CONTAINERD, "containerd 1.6; core/images/archive/importer.go", checked=True)
    if not names:
        yield ctr.row("ctr images ls", "DIGEST", _Shown(NOTHING, None, NO_NAME))
        return
    yield ctr.row("ctr images ls", "DIGEST", shown)
    nerdctl = _Rows(CONTAINERD, "nerdctl pkg/cmd/image/list.go, dockercompat.go")
    yield nerdctl.row("nerdctl images --digests", "IMAGE ID", shown)
    yield nerdctl.row("nerdctl images --digests", "DIGEST", shown)
    yield nerdctl.row("nerdctl image inspect", ".Id", case.image_id(case.condition))
    full = [complete(name) for name in names]
    yield nerdctl.row("nerdctl image inspect", ".RepoDigests", shown, _repositories(full))


def _kubernetes(case: _Case) -> Iterator[Prediction]:
    rows = _Rows(KUBERNETES, "containerd internal/cri/store/image, container_status.go")
    nothing = _Shown(NOTHING, None, "an import leaves only the name; a pull leaves the digest too")
    yield rows.row("crictl images --digests", "IMAGE ID", case.image_id(case.condition))
    yield rows.row("crictl images --digests", "DIGEST", nothing)
    yield rows.row("kubectl get pod -o yaml", "imageID", case.image_id(case.condition))


# On the file itself


def _skopeo(case: _Case) -> Iterator[Prediction]:
    rows = _Rows(FILE, "skopeo 1.9; containers/image", checked=True)
    if case.archive:
        made_up = case.made_by(Maker.SKOPEO)
        yield rows.row("skopeo inspect docker-archive:FILE", "Digest", made_up)
    if case.layout:
        transport = "oci-archive:FILE" if case.tar else "oci:FOLDER"
        choice = "" if case.entries == 1 else "with its ref.name behind a colon"
        yield rows.row(f"skopeo inspect {transport}", "Digest", case.target(choice))
    if "dir" in case.forms and not case.tar:
        yield rows.row("skopeo inspect dir:FOLDER", "Digest", case.target())


def _crane(case: _Case) -> Iterator[Prediction]:
    rows = _Rows(FILE, "crane; go-containerregistry pkg/v1/tarball/image.go")
    if case.archive:
        yield rows.row("crane digest --tarball FILE", "output", case.made_by(Maker.GGCR))


def _trivy(case: _Case) -> Iterator[Prediction]:
    rows = _Rows(FILE, "trivy pkg/fanal/image/archive.go, pkg/scan/service.go")
    command, condition = "trivy image --input FILE", ""
    if case.layout and not case.tar:
        condition = "if index.json has it first; trivy does not choose"
    elif not case.archive or case.images > 1:
        reason = "it holds several images" if case.archive else "it is a layout in a tar"
        yield rows.row(command, "message", _Shown(REFUSED, None, reason))
        return
    yield rows.row(command, "Metadata.ImageID", case.image_id(condition))
    yield rows.row(command, "Metadata.RepoDigests", _Shown(NOTHING, None))
    yield rows.row(command, "ArtifactID", _artifact_id(case, condition))


def _artifact_id(case: _Case, condition: str) -> _Shown:
    """Trivy's own: the digest of `image ID:repository`; without a name it is the image ID."""
    if not case.archive or not case.tags or case.image.image_id is None:
        return case.image_id(condition)
    repository = split_name(_ggcr_name(case.tags[0]))[0]
    return _Shown(ARTIFACT, digest_bytes(f"{case.image.image_id}:{repository}".encode()))


def _ggcr_name(name: str) -> str:
    """As go-containerregistry completes a name; `localhost` alone is no registry to it."""
    first, slash, _ = name.partition("/")
    if slash and first == "localhost":
        return f"index.docker.io/{name}"
    full = complete(name)
    return f"index.{full}" if full.startswith("docker.io/") else full


def _syft(case: _Case) -> Iterator[Prediction]:
    rows = _Rows(FILE, "syft; stereoscope pkg/image/docker/manifest.go, pkg/image/oci")
    command = "syft FILE -o json"
    if case.archive and case.images > 1:
        reason = "it holds several images"
        yield rows.row(command, "message", _Shown(REFUSED, None, reason))
        return
    if case.archive:
        yield rows.row(command, "imageID", case.image_id())
        yield rows.row(command, "manifestDigest", case.made_by(Maker.SYFT))
    elif case.layout:
        condition = case.condition and "with --platform, or on such a machine"
        yield rows.row(command, "imageID", case.image_id(condition))
        shown = _Shown(MANIFEST, case.image.manifest_digest, condition)
        yield rows.row(command, "manifestDigest", shown)


# In a registry


def _registry(case: _Case) -> Iterator[Prediction]:
    rows = _Rows(REGISTRY, "registry clients print the digest of what the name leads to")
    what = "whoever pushes it compresses the layers, and no two do it alike"
    shown = case.target() if case.target().digest else _Shown(MANIFEST, None, what)
    yield rows.row("crane digest NAME", "output", shown)
    yield rows.row("docker buildx imagetools inspect NAME", "Digest", shown)
    yield rows.row("docker pull NAME", "Digest", shown)
    yield rows.row("kubectl get pod -o yaml", "imageID", shown, ("NAME",))
    if case.image.index_digest:
        child = _Shown(MANIFEST, case.image.manifest_digest)
        platform = case.image.platform
        yield rows.row(f"crane digest --platform {platform} NAME", "output", child)
        yield rows.row("docker buildx imagetools inspect NAME", f"Name, {platform}", child)
