"""Node packages: which folders count, and npm's own tree against `npm ls`."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from analyzer.layers.wants import CapturePlan
from analyzer.packages.catalogers import node, nodelocks
from analyzer.packages.contract import Package
from analyzer.packages.dependencies import dependencies
from analyzer.packages.formats import integrity, npm
from tests.packages.cases import parse
from tests.support.realnpm import npm_command
from tests.support.tools import require_tool, run

PLAN = CapturePlan(node.CATALOGER.wants)


@pytest.mark.parametrize(
    "path",
    [
        "package.json",
        "app/package.json",
        "app/src/package.json",
        "app/templates/basic/package.json",
        "app/node_modules/a/lib/package.json",
        "app/node_modules/a/test/data/package.json",
        "app/node_modules/a/node_modules/package.json",
        "app/node_modules/@s/b/dist/package.json",
        "opt/yarn-v1.22.22/package.json",
        "usr/share/nodejs/a/lib/package.json",
        "app/node_modules/a/package.json5",
    ],
)
def test_other_package_json_is_not_even_captured(path: str) -> None:
    assert not PLAN.keeps(path)


@pytest.mark.parametrize(
    ("path", "name", "store", "placed"),
    [
        ("node_modules/a/package.json", "a", "", True),
        ("app/node_modules/@s/b/package.json", "@s/b", "", True),
        ("n/node_modules/a/node_modules/@s/b/package.json", "@s/b", "", True),
        ("n/node_modules/@s/b/node_modules/a/package.json", "a", "", True),
        (
            "n/node_modules/.pnpm/@s+b@1.0.0_c@2.0.0/node_modules/@s/b/package.json",
            *("@s/b", "n/node_modules/.pnpm", True),
        ),
        (
            "n/node_modules/.pnpm/a@1.0.0/node_modules/a/node_modules/b/package.json",
            *("b", "n/node_modules/.pnpm", True),
        ),
        (
            "n/node_modules/.store/@s/b@1-x/node_modules/@s/b/package.json",
            *("@s/b", "n/node_modules/.store", True),
        ),
        (
            "n/node_modules/.store/a-npm-1.0.0-abc/package/package.json",
            *("", "n/node_modules/.store", True),
        ),
        ("usr/share/nodejs/@s/b/package.json", "@s/b", "usr/share/nodejs", True),
        (
            "usr/lib/x86_64-linux-gnu/nodejs/a/package.json",
            *("a", "usr/share/nodejs", True),
        ),
        ("usr/share/nodejs/npm/node_modules/a/package.json", "a", "", True),
        ("n/node_modules/a/test/node_modules/b/package.json", "b", "", False),
        ("n/node_modules/@s/b/x/node_modules/c/package.json", "c", "", False),
    ],
)
def test_a_place_tells_name_store_and_whether_somebody_put_it_there(
    path: str, name: str, store: str, *, placed: bool
) -> None:
    assert PLAN.keeps(path)
    folder = path.removesuffix("/package.json")
    assert npm.place(path) == npm.Place(folder, name, store, placed)


@pytest.mark.parametrize(
    "path",
    [
        "n/node_modules/.cache/package.json",
        "n/node_modules/@s/package.json",
        "n/node_modules/@s/.b/package.json",
        "n/node_modules/.bin/b/package.json",
    ],
)
def test_what_npm_does_not_take_for_a_package_is_none(path: str) -> None:
    assert npm.place(path) is None


def test_candidates_are_where_node_looks() -> None:
    program = require_tool("node")
    folder = "srv/node_modules/@s/b/node_modules/c"
    code = f"JSON.stringify(require('module')._nodeModulePaths('/{folder}'))"
    looked = json.loads(run([program, "-p", code]).stdout)
    assert list(npm.candidates(folder, "d")) == [f"{path[1:]}/d" for path in looked]


def test_lock_files_inside_installed_packages_declare_nothing() -> None:
    lock = b'# yarn lockfile v1\n\n\na@^1:\n  version "1.0.0"\n'
    for path, count in (("app/yarn.lock", 1), ("app/node_modules/x/yarn.lock", 0)):
        packages, problems = parse(nodelocks.CATALOGER, {path: lock})
        assert len(packages) == count
        assert problems == []


def test_integrity_takes_whole_digests_only() -> None:
    zero = "A" * 27 + "="
    assert integrity.digests(f"sha1-{zero}") == ("sha1:" + "00" * 20,)
    assert integrity.digests(f"sha1-{zero}?opt md5-{zero}") == ("sha1:" + "00" * 20,)
    for wrong in (zero, f"sha512-{zero}", "sha1-\xff", f"sha1-{zero}x", "sha1-", "-", ""):
        assert integrity.digests(wrong) == ()


def test_two_choices_of_peers_are_one_package_that_needs_both() -> None:
    store = "node_modules/.pnpm"
    places = {
        "a@1.0.0_b@1.0.0/node_modules/a": '"a", "version": "1.0.0", "peerDependencies": {"b": "*"}',
        "a@1.0.0_b@2.0.0/node_modules/a": '"a", "version": "1.0.0", "peerDependencies": {"b": "*"}',
        "b@1.0.0/node_modules/b": '"b", "version": "1.0.0"',
        "b@2.0.0/node_modules/b": '"b", "version": "2.0.0"',
    }
    files = {
        f"{store}/{place}/package.json": f'{{"name": {rest}}}'.encode()
        for place, rest in places.items()
    }
    files[f"{store}/lock.yaml"] = b"""\
