"""Files of platforms: what each rule folds away, and what it must not."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

from analyzer.comparing.filetrees import trees_of
from analyzer.comparing.inputs import Wanted, open_inputs
from analyzer.diff.platforms.compare import compare_platforms
from analyzer.diff.platforms.model import Part, State
from analyzer.limits import Limits
from tests.cli.harness import MULTI, call
from tests.diff.dpkgimages import layout, machine, stanza
from tests.support.imagebuilder import ImageBuilder
from tests.support.layouts import blob_path
from tests.support.tarbytes import Dir, File, Link, tar_bytes
from tests.support.tools import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.tarbytes import Entry

AMD64, ARM64, S390X = "linux/amd64", "linux/arm64", "linux/s390x"
BOTH = ("--platform", AMD64, "--platform", ARM64)
SCHEMA = Draft202012Validator(
    json.loads((ROOT / "analyzer" / "schema" / "diff-1.0.json").read_bytes())
)
Files = Mapping[str, "Entry"]
_E_MACHINE = {AMD64: 62, ARM64: 183, S390X: 22}
"""EM_X86_64, EM_AARCH64, EM_S390 of the registry of the gABI, as elf.h has them."""


def elf(platform: str, rest: bytes = b"code") -> bytes:
    """The header of a 64-bit ELF file (gABI, figure 4-3), and something behind it."""
    big = platform == S390X
    order = "big" if big else "little"
    ident = b"\x7fELF\x02" + (b"\x02" if big else b"\x01") + b"\x01" + bytes(9)
    words = (3).to_bytes(2, order) + _E_MACHINE[platform].to_bytes(2, order)  # type: ignore[arg-type]
    return ident + words + bytes(44) + platform.encode() + rest


def archive(**members: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for name, data in members.items():
            file.writestr(zipfile.ZipInfo(name), data)
    return made.getvalue()


def static_library(*members: bytes) -> bytes:
    """ar(5), the common format, with the symbol table that GNU ar puts first."""
    data = b"!<arch>\n"
    for name, content in (("/", b"\0\0\0\0"), *((f"{n}.o/", m) for n, m in enumerate(members))):
        data += f"{name:<16}{0:<12}{0:<6}{0:<6}{644:<8}{len(content):<10}".encode() + b"`\n"
        data += content + b"\n" * (len(content) % 2)
    return data


def compared(path: Path, *images: ImageBuilder) -> dict[str, tuple[str, ...]]:
    """The rules of each file that differs, by subject."""
    source = layout(path, *images)
    with open_inputs([Wanted(str(source))]) as (given,):
        found = compare_platforms(
            given.report, lambda chosen: trees_of([(given, i) for i in chosen], Limits())
        )
    (image,) = found.images
    return {row.subject: row.rules for row in image.rows if row.part is Part.FILES}


def of_files(path: Path, one: Files, two: Files) -> dict[str, tuple[str, ...]]:
    """The same of two platforms that hold nothing but these."""
    images = [ImageBuilder().platform(p).layer(f) for p, f in ((AMD64, one), (ARM64, two))]
    return compared(path, *images)


def packaged(
    platform: str, files: Files, *, version: str = "1", listed: tuple[str, ...] = ()
) -> ImageBuilder:
    """An image of one package that states the MD5 of `files` as they were when it was packed."""
    arch = platform.partition("/")[2]
    paths = listed or tuple(files)
    sums = [
        f"{hashlib.md5(data).hexdigest()}  {path}"  # noqa: S324 - what dpkg states
        for path in paths
        if isinstance(data := files.get(path), bytes)
    ]
    info: Files = {
        f"var/lib/dpkg/info/tool:{arch}.list": "".join(f"/{p}\n" for p in paths).encode(),
        f"var/lib/dpkg/info/tool:{arch}.md5sums": "\n".join([*sums, ""]).encode(),
    }
    same = stanza("tool", version, arch) + "Multi-Arch: same\n"
    return machine(platform, same).layer({**files, **info})


def own(found: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Without what dpkg keeps of packages."""
    return {k: rules for k, rules in found.items() if not k.startswith("var/lib/dpkg")}


