"""`diff A B` and `diff B A` are mirror images, as trees and as text, of real archives."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from analyzer.api import diff
from analyzer.diff.tree import mirrored
from analyzer.render.difference import difference_text
from tests.support.realimages import real_image, successor
from tests.support.tools import ROOT

_TURNED = {"+": "-", "-": "+"}
SUCCESSORS = [("before", "after"), ("before", "again"), ("after", "again")]


def marks(text: str) -> Counter[str]:
    """How many lines of each mark there are, at what depth."""
    lines = [line for line in text.splitlines() if line.lstrip()[1:2] == " "]
    return Counter(line[: len(line) - len(line.lstrip()) + 1] for line in lines)


def require_mirror(one: Path, two: Path) -> None:
    there, back = diff(str(one), str(two)), diff(str(two), str(one))
    assert mirrored(there) == back
    texts = difference_text(there), difference_text(back)
    assert difference_text(mirrored(there)) == texts[1]
    turned = Counter(
        {mark[:-1] + _TURNED.get(mark[-1], mark[-1]): n for mark, n in marks(texts[0]).items()}
    )
    assert turned == marks(texts[1])


@pytest.mark.parametrize("names", SUCCESSORS, ids="-".join)
def test_images_and_their_successors(names: tuple[str, str]) -> None:
    one, two = (successor(name) for name in names)
    require_mirror(one, two)


@pytest.mark.parametrize("form", ["docker-archive", "oci-archive-zstd"])
def test_archives_of_two_platforms(form: str) -> None:
    require_mirror(real_image(f"{form}-amd64"), real_image(f"{form}-arm64"))


def test_what_docker_saved() -> None:
    saves = ROOT / "fixtures" / "saves"
    require_mirror(saves / "multi-amd64.tar", saves / "multi-arm64.tar")
