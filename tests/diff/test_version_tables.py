"""Every order of versions against its ecosystem's own table, and the tables against the tools."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import pytest

from analyzer.diff.versions import order
from tests.support.versiontools import TOOLS, Pair

FOLDER = Path(__file__).parent / "versions"
_NOT_ASKED = {"go-toolchain": "golang.org/x/mod knows modules only"}


@dataclass(frozen=True)
class Table:
    """What a file of `FOLDER` says."""

    type: str
    pairs: dict[Pair, int]
    invalid: tuple[str, ...]
    source: str


def read(path: Path) -> Table:
    """`path` as the README beside it describes it."""
    lines = path.read_text().splitlines()
    comments = [line[1:].strip() for line in lines if line.startswith("#")]
    kinds = [line.removeprefix("type: ") for line in comments if line.startswith("type: ")]
    invalid = [word for line in lines if line.startswith("!") for word in line[1:].split()]
    pairs: dict[Pair, int] = {}
    for line in lines:
        if line and line[0] not in "#!":
            pairs |= _pairs(line)
    source = " ".join(line for line in comments if not line.startswith("type: "))
    return Table((kinds or [path.stem])[0], pairs, tuple(invalid), source)


def _pairs(line: str) -> dict[Pair, int]:
    place, ranked = 0, []
    for word in re.split(r"\s+", line):
        if word in {"<", "="}:
            place += word == "<"
        else:
            ranked.append((place, word))
    assert len(ranked) > 1, line
    return {(a, b): (one > two) - (one < two) for (one, a), (two, b) in combinations(ranked, 2)}


TABLES = {path.stem: read(path) for path in sorted(FOLDER.glob("*.txt"))}


@pytest.mark.parametrize("name", TABLES)
def test_the_order_is_that_of_the_table(name: str) -> None:
    table = TABLES[name]
    assert table.source
    wrong = {
        pair: (wanted, order(table.type, *pair), order(table.type, *reversed(pair)))
        for pair, wanted in table.pairs.items()
        if (order(table.type, *pair), order(table.type, pair[1], pair[0])) != (wanted, -wanted)
    }
    assert wrong == {}


@pytest.mark.parametrize("name", [name for name in TABLES if TABLES[name].invalid])
def test_what_the_ecosystem_refuses_has_no_order(name: str) -> None:
    """Said as not known, never guessed; beside any version that is in order."""
    table = TABLES[name]
    good = next(iter(table.pairs))[0]
    assert {v: order(table.type, v, good) for v in table.invalid} == dict.fromkeys(table.invalid)
    assert {v: order(table.type, good, v) for v in table.invalid} == dict.fromkeys(table.invalid)


@pytest.mark.parametrize(
    "name", [name for name in TABLES if TABLES[name].type in TOOLS and name not in _NOT_ASKED]
)
def test_the_tool_says_what_the_table_says(name: str) -> None:
    """So no pair of ours was copied wrongly, and the tool of today still says so."""
    table = TABLES[name]
    pairs = list(table.pairs)
    answers = TOOLS[table.type](pairs)
    assert dict(zip(pairs, answers, strict=True)) == table.pairs


def test_every_order_has_a_table() -> None:
    from analyzer.diff import versions

    assert {table.type for table in TABLES.values()} == set(versions._COMPARATORS)  # noqa: SLF001


@pytest.mark.parametrize("kind", ["generic", "snap", "flatpak", "no-such-type"])
def test_types_without_an_order_have_none(kind: str) -> None:
    """Their versions are those of whatever is packed: to compare them would be a guess."""
    assert order(kind, "1.0", "2.0") is None


@pytest.mark.parametrize(
    "pair", [("6.0.3", "6.0.2.1"), ("6.0.2.1", "6.0.2.0.1"), ("7.0", "6.1.2.1")]
)
def test_branches_of_an_erlang_application_have_no_order(pair: Pair) -> None:
    """system/doc/system_principles/versions.md: they include what their closest ancestor does."""
    assert (order("otp", *pair), order("otp", *reversed(pair))) == (None, None)


@pytest.mark.parametrize("pair", [("1.0-foo", "1.0-meh"), ("1.0-foo", "1.0-meh.2")])
def test_words_that_php_does_not_know_are_not_called_equal(pair: Pair) -> None:
    assert (order("wordpress", *pair), order("wordpress", *reversed(pair))) == (None, None)
