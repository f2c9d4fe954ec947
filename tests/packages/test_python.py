"""Python packages against pip itself, in environments that pip made."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

from analyzer.layers.wants import CapturePlan
from analyzer.packages.catalogers import python, pythonsources
from analyzer.packages.contract import Owned, Package, Problem, files_for
from analyzer.packages.formats import coremetadata, egg, pyrecord
from analyzer.packages.formats.fault import Fault
from analyzer.packages.formats.requirement import (
    Interpreter,
    NotARequirement,
    interpreter,
    required,
)
from tests.packages.cases import FOLDER, groups
from tests.support.tools import run, shared, unavailable

CATALOGERS = (python.CATALOGER, pythonsources.CATALOGER)
SITE = Path(pytest.__file__).parents[1]
"""Where the packages lie that run the tests."""
BACKEND = """
import zipfile
NAME, VERSION, NEEDS = {name!r}, {version!r}, {needs!r}
def _wheel(folder, files):
    info = f"{{NAME}}-{{VERSION}}.dist-info"
    lines = ["Metadata-Version: 2.1", f"Name: {{NAME}}", f"Version: {{VERSION}}"]
    lines += [f"Requires-Dist: {{need}}" for need in NEEDS]
    files = dict(files)
    files[f"{{info}}/METADATA"] = "\\n".join(lines) + "\\n\\nDescription\\n"
    files[f"{{info}}/WHEEL"] = "Wheel-Version: 1.0\\nGenerator: test\\n" \\
        "Root-Is-Purelib: true\\nTag: py3-none-any\\n"
    files[f"{{info}}/RECORD"] = "".join(f"{{path}},,\\n" for path in files)
    name = f"{{NAME}}-{{VERSION}}-py3-none-any.whl"
    with zipfile.ZipFile(f"{{folder}}/{{name}}", "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return name
def build_wheel(folder, config_settings=None, metadata_directory=None):
    return _wheel(folder, {{f"{{NAME}}.py": "value = 1\\n"}})
def build_editable(folder, config_settings=None, metadata_directory=None):
    import os
    return _wheel(folder, {{f"__editable__.{{NAME}}-{{VERSION}}.pth": os.getcwd() + "\\n"}})
"""
"""A build backend (PEP 517, PEP 660) that needs no network."""


def scan(
    folder: Path, root: Path | None = None
) -> tuple[list[Package], list[Problem], list[Owned]]:
    """What the Python catalogers find below `folder`, which is an image's root or in one."""
    root = root or folder
    items: list[Package | Problem] = []
    owned: list[Owned] = []
    for cataloger in CATALOGERS:
        plan = CapturePlan(cataloger.wants)
        found = {
            path.relative_to(root).as_posix(): path.read_bytes()
            for path in map(Path, _files(folder))
            if plan.keeps(path.relative_to(root).as_posix())
        }
        for group in groups(cataloger, files_for(cataloger.wants, found)):
            items += cataloger.parse(group)
            owned += cataloger.owns(group) if cataloger.owns else ()
    packages = [item for item in items if isinstance(item, Package)]
    return packages, [item for item in items if isinstance(item, Problem)], owned


def _files(root: Path) -> Iterator[str]:
    for folder, _, names in os.walk(root):
        yield from (os.path.join(folder, name) for name in names)  # noqa: PTH118


def installed(packages: list[Package]) -> set[tuple[str, str]]:
    return {(p.name, p.version) for p in packages if p.state == "installed"}


def project(folder: Path, name: str, version: str, needs: tuple[str, ...] = ()) -> Path:
    """A project that pip can install offline."""
    folder.mkdir(parents=True)
    (folder / "backend.py").write_text(BACKEND.format(name=name, version=version, needs=needs))
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    )
    return folder


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment that pip filled, and the projects beside it."""
    root = tmp_path_factory.mktemp("root")
    made = run([sys.executable, "-m", "venv", root / "opt/venv"], check=False)
    if made.returncode:
        unavailable("this Python cannot make virtual environments")
    needs = ("plain>=1", "attrs; python_version < '3'", "six; extra == 'more'")
    plain = project(root / "src/plain", "plain", "1.0")
    edited = project(root / "src/edited", "edited", "2.0rc1", needs)
    pip(root, "install", plain)
    pip(root, "install", "-e", edited)
    return root


def pip(root: Path, *arguments: str | Path) -> bytes:
    alone = {"PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    offline = ["--no-index", "--no-build-isolation"] if arguments[0] == "install" else []
    program = root / "opt/venv/bin/python"
    return run([program, "-m", "pip", *arguments, *offline], env=alone).stdout


class TestAgainstPip:
    """The inventory of an environment is the list of the pip in it."""

    def test_same_names_and_versions_as_pip_list(self, root: Path) -> None:
        packages, problems, _ = scan(root)
        listed: list[dict[str, str]] = json.loads(pip(root, "list", "--format=json"))
        assert installed(packages) == {(p["name"], p["version"]) for p in listed}
        assert {"pip", "plain", "edited"} <= {p["name"] for p in listed}
        assert problems == []

    def test_what_pip_keeps_of_others_is_vendored(self, root: Path) -> None:
        packages, _, _ = scan(root)
        [listed] = root.rglob("pip/_vendor/vendor.txt")
        lines = (line.partition("#")[0].strip() for line in listed.read_text().splitlines())
        pinned = {tuple(line.split("==")) for line in lines if line}
        below = [p for p in packages if "pip/_vendor/" in p.locations[0].path]
        assert {(p.name, p.version) for p in below} == pinned
        assert {p.state for p in below} == {"vendored"}
        assert len(pinned) > 10

    def test_same_requirements_as_pip_show(self, root: Path) -> None:
        shown = pip(root, "show", "edited").decode()
        assert "Requires: plain\n" in shown
        [edited] = [p for p in scan(root)[0] if p.name == "edited"]
        assert edited.requires == (("plain",),)

    def test_an_editable_install_shows_its_direct_url(self, root: Path) -> None:
        [edited] = [p for p in scan(root)[0] if p.name == "edited"]
        names = [place.path.rpartition("/")[2] for place in edited.locations]
        assert names == ["METADATA", "direct_url.json"]
        assert edited.qualifiers == ()

    def test_files_are_those_of_pip_show_with_their_real_digests(self, root: Path) -> None:
        _, _, owned = scan(root)
        site = next(root.glob("opt/venv/lib/python3*/site-packages"))
        for name, version in (("plain", "1.0"), ("pip", metadata_version(site, "pip"))):
            mine = {o for o in owned if o.owner == (name, version, "")}
            listed = pip(root, "show", "-f", name).decode().partition("\nFiles:\n")[2].split("\n")
            expected = {
                os.path.normpath(site / line.strip()).removeprefix(f"{root}/")
                for line in listed
                if line.strip()
            }
            assert {o.path for o in mine} == expected
            stated = [o for o in mine if o.digest]
            assert stated
            for entry in stated:
                content = (root / entry.path).read_bytes()
                assert entry.digest == "sha256:" + hashlib.sha256(content).hexdigest()
                assert entry.size == len(content)


def metadata_version(site: Path, name: str) -> str:
    [found] = metadata.distributions(path=[str(site)], name=name)
    return found.version


class TestAgainstImportlib:
    """The environment that runs the tests, of dozens of real packages."""

    def test_same_names_and_versions(self) -> None:
        packages, _, _ = scan(SITE)
        found = metadata.distributions(path=[str(SITE)])
        assert installed(packages) == {(d.metadata["Name"], d.version) for d in found}

    def test_same_fields_as_the_parser_that_pip_uses(self) -> None:
        paths = sorted(SITE.glob("*.dist-info/METADATA"))
        assert len(paths) > 20
        for path in paths:
            ours = coremetadata.read(path.read_bytes())
            theirs = metadata.PathDistribution(path.parent).metadata
            for name in ("Name", "Version", "Requires-Dist", "Classifier", "Project-URL"):
                expected = [" ".join(v.split()) for v in theirs.get_all(name) or []]
                assert list(ours.all(name.lower())) == expected, path
            assert ours.faults == ()

    def test_the_maintainer_supplies_and_another_author_originated(self) -> None:
        found = {p.name: p for p in scan(SITE)[0] if p.state == "installed"}
        told = []
        for stated in (d.metadata for d in metadata.distributions(path=[str(SITE)])):
            author, maintainer = stated["Author-email"], stated["Maintainer-email"]
            if stated["Author"] or stated["Maintainer"] or not author:
                continue
            package = found[stated["Name"]]
            other = maintainer or author
            assert package.supplier == " ".join(other.split())
            assert package.originator == (author if author != other else "")
            told.append(bool(package.originator))
        assert {*told} == {True, False}


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="Python 3.12 brings no setuptools")
def test_old_style_installs_are_those_of_pip_list(tmp_path: Path) -> None:
    made = run([sys.executable, "-m", "venv", tmp_path / "opt/venv"], check=False)
    if made.returncode:
        unavailable("this Python cannot make virtual environments")
    program = tmp_path / "opt/venv/bin/python"
    pip(tmp_path, "install", project(tmp_path / "src/six", "six", "1.0"))
    how = {
        "develop": ["develop"],
        "zipped": ["install"],
        "recorded": ["install", "--single-version-externally-managed", "--record", "files"],
        "built": ["egg_info"],
    }
    for name, command in how.items():
        folder = tmp_path / "src" / name
        folder.mkdir(parents=True)
        (folder / f"{name}.py").touch()
        (folder / "setup.py").write_text(
            f"from setuptools import setup\n"
            f"setup(name={name!r}, version='0.1', py_modules=[{name!r}],"
            f" install_requires=['six; python_version>=\"3\"'], zip_safe=True)\n"
        )
        run([program, "setup.py", "-q", *command], cwd=folder, env={"PYTHONWARNINGS": "ignore"})
    packages, problems, _ = scan(tmp_path, Path("/"))
    listed: list[dict[str, str]] = json.loads(pip(tmp_path, "list", "--format=json"))
    assert installed(packages) == {(p["name"], p["version"]) for p in listed}
    assert {"develop", "zipped", "recorded"} <= {p["name"] for p in listed}
    # What a build leaves beside its sources is no installed copy.
    left = {p.name for p in packages if p.state == "declared"}
    assert left == {"built", "recorded", "zipped"}
    ours = [p for p in packages if p.name in how]
    assert {p.requires for p in ours} == {(("six",),)}
    assert problems == []


def test_what_pip_did_not_finish_removing_is_no_package(root: Path, tmp_path: Path) -> None:
    """Its folders are renamed to begin with `~`; pip warns of them and lists them no more."""
    site = tmp_path / "usr/local/lib/python3.11/site-packages"
    # Of names that nothing whole has: pip before 24 passes over that, too, if it comes later.
    folders = {"whole-2.0": "whole", "~emo-1.0": "demo", "~~her-0.9": "other"}
    for folder, name in folders.items():
        (site / f"{folder}.dist-info").mkdir(parents=True)
        text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {folder[-3:]}\n"
        (site / f"{folder}.dist-info/METADATA").write_text(text)
        (site / f"{folder}.dist-info/RECORD").write_text("demo.py,,\n")
    listed = json.loads(pip(root, "list", "--path", site, "--format=json"))
    files = {p.relative_to(tmp_path).as_posix(): p.read_bytes() for p in site.rglob("*/*")}
    found = [item for group in groups(python.CATALOGER, files) for item in python.parse(group)]
    packages = [item for item in found if isinstance(item, Package)]
    assert installed(packages) == {(p["name"], p["version"]) for p in listed} == {("whole", "2.0")}
    left = {item.where.split("/")[-2] for item in found if isinstance(item, Problem)}
    assert left == {"~emo-1.0.dist-info", "~~her-0.9.dist-info"}
    owners = {o.owner for group in groups(python.CATALOGER, files) for o in python.owns(group)}
    assert owners == {("whole", "2.0", "")}


class TestRecord:
    """RECORD as pip and others write it."""

    def test_paths_leave_the_folder_and_the_root_in_their_own_ways(self) -> None:
        data = b'../../../bin/tool,,\n/etc/tool.conf,,\n"a,b.py",,\n../../../../../../x,,\n'
        paths = [line.path for line in pyrecord.record(data, "usr/lib/python3/site-packages")
                 if not isinstance(line, Fault)]  # fmt: skip
        assert paths == [
            "usr/bin/tool",
            "etc/tool.conf",
            "usr/lib/python3/site-packages/a,b.py",
            "x",
        ]

    @pytest.mark.parametrize(
        "row",
        ["a,sha256=AAAA,", "a,md6=AAAA,", "a,sha256=,", "a,,x", "a,,-1", "a,b,c,d", "a,,\u0661"],
    )
    def test_a_row_that_says_nonsense_is_a_fault(self, row: str) -> None:
        [found] = pyrecord.record(row.encode(), "lib")
        assert isinstance(found, Fault)

    def test_a_digest_in_hexadecimal_is_read_as_one(self) -> None:
        """As in python3-blinker 1.5-1 of Debian 12; it is the SHA-256 of that METADATA."""
        digest = "d79a1767390aacff6e55d4b2a2350556ac2677dd8692faaada633f7d4f4112c2"
        [found] = pyrecord.record(f"m,sha256={digest},1826\n".encode(), "lib")
        assert found == pyrecord.Recorded("lib/m", f"sha256:{digest}", 1826)

    def test_owned_files_of_the_fixture(self) -> None:
        folder = FOLDER / "python" / "ordinary"
        _, _, owned = scan(folder)
        [module] = [o for o in owned if o.path == "usr/lib/python3/dist-packages/_yaml/__init__.py"]
        # `_yaml/__init__.py` of Debian's python3-yaml 6.0-3+b2.
        digest = "d3801eff9a2cc5a8692476b75c165401fe308ba5d7df6811f03e97ea9eb81840"
        assert module == Owned(("PyYAML", "6.0", ""), module.path, "file", f"sha256:{digest}", 1402)


class TestMarkers:
    """What the path of an installed package tells of its Python."""

    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            ("usr/lib/python3.11/site-packages/a.dist-info/METADATA", Interpreter("3.11")),
            ("usr/lib64/python2.7/site-packages/a", Interpreter("2.7")),
            ("usr/lib/python3/dist-packages/a", Interpreter()),
            ("opt/pypy/lib/pypy3.10/site-packages/a", Interpreter("3.10", pypy=True)),
            ("Files/Python/Lib/site-packages/a", Interpreter(windows=True)),
            ("opt/lib/python3.13t/site-packages/a", Interpreter("3.13")),
        ],
    )
    def test_interpreter_by_path(self, path: str, expected: Interpreter) -> None:
        assert interpreter(path) == expected

    def test_an_unknown_version_keeps_what_some_version_needs(self) -> None:
        assert required("tomli; python_version < '3.11'", Interpreter()) == "tomli"
        assert required("tomli; python_version < '3.11'", Interpreter("3.11")) == ""
        assert required("enum34; python_version < '2.7'", Interpreter()) == ""

    def test_nesting_and_length_are_bounded(self) -> None:
        for text in ("a; " + "(" * 10_000, "a" * 100_000, "a; " + "(" * 100 + "os_name=='x'"):
            with pytest.raises(NotARequirement):
                required(text, Interpreter())


def test_an_egg_that_inflates_beyond_all_bounds_is_a_fault(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.egg"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("EGG-INFO/PKG-INFO", bytes(64 * 1024 * 1024))
    charged: list[int] = []
    parts = egg.reduce_egg(bomb.read_bytes(), charged.append)
    assert parts.keys() == {egg.FAULT}


def test_files_that_osv_scalibr_tests_with() -> None:
    folder = shared("corpus", "lang", "google-osv-scalibr", "python", "wheelegg")
    given = {
        "lib/monotonic-1.6-py3.10.egg": folder / "monotonic-1.6-py3.10.egg",
        "lib/pyOpenSSL-26.0.0.dist-info/METADATA": folder / "pyopenssl-26.0.0.dist-info",
    }
    for name in ("egginfo", "malformed_pkginfo", "pkginfo", "repeated_pkginfo"):
        given[f"lib/{name}.egg-info"] = folder / name
    contents = {path: file.read_bytes() for path, file in given.items()}
    files = files_for(python.CATALOGER.wants, contents)
    found = {(p.name, p.version) for p in python.parse(files) if isinstance(p, Package)}
    # By the names of its files and the first Name and Version that each has.
    assert found == {
        ("monotonic", "1.6"),
        ("pyOpenSSL", "26.0.0"),
        ("pycups", "2.0.1"),
        ("passlib", "1.7.4"),
        ("httplib2", "0.20.4"),
        ("root", "1.0.0"),
    }


DIGITS = "1" * 5000
"""More than Python makes a number of."""


def test_a_version_of_too_many_digits_is_another_than_the_folder_is_named_for() -> None:
    path = "site-packages/a-1.dist-info/METADATA"
    data = f"Metadata-Version: 2.1\nName: a\nVersion: {DIGITS}\n\n".encode()
    items = list(python.CATALOGER.parse({path: data}))
    assert [item.version for item in items if isinstance(item, Package)] == [DIGITS]
    assert [item.where for item in items if isinstance(item, Problem)] == [path]


def test_a_marker_that_compares_with_too_many_digits_may_hold() -> None:
    assert required(f'tomli; python_version < "{DIGITS}"', Interpreter("3.11")) == "tomli"
