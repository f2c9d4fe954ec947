"""Lock files of Cargo against Cargo itself."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.packages.catalogers.rustlocks import CATALOGER
from analyzer.packages.contract import Package, Problem
from analyzer.packages.formats.cargolock import read_lock
from analyzer.packages.formats.sourcecopies import is_copy
from analyzer.packages.purl import package_url
from tests.packages.cases import FOLDER, Case, parse
from tests.support.tools import run

ORDINARY = Case(FOLDER / "rustlocks" / "ordinary").files
CRATES_IO = "registry+https://github.com/rust-lang/crates.io-index"
WORKSPACE = """
[workspace]
members = ["till"]
[package]
name = "shop"
version = "0.1.0"
[dependencies]
till = { path = "till" }
ledger = { path = "../ledger" }
paper = "2"
old-paper = { package = "paper", version = "1" }
pen = { version = "1", registry = "own" }
shelf = { git = "SHELF", branch = "main" }
"""
CONFIG = """
[source.crates-io]
replace-with = "here"
[registries.own]
index = "sparse+https://crates.example/index/"
[source.own]
registry = "sparse+https://crates.example/index/"
replace-with = "here"
[source.here]
directory = "CRATES"
"""


def cargo() -> str:
    """Debian's brings all of rustc, so `.ci/run` does without: fixtures have Cargo's answers."""
    found = shutil.which("cargo")
    if found is None:
        pytest.skip("cargo is not installed")
    return found


def crate(folder: Path, name: str, version: str, needs: str = "") -> None:
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "lib.rs").write_text("")
    head = f'[package]\nname = "{name}"\nversion = "{version}"\n[dependencies]\n'
    (folder / "Cargo.toml").write_text(head + needs)


def stored(folder: Path, name: str, version: str, needs: str = "") -> None:
    place = folder / f"{name}-{version}"
    crate(place, name, version, needs)
    sums = {"files": {}, "package": hashlib.sha256(place.name.encode()).hexdigest()}
    (place / ".cargo-checksum.json").write_text(json.dumps(sums))


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project with crates of every source."""
    cargo()
    crates, project, shelf = tmp_path / "crates", tmp_path / "shop", tmp_path / "shelf"
    for name, version, needs in (
        ("pulp", "0.3.0-rc.1+dry", ""),
        ("paper", "1.2.0", ""),
        ("paper", "2.0.1", 'pulp = "=0.3.0-rc.1"\n'),
        ("pen", "1.0.0", ""),
    ):
        stored(crates, name, version, needs)
    crate(shelf, "shelf", "0.3.1", 'paper = "1"\n')
    run(["git", "init", "-q", "-b", "main"], cwd=shelf)
    run(["git", "add", "-A"], cwd=shelf)
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    run(["git", *who, "commit", "-q", "-m", "one"], cwd=shelf)
    crate(project, "shop", "0.1.0")
    (project / "Cargo.toml").write_text(WORKSPACE.replace("SHELF", f"file://{shelf}"))
    crate(project / "till", "till", "0.2.0", 'paper = "2"\n')
    crate(tmp_path / "ledger", "ledger", "1.4.0", 'pulp = "0.3.0-rc.1"\n')
    (project / ".cargo").mkdir()
    (project / ".cargo" / "config.toml").write_text(CONFIG.replace("CRATES", str(crates)))
    return project


def metadata(project: Path) -> dict[str, Any]:
    """What Cargo says after it has written the lock file."""
    env = {"CARGO_HOME": str(project.parent / "home")}
    run([cargo(), "generate-lockfile"], cwd=project, env=env)
    done = run([cargo(), "metadata", "--locked", "--format-version", "1"], cwd=project, env=env)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def answers(said: dict[str, Any]) -> Iterator[tuple[str, str, str, list[str]]]:
    """Name, version, source and needs of the crates that have a source."""
    known = {each["id"]: each for each in said["packages"]}
    for node in said["resolve"]["nodes"]:
        own = known[node["id"]]
        needs = [known[each] for each in node["dependencies"] if known[each]["source"]]
        if own["source"]:
            names = sorted(f"{each['name']} {each['version']}" for each in needs)
            yield own["name"], own["version"], own["source"], names


def test_crates_are_those_that_cargo_builds(shop: Path) -> None:
    said = metadata(shop)
    path = "srv/shop/Cargo.lock"
    packages, problems = parse(CATALOGER, {path: (shop / "Cargo.lock").read_bytes()})
    assert problems == []
    stated = sorted(answers(said))
    assert len(stated) == 5
    found = []
    for package in packages:
        ((provided,), needs) = package.provides, sorted(token for (token,) in package.requires)
        source = provided.partition(" (")[2].removesuffix(")")
        short = [need.removeprefix(f"{path}:").partition(" (")[0] for need in needs]
        found.append((package.name, package.version, source, short))
        wanted = hashlib.sha256(f"{package.name}-{package.version}".encode()).hexdigest()
        assert package.digests == (() if source.startswith("git+") else (f"sha256:{wanted}",))
    assert sorted(found) == stated


