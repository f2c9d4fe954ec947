"""Every cataloger against its case folders, and what all catalogers have to keep to."""

from __future__ import annotations

import ast
import io
import tomllib
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.layers.scan import scan_layer
from analyzer.layers.wants import CapturePlan
from analyzer.limits import Budget, Limits
from analyzer.magicsink import MAGIC_BYTES
from analyzer.packages import catalogers
from analyzer.packages.contract import Cataloger, Package, Problem, files_for
from analyzer.packages.desk import Desk, Seen, files_of
from analyzer.packages.distro import WANTS
from analyzer.packages.purltypes import TYPES
from analyzer.packages.registry import capture_plan, find_catalogers
from tests.packages.cases import (
    FOLDER,
    Case,
    all_cases,
    expected_problems,
    groups,
    package_facts,
    parse,
    problem_facts,
)
from tests.support.imagebuilder import tar_bytes

CASES = all_cases()
FOUND = {cataloger.name: cataloger for cataloger in find_catalogers()}
MODULES = sorted(path.stem for path in Path(catalogers.__path__[0]).glob("[!_]*.py"))


def module_of(name: str) -> ModuleType:
    """The module of a cataloger."""
    return import_module(f"{catalogers.__name__}.{name}")


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.ecosystem}-{case.name}")
def test_case_gives_the_expected_packages_and_problems(case: Case) -> None:
    packages, problems = parse(FOUND[case.ecosystem], case.files)
    assert package_facts(packages) == case.expected["packages"]
    assert problem_facts(problems) == expected_problems(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.ecosystem}-{case.name}")
def test_case_has_a_birth_certificate(case: Case) -> None:
    origin = tomllib.loads((case.folder / "origin.toml").read_text("utf-8"))
    assert origin.keys() == {"what", "why", "source", "expected", "licence"}
    assert all(isinstance(text, str) and text for text in origin.values())


def test_every_module_is_found_and_nothing_else() -> None:
    assert [cataloger.name for cataloger in find_catalogers()] == MODULES
    assert MODULES


@pytest.mark.parametrize("name", [*MODULES, "_example"])
class TestEveryCataloger:
    """What a newcomer's module is told by its first test run."""

    def test_has_exactly_one_cataloger_of_the_same_name(self, name: str) -> None:
        values = vars(module_of(name))
        assert [key for key, value in values.items() if isinstance(value, Cataloger)] == [
            "CATALOGER"
        ]
        assert values["CATALOGER"].name == name

    def test_docstring_links_the_format(self, name: str) -> None:
        assert "https://" in (module_of(name).__doc__ or "")

    def test_wants_can_match(self, name: str) -> None:
        cataloger: Cataloger = module_of(name).CATALOGER
        plan = CapturePlan(cataloger.wants)
        for want in cataloger.wants:
            assert want in plan.matching(want.pattern.replace("*", "x")), want.pattern
            assert want.reducer is None or all(
                0 < len(magic) <= MAGIC_BYTES for magic in want.reducer.magics
            )

    def test_imports_the_contract_and_formats_only(self, name: str) -> None:
        source = Path(str(module_of(name).__file__)).read_text("utf-8")
        imported = {
            node.module or ""
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.ImportFrom)
        }
        own = {module for module in imported if module.startswith("analyzer")}
        formats = {module for module in own if module.startswith("analyzer.packages.formats")}
        assert own - formats == {"analyzer.packages.contract"}

    def test_same_files_give_the_same_answer(self, name: str) -> None:
        cataloger: Cataloger = module_of(name).CATALOGER
        paths = [want.pattern.replace("*", "x") for want in cataloger.wants]
        files = files_for(cataloger.wants, dict.fromkeys(paths, b"P:a\nV:1\n\nPackage: b\n"))
        assert list(cataloger.parse(files)) == list(cataloger.parse(dict(reversed(files.items()))))

    @given(data=st.data())
    def test_random_bytes_are_rejected_politely(self, name: str, data: st.DataObject) -> None:
        cataloger: Cataloger = module_of(name).CATALOGER
        paths = [want.pattern.replace("*", "x") for want in cataloger.wants]
        path = data.draw(st.sampled_from(paths))
        lines = st.lists(st.one_of(st.binary(max_size=30), st.sampled_from(PIECES)), max_size=20)
        content = data.draw(st.one_of(st.binary(max_size=2000), lines.map(b"\n".join)))
        for item in cataloger.parse(files_for(cataloger.wants, {path: content})):
            assert isinstance(item, Package | Problem)
            if isinstance(item, Package):
                assert item.name
                assert item.type in TYPES
                assert [place.path for place in item.locations] == [path]
                shown = item.name + item.version + item.arch + item.supplier + item.homepage
                assert "".join((shown, *item.licenses)).isprintable()
            else:
                assert item.where == path


