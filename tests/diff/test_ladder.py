"""Where two images stand on the ladder, one rung at a time, and what is not known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from analyzer.diff.compare import Trees, compare
from analyzer.diff.filesystem.model import FileChanges
from analyzer.diff.ladder import whole
from analyzer.diff.rungs import Rung, Step, Verdict, headline
from analyzer.diff.tree import mirrored
from analyzer.problems import Code, error
from tests.diff.reports import digest, image, layer, package, report
from tests.diff.strategies import REPORTS

if TYPE_CHECKING:
    from analyzer.render.difference import difference_text
from analyzer.render.difference import difference_text
from analyzer.report import ImageReport, Report

YES, NO, OPEN = Verdict.PROVEN, Verdict.REFUTED, Verdict.UNKNOWN
FULL = image("a:1", index="i", layers=[layer("x"), layer("y")], packages=[package("p")])
MANIFEST = {
    "schemaVersion": 2,
    "mediaType": "application/vnd.oci.image.manifest.v1+json",
    "layers": [{"mediaType": "l", "digest": "d", "size": 1}],
}


def steps(before: ImageReport, after: ImageReport, **options: Any) -> dict[Rung, Step]:  # noqa: ANN401
    found = compare(report(before), report(after, name="other"), **options)
    (pair,) = found.children
    assert found.ladder == pair.ladder
    return {step.rung: step for step in pair.ladder}


def said(before: ImageReport, after: ImageReport, **options: Any) -> str:  # noqa: ANN401
    return headline(tuple(steps(before, after, **options).values()))


def test_every_rung_in_order() -> None:
    assert list(steps(FULL, FULL)) == list(Rung)


def test_same_file() -> None:
    files = (digest("f"), digest("f"))
    assert said(FULL, FULL, files=files) == "same file, byte for byte"
    other = (digest("f"), digest("g"))
    assert steps(FULL, FULL, files=other)[Rung.FILE].verdict is NO


def test_the_file_is_open_without_its_digest_and_for_a_directory() -> None:
    assert steps(FULL, FULL)[Rung.FILE].reason == "the files were not hashed"
    folder = report(FULL, kind="oci-layout directory")
    folder = replace(folder, source=replace(folder.source, size=None))
    step = compare(folder, report(FULL)).ladder[0]
    assert (step.verdict, step.reason) == (OPEN, "before: a directory has no bytes of its own")


def test_same_index() -> None:
    assert said(FULL, FULL) == "same index"
    assert said(FULL, FULL, files=(digest("f"), digest("g"))) == "same index, other file"


def test_same_manifest_in_another_index() -> None:
    words = "other platforms, attestations or annotations beside the image"
    other = image("a:1", index="j", layers=FULL.layers)
    assert said(FULL, other) == f"same manifest, other index: {words}"


def wrapped(number: int, **members: Any) -> ImageReport:  # noqa: ANN401
    """The same config in another manifest."""
    manifest = {**MANIFEST, **members}
    return replace(FULL, manifest_digest=digest(f"m{number}"), manifest=manifest, index_digest=None)


@pytest.mark.parametrize(
    ("one", "two", "why"),
    [
        (wrapped(1), wrapped(2), "other white space"),
        (
            wrapped(1),
            replace(wrapped(2), manifest=dict(reversed(list(MANIFEST.items())))),
            "other order of members",
        ),
        (
            wrapped(1),
            wrapped(2, mediaType="application/vnd.docker.distribution.manifest.v2+json"),
            "other format",
        ),
        (wrapped(1), wrapped(2, annotations={"a": "b"}), "other annotations"),
        (
            wrapped(1),
            wrapped(2, layers=[{"digest": "e", "annotations": {}}]),
            "other layer descriptors",
        ),
    ],
)
def test_same_image_id_other_manifest(one: ImageReport, two: ImageReport, why: str) -> None:
    assert said(one, two) == f"same image ID, other manifest: {why}"


def test_recompressed_layers_are_counted_and_their_writers_named() -> None:
    def stored(blob: str, codec: str, facts: str) -> Any:  # noqa: ANN401 - a LayerReport
        made = layer("x", blob=blob)
        return replace(made, compression=codec, compressor=facts)

    gzip = stored("gz", "gzip", "gzip: OS 255, XFL 0, mtime 0")
    zstd = stored("zs", "zstd", "zstd")
    other = [{"mediaType": "l", "digest": "e", "size": 2}]
    one = replace(wrapped(1), layers=(gzip, layer("y"), gzip))
    two = replace(wrapped(2, layers=other), layers=(zstd, layer("y"), zstd))
    assert said(one, two).endswith("other manifest: layers 0 and 2 were recompressed")
    assert steps(one, two)[Rung.MANIFEST].reason == (
        "layers 0 and 2 were recompressed: gzip, probably Go (docker, BuildKit, crane) -> zstd"
    )
    again = replace(gzip, digest=digest("again"))
    both = replace(two, layers=(again, layer("y"), zstd))
    reason = steps(one, both)[Rung.MANIFEST].reason
    assert reason.startswith("layers 0 and 2 were recompressed: layer 0 gzip, ")
    assert "layer 2 zstd" in reason


def test_a_docker_archive_has_no_manifest() -> None:
    found = compare(
        report(replace(FULL, manifest_digest=None, index_digest=None), kind="docker-archive tar"),
        report(FULL),
    )
    assert headline(found.ladder) == "same image ID; whether it is the same manifest cannot be told"
    verdicts = {step.rung: step.verdict for step in found.ladder}
    assert (verdicts[Rung.MANIFEST], verdicts[Rung.CONFIG]) == (OPEN, YES)


def test_same_layers_with_another_config_names_the_fields() -> None:
    one = image("a:1", layers=FULL.layers, config={"created": "1", "config": {"Env": ["A=1"]}})
    two = image("a:1", image_id="c2", manifest="m2", layers=FULL.layers, config={"created": "2"})
    assert said(one, two) == "same layers, other config: config, created"
    formatted = replace(one, image_id=digest("c3"), manifest_digest=digest("m3"))
    assert said(one, formatted).startswith("same layers, other config: only written otherwise")


REBUILT = image("a:1", image_id="c2", manifest="m2", layers=[layer("xy")], packages=FULL.packages)


def test_trees_are_asked_only_when_layers_are_not_the_same() -> None:
    asked = []

    def nothing_differs(*sides: ImageReport) -> FileChanges:
        asked.append(sides)
        return FileChanges((), 7, 7)

    trees = Trees(nothing_differs)
    assert said(FULL, FULL, trees=trees) == "same index"
    assert asked == []
    assert said(FULL, REBUILT, trees=trees).startswith("same root filesystem, other layers: 0 in")
    assert asked == [(FULL, REBUILT)]
    assert said(FULL, replace(REBUILT, packages=()), trees=trees) == "different"


def test_same_packages() -> None:
    found = steps(FULL, REBUILT)
    assert found[Rung.ROOTFS].verdict is OPEN
    assert headline(tuple(found.values())) == (
        "same packages; whether it is the same root filesystem cannot be told"
    )


@pytest.mark.parametrize("state", ["declared", "claimed", "config-files"])
def test_what_is_not_installed_is_no_package_of_the_image(state: str) -> None:
    named = replace(REBUILT, packages=(*REBUILT.packages, package("named", state=state)))
    step = steps(FULL, named)[Rung.PACKAGES]
    assert (step.verdict, step.reason) == (YES, "1 packages")
    one, two = (replace(i, packages=i.packages[1:]) for i in (named, FULL))
    assert steps(one, two)[Rung.PACKAGES].verdict is OPEN


def test_a_package_that_went_is_a_difference() -> None:
    gone = replace(REBUILT, packages=(package("p", state="config-files"),))
    step = steps(FULL, gone)[Rung.PACKAGES]
    assert (step.verdict, step.reason) == (NO, "1 differ: 1 packages -> 0 packages")


def test_no_database_proves_no_packages() -> None:
    bare = [replace(side, packages=()) for side in (FULL, REBUILT)]
    found = steps(*bare)
    assert found[Rung.PACKAGES].verdict is OPEN
    assert said(*bare) == "other image ID and layers; more cannot be told"


def test_packages_of_a_damaged_image_are_left_open() -> None:
    damaged = replace(REBUILT, problems=(error(Code.LAYER_DAMAGED, "l", "d"),))
    step = steps(FULL, damaged)[Rung.PACKAGES]
    assert step.verdict is OPEN
    assert step.reason.startswith("after: some of it could not be read")


def test_bytes_that_contradict_a_diff_id_refute_the_layers() -> None:
    lying = tuple(
        replace(identity, verified=identity.layer != 1, reason="the bytes have another digest")
        for identity in FULL.identities
    )
    step = steps(FULL, replace(FULL, identities=lying))[Rung.LAYERS]
    assert (step.verdict, step.reason) == (NO, "after: layer 1: the bytes have another digest")


def test_an_absent_image_leaves_all_open() -> None:
    absent = image("a:1", image_id=None, manifest=None, completeness="absent", config={})
    assert "no difference is known" in said(absent, FULL)


def two_platforms(arm: str) -> Report:
    other = replace(FULL, platform="linux/arm64", manifest_digest=digest(arm), index_digest=None)
    return report(FULL, other)


def test_a_file_stands_where_its_worst_pair_does() -> None:
    found = compare(two_platforms("m"), two_platforms("n"))
    assert [headline(child.ladder) for child in found.children] == [
        "same index",
        "same image ID, other manifest",
    ]
    assert headline(found.ladder) == "same image ID, other manifest"
    manifest = next(step for step in found.ladder if step.rung is Rung.MANIFEST)
    assert (manifest.verdict, manifest.reason) == (NO, "1 of 2 pairs")


def test_an_image_on_one_side_makes_files_differ() -> None:
    found = compare(report(FULL), two_platforms("m"))
    words = "different, since a:1 linux/arm64 has no counterpart in the {}"
    assert headline(found.ladder) == words.format("first")
    text = " ".join(difference_text(found).split())
    assert f"as a whole: {words.format('first')} " in text
    turned = compare(two_platforms("m"), report(FULL))
    assert headline(turned.ladder) == words.format("second")


def test_images_on_either_side_alone_are_told_side_by_side() -> None:
    pair = compare(report(FULL), report(FULL)).ladder
    found = whole(pair[0], [pair], (["b:1", "c:1"], ["d:1"]))
    assert headline(found) == (
        "different, since b:1, c:1 have no counterpart in the second, "
        "and d:1 has no counterpart in the first"
    )


@given(REPORTS)
def test_a_report_with_itself_holds_the_top_rung(one: Report) -> None:
    files = (digest("f"), digest("f"))
    found = compare(one, one, files=files)
    assert found.ladder[0].verdict is YES
    assert all(child.ladder[0].verdict is YES for child in found.children if child.ladder)


@given(REPORTS, REPORTS)
def test_exchanging_the_sides_exchanges_the_reasons(one: Report, two: Report) -> None:
    assert compare(two, one).ladder == mirrored(compare(one, two)).ladder


@given(REPORTS, REPORTS)
def test_exactly_one_of_same_and_different(one: Report, two: Report) -> None:
    ladder = compare(one, two).ladder
    assert (ladder[-1].verdict is YES) <= all(step.verdict is not YES for step in ladder[:-1])
    assert headline(ladder)
