"""`ociscope diff` for pipelines: --fail-on, --unexplained, --reproducible."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

from analyzer.diff.policy import NAMES
from tests.cli.harness import APK, MULTI, call
from tests.support.hostile import HOSTILE
from tests.support.hostile_bombs import BOMBS
from tests.support.imagebuilder import File, ImageBuilder
from tests.support.realimages import successor, successor_tree
from tests.support.tools import ROOT, run

if TYPE_CHECKING:
    from pathlib import Path

REBUILD = Draft202012Validator(json.loads((ROOT / "analyzer/schema/rebuild-1.0.json").read_bytes()))
DIFF = Draft202012Validator(json.loads((ROOT / "analyzer/schema/diff-1.0.json").read_bytes()))


@pytest.fixture
def built(tmp_path: Path) -> tuple[str, str, str]:
    """An image, its rebuild at another time, and one in which a command left a program."""
    paths = []
    for name, mtime, program in (("one", 1, False), ("two", 2, False), ("three", 1, True)):
        builder = ImageBuilder().layer(
            {"etc/motd": File(b"hello\n", mtime=mtime)}, created_by="COPY motd /etc # buildkit"
        )
        if program:
            builder = builder.layer(
                {"usr/local/bin/x": File(b"#!/bin/sh\n", mode=0o4755)},
                created_by="RUN /bin/sh -c fetch",
            )
        paths.append(str(builder.write_oci(tmp_path / name, "app:1")))
    one, two, three = paths
    return one, two, three


def test_only_what_was_named_fails(built: tuple[str, str, str]) -> None:
    one, two, three = built
    assert call("diff", one, three, "--fail-on", "packages,distro").code == 0
    answer = call("diff", one, three, "--fail-on", "setuid,packages", "--fail-on", "unexplained")
    assert answer.code == 1
    assert "failed on: setuid, unexplained" in answer.err
    assert call("diff", three, one, "--fail-on", "setuid").code == 0
    assert call("diff", one, two, "--fail-on", "files,unexplained").code == 0
    assert call("diff", one, two, "--fail-on", "layers").code == 1


def test_unknown_names_list_the_known_ones(built: tuple[str, str, str]) -> None:
    answer = call("diff", built[0], built[1], "--fail-on", "sizes")
    assert answer.code == 2
    assert "'sizes'" in answer.err
    assert "unexplained" in answer.err


def test_unexplained_files_come_alone_with_their_step(built: tuple[str, str, str]) -> None:
    one, _, three = built
    text = call("diff", one, three, "--unexplained").text
    assert "?  usr/local/bin/x" in text
    assert "no package owns the program" in text
    assert "layer 1 (RUN /bin/sh -c fetch)" in " ".join(text.split())
    assert "Identity" not in text
    assert "no file is unexplained" in call("diff", one, one, "--unexplained").text


def test_causes_are_in_json_and_follow_the_schema(built: tuple[str, str, str]) -> None:
    document = call("diff", built[0], built[2], "-o", "json").json
    DIFF.validate(document)
    parts = {part["subject"]: part for part in document["images"][0]["children"]}
    causes = {child["subject"]: child["cause"] for child in parts["files"]["children"]}
    assert causes["usr/local/bin/x"]["rule"] == "unowned-program"


def test_a_rebuild_is_told_with_its_noise_and_the_first_byte(built: tuple[str, str, str]) -> None:
    one, two, three = built
    answer = call("diff", one, two, "--reproducible")
    assert answer.code == 0
    assert "identical but for noise" in answer.text
    assert "mtime of etc/motd" in answer.text
    assert call("diff", one, one, "--reproducible").text.endswith("linux/amd64: identical\n")
    assert call("diff", one, three, "--reproducible").code == 1


@pytest.mark.parametrize("path", [MULTI, APK])
def test_the_answer_as_json_follows_its_schema(path: Path) -> None:
    answer = call("diff", path, path, "--reproducible", "-o", "json")
    REBUILD.validate(answer.json)
    assert (answer.code, answer.json["answer"]) == (0, "identical")


LAYERS = sorted(name for name in HOSTILE if "layer" in name and name not in BOMBS.writers)


@pytest.mark.parametrize("sentence", LAYERS)
def test_hostile_layers_are_an_answer_or_an_error(sentence: str, tmp_path: Path) -> None:
    case = HOSTILE[sentence](tmp_path / "case")
    for paths in ((case, case), (APK, case)):
        answer = call("diff", *paths, "--reproducible", "-o", "json")
        assert answer.code in {0, 1, 2, 3}
        assert "internal error" not in answer.err
        if answer.code != 2:
            REBUILD.validate(answer.json)


def test_the_answer_needs_two_images(built: tuple[str, str, str]) -> None:
    answer = call("diff", built[0], built[2], "--layer", "0:0", "--reproducible")
    assert answer.code == 2
    assert "whole images" in answer.err


def test_two_layers_have_causes_and_fail_for_them(built: tuple[str, str, str]) -> None:
    three = built[2]
    answer = call("diff", three, "--layer", "0:1", "--fail-on", "unexplained,setuid,files")
    assert answer.code == 1
    assert "failed on: files, setuid, unexplained" in answer.err
    assert "?  usr/local/bin/x" in call("diff", three, "--layer", "0:1", "--unexplained").text
    copied = call(
        "diff", built[0], three, "--layer", "0:0", "--fail-on", "files,unexplained,images"
    )
    assert (copied.code, copied.err) == (0, "")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--layer", "0:1"), {"files", "setuid", "unexplained", "images"}),
        (
            ("--layer", "0:1", "--as-of"),
            {"layers", "distro", "packages", "files", "setuid", "unexplained", "images"},
        ),
    ],
)
def test_what_layers_do_not_tell_is_refused(
    built: tuple[str, str, str], options: tuple[str, ...], told: set[str]
) -> None:
    for name in NAMES:
        answer = call("diff", built[2], *options, "--fail-on", name)
        if name in told:
            assert answer.code in {0, 1}, name
        else:
            assert (answer.code, f"says nothing of {name}" in answer.err) == (2, True), name


def test_no_cause_is_not_the_same_as_explained(tmp_path: Path) -> None:
    paths = []
    for name in ("one", "two"):
        made = ImageBuilder().layer(raw_blob=b"\x1f\x8b broken", raw_tar=b"")
        paths.append(made.layer({"x": name.encode()}).write_oci(tmp_path / name, "app:1"))
    text = call("diff", *paths, "--layer", "1:1", "--unexplained").text
    assert "no file is unexplained" not in text
    assert "why files differ is not told" in text


@pytest.mark.parametrize(
    "option", [("--fail-on", "files"), ("--unexplained",), ("--times",), ("--content-of", "etc")]
)
def test_the_answer_about_a_rebuild_takes_no_other_question(
    built: tuple[str, str, str], option: tuple[str, ...]
) -> None:
    answer = call("diff", built[0], built[1], "--reproducible", *option)
    assert answer.code == 2
    assert "does not go with --reproducible" in answer.err
    assert "--unexplained --content" in answer.err


@pytest.mark.parametrize("form", ["directory", "tar"])
def test_of_a_root_filesystem_only_what_is_known_passes(form: str, tmp_path: Path) -> None:
    (tmp_path / "root/etc").mkdir(parents=True)
    (tmp_path / "root/bin").mkdir()
    (tmp_path / "root/lib").mkdir()
    (tmp_path / "root/etc/os-release").write_text("ID=debian\n")
    (tmp_path / "root/etc/passwd").write_text("root:x:0:0::/root:/bin/sh\n")
    path = tmp_path / "root"
    if form == "tar":
        run(["tar", "-C", path, "-cf", tmp_path / "root.tar", "."])
        path = tmp_path / "root.tar"
    failed = {name for name in NAMES if call("diff", path, path, "--fail-on", name).code}
    assert failed == {"identity", "config", "history", "layers"}


def test_an_unexplained_file_is_told_once_with_what_changed() -> None:
    """Modes as umoci unpacked them; what allows more comes first."""
    sides = [successor(name) for name in ("before", "after")]
    path = "usr/bin/tee"
    modes = [
        next(entry["mode"] for entry in successor_tree(name) if entry["path"] == path)
        for name in ("before", "after")
    ]
    line = f"?  {path}  (now setuid, mode: {modes[0]} -> {modes[1]})"
    found = call("diff", *sides, "--unexplained").text.splitlines()
    assert found[2].strip() == line
    assert call("diff", *sides).text.partition("Findings")[0].count(f"  {path}  ") == 1
