"""go.mod, go.sum and vendor/modules.txt against Go itself."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.packages.catalogers.golocks import CATALOGER
from analyzer.packages.formats.gomod import order, read_mod
from analyzer.packages.purl import package_url
from tests.packages.cases import parse
from tests.support.tools import require_tool, run

HOST = "example.com"
MODULES = {
    ("a", "v1.0.0"): {"b": "v1.0.0"},
    ("a", "v1.1.0"): {"b": "v1.2.0"},
    **{("b", f"v1.{minor}.0"): {} for minor in range(3)},
    ("b", "v1.2.1-rc.1"): {},
    ("b", "v1.2.1-rc.1.0"): {},
    ("b", "v1.2.1-rc.10"): {},
    ("b", "v1.2.1-rc.9"): {},
    ("b", "v1.2.1-rc.x"): {},
    ("old", "v1.0.0"): {"b": "v1.1.0", "far": "v0.1.0"},
    ("far", "v0.1.0"): {},
    ("fork", "v1.0.1"): {},
}
"""Name and version with what each needs, all below one host."""
HEAD = f"module {HOST}/app\n\ngo 1.19\n\n"


class Go:
    """Go with modules of its own and no network."""

    def __init__(self, folder: Path) -> None:
        self.project = folder / "app"
        self.project.mkdir()
        self._proxy = folder / "proxy"
        self._env = {
            "GOPROXY": f"file://{self._proxy}",
            "GOMODCACHE": str(folder / "cache"),
            "GOCACHE": str(folder / "built"),
            "GOSUMDB": "off",
            "GOFLAGS": "-modcacherw",
            "GOWORK": "off",
            "GOENV": "off",
            "GOTOOLCHAIN": "local",
        }
        for (name, version), needs in MODULES.items():
            self._store(name, version, needs)

    def _store(self, name: str, version: str, needs: dict[str, str]) -> None:
        folder = self._proxy / HOST / name / "@v"
        folder.mkdir(parents=True, exist_ok=True)
        lines = [f"require {HOST}/{other} {at}\n" for other, at in needs.items()]
        # What replaces another calls itself by the other's name.
        own = "b" if name == "fork" else name
        mod = f"module {HOST}/{own}\n\n{''.join(lines)}"
        code = f"package {own}\n" + "".join(f'import _ "{HOST}/{other}"\n' for other in needs)
        (folder / f"{version}.mod").write_text(mod)
        (folder / f"{version}.info").write_text(json.dumps({"Version": version}))
        with (folder / "list").open("a") as versions:
            versions.write(f"{version}\n")
        with zipfile.ZipFile(folder / f"{version}.zip", "w") as archive:
            archive.writestr(f"{HOST}/{name}@{version}/go.mod", mod)
            archive.writestr(f"{HOST}/{name}@{version}/{own}.go", code)

    def write(self, mod: str, *imports: str) -> None:
        lines = "".join(f'import _ "{HOST}/{name}"\n' for name in imports)
        (self.project / "go.mod").write_text(mod)
        (self.project / "main.go").write_text(f"package main\n{lines}func main() {{}}\n")

    def say(self, *words: str) -> str:
        done = run([require_tool("go"), *words], cwd=self.project, env=self._env)
        return done.stdout.decode()

    def objects(self, *words: str) -> Iterator[dict[str, Any]]:
        """The JSON documents that stand one behind the other in an answer."""
        said, at = self.say(*words).strip(), 0
        while at < len(said):
            found, at = json.JSONDecoder().raw_decode(said, at)
            yield found
            at += len(said[at:]) - len(said[at:].lstrip())

    def files(self) -> dict[str, bytes]:
        names = ("go.mod", "go.sum", "vendor/modules.txt")
        places = {f"srv/app/{name}": self.project / name for name in names}
        return {path: place.read_bytes() for path, place in places.items() if place.exists()}


@pytest.fixture
def go(tmp_path: Path) -> Go:
    require_tool("go")
    return Go(tmp_path)


def used(modules: Iterator[dict[str, Any]]) -> set[tuple[str, str]]:
    """Path and version of what is built; of a folder its old name alone."""
    found = set()
    for module in modules:
        new = module.get("Replace", module)
        local = new["Path"].startswith(".")
        if not module.get("Main"):
            found.add((module["Path"], "") if local else (new["Path"], new["Version"]))
    return found


def ours(go: Go, name: str | None = None) -> set[tuple[str, str]]:
    packages, problems = parse(CATALOGER, go.files())
    assert {problem.severity for problem in problems} <= {"note"}
    assert {package.state for package in packages} == {"declared"}
    return {
        (f"{package.namespace}/{package.name}", package.version)
        for package in packages
        if name is None or package.locations[0].path == f"srv/app/{name}"
    }


def test_modules_are_those_that_go_lists(go: Go) -> None:
    go.write(f"{HEAD}require {HOST}/a v1.1.0\n", "a", "old")
    go.say("mod", "tidy")
    stated = used(go.objects("list", "-m", "-json", "all"))
    assert ours(go) == stated
    assert len(stated) == 4


def test_replaced_and_excluded_modules_are_as_go_lists_them(go: Go) -> None:
    (go.project / "far").mkdir()
    (go.project / "far" / "go.mod").write_text(f"module {HOST}/far\n")
    (go.project / "far" / "far.go").write_text("package far\n")
    go.write(
        f"{HEAD}exclude {HOST}/b v1.2.0\n"
        f'require (\n\t"{HOST}/\\x61" v1.0.0\n\t{HOST}/b v1.1.0 // indirect; why\n'
        f"\t{HOST}/old v1.0.0//x\n\t{HOST}/far v0.1.0 //indirect\n) // end\n"
        f"replace {HOST}/b => {HOST}/b v1.0.0\nreplace {HOST}/b v1.1.0 => {HOST}/fork v1.0.1\n"
        f"replace {HOST}/far v0.1.0 => ./far\nreplace {HOST}/a v1.1.0 => ./nowhere\n",
        *("a", "old"),
    )
    go.say("mod", "download", "all")
    stated = used(go.objects("list", "-m", "-json", "all"))
    assert ours(go, "go.mod") == stated
    assert {(f"{HOST}/fork", "v1.0.1"), (f"{HOST}/far", "")} < stated
    go.say("mod", "vendor")
    assert ours(go, "vendor/modules.txt") == stated


def test_what_a_vendor_folder_lists_is_what_packages_come_from(go: Go) -> None:
    go.write(f"{HEAD}require {HOST}/a v1.1.0\n", "a", "old")
    go.say("mod", "tidy")
    go.say("mod", "vendor")
    every = go.objects("list", "-mod=vendor", "-deps", "-json", "./...")
    stated = used(package["Module"] for package in every if "Module" in package)
    assert ours(go, "vendor/modules.txt") == stated
    assert len(stated) == 4


def test_before_go_1_17_the_sums_have_what_is_needed_indirectly(go: Go) -> None:
    head = HEAD.replace("1.19", "1.16")
    go.write(f"{head}require {HOST}/a v1.1.0\nrequire {HOST}/old v1.0.0\n", "a", "old")
    go.say("mod", "tidy")
    every = go.objects("list", "-deps", "-json", "./...")
    assert ours(go) == used(package["Module"] for package in every if "Module" in package)
    assert (f"{HOST}/b", "v1.2.0") in ours(go)
    assert ours(go, "go.mod") == {(f"{HOST}/a", "v1.1.0"), (f"{HOST}/old", "v1.0.0")}


def test_of_several_versions_go_takes_the_highest(go: Go) -> None:
    versions = sorted(version for name, version in MODULES if name == "b")
    go.write(HEAD + "".join(f"require {HOST}/b {version}\n" for version in versions), "b")
    stated = used(go.objects("list", "-mod=mod", "-m", "-json", "all"))
    go.write(HEAD + "".join(f"require {HOST}/b {version}\n" for version in versions), "b")
    assert ours(go) == stated == {(f"{HOST}/b", "v1.2.1-rc.x")}
    ordered = sorted(versions, key=lambda version: order(version) or ((), False, ()))
    lower = [version for version in ordered if version != "v1.2.1-rc.x"]
    assert [version.partition("-")[2] for version in lower[-4:]] == [
        *("rc.1", "rc.1.0", "rc.9", "rc.10")
    ]


def test_requirements_are_those_that_go_reads(go: Go) -> None:
    mod = f"{HEAD}require ( // x\n\n// y\n\t{HOST}/a v1.0.0 // indirect\n\t) // z\nrequire ( )\n"
    go.write(mod, "a")
    stated = json.loads(go.say("mod", "edit", "-json"))["Require"]
    found = [needed.evidence for needed in read_mod(mod.encode()).needed()]
    assert [each["Indirect"] for each in stated] == [True]
    assert found == [f"require {each['Path']} {each['Version']} // indirect" for each in stated]


def test_package_urls() -> None:
    """https://github.com/package-url/purl-spec/blob/main/types/golang-definition.json."""
    mod = b"require (\n\tgoogle.golang.org/genproto v0.1.0\n\tgithub.com/a/b/v2 v2.0.0+x\n)\n"
    packages, _ = parse(CATALOGER, {"go.mod": mod})
    assert [package_url(package, None) for package in packages] == [
        "pkg:golang/google.golang.org/genproto@v0.1.0",
        "pkg:golang/github.com/a/b/v2@v2.0.0%2Bx",
    ]


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("go/src/example.com/app/go.mod", 1),
        ("usr/local/go/src/go.mod", 1),
        ("srv/vendor/app/go.mod", 1),
        ("home/me@work/app/go.mod", 1),
        ("cache/example.com/b@v1.0.0/go.mod", 0),
        ("go/pkg/mod/example.com/b@v1.0.0-pre/cmd/go.mod", 0),
        ("usr/local/go/src/cmd/go/testdata/a/go.mod", 0),
        ("srv/app/vendor/example.com/b/go.mod", 0),
    ],
)
def test_which_go_mod_is_a_project(path: str, count: int) -> None:
    packages, problems = parse(CATALOGER, {path: b"require example.com/a v1.0.0\n"})
    assert (len(packages), problems) == (count, [])


