"""opkg's file lists and states, by what opkg 0.4.4 printed about the tree of the fixture."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.packages.catalogers.opkg import CATALOGER, FLAGS, STATES, UNREADABLE, WANTED, owns
from analyzer.packages.contract import Owned
from tests.packages.cases import FOLDER, Case, parse
from tests.support.tools import shared

STATUS = "usr/lib/opkg/status"
FILES = {
    "broken": {"usr", "usr/bin", "usr/bin/broken"},
    "busybox": {"bin", "bin/ash", "bin/busybox", "etc", "etc/syslog.conf"},
    "libc": {"lib", "lib/libc.so"},
    "libuci20130104": {"lib/libuci.so"},
    "uci": {"sbin", "sbin/uci"},
}
"""`opkg files` of each package, without the root."""


def items() -> dict[tuple[str, str], Owned]:
    """What the packages of the ordinary case own, by package and path."""
    files = Case(FOLDER / "opkg" / "ordinary").files
    return {(item.owner[0], item.path): item for item in owns(files)}


def test_packages_on_hold_are_those_with_that_flag() -> None:
    """The flag of uci is written by opkg itself; the other package has several."""
    ordinary, _ = parse(CATALOGER, Case(FOLDER / "opkg" / "ordinary").files)
    strange, _ = parse(CATALOGER, Case(FOLDER / "opkg" / "strange").files)
    assert [package.name for package in ordinary if package.hold] == ["uci"]
    assert [package.name for package in strange if package.hold] == ["Mixed.Case"]


def test_paths_are_those_that_opkg_lists() -> None:
    assert set(items()) == {(name, path) for name, paths in FILES.items() for path in paths}


def test_kinds_modes_and_targets_are_those_of_the_list() -> None:
    found = items()
    folder, link = found["busybox", "bin"], found["busybox", "bin/ash"]
    assert (folder.kind, folder.mode) == ("dir", 0o755)
    assert (link.kind, link.mode, link.target) == ("link", 0o777, "busybox")
    assert found["uci", "sbin/uci"].owner == ("uci", "1:2023.08.10-r1", "x86_64")


def test_digests_are_of_the_files_that_went_in() -> None:
    """Conffiles had the content `# log`, the program `uci`, each with a line break."""
    config, program = items()["busybox", "etc/syslog.conf"], items()["uci", "sbin/uci"]
    md5 = hashlib.md5(b"# log\n", usedforsecurity=False).hexdigest()
    assert (config.digest, config.flags, config.kind) == (f"md5:{md5}", ("config",), "file")
    assert program.digest == f"sha256:{hashlib.sha256(b'uci' + bytes([10])).hexdigest()}"
    assert items()["busybox", "bin/busybox"].digest == ""


def test_conffiles_of_openwrt_have_sha256() -> None:
    stanza = b"Package: p\nConffiles:\n /etc/c " + b"0a" * 32 + b"\n"
    files = {STATUS: stanza, "usr/lib/opkg/info/p.list": b"/etc/c\n/etc/d\n"}
    config, plain = owns(files)
    assert (config.digest, config.flags) == (f"sha256:{'0a' * 32}", ("config",))
    assert (plain.kind, plain.mode, plain.flags) == ("", None, ())


@pytest.mark.parametrize("state", sorted(STATES))
@pytest.mark.parametrize("flag", sorted(FLAGS))
def test_every_legal_status_gives_its_third_word(state: str, flag: str) -> None:
    for want in sorted(WANTED):
        stanza = f"Package: p\nVersion: 1\nStatus: {want} {flag},user {state}\n"
        (package,), problems = parse(CATALOGER, {STATUS: stanza.encode()})
        assert (package.state, problems) == (state, [])


def test_a_package_of_two_folders_is_reported_of_both() -> None:
    stanza = b"Package: p\nVersion: 1\nStatus: install ok installed\n"
    packages, _ = parse(CATALOGER, {STATUS: stanza, "var/lib/opkg/status": stanza})
    assert [package.locations[0].path for package in packages] == [STATUS, "var/lib/opkg/status"]


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("usr/lib/opkg/info/p.list", b"/usr/bin/p"),
        ("usr/lib/opkg/info/p.files-sha256sum", b"0a  /usr/bin/p\n"),
        ("usr/lib/opkg/info/p.control", b"not a field\n"),
    ],
)
def test_damage_beside_the_status_is_told(path: str, data: bytes) -> None:
    stanza = b"Package: p\nVersion: 1\nStatus: install ok installed\n"
    packages, problems = parse(CATALOGER, {STATUS: stanza, path: data})
    assert [package.state for package in packages] == ["installed"]
    assert [(problem.severity, problem.where) for problem in problems] == [("error", path)]


def test_status_of_a_real_router() -> None:
    """Of OSV-SCALIBR's tests, which take name, version, state and what is given for the source."""
    data = shared("corpus", "dpkg", "google-osv-scalibr", "opkg", "valid").read_bytes()
    packages, problems = parse(CATALOGER, {STATUS: data})
    assert [(p.name, p.version, p.arch, p.state) for p in packages] == [
        ("ubus", "2024.10.20~252a9b0c-r1", "x86_64", "installed"),
        ("libuci20130104", "2023.08.10~5781664d-r1", "x86_64", "installed"),
        ("busybox", "1.36.1-r2", "x86_64", "installed"),
    ]
    assert problems == []
    assert UNREADABLE not in {package.state for package in packages}


PIECES = [
    *(b"Package: p", b"Version: 1", b"Conffiles:", b" /etc/c " + b"0a" * 16, b"", b":", b"\xff"),
    *(b"/usr/bin/p\t0100755", b"/l\t0120777\tx", b"\t040755", b"/../x\t9", b"/x\t-1"),
    b"0a" * 32 + b"  /usr/bin/p",
]
NAMES = ["status", "info/p.list", "info/p.control", "info/p.conffiles", "info/p.files-sha256sum"]


@given(
    st.dictionaries(
        st.sampled_from(NAMES),
        st.binary(max_size=300) | st.lists(st.sampled_from(PIECES), max_size=12).map(b"\n".join),
    )
)
def test_any_bytes_give_owned_files_inside_the_root(given_files: dict[str, bytes]) -> None:
    files = {f"usr/lib/opkg/{name}": data for name, data in given_files.items()}
    list(CATALOGER.parse(files))
    for item in owns(files):
        assert item.path
        assert not item.path.startswith(("/", "../"))
        assert item.mode is None or 0 <= item.mode <= 0o7777
        assert not item.digest or len(item.digest) in {len("md5:") + 32, len("sha256:") + 64}
