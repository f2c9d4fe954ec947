"""Folders that package managers give to packages: what npm and R take away with a package."""

from __future__ import annotations

import io
import json
import tarfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import pytest

from analyzer.diff.versions import order
from analyzer.packages.contract import Owned, Problem
from analyzer.stock.claims import claims_of
from analyzer.stock.expanding import expanded
from analyzer.stock.history import history_of
from analyzer.stock.look import look_at_stock
from analyzer.stock.verify import Fault, verify_stock
from tests.packages.test_ownership import tree
from tests.support.imagebuilder import ImageBuilder
from tests.support.realnpm import npm_command
from tests.support.tarbytes import Link
from tests.support.tools import require_tool, run

PACKAGES: dict[str, dict[str, object]] = {
    "a": {"dependencies": {"b": "^1.0.0"}, "bin": {"a-cmd": "./cli.js", "@x/both": "lib/x.js"}},
    "b": {"bin": {"both": "cli.js"}},
    "c": {"dependencies": {"b": "^2.0.0"}, "bundleDependencies": ["b"], "bin": "lib/x.js"},
    "@s/d": {"bin": "../cli.js"},
}
"""`bin` in every form; `both` is a command of two packages."""


def pack(folder: Path, name: str) -> str:
    """An archive of a package as `npm pack` makes it; `c` brings a b of its own."""
    manifests = {"package": {"name": name, "version": "1.0.0", **PACKAGES[name]}}
    if name == "c":
        manifests["package/node_modules/b"] = {"name": "b", "version": "2.0.0"}
    file = f"{name.replace('/', '-')}.tgz"
    with tarfile.open(folder / file, "w:gz") as tar:
        for place, manifest in manifests.items():
            files = {"package.json": json.dumps(manifest), "cli.js": "#!\n", "lib/x.js": "#!\n"}
            for path, text in files.items():
                member = tarfile.TarInfo(f"{place}/{path}")
                member.size = len(text)
                tar.addfile(member, io.BytesIO(text.encode()))
    return file


def rootfs(folder: Path) -> Path:
    """An empty root filesystem."""
    for name in ("dev", "proc", "etc"):
        (folder / name).mkdir(parents=True)
    return folder


def listing(root: Path) -> set[str]:
    """Files and links, but for npm's own lists."""
    return {
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if (path.is_symlink() or path.is_file()) and "lock.json" not in path.name
    }


def owned_by(root: Path) -> Mapping[str, set[str]]:
    """What each package owns, by its `ident`."""
    problems: list[Problem] = []
    found: dict[str, set[str]] = defaultdict(set)
    with look_at_stock(str(root)) as look:
        (stock,) = look.stocks
        for claim in claims_of(stock, problems):
            found[claim.package.ident].add(claim.path)
    assert problems == []
    return found


@pytest.mark.parametrize("scope", ["project", "global"])
def test_a_package_owns_what_npm_takes_away_with_it(tmp_path: Path, scope: str) -> None:
    npm = npm_command(tmp_path)
    root = rootfs(tmp_path / "root")
    work = root / "srv/app" if scope == "project" else tmp_path / "work"
    work.mkdir(parents=True)
    archives = tmp_path / "archives"
    archives.mkdir()
    files = [archives / pack(archives, name) for name in PACKAGES if name != "b"]
    if scope == "project":  # where b is wanted by the project, too, and stays
        files.append(archives / pack(archives, "b"))
        (work / "package.json").write_text('{"name": "shop", "version": "1.0.0"}')
    options = ["--offline", "--no-audit", "--no-fund", "--ignore-scripts", "--force"]
    options += [f"--cache={tmp_path / 'cache'}"]
    if scope == "global":
        options += ["--global", f"--prefix={root / 'usr/local'}"]
        files = [file for file in files if file.name != "a.tgz"]  # its b is nowhere to be had
    run([*npm, "install", *options, *files], cwd=work)
    owned = owned_by(root)
    before = listing(root)
    for name in ("c", "@s/d", "a"):
        if f"npm:{name}@1.0.0" not in owned:
            assert (scope, name) == ("global", "a")
            continue
        run([*npm, "uninstall", *options, name], cwd=work)
        after = listing(root)
        ours = owned[f"npm:{name}@1.0.0"] | (owned["npm:b@2.0.0"] if name == "c" else set())
        assert ours == before - after
        assert any("bin/" in path for path in ours)
        before = after


