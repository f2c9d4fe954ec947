"""The engine matrix against the engines themselves, and our answers against both."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from analyzer.problems import Code
from analyzer.rootfs import attributes, engines, lostengines
from analyzer.rootfs.engines import Disagreement, Engine
from tests.rootfs.cases import LOWER, Case, View
from tests.rootfs.matrix import MATRIX, differs
from tests.rootfs.trees import folded
from tests.support.imagebuilder import ImageBuilder
from tests.support.unpacking import (
    REFUSED,
    Unpack,
    containerd_engine,
    docker_engine,
    podman_engine,
    umoci,
)

RUN: dict[Engine, Callable[[], AbstractContextManager[Unpack]]] = {
    Engine.UMOCI: lambda: contextlib.nullcontext(umoci),
    Engine.CONTAINERD_NATIVE: lambda: containerd_engine("native"),
    Engine.CONTAINERD_OVERLAY: lambda: containerd_engine("overlayfs"),
    Engine.DOCKER_VFS: lambda: docker_engine("vfs"),
    Engine.DOCKER_OVERLAY: lambda: docker_engine("overlay2"),
    Engine.PODMAN_VFS: lambda: podman_engine("vfs"),
    Engine.PODMAN_OVERLAY: lambda: podman_engine("overlay"),
}


def image_of(case: Case) -> ImageBuilder:
    return ImageBuilder().layer(LOWER).layer(case.upper)


def expected(case: Case, engine: Engine) -> View | str:
    """`REFUSED`, or what the engine's tree must have."""
    if case.says is None:
        return case.ours
    outcome = case.says.outcome(engine)
    return REFUSED if outcome == engines.REFUSED else case.others.get(outcome, case.ours)


@pytest.mark.parametrize("engine", Engine)
def test_every_engine_shows_what_we_say_it_shows(engine: Engine, tmp_path: Path) -> None:
    """All cases at once, since a daemon takes longer to start than a case."""
    wrong: dict[str, object] = {}
    with RUN[engine]() as unpack:
        for number, (name, case) in enumerate(MATRIX.items()):
            folder = tmp_path / str(number)
            folder.mkdir()
            shown, view = unpack(image_of(case), folder), expected(case, engine)
            if isinstance(shown, str) or isinstance(view, str):
                if shown != view:
                    wrong[name] = (shown, view)
            elif found := differs(shown, view):
                wrong[name] = (found, view)
    assert wrong == {}


@pytest.mark.parametrize("name", MATRIX)
def test_we_show_the_answer_of_the_specification_and_say_who_differs(
    name: str, tmp_path: Path
) -> None:
    case = MATRIX[name]
    shown, problems = folded(image_of(case).write_oci(tmp_path / "layout"))
    assert differs(shown, case.ours) == {}
    details = [p.detail for p in problems if p.code is Code.RUNTIME_DEPENDENT]
    if case.says is None:
        assert details == []
    else:
        assert len(details) == 1
        assert case.says.words in details[0]


def test_every_disagreement_has_a_case_and_accounts_for_every_engine() -> None:
    known = [vars(module).values() for module in (engines, lostengines, attributes)]
    all_of_them = [one for values in known for one in values if isinstance(one, Disagreement)]
    shown = [case.says for case in MATRIX.values()]
    for one in all_of_them:
        assert one in shown
        said = [engine for _, group in one.seen for engine in group]
        assert sorted(said) == sorted(Engine)


def test_the_words_name_the_engines_in_groups() -> None:
    assert engines.OWN_WHITEOUT.words == (
        "written, then whited out in the same layer; kept. umoci: kept; "
        "containerd native, vfs (docker, podman): deleted; "
        "overlay (docker, containerd, podman): refused"
    )
    assert engines.NO_TARGET.words.endswith("left out. every engine tried: refused")
