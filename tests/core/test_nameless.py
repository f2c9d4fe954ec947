"""Temporary files without a name, in the folder that `tempfile` would take."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from analyzer.nameless import nameless_file, spooled_file, temporary_folder

ASK = "import tempfile; print(tempfile.gettempdir(), end='')"
OURS = "from analyzer.nameless import temporary_folder; print(temporary_folder(), end='')"


def told(code: str, cwd: Path, **variables: str) -> str:
    environment = {k: v for k, v in os.environ.items() if k not in {"TMPDIR", "TEMP", "TMP"}}
    environment |= variables | {"PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=cwd, env=environment, check=True, capture_output=True
    ).stdout.decode()


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"TMPDIR": "a"},
        {"TEMP": "b"},
        {"TMP": "b"},
        {"TMPDIR": "missing", "TEMP": "a", "TMP": "b"},
        {"TMPDIR": "file", "TMP": "b"},
        {"TMPDIR": "", "TMP": "a"},
        {"TMPDIR": "missing"},
    ],
)
def test_it_is_the_folder_that_tempfile_takes(variables: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "file").touch()
    assert told(OURS, tmp_path, **variables) == told(ASK, tmp_path, **variables)


def test_what_a_program_around_us_chose_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert temporary_folder() == str(tmp_path)


def test_without_any_folder_it_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(os, "access", lambda *_: False)
    for make in (nameless_file, temporary_folder, lambda: spooled_file(1)):
        with pytest.raises(OSError, match="no folder for temporary files"):
            make()
    assert list(tmp_path.iterdir()) == []


def test_they_hold_what_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for file in (nameless_file(), spooled_file(3)):
        with file:
            file.write(b"0123456789")
            file.seek(2)
            assert file.read(3) == b"234"
            assert list(tmp_path.iterdir()) == []
