"""NuGet packages: real files as Python's json and xml.etree read them by the specifications."""

from __future__ import annotations

import json
from base64 import b64decode
from collections import Counter
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.layers.wants import CapturePlan
from analyzer.packages.catalogers.dotnet import CATALOGER
from tests.packages.cases import FOLDER, Case, parse

DEPS = "app/app.deps.json"
LOCK = "src/packages.lock.json"
PLAN = CapturePlan(CATALOGER.wants)


def only(case: str) -> tuple[str, bytes]:
    """The one file of a case."""
    ((path, data),) = Case(FOLDER / "dotnet" / case).files.items()
    return path, data


# --- deps.json ------------------------------------------------------------------
# https://github.com/dotnet/sdk/blob/main/documentation/specs/runtime-configuration-file.md


def by_specification(document: dict[str, Any]) -> Counter[tuple[str, str, str, str, str]]:
    """Type, name, version, state and digest of each library.

    "libraries": name/version, type, sha512. "targets": a library is there if it has a file in
    `runtime`, `native`, `resources` or `runtimeTargets`; `_._` is NuGet's file for no file.
    """
    stated = document["runtimeTarget"]
    target = document["targets"][stated["name"] if isinstance(stated, dict) else stated]
    found: Counter[tuple[str, str, str, str, str]] = Counter()
    for key, library in document["libraries"].items():
        name, version = key.split("/")
        part = target.get(key, {})
        kinds = ("runtime", "native", "resources", "runtimeTargets")
        files = [file for kind in kinds for file in part.get(kind, {})]
        there = any(not file.endswith("/_._") for file in files)
        nuget = library["type"] in {"package", "runtimepack"}
        algorithm, _, encoded = library["sha512"].partition("-")
        digest = f"{algorithm}:{b64decode(encoded).hex()}" if encoded else ""
        state = "installed" if there or not nuget else "declared"
        found["nuget" if nuget else "generic", name, version, state, digest] += 1
    return found


@pytest.mark.parametrize("case", ["ordinary", "runtime"])
def test_libraries_of_real_files_are_those_of_the_specification(case: str) -> None:
    path, data = only(case)
    packages, problems = parse(CATALOGER, {path: data})
    assert problems == []
    found = Counter(
        (p.type, p.name, p.version, p.state, "".join(p.digests))
        for p in packages
        if p.method != "file-name"
    )
    assert found == by_specification(json.loads(data))
    assert {key[3] for key in found} == {"installed", "declared"}


def test_dependencies_of_a_real_file_lead_to_what_it_lists() -> None:
    """What has no file of its own only brings others along: those are depended on instead."""
    path, data = only("ordinary")
    document = json.loads(data)
    target = document["targets"][document["runtimeTarget"]["name"]]
    direct = {
        key.split("/")[0].lower(): {name.lower() for name in part.get("dependencies", {})}
        for key, part in target.items()
    }
    packages, _ = parse(CATALOGER, {path: data})
    provided = {token for package in packages for token in package.provides}
    checked = 0
    for package in packages:
        needs = {token.rpartition(":")[2] for (token,) in package.requires}
        assert {f"{path}:{need}" for need in needs} <= provided
        there = {p.name.lower() for p in packages if p.state == "installed"}
        if package.type == "nuget" and direct.get(package.name.lower(), set()) <= there:
            assert needs == direct.get(package.name.lower(), set())
            checked += bool(needs)
    assert checked


@pytest.mark.parametrize(
    ("path", "runtimes"),
    [
        # `dotnet --list-runtimes` prints a name, a version and the folder above the version.
        (
            "usr/share/dotnet/shared/Microsoft.NETCore.App/8.0.4/Microsoft.NETCore.App.deps.json",
            [("Microsoft.NETCore.App", "8.0.4")],
        ),
        (
            "opt/d/shared/Microsoft.AspNetCore.App/9.0.0-rc.1/Microsoft.AspNetCore.App.deps.json",
            [("Microsoft.AspNetCore.App", "9.0.0-rc.1")],
        ),
        ("opt/d/shared/Microsoft.NETCore.App/8.0.4/other.deps.json", []),
        ("opt/shared/x/Microsoft.NETCore.App/8.0.4/Microsoft.NETCore.App.deps.json", []),
        ("opt/shared/Microsoft.NETCore.App/x8/Microsoft.NETCore.App.deps.json", []),
        ("app/8.0.4/Microsoft.NETCore.App.deps.json", []),
    ],
)
def test_runtimes_are_told_by_their_folder(path: str, runtimes: list[tuple[str, str]]) -> None:
    packages, problems = parse(CATALOGER, {path: b'{"libraries": {}, "targets": {}}'})
    assert [(package.name, package.version) for package in packages] == runtimes
    assert problems == []


# --- packages.lock.json ---------------------------------------------------------
# https://learn.microsoft.com/nuget/consume-packages/package-references-in-project-files


