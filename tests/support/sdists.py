"""Source distributions out of the package index, for the test data that wheels leave out."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from functools import cache
from importlib.metadata import version
from pathlib import Path

from tests.support.tools import ROOT, unavailable

FOLDER = ROOT / ".cache" / "sdists"


@cache
def from_sdist(project: str, member: str) -> bytes:
    """A file of the source distribution of an installed project, fetched once.

    Skips where the index cannot be reached; fails where everything has to be there.
    """
    name = f"{project.replace('-', '_')}-{version(project)}"
    archive = FOLDER / f"{name}.tar.gz"
    if not archive.exists():
        _fetch(f"{project}=={version(project)}", archive)
    with tarfile.open(archive) as tar:
        found = tar.extractfile(f"{name}/{member}")
        assert found is not None
        return found.read()


def _fetch(requirement: str, archive: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--no-binary", ":all:", "--dest", str(archive.parent), requirement]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode or not archive.exists():
        unavailable(f"no source distribution of {requirement}: {done.stderr[-300:]}")
