"""What became of each package, layer by layer: installed, upgraded, removed. Pure.

Told from what the databases state after each layer. A package that a layer installs and removes
again was never in any image and is not seen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from analyzer.packages.contract import DECLARED, Package
from analyzer.packages.ownership import is_system
from analyzer.packages.versionrules import version_rules

Order = Callable[[str, str, str], int | None]
"""Type, one version, another: negative, zero or positive; None where they have no order."""
Key = tuple[str, str, str, str]
"""Type, namespace, name and architecture: what stays when the version changes."""


class Turn(StrEnum):
    """What a layer did to a package."""

    INSTALLED = "installed"
    UPGRADED = "upgraded"
    DOWNGRADED = "downgraded"
    CHANGED = "version changed"
    """Which of the two is newer is not known."""
    REMOVED = "removed"
    LOST = "lost with its database"
    """The layer deleted the file that proved it; its own files may still be there."""


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """One turn in the life of a package; `before` and `after` are versions, empty for none."""

    layer: int
    turn: Turn
    before: str
    after: str
    left: str = ""
    """The state in which its database still knows it: `config-files`."""


@dataclass(frozen=True, slots=True)
class Life:
    """One package through all layers. `versions` are those installed at the top."""

    type: str
    namespace: str
    name: str
    arch: str
    events: tuple[Event, ...]
    versions: tuple[str, ...]

    @property
    def eventful(self) -> bool:
        """Whether more happened to it than being installed, in however many versions at once."""
        return len({event.layer for event in self.events}) > 1


@dataclass(frozen=True, slots=True, order=True)
class LostDatabase:
    """A file that proved packages of a system and that a layer deleted."""

    layer: int
    path: str
    packages: int
    """How many packages went with it."""


@dataclass(frozen=True, slots=True)
class Lives:
    """The lives of all packages that ever were installed, and the databases that were lost."""

    lives: tuple[Life, ...]
    databases: tuple[LostDatabase, ...]


def lives_of(prefixes: Sequence[Sequence[Package]], order: Order) -> Lives:
    """The lives of the packages that are installed after any of the layers.

    `prefixes[k]` are the packages after layer `k`.
    """
    events: dict[Key, list[Event]] = defaultdict(list)
    databases: list[LostDatabase] = []
    before: Sequence[Package] = ()
    for layer, after in enumerate(prefixes):
        lost = _lost_databases(before, after, layer)
        databases += lost
        paths = {database.path for database in lost}
        for key, event in _turns(before, after, layer, paths, order):
            events[key].append(event)
        before = after
    top = _versions(before)
    lives = [
        Life(*key, tuple(found), tuple(sorted(top.get(key, {}))))
        for key, found in sorted(events.items())
    ]
    return Lives(tuple(lives), tuple(sorted(databases)))


def _versions(packages: Sequence[Package]) -> dict[Key, dict[str, Package]]:
    """What is on disk, by key and version."""
    found: dict[Key, dict[str, Package]] = defaultdict(dict)
    for package in packages:
        if package.installed:
            found[_key(package)].setdefault(package.version, package)
    return found


def _key(package: Package) -> Key:
    return package.type, package.namespace, package.name, package.arch


def _turns(
    before: Sequence[Package],
    after: Sequence[Package],
    layer: int,
    lost: set[str],
    order: Order,
) -> Iterator[tuple[Key, Event]]:
    old, new = _versions(before), _versions(after)
    states = {_key(p): p.state for p in after if not p.installed and p.state != DECLARED}
    for key in sorted(old.keys() | new.keys()):
        gone = sorted(old.get(key, {}).keys() - new.get(key, {}).keys())
        come = sorted(new.get(key, {}).keys() - old.get(key, {}).keys())
        if len(gone) == len(come) == 1:
            rules = version_rules(new[key][come[0]])
            yield key, Event(layer, _direction(order(rules, gone[0], come[0])), gone[0], come[0])
            continue
        for version in gone:
            proofs = {place.path for place in old[key][version].locations}
            turn = Turn.LOST if proofs <= lost else Turn.REMOVED
            yield key, Event(layer, turn, version, "", states.get(key, ""))
        for version in come:
            yield key, Event(layer, Turn.INSTALLED, "", version)


def _direction(order: int | None) -> Turn:
    if not order:
        return Turn.CHANGED
    return Turn.UPGRADED if order < 0 else Turn.DOWNGRADED


def _lost_databases(
    before: Sequence[Package], after: Sequence[Package], layer: int
) -> list[LostDatabase]:
    """Files that proved packages of a system which have gone with them.

    Of package managers that keep a file for each package, one that is gone is a removal.
    """
    new = _versions(after)
    proved: dict[str, int] = defaultdict(int)
    for package in before:
        gone = package.version not in new.get(_key(package), {})
        if gone and package.installed and is_system(package):
            for place in package.locations:
                proved[place.path] += 1
    still = {place.path for package in after for place in package.locations}
    return [
        LostDatabase(layer, path, count)
        for path, count in sorted(proved.items())
        if path not in still and count > 1
    ]