def test_locked_packages_are_those_of_every_framework() -> None:
    path, data = only("lock")
    frameworks = json.loads(data)["dependencies"]
    expected = {
        (name, fields["resolved"])
        for packages in frameworks.values()
        for name, fields in packages.items()
        if fields["type"] != "Project"
    }
    packages, problems = parse(CATALOGER, {path: data})
    assert problems == []
    assert {(p.name, p.version) for p in packages} == expected
    assert {(p.state, p.method, p.digests) for p in packages} == {("declared", "lock-file", ())}


@pytest.mark.parametrize("kind", ["Direct", "Transitive", "CentralTransitive", "Project"])
def test_every_kind_of_a_locked_package(kind: str) -> None:
    """NuGet.Client `PackageDependencyType.cs`: all but projects are packages."""
    entry = {"type": kind, "resolved": "1.2.3", "contentHash": "AAAA"}
    lock = {"version": 2, "dependencies": {"net8.0/linux-x64": {"Demo": entry}}}
    packages, problems = parse(CATALOGER, {LOCK: json.dumps(lock).encode()})
    assert [(p.name, p.version) for p in packages] == [("Demo", "1.2.3")] * (kind != "Project")
    assert problems == []


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        (LOCK, True),
        ("src/packages.My_App.lock.json", True),
        ("src/package-lock.json", False),
        ("src/composer.lock.json", False),
        (DEPS, True),
        ("app/app.runtimeconfig.json", False),
    ],
)
def test_files_are_those_that_nuget_and_the_sdk_write(path: str, *, wanted: bool) -> None:
    """Where a folder has several projects, each has a lock file of its name."""
    assert PLAN.keeps(path) is wanted


def test_the_lock_file_of_a_named_project_is_read_as_one() -> None:
    packages, problems = parse(CATALOGER, {"src/packages.My_App.lock.json": only("lock")[1]})
    assert len(packages) == len(parse(CATALOGER, dict([only("lock")]))[0])
    assert problems == []


# --- .nuspec --------------------------------------------------------------------
# https://learn.microsoft.com/nuget/consume-packages/managing-the-global-packages-and-cache-folders


NUSPEC = (
    b'<package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd"><metadata>'
    b"<id>Demo.Lib</id><version>1.2.0</version><authors>Ann</authors></metadata></package>"
)


@pytest.mark.parametrize(
    ("path", "counts"),
    [
        ("root/.nuget/packages/demo.lib/1.2.0/demo.lib.nuspec", True),
        ("opt/packages/Demo.Lib.1.2.0/Demo.Lib.nuspec", True),
        ("src/Demo.Lib.nuspec", False),
        ("src/Demo.Lib/Demo.Lib.nuspec", False),
        ("opt/packages/Other.1.2.0/Demo.Lib.nuspec", False),
    ],
)
def test_manifests_count_where_nuget_unpacks(path: str, *, counts: bool) -> None:
    packages, problems = parse(CATALOGER, {path: NUSPEC})
    assert [(p.name, p.version) for p in packages] == [("Demo.Lib", "1.2.0")] * counts
    assert problems == []


def test_manifests_say_what_another_reader_finds() -> None:
    """Those of Debian's packages, by xml.etree."""
    compared = 0
    for path, data in Case(FOLDER / "dotnet" / "unpacked").files.items():
        packages, _ = parse(CATALOGER, {path: data})
        if not packages:
            continue
        texts = {
            element.tag.rpartition("}")[2]: " ".join((element.text or "").split())
            for element in next(iter(ET.fromstring(data)))  # noqa: S314 - it is our fixture
        }
        (package,) = packages
        assert (package.name, package.version) == (texts["id"], texts["version"])
        assert package.supplier == texts["authors"]
        assert package.homepage == texts.get("projectUrl", "")
        licence = texts.get("license") or texts.get("licenseUrl")
        assert package.licenses == ((licence,) if licence else ())
        compared += 1
    assert compared == 3


# --- what cannot be read --------------------------------------------------------


@pytest.mark.parametrize("case", ["ordinary", "lock"])
def test_json_that_is_cut_off_anywhere_is_told(case: str) -> None:
    path, data = only(case)
    whole = data.rstrip()
    for end in range(0, len(whole), 53):
        packages, problems = parse(CATALOGER, {path: whole[:end]})
        assert packages == []
        assert [(problem.severity, problem.where) for problem in problems] == [("error", path)]


def test_xml_that_is_cut_off_anywhere_is_told() -> None:
    path = "opt/packages/Demo.Lib.1.2.0/Demo.Lib.nuspec"
    for end in range(len(NUSPEC)):
        packages, problems = parse(CATALOGER, {path: NUSPEC[:end]})
        assert packages == []
        assert [(problem.severity, problem.where) for problem in problems] == [("error", path)]


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                (
                    *("libraries", "targets", "runtimeTarget", "name", "a/1", "b/2", "type"),
                    *("sha512", "package", "dependencies", "runtime", "version", "resolved"),
                )
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)


@given(VALUES)
def test_documents_that_come_near_to_something(value: object) -> None:
    data = json.dumps(value).encode()
    for path in (DEPS, LOCK):
        packages, problems = parse(CATALOGER, {path: data})
        assert all(package.name and package.name.isprintable() for package in packages)
        assert {problem.where for problem in problems} <= {path}
