"""The image of the benchmark, hundreds of megabytes in five layers, against what umoci unpacks.

`scripts/bench.py --build-only` makes it; without it the tests are skipped.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.harness import call
from tests.cli.test_files_command import row
from tests.rootfs.trees import Row, unpacked
from tests.support.tools import ROOT, require_tool, unavailable

TAG = "bench"


def layout(codec: str) -> Path:
    found = sorted((ROOT / ".cache" / "bench").glob(f"*/{codec}/index.json"))
    if not found:
        unavailable("no large image: scripts/bench.py --build-only makes it")
    return found[0].parent


def listed(codec: str) -> dict[str, Row]:
    answer = call("files", layout(codec), "--sha256", "--no-cache", "-o", "json")
    assert answer.code == 0, answer.err
    files: list[dict[str, Any]] = answer.json["images"][0]["files"]
    return {file["path"]: row(file) for file in files if file["path"] != "."}


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Row]:
    """The tree that umoci makes of the gzip layers, without what no format of ours shows."""
    bundle = tmp_path_factory.mktemp("umoci") / "bundle"
    command = [require_tool("umoci"), "unpack", "--image", f"{layout('gzip')}:{TAG}", str(bundle)]
    subprocess.run(command, check=True, capture_output=True)
    tree = unpacked(bundle / "rootfs")
    shutil.rmtree(bundle)
    return tree


@pytest.mark.parametrize("codec", ["gzip", "zstd"])
def test_every_entry_is_as_umoci_unpacked_it(codec: str, theirs: dict[str, Row]) -> None:
    """Debian's umoci knows no zstd: the twin in zstd must equal the same tree."""
    ours = listed(codec)
    assert ours.keys() == theirs.keys()
    different = {path: (ours[path], theirs[path]) for path in ours if ours[path] != theirs[path]}
    assert dict(list(different.items())[:5]) == {}
    assert len(theirs) > 10_000
