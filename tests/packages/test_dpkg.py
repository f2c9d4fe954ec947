"""dpkg's database, asked of dpkg-query itself."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from analyzer.packages.catalogers.dpkg import CATALOGER, FLAGS, STATES, UNREADABLE, WANTED
from analyzer.packages.contract import INSTALLED_STATES, Code, Package, Problem
from analyzer.paths import decode, printable
from tests.packages.cases import FOLDER, Case, package_facts, parse
from tests.support.tools import require_tool, run

STATUS = "var/lib/dpkg/status"
FORMAT = (
    "${Package}\\t${Version}\\t${Architecture}\\t${db:Status-Status}\\t${source:Package}\\t"
    "${source:Version}\\t${Maintainer}\\t${Homepage}\\t${Original-Maintainer}\\n"
)


def one(fields: str, path: str = STATUS) -> tuple[Package, list[Problem]]:
    """The only package of a stanza."""
    packages, problems = parse(CATALOGER, {path: fields.encode()})
    assert len(packages) == 1
    return packages[0], problems


def asked(tool: str, database: Path) -> list[tuple[str, ...]]:
    """What dpkg-query says about a status file; it does not show what is not installed."""
    command = [tool, f"--admindir={database.parent}", "--show", f"--showformat={FORMAT}"]
    return [tuple(line.split("\t")) for line in decode(run(command).stdout).splitlines()]


def told(package: Package) -> tuple[str, ...]:
    """The same of ours."""
    assert package.source
    return (
        *(package.name, package.version, package.arch, package.state),
        *(package.source.name, package.source.version, package.supplier, package.homepage),
        package.originator,
    )


@pytest.mark.parametrize("name", ["ordinary", "strange", "empty", "derivative"])
def test_case_says_what_dpkg_query_says(name: str) -> None:
    tool = require_tool("dpkg-query")
    case = Case(FOLDER / "dpkg" / name)
    packages, _ = parse(CATALOGER, case.files)
    ours = [told(package) for package in packages if package.state != "not-installed"]
    theirs = [tuple(map(printable, row)) for row in asked(tool, case.folder / STATUS)]
    assert sorted(ours) == sorted(theirs)
    assert package_facts(packages) == case.expected["packages"]


def test_whole_database_of_a_debian_machine_says_what_dpkg_query_says() -> None:
    tool = require_tool("dpkg-query")
    database = Path("/var/lib/dpkg/status")
    if not database.exists():
        pytest.skip("not a Debian machine")
    packages, problems = parse(CATALOGER, {STATUS: database.read_bytes()})
    ours = [told(package) for package in packages if package.state != "not-installed"]
    assert sorted(ours) == sorted(tuple(map(printable, row)) for row in asked(tool, database))
    assert problems == []


@pytest.mark.parametrize(
    "words", list(itertools.product(sorted(WANTED), sorted(FLAGS), sorted(STATES))), ids=" ".join
)
def test_every_legal_status_gives_its_third_word(words: tuple[str, str, str]) -> None:
    """dpkg(1), "Package states": the want and the flag do not say what is there."""
    package, problems = one(f"Package: p\nStatus: {' '.join(words)}\nVersion: 1\n")
    assert package.state == words[2]
    assert problems == []


def test_states_with_files_on_disk() -> None:
    assert {"config-files", "half-installed", "not-installed"} == STATES - INSTALLED_STATES
    assert INSTALLED_STATES < STATES


@pytest.mark.parametrize(
    "words",
    [
        *("install ok", "ok installed", "installed", "", "install ok installed again"),
        *("install ok instaled", "instal ok installed", "install okay installed"),
        *("install ok not_installed", "install hold installed", "install ok postinst-failed"),
    ],
)
def test_status_that_dpkg_refuses_is_an_error_and_not_installed(words: str, tmp_path: Path) -> None:
    stanza = f"Package: p\nStatus: {words}\nVersion: 1\nArchitecture: all\n"
    package, problems = one(stanza)
    assert package.state == UNREADABLE
    assert not package.installed
    assert [problem.severity for problem in problems] == ["error"]
    (tmp_path / "status").write_text(stanza)
    refused = run([require_tool("dpkg-query"), f"--admindir={tmp_path}", "-W"], check=False)
    assert b"word in 'Status' field" in refused.stderr


def test_without_status_installed_in_split_form_only() -> None:
    stanza = "Package: p\nVersion: 1\n"
    package, problems = one(stanza)
    assert package.state == "not-installed"
    assert [problem.code for problem in problems] == [Code.PACKAGE_FIELD_MISSING]
    assert one(stanza, "var/lib/dpkg/status.d/p")[0].state == "installed"
    spoken = stanza + "Status: deinstall ok config-files\n"
    assert one(spoken, "var/lib/dpkg/status.d/p")[0].state == "config-files"


def test_list_files_beside_split_stanzas_are_no_packages() -> None:
    files = {
        "var/lib/dpkg/status.d/p": b"Package: p\nVersion: 1\n",
        "var/lib/dpkg/status.d/p.md5sums": b"Package: q\nVersion: 1\n",
    }
    packages, problems = parse(CATALOGER, files)
    assert [package.name for package in packages] == ["p"]
    assert [problem.where for problem in problems] == ["var/lib/dpkg/status.d/p.md5sums"]


@pytest.mark.parametrize(
    ("field", "name", "version"),
    [
        ("", "p", "1+b1"),
        ("Source: s\n", "s", "1+b1"),
        ("Source: s (1)\n", "s", "1"),
        ("Source: p (1)\n", "p", "1"),
        ("Source: s (2:1~rc1-1)\n", "s", "2:1~rc1-1"),
        ("Source:\n", "p", "1+b1"),
    ],
)
def test_source_defaults_to_the_binary_in_name_and_version(
    field: str, name: str, version: str
) -> None:
    """deb-control(5), Source."""
    package, _ = one(f"Package: p\nStatus: install ok installed\n{field}Version: 1+b1\n")
    assert package.source
    assert (package.source.name, package.source.version) == (name, version)


@pytest.mark.parametrize(
    ("fields", "requires", "provides"),
    [
        ("Depends: libc6 (>= 2.34), python3:any\n", (("libc6",), ("python3",)), ()),
        ("Depends: a | b (<< 2) | c:amd64\n", (("a", "b", "c"),), ()),
        ("Depends: z\nPre-Depends: dpkg (>= 1.17.14)\n", (("dpkg",), ("z",)), ()),
        ("Depends: a (>= 1), a (<< 2~)\n", (("a",),), ()),
        ("Depends:\n a,\n b\n", (("a",), ("b",)), ()),
        ("Depends: ,\nProvides:\n", (), ()),
        ("Provides: mail-transport-agent, sh (= 1.2)\n", (), ("mail-transport-agent", "sh")),
    ],
)
def test_relations_by_name_alone(
    fields: str, requires: tuple[tuple[str, ...], ...], provides: tuple[str, ...]
) -> None:
    """Debian Policy 7.1, and 7.5 for what is provided."""
    package, problems = one(f"Package: p\nStatus: install ok installed\nVersion: 1\n{fields}")
    assert (package.requires, package.provides) == (requires, provides)
    assert problems == []


def test_relations_of_a_debian_machine_are_those_that_dpkg_reads() -> None:
    """By dpkg's own parser, `Dpkg::Deps`."""
    database = Path("/var/lib/dpkg/status")
    perl = require_tool("perl")
    if not database.exists() or run([perl, "-MDpkg::Deps", "-e1"], check=False).returncode:
        pytest.skip("not a Debian machine with libdpkg-perl")
    packages, _ = parse(CATALOGER, {STATUS: database.read_bytes()})
    shown = run([require_tool("dpkg-query"), "-W", "-f=${Pre-Depends}, ${Depends}\n"]).stdout
    theirs = run([perl, "-MDpkg::Deps", "-e", DEPS], stdin=shown).stdout.decode().splitlines()
    ours = ["".join(sorted(f"{'|'.join(r)};" for r in p.requires)) for p in packages if p.version]
    assert sorted(ours) == sorted(theirs)


DEPS = """
while (<STDIN>) {
    my %found;
    for my $any (deps_parse($_, reduce_arch => 0, union => 0)->get_deps()) {
        my @each = $any->isa("Dpkg::Deps::OR") ? $any->get_deps() : $any;
        my %seen;
        $found{join("|", grep { !$seen{$_}++ } map { $_->{package} } @each)} = 1;
    }
    print join("", sort map { "$_;" } keys %found), "\n";
}
"""
"""Each line of relations as dpkg reads it: alternatives by name, sorted."""
