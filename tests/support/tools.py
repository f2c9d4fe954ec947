"""Other people's programs and files in tests: skip without them, fail where promised.

On a laptop a test that needs `skopeo` is skipped when it is not installed. The CI
machine installs everything and sets OCISCOPE_REQUIRE_TOOLS=1, so that a tool that has
gone missing there cannot quietly take its tests along.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).resolve().parents[2]
REQUIRE = "OCISCOPE_REQUIRE_TOOLS"


def unavailable(what: str) -> NoReturn:
    """Skip the running test, or fail it where everything has to be there."""
    if os.environ.get(REQUIRE) == "1":
        pytest.fail(f"{what}, although {REQUIRE}=1 promises it", pytrace=False)
    pytest.skip(what)


def require_tool(name: str) -> str:
    """Path of a program that the test cannot do without."""
    found = shutil.which(name)
    if found is None:
        unavailable(f"{name} is not installed")
    return found


def shared(*parts: str) -> Path:
    """A file or folder in `shared/` beside the repository; skips when it is absent."""
    path = ROOT.parent.joinpath("shared", *parts)
    if not path.exists():
        pytest.skip(f"there is no shared/{'/'.join(parts)} beside the repository")
    return path


def run(
    command: Sequence[str | Path],
    *,
    check: bool = True,
    timeout: float = 120,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: bytes | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run a program without a shell and keep its output; `env` adds to ours."""
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        timeout=timeout,
        env={**os.environ, **(env or {})},
        cwd=cwd,
        input=stdin,
        check=False,
    )
    if check and done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()
        raise AssertionError(f"{command[0]} ended with {done.returncode}: {said}")
    return done
