"""A root filesystem states no name and no platform: it is called what it is, everywhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.harness import call

STATUS = b"Package: a\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    found = tmp_path / "root"
    for folder in ("bin", "etc", "usr", "var/lib/dpkg"):
        (found / folder).mkdir(parents=True)
    (found / "etc/os-release").write_bytes(b'ID=debian\nVERSION_ID="12"\n')
    (found / "var/lib/dpkg/status").write_bytes(STATUS)
    return found


@pytest.mark.parametrize("form", ["spdx-json", "cyclonedx-json"])
def test_in_our_documents_and_in_what_holds_them_against_it(
    tmp_path: Path, root: Path, form: str
) -> None:
    path = tmp_path / "bill.json"
    assert call("sbom", root, "-o", f"{form}={path}").code == 0
    value = json.loads(path.read_bytes())
    names = [value.get("name"), value.get("metadata", {}).get("component", {}).get("name")]
    assert "root filesystem" in names
    for sides in ((path, root), (root, path)):
        text = call("diff", *sides).text
        assert "held against the root filesystem" in text.replace("\n  ", " ")
        assert "\nroot filesystem\n" in text
        assert "@0" not in text
        assert "unknown/unknown" not in text


def test_in_the_answer_about_a_rebuild(root: Path) -> None:
    text = call("diff", root, root, "--reproducible").text
    assert text.splitlines()[-1] == "root filesystem: identical"
