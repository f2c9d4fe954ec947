"""What `compare` says about packages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analyzer.diff.packages import COEXISTING, NO_ORDER, NOT_INSTALLED, ONLY_NAMED, SAME_VERSION
from analyzer.diff.tree import Difference, Kind
from analyzer.packages.contract import Location, Sighting
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

    @pytest.mark.parametrize(
        ("cataloger", "before", "after", "note"),
        [
            ("opkg", "1.36.1-r2", "1.36.1-r10", "upgraded"),
            ("portage", "1.0-r1", "1.0_rc1", "downgraded"),
            ("nix", "2.3pre1", "2.3", "upgraded"),
            ("wordpress", "6.5-RC1", "6.5", "upgraded"),
            ("php", "3.2.0beta1", "3.2.0RC1", "upgraded"),
            ("snap", "1", "2", NO_ORDER),
            ("flatpak", "1", "2", NO_ORDER),
        ],
    )
    def test_systems_without_a_type(
        self, cataloger: str, before: str, after: str, note: str
    ) -> None:
        """All are `generic`; who found them says whose rules they follow."""
        one, two = (
            package("a", version, kind="generic")._replace(cataloger=cataloger)
            for version in (before, after)
        )
        assert packages([one], [two])[0].notes == (note,)
        stranger = two._replace(cataloger="elf-note")
        assert packages([one], [stranger])[0].notes == (NO_ORDER,)

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

    @pytest.mark.parametrize(
        ("member", "before", "after"),
        [("supplier", ["Debian"], ["Ubuntu"]), ("hold", False, True)],
    )
    def test_supplier_and_hold(self, member: str, before: object, after: object) -> None:
        one = package("a")._replace(supplier="Debian")
        changed = {"supplier": "Ubuntu"} if member == "supplier" else {"hold": True}
        (found,) = packages([one], [one._replace(**changed)])
        assert [(c.subject, c.before, c.after) for c in found.children] == [(member, before, after)]

    def test_an_owner_is_the_same_in_a_newer_version(self) -> None:
        """And of another architecture: else all that it brought would change with it."""
        module = package("idna", kind="pypi", arch="")
        old, new = package("python3-idna", "3.3-1"), package("python3-idna", "3.3-2", arch="arm64")
        one, two = (module._replace(owner=owner.ident) for owner in (old, new))
        assert [d.subject for d in packages([one, old], [two, new])] == ["deb/python3-idna"]
        found = packages([one, old], [module, old])
        assert [(c.subject, c.before, c.after) for d in found for c in d.children] == [
            ("owner", ["deb/python3-idna"], [])
        ]

    def test_copies_are_counted_and_placed(self) -> None:
        """One `node_modules` more, at the same version."""
        one = package("a", kind="npm", arch="")._replace(locations=(Location("x/package.json", 0),))
        two = one._replace(locations=(*one.locations, Location("app.jar", 0, "y/package.json")))
        (found,) = packages([one], [two])
        assert [(c.subject, c.before, c.after) for c in found.children] == [
            (
                "copies",
                {"count": 1, "where": ["x/package.json"]},
                {"count": 2, "where": ["app.jar!/y/package.json", "x/package.json"]},
            )
        ]

    def test_another_place_is_no_other_number_of_copies(self) -> None:
        """The files part says what moved."""
        one = package("a", kind="npm", arch="")._replace(locations=(Location("x/package.json", 0),))
        assert packages([one], [one._replace(locations=(Location("y/package.json", 0),))]) == []

    def test_other_statements_and_programs_of_a_system_package_are_no_copies(self) -> None:
        notes = (Location("usr/bin/a", 0), Location("usr/bin/b", 0))
        deb = package("a")
        assert packages([deb], [deb._replace(locations=(*deb.locations, *notes))]) == []
        wheel = package("a", kind="pypi", arch="")
        seen = Sighting("pypi:a@1.0", "usr/bin/a", 0, "x", "note", "medium", "", "same-package")
        other = wheel._replace(locations=(*wheel.locations, notes[0]), also=(seen,))
        assert packages([wheel], [other]) == []

    def test_a_renamed_package_is_told_by_what_it_provides(self) -> None:
        """Debian's `libssl3t64` has `Provides: libssl3 (= 3.0.15-1)` and the same source."""
        one = package("libssl3", "3.0.9-1", source=("openssl", "3.0.9-1"))
        two = package("libssl3t64", "3.0.15-1", source=("openssl", "3.0.15-1"))
        two = two._replace(provides=("libssl3",))
        notes = {d.subject: (d.kind, d.notes) for d in packages([one], [two])}
        assert notes == {
            "deb/libssl3:amd64": (Kind.REMOVED, ("libssl3t64 provides it",)),
            "deb/libssl3t64:amd64": (Kind.ADDED, ("provides libssl3",)),
        }

    def test_what_is_not_installed_stands_in_for_nothing(self) -> None:
        left = package("b", state="config-files")._replace(provides=("a",))
        assert all(
            not any("provides" in n for n in d.notes) for d in packages([package("a")], [left])
        )

    def test_the_source_package_stands_on_both_sides(self) -> None:
        (found,) = packages(
            [package("a", "1+b1", source=("s", "1"))], [package("a", "2", source=("s", "2"))]
        )
        assert found.before["source_package"] == {"name": "s", "version": "1"}
        assert found.after["source_package"] == {"name": "s", "version": "2"}

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
        one = package("core", kind="npm", arch="")._replace(namespace="@babel")
        two = package("core", "2.0.0", kind="npm", arch="")._replace(namespace="@swc")
        after = two._replace(version="3.0.0")
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

    def test_layers_joined_above_a_shared_base_move_nothing(self) -> None:
        """As `--squash` does: the joined layers have no counterpart."""
        layers = [layer("base"), layer("x"), layer("y")]
        listed = [package("a", layer=1), package("b", layer=2), package("c", layer=0)]
        one = image("a:1", layers=layers, packages=listed)
        joined = [p._replace(introduced_in=min(p.introduced_in or 0, 1)) for p in listed]
        two = image("a:1", layers=[layer("base"), layer("x and y")], packages=joined)
        assert part("packages", one, two).children == ()

    def test_an_inserted_layer_moves_nothing(self) -> None:
        """The position changed, the layer did not."""
        one = image("a:1", layers=[layer("x")], packages=[package("a", layer=0)])
        two = image("a:1", layers=[layer("n"), layer("x")], packages=[package("a", layer=1)])
        assert part("packages", one, two).children == ()
