"""Go modules against `go version -m`, and what no tool says."""

from __future__ import annotations

import mmap
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.packages.catalogers.golang import CATALOGER
from analyzer.packages.contract import Package, files_for
from analyzer.packages.formats import gomodules
from analyzer.packages.formats.gomodules import Module
from analyzer.packages.formats.program import PROGRAM, images
from tests.packages.cases import FOLDER, parse
from tests.support.programs import NOBITS, Part, elf

FIXTURES = [
    path
    for case in ("ordinary", "absent-version", "pointers", "big-endian", "other-systems", "strange")
    for path in sorted((FOLDER / "golang" / case).rglob("*/*"))
    if path.is_file()
]
SYSTEM = [Path("/usr/bin") / name for name in ("skopeo", "umoci", "podman", "docker", "containerd")]


@pytest.mark.parametrize("path", [*FIXTURES, *SYSTEM], ids=lambda path: path.name)
def test_modules_are_those_of_go_version(path: Path, tmp_path: Path) -> None:
    go = shutil.which("go")
    if go is None or not path.exists():
        pytest.skip("go or the program is not installed")
    # The tool looks at executable files only.
    program = tmp_path / "program"
    shutil.copy(path, program)
    program.chmod(0o755)
    shown = subprocess.run(
        [go, "version", "-m", program], capture_output=True, text=True, check=True
    ).stdout
    first, *lines = shown.removeprefix(f"{program}: ").splitlines()
    wanted = {("stdlib", first.split()[0].removeprefix("go"))}
    for line in lines:
        kind, *columns = line.strip("\t").split("\t")
        if kind in {"mod", "dep"} or kind == "=>":
            wanted.add((columns[0], columns[1]))
    packages, _ = parse(CATALOGER, {"program": path.read_bytes()})
    found = {(full_name(package), package.version) for package in packages}
    # A folder is no module and `(devel)` no version: what is listed instead, the fixtures say.
    certain = {(name, version) for name, version in wanted if version != "(devel)"}
    assert certain <= found
    unversioned = {name for name, version in wanted if version == "(devel)"}
    assert {name for name, _ in found - certain} <= {name for name, _ in wanted} | unversioned


def full_name(package: Package) -> str:
    """The module's path."""
    return f"{package.namespace}/{package.name}" if package.namespace else package.name


def test_debugging_information_of_a_program_is_no_program() -> None:
    """What `objcopy --only-keep-debug` leaves: section headers as they were, without bytes."""
    names = (b".go.buildinfo", b".dep-v0", b".note.package", b".svm_heap")
    content = elf([], [Part(0x1000, b"x" * 500, name, NOBITS) for name in names])
    assert PROGRAM.apply(content, lambda _count: None) == {}


def test_a_mapped_file_is_read_like_bytes() -> None:
    path = FOLDER / "golang" / "ordinary" / "usr" / "local" / "bin" / "lefthook"
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        parts = PROGRAM.apply(mapped, lambda _count: None)
    assert parts == PROGRAM.apply(path.read_bytes(), lambda _count: None)


@pytest.mark.parametrize(
    ("flags", "version"),
    [
        ("-X main.version=1.2.3", "v1.2.3"),
        ("-s -w -X=main.Version=v1.2.3", "v1.2.3"),
        ('-X "main.version=v1.2.3+build"', "v1.2.3+build"),
        ("-X example.org/a/internal.version=1.2", "v1.2"),
        ("-X main.version=2.0.0 -X example.org/a/b.version=1.0.0", "v2.0.0"),
        # Two that disagree say nothing; nor do other modules, other names and words.
        ("-X example.org/a/b.version=1.0.0 -X example.org/a/c.version=2.0.0", ""),
        ("-X example.org/ab.version=1.0.0", ""),
        ("-X main.goVersion=1.0.0", ""),
        ("-X main.version=latest", ""),
        ("-X", ""),
        ("-X main.version", ""),
        ("--- -X '", ""),
    ],
)
def test_versions_that_the_linker_was_told(flags: str, version: str) -> None:
    main = Module("example.org/a", "(devel)")
    assert gomodules.guessed_version(main, {"-ldflags": flags}).version == version


