"""Which of two versions is newer, by the rules of their ecosystem.

The libraries are imported when two versions differ, not before: most runs compare none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.diff.apkversion import compare_apk
from analyzer.diff.versionorders.brew import compare_brew
from analyzer.diff.versionorders.composer import compare_composer
from analyzer.diff.versionorders.conan import compare_conan
from analyzer.diff.versionorders.conda import compare_conda
from analyzer.diff.versionorders.cran import compare_cran
from analyzer.diff.versionorders.keys import compared
from analyzer.diff.versionorders.luarocks import compare_luarocks
from analyzer.diff.versionorders.maven import compare_maven
from analyzer.diff.versionorders.nix import compare_nix
from analyzer.diff.versionorders.opkg import compare_opkg
from analyzer.diff.versionorders.otp import compare_otp
from analyzer.diff.versionorders.perl import compare_perl
from analyzer.diff.versionorders.php import compare_php
from analyzer.diff.versionorders.portage import compare_portage
from analyzer.diff.versionorders.semantic import (
    compare_bitnami,
    compare_cargo,
    compare_go_module,
    compare_julia,
    compare_npm,
    compare_pub,
    compare_semver,
)
from analyzer.diff.versionorders.toolchain import compare_toolchain

if TYPE_CHECKING:
    from collections.abc import Callable

_LONGEST_CHARACTERS = 512
"""Longer versions are not put in order: some comparisons take the square of the length."""


def order(rules: str, first: str, second: str) -> int | None:
    """Negative, zero or positive, as `first` is older than, equal to or newer than `second`.

    None where the ecosystem has no order, where it is not known here, or where one of the
    versions does not follow its rules. `rules` is a package URL type, or the name of a system that
    has none, as `analyzer.packages.versionrules` tells it.
    """
    compare = _COMPARATORS.get(rules)
    if compare is None or max(len(first), len(second)) > _LONGEST_CHARACTERS:
        return None
    try:
        return compare(first, second)
    except Exception:  # noqa: BLE001 - the libraries raise whatever on versions of other rules
        return None


def _deb(first: str, second: str) -> int:
    """Debian Policy 5.6.12, deb-version(7)."""
    from univers.debian import compare_versions

    compare: Callable[[str, str], int] = compare_versions
    return compare(first, second)


def _rpm(first: str, second: str) -> int:
    """rpm-version(7)."""
    from univers.rpm import compare_rpm_versions

    return int(compare_rpm_versions(first, second))


def _alpm(first: str, second: str) -> int:
    """vercmp(8) of pacman."""
    from univers.arch import vercmp

    return int(vercmp(first, second))


def _pypi(first: str, second: str) -> int:
    """PEP 440."""
    from packaging.version import Version

    return compared(Version(first), Version(second))


def _golang(first: str, second: str) -> int:
    """Modules begin with a `v`; the versions of Go itself, which its library has, do not."""
    modules = first.startswith("v") or second.startswith("v")
    return (compare_go_module if modules else compare_toolchain)(first, second)


def _universal(name: str) -> Callable[[str, str], int]:
    """The class `name` of `univers.versions`."""

    def compare(first: str, second: str) -> int:
        from univers import versions

        rules = getattr(versions, name)
        return compared(rules(first), rules(second))

    return compare


_COMPARATORS: dict[str, Callable[[str, str], int]] = {
    "alpm": _alpm,
    "apk": compare_apk,
    "bitnami": compare_bitnami,
    "brew": compare_brew,
    "cargo": compare_cargo,
    "composer": compare_composer,
    "conan": compare_conan,
    "conda": compare_conda,
    "cpan": compare_perl,
    "cran": compare_cran,
    "deb": _deb,
    "gem": _universal("RubygemsVersion"),
    "golang": _golang,
    "hex": compare_semver,
    "julia": compare_julia,
    "luarocks": compare_luarocks,
    "maven": compare_maven,
    "nix": compare_nix,
    "npm": compare_npm,
    "nuget": _universal("NugetVersion"),
    "opkg": compare_opkg,
    "otp": compare_otp,
    "pear": compare_php,
    "portage": compare_portage,
    "pub": compare_pub,
    "pypi": _pypi,
    "rpm": _rpm,
    "swift": compare_semver,
    "wordpress": compare_php,
}
"""What is not here has no order that is known: `generic` stands for anything, a snap's and a
flatpak's version for whatever their makers write."""
