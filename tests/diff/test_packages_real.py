"""The packages part of real images against the difference of two lists of dpkg-query."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest

from analyzer.api import analyze
from analyzer.diff.compare import compare
from analyzer.diff.tree import Kind, mirrored, walk
from tests.support.languageanswers import last
from tests.support.realimages import LANGUAGES, SUCCESSOR, expected, real_image, successor
from tests.support.tools import require_tool, run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.diff.tree import Difference
    from analyzer.report import Report

AMD64 = "linux/amd64"
Change = tuple[str, str, str, str, str]
"""Kind or direction, name, architecture, state and version before, state and version after."""


def report(name: str) -> Report:
    """Of one platform."""
    path = successor(name) if name in {"before", "after", "again"} else real_image(name)
    return analyze(str(path), platforms=[AMD64])


def listed(name: str) -> list[str]:
    """What `dpkg-query -W` printed: state, name, version, architecture."""
    if name == LANGUAGES:
        return list(last("amd64", "dpkg"))
    if name in {"before", "after", "again"}:
        return list(expected(SUCCESSOR)["images"][name]["packages"])
    return list(expected(name)["platforms"]["amd64"]["packages"])


def difference_of_lists(before: Sequence[str], after: Sequence[str]) -> set[Change]:
    """What dpkg itself says of each package that is not in both lists as it stands."""
    sides: dict[tuple[str, str], list[str]] = defaultdict(lambda: ["", ""])
    for side, lines in enumerate((before, after)):
        for line in lines:
            state, name, version, arch = line.split()
            sides[name, arch][side] = f"{state} {version}"
    return {
        (_what(one, two), name, arch, one, two)
        for (name, arch), (one, two) in sides.items()
        if one != two
    }


def _what(one: str, two: str) -> str:
    if not one or not two:
        return "added" if two else "removed"
    versions = [side.split()[1] for side in (one, two)]
    if versions[0] == versions[1]:
        return "changed"
    dpkg = require_tool("dpkg")
    older = run([dpkg, "--compare-versions", versions[0], "lt", versions[1]], check=False)
    return "downgraded" if older.returncode else "upgraded"


def found_in(part: Difference) -> set[Change]:
    """The same of the packages part, without what no list of dpkg-query tells."""
    changes = set()
    for child in part.children:
        side = child.after or child.before
        members = {member.subject for member in child.children}
        if side["type"] != "deb" or (members and not members & {"version", "state", "arch"}):
            continue
        direction = next((n for n in child.notes if n in {"upgraded", "downgraded"}), "")
        one, two = (_said(value) for value in (child.before, child.after))
        changes.add((direction or child.kind.value, side["name"], side["arch"], one, two))
    return changes


def _said(side: dict[str, Any] | None) -> str:
    return f"{side['state']} {side['version']}" if side else ""


@pytest.mark.parametrize(
    ("before", "after"),
    [("before", "after"), ("after", "before"), ("oci-layout", LANGUAGES), ("before", LANGUAGES)],
)
def test_packages_are_the_difference_of_the_lists_of_dpkg_query(before: str, after: str) -> None:
    """Nothing else, and by dpkg's own order."""
    wanted = difference_of_lists(listed(before), listed(after))
    assert wanted
    (pair,) = compare(report(before), report(after)).children
    part = pair.child("packages")
    assert part is not None
    assert found_in(part) == wanted


def test_a_rebuild_has_the_same_packages() -> None:
    """Made by the same steps at another time, and not quite the same for all its layers."""
    assert listed("after") == listed("again")
    (pair,) = compare(report("after"), report("again")).children
    part = pair.child("packages")
    assert part is not None
    assert not part.children


@pytest.mark.parametrize("name", ["before", LANGUAGES])
def test_an_image_and_itself(name: str) -> None:
    one = report(name)
    (pair,) = compare(one, one).children
    assert [d for d in walk(pair) if d.kind in {Kind.ADDED, Kind.REMOVED, Kind.CHANGED}] == []


def test_the_other_way_round_is_the_mirror() -> None:
    one, two = report("before"), report(LANGUAGES)
    there, back = (
        [c.child("packages") for c in compare(*p).children] for p in ((one, two), (two, one))
    )
    assert [mirrored(part) for part in there if part] == back
