"""Two platforms of one file as the sides of `diff`: what rules explain is left out there too."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from analyzer.api import analyze
from analyzer.diff.compare import compare
from analyzer.diff.platforms.compare import compare_platforms, image_rows
from analyzer.diff.tree import Difference, mirrored, to_document
from tests.cli.harness import MULTI, call
from tests.diff.dpkgimages import layout, machine, stanza
from tests.diff.reports import report
from tests.diff.strategies import IMAGES
from tests.support.languageanswers import last
from tests.support.realimages import LANGUAGES, real_image
from tests.support.tools import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from analyzer.report import ImageReport

AMD64, ARM64 = "linux/amd64", "linux/arm64"
BOTH = ("--platform", AMD64, "--platform", ARM64)
SCHEMA = Draft202012Validator(
    json.loads((ROOT / "analyzer" / "schema" / "diff-1.0.json").read_bytes())
)


def sides(path: Path) -> Difference:
    """The only pair, with its mirror image checked."""
    one, two = (analyze(str(path), platforms=[platform]) for platform in (AMD64, ARM64))
    found = compare(one, two, across=True)
    assert compare(two, one, across=True) == mirrored(found)
    SCHEMA.validate(to_document(found))
    (pair,) = found.children
    return pair


def differing(pair: Difference, part: str) -> list[str]:
    child = pair.child(part)
    assert child is not None
    return [each.subject for each in child.children if each.differs]


def test_what_was_planted_and_nothing_else(tmp_path: Path) -> None:
    one = machine(
        AMD64,
        stanza("bash", "5.2-1+b1", source="bash (5.2-1)"),
        stanza("dash", "1"),
        stanza("gone", "1"),
        stanza("tool-amd64", "1"),
    )
    two = machine(
        ARM64,
        stanza("bash", "5.2-1+b2", "arm64", source="bash (5.2-1)"),
        stanza("dash", "2", "arm64"),
        stanza("tool-arm64", "1", "arm64"),
    )
    one.config(config={"User": "a", "Env": ["L=/lib/x86_64-linux-gnu"]}).empty_layer("RUN a")
    two.config(config={"User": "b", "Env": ["L=/lib/aarch64-linux-gnu"]})
    pair = sides(layout(tmp_path, one, two))
    assert differing(pair, "packages") == ["deb/dash", "deb/gone:amd64"]
    assert differing(pair, "config") == ["config.User"]
    assert differing(pair, "history") == ["step 1: RUN a"]
    assert differing(pair, "distro") == []


def test_the_language_image_differs_where_dpkg_query_says_so() -> None:
    lists = [
        {(line.split()[1], line.split()[0], line.split()[2]) for line in last(arch, "dpkg")}
        for arch in ("amd64", "arm64")
    ]
    names = {name for name, _, _ in lists[0] ^ lists[1]}
    found = differing(sides(real_image(LANGUAGES)), "packages")
    assert {each.removeprefix("deb/").partition(":")[0] for each in found} == names
    assert names


def test_the_exit_code_counts_only_what_is_not_expected(tmp_path: Path) -> None:
    answer = call("diff", MULTI, *BOTH, "--exit-code")
    assert (answer.code, answer.err) == (0, "")
    assert "one index leads to both" in answer.text
    path = layout(
        tmp_path, machine(AMD64, stanza("a", "1", "all")), machine(ARM64, stanza("a", "2", "all"))
    )
    assert call("diff", path, *BOTH, "--exit-code").code == 1


@pytest.mark.parametrize(
    "words", [(), BOTH[:2], (*BOTH, "--platform", "linux/s390x")], ids=["none", "one", "three"]
)
def test_one_file_needs_two_platforms(words: tuple[str, ...]) -> None:
    answer = call("diff", MULTI, *words)
    assert answer.code == 2
    assert "two platforms" in answer.err


def test_standard_input_cannot_be_both() -> None:
    answer = call("diff", "-", *BOTH)
    assert answer.code == 2
    assert "only once" in answer.err


def digests(image: ImageReport) -> tuple[object, ...]:
    return image.position, image.platform, image.manifest_digest, image.image_id


@given(
    st.lists(IMAGES, min_size=1, max_size=4, unique_by=digests), st.randoms(use_true_random=False)
)
def test_any_platforms_in_any_order(images: list[ImageReport], random: object) -> None:
    """However odd the images are, their order in the file decides nothing."""
    shuffled = list(images)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, two = (compare_platforms(report(*each)) for each in (images, shuffled))
    assert [image.rows for image in one.images] == [image.rows for image in two.images]


@given(IMAGES)
def test_an_image_differs_from_itself_in_nothing(image: ImageReport) -> None:
    assert image_rows((image, image)) == []
    assert image_rows((image, image, image)) == []
