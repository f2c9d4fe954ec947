"""Files against what an rpm package says of them: the answer of `rpm -Va` on the same tree."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.stock.look import look_at_stock
from analyzer.stock.verify import Fault, Verified, verify_stock
from tests.support.tools import require_tool, run

SPEC = """\
Name: x
Epoch: 1
Version: 1.0
Release: 1
Summary: made for a test
License: MIT
BuildArch: noarch
%description
None.
%install
cd %{buildroot}
mkdir -p usr/bin usr/share/x etc var/log
for name in data gone same mode optional lost; do echo $name > usr/share/x/$name; done
echo tool > usr/bin/tool
chmod 755 usr/bin/tool
echo setting > etc/x.conf
: > var/log/x.log
ln -s data usr/share/x/link
%files
/usr/bin/tool
%dir /usr/share/x
/usr/share/x/data
/usr/share/x/gone
/usr/share/x/same
/usr/share/x/mode
/usr/share/x/link
%config(missingok) /usr/share/x/optional
%config(noreplace) /etc/x.conf
%doc /usr/share/x/lost
%ghost /var/log/x.log
"""
LETTERS = {Fault.SIZE: "S", Fault.MODE: "M", Fault.CONTENT: "5", Fault.TARGET: "L"}
"""rpm(8), "VERIFY OPTIONS": the format of the output."""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package that `rpmbuild` makes of the spec."""
    folder = tmp_path_factory.mktemp("rpm")
    spec = folder / "x.spec"
    spec.write_text(SPEC)
    places = ["--define", f"_topdir {folder}/top", "--define", f"_rpmdir {folder}"]
    run([require_tool("rpmbuild"), "-bb", *places, spec])
    (built,) = folder.glob("noarch/*.rpm")
    return built


@pytest.fixture
def root(tmp_path: Path, package: Path) -> Path:
    """A root filesystem with the package in it."""
    made = tmp_path / "root"
    made.mkdir()
    rpm(made, "--initdb")
    rpm(made, "--install", "--nodeps", "--nosignature", str(package))
    return made


def rpm(root: Path, *words: str) -> str:
    """What rpm prints about a root."""
    options = ("--force-debian", "--root", root, "--dbpath", "/var/lib/rpm")
    return run([require_tool("rpm"), *options, *words], check=False).stdout.decode()


def by_rpm(root: Path) -> dict[str, set[str]]:
    """What `rpm -Va` says, by path; without times and owners, which are not compared."""
    rows = {}
    for line in rpm(root, "--verify", "--all").splitlines():
        words = line.split()
        said = {"missing"} if words[0] == "missing" else set(words[0]) - set(".TUG")
        rows[words[-1].lstrip("/")] = said
    return rows


def by_us(root: Path) -> tuple[Verified, dict[str, set[str]]]:
    """The same of ours."""
    with look_at_stock(str(root)) as found:
        (stock,) = found.stocks
        verified = verify_stock(found.look, stock)
    rows = {
        deviation.claim.owned.path: {LETTERS.get(fault, fault.value) for fault in deviation.faults}
        for deviation in verified.deviations
    }
    return verified, rows


def test_nothing_deviates_after_an_installation(root: Path) -> None:
    verified, rows = by_us(root)
    assert rows == by_rpm(root) == {}
    assert verified.problems == ()
    assert verified.checked == {"rpm:x:noarch@1:1.0-1": 10}


def test_rpm_finds_the_same_files_missing_and_changed(root: Path) -> None:
    (root / "usr/bin/tool").write_bytes(b"tool\nevil\n")
    (root / "usr/share/x/data").write_bytes(b"DATA\n")
    (root / "usr/share/x/gone").unlink()
    (root / "usr/share/x/lost").unlink()
    (root / "usr/share/x/optional").unlink()
    (root / "usr/share/x/mode").chmod(0o600)
    (root / "usr/share/x/link").unlink()
    (root / "usr/share/x/link").symlink_to("same")
    (root / "etc/x.conf").write_bytes(b"changed\n")
    _, rows = by_us(root)
    theirs = by_rpm(root)
    assert len(theirs) == 7
    assert rows == theirs
