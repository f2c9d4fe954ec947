"""How much of an image a bill lists, ecosystem by ecosystem, and what it leaves out on purpose."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from analyzer.bills.model import Aggregate, Completeness, Element, Remark
from analyzer.packages.contract import CLAIMED, DECLARED, VENDORED, Package
from analyzer.problems import UNREAD, Severity
from analyzer.report import ImageReport

_SOMETHING_MISSING = "something of the image could not be read; the document's comment says what"
_DATABASE = "listed by the database of their package manager, which records all that it installed"
_NO_DATABASE = (
    "recognised by what lies beside or in their files; software that was copied in without it "
    "is not seen"
)
_MIXED = "most are listed by a database, {} are recognised by what lies beside or in their files"
_IMAGE = (
    "software that no package manager and no metadata speaks of cannot be seen, so nobody can "
    "say that the list is whole"
)
_NOT_LISTED = {
    DECLARED: "that lock files and manifests name, without anything showing that they are there",
    CLAIMED: "that documents in the image speak of, without anything showing that they are there",
}


def completeness(
    image: ImageReport, root: str, packages: Iterable[tuple[Package, Element]]
) -> tuple[Completeness, ...]:
    """Of the image as a whole, and of each ecosystem (package URL type) that has packages in it."""
    damaged = _damaged(image)
    groups: dict[str, list[tuple[Package, Element]]] = defaultdict(list)
    for package, element in packages:
        groups[package.type].append((package, element))
    whole = Completeness(
        "image",
        "incomplete" if damaged else "unknown",
        _SOMETHING_MISSING if damaged else _IMAGE,
        (root,),
    )
    return (whole, *(_ecosystem(kind, groups[kind], damaged=damaged) for kind in sorted(groups)))


def _ecosystem(
    kind: str, packages: Sequence[tuple[Package, Element]], *, damaged: bool
) -> Completeness:
    refs = tuple(sorted(element.ref for _, element in packages))
    aggregate, words = _judged([package for package, _ in packages], damaged=damaged)
    return Completeness(kind, aggregate, words, refs)


def _judged(packages: Sequence[Package], *, damaged: bool) -> tuple[Aggregate, str]:
    if damaged:
        return "incomplete", _SOMETHING_MISSING
    others = [p for p in packages if p.method != "database" or p.state == VENDORED]
    if not others:
        return "complete", _DATABASE
    if len(others) == len(packages):
        return "unknown", _NO_DATABASE
    return "unknown", _MIXED.format(len(others))


def _damaged(image: ImageReport) -> bool:
    unread = any(p.severity is Severity.ERROR and p.code in UNREAD for p in image.problems)
    return unread or image.completeness != "complete"


def unlisted(image: ImageReport, root: str) -> tuple[Remark, ...]:
    """What was found of packages and is not in the bill, because they are not installed."""
    return tuple(Remark(root, words) for words in _counted(image))


def _counted(image: ImageReport) -> Iterator[str]:
    states = Counter(package.state for package in image.packages if not package.installed)
    for state, count in sorted(states.items()):
        things = "1 package" if count == 1 else f"{count} packages"
        said = _NOT_LISTED.get(state, f"in the state {state!r} in the database")
        yield f"Not listed: {things} {said}."
