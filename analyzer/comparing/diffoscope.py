"""What diffoscope (https://diffoscope.org) says of two contents, where somebody asked for it.

It runs many other programs over what an image holds, so nothing ever starts it unasked. Both
contents and whatever it unpacks lie in a temporary folder, which is removed however we end.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from analyzer.comparing.shelf import CannotWriteError
from analyzer.diff.content.compare import ALONE, compare_content
from analyzer.diff.content.databases import holds_passwords
from analyzer.diff.content.room import Room
from analyzer.diff.content.rpmrecords import Beside
from analyzer.diff.content.shown import Shown
from analyzer.diff.tree import Difference, Kind, leaf
from analyzer.errors import InputError
from analyzer.layers.wants import Content
from analyzer.limits import MIB, overrun
from analyzer.nameless import temporary_folder
from analyzer.paths import decode
from analyzer.problems import Code
from analyzer.undertaker import Undertaker

SUBJECT = "diffoscope"
_REPORT_BYTES = 4 * MIB
_KEPT = ("PATH", "LD_LIBRARY_PATH")
_PIECE = 1 << 20
_TAB = 8
_HARMLESS = re.compile(r"[^A-Za-z0-9._+-]")
_LONGEST_NAME = 100
_SAME, _DIFFERENT = 0, 1
"""How it ends, diffoscope(1) "EXIT STATUS"; anything else is trouble."""


def find_diffoscope() -> str:
    """The path of the program.

    Raises:
        InputError: it is not installed.
    """
    found = shutil.which("diffoscope")
    if found is None:
        raise InputError(
            Code.BAD_ARGUMENT,
            "diffoscope is not installed",
            hint="--content without --diffoscope compares without it",
        )
    return os.path.abspath(found)  # noqa: PTH100 - links stay: a virtual environment is one


class Diffoscope:
    """Compares as `compare_content` does, and adds what the program at `tool` prints."""

    def __init__(self, tool: str) -> None:
        self._tool = tool

    def __call__(
        self, path: str, before: Content, after: Content, room: Room, beside: Beside = ALONE
    ) -> Difference:
        """A node `inside` with one more child: `diffoscope`, its notes the lines it printed.

        Files that hold passwords are not shown to it, since it would show them to everybody.
        """
        found = compare_content(path, before, after, room, beside)
        if not found.differs or holds_passwords(path):
            return found
        said = self._said(path.rpartition("/")[2], before, after, room)
        child = leaf(SUBJECT, Kind.CHANGED, notes=_bounded(said, room.limits.content_lines))
        return replace(found, children=(*found.children, child))

    def _said(self, name: str, before: Content, after: Content, room: Room) -> list[str]:
        safe = _HARMLESS.sub("_", name)[-_LONGEST_NAME:].lstrip("-.") or "file"
        try:
            with _folder() as folder:
                for side, content in (("before", before), ("after", after)):
                    (folder / side).mkdir()
                    _write(folder / side / safe, content)
                sides = [f"before/{safe}", f"after/{safe}"]
                return self._run(folder, sides, room.limits.content_tool_seconds)
        except OSError as problem:
            raise CannotWriteError(problem) from problem

    def _run(self, folder: Path, sides: Sequence[str], seconds: int) -> list[str]:
        report = folder / "report"
        words = [self._tool, "--no-progress", "--max-text-report-size", str(_REPORT_BYTES)]
        try:
            process = _started([*words, "--text", str(report), *sides], folder)
        except OSError as problem:
            return [f"it could not be started: {problem.strerror}"]
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            return [f"stopped: {overrun('content_tool_seconds', seconds, seconds)}"]
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        trouble = [] if status in {_SAME, _DIFFERENT} else [f"it ended with status {status}"]
        return [*trouble, *_lines(report)]


def _started(words: Sequence[str], folder: Path) -> subprocess.Popen[bytes]:
    """A program that works in `folder`, with none of our environment. Raises OSError."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return subprocess.Popen(  # noqa: S603 - no shell, and names that we made
        words,
        cwd=folder,
        env={**kept, "HOME": str(folder), "TMPDIR": str(folder), "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder for us alone. Raises OSError."""
    place = temporary_folder()
    parent = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with tempfile.TemporaryDirectory(dir=place, ignore_cleanup_errors=True) as folder:
            watch = Undertaker(parent, Path(folder).name)
            try:
                yield Path(folder)
            finally:
                _make_removable(folder)
                shutil.rmtree(folder, ignore_errors=True)
                watch.dismiss()
    finally:
        os.close(parent)


def _make_removable(folder: str) -> None:
    """What was unpacked may lie in folders that nobody may write in."""
    for place, folders, _ in os.walk(folder):
        for name in folders:
            with suppress(OSError):
                Path(place, name).chmod(0o700, follow_symlinks=False)


def _write(place: Path, content: Content) -> None:
    with place.open("xb") as file:
        for start in range(0, len(content), _PIECE):
            file.write(content[start : start + _PIECE])


def _lines(report: Path) -> list[str]:
    """What was printed, secrets masked; nothing where it printed nothing."""
    try:
        with report.open("rb") as file:
            text = decode(file.read(_REPORT_BYTES)).removesuffix("\n")
    except FileNotFoundError:
        return []
    lines = Shown(text).lines(range(text.count("\n") + 1)) if text else []
    return [line.expandtabs(_TAB) for line in lines]


def _bounded(lines: Sequence[str], most: int) -> list[str]:
    if len(lines) <= most:
        return [*lines] or ["it sees no difference"]
    left = len(lines) - most
    return [*lines[:most], f"and {left} more lines; --limit content_lines=N shows more"]