lockfileVersion: '9.0'
packages:
  a@1.0.0: {resolution: {integrity: ''}}
snapshots:
  a@1.0.0(b@1.0.0):
    dependencies:
      b: 1.0.0
  a@1.0.0(b@2.0.0):
    dependencies:
      b: 2.0.0
  b@1.0.0: {}
  b@2.0.0: {}
"""
    packages, problems = parse(node.CATALOGER, files)
    assert problems == []
    needs = {ident(p): needed for p, needed in zip(packages, dependencies(packages), strict=True)}
    assert needs == {"a@1.0.0": ("npm:b@1.0.0", "npm:b@2.0.0"), "b@1.0.0": (), "b@2.0.0": ()}


def test_a_peer_that_the_manifest_only_calls_optional_is_what_pnpm_links() -> None:
    """`pnpm ls` 12.21.0 lists it of debug 4.4.3, whose manifest and pnpm's list these are of."""
    store = "node_modules/.pnpm"
    debug = (
        b'{"name": "debug", "version": "4.4.3", "dependencies": {"ms": "^2.1.3"},'
        b' "peerDependenciesMeta": {"supports-color": {"optional": true}}}'
    )
    files = {
        f"{store}/debug@4.4.3_supports-color@7.2.0/node_modules/debug/package.json": debug,
        f"{store}/ms@2.1.3/node_modules/ms/package.json": b'{"name": "ms", "version": "2.1.3"}',
        f"{store}/lock.yaml": b"""\
lockfileVersion: '9.0'
packages:
  debug@4.4.3:
    resolution: {integrity: ''}
    peerDependencies:
      supports-color: '*'
    peerDependenciesMeta:
      supports-color:
        optional: true
snapshots:
  debug@4.4.3(supports-color@7.2.0):
    dependencies:
      ms: 2.1.3
    optionalDependencies:
      supports-color: 7.2.0
  ms@2.1.3: {}
  supports-color@7.2.0: {}
  supports-color@8.1.1: {}
""",
    }
    for version in ("7.2.0", "8.1.1"):
        path = f"{store}/supports-color@{version}/node_modules/supports-color/package.json"
        files[path] = f'{{"name": "supports-color", "version": "{version}"}}'.encode()
    packages, problems = parse(node.CATALOGER, files)
    assert problems == []
    needs = {ident(p): needed for p, needed in zip(packages, dependencies(packages), strict=True)}
    assert needs["debug@4.4.3"] == ("npm:ms@2.1.3", "npm:supports-color@7.2.0")


class TestAgainstNpm:
    """A tree that npm makes without any registry, and what `npm ls` says of it."""

    def test_packages_and_dependencies_are_those_of_npm_ls(self, tmp_path: Path) -> None:
        npm_itself = npm_command(tmp_path.parent)
        install_offline(npm_itself, tmp_path)
        listed = run([*npm_itself, "ls", "--all", "--json", "--long"], cwd=tmp_path)
        tree = json.loads(listed.stdout)
        files = {
            path.relative_to(tmp_path).as_posix(): path.read_bytes()
            for path in tmp_path.rglob("*")
            if path.is_file() and PLAN.keeps(path.relative_to(tmp_path).as_posix())
        }
        packages, problems = parse(node.CATALOGER, files)
        assert problems == []
        assert {p.state for p in packages} == {"installed"}
        names = {child for _, child in edges(tree, "")}
        assert names == {"a@1.0.0", "b@1.0.0", "b@2.0.0", "c@1.0.0", "@s/d@1.0.0"}
        assert {ident(p) for p in packages} == names
        met = zip(packages, dependencies(packages), strict=True)
        ours = {(ident(p), other.removeprefix("npm:")) for p, needed in met for other in needed}
        assert ours == {(parent, child) for parent, child in edges(tree, "") if parent}

    def test_folders_of_the_project_that_npm_links_are_declared(self, tmp_path: Path) -> None:
        """Installed by npm's word, which goes through links; their folders may not be there."""
        npm_itself = npm_command(tmp_path.parent)
        manifests = {
            "": {"version": "1.0.0", "workspaces": ["w/*"], "dependencies": {"t": "file:t"}},
            "w/a": {"name": "@w/a", "version": "0.1.0", "dependencies": {"t": "*"}},
            "t": {"name": "t", "version": "2.0.0"},
            "w/none": {"name": "none"},
        }
        for folder, manifest in manifests.items():
            (tmp_path / folder).mkdir(parents=True, exist_ok=True)
            (tmp_path / folder / "package.json").write_text(json.dumps(manifest), "utf-8")
        offline = ["--offline", "--no-audit", "--no-fund", f"--cache={tmp_path / 'cache'}"]
        run([*npm_itself, "install", *offline], cwd=tmp_path)
        tree = json.loads(run([*npm_itself, "ls", "--all", "--json"], cwd=tmp_path).stdout)
        hidden = "node_modules/.package-lock.json"
        packages, problems = parse(node.CATALOGER, {hidden: (tmp_path / hidden).read_bytes()})
        assert problems == []
        assert {p.state for p in packages} == {"declared"}
        linked = {child for _, child in edges(tree, "")}
        assert {ident(p) for p in packages} == linked == {"@w/a@0.1.0", "t@2.0.0"}


