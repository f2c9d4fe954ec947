"""A stack of layer scans to the merged tree, with what catalogers could see after each layer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from analyzer.layers.again import Lacking
from analyzer.layers.captures import Captured
from analyzer.layers.scan import LayerScan
from analyzer.layers.wants import CapturePlan, Want
from analyzer.problems import Problem
from analyzer.rootfs.merge import apply_layer
from analyzer.rootfs.tree import Locator, Node, new_directory
from analyzer.tarheader import Entry, EntryKind

CapturedOf = Callable[[int, Entry], Captured | None]


@dataclass(frozen=True, slots=True)
class Visible:
    """A wanted file as the merged tree shows it.

    `wanted` is the path asked for, `path` where links led to. The content lies in the 0-based
    layer `layer` under the name `stored` (another one for a hard link), at `offset` of its tar,
    where the name may stand twice. `captured` is None when the scan did not keep that file.
    """

    wanted: str
    path: str
    layer: int
    stored: str
    offset: int
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
    captured: CapturedOf,
) -> RootFs:
    """Merge `scans`, bottom first; None stands for a layer that could not be read.

    Args:
        scans: one per layer position.
        names: what problems call each layer.
        plan: which files catalogers want.
        captured: content of the file that an entry of layer N stores, if it was kept.
    """
    root = new_directory(None, 0)
    problems: list[Problem] = []
    after: list[tuple[Visible, ...]] = []
    candidates = {want.pattern for want in plan.wants if want.exact}
    unnamed: set[str] = set()
    for layer, scan in enumerate(scans):
        if scan is not None:
            problems += apply_layer(root, scan.entries, layer, names[layer])
            candidates.update(scan.captured)
            links = {e.path for e in scan.entries if e.kind is EntryKind.HARDLINK}
            named = {path for path in links if plan.names(path)}
            candidates |= named | _linked_one_by_one(scan.entries, plan)
            unnamed |= links - named
        after.append(_visible(root, candidates, unnamed, captured))
    return RootFs(root, tuple(after), tuple(problems))


def _linked_one_by_one(entries: Iterable[Entry], plan: CapturePlan) -> set[str]:
    """Symbolic links with wanted names to files of the same name in a folder of the same name.

    So uv makes an installation of its cache (`--link-mode symlink`). Of other links, which name
    the same library in many places, the file itself is enough.
    """
    return {
        e.path
        for e in entries
        if e.kind is EntryKind.SYMLINK
        and e.link
        and e.path.split("/")[-2:] == e.link.split("/")[-2:]
        and plan.names(e.path)
    }


def _visible(
    root: Node,
    candidates: set[str],
    unnamed: set[str],
    captured: CapturedOf,
) -> tuple[Visible, ...]:
    """Wanted files of the tree as it is now, by the name they are wanted under.

    Files that are wanted whatever they are called have one name that counts: that under which
    they are stored, or if that is gone the first of the `unnamed` hard links to them.
    """
    locator = Locator(root)
    named = (_seen(locator, wanted, captured) for wanted in sorted(candidates))
    found = [visible for visible in named if visible is not None]
    shown = {(visible.layer, visible.offset) for visible in found}
    for wanted in sorted(unnamed - candidates):
        visible = _seen(locator, wanted, captured)
        if visible and visible.captured and (visible.layer, visible.offset) not in shown:
            found.append(visible)
            shown.add((visible.layer, visible.offset))
    return tuple(found)


def _seen(locator: Locator, wanted: str, captured: CapturedOf) -> Visible | None:
    """The regular file at a path, links resolved; None where there is none."""
    at = locator.locate(wanted)
    if at is None or at[1].content is None or at[1].kind is not EntryKind.FILE:
        return None
    path, layer, content = at[0], at[1].content_layer, at[1].content
    kept = captured(layer, content)
    return Visible(wanted, path, layer, content.path, content.offset, kept)


def unread(rootfs: RootFs, plan: CapturePlan) -> Mapping[int, Lacking]:
    """Per layer, what is wanted of files under names that links give them, and was not kept.

    Their layers have to be read again for them; what the plan wants of a file under the name by
    which it is stored was seen and taken or refused, and would be again.
    """
    lacking: dict[int, dict[str, frozenset[Want]]] = {}
    for visible in {item for step in rootfs.after for item in step}:
        if visible.wanted == visible.stored:
            continue
        had = {want.reducer for want in plan.matching(visible.stored)}
        more = [want for want in plan.matching(visible.wanted) if want.reducer not in had]
        if more:
            files = lacking.setdefault(visible.layer, {})
            files[visible.stored] = files.get(visible.stored, frozenset()) | frozenset(
                replace(want, pattern=visible.stored, literal=True) for want in more
            )
    return lacking
