"""pacman's local database: what the cases of `fixtures/packages/pacman` do not show."""

from __future__ import annotations

import gzip
import hashlib
import shutil
from pathlib import Path

import pytest

from analyzer.packages.catalogers.pacman import CATALOGER
from analyzer.packages.contract import Owned, files_for
from analyzer.packages.formats import mtree
from tests.packages.cases import FOLDER, Case, groups, parse
from tests.support.tools import run

ORDINARY = FOLDER / "pacman" / "ordinary"
LOCAL = "var/lib/pacman/local"


def owned(files: dict[str, bytes]) -> list[Owned]:
    """What the database says of the files of all packages."""
    assert CATALOGER.owns
    given = files_for(CATALOGER.wants, files)
    return [item for group in groups(CATALOGER, given) for item in CATALOGER.owns(group)]


def sha256(text: str) -> str:
    """As `Owned` has it."""
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def test_files_are_those_that_pacman_installed() -> None:
    """`ordinary`: the tree that pacman made, as `find -printf` lists it."""
    found = {item.path: item for item in owned(Case(ORDINARY).files) if item.kind != "dir"}
    assert {path: (o.kind, o.mode, o.digest, o.target) for path, o in found.items()} == {
        "etc/demo/demo.conf": ("file", 0o600, sha256("conf\n"), ""),
        "usr/bin/demo": ("file", 0o4755, sha256("#!demo\n"), ""),
        "usr/bin/demo link": ("link", 0o777, "", "demo"),
        "usr/share/demo/Grüße #1=a\\b.txt": ("file", 0o644, sha256("umlaut\n"), ""),
        "usr/share/demo/hard": ("file", 0o644, sha256("umlaut\n"), ""),
        "usr/lib/libdemo.so": ("link", 0o777, "", "libdemo.so.1"),
        "usr/lib/libdemo.so.1": ("file", 0o644, sha256("lib\n"), ""),
        "usr/bin/sh": ("file", 0o755, sha256("sh\n"), ""),
    }
    config = found["etc/demo/demo.conf"]
    assert (config.flags, config.size, config.user, config.group) == (("config",), 5, "0", "0")
    assert config.owner == ("demo", "2:1.2.3-4", "x86_64")


def test_folders_keep_their_modes() -> None:
    modes = {item.path: item.mode for item in owned(Case(ORDINARY).files) if item.kind == "dir"}
    assert modes["etc/demo"] == 0o750
    assert modes["usr"] == 0o755


def test_without_mtree_a_backup_has_the_digest_of_its_line() -> None:
    """Packages that makepkg did not build have no mtree."""
    files = {path: data for path, data in Case(ORDINARY).files.items() if "mtree" not in path}
    found = {item.path: item for item in owned(files)}
    assert found["etc/demo/demo.conf"].digest == "md5:b9a771b420047cfaa3543e66c78f44f6"
    assert found["usr/bin/demo"].digest == ""
    assert found["usr/bin/demo"].kind == ""
    assert found["usr/bin"].kind == "dir"


@pytest.mark.parametrize("content", [b"", b"not gzip", gzip.compress(b"no path\n"), b"\x1f\x8b"])
def test_an_mtree_that_cannot_be_read_is_noticed(content: bytes) -> None:
    files = {f"{LOCAL}/a-1-1/desc": b"%NAME%\na\n\n%VERSION%\n1-1\n\n"}
    packages, problems = parse(CATALOGER, {**files, f"{LOCAL}/a-1-1/mtree": content})
    assert [package.name for package in packages] == ["a"]
    assert [(p.severity, p.where) for p in problems] == [("error", f"{LOCAL}/a-1-1/mtree")]


@pytest.mark.skipif(shutil.which("pacman") is None, reason="pacman is not installed")
@pytest.mark.parametrize("name", ["ordinary", "strange"])
def test_names_versions_and_files_are_those_that_pacman_lists(name: str, tmp_path: Path) -> None:
    database = tmp_path / "db"
    shutil.copytree(FOLDER / "pacman" / name / "var/lib/pacman", database)
    (database / "local" / "ALPM_DB_VERSION").write_text("9\n", "ascii")
    config = tmp_path / "pacman.conf"
    config.write_text("[options]\nArchitecture = x86_64\n", "ascii")
    pacman: list[str | Path] = ["pacman", "--config", config, "--dbpath", database, "--root", "/"]
    locale = {"LC_ALL": "C.UTF-8"}
    files = Case(FOLDER / "pacman" / name).files
    packages, _ = parse(CATALOGER, files)
    listed = run([*pacman, "-Q"], env=locale).stdout.decode().splitlines()
    # pacman goes by the name of the folder; the case `strange` has one of another name.
    ours = {f"{p.name} {p.version}" for p in packages} - {"moved 2-1"}
    assert ours == set(listed) - {"other 2-1"}
    owners = run([*pacman, "-Ql"], env=locale).stdout.decode().splitlines()
    assert sorted(f"{o.owner[0]} /{o.path}{'/' * (o.kind == 'dir')}" for o in owned(files)) == (
        sorted(owners)
    )


def test_words_of_an_mtree_that_are_none_of_its_format_are_left_out() -> None:
    """A mode in no octal digits, and a line for all files with any number of words."""
    files = {
        f"{LOCAL}/a-1-1/desc": b"%NAME%\na\n\n%VERSION%\n1-1\n\n",
        f"{LOCAL}/a-1-1/files": b"%FILES%\nx\ny\nz\n\n",
        f"{LOCAL}/a-1-1/mtree": gzip.compress(
            b"#mtree\n/set " + b" ".join(b"k%d=1" % n for n in range(50_000)) + b" mode=644\n"
            b"./x mode=798 size=1\n./y mode=71234567 size=" + b"1" * 5000 + b"\n./z size=3\n"
        ),
    }
    assert [(item.path, item.mode, item.size) for item in owned(files)] == [
        ("x", None, 1),
        ("y", None, None),
        ("z", 0o644, 3),
    ]
    entries = list(mtree.parse(b"/set a=1 mode=644\n./x b=2 size=3\n"))
    assert entries == [mtree.Entry(b"./x", {b"mode": b"644", b"size": b"3"})]
