"""Catalogers run on groups of files, each once for the same files."""

from __future__ import annotations

from dataclasses import replace
from threading import Lock

from analyzer.digest import Digest
from analyzer.packages.attribution import Identity, identity
from analyzer.packages.contract import Cataloger, Code, Package, Problem, error
from analyzer.packages.desk import Group, files_of
from analyzer.packages.formats.addresses import without_login, without_logins

Parsed = tuple[tuple[Package, ...], tuple[Problem, ...]]


class ParseCache:
    """Results of `parse` by cataloger, its version and the files it saw.

    One object can serve any number of images at once: results do not depend on the order in
    which they are asked for, so two threads that miss together merely do the same work twice.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: dict[_Key, Parsed] = {}
        self._identities: dict[_Key, frozenset[Identity]] = {}

    def parse(self, cataloger: Cataloger, group: Group) -> Parsed:
        """What `cataloger` finds in `group`, which was grouped as it asks."""
        key = _key(cataloger, group)
        with self._lock:
            known = self._known.get(key)
        if known is None:
            known = _parse(cataloger, group)
            with self._lock:
                self._known[key] = known
        return known

    def identities(self, cataloger: Cataloger, group: Group) -> frozenset[Identity]:
        """Of the packages that `parse` finds."""
        key = _key(cataloger, group)
        known = self._identities.get(key)
        if known is None:
            known = frozenset(map(identity, self.parse(cataloger, group)[0]))
            self._identities[key] = known
        return known


_Key = tuple[str, int, tuple[tuple[str, Digest], ...]]


def _key(cataloger: Cataloger, group: Group) -> _Key:
    """Equal for groups of the same files only; groups have their paths in order."""
    files = tuple((path, seen.captured.content) for path, (seen, _) in group.items())
    return cataloger.name, cataloger.version, files


def _parse(cataloger: Cataloger, group: Group) -> Parsed:
    packages: list[Package] = []
    problems: list[Problem] = []
    try:
        for item in cataloger.parse(files_of(group)):
            if isinstance(item, Package):
                packages.append(_told(item))
            else:
                problems.append(replace(item, detail=without_logins(item.detail)))
    except Exception as fault:  # noqa: BLE001
        # The task boundary: whatever a cataloger's bug raises on hostile input, the others go
        # on and the report says what is missing. Nowhere else is so much caught.
        problems.append(failure(cataloger, group, fault))
    return tuple(packages), tuple(problems)


def _told(package: Package) -> Package:
    """Without what somebody logs in with, which may stand wherever metadata have an address."""
    texts = (
        *(package.homepage, package.supplier, package.originator, package.evidence),
        *(package.name, package.version, package.namespace, *package.licenses),
        *(value for _, value in package.qualifiers),
    )
    if not any("@" in text and "://" in text for text in texts):
        return package
    return package._replace(
        homepage=without_logins(package.homepage),
        supplier=without_logins(package.supplier),
        originator=without_logins(package.originator),
        evidence=without_logins(package.evidence),
        name=without_logins(package.name),
        version=without_logins(package.version),
        namespace=without_logins(package.namespace),
        licenses=tuple(map(without_logins, package.licenses)),
        qualifiers=tuple((key, without_login(value)) for key, value in package.qualifiers),
    )


def failure(cataloger: Cataloger, group: Group, fault: Exception) -> Problem:
    """What a bug of a cataloger costs, in words."""
    files = ", ".join(group)
    detail = f"cataloger {cataloger.name} failed on {files}: {type(fault).__name__}: {fault}"
    return error(Code.CATALOGER_FAILED, next(iter(group)), detail)
