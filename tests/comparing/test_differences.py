"""The library's `diff` and the command tell one tree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from analyzer import AnalyzerError, analyze, diff
from analyzer.diff.tree import to_document
from tests.cli.harness import call
from tests.support.imagebuilder import File, ImageBuilder


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