@pytest.mark.parametrize(
    ("path", "version"),
    [
        ("example.org/a", "v0.0.0-20240506070809-0123456789ab"),
        ("example.org/a/v2", "v2.0.0-20240506070809-0123456789ab"),
        ("gopkg.in/yaml.v3", "v3.0.0-20240506070809-0123456789ab"),
    ],
)
def test_pseudo_version_of_a_commit(path: str, version: str) -> None:
    """https://go.dev/ref/mod#pseudo-versions, first form."""
    stamp = {"vcs.time": "2024-05-06T07:08:09Z", "vcs.revision": "0123456789abcdef" * 2}
    assert gomodules.guessed_version(Module(path, ""), stamp).version == version
    unstamped = {"vcs.revision": "0123456789ab"}
    assert gomodules.guessed_version(Module(path, ""), unstamped).version == ""


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [
        (b"build\tGOARCH=arm64", "GOARCH", "arm64"),
        (
            b'build\t-ldflags="-X \'a b\' \\"c\\" \\t\\x41\\u00e9"',
            "-ldflags",
            "-X 'a b' \"c\" \tAé",
        ),
        (b"build\t-tags=`a b`", "-tags", "a b"),
        (b'build\t"a b"=c', "a b", "c"),
    ],
)
def test_settings_are_unquoted_as_go_quotes_them(line: bytes, key: str, value: str) -> None:
    """strconv.Quote, by quoteKey and quoteValue of runtime/debug."""
    assert gomodules.read(line).settings == {key: value}


@given(st.binary(max_size=300))
def test_any_module_text_is_read(raw: bytes) -> None:
    modules = gomodules.read(b"mod\tx\t(devel)\nbuild\t" + raw)
    assert modules.main is not None
    gomodules.guessed_version(modules.main, modules.settings)


def test_lines_that_go_refuses_are_faults() -> None:
    """The errors of debug.ParseBuildInfo."""
    for raw in (b"dep\ta", b"dep\ta\tb\tc\td", b"=>\ta\tb\tc", b"dep\ta\tb\n=>\tc\td"):
        assert gomodules.read(raw).faults


def test_parts_of_other_reducers_are_let_be() -> None:
    assert images(b"\0") == []
    path = "usr/bin/x"
    given = files_for(CATALOGER.wants, {path: b"\x7fELF"})
    assert given == {}


@pytest.mark.parametrize(
    ("stated", "version"),
    [
        (b"go1.21.5", "1.21.5"),
        (b"go1.21.5 X:boringcrypto", "1.21.5"),
        (b"go1.22rc1", "1.22rc1"),
        (b"devel go1.23-0a1b2c3d Thu Feb 1 00:00:00 2024 +0000", "1.23-0a1b2c3d"),
        (b"devel +a0d6420d8b Fri Oct 8 2021", ""),
    ],
)
def test_the_library_has_the_version_of_go(stated: bytes, version: str) -> None:
    """Forms of runtime.Version()."""
    content = b"\xff Go buildinf:\x08\x02" + bytes(16) + bytes([len(stated)]) + stated + b"\0" * 16
    packages, problems = parse(CATALOGER, {"x": elf([], [Part(0, content, b".go.buildinfo")])})
    assert [package.version for package in packages] == [version]
    assert len(problems) == (not version)


def test_an_architecture_is_shown_whatever_is_in_it() -> None:
    """Settings keep the tabs and controls that Go quotes; nobody prints those."""
    program = (FOLDER / "golang/strange/bin/set-by-flag").read_bytes()
    data = program.replace(b"GOARCH=amd64", b'GOARCH="a\\t"')
    assert len(data) == len(program)
    packages, _ = parse(CATALOGER, {"program": data})
    assert [package.arch for package in packages if package.arch] == ["a\\x09"]
