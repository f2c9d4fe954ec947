"""Packages of every ecosystem in a real image, against what the native tools said in its tree.

`scripts/language_image.py` builds it for amd64 and arm64. Names and versions are compared as whole
sets; what one side has and the other cannot have is told one by one in the tests.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from packageurl import PackageURL

from analyzer import Report, analyze
from analyzer.packages.contract import Package
from tests.cli.harness import call
from tests.support import languageanswers as native
from tests.support.realimages import LANGUAGES, real_image

ARCHITECTURES = ("amd64", "arm64")
PLATFORMS = pytest.mark.parametrize("architecture", ARCHITECTURES)
TYPES = {
    "dpkg": "deb",
    "pip": "pypi",
    "gem": "gem",
    "npm": "npm",
    "shop": "npm",
    "go": "golang",
    "rust": "cargo",
    "jars": "maven",
}
DEBIAN_MODULES = "usr/share/nodejs/"
"""Where Debian's Node looks for modules; npm does not list them."""
ALIASES = {
    "string-width-cjs": "string-width",
    "strip-ansi-cjs": "strip-ansi",
    "wrap-ansi-cjs": "wrap-ansi",
}
"""Names under which a package needs another (`npm:wrap-ansi@^7.0.0`): npm lists a folder's name."""
SHOP = "srv/shop/node_modules/"
GLOBAL = "usr/local/lib/node_modules/"


@pytest.fixture(scope="module")
def report() -> Report:
    return analyze(str(image_path()))


@pytest.fixture(scope="module")
def lives() -> dict[str, list[dict[str, Any]]]:
    """The lives of all packages by architecture."""
    answer = call("packages", image_path(), "--history", "-o", "json")
    return by_architecture(answer.json, "lives")


@pytest.fixture(scope="module")
def verified() -> dict[str, list[dict[str, Any]]]:
    """Files that are not as their packages say, by architecture."""
    answer = call("packages", image_path(), "--verify", "-o", "json")
    return by_architecture(answer.json, "deviations")


def image_path() -> Path:
    return real_image(LANGUAGES)


def by_architecture(document: dict[str, Any], member: str) -> dict[str, list[dict[str, Any]]]:
    return {image["platform"].removeprefix("linux/"): image[member] for image in document["images"]}


def packages(report: Report, architecture: str, kind: str = "") -> list[Package]:
    """Of one platform; of one type and on disk, if a type is given."""
    (image,) = [i for i in report.images if i.platform == f"linux/{architecture}"]
    if not kind:
        return list(image.packages)
    return [p for p in image.packages if p.type == kind and p.state in {"installed", "unpacked"}]


def whole_name(package: Package) -> str:
    name = native.pypi_name(package.name) if package.type == "pypi" else package.name
    return f"{package.namespace}/{name}" if package.namespace else name


def pairs(found: list[Package]) -> native.Named:
    """Names and versions; nothing is listed twice."""
    counted = Counter((whole_name(package), package.version) for package in found)
    assert set(counted.values()) <= {1}
    return frozenset(counted)


def place(package: Package) -> str:
    return package.locations[0].path


# --- exactly what the native tool lists ----------------------------------------


@PLATFORMS
def test_debian_packages_are_those_of_dpkg_query(report: Report, architecture: str) -> None:
    found = [p for p in packages(report, architecture) if p.type == "deb"]
    ours = [f"{p.state} {p.name} {p.version} {p.arch}" for p in found]
    assert sorted(ours) == sorted(native.last(architecture, "dpkg"))
    assert len(ours) > 100
    states = Counter(p.state for p in found)
    assert states["config-files"] >= 1
    # Java's runtime was not configured on arm64, see the script.
    assert bool(states["unpacked"]) == (architecture == "arm64")