PIECES = [
    *(b"Package: a", b"Status: install ok installed", b"Version: 1", b" folded", b"Source: s ("),
    *(b"P:a", b"V:1", b"L:\xff", b"", b":", b"Version:", b"\x1b[31m", b"\0", b"Source: (1)"),
]
"""Lines that come near to something."""


@pytest.mark.parametrize("name", MODULES)
class TestEveryFixtureFolder:
    """A cataloger comes with the cases that show what it does."""

    def test_has_the_cases_that_every_ecosystem_has(self, name: str) -> None:
        names = {case.name for case in CASES if case.ecosystem == name}
        assert names >= {"ordinary", "empty", "damaged", "strange", "absent-version"}

    def test_wants_match_its_paths(self, name: str) -> None:
        plan = CapturePlan(FOUND[name].wants)
        for case in CASES:
            for path in case.files:
                assert case.ecosystem != name or plan.keeps(path), path

    def test_ordinary_is_clean_and_damaged_says_so(self, name: str) -> None:
        _, problems = parse(FOUND[name], Case(FOLDER / name / "ordinary").files)
        assert problems == []
        _, problems = parse(FOUND[name], Case(FOLDER / name / "damaged").files)
        assert "error" in {problem.severity for problem in problems}


def test_no_fixture_folder_is_without_cataloger() -> None:
    assert {case.ecosystem for case in CASES} == set(FOUND)


def test_plan_unites_what_catalogers_and_distribution_want() -> None:
    plan = capture_plan(find_catalogers())
    assert plan.keeps("var/lib/dpkg/status.d/base")
    assert plan.keeps("etc/os-release")
    assert not plan.wanted("etc/passwd").whole
    assert set(capture_plan(()).wants) == set(WANTS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.ecosystem}-{case.name}")
def test_a_layer_gives_the_cataloger_the_files_of_the_case(case: Case) -> None:
    """What reducers are asked for and how files begin is decided while a layer passes."""
    cataloger = FOUND[case.ecosystem]
    scan = scan_layer(io.BytesIO(tar_bytes(case.files)), "x", PLAN, Budget(Limits()))
    shown = {path: Seen(captured, 0, path) for path, captured in scan.captured.items()}
    given = dict(files_for(cataloger.wants, case.files))
    for path in [path for path in given if not case.files[path] and path not in shown]:
        del given[path]  # of no bytes nothing can be taken out
    got = [files_of(group) for _, group in Desk((cataloger,)).groups(shown)]
    assert {path: data for group in got for path, data in group.items()} == given


PLAN = capture_plan(find_catalogers())
FINDING = [name for name in MODULES if FOUND[name].finds is not None]


@pytest.mark.parametrize("name", FINDING)
def test_what_is_found_by_name_is_what_is_owned(name: str) -> None:
    cataloger = FOUND[name]
    assert cataloger.owns is not None
    assert cataloger.finds is not None
    compared = 0
    for case in (case for case in CASES if case.ecosystem == name):
        for group in groups(cataloger, files_for(cataloger.wants, case.files)):
            owned = list(cataloger.owns(group))
            last = sorted({item.path.rpartition("/")[2] for item in owned})
            for names in (frozenset(last), frozenset(last[::2]), frozenset(last[:1])):
                expected = [item for item in owned if item.path.rpartition("/")[2] in names]
                assert list(cataloger.finds(group, names)) == expected
                compared += len(expected)
    assert compared