class TestPrograms:
    def test_of_their_own_machine(self, tmp_path: Path) -> None:
        found = of_files(tmp_path, {"bin/a": elf(AMD64)}, {"bin/a": elf(ARM64)})
        assert found == {"bin/a": ("program",)}

    def test_of_another_machine_are_shown(self, tmp_path: Path) -> None:
        found = of_files(tmp_path, {"bin/a": elf(AMD64)}, {"bin/a": elf(AMD64, b"other")})
        assert found == {"bin/a": ()}

    def test_beside_a_script_are_shown(self, tmp_path: Path) -> None:
        found = of_files(tmp_path, {"bin/a": elf(AMD64)}, {"bin/a": b"#!/bin/sh\n"})
        assert found == {"bin/a": ()}

    def test_big_endian_ones_too(self, tmp_path: Path) -> None:
        images = [ImageBuilder().platform(p).layer({"a": elf(p)}) for p in (AMD64, S390X, ARM64)]
        assert compared(tmp_path, *images) == {"a": ("program",)}

    def test_static_libraries_of_such_members_alone(self, tmp_path: Path) -> None:
        one = {"a.a": static_library(elf(AMD64)), "b.a": static_library(elf(AMD64), b"text")}
        two = {"a.a": static_library(elf(ARM64)), "b.a": static_library(elf(ARM64), b"else")}
        assert of_files(tmp_path, one, two) == {"a.a": ("program",), "b.a": ()}

    def test_assemblies_compiled_ahead_for_linux(self, tmp_path: Path) -> None:
        """PE format: e_lfanew at 0x3c; dotnet/runtime, MachineOSOverride.Linux."""

        def assembly(number: int) -> bytes:
            head = b"MZ" + bytes(58) + (0x80).to_bytes(4, "little")
            return head.ljust(0x80, b"\0") + b"PE\0\0" + number.to_bytes(2, "little") + bytes(600)

        one = {"a.dll": assembly(0x8664 ^ 0x7B79), "b.dll": assembly(0x14C)}
        two = {"a.dll": assembly(0xAA64 ^ 0x7B79), "b.dll": assembly(0x14C) + b"."}
        assert of_files(tmp_path, one, two) == {"a.dll": ("program",), "b.dll": ()}

    def test_archives_of_them(self, tmp_path: Path) -> None:
        one, two = (archive(text=b"same", native=elf(p)) for p in (AMD64, ARM64))
        head = b"JM\x01\0"
        found = of_files(
            tmp_path, {"a.jar": one, "b.jmod": head + one}, {"a.jar": two, "b.jmod": head + two}
        )
        assert found == {"a.jar": ("program-archive",), "b.jmod": ("program-archive",)}

    def test_archives_in_which_a_text_differs_are_shown(self, tmp_path: Path) -> None:
        one, two = (archive(text=p.encode(), native=elf(p)) for p in (AMD64, ARM64))
        assert of_files(tmp_path, {"a.jar": one}, {"a.jar": two}) == {"a.jar": ()}

    def test_archives_with_another_member_are_shown(self, tmp_path: Path) -> None:
        one, two = archive(native=elf(AMD64)), archive(native=elf(ARM64), more=b"")
        assert of_files(tmp_path, {"a.jar": one}, {"a.jar": two}) == {"a.jar": ()}

    @pytest.mark.parametrize("number", [0xCAFEDADA, 0xF00BABA2])
    def test_what_a_java_runtime_keeps_for_itself(self, number: int, tmp_path: Path) -> None:
        magic = number.to_bytes(4, "little")
        found = of_files(tmp_path, {"m": magic + b"1" * 600}, {"m": magic + b"2" * 600})
        assert found == {"m": ("program-archive",)}


