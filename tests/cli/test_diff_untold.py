"""`ociscope diff` where a side does not tell something: that is no difference."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.harness import call
from tests.support.imagebuilder import Device, Dir, File, HardLink, ImageBuilder, Link
from tests.support.realimages import successor
from tests.support.tools import require_tool, run

FILES: dict[str, bytes | File | Dir | Link | HardLink | Device] = {
    "bin": Dir(),
    "etc/motd": b"hello\n",
    "usr/bin/su": File(b"#!/bin/sh\n", mode=0o4755),
    "var": Dir(),
}


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    """An image that runs as root and opens a port, as its config says."""
    made = ImageBuilder()
    made.layer(FILES, created_by="RUN it")
    made.config(ExposedPorts={"80/tcp": {}})
    return made.write_oci(tmp_path / "image", "1.0")


@pytest.fixture
def unpacked(layout: Path, tmp_path: Path) -> Path:
    """The same as umoci unpacks it."""
    require_tool("umoci")
    run(["umoci", "unpack", "--rootless", "--image", f"{layout}:1.0", str(tmp_path / "bundle")])
    return tmp_path / "bundle" / "rootfs"


def test_what_only_a_config_tells_is_not_gone_in_a_root_filesystem(
    layout: Path, unpacked: Path
) -> None:
    for sides in ((layout, unpacked), (unpacked, layout)):
        answer = call("diff", *sides, "--exit-code")
        assert answer.code == 0, answer.text
        assert "same root filesystem; whether" in answer.text
        findings = part(sides, "findings")
        assert [(each["subject"], each["kind"]) for each in findings] == [("config", "unknown")]


def test_but_a_pipeline_that_asks_for_it_does_not_pass(layout: Path, unpacked: Path) -> None:
    answer = call("diff", layout, unpacked, "--fail-on", "findings,config,files")
    assert (answer.code, answer.err) == (1, "failed on: config, findings\n")


def test_a_root_filesystem_has_no_layers_to_name(unpacked: Path, tmp_path: Path) -> None:
    """What no side has is said once, at the end; what differs has the room."""
    other = Path(shutil.copytree(unpacked, tmp_path / "other", symlinks=True))
    (other / "usr/bin/new").write_bytes(b"#!/bin/sh\n")
    (other / "usr/bin/new").chmod(0o755)
    text = call("diff", unpacked, other).text
    assert "layer 0" not in text
    assert "Identity" not in text
    assert text.index("usr/bin/new") < text.index("Not compared\n")
    assert "    config, history: both: a root filesystem has no config\n" in text
    assert text.count("not compared") == 3
    assert len(text.partition("Not compared\n")[2].splitlines()) <= 3


def test_what_a_damaged_layer_held_is_not_said_to_have_changed(tmp_path: Path) -> None:
    """The database is in later layers, whole; licences and setuid programs are in the first."""
    before, after = (successor(name) for name in ("before", "after"))
    bad = Path(shutil.copytree(after, tmp_path / "bad"))
    index = json.loads((bad / "index.json").read_bytes())
    manifest = json.loads(blob(bad, index["manifests"][0]["digest"]).read_bytes())
    first = blob(bad, manifest["layers"][0]["digest"])
    content = bytearray(first.read_bytes())
    content[len(content) // 2] ^= 0xFF
    first.write_bytes(content)
    for sides, added in (((before, bad), "added"), ((bad, before), "removed")):
        planted = {child["subject"]: child["kind"] for child in part(sides, "packages")}
        told = {name for name, kind in planted.items() if kind in {"added", "removed", "changed"}}
        assert {"deb/chart:all", "deb/abacus:all", "deb/ledger:all"} <= told
        assert not [name for name in told if name.startswith("deb/lib")]
        assert planted["deb/chart:all"] == added
        kinds = {child["subject"]: child["kind"] for child in part(sides, "findings")}
        assert kinds == {"files": "unknown"}


def blob(layout: Path, digest: str) -> Path:
    return layout / "blobs" / Path(*digest.split(":"))


def part(sides: tuple[Path, Path], name: str) -> list[dict[str, Any]]:
    """The children of a part of the only pair."""
    (pair,) = call("diff", *sides, "-o", "json").json["images"]
    (found,) = (child for child in pair["children"] if child["subject"] == name)
    children: list[dict[str, Any]] = found["children"]
    return children


def test_two_root_filesystems_are_asked_for_their_files_alone(unpacked: Path) -> None:
    answer = call("diff", unpacked, unpacked, "--fail-on", "findings,files,packages,setuid")
    assert (answer.code, answer.err) == (0, "")
    assert part((unpacked, unpacked), "findings") == []


def test_a_pull_request_begins_with_what_came_of_every_part() -> None:
    """The changes that were planted, and what umoci and dpkg-query counted of them."""
    sides = [successor(name) for name in ("before", "after")]
    told = call("diff", *sides, "-o", "md").text.partition("####")[0]
    assert "- packages: 1 added, 1 removed, 1 upgraded (63 → 63 installed)\n" in told
    assert "; 2 unexplained, " in told
    assert "- findings: 1 added\n" in told
