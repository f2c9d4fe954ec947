"""What `compare` says about packages."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from analyzer.diff.packages import COEXISTING, NO_ORDER, NOT_INSTALLED, ONLY_NAMED, SAME_VERSION
from analyzer.diff.tree import Difference, Kind
from tests.diff.images import part
from tests.diff.reports import image, layer, package

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.packages.contract import Package


def packages(before: Sequence[Package], after: Sequence[Package]) -> list[Difference]:
    """What became of packages, all in the only and same layer."""
    one, two = (image("a:1", layers=[layer("base")], packages=p) for p in (before, after))
    return list(part("packages", one, two).children)


class TestPackages:
    """Added, removed, upgraded, downgraded, changed, moved."""

    def test_added_and_removed(self) -> None:
        """With all that a person needs to know which."""
        found = packages([package("a")], [package("b")])
        assert [(d.subject, d.kind) for d in found] == [
            ("deb/a:amd64", Kind.REMOVED),
            ("deb/b:amd64", Kind.ADDED),
        ]
        assert found[1].after["purl"] == "pkg:deb/b@1.0"

    @pytest.mark.parametrize(
        ("kind", "before", "after", "note"),
        [
            ("deb", "2.36-9", "2.36-10", "upgraded"),
            ("deb", "1:1.0", "2.0", "downgraded"),
            ("deb", "1.0", "1.0-0", SAME_VERSION),
            ("apk", "13.2.1-r0", "13.2.1_git20231014-r0", "upgraded"),
            ("generic", "1", "2", NO_ORDER),
        ],
    )
    def test_other_version(self, kind: str, before: str, after: str, note: str) -> None:
        """By the ecosystem's order, or without one."""
        (found,) = packages([package("a", before, kind=kind)], [package("a", after, kind=kind)])
        assert found.kind is Kind.CHANGED
        assert found.notes == (note,)
        assert [c.subject for c in found.children] == ["version"]

    def test_state_licence_and_source(self) -> None:
        """Each as a child of its own."""
        (found,) = packages(
            [package("a", licenses=("MIT",), source=("s", "1"))],
            [package("a", licenses=("MIT", "ISC"), source=("t", "1"), state="half-configured")],
        )
        assert [(c.subject, c.before, c.after) for c in found.children] == [
            ("state", "installed", "half-configured"),
            ("licenses", ["MIT"], ["ISC", "MIT"]),
            ("source_package", ["s 1"], ["t 1"]),
        ]

    def test_not_installed_is_marked(self) -> None:
        """Configuration files that stayed are no package, and no secret either."""
        left = package("a", state="config-files")
        assert packages([left], [])[0].notes == (NOT_INSTALLED,)
        assert packages([package("a")], [left])[0].notes == ("after: not installed",)

    @pytest.mark.parametrize("state", ["declared", "claimed"])
    def test_what_is_only_named_is_not_said_to_be_in_a_database(self, state: str) -> None:
        one, two = package("a", state=state), package("a", state=state, licenses=("MIT",))
        assert packages([], [one])[0].notes == (ONLY_NAMED,)
        assert packages([one], [two])[0].notes == (ONLY_NAMED,)

    def test_several_versions_side_by_side(self) -> None:
        """Sets of versions are compared; nobody knows which became which."""
        before = [package("a", v, kind="npm", arch="") for v in ("1.0.0", "2.0.0")]
        after = [package("a", v, kind="npm", arch="") for v in ("2.0.0", "3.0.0", "4.0.0")]
        found = packages(before, after)
        assert [(d.subject, d.kind) for d in found] == [
            ("npm/a@1.0.0", Kind.REMOVED),
            ("npm/a@3.0.0", Kind.ADDED),
            ("npm/a@4.0.0", Kind.ADDED),
        ]
        assert all(d.notes == (COEXISTING,) for d in found)

    def test_one_of_several_versions_replaced(self) -> None:
        """One gone and one new is an upgrade."""
        before = [package("a", v, kind="npm", arch="") for v in ("1.0.0", "2.0.0")]
        after = [package("a", v, kind="npm", arch="") for v in ("1.0.0", "2.1.0")]
        (found,) = packages(before, after)
        assert found.notes == ("upgraded",)

    def test_another_architecture_is_the_same_package(self) -> None:
        """Debian makes packages `Architecture: all` now and then."""
        (found,) = packages([package("a")], [package("a", arch="all")])
        assert found.subject == "deb/a"
        assert [c.subject for c in found.children] == ["arch"]

    def test_two_architectures_side_by_side_are_two_packages(self) -> None:
        """Multi-arch."""
        found = packages([package("a")], [package("a"), package("a", arch="i386")])
        assert [(d.subject, d.kind) for d in found] == [("deb/a:i386", Kind.ADDED)]

    def test_the_same_name_in_two_namespaces_is_two_packages(self) -> None:
        one = replace(package("core", kind="npm", arch=""), namespace="@babel")
        two = replace(package("core", "2.0", kind="npm", arch=""), namespace="@swc")
        after = replace(two, version="3.0")
        (found,) = packages([one, two], [one, after])
        assert (found.subject, found.notes) == ("npm/@swc/core", ("upgraded",))

    def test_another_layer_is_no_difference(self) -> None:
        """Quiet, and only where both layers have counterparts."""
        layers = [layer("base"), layer("top")]
        one = image("a:1", layers=layers, packages=[package("a", layer=0)])
        two = image("a:1", layers=layers, packages=[package("a", layer=1)])
        found = part("packages", one, two)
        assert not found.differs
        assert [c.kind for c in found.children] == [Kind.MOVED]

    def test_a_rebuilt_image_moves_nothing(self) -> None:
        """No layer has a counterpart, so every package would be noise."""
        one = image("a:1", layers=[layer("x")], packages=[package("a", layer=0)])
        two = image("a:1", layers=[layer("y"), layer("z")], packages=[package("a", layer=1)])
        assert part("packages", one, two).children == ()

    def test_an_inserted_layer_moves_nothing(self) -> None:
        """The position changed, the layer did not."""
        one = image("a:1", layers=[layer("x")], packages=[package("a", layer=0)])
        two = image("a:1", layers=[layer("n"), layer("x")], packages=[package("a", layer=1)])
        assert part("packages", one, two).children == ()
