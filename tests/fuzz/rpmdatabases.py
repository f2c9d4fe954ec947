"""Targets for rpm's databases: each form in the state that fixtures have it, and a log."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.packages.catalogers.rpm import CATALOGER
from analyzer.packages.contract import Package
from analyzer.packages.formats.rpmdeps import named, requirement
from tests.fuzz.target import Run, Target
from tests.support.tools import ROOT

_CASES = ROOT / "fixtures" / "packages" / "rpm"
_FOLDER = "var/lib/rpm"
_EMPTY = (_CASES / "empty" / _FOLDER / "rpmdb.sqlite").read_bytes()


def _run(name: str) -> Run:
    def run(data: bytes) -> None:
        """Packages that can be printed, and no file whose owner is not one of them."""
        files = {f"{_FOLDER}/{name}": data}
        if name.endswith("-wal"):
            files[f"{_FOLDER}/rpmdb.sqlite"] = _EMPTY
        found = list(CATALOGER.parse(files))
        packages = [item for item in found if isinstance(item, Package)]
        owners = {(package.name, package.version, package.arch) for package in packages}
        assert CATALOGER.owns
        assert {entry.owner for entry in CATALOGER.owns(files)} <= owners
        for package in packages:
            assert package.name
            words = (package.name, package.version, *package.provides, *sum(package.requires, ()))
            assert "".join(words).isprintable()

    return run


def run_dependency(data: bytes) -> None:
    """Any text is a dependency, if only one on itself."""
    text = data.decode("utf-8", "surrogateescape")
    for present in (bool, lambda token: len(token) % 2 == 0):
        for tokens in requirement(text, present):
            assert tokens
    assert all(named(text)) or not text.strip("(")


def _seeds(*paths: str) -> Iterator[bytes]:
    for path in paths:
        yield (_CASES / path).read_bytes()


def _log() -> Iterator[bytes]:
    yield bytes.fromhex("377f0682002de21800001000") + bytes(20)


def _dependencies() -> Iterator[bytes]:
    yield b"((a and b >= 1) if (c or /bin/d) else (e with f(g)(64bit)))"
    yield b"((a unless b) or (c without d))"


DATABASES = (
    Target(
        "rpm-sqlite",
        _run("rpmdb.sqlite"),
        lambda: _seeds(
            "ordinary/var/lib/rpm/rpmdb.sqlite", "absent-version/usr/share/rpm/rpmdb.sqlite"
        ),
    ),
    Target("rpm-log", _run("rpmdb.sqlite-wal"), _log),
    Target("rpm-ndb", _run("Packages.db"), lambda: _seeds("ndb/usr/lib/sysimage/rpm/Packages.db")),
    Target(
        "rpm-bdb",
        _run("Packages"),
        lambda: _seeds("strange/var/lib/rpm/Packages", "berkeley/var/lib/rpm/Packages"),
    ),
    Target("rpm-dependency", run_dependency, _dependencies, (b" unless ", b" else ", b" without ")),
)
