"""Who brought the evidence of a package: the rule, links on the way, and what stays apart."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from base64 import b64encode
from contextlib import closing
from pathlib import Path

import pytest

from analyzer.api import analyze
from analyzer.digest import digest_bytes
from analyzer.inside import look_inside
from analyzer.layers.captures import Captured
from analyzer.packages.contract import Location, Method, Owned, Package
from analyzer.packages.holding import Holding
from analyzer.packages.merging import merged
from analyzer.packages.ownership import RULE, is_system, owners, with_owner, without_owned_notes
from analyzer.rootfs.tree import Node
from analyzer.stock.claims import claims_of
from analyzer.stock.look import look_at_stock
from tests.packages.cases import FOLDER, Case
from tests.support.imagebuilder import ImageBuilder
from tests.support.tarbytes import Entries, Link

REAL = "usr/lib/python3/dist-packages/six-1.16.egg-info/PKG-INFO"
SIX = "deb:python3-six:all@1.16-4"


def tree(tmp_path: Path, *layers: Entries) -> Node:
    """The merged tree of these layers."""
    image = ImageBuilder()
    for entries in layers:
        image.layer(entries)
    with look_inside(str(image.write_oci(tmp_path / "layout"))) as look:
        return look.images[0].history.root


def deb(name: str = "python3-six", version: str = "1.16-4", state: str = "installed") -> Package:
    """A package of dpkg."""
    return Package(
        name=name,
        version=version,
        arch="all",
        type="deb",
        state=state,
        locations=(Location("var/lib/dpkg/status", 0),),
        cataloger="dpkg",
    )


def module(*paths: str, name: str = "six", owner: str = "") -> Package:
    """A Python module proven by files."""
    return Package(
        name=name,
        version="1.16",
        arch="",
        type="pypi",
        locations=tuple(Location(path, 0) for path in paths),
        method="metadata",
        cataloger="python",
        owner=owner,
    )


def owned(
    path: str, name: str = "python3-six", version: str = "1.16-4", kind: str = ""
) -> tuple[str, Owned]:
    """What dpkg says of a file."""
    assert kind in {"", "dir"}
    return "dpkg", Owned((name, version, "all"), path, "dir" if kind == "dir" else "")


@pytest.mark.parametrize("stated", [REAL, f"/{REAL}", REAL.removeprefix("usr/")])
def test_the_owner_is_found_through_links_of_the_image(stated: str, tmp_path: Path) -> None:
    root = tree(tmp_path, {REAL: b"", "lib": Link("usr/lib")})
    found = owners([deb(), module(REAL)], [owned("etc/other"), owned(stated)], root)
    assert found == {REAL: SIX}
    assert with_owner(module(REAL), found).owner == SIX
    assert with_owner(deb(), found) == deb()


def test_other_files_of_the_same_name_are_nobodys(tmp_path: Path) -> None:
    local = "usr/local/lib/six-1.16.egg-info/PKG-INFO"
    root = tree(tmp_path, {REAL: b"", local: b""})
    found = owners([deb(), module(local)], [owned(REAL)], root)
    assert found == {}
    assert with_owner(module(local), {REAL: SIX}).owner == ""


def test_a_second_copy_that_nobody_owns_counts(tmp_path: Path) -> None:
    """Other evidence beside the first, such as a list of files, is no copy."""
    local = "usr/share/six-1.16.egg-info/PKG-INFO"
    both = module(REAL, f"{REAL.removesuffix('PKG-INFO')}top_level.txt")
    twice = module(REAL, local)
    root = tree(tmp_path, {REAL: b"", local: b""})
    found = owners([deb(), both, twice], [owned(REAL)], root)
    assert with_owner(both, found).owner == SIX
    assert with_owner(twice, found).owner == ""
    found = owners([deb(), twice], [owned(REAL), owned(local)], root)
    assert with_owner(twice, found).owner == SIX


def test_modules_of_node_that_only_one_package_of_the_system_owns(tmp_path: Path) -> None:
    """One cataloger has seen both copies, and states them as one package."""
    places = [f"{above}/node_modules/x/package.json" for above in ("usr/lib", "usr/local/lib")]
    files = {
        "var/lib/dpkg/status": b"Package: node-x\nStatus: install ok installed\nVersion: 1\n"
        b"Architecture: all\n",
        "var/lib/dpkg/info/node-x.list": f"/{places[0]}\n".encode(),
        **dict.fromkeys(places, b'{"name": "x", "version": "1.0.0"}'),
    }
    for number, (kept, owner) in enumerate(((files, ""), ({**files}, "deb:node-x:all@1"))):
        if owner:
            del kept[places[1]]
        report = analyze(str(ImageBuilder().layer(kept).write_oci(tmp_path / str(number))))
        (found,) = [p for p in report.images[0].packages if p.type == "npm"]
        assert found.owner == owner


def test_what_is_not_there_or_a_folder_owns_nothing(tmp_path: Path) -> None:
    root = tree(tmp_path, {REAL: b""})
    packages = [deb(), module(REAL)]
    folder = REAL.rpartition("/")[0]
    assert owners(packages, [owned(f"opt/{REAL}")], root) == {}
    assert owners([deb(), module(folder)], [owned(folder, kind="dir")], root) == {}


def test_packages_that_are_gone_own_nothing(tmp_path: Path) -> None:
    root = tree(tmp_path, {REAL: b""})
    gone = deb(state="config-files")
    assert owners([gone, module(REAL)], [owned(REAL)], root) == {}
    assert owners([deb(version="2"), module(REAL)], [owned(REAL)], root) == {}


def test_nothing_is_asked_where_there_is_nothing_to_own(tmp_path: Path) -> None:
    root = tree(tmp_path, {REAL: b""})

    def fails() -> object:
        raise AssertionError

    never = (fails() for _ in range(1))
    assert owners([deb()], never, root) == {}  # type: ignore[arg-type]
    assert owners([module(REAL)], never, root) == {}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "method", "expected"),
    [
        ("deb", "database", True),
        ("rpm", "database", True),
        ("apk", "note", False),
        ("generic", "database", True),
        ("generic", "version-string", False),
        ("pypi", "metadata", False),
        ("conda", "database", True),
        ("npm", "database", False),
    ],
)
def test_only_package_managers_of_systems_own(kind: str, method: Method, *, expected: bool) -> None:
    assert is_system(Package("a", "1", "", kind, method=method)) is expected


def test_a_second_copy_that_nobody_owns_is_a_package_of_its_own() -> None:
    one, two = module(REAL, owner=SIX), module("opt/PKG-INFO")
    (both,) = merged([one, two])
    assert both.owner == ""
    assert [place.path for place in both.locations] == ["opt/PKG-INFO", REAL]
    (same,) = merged([one, module(f"x/{REAL}", owner=SIX)])
    assert same.owner == SIX


PKG_INFO = b"Metadata-Version: 1.2\nName: six\nVersion: 1.16\n"


@pytest.mark.parametrize(
    ("digest", "owner"),
    [
        (f"md5:{hashlib.md5(PKG_INFO, usedforsecurity=False).hexdigest()}", SIX),
        (f"sha256:{hashlib.sha256(PKG_INFO).hexdigest().upper()}", SIX),
        (f"sha256:{'0' * 64}", ""),
        (f"md5:{'0' * 32}", ""),
        ("odd:00", SIX),
        ("", SIX),
    ],
)
def test_a_file_that_was_written_over_is_no_longer_theirs(
    digest: str, owner: str, tmp_path: Path
) -> None:
    root = tree(tmp_path, {REAL: PKG_INFO})
    stated = "dpkg", Owned(("python3-six", "1.16-4", "all"), REAL, "file", digest)
    holding = Holding({REAL: Captured(digest_bytes(PKG_INFO), PKG_INFO)})
    found = owners([deb(), module(REAL)], [stated], root, holding.says)
    assert found.get(REAL, "") == owner
    parts = Holding({REAL: Captured(digest_bytes(b"part"), None, {"reducer": b"part"})})
    assert owners([deb(), module(REAL)], [stated], root, parts.says) == {REAL: SIX}


def test_an_upgrade_in_place_is_counted_beside_the_package_that_brought_it(tmp_path: Path) -> None:
    """As when npm replaces itself where the system installed it."""
    folder = "usr/lib/node_modules/npm"
    before, after = (
        json.dumps({"name": "npm", "version": version}).encode() for version in ("8.0.0", "9.0.0")
    )
    digest = b64encode(hashlib.sha1(before, usedforsecurity=False).digest()).decode()
    database = f"P:npm\nV:8.0.0-r0\nA:x86_64\nF:{folder}\nR:package.json\nZ:Q1{digest}\n\n".encode()
    image = ImageBuilder().layer(
        {"lib/apk/db/installed": database, f"{folder}/package.json": before}
    )
    for version, owner in (("8.0.0", "apk:npm:x86_64@8.0.0-r0"), ("9.0.0", "")):
        report = analyze(str(image.write_oci(tmp_path / version)))
        (found,) = [p for p in report.images[0].packages if p.type == "npm"]
        assert (found.version, found.owner) == (version, owner)
        image.layer({f"{folder}/package.json": after})


def noted(kind: str = "deb", owner: str = "") -> Package:
    """What the package note of a library says, by which Debian's systemd goes."""
    return Package(
        name="systemd",
        version="252.39-1~deb12u2",
        arch="amd64",
        type=kind,
        locations=(Location("usr/lib/libsystemd.so.0", 0),),
        method="note",
        confidence="medium",
        cataloger="elfnote",
        owner=owner,
    )


