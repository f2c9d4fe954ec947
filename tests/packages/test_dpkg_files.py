"""Who owns which file, asked of dpkg itself: on trees that it made and on a Debian machine."""

from __future__ import annotations

import hashlib
import os
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.layers.wants import CapturePlan
from analyzer.packages.catalogers.dpkg import CATALOGER, owns
from analyzer.packages.contract import Owned, Package, files_for
from analyzer.packages.formats import dpkginfo
from analyzer.paths import decode
from tests.packages.cases import parse
from tests.support.tools import require_tool, run, shared

PLAN = CapturePlan(CATALOGER.wants)
FILES: dict[str, dict[str, str]] = {
    "lib-amd64": {"usr/lib/x86_64-linux-gnu/lib.so": "a", "usr/share/doc/lib/copyright": "c"},
    "lib-i386": {"usr/lib/i386-linux-gnu/lib.so": "b", "usr/share/doc/lib/copyright": "c"},
    "tool-all": {"etc/tool/main conf": "x=1\n", "usr/bin/tool": "tool", "usr/bin/ünï": ""},
    "other-all": {"usr/bin/tool": "another", "etc/other": "y=1\n"},
    "gone-all": {"etc/gone": "z=1\n", "usr/bin/gone": "gone"},
    "open-all": {"etc/open": "1\n", "usr/bin/open": "open"},
    "stuck-all": {"usr/bin/stuck": "stuck"},
    "halt-all": {"usr/bin/halt": "halt"},
}
"""Names and content of the files of each package; what is in `etc` is a conffile."""
SCRIPTS = {
    "stuck-all": {"postinst": "exit 1"},
    "halt-all": {"preinst": "exit 1", "postrm": "exit 1"},
}
FIELDS = {
    "lib-amd64": "Multi-Arch: same\n",
    "lib-i386": "Multi-Arch: same\n",
    "tool-all": "Depends: lib\n",
}


