"""Lock files of dependencies declare nothing, whichever package manager brought them."""

from __future__ import annotations

import pytest

from analyzer.packages.catalogers import (
    condalocks,
    dartlocks,
    erlanglocks,
    golocks,
    nodelocks,
    rlocks,
    rustlocks,
)
from analyzer.packages.contract import Cataloger, Package
from analyzer.packages.formats.sourcecopies import is_copy
from tests.packages.cases import parse

CRATE = b'[[package]]\nname = "a"\nversion = "1"\nsource = "registry+x"\n'
LOCKS = {
    "bun.lock": (nodelocks, b'{"lockfileVersion": 1, "packages": {"a": ["a@1.0.0", "", {}]}}'),
    "deno.lock": (nodelocks, b'{"version": "4", "npm": {"a@1.0.0": {}}}'),
    "Cargo.lock": (rustlocks, CRATE),
    "go.mod": (golocks, b"require example.com/a v1.0.0\n"),
    "mix.lock": (erlanglocks, b'%{"a": {:hex, :a, "1.0.0", "", [:mix], [], "hexpm", ""}}\n'),
    "rebar.lock": (erlanglocks, b'[{<<"a">>,{pkg,<<"a">>,<<"1.0.0">>},0}].\n'),
    "renv.lock": (rlocks, b'{"Packages": {"a": {"Package": "a", "Version": "1.0"}}}'),
    "conda-lock.yml": (
        condalocks,
        b"version: 1\npackage:\n- name: a\n  version: '1'\n  manager: pip\n",
    ),
    "pubspec.lock": (dartlocks, b"packages:\n  a:\n    version: '1'\n"),
}
COPIES = [
    "srv/app/node_modules/x",
    "usr/lib/python3/dist-packages/x",
    "opt/venv/lib/python3.12/site-packages/x",
    "usr/lib/ruby/gems/3.0/gems/x-1",
    "usr/local/bundle/gems/x-y-1.0.0-x86_64-linux/ext",
    "usr/local/bundle/ruby/3.2.0/bundler/gems/x-0a1b2c3d4e5f",
    "root/.bun/install/cache/x@1.0.0",
    "root/.cache/deno/npm/registry.npmjs.org/x/1.0.0",
    "opt/pub-cache/hosted/pub.dev/x_y-1.0.0-dev.1",
    "root/.cache/R/renv/cache/v5/R-4.3/x/1.0/abc/x",
    "srv/app/_checkouts/x",
    "root/.cache/rebar3/plugins/x",
    "opt/conda/pkgs/x-y-1.0-h0_0/info/recipe",
    "srv/app/vendor/composer/x",
]
PROJECTS = [
    "srv/app",
    "srv/gems/app",
    "srv/gems/app-web",
    "srv/my-gems/app-1.0",
    "srv/hosted/pub.dev/app",
    "srv/hosted/app-1.0.0",
    "srv/pkgs/app-1-0",
    "srv/pkgs/app/info",
    "srv/vendor/app",
    "srv/deps/app/assets",
    "root/.cache/app",
    "srv/_checkouts_of/app",
    "srv/bun/install/cache",
]


def declared(name: str, folder: str) -> list[Package]:
    module, data = LOCKS[name]
    cataloger: Cataloger = module.CATALOGER
    packages, problems = parse(cataloger, {f"{folder}/{name}": data})
    assert problems == []
    return packages


@pytest.mark.parametrize("name", LOCKS)
def test_a_project_declares_what_its_lock_file_names(name: str) -> None:
    assert [len(declared(name, folder)) for folder in ("srv/app", "srv/vendor/app")] == [1, 1]


@pytest.mark.parametrize("folder", COPIES)
@pytest.mark.parametrize("name", LOCKS)
def test_a_dependency_declares_nothing(name: str, folder: str) -> None:
    assert declared(name, folder) == []


@pytest.mark.parametrize("folder", PROJECTS)
def test_folders_that_projects_have_as_well(folder: str) -> None:
    assert not is_copy(f"{folder}/Cargo.lock")


def test_other_lock_files_of_node_are_read_where_they_were() -> None:
    lock = b'{"lockfileVersion": 3, "packages": {"node_modules/a": {"version": "1.0.0"}}}'
    path = "srv/app/vendor/composer/x/package-lock.json"
    packages, _ = parse(nodelocks.CATALOGER, {path: lock})
    assert [package.name for package in packages] == ["a"]
