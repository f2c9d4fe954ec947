"""What a user types for an input: a path, a transport prefix, and an image inside.

containers-transports(5) for `docker-archive:`, `oci:`, `oci-archive:` and `dir:`; syft's
`oci-dir:`. The content decides what the file is; a prefix is taken as a word of courtesy.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from analyzer.errors import InputError
from analyzer.problems import Code

STANDARD_INPUT = Path("-")

PREFIXES = ("docker-archive:", "oci:", "oci-archive:", "oci-dir:", "dir:")


@dataclass(frozen=True, slots=True)
class Reference:
    """A path that exists, and the image asked for behind it (empty: none)."""

    path: Path
    image: str


def parse_reference(text: str) -> Reference:
    """Split `PATH`, `PATH:tag`, `PATH:@N` or `PATH@sha256:...`; the longest existing path wins.

    Raises:
        InputError: no part of it is a path that exists.
    """
    if text == str(STANDARD_INPUT):
        return Reference(STANDARD_INPUT, "")
    if not text or "\0" in text:
        raise InputError(Code.BAD_ARGUMENT, "an empty or impossible path")
    if _exists(text):
        return Reference(Path(text), "")
    for candidate in (_without_prefix(text), text):  # `oci:oci` may well be a folder `oci`
        found = _longest(candidate)
        if found is not None:
            return found
    raise InputError(Code.NOT_FOUND, "no such file or directory", where=text)


def apart(one: Path, two: Path) -> tuple[str, str]:
    """The base names of two paths; where both have one, as much of the paths as differs."""
    for count in range(1, max(len(one.parts), len(two.parts)) + 1):
        names = tuple(str(Path(*path.parts[-count:])) for path in (one, two))
        if names[0] != names[1]:
            return names[0], names[1]
    return one.name, two.name


def _without_prefix(text: str) -> str:
    for prefix in PREFIXES:
        if text.startswith(prefix):
            return text.removeprefix(prefix).removeprefix("//")
    return text


def _longest(text: str) -> Reference | None:
    if _exists(text):
        return Reference(Path(text), "")
    cuts = [n for n, character in enumerate(text) if character in ":@" and n]
    for cut in reversed(cuts):
        path, rest = text[:cut], text[cut + 1 :]
        if rest and _exists(path):
            return Reference(Path(path), rest)
    return None


def _exists(path: str) -> bool:
    try:
        return Path(path).exists()
    except OSError:  # a name longer than the file system takes is no path
        return False
