"""The order of apk versions against apk's own answers."""

from __future__ import annotations

import re
from itertools import combinations

import pytest

from analyzer.diff.apkversion import compare_apk

ORDERED = """
    0 | 0.01 | 0.02 | 0.1_alpha_pre2 | 0.1_alpha | 0.1_alpha2 | 0.1_alpha10 | 0.1_beta
    | 0.1_pre | 0.1_rc | 0.1_rc1 | 0.1_rc1-r1 | 0.1 | 0.1-r0 | 0.1-r1 | 0.1-r10
    | 0.1~ab | 0.1~ab-r1 | 0.1~ac | 0.1_cvs | 0.1_svn | 0.1_git | 0.1_git20240101
    | 0.1_git20240309 | 0.1_hg | 0.1_p | 0.1_p1_pre2 | 0.1_p1 | 0.1_p1~ab | 0.1_p10
    | 0.1a | 0.1b | 0.1b-r1 | 0.1b_p1 | 0.1.0 | 0.1.0-r0 | 0.1.001 | 0.1.01 | 0.1.1
    | 0.1.9 | 0.1.10 | 0.2 | 0.10 | 1 01 | 1.0_alpha | 1.0 | 1.0_p0 | 1.0z | 1.0.0
    | 1.00 | 1.2.03 | 1.2.3_rc4_p5-r6 | 1.2.3 | 1.2.3_git20240101-r4 | 1.2.3a
    | 2.3.0b-r1 | 3.10.18-r1 | 4.8-r1 | 8.2.0 | 8.2.001 | 8.2.0015 | 8.2.002 | 9
    | 10 010 | 20240101 | 20240101.1 | 18446744073709551614 | 18446744073709551615
"""
"""Older before newer, equal ones side by side: what `apk version -t` of apk-tools 3.0.6 answered
about every two of them."""

INVALID = ["0.1bc", "0.1bc1", "0.1a1", "0.1a.1", "0.1_pre2~", "0.1_pre2~1234xbcd", "0.1_foobar"]
"""`apk version -c` of apk-tools 3.0.6 names each of them; so does its `test/unit/version.data`."""


def test_order_is_that_of_apk() -> None:
    places = [
        (place, version)
        for place, equal in enumerate(ORDERED.split("|"))
        for version in equal.split()
    ]
    for (one, first), (two, second) in combinations(places, 2):
        expected = (one > two) - (one < two)
        assert compare_apk(first, second) == expected, (first, second)
        assert compare_apk(second, first) == -expected, (second, first)


@pytest.mark.parametrize("version", INVALID)
@pytest.mark.parametrize("other", ["0.1", "9"])
def test_versions_that_apk_calls_invalid_are_not_compared(version: str, other: str) -> None:
    """Whether or not their numbers alone would decide."""
    with pytest.raises(ValueError, match=re.escape(version)):
        compare_apk(version, other)
    with pytest.raises(ValueError, match=re.escape(version)):
        compare_apk(other, version)
