"""diffoscope, where it is installed and asked for; and a stand-in for what it may do to us."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pytest

from analyzer.comparing.diffoscope import Diffoscope, find_diffoscope
from analyzer.diff.content.room import Room
from analyzer.diff.tree import Difference
from analyzer.errors import InputError
from analyzer.limits import Limits
from analyzer.render.content import content_lines
from tests.support.tools import require_tool, run

ONE, TWO = b"a\n\tb\n", b"a\n\tc\n"


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def stand_in(tmp_path: Path, script: str) -> Diffoscope:
    """A program in its place; `$report` is the file that it has to write."""
    tool = tmp_path / "diffoscope"
    body = 'while [ $# -gt 0 ]; do [ "$1" = --text ] && report=$2; shift; done'
    tool.write_text(f"#!/bin/sh\n{body}\n{script}\n")
    tool.chmod(0o755)
    return Diffoscope(str(tool))


def said(found: Difference) -> tuple[str, ...]:
    child = found.child("diffoscope")
    return child.notes if child is not None else ()


def test_what_diffoscope_prints_is_shown(tmp_path: Path, temporary: Path) -> None:
    tool = require_tool("diffoscope")
    for side, data in (("before", ONE), ("after", TWO)):
        (tmp_path / side).mkdir()
        (tmp_path / side / "x.conf").write_bytes(data)
    command = [tool, "--no-progress", "--text", "-", "before/x.conf", "after/x.conf"]
    real = run(command, check=False, cwd=tmp_path).stdout.decode().expandtabs().splitlines()
    found = Diffoscope(find_diffoscope())("etc/x.conf", ONE, TWO, Room(Limits()))
    assert list(said(found)) == real
    assert [f"  {line}" for line in real] == list(content_lines(found))[-len(real) :]
    assert list(temporary.iterdir()) == []


def test_it_gets_harmless_names_and_no_environment(tmp_path: Path, temporary: Path) -> None:
    tool = stand_in(tmp_path, 'cd "$HOME" && ls -A before after > "$report"; env >> "$report"')
    with mock.patch.dict(os.environ, {"TOP_SECRET": "abcdefghijkl"}):
        found = tool("tmp/-x;rm \x1b[0m", ONE, TWO, Room(Limits()))
    lines = said(found)
    assert lines[:2] == ("after:", "x_rm__[0m".replace("[", "_"))
    assert not any("TOP_SECRET" in line for line in lines)
    assert list(temporary.iterdir()) == []


def test_one_that_does_not_end_is_stopped_with_its_children(
    tmp_path: Path, temporary: Path
) -> None:
    pid = tmp_path / "pid"
    tool = stand_in(tmp_path, f"sleep 1000 & echo $! > {pid}; wait")
    room = Room(replace(Limits(), content_tool_seconds=2))
    (line,) = said(tool("a", ONE, TWO, room))
    assert line.startswith("stopped: limit content_tool_seconds is 2")
    state = Path(f"/proc/{pid.read_text().strip()}/stat")
    assert not state.exists() or state.read_text().split()[2] in "ZX"
    assert list(temporary.iterdir()) == []


def test_folders_that_nobody_may_write_in_are_removed(tmp_path: Path, temporary: Path) -> None:
    tool = stand_in(tmp_path, 'mkdir -p "$TMPDIR/a/b"; touch "$TMPDIR/a/b/c"; chmod 0 "$TMPDIR/a"')
    assert said(tool("a", ONE, TWO, Room(Limits()))) == ("it sees no difference",)
    assert list(temporary.iterdir()) == []


def test_what_it_prints_is_bounded_and_harmless(tmp_path: Path, temporary: Path) -> None:
    script = 'yes "password=$(printf "\\033[31m")hunter2hunter2" | head -1000 > "$report"; exit 2'
    tool = stand_in(tmp_path, script)
    lines = said(tool("a", ONE, TWO, Room(replace(Limits(), content_lines=10))))
    assert lines[0] == "it ended with status 2"
    assert len(lines) == 11
    assert lines[-1] == "and 991 more lines; --limit content_lines=N shows more"
    assert all(line.isprintable() and "hunter2" not in line for line in lines)


def test_files_with_passwords_are_not_given_to_it(tmp_path: Path, temporary: Path) -> None:
    tool = stand_in(tmp_path, 'cat "$HOME/before/shadow" > "$report"')
    assert said(tool("etc/shadow", b"a:$y$x:1:\n", b"a:$y$y:1:\n", Room(Limits()))) == ()
    assert said(tool("a", ONE, ONE, Room(Limits()))) == ()


def test_one_that_cannot_be_started_costs_no_answer(temporary: Path) -> None:
    found = Diffoscope("/nowhere/diffoscope")("a", ONE, TWO, Room(Limits()))
    assert said(found) == ("it could not be started: No such file or directory",)
    assert found.child("hunk 1") is not None


def test_without_it_the_answer_is_plain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="diffoscope is not installed"):
        find_diffoscope()
