"""What a package manager's cache holds is not installed, but by links that lead to it.

Paths and contents as uv 0.13.9, Yarn 1.22, Bun 1.3, Deno 2.9 and conda 24 leave them; what counts
is what `uv pip list` and `npm ls` say of the environments and projects beside them.
"""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import pytest

from analyzer import analyze
from analyzer.packages.catalogers import node, nodelocks, python, pythonlocks, pythonsources
from analyzer.packages.contract import Cataloger
from analyzer.packages.formats.caches import is_cached
from tests.packages.cases import parse
from tests.support.imagebuilder import Entries, Entry, HardLink, ImageBuilder, Link

UV = "root/.cache/uv/archive-v0"
YARN = "yarn/v6/npm-ms-2.1.2-d09d1f357b443f493382a8eb3ccd183872ae6009-integrity"
YARN_4 = "y/v4/npm-@types-node-20.0.0-081d9afd28421be956c1a47ced1c9a0034b467e2"
CACHES = [
    f"{UV}/IdnyXkiTqq9f-AUG/six-1.16.0.dist-info/METADATA",
    "uv-cache/archive-v0/JEMweItpycjUBzBi/lib/python3.12/site-packages/a-1.dist-info/METADATA",
    "c/builds-v0/.tmpAbC123/lib/python3.12/site-packages/a-1.dist-info/METADATA",
    "root/.cache/uv/sdists-v11/pypi/docopt/0.6.2/DP6sDZpyk0Regwpj/src/docopt.egg-info/PKG-INFO",
    "c/git-v0/checkouts/0123456789abcdef/0123456/requirements.txt",
    "opt/conda/pkgs/six-1.16.0-pyhd3eb1b0_1/site-packages/six-1.16.0.dist-info/METADATA",
    "opt/conda/pkgs/pip-23.3-py311h06a4308_0/lib/python3.11/site-packages/p.dist-info/METADATA",
    "opt/conda/pkgs/nodejs-18.16.0-h2d74bed_1/lib/node_modules/npm/package.json",
    f"usr/local/share/.cache/{YARN}/node_modules/ms/package.json",
    f"{YARN_4}/node_modules/@types/node/package.json",
    "root/.bun/install/cache/@babel/code-frame@7.24.2@@@1/node_modules/a/package.json",
    "cache/chalk@2.4.2@@@1/node_modules/a/package.json",
    "cache/@T@sha512-090a6758fac3c263f5f923075d986d2e@@@1/node_modules/a/package.json",
    "deno-dir/npm/registry.npmjs.org/@types/node/20.0.0/node_modules/a/package.json",
    "deno-dir/npm/localhost_4873/chalk/5.3.0/node_modules/a/package.json",
    "deno-dir/npm/npm.example.com/artifactory/api/npm/chalk/5.3.0/package-lock.json",
]
INSTALLED = [
    "app/.venv/lib/python3.11/site-packages/a-1.dist-info/METADATA",
    "root/.cache/uv/environments-v2/tool-0a1b/lib/python3.11/site-packages/a-1.dist-info/METADATA",
    "root/.cache/pypoetry/virtualenvs/app-py3.11/lib/python3.11/site-packages/a-1.dist-info/METADATA",
    "opt/conda/lib/python3.11/site-packages/a-1.dist-info/METADATA",
    "srv/archive-v0/web/lib/python3.11/site-packages/a-1.dist-info/METADATA",
    "app/node_modules/.pnpm/chalk@5.3.0/node_modules/chalk/package.json",
    "app/node_modules/.bun/chalk@5.3.0/node_modules/chalk/package.json",
    "root/.local/share/pnpm/store/v10/links/@/chalk/5.3.0/0a1b/node_modules/chalk/package.json",
    "root/.npm/_npx/0a1b2c3d4e5f6071/node_modules/cowsay/package.json",
    "usr/lib/node_modules/npm/node_modules/chalk/package.json",
    "srv/pkgs/web-app/lib/node_modules/chalk/package.json",
    "srv/v1/npm-tools/node_modules/chalk/package.json",
]
READERS = {
    "METADATA": (python.CATALOGER, b"Metadata-Version: 2.1\nName: a\nVersion: 1\n\n"),
    "PKG-INFO": (pythonsources.CATALOGER, b"Metadata-Version: 2.1\nName: a\nVersion: 1\n\n"),
    "package.json": (node.CATALOGER, b'{"name": "a", "version": "1.0.0"}'),
    "requirements.txt": (pythonlocks.CATALOGER, b"a==1\n"),
    "package-lock.json": (
        nodelocks.CATALOGER,
        b'{"lockfileVersion": 3, "packages": {"node_modules/a": {"version": "1.0.0"}}}',
    ),
}


def count(path: str) -> int:
    cataloger: Cataloger
    cataloger, data = READERS[path.rpartition("/")[2]]
    packages, problems = parse(cataloger, {path: data})
    assert problems == []
    return len(packages)


@pytest.mark.parametrize("path", CACHES)
def test_what_a_cache_holds_is_no_package(path: str) -> None:
    assert is_cached(path)
    assert count(path) == 0


@pytest.mark.parametrize("path", INSTALLED)
def test_what_is_used_from_where_it_lies_is_one(path: str) -> None:
    assert not is_cached(path)
    assert count(path) == 1


@pytest.mark.parametrize("mode", ["hardlink", "symlink"])
@pytest.mark.parametrize("site", ["app/.venv/lib", "srv/.venv/lib"])
def test_what_uv_linked_out_of_its_cache_is_installed(site: str, mode: str, tmp_path: Path) -> None:
    """`uv pip list` has the one that is linked; uv writes RECORD anew and links the rest."""
    cache = f"{UV}/xl9ek5rp5CE2z5e8/idna-3.7.dist-info"
    info = f"{site}/python3.11/site-packages/idna-3.7.dist-info"
    said = b"Metadata-Version: 2.1\nName: idna\nVersion: 3.7\nLicense: BSD\n\n"
    names = [f"{cache}/METADATA", f"{info}/METADATA"]
    if mode == "hardlink":  # the first of them is the file
        names.sort()
    links: dict[str, Entry] = {"hardlink": HardLink(names[0]), "symlink": Link(f"/{names[0]}")}
    files: Entries = {
        names[0]: said,
        names[1]: links[mode],
        f"{cache}/RECORD": b"idna-3.7.dist-info/METADATA,,\n",
        f"{info}/RECORD": b"idna-3.7.dist-info/METADATA,,\n",
        f"{UV}/rYQadbcVCJnuzGJK/idna-3.6.dist-info/METADATA": said.replace(b"3.7", b"3.6"),
    }
    image = ImageBuilder().layer(files).write_oci(tmp_path / "layout")
    (found,) = analyze(str(image)).images
    assert [(p.name, p.version, p.state, p.licenses) for p in found.packages] == [
        ("idna", "3.7", "installed", ("BSD",))
    ]
    shown = names[0] if mode == "symlink" else f"{info}/METADATA"
    assert [place.path for place in found.packages[0].locations] == [shown]
    assert list(found.problems) == []


def test_long_names_take_no_time() -> None:
    begun = perf_counter()
    for part in ("pkgs/a-1", "npm/a.b/", "-1", "v1/npm-", "@", "a@1@@", "archive-v0/"):
        is_cached(part * 20_000)
    assert perf_counter() - begun < 1