class TestRights:
    """What a file allows is never to be expected, whatever else is."""

    @pytest.mark.parametrize(
        "other",
        [
            File(elf(ARM64), mode=0o4755),
            File(elf(ARM64), mode=0o644),
            File(elf(ARM64), mode=0o755, uid=1),
            File(elf(ARM64), mode=0o755, gid=1),
            File(elf(ARM64), mode=0o755, xattrs={"security.capability": bytes(20)}),
        ],
    )
    @pytest.mark.parametrize("folder", ["bin", "usr/lib/{}", "var/log", "var/cache"])
    def test_of_one_platform_are_shown(self, other: File, folder: str, tmp_path: Path) -> None:
        names = [folder.format(arch) for arch in ("x86_64-linux-gnu", "aarch64-linux-gnu")]
        one = {f"{names[0]}/a": File(elf(AMD64), mode=0o755)}
        found = of_files(tmp_path, one, {f"{names[1]}/a": other})
        assert [rules for key, rules in found.items() if key.endswith("/a")] == [()]

    def test_of_a_program_that_one_platform_has_alone(self, tmp_path: Path) -> None:
        files: Files = {"bin/a": File(b"x", mode=0o4755), "bin/b": b"y"}
        one = machine(AMD64, stanza("gone", "1")).layer(
            {**files, "var/lib/dpkg/info/gone.list": b"/bin/a\n/bin/b\n"}
        )
        found = own(compared(tmp_path, one, machine(ARM64)))
        assert {key: found[key] for key in files} == {
            "bin/a": (),
            "bin/b": ("of-differing-package",),
        }


class TestPaths:
    @pytest.mark.parametrize(
        ("one", "two"),
        [
            ("usr/lib/x86_64-linux-gnu/a", "usr/lib/aarch64-linux-gnu/a"),
            ("opt/node_modules/b-linux-x64/a", "opt/node_modules/b-linux-arm64/a"),
            ("a.cpython-311-x86_64-linux-gnu.so", "a.cpython-311-aarch64-linux-gnu.so"),
            (
                "usr/lib/rustlib/x86_64-unknown-linux-musl/a",
                "usr/lib/rustlib/aarch64-unknown-linux-musl/a",
            ),
            ("go/pkg/linux_amd64/a", "go/pkg/linux_arm64/a"),
        ],
    )
    def test_that_name_the_architecture(self, one: str, two: str, tmp_path: Path) -> None:
        found = of_files(tmp_path, {one: b"same"}, {two: b"same"})
        assert set(found.values()) == {("path-of-architecture",)}
        found = of_files(tmp_path / "edited", {one: b"same"}, {two: b"edited"})
        assert () in found.values()

    def test_links_that_lead_there(self, tmp_path: Path) -> None:
        found = of_files(
            tmp_path,
            {"a": Link("/lib/x86_64-linux-gnu/b"), "c": Link("/lib/x86_64-linux-gnu/d")},
            {"a": Link("/lib/aarch64-linux-gnu/b"), "c": Link("/lib/aarch64-linux-gnu/e")},
        )
        assert found == {"a": ("path-of-architecture",), "c": ()}

    def test_of_a_foreign_architecture_are_shown(self, tmp_path: Path) -> None:
        found = of_files(tmp_path, {"lib/s390x-linux-gnu/a": b""}, {"lib/riscv64-linux-gnu/a": b""})
        assert set(found.values()) == {()}

    def test_two_of_one_name_are_not_put_together(self, tmp_path: Path) -> None:
        found = of_files(tmp_path, {"a-amd64": b"", "a-x86_64": b""}, {"a-arm64": b""})
        assert found == {"a-amd64": (), "a-x86_64": (), "a-arm64": ()}

    def test_the_dynamic_linker_and_its_folder(self, tmp_path: Path) -> None:
        target = "x86_64-linux-gnu/ld-linux-x86-64.so.2"
        one: Files = {
            "lib": Link("usr/lib"),
            "lib64": Link("usr/lib64"),
            "usr/lib64/ld-linux-x86-64.so.2": Link(f"/lib/{target}"),
            f"usr/lib/{target}": elf(AMD64),
        }
        two: Files = {
            "lib": Link("usr/lib"),
            "usr/lib/ld-linux-aarch64.so.1": Link("aarch64-linux-gnu/ld-linux-aarch64.so.1"),
            "usr/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1": elf(ARM64),
        }
        assert of_files(tmp_path, one, two) == {
            "lib64": ("dynamic-linker",),
            "usr/lib/{arch}": ("path-of-architecture",),
            "usr/lib/{arch}/{linker}": ("dynamic-linker", "program"),
            "usr/lib/{linker}": ("dynamic-linker",),
            "usr/lib64": ("holds-expected",),
        }

    def test_a_lib64_that_leads_elsewhere_is_shown(self, tmp_path: Path) -> None:
        assert of_files(tmp_path, {"lib64": Link("tmp/x"), "a": b""}, {"a": b""}) == {"lib64": ()}

    def test_a_folder_with_anything_unexpected_in_it_is_shown(self, tmp_path: Path) -> None:
        one: Files = {"var/log/a/b": b"", "opt/c/d": b"", "opt/e": Dir()}
        found = of_files(tmp_path, one, {"var/log": Dir(), "opt": Dir()})
        assert found["var/log/a"] == ("holds-expected",)
        assert (found["opt/c"], found["opt/e"]) == ((), ())


