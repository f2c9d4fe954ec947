"""npm packages out of repositories: SPDX 2.3, 7.7, `<tool>+<address>@<commit>#<path>`.

Lock files as npm 10, Yarn 1.22 and 4, pnpm 9 and Bun 1.3 write them for one and the same commit.
"""

from __future__ import annotations

import json

import pytest

from analyzer.packages.catalogers import node, nodelocks
from analyzer.packages.contract import Package
from analyzer.packages.formats.gitaddress import vcs_url
from tests.packages.cases import parse

COMMIT = "a85fa13938a150644a93522872a5e335da435e9e"
HTTP = f"git+http://git.example.org/dep.git@{COMMIT}"
CODELOAD = f"https://codeload.github.com/o/r/tar.gz/{COMMIT}"
TARBALL = "https://example.org/r-1.0.0.tgz"
FORMS = {
    f"git+ssh://git@github.com/o/r.git#{COMMIT}": f"git+ssh://git@github.com/o/r.git@{COMMIT}",
    f"git+http://git.example.org/dep.git#{COMMIT}": HTTP,
    f"git://github.com/o/r.git#{COMMIT}": f"git+git://github.com/o/r.git@{COMMIT}",
    f"git@github.com:o/r.git#{COMMIT}": f"git+git@github.com:o/r.git@{COMMIT}",
    f"github:o/r#{COMMIT}": f"git+https://github.com/o/r@{COMMIT}",
    f"gitlab:o/r#{COMMIT}": f"git+https://gitlab.com/o/r@{COMMIT}",
    f"bitbucket:o/r#{COMMIT}": f"git+https://bitbucket.org/o/r@{COMMIT}",
    f"https://github.com/o/r.git#commit={COMMIT}": f"git+https://github.com/o/r.git@{COMMIT}",
    f"https://github.com/o/r.git#workspace=a%2Fb&commit={COMMIT}": (
        f"git+https://github.com/o/r.git@{COMMIT}"
    ),
    f"git+https://git.example.org/r#{COMMIT}&path:/packages/a": (
        f"git+https://git.example.org/r@{COMMIT}#packages/a"
    ),
    f"git+https://git.example.org/r#{COMMIT}::path:packages/a": (
        f"git+https://git.example.org/r@{COMMIT}#packages/a"
    ),
    "git+https://git.example.org/r#semver:^1.0": "git+https://git.example.org/r",
    CODELOAD: "",
    "https://registry.npmjs.org/git/-/git-1.0.0.tgz#0123": "",
    "github.com/o/r": "",
    "file:../r.git": "",
}


def yarn(pattern: str, resolved: str) -> bytes:
    stanza = f'"{pattern}":\n  version "1.0.0"\n  resolved "{resolved}"\n'
    return f"# yarn lockfile v1\n\n\n{stanza}".encode()


def npm(spec: str, **fields: str) -> bytes:
    packages = {"": {"dependencies": {"r": spec}}, "node_modules/r": {"version": "1.0.0", **fields}}
    return json.dumps({"lockfileVersion": 3, "packages": packages}).encode()


def pnpm(key: str, resolution: str) -> bytes:
    entry = f"  r@{key}:\n    resolution: {{{resolution}}}\n    version: 1.0.0\n"
    return f"lockfileVersion: '9.0'\npackages:\n{entry}".encode()


def only(path: str, data: bytes) -> Package:
    (package,), problems = parse(nodelocks.CATALOGER, {path: data})
    assert problems == []
    return package


@pytest.mark.parametrize("origin", FORMS)
def test_a_repository_is_written_as_spdx_has_it(origin: str) -> None:
    assert vcs_url(origin) == FORMS[origin]


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("package-lock.json", npm("x", resolved=f"git+http://git.example.org/dep.git#{COMMIT}")),
        (
            "yarn.lock",
            yarn(
                "r@git+http://git.example.org/dep.git",
                f"git+http://git.example.org/dep.git#{COMMIT}",
            ),
        ),
        (
            "yarn.lock",
            yarn("r@http://git.example.org/dep.git", f"http://git.example.org/dep.git#{COMMIT}"),
        ),
        (
            "yarn.lock",
            b'__metadata:\n  version: 8\n\n"r@http://git.example.org/dep.git":\n  version: 1.0.0\n'
            b'  resolution: "r@http://git.example.org/dep.git#commit=%s"\n' % COMMIT.encode(),
        ),
        (
            "pnpm-lock.yaml",
            pnpm(
                f"git+http://git.example.org/dep.git#{COMMIT}",
                f"commit: {COMMIT}, repo: http://git.example.org/dep.git, type: git",
            ),
        ),
    ],
)
def test_every_lock_file_gives_one_repository_the_same_address(path: str, data: bytes) -> None:
    package = only(path, data)
    assert package.qualifiers == (("vcs_url", HTTP),)
    assert package.digests == ()  # a commit is of no archive


def test_a_folder_of_a_repository() -> None:
    resolution = f"commit: {COMMIT}, repo: https://github.com/o/r.git, path: /a/b, type: git"
    data = pnpm(f"https://codeload.github.com/o/r/tar.gz/{COMMIT}#path:/a/b", resolution)
    expected = f"git+https://github.com/o/r.git@{COMMIT}#a/b"
    assert only("pnpm-lock.yaml", data).qualifiers == (("vcs_url", expected),)


@pytest.mark.parametrize(
    ("path", "data", "address"),
    [
        ("yarn.lock", yarn("r@o/r", CODELOAD), CODELOAD),
        ("yarn.lock", yarn(f"r@{TARBALL}", f"{TARBALL}#{'0' * 40}"), TARBALL),
        ("package-lock.json", npm(TARBALL, resolved=TARBALL), TARBALL),
        ("package-lock.json", npm("^1.0.0", resolved=TARBALL), ""),
        ("yarn.lock", yarn("r@^1.0.0", f"{TARBALL}#{'0' * 40}"), ""),
        ("yarn.lock", yarn("a@npm:@x/r@^1.0.0", f"{TARBALL}#{'0' * 40}"), ""),
        ("pnpm-lock.yaml", pnpm(CODELOAD, f"tarball: {CODELOAD}"), CODELOAD),
    ],
)
def test_an_archive_that_was_asked_for_by_address_is_not_of_the_registry(
    path: str, data: bytes, address: str
) -> None:
    expected = (("download_url", address),) if address else ()
    assert only(path, data).qualifiers == expected


def test_what_pnpm_has_put_there_from_a_repository() -> None:
    key = f"git+http://git.example.org/dep.git#{COMMIT}"
    store = "app/node_modules/.pnpm"
    resolution = f"commit: {COMMIT}, repo: http://git.example.org/dep.git, type: git"
    files = {
        f"{store}/lock.yaml": pnpm(key, resolution),
        f"{store}/r@1/node_modules/r/package.json": b'{"name": "r", "version": "1.0.0"}',
    }
    (package,), problems = parse(node.CATALOGER, files)
    assert problems == []
    assert (package.state, package.qualifiers) == ("installed", (("vcs_url", HTTP),))
