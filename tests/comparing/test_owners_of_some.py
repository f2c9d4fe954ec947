"""Who lists a file, asked of few files: the answer is the one that asking of all files gives."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from random import Random

import pytest

from analyzer.comparing.inputs import Wanted, open_inputs
from analyzer.comparing.states import states_of
from tests.support.realimages import real_image

FIXTURES = Path(__file__).parents[2] / "fixtures" / "layouts"
PLATFORM = ("linux/amd64",)


@pytest.mark.parametrize("name", ["multi", "next", "apk", "oci-layout", "languages"])
def test_asking_of_some_is_asking_of_all(name: str) -> None:
    layout = FIXTURES / name
    path = layout if layout.exists() else real_image(name)
    with open_inputs([Wanted(str(path), platforms=PLATFORM)]) as (side,):
        tree = side.tree(side.report.images[0])
        assert tree is not None
        everything = tree.listed(None)
        paths = sorted(states_of(tree))
        assert any(path in everything.by_path for path in paths)
        for wanted in _choices(paths, sorted(everything.by_path)):
            some = tree.listed(wanted)
            assert some.by_path == {
                path: owners for path, owners in everything.by_path.items() if path in wanted
            }
            assert some.ghosts == everything.ghosts & set(wanted)


def _choices(paths: list[str], listed: list[str]) -> list[Collection[str]]:
    chance = Random(5)  # noqa: S311 - to choose examples
    return [
        set(),
        set(paths),
        set(chance.sample(paths, min(len(paths), 50))),
        *({path} for path in chance.sample(listed, min(len(listed), 5))),
    ]
