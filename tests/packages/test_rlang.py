"""DESCRIPTION files against R itself."""

from __future__ import annotations

import pytest

from analyzer.packages.catalogers import rlang
from analyzer.packages.contract import Package
from tests.packages.cases import FOLDER, Case
from tests.support.tools import require_tool, run

DESCRIBED = (
    "for (folder in commandArgs(TRUE)) {"
    " d <- suppressWarnings(packageDescription(basename(folder), lib.loc = dirname(folder)));"
    ' if (is.list(d) && !is.null(d[["Built"]])) cat(d[["Package"]], d[["Version"]], "\\n") }'
)
"""The files as R reads them; installed.packages() would ask for more than a DESCRIPTION."""


@pytest.mark.parametrize("case", ["ordinary", "strange", "damaged"])
def test_same_packages_and_versions_as_r_reads(case: str) -> None:
    program = require_tool("Rscript")
    folder = FOLDER / "rlang" / case
    # R ends with an error at lines that are no fields, and takes a package for its folder's name.
    left_out = ("noise", "nameless", "usr/share/x")
    files = {path: data for path, data in Case(folder).files.items() if not _has(path, left_out)}
    folders = sorted((folder / path).parent for path in files)
    said = run([program, "-e", DESCRIBED, *folders]).stdout.decode().splitlines()
    found = [p for p in rlang.parse(files) if isinstance(p, Package)]
    assert {f"{p.name} {p.version}" for p in found} == {line.strip() for line in said}
    assert len(found) == {"ordinary": 8, "strange": 2, "damaged": 0}[case]


def _has(path: str, parts: tuple[str, ...]) -> bool:
    return any(part in path for part in parts)
