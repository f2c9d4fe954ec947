"""os-release(5), with a real shell as witness, and the files that came before it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.layers.wants import CapturePlan
from analyzer.packages.contract import files_for
from analyzer.packages.distro import WANTS, Distro, read_distro
from analyzer.packages.formats.assignments import parse_assignments
from tests.support.tools import require_tool, run

DEBIAN = b"""PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION_CODENAME=bookworm
ID=debian
"""


def test_os_release() -> None:
    distro, problems = read_distro({"etc/os-release": DEBIAN + b"ID_LIKE='a b'\n"})
    assert distro == Distro(
        id="debian",
        version_id="12",
        pretty_name="Debian GNU/Linux 12 (bookworm)",
        id_like=("a", "b"),
        codename="bookworm",
        path="etc/os-release",
    )
    assert problems == []


def test_the_file_in_etc_overrides_the_one_in_usr_as_a_whole() -> None:
    files = {"usr/lib/os-release": DEBIAN, "etc/os-release": b"ID=other\n"}
    assert read_distro(files)[0] == Distro(id="other", path="etc/os-release")


def test_without_id_the_default_of_the_manual() -> None:
    assert read_distro({"etc/os-release": b"NAME=x\n"})[0] == Distro(
        id="linux", path="etc/os-release"
    )


def test_nothing_at_all_is_no_distribution() -> None:
    assert read_distro({}) == (None, [])
    assert read_distro({"etc/os-release": b"", "etc/passwd": DEBIAN}) == (None, [])


LINES = [
    *(
        "ID=plain",
        "ID=",
        "ID='single \"$x\" \\n'",
        'ID="double \\"q\\" \\$x \\` \\\\ \\n"',
        'ID="a b"',
    ),
    *(
        "ID=back\\ slash",
        "ID=a\\'b",
        "# ID=no",
        "  ID=indented",
        "ID='a#b'",
        "ID=a#b",
        'ID="x" ',
        "ID=''",
    ),
]


@pytest.mark.parametrize("line", LINES)
def test_quoting_is_that_of_a_shell(line: str, tmp_path: Path) -> None:
    (tmp_path / "os-release").write_text(line + "\n")
    values, faults = parse_assignments(line.encode() + b"\n")
    assert values.get("ID", "") == sourced(tmp_path / "os-release")
    assert faults == []


@given(value=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20))
@settings(max_examples=30)
def test_quoted_as_the_manual_asks_a_value_comes_back(value: str) -> None:
    escaped = "".join(f"\\{c}" if c in '"$`\\' else c for c in value)
    values, faults = parse_assignments(f'A="{escaped}"\n'.encode())
    assert values == {"A": value}
    assert faults == []


def sourced(path: Path) -> str:
    """What a shell makes of ID."""
    script = '. "$0" && printf %s "${ID-}"'
    return run([require_tool("sh"), "-c", script, path], env={"ID": ""}).stdout.decode()


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("ID=two words", "two words"),
        ('ID="never closed', "never closed"),
        ('ID="one""two"', "one"),
        ("export ID=x", ""),
        ("ID = x", ""),
    ],
)
def test_what_the_manual_forbids_is_a_problem(line: str, value: str) -> None:
    distro, problems = read_distro({"etc/os-release": f"NAME=n\n{line}\n".encode()})
    assert distro
    assert distro.id == (value or "linux")
    assert [(p.code, p.severity, p.where) for p in problems] == [
        ("bad-document", "warning", "etc/os-release")
    ]


LSB_RELEASE = """DISTRIB_ID=Ubuntu
DISTRIB_RELEASE=14.04
DISTRIB_CODENAME=trusty
DISTRIB_DESCRIPTION="Ubuntu 14.04.6 LTS"
"""


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        ("etc/alpine-release", "3.20.1\n", Distro("alpine", "3.20.1")),
        ("etc/debian_version", "12.4\n", Distro("debian", "12.4")),
        ("etc/debian_version", "trixie/sid\n", Distro("debian", codename="trixie")),
        (
            "etc/lsb-release",
            LSB_RELEASE,
            Distro("ubuntu", "14.04", "Ubuntu 14.04.6 LTS", codename="trusty"),
        ),
        (
            "etc/redhat-release",
            "Red Hat Enterprise Linux Server release 6.10 (Santiago)\n",
            Distro(
                "rhel",
                "6.10",
                "Red Hat Enterprise Linux Server release 6.10 (Santiago)",
                codename="Santiago",
            ),
        ),
        (
            "etc/centos-release",
            "CentOS Stream release 8\n",
            Distro("centos", "8", "CentOS Stream release 8"),
        ),
        (
            "etc/redhat-release",
            "Somebody's Linux release 3 (X)\n",
            Distro("linux", "3", "Somebody's Linux release 3 (X)", codename="X"),
        ),
        ("etc/system-release-cpe", "cpe:/o:centos:linux:6:GA\n", Distro("centos", "6")),
        ("etc/system-release-cpe", "cpe:2.3:o:amazon:amazon_linux:2\n", Distro("amzn", "2")),
        ("etc/system-release-cpe", "cpe:/o:redhat:enterprise_linux\n", Distro("rhel")),
    ],
)
def test_older_files(path: str, content: str, expected: Distro) -> None:
    distro, problems = read_distro({path: content.encode()})
    assert distro
    assert distro.path == path
    assert Distro(distro.id, distro.version_id, distro.pretty_name, (), distro.codename) == expected
    assert problems == []


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("etc/system-release-cpe", b"cpe:/a:some:program:1"),
        ("etc/redhat-release", b"who knows"),
        ("etc/os-release", b"\x00\xff\n"),
    ],
)
def test_a_file_that_says_nothing_leaves_it_to_the_next(path: str, content: bytes) -> None:
    distro, problems = read_distro({path: content, "etc/debian_version": b"7.1\n"})
    assert distro == Distro("debian", "7.1", path="etc/debian_version")
    assert [problem.where for problem in problems] == [path]


def test_an_lsb_release_of_another_kind_is_no_fault() -> None:
    assert read_distro({"etc/lsb-release": b"LSB_VERSION=base-4.0-amd64\n"}) == (None, [])


def test_old_ubuntu_is_not_taken_for_debian() -> None:
    files = {"etc/debian_version": b"jessie/sid\n", "etc/lsb-release": b"DISTRIB_ID=Ubuntu\n"}
    assert read_distro(files)[0] == Distro("ubuntu", path="etc/lsb-release")


def test_debian_without_version_takes_it_from_debian_version() -> None:
    os_release = b"ID=debian\nPRETTY_NAME=Distroless\n"
    numbered, _ = read_distro({"etc/os-release": os_release, "etc/debian_version": b"10.8\n"})
    assert numbered == Distro("debian", "10.8", "Distroless", path="etc/os-release")
    rolling, _ = read_distro({"etc/os-release": os_release, "etc/debian_version": b"trixie/sid\n"})
    assert rolling == Distro("debian", "", "Distroless", path="etc/os-release")
    pointed, _ = read_distro({"etc/os-release": DEBIAN, "etc/debian_version": b"12.4\n"})
    assert pointed
    assert pointed.version_id == "12"


def test_what_else_os_release_says() -> None:
    """The example of Fedora in os-release(5), with the fields of prepared images added."""
    fedora = b"""NAME=Fedora