def build(folder: Path, name: str) -> Path:
    """A real package, made by dpkg-deb."""
    package, _, arch = name.partition("-")
    control = folder / name / "DEBIAN"
    control.mkdir(parents=True)
    fields = f"Package: {package}\nVersion: 1:2-1\nArchitecture: {arch}\nMaintainer: m <m@n>\n"
    (control / "control").write_text(f"{fields}{FIELDS.get(name, '')}Description: d\n")
    for path, content in FILES[name].items():
        place = folder / name / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content)
    conffiles = [f"/{path}\n" for path in FILES[name] if path.startswith("etc/")]
    (control / "conffiles").write_text("".join(conffiles))
    for script, line in SCRIPTS.get(name, {}).items():
        (control / script).write_text(f"#!/bin/sh\n{line}\n")
        (control / script).chmod(0o755)
    deb = folder / f"{name}.deb"
    run(["dpkg-deb", "--root-owner-group", "-b", folder / name, deb])
    return deb


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root filesystem in which dpkg installed, diverted, removed, held and failed."""
    require_tool("dpkg-deb")
    if os.geteuid() != 0:
        pytest.skip("dpkg installs for root only")
    folder = tmp_path_factory.mktemp("dpkg")
    root = folder / "root"
    (root / "var/lib/dpkg/info").mkdir(parents=True)
    (root / "var/lib/dpkg/updates").mkdir()
    (root / "var/lib/dpkg/status").touch()
    dpkg = ["dpkg", f"--root={root}", "--force-script-chrootless", "--log=/dev/null"]
    run([*dpkg, "--add-architecture", "i386"])
    run([*dpkg, "--add-architecture", "amd64"], check=False)
    divert = ["dpkg-divert", f"--root={root}", "--no-rename"]
    run([*divert, "--package", "tool", "--divert", "/usr/bin/tool.other", "--add", "/usr/bin/tool"])
    run([*divert, "--local", "--divert", "/etc/other.old", "--add", "/etc/other"])
    debs = {name: build(folder, name) for name in FILES}
    good = [debs[name] for name in FILES if name not in {"open-all", *SCRIPTS}]
    run([*dpkg, "--install", *good])
    run([*dpkg, "--unpack", debs["open-all"]])
    run([*dpkg, "--remove", "gone"])
    for name in SCRIPTS:
        run([*dpkg, "--install", debs[name]], check=False)
    held = "lib:i386 hold\n"
    run([*dpkg, "--set-selections"], stdin=held.encode())
    return root


def captured(root: Path) -> dict[str, bytes]:
    """What a scan of `root` keeps for the cataloger."""
    places = (place for place in (root / "var/lib/dpkg").rglob("*") if place.is_file())
    files = {str(place.relative_to(root)): place.read_bytes() for place in places}
    return files_for(CATALOGER.wants, {p: data for p, data in files.items() if PLAN.keeps(p)})


def test_states_are_those_that_dpkg_query_shows(tree: Path) -> None:
    shown = "-f=${Package} ${Architecture} ${db:Status-Status}\\n"
    theirs = run(["dpkg-query", f"--root={tree}", "-W", shown]).stdout.decode().splitlines()
    packages, problems = parse(CATALOGER, captured(tree))
    assert sorted(f"{p.name} {p.arch} {p.state}" for p in packages) == sorted(theirs)
    assert problems == []
    assert {line.split()[2] for line in theirs} == {
        *("installed", "config-files", "unpacked", "half-configured", "half-installed"),
    }


def test_a_package_on_hold_is_installed(tree: Path) -> None:
    status = (tree / "var/lib/dpkg/status").read_text()
    assert "Status: hold ok installed" in status
    packages, _ = parse(CATALOGER, captured(tree))
    held = [p for p in packages if (p.name, p.arch) == ("lib", "i386")]
    assert [p.installed for p in held] == [True]


def test_what_is_held_is_what_dpkg_was_told_to_hold(tree: Path) -> None:
    shown = "-f=${Package} ${Architecture} ${db:Status-Want}\n"
    lines = run(["dpkg-query", f"--root={tree}", "-W", shown]).stdout.decode().splitlines()
    theirs = {line.removesuffix(" hold") for line in lines if line.endswith(" hold")}
    packages, _ = parse(CATALOGER, captured(tree))
    assert {f"{p.name} {p.arch}" for p in packages if p.hold} == theirs
    assert theirs


def listing(lines: Iterable[str], name: str) -> Iterator[str]:
    """The paths of one package of `dpkg-query -L`, which names diversions on lines of their own."""
    path = ""
    for line in lines:
        if line.startswith("/"):
            if path:
                yield path
            path = line
        elif line.startswith((f"diverted by {name} ", "package diverts others to: ")):
            continue
        elif "diverted " in line:
            path = line.partition(" to: ")[2]
    if path:
        yield path


def listed(admindir: Path, packages: list[Package]) -> dict[tuple[str, str], set[str]]:
    """The paths of each package by dpkg-query, root-relative, the root itself left out."""
    query = ["dpkg-query", f"--admindir={admindir}", "-L"]
    found = {}
    for package in packages:
        asked = package.name if package.arch == "all" else f"{package.name}:{package.arch}"
        lines = decode(run([*query, asked]).stdout).splitlines()
        paths = {path.strip("/") for path in listing(lines, package.name)}
        found[package.name, package.arch] = paths - {"."}
    return found


def owned(files: dict[str, bytes]) -> dict[tuple[str, str], set[str]]:
    """The same of ours."""
    found: dict[tuple[str, str], set[str]] = {}
    for item in owns(files):
        found.setdefault((item.owner[0], item.owner[2]), set()).add(item.path)
    return found


def test_paths_are_those_that_dpkg_query_lists(tree: Path) -> None:
    files = captured(tree)
    packages, _ = parse(CATALOGER, files)
    theirs = listed(tree / "var/lib/dpkg", packages)
    assert owned(files) == {key: paths for key, paths in theirs.items() if paths}
    assert "usr/bin/tool.other" in theirs["other", "all"]
    assert "usr/bin/tool" in theirs["tool", "all"]
    assert theirs["gone", "all"] >= {"etc/gone"}


def test_paths_of_a_debian_machine_are_those_that_dpkg_query_lists() -> None:
    require_tool("dpkg-query")
    if not Path("/var/lib/dpkg/status").exists():
        pytest.skip("not a Debian machine")
    files = captured(Path("/"))
    packages, problems = parse(CATALOGER, files)
    diverted = dpkginfo.diversions(files.get("var/lib/dpkg/diversions", b""))
    by = {diversion.by for diversion in diverted.values()}
    moved = {path for path, diversion in diverted.items()}
    ours = owned(files)
    chosen = [p for p in packages if p.name in by or moved & ours.get((p.name, p.arch), set())]
    some = [*chosen, *packages[::10]]
    theirs = listed(Path("/var/lib/dpkg"), some)
    assert {key: ours[key] for key in theirs} == theirs
    assert problems == []


def failing(items: Iterable[Owned], root: Path) -> set[str]:
    """The files that are not there or not what their digest says."""
    bad = set()
    for item in items:
        place = root / item.path
        if not place.exists() and not place.is_symlink():
            bad.add(f"missing /{item.path}")
        elif item.digest:
            assert item.kind == "file"
            found = hashlib.md5(place.read_bytes(), usedforsecurity=False).hexdigest()
            mark = "c " if item.flags == ("config",) else ""
            bad |= {f"{mark}/{item.path}"} if item.digest != f"md5:{found}" else set()
    return bad


def test_digests_tell_what_dpkg_verify_tells(tree: Path) -> None:
    """Of diverted files dpkg compares no digest, since it keeps that under the other name."""
    changed = [tree / "etc/tool/main conf", tree / "usr/bin/open", tree / "etc/open"]
    before = {path: path.read_bytes() if path.exists() else b"" for path in changed}
    lost = tree / "usr/bin/ünï"
    try:
        changed[0].write_text("x=2\n")
        changed[1].write_text("other")
        lost.unlink()
        said = decode(run(["dpkg", f"--root={tree}", "--verify"], check=False).stdout)
        theirs = set()
        for line in said.splitlines():
            result, _, rest = line.partition(" ")
            theirs.add(f"missing {rest.strip()}" if result == "missing" else rest.strip())
        ours = failing(owns(captured(tree)), tree)
        assert ours == {line.replace("missing c ", "missing ") for line in theirs}
        assert "c /etc/tool/main conf" in ours
        assert "/usr/bin/open" in ours
        assert "missing /usr/bin/ünï" in ours
    finally:
        for path in changed[:2]:
            path.write_bytes(before[path])
        lost.touch()


def test_files_of_a_distroless_layer_are_those_of_its_checksums() -> None:
    """`<name>.md5sums` beside each stanza; distroless changes os-release after unpacking it."""
    path = shared("corpus", "dpkg", "kubernetes-sigs-bom", "distroless.tar")
    with tarfile.open(path) as layer:
        files = {m.name: layer.extractfile(m) for m in layer if m.isreg()}
        read = {name: file.read() for name, file in files.items() if file is not None}
    items = list(owns({name: data for name, data in read.items() if PLAN.keeps(name)}))
    for name in ("base-files", "netbase", "tzdata"):
        lines = read[f"var/lib/dpkg/status.d/{name}.md5sums"].decode().splitlines()
        expected = {(line.split(None, 1)[1], f"md5:{line.split()[0]}") for line in lines}
        found = {(item.path, item.digest) for item in items if item.owner[0] == name}
        assert found == expected
        assert {item.kind for item in items} == {"file"}
    changed = {item.path for item in items if item.path in read}
    assert changed == {"usr/lib/os-release"}


ANYTHING = st.binary(max_size=300) | st.lists(
    st.sampled_from(
        [
            *(b"Package: p", b"Version: 1", b"Conffiles:", b" /etc/c " + b"0a" * 16, b""),
            *(b"/usr/bin/p", b"/.", b"/../x", b"0a" * 16 + b"  usr/bin/p", b":", b"\xff"),
        ]
    ),
    max_size=12,
).map(b"\n".join)


@given(
    st.dictionaries(
        st.sampled_from(
            [
                *("status", "status.d/p", "status.d/p.md5sums", "diversions", "info/p.list"),
                *("info/p.md5sums", "info/p.conffiles"),
            ]
        ),
        ANYTHING,
    )
)
def test_any_bytes_give_owned_files_inside_the_root(given_files: dict[str, bytes]) -> None:
    files = {f"var/lib/dpkg/{name}": data for name, data in given_files.items()}
    list(CATALOGER.parse(files))
    for item in owns(files):
        assert item.owner[0]
        assert item.path
        assert not item.path.startswith("/")
        assert not item.digest or len(item.digest) == len("md5:") + 32


def test_what_is_no_digest_is_stated_of_no_file() -> None:
    """The line alone is left out; dpkg refuses the file."""
    good, bad = b"0a" * 16 + b"  usr/bin/p\n", b"\xff" + b"0" * 31 + b"  usr/bin/q\n"
    assert dpkginfo.sums(good + bad) == {"usr/bin/p": "md5:" + "0a" * 16}
    assert [fault.line for fault in dpkginfo.sum_faults(good + bad)] == [2]
