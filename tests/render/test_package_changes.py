"""Packages of a difference as lines: grouped, bounded, 80 columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.packages.contract import Location
from analyzer.render.packagechanges import package_lines
from tests.diff.images import part
from tests.diff.reports import image, layer, package

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.packages.contract import Package


def lines(before: Sequence[Package], after: Sequence[Package]) -> list[str]:
    """Of two images that differ in packages alone."""
    one, two = (image("a:1", layers=[layer("base")], packages=p) for p in (before, after))
    return package_lines(part("packages", one, two))


def test_a_source_is_one_line() -> None:
    one, two = (
        [package(name, v, source=("glibc", v)) for name in ("libc6", "libc-bin", "locales")]
        for v in ("2.36-9", "2.36-10")
    )
    assert lines(one, two) == [
        "~  deb/glibc  2.36-9 -> 2.36-10  (upgraded: libc-bin, libc6, locales)"
    ]


def test_long_lists_of_names_go_below_within_the_width() -> None:
    one, two = (
        [package(f"libboost-part{n}", v, source=("boost", v)) for n in range(12)]
        for v in ("1.0", "2.0")
    )
    first, *rest = lines(one, two)
    assert first == "~  deb/boost  1.0 -> 2.0"
    assert rest[0].startswith("     (upgraded: libboost-part0, ")
    assert max(map(len, rest)) <= 76
    assert "".join(rest).count("libboost-part") == 12


def test_many_are_cut_and_counted_as_packages() -> None:
    """352 packages, of which 40 lines are shown."""
    found = lines([], [package(f"p{n:03}") for n in range(352)])
    assert len(found) == 41
    assert found[-1] == "+  and 312 more, -o json for all"


def test_what_is_only_named_is_cut_first() -> None:
    """A long lock file must not hide what was installed."""
    named = [package(f"a{n:03}", kind="npm", arch="", state="declared") for n in range(50)]
    found = lines([], [*named, package("zlib1g")])
    assert found[0] == "+  deb/zlib1g:amd64  1.0"
    assert found[-1] == "+  and 11 more, -o json for all"


def test_packages_of_the_system_come_before_the_many_of_languages() -> None:
    """Which types are cut is said."""
    crates = [package(f"a{n:03}", "1.0.0", kind="cargo", arch="") for n in range(45)]
    modules = [package(f"m{n}", "1.0.0", kind="npm", arch="") for n in range(3)]
    found = lines([], [*crates, *modules, package("zlib1g")])
    assert found[0].startswith("+  deb/zlib1g:amd64  ")
    assert found[-1] == "+  and 9 more (6 cargo, 3 npm), -o json for all"


def test_what_changed_but_the_version() -> None:
    one = package("a", kind="npm", arch="")._replace(locations=(Location("x", 0),), supplier="A")
    two = one._replace(locations=(Location("x", 0), Location("y", 0)), hold=True, supplier="")
    assert lines([one], [two]) == [
        "~  npm/a  1.0  (supplier: A -> none; hold: no -> yes; copies: 1 -> 2)"
    ]


def test_versions_that_do_not_fit_stand_below() -> None:
    long = "18.20.4+dfsg-1~deb12u3"
    name = "a-name-of-as-many-as-thirty-nine-letters"
    found = lines(
        [package(name, long, arch=""), package("short", "1", arch="")],
        [package(name, f"{long}+b1", arch=""), package("short", f"{'2.' * 30}0", arch="")],
    )
    assert found == [
        f"~  deb/{name}  {long}",
        f"     -> {long}+b1",
        "     (upgraded)",
        "~  deb/short                                 1",
        f"     -> {'2.' * 30}0",
        "     (upgraded)",
    ]


def test_versions_without_end_are_cut_where_they_differ() -> None:
    same = "1." * 300
    found = lines([package("a", f"{same}2", arch="")], [package("a", f"{same}3", arch="")])
    assert max(map(len, found)) <= 76
    one, arrow, two = found[0].partition("  (")[0].partition(" -> ")
    assert (one[-4:], arrow, two[-4:]) == (".1.2", " -> ", ".1.3")


def test_a_name_too_long_for_a_version_beside_it() -> None:
    name = f"example.com/{'long/' * 12}module"
    assert lines([], [package(name, "v1.0.0-20240101", kind="golang", arch="")]) == [
        f"+  golang/{name}",
        "     v1.0.0-20240101",
    ]


def test_a_version_is_said_once() -> None:
    one, two = (package("a", version, kind="npm", arch="") for version in ("1.0.0", "2.0.0"))
    assert lines([one], [one, two]) == [
        "+  npm/a  2.0.0  (several versions of it are there)",
    ]


def test_hostile_names_stay_on_their_line() -> None:
    evil = "\x1b[2J\n+  deb/fake  1.0"
    one = [package(evil, "1", source=(evil, "1")), package(f"{evil}2", "1", source=(evil, "1"))]
    found = lines(one, [])
    assert all("\x1b" not in line and "\n" not in line for line in found)
    assert sum(line.startswith(("+", "-", "~")) for line in found) == 1


def moved(ways: Sequence[tuple[int, int, int]]) -> list[str]:
    """Lines of packages that other layers bring: how many, from which layer, to which."""
    layers = [layer(f"layer {number}") for number in range(16)]
    sides: tuple[list[Package], ...] = ([], [])
    for count, *positions in ways:
        for number in range(count):
            name = f"p{positions[0]}-{number}"
            for side, position in zip(sides, positions, strict=True):
                side.append(package(name, layer=position))
    one, two = (image("a:1", layers=layers, packages=side) for side in sides)
    return package_lines(part("packages", one, two))


def test_packages_that_only_moved_are_counted_by_layers() -> None:
    """Hundreds do where layers are built in another order; a few names say which."""
    assert moved([(1, 2, 1), (300, 0, 1)]) == [
        "=  301 unchanged but from another layer",
        "     layer 0 -> 1: deb/p0-0:amd64, deb/p0-100:amd64, deb/p0-101:amd64,",
        "      deb/p0-102:amd64, 296 more",
        "     layer 2 -> 1: deb/p2-0:amd64",
    ]


def test_of_many_ways_between_layers_the_most_frequent_are_shown() -> None:
    found = moved([(1 + (n == 7), n, n + 8) for n in range(8)])
    assert found[0] == "=  9 unchanged but from another layer"
    assert found[1] == "     layer 7 -> 15: deb/p7-0:amd64, deb/p7-1:amd64"
    assert len(found) == 7
    assert found[-1] == "     and 3 more, -o json for all"
