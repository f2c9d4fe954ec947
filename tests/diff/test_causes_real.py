"""Causes on images that buildah made: what was planted is explained by what was planted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analyzer.comparing.images import compare_inputs
from analyzer.comparing.inputs import Wanted, open_inputs
from analyzer.diff.filesystem.causes import Cause, CauseKind
from analyzer.diff.tree import Difference, mirrored
from tests.support.realimages import successor

PACKAGES = ("deb:ledger", "deb:abacus", "deb:chart")


def compared(before: Path, after: Path) -> Difference:
    with open_inputs([Wanted(str(before)), Wanted(str(after))]) as (one, two):
        (pair,) = compare_inputs(one, two, times=True).children
    return pair


def causes(pair: Difference) -> dict[str, Cause]:
    part = pair.child("files")
    assert part is not None
    found = {child.subject: child.cause for child in part.children}
    return {path: cause for path, cause in found.items() if cause is not None}


@pytest.fixture(scope="module")
def upgraded() -> Difference:
    return compared(successor("before"), successor("after"))


@pytest.fixture(scope="module")
def rebuilt() -> Difference:
    return compared(successor("after"), successor("again"))


def planted() -> dict[str, object]:
    found: dict[str, object] = json.loads(
        (successor("before").parent / "expected.json").read_text()
    )["planted"]
    return found


def test_every_file_has_one_cause(upgraded: Difference) -> None:
    part = upgraded.child("files")
    assert part is not None
    assert len(part.children) == len(causes(upgraded)) > 0


def test_nothing_is_unexplained_but_the_rights_that_were_planted(upgraded: Difference) -> None:
    found = {
        path: cause.rule
        for path, cause in causes(upgraded).items()
        if cause.kind is CauseKind.UNEXPLAINED
    }
    wanted = planted()
    assert found == {
        wanted["setuid"]: "packaged-file",
        wanted["world_writable"]: "packaged-file",
    }


def test_the_edited_file_is_explained_by_the_step_that_edited_it(upgraded: Difference) -> None:
    cause = causes(upgraded)[str(planted()["edited"])]
    assert (cause.kind, cause.rule) == (CauseKind.STEP, "own-step")
    assert "edit /etc/issue.net" in cause.words


def test_files_of_packages_are_explained_by_the_packages(upgraded: Difference) -> None:
    found = causes(upgraded)
    assert found["usr/bin/ledger"].words == "deb:ledger: 1:1.0~rc1-1 -> 1:1.0-1"
    assert found["usr/bin/abacus"].words == "deb:abacus: before: 2.0-1"
    assert found["usr/bin/chart"].words == "deb:chart: after: 0.9-1"
    assert found["etc/ledger.conf"].rule == "owner-changed"
    assert found["usr/share/chart"].rule == "holds-what-changed"
    assert found["var/lib/dpkg/status"].rule == "package-record"
    assert found["var/lib/dpkg/info/abacus.list"].words == "deb:abacus: before: 2.0-1"


def test_everything_else_is_noise(upgraded: Difference) -> None:
    named = {"ledger", "abacus", "chart", "status", "issue.net", "tee", "debian_version"}
    rest = {
        path: cause
        for path, cause in causes(upgraded).items()
        if not any(word in path for word in named)
    }
    assert rest
    assert {cause.kind for cause in rest.values()} == {CauseKind.NOISE}


def test_the_same_steps_at_another_time_leave_noise_alone(rebuilt: Difference) -> None:
    found = causes(rebuilt)
    assert {cause.kind for cause in found.values()} == {CauseKind.NOISE}
    assert {"times", "logs"} <= {cause.rule for cause in found.values()}


def test_the_other_way_round_is_the_mirrored_answer(upgraded: Difference) -> None:
    assert compared(successor("after"), successor("before")) == mirrored(upgraded)
