"""Members of a tar behind links to folders: as extraction would find them, and never outside."""

from __future__ import annotations

import contextlib
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from analyzer import analyze
from analyzer.limits import Limits
from analyzer.problems import Code
from analyzer.source.tararchive import TarSource
from tests.cli.harness import call
from tests.support.imagebuilder import ImageBuilder
from tests.support.tarbytes import Entries, HardLink, Link, tar_bytes
from tests.support.tools import require_tool, run


class Opener(Protocol):
    """Opens a tar of entries."""

    def __call__(self, entries: Entries, limits: Limits = ..., /) -> TarSource: ...


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opener]:
    """Opens tars of these entries."""
    sources: list[TarSource] = []

    def make(entries: Entries, limits: Limits = Limits()) -> TarSource:  # noqa: B008 - frozen
        path = tmp_path / f"{len(sources)}.tar"
        data = tar_bytes(entries)
        path.write_bytes(data)
        sources.append(TarSource(path.open("rb", buffering=0), len(data), "a.tar", limits))
        return sources[-1]

    yield make
    for found in sources:
        found.close()


LINKED: dict[str, Entries] = {
    "a folder": {"data/x": b"here", "top": Link("data")},
    "a folder inside a folder": {
        "a/data/x": b"here",
        "a/link": Link("data"),
        "top": Link("a/link"),
    },
    "a chain of folders": {
        "d/x": b"here",
        "one": Link("d"),
        "two": Link("one"),
        "top": Link("two"),
    },
    "a target that climbs": {"a/d/x": b"here", "a/b/up": Link("../d"), "top": Link("a/b/up")},
    "an absolute target, from the archive's root": {"data/x": b"here", "top": Link("/data")},
    "a link behind a link": {"data/x": Link("y"), "data/y": b"here", "top": Link("data")},
    "a hard link to a file behind a link": {
        "data/y": b"here",
        "way": Link("data"),
        "top/x": HardLink("way/y"),
    },
}


@pytest.mark.parametrize("name", LINKED)
def test_a_member_behind_a_link_is_what_extraction_gives(
    name: str, opened: Opener, tmp_path: Path
) -> None:
    source = opened(LINKED[name])
    assert source.has("top/x")
    with source.open("top/x") as stream:
        assert stream.read() == b"here"
    assert source.problems == ()
    if "absolute" not in name:
        with tarfile.open(tmp_path / "0.tar") as tar:
            tar.extractall(tmp_path / "out", filter="tar")
        assert (tmp_path / "out/top/x").read_bytes() == b"here"


@pytest.mark.parametrize("limit", ["link_depth", "path_bytes"])
@pytest.mark.parametrize(
    "entries", [{"top": Link("top/top")}, {"top": Link("a/b"), "a/b": Link("../top/c")}]
)
def test_links_to_what_lies_below_them_end_at_a_limit_that_is_named(
    entries: Entries, limit: str, opened: Opener
) -> None:
    """However far the other limit is raised: one of them ends it."""
    much = {"link_depth": 10**9, "path_bytes": 10**9} | {limit: 100}
    source = opened(entries, Limits(**much))
    assert not source.has("top/x")
    (problem,) = source.problems
    assert problem.code is Code.LIMIT_EXCEEDED
    assert f"limit {limit} is 100, seen at least 101" in problem.detail
    assert f"--limit {limit}=N" in problem.detail


@pytest.mark.parametrize(("hops", "whole"), [(40, True), (41, False)])
def test_as_many_links_are_followed_as_linux_follows(
    hops: int, *, whole: bool, opened: Opener, tmp_path: Path
) -> None:
    chain: Entries = {"0": b"end", **{f"{n}": Link(f"{n - 1}") for n in range(1, hops + 1)}}
    with tarfile.open(fileobj=io.BytesIO(tar_bytes(chain))) as tar:
        tar.extractall(tmp_path / "out", filter="tar")
    with contextlib.nullcontext() if whole else pytest.raises(OSError, match="Too many levels"):
        assert (tmp_path / "out" / f"{hops}").read_bytes() == b"end"
    source = opened(chain)
    assert source.has(f"{hops}") is whole
    assert [problem.code for problem in source.problems] == [Code.LIMIT_EXCEEDED] * (not whole)
    raised = opened(chain, Limits(link_depth=hops))
    assert raised.has(f"{hops}")
    assert raised.problems == ()


@pytest.mark.parametrize(
    "entries",
    [
        {"top": Link("top")},
        {"top": Link("other"), "other": Link("top")},
        {"top": Link("a/../other"), "other": Link("top")},
        {"top": Link("../outside"), "x": b""},
        {"a/top": b"", "top": Link("a/../..")},
    ],
)
def test_loops_and_ways_out_end_and_are_told(entries: Entries, opened: Opener) -> None:
    source = opened(entries)
    assert not source.has("top/x")
    assert source.link("top") == "symlink"
    assert [problem.code for problem in source.problems] == [Code.UNSAFE_LINK]


def test_a_file_is_no_folder(opened: Opener) -> None:
    source = opened({"data": b"file", "top": Link("data")})
    assert not source.has("top/x")
    assert not source.has("data/x")
    assert source.has("top")
    assert source.problems == ()


def linked_layout(folder: Path) -> Path:
    """An OCI layout packed with its blobs behind a linked folder."""
    layout = folder / "layout"
    ImageBuilder().layer({"etc/os-release": b"ID=a\n"}, codec="gzip").write_oci(
        layout, ref_name="v"
    )
    (layout / "blobs/sha256").rename(layout / "store")
    (layout / "blobs/sha256").symlink_to("../store")
    tar = folder / "layout.tar"
    run(["tar", "-C", layout, "-cf", tar, "."])
    return tar


def test_a_layout_with_a_linked_folder_of_blobs_is_read_as_skopeo_reads_it(tmp_path: Path) -> None:
    tar = linked_layout(tmp_path)
    said = run(
        [require_tool("skopeo"), "inspect", "--format", "{{.Digest}}", f"oci-archive:{tar}:v"]
    )
    report = analyze(str(tar))
    (image,) = report.images
    assert image.manifest_digest == said.stdout.decode().strip()
    assert image.completeness == "complete"
    assert report.exit_code == 0
    assert image.distro is not None
    assert image.distro.id == "a"


def test_a_link_that_is_cut_off_leaves_blobs_that_are_said_to_be_missing(tmp_path: Path) -> None:
    tar = linked_layout(tmp_path)
    other = tmp_path / "other.tar"
    run(["tar", "-C", tmp_path / "layout", "--exclude=store", "-cf", other, "."])
    assert call("inspect", tar).code == 0
    answer = call("inspect", other)
    assert answer.code in {2, 3}
    assert "not in this file" in answer.said