class TestTexts:
    def test_that_name_the_architecture(self, tmp_path: Path) -> None:
        lines = "all: amd64 arm64\nlib=/usr/lib/{}-linux-gnu\nld=/{}\n"
        one = lines.format("x86_64", "lib64/ld-linux-x86-64.so.2").encode()
        two = lines.format("aarch64", "lib/ld-linux-aarch64.so.1").encode()
        found = of_files(tmp_path, {"etc/a.conf": one}, {"etc/a.conf": two})
        assert found == {"etc/a.conf": ("architecture-in-file",)}

    @pytest.mark.parametrize("edited", [b"amd64 \n", b"amd64\nmore\n", b"s390x\n", b"amd64"])
    def test_that_were_edited_are_shown(self, edited: bytes, tmp_path: Path) -> None:
        assert of_files(tmp_path, {"a": edited}, {"a": b"arm64\n"}) == {"a": ()}

    def test_that_are_none(self, tmp_path: Path) -> None:
        assert of_files(tmp_path, {"a": b"\0amd64"}, {"a": b"\0arm64"}) == {"a": ()}

    def test_lists_of_digests_of_wheels(self, tmp_path: Path) -> None:
        name = "lib/a-1.dist-info/RECORD"
        lines = "a.cpython-311-{}-linux-gnu.so,sha256={},{}\r\nb.py,sha256=same,1\r\n"
        one = lines.format("x86_64", "ab_c", 10).encode()
        two = lines.format("aarch64", "ef-g", 12).encode()
        found = of_files(tmp_path, {name: one, "r": one}, {name: two, "r": two})
        assert found == {name: ("list-of-digests",), "r": ()}
        more = two + b"backdoor.py,sha256=x,1\r\n"
        assert of_files(tmp_path / "more", {name: one}, {name: more}) == {name: ()}

    def test_what_every_build_makes_anew(self, tmp_path: Path) -> None:
        one: Files = {"var/log/a": b"1", "etc/machine-id": b"1" * 32, "var/cache/b": b""}
        found = of_files(tmp_path, one, {"var/log/a": b"2", "var/cache": Dir()})
        assert found["var/log/a"] == found["var/cache/b"] == ("built-anew",)
        assert found["etc/machine-id"] == ("built-anew",)


class TestApk:
    """Names as apk-tools gives them: package, version, checksum of the package, kind."""

    def image(self, platform: str, checksum: str, script: bytes) -> ImageBuilder:
        scripts = tar_bytes({f"busybox-1.36-r2.Q1{checksum}=.post-install": File(script, 0o755)})
        folder = "lib/apk/db"
        triggers = f"Q1{checksum}= /bin /usr/bin\n".encode()
        files: Files = {f"{folder}/scripts.tar": scripts, f"{folder}/triggers": triggers}
        return ImageBuilder().platform(platform).layer(files)

    def test_checksums_of_packages_differ(self, tmp_path: Path) -> None:
        sides = self.image(AMD64, "ab/c", b"x"), self.image(ARM64, "de+f", b"x")
        found = compared(tmp_path, *sides)
        assert found == dict.fromkeys(
            ("lib/apk/db/scripts.tar", "lib/apk/db/triggers"), ("list-of-digests",)
        )

    def test_an_edited_script_is_shown(self, tmp_path: Path) -> None:
        sides = self.image(AMD64, "ab/c", b"x"), self.image(ARM64, "de+f", b"y")
        assert compared(tmp_path, *sides)["lib/apk/db/scripts.tar"] == ()


