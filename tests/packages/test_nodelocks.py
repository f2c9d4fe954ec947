"""Lock files of Node against npm itself, npm's reader of Yarn's, PyYAML and Node."""

from __future__ import annotations

import json
import shutil
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from analyzer.packages.catalogers.nodelocks import CATALOGER
from analyzer.packages.contract import Package
from analyzer.packages.formats import yamlsubset
from tests.packages.cases import FOLDER, Case, parse
from tests.support.realnpm import npm_command
from tests.support.tools import require_tool, run

CASES = FOLDER / "nodelocks"
YARN = "node_modules/@npmcli/arborist/lib/yarn-lock.js"
"""In npm: it reads the lock files of Yarn 1."""
ENTRIES = """
const { parse } = require(process.argv[1]);
const { entries } = parse(require("fs").readFileSync(process.argv[2], "utf8"));
const specs = new Map();
for (const [spec, entry] of entries) specs.set(entry, [...(specs.get(entry) || []), spec]);
console.log(JSON.stringify([...specs].map(([e, s]) =>
  [s.sort(), e.version, e.integrity || "",
   Object.entries({...e.dependencies, ...e.optionalDependencies})])));
"""
EVALUATE = """
const text = require("fs").readFileSync(process.argv[1], "utf8").replace(/^#!.*/, "");
console.log(new Function(text + "\\nreturn RAW_RUNTIME_STATE;")());
"""


@pytest.fixture(scope="module")
def npm(tmp_path_factory: pytest.TempPathFactory) -> list[str | Path]:
    return npm_command(tmp_path_factory.mktemp("npm"))


def lock_of(case: str) -> tuple[str, Path]:
    """The path of a case's only lock file in a root filesystem, and here."""
    ((path, _),) = Case(CASES / case).files.items()
    return path, CASES / case / path


def ours(path: str, data: bytes) -> list[Package]:
    packages, problems = parse(CATALOGER, {path: data})
    assert problems == []
    assert {package.state for package in packages} == {"declared"}
    return packages


def whole_name(package: Package) -> str:
    return f"{package.namespace}/{package.name}" if package.namespace else package.name


def sha(integrity: str) -> set[str]:
    """`sha512-<base64>` as we tell it."""
    algorithm, _, encoded = integrity.partition("-")
    return {f"{algorithm}:{b64decode(encoded).hex()}"} if encoded else set()


# --- npm ------------------------------------------------------------------------


