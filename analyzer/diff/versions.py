"""Which of two versions is newer, by the rules of their ecosystem.

The libraries are imported when two versions differ, not before: most runs compare none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyzer.diff.apkversion import compare_apk

if TYPE_CHECKING:
    from collections.abc import Callable

_LONGEST_CHARACTERS = 512
"""Longer versions are not put in order: some comparisons take the square of the length."""


def order(package_type: str, first: str, second: str) -> int | None:
    """Negative, zero or positive, as `first` is older than, equal to or newer than `second`.

    None where the ecosystem has no order, where it is not known here, or where one of the
    versions does not follow its rules. `package_type` is a package URL type.
    """
    compare = _COMPARATORS.get(package_type)
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

    return _compared(Version(first), Version(second))


def _semver(first: str, second: str) -> int:
    """Semantic Versioning 2.0.0, clauses 10 (build metadata does not count) and 11."""
    from univers.versions import SemverVersion

    one, two = (SemverVersion(version.partition("+")[0]) for version in (first, second))
    return _compared(one, two)


def _universal(name: str) -> Callable[[str, str], int]:
    """The class `name` of `univers.versions`."""

    def compare(first: str, second: str) -> int:
        from univers import versions

        rules = getattr(versions, name)
        return _compared(rules(first), rules(second))

    return compare


def _compared(one: Any, two: Any) -> int:  # noqa: ANN401 - any class that has an order
    return int(one > two) - int(one < two)


_COMPARATORS: dict[str, Callable[[str, str], int]] = {
    "alpm": _alpm,
    "apk": compare_apk,
    "cargo": _semver,
    "composer": _semver,
    "deb": _deb,
    "gem": _universal("RubygemsVersion"),
    "golang": _semver,
    "hex": _semver,
    "maven": _universal("MavenVersion"),
    "npm": _semver,
    "nuget": _universal("NugetVersion"),
    "pub": _semver,
    "pypi": _pypi,
    "rpm": _rpm,
    "swift": _semver,
}
