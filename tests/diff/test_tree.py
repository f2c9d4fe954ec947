"""The difference tree and its JSON form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from analyzer.canonical import json_bytes
from analyzer.diff import tree
from analyzer.diff.compare import compare
from analyzer.diff.tree import (
    Difference,
    Kind,
    container,
    leaf,
    mirrored,
    to_document,
    walk,
)
from analyzer.report import Tool
from tests.diff.reports import image, layer, package, report

SCHEMA_FILE = Path(tree.__file__).parents[1] / "schema" / "diff-1.0.json"


def schema() -> dict[str, Any]:
    """The published schema."""
    document: dict[str, Any] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return document


@pytest.mark.parametrize("kind", [Kind.ADDED, Kind.REMOVED, Kind.CHANGED])
def test_a_container_is_changed_when_a_child_differs(kind: Kind) -> None:
    """However deep the difference lies."""
    deep = container("outer", [container("inner", [leaf("x", kind, 1, 2)]), leaf("y", Kind.SAME)])
    assert deep.kind is Kind.CHANGED
    assert deep.differs


@pytest.mark.parametrize("kind", [Kind.SAME, Kind.MOVED, Kind.UNKNOWN])
def test_what_moved_or_is_not_known_is_no_difference(kind: Kind) -> None:
    """Only what was seen to differ counts."""
    part = container("part", [leaf("x", kind, 1, 2)])
    assert part.kind is Kind.SAME
    assert not part.differs


def test_subjects_and_notes_cannot_carry_terminal_codes() -> None:
    """They are made from names in the input."""
    found = leaf("a\x1b[31m", Kind.SAME, notes=["b\n"])
    assert found.subject == "a\\x1b[31m"
    assert found.notes == ("b\\x0a",)


def test_mirroring_exchanges_sides_kinds_and_directions() -> None:
    """What `compare(b, a)` would have said."""
    one = container(
        "p", [leaf("x", Kind.ADDED, None, 1), leaf("y", Kind.CHANGED, 1, 2, ["upgraded"])],
        notes=["before: gone"],
    )  # fmt: skip
    two = container(
        "p", [leaf("x", Kind.REMOVED, 1), leaf("y", Kind.CHANGED, 2, 1, ["downgraded"])],
        notes=["after: gone"],
    )  # fmt: skip
    assert mirrored(one) == two
    assert mirrored(mirrored(one)) == one


def test_children_are_found_by_subject_and_by_kind() -> None:
    """What presenters ask for."""
    one, two = leaf("x", Kind.ADDED), leaf("y", Kind.REMOVED)
    part = container("p", [one, two])
    assert part.child("y") is two
    assert part.child("z") is None
    assert part.of_kind(Kind.ADDED, Kind.CHANGED) == (one,)
    assert list(walk(part)) == [part, one, two]


def test_the_document_follows_its_schema() -> None:
    """Every kind of node at once, through the JSON writer and back."""
    a = report(
        image("app:1", manifest=None, layers=[layer("one"), layer("two")], packages=[package("x")]),
        image("gone:1", position=1, image_id="other"),
        kind="docker-archive tar",
    )
    b = report(
        image(
            "app:1",
            config={"config": {"Env": ["A=1"]}},
            layers=[layer("one"), layer("three")],
            packages=[package("x", "2.0"), package("y")],
        )
    )
    document = json.loads(json_bytes(to_document(compare(a, b), Tool("ociscope", "1.2.3"))))
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.validate(document, schema(), cls=jsonschema.Draft202012Validator)
    assert document["schema"] == "ociscope-diff-1.0"
    assert document["tool"] == {"name": "ociscope", "version": "1.2.3"}
    assert document["differs"] is True
    assert [i["kind"] for i in document["images"]] == ["changed", "removed"]


def test_every_kind_is_in_the_schema() -> None:
    """A kind added here and forgotten there would make valid output invalid."""
    assert schema()["$defs"]["difference"]["properties"]["kind"]["enum"] == [k.value for k in Kind]


def test_differences_are_plain_frozen_values() -> None:
    """Hash and slots: nothing can be changed or added later."""
    with pytest.raises(AttributeError):
        Difference("x", Kind.SAME).subject = "y"  # type: ignore[misc]
