"""Lock files of Bun against Bun itself and against Node, which reads their JSON as a program."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from base64 import b64decode
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer import analyze
from analyzer.packages.catalogers.nodelocks import CATALOGER
from analyzer.packages.contract import Package, Problem
from analyzer.packages.formats import jsonc
from analyzer.packages.purl import package_url
from tests.packages.cases import FOLDER, parse
from tests.support.imagebuilder import Entries, ImageBuilder
from tests.support.tools import require_tool, run

PATH = "srv/app/bun.lock"
CASES = ["bun-0", "bun-1", "bun-2", "bun-3", "bun-strange"]
EVALUATE = """
const text = require("fs").readFileSync(process.argv[1], "utf8");
console.log(JSON.stringify(new Function("return (" + text + ");")().packages));
"""
OWN = ("workspace:", "link:", "file:", "root:")


def file_of(case: str) -> Path:
    return FOLDER / "nodelocks" / case / PATH


def ours(data: bytes) -> tuple[dict[str, Package], list[Problem]]:
    """Packages by the keys that they have in the file."""
    packages, problems = parse(CATALOGER, {PATH: data})
    assert {package.state for package in packages} <= {"declared"}
    return {
        token.removeprefix(f"{PATH}:"): package
        for package in packages
        for token in package.provides
    }, problems


def entries(case: str) -> dict[str, list[Any]]:
    """The arrays of a lock file as Node has them, without those of the project's own folders."""
    told = run([require_tool("node"), "-e", EVALUATE, file_of(case)]).stdout
    arrays: dict[str, list[Any]] = json.loads(told)
    return {key: parts for key, parts in arrays.items() if not resolution(parts).startswith(OWN)}


def resolution(parts: list[Any]) -> str:
    stated: str = parts[0]
    return stated[stated.index("@", 1) + 1 :]


def sha(integrity: str) -> set[str]:
    """Digests in `<algorithm>-<base64>`; of one too short for its algorithm, nothing."""
    found = re.findall(r"(?:^| )(sha1|sha512)-(\S+)", integrity)
    raw = [(algorithm, b64decode(encoded)) for algorithm, encoded in found]
    return {f"{name}:{it.hex()}" for name, it in raw if len(it) == hashlib.new(name).digest_size}


