"""A stack of layer scans to the merged tree, with what catalogers could see after each layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from analyzer.layers.captures import Captured
from analyzer.layers.scan import LayerScan
from analyzer.layers.wants import CapturePlan
from analyzer.problems import Problem
from analyzer.rootfs.merge import apply_layer
from analyzer.rootfs.tree import Locator, Node, new_directory
from analyzer.tarheader import EntryKind


@dataclass(frozen=True, slots=True)
class Visible:
    """A wanted file as the merged tree shows it.

    `wanted` is the path asked for, `path` where links led to. The content lies in the 0-based
    layer `layer` under the name `stored` (another one for a hard link). `captured` is None when
    the scan did not keep that file.
    """

    wanted: str
    path: str
    layer: int
    stored: str
    captured: Captured | None


@dataclass(frozen=True, slots=True)
class RootFs:
    """The merged tree, and per layer prefix the wanted files visible then."""

    root: Node
    after: tuple[tuple[Visible, ...], ...]
    problems: tuple[Problem, ...]


def fold(
    scans: Sequence[LayerScan | None],
    names: Sequence[str],
    plan: CapturePlan,
    captured: Callable[[int, str], Captured | None],
) -> RootFs:
    """Merge `scans`, bottom first; None stands for a layer that could not be read.

    Args:
        scans: one per layer position.
        names: what problems call each layer.
        plan: which files catalogers want.
        captured: content of the file that layer N stores at a path, if it was kept.
    """
    root = new_directory(None, 0)
    problems: list[Problem] = []
    after: list[tuple[Visible, ...]] = []
    candidates: set[str] = set()
    for layer, scan in enumerate(scans):
        if scan is not None:
            problems += apply_layer(root, scan.entries, layer, names[layer])
            candidates.update(scan.captured)
        after.append(_visible(root, plan, candidates, captured))
    return RootFs(root, tuple(after), tuple(problems))


def _visible(
    root: Node,
    plan: CapturePlan,
    candidates: set[str],
    captured: Callable[[int, str], Captured | None],
) -> tuple[Visible, ...]:
    """Wanted files of the tree as it is now, by the name they are wanted under."""
    exact = {want.pattern for want in plan.wants if want.exact}
    found = []
    locator = Locator(root)
    for wanted in sorted(exact | candidates):
        at = locator.locate(wanted)
        if at is None or at[1].content is None or at[1].kind is not EntryKind.FILE:
            continue
        path, node = at
        stored = at[1].content.path
        content = captured(node.content_layer, stored)
        found.append(Visible(wanted, path, node.content_layer, stored, content))
    return tuple(found)


def unread(
    rootfs: RootFs, plan: CapturePlan, kept: Callable[[int, str], bool]
) -> Mapping[int, frozenset[str]]:
    """Per layer, stored paths that links lead to and that the first pass did not keep.

    Their layers have to be read again for them; what the plan names itself was seen and refused,
    and would be again. `kept` tells whether the first pass kept it, by layer and stored path.
    """
    wanted: dict[int, set[str]] = {}
    for visible in {item for step in rootfs.after for item in step}:
        if kept(visible.layer, visible.stored):
            continue
        if not plan.wanted(visible.wanted).whole or plan.wanted(visible.stored).whole:
            continue
        wanted.setdefault(visible.layer, set()).add(visible.stored)
    return {layer: frozenset(paths) for layer, paths in wanted.items()}
