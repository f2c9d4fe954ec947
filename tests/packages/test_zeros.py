"""Databases of text in which a block went bad: what was there is gone, and that is told."""

from __future__ import annotations

import pytest

from analyzer.packages.catalogers import apk, opkg, pacman, rpmmanifest
from analyzer.packages.contract import Cataloger, Code
from analyzer.problems import Severity
from tests.packages.cases import FOLDER, Case, parse

CASES = [
    (apk.CATALOGER, "lib/apk/db/installed"),
    (opkg.CATALOGER, "usr/lib/opkg/status"),
    (pacman.CATALOGER, "/desc"),
    (rpmmanifest.CATALOGER, "container-manifest-2"),
]


@pytest.mark.parametrize(("cataloger", "ending"), CASES, ids=lambda case: getattr(case, "name", ""))
def test_zeros_anywhere_are_an_error(cataloger: Cataloger, ending: str) -> None:
    files = Case(FOLDER / cataloger.name / "ordinary").files
    path = next(path for path in sorted(files) if path.endswith(ending))
    whole = files[path]
    assert errors(cataloger, files) == set()
    for at in range(0, len(whole) - 3, max(1, len(whole) // 40)):
        damaged = whole[:at] + bytes(3) + whole[at + 3 :]
        told = errors(cataloger, {**files, path: damaged})
        assert (Code.PACKAGE_DATABASE_DAMAGED, path) in told, at


def errors(cataloger: Cataloger, files: dict[str, bytes]) -> set[tuple[Code, str]]:
    """The codes and files of the errors that it tells."""
    _, problems = parse(cataloger, files)
    return {(each.code, each.where) for each in problems if each.severity is Severity.ERROR}
