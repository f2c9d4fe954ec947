"""What `compare` says about config documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from analyzer.diff.identity import (
    FORMATTING,
)
from analyzer.diff.tree import Kind
from tests.diff.images import part
from tests.diff.reports import image

if TYPE_CHECKING:
    pass


def config(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, Kind, Any, Any]]:
    """Differences of two config documents."""
    one, two = (image("a:1", config={"os": "linux", **c}) for c in (before, after))
    return [(d.subject, d.kind, d.before, d.after) for d in part("config", one, two).children]


class TestConfig:
    """Members by JSON path."""

    def test_environment_by_variable(self) -> None:
        """`=` in a value belongs to the value."""
        assert config(
            {"config": {"Env": ["PATH=/bin", "A=1", "B=x=y"]}},
            {"config": {"Env": ["PATH=/usr/bin", "B=x=y", "C=3"]}},
        ) == [
            ("config.Env.A", Kind.REMOVED, "1", None),
            ("config.Env.C", Kind.ADDED, None, "3"),
            ("config.Env.PATH", Kind.CHANGED, "/bin", "/usr/bin"),
        ]

    @pytest.mark.parametrize("env", [["A=1", "A=2"], ["A"], [7]])
    def test_environments_that_are_no_variables_are_compared_whole(self, env: list[Any]) -> None:
        """Nothing is dropped to make a mapping."""
        assert config({"config": {"Env": env}}, {"config": {"Env": ["A=2"]}}) == [
            ("config.Env", Kind.CHANGED, env, ["A=2"])
        ]

    def test_environment_in_another_order(self) -> None:
        """The documents differ, the variables do not."""
        found = config({"config": {"Env": ["A=1", "B=2"]}}, {"config": {"Env": ["B=2", "A=1"]}})
        assert [entry[:2] for entry in found] == [("config.Env", Kind.CHANGED)]

    def test_labels_and_ports_by_key(self) -> None:
        """Keys that are no plain words stand in brackets."""
        assert config(
            {"config": {"Labels": {"org.x": "1"}, "ExposedPorts": {"80/tcp": {}}}},
            {"config": {"Labels": {"org.x": "2", 'a"b': ""}, "ExposedPorts": {}}},
        ) == [
            ('config.ExposedPorts["80/tcp"]', Kind.REMOVED, {}, None),
            ('config.Labels["a\\"b"]', Kind.ADDED, None, ""),
            ('config.Labels["org.x"]', Kind.CHANGED, "1", "2"),
        ]

    def test_commands_are_compared_whole(self) -> None:
        """Their entries mean nothing alone."""
        assert config({"config": {"Cmd": ["sh"]}}, {"config": {"Cmd": ["sh", "-c", "x"]}}) == [
            ("config.Cmd", Kind.CHANGED, ["sh"], ["sh", "-c", "x"])
        ]

    def test_json_types_are_kept_apart(self) -> None:
        """Python thinks that true is 1; JSON does not."""
        assert config({"x": True}, {"x": 1}) == [("x", Kind.CHANGED, True, 1)]
        assert config({"x": [1.0]}, {"x": [1]}) == [("x", Kind.CHANGED, [1.0], [1])]

    def test_diff_ids_are_left_to_the_layers(self) -> None:
        """The rest of rootfs is not."""
        assert config(
            {"rootfs": {"type": "layers", "diff_ids": ["a"]}},
            {"rootfs": {"type": "other", "diff_ids": ["b"]}},
        ) == [("rootfs.type", Kind.CHANGED, "layers", "other")]

    def test_history_by_instruction(self) -> None:
        """A rebuild gives every entry a new time and nothing else."""
        one = [{"created_by": "RUN a", "created": "1"}, {"created_by": "RUN b"}]
        two = [{"created_by": "RUN a", "created": "2"}, {"created_by": "RUN a"}, {"comment": "c"}]
        before, after = image("a:1", config={"history": one}), image("a:1", config={"history": two})
        history = part("history", before, after)
        assert [(c.subject, c.kind) for c in history.children] == [
            ('history["RUN a"]', Kind.CHANGED),
            ('history["RUN a (2)"]', Kind.ADDED),
            ('history["RUN b"]', Kind.REMOVED),
            ('history["c"]', Kind.ADDED),
        ]
        assert [c.subject for c in history.children[0].children] == ['history["RUN a"].created']

    def test_history_in_another_order(self) -> None:
        """All the same entries, and yet another document."""
        one, two = [{"comment": "a"}, {"comment": "b"}], [{"comment": "b"}, {"comment": "a"}]
        before, after = (image("a:1", config={"history": side}) for side in (one, two))
        found = part("history", before, after)
        assert (found.kind, found.before, found.after) == (Kind.CHANGED, one, two)
        assert part("config", before, after).kind is Kind.SAME

    def test_a_difference_in_formatting_only(self) -> None:
        """Another image ID needs an explanation even when all members agree."""
        found = part("config", image("a:1", image_id="c1"), image("a:1", image_id="c2"))
        assert found.notes == (FORMATTING,)

    def test_an_unread_config_is_not_compared(self) -> None:
        """An empty document would look like everything removed."""
        found = part("config", image("a:1"), image("a:1", config={}))
        assert found.kind is Kind.UNKNOWN
        assert found.notes[0].startswith("after: ")
