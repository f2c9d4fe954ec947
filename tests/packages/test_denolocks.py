"""Lock files of Deno against `deno list`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.packages.catalogers.nodelocks import CATALOGER
from analyzer.packages.contract import Package, Problem
from analyzer.packages.dependencies import dependencies
from analyzer.packages.purl import package_url
from tests.packages.cases import FOLDER, parse
from tests.support.tools import run

PATH = "app/deno.lock"
FIVE = FOLDER / "nodelocks/deno-5/srv/app/deno.lock"
FOUR = FOLDER / "nodelocks/deno-4/srv/app/deno.lock"
JSR = FOLDER / "nodelocks/deno-jsr/srv"


def ours(data: bytes) -> tuple[list[Package], list[Problem]]:
    packages, problems = parse(CATALOGER, {PATH: data})
    assert {package.state for package in packages} <= {"declared"}
    return packages, problems


def shown(package: Package) -> str:
    """As `deno list` names it."""
    registry = "npm" if package.type == "npm" else "jsr"
    scope = package.namespace.removeprefix("jsr.io/")
    return f"{registry}:{scope}/{package.name} {package.version}".replace(":/", ":")


def edges(packages: list[Package]) -> set[tuple[str, str]]:
    names = {package.ident: shown(package) for package in packages}
    met = dependencies(packages)
    return {
        (shown(package), names[ident])
        for package, idents in zip(packages, met, strict=True)
        for ident in idents
    }


def listed(lock: Path, work: Path) -> tuple[set[str], set[tuple[str, str]]]:
    """What `deno list` names, and which is below which; it asks nobody where all is in the file."""
    deno = shutil.which("deno")
    if deno is None:
        pytest.skip("deno is not installed")
    shutil.copy(lock, work / "deno.lock")
    asked = json.loads(lock.read_bytes())["specifiers"]
    imports = {f"a{number}": specifier for number, specifier in enumerate(asked)}
    (work / "deno.json").write_text(json.dumps({"imports": imports}))
    env = {"NO_COLOR": "1", "DENO_NO_UPDATE_CHECK": "1", "DENO_DIR": str(work / "cache")}
    drawn = run([deno, "list", "--depth", "40"], cwd=work, env=env).stdout.decode()
    above: list[str] = []
    pairs: set[tuple[str, str]] = set()
    names: set[str] = set()
    for line in filter(None, drawn.splitlines()):
        blank, mark, leaf = line.rpartition("─ ")
        words = leaf.split()
        depth = len(blank) // 3 + 1 if mark else 0
        above[depth:] = [f"{words[0]} {words[-1]}"]
        names.add(above[-1])
        if depth:
            pairs.add((above[-2], above[-1]))
    return names, pairs


@pytest.mark.parametrize("lock", [FIVE, JSR / "five" / "deno.lock"], ids=["npm", "jsr"])
def test_packages_and_what_they_need_are_those_that_deno_lists(tmp_path: Path, lock: Path) -> None:
    """But for a linked folder, and what a package of JSR needs of npm: types never meet."""
    names, pairs = listed(lock, tmp_path)
    packages, _ = ours(lock.read_bytes())
    assert {shown(package) for package in packages} == names - {"npm:here 1.0.0"}
    assert edges(packages) == {
        (one, two)
        for one, two in pairs
        if one != "npm:here 1.0.0" and one.partition(":")[0] == two.partition(":")[0]
    }
    assert len(names) > 3


def test_older_versions_say_the_same() -> None:
    """4 by Deno 2.1 of the same project; 2 and 3 by hand."""
    (five, _), (four, _) = ours(FIVE.read_bytes()), ours(FOUR.read_bytes())
    assert five == four
    assert len(five) == 36
    versions = {
        name: ours((JSR / name / "deno.lock").read_bytes())[0] for name in ("two", "three", "five")
    }
    assert versions["three"] == versions["five"]
    assert versions["two"] == [package for package in versions["five"] if package.type == "npm"]


def test_a_package_with_other_peers_is_one_package() -> None:
    lock = {
        "version": "5",
        "npm": {
            "a@1.0.0_b@1.0.0": {"dependencies": ["b@1.0.0"]},
            "a@1.0.0_b@2.0.0__@x+c@1.0.0": {"dependencies": ["b@2.0.0"]},
            "b@1.0.0": {},
            "b@2.0.0": {"dependencies": ["d@npm:a@1.0.0_b@2.0.0__@x+c@1.0.0"]},
        },
    }
    packages, problems = ours(json.dumps(lock).encode())
    assert problems == []
    assert edges(packages) == {
        ("npm:a 1.0.0", "npm:b 1.0.0"),
        ("npm:a 1.0.0", "npm:b 2.0.0"),
        ("npm:b 2.0.0", "npm:a 1.0.0"),
    }


def test_urls_and_digests_of_packages_of_jsr() -> None:
    """Their digest is of the registry's list of modules, and no package of theirs has a type."""
    packages, _ = ours((JSR / "five" / "deno.lock").read_bytes())
    found = {package_url(p, None): p.digests for p in packages if p.type == "generic"}
    assert found == {
        "pkg:generic/jsr.io/%40demo/bytes@1.0.4": (),
        "pkg:generic/jsr.io/%40demo/words@1.2.0": (),
    }


def test_modules_by_address_are_counted() -> None:
    packages, (problem,) = ours((JSR / "one" / "deno.lock").read_bytes())
    assert packages == []
    assert (problem.severity, problem.code) == ("note", "unsupported")
    assert problem.detail.endswith("https://deno.example.org/words@1.0.0/deps.ts and 1 more")


def test_a_digest_of_the_old_registry_is_in_hexadecimal() -> None:
    lock = {"version": "5", "npm": {"a@1.0.0": {"integrity": "ab" * 20}}}
    ((package,), _) = ours(json.dumps(lock).encode())
    assert package.digests == (f"sha1:{'ab' * 20}",)


# --- what cannot be read --------------------------------------------------------


def test_a_file_that_is_cut_off_anywhere_is_told() -> None:
    whole = FIVE.read_bytes().rstrip()
    for end in range(1, len(whole), 101):
        packages, problems = ours(whole[:end])
        assert packages == []
        assert [(problem.severity, problem.where) for problem in problems] == [("error", PATH)]


JSON = st.recursive(
    st.one_of(st.none(), st.integers(), st.sampled_from(["a", "a@1.0.0", "jsr:a@1", "\x1b@1"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["a@1.0.0", "a@1_b@2", "@a", "\x1b@1", ""]), inner),
        st.dictionaries(st.sampled_from(["npm", "jsr", "dependencies", "packages"]), inner),
    ),
    max_leaves=10,
)


@given(
    st.sampled_from(["2", "3", "4", "5", 5, None]),
    st.dictionaries(
        st.sampled_from(["npm", "jsr", "packages", "specifiers", "remote", "workspace"]), JSON
    ),
)
def test_any_members(version: object, document: dict[str, object]) -> None:
    packages, problems = ours(json.dumps({"version": version, **document}).encode())
    assert all(package.name and package.version for package in packages)
    assert all(package.name.isprintable() for package in packages)
    assert {problem.where for problem in problems} <= {PATH}
    assert all(problem.detail.isprintable() for problem in problems)


@pytest.mark.parametrize("data", [b'{"version": null}', b'{"version": 9}'])
def test_a_version_that_is_no_text_is_said_to_be_none(data: bytes) -> None:
    packages, [problem] = parse(CATALOGER, {"deno.lock": data})
    assert (packages, problem.detail) == ([], "no version that is a text")
