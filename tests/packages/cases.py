"""Case folders of `fixtures/packages`: captured files as in a rootfs, and what is in them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analyzer.packages.contract import Cataloger, Package, Problem, files_for
from tests.support.tools import ROOT

FOLDER = ROOT / "fixtures" / "packages"
_ABOUT = {"expected.json", "origin.toml"}


@dataclass(frozen=True)
class Case:
    """One folder `fixtures/packages/<ecosystem>/<name>`."""

    folder: Path

    @property
    def ecosystem(self) -> str:
        """The name of the cataloger that the case is for."""
        return self.folder.parent.name

    @property
    def name(self) -> str:
        """What the case shows."""
        return self.folder.name

    @property
    def files(self) -> dict[str, bytes]:
        """The captured files by root-relative path."""
        return {
            path.relative_to(self.folder).as_posix(): path.read_bytes()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and path.name not in _ABOUT
        }

    @property
    def expected(self) -> dict[str, Any]:
        """`packages` and `problems`."""
        loaded: dict[str, Any] = json.loads((self.folder / "expected.json").read_text("utf-8"))
        return loaded


def all_cases() -> list[Case]:
    """Every case of every ecosystem."""
    return [Case(folder) for folder in sorted(FOLDER.glob("*/*")) if folder.is_dir()]


def parse(cataloger: Cataloger, files: dict[str, bytes]) -> tuple[list[Package], list[Problem]]:
    """Run a cataloger on files, grouped as it asks."""
    given = files_for(cataloger.wants, files)
    found = [item for group in groups(cataloger, given) for item in cataloger.parse(group)]
    packages = [item for item in found if isinstance(item, Package)]
    return packages, [item for item in found if isinstance(item, Problem)]


def groups(cataloger: Cataloger, files: dict[str, bytes]) -> Iterator[dict[str, bytes]]:
    """`files` in the groups that `cataloger` wants; the simplest reading of the contract."""
    if cataloger.group == "image":
        yield files
        return
    keys = {path: path if cataloger.group == "file" else str(Path(path).parent) for path in files}
    for key in sorted(set(keys.values())):
        yield {path: data for path, data in files.items() if keys[path] == key}


def package_facts(packages: Iterable[Package]) -> list[dict[str, Any]]:
    """Packages in the form of `expected.json`, which knows no layers and no purl.

    Members that a format has no word for are left out where they are empty.
    """
    facts = [
        {
            "name": package.name,
            "version": package.version,
            "arch": package.arch,
            "state": package.state,
            **_rare(package),
            "source": (
                {"name": package.source.name, "version": package.source.version}
                if package.source
                else None
            ),
            "licenses": list(package.licenses),
            "supplier": package.supplier,
            "homepage": package.homepage,
            "locations": [place.path for place in package.locations],
        }
        for package in packages
    ]
    return sorted(facts, key=lambda f: (f["name"], f["arch"], f["version"], f["locations"]))


def _rare(package: Package) -> dict[str, Any]:
    rare = {
        "type": package.type,
        "namespace": package.namespace,
        "qualifiers": dict(package.qualifiers),
        "requires": [list(tokens) for tokens in package.requires],
        "provides": list(package.provides),
        "digests": list(package.digests),
        "originator": package.originator,
        "cpes": list(package.cpes),
        "method": package.method if package.method != "database" else "",
        "confidence": package.confidence if package.confidence != "high" else "",
        "inside": [place.inside for place in package.locations if place.inside],
    }
    if package.type in {"deb", "apk"} and rare["method"] == "":
        del rare["type"]
    return {name: value for name, value in rare.items() if value}


def problem_facts(problems: Iterable[Problem]) -> Counter[tuple[str, str, str]]:
    """Problems in the form of `expected.json`; their words are not part of the contract."""
    return Counter((p.code.value, p.severity.value, p.where) for p in problems)


def expected_problems(case: Case) -> Counter[tuple[str, str, str]]:
    """The problems that a case states."""
    return Counter((p["code"], p["severity"], p["where"]) for p in case.expected["problems"])
