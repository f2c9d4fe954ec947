"""`files --deleted --recover`: what is written is compared in tests/extract/test_recover.py."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.harness import MULTI, call, files_below
from tests.extract.hosts import names_in
from tests.extract.test_recover import VALIDATOR, originals
from tests.support.imagebuilder import ImageBuilder
from tests.support.tools import run

AMD64 = ("--platform", "linux/amd64")


def test_all_that_is_listed_is_written(tmp_path: Path) -> None:
    answer = call("files", MULTI, "--deleted", "--recover", tmp_path / "lost", *AMD64)
    assert answer.code == 0
    assert answer.out == call("files", MULTI, "--deleted", *AMD64).out
    assert answer.err == (
        f"ociscope: 7 files (10.8 kB) written below {tmp_path / 'lost'}, listed in manifest.json\n"
    )
    written = files_below(tmp_path / "lost")
    VALIDATOR.validate(json.loads(written.pop("manifest.json")))
    (bottom, *_) = originals(MULTI, "amd64")
    assert written == {
        name: bottom[name.removeprefix("layer-0/")]
        for name in written
        if name.startswith("layer-0")
    }
    assert len(written) == 7


def test_only_what_is_chosen_is_written(tmp_path: Path) -> None:
    words = ("files", MULTI, "etc/**", "--deleted", "--recover", tmp_path / "lost", *AMD64)
    assert call(*words).code == 0
    expected = ["layer-0/etc/issue", "layer-0/etc/networks", "manifest.json"]
    assert sorted(files_below(tmp_path / "lost")) == expected
    (tmp_path / "min").mkdir()
    large = ("--deleted", "--min-size", "2k", "--recover", tmp_path / "min")
    assert call("files", MULTI, *large, *AMD64).code == 0
    assert sorted(files_below(tmp_path / "min")) == ["layer-0/var/lib/dpkg/status", "manifest.json"]


def test_the_digests_are_those_that_sha256sum_finds(tmp_path: Path) -> None:
    assert call("files", MULTI, "--deleted", "--recover", tmp_path / "lost", *AMD64).code == 0
    rows = json.loads((tmp_path / "lost" / "manifest.json").read_bytes())["files"]
    for row in rows:
        said = run(["sha256sum", tmp_path / "lost" / row["file"]]).stdout.decode().split()[0]
        assert row["sha256"] == f"sha256:{said}"


def test_other_views_are_refused(tmp_path: Path) -> None:
    for more in ((), ("--all-layers",), ("--layer", "0")):
        answer = call("files", MULTI, *more, "--recover", tmp_path / "lost", *AMD64)
        assert answer.code == 2
        assert "--recover is for files that were deleted [bad-argument]" in answer.err
    assert names_in(tmp_path) == []


def test_a_choice_of_platforms_is_listed(tmp_path: Path) -> None:
    answer = call("files", MULTI, "--deleted", "--recover", tmp_path / "lost")
    assert answer.code == 2
    assert "--recover needs one platform, and there are 2 [ambiguous]" in answer.err
    assert names_in(tmp_path) == []


def test_a_folder_with_something_in_it_is_refused_and_nothing_printed(tmp_path: Path) -> None:
    (tmp_path / "mine").write_bytes(b"")
    answer = call("files", MULTI, "--deleted", "--recover", tmp_path, *AMD64)
    assert (answer.code, answer.out) == (2, b"")
    assert "this folder is not empty [output-failed]" in answer.err


def test_an_unproven_layer_gives_nothing(tmp_path: Path) -> None:
    builder = ImageBuilder().layer({"a": b"1"}, declare_digest="sha256:" + "5" * 64)
    layout = builder.layer({".wh.a": b""}).write_oci(tmp_path / "layout")
    answer = call("files", layout, "--deleted", "--recover", tmp_path / "lost")
    assert (answer.code, answer.out) == (2, b"")
    assert "[digest-mismatch]" in answer.err
    assert names_in(tmp_path) == ["layout"]
