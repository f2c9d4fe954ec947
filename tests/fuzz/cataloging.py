"""What every cataloger owes on any bytes, and the fixtures that fuzzing begins from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from analyzer.packages.contract import Cataloger, Files, Owned, Package, Problem
from analyzer.packages.distro import Distro
from analyzer.packages.purl import package_url
from analyzer.packages.registry import find_catalogers
from tests.support.tools import ROOT

FIXTURES = ROOT / "fixtures" / "packages"
FOUND = {cataloger.name: cataloger for cataloger in find_catalogers()}
MOST_SEED = 4000
_DEBIAN = Distro("debian", version_id="12")
_MODES = range(0o10000)


def check(cataloger: Cataloger, files: Files) -> None:
    """Packages and problems come of one group of `files`, and files that packages own.

    Nothing else comes, what is shown to people can be printed, and what is found by name is what
    is owned.
    """
    for item in cataloger.parse(files):
        if isinstance(item, Package):
            _check_package(item)
        else:
            assert isinstance(item, Problem)
            assert item.detail.isprintable()
    if cataloger.owns is None:
        return
    owned = list(cataloger.owns(files))
    for entry in owned:
        _check_owned(entry)
    if cataloger.finds is not None:
        names = frozenset(entry.path.rpartition("/")[2] for entry in owned[::2])
        some = [(e.owner, e.path) for e in owned if e.path.rpartition("/")[2] in names]
        assert [(e.owner, e.path) for e in cataloger.finds(files, names)] == some


def _check_package(package: Package) -> None:
    assert package.name
    words = [package.name, package.version, package.arch, package.type, package.state]
    words += [package.namespace, package.supplier, package.homepage, *package.licenses]
    words += [package.evidence]
    words += [*package.digests, *(word for pair in package.qualifiers for word in pair)]
    words += [package.source.name, package.source.version] if package.source else []
    assert "".join(words).isprintable()
    # Of these some are paths, with every byte that they have.
    assert all((*package.provides, *sum(package.requires, ())))
    assert not package.signed_by or int(package.signed_by, 16) >= 0
    url = package_url(package, _DEBIAN)  # empty for names that no purl can hold
    assert not url or url.startswith("pkg:")


def _check_owned(entry: Owned) -> None:
    assert isinstance(entry, Owned)
    assert entry.size is None or entry.size >= 0
    assert entry.mode is None or entry.mode in _MODES
    assert "".join((*entry.owner, entry.user, entry.group, entry.digest)).isprintable()


def fixtures(patterns: Iterable[str], most: int = MOST_SEED) -> Iterator[bytes]:
    """The files of `fixtures/packages` at `patterns`, the large ones cut, each content once."""
    seen: set[bytes] = set()
    for pattern in patterns:
        for path in sorted(FIXTURES.glob(pattern)):
            if path.is_file() and (data := path.read_bytes()[:most]) not in seen:
                seen.add(data)
                yield data
