"""One piece of software found in two ways is one package; and what stays two."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from analyzer.api import analyze
from analyzer.packages.choosing import counts
from analyzer.packages.contract import Package
from analyzer.packages.sameness import SAME_FILE, SAME_FOLDER, agree
from analyzer.report import Report
from tests.cli.harness import call
from tests.packages.cases import FOLDER
from tests.support.imagebuilder import ImageBuilder
from tests.support.programs import NOTE, Part, elf, note
from tests.support.tools import ROOT

CONSUL = (FOLDER / "programs/not-in-debian/usr/bin/consul").read_bytes()
TRAEFIK = (FOLDER / "programs/not-in-debian/opt/traefik/traefik").read_bytes()
VAULT = (FOLDER / "programs/not-in-debian/bin/vault").read_bytes()
LIBJVM = (
    FOLDER / "programs/ordinary/usr/lib/jvm/java-17-openjdk-amd64/lib/server/libjvm.so"
).read_bytes()
BASH = (FOLDER / "programs/ordinary/bin/bash").read_bytes()
FDO = 0xCAFE1A7E
MODULE = "github.com/hashicorp/consul"
SCHEMA = Draft202012Validator(
    json.loads((ROOT / "analyzer" / "schema" / "report-1.0.json").read_bytes())
)


def go_program(content: bytes, *lines: str) -> bytes:
    """An ELF file with this in it and Go's build information (debug/buildinfo, inline form)."""
    text = "".join(f"{line}\n" for line in lines).encode()
    marks = "3077af0c9274080241e1c107e6d618e6", "f932433186182072008242104116d8f2"
    modules = bytes.fromhex(marks[0]) + text + bytes.fromhex(marks[1])
    strings = b"".join(_uvarint(len(each)) + each for each in (b"go1.20.2", modules))
    info = (b"\xff Go buildinf:" + bytes([8, 2])).ljust(32, b"\0") + strings
    part = Part(0x10000, info + bytes(16), b".go.buildinfo")
    return elf([part], [part, Part(0, content, b".rodata")])


def _uvarint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def noted(content: bytes, **members: str) -> bytes:
    """An ELF file with this in it and a package note."""
    raw = note(b"FDO", FDO, json.dumps(members).encode() + b"\0")
    return elf([], [Part(0, raw, b".note.package", NOTE), Part(0, content, b".rodata")])


def report_of(tmp_path: Path, *layers: dict[str, bytes]) -> Report:
    """The report on an image of these layers."""
    image = ImageBuilder()
    for entries in layers:
        image.layer(entries)
    return analyze(str(image.write_oci(tmp_path / "layout")))


def found(report: Report, *names: str) -> list[Package]:
    """The packages of these names."""
    return [package for package in report.images[0].packages if package.name in names]


class TestGo:
    """consul has its version in a page that it embeds, and in Go's build information."""

    def test_the_module_counts_and_the_text_is_kept(self, tmp_path: Path) -> None:
        program = go_program(CONSUL, f"path\t{MODULE}", f"mod\t{MODULE}\tv1.15.2\th1:x=")
        report = report_of(tmp_path, {"etc/issue": b""}, {"usr/bin/consul": program})
        (consul,) = found(report, "consul")
        assert (consul.version, consul.method, consul.confidence) == (
            "v1.15.2",
            "build-info",
            "high",
        )
        assert consul.evidence == f"build info: mod {MODULE} v1.15.2"
        assert [place.path for place in consul.locations] == ["usr/bin/consul"]
        (text,) = consul.also
        assert (text.ident, text.path, text.layer) == (
            f"golang:{MODULE}@1.15.2",
            "usr/bin/consul",
            1,
        )
        assert (text.method, text.confidence, text.rule) == ("version-string", "low", SAME_FILE)
        assert text.evidence == "CONSUL_VERSION: 1.15.2"
        types, others = counts(report.images[0].packages)
        assert types == {"golang": 2}  # consul and Go's own library
        assert not others

    def test_go_reads_the_same_from_the_program(self, tmp_path: Path) -> None:
        go = shutil.which("go")
        if go is None:
            pytest.skip("go is not installed")
        path = tmp_path / "consul"
        path.write_bytes(go_program(CONSUL, f"path\t{MODULE}", f"mod\t{MODULE}\tv1.15.2\th1:x="))
        path.chmod(0o755)
        command = [go, "version", "-m", str(path)]
        shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert shown.splitlines()[0] == f"{path}: go1.20.2"
        assert f"\tmod\t{MODULE}\tv1.15.2\th1:x=" in shown.splitlines()

    def test_where_go_knows_no_version_the_text_does(self, tmp_path: Path) -> None:
        program = go_program(CONSUL, f"path\t{MODULE}", f"mod\t{MODULE}\t(devel)\t")
        report = report_of(tmp_path, {"usr/bin/consul": program})
        (consul,) = found(report, "consul")
        assert (consul.version, consul.method, consul.confidence) == (
            "1.15.2",
            "version-string",
            "low",
        )
        assert consul.evidence == "CONSUL_VERSION: 1.15.2"
        assert [(each.ident, each.method) for each in consul.also] == [
            (f"golang:{MODULE}@", "build-info")
        ]
        assert consul.dependencies == ("golang:stdlib@1.20.2",)

    def test_another_program_with_the_text_in_it_is_another_package(self, tmp_path: Path) -> None:
        program = go_program(CONSUL, "path\texample.com/agent", "mod\texample.com/agent\tv3.0.0\t")
        report = report_of(tmp_path, {"usr/bin/consul": program})
        assert [(p.ident, p.also) for p in found(report, "consul", "agent")] == [
            ("golang:example.com/agent@v3.0.0", ()),
            (f"golang:{MODULE}@1.15.2", ()),
        ]

    def test_a_module_keeps_its_name_in_later_versions(self, tmp_path: Path) -> None:
        path = "github.com/traefik/traefik/v2"
        program = go_program(TRAEFIK, f"path\t{path}", f"mod\t{path}\tv2.11.0\t")
        packages = report_of(tmp_path, {"traefik": program}).images[0].packages
        assert {package.ident for package in packages} == {
            f"golang:{path}@v2.11.0",
            "golang:stdlib@1.20.2",
        }

    def test_a_module_that_was_replaced_is_not_what_is_there(self, tmp_path: Path) -> None:
        program = go_program(
            CONSUL,
            "path\texample.com/agent",
            f"dep\t{MODULE}\tv1.10.0\t",
            "=>\texample.com/fork\tv1.15.2\th1:x=",
        )
        report = report_of(tmp_path, {"usr/bin/consul": program})
        assert [(p.state, p.version, p.also) for p in found(report, "consul")] == [
            ("installed", "1.15.2", ()),
            ("declared", "v1.10.0", ()),
        ]

    def test_one_program_says_nothing_of_another(self, tmp_path: Path) -> None:
        built = go_program(b"", f"path\t{MODULE}", f"mod\t{MODULE}\tv1.15.2\t")
        report = report_of(tmp_path, {"usr/bin/consul": CONSUL, "usr/bin/agent": built})
        assert len(found(report, "consul")) == 2


