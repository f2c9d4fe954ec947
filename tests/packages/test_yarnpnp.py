"""Plug'n'Play: archives as Python's zipfile reads them, virtual places as Yarn resolves them."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.packages.catalogers.yarnpnp import CATALOGER
from analyzer.packages.contract import Location, Package
from analyzer.packages.formats import pnpmap
from tests.packages.cases import FOLDER, Case, parse
from tests.support.tools import require_tool, run

EVALUATE = """
const text = require("fs").readFileSync(process.argv[1], "utf8");
const program = text.replace(/^#!.*/, "") + "\\nreturn $$SETUP_STATE;";
const setUp = new Function("__dirname", program)(".");
console.log(JSON.stringify(setUp((state) => state)));
"""
MAP = "path/to/some/folder/.pnp.data.json"


def pnp(*places: str, reference: str = "npm:1.0.0") -> bytes:
    """A map in which `demo` has these places."""
    stores = [
        [
            f"virtual:{number:064x}#{reference}" if number else reference,
            {"packageLocation": place, "packageDependencies": [["demo", reference]]},
        ]
        for number, place in enumerate(places)
    ]
    return json.dumps({"packageRegistryData": [["demo", stores]]}).encode()


def archive(manifest: dict[str, Any] | bytes, folder: str = "node_modules/demo") -> bytes:
    """An archive of one package, as Yarn's cache has it."""
    data = manifest if isinstance(manifest, bytes) else json.dumps(manifest).encode()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr(f"{folder}/package.json", data)
    return file.getvalue()


@pytest.mark.parametrize("case", ["ordinary", "global-cache", "yarn-2", "yarn-3"])
def test_packages_are_those_of_the_manifests_in_the_archives(case: str) -> None:
    """Python's zipfile and json on what Yarn 2, 3 and 4 installed; has-flag is unplugged."""
    files = Case(FOLDER / "yarnpnp" / case).files
    expected = set()
    for path, data in files.items():
        if path.endswith(".zip"):
            with zipfile.ZipFile(io.BytesIO(data)) as packed:
                (name,) = (n for n in packed.namelist() if n.endswith("/package.json"))
                manifest, inside = json.loads(packed.read(name)), name
        elif path.endswith("/package.json"):
            manifest, inside = json.loads(data), ""
        else:
            continue
        place = Location(path, inside=inside)
        expected.add((manifest["name"], manifest["version"], manifest["license"], place))
    packages, problems = parse(CATALOGER, files)
    assert problems == []
    (map_of,) = (path for path in files if path.endswith((".pnp.cjs", ".pnp.js")))
    found = {
        (p.name, p.version, *p.licenses, place)
        for p in packages
        for place in p.locations
        if place.path != map_of
    }
    assert found == expected
    assert len(expected) == 4


@pytest.mark.parametrize("case", ["yarn-2", "yarn-3"])
def test_the_map_is_what_node_makes_of_the_program(case: str) -> None:
    (program,) = (FOLDER / "yarnpnp" / case / "srv" / "app").glob(".pnp.*")
    state = json.loads(run([require_tool("node"), "-e", EVALUATE, program]).stdout)
    expected = {
        (f"{name}@{reference}", fields["packageLocation"])
        for name, stores in state["packageRegistryData"]
        for reference, fields in stores
        if name and not reference.startswith("workspace:")
    }
    assert {(e.locator, e.place) for e in pnpmap.parse(program.read_bytes())} == expected
    assert len(expected) > 4


def test_plain_data_has_commas_in_texts_too() -> None:
    """`,}` in a text stays; behind a last member it is JavaScript's."""
    data = {"packageRegistryData": [["demo", [["npm:1.0.0", {"packageLocation": './a",}/,]'}]]]]}
    written = json.dumps(data, indent=2).replace("\n", ",\n").replace("{,", "{").replace("[,", "[")
    program = written.replace(",,", ",").removesuffix("}") + "}, {basePath: basePath});"
    (entry,) = pnpmap.parse(b"return hydrateRuntimeState(" + program.encode())
    assert entry.place == './a",}/,]'


@pytest.mark.parametrize(
    "program",
    [
        "  return hydrateRuntimeState(require(dataLocation), {basePath: basePath});\n",
        "/* global packageInformationStores, null, $$SETUP_STATIC_TABLES */\n",
    ],
    ids=["Yarn 3 without pnpEnableInlining", "Yarn 1"],
)
def test_a_program_without_data_is_no_map(program: str) -> None:
    """Lines of what Yarn 3.8.7 and 1.22.22 write."""
    assert pnpmap.parse(b"#!/usr/bin/env node\n" + program.encode()) == []


# The table of https://yarnpkg.com/advanced/pnp-spec and the expression of Yarn's VirtualFS.ts.
@pytest.mark.parametrize(
    ("place", "real"),
    [
        ("./__virtual__/a0b1c2d3/0/subpath/demo.zip", "path/to/some/folder/subpath/demo.zip"),
        ("./__virtual__/e4f5a0b1/0/subpath/demo.zip", "path/to/some/folder/subpath/demo.zip"),
        ("./__virtual__/a0b1c2d3/1/subpath/demo.zip", "path/to/some/subpath/demo.zip"),
        ("./__virtual__/a0b1c2d3/3/subpath/demo.zip", "path/subpath/demo.zip"),
        ("./$$virtual/demo-virtual-a0b1/1/subpath/demo.zip", "path/to/some/subpath/demo.zip"),
        ("./__virtual__/a0/1/x/__virtual__/b1/0/demo.zip", "path/to/some/x/demo.zip"),
        ("../../cache/demo.zip", "path/to/cache/demo.zip"),
        ("./__virtual__/a0b1c2d3/99/demo.zip", "demo.zip"),
        ("./__virtual__/a0b1c2d3/one/demo.zip", ""),
        ("./__virtual__/demo.zip", ""),
    ],
)
def test_virtual_places_lead_to_real_archives(place: str, real: str) -> None:
    """Whatever lies where a reader that does not know of them would look."""
    cached = f"{real.rpartition('/')[0]}/.yarn/cache/demo.zip".lstrip("/")
    moved = place.replace("demo.zip", ".yarn/cache/demo.zip/node_modules/demo/")
    files = {MAP: pnp(moved)}
    if real:
        files[cached] = archive({"name": "demo", "version": "1.0.0"})
    packages, problems = parse(CATALOGER, files)
    assert problems == []
    assert [sorted(at.path for at in p.locations) for p in packages] == (
        [sorted([MAP, cached])] if real else []
    )


def one(files: dict[str, bytes]) -> Package:
    packages, problems = parse(CATALOGER, files)
    assert problems == []
    (package,) = packages
    return package


CACHED = "path/to/some/folder/.yarn/cache/demo.zip"
PLACE = "./.yarn/cache/demo.zip/node_modules/demo/"


def test_instances_for_each_choice_of_peers_are_one_package() -> None:
    """Pnp-spec: a virtual reference is the same package, seen from another dependent."""
    virtual = "./.yarn/__virtual__/demo-virtual-a0b1/1/.yarn/cache/demo.zip/node_modules/demo/"
    files = {MAP: pnp(PLACE, virtual), CACHED: archive({"name": "demo", "version": "1.0.0"})}
    assert one(files).version == "1.0.0"


def test_the_map_has_the_version_and_else_the_manifest() -> None:
    """A repository's package has its commit in the map, and its version in the archive alone."""
    stated = {"name": "demo", "version": "2.5.0"}
    reference = "demo@https://github.com/x/demo.git#commit=0a"
    package = one({MAP: pnp(PLACE, reference=reference), CACHED: archive(stated)})
    assert package.version == "2.5.0"
    registry = one({MAP: pnp(PLACE), CACHED: archive(stated)})
    assert registry.version == "1.0.0"


def test_nothing_is_there_without_its_archive() -> None:
    """Nor is an archive that no map names more than a left-over of a cache."""
    assert parse(CATALOGER, {MAP: pnp(PLACE)}) == ([], [])
    alone = {CACHED: archive({"name": "demo", "version": "1.0.0"})}
    assert parse(CATALOGER, alone) == ([], [])


@pytest.mark.parametrize(
    ("data", "there"),
    [
        (archive(b"{"), True),
        (archive({"name": "demo"})[:40], True),
        (b"PK\x03\x04", True),
        (archive({"name": "demo"}, folder="node_modules/demo/test"), False),
    ],
    ids=["no JSON", "cut off", "a magic alone", "no package in it"],
)
def test_of_an_archive_that_cannot_be_read_the_map_still_speaks(
    data: bytes, *, there: bool
) -> None:
    packages, problems = parse(CATALOGER, {MAP: pnp(PLACE), CACHED: data})
    assert [(p.name, p.version) for p in packages] == [("demo", "1.0.0")] * there
    assert [(p.severity, p.where) for p in problems] == [("warning", CACHED)] * there


@given(st.binary(max_size=200), st.integers(0, 400))
def test_any_bytes(data: bytes, cut: int) -> None:
    whole = archive({"name": "demo", "version": "1.0.0"})
    for packed in (data, whole[:cut] + data):
        packages, problems = parse(CATALOGER, {MAP: pnp(PLACE), CACHED: packed})
        assert len(packages) <= 1
        assert {problem.where for problem in problems} <= {CACHED}
    packages, problems = parse(CATALOGER, {MAP: pnp(PLACE)[:cut] + data, CACHED: whole})
    assert {problem.where for problem in problems} <= {MAP}