def test_package_urls() -> None:
    """https://github.com/package-url/purl-spec/blob/main/types/cargo-definition.json."""
    packages, _ = parse(CATALOGER, ORDINARY)
    urls = {package.name: package_url(package, None) for package in packages}
    assert urls["either"] == "pkg:cargo/either@1.6.1"
    assert re.fullmatch(
        r"pkg:cargo/shelf@0\.3\.1\?vcs_url=git%2Bhttps:%2F%2Fgit\.example%2Fshelf%40[0-9a-f]{40}",
        urls["shelf"],
    )


def test_what_lies_in_a_vendor_folder_without_checksums_is_a_project() -> None:
    (lock,) = ORDINARY.values()
    project = {"srv/vendor/till/Cargo.lock": lock}
    assert parse(CATALOGER, project)[0]
    assert parse(CATALOGER, {**project, "srv/vendor/till/.cargo-checksum.json": b""}) == ([], [])
    assert parse(CATALOGER, {"Cargo.lock": lock, ".cargo-checksum.json": b""}) == ([], [])


@pytest.mark.parametrize(
    "path",
    [
        "srv/registry/src/Cargo.lock",
        "srv/registry/src/app/Cargo.lock",
        "home/a@b/Cargo.lock",
        "srv/app@v1/Cargo.lock",
        "srv/node_modules_of/Cargo.lock",
    ],
)
def test_names_that_only_look_like_those_of_a_cache(path: str) -> None:
    assert not is_copy(path)


def test_a_need_that_could_be_two_crates_is_none() -> None:
    """As Cargo has it, which takes such a file for the outcome of a bad merge."""
    entry = '[[package]]\nname = "{}"\nversion = "{}"\nsource = "{}"\n'
    two = entry.format("a", "1", "registry+x") + entry.format("a", "1", "registry+y")
    lock = read_lock(f'{two}[[package]]\nname = "b"\ndependencies = ["a", "a 2", "a 1"]'.encode())
    assert [crate.needs for crate in lock.crates] == [(), (), ()]
    assert len(lock.odd) == 3


def test_one_name_in_two_registries_is_two_packages() -> None:
    entry = '[[package]]\nname = "a"\nversion = "1"\nsource = "{}"\n'
    data = (entry.format(CRATES_IO) + entry.format("sparse+https://own.example/")).encode()
    packages, _ = parse(CATALOGER, {"Cargo.lock": data})
    assert [dict(package.qualifiers).get("repository_url") for package in packages] == [
        None,
        "https://own.example/",
    ]


PIECES = [
    *(b"[[package]]\n", b'name = "a"\n', b'version = "1"\n', b"version = 4\n", b"[root]\n"),
    *(b'source = "registry+x"\n', b'dependencies = ["a", "a 1", "b 1 (x)"]\n', b"[metadata]\n"),
    *(b'"checksum a 1 (registry+x)" = "<none>"\n', b'replace = "a 1"\n', b"=======\n", b"\x1b"),
    *(b'name = "\\u001b[31m"\n', b"package = 3\n", b"[[patch.unused]]\n", b"checksum = 1\n"),
]


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=20)), max_size=12))
def test_near_documents(pieces: list[bytes]) -> None:
    for item in CATALOGER.parse({"srv/Cargo.lock": b"".join(pieces)}):
        if isinstance(item, Problem):
            assert item.detail.isprintable()
        else:
            assert isinstance(item, Package)
            assert item.name
            assert "".join((item.name, item.version, *item.provides)).isprintable()


@pytest.mark.parametrize("version", ["0x" + "f" * 6000, "[0x" + "f" * 6000 + "]", "5", '"6"'])
def test_of_a_version_that_is_not_known_crates_are_read_all_the_same(version: str) -> None:
    entry = f'version = {version}\n[[package]]\nname = "a"\nversion = "1"\nsource = "{CRATES_IO}"\n'
    packages, [problem] = parse(CATALOGER, {"Cargo.lock": entry.encode()})
    assert [package.name for package in packages] == ["a"]
    assert problem.severity == "warning"
    assert problem.detail.startswith("of a version that is not known, ")


def test_of_what_debian_packs_no_checksum_is_known() -> None:
    """Cargo wrote it over Debian's librust-cfg-if-dev, whose `.cargo-checksum.json` says so."""
    lock = b"""version = 3

[[package]]
name = "cfg-if"
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "Could not get crate checksum"
"""
    (package,), problems = parse(CATALOGER, {"Cargo.lock": lock})
    assert (package.name, package.version, package.digests) == ("cfg-if", "1.0.0", ())
    assert problems == []
