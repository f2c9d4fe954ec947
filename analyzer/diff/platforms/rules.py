"""Which differences are to be expected between platforms: each by a rule with a name.

`docs/platforms.md` lists them for people; a test keeps the two lists equal. A rule makes values
comparable, so it folds a difference away only where nothing else of it is left.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations

from analyzer.diff.platforms.model import Cell, State, same_cells, there
from analyzer.diff.platforms.spellings import without_own
from analyzer.image.platform import Platform

ARCHITECTURE = "architecture"
BINNMU = "binnmu"
SAME_SOURCE_RPM = "same-source-rpm"
NAME_OF_ARCHITECTURE = "name-of-architecture"
PLATFORM = "platform"
ARCHITECTURE_IN_TEXT = "architecture-in-text"
BUILD_TIME = "build-time"
COPIED_CONTENT = "copied-content"
BUILDER_NAMES = "builder-names"
PROGRAM = "program"
PATH_OF_ARCHITECTURE = "path-of-architecture"
DYNAMIC_LINKER = "dynamic-linker"
ARCHITECTURE_IN_FILE = "architecture-in-file"
PROGRAM_ARCHIVE = "program-archive"
LIST_OF_DIGESTS = "list-of-digests"
PACKAGE_DATABASE = "package-database"
AS_PACKAGED = "as-packaged"
PACKAGE_OF_ARCHITECTURE = "package-of-architecture"
OF_DIFFERING_PACKAGE = "of-differing-package"
BUILT_ANEW = "built-anew"
HOLDS_EXPECTED = "holds-expected"

RULES: Mapping[str, str] = {
    ARCHITECTURE: "packages that are the same but for the name of their architecture",
    BINNMU: "Debian packages rebuilt from one source (+b1, +b2)",
    SAME_SOURCE_RPM: "rpm packages of one source package with another release",
    NAME_OF_ARCHITECTURE: "packages whose name has the architecture in it",
    PLATFORM: "members of the config that say which platform it is",
    ARCHITECTURE_IN_TEXT: "values and steps that name the architecture, as paths of libraries do",
    BUILD_TIME: "times of creation less than a day apart",
    COPIED_CONTENT: "steps that differ only in the hash of what they copied",
    BUILDER_NAMES: "names that builders give their own containers and images",
    PROGRAM: "programs and libraries, each compiled for its platform",
    PROGRAM_ARCHIVE: "archives and caches that differ only in the programs they hold",
    PATH_OF_ARCHITECTURE: "files and links at paths that name the architecture",
    DYNAMIC_LINKER: "dynamic linkers, and links such as lib64 beside them",
    ARCHITECTURE_IN_FILE: "texts that are the same but for the name of the architecture",
    LIST_OF_DIGESTS: "lists that differ only in the digests of files",
    PACKAGE_DATABASE: "databases of packages, which are compared package by package",
    AS_PACKAGED: "files as the same version of their package states them",
    PACKAGE_OF_ARCHITECTURE: "files of packages whose name has the architecture in it",
    OF_DIFFERING_PACKAGE: "files of packages that are listed as different",
    BUILT_ANEW: "files that every build makes anew (ociscope explain noise)",
    HOLDS_EXPECTED: "folders that are there for such files",
}
"""In the order in which they are told."""
_OF_ONE: Mapping[str, str] = {
    ARCHITECTURE: "package that is the same but for the name of its architecture",
    BINNMU: "Debian package rebuilt from one source (+b1, +b2)",
    SAME_SOURCE_RPM: "rpm package of one source package with another release",
    NAME_OF_ARCHITECTURE: "package whose name has the architecture in it",
    PLATFORM: "member of the config that says which platform it is",
    ARCHITECTURE_IN_TEXT: "value or step that names the architecture, as paths of libraries do",
    BUILD_TIME: "time of creation less than a day apart",
    COPIED_CONTENT: "step that differs only in the hash of what it copied",
    BUILDER_NAMES: "name that a builder gives its own container or image",
    PROGRAM: "program or library, compiled for its platform",
    PROGRAM_ARCHIVE: "archive or cache that differs only in the programs it holds",
    PATH_OF_ARCHITECTURE: "file or link at a path that names the architecture",
    DYNAMIC_LINKER: "dynamic linker, or a link such as lib64 beside it",
    ARCHITECTURE_IN_FILE: "text that is the same but for the name of the architecture",
    LIST_OF_DIGESTS: "list that differs only in the digests of files",
    PACKAGE_DATABASE: "database of packages, which are compared package by package",
    AS_PACKAGED: "file as the same version of its package states it",
    PACKAGE_OF_ARCHITECTURE: "file of a package whose name has the architecture in it",
    OF_DIFFERING_PACKAGE: "file of a package that is listed as different",
    BUILT_ANEW: "file that every build makes anew (ociscope explain noise)",
    HOLDS_EXPECTED: "folder that is there for such files",
}
A_DAY = timedelta(days=1)

Normalise = Callable[[str, Platform], str]
_COPIED = re.compile(r"\b(file|dir|multi):[0-9a-f]{64}\b")
"""moby daemon/builder/dockerfile/internals.go, `performCopy`: `COPY file:<hash> in /dest`."""
_INTERMEDIATE = re.compile(r"\AFROM (?:sha256:)?[0-9a-f]{12,64}\Z")
"""buildah's comment of a step that stands on an image without a name (image.go, `Comment`)."""
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)")
"""RFC 3339, 5.6, without fractions of seconds."""


