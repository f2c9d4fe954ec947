"""Boolean dependencies, against rpm's own judgement of them."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import pytest

from analyzer.packages.formats.rpmdeps import alternatives, named, requirement
from tests.support import rpms
from tests.support.tools import require_tool, run

SPEC = """
Name: {name}
Version: 1
Release: 1
Summary: S
License: MIT
BuildArch: noarch
{more}

%description
D.

%files
"""
NAMES = ("a", "b", "c", "d(x)")
EXPRESSIONS = [
    "(a or b)",
    "(a and b)",
    "(a or b or c or d(x))",
    "(a and b and d(x))",
    "(a if b)",
    "(a if d(x))",
    "(a if b else c)",
    "(a if (b or c))",
    "(a if (b and c) else d(x))",
    "((a and b) if c)",
    "((a or b) if c)",
    "((a or b) and (c or d(x)))",
    "((a and b) or (c and d(x)))",
    "((a unless b) or c)",
    "((a unless b else c) or d(x))",
    "(a and (b if c))",
    "(a >= 1 or b < 1 or (c = 1 and d(x) > 0))",
    "(a with a(token))",
]
"""What rpmbuild accepts of https://rpm-software-management.github.io/rpm/manual/boolean_dependencies.html"""


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    more = {name: f"Provides: {name} = 1, {name[:1]}(token)" for name in NAMES}
    more |= {f"x{n}": f"Requires: {expression}" for n, expression in enumerate(EXPRESSIONS)}
    specs = [
        SPEC.format(name=name[:1] if name in NAMES else name, more=m) for name, m in more.items()
    ]
    built = rpms.build(tmp_path_factory.mktemp("deps"), specs)
    return {path.name.split("-")[0]: path for path in built}


def refused(folder: Path, packages: dict[str, Path]) -> set[str]:
    """The requirements that rpm finds unmet when it is to install packages."""
    wanted = [packages[f"x{number}"] for number in range(len(EXPRESSIONS))]
    command: list[str | Path] = [
        require_tool("rpm"),
        "--dbpath",
        folder,
        "-i",
        "--test",
        "--force-debian",
    ]
    said = run([*command, "--nosignature", *wanted], env={"LC_ALL": "C"}, check=False).stderr
    return set(re.findall(r"^\s+(\(.*\)) is needed by x", said.decode(), re.MULTILINE))


def test_met_where_rpm_finds_them_met(packages: dict[str, Path], tmp_path: Path) -> None:
    answers = 0
    for count in range(len(NAMES) + 1):
        for installed in combinations(NAMES, count):
            folder = tmp_path / "".join(name[:1] for name in ("db", *installed))
            folder.mkdir()
            rpms.rpm(folder, "--initdb")
            if installed:
                rpms.install(folder, *(packages[name[:1]] for name in installed))
            provided = {token for name in installed for token in (name, f"{name[:1]}(token)")}
            unmet = {
                expression
                for expression in EXPRESSIONS
                # Versions are none of our business; this one is true of no version here.
                for needed in [
                    requirement(expression.replace("b < 1 or ", ""), provided.__contains__)
                ]
                if not all(provided.intersection(tokens) for tokens in needed)
            }
            assert unmet == refused(folder, packages), installed
            answers += len(unmet)
    assert 50 < answers < 16 * len(EXPRESSIONS) - 50


def test_names_are_those_of_both_sides() -> None:
    assert named("(a >= 1 or (b(x) if /usr/bin/c)  )") == ["a", "b(x)", "/usr/bin/c"]
    assert named("(a or") == []
    assert named("plain(x)(64bit)") == ["plain(x)(64bit)"]


def test_features_of_rpm_are_no_dependencies() -> None:
    assert requirement("rpmlib(CompressedFileNames)", {"a"}.__contains__) == []


@pytest.mark.parametrize(
    ("path", "others"),
    [
        ("/bin/sh", ("/bin/sh", "/usr/bin/sh")),
        ("/usr/bin/sh", ("/usr/bin/sh", "/bin/sh")),
        ("/usr/lib64/a/b", ("/usr/lib64/a/b", "/lib64/a/b")),
        ("/sbin/ldconfig", ("/sbin/ldconfig", "/usr/sbin/ldconfig")),
        ("/usr/share/a", ("/usr/share/a",)),
        ("/binary/a", ("/binary/a",)),
        ("bin/a", ("bin/a",)),
    ],
)
def test_files_of_a_merged_usr_have_two_names(path: str, others: tuple[str, ...]) -> None:
    assert alternatives(path) == others


@pytest.mark.parametrize(
    "text",
    [
        *(
            "(",
            "()",
            "(a",
            "(a or)",
            "(or a)",
            "(a or b and c)",
            "(a b)",
            "(a if b if c)",
            "(a >= )",
        ),
        *("(a else b)", "(a if b else c else d)", "(" * 5000, "(a or " * 5000 + "b" + ")" * 5000),
        *("((", "(a) b", "(a without b without c)"),
    ],
)
def test_what_is_no_boolean_dependency_stands_for_itself(text: str) -> None:
    needed = requirement(text, {"a", "b"}.__contains__)
    assert needed in ([(text,)], [("a",)])


def test_no_name_asks_for_nothing() -> None:
    """Of a damaged header; a package that provides no name would meet it."""
    assert requirement("", bool) == []
