"""Secrets in what differs between two configs: none is shown, and all are compared as they stand.

README, "Findings": what looks like a secret is shown with two characters and its length.
"""

from __future__ import annotations

from typing import Any

import pytest

from analyzer.diff.tree import Kind
from tests.diff.images import normal, part
from tests.diff.reports import image

ONE, TWO = "hunter2SuperSecret", "correcthorsebatter"
MASKED = {ONE: "hu...(18 characters)", TWO: "co...(18 characters)"}


def found(before: dict[str, Any], after: dict[str, Any], name: str = "config") -> Any:  # noqa: ANN401 - JSON
    one, two = (image("a:1", config={"os": "linux", **side}) for side in (before, after))
    return part(name, one, two)


def run(**members: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"config": members}


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("Env", ["A=1", "DB_PASSWORD={}"]),
        ("Env", ["URL=postgres://u:{}@h/db", "A"]),
        ("Env", ["DB_PASSWORD=two words {}", "A"]),
        ("Labels", {"api.token": "{}"}),
        ("Cmd", ["tool", "--token", "{}"]),
        ("Entrypoint", ["tool", "--password={}"]),
        ("Entrypoint", ["tool", "--password=two words {}"]),
        ("Healthcheck", {"Test": ["CMD-SHELL", "curl -u me:{} localhost"]}),
        ("OnBuild", ["ENV PASSWORD={}"]),
    ],
)
def test_a_secret_is_nowhere_and_another_one_is_a_difference(member: str, value: object) -> None:
    one, two = (filled(value, secret) for secret in (ONE, TWO))
    added = found({}, run(**{member: one}))
    changed = found(run(**{member: one}), run(**{member: two}))
    for part_ in (added, changed):
        assert part_.differs
        assert ONE not in normal(part_)
        assert TWO not in normal(part_)


def filled(value: object, secret: str) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, str):
        return value.replace("{}", secret)
    if isinstance(value, list):
        return [filled(item, secret) for item in value]
    assert isinstance(value, dict)
    return {name: filled(item, secret) for name, item in value.items()}


@pytest.mark.parametrize("member", ["config", "container_config"])
def test_a_variable_that_changed(member: str) -> None:
    one, two = ({member: {"Env": [f"DB_PASSWORD={secret}"]}} for secret in (ONE, TWO))
    (child,) = found(one, two).children
    assert child.subject == f"{member}.Env.DB_PASSWORD"
    assert (child.kind, child.before, child.after) == (Kind.CHANGED, MASKED[ONE], MASKED[TWO])


def test_secrets_of_one_look_are_a_difference() -> None:
    """Two characters and the length are all that is shown of either."""
    (child,) = found(run(Env=["A_TOKEN=abcdefgh1"]), run(Env=["A_TOKEN=abcdefgh2"])).children
    assert child.kind is Kind.CHANGED
    assert child.before == child.after == "ab...(9 characters)"


def test_more_secrets_than_are_looked_for_everywhere() -> None:
    env = [f"A{number}_TOKEN=value{number:05}" for number in range(300)]
    told = normal(found(run(Env=["A=1"]), run(Env=["A=1", *env])))
    assert "value0" not in told
    assert told.count("va...(10 characters)") == 300


def test_a_secret_of_one_side_is_masked_in_the_other() -> None:
    one, two = run(Env=[f"DB_PASSWORD={ONE}"]), run(Cmd=["make", ONE])
    assert ONE not in normal(found(one, two))


STEPS = (
    "RUN |2 DB_PASSWORD={} X=y /bin/sh -c make {} # buildkit",
    "RUN /bin/sh -c curl -H 'Authorization: Bearer {}' https://h # buildkit",
    "ENV SECRET_KEY=two words {}",
    '/bin/sh -c #(nop)  ENV A_TOKEN="{}"',
)


@pytest.mark.parametrize("step", STEPS)
def test_steps_are_masked_and_compared_as_they_stand(step: str) -> None:
    one, two = ({"history": [{"created_by": filled(step, each)}]} for each in (ONE, TWO))
    steps = found(one, two, "history")
    assert sorted(child.kind for child in steps.children) == [Kind.ADDED, Kind.REMOVED]
    assert ONE not in normal(steps)
    assert TWO not in normal(steps)
    again = found(one, {"history": [{"created_by": filled(step, ONE), "comment": "c"}]}, "history")
    assert [child.kind for child in again.children] == [Kind.CHANGED]
    assert ONE not in normal(again)


def test_what_is_no_secret_stays() -> None:
    values = ["MYSQL_PORT=3306", "TOKEN_URL=https://h/t", "PATH=/bin", "DB_PASSWORD_FILE=/run/x"]
    told = found(run(Env=["A=1"]), run(Env=["A=1", *values]))
    assert [f"{c.subject.removeprefix('config.Env.')}={c.after}" for c in told.children] == sorted(
        values
    )
