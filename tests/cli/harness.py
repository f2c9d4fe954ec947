"""Runs `ociscope`: inside this process for speed, or as the program it is."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from analyzer.cli.app import main
from tests.support.tools import ROOT

VERBS = (
    "analyze",
    "inspect",
    "ids",
    "packages",
    "layers",
    "files",
    "sbom",
    "diff",
    "platforms",
    "lookup",
    "verify",
    "check",
)
TAKING = ("log", "cat", "cp", "export")
"""Commands that want more words than the file, or write what is in it."""
MULTI = ROOT / "fixtures" / "layouts" / "multi"
APK = ROOT / "fixtures" / "layouts" / "apk"
SAVE = ROOT / "fixtures" / "saves" / "multi-amd64.tar"


@dataclass(frozen=True)
class Answer:
    """What a run left behind."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        """Standard output as text."""
        return self.out.decode()

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON
        """Standard output as JSON."""
        return json.loads(self.out)

    @property
    def said(self) -> str:
        """Both streams, for looking up words."""
        return self.text + self.err


def call(*arguments: object) -> Answer:
    """Run the command in this process, through its entry point."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    argv = ["ociscope", *map(str, arguments)]
    code: object = 0
    with (
        mock.patch.object(sys, "argv", argv),
        mock.patch.object(sys, "stdout", out),
        mock.patch.object(sys, "stderr", err),
        mock.patch.object(sys, "excepthook", sys.excepthook),
    ):
        try:
            main()
        except SystemExit as end:
            code = end.code
    out.flush()
    err.flush()
    assert code is None or isinstance(code, int)
    return Answer(code or 0, _written(out), _written(err).decode())


def words(
    verb: str, path: object, wanted: str = "1234567", *, place: object = None
) -> list[object]:
    """A command line of `verb` about one input; `wanted` is what `lookup` looks for.

    What is taken out lands at `place`, else beside the input under its name and `.out`.
    """
    place = place or f"{path}.out"
    lines: dict[str, list[object]] = {
        "diff": [verb, path, path],
        "lookup": [verb, wanted, path],
        "log": [verb, path, "etc"],
        "cat": [verb, path, "etc/os-release"],
        "cp": [verb, path, "etc", place],
        "export": [verb, path, place],
    }
    return lines.get(verb, [verb, path])


def _written(stream: io.TextIOWrapper) -> bytes:
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue()


def command(*arguments: object) -> list[str]:
    """The command line of the program, under this interpreter."""
    return [sys.executable, "-m", "analyzer", *map(str, arguments)]


def program(*arguments: object, cwd: Path = ROOT, **environment: str) -> Answer:
    """Run the command as a program of its own; `environment` adds to ours."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    done = subprocess.run(
        command(*arguments), capture_output=True, check=False, cwd=cwd, env=env, timeout=120
    )
    return Answer(done.returncode, done.stdout, done.stderr.decode(errors="replace"))


def files_below(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its relative name."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}
