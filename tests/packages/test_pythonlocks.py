"""Requirements files as pip reads them, and pylock.toml as its authors' library does."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.pylock import Pylock

from analyzer.packages.catalogers.pythonlocks import CATALOGER
from tests.packages.cases import FOLDER, Case, parse
from tests.support.tools import run, unavailable

PATH = "srv/requirements.txt"
ODD = r"""
# a comment
plain==1.0
spaced == 2.0   # behind it
Mixed.Case_Name==1.0
extras[one,two]==3.1
marker==1; python_version >= "3"
never==9; python_version < "3"
hashed==1.0 \
    --hash=sha256:0000000000000000000000000000000000000000000000000000000000000000 \
    --hash=sha256:1111111111111111111111111111111111111111111111111111111111111111
continued\
==4.0
loose>=1,<2
star==1.*
bare
arbitrary===1.0+local.1
named @ https://example.org/named-1.0.tar.gz
git @ git+https://example.org/git.git@main
https://example.org/direct-2.0-py3-none-any.whl
./path/to/project
-e ./editable
--index-url https://example.org/simple
-c constraints.txt
--no-binary :all:
frag#ment==1
"""
READ = """
import json, sys
from pip._internal.network.session import PipSession
from pip._internal.req.constructors import install_req_from_parsed_requirement
from pip._internal.req.req_file import parse_requirements
found = []
for parsed in parse_requirements(sys.argv[1], session=PipSession()):
    if parsed.constraint or parsed.is_editable:
        continue
    try:
        made = install_req_from_parsed_requirement(parsed)
    except Exception:
        continue
    if made.req is not None:
        pins = [s.version for s in made.req.specifier if s.operator in ("==", "===")]
        found.append([made.req.name, pins[0] if pins else ""])
print(json.dumps(found))
"""


def by_pip(path: Path) -> list[list[str]]:
    """What pip's reader makes of a requirements file: names, and what `==` and `===` say."""
    done = run(
        [sys.executable, "-c", READ, path], check=False, env={"PIP_CONFIG_FILE": "/dev/null"}
    )
    if done.returncode:
        unavailable(f"no pip whose reader can be asked: {done.stderr.decode()[-300:]}")
    rows: list[list[str]] = json.loads(done.stdout)
    return rows


def ours(data: bytes) -> list[list[str]]:
    packages, _ = parse(CATALOGER, {PATH: data})
    return [[package.name, package.version] for package in packages]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where what the lines name is there."""
    (tmp_path / "constraints.txt").write_text("plain==7\n")
    for name in ("editable", "path/to/project"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "pyproject.toml").touch()
    return tmp_path


def test_odd_lines(folder: Path) -> None:
    path = folder / "requirements.txt"
    lines = ODD.replace("-e ./editable", f"-e {folder}/editable")
    path.write_text(lines.replace("./path", f"{folder}/path"))
    told = by_pip(path)
    assert len(told) == 15
    told.remove(["direct", "2.0"])  # pip takes the name of a bare URL's file apart
    told[told.index(["star", "1.*"])][1] = ""  # which allows many versions
    assert ours(path.read_bytes()) == told


def test_a_line_that_pip_refuses_is_told() -> None:
    _, problems = parse(CATALOGER, {PATH: b"good==1\nfrag#ment==1\n"})
    assert [(p.severity, p.where) for p in problems] == [("warning", PATH)]


def test_pylock_is_what_packaging_reads() -> None:
    """The library of the people who wrote the specification."""
    files = Case(FOLDER / "pythonlocks" / "ordinary").files
    (path,) = (path for path in files if path.endswith("pylock.toml"))
    read = Pylock.from_dict(tomllib.loads(files[path].decode()))
    packages, _ = parse(CATALOGER, {path: files[path]})
    assert len(packages) > 5
    assert {(p.name, p.version) for p in packages} == {
        (p.name, str(p.version)) for p in read.packages
    }
