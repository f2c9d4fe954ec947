"""Requirements met by packages of the same image: the rules, and dpkg's own answer."""

from __future__ import annotations

import pytest

from analyzer.packages.contract import Location, Package
from analyzer.packages.dependencies import dependencies
from tests.support.tools import require_tool, run


def deb(
    name: str,
    *requires: tuple[str, ...],
    arch: str = "amd64",
    provides: tuple[str, ...] = (),
    state: str = "installed",
    kind: str = "deb",
    at: str = "var/lib/dpkg/status",
) -> Package:
    """A package of version 1."""
    return Package(
        name=name,
        version="1",
        arch=arch,
        type=kind,
        state=state,
        requires=requires,
        provides=provides,
        locations=(Location(at, 0),),
    )


def met(*packages: Package) -> tuple[str, ...]:
    """The dependencies of the first of `packages`; the same for any order of the others."""
    first, *rest = packages
    found = dependencies([first, *rest])[0]
    assert dependencies([*reversed(rest), first])[-1] == found
    return found


def test_the_first_alternative_that_exists_wins() -> None:
    a = deb("a", ("b", "c"), ("d", "e"), ("nothing",))
    assert met(a, deb("c"), deb("d"), deb("e")) == ("deb:c:amd64@1", "deb:d:amd64@1")


def test_a_package_of_that_name_goes_before_one_that_provides_it() -> None:
    a = deb("a", ("mta",))
    assert met(a, deb("mta"), deb("exim", provides=("mta",))) == ("deb:mta:amd64@1",)
    assert met(a, deb("exim", provides=("mta",))) == ("deb:exim:amd64@1",)


def test_several_that_meet_it_equally_are_all_named() -> None:
    exim, postfix = deb("exim", provides=("mta",)), deb("postfix", provides=("mta",))
    assert met(deb("a", ("mta",)), postfix, exim) == ("deb:exim:amd64@1", "deb:postfix:amd64@1")


@pytest.mark.parametrize(
    ("arches", "chosen"),
    [
        (("amd64", "arm64", "all"), "amd64"),
        (("arm64", "all"), "all"),
        (("arm64",), "arm64"),
    ],
)
def test_the_own_architecture_goes_first(arches: tuple[str, ...], chosen: str) -> None:
    others = [deb("b", arch=arch) for arch in arches]
    assert met(deb("a", ("b",)), *others) == (f"deb:b:{chosen}@1",)


def test_nothing_depends_on_itself_and_what_meets_itself_needs_nobody_else() -> None:
    a = deb("a", ("x", "b"), provides=("x",))
    assert met(a, deb("b"), deb("c", provides=("x",))) == ()


def test_a_copy_that_another_package_keeps_for_itself_meets_nothing() -> None:
    """Python imports `rich` from `site-packages`; `pip/_vendor` is on no path of modules."""
    site, vendor = (
        "lib/python3.11/site-packages",
        "lib/python3.11/site-packages/pip/_vendor/vendor.txt",
    )
    rich = deb("rich", ("pygments",), kind="pypi", at=f"{site}/rich-15.0.0.dist-info/METADATA")
    copy = deb("pygments", kind="pypi", state="vendored", at=vendor)
    own = f"{site}/pygments-2.21.0.dist-info/METADATA"
    whole = deb("Pygments", kind="pypi", provides=("pygments",), at=own)
    assert met(rich, copy) == ()
    assert met(rich, copy, whole) == ("pypi:Pygments:amd64@1",)
    assert met(
        deb("rich", ("pygments",), kind="pypi", state="vendored", at=vendor), copy, whole
    ) == ("pypi:pygments:amd64@1",)


def test_jars_in_one_jar_are_one_program() -> None:
    inside = [deb("b", kind="maven", state="vendored", at=at) for at in ("app.jar", "other.jar")]
    app = deb("a", ("b",), kind="maven", at="app.jar")
    assert met(app, *inside[:1]) == ("maven:b:amd64@1",)
    assert met(app, *inside[1:]) == ()


def test_another_spelling_of_a_name_of_python_is_no_lesser_one() -> None:
    """Names are compared as PEP 503 spells them; of two environments the own one counts."""
    one, two = "opt/a/lib/python3.11/site-packages", "opt/b/lib/python3.11/site-packages"
    rich = deb("rich", ("pygments",), kind="pypi", at=f"{one}/rich-15.0.0.dist-info/METADATA")
    own = f"{one}/Pygments-2.15.1.dist-info/METADATA"
    old = deb("Pygments", kind="pypi", provides=("pygments",), at=own)
    new = deb("pygments", kind="pypi", at=f"{two}/pygments-2.21.0.dist-info/METADATA")
    assert met(rich, old, new) == ("pypi:Pygments:amd64@1",)


def test_types_and_what_is_only_declared_are_kept_apart() -> None:
    a = deb("a", ("b",), ("c",))
    other, declared = deb("b", kind="apk"), deb("c", state="declared")
    gone = deb("c", state="config-files")
    assert met(a, other, declared, gone) == ()
    assert met(deb("a", ("c",), state="declared"), declared) == ("deb:c:amd64@1",)
    assert met(deb("a", ("c",), state="config-files"), deb("c")) == ()


def test_each_environment_has_its_own_copies() -> None:
    site = "{}/lib/python3/site-packages/{}-1.dist-info/METADATA"

    def module(name: str, place: str, version: str, *requires: tuple[str, ...]) -> Package:
        path = Location(site.format(place, name), 0)
        return Package(name, version, "", "pypi", requires=requires, locations=(path,))

    a = module("a", "opt/one", "1", ("b",))
    copies = (module("b", "opt/two", "2"), module("b", "opt/one", "3"), module("b", "usr", "4"))
    assert met(a, *copies) == ("pypi:b@3",)


def test_a_copy_inside_another_package_is_the_last_resort() -> None:
    a, inside = deb("a", ("b",), arch=""), deb("b", arch="", state="vendored")
    assert met(a, inside) == ("deb:b@1",)
    twin = deb("b", arch="arm64")
    assert met(a, inside, twin) == ("deb:b:arm64@1",)


def test_dpkg_agrees_which_packages_meet_what_this_system_needs() -> None:
    """Whatever a package of this system names first and dpkg-query lists is among what we find."""
    require_tool("dpkg-query")
    shown = run(["dpkg-query", "-W", "-f", "${Package}\\t${Architecture}\\t${Depends}\\n"])
    rows = [line.split("\t") for line in shown.stdout.decode().splitlines()]
    names = {name for name, _, _ in rows}
    packages = [
        deb(
            name,
            *(
                tuple(word.split()[0].partition(":")[0] for word in part.split("|"))
                for part in depends.split(",")
                if part.strip()
            ),
            arch=arch,
        )
        for name, arch, depends in rows
    ]
    for package, needed in zip(packages, dependencies(packages), strict=True):
        direct = {tokens[0] for tokens in package.requires if tokens[0] in names}
        assert direct - {package.name} <= {
            ident.partition(":")[2].partition(":")[0] for ident in needed
        }
