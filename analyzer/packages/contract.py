"""What a cataloger is and what it returns: the only module a cataloger imports."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from analyzer.layers.reduced import pack, unpack
from analyzer.layers.wants import (
    EVERYTHING,
    HEAD_BYTES,
    CapturePlan,
    Charge,
    Content,
    Reducer,
    Slices,
    Want,
)
from analyzer.problems import Code, Problem, error, note, warning

__all__ = [
    "EVERYTHING",
    "HEAD_BYTES",
    "Cataloger",
    "Charge",
    "Code",
    "Content",
    "Files",
    "Location",
    "Owned",
    "Owner",
    "Package",
    "Parse",
    "Problem",
    "Reducer",
    "Sighting",
    "Slices",
    "Source",
    "Want",
    "error",
    "note",
    "unpack",
    "warning",
]

INSTALLED_STATES = frozenset(
    {"installed", "unpacked", "half-configured", "triggers-awaited", "triggers-pending"}
)
"""States in which a package's files are on disk (dpkg(1), "Package states")."""
VENDORED = "vendored"
"""A copy inside another package: on disk, but no package manager installed it."""
DECLARED = "declared"
"""A lock file or manifest names it; nothing says that it is there."""
CLAIMED = "claimed"
"""A document in the image, such as an SBOM, says that it is there."""

_ORIGINS = frozenset({"download_url", "repository_url", "vcs_url"})
"""purl-spec, "Known qualifiers key/value pairs"."""

Method = Literal[
    "database",
    "metadata",
    "build-info",
    "note",
    "version-string",
    "file-name",
    "lock-file",
    "document",
]
"""What a package was recognised by: the database of its package manager, metadata beside its
files, data that a compiler or linker left in a program, text in a program, a name, a lock file,
or a document that speaks of it."""
Confidence = Literal["high", "medium", "low"]


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A file that proves a package: its path in the root filesystem and its layer."""

    path: str
    layer: int | None = None
    """0-based position in the image's layers; None until attribution filled it in."""
    inside: str = ""
    """Where in the file, if that is an archive: the path of a member, `!/` between archives."""


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """The source package a binary package was built from."""

    name: str
    version: str


@dataclass(frozen=True, slots=True, order=True)
class Sighting:
    """Another statement about the same piece of software, which counted for less."""

    ident: str
    """Of the package that this statement alone would be."""
    path: str
    """The file that it was read from."""
    layer: int | None
    cataloger: str
    method: Method
    confidence: Confidence
    evidence: str
    rule: str
    """Why it is the same: a name from `sameness.py`."""


class Package(NamedTuple):
    """One package as its database or metadata states it, later placed in layers.

    What a cataloger fills is first; what comes after `confidence` others add later. There are
    thousands, copied with other members a few times each, and a tuple is copied quickest.
    """

    name: str
    """As its own metadata spells it; without the namespace."""
    version: str
    arch: str
    type: str
    """The package URL type: `deb`, `apk`, `pypi`, ..."""
    state: str = "installed"
    """The database's own word; `installed`, `vendored`, `declared` or `claimed` where the format
    has none; `unknown` (with a problem) where that word could not be read."""
    source: Source | None = None
    licenses: tuple[str, ...] = ()
    """As found, not normalised."""
    supplier: str = ""
    """Who hands it out in this form, as its metadata state it: the maintainer of a distribution's
    package, the vendor, the maintainer of a project; else its author."""
    originator: str = ""
    """Whom it came from before that, where the metadata tell the two apart; else empty (SPDX 2.3,
    7.6)."""
    cpes: tuple[str, ...] = ()
    """CPE names that its metadata state of it; never guessed."""
    homepage: str = ""
    locations: tuple[Location, ...] = ()
    namespace: str = ""
    """Of the purl, where the ecosystem has one: npm's scope with its `@`, Maven's group, the
    folder of a Go module. Empty for types whose namespace is the distribution."""
    qualifiers: tuple[tuple[str, str], ...] = ()
    """Of the purl, beyond those that all packages of an image have."""
    requires: tuple[tuple[str, ...], ...] = ()
    """What it depends on: each element is met by the first of its tokens that some package of
    the same type provides. Tokens have no versions."""
    provides: tuple[str, ...] = ()
    """Tokens that it provides beyond its own `name`."""
    digests: tuple[str, ...] = ()
    """Of the archive that it came in, as its metadata states them: `sha256:<hex>`. For which
    catalogers that is what is installed, tells `digestmeaning.py`."""
    signed_by: str = ""
    """Key ID (16 hex digits) in the signature that the database keeps of it; not verified."""
    hold: bool = False
    """Its package manager was told to leave it at this version."""
    evidence: str = ""
    """What was read in its locations, where that is not the whole file: the text that matched,
    the note, the entry. Short and printable."""
    method: Method = "database"
    confidence: Confidence = "high"

    cataloger: str = ""
    """Who found it."""
    purl: str = ""
    introduced_in: int | None = None
    license_expression: str = ""
    """`licenses` as one SPDX expression, where they can be written as one."""
    dependencies: tuple[str, ...] = ()
    """`ident` of the packages of the image that meet `requires`, sorted."""
    owner: str = ""
    """`ident` of the package of the operating system that brought its files."""
    also: tuple[Sighting, ...] = ()
    """Other statements that are counted as this package."""

    @property
    def installed(self) -> bool:
        """Whether the package's files are on disk, as far as its database knows."""
        return self.state in INSTALLED_STATES or self.state == VENDORED

    @property
    def key(self) -> tuple[str, ...]:
        """What makes two statements one and the same package."""
        return (
            *(self.type, self.namespace, self.name, self.arch, self.version, self.state),
            self.origin,
        )

    @property
    def origin(self) -> str:
        """Where its qualifiers say that it is from; of one name and version, another is other code.

        Package managers tell them apart as well: Cargo by `source`, pip by `direct_url.json`.
        """
        if not self.qualifiers:  # as of nearly all
            return ""
        return "&".join(f"{key}={value}" for key, value in self.qualifiers if key in _ORIGINS)

    @property
    def owner_key(self) -> Owner:
        """How `Owned.owner` calls it: npm's names with their scope, all others by `name` alone."""
        scope = f"{self.namespace}/" if self.namespace.startswith("@") else ""
        return scope + self.name, self.version, self.arch

    @property
    def ident(self) -> str:
        """Names it among the packages of one image, whatever state it is in."""
        place = f"{self.namespace}/" if self.namespace else ""
        arch = f":{self.arch}" if self.arch else ""
        return f"{self.type}:{place}{self.name}{arch}@{self.version}"


