"""Lock files of Gradle by its own rules, and poms of projects against Maven's own reader."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.layers.wants import CapturePlan
from analyzer.packages.catalogers.javalocks import CATALOGER
from analyzer.packages.contract import Package
from tests.packages.cases import FOLDER, Case, parse
from tests.support.tools import require_tool, run, unavailable

LOCK = "srv/app/gradle.lockfile"
POM = "srv/app/pom.xml"
FACTS = Path(__file__).with_name("PomFacts.java")
REPOSITORY = Path("/usr/share/maven-repo")
"""Where Debian keeps poms."""
LIBRARIES = Path("/usr/share/maven/lib")
ORDINARY = Case(FOLDER / "javalocks" / "ordinary").files


def named(packages: list[Package]) -> list[tuple[str, str, str]]:
    return [(package.namespace, package.name, package.version) for package in packages]


# --- Gradle ---------------------------------------------------------------------
# Rules: Gradle's LockFileReaderWriter and DependencyLockingNotationConverter, and their tests.


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        (LOCK, True),
        ("srv/app/buildscript-gradle.lockfile", True),
        ("srv/app/settings-gradle.lockfile", True),
        ("srv/app/gradle/dependency-locks/runtimeClasspath.lockfile", True),
        ("srv/app/dependency-locks/runtimeClasspath.lockfile", False),
        ("srv/app/other.lockfile", False),
    ],
)
def test_files_are_those_that_gradle_writes(path: str, *, wanted: bool) -> None:
    """Of the project, its build script and its settings; before Gradle 7, of configurations."""
    assert CapturePlan(CATALOGER.wants).keeps(path) is wanted


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("org:foo:1.1=a", [("org", "foo", "1.1")]),
        ("org:foo:1.1=a,b,c", [("org", "foo", "1.1")]),
        ("org:foo:1.0-alpha+meta=a", [("org", "foo", "1.0-alpha+meta")]),
        ("#ignored", []),
        ("# org:foo:1.1=a", []),
        ("", []),
        ("empty=", []),
        ("empty=d,annotationProcessor", []),
    ],
)
def test_lines_that_gradle_takes(line: str, found: list[tuple[str, str, str]]) -> None:
    packages, problems = parse(CATALOGER, {LOCK: f"{line}\n".encode()})
    assert named(packages) == found
    assert problems == []
    assert all(package.state == "declared" for package in packages)


@pytest.mark.parametrize(
    "line",
    ["<<<<<<< HEAD", "======", "line1", "invalid=a", "a:b=c", "a:b:c:d=e", "a:b:1=c=d"],
)
def test_lines_that_gradle_refuses_are_told_and_the_rest_is_read(line: str) -> None:
    """Gradle ends with "Invalid lock state"; a merge conflict is what people mostly have."""
    lock = f"org:foo:1.1=a\n{line}\norg:bar:2=a\n".encode()
    packages, problems = parse(CATALOGER, {LOCK: lock})
    assert named(packages) == [("org", "foo", "1.1"), ("org", "bar", "2")]
    assert [(problem.severity, problem.where) for problem in problems] == [("error", LOCK)]


def test_files_of_one_configuration_have_no_configurations() -> None:
    """Lines that Gradle's own test of the older form has."""
    path = "srv/app/gradle/dependency-locks/conf.lockfile"
    packages, problems = parse(CATALOGER, {path: b"#Ignored\norg:foo:1.1\n\norg:bar:2\n"})
    assert named(packages) == [("org", "foo", "1.1"), ("org", "bar", "2")]
    assert problems == []


@given(st.lists(st.sampled_from([b"a:b:1=c", b"a:b", b"#", b"=", b":", b"empty=", b"\xff", b""])))
def test_any_lines_are_read_or_told(lines: list[bytes]) -> None:
    packages, problems = parse(CATALOGER, {LOCK: b"\n".join(lines)})
    assert bool(packages) is (b"a:b:1=c" in lines)
    assert bool(problems) is bool({b"a:b", b"=", b":", b"\xff"} & set(lines))


# --- Maven ----------------------------------------------------------------------


def of_maven(facts: list[str]) -> Counter[tuple[str, str, str]]:
    """The project that Maven's reader found, and what it needs when it runs.

    Scopes: "Introduction to the Dependency Mechanism", "Dependency Scope".
    """
    group, artifact, version, *rest = facts
    found = {(group, artifact, version)}
    for at, word in enumerate(rest):
        if word == "dependency" and rest[at + 4] in {"", "compile", "runtime"}:
            found.add((rest[at + 1], rest[at + 2], rest[at + 3]))
    return Counter(found)


def test_every_pom_of_this_machine_declares_what_maven_reads() -> None:
    """Maven's reader leaves references to properties as they are, so those poms are passed over."""
    paths = sorted(path for path in REPOSITORY.rglob("*.pom") if path.is_file())
    if len(paths) < 20 or not LIBRARIES.is_dir():
        unavailable("Maven and poms of Debian packages are not installed")
    shown = run([require_tool("java"), "-cp", f"{LIBRARIES}/*", FACTS, *paths]).stdout
    compared = declared = 0
    for path, line in zip(paths, shown.decode("ascii").splitlines(), strict=True):
        facts = [" ".join(fact.split()) for fact in json.loads(line)]
        if any("${" in fact for fact in facts):
            continue
        packages, problems = parse(CATALOGER, {POM: path.read_bytes()})
        assert problems == [], path
        assert Counter(named(packages)) == of_maven(facts), path
        compared += 1
        declared += len(packages)
    assert compared > 20
    assert declared > compared


def test_a_pom_cut_off_anywhere_is_told() -> None:
    """Wherever expat, which is not our reader, says that it is not well-formed."""
    (path,) = (path for path in ORDINARY if path.endswith("pom.xml"))
    whole = ORDINARY[path].rstrip()
    for end in range(1, len(whole) + 1, 7):
        packages, problems = parse(CATALOGER, {POM: whole[:end]})
        try:
            ET.fromstring(whole[:end])  # noqa: S314 - it is our fixture
        except ET.ParseError:
            assert [(p.severity, p.where) for p in problems] == [("error", POM)], end
            assert packages == []
        else:
            assert problems == []


def test_poms_in_archives_are_left_to_the_cataloger_of_archives() -> None:
    assert not CapturePlan(CATALOGER.wants).keeps("srv/app.jar")
    assert not CapturePlan(CATALOGER.wants).keeps("srv/x-1.0.pom")