def test_escapes_in_a_path_are_shown() -> None:
    mod = read_mod(b'require "a/\\r\\x1b\\u202e" v1.0.0\n')
    assert [needed.module.path for needed in mod.needed()] == ["a/\\x0d\\x1b\\u202e"]


PIECES = [
    *("module m\n", "go 1.16\n", "require ", "replace ", "exclude ", "=> ", "(\n", ")\n", "\n"),
    *(
        "example.com/a ",
        "v1.0.0 ",
        "v1.0.0-1.x ",
        "./b ",
        "// indirect\n",
        '"',
        "`",
        "\\x1b",
        "\\r",
        "/",
    ),
    *("# a v1.0.0\n", "a\n", "## explicit\n", "a v1.0.0 h1:x\n", "a v1.0.1/go.mod h1:x\n"),
]
NAMES = ("go.mod", "go.sum", "vendor/modules.txt")


@given(
    st.sampled_from(NAMES),
    st.lists(
        st.one_of(st.sampled_from(PIECES).map(str.encode), st.binary(max_size=9)), max_size=20
    ),
)
def test_near_documents(name: str, pieces: list[bytes]) -> None:
    files = {"srv/go.mod": b"module m\n", f"srv/{name}": b"".join(pieces)}
    packages, problems = parse(CATALOGER, files)
    for package in packages:
        assert package.name
        assert f"{package.namespace}{package.name}{package.version}".isprintable()
        assert package.evidence.isprintable()
    assert all(problem.detail.isprintable() for problem in problems)


@pytest.mark.parametrize("name", ["std", "cmd"])
def test_go_itself_declares_nothing(name: str) -> None:
    """https://go.dev/src/README.vendor."""
    listed = b"# example.com/b v1.0.0\n## explicit\nexample.com/b\n"
    needs = b"\n\ngo 1.16\n\nrequire example.com/b v1.0.0\n"
    files = {
        "usr/local/go/src/go.mod": f"module {name}".encode() + needs,
        "usr/local/go/src/go.sum": b"example.com/c v1.0.0 h1:AAAA=\n",
        "usr/local/go/src/vendor/modules.txt": listed,
    }
    assert parse(CATALOGER, files) == ([], [])
    files["usr/local/go/src/go.mod"] = b"module example.com/cmd" + needs
    assert len(parse(CATALOGER, files)[0]) == 3
    assert len(parse(CATALOGER, {"srv/vendor/modules.txt": listed})[0]) == 1