Owner = tuple[str, str, str]
"""Name, version and architecture of the package that owns a file."""


class Owned(NamedTuple):
    """One file of a package, as the package's own database or metadata states it."""

    owner: Owner
    path: str
    """Root-relative, as written there; links in it are not resolved."""
    kind: Literal["", "file", "dir", "link", "other", "tree", "bin-link"] = ""
    """Empty where the format does not say. `tree`: a folder that its package manager gives to the
    package as a whole; all in it is the package's, but for folders that others have so.
    `bin-link`: a link that is the package's only where it leads to `target`. What these two mean
    in an image tells `analyzer/stock/expanding.py`."""
    digest: str = ""
    """`<algorithm>:<hex>` of the content, algorithms as `stated.py` names them."""
    size: int | None = None
    mode: int | None = None
    """Permission bits alone."""
    user: str = ""
    group: str = ""
    target: str = ""
    """Of a link."""
    flags: tuple[str, ...] = ()
    """Any of `config`, `doc`, `ghost`, `missing-ok`, `licence`, sorted."""


Files = Mapping[str, bytes]
"""Captured files by root-relative path; of a file that a reducer took parts out of, the value is
what `unpack` takes."""
Parse = Callable[[Files], Iterable[Package | Problem]]
"""Pure: the same files give the same packages; no clock, no files of its own, no printing."""
Owns = Callable[[Files], Iterable[Owned]]
"""Pure likewise; what it cannot read `parse` has reported."""
Finds = Callable[[Files, frozenset[str]], Iterable[Owned]]
"""What `Owns` gives, but only of paths whose last name is one of these."""


def files_for(wants: Iterable[Want], files: Mapping[str, Content]) -> dict[str, bytes]:
    """Whole files as a cataloger with `wants` is given them: reduced where it asks for that.

    A file that its reducers take nothing out of is left out. For tests and templates; a scan
    does the same while it reads.
    """
    plan = CapturePlan(tuple(wants))
    given: dict[str, bytes] = {}
    for path, content in files.items():
        wanted = plan.wanted(path)
        if wanted.whole:
            given[path] = bytes(content)
            continue
        for reducer in wanted.reducers:
            if parts := reducer.apply(content, lambda _count: None):
                given[path] = pack(parts)
                break
    return given


@dataclass(frozen=True, slots=True)
class Cataloger:
    """A declaration: which files, in which groups, and the functions that read a group.

    `group` is `file` (each file alone), `dir` (files of one folder together) or `image` (all
    at once). `version` changes whenever `parse` or `owns` may answer differently. `about` names
    the ecosystem for people, `fills` the members of `Package` that `parse` ever fills beyond
    name, version, type, state, method and locations. `finds` is for databases of many thousand
    files, where it is much quicker than `owns`.
    """

    name: str
    version: int
    group: Literal["file", "dir", "image"]
    wants: tuple[Want, ...]
    parse: Parse
    about: str = ""
    fills: frozenset[str] = frozenset()
    owns: Owns | None = None
    finds: Finds | None = None
