"""Cargo's lock file, in its versions 1 to 4.

https://doc.rust-lang.org/cargo/guide/cargo-toml-vs-cargo-lock.html; no page has the grammar, so it
is that of Cargo's reader, `into_resolve` of src/cargo/core/resolver/encode.rs in
https://github.com/rust-lang/cargo: tables `package` with name, version, source (none for folders),
checksum and needs. A need is `name`, `name version` or `name version (source)`, as much of it as
is unique; version 1 has all of it always, and checksums in a table of their own. Before 2018 the
project itself was the table `root`. Patches that nothing uses are passed over.

Of a file that is no TOML those tables are read that are, one by one; of a merge both sides.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from analyzer.packages.formats import integrity, tomlfile
from analyzer.packages.formats.addresses import cut
from analyzer.packages.formats.bounds import bounded
from analyzer.packages.formats.jsonfile import Object, line, lines, mapping
from analyzer.packages.formats.names import shown

_NEWEST: Final = 4
_BITS: Final = 64
"""Of a number that is shown."""
_PIECE: Final = re.compile(rb"^(?=\[|<{7}|\|{7}|={7}|>{7})", re.MULTILINE)
"""Where a table begins, or a line that a merge left."""
_NEED: Final = re.compile(r"(?P<name>[^ ]+)(?: (?P<version>[^ ]+)(?: \((?P<source>.*)\))?)?")
_SUM: Final = "checksum "
_NO_SUMS: Final = frozenset({"<none>", "Could not get crate checksum"})
"""Of what no registry has a digest; the last is that of Debian's packages of sources, which
dh-cargo writes into their `.cargo-checksum.json` (https://salsa.debian.org/rust-team/dh-cargo,
`cargo.pm`), and Cargo from there into lock files."""


class Ident(NamedTuple):
    """What tells the crates of one file apart."""

    name: str
    version: str
    source: str
    """Kind, plus sign and URL; empty for a folder."""


@dataclass(frozen=True, slots=True)
class Crate:
    """One crate that is built."""

    ident: Ident
    needs: tuple[Ident, ...]
    digests: tuple[str, ...]
    """Of the archive in the registry."""


@dataclass(slots=True)
class Lock:
    """What a file says, and what is wrong with it."""

    crates: list[Crate] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    """Words for each thing that could not be read."""
    odd: list[str] = field(default_factory=list)
    """Words for what contradicts itself, though all was read."""


def read_lock(data: bytes) -> Lock:
    """The crates in order, without those that another replaces.

    Raises:
        ValueError: it is larger than any such document.
    """
    lock = Lock()
    document = _document(bounded(data), lock)
    version = document.get("version", 1)
    if not isinstance(version, int) or version > _NEWEST:
        lock.odd.append(f"of a version that is not known, {_said(version)}")
    entries = list(_entries(document, lock))
    index = _Index(entries, lock)
    sums = {
        index.find(name.removeprefix(_SUM)): value
        for name, value in mapping(document.get("metadata")).items()
        if name.startswith(_SUM)
    }
    for ident, entry in index.entries.items():
        if "replace" not in entry:
            needs = tuple(dict.fromkeys(_needs(ident, entry, index, lock)))
            stated = entry.get("checksum", sums.get(ident, ""))
            lock.crates.append(Crate(ident, needs, _digests(ident, stated, lock)))
    return lock


def _said(version: object) -> str:
    """Python writes no number of more than some thousand digits, and TOML has such."""
    if isinstance(version, int) and version.bit_length() > _BITS:
        return "a number of very many digits"
    simple = isinstance(version, str | int | float)
    return shown(str(version))[:40] if simple else "no number"


def _document(data: bytes, lock: Lock) -> Object:
    """The whole file as one table, or what is left of it."""
    try:
        return tomlfile.load(data)
    except ValueError as why:
        said = shown(str(why))
    rest: dict[str, Any] = {"package": []}
    bad = 0
    for piece in _PIECE.split(data):
        try:
            table = tomlfile.load(piece)
        except ValueError:
            bad += 1
            continue
        packages = table.pop("package", [])
        rest["package"] += packages if isinstance(packages, list) else [packages]
        for name, value in table.items():
            rest.setdefault(name, value)
    lock.lost.append(f"{said}; {bad} pieces of it are left out")
    return rest


def _entries(document: Object, lock: Lock) -> Iterator[tuple[Ident, Object]]:
    listed = document.get("package", [])
    root = [document["root"]] if "root" in document else []
    for entry in [*root, *(listed if isinstance(listed, list) else [listed])]:
        source = entry.get("source", "") if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or not line(entry, "name"):
            lock.lost.append("a package without a name, left out")
        elif not isinstance(source, str):
            lock.lost.append(f"package {line(entry, 'name')} has a source that is no text")
        else:
            names = (line(entry, member) for member in ("name", "version", "source"))
            yield Ident(*names), entry


class _Index:
    """The crates by what needs call them by."""

    def __init__(self, entries: list[tuple[Ident, Object]], lock: Lock) -> None:
        self.entries: dict[Ident, Object] = {}
        self._named: dict[str, dict[str, dict[str, Ident]]] = defaultdict(lambda: defaultdict(dict))
        for ident, entry in entries:
            if ident in self.entries:
                lock.odd.append(f"package {ident.name} {ident.version} stands there twice")
                continue
            self.entries[ident] = entry
            self._named[ident.name][ident.version].setdefault(_asked(ident.source), ident)

    def find(self, need: str) -> Ident | None:
        """The only crate that `need` can mean, as `lookup_id` there finds it."""
        match = _NEED.fullmatch(need)
        versions = self._named.get(match["name"], {}) if match else {}
        if match is None or (not match["version"] and len(versions) != 1):
            return None
        found = versions.get(match["version"] or next(iter(versions)), {})
        if match["source"] is not None:
            return found.get(_asked(match["source"]))
        # A folder has no source in needs either.
        return found.get("") or (next(iter(found.values())) if len(found) == 1 else None)

    def built(self, ident: Ident) -> Ident:
        """`ident`, or what its `replace` names, which has none of its own."""
        return self.find(line(self.entries[ident], "replace")) or ident


def _asked(source: str) -> str:
    """Without the commit that was found, which newer needs leave out."""
    return source.partition("#")[0]


def _needs(ident: Ident, entry: Object, index: _Index, lock: Lock) -> Iterator[Ident]:
    for need in lines(entry, "dependencies"):
        if found := index.find(need):
            yield index.built(found)
        else:
            lock.odd.append(f"package {ident.name} needs {cut(need, 80)}, which is not in it")


def _digests(ident: Ident, stated: object, lock: Lock) -> tuple[str, ...]:
    if isinstance(stated, str) and stated in _NO_SUMS:
        return ()
    digests = integrity.hexadecimal("sha256", stated) if isinstance(stated, str) else ()
    if stated and not digests:
        lock.odd.append(f"package {ident.name} has a checksum that is none")
    return digests
