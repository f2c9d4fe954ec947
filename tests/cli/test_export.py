"""`export` on the command line; what it writes is compared in tests/extract."""

from __future__ import annotations

import os
import subprocess
import tarfile
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cli.harness import MULTI, call, command, program
from tests.cli.test_hostile import MORE
from tests.extract.hosts import names_in
from tests.support.hostile import HOSTILE
from tests.support.imagebuilder import ImageBuilder, Layout
from tests.support.tools import ROOT, run

AMD64 = ("--platform", "linux/amd64")


def test_says_what_it_wrote(tmp_path: Path) -> None:
    for name in ("r.tar", "r"):
        answer = call("export", MULTI, tmp_path / name, *AMD64)
        assert answer.code == 0
        assert answer.text == (
            f"linux/amd64 written to {tmp_path / name}: "
            "19 folders, 43 files (57.7 kB), 9 other names\n"
        )


def test_the_tar_on_standard_output_is_the_one_in_a_file(tmp_path: Path) -> None:
    assert call("export", MULTI, tmp_path / "r.tar", *AMD64).code == 0
    answer = program("export", MULTI, "-", *AMD64)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == (tmp_path / "r.tar").read_bytes()
    assert (tmp_path / "r.tar").stat().st_mode & 0o777 == 0o666 & ~_umask()


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def test_a_choice_of_platforms_is_listed(tmp_path: Path) -> None:
    answer = call("export", MULTI, tmp_path / "r")
    assert answer.code == 2
    assert "export needs one platform, and there are 2 [ambiguous]" in answer.err
    assert names_in(tmp_path) == []


def test_a_compressed_tar_is_somebody_elses_work(tmp_path: Path) -> None:
    answer = call("export", MULTI, tmp_path / "r.tar.gz", *AMD64)
    assert answer.code == 2
    assert "| gzip >" in answer.err


def test_a_reader_may_leave_early() -> None:
    line = " ".join(command("export", MULTI, "-", *AMD64))
    done = subprocess.run(
        ["bash", "-c", f"{line} | head -c 5 > /dev/null; exit ${{PIPESTATUS[0]}}"],
        capture_output=True,
        check=False,
        cwd=ROOT,
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_layer_that_is_missing_keeps_the_rest_back_unless_it_is_asked_for(
    tmp_path: Path,
) -> None:
    case = HOSTILE["a layer that is not there"](tmp_path)
    answer = call("export", case, tmp_path / "r")
    assert (answer.code, answer.out) == (2, b"")
    assert "[blob-missing]" in answer.err
    answer = call("export", case, tmp_path / "r", "--unverified")
    assert answer.code == 3
    assert b"INCOMPLETE: not every layer could be read" in answer.out
    assert "NOT PROVEN: " in answer.err
    assert names_in(tmp_path / "r") != []


def test_a_foreign_layer_that_was_left_out_is_missing_all_the_same(tmp_path: Path) -> None:
    foreign = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"
    builder = ImageBuilder().layer({"a": b"a"}, media_type=foreign).layer({"b": b"b"})
    built = builder.build()
    layout = Layout()
    layout.add(built)
    path = layout.omit(built.layer_digests[0]).write_dir(tmp_path / "layout")
    answer = call("export", path, tmp_path / "r")
    assert answer.code == 3
    assert b"INCOMPLETE: not every layer could be read" in answer.out
    assert "[layer-foreign]" in answer.err
    assert names_in(tmp_path / "r") != []


@pytest.mark.parametrize("sentence", HOSTILE)
def test_every_hostile_input_ends_in_words_and_leaves_nothing(
    sentence: str, tmp_path: Path
) -> None:
    case = HOSTILE[sentence](tmp_path / "case")
    before = names_in(tmp_path)
    root = tmp_path / "root"
    for words in (
        ("export", case, tmp_path / "r.tar"),
        ("export", case, root),
    ):
        answer = call(*words, *MORE.get(sentence, ()))
        assert answer.code in {0, 1, 2, 3}
        assert "internal error" not in answer.err
        assert all(line.isprintable() for line in answer.err.splitlines())
        if answer.code == 2:
            assert answer.err.startswith("ociscope: error: ")
            assert answer.out == b""
            assert not Path(words[-1]).exists()
    run(["rm", "-rf", root])  # deeper than pytest can remove
    assert set(names_in(tmp_path)) - {"r.tar"} == set(before)


def test_killed_in_the_middle_it_leaves_no_tar(tmp_path: Path) -> None:
    """It is killed as soon as it holds something in the folder open."""
    data = os.urandom(1 << 20)
    image = ImageBuilder().layer({f"f{n}": data for n in range(8)})
    archive = image.write_oci_tar(tmp_path / "image.tar")
    out = tmp_path / "out"
    out.mkdir()
    running = subprocess.Popen(
        command("export", archive, out / "r.tar"), cwd=ROOT, stdout=subprocess.PIPE
    )
    descriptors = Path(f"/proc/{running.pid}/fd")
    while running.poll() is None:
        with suppress(OSError):  # they come and go
            if any(str(out) in str(link.readlink()) for link in descriptors.iterdir()):
                break
    running.kill()
    running.communicate()
    for name in names_in(out):  # it may have been faster, but nothing is ever half there
        with tarfile.open(out / name) as tar:
            assert (name, len(tar.getnames())) == ("r.tar", 8)


@pytest.mark.parametrize("verb", ["cat", "cp", "export"])
def test_help_shows_examples_in_80_columns(verb: str) -> None:
    answer = call(verb, "-h")
    assert f"  ociscope {verb} " in answer.text.partition("Examples:")[2]
    assert max(map(len, answer.text.splitlines())) <= 80
    [line] = [line for line in call("--help").text.splitlines() if line.startswith(f"  {verb} ")]
    assert not line.endswith("...")
