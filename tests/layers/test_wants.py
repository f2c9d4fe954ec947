"""Which paths a plan keeps."""

from __future__ import annotations

import ctypes
import re
import warnings

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analyzer.globs import compile_glob, literals
from analyzer.layers.wants import NOTHING, CapturePlan, Want


@pytest.mark.parametrize(
    ("pattern", "kept", "left"),
    [
        ("etc/os-release", ["etc/os-release"], ["etc/os-release2", "x/etc/os-release", "etc"]),
        ("d/*.list", ["d/a.list", "d/.list"], ["d/a.listing", "d/x/a.list", "a.list", "da.list"]),
        ("d/a?", ["d/ab", "d/a\n", "d/aé"], ["d/a", "d/abc", "d/a/"]),
        ("*.txt", ["a.txt"], ["d/a.txt"]),
        ("**/pom.xml", ["pom.xml", "a/pom.xml", "a/b/c/pom.xml"], ["xpom.xml", "pom.xml/a"]),
        ("**/*.dist-info/M", ["x.dist-info/M", "l/p/x.dist-info/M"], ["x.dist-info/a/M", "M"]),
        ("a/**/z", ["a/z", "a/b/z", "a/b/c/z"], ["az", "b/z", "a/bz"]),
        ("a/**", ["a/b", "a/b/c"], ["a", "ab", "b/a/c"]),
        ("**", ["a", "a/b"], []),
        ("*/d/f", ["a/d/f"], ["d/f", "a/b/d/f"]),
        ("p[0-9]/f", ["p1/f"], ["px/f", "p/f", "p12/f"]),
        ("d/[!a]x", ["d/bx", "d/\udcffx"], ["d/ax", "d//x"]),
        ("d/[]a]", ["d/]", "d/a"], ["d/b"]),
        ("d/[*.?]", ["d/*", "d/.", "d/?"], ["d/x"]),
        ("d/a+(b)*", ["d/a+(b)", "d/a+(b)c"], ["d/aab"]),
        ("a?b/c", ["axb/c"], ["a/b/c"]),
    ],
)
def test_globs(pattern: str, kept: list[str], left: list[str]) -> None:
    plan = CapturePlan((Want(pattern),))
    assert [path for path in kept if not plan.keeps(path)] == []
    assert [path for path in left if plan.keeps(path)] == []


PIECES = ["*", "?", "[ab]", "**/", "/", ".json", "a", "b.", "d/"]
PATHS = st.lists(st.sampled_from(["a", "b", "ab.json", "b.a", "d", ".json"]), min_size=1).map(
    "/".join
)


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join), PATHS)
@example("**/a", "a")
@example("d/**/a", "d/a")
@example("**/*.json", ".json")
def test_what_is_looked_at_first_hides_nothing(pattern: str, path: str) -> None:
    """The whole expression is the oracle, for the literals and for the plan."""
    fits = compile_glob(pattern).match(path) is not None
    start, middle, end = literals(pattern)
    looks_so = path.startswith(start) and middle in path and path.endswith(end)
    assert looks_so or not fits
    if Want(pattern).exact:
        return
    assert CapturePlan((Want(pattern),)).keeps(path) is fits


SET = st.text("+-,a0z|&~^[\\", min_size=1, max_size=6).filter(lambda text: text[0] != "^")
NOESCAPE = 2
"""FNM_NOESCAPE of glibc's fnmatch.h: a backslash is itself."""


@given(SET, st.booleans(), st.sampled_from("+-,.a0b1z|&~^[\\"))
@example("+--", False, "+")  # noqa: FBT003
@example("+--", False, "-")  # noqa: FBT003
@example("a&&b||~~[", False, "~")  # noqa: FBT003
def test_brackets_are_those_of_fnmatch(text: str, no: bool, character: str) -> None:  # noqa: FBT001
    """Of the C library; what Python's expressions make of such characters counts for nothing."""
    pattern = f"[{'!' * no}{text}]"
    library = ctypes.CDLL(None)
    expected = library.fnmatch(pattern.encode(), character.encode(), NOESCAPE) == 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            compiled = compile_glob(pattern)
        except re.error:  # a range backwards
            assert any(text[n + 1 : n + 2] == "-" for n in range(len(text)))
            return
    assert (compiled.match(character) is not None) is expected


def test_a_pattern_for_one_folder_does_not_hide_one_for_all() -> None:
    plan = CapturePlan((Want("lib/*.so"), Want("**/pom.xml")))
    assert plan.keeps("lib/pom.xml")
    assert plan.keeps("lib/x.so")


def test_a_literal_want_is_no_pattern() -> None:
    plan = CapturePlan((Want("a[1]*", literal=True),))
    assert plan.keeps("a[1]*")
    assert not plan.keeps("a1x")
    assert Want("a*", literal=True).exact
    assert not Want("a*").exact


def test_the_plan_of_nothing_keeps_nothing() -> None:
    assert not any(NOTHING.keeps(path) for path in ("", "a", "a/b", "*"))


def test_fingerprints_are_of_the_set_of_wants() -> None:
    a, b = Want("a*"), Want("b\udcff")
    assert CapturePlan((a, b)).fingerprint == CapturePlan((b, a, b)).fingerprint
    others = [(), (a,), (b,), (Want("a*", literal=True), b), (Want("a*\nb\udcff"),)]
    prints = {CapturePlan(wants).fingerprint for wants in others}
    assert len(prints) == len(others)
    assert CapturePlan((a, b)).fingerprint not in prints
