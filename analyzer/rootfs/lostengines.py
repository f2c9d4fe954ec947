"""What engines make of whiteouts and opaque markers that have no directory to act in.

Watched and tested as the rows of `engines.py`.
"""

from __future__ import annotations

from analyzer.rootfs.engines import CONTAINERD, REFUSED, Disagreement, Engine, N, O, U, V

_DOCKER, _PODMAN = Engine.DOCKER_OVERLAY, Engine.PODMAN_OVERLAY
_CONTAINERD = Engine.CONTAINERD_OVERLAY
_SAME, _FOLDER = "the same", "it becomes a directory"
_MADE, _LINK_FOLDER = "the directory that it names is made", "the link becomes a directory"
_LISTED = ". With overlay (containerd, podman) it lists a whited out name, which cannot be opened"
"""The kernel hides whiteouts only in directories that lower layers have as well."""

# Of lower layers, the layer itself does not touch it.

IN_MISSING = Disagreement(
    "a marker in a directory that is not there",
    "ignored",
    ((_SAME, U), ("an empty directory is made", (*N, *V, *O))),
    more=_LISTED,
)
IN_MISSING_THROUGH_LINK = Disagreement(
    "a marker, through a link, in a directory that is not there",
    "ignored",
    (
        (_SAME, U),
        ("an empty directory is made where the link leads", (*N, *V)),
        (_LINK_FOLDER, O),
    ),
)
WHITEOUT_IN_FILE = Disagreement(
    "a whiteout below what is no directory",
    "ignored",
    ((_SAME, U), (REFUSED, (*N, *V)), (_FOLDER, O)),
    more=_LISTED,
)
OPAQUE_IN_FILE = Disagreement(
    "an opaque marker below what is no directory",
    "ignored",
    ((_SAME, (*U, *V)), (REFUSED, N), (_FOLDER, O)),
)
DEEP_IN_FILE = Disagreement(
    "a marker some directories below what is no directory",
    "ignored",
    ((_SAME, U), (REFUSED, (*CONTAINERD, *V)), (_FOLDER, (_DOCKER, _PODMAN))),
)
IN_DANGLING_LINK = Disagreement(
    "a marker below a link that leads nowhere",
    "ignored",
    ((_SAME, (*U, *V)), (_MADE, N), (_LINK_FOLDER, O)),
    more=_LISTED,
)
DEEP_IN_DANGLING_LINK = Disagreement(
    "a marker some directories below a link that leads nowhere",
    "ignored",
    ((_SAME, U), (_MADE, N), (REFUSED, V), (_LINK_FOLDER, O)),
)
IN_ENDLESS_LINK = Disagreement(
    "a marker below a link without an end",
    "ignored",
    ((REFUSED, (*U, *CONTAINERD, *V)), (_LINK_FOLDER, (_DOCKER, _PODMAN))),
)
OPAQUE_IN_ENDLESS_LINK = Disagreement(
    "an opaque marker below a link without an end",
    "ignored",
    ((REFUSED, (*U, *CONTAINERD)), (_SAME, V), (_LINK_FOLDER, (_DOCKER, _PODMAN))),
)

# Of lower layers, and the layer itself has another entry of the name, behind the marker.

WHITEOUT_IN_FORMER_FILE = Disagreement(
    "a whiteout below what is no directory, before the entry that replaces it",
    "ignored",
    ((_SAME, (*U, *O)), (REFUSED, (*N, *V))),
)
OPAQUE_IN_FORMER_FILE = Disagreement(
    "an opaque marker below what is no directory, before the entry that replaces it",
    "ignored",
    ((_SAME, (*U, *V, *O)), (REFUSED, N)),
)
IN_FORMER_DANGLING_LINK = Disagreement(
    "a marker below a link that leads nowhere, before the entry that replaces it",
    "ignored",
    ((_SAME, (*U, *V, *O)), (_MADE, N)),
)
WHITEOUT_THROUGH_FORMER_LINK = Disagreement(
    "a whiteout through a link of a lower layer, before the entry that replaces it",
    "ignored",
    ((_SAME, O), ("deleted where the link leads", (*U, *N, *V))),
)
OPAQUE_THROUGH_FORMER_LINK = Disagreement(
    "an opaque marker through a link of a lower layer, before the entry that replaces it",
    "ignored",
    ((_SAME, (*V, *O)), ("the directory is emptied where the link leads", (*U, *N))),
)

DEEP_IN_REPLACED_FILE = Disagreement(
    "a marker in a directory that is not there, below one that replaces a file or link",
    "ignored",
    (
        (_SAME, U),
        ("an empty directory is made", (*N, *V, _DOCKER, _PODMAN)),
        (REFUSED, (_CONTAINERD,)),
    ),
)

# Below what the layer itself puts there, before the marker.