PACKAGES: dict[str, dict[str, Any]] = {
    "a": {"dependencies": {"b": "^1.0.0", "@s/d": "*"}, "optionalDependencies": {"b": "^1.0.0"}},
    "b": {},
    "c": {"dependencies": {"b": "^2.0.0"}, "bundleDependencies": ["b"]},
    "@s/d": {"peerDependencies": {"c": "*"}},
}


def install_offline(command: Sequence[str | Path], project: Path) -> None:
    """Archives of `PACKAGES`, and a project that npm installs them into; `c` brings another b."""
    wanted = {}
    for name, fields in PACKAGES.items():
        archive = project / f"{name.replace('/', '-')}.tgz"
        files = {"package": {"name": name, "version": "1.0.0", **fields}}
        if name == "c":
            files["package/node_modules/b"] = {"name": "b", "version": "2.0.0"}
        with tarfile.open(archive, "w:gz") as tar:
            for folder, manifest in files.items():
                content = json.dumps(manifest).encode()
                member = tarfile.TarInfo(f"{folder}/package.json")
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
        wanted[name] = f"file:{archive.name}"
    manifest = {"name": "shop", "version": "1.0.0", "dependencies": wanted}
    (project / "package.json").write_text(json.dumps(manifest), "utf-8")
    cache = project / "cache"
    offline = ["--offline", "--no-audit", "--no-fund", "--ignore-scripts", f"--cache={cache}"]
    run([*command, "install", *offline], cwd=project)


def ident(package: Package) -> str:
    """Name with scope, and version."""
    return package.ident.removeprefix("npm:")


def edges(tree: dict[str, Any], parent: str) -> Iterator[tuple[str, str]]:
    """Who depends on whom in the answer of `npm ls`, whose optional gaps have no version."""
    for name, child in tree.get("dependencies", {}).items():
        if "version" in child:
            own = f"{child.get('name') or name}@{child['version']}"
            yield parent, own
            yield from edges(child, own)


def test_a_manifest_without_a_name_provides_no_name() -> None:
    """In a store a link leads to the one package of a name, and none has no name."""
    path = "usr/share/nodejs/x/package.json"
    [package], _ = parse(node.CATALOGER, {path: b'{"version":"1"}'})
    assert package.provides == ("usr/share/nodejs/x",)


@pytest.mark.parametrize(
    ("manifest", "bins"),
    [
        ({"name": "@s/d", "bin": "./cli.js"}, {"d": "cli.js"}),
        ({"name": "a", "bin": {"b": "x/../y.js", "@s/c": "c.js"}}, {"b": "y.js", "c": "c.js"}),
        ({"name": "a", "bin": {"../../up": "../../etc/passwd"}}, {"up": "etc/passwd"}),
        ({"name": "a", "bin": {"a": 1, "": "x", "b": ""}}, {}),
        ({"name": "a", "bin": ["x"]}, {}),
        ({"bin": "x.js"}, {}),
    ],
)
def test_commands_are_those_that_npm_makes_of_bin(
    manifest: dict[str, Any], bins: dict[str, str]
) -> None:
    """npm-normalize-package-bin, whose tests have these; npm itself is asked in `tests/stock`."""
    assert dict(npm.read_manifest(json.dumps(manifest).encode()).bins) == bins


def test_links_to_commands_are_made_where_npm_makes_them() -> None:
    read = npm.read_manifest(b'{"name": "@s/d", "version": "1", "bin": "cli.js"}')
    expected = {
        "usr/lib/node_modules/@s/d": {
            "usr/lib/node_modules/.bin/d": "../@s/d/cli.js",
            "usr/bin/d": "../lib/node_modules/@s/d/cli.js",
        },
        "srv/node_modules/@s/d": {"srv/node_modules/.bin/d": "../@s/d/cli.js"},
        "lib/node_modules/x/node_modules/@s/d": {
            "lib/node_modules/x/node_modules/.bin/d": "../@s/d/cli.js"
        },
        "srv/node_modules/.pnpm/@s+d@1/node_modules/@s/d": {},
        "srv/node_modules/x/test/node_modules/@s/d": {},
    }
    for folder, links in expected.items():
        place = npm.place(f"{folder}/package.json")
        assert place is not None
        assert dict(npm.bin_links(place, read)) == links