class TestPackages:
    def test_files_as_stated_and_files_that_were_edited(self, tmp_path: Path) -> None:
        one: Files = {"usr/share/a": b"\0 4 KiB", "usr/share/b": b"\0 one"}
        two: Files = {"usr/share/a": b"\0 64 KiB", "usr/share/b": b"\0 two"}
        second = packaged(ARM64, two).layer({"usr/share/b": b"\0 edited"})
        found = own(compared(tmp_path, packaged(AMD64, one), second))
        assert found == {"usr/share/a": ("as-packaged",), "usr/share/b": ()}

    def test_what_it_lists_for_one_architecture_alone(self, tmp_path: Path) -> None:
        one: Files = {"usr/share/a": b"a", "usr/bin/i386": Link("setarch"), "usr/share/b": b"b"}
        two: Files = {"usr/share/a": b"a"}
        second = packaged(ARM64, two, listed=("usr/share/a", "usr/share/b"))
        found = own(compared(tmp_path, packaged(AMD64, one), second))
        assert found["usr/bin/i386"] == ("as-packaged",)
        assert found["usr/share/b"] == (), "it should be there, and was taken away"

    def test_of_a_package_that_differs(self, tmp_path: Path) -> None:
        one, two = ({"usr/share/a": text} for text in (b"1", b"2"))
        images = packaged(AMD64, one), packaged(ARM64, two, version="2")
        assert own(compared(tmp_path, *images)) == {"usr/share/a": ("of-differing-package",)}

    def test_scripts_of_dpkg_are_shown_and_its_lists_are_not(self, tmp_path: Path) -> None:
        info = "var/lib/dpkg/info/tool:{}.{}"
        sides = [
            packaged(platform, {"usr/share/a": b"1"}).layer(
                {info.format(arch, kind): text for kind in ("postinst", "symbols")}
            )
            for platform, arch, text in ((AMD64, "amd64", b"a"), (ARM64, "arm64", b"b"))
        ]
        found = compared(tmp_path, *sides)
        assert found[info.format("{arch}", "postinst")] == ()
        assert found[info.format("{arch}", "symbols")] == ("package-database",)
        assert found["var/lib/dpkg/status"] == ("package-database",)

    def test_of_npm_packages_named_after_the_architecture(self, tmp_path: Path) -> None:
        def image(platform: str, cpu: str) -> ImageBuilder:
            folder = f"srv/node_modules/tool-linux-{cpu}"
            package = {"name": f"tool-linux-{cpu}", "version": "1.0.0", "description": platform}
            files: Files = {f"{folder}/package.json": json.dumps(package).encode()}
            return machine(platform).layer({**files, f"{folder}/notes": platform.encode()})

        found = own(compared(tmp_path, image(AMD64, "x64"), image(ARM64, "arm64")))
        key = "srv/node_modules/tool-linux-{arch}"
        assert {found[f"{key}/package.json"], found[f"{key}/notes"]} == {
            ("package-of-architecture",)
        }


def test_on_three_platforms_one_of_which_differs(tmp_path: Path) -> None:
    images = [
        ImageBuilder().platform(p).layer({"a": text, "b": elf(p)})
        for p, text in ((AMD64, b"1"), (ARM64, b"1"), (S390X, b"2"))
    ]
    assert compared(tmp_path, *images) == {"a": (), "b": ("program",)}


def test_times_are_no_difference(tmp_path: Path) -> None:
    assert of_files(tmp_path, {"a": File(b"", mtime=1)}, {"a": File(b"", mtime=2)}) == {}


