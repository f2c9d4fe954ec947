"""When several statements are about one piece of software, which is then one package. Pure.

Four rules, by the names that the report calls them by:

- `same-package`: type, namespace, name, version, architecture and state are equal.
- `same-file`: a version string was read in a program, and the program also has what its builder
  left about itself: build information of the same name; or a package note of the same name or of a
  version that agrees.
- `same-folder`: a version string was read in a program, and metadata of the same name, of a version
  that agrees, stands in a folder above it: the file `release` of a Java runtime, a component of
  Bitnami, a formula of Homebrew. A folder of a Nix store is of one package, so there a version
  that agrees is enough.
- `file-ownership` (`ownership.py`): both stay in the inventory, and one is not counted.

By the first three the statements become one package, with all their locations. It is told as by the
statement that knows a version, the surest of those; the others stay with it as its `also`.

Two versions agree if the numbers of one are the first of the other: 1.20.1 and 1:1.20.1-14.el9.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from analyzer.packages.contract import Package, Sighting
from analyzer.paths import split

SAME_PACKAGE = "same-package"
SAME_FILE = "same-file"
SAME_FOLDER = "same-folder"

_LEFT_BY_BUILDERS = frozenset({"build-info", "note"})
_KINDS_OF_FOLDERS = frozenset({"generic", "bitnami", "brew"})
"""Types of packages whose metadata lies in a folder above all their programs."""
_NIX = "nix"
"""The cataloger whose packages provide the names of their folders in the store."""
_NAMES = {"java": "openjdk"}
"""What Bitnami calls a program that another name is known of."""
_EPOCH = re.compile(r"\A[0-9]+:")
_NUMBER = re.compile(r"[0-9]+")
_MAJOR = re.compile(r"/v[0-9]+\Z")
"""What Go adds to the path of a module from version 2 on: https://go.dev/ref/mod#major-version-suffixes."""
_ENOUGH = 2
"""Numbers of a version that no other program has by chance."""


def with_programs_once(packages: Sequence[Package]) -> list[Package]:
    """`packages` with each version string counted as the package whose program it is in.

    Each of `packages` is one statement, with the locations that it was read from.
    """
    guesses = [n for n, package in enumerate(packages) if package.method == "version-string"]
    if not guesses:
        return list(packages)
    search = _Search(packages, guesses)
    counted: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for number in guesses:
        if found := search.same(packages[number]):
            counted[found[0]].append((number, found[1]))
    gone = {number for others in counted.values() for number, _ in others}
    return [
        _one(package, [(packages[other], rule) for other, rule in counted.get(number, ())])
        for number, package in enumerate(packages)
        if number not in gone
    ]


def sighting(package: Package, rule: str) -> Sighting:
    """What `package` says, as another statement about one that counts."""
    place = package.locations[0] if package.locations else None
    return Sighting(
        ident=package.ident,
        path=place.path if place else "",
        layer=place.layer if place else None,
        cataloger=package.cataloger,
        method=package.method,
        confidence=package.confidence,
        evidence=package.evidence,
        rule=rule,
    )


class _Search:
    """The packages that version strings may be of, by file and by folder."""

    def __init__(self, packages: Sequence[Package], guesses: Iterable[int]) -> None:
        self._packages = packages
        files = {place.path for number in guesses for place in packages[number].locations}
        self._by_file: dict[str, list[int]] = defaultdict(list)
        self._by_folder: dict[str, list[int]] = defaultdict(list)
        for number, package in enumerate(packages):
            if not package.installed:
                continue
            paths = [place.path for place in package.locations]
            if package.method in _LEFT_BY_BUILDERS:
                for path in files.intersection(paths):
                    self._by_file[path].append(number)
            elif package.method == "metadata" and package.type in _KINDS_OF_FOLDERS:
                for folder in {split(path)[0] for path in paths}:
                    self._by_folder[folder].append(number)
            elif package.cataloger == _NIX:
                for entry in package.provides:
                    self._by_folder[f"nix/store/{entry}"].append(number)

    def same(self, guess: Package) -> tuple[int, str] | None:
        """The number of the package that `guess` is, and the rule that says so."""
        path = guess.locations[0].path if guess.locations else ""
        for number in self._by_file.get(path, ()):
            if _is_built(guess, self._packages[number]):
                return number, SAME_FILE
        for folder in _above(path):
            for number in self._by_folder.get(folder, ()):
                if _is_in_folder(guess, self._packages[number]):
                    return number, SAME_FOLDER
        return None


def _above(path: str) -> Iterator[str]:
    """The folders that `path` is in, the nearest first, without the root."""
    while path := split(path)[0]:
        yield path


def _is_built(guess: Package, other: Package) -> bool:
    if other.method == "build-info":
        return guess.type == other.type and _module(guess) == _module(other)
    return _is_same_version(guess, other) or _name(guess) == _name(other)


def _is_in_folder(guess: Package, other: Package) -> bool:
    if other.cataloger == _NIX and _is_same_version(guess, other):
        return True
    return _name(guess) == _name(other) and agree(guess.version, other.version)


def _is_same_version(one: Package, other: Package) -> bool:
    """Whether both have so much of a version in common that it is no chance."""
    common = min(len(_numbers(one.version)), len(_numbers(other.version)))
    return common >= _ENOUGH and agree(one.version, other.version)


def _module(package: Package) -> str:
    return _MAJOR.sub("", f"{package.namespace}/{package.name}")


def _name(package: Package) -> str:
    """Without what Homebrew adds for a line of versions, as in `openssl@3`."""
    name = package.name.partition("@")[0].lower()
    return _NAMES.get(name, name)


def agree(one: str, other: str) -> bool:
    """Whether two versions may be the same, written more and less fully; or one is not known."""
    if not one or not other:
        return True
    pairs = zip(_numbers(one), _numbers(other), strict=False)
    return all(first == second for first, second in pairs)


def _numbers(version: str) -> list[str]:
    return [number.lstrip("0") for number in _NUMBER.findall(_EPOCH.sub("", version))]


def _one(package: Package, guesses: Sequence[tuple[Package, str]]) -> Package:
    """`package` and the version strings that are counted as it, each by a rule."""
    if not guesses:
        return package
    members = [(package, guesses[0][1]), *guesses]
    number = next((n for n, (member, _) in enumerate(members) if member.version), 0)
    kept, _ = members.pop(number)
    everything = [kept, *(member for member, _ in members)]
    return kept._replace(
        locations=tuple(dict.fromkeys(p for each in everything for p in each.locations)),
        requires=tuple(dict.fromkeys(r for each in everything for r in each.requires)),
        provides=tuple(dict.fromkeys(t for each in everything for t in each.provides)),
        also=tuple(sighting(member, rule) for member, rule in members),
    )