def release(runtime: str) -> bytes:
    """The file that a Java runtime has in its folder."""
    java = runtime.partition("+")[0]
    return (
        f'IMPLEMENTOR="Debian"\nJAVA_RUNTIME_VERSION="{runtime}"\nJAVA_VERSION="{java}"\n'
    ).encode()


class TestFolders:
    """What a folder's metadata says of the programs in it."""

    HOME = "usr/lib/jvm/java-17-openjdk-amd64"
    LIBRARY = f"{HOME}/lib/server/libjvm.so"

    # What the library says of itself: 17.0.21.1+2-1-deb12u1-Debian.
    @pytest.mark.parametrize(
        "version", ["17.0.21.1+2-1-deb12u1-Debian", "17.0.21.1+2", "17.0.21.1"]
    )
    def test_a_java_runtime_is_one(self, version: str, tmp_path: Path) -> None:
        files = {f"{self.HOME}/release": release(version), self.LIBRARY: LIBJVM}
        report = report_of(tmp_path, files)
        (runtime,) = found(report, "openjdk")
        assert (runtime.version, runtime.method, runtime.namespace) == (
            version,
            "metadata",
            "debian",
        )
        assert {place.path for place in runtime.locations} == set(files)
        (text,) = runtime.also
        assert (text.path, text.rule) == (self.LIBRARY, SAME_FOLDER)
        assert text.evidence.startswith("OpenJDK 64-Bit Server VM (17.0.21.1+2-1-deb12u1-Debian)")

    @pytest.mark.parametrize(
        ("path", "version"),
        [(f"{HOME}/release", "17.0.9+9"), ("usr/lib/jvm/other/release", "17.0.21.1+2")],
    )
    def test_another_version_or_folder_is_another(
        self, path: str, version: str, tmp_path: Path
    ) -> None:
        report = report_of(tmp_path, {path: release(version), self.LIBRARY: LIBJVM})
        assert [package.also for package in found(report, "openjdk")] == [(), ()]

    @pytest.mark.parametrize("home", sorted(Path("/usr/lib/jvm").glob("*/release")), ids=str)
    def test_the_runtimes_of_this_machine(self, home: Path, tmp_path: Path) -> None:
        library = home.parent / "lib" / "server" / "libjvm.so"
        if not library.exists():
            pytest.skip("no runtime")
        files = {
            "opt/java/release": home.read_bytes(),
            "opt/java/lib/libjvm.so": library.read_bytes(),
        }
        (runtime,) = found(report_of(tmp_path, files), "openjdk", "jdk", "jre")
        assert runtime.method == "metadata"
        assert [each.rule for each in runtime.also] == [SAME_FOLDER]

    @pytest.mark.parametrize(("version", "number"), [("7.4.1", 1), ("7.2.6", 2)])
    def test_a_component_of_bitnami_and_its_program(
        self, version: str, number: int, tmp_path: Path
    ) -> None:
        case = FOLDER / "bitnami" / "ordinary"
        component = "opt/bitnami/redis/.spdx-redis.spdx"
        text = f"\0{version}\0{version}host-1702957741000000000\0".encode()
        files = {
            component: (case / component).read_bytes(),
            "opt/bitnami/redis/bin/redis-server": elf([], [Part(0, text, b".rodata")]),
        }
        redis = found(report_of(tmp_path, files), "redis")
        assert len(redis) == number
        assert {package.type for package in redis if package.confidence == "high"} == {"bitnami"}

    def test_bitnami_calls_it_java(self, tmp_path: Path) -> None:
        listed = {"java": {"version": "17.0.21-1-0", "arch": "amd64", "distro": "debian-12"}}
        files = {
            "opt/bitnami/.bitnami_components.json": json.dumps(listed).encode(),
            "opt/bitnami/java/lib/server/libjvm.so": LIBJVM.replace(b"17.0.21.1+2", b"17.0.21+1"),
        }
        (java,) = report_of(tmp_path, files).images[0].packages
        assert (java.type, java.version) == ("bitnami", "17.0.21-1-0")
        assert [each.ident for each in java.also] == ["generic:openjdk@17.0.21+1"]

    # Names as nixpkgs has them.
    @pytest.mark.parametrize(
        ("entry", "number"),
        [("bash-interactive-5.2p15", 1), ("bash-5.2-p15", 1), ("bash-5.1p16", 2)],
    )
    def test_a_folder_of_a_nix_store(self, entry: str, number: int, tmp_path: Path) -> None:
        path = f"nix/store/0c9wqf4sn1nl2jpqbvwa2ykasa6zcmsd-{entry}/bin/bash"
        packages = report_of(tmp_path, {path: BASH}).images[0].packages
        assert len(packages) == number
        assert sum(len(package.also) for package in packages) == 2 - number