def test_a_platform_that_cannot_be_read_whole_is_said_to_be_none(tmp_path: Path) -> None:
    sides = [ImageBuilder().platform(p).layer({"a": p.encode()}) for p in (AMD64, ARM64, S390X)]
    path = layout(tmp_path, *sides)
    (path / blob_path(sides[1].build().layers[0].digest)).unlink()
    (image,) = call("platforms", path, "-o", "json").json["images"]
    lost = [column["label"] for column in image["platforms"] if "files" in column["not_compared"]]
    assert lost == [ARM64]
    (row,) = (row for row in image["differences"] if row["part"] == "files")
    assert [cell["state"] for cell in row["cells"]] == ["there", "unknown", "there"]
    assert "so its files were not compared" in " ".join(call("platforms", path).text.split())


class TestTwoSides:
    def planted(self, path: Path) -> Path:
        one: Files = {
            "etc/a.conf": b"x=1\n",
            "bin/a": File(elf(AMD64), mode=0o755),
            "bin/b": File(b"same", mode=0o755),
            "usr/lib/x86_64-linux-gnu/a": b"1",
        }
        two: Files = {
            "etc/a.conf": b"x=2\n",
            "bin/a": File(elf(ARM64), mode=0o755),
            "bin/b": File(b"same", mode=0o4755),
            "usr/lib/aarch64-linux-gnu/a": b"2",
        }
        sides = ((AMD64, one), (ARM64, two))
        return layout(path, *(ImageBuilder().platform(p).layer(f) for p, f in sides))

    def test_what_is_left_and_what_is_listed_as_expected(self, tmp_path: Path) -> None:
        found = call("diff", self.planted(tmp_path), *BOTH, "-o", "json").json
        SCHEMA.validate(found)
        (part,) = (p for p in found["images"][0]["children"] if p["subject"] == "files")
        assert {child["subject"] for child in part["children"]} == {
            "etc/a.conf",
            "bin/b",
            "usr/lib/aarch64-linux-gnu/a",
        }
        (pair,) = (c for c in part["children"] if c["subject"].startswith("usr/lib"))
        assert {m["subject"] for m in pair["children"]} == {"path", "content"}
        assert part["expected"] == [
            {"before": "bin/a", "after": "bin/a", "rules": ["program"]},
            {
                "before": "usr/lib/x86_64-linux-gnu",
                "after": "usr/lib/aarch64-linux-gnu",
                "rules": ["path-of-architecture"],
            },
        ]
        left_out = "expected, left out: 1 program or library, compiled for its platform"
        assert left_out in part["notes"]

    @pytest.mark.parametrize("name", ["files", "setuid"])
    def test_a_pipeline_fails_for_what_is_left_alone(self, name: str, tmp_path: Path) -> None:
        assert call("diff", MULTI, *BOTH, "--fail-on", name).code == 0
        path = self.planted(tmp_path)
        assert call("diff", path, *BOTH, "--fail-on", name).code == 1
        assert call("diff", path, *BOTH, "--exit-code").code == 1

    def test_programs_alone_let_no_pipeline_fail(self, tmp_path: Path) -> None:
        sides = [ImageBuilder().platform(p).layer({"a": elf(p)}) for p in (AMD64, ARM64)]
        path = layout(tmp_path, *sides)
        wanted = ("--exit-code", "--fail-on", "files,unexplained,setuid")
        answer = call("diff", path, *BOTH, *wanted)
        assert (answer.code, answer.err) == (0, "")
        assert "1 paths differ, all as platforms do" in " ".join(answer.text.split())

    def test_the_matrix_shows_the_gravest_first(self, tmp_path: Path) -> None:
        path = self.planted(tmp_path)
        text = call("platforms", path).text
        assert "Files: 3 differences" in text
        assert text.index("bin/b") < text.index("etc/a.conf")
        assert max(map(len, text.splitlines())) <= 80
        assert call("platforms", path, "--exit-code").code == 1
        (image,) = call("platforms", path, "-o", "json").json["images"]
        rows = {row["subject"]: row for row in image["differences"] if row["part"] == "files"}
        assert [c["value"]["mode"] for c in rows["bin/b"]["cells"]] == ["0755", "4755"]
        assert {c["state"] for c in rows["bin/a"]["cells"]} == {State.THERE.value}
        assert "bin/b" in call("platforms", path, "-o", "md").text
        assert "usr/lib/{arch}/a" in call("platforms", path, "-o", "csv").text