@PLATFORMS
def test_python_distributions_are_those_of_pip(report: Report, architecture: str) -> None:
    """Copies in `pip/_vendor` and the like, which pip does not list, are vendored."""
    found = packages(report, architecture, "pypi")
    assert pairs(found) == native.of_pip(native.last(architecture, "pip"))
    stated = {row["place"].lstrip("/") for row in native.last(architecture, "pip")}
    assert {place(p).rpartition("/")[0] for p in found} == stated
    copies = [p for p in packages(report, architecture) if p.type == "pypi" and p not in found]
    assert {p.state for p in copies} == {"vendored"}
    assert all("/_vendor/" in place(p) for p in copies)


@PLATFORMS
def test_gems_are_those_of_gem_list(report: Report, architecture: str) -> None:
    found = packages(report, architecture, "gem")
    assert pairs(found) == native.of_gem(native.last(architecture, "gem"))
    assert len(found) > 50


@PLATFORMS
def test_node_packages_are_those_of_npm(report: Report, architecture: str) -> None:
    """The answers of npm are for one folder, so ours are compared folder by folder.

    Debian's modules are those that Node finds and reads in the folder where Debian has them.
    """
    found = packages(report, architecture, "npm")
    folders = {
        SHOP: native.of_npm(native.last(architecture, "shop")),
        GLOBAL: native.of_npm(native.last(architecture, "npm")),
        DEBIAN_MODULES: {(name, version) for name, version in native.last(architecture, "modules")},
    }
    for folder, stated in folders.items():
        ours = {(whole_name(p), p.version) for p in found if lies_in(p, folder)}
        assert ours == without_aliases(stated), folder
        assert len(stated) > 4
    assert all(any(lies_in(p, folder) for folder in folders) for p in found)


