"""Temporary files of commands have no name at any moment: nobody can be killed too early."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.harness import MULTI, SAVE
from tests.support.tools import ROOT

NEXT = MULTI.parent / "next"
WATCH = """
import os, sys

def watch(event, arguments, folder=os.environ["TMPDIR"]):
    if event != "open" or not isinstance(arguments[0], str):
        return
    path, _, flags = arguments
    if path == folder and flags & os.O_TMPFILE == os.O_TMPFILE:
        print("NAMELESS", file=sys.stderr)
    elif path.startswith(folder + "/"):
        print("NAMED", file=sys.stderr)

sys.addaudithook(watch)
"""
ONE = ("--platform", "linux/amd64")


@pytest.mark.parametrize(
    ("words", "sent"),
    [
        (("ids", "-"), SAVE.read_bytes()),
        (("ids", "-"), gzip.compress(SAVE.read_bytes())),
        (("cp", str(MULTI), "etc", "-", *ONE), b""),
        (("export", str(MULTI), "-", *ONE), b""),
        (("diff", str(MULTI), str(NEXT), "--content", *ONE), b""),
    ],
    ids=["standard input", "compressed standard input", "cp", "export", "diff"],
)
def test_no_temporary_file_has_a_name(words: tuple[str, ...], sent: bytes, tmp_path: Path) -> None:
    if not knows_nameless_files(tmp_path):
        pytest.skip("this file system knows no files without a name")
    (tmp_path / "sitecustomize.py").write_text(WATCH)
    (tmp_path / "temporary").mkdir()
    ran = subprocess.run(
        [sys.executable, "-m", "analyzer", *words, "--no-cache"],
        input=sent,
        check=False,
        capture_output=True,
        cwd=ROOT,
        env={
            **os.environ,
            "TMPDIR": str(tmp_path / "temporary"),
            "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}",
        },
    )
    said = ran.stderr.decode().splitlines()
    assert ran.returncode == 0, said
    assert "NAMED" not in said
    assert "NAMELESS" in said


def knows_nameless_files(folder: Path) -> bool:
    try:
        os.close(os.open(folder, os.O_TMPFILE | os.O_RDWR))
    except OSError:
        return False
    return True
