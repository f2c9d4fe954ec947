"""From evidence of every layer prefix to packages in their layers, and who did not raise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.digest import digest_bytes
from analyzer.layers.captures import Captured
from analyzer.packages.attribution import introductions
from analyzer.packages.contract import (
    Cataloger,
    Code,
    Files,
    Location,
    Package,
    Problem,
    Want,
    warning,
)
from analyzer.packages.desk import Seen
from analyzer.packages.distro import Distro
from analyzer.packages.parsing import ParseCache
from analyzer.packages.registry import find_catalogers
from analyzer.packages.run import Inventory, inventory

STATUS = "var/lib/dpkg/status"
APK = "lib/apk/db/installed"
DEBIAN = Distro("debian", "12")


def dpkg(**packages: str) -> bytes:
    """A status file: name to version, or to version and state behind a blank."""
    out = ""
    for name, text in packages.items():
        version, _, state = text.partition(" ")
        words = f"install ok {state or 'installed'}"
        out += f"Package: {name}\nStatus: {words}\nVersion: {version}\nArchitecture: all\n\n"
    return out.encode()


def seen(data: bytes, layer: int, path: str = STATUS) -> Seen:
    """A file of the merged view."""
    return Seen(Captured(digest_bytes(data), data), layer, path)


def stacked(*databases: bytes | None) -> list[Mapping[str, Seen]]:
    """Evidence of layers that write this status file each, or (None) leave it alone."""
    evidence: list[Mapping[str, Seen]] = []
    for layer, data in enumerate(databases):
        if data is None:
            evidence.append(evidence[-1])
        else:
            evidence.append({STATUS: seen(data, layer)})
    return evidence


def run(evidence: list[Mapping[str, Seen]], cache: ParseCache | None = None) -> Inventory:
    """All catalogers over evidence of a Debian image."""
    return inventory(evidence, find_catalogers(), DEBIAN, cache or ParseCache())


def introduced(evidence: list[Mapping[str, Seen]]) -> dict[str, int | None]:
    """Package name to the layer that brought it."""
    return {package.name: package.introduced_in for package in run(evidence).packages}


class TestLayers:
    """A package's layer is the first of the unbroken run up to the top with the same package."""

    def test_what_stays_keeps_its_first_layer(self) -> None:
        evidence = stacked(dpkg(a="1"), dpkg(a="1", b="1"), None, dpkg(a="1", b="1", c="1"))
        assert introduced(evidence) == {"a": 0, "b": 1, "c": 3}

    def test_an_upgrade_is_a_new_package(self) -> None:
        assert introduced(stacked(dpkg(a="1", b="1"), dpkg(a="2", b="1"))) == {"a": 1, "b": 0}

    def test_what_went_and_came_back_counts_from_its_return(self) -> None:
        assert introduced(stacked(dpkg(a="1"), dpkg(), dpkg(a="1"))) == {"a": 2}

    def test_what_is_gone_at_the_top_is_not_listed(self) -> None:
        assert introduced(stacked(dpkg(a="1", b="1"), dpkg(b="1"))) == {"b": 0}

    def test_configuring_what_a_layer_unpacked_brings_nothing_new(self) -> None:
        assert introduced(stacked(dpkg(a="1 unpacked"), dpkg(a="1"))) == {"a": 0}

    def test_configuration_files_left_behind_date_from_the_removal(self) -> None:
        assert introduced(stacked(dpkg(a="1"), None, dpkg(a="1 config-files"))) == {"a": 2}

    def test_a_removed_database_leaves_nothing(self) -> None:
        assert run([*stacked(dpkg(a="1")), {}]) == Inventory()

    def test_a_moved_database_says_where_it_is_now(self) -> None:
        old = seen(b"P:a\nV:1-r0\n\n", 0, APK)
        new = seen(b"P:a\nV:1-r0\n\n", 1, f"usr/{APK}")
        (package,) = run([{APK: old}, {f"usr/{APK}": new}]).packages
        assert package.introduced_in == 0
        assert package.locations == (Location(f"usr/{APK}", 1),)

    def test_location_names_the_layer_that_provides_the_file_now(self) -> None:
        (package, _) = run(stacked(dpkg(a="1"), dpkg(a="1", b="1"))).packages
        assert package.introduced_in == 0
        assert package.locations == (Location(STATUS, 1),)

    def test_no_layers_no_packages(self) -> None:
        assert run([]) == Inventory()


@given(st.lists(st.frozensets(st.integers(0, 5)), max_size=8))
def test_introductions_are_those_of_the_definition(presence: list[frozenset[int]]) -> None:
    expected = {}
    for member in presence[-1] if presence else ():
        layer = len(presence) - 1
        while layer > 0 and member in presence[layer - 1]:
            layer -= 1
        expected[member] = layer
    assert introductions(presence) == expected


