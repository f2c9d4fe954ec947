"""Requirements files as pip reads them, and pylock.toml as its authors' library does."""

from __future__ import annotations

import json
import sys
import time
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


FETCHED = r"""
git+https://example.org/a.git@v1#egg=a
-e git+https://example.org/b.git#egg=b.Name
--editable=git+ssh://git@example.org/c.git@0123456#egg=c&subdirectory=pkgs/c
hg+https://example.org/d#egg=d[extra]  # a comment
https://example.org/e-1.0.tar.gz#egg=e
git+https://example.org/nameless.git
-e git+https://example.org/nameless.git@v2
f @ git+https://example.org/f.git@v1
g[x] @ https://example.org/g-1.0.tar.gz#sha256=00 ; python_version > "3"
h==1.0
"""
PLACES = READ.replace("parsed.constraint or parsed.is_editable", "False").replace(
    'pins[0] if pins else ""',
    """*([made.link.url_without_fragment, made.link.subdirectory_fragment or ""]
    if made.link else ["", ""])""",
)


def test_what_is_fetched_from_an_address_is_what_pip_fetches(tmp_path: Path) -> None:
    """Of two without a name pip finds that out when it has fetched them."""
    path = tmp_path / "requirements.txt"
    path.write_text(FETCHED)
    done = run([sys.executable, "-c", PLACES, path], env={"PIP_CONFIG_FILE": "/dev/null"})
    expected = []
    for name, address, folder in json.loads(done.stdout):
        key = "vcs_url" if "+" in address.partition(":")[0] else "download_url"
        inside = f"#{folder}" if folder else ""
        expected.append((name, ((key, address + inside),) if address else ()))
    packages, problems = parse(CATALOGER, {PATH: path.read_bytes()})
    assert len(expected) == 8
    assert [(package.name, package.qualifiers) for package in packages] == expected
    assert [problem.severity for problem in problems] == ["note"]


def test_a_folder_of_another_machine_is_no_address() -> None:
    (package,), _ = parse(CATALOGER, {PATH: b"-e git+file:///srv/a#egg=a\n-e ./b#egg=b\n"})
    assert (package.name, package.qualifiers) == ("a", ())


@pytest.mark.parametrize("line", ["a" * 16_000, "b @ a://" + "c" * 15_000, "a:" + "a" * 500_000])
def test_long_lines_take_no_time(line: str) -> None:
    begun = time.process_time()
    parse(CATALOGER, {PATH: "\n".join([line] * 20).encode()})
    assert time.process_time() - begun < 5
