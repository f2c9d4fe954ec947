"""What a cataloger is and what it returns: the only module a cataloger imports."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from analyzer.layers.wants import Want
from analyzer.problems import Code, Problem, error, note, warning

__all__ = [
    "Cataloger",
    "Code",
    "Files",
    "Location",
    "Package",
    "Parse",
    "Problem",
    "Source",
    "Want",
    "error",
    "note",
    "warning",
]

INSTALLED_STATES = frozenset(
    {"installed", "unpacked", "half-configured", "triggers-awaited", "triggers-pending"}
)
"""States in which a package's files are on disk (dpkg(1), "Package states")."""


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A file that proves a package: its path in the root filesystem and its layer."""

    path: str
    layer: int | None = None
    """0-based position in the image's layers; None until attribution filled it in."""


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """The source package a binary package was built from."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Package:
    """One package as its database states it, later placed in layers and given a purl.

    `type` is the package URL type (`deb`, `apk`, ...). `licenses` are as found, not
    normalised. `state` is the database's own word, `installed` where the format has none, and
    `unknown` (with a problem) where that word could not be read.
    """

    name: str
    version: str
    arch: str
    type: str
    state: str = "installed"
    source: Source | None = None
    licenses: tuple[str, ...] = ()
    supplier: str = ""
    homepage: str = ""
    locations: tuple[Location, ...] = ()
    purl: str = ""
    introduced_in: int | None = None

    @property
    def installed(self) -> bool:
        """Whether the package's files are on disk, as far as its database knows."""
        return self.state in INSTALLED_STATES

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """What makes two statements one and the same package."""
        return self.type, self.name, self.arch, self.version, self.state


Files = Mapping[str, bytes]
"""Captured files by root-relative path."""
Parse = Callable[[Files], Iterable[Package | Problem]]
"""Pure: the same files give the same packages; no clock, no files of its own, no printing."""


@dataclass(frozen=True, slots=True)
class Cataloger:
    """A declaration: which files, in which groups, and the function that reads a group.

    `group` is `file` (each file alone), `dir` (files of one folder together) or `image` (all
    at once). `version` changes whenever `parse` may answer differently.
    """

    name: str
    version: int
    group: Literal["file", "dir", "image"]
    wants: tuple[Want, ...]
    parse: Parse
