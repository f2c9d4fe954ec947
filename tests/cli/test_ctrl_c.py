"""Ctrl-C at any moment: one line, exit code 130, and nothing left behind."""

from __future__ import annotations

import gzip
import io
import os
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest

from tests.cli.harness import APK
from tests.cli.test_streams import open_files
from tests.support.hostile import HOSTILE
from tests.support.tools import ROOT

SECONDS = 60
"""A generous bound: nothing waits for it unless something is broken."""

STOPS = """
import sys, time

class Stop:
    def find_spec(self, name, path=None, target=None):
        if name == "{module}":
            sys.stdout.write("loading\\n")
            sys.stdout.flush()
            time.sleep({seconds})

sys.meta_path.insert(0, Stop())
"""
"""A `sitecustomize` that says when a module is about to be loaded, and then takes its time."""


def start(words: list[object], **environment: str) -> subprocess.Popen[bytes]:
    """The program, with Ctrl-C as a terminal has it."""
    return subprocess.Popen(
        [sys.executable, "-m", "analyzer", *map(str, words)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, **environment},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )


def interrupt(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=SECONDS)
    assert stderr.decode() == "ociscope: interrupted\n"
    assert (process.returncode, stdout) == (130, b"")


@pytest.mark.parametrize(
    "module", ["analyzer.cli", "analyzer.cli.app", "analyzer.cli.ids", "typer"]
)
def test_while_the_program_is_loaded(module: str, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(STOPS.format(module=module, seconds=SECONDS))
    path = f"{tmp_path}{os.pathsep}{ROOT}"
    with start(["ids", APK], PYTHONPATH=path) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"loading\n"
            interrupt(process)
        finally:
            process.kill()


def test_that_is_ignored_by_whoever_started_it_stays_ignored(tmp_path: Path) -> None:
    """As for `ociscope ... &` in a script: POSIX shells start it so."""
    module = "analyzer.cli.output"
    (tmp_path / "sitecustomize.py").write_text(STOPS.format(module=module, seconds=1))
    process = subprocess.Popen(
        [sys.executable, "-m", "analyzer", "--version"],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),  # noqa: PLW1509
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"loading\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.read().startswith(b"ociscope ")
    assert process.returncode == 0


def wait_for_a_file_below(folder: Path, pid: int) -> None:
    """Wait until the process has a file of this folder open, under whatever name or none."""
    for _ in range(SECONDS * 20):
        if any(target.startswith(f"{folder}/") for target in open_files(pid)):
            return
        time.sleep(0.05)
    pytest.fail(f"nobody opened a file below {folder}")


class TestSpool:
    """The temporary file of a compressed outer file, and that of standard input."""

    @pytest.fixture
    def temporary(self, tmp_path: Path) -> Path:
        folder = tmp_path / "temporary"
        folder.mkdir()
        return folder

    def test_of_a_compressed_file_is_gone(self, temporary: Path, tmp_path: Path) -> None:
        path = HOSTILE["an archive that inflates to 16 GiB of zeros"](tmp_path / "case")
        words = ["ids", path]
        for limit in ("outer_inflated_bytes=1T", "ratio_free_bytes=1T", "inflate_ratio=100000"):
            words += ["--limit", limit]
        with start(words, TMPDIR=str(temporary)) as process:
            try:
                wait_for_a_file_below(temporary, process.pid)
                interrupt(process)
            finally:
                process.kill()
        assert list(temporary.iterdir()) == []

    @pytest.mark.parametrize("compressed", [False, True])
    def test_of_standard_input_is_gone(self, compressed: bool, temporary: Path) -> None:  # noqa: FBT001 - a case
        data = io.BytesIO()
        with tarfile.open(fileobj=data, mode="w") as tar:
            tar.addfile(tarfile.TarInfo("oci-layout"))
        sent = gzip.compress(data.getvalue()) if compressed else data.getvalue()
        with start(["ids", "-"], TMPDIR=str(temporary)) as process:
            try:
                assert process.stdin is not None
                process.stdin.write(sent)
                process.stdin.flush()  # and it stays open: more may come
                wait_for_a_file_below(temporary, process.pid)
                interrupt(process)
            finally:
                process.kill()
        assert list(temporary.iterdir()) == []
