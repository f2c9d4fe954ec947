"""Version order: expected values come from the ecosystems' own tools and documents."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.diff.versions import order
from tests.support.tools import require_tool, run

DEB_PAIRS = [
    ("2.36-9+deb12u4", "2.36-9+deb12u10"),
    ("1.0~rc1-1", "1.0-1"),
    ("1:0.9-1", "2.0-1"),
    ("0:1.0-1", "1.0-1"),
    ("1.0", "1.0-0"),
    ("1.0", "1.00"),
    ("1.0-1", "1.0-1+b1"),
    ("1.0~~", "1.0~"),
    ("1.0a", "1.0+"),
    ("2.0-1ubuntu1~22.04", "2.0-1ubuntu1"),
    ("1.2.3-1-2", "1.2.3-1-10"),
]

# apk-package(5): the grammar and the order of the suffixes; apk-version(8) prints these signs.
APK_PAIRS = [
    ("13.2.1_git20231014-r0", ">", "13.2.1-r5"),
    ("1.0_alpha", "<", "1.0_beta"),
    ("1.0_beta", "<", "1.0_pre"),
    ("1.0_pre", "<", "1.0_rc"),
    ("1.0_rc9", "<", "1.0"),
    ("1.0", "<", "1.0_cvs"),
    ("1.0_cvs", "<", "1.0_svn"),
    ("1.0_svn", "<", "1.0_git"),
    ("1.0_git", "<", "1.0_hg"),
    ("1.0_hg", "<", "1.0_p"),
    ("1.0_p9", "<", "1.0_p10"),
    ("1.0_p", "<", "1.0_p1"),
    ("1.0_alpha_pre2", "<", "1.0_alpha"),
    ("1.9", "<", "1.10"),
    ("1.2", "<", "1.2.1"),
    ("1.2", "<", "1.2a"),
    ("1.2b", ">", "1.2a"),
    ("1.2z", "<", "1.2.1"),
    ("1.02", "<", "1.1"),
    ("1.1.0-r9", "<", "1.1.0-r10"),
    ("1.1.0", "<", "1.1.0-r0"),
    ("1.0_pre20191002222144-r0", "<", "1.0_pre20210530193627-r0"),
    ("1.0~1234abcd-r0", "=", "1.0~1234abcd-r0"),
    ("1.0_pre1~1234abcd", "<", "1.0"),
]
# `0.1bc`, `0.1_foo` and the like are what `apk version -c` calls invalid.
APK_INVALID = ["", "a", "1.0bc", "1.0_foobar", "1.0-r", "1.0-r1-r2", "1.0~xyz", ".1", "1..2"]

# rpm-version(7); PEP 440 "Summary of permitted suffixes and relative ordering";
# semver.org clause 11; RubyGems' Gem::Version; Maven's ComparableVersion.
DOCUMENTED = [
    ("rpm", "1.0~rc1-1", "1.0-1"),
    ("rpm", "1.0-1", "1.0^git1-1"),
    ("rpm", "5.1.8-6.el9", "5.1.8-10.el9"),
    ("rpm", "9.0-1", "1:1.0-1"),
    ("pypi", "1.0.dev1", "1.0a1"),
    ("pypi", "1.0rc1", "1.0"),
    ("pypi", "1.0", "1.0.post1"),
    ("pypi", "9.0", "1!1.0"),
    ("npm", "1.0.0-alpha.1", "1.0.0-alpha.beta"),
    ("npm", "1.0.0-beta.2", "1.0.0-beta.11"),
    ("npm", "1.0.0-rc.1", "1.0.0"),
    ("golang", "v0.0.0-20230101000000-abcdefabcdef", "v0.1.0"),
    ("golang", "v1.9.0", "v1.10.0"),
    ("cargo", "0.9.0", "0.10.0"),
    ("gem", "1.0.0.pre1", "1.0.0"),
    ("gem", "1.9", "1.10"),
    ("maven", "1.0-SNAPSHOT", "1.0"),
    ("maven", "1.0-alpha-1", "1.0-beta-1"),
    ("maven", "2.17.1", "2.17.10"),
    ("alpm", "2-1", "1:1-1"),
    ("nuget", "1.0.0-beta", "1.0.0"),
]

DEB_TEXT = st.from_regex(r"([0-2]:)?[0-9][0-9A-Za-z.+~]{0,6}(-[0-9a-z.+~]{1,4})?", fullmatch=True)
APK_TEXT = st.from_regex(
    r"[0-9]{1,2}(\.[0-9]{1,2}){0,2}[ab]?(_(alpha|rc|git|p)[0-9]?){0,2}(-r[0-9])?", fullmatch=True
)


def dpkg_order(first: str, second: str) -> int:
    """What dpkg says: -1, 0 or 1."""
    dpkg = require_tool("dpkg")
    for relation, value in (("lt", -1), ("eq", 0)):
        if run([dpkg, "--compare-versions", first, relation, second], check=False).returncode == 0:
            return value
    return 1


def sign(value: int | None) -> int:
    """-1, 0 or 1 of an order that must be known."""
    assert value is not None
    return (value > 0) - (value < 0)


@pytest.mark.parametrize(("first", "second"), DEB_PAIRS)
def test_deb_versions_are_ordered_as_dpkg_orders_them(first: str, second: str) -> None:
    """deb-version(7), answered by dpkg itself."""
    assert sign(order("deb", first, second)) == dpkg_order(first, second)
    assert sign(order("deb", second, first)) == dpkg_order(second, first)


@settings(max_examples=40, deadline=None)
@given(DEB_TEXT, DEB_TEXT)
def test_any_two_deb_versions_are_ordered_as_dpkg_orders_them(first: str, second: str) -> None:
    """The same for versions nobody thought of."""
    assert sign(order("deb", first, second)) == dpkg_order(first, second)


@pytest.mark.parametrize(("first", "relation", "second"), APK_PAIRS)
def test_apk_versions_are_ordered_by_their_grammar(first: str, relation: str, second: str) -> None:
    """apk-package(5), "version"."""
    expected = {"<": -1, "=": 0, ">": 1}[relation]
    assert sign(order("apk", first, second)) == expected
    assert sign(order("apk", second, first)) == -expected


@pytest.mark.parametrize("version", APK_INVALID)
def test_what_is_no_apk_version_has_no_order(version: str) -> None:
    """Said as not known, never guessed."""
    assert order("apk", version, "1.0") is None


@given(APK_TEXT, APK_TEXT, APK_TEXT)
def test_apk_order_is_total(one: str, two: str, three: str) -> None:
    """Antisymmetric and transitive, so that upgrade and downgrade cannot both be true."""
    assert sign(order("apk", one, two)) == -sign(order("apk", two, one))
    if sign(order("apk", one, two)) <= 0 and sign(order("apk", two, three)) <= 0:
        assert sign(order("apk", one, three)) <= 0


@pytest.mark.parametrize(("kind", "older", "newer"), DOCUMENTED)
def test_older_and_newer_as_documented(kind: str, older: str, newer: str) -> None:
    """One line per rule that differs between ecosystems."""
    assert sign(order(kind, older, newer)) == -1
    assert sign(order(kind, newer, older)) == 1


def test_build_metadata_does_not_order_semantic_versions() -> None:
    """semver.org clause 10."""
    assert order("npm", "1.0.0+one", "1.0.0+two") == 0


@pytest.mark.parametrize(
    ("kind", "version"),
    [("rpm", "1\n2"), ("deb", "not a version"), ("generic", "1"), ("golang", "(devel)")],
)
def test_unknown_rules_and_odd_versions_have_no_order(kind: str, version: str) -> None:
    """No exception of a library leaks."""
    assert order(kind, version, "1.0") is None


def test_very_long_versions_have_no_order() -> None:
    """Comparing them could take minutes."""
    assert order("deb", "1" * 10_000, "2") is None


def test_importing_the_comparison_imports_no_version_library() -> None:
    """They cost as much time as a small diff; most versions are equal."""
    code = (
        "import sys, analyzer.diff.compare, analyzer.render.difference;"
        "sys.exit(any(m.split('.')[0] in ('univers', 'packaging') for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
