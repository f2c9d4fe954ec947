"""`kill -9` at any moment: what is there is whole, and nothing else is there."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.cli.harness import MULTI, SAVE, call, files_below
from tests.support.codecs import compress
from tests.support.tools import ROOT

KILLER = """
import ctypes, os, signal, sys
from analyzer.cli.app import main

target, steps, *argv = sys.argv[1:]
sys.argv = ["ociscope", *argv]
if os.environ.get("NO_NAMELESS"):
    del os.O_TMPFILE
ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER: we wait for what killed ones leave
told = os.dup(1)
null = os.open(os.devnull, os.O_WRONLY)
os.dup2(null, 1)
os.dup2(null, 2)

def run(number):
    '''In a process of its own: kill it before the call to the system of that number.'''
    child = os.fork()
    if child:
        status = os.waitpid(child, 0)[1]
        try:
            while True:  # whoever was started by it and takes away what it left
                os.wait()
        except ChildProcessError:
            return status
    left = [number]
    def hook(event, arguments):
        if event == "open" or event.startswith("os."):
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)
    try:
        main()
    except SystemExit as end:
        os._exit(end.code or 0)
    os._exit(0)

def seen():
    found = {}
    for folder, _, names in os.walk(target):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.islink(path):
                found[os.path.relpath(path, target)] = os.fsencode(os.readlink(path))
                continue
            with open(path, "rb") as stream:
                found[os.path.relpath(path, target)] = stream.read()
    return found

def reset(before):
    import shutil
    shutil.rmtree(target, ignore_errors=True)
    for name, data in before.items():
        path = os.path.join(target, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as stream:
            stream.write(data)

before = seen()
try:
    main()  # here, so that every module is loaded before the first fork
except SystemExit as end:
    assert not end.code
good = seen()
last = 1

def ends(number):
    reset(before)
    return os.WIFEXITED(run(number))

while not ends(last):  # how many calls there are, to some ten
    last += 40
while ends(last - 10):
    last -= 10
step = max(1, last // int(steps))
for number in [*range(1, last - 30, step), *range(max(last - 30, 1), last + 1), last + 1000]:
    reset(before)
    words = [str(os.WIFSIGNALED(run(number)))]
    for name, data in sorted(seen().items()):
        if data in good.values():
            words.append(f"{name}=new")
        else:
            words.append(f"{name}={'old' if data == before.get(name) else 'BAD'}")
    os.write(told, " ".join(words).encode() + b"\\n")
"""


def kills(
    target: Path, *arguments: object, steps: int = 10, nameless: bool = True
) -> list[dict[str, str]]:
    """What lies in `target` after each of many runs that were killed; once it was not."""
    command = [sys.executable, "-c", KILLER, str(target), str(steps), *map(str, arguments)]
    temporary = target.parent / "temporary"
    temporary.mkdir()
    environment = {**os.environ, "TMPDIR": str(temporary)}
    if not nameless:
        environment["NO_NAMELESS"] = "1"
    done = subprocess.run(
        command, capture_output=True, check=True, cwd=ROOT, env=environment, timeout=300
    )
    assert list(temporary.iterdir()) == []
    rows = [line.split() for line in done.stdout.decode().splitlines()]
    assert sum(row[0] == "True" for row in rows) > steps
    assert rows[-1][0] == "False"
    return [dict(word.split("=") for word in row[1:]) for row in rows]


def _folder(out: Path) -> tuple[object, ...]:
    return ("analyze", MULTI, "-d", out)


def _sbom(out: Path) -> tuple[object, ...]:
    packed = out.parent / "packed.tar.gz"  # needs a temporary file
    packed.write_bytes(compress(SAVE.read_bytes(), "gzip"))
    return ("sbom", packed, "-o", f"spdx-json={out}/a.json")


def _packages(out: Path) -> tuple[object, ...]:
    return ("packages", MULTI, "-o", f"json={out}/a.json", "-o", f"table={out}/b.txt")


def _export(out: Path) -> tuple[object, ...]:
    return ("export", SAVE, out / "tree")


COMMANDS: Mapping[str, Callable[[Path], tuple[object, ...]]] = {
    "analyze -d": _folder,
    "sbom -o": _sbom,
    "packages -o": _packages,
    "export": _export,
}


@pytest.mark.parametrize("name", ["analyze -d", "sbom -o"])
def test_a_killed_command_leaves_whole_files_and_nothing_else(name: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (tmp_path / "good").mkdir()
    assert call(*COMMANDS[name](tmp_path / "good")).code == 0
    out.mkdir()
    states = kills(out, *COMMANDS[name](out))
    assert set(states[-1]) == set(files_below(tmp_path / "good"))
    for state in states:
        assert set(state.values()) <= {"new"}
        assert set(state) <= set(states[-1])


@pytest.mark.parametrize(
    ("name", "nameless"), [("packages -o", True), ("packages -o", False), ("sbom -o", True)]
)
def test_files_that_are_there_stay_whole(
    name: str,
    nameless: bool,  # noqa: FBT001
    tmp_path: Path,
) -> None:
    """Old or new, and nothing beside them, also where each file has a name from the beginning."""
    out = tmp_path / "out"
    out.mkdir()
    assert call(*COMMANDS[name](out)).code == 0
    for path in out.rglob("*.*"):
        if path.is_file():
            path.write_bytes(b"old")
    names = set(files_below(out))
    for state in kills(out, *COMMANDS[name](out), nameless=nameless):
        assert {state[name] for name in names} <= {"old", "new"}
        assert set(state) == names


@pytest.mark.parametrize("there", [False, True])
def test_a_folder_is_whole_or_not_there(there: bool, tmp_path: Path) -> None:  # noqa: FBT001
    """Nothing can make a folder appear at once: another process takes away what was begun."""
    out = tmp_path / "out"
    (tmp_path / "good").mkdir()
    assert call(*COMMANDS["export"](tmp_path / "good")).code == 0
    whole = set(files_below(tmp_path / "good"))
    out.mkdir()
    states = kills(out, *(("export", SAVE, out) if there else COMMANDS["export"](out)))
    assert set(states[-1]) >= ({name.partition("/")[2] for name in whole} if there else whole)
    assert [state for state in states if state not in ({}, states[-1])] == []
