"""Files against what packages say of them: the answers of dpkg and rpm on the same tree."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.stock.look import look_at_stock
from analyzer.stock.verify import Fault, Verified, verify_stock
from tests.stock.roots import build_deb, empty_root, install
from tests.support.tools import require_tool, run

FILES = {
    "usr/bin/tool": b"#!/bin/sh\n",
    "lib/tool/data": b"data",
    "usr/share/empty": b"",
    "usr/share/same": b"same",
    "usr/share/gone": b"gone",
    "etc/tool.conf": b"setting = 1\n",
    "etc/other.conf": b"setting = 1\n",
    "etc/third.conf": b"setting = 1\n",
}


def verified(path: Path) -> Verified:
    """The one platform of what lies at `path`."""
    with look_at_stock(str(path)) as found:
        (stock,) = found.stocks
        return verify_stock(found.look, stock)


def by_dpkg(root: Path) -> dict[str, str]:
    """What `dpkg --verify` says, by path: `missing` or the characters of rpm's table."""
    done = run([require_tool("dpkg"), "--root", root, "--verify"], check=False)
    rows = {}
    for line in done.stdout.decode().splitlines():
        words = line.split()
        rows[words[-1].lstrip("/")] = words[0]
    return rows


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two packages as dpkg left them."""
    made = empty_root(tmp_path / "root")
    links = {"usr/share/link": "same"}
    debs = [
        build_deb(tmp_path, "tool", "1:1.0-1", FILES, links),
        build_deb(tmp_path, "plain", "2", {"usr/share/doc/plain/copyright": b"text"}, {}),
    ]
    install(made, *debs)
    return made


def tamper(root: Path) -> None:
    """One change of each kind."""
    (root / "usr/bin/tool").write_bytes(b"#!/bin/sh\nevil\n")
    (root / "usr/lib/tool/data").write_bytes(b"DATA")
    (root / "usr/share/empty").write_bytes(b"x")
    (root / "usr/share/gone").unlink()
    (root / "etc/tool.conf").write_bytes(b"setting = 2\n")
    (root / "etc/other.conf").unlink()
    (root / "usr/bin/nobody").write_bytes(b"\x7fELF")
    (root / "usr/bin/nobody").chmod(0o755)
    (root / "usr/share/nobody").write_bytes(b"")


def test_nothing_deviates_after_an_installation(root: Path) -> None:
    found = verified(root)
    assert by_dpkg(root) == {}
    assert found.deviations == ()
    assert found.unchecked == ()
    assert found.problems == ()
    assert found.checked == {"deb:plain:all@2": 1, "deb:tool:all@1:1.0-1": len(FILES)}


def test_dpkg_finds_the_same_files_missing_and_changed(root: Path) -> None:
    tamper(root)
    ours = {}
    for deviation in verified(root).deviations:
        missing = deviation.faults == (Fault.MISSING,)
        assert missing or deviation.faults == (Fault.CONTENT,)
        ours[deviation.claim.owned.path] = "missing" if missing else "??5??????"
    theirs = by_dpkg(root)
    assert len(theirs) == 6
    assert ours == theirs


def test_what_dpkg_left_of_a_removed_package_is_compared(root: Path) -> None:
    """Its list then names the configuration alone, and `dpkg --verify` goes on comparing that."""
    run([require_tool("dpkg"), "--root", root, "--force-script-chrootless", "--remove", "tool"])
    unowned = {each.path for each in verified(root).unowned}
    assert not unowned & set(FILES)
    assert verified(root).deviations == ()
    (root / "etc/tool.conf").write_bytes(b"setting = 2\n")
    (root / "etc/other.conf").unlink()
    ours = {each.claim.owned.path: each.faults for each in verified(root).deviations}
    assert by_dpkg(root) == {"etc/tool.conf": "??5??????", "etc/other.conf": "missing"}
    assert ours == {"etc/tool.conf": (Fault.CONTENT,), "etc/other.conf": (Fault.MISSING,)}


def test_folders_and_links_are_missing_as_dpkg_says(root: Path) -> None:
    """It has no digest of them, and lists them all the same."""
    (root / "usr/share/link").unlink()
    (root / "usr/share/doc/plain/copyright").unlink()
    (root / "usr/share/doc/plain").rmdir()
    ours = {each.claim.owned.path: each.faults for each in verified(root).deviations}
    theirs = by_dpkg(root)
    assert set(theirs.values()) == {"missing"}
    assert len(theirs) == 3
    assert ours == dict.fromkeys(theirs, (Fault.MISSING,))


def test_executables_that_nobody_owns_stand_first(root: Path) -> None:
    tamper(root)
    found = verified(root).unowned
    listed = run([require_tool("find"), root, "-type", "f", "-printf", "%P\\n"]).stdout.decode()
    owned = run(["sh", "-c", f"cat {root}/var/lib/dpkg/info/*.list"]).stdout.decode().split()
    real = {path.replace("/lib/", "/usr/lib/", 1).lstrip("/") for path in owned}
    assert {each.path for each in found} == set(listed.split()) - real
    assert [each.path for each in found if each.executable] == ["usr/bin/nobody"]
    assert found[0].path == "usr/bin/nobody"
    assert (found[0].mode, found[0].size) == (0o755, 4)


def test_scripts_of_packages_are_no_strangers(root: Path) -> None:
    """They lie beside the database of dpkg, executable and in no list."""
    script = root / "var/lib/dpkg/info/tool.postinst"
    script.write_bytes(b"#!/bin/sh\n")
    script.chmod(0o755)
    found = verified(root).unowned
    (unowned,) = [each for each in found if each.executable]
    assert unowned.path == "var/lib/dpkg/info/tool.postinst"
    assert unowned.database
    assert not found[0].database


def test_the_systems_package_speaks_for_modules_that_it_brought(tmp_path: Path) -> None:
    """Debian strips libraries after a wheel's RECORD was written; dpkg knows them as they are."""
    made = empty_root(tmp_path / "root")
    place = "usr/lib/python3/dist-packages"
    info = f"{place}/mod-1.0.dist-info"
    digest = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"  # of nothing
    files = {
        f"{place}/mod.so": b"stripped",
        f"{info}/METADATA": b"Metadata-Version: 2.1\nName: mod\nVersion: 1.0\n",
        f"{info}/RECORD": f"mod.so,sha256={digest},0\nmod-1.0.dist-info/METADATA,,\n".encode(),
    }
    install(made, build_deb(tmp_path, "python3-mod", "1.0-1", files, {}))
    found = verified(made)
    (module,) = [package for package in found.stock.packages if package.type == "pypi"]
    assert module.owner == "deb:python3-mod:all@1.0-1"
    assert found.deviations == ()
    assert list(found.checked) == [module.owner]
    unlisted = made / "var/lib/dpkg/info/python3-mod.list"
    unlisted.write_bytes(b"/.\n")
    (made / "var/lib/dpkg/info/python3-mod.md5sums").unlink()
    assert [each.claim.owned.path for each in verified(made).deviations] == [f"{place}/mod.so"]
