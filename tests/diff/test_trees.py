"""Two merged trees: what makes them two, and what does not."""

from __future__ import annotations

from typing import Any

import pytest

from analyzer.diff.filesystem.compare import States, compare_trees
from analyzer.diff.filesystem.model import FileState
from analyzer.diff.rungs import Step, Verdict
from analyzer.diff.trees import no_tree_step, tree_step
from analyzer.tarheader import EntryKind
from tests.diff.reports import digest


def item(**members: Any) -> FileState:  # noqa: ANN401 - members of FileState
    plain = FileState(EntryKind.FILE, 1, 0o644, 0, 0, None, None, (), digest("x"), 1.0, 0)
    return plain._replace(**members)


def compare_outlines(one: States, two: States) -> Step:
    return tree_step(compare_trees(one, two))


def test_equal() -> None:
    step = compare_outlines({"a": item()}, {"a": item()})
    assert (step.verdict, step.reason) == (Verdict.PROVEN, "1 paths")


def test_times_alone_are_said_and_refute_nothing() -> None:
    step = compare_outlines({"a": item(), "b": item()}, {"a": item(mtime=2.0), "b": item()})
    assert step.verdict is Verdict.PROVEN
    assert step.reason == "2 paths; modification times differ at 1 of them"


@pytest.mark.parametrize(
    ("members", "what"),
    [
        ({"mode": 0o600}, "mode"),
        ({"uid": 1}, "owner"),
        ({"gid": 1}, "owner"),
        ({"content": digest("y")}, "content"),
        ({"xattrs": (("security.capability", b"1"),)}, "capabilities"),
        ({"xattrs": (("user.x", b"1"),)}, "xattrs"),
        ({"kind": EntryKind.FIFO}, "type"),
        ({"target": "b"}, "target"),
        ({"device": (1, 3)}, "device"),
    ],
)
def test_every_other_member_counts(members: dict[str, Any], what: str) -> None:
    one, two = {"a": item()}, {"a": item(**members)}
    step = compare_outlines(one, two)
    assert step.verdict is Verdict.REFUTED
    assert step.reason == f"1 path differs; a ({what})"
    assert compare_outlines(two, one) == step.mirrored


def test_paths_of_one_side_are_counted_and_the_first_named() -> None:
    step = compare_outlines({}, {name: item() for name in "abcd"})
    assert step.reason == (
        "4 paths differ; a (on one side only), b (on one side only), c (on one side only), ..."
    )


def test_a_tree_that_was_not_read_leaves_it_open() -> None:
    step = no_tree_step(before=False, after=True)
    assert step.verdict is Verdict.UNKNOWN
    assert step.reason == "before: some of its layers cannot be read whole"
    assert compare_outlines({"a": item(content=None)}, {"a": item()}).verdict is Verdict.UNKNOWN