def test_a_note_in_a_program_of_the_same_system_is_no_package() -> None:
    """`dpkg-query -W` lists libsystemd0 alone; readelf -n shows `systemd` in its library."""
    library = deb("libsystemd0", "252.39-1~deb12u2")
    one = noted(owner=library.ident)
    (kept,) = without_owned_notes([library, one, one])
    (also,) = kept.also
    assert (kept.ident, kept.name) == (library.ident, "libsystemd0")
    assert (also.ident, also.path, also.rule) == (one.ident, one.locations[0].path, RULE)


@pytest.mark.parametrize("kind", ["deb", "rpm", "generic"])
def test_other_notes_are_packages(kind: str) -> None:
    """In a program that nobody owns, or that another package manager put there."""
    library = deb("libsystemd0")
    alone = noted(kind)
    assert without_owned_notes([library, alone]) == [library, alone]
    if kind != "deb":
        other = noted(kind, owner=library.ident)
        assert without_owned_notes([library, other]) == [library, other]


def test_what_is_in_a_folder_of_a_nix_store_is_counted_once(tmp_path: Path) -> None:
    """With the database and without: nothing but its package is in such a folder."""
    files = Case(FOLDER / "nix" / "ordinary").files
    database = tmp_path / "db.sqlite"
    database.write_bytes(files["nix/var/nix/db/db.sqlite"])
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT path FROM ValidPaths WHERE path LIKE '%-six-1.16.0'")
        ((six,),) = rows.fetchall()
    info = f"{six.lstrip('/')}/lib/python3.11/site-packages/six-1.16.0.dist-info/METADATA"
    module_of = "nix/store/0123456789abcdfghijklmnpqrsvwxyz-app-2.0/lib/node_modules/x/package.json"
    beside = "srv/node_modules/x/package.json"
    more = {
        info: b"Metadata-Version: 2.1\nName: six\nVersion: 1.16.0\n",
        module_of: b'{"name": "x", "version": "1.0.0"}',
        module_of.replace("node_modules/x/package.json", "libx.so"): b"x",
        beside: b'{"name": "y", "version": "1.0.0"}',
    }
    image = ImageBuilder().layer({**files, **more})
    report = analyze(str(image.write_oci(tmp_path / "layout")))
    owner = {p.ident: p.owner for p in report.images[0].packages if p.type in {"pypi", "npm"}}
    assert owner == {
        "pypi:six@1.16.0": "generic:python3.11-six@1.16.0",
        "npm:x@1.0.0": "generic:app@2.0",
        "npm:y@1.0.0": "",
    }


