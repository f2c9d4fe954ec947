"""Layers that container engines unpack to different files, and which engine shows what.

Every row was watched with umoci 0.4.7, containerd 1.6.20, docker 20.10.24 and podman 4.3.1, except
where it says otherwise, and is compared with the engines that are installed by
`tests/rootfs/test_engines.py`. The specification is OCI image-spec v1.1, layer.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Engine(StrEnum):
    """An engine with the storage it unpacks to."""

    UMOCI = "umoci"
    CONTAINERD_NATIVE = "containerd native"
    DOCKER_VFS = "vfs docker"
    PODMAN_VFS = "vfs podman"
    DOCKER_OVERLAY = "overlay docker"
    CONTAINERD_OVERLAY = "overlay containerd"
    PODMAN_OVERLAY = "overlay podman"


U = (Engine.UMOCI,)
N = (Engine.CONTAINERD_NATIVE,)
V = (Engine.DOCKER_VFS, Engine.PODMAN_VFS)
O = (Engine.DOCKER_OVERLAY, Engine.CONTAINERD_OVERLAY, Engine.PODMAN_OVERLAY)  # noqa: E741
CONTAINERD = (Engine.CONTAINERD_NATIVE, Engine.CONTAINERD_OVERLAY)
NOT_CONTAINERD = (*V, Engine.DOCKER_OVERLAY, Engine.PODMAN_OVERLAY)

REFUSED = "refused"
"""The outcome of an engine that does not unpack the layer at all."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """What a layer has, what we show of it, and what each engine makes of it.

    `more` is what is known without having been watched.
    """

    what: str
    ours: str
    seen: tuple[tuple[str, tuple[Engine, ...]], ...]
    more: str = ""

    @property
    def words(self) -> str:
        """All of it in one line."""
        said = "; ".join(f"{_names(engines)}: {outcome}" for outcome, engines in self.seen)
        return f"{self.what}; {self.ours}. {said}{self.more}"

    def outcome(self, engine: Engine) -> str:
        """What `engine` makes of it."""
        return next(outcome for outcome, engines in self.seen if engine in engines)


def _names(engines: Iterable[Engine]) -> str:
    """Such as `umoci, overlay (docker, podman)`; `every engine tried` for all of them."""
    if set(engines) == set(Engine):
        return "every engine tried"
    groups: dict[str, list[str]] = {}
    for engine in engines:
        family, _, maker = engine.partition(" ")
        groups.setdefault(family, []).append(maker)
    plain = [
        " ".join([family, *makers]).strip()
        for family, makers in groups.items()
        if family not in {"vfs", "overlay"}
    ]
    return ", ".join(
        plain
        + [
            f"{family} ({', '.join(groups[family])})"
            for family in ("vfs", "overlay")
            if family in groups
        ]
    )


OWN_WHITEOUT = Disagreement(
    "written, then whited out in the same layer",
    "kept",
    (("kept", U), ("deleted", (*N, *V)), (REFUSED, O)),
)
OWN_FOLDER_WHITEOUT = Disagreement(
    "a directory, then its own whiteout in the same layer",
    "kept without its old files",
    (("kept", U), (REFUSED, (*N, *V, *O))),
)
OWN_PARENT_WHITEOUT = Disagreement(
    "written, then a folder above it is whited out in the same layer",
    "kept",
    (("kept", U), ("deleted with its folder", (*N, *V)), (REFUSED, O)),
)
REMADE = Disagreement(
    "a directory whited out, then made again in the same layer",
    "without its old files",
    (("the same", (*U, *N, *V)), ("the old files come back", O)),
)
REMADE_UNLISTED = Disagreement(
    "whited out, then written below without an entry for the directory",
    "a directory without its old files",
    (("the same", (*U, *N, *V)), (REFUSED, O)),
)
WHITEOUT_IN_WHITEOUT = Disagreement(
    "whited out, then a directory above it is whited out in the same layer",
    "both gone",
    (("the same", (*U, *N, *V)), (REFUSED, O)),
)
WHITEOUT_AFTER_WHITEOUT = Disagreement(
    "whited out after a directory above it was whited out in the same layer",
    "both gone",
    (
        ("the same", (*U, Engine.PODMAN_OVERLAY)),
        ("an empty directory stays", (*N, *V)),
        (REFUSED, (Engine.DOCKER_OVERLAY, Engine.CONTAINERD_OVERLAY)),
    ),
)
THROUGH_LINK = Disagreement(
    "written through a link of a lower layer",
    "the link is followed, inside the image",
    (("the same", (*U, *N, *V)), ("the link becomes a directory", O)),
)
THROUGH_OWN_LINK = Disagreement(
    "written through a link of the same layer to a directory of a lower one",
    "the link is followed, inside the image",
    (
        ("the same", (*U, *N, *V, Engine.CONTAINERD_OVERLAY)),
        (REFUSED, (Engine.DOCKER_OVERLAY, Engine.PODMAN_OVERLAY)),
    ),
)
THROUGH_DANGLING_LINK = Disagreement(
    "written through a link that leads nowhere",
    "the directory that it names is made",
    (("the same", (*U, *N)), (REFUSED, V), ("the link becomes a directory", O)),
)
THROUGH_BAD_LINK = Disagreement(
    "written through a link that leads to no directory",
    "the link becomes a directory",
    ((REFUSED, (*U, *N, *V)), ("the same", O)),
)
THROUGH_ENDLESS_LINK = Disagreement(
    "written through a link without an end",
    "the link becomes a directory",
    (
        (REFUSED, (*U, *N, *V, Engine.CONTAINERD_OVERLAY)),
        ("the same", (Engine.DOCKER_OVERLAY, Engine.PODMAN_OVERLAY)),
    ),
)
WHITEOUT_THROUGH_LINK = Disagreement(
    "whited out through a link of a lower layer",
    "deleted where the link leads",
    (("the same", (*U, *N, *V)), ("the link becomes a directory", O)),
)
OPAQUE_THROUGH_LINK = Disagreement(
    "an opaque marker reached through a link of a lower layer",
    "the directory is emptied where the link leads",
    (("the same", (*U, *N)), ("ignored", V), ("the link becomes an empty directory", O)),
)
LOWER_HARD_LINK = Disagreement(
    "a hard link to a file of a lower layer",
    "linked",
    (("linked", (*U, *N, *V)), (REFUSED, O)),
)
NO_TARGET = Disagreement(
    "a hard link to a file that is not there, or not yet",
    "left out",
    ((REFUSED, tuple(Engine)),),
)
LINK_TO_WHITEOUT = Disagreement(
    "a hard link to a file that was whited out before in the same layer",
    "left out",
    ((REFUSED, (*U, *N, *V)), ("deletes the link's own name as well", O)),
)
FILE_AS_FOLDER = Disagreement(
    "a file is used as a directory",
    "it becomes one",
    ((REFUSED, (*U, *N, *V)), ("the same", O)),
    more=". Newer versions of umoci are said to do the same as overlay",
)
OWN_FILE_AS_FOLDER = Disagreement(
    "a file of the same layer is used as a directory",
    "it becomes one",
    ((REFUSED, tuple(Engine)),),
)
TWICE = Disagreement(
    "stands twice in one layer",
    "the last counts",
    (("the last counts", (*U, *CONTAINERD)), (REFUSED, NOT_CONTAINERD)),
)
ROOT_OPAQUE = Disagreement(
    "an opaque marker at the root",
    "lower layers are hidden",
    (("the same", (*U, *N, *V)), ("ignored", O)),
)
NO_NAME = Disagreement(
    "a whiteout without a name",
    "ignored",
    ((REFUSED, tuple(Engine)),),
)
NO_NAME_IN_FOLDER = Disagreement(
    "a whiteout without a name",
    "ignored",
    ((REFUSED, (*U, *N, *O)), ("deletes the folder that it is in", V)),
)
NAMES_FOLDER = Disagreement(
    "a whiteout that names the folder it is in, or the one above",
    "ignored",
    ((REFUSED, tuple(Engine)),),
    more=". Before it refuses, umoci 0.4.7 deletes the folder that is named, even on the host",
)
NAMES_OWN_FOLDER = Disagreement(
    "a whiteout that names the folder it is in",
    "ignored",
    ((REFUSED, (*U, *N, *O)), ("deletes that folder", V)),
)
NAMES_FOLDER_ABOVE = Disagreement(
    "a whiteout that names the folder above the one it is in",
    "ignored",
    ((REFUSED, (*U, *N, *O)), ("deletes that folder", V)),
)
WHITEOUT_DEVICE = Disagreement(
    "a character device 0/0",
    "a device",
    (("a device", (*U, *N, *V)), ("a whiteout", O)),
)
ROOT_NO_DIRECTORY = Disagreement(
    "the root itself is no directory",
    "ignored",
    ((REFUSED, (*U, *V)), ("ignored", (*N, *O))),
)
BELOW_RESERVED = Disagreement(
    "a file below a reserved name, as AUFS left them",
    "kept",
    (("kept", (*U, *N, *O)), ("dropped", V)),
)


def whiteout_of_no_name(target: str, folder: str) -> Disagreement:
    """What is known of a whiteout in `folder` that deletes `target`: nothing, `.` or `..`."""
    if not target:
        return NO_NAME_IN_FOLDER if folder else NO_NAME
    if target == "." and folder:
        return NAMES_OWN_FOLDER
    return NAMES_FOLDER_ABOVE if "/" in folder else NAMES_FOLDER
