"""Properties of every order, and pairs that nobody thought of, answered by the tools."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.diff import versions
from analyzer.diff.versions import order
from tests.support.versiontools import TOOLS, Pair

TYPES = sorted(versions._COMPARATORS)  # noqa: SLF001
PIECES = st.sampled_from(
    [
        *"019.-_+~^!:*vVxab",
        "10",
        "00",
        "1.0",
        "rc",
        "beta",
        "dev",
        "pre",
        "post",
        "git",
        " ",
        "\n",
        "é",
        "٣",
    ]
)
ODD = st.lists(PIECES, max_size=8).map("".join)
NUMBERS = st.lists(st.sampled_from(["0", "1", "2", "10"]), min_size=1, max_size=4).map(".".join)
THREE = st.lists(st.sampled_from(["0", "1", "10"]), min_size=3, max_size=3).map(".".join)
WORDS = st.sampled_from(["alpha", "alpha.1", "1", "10", "beta.2", "beta.11", "rc-1", "a-b.3"])
SEMVER = st.builds(
    lambda numbers, pre, build: f"{numbers}{'-' if pre else ''}{pre}{'+' if build else ''}{build}",
    THREE,
    st.just("") | WORDS,
    st.sampled_from(["", "", "build.1"]),
)


def chain(first: st.SearchStrategy[str], *more: str, most: int = 4) -> st.SearchStrategy[str]:
    """`first` and up to `most` of `more` behind it."""
    tail = st.lists(st.sampled_from(more), max_size=most).map("".join)
    return st.builds(str.__add__, first, tail)


_RPM = ("1", "10", "00", "a", "ab", ".", "~", "+", "^", "_", "Z")
_GEM = (".1", ".10", ".0", ".a", ".pre", ".b1", ".rc2", ".beta.2", "-1", "-x")
_MAVEN = (
    *(".1", ".10", ".0", "-1", "-0", "-alpha", "-beta-1", ".Final", ".RELEASE", "-SNAPSHOT", "a1"),
    *(
        "b2",
        "m3",
        "-rc1",
        ".GA",
        "-sp",
        "x",
        "-jre",
        "-foo.1",
        ".0.0",
        "rc",
        "-2.x",
        ".v2021",
        ".M1",
    ),
)
_NIX = (".1", "-10", ".0", "pre", "pre2", "a", "-b", "rc1", ".-", "2147483648", "007")
_PHP = (
    *(".1", ".10", "-0", "a", "alpha2", "-b1", "beta"),
    *("RC1", "rc", "pl1", "-dev", "p", "_2", "+1"),
)
SPELLED = {
    "cpan": NUMBERS | NUMBERS.map("v{}".format),
    "cran": st.builds("{}.{}{}".format, NUMBERS, NUMBERS, st.sampled_from(["", "-1", "-10"])),
    "gem": chain(NUMBERS, *_GEM),
    "golang": SEMVER.map("v{}".format) | st.sampled_from(["v1", "v1.2", "v2.0.0+incompatible"]),
    "maven": chain(st.sampled_from("0123"), *_MAVEN),
    "nix": chain(NUMBERS, *_NIX, most=5),
    "npm": SEMVER,
    "rpm": st.builds(
        "{}{}{}".format,
        st.sampled_from(["", "", "1:", "0:"]),
        chain(st.sampled_from("123a"), *_RPM, most=6),
        st.sampled_from(["", "-1", "-1.el9", "-10.el9"]),
    ),
    "wordpress": chain(NUMBERS, *_PHP),
}
"""What versions look like whose tool takes many pairs in one run; of dpkg see test_versions.py."""


@pytest.mark.parametrize("kind", TYPES)
@settings(max_examples=60)
@given(st.data())
def test_the_other_way_round_is_the_opposite(kind: str, data: st.DataObject) -> None:
    """Upgraded and downgraded cannot both be true; nothing raises."""
    text = SPELLED.get(kind, SEMVER) | NUMBERS | ODD
    one, two = data.draw(text), data.draw(text)
    there, back = order(kind, one, two), order(kind, two, one)
    assert (there is None) == (back is None)
    assert there is None or back is None or (there > 0, there < 0) == (back < 0, back > 0)
    assert order(kind, one, one) in {0, None}


@pytest.mark.parametrize("kind", sorted(SPELLED))
@settings(max_examples=3, deadline=None)
@given(st.data())
def test_any_versions_are_ordered_as_the_tool_orders_them(kind: str, data: st.DataObject) -> None:
    pair = st.tuples(SPELLED[kind], SPELLED[kind])
    pairs: list[Pair] = data.draw(st.lists(pair, min_size=150, max_size=150))
    answers = TOOLS[kind](pairs)
    assert [(p, order(kind, *p)) for p in pairs] == list(zip(pairs, answers, strict=True))
