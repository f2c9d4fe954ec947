"""What a side that was not read whole does not say is no difference."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from analyzer.diff.pairs import is_root_filesystem
from analyzer.diff.tree import AFTER, BEFORE, Difference, Kind, container
from analyzer.problems import UNREAD, Code, Severity
from analyzer.report import ImageReport

NOT_ALL = "some of what tells of packages could not be read"
SEEN = "of {} that differ in what was read it is not known whether they do (-o json has them)"
_EMPTY: tuple[object, ...] = (None, "", [], {})
_OF_LAYERS = frozenset(
    {
        Code.HEADER_DAMAGED,
        Code.LAYER_COUNT_MISMATCH,
        Code.LAYER_DAMAGED,
        Code.LAYER_ENCRYPTED,
        Code.LAYER_TRUNCATED,
        Code.UNSUPPORTED,
    }
)
"""Problems by which names of a layer are lost, and not only the meaning of one file."""


def without_unread(
    part: Difference, images: tuple[ImageReport, ImageReport], incomplete: Sequence[bool]
) -> Difference:
    """The part `packages` where a side lacks what stood in files that could not be read.

    `incomplete` has one answer per side. A package is known where a file tells of it that lies
    above all layers that were not read whole, and known to be missing where such a file tells of
    others and not of it. What else differs is of kind unknown, and so is a member that an
    incomplete side does not state: licences of a package are in files of their own. With a layer
    unread nothing is said of which layer brought what. The part itself is unknown unless something
    is known to differ.
    """
    if not any(incomplete):
        return part
    sides = tuple(_Side.of(image, each) for image, each in zip(images, incomplete, strict=True))
    told = [child for child in part.children if child.kind is not Kind.MOVED or _told(sides)]
    children = [_child(child, sides) for child in told]
    found = container(part.subject, children, before=part.before, after=part.after)
    unknown = sum(child.kind is Kind.UNKNOWN for child in children)
    notes = [SEEN.format(unknown)] if unknown else []
    if not found.differs:
        words = zip((BEFORE, AFTER), incomplete, strict=True)
        notes = [*(side + NOT_ALL for side, lacks in words if lacks), *notes]
        found = replace(found, kind=Kind.UNKNOWN)
    return replace(found, notes=(*part.notes, *notes))


_Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class _Side:
    """What one image tells for certain."""

    incomplete: bool
    lost: int
    """As `_highest_unread`."""
    sound: frozenset[str]
    """Files that tell of packages, whole and above every layer that was not read whole."""
    told_by: Mapping[_Key, set[str]]
    """The files that tell of each package."""

    @classmethod
    def of(cls, image: ImageReport, incomplete: bool) -> _Side:  # noqa: FBT001 - see above
        lost = _highest_unread(image) if incomplete else -1
        damaged = [each.where for each in image.problems if _is_unread(each.code, each.severity)]
        told_by: dict[_Key, set[str]] = defaultdict(set)
        sound = set()
        for package in image.packages:
            key = package.type, package.name, package.version, package.arch
            for place in package.locations:
                told_by[key].add(place.path)
                if (place.layer or 0) > lost and not any(place.path in each for each in damaged):
                    sound.add(place.path)
        return cls(incomplete, lost, frozenset(sound), told_by)

    def paths(self, said: Mapping[str, Any]) -> set[str]:
        """The files that tell of the package that a child says this of."""
        return self.told_by.get(tuple(said[name] for name in _KEY), set())

    def knows(self, paths: set[str]) -> bool:
        """Whether it is certain what this side has of what such files tell."""
        return not self.incomplete or not self.sound.isdisjoint(paths)


_KEY = ("type", "name", "version", "arch")


def _is_unread(code: Code, severity: Severity) -> bool:
    return severity is Severity.ERROR and code in UNREAD


def _highest_unread(image: ImageReport) -> int:
    """Position of the topmost layer that was not read whole; -1 where all were."""
    if is_root_filesystem(image):
        sizes: list[int] = []
    else:
        sizes = [n for n, layer in enumerate(image.layers) if layer.uncompressed_size is None]
    found = [-1, *sizes]
    for problem in image.problems:
        if problem.severity is Severity.ERROR and problem.code in _OF_LAYERS:
            named = [
                number
                for number, layer in enumerate(image.layers)
                for digest in (layer.digest, layer.diff_id)
                if digest and digest.rpartition(":")[2] in problem.where
            ]
            found += named or [len(image.layers)]
    return max(found)


def _told(sides: Sequence[_Side]) -> bool:
    """Whether it is known which layer brought which package."""
    return all(side.lost < 0 for side in sides)


def _child(child: Difference, sides: Sequence[_Side]) -> Difference:
    said = (child.before, child.after)
    own = [side.paths(each) for side, each in zip(sides, said, strict=True) if each]
    paths = own * 2 if len(own) == 1 else own
    if not all(side.knows(each) for side, each in zip(sides, paths, strict=True)):
        return _unknown(child)
    members = [_member(member, sides) for member in child.children]
    if child.kind is not Kind.CHANGED or any(member.differs for member in members):
        return replace(child, children=tuple(members))
    return replace(child, kind=Kind.UNKNOWN, children=tuple(members))


def _unknown(child: Difference) -> Difference:
    """What differs, itself or in a member, is unknown."""
    members = tuple(map(_unknown, child.children))
    return replace(child, kind=Kind.UNKNOWN if child.differs else child.kind, children=members)


def _member(member: Difference, sides: Sequence[_Side]) -> Difference:
    values = (member.before, member.after)
    lost = any(s.incomplete and value in _EMPTY for s, value in zip(sides, values, strict=True))
    return replace(member, kind=Kind.UNKNOWN) if lost and member.differs else member
