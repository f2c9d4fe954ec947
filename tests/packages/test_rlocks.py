"""Lock files of renv and packrat against these themselves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.packages.catalogers import rlocks
from analyzer.packages.contract import Package, Problem
from analyzer.packages.purl import package_url
from tests.packages.cases import FOLDER
from tests.support.tools import require_tool, run

SHOW = Path(__file__).with_name("lock_records.R")


def sound(pattern: str) -> list[Path]:
    """Lock files of projects that the tools can read."""
    folders = [FOLDER / "rlocks" / case / "srv" for case in ("ordinary", "strange")]
    return [path for folder in folders for path in sorted(folder.glob(pattern))]


def said(library: str, paths: list[Path]) -> list[list[list[str]]]:
    """What the R package `library` reads, by file; skips where it is not installed."""
    script = require_tool("Rscript")
    probe = f"quit(status = !requireNamespace('{library}', quietly = TRUE))"
    if run([script, "--vanilla", "-e", probe], check=False).returncode:
        pytest.skip(f"R has no package {library}")
    shown = run([script, "--vanilla", SHOW, *paths]).stdout.decode()
    return [
        [line.split("\t") for line in part.splitlines()] for part in shown.split("--\n") if part
    ]


def packages_of(path: Path) -> list[Package]:
    """As if the lock file lay in a project."""
    found = rlocks.parse({f"srv/{path.name}": path.read_bytes()})
    return [item for item in found if isinstance(item, Package)]


def test_packages_are_those_that_renv_reads() -> None:
    paths = sound("*/renv.lock")
    for path, records in zip(paths, said("renv", paths), strict=True):
        packages = {package.name: package for package in packages_of(path)}
        assert {package.name: package.version for package in packages.values()} == {
            name.replace("\x07", "\\x07"): version for name, version, _ in records
        }
        for name, _, source in records:
            stated = dict(packages[name.replace("\x07", "\\x07")].qualifiers)
            if source in {"github", "gitlab", "bitbucket", "git"}:
                assert stated["vcs_url"].startswith("git+")
            elif source == "bioconductor":
                assert stated == {"repository_url": "https://bioconductor.org"}
            elif source == "url":
                assert list(stated) == ["download_url"]
            elif source != "repository":
                assert stated == {}


def test_packages_are_those_that_packrat_reads() -> None:
    paths = sound("**/packrat.lock")
    for path, records in zip(paths, said("packrat", paths), strict=True):
        found = {
            (package.name, package.version, " ".join(name for (name,) in package.requires))
            for package in packages_of(path)
        }
        assert found == {(name, version, needs.strip()) for name, version, _, needs in records}


def one(fields: dict[str, object], repositories: object = None) -> str:
    """The package URL of the package with these fields."""
    document = {"R": {"Repositories": repositories}, "Packages": {"a": {"Version": "1", **fields}}}
    [package] = rlocks.parse({"renv.lock": json.dumps(document).encode()})
    assert isinstance(package, Package)
    return package_url(package, None)


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        ({"Package": "A3", "Version": "1.0.0"}, "pkg:cran/A3@1.0.0"),
        ({"Package": "rJava", "Version": "1.0-4", "Repository": "CRAN"}, "pkg:cran/rJava@1.0-4"),
        ({"Source": "Bioconductor"}, "pkg:cran/a@1?repository_url=https:%2F%2Fbioconductor.org"),
        ({"Source": "Repository", "Repository": "Lost"}, "pkg:cran/a@1"),
        (
            {"Source": "Repository", "Repository": "Own"},
            "pkg:cran/a@1?repository_url=https:%2F%2Fr.example.org",
        ),
        ({"RemoteType": "url", "RemoteUrl": "/home/a.tar.gz"}, "pkg:cran/a@1"),
        ({"RemoteType": "github", "RemoteRepo": "a"}, "pkg:cran/a@1"),
    ],
)
def test_package_urls(fields: dict[str, object], url: str) -> None:
    """Examples of the type `cran`, and sources that say less than they could."""
    assert one(fields, [{"Name": "Own", "URL": "https://r.example.org"}]) == url


@pytest.mark.parametrize(
    "folder",
    [
        "usr/lib/R/site-library/a",
        "srv/renv/library/R-4.2/x86_64/a",
        "srv/packrat/lib/a",
        "a/R/library/b",
    ],
)
def test_lock_files_of_installed_packages_are_none_of_a_project(folder: str) -> None:
    assert list(rlocks.parse({f"{folder}/renv.lock": b"x", f"{folder}/packrat.lock": b"x"})) == []


VALUES = st.recursive(
    st.one_of(st.none(), st.integers(), st.text(max_size=5), st.sampled_from(["github", "git"])),
    lambda deeper: st.one_of(
        st.lists(deeper, max_size=3),
        st.dictionaries(
            st.sampled_from(["Package", "Version", "Source", "RemoteSha", "RemoteUrl", "Imports"]),
            deeper,
        ),
    ),
)


@given(VALUES, VALUES, st.dictionaries(st.text(max_size=4), VALUES))
def test_documents_that_come_near(repositories: object, other: object, packages: object) -> None:
    for document in (
        {"R": {"Repositories": repositories}, "Packages": packages},
        {"R": other, "Packages": other},
    ):
        for item in rlocks.parse({"renv.lock": json.dumps(document).encode()}):
            assert item.name if isinstance(item, Package) else isinstance(item, Problem)


LINES = ["Package: a", "Version: 1", "Source: github", "RemoteSha: x", "", "PackratFormat: 1", " b"]


@given(st.lists(st.one_of(st.sampled_from(LINES), st.text(max_size=9)), max_size=20))
def test_stanzas_that_come_near(lines: list[str]) -> None:
    data = "\n".join(lines).encode("utf-8", "surrogatepass")
    for item in rlocks.parse({"packrat.lock": data}):
        assert item.name if isinstance(item, Package) else isinstance(item, Problem)