WHITEOUT_IN_OWN_FILE = Disagreement(
    "a whiteout below a file of the same layer",
    "ignored",
    ((_SAME, (*U, _PODMAN)), (REFUSED, (*CONTAINERD, *V, _DOCKER))),
)
OPAQUE_IN_OWN_FILE = Disagreement(
    "an opaque marker below a file of the same layer",
    "ignored",
    ((_SAME, (*U, *V, _DOCKER, _PODMAN)), (REFUSED, CONTAINERD)),
)
OPAQUE_DEEP_IN_OWN_FILE = Disagreement(
    "an opaque marker some directories below a file of the same layer",
    "ignored",
    ((_SAME, U), (REFUSED, (*N, *V, *O))),
)
DEEP_IN_OWN_FILE_LINK = Disagreement(
    "a marker some directories below a link of the same layer that leads to no directory",
    "ignored",
    ((_SAME, U), (REFUSED, (*N, *V, *O))),
)
WHITEOUT_IN_OWN_FILE_LINK = Disagreement(
    "a whiteout below a link of the same layer that leads to no directory",
    "ignored",
    (
        (_SAME, U),
        ("what the link leads to becomes a directory", (_CONTAINERD,)),
        (REFUSED, (*N, *V, _DOCKER, _PODMAN)),
    ),
)
OPAQUE_IN_OWN_FILE_LINK = Disagreement(
    "an opaque marker below a link of the same layer that leads to no directory",
    "ignored",
    (
        (_SAME, (*U, *V)),
        ("what the link leads to becomes a directory", (_CONTAINERD,)),
        (REFUSED, (*N, _DOCKER, _PODMAN)),
    ),
)
THROUGH_OWN_LINK = Disagreement(
    "a marker through a link of the same layer",
    "ignored",
    (
        ("deleted where the link leads", (*U, *N, *V, _CONTAINERD)),
        (REFUSED, (_DOCKER, _PODMAN)),
    ),
)
OPAQUE_IN_OWN_LINK = Disagreement(
    "an opaque marker in a link of the same layer",
    "ignored",
    (
        ("the directory is emptied where the link leads", (*U, *CONTAINERD)),
        (_SAME, V),
        (REFUSED, (_DOCKER, _PODMAN)),
    ),
)
IN_MISSING_THROUGH_OWN_LINK = Disagreement(
    "a marker, through a link of the same layer, in a directory that is not there",
    "ignored",
    (
        (_SAME, U),
        ("an empty directory is made where the link leads", (*CONTAINERD, *V)),
        (REFUSED, (_DOCKER, _PODMAN)),
    ),
)
IN_OWN_DANGLING_LINK = Disagreement(
    "a marker below a link of the same layer that leads nowhere",
    "ignored",
    ((_SAME, (*U, *V)), (_MADE, CONTAINERD), (REFUSED, (_DOCKER, _PODMAN))),
)
WHITEOUT_IN_OWN_ENDLESS_LINK = Disagreement(
    "a whiteout below a link of the same layer without an end",
    "ignored",
    ((REFUSED, tuple(Engine)),),
)
OPAQUE_IN_OWN_ENDLESS_LINK = Disagreement(
    "an opaque marker below a link of the same layer without an end",
    "ignored",
    ((_SAME, V), (REFUSED, (*U, *N, *O))),
)

# With a whiteout of the directory in the same layer.

OPAQUE_IN_WHITEOUT = Disagreement(
    "an opaque marker, then its directory or one above is whited out in the same layer",
    "gone",
    ((_SAME, (*U, *N, *V)), (REFUSED, O)),
)
WHITEOUT_IN_FILE_WHITEOUT = Disagreement(
    "a whiteout below a file that is then whited out in the same layer",
    "gone",
    ((_SAME, U), (REFUSED, (*N, *V, *O))),
)
OPAQUE_IN_FILE_WHITEOUT = Disagreement(
    "an opaque marker below a file that is then whited out in the same layer",
    "gone",
    ((_SAME, (*U, *V)), (REFUSED, (*N, *O))),
)
OPAQUE_AFTER_WHITEOUT = Disagreement(
    "an opaque marker in a directory that was whited out in the same layer",
    "gone",
    (
        (_SAME, (*U, _DOCKER, _PODMAN)),
        ("an empty directory stays", (*N, *V)),
        (REFUSED, (_CONTAINERD,)),
    ),
)
OPAQUE_DEEP_AFTER_WHITEOUT = Disagreement(
    "an opaque marker below a directory that was whited out in the same layer",
    "gone",
    ((_SAME, U), ("empty directories stay", (*N, *V)), (REFUSED, O)),
)
REMADE_AFTER_OPAQUE = Disagreement(
    "a directory whited out, then an opaque marker in it, then made again in the same layer",
    "without its old files",
    (
        (_SAME, (*U, *N, *V)),
        (REFUSED, (_CONTAINERD,)),
        ("the old files come back", (_DOCKER, _PODMAN)),
    ),
)