def without_aliases(listed: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """With the name that each package has itself."""
    return {(ALIASES.get(name, name), version) for name, version in listed}


def lies_in(package: Package, folder: str) -> bool:
    return any(location.path.startswith(folder) for location in package.locations)


@PLATFORMS
def test_go_modules_are_those_of_go_version(report: Report, architecture: str) -> None:
    found = packages(report, architecture, "golang")
    assert pairs(found) == native.of_go(native.last(architecture, "go"))
    assert {p.state for p in packages(report, architecture) if p.type == "golang"} == {"installed"}
    programs = {location.path for p in found for location in p.locations}
    assert programs == set(native.last(architecture, "go"))


@PLATFORMS
def test_crates_are_those_of_the_audit_section(report: Report, architecture: str) -> None:
    """Those that only build scripts had are `declared`: they are not in the program."""
    audit = native.last(architecture, "rust")
    rows = [row for found in audit.values() for row in found]
    runtime = {(r["name"], r["version"]) for r in rows if r.get("kind", "runtime") == "runtime"}
    build = native.of_rust(audit) - runtime
    found = [p for p in packages(report, architecture) if p.cataloger == "rust"]
    assert pairs([p for p in found if p.state == "installed"]) == runtime
    assert pairs([p for p in found if p.state == "declared"]) == build
    assert len(build) > 10
    assert {p.type for p in found} == {"cargo"}


@PLATFORMS
def test_java_libraries_are_those_of_their_poms(report: Report, architecture: str) -> None:
    """Two archives have a manifest and no pom, and no group therefore."""
    archives = native.last(architecture, "jars")
    bare = {path: facts for path, facts in archives.items() if not facts["poms"]}
    found = packages(report, architecture, "maven")
    nameless = {p for p in found if not p.namespace}
    assert pairs([p for p in found if p not in nameless]) == native.of_jars(archives)
    assert {place(p) for p in nameless} == set(bare)
    war, runtime = sorted(nameless, key=place)
    assert (war.name, war.version) == ("till", "2.5")
    assert runtime.name == "jrt-fs"
    assert f"Implementation-Version: {runtime.version}" in bare[place(runtime)]["manifest"]
    inside = {
        f"{location.path}!/{location.inside}"
        for p in found
        for location in p.locations
        if location.inside
    }
    assert inside == {path for path in archives if "!/" in path}


@PLATFORMS
def test_the_runtime_of_java_is_the_one_of_its_release_file(
    report: Report, architecture: str
) -> None:
    (runtime,) = [p for p in packages(report, architecture) if p.cataloger == "jvm"]
    stated = native.last(architecture, "release")
    assert runtime.version == stated["version"]
    assert runtime.namespace == stated["implementor"].lower()


# --- layers and lives ------------------------------------------------------------


@PLATFORMS
@pytest.mark.parametrize("tool", TYPES)
def test_each_package_came_with_the_layer_after_which_its_tool_listed_it(
    report: Report, tool: str, architecture: str
) -> None:
    stated = {
        (ALIASES.get(name, name), version): layer
        for (name, version), layer in native.introduced(architecture, tool).items()
    }
    folder = {"shop": SHOP, "npm": GLOBAL}.get(tool, "")
    found = {
        (whole_name(p), p.version): p.introduced_in
        for p in packages(report, architecture)
        if p.type == TYPES[tool]
        and lies_in(p, folder)
        and p.state in {"installed", "unpacked", "declared"}
        and p.cataloger not in {"nodelocks", "rubylocks"}
    }
    shared = {key: layer for key, layer in found.items() if key in stated}
    assert shared == stated
    assert len(stated) > 1


@PLATFORMS
@pytest.mark.parametrize("tool", TYPES)
def test_what_a_layer_upgraded_or_removed_is_in_the_history(
    report: Report, lives: dict[str, list[dict[str, Any]]], tool: str, architecture: str
) -> None:
    stated = native.turns(architecture, tool)
    assert any(gone for _, _, gone, _ in stated) or tool == "npm"
    there = {
        (whole_name(p), p.version)
        for p in packages(report, architecture)
        if p.type == TYPES[tool] and p.installed
    }
    wanted = set()
    for layer, name, gone, come in stated:
        # A version that another folder has, or a vendored copy, is still in the image.
        kept = "" if (name, gone) in there else gone
        if kept or come:
            wanted.add((layer, name, kept, come))
    assert wanted <= turns_of(lives[architecture], TYPES[tool])
    assert wanted or tool == "npm"


def turns_of(lives: list[dict[str, Any]], kind: str) -> set[tuple[int, str, str, str]]:
    """Layer, name, version gone and version come, as `native.turns` has them."""
    return {
        (event["layer"], life_name(life), event["before"] or "", event["after"] or "")
        for life in lives
        if life["type"] == kind
        for event in life["events"]
    }


@PLATFORMS
@pytest.mark.parametrize("tool", ["dpkg", "gem", "jars"])
def test_the_history_of_a_layer_has_nothing_else(
    lives: dict[str, list[dict[str, Any]]], tool: str, architecture: str
) -> None:
    """Of ecosystems that have one view only; those of Python and Node have copies, too."""
    top = native.BELOW + len(native.STEPS) - 1
    stated = {turn for turn in native.turns(architecture, tool) if turn[0] == top}
    ours = {turn for turn in turns_of(lives[architecture], TYPES[tool]) if turn[0] == top}
    assert ours == stated
    assert ours


def life_name(life: dict[str, Any]) -> str:
    name: str = native.pypi_name(life["name"]) if life["type"] == "pypi" else life["name"]
    return f"{life['namespace']}/{name}" if life["namespace"] else name


@PLATFORMS
def test_no_life_but_those_that_dpkg_knew(
    lives: dict[str, list[dict[str, Any]]], architecture: str
) -> None:
    """The note in the library of libsystemd0 makes no package of systemd, in no layer."""
    known = {name for named in native.by_layer(architecture, "dpkg").values() for name, _ in named}
    ours = {life["name"] for life in lives[architecture] if life["type"] == "deb"}
    # What the image below had removed before the first of these answers.
    assert ours - known == {"netbase"}
    assert known <= ours


# --- who owns what ------------------------------------------------------------------


@PLATFORMS
def test_packages_that_debian_brought_name_the_package_that_dpkg_names(
    report: Report, architecture: str
) -> None:
    """By the file that proves each, but where nobody owns another copy of it."""
    owners = native.last(architecture, "owners")
    counted: Counter[str] = Counter()
    for package in packages(report, architecture):
        if package.type not in {"pypi", "gem", "npm", "maven"} or package.state != "installed":
            continue
        named = {owners.get(location.path, "") for location in package.locations}
        if "" in named:
            assert package.owner == "", package.ident
            continue
        # Two packages of Debian bring rake, each with a specification; one is named.
        debs = {owner.partition(":")[0] for owner in named}
        assert package.owner.split(":")[:2] in [["deb", name] for name in debs], package.ident
        counted[package.type] += 1
    assert set(counted) == {"pypi", "gem", "npm", "maven"}
    assert counted["gem"] > 50


@pytest.mark.parametrize(
    ("path", "name"),
    {
        "usr/bin/python3.11": "python3.11-minimal",
        "usr/lib/python3/dist-packages/yaml/__init__.py": "python3-yaml",
        "usr/share/nodejs/acorn/package.json": "node-acorn",
        "usr/share/java/commons-lang3.jar": "libcommons-lang3-java",
        "usr/bin/ruby3.1": "ruby3.1",
    }.items(),
)
def test_a_file_has_the_owner_that_dpkg_says(report: Report, path: str, name: str) -> None:
    document = call("packages", image_path(), "--owner", path, "-o", "json").json
    for architecture, spots in by_architecture(document, "spots").items():
        (spot,) = spots
        debs = [each["package"] for each in spot["owners"] if each["package"].startswith("deb:")]
        found = packages(report, architecture, "deb")
        assert debs == [p.ident for p in found if p.name == name]
        assert len(debs) == 1


@PLATFORMS
def test_changed_and_missing_files_are_those_of_dpkg_verify(
    verified: dict[str, list[dict[str, Any]]], architecture: str
) -> None:
    """`dpkg --verify` prints what rpm would: `missing`, or `?` for what it cannot compare."""
    stated = {}
    for line in native.last(architecture, "verify"):
        found = re.fullmatch(r"(\S+) +(?:c )?/(.+)", line)
        assert found is not None, line
        stated[found[2]] = "missing" if found[1] == "missing" else "changed"
    ours = {}
    for each in verified[architecture]:
        if each["package"].startswith("deb:"):
            kind = "missing" if each["faults"] == ["missing"] else "changed"
            ours[each["listed_as"].lstrip("/")] = kind
    assert ours == stated
    assert "changed" in stated.values()


# --- both platforms ------------------------------------------------------------------


def test_platforms_differ_where_programs_are_of_one_architecture(report: Report) -> None:
    one, two = ({p.ident for p in packages(report, name) if p.installed} for name in ARCHITECTURES)
    assert "npm:lefthook-linux-x64@2.2.2" in one - two
    assert "npm:lefthook-linux-arm64@2.2.2" in two - one
    assert "deb:nodejs:amd64" in {ident.partition("@")[0] for ident in one - two}
    assert {"pypi:six@1.17.0", "gem:coins@0.2.0", "npm:debug@4.3.4"} <= one & two
    kinds = {ident.partition(":")[0] for ident in one ^ two}
    assert not kinds & {"gem", "maven", "pypi"}


@PLATFORMS
def test_every_purl_is_one_of_its_package(report: Report, architecture: str) -> None:
    """A Java archive without a group has none: the purl of Maven needs one."""
    for package in packages(report, architecture):
        if not package.purl:
            assert (package.type, package.namespace) == ("maven", "")
            continue
        url = PackageURL.from_string(package.purl)
        assert url.type == package.type
        assert url.version == (package.version or None)
        assert url.name.lower() == whole_name(package).rpartition("/")[2].lower()


def test_everything_was_read(report: Report) -> None:
    assert [image.platform for image in report.images] == ["linux/amd64", "linux/arm64"]
    assert report.exit_code == 0
    assert report.all_problems == ()