def test_what_a_formula_brings_in_its_keg_is_counted_once(tmp_path: Path) -> None:
    """`brew list --versions` has the formula alone; a module beside the kegs is not its own."""
    files = Case(FOLDER / "homebrew" / "ordinary").files
    above = "home/linuxbrew/.linuxbrew"
    module_of = f"{above}/Cellar/xz/5.6.2/libexec/lib/node_modules/x/package.json"
    beside = f"{above}/lib/node_modules/y/package.json"
    more = {
        module_of: b'{"name": "x", "version": "1.0.0"}',
        module_of.replace("package.json", "index.js"): b"x",
        beside: b'{"name": "y", "version": "1.0.0"}',
    }
    layout = ImageBuilder().layer({**files, **more}).write_oci(tmp_path / "layout")
    formula = "brew:xz:x86_64@5.6.2"
    owner = {p.ident: p.owner for p in analyze(str(layout)).images[0].packages if p.type == "npm"}
    assert owner == {"npm:x@1.0.0": formula, "npm:y@1.0.0": ""}
    with look_at_stock(str(layout)) as look:
        whose = {each.path: each.package.ident for each in claims_of(look.stocks[0], [])}
    assert {whose[path] for path in more} == {formula, "npm:y@1.0.0"}
    assert {path for path in more if whose[path] == formula} == more.keys() - {beside}