class TestNotes:
    """A package note names the package that the program is of."""

    def test_the_database_the_note_and_the_text_are_one(self, tmp_path: Path) -> None:
        status = (
            "Package: bash\nStatus: install ok installed\nArchitecture: amd64\n"
            "Version: 5.2.15-2+b10\n\n"
        )
        program = noted(BASH, type="deb", name="bash", version="5.2.15-2+b10", architecture="amd64")
        files = {
            "var/lib/dpkg/status": status.encode(),
            "var/lib/dpkg/info/bash.list": b"/.\n/usr/bin/bash\n",
            "usr/bin/bash": program,
        }
        report = report_of(tmp_path, files)
        (bash,) = report.images[0].packages
        assert (bash.type, bash.method, bash.confidence) == ("deb", "database", "high")
        assert {each.method for each in bash.also} == {"note", "version-string"}
        assert {each.path for each in bash.also} == {"usr/bin/bash"}

    @pytest.mark.parametrize(
        ("name", "version", "number"),
        [
            ("bash", "5.2.15-3.fc38", 1),
            ("bash", "", 1),
            ("bash-static", "0:5.2.15-3.fc38", 1),
            ("gitlab", "16.1.0-1", 2),
            ("gitlab", "5-1", 2),
            ("gitlab", "5", 2),
        ],
    )
    def test_of_the_same_name_or_version(
        self, name: str, version: str, number: int, tmp_path: Path
    ) -> None:
        program = noted(BASH, type="rpm", name=name, version=version)
        packages = report_of(tmp_path, {"opt/bin/bash": program}).images[0].packages
        assert len(packages) == number
        assert sum(len(package.also) for package in packages) == 2 - number


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("1.20.1", "1:1.20.1-14.el9", True),
        ("v1.15.2", "1.15.2", True),
        ("1.15.2", "1.15.20", False),
        ("17.0.9+9", "17.0.9+9-Debian-1deb12u1", True),
        ("1.8.0_392-b08", "1.8.0_402-b06", False),
        ("3.11", "3.1.1", False),
        ("5.36.0", "5.036", True),
        ("", "1", True),
    ],
)
def test_versions_agree_as_far_as_both_go(one: str, other: str, *, expected: bool) -> None:
    assert agree(one, other) is expected
    assert agree(other, one) is expected


def test_both_views_are_in_the_output(tmp_path: Path) -> None:
    program = go_program(VAULT, "path\tgithub.com/hashicorp/vault")
    named = go_program(CONSUL, f"path\t{MODULE}", f"mod\t{MODULE}\tv1.15.2\t")
    image = ImageBuilder().layer({"bin/vault": program, "bin/consul": named})
    layout = str(image.write_oci(tmp_path / "layout"))
    answer: Any = call("analyze", layout, "-o", "json").json
    SCHEMA.validate(answer)
    packages = {each["name"]: each for each in answer["images"][0]["packages"]}
    assert packages["vault"]["evidence"].startswith("%s.%s:revoke1.20.2)(nil))")
    assert packages["consul"]["also"][0]["evidence"] == "CONSUL_VERSION: 1.15.2"
    assert packages["consul"]["also"][0]["rule"] == SAME_FILE
    told = call("packages", layout, "--owner", "/bin/consul").text
    assert "so does version-string (low): CONSUL_VERSION: 1.15.2" in told
    table = call("packages", layout, "--name", "vault").text
    assert "version-string (low): %s.%s:revoke1.20.2" in table