class TestSameFileTwice:
    """One file under two wanted paths is one file; two files are two proofs."""

    DATA = b"P:a\nV:1-r0\n\nP:b\n"

    def test_a_link_to_the_other_path_is_read_once(self) -> None:
        real = f"usr/{APK}"
        evidence = {APK: seen(self.DATA, 0, real), real: seen(self.DATA, 0, real)}
        found = run([evidence])
        assert [package.locations for package in found.packages] == [(Location(real, 0),)] * 2
        assert {problem.where for problem in found.problems} == {real}

    def test_a_link_of_one_cataloger_leaves_the_file_to_another(self) -> None:
        calls: list[list[str]] = []
        linked = Cataloger(
            "linked", 1, "file", (Want("a/link"),), cataloger_of("file", calls).parse
        )
        evidence = {path: seen(b"", 0, "e/x") for path in ("a/link", "e/x")}
        inventory([evidence], [linked, cataloger_of("file", calls)], None, ParseCache())
        assert calls == [["a/link"], ["e/x"]]

    def test_a_link_out_of_sight_shows_the_real_path(self) -> None:
        found = run([{APK: seen(self.DATA, 0, "opt/db")}])
        assert {place for p in found.packages for place in p.locations} == {Location("opt/db", 0)}
        assert {problem.where for problem in found.problems} == {"opt/db"}

    def test_two_copies_are_one_package_with_both_places(self) -> None:
        evidence = {path: seen(self.DATA, n, path) for n, path in enumerate((APK, f"usr/{APK}"))}
        found = run([evidence])
        assert [package.name for package in found.packages] == ["a", "b"]
        both = (Location(APK, 0), Location(f"usr/{APK}", 1))
        assert [package.locations for package in found.packages] == [both, both]


def test_packages_are_sorted_and_carry_their_purl() -> None:
    evidence = {STATUS: seen(dpkg(b="2", a="1"), 0), APK: seen(b"P:z\nV:1-r0\n\n", 0, APK)}
    found = run([evidence])
    assert [package.purl for package in found.packages] == [
        "pkg:apk/debian/z@1-r0?distro=debian-12",
        "pkg:deb/debian/a@1?arch=all&distro=debian-12",
        "pkg:deb/debian/b@2?arch=all&distro=debian-12",
    ]


def test_problems_are_those_of_the_top_each_once() -> None:
    whole, damaged = dpkg(a="1"), dpkg(a="1") + b"garbage"
    assert run(stacked(damaged, whole)).problems == ()
    (problem, *rest) = run(stacked(damaged, damaged, None)).problems
    assert problem.code is Code.PACKAGE_DATABASE_DAMAGED
    assert problem.where == STATUS
    assert rest == []


def cataloger_of(
    group: Literal["file", "dir", "image"], calls: list[list[str]], version: int = 1
) -> Cataloger:
    """A cataloger that writes down what it was given."""

    def parse(files: Files) -> Iterator[Package | Problem]:
        calls.append(list(files))
        for path in files:
            yield Package("p", path, "", "generic", locations=(Location(path),))

    return Cataloger("probe", version, group, (Want("d/*/x*"), Want("e/x")), parse)


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("file", [["d/a/x1"], ["d/a/x2"], ["d/b/x"], ["e/x"]]),
        ("dir", [["d/a/x1", "d/a/x2"], ["d/b/x"], ["e/x"]]),
        ("image", [["d/a/x1", "d/a/x2", "d/b/x", "e/x"]]),
    ],
)
def test_files_come_grouped_as_asked(
    group: Literal["file", "dir", "image"], expected: list[list[str]]
) -> None:
    calls: list[list[str]] = []
    paths = ("e/x", "d/b/x", "d/a/x2", "other/x", "d/a/x1", "d/a/deep/x")
    evidence = {path: seen(b"", 0, path) for path in paths}
    inventory([evidence], [cataloger_of(group, calls)], None, ParseCache())
    assert calls == expected


def test_equal_groups_are_parsed_once_across_layers_and_images() -> None:
    calls: list[list[str]] = []
    one, other = seen(b"1", 0, "e/x"), seen(b"2", 1, "e/x")
    cache = ParseCache()
    cataloger = cataloger_of("file", calls)
    inventory([{"e/x": one}, {"e/x": one}, {"e/x": other}], [cataloger], None, cache)
    assert len(calls) == 2
    moved = Seen(one.captured, 7, "e/x")
    found = inventory([{"e/x": moved}], [cataloger], DEBIAN, cache)
    assert len(calls) == 2
    assert found.packages[0].locations == (Location("e/x", 7),)
    assert found.packages[0].purl == "pkg:generic/p@e%2Fx"
    inventory([{"e/x": one}], [cataloger_of("file", calls, version=2)], None, cache)
    assert len(calls) == 3


def test_a_cataloger_that_raises_costs_only_its_own_files() -> None:
    def parse(files: Files) -> Iterator[Package | Problem]:
        for path, data in files.items():
            yield Package("before", "1", "", "generic", locations=(Location(path),))
            if data == b"bad":
                raise KeyError(path)

    broken = Cataloger("broken", 1, "file", (Want("e/*"),), parse)
    evidence = {path: seen(data, 0, path) for path, data in (("e/x", b"bad"), ("e/y", b""))}
    evidence[STATUS] = seen(dpkg(a="1"), 0)
    found = inventory([evidence], [broken, *find_catalogers()], DEBIAN, ParseCache())
    assert [package.name for package in found.packages] == ["a", "before"]
    assert found.packages[1].locations == (Location("e/x", 0), Location("e/y", 0))
    (problem,) = found.problems
    assert (problem.code, problem.severity, problem.where) == ("cataloger-failed", "error", "e/x")
    assert "broken" in problem.detail
    assert "KeyError" in problem.detail


def test_problems_are_sorted_and_those_that_name_no_file_stay_as_they_are() -> None:
    one, other = (warning(Code.PACKAGE_FIELD_MISSING, "elsewhere", text) for text in "ab")
    cataloger = Cataloger("c", 1, "image", (Want("e/x"),), lambda _: [other, one, other])
    found = inventory([{"e/x": seen(b"", 0, "e/x")}], [cataloger], None, ParseCache())
    assert found.problems == (one, other)
