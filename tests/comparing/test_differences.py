"""The library's `diff` and the command tell one tree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from analyzer import AnalyzerError, analyze, diff
from analyzer.diff.filesystem.causes import CauseKind
from analyzer.diff.tree import to_document
from tests.cli.harness import MULTI, call
from tests.support.imagebuilder import File, ImageBuilder
from tests.support.realimages import successor


@pytest.fixture
def two(tmp_path: Path) -> tuple[str, str]:
    sides = []
    for name, word in (("one", b"b"), ("two", b"B")):
        image = ImageBuilder().layer({"etc/a.conf": b"a\n%b\n" % word, "gone/x": b"x"})
        image.layer({f"opt/{name}": b"own\n", "gone/.wh.x": b"", "run": File(word, mode=0o755)})
        sides.append(str(image.platform("linux/arm64").write_oci(tmp_path / name, "1.0")))
    return sides[0], sides[1]


WAYS: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({}, ()),
    ({"times": True}, ("--times",)),
    ({"platforms": ["linux/arm64"]}, ("--platform", "linux/arm64")),
    ({"content": True}, ("--content",)),
    ({"content_of": ["opt/**", "run"]}, ("--content-of", "opt/**", "--content-of", "run")),
    ({"layers": (0, 1)}, ("--layer", "0:1")),
    ({"layers": (1, 1), "content": True}, ("--layer", "1:1", "--content")),
    ({"layers": (1, 0), "as_of": True}, ("--layer", "1:0", "--as-of")),
    (
        {"layers": (0, 1), "as_of": True, "content_of": ["run"]},
        ("--layer", "0:1", "--as-of", "--content-of", "run"),
    ),
]


@pytest.mark.parametrize(("options", "words"), WAYS)
def test_library_and_command_tell_the_same(
    two: tuple[str, str], options: dict[str, Any], words: tuple[str, ...]
) -> None:
    found = diff(*two, **options)
    assert found.differs
    document = json.loads(json.dumps(to_document(found)))
    assert call("diff", *two, *words, "-o", "json").json == document
    assert '"cause"' in json.dumps(document)


def test_two_platforms_of_one_file_too() -> None:
    path, platforms = str(MULTI), ("linux/amd64", "linux/arm64")
    words = [word for name in platforms for word in ("--platform", name)]
    document = json.loads(json.dumps(to_document(diff(path, path, across=platforms))))
    assert call("diff", path, *words, "-o", "json").json == document
    with pytest.raises(AnalyzerError, match="across takes one path"):
        diff(path, path, across=platforms, layers=(0, 0))


def test_as_of_the_topmost_layers_is_the_whole_image() -> None:
    """Every part that a layer tells of is the one that the images tell of."""
    sides = [str(successor(name)) for name in ("before", "after")]
    whole = diff(sides[0], sides[1], content=True).children[0]
    tops = [len(analyze(side).images[0].layers) - 1 for side in sides]
    pair = diff(sides[0], sides[1], layers=(tops[0], tops[1]), as_of=True, content=True)
    parts = pair.children[0].children
    assert [part.subject for part in parts] == ["layers", "distro", "packages", "files"]
    assert [whole.child(part.subject) for part in parts] == list(parts)


def test_layers_of_a_rebuild_differ_by_noise_alone() -> None:
    """`scripts/successor_image.py` built it twice, a minute apart."""
    sides = [str(successor(name)) for name in ("after", "again")]
    kinds = set()
    for layer in range(len(analyze(sides[0]).images[0].layers)):
        files = (
            diff(sides[0], sides[1], layers=(layer, layer), times=True).children[0].child("files")
        )
        assert files is not None
        kinds |= {child.cause.kind for child in files.children if child.cause is not None}
    assert kinds == {CauseKind.NOISE}


def test_reports_tell_what_reports_hold(two: tuple[str, str]) -> None:
    one, other = (analyze(path) for path in two)
    parts = {child.subject for child in diff(one, other).children[0].children}
    whole = {child.subject for child in diff(*two).children[0].children}
    assert whole - parts == {"files"}


def test_what_does_not_go_together(two: tuple[str, str]) -> None:
    report = analyze(two[0])
    with pytest.raises(TypeError):
        diff(report, two[1])  # type: ignore[call-overload]
    with pytest.raises(TypeError):
        diff(report, report, times=True)  # type: ignore[call-overload]
    with pytest.raises(AnalyzerError, match="as_of needs layers"):
        diff(*two, as_of=True)
    with pytest.raises(AnalyzerError, match="no layer 7"):
        diff(*two, layers=(0, 7))
