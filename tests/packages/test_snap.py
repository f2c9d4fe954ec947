"""Snaps, and the reader of the outermost members of YAML that they need."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.packages.catalogers.snap import CATALOGER
from analyzer.packages.formats import yamltop
from tests.packages.cases import parse

PLAIN = st.text("ab1-.:=~+' \"#[]{}&*!|>%@`,?", max_size=8)


@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), PLAIN | st.lists(PLAIN, max_size=3)))
def test_what_is_read_is_what_a_yaml_library_reads(document: dict[str, Any]) -> None:
    """Refused or the same, never something else."""
    yaml = pytest.importorskip("yaml")
    written = yaml.safe_dump(document).encode()
    values, faults = yamltop.read(written, document)
    for key, value in values.items():
        assert value == (tuple(document[key]) if isinstance(document[key], list) else document[key])
    assert faults or values.keys() == document.keys()


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("a: 1.0", "1.0"),
        ("a: '1.0'", "1.0"),
        ('a: "1.0" # so', "1.0"),
        ("a: 'it''s'", "it's"),
        ("a: x#y # z", "x#y"),
        ("a: 1:2", "1:2"),
        ("a:", ""),
        ("a: [x, y-z]", ("x", "y-z")),
        ("a:\n- x=1\n- 'y'", ("x=1", "y")),
        ("a:\n  - x\n\n  # so\n  - y", ("x", "y")),
        ("b: |\n  a: no\na: yes", "yes"),
        ("b:\n- a: no\n  c: d\na: yes", "yes"),
        ("---\na: yes\n---\na: no", "yes"),
    ],
)
def test_values_that_are_read(line: str, value: yamltop.Value) -> None:
    """YAML 1.2.2, chapters 6 to 8."""
    assert yamltop.read(line.encode(), ["a"]) == ({"a": value}, [])


@pytest.mark.parametrize(
    "line",
    [
        *("a: &x y", "a: *x", "a: !!str y", "a: |\n  y", "a: >-\n  y", "a: y\n  z", "a: {x: y}"),
        *('a: "\\x41"', "a: 'open", "a: x: y", "a: @x", "a: [x, [y]]", "a: ['x']", "a:\n- x: y"),
        *("a:\n- - x", "a:\n  x: y", "a: y\n- x"),
    ],
)
def test_values_that_are_refused(line: str) -> None:
    """Each is legal YAML, or none at all; none is guessed at."""
    values, faults = yamltop.read(line.encode(), ["a"])
    assert values == {}
    assert [fault.lost for fault in faults] == [True]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("a" + " " * 200_000 + "x: ", id="blanks"),
        pytest.param("a: " + "' " * 100_000, id="quotes"),
        pytest.param("- " * 99_999, id="items"),
    ],
)
def test_long_lines_take_no_long_time(line: str) -> None:
    """Were the time quadratic, this would not end while anybody waits."""
    values, faults = yamltop.read(line.encode(), ["a"])
    assert not values
    assert faults


def test_an_architecture_alone_needs_no_list() -> None:
    (package,), _ = parse(
        CATALOGER, {"meta/snap.yaml": b"name: a\nversion: 1\narchitectures: all\n"}
    )
    assert package.arch == "all"
