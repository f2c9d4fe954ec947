"""Children of the packages part that tell one story: binary packages of one source package.

A distribution builds many packages from one source and changes them together; a person reads the
source once, a program has each package (`source_package` of its values) in the tree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any

from analyzer.diff.packages import COEXISTING, of_the_image
from analyzer.diff.tree import Difference, Kind
from analyzer.packages.purltypes import rules_of

_SAID_BY_THE_GROUP = frozenset({"version", "source_package"})
"""Members of a change that the versions of a group tell; with any other one, it stands alone."""


@dataclass(frozen=True, slots=True)
class Group:
    """Packages of one kind of change and one source, or one package alone.

    `before` and `after` are versions: the packages' own where all have the same, else those of
    their source. Empty where a side has none.
    """

    subject: str
    kind: Kind
    before: str
    after: str
    notes: tuple[str, ...]
    children: tuple[Difference, ...]

    @property
    def title(self) -> str:
        """The subject without a version, which the versions say."""
        versions = (version for version in (self.after, self.before) if version)
        return next(
            (t for v in versions if (t := self.subject.removesuffix(f"@{v}")) != self.subject),
            self.subject,
        )

    @property
    def names(self) -> list[str]:
        """The names of the packages, with the architecture where a name is there twice."""
        sides = [child.after or child.before for child in self.children]
        times = Counter(side["name"] for side in sides)
        return sorted(
            f"{side['name']}:{side['arch']}" if times[side["name"]] > 1 else side["name"]
            for side in sides
        )

    @property
    def members(self) -> list[Difference]:
        """What else differs of a package that stands alone: all but the versions above."""
        if len(self.children) > 1:
            return []
        (child,) = self.children
        said = _SAID_BY_THE_GROUP if child.child("version") else frozenset()
        return [m for m in child.children if m.differs and m.subject not in said]


def groups_of(part: Difference, kind: Kind) -> list[Group]:
    """The groups of one kind of change, those that matter most first.

    What is installed comes before what is only named, the system before the many of languages.
    """
    return sorted(grouped(part.of_kind(kind)), key=_importance)


def _importance(group: Group) -> tuple[bool, bool, str]:
    first = group.children[0]
    kind = str((first.after or first.before)["type"])
    return not of_the_image(first), not rules_of(kind).system, group.subject


def grouped(children: Iterable[Difference]) -> list[Group]:
    """`children` of the packages part in groups, in the order of the first of each."""
    found: dict[Hashable, list[Difference]] = {}
    for number, child in enumerate(children):
        key = _key(child)
        found.setdefault(number if key is None else key, []).append(child)
    return [_group(same) for same in found.values()]


def _key(child: Difference) -> Hashable:
    """Equal for children that go together; None for one that stands alone."""
    sides = [side for side in (child.before, child.after) if side]
    sources = [side.get("source_package") for side in sides]
    said = {member.subject for member in child.children if member.differs}
    if None in sources or len({source["name"] for source in sources}) != 1:
        return None
    if not said <= _SAID_BY_THE_GROUP or child.kind is Kind.MOVED or COEXISTING in child.notes:
        return None
    versions = _versions(sources)
    if len(sides) > 1 and versions[0] == versions[1]:
        versions = _versions(sides)
    return child.kind, sides[0]["type"], sources[0]["name"], versions, child.notes


def _versions(values: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(value["version"] for value in values)


def _group(children: list[Difference]) -> Group:
    first = children[0]
    sides = [[c.before for c in children if c.before], [c.after for c in children if c.after]]
    subject = first.subject
    if len(children) > 1:
        side = first.after or first.before
        subject = f"{side['type']}/{side['source_package']['name']}"
    if any(len(set(_versions(side))) > 1 for side in sides):
        sides = [[value["source_package"] for value in side] for side in sides]
    before, after = (side[0]["version"] if side else "" for side in sides)
    return Group(subject, first.kind, before, after, first.notes, tuple(children))
