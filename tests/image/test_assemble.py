"""Layers matched with diff IDs and build steps; two witnesses of the platform compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from analyzer.image.assemble import Assembled, assemble, platform_of
from analyzer.image.documents import parse_config
from analyzer.image.model import LayerRef
from analyzer.image.platform import Platform
from analyzer.problems import Code, Severity
from tests.image.inputs import digest

A, B, C = (digest(letter) for letter in (b"a", b"b", b"c"))


def joined(
    layers: int,
    *,
    diff_ids: Sequence[str] = (),
    history: Sequence[object] = (),
    declared: Mapping[str, Any] | None = None,
    config: dict[str, str] | None = None,
) -> Assembled:
    refs = [LayerRef(number, f"{number}", None, None, "", None, "") for number in range(layers)]
    document = {"rootfs": {"diff_ids": list(diff_ids)}, "history": list(history), **(config or {})}
    return assemble(refs, parse_config(document, "config"), declared, "config")


def step(text: str, *, empty: bool = False) -> dict[str, object]:
    return {"created_by": text} | ({"empty_layer": True} if empty else {})


def test_empty_steps_consume_no_layer() -> None:
    history = [step("ADD"), step("ENV", empty=True), step("COPY"), step("CMD", empty=True)]
    found = joined(2, diff_ids=[A, B], history=history)
    assert [(layer.diff_id, layer.created_by) for layer in found.layers] == [
        (A, "ADD"),
        (B, "COPY"),
    ]
    assert found.problems == ()


@pytest.mark.parametrize(
    "history",
    [
        [step("ADD")],
        [step("ADD"), step("COPY"), step("RUN")],
        [step("ADD", empty=True), step("COPY")],
    ],
)
def test_steps_that_do_not_add_up_are_matched_with_no_layer(history: list[object]) -> None:
    found = joined(2, diff_ids=[A, B], history=history)
    assert [layer.created_by for layer in found.layers] == ["", ""]
    assert [(p.code, p.severity) for p in found.problems] == [
        (Code.HISTORY_MISMATCH, Severity.WARNING)
    ]


def test_no_history_is_no_mismatch() -> None:
    assert joined(2, diff_ids=[A, B]).problems == ()


@pytest.mark.parametrize(("layers", "diff_ids"), [(3, [A, B]), (1, [A, B]), (1, [])])
def test_layers_and_diff_ids_that_do_not_add_up_are_matched_as_far_as_they_go(
    layers: int, diff_ids: list[str]
) -> None:
    found = joined(layers, diff_ids=diff_ids)
    expected = [*diff_ids, None, None, None][:layers]
    assert [layer.diff_id for layer in found.layers] == expected
    (problem,) = found.problems
    assert problem.code is Code.LAYER_COUNT_MISMATCH
    assert f"{layers} layers, but {len(diff_ids)} diff IDs" in problem.detail


def test_without_config_layers_stay_as_they_are() -> None:
    layer = LayerRef(0, "0", None, None, "", None, "")
    found = assemble([layer], None, {"os": "linux", "architecture": "aarch64"}, "x")
    assert found.layers == (layer,)
    assert found.platform == Platform("linux", "arm64")


@pytest.mark.parametrize(
    ("declared", "config", "shown", "agree"),
    [
        (None, {"os": "linux", "architecture": "amd64"}, "linux/amd64", True),
        (
            {"os": "linux", "architecture": "amd64"},
            {"os": "linux", "architecture": "amd64"},
            "linux/amd64",
            True,
        ),
        (
            {"os": "linux", "architecture": "arm64", "variant": "v8"},
            {"os": "linux", "architecture": "aarch64"},
            "linux/arm64",
            True,
        ),
        (
            {"os": "linux", "architecture": "amd64"},
            {"os": "linux", "architecture": "arm64"},
            "linux/amd64",
            False,
        ),
        (
            {"os": "windows", "architecture": "amd64"},
            {"os": "linux", "architecture": "amd64"},
            "windows/amd64",
            False,
        ),
        (
            {"os": "linux", "architecture": "arm", "variant": "v6"},
            {"os": "linux", "architecture": "arm", "variant": "v7"},
            "linux/arm/v6",
            False,
        ),
        ({}, {"os": "linux", "architecture": "s390x"}, "linux/s390x", True),
        (None, {}, "unknown/unknown", True),
    ],
)
def test_the_index_decides_about_the_platform_and_the_config_is_heard(
    declared: dict[str, str] | None,
    config: dict[str, str],
    shown: str,
    agree: bool,  # noqa: FBT001 - a table of cases
) -> None:
    found = joined(0, declared=declared, config=config)
    assert str(found.platform) == shown
    assert ([p.code for p in found.problems] == []) is agree
    assert {p.code for p in found.problems} <= {Code.PLATFORM_MISMATCH}


def test_the_platform_is_kept_as_found() -> None:
    declared = {"os": "Linux", "architecture": "aarch64", "os.features": ["x"]}
    assert joined(0, declared=declared).platform_declared == declared
    config = {"os": "linux", "architecture": "x86_64"}
    assert joined(0, config=config).platform_declared == config
    assert joined(0).platform_declared is None


@pytest.mark.parametrize("wrong", [{"os": 1, "architecture": []}, {"variant": None}])
def test_members_of_a_platform_with_wrong_types_count_as_absent(wrong: dict[str, object]) -> None:
    assert str(platform_of(wrong)) == "unknown/unknown"