VERSION="32 (Workstation Edition)"
ID=fedora
VERSION_ID=32
PRETTY_NAME="Fedora 32 (Workstation Edition)"
CPE_NAME="cpe:/o:fedoraproject:fedora:32"
VARIANT="Workstation Edition"
VARIANT_ID=workstation
IMAGE_ID=vendorx-cashier-system
IMAGE_VERSION=33
"""
    assert read_distro({"etc/os-release": fedora})[0] == Distro(
        "fedora",
        "32",
        "Fedora 32 (Workstation Edition)",
        path="etc/os-release",
        variant_id="workstation",
        cpe_name="cpe:/o:fedoraproject:fedora:32",
        image_id="vendorx-cashier-system",
        image_version="33",
    )
    rolling, _ = read_distro({"etc/os-release": b"ID=arch\nBUILD_ID=rolling\n"})
    assert rolling == Distro("arch", path="etc/os-release", build_id="rolling")


def test_the_cpe_of_older_systems_is_kept_whole() -> None:
    cpe = "cpe:/o:centos:linux:6:GA"
    distro, _ = read_distro({"etc/system-release-cpe": f"{cpe}\n".encode()})
    assert distro == Distro("centos", "6", path="etc/system-release-cpe", cpe_name=cpe)


def test_oracle_linux_is_not_taken_for_red_hat() -> None:
    """Oracle Linux 5 has both files and no os-release."""
    files = {
        "etc/redhat-release": b"Red Hat Enterprise Linux Server release 5.11 (Tikanga)\n",
        "etc/oracle-release": b"Oracle Linux Server release 5.11\n",
    }
    distro, _ = read_distro(files)
    assert distro
    assert (distro.id, distro.version_id) == ("ol", "5.11")


def test_a_system_of_busybox_alone_is_called_that() -> None:
    """As in the test of syft whose file lies in the corpus."""
    program = b"\x7fELF" + bytes(5000) + b"junk...BusyBox v1.31.1 (2020-05-27)more junk"
    files = {"bin/busybox": program, "etc/hostname": b"x\n"}
    assert read_distro(files_for(WANTS, files)) == (
        Distro("busybox", "1.31.1", "BusyBox v1.31.1", path="bin/busybox"),
        [],
    )
    files["etc/os-release"] = DEBIAN
    distro, _ = read_distro(files_for(WANTS, files))
    assert distro
    assert distro.id == "debian"


@pytest.mark.parametrize(
    "program", [b"", b"\x7fELF", b"BusyBox v", b"BusyBox vNext", b"BusyBox v1"]
)
def test_a_busybox_that_says_no_version_is_no_distribution(program: bytes) -> None:
    assert read_distro(files_for(WANTS, {"bin/busybox": program})) == (None, [])


def test_the_version_of_a_real_busybox_is_what_it_prints() -> None:
    found = shutil.which("busybox")
    if found is None:
        pytest.skip("busybox is not installed")
    tool = Path(found)
    banner = run([tool]).stdout.split()[1].decode()
    distro, _ = read_distro(files_for(WANTS, {"bin/busybox": tool.read_bytes()}))
    assert distro
    assert f"v{distro.version_id}" == banner


def test_escape_sequences_do_not_come_through() -> None:
    distro, _ = read_distro({"etc/os-release": b'ID=x\nPRETTY_NAME="\x1b[31mred\xff"\n'})
    assert distro
    assert distro.pretty_name == "\\x1b[31mred\\xff"


@given(st.dictionaries(st.sampled_from([want.pattern for want in WANTS]), st.binary(max_size=200)))
def test_any_bytes_give_a_distribution_or_none(files: dict[str, bytes]) -> None:
    distro, problems = read_distro(files_for(WANTS, files))
    assert read_distro(files)[0] is None or distro
    assert distro is None or (distro.id and distro.path in files)
    assert {problem.where for problem in problems} <= set(files)
    assert all(CapturePlan(WANTS).keeps(path) for path in files)
