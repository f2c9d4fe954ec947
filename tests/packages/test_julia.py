"""Julia's depots: which files count, and slugs as Julia makes them of UUID and content."""

from __future__ import annotations

import tomllib
from string import ascii_lowercase, ascii_uppercase, digits
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.packages.catalogers import julia
from analyzer.packages.contract import Package, Problem
from analyzer.packages.dependencies import dependencies
from analyzer.packages.purl import package_url
from tests.packages.cases import FOLDER, Case, parse

DEPOT = "root/.julia/packages/Demo/AbC12"
ORDINARY = Case(FOLDER / "julia" / "ordinary").files
UUID_A = "6b0a2f14-3c1d-4e55-9a7e-0c5d2b8e4f01"


def crc32c(data: bytes) -> int:
    """CRC-32C (RFC 3720, B.4), bit by bit."""
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value ^ 0xFFFFFFFF


def slug(uuid: str, tree: str) -> str:
    """`Base.version_slug` of Julia's `base/loading.jl`: five digits of base 62, the least first."""
    value = crc32c(UUID(uuid).int.to_bytes(16, "little") + bytes.fromhex(tree))
    letters = ascii_uppercase + ascii_lowercase + digits
    return "".join(letters[value // 62**place % 62] for place in range(5))


def test_what_the_manifest_names_is_installed_under_its_slug() -> None:
    """The first is that of Example 0.5.3, which everybody who has added it has in the depot."""
    tree = "46e44e869b4d90b96bd8ed1fdcf32244fddfb6cc"
    assert slug("7876af07-990d-54b4-ab0e-23690620f79a", tree) == "aqsx3"
    [manifest] = [path for path in ORDINARY if path.endswith("Manifest.toml")]
    entries = tomllib.loads(ORDINARY[manifest].decode())["deps"]
    named = {
        f"root/.julia/packages/{name}/{slug(entry['uuid'], entry['git-tree-sha1'])}/Project.toml"
        for name, [entry] in entries.items()
        if "git-tree-sha1" in entry
    }
    packages, _ = parse(julia.CATALOGER, ORDINARY)
    installed = {p.locations[0].path for p in packages if p.state == "installed"}
    assert {path for path in installed if "/packages/" in path} == named
    assert len(named) == 3


def test_dependencies_are_met_by_uuid_or_by_name() -> None:
    packages, _ = parse(julia.CATALOGER, ORDINARY)
    met = zip(packages, dependencies(packages), strict=True)
    assert {(package.ident, package.state): found for package, found in met if found} == {
        ("julia:DemoPlots@1.4.0", "installed"): ("julia:Dates@1.11.0", "julia:DemoBase@0.5.3"),
        ("julia:DemoBase@0.5.3", "installed"): ("julia:Demo_jll@2.13.6+0",),
        ("julia:DemoPlots@1.4.0", "declared"): ("julia:Dates@1.11.0", "julia:DemoBase@0.5.3"),
        ("julia:DemoBase@0.5.3", "declared"): ("julia:Demo_jll@2.13.6+0",),
        ("julia:Dates@1.11.0", "declared"): ("julia:Printf@1.11.0",),
        ("julia:Printf@1.11.0", "declared"): ("julia:Unicode@1.11.0",),
    }


def test_purl_has_the_uuid_that_its_type_requires() -> None:
    data = f'name = "Dates"\nuuid = "{UUID_A}"\nversion = "1.9.0"\n'.encode()
    [package] = julia.parse({f"{DEPOT}/Project.toml": data})
    assert isinstance(package, Package)
    assert package_url(package, None) == f"pkg:julia/Dates@1.9.0?uuid={UUID_A}"


@pytest.mark.parametrize(
    "path",
    [
        "srv/app/Project.toml",
        "srv/packages/web/frontend/Project.toml",
        f"{DEPOT}/test/Project.toml",
        f"{DEPOT}/Manifest.toml",
        f"{DEPOT}/docs/Manifest-v1.11.toml",
        "opt/julia/share/julia/stdlib/v1.11/Pkg/test/Manifest.toml",
    ],
)
def test_a_project_of_its_own_and_what_lies_in_a_package_are_none(path: str) -> None:
    data = f'manifest_format = "2.0"\n[[deps.A]]\nuuid = "{UUID_A}"\n'.encode()
    assert list(julia.parse({path: data})) == []


def test_more_lines_than_a_document_has_are_not_taken_apart() -> None:
    [problem] = julia.parse({"srv/Manifest.toml": b"\n" * 1_000_001})
    assert isinstance(problem, Problem)
    assert (problem.where, problem.severity) == ("srv/Manifest.toml", "error")


VALUES = st.recursive(
    st.one_of(st.text(max_size=5), st.integers(), st.booleans(), st.just(UUID_A)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["uuid", "deps", "name", "version"]), inner, max_size=4)
    ),
    max_leaves=12,
)
MEMBERS = st.sampled_from(["name", "uuid", "version", "authors", "deps", "manifest_format", "A"])


def toml(value: object) -> str:
    """An inline value; strings with every character escaped."""
    match value:
        case str():
            return '"' + "".join(f"\\U{ord(letter):08x}" for letter in value) + '"'
        case bool():
            return str(value).lower()
        case dict():
            return "{" + ", ".join(f"{key} = {toml(inner)}" for key, inner in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(toml, value)) + "]"
        case _:
            return str(value)


@given(document=st.dictionaries(MEMBERS, VALUES, max_size=6))
@pytest.mark.parametrize("path", [f"{DEPOT}/Project.toml", "srv/Manifest.toml"])
def test_any_document_gives_packages_that_can_be_printed(
    path: str, document: dict[str, object]
) -> None:
    data = "".join(f"{key} = {toml(value)}\n" for key, value in document.items()).encode()
    for item in julia.parse({path: data}):
        if isinstance(item, Problem):
            assert item.where == path
            assert item.detail.isprintable()
            continue
        words = [item.name, item.version, item.supplier, *item.provides, *sum(item.requires, ())]
        assert item.name
        assert "".join(words).isprintable()