def test_links_and_folders_inside_belong_to_those_that_they_are_of(tmp_path: Path) -> None:
    root = tree(
        tmp_path,
        {
            "m/a/index.js": b"",
            "m/a/m/b/index.js": b"",
            "m/.bin/a": Link("../a/index.js"),
            "m/.bin/b": Link("../elsewhere.js"),
            "m/.bin/c": b"#!/bin/sh",
            "m/linked": Link("../elsewhere"),
        },
    )
    a, b, c = ("a", "1", ""), ("b", "1", ""), ("c", "1", "")
    stated = [
        Owned(a, "m/a", "tree"),
        Owned(a, "m/a/index.js", "file", "md5:00"),
        Owned(b, "m/a/m/b", "tree"),
        Owned(a, "m/.bin/a", "bin-link", target="../a/index.js"),
        Owned(b, "m/.bin/b", "bin-link", target="../b/index.js"),
        Owned(c, "m/.bin/c", "bin-link", target="../c/index.js"),
        Owned(c, "m/linked", "tree"),
        Owned(c, "m/gone", "tree"),
    ]
    known = {("x", *owned.owner) for owned in stated}
    found = list(expanded((("x", owned) for owned in stated), root, known))
    assert [(cataloger, owned.owner[0], owned.path) for cataloger, owned in found] == [
        ("x", "a", "m/a/index.js"),
        ("x", "a", "m/.bin/a"),
        ("x", "b", "m/a/m/b/index.js"),
        ("x", "c", "m/linked"),
    ]
    assert {owned.kind for _, owned in found} == {"file", "link", ""}


def test_what_is_in_a_folder_of_no_known_package_is_of_the_one_around_it(tmp_path: Path) -> None:
    root = tree(tmp_path, {"keg/bin/a": b"", "keg/m/b/index.js": b""})
    a, b = ("a", "1", ""), ("b", "1", "")
    stated = [("x", Owned(a, "keg", "tree")), ("y", Owned(b, "keg/m/b", "tree"))]
    found = [(owned.owner, owned.path) for _, owned in expanded(stated, root, {("x", *a)})]
    assert sorted(found) == [(a, "keg/bin/a"), (a, "keg/m/b/index.js")]


DESCRIPTION = "Package: tiny\nVersion: 1.0\nTitle: T\nDescription: D.\nLicense: CC0\n"


def test_an_r_package_owns_what_r_removes_and_its_sums_are_those_of_r(tmp_path: Path) -> None:
    """`remove.packages`, `.installMD5sums` and `checkMD5sums` of R itself."""
    require_tool("R")
    source = tmp_path / "tiny"
    (source / "R").mkdir(parents=True)
    (source / "inst").mkdir()
    (source / "R/f.R").write_text("f <- function() 1\n")
    (source / "inst/data.txt").write_text("data\n")
    (source / "DESCRIPTION").write_text(DESCRIPTION)
    (source / "NAMESPACE").write_text("export(f)\n")
    root = rootfs(tmp_path / "root")
    library = root / "usr/local/lib/R/site-library"
    library.mkdir(parents=True)
    run(["R", "CMD", "INSTALL", f"--library={library}", source])
    installed = listing(root)
    assert owned_by(root) == {"cran:tiny@1.0": installed}
    code = f'invisible(tools:::.installMD5sums("{library}/tiny"))'
    run([require_tool("Rscript"), "-e", code])
    (library / "tiny/data.txt").write_text("DATA\n")
    code = f'cat(tools::checkMD5sums("tiny", "{library}/tiny"))'
    assert b"'data.txt' has the wrong" in run(["Rscript", "-e", code]).stdout.replace(
        b"\xe2\x80\x98", b"'"
    ).replace(b"\xe2\x80\x99", b"'")
    with look_at_stock(str(root)) as look:
        done = verify_stock(look.look, look.stocks[0])
    assert done.checked == {"cran:tiny@1.0": len(installed)}
    assert [(d.claim.path, d.faults) for d in done.deviations] == [
        ("usr/local/lib/R/site-library/tiny/data.txt", (Fault.CONTENT,))
    ]
    run(["Rscript", "-e", f'remove.packages("tiny", "{library}")'])
    assert listing(root) == set()


def test_what_layers_still_hold_of_a_package_whose_folder_is_gone(tmp_path: Path) -> None:
    """`npm uninstall a` in a later layer: the earlier one ships its files all the same."""
    a, b, c = "srv/node_modules/a", "srv/node_modules/a/node_modules/b", "srv/node_modules/@s/c"
    files = {
        f"{a}/package.json": b'{"name": "a", "version": "1.0.0"}',
        f"{a}/index.js": b"a" * 100,
        f"{b}/package.json": b'{"name": "b", "version": "2.0.0"}',
        f"{b}/lib/index.js": b"b" * 1000,
        f"{c}/package.json": b'{"name": "@s/c", "version": "1.0.0"}',
        f"{c}/index.js": b"c",
        "srv/node_modules/ab.js": b"nobody's",
    }
    image = ImageBuilder().layer(files).layer({f"{a}/index.js": b"A" * 10})
    image.layer({"srv/node_modules/.wh.a": b"", "srv/node_modules/@s/.wh.c": b""})
    with look_at_stock(str(image.write_oci(tmp_path / "layout"))) as look:
        found = history_of(look.stocks[0], order)
    assert found.problems == ()
    sizes = {path: len(data) for path, data in files.items()}
    assert {(each.life.name, each.files, each.size, each.layers) for each in found.remains} == {
        ("a", 3, sizes[f"{a}/package.json"] + 100 + 10, (0, 1)),
        ("b", 2, sizes[f"{b}/package.json"] + 1000, (0,)),
        ("c", 2, sizes[f"{c}/package.json"] + 1, (0,)),
    }
