"""Who is who, who needs whom and who holds whom in a CycloneDX document.

CycloneDX has one relation between components, "depends on"; what a document lists is in its
subject. Everything else that a bill relates is a property of a component, or is lost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from analyzer.bills.model import PACKAGES, Bill, Element, Relation
from analyzer.paths import printable
from analyzer.sbom.cdxtext import Losses

_BOM_LINK = "urn:cdx:"
_HOLDERS = {"layer": "ociscope:layer"} | dict.fromkeys(PACKAGES, "ociscope:owner")
_HOLDER = "ociscope:contained-by"
"""Properties that say what contains a component, by the kind of the container; the value is its
`bom-ref`."""

Edges = Mapping[str, Iterable[str]]


@dataclass(frozen=True, slots=True)
class Graph:
    """The relations of a bill in CycloneDX's terms; every name is a `bom-ref`."""

    refs: tuple[str, ...]
    """Of each element of the bill, in its order."""
    by_ref: Mapping[str, str]
    """From what an element is called in the bill."""
    root: str
    """What the document is about; empty where that is not one element."""
    depends: Mapping[str, Sequence[str]]
    """What each component needs, sorted; only of those that need something."""
    held: Mapping[str, Sequence[tuple[str, str]]]
    """The properties of each component that say what contains it."""


def graph(bill: Bill, losses: Losses) -> Graph:
    """Bring the relations of `bill` into CycloneDX's terms and count the others in `losses`.

    The subject depends on what the bill says that it depends on. Where the bill says nothing of
    that, it depends on the operating system and on every package that no other package needs
    (of packages that need each other in a circle: on one), so that all of them can be reached.
    """
    refs = bom_refs(bill.elements, losses)
    by_ref: dict[str, str] = {}
    kinds = dict(zip(refs, (each.kind for each in bill.elements), strict=True))
    for element, ref in zip(bill.elements, refs, strict=True):
        by_ref.setdefault(element.ref, ref)
    described = list(dict.fromkeys(by_ref[each] for each in bill.subjects if each in by_ref))
    root = described[0] if len(described) == 1 else ""
    depends: dict[str, set[str]] = defaultdict(set)
    held: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for kind, one, other in _known(bill.relations, by_ref, losses):
        if kind == "DEPENDS_ON":
            depends[one].add(other)
        elif one != root:
            held[other].add((_HOLDERS.get(kinds[one], _HOLDER), one))
    if root and root not in depends:
        installed = [
            ref
            for element, ref in zip(bill.elements, refs, strict=True)
            if ref != root and (element.is_package or element.kind == "system")
        ]
        depends[root].update(tops(installed, depends))
    return Graph(
        refs=tuple(refs),
        by_ref=by_ref,
        root=root,
        depends={ref: sorted(needed) for ref, needed in depends.items()},
        held={ref: sorted(holders) for ref, holders in held.items()},
    )


def bom_refs(elements: Sequence[Element], losses: Losses) -> list[str]:
    """A `bom-ref` for each element: what it is called, made usable and unique.

    CycloneDX 1.6, `refType`: not empty, unique in the document, and no BOM-Link. The first holder
    of a name keeps it.
    """
    wanted = [_usable(element.ref) for element in elements]
    taken = {each for each in wanted if each}
    given: set[str] = set()
    numbers: dict[str, int] = defaultdict(lambda: 1)
    for position, (element, name) in enumerate(zip(elements, wanted, strict=True)):
        ref = name
        while not ref or ref in given or (ref != name and ref in taken):
            numbers[name] += 1
            ref = f"{name or 'component'}-{numbers[name]}"
        if ref != element.ref:
            losses.add("identifier of an element: missing, repeated or not usable, replaced")
        given.add(ref)
        wanted[position] = ref
    return wanted


def _usable(ref: str) -> str:
    ref = printable(ref).strip()
    return f"ref-{ref}" if ref.startswith(_BOM_LINK) else ref


def _known(
    relations: Iterable[Relation], by_ref: Mapping[str, str], losses: Losses
) -> Iterator[tuple[str, str, str]]:
    """The relations that CycloneDX has a place for, between elements that are there."""
    for relation in relations:
        if relation.kind == "DESCRIBES":
            continue
        one, other = by_ref.get(relation.one, ""), by_ref.get(relation.other, "")
        if relation.kind not in {"CONTAINS", "DEPENDS_ON"}:
            losses.add(f"relation {printable(relation.kind)}")
        elif not one or not other:
            losses.add(f"relation {relation.kind}: one end is not in the document")
        elif one == other:
            losses.add(f"relation {relation.kind}: of an element to itself")
        else:
            if relation.comment:
                losses.add(f"relation {relation.kind}: comment")
            yield relation.kind, one, other


def tops(members: Sequence[str], depends: Edges) -> list[str]:
    """The fewest of `members` from which all of them can be reached along `depends`.

    These are the ones that no other member needs and, of each circle that nothing outside it
    needs, the one that is first in the order of names.
    """
    inside = set(members)
    needed = {other for one in inside for other in depends.get(one, ()) if other != one}
    found = sorted(inside - needed)
    reached = set(_finished(found, depends))
    # In the reverse of the order in which a search finishes, what stands first is needed by
    # nothing that stands after it, except from within its own circle.
    for start in reversed([*_finished(sorted(inside - reached), depends)]):
        if start in inside and start not in reached:
            found.append(start)
            reached.update(_finished([start], depends, reached))
    return found


def _finished(starts: Iterable[str], depends: Edges, known: Iterable[str] = ()) -> list[str]:
    """What can be reached from `starts` and is not `known`, in the order a search finishes."""
    seen = set(known)
    done = []
    for start in starts:
        if start in seen:
            continue
        seen.add(start)
        stack = [(start, iter(sorted(depends.get(start, ()))))]
        while stack:
            here, others = stack[-1]
            following = next((other for other in others if other not in seen), None)
            if following is None:
                done.append(here)
                stack.pop()
            else:
                seen.add(following)
                stack.append((following, iter(sorted(depends.get(following, ())))))
    return done
