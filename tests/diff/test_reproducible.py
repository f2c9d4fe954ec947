"""Whether an image is a rebuild of another: what counts as noise, and what speaks against it."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from analyzer.comparing.inputs import Wanted, open_inputs
from analyzer.comparing.rebuilds import rebuilds_of
from analyzer.diff.compare import ground_of
from analyzer.diff.filesystem import reproducible as r
from analyzer.diff.filesystem.model import FileChange, FileChanges
from analyzer.diff.filesystem.rebuilddocument import rebuild_document
from analyzer.diff.filesystem.reproducible import (
    Answer,
    LayerBytes,
    PairedRebuild,
    Rebuild,
    as_a_whole,
    rebuild_of,
)
from analyzer.diff.filesystem.tarplaces import TarPlace
from analyzer.report import SourceInfo, Tool
from tests.diff.changes import added, changed
from tests.diff.reports import image, layer
from tests.support.imagebuilder import File, ImageBuilder
from tests.support.realimages import real_image, successor
from tests.support.tools import ROOT, require_tool, run

if TYPE_CHECKING:
    from analyzer.report import ImageReport

SCHEMA = Draft202012Validator(json.loads((ROOT / "analyzer/schema/rebuild-1.0.json").read_bytes()))
MTIME = TarPlace("etc", "mtime")


def made(content: str = "a", **members: Any) -> ImageReport:  # noqa: ANN401 - as `image` has it
    plain: dict[str, Any] = {"layers": [layer(content, "RUN make")], "image_id": content}
    return image("app:1", **(plain | members))


def asked(
    one: ImageReport,
    two: ImageReport,
    *changes: FileChange,
    found: LayerBytes | None = None,
) -> Rebuild:
    tree = FileChanges(changes, 9, 9)
    return rebuild_of(one, two, tree, ground_of(one, two, tree), lambda _number: found)


def bytes_of(*changes: FileChange, reordered: bool = False) -> LayerBytes:
    return LayerBytes(146, MTIME, changes, reordered)


def test_an_image_is_identical_to_itself() -> None:
    assert asked(made(), made()) == Rebuild(Answer.IDENTICAL, {})


def test_times_and_logs_are_counted_and_the_first_byte_is_named() -> None:
    changes = [changed("etc", ("time",)), changed("var/log/x", ("content",))]
    answer = asked(made("a"), made("b"), *changes, found=bytes_of(*changes))
    assert (answer.answer, answer.noise) == (Answer.BUT_FOR_NOISE, {"logs": 1, "times": 1})
    (pair,) = answer.layers
    assert pair.found is not None
    assert (pair.position, pair.found.offset, pair.found.place.words) == (0, 146, "mtime of etc")


def test_a_file_that_is_no_noise_speaks_against_a_rebuild() -> None:
    change = changed("usr/bin/x", ("content",))
    answer = asked(made("a"), made("b"), change, found=bytes_of(change))
    assert answer.answer is Answer.DIFFERENT
    assert "1 file of the merged tree differs by more than noise: usr/bin/x" in answer.reasons


def test_what_a_later_layer_hides_is_looked_at_too() -> None:
    hidden = bytes_of(added("tmp/secret"))
    answer = asked(made("a"), made("b"), found=hidden)
    assert answer.answer is Answer.DIFFERENT
    assert answer.reasons == ("1 file of layer 0 differs by more than noise: tmp/secret",)
    log = asked(made("a"), made("b"), found=bytes_of(changed("var/log/x", ("content",))))
    assert (log.answer, log.noise) == (Answer.BUT_FOR_NOISE, {"logs": 1})


def test_a_path_through_a_link_is_the_file_that_the_tree_shows() -> None:
    """A layer has `bin/x`, and the merged tree `usr/bin/x`: /etc/shadow was judged there."""
    sides = {"content": "sha256:" + "1" * 64}, {"content": "sha256:" + "2" * 64}
    shown = changed("var/log/y", ("content",), *sides)
    answer = asked(
        made("a"), made("b"), shown, found=bytes_of(changed("odd/y", ("content",), *sides))
    )
    assert answer.answer is Answer.BUT_FOR_NOISE


def test_the_same_entries_in_another_order_or_with_other_headers_are_noise() -> None:
    order = asked(made("a"), made("b"), found=bytes_of(reordered=True))
    assert (order.answer, order.noise) == (Answer.BUT_FOR_NOISE, {r.TAR_ORDER: 1})
    header = asked(made("a"), made("b"), found=bytes_of())
    assert (header.answer, header.noise) == (Answer.BUT_FOR_NOISE, {r.TAR_FORM: 1})


def test_layers_that_cannot_be_read_leave_it_open() -> None:
    answer = asked(made("a"), made("b"))
    assert (answer.answer, answer.reasons) == (Answer.NOT_TOLD, ("layer 0 could not be read",))
    unread = rebuild_of(
        made(), made(), None, ground_of(made(), made(), FileChanges((), 0, 0)), none
    )
    assert unread.answer is Answer.NOT_TOLD


def none(_number: int) -> None:
    return None


def test_a_recompressed_layer_is_noise_and_says_by_whom() -> None:
    one = made(layers=[layer("a", "RUN make", blob="gzip")], manifest="one")
    two = made(layers=[layer("a", "RUN make", blob="zstd")], manifest="two")
    answer = asked(one, two)
    assert (answer.answer, answer.noise) == (Answer.BUT_FOR_NOISE, {r.RECOMPRESSED: 1})
    assert answer.notes[0].startswith("layer 0 was recompressed")


def test_another_number_of_layers_is_no_rebuild() -> None:
    two = made(layers=[layer("a", "RUN make"), layer("b", "RUN more")])
    assert asked(made(), two).reasons == ("1 layers -> 2 layers",)


CONFIGS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "created": ({"created": "2024"}, {"created": "2025"}, r.BUILD_TIME),
    "time of a step": (
        {"history": [{"created": "1", "created_by": "A"}]},
        {"history": [{"created": "2", "created_by": "A"}]},
        r.BUILD_TIME,
    ),
    "label of the time": (
        {"config": {"Labels": {"org.opencontainers.image.created": "1"}}},
        {"config": {"Labels": {"org.opencontainers.image.created": "2"}}},
        r.BUILD_TIME,
    ),
    "name of the base": (
        {"history": [{"comment": "FROM localhost/a", "created_by": "A"}]},
        {"history": [{"comment": "FROM localhost/b", "created_by": "A"}]},
        r.BUILDER_NAMES,
    ),
    "build container": ({"container": "1"}, {"container": "2"}, r.BUILDER_NAMES),
    "user": ({"config": {"User": "a"}}, {"config": {"User": "b"}}, ""),
    "step": (
        {"history": [{"created_by": "A"}]},
        {"history": [{"created_by": "B"}]},
        "",
    ),
    "another comment": (
        {"history": [{"comment": "a", "created_by": "A"}]},
        {"history": [{"comment": "b", "created_by": "A"}]},
        "",
    ),
    "label": (
        {"config": {"Labels": {"created": "1"}}},
        {"config": {"Labels": {"created": "2"}}},
        "",
    ),
}


@pytest.mark.parametrize("case", CONFIGS)
def test_members_of_the_config_are_noise_or_not(case: str) -> None:
    before, after, kind = CONFIGS[case]
    one, two = made(config=before), made(config=after)
    two = replace(two, image_id=made("other").image_id)
    answer = asked(one, two)
    if kind:
        assert (answer.answer, answer.noise) == (Answer.BUT_FOR_NOISE, {kind: 1})
    else:
        assert answer.answer is Answer.DIFFERENT


def test_the_answer_for_files_is_the_worst_of_their_images() -> None:
    def pair(answer: Answer) -> PairedRebuild:
        return PairedRebuild("x", Rebuild(answer, {}))

    assert as_a_whole([]) is Answer.NOT_TOLD
    assert as_a_whole([pair(Answer.IDENTICAL)]) is Answer.IDENTICAL
    assert as_a_whole([pair(Answer.BUT_FOR_NOISE), pair(Answer.DIFFERENT)]) is Answer.DIFFERENT


def test_every_kind_of_noise_is_written_down() -> None:
    page = (ROOT / "docs/diff.md").read_text()
    assert {name for name in r.KINDS if f"`{name}`" not in page} == set()


# --- files that tools made ----------------------------------------------------


def told(before: Path, after: Path) -> Rebuild:
    with open_inputs([Wanted(str(before)), Wanted(str(after))]) as (one, two):
        found = rebuilds_of(one, two)
        source = SourceInfo("x", "y", 1)
        SCHEMA.validate(rebuild_document((source, source), found, Tool("a", "b")))
    (pair,) = found
    return pair.rebuild


def test_the_same_steps_run_by_buildah_at_another_time() -> None:
    answer = told(successor("after"), successor("again"))
    assert answer.answer is Answer.BUT_FOR_NOISE
    assert {"times", "logs", r.BUILD_TIME} <= set(answer.noise)
    assert [pair.position for pair in answer.layers] == [4, 5, 6, 7, 8]
    for pair in answer.layers:
        assert pair.found is not None
        assert pair.found.place.what == "mtime"


def test_these_were_built_more_than_a_minute_apart() -> None:
    """By the times that buildah wrote: every step of one is that much later than in the other."""
    require_tool("skopeo")
    steps = []
    for name in ("after", "again"):
        said = run(["skopeo", "inspect", "--config", f"oci:{successor(name)}:1.0"]).stdout
        steps.append([datetime.fromisoformat(s["created"]) for s in json.loads(said)["history"]])
    before, after = (times[-5:] for times in steps)
    assert min(after) - max(before) >= timedelta(minutes=1)


def test_the_first_byte_is_where_cmp_finds_it(tmp_path: Path) -> None:
    """Layers taken out by skopeo without compression, compared by cmp."""
    require_tool("skopeo")
    require_tool("cmp")
    folders = []
    for name in ("after", "again"):
        folders.append(tmp_path / name)
        source = f"oci:{successor(name)}:1.0"
        run(["skopeo", "copy", "--dest-decompress", source, f"dir:{folders[-1]}"])
    manifests = [json.loads((folder / "manifest.json").read_bytes()) for folder in folders]
    for pair in told(successor("after"), successor("again")).layers:
        files = [
            folder / manifest["layers"][pair.position]["digest"].partition(":")[2]
            for folder, manifest in zip(folders, manifests, strict=True)
        ]
        said = subprocess.run(["cmp", *files], check=False, capture_output=True, text=True).stdout
        assert pair.found is not None
        assert f"byte {pair.found.offset + 1}," in said


def test_an_image_and_its_successor() -> None:
    answer = told(successor("before"), successor("after"))
    assert answer.answer is Answer.DIFFERENT
    assert any("usr/bin/abacus" in reason for reason in answer.reasons)


def test_the_same_image_recompressed_by_skopeo(tmp_path: Path) -> None:
    require_tool("skopeo")
    source = real_image("oci-archive-amd64")
    target = tmp_path / "zstd.tar"
    places = (f"oci-archive:{source}", f"oci-archive:{target}:1.0")
    run(["skopeo", "copy", "--dest-compress-format", "zstd", *places])
    answer = told(source, target)
    assert (answer.answer, set(answer.noise)) == (Answer.BUT_FOR_NOISE, {r.RECOMPRESSED})
    assert "zstd" in answer.notes[0]
    assert answer.layers == ()


def test_the_same_entries_in_another_order(tmp_path: Path) -> None:
    for name, order in (("one", ("a", "b")), ("two", ("b", "a"))):
        builder = ImageBuilder().layer({path: File(path.encode()) for path in order})
        builder.write_oci(tmp_path / name, "app:1")
    answer = told(tmp_path / "one", tmp_path / "two")
    assert (answer.answer, answer.noise) == (Answer.BUT_FOR_NOISE, {r.TAR_ORDER: 1})
