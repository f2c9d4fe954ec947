"""Two images whose packages apk installed: what was planted is found, and nothing else.

The images and what apk and umoci say of them: `scripts/apk_pair_fixture.py`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from analyzer.comparing.images import compare_inputs
from analyzer.comparing.inputs import Wanted, open_inputs
from analyzer.comparing.insides import Inside
from analyzer.diff.content.room import Room
from analyzer.diff.filesystem.causes import CauseKind
from analyzer.diff.filesystem.part import PATH
from analyzer.diff.tree import Difference, Kind, mirrored
from analyzer.limits import Limits
from analyzer.listing.filters import chooser
from tests.diff.images import normal
from tests.support.tools import ROOT

FOLDER = ROOT / "fixtures" / "diff" / "apk"
FACTS: dict[str, Any] = json.loads((FOLDER / "expected.json").read_bytes())["tags"]


def compared(before: str, after: str, *, times: bool = False) -> Difference:
    """A pair of images; the other order gives its mirror."""
    found = []
    for order in ((before, after), (after, before)):
        names = [Wanted(f"{Path(FOLDER, 'layout')}:{tag}") for tag in order]
        inside = Inside(chooser(("lib/apk/db/installed",), None), Room(Limits()))
        with open_inputs(names) as (one, two):
            found.append(compare_inputs(one, two, times=times, inside=inside).children[0])
    assert normal(found[1]) == normal(mirrored(found[0]))
    return found[0]


def part(pair: Difference, name: str) -> Difference:
    child = pair.child(name)
    assert child is not None
    return child


def listed(tag: str) -> dict[str, str]:
    """Versions by name, as `apk info -v` has them: `NAME-VERSION-rN`."""
    return dict(map(split, FACTS[tag]["packages"]))


def split(line: str) -> tuple[str, str]:
    name, version, release = line.rsplit("-", 2)
    return name, f"{version}-{release}"


def test_the_packages_are_those_in_which_two_lists_of_apk_differ() -> None:
    one, two = listed("before"), listed("after")
    found = {}
    for child in part(compared("before", "after"), "packages").children:
        sides = [side["version"] if side else None for side in (child.before, child.after)]
        found[(child.after or child.before)["name"]] = tuple(sides)
    assert found == {
        name: (one.get(name), two.get(name))
        for name in one.keys() | two.keys()
        if one.get(name) != two.get(name)
    }
    assert set(found.values()) == {("1-r0", "2-r0"), ("2-r0", None), (None, "0.9-r0")}


@pytest.mark.parametrize("pair", [("before", "after"), ("first", "again"), ("first", "after")])
def test_the_files_are_those_in_which_two_unpacked_trees_differ(pair: tuple[str, str]) -> None:
    one, two = (FACTS[tag]["tree"] for tag in pair)
    found: set[str] = set()
    for child in part(compared(*pair), "files").children:
        moved = child.child(PATH)
        found |= {moved.before, moved.after} if moved is not None else {child.subject}
    assert found == {path for path in one.keys() | two.keys() if one.get(path) != two.get(path)}
    assert found


def test_what_was_planted_has_its_causes() -> None:
    files = part(compared("before", "after"), "files").children
    rules = {child.subject: (c.kind.value, c.rule) for child in files if (c := child.cause)}
    assert rules == {
        "usr/bin/tee": ("unexplained", "packaged-file"),
        "etc/issue": ("build-step", "own-step"),
        "usr/lib/ledger.index": ("build-step", "own-step"),
        "usr/bin/ledger": ("package", "owner-changed"),
        "usr/bin/abacus": ("package", "owner-changed"),
        "etc/abacus.conf": ("package", "owner-changed"),
        "usr/bin/chart": ("package", "owner-changed"),
        "usr/share": ("package", "holds-what-changed"),
        "usr/share/chart": ("package", "holds-what-changed"),
        "usr/share/chart/a": ("package", "owner-changed"),
        "etc/ledger.conf.apk-new": ("package", "kept-settings"),
        "etc/apk/world": ("package", "apk-state"),
        "lib/apk/db/installed": ("package", "package-record"),
        "lib/apk/db/lock": ("package", "apk-state"),
        "lib/apk/db/scripts.tar.gz": ("package", "apk-state"),
        "var/log/apk.log": ("noise", "logs"),
    }


def test_the_database_differs_by_the_packages_that_apk_lists() -> None:
    database = part(part(compared("before", "after"), "files"), "lib/apk/db/installed")
    (inside,) = part(database, "content").children
    assert {child.subject: child.kind for child in inside.children} == {
        "ledger": Kind.CHANGED,
        "abacus": Kind.REMOVED,
        "chart": Kind.ADDED,
    }


def test_the_same_steps_at_another_time_leave_noise_alone() -> None:
    pair = compared("first", "again", times=True)
    found = {c.kind for child in part(pair, "files").children if (c := child.cause)}
    assert found == {CauseKind.NOISE}
    assert part(pair, "packages").kind is Kind.SAME
