"""Findings of the merged tree, against find(1) and getcap(8) on what umoci unpacked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from analyzer.api import analyze
from analyzer.findings.model import Finding, FindingKind
from tests.support.imagebuilder import ImageBuilder
from tests.support.realimages import real_image
from tests.support.tarbytes import Entries, File, HardLink, Link
from tests.support.tools import require_tool, run, shared

PROGRAM = File(b"\x7fELF", mode=0o755)
USERS = "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/:\ntoor:x:0:0::/:\n7:x:0:0::/:\n"


def findings(path: Path, kind: FindingKind, platform: str | None = None) -> list[Finding]:
    report = analyze(str(path), platforms=[platform] if platform else [])
    [image] = report.images
    return [finding for finding in image.findings if finding.kind is kind]


def made(tmp_path: Path, *layers: Entries, **config: Any) -> Path:  # noqa: ANN401 - JSON
    image = ImageBuilder().config(config=config)
    for number, entries in enumerate(layers):
        image.layer(entries, created_by=f"step {number}")
    return image.write_oci(tmp_path / "layout")


class TestUser:
    def root(self, tmp_path: Path, user: str, passwd: str | None = USERS) -> list[Finding]:
        layers: list[Entries] = [{"a": b""}]
        if passwd is not None:
            layers.append({"etc/passwd": passwd.encode()})
        return findings(made(tmp_path, *layers, User=user), FindingKind.RUNS_AS_ROOT)

    @pytest.mark.parametrize("user", ["", "root", "0", "root:app", "00"])
    def test_root_by_name_and_number(self, tmp_path: Path, user: str) -> None:
        for number, passwd in enumerate((USERS, None, "", "root:x", "root:x:no:0::/:")):
            assert len(self.root(tmp_path / str(number), user, passwd)) == 1

    def test_another_name_with_the_number_of_root(self, tmp_path: Path) -> None:
        [found] = self.root(tmp_path, "toor:app")
        assert found.what == "runs as root: etc/passwd gives user toor the number 0"
        assert found.layer == 1

    def test_a_number_is_no_name(self, tmp_path: Path) -> None:
        """Runc, libcontainer/user, GetExecUser: 7 is user number 7 even if a user is called 7."""
        assert self.root(tmp_path, "7") == []

    @pytest.mark.parametrize("passwd", ["root:x:5:5::/:\n", "root:x:5:5::/:\nroot:x:0:0::/:\n"])
    def test_root_may_be_somebody_else(self, tmp_path: Path, passwd: str) -> None:
        assert self.root(tmp_path, "root", passwd) == []

    @pytest.mark.parametrize("user", ["app", "nobody", "1000", "app:root"])
    def test_others(self, tmp_path: Path, user: str) -> None:
        assert self.root(tmp_path, user) == []

    def test_users_in_a_file_that_a_link_leads_to(self, tmp_path: Path) -> None:
        layer: Entries = {"etc/passwd": Link("../usr/p"), "usr/p": b"app:x:0:0::/:\n"}
        path = made(tmp_path, layer, User="app")
        assert len(findings(path, FindingKind.RUNS_AS_ROOT)) == 1


class TestPrograms:
    def test_a_shell_once_however_many_names_lead_to_it(self, tmp_path: Path) -> None:
        lower: Entries = {
            "usr/bin/dash": PROGRAM,
            "bin": Link("usr/bin"),
            "usr/bin/sh": Link("dash"),
            "usr/bin/ash": HardLink("usr/bin/dash"),
        }
        upper: Entries = {"usr/bin/bash": PROGRAM}
        found = findings(made(tmp_path, lower, upper), FindingKind.SHELL)
        assert [(f.what, f.where, f.layer, f.step) for f in found] == [
            ("a shell: bin/sh", "usr/bin/dash", 0, "step 0"),
            ("a shell: bin/bash", "usr/bin/bash", 1, "step 1"),
        ]

    def test_what_was_removed_or_cannot_run_is_none(self, tmp_path: Path) -> None:
        lower: Entries = {"bin/sh": PROGRAM, "bin/bash": File(b"", mode=0o644), "bin/zsh/x": b""}
        path = made(tmp_path, lower, {"bin/.wh.sh": b"", "bin/ash": Link("sh")})
        assert findings(path, FindingKind.SHELL) == []

    def test_package_managers(self, tmp_path: Path) -> None:
        layer: Entries = {"usr/bin/apt-get": PROGRAM, "sbin/apk": PROGRAM, "etc/dpkg": PROGRAM}
        found = findings(made(tmp_path, layer), FindingKind.PACKAGE_MANAGER)
        assert [f.where for f in found] == ["usr/bin/apt-get", "sbin/apk"]

    def test_a_removed_bit_is_no_finding(self, tmp_path: Path) -> None:
        low, up = {"su": File(b"", mode=0o4755)}, {"su": File(b"", mode=0o755)}
        assert findings(made(tmp_path, low, up), FindingKind.SETUID) == []
        [found] = findings(made(tmp_path / "2", up, low), FindingKind.SETUID)
        assert (found.where, found.layer) == ("su", 1)


def listed(root: Path, *test: str) -> list[str]:
    done = run([require_tool("find"), root, "-type", "f", *test, "-printf", "%P\\0"])
    return sorted(name.decode() for name in done.stdout.split(b"\0") if name)


def with_capabilities(root: Path) -> dict[str, str]:
    """Paths without blanks, and what they may."""
    done = run([require_tool("getcap"), "-r", root])
    pairs = [line.split(" ", 1) for line in done.stdout.decode().splitlines()]
    return {path.removeprefix(f"{root}/"): words for path, words in pairs}


def same_as_tools(path: Path, root: Path, platform: str | None = None) -> int:
    capable = with_capabilities(root)
    said = {f.where: f.what for f in findings(path, FindingKind.CAPABILITIES, platform)}
    text = "rights of root by file capabilities: "
    assert said == {where: text + words for where, words in capable.items()}
    expected = {
        FindingKind.SETUID: listed(root, "-perm", "-4000"),
        FindingKind.SETGID: listed(root, "-perm", "-2000"),
        FindingKind.CAPABILITIES: sorted(capable),
    }
    for kind, wanted in expected.items():
        assert sorted(f.where for f in findings(path, kind, platform)) == wanted
    return sum(map(len, expected.values()))


def unpacked(layout: Path, tag: str, bundle: Path) -> Path:
    run([require_tool("umoci"), "unpack", "--image", f"{layout}:{tag}", bundle])
    return bundle / "rootfs"


def test_rights_are_those_that_find_and_getcap_see_in_a_real_image(tmp_path: Path) -> None:
    layout = tmp_path / "layout"
    archive = real_image("oci-archive-amd64")
    run([require_tool("skopeo"), "copy", "-q", f"oci-archive:{archive}", f"oci:{layout}:v"])
    assert same_as_tools(archive, unpacked(layout, "v", tmp_path / "bundle")) >= 4


def test_rights_are_those_that_find_and_getcap_see_in_a_made_one(tmp_path: Path) -> None:
    both = File(b"x", mode=0o6755)
    # cap_net_raw=ep, as setcap(8) stores it (struct vfs_cap_data, revision 2)
    raw = bytes.fromhex("0100000200200000000000000000000000000000")
    capable = File(b"x", mode=0o755, xattrs={"security.capability": raw})
    # cap_chown=ei cap_kill+p, of revision 3 with the root user of a namespace
    more = bytes.fromhex("010000032000000001000000000000000000000000000000")
    two = File(b"y", mode=0o755, xattrs={"security.capability": more})
    lower: Entries = {"both": both, "ping": capable, "d/gone": both, "other": both, "two": two}
    upper: Entries = {"linked": HardLink("both"), "d/.wh.gone": b"", "other": b"plain"}
    path = ImageBuilder().layer(lower).layer(upper).write_oci(tmp_path / "layout", "v")
    assert same_as_tools(path, unpacked(path, "v", tmp_path / "bundle")) == 6


def test_nothing_looks_secret_in_the_images_that_tools_made() -> None:
    """None of the samples has a secret in it; each finding would be a false alarm."""
    found = [
        (path.name, finding)
        for path in sorted(shared("samples").glob("*.tar"))
        for image in analyze(str(path)).images
        for finding in image.findings
        if finding.kind is FindingKind.SECRET
    ]
    assert found == []
