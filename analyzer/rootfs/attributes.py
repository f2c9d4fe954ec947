"""Extended attributes by which overlay file systems keep their own books, set by a layer.

Linux, Documentation/filesystems/overlayfs.rst. Engines that set them while they unpack and then
mount what they unpacked have the kernel obey them; the specification gives them no meaning. Watched
and tested as the rows of `engines.py`, with Linux 6.18. `origin`, `impure`, `nlink`, `upper`,
`uuid`, `protattr` and `xwhiteouts` were seen to change no name and no file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import attrgetter

from analyzer.paths import quoted
from analyzer.rootfs.engines import Disagreement, Engine, N, U, V
from analyzer.rootfs.tree import Node, find
from analyzer.tarheader import Entry, EntryKind

_SAME = (*U, *N, *V, Engine.CONTAINERD_OVERLAY)
_OBEY = (Engine.DOCKER_OVERLAY, Engine.PODMAN_OVERLAY)
_SHOWN = 60
"""Characters of a value that a message quotes."""

OPAQUE = Disagreement(
    "on a directory that lower layers have",
    "without effect",
    (("the same", _SAME), ("hides what lower layers have in it", _OBEY)),
)
REDIRECT = Disagreement(
    "on a directory",
    "without effect",
    (("the same", _SAME), ("shows what lower layers have where it points, or nothing", _OBEY)),
)
METACOPY = Disagreement(
    "on a file",
    "without effect",
    (("the same", _SAME), ("the file cannot be read", _OBEY)),
    more=". Podman with the mount option metacopy=on shows the data of a file of a lower layer",
)
WHITEOUT = Disagreement(
    "on an empty file",
    "without effect",
    (("the same", _SAME), ("a whiteout", _OBEY)),
    more=". That was with Linux 6.18; older kernels do not know it",
)
USER = Disagreement(
    "in the name space that overlay has where it is mounted without root",
    "without effect",
    (("the same", tuple(Engine)),),
    more=". That was as root; docker and podman without root mount overlay with userxattr, and "
    "the kernel then obeys it, or does not open the entry",
)

_FILES = frozenset({EntryKind.FILE, EntryKind.HARDLINK})
"""The attributes of a hard link are set on the file; whether that is empty is not asked."""
_TRUSTED, _USER = "trusted.overlay.", "user.overlay."
_XATTRS = attrgetter("xattrs")


def overlay_attributes(
    root: Node, entries: Sequence[Entry], layer: int
) -> Iterator[tuple[str, Disagreement, str]]:
    """What engines make of such attributes of a layer's entries, by path, with it in words.

    `root` is what the layers below `layer` left, and the layer's own markers.
    """
    for entry in filter(_XATTRS, entries):
        for name, value in entry.xattrs.items():
            space = next((one for one in (_TRUSTED, _USER) if name.startswith(one)), None)
            if space is None:
                continue
            what = _effect(root, entry, name.removeprefix(space), value, layer)
            if what is not None:
                text = value.decode("utf-8", "surrogateescape")
                told = f"{quoted(entry.path)} with {name}={quoted(text, _SHOWN)}"
                yield entry.path, what if space == _TRUSTED else USER, told


def _effect(root: Node, entry: Entry, name: str, value: bytes, layer: int) -> Disagreement | None:
    """What the kernel would do about an attribute; None where it changes nothing.

    Nothing is below the lowest layer, and of the root the kernel reads none.
    """
    if entry.kind is EntryKind.DIRECTORY:
        if not entry.path or not layer:
            return None
        if name == "redirect":
            return REDIRECT
        if name == "opaque" and value == b"y":
            below = find(root, entry.path, follow_last=False)
            return OPAQUE if below is not None and below.children else None
    elif entry.kind in _FILES:
        if name == "metacopy":
            return METACOPY
        if name == "whiteout" and not entry.size:
            return WHITEOUT
    return None