@pytest.mark.parametrize("case", CASES[1:])
def test_packages_are_those_that_bun_lists(tmp_path: Path, case: str) -> None:
    """`bun pm ls --all` goes by the lock file alone, and draws a tree of its keys.

    Of version 0 only the Bun of that time does.
    """
    bun = shutil.which("bun")
    if bun is None:
        pytest.skip("bun is not installed")
    shutil.copy(file_of(case), tmp_path)
    (tmp_path / "package.json").write_text("{}")
    drawn = run([bun, "pm", "ls", "--all"], cwd=tmp_path, env={"NO_COLOR": "1"}).stdout.decode()
    above: list[str] = []
    listed: dict[str, str] = {}
    for line in drawn.splitlines()[1:]:
        blank, _, leaf = line.partition("── ")
        above[len(blank) // 4 :] = [leaf[: leaf.index("@", 1)]]
        listed["/".join(above)] = leaf[leaf.index("@", 1) + 1 :]
    found, problems = ours(file_of(case).read_bytes())
    assert problems == []
    assert found.keys() == listed.keys() & entries(case).keys()
    assert entries(case).keys() <= listed.keys()
    for key, package in found.items():
        assert package.version in {listed[key], ""}, key


@pytest.mark.parametrize("case", CASES)
def test_names_versions_and_digests_are_those_of_the_arrays(case: str) -> None:
    found, _ = ours(file_of(case).read_bytes())
    for key, parts in entries(case).items():
        package = found.pop(key)
        whole = f"{package.namespace}/{package.name}".lstrip("/")
        assert f"{whole}@{resolution(parts)}" == parts[0]
        assert package.version == (resolution(parts) if parts[1:2] == [""] else package.version)
        last = parts[-1] if isinstance(parts[-1], str) else ""
        assert set(package.digests) == sha(last), key
    assert found == {}


def test_what_every_version_of_bun_makes_of_one_project_is_the_same() -> None:
    seen = {
        case: {
            (package_url(package, None), package.requires)
            for package in ours(file_of(case).read_bytes())[0].values()
        }
        for case in CASES[:3]
    }
    assert seen["bun-0"] == seen["bun-1"] == seen["bun-2"]
    assert len(seen["bun-0"]) == 41


def test_a_repository_and_an_archive_are_named_by_their_address() -> None:
    found, _ = ours(file_of("bun-2").read_bytes())
    commit = "b75bc969c476a375c08b49608a6f2e6c01da10c1"
    assert [found[key].qualifiers for key in ("tiny-git", "tiny-hub", "is-number", "short")] == [
        (("vcs_url", f"git+https://git.example.org/tiny.git@{commit}"),),
        (("vcs_url", "git+https://github.com/demo/tiny@0123abc"),),
        (("download_url", "https://registry.npmjs.org/is-number/-/is-number-7.0.0.tgz"),),
        (),
    ]
    assert (found["short"].name, found["short"].version) == ("ms", "2.1.2")


def test_a_dependency_is_looked_for_upwards() -> None:
    """As `bun pm ls` draws it and `node_modules` has it."""
    found, _ = ours(file_of("bun-3").read_bytes())
    assert found["debug"].requires == ((f"{PATH}:debug/ms",),)
    assert found["to-regex-range"].requires == ((f"{PATH}:to-regex-range/is-number",),)
    assert (f"{PATH}:fsevents",) in found["chokidar"].requires
    assert found["use-sync-external-store"].requires == ((f"{PATH}:react",),)


def test_a_binary_lock_file_is_told_and_another_file_is_not(tmp_path: Path) -> None:
    head = (FOLDER / "nodelocks" / "bun-strange" / "srv/old/bun.lockb").read_bytes()
    packages, (problem,) = parse(CATALOGER, {"a/bun.lockb": head})
    assert packages == []
    assert (problem.code.value, problem.severity.value) == ("unsupported", "warning")
    assert parse(CATALOGER, {"a/bun.lockb": b"#!/bin/sh\n"}) == ([], [])
    files: Entries = {"a/bun.lockb": head, "b/bun.lockb": b"#!/bin/sh\n" * 9}
    image = ImageBuilder().layer(files).write_oci(tmp_path / "layout")
    found = [(told.code, told.where) for told in analyze(str(image)).images[0].problems]
    assert found == [(problem.code, "a/bun.lockb")]


# --- what cannot be read --------------------------------------------------------


@pytest.mark.parametrize("case", ["bun-0", "bun-2"])
def test_a_file_that_is_cut_off_anywhere_is_told(case: str) -> None:
    whole = file_of(case).read_bytes().rstrip()
    for end in range(1, len(whole), 101):
        found, problems = ours(whole[:end])
        assert found == {}
        assert [(problem.severity, problem.where) for problem in problems] == [("error", PATH)]


@given(data=st.data())
def test_any_pieces_of_a_file(data: st.DataObject) -> None:
    lines = file_of("bun-strange").read_bytes().splitlines(keepends=True)
    pieces = st.lists(st.one_of(st.sampled_from(lines), st.binary(max_size=20)), max_size=30)
    found, problems = ours(b"".join(data.draw(pieces)))
    assert all(package.name for package in found.values())
    assert {problem.where for problem in problems} <= {PATH}


@given(
    st.dictionaries(
        st.text(alphabet="a@/ \x1b", max_size=8),
        st.lists(
            st.one_of(
                st.sampled_from(["a@1.0.0", "@a/a@1.0.0", "a@git+x#1", "a@x.tgz", "", "@", 1]),
                st.dictionaries(
                    st.sampled_from(["dependencies", "peerDependencies", "optionalPeers"]),
                    st.one_of(st.none(), st.just({"a": "1", "@a/a": 1}), st.just(["a"])),
                ),
            ),
            max_size=4,
        ),
    )
)
def test_any_entries(packages: dict[str, object]) -> None:
    found, problems = ours(json.dumps({"lockfileVersion": 1, "packages": packages}).encode())
    assert all(token.isprintable() for p in found.values() for (token,) in p.requires)
    assert all(problem.detail.isprintable() for problem in problems)


@pytest.mark.parametrize(
    "data",
    [
        b"/*" * 500_000,
        b'"' + b'\\"' * 500_000,
        b"[" + b", " * 500_000,
        b"// \n" * 500_000,
        b'{"lockfileVersion": [' + b"[" * 500_000,
        b'{"lockfileVersion": 1, "packages": {"'
        + b"a/" * 500_000
        + b'b": ["b@1.0.0", "", {}, ""]}}',
    ],
    ids=["comments", "quotes", "commas", "lines", "depth", "key"],
)
def test_what_is_made_to_take_long_does_not(data: bytes) -> None:
    start = perf_counter()
    found, problems = ours(data)
    assert perf_counter() - start < 10
    assert found == {}
    assert [problem.severity for problem in problems] == ["error"]


def test_many_needs_deep_down_are_looked_up_once_each() -> None:
    key = "/".join(["abc"] * 1000)
    needs = {f"n{number}": "*" for number in range(20_000)}
    packages = {name: [f"{name}@1.0.0", "", {}, ""] for name in needs}
    packages[key] = ["abc@1.0.0", "", {"dependencies": needs}, ""]
    start = perf_counter()
    found, problems = ours(json.dumps({"lockfileVersion": 1, "packages": packages}).encode())
    assert perf_counter() - start < 10
    assert problems == []
    assert len(found[key].requires) == 20_000


# --- JSON with comments ---------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1, // b\n}', {"a": 1}),
        ('["//", "/*", ",]", "\\",]", ]', ["//", "/*", ",]", '",]']),
        ("[1, /* , ] */ 2, /* b */\n\t]", [1, 2]),
        ("/**/ [] // end", []),
        ('{"a": [{},],}', {"a": [{}]}),
    ],
)
def test_comments_and_commas_at_the_end_are_passed_over(text: str, value: object) -> None:
    assert jsonc.load(text.encode()) == value


@pytest.mark.parametrize("text", ["[1,,]", "[1 /* ]", "[1 / 2]", '["a]', "[1] */", "{,a}", "/*/ 1"])
def test_what_is_no_json_with_comments_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="JSON"):
        jsonc.load(text.encode())


@given(st.recursive(st.one_of(st.none(), st.text(), st.integers()), st.lists))
def test_json_is_json_with_comments(value: object) -> None:
    assert jsonc.load(json.dumps(value).encode()) == value


def test_lines_are_counted_through_comments() -> None:
    with pytest.raises(ValueError, match="line 4 "):
        jsonc.load(b'/* a\n b */\n{\n"a" "b"}')


@pytest.mark.parametrize("data", [b"{}", b'{"lockfileVersion": null}'])
def test_without_a_version_it_is_said_that_there_is_none(data: bytes) -> None:
    packages, [problem] = parse(CATALOGER, {"bun.lock": data})
    assert (packages, problem.detail) == ([], "no lockfileVersion in it")