def counted(rule: str, count: int) -> str:
    """So many of what a rule explains, such as `1 folder that is there for such files`."""
    return f"{count} {_OF_ONE[rule] if count == 1 else RULES[rule]}"


def _without_copied(text: str, platform: Platform) -> str:  # noqa: ARG001 - as all rules
    return _COPIED.sub(r"\1:{content}", text)


def _without_intermediate(text: str, platform: Platform) -> str:  # noqa: ARG001 - as all rules
    return _INTERMEDIATE.sub("FROM {image}", text)


TEXT: Mapping[str, Normalise] = {ARCHITECTURE_IN_TEXT: without_own}
STEP: Mapping[str, Normalise] = {
    ARCHITECTURE_IN_TEXT: without_own,
    COPIED_CONTENT: _without_copied,
    BUILDER_NAMES: _without_intermediate,
}


def folded(
    cells: Sequence[Cell], platforms: Sequence[Platform], rules: Mapping[str, Normalise]
) -> tuple[str, ...]:
    """The fewest of `rules` after which all cells are the same; none where all do not do."""
    if any(cell.state is State.ABSENT for cell in cells):
        return ()
    for count in range(1, len(rules) + 1):
        for names in combinations(rules, count):
            chosen = [rules[name] for name in names]
            if same_cells([_made(c, p, chosen) for c, p in zip(cells, platforms, strict=True)]):
                return names
    return ()


def _made(cell: Cell, platform: Platform, rules: Sequence[Normalise]) -> Cell:
    return cell if cell.state is not State.THERE else there(normalised(cell.value, platform, rules))


def normalised(value: object, platform: Platform, rules: Sequence[Normalise]) -> object:
    """A JSON value with `rules` applied to every text in it."""
    if isinstance(value, str):
        for rule in rules:
            value = rule(value, platform)
        return value
    if isinstance(value, list):
        return [normalised(item, platform, rules) for item in value]
    if isinstance(value, dict):
        return {key: normalised(item, platform, rules) for key, item in value.items()}
    return value


def built_together(cells: Sequence[Cell]) -> bool:
    """Whether all cells hold times, and no two of them are a day or more apart."""
    known = [cell for cell in cells if cell.state is not State.UNKNOWN]
    times = [time for cell in known if (time := _time(cell.value)) is not None]
    return bool(times) and len(times) == len(known) and max(times) - min(times) < A_DAY


def _time(value: object) -> datetime | None:
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    try:
        return datetime.fromisoformat(f"{found[1]}{found[2].replace('Z', '+00:00')}").astimezone(
            UTC
        )
    except (ValueError, OverflowError):
        return None