def nodes(listed: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Names and versions in the answer of `npm ls`; of an alias the name of the package."""
    for name, child in listed.get("dependencies", {}).items():
        if "version" in child:
            yield child.get("name") or name, child["version"]
            yield from nodes(child)


@pytest.mark.parametrize("case", ["ordinary", "npm-1"])
def test_packages_are_those_that_npm_ls_reads_out_of_the_file(
    npm: list[str | Path], tmp_path: Path, case: str
) -> None:
    path, file = lock_of(case)
    shutil.copy(file, tmp_path / "package-lock.json")
    lock = json.loads(file.read_bytes())
    if "packages" not in lock:  # version 1 does not repeat what the project asks for
        wanted = dict.fromkeys(lock["dependencies"], "*")
        manifest = {"name": lock["name"], "version": lock["version"], "dependencies": wanted}
        (tmp_path / "package.json").write_text(json.dumps(manifest))
    command = [*npm, "ls", "--package-lock-only", "--all", "--json", "--long", "--offline"]
    listed = run([*command, f"--cache={tmp_path}"], cwd=tmp_path, check=False).stdout
    packages = ours(path, file.read_bytes())
    found = {(whole_name(package), package.version) for package in packages}
    assert found == set(nodes(json.loads(listed)))
    assert len(found) > 5


# --- Yarn -----------------------------------------------------------------------


def test_entries_of_yarn_classic_are_those_that_npm_reads(npm: list[str | Path]) -> None:
    path, file = lock_of("yarn-classic")
    if len(npm) == 1:
        pytest.skip("an installed npm hides its modules")
    reader = Path(npm[-1]).parent.parent / YARN
    told = json.loads(run([require_tool("node"), "-e", ENTRIES, reader, file]).stdout)
    packages = ours(path, file.read_bytes())
    found = [
        (
            sorted(token.removeprefix(f"{path}:") for token in package.provides),
            package.version,
            set(package.digests),
            # npm takes the blanks out of ranges here, and leaves them in the names of entries.
            {token.removeprefix(f"{path}:").replace(" ", "") for (token,) in package.requires},
        )
        for package in packages
    ]
    expected = [
        (specs, version, sha(integrity), {f"{name}@{asked}" for name, asked in needs})
        for specs, version, integrity, needs in told
    ]
    assert len(found) > 5
    assert sorted(found, key=str) == sorted(expected, key=str)


def test_entries_of_yarn_4_are_those_of_its_yaml() -> None:
    """By PyYAML; what is linked softly is a project's own folder."""
    path, file = lock_of("yarn-berry")
    document = yaml.safe_load(file.read_bytes())
    assert document.pop("__metadata")
    expected = {
        (entry["resolution"].rpartition("@")[0], entry["version"])
        for entry in document.values()
        if entry["linkType"] == "hard"
    }
    packages = ours(path, file.read_bytes())
    assert {(whole_name(package), package.version) for package in packages} == expected
    assert all(package.digests == () for package in packages)
    assert len(expected) > 3


# --- pnpm -----------------------------------------------------------------------


@pytest.mark.parametrize(("case", "divider"), [("pnpm-7", "/"), ("pnpm-8", "@"), ("pnpm-9", "@")])
def test_packages_of_pnpm_are_the_keys_of_its_yaml(case: str, divider: str) -> None:
    """By PyYAML; keys by pnpm/spec, lockfile 5.2, 6.0 and 9.0: peers stand behind the version."""
    path, file = lock_of(case)
    document = yaml.safe_load(file.read_bytes())
    expected = {}
    for key, entry in document["packages"].items():
        bare = key.partition("(")[0].removeprefix("/")
        name, _, version = bare.rpartition(divider)
        expected[name, version.partition("_")[0]] = sha(entry["resolution"]["integrity"])
    packages = ours(path, file.read_bytes())
    assert {(whole_name(p), p.version): set(p.digests) for p in packages} == expected
    assert len(expected) > 5


@pytest.mark.parametrize("case", ["yarn-berry", "pnpm-7", "pnpm-8", "pnpm-9"])
def test_yaml_is_what_pyyaml_reads(case: str) -> None:
    _, file = lock_of(case)
    assert yamlsubset.load(file.read_bytes()) == yaml.load(file.read_bytes(), yaml.BaseLoader)  # noqa: S506 - makes texts only


# --- Plug'n'Play ----------------------------------------------------------------


def test_the_map_in_a_program_is_what_node_makes_of_it() -> None:
    path, file = lock_of("pnp-program")
    state = json.loads(run([require_tool("node"), "-e", EVALUATE, file]).stdout)
    expected = {
        (name, reference.rpartition("#")[2].removeprefix("npm:"))
        for name, stores in state["packageRegistryData"]
        for reference, _ in stores
        if name and not reference.startswith("workspace:")
    }
    packages = ours(path, file.read_bytes())
    assert {(whole_name(package), package.version) for package in packages} == expected
    assert len(expected) > 3


# --- what cannot be read --------------------------------------------------------


@pytest.mark.parametrize("case", ["ordinary", "pnp-data"])
def test_json_that_is_cut_off_anywhere_is_told(case: str) -> None:
    path, file = lock_of(case)
    whole = file.read_bytes().rstrip()
    for end in range(1, len(whole), 101):
        packages, problems = parse(CATALOGER, {path: whole[:end]})
        assert packages == []
        assert [(problem.severity, problem.where) for problem in problems] == [("error", path)]


@pytest.mark.parametrize("name", ["package-lock.json", "yarn.lock", "pnpm-lock.yaml", ".pnp.cjs"])
@given(data=st.data())
def test_any_bytes(name: str, data: st.DataObject) -> None:
    """Ours are pieces of real files in any order."""
    case = {
        "package-lock.json": "ordinary",
        "yarn.lock": "yarn-classic",
        "pnpm-lock.yaml": "pnpm-9",
        ".pnp.cjs": "pnp-program",
    }[name]
    lines = lock_of(case)[1].read_bytes().splitlines(keepends=True)
    pieces = st.lists(st.one_of(st.sampled_from(lines), st.binary(max_size=20)), max_size=30)
    packages, problems = parse(CATALOGER, {f"a/{name}": b"".join(data.draw(pieces))})
    assert all(package.name and package.state == "declared" for package in packages)
    assert {problem.where for problem in problems} <= {f"a/{name}"}
