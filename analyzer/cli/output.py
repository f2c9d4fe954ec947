"""Results to standard output or to files that are whole or not there at all."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from analyzer.canonical import json_pieces
from analyzer.errors import InputError, OutputError
from analyzer.problems import Code
from analyzer.wholefile import write_whole

STANDARD_OUTPUT = "standard output"
TEXT_OR_JSON = ("table", "json")


@dataclass(frozen=True, slots=True)
class Target:
    """One `-o FORMAT[=FILE]`; `file` is empty for standard output."""

    format: str
    file: str

    @property
    def place(self) -> str:
        """The file as messages call it."""
        return self.file or STANDARD_OUTPUT


def parse_targets(
    values: Sequence[str] | None, known: Sequence[str] = TEXT_OR_JSON
) -> tuple[Target, ...]:
    """The `-o` options of one command; `known[0]` is the default. `-` is standard output.

    Raises:
        InputError: a format this command has not, or two results for one place.
    """
    targets = []
    for value in values or (known[0],):
        name, equals, file = value.partition("=")
        if name not in known:
            raise InputError(
                Code.BAD_ARGUMENT,
                f"no output format is called {name!r} here",
                hint=f"there are: {', '.join(known)}",
            )
        if equals and not file:
            raise InputError(Code.BAD_ARGUMENT, f"no file name behind {value!r}")
        targets.append(Target(name, "" if file == "-" else file))
    _refuse_shared_places(targets)
    return tuple(targets)


def _refuse_shared_places(targets: Sequence[Target]) -> None:
    places: set[str] = set()
    for target in targets:
        place = os.path.realpath(target.file) if target.file else ""
        if place in places:
            raise InputError(
                Code.BAD_ARGUMENT,
                f"several outputs for one place, {target.place}",
                hint="give each -o a file of its own: -o table -o json=FILE",
            )
        places.add(place)


def emit(
    targets: Sequence[Target],
    table: Callable[[int | None], str | Iterable[str]],
    document: Callable[[], object],
    others: Mapping[str, Callable[[], bytes | Iterable[bytes]]] | None = None,
) -> None:
    """Render each target and write it where it belongs; files first.

    `table` takes the width of the terminal, or None where nobody's line can break. `others` are
    formats besides it and JSON. What comes in pieces is written piece by piece.
    """
    for target in sorted(targets, key=lambda target: not target.file):
        data: bytes | Iterable[bytes]
        if target.format == "json":
            data = json_pieces(document())
        elif others is not None and target.format in others:
            data = others[target.format]()
        else:
            text = table(None if target.file else terminal_columns())
            encoding = "utf-8" if target.file else _encoding()
            pieces = (text,) if isinstance(text, str) else text
            data = (piece.encode(encoding, "backslashreplace") for piece in pieces)
        if target.file:
            write_file(Path(target.file), data)
        else:
            write_stdout(data)


def told_on_stdout(targets: Sequence[Target]) -> bool:
    """Whether a table on standard output says already what is wrong."""
    return any(target.format == "table" and not target.file for target in targets)


def terminal_columns() -> int | None:
    """Columns of the terminal behind standard output; None where there is no terminal."""
    if sys.stdout is None or not sys.stdout.isatty():
        return None
    return shutil.get_terminal_size().columns


def _encoding() -> str:
    return getattr(sys.stdout, "encoding", None) or "utf-8"


def write_stdout(data: bytes | Iterable[bytes]) -> None:
    """Bytes, or pieces of them, to standard output, past text decoding.

    A reader that leaves early (`| head`) has seen what it wanted; the run goes on to its end.

    Raises:
        OutputError: the stream is closed, or its disk is full.
    """
    if sys.stdout is None:
        raise OutputError(Code.OUTPUT_FAILED, "it is closed", where=STANDARD_OUTPUT)
    try:
        sys.stdout.flush()
        sys.stdout.buffer.writelines(_pieces(data))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        silence(sys.stdout.fileno())
    except OSError as problem:
        silence(sys.stdout.fileno())
        raise _failed(problem, STANDARD_OUTPUT) from problem


def silence(descriptor: int) -> None:
    """Let what is still buffered for `descriptor` go nowhere, so that exit does not fail on it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _pieces(data: bytes | Iterable[bytes]) -> Iterable[bytes]:
    return (data,) if isinstance(data, bytes) else data


def write_file(path: Path, data: bytes | Iterable[bytes]) -> None:
    """Write a file without a name and put it at `path` in one step: it is never half written.

    A link is followed, and what is no regular file (`/dev/stdout`, a pipe) is written into.

    Raises:
        OutputError: it cannot be written; nothing is left behind.
    """
    try:
        real = Path(os.path.realpath(path))
        if real.exists() and not real.is_file() and not real.is_dir():
            with real.open("wb") as stream:
                stream.writelines(_pieces(data))
            return
        real.parent.mkdir(parents=True, exist_ok=True)
        write_whole(real, _pieces(data))
    except OSError as problem:
        raise _failed(problem, str(path)) from problem


def _failed(problem: OSError, where: str) -> OutputError:
    return OutputError(Code.OUTPUT_FAILED, problem.strerror or "cannot be written", where=where)
