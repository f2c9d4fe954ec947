"""What two layers store, name by name, and why it differs.

A layer says nothing of packages by itself. So its files are explained by the packages of the image
as of it, and by what it did to them, as the image as of the layer below tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from analyzer.comparing.contents import read_contents
from analyzer.comparing.insides import Inside
from analyzer.comparing.layerside import LayerSide
from analyzer.comparing.sides import Stored
from analyzer.comparing.states import states_of, stored_states, with_owners
from analyzer.diff.filesystem.causes import Cause, Ground
from analyzer.diff.filesystem.compare import compare_trees
from analyzer.diff.filesystem.layerpackages import LayerPackages, layer_changes
from analyzer.diff.filesystem.markers import TakenAway, causes_of_stored, taken_away
from analyzer.diff.filesystem.model import FileChange, FileChanges, FileState, Marker
from analyzer.diff.filesystem.part import files_part, no_files_part
from analyzer.diff.filesystem.steps import Steps, steps_of
from analyzer.diff.layers import Alignment, equal_contents
from analyzer.diff.tree import Difference
from analyzer.limits import Limits
from analyzer.paths import join, split
from analyzer.reading import Tree
from analyzer.rootfs.tree import Locator, Node
from analyzer.stock.files import NO_OWNERS, Owners

_NOTHING = Tree(Node(None, 0), (), lambda _paths: NO_OWNERS)
NO_CAUSES = "why is not told: some layers below cannot be read whole"


def compare_stored(
    one: LayerSide,
    two: LayerSide,
    limits: Limits,
    inside: Inside | None = None,
    *,
    times: bool = False,
) -> Difference:
    """The part `files` of two layers as they are stored; arguments as for `compare_layers`."""
    scans = one.scan(), two.scan()
    if scans[0] is None or scans[1] is None:
        return no_files_part(scans[0] is not None, scans[1] is not None)
    states = stored_states(scans[0], one.layer), stored_states(scans[1], two.layer)
    changes = compare_trees(*states)
    if not changes.changes:
        return files_part(changes)
    sides = tuple(Stored(side.given, side.image, side.layer) for side in (one, two))
    markers = any(map(_is_marker, changes.changes))
    around = _around(one, markers=markers), _around(two, markers=markers)
    causes = None
    if around[0] is not None and around[1] is not None:
        changes = with_owners(changes, around[0].listed_by, around[1].listed_by)
        contents = read_contents((sides[0], sides[1]), changes, limits)
        packages = layer_changes(around[0].packages, around[1].packages)
        ground = Ground(packages, _steps(one, two), contents)
        causes = causes_of_stored(changes.changes, ground, (around[0].taken, around[1].taken))
    part = _part(changes, causes, times=times)
    return inside.deepen((sides[0], sides[1]), changes, part) if inside is not None else part


def _part(changes: FileChanges, causes: tuple[Cause, ...] | None, *, times: bool) -> Difference:
    part = files_part(changes, times=times, causes=causes)
    return part if causes is not None else replace(part, notes=(*part.notes, NO_CAUSES))


@dataclass(frozen=True, slots=True)
class _Around:
    """What a layer lies in: the image as of it, and as of the layer below."""

    packages: LayerPackages
    owners: Owners
    folders: Locator
    below: Locator
    lost: TakenAway

    def listed_by(self, path: str) -> tuple[tuple[str, ...], bool]:
        """As `ListedBy`, of what the layer stores under a name, links in it followed."""
        return self.owners.of(_real(self.folders, path))

    def taken(self, marker: str) -> Mapping[str, FileState]:
        """As `markers.TakenAway`."""
        return self.lost(_real(self.below, marker))


def _around(side: LayerSide, *, markers: bool) -> _Around | None:
    """None where a layer below was not read whole; what was taken away only for `markers`."""
    here = side.tree()
    if here is None:
        return None
    below = _NOTHING
    if markers and side.layer:
        below = side.tree(below=True) or below
    lost = taken_away(states_of(below), states_of(here)) if markers else _nothing_taken
    packages = LayerPackages(side.packages(below=True), side.packages())
    return _Around(packages, here.listed(None), Locator(here.root), Locator(below.root), lost)


def _is_marker(change: FileChange) -> bool:
    return any(
        state is not None and isinstance(state.kind, Marker)
        for state in (change.before, change.after)
    )


def _nothing_taken(_marker: str) -> Mapping[str, FileState]:
    return {}


def _real(folders: Locator, path: str) -> str:
    """Where links lead the folder of a path; the last name is taken as it is."""
    folder, name = split(path)
    found = folders.locate(folder) if folder else None
    return join(found[0], name) if found is not None else path


def _steps(one: LayerSide, two: LayerSide) -> Steps:
    """Only these two layers stand side by side: same content, same instruction, or neither."""
    first, second = one.report.layers[one.layer], two.report.layers[two.layer]
    step = first.created_by
    related = bool(equal_contents(first, second)) or (step != "" and step == second.created_by)
    pairs = ((one.layer, two.layer),) if related else ()
    return steps_of(one.report.layers, two.report.layers, Alignment(0, pairs, ()))
