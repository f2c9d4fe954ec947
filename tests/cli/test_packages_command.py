"""`ociscope packages`: choosing, other forms, and the three questions about files and layers."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from packageurl import PackageURL

from tests.cli.harness import APK, MULTI, call
from tests.cli.test_files_command import _described
from tests.cli.test_streams import on_terminal
from tests.stock.roots import build_deb, empty_root, install
from tests.support.imagebuilder import ImageBuilder
from tests.support.tarbytes import Dir, Entry
from tests.support.tools import ROOT, require_tool, run

SCHEMA_DOCUMENT: dict[str, Any] = json.loads(
    (ROOT / "analyzer" / "schema" / "packages-1.0.json").read_bytes()
)
SCHEMA = Draft202012Validator(SCHEMA_DOCUMENT)
CATALOGERS_DOCUMENT: dict[str, Any] = json.loads(
    (ROOT / "analyzer" / "schema" / "catalogers-1.0.json").read_bytes()
)
AMD64 = (MULTI, "--platform", "linux/amd64")


def asked(*arguments: object, code: int = 0) -> Any:  # noqa: ANN401 - JSON
    answer = call("packages", *arguments, "-o", "json")
    assert answer.code == code, answer.err
    if answer.json["schema"] == "ociscope-packages-1.0":
        SCHEMA.validate(answer.json)
    return answer.json


def names(*arguments: object) -> list[str]:
    """The packages of the table of one platform."""
    lines = call("packages", *arguments).text.splitlines()[2:]
    rows = lines[: lines.index("")] if "" in lines else lines
    return [row.split()[0] for row in rows]


def status(**versions: str) -> bytes:
    """A database of dpkg: name to version."""
    text = "Package: {}\nStatus: install ok installed\nVersion: {}\nArchitecture: all\n\n"
    return "".join(text.format(*item) for item in versions.items()).encode()


class TestList:
    """Choosing, and the forms of the list."""

    def test_rows_are_in_the_order_of_what_they_begin_with(self, tmp_path: Path) -> None:
        modules = {
            name: f'{{"name": "{name}", "version": "1"}}' for name in ("b", "@a/z", "C", "@d/a")
        }
        files = {f"app/node_modules/{name}/package.json": t.encode() for name, t in modules.items()}
        layout = ImageBuilder().layer(files).write_oci(tmp_path / "layout")
        assert names(layout) == ["@a/z", "@d/a", "b", "C"]

    def test_the_table_has_what_dpkg_query_calls_installed(self) -> None:
        expected = json.loads((ROOT / "fixtures/layouts/multi.expected.json").read_text())
        lines = expected["platforms"]["amd64"]["packages"]
        installed = [line.split() for line in lines if line.startswith("installed ")]
        assert sorted(names(*AMD64)) == sorted(words[1] for words in installed)
        assert installed

    def test_layers_are_told_with_the_step_of_the_history(self) -> None:
        blobs = (ROOT / "fixtures/layouts/multi/blobs/sha256").iterdir()
        texts = [data for data in map(Path.read_bytes, blobs) if data.startswith(b"{")]
        configs = [value for value in map(json.loads, texts) if "rootfs" in value]
        (config,) = [value for value in configs if value["architecture"] == "amd64"]
        step = config["history"][0]["created_by"]
        assert f"\n\nlayer 0: {step}\n" in call("packages", *AMD64).text
        rows = csv.DictReader(io.StringIO(call("packages", *AMD64, "-o", "csv").text))
        assert {row["step"] for row in rows if row["layer"] == "0"} == {step}

    def test_what_is_held_says_so(self, tmp_path: Path) -> None:
        database = status(held="1.0", free="2.0").replace(b"install ok", b"hold ok", 1)
        image = ImageBuilder().layer({"var/lib/dpkg/status": database})
        layout = image.write_oci(tmp_path / "layout")
        (shown,) = asked(layout)["images"]
        assert [(p["name"], p["hold"]) for p in shown["packages"]] == [
            ("free", False),
            ("held", True),
        ]
        rows = [row.split() for row in call("packages", layout).text.splitlines()]
        assert [row[-2:] for row in rows if row[:1] == ["held"]] == [["installed,", "held"]]
        assert [row[-1] for row in rows if row[:1] == ["free"]] == ["installed"]

    @pytest.mark.parametrize(
        ("options", "expected"),
        [
            (["--name", "LIB*"], ["libacl1", "libattr1", "libcap-ng0", "libgcc-s1"]),
            (["--name", "bash", "--name", "zlib*"], ["bash", "zlib1g"]),
            (["--type", "apk,rpm"], []),
            (["--state", "gone"], ["netbase"]),
            (["--state", "all", "--layer", "1"], ["netbase"]),
            (["--layer", "0", "--name", "netbase"], []),
        ],
    )
    def test_filters(self, options: list[str], expected: list[str]) -> None:
        (image,) = asked(*AMD64, "--state", "all", *options)["images"]
        everything = [package["name"] for package in image["packages"]]
        assert [name for name in everything if name in expected] == expected
        if expected:
            assert names(*AMD64, *options) == expected
        else:
            assert "no package fits" in call("packages", *AMD64, *options).text

    def test_json_has_all_unless_told(self) -> None:
        states = {p["state"] for p in asked(*AMD64)["images"][0]["packages"]}
        assert states == {"installed", "config-files"}
        told = asked(*AMD64, "--state", "installed")["images"][0]["packages"]
        assert {p["state"] for p in told} == {"installed"}

    def test_csv_has_a_line_for_each(self) -> None:
        text = call("packages", MULTI, "-o", "csv").text
        rows = list(csv.DictReader(io.StringIO(text)))
        assert {row["platform"] for row in rows} == {"linux/amd64", "linux/arm64"}
        assert len(rows) == 24
        (row,) = [r for r in rows if r["name"] == "zlib1g" and r["arch"] == "amd64"]
        assert row["version"] == "1:1.2.13.dfsg-1"
        assert row["source"] == "zlib"
        assert row["path"] == "var/lib/dpkg/status"

    def test_purls_are_read_by_the_library(self) -> None:
        lines = call("packages", APK, "-o", "purl").text.splitlines()
        assert [PackageURL.from_string(line).name for line in lines] == [
            "alpine-baselayout",
            "alpine-release",
            "musl",
        ]

    def test_markdown_is_a_table_that_nothing_breaks_out_of(self, tmp_path: Path) -> None:
        database = b"P:a|b_c\nV:<1>\nA:x\nL:MIT\n\n"
        layout = ImageBuilder().layer({"lib/apk/db/installed": database})
        lines = call(
            "packages", layout.write_oci(tmp_path / "layout"), "-o", "md"
        ).text.splitlines()
        assert lines[-1] == r"| a\|b\_c | \<1\> | x | apk | 0 | MIT |"

    def test_markdown_tells_what_is_only_declared(self, tmp_path: Path) -> None:
        module = b'{"name": "a", "version": "1"}'
        locked = b'{"lockfileVersion": 3, "packages": {"node_modules/b": {"version": "2"}}}'
        layout = ImageBuilder().layer(
            {"app/node_modules/a/package.json": module, "srv/package-lock.json": locked}
        )
        path = layout.write_oci(tmp_path / "layout")
        lines = call("packages", path, "-o", "md", "--state", "all").text.splitlines()
        assert lines[2].endswith("| state |")
        assert [line.split(" | ")[-1] for line in lines[4:]] == ["installed |", "declared |"]
        assert "state" not in call("packages", path, "-o", "md").text

    def test_the_tree_follows_dependencies_and_ends_in_circles(self, tmp_path: Path) -> None:
        database = b"P:a\nV:1\nD:b\n\nP:b\nV:1\nD:c\n\nP:c\nV:1\nD:b\n\nP:d\nV:1\nD:b\n\n"
        layout = ImageBuilder().layer({"lib/apk/db/installed": database})
        path = layout.write_oci(tmp_path / "layout")
        assert call("packages", path, "--tree").text.splitlines()[1:] == [
            "a 1",
            "  b 1",
            "    c 1",
            "      b 1 (as above)",
            "d 1",
            "  b 1 (as above)",
        ]
        assert call("packages", path, "--tree", "--name", "c").text.splitlines()[1:3] == [
            "c 1",
            "  b 1",
        ]

    @pytest.mark.parametrize(
        "options",
        [
            ["--state", "nowhere"],
            ["--history", "--verify"],
            ["--owner", "/x", "--tree"],
            ["--verify", "--name", "x"],
            ["--owner", "/x", "--layer", "0"],
            ["--history", "--state", "all"],
            ["--history", "-o", "csv"],
        ],
    )
    def test_what_makes_no_sense_is_refused(self, options: list[str]) -> None:
        answer = call("packages", APK, *options)
        assert (answer.code, answer.out) == (2, b"")
        assert "[bad-argument]" in answer.err


class TestHistory:
    """What databases state after each layer, in words."""

    LAYERS: tuple[dict[str, Entry], ...] = (
        {"var/lib/dpkg/status": status(a="1", b="1"), "usr/bin/b": b"bee"},
        {"var/lib/dpkg/status": status(a="2", b="1", c="1")},
        {"var/lib/dpkg/status": status(a="2", c="1"), "usr/bin/": Dir(), "usr/bin/.wh.b": b""},
        {"var/lib/.wh.dpkg": b""},
    )

    @pytest.fixture
    def layout(self, tmp_path: Path) -> Path:
        builder = ImageBuilder()
        listed = {"var/lib/dpkg/info/b.list": b"/.\n/usr\n/usr/bin\n/usr/bin/b\n"}
        for number, entries in enumerate(self.LAYERS):
            builder.layer(
                {**entries, **(listed if number == 0 else {})}, created_by=f"STEP {number}"
            )
        return builder.write_oci(tmp_path / "layout")

    def test_every_turn_with_its_layer(self, layout: Path) -> None:
        (image,) = asked(layout, "--history")["images"]
        assert {
            life["name"]: [(e["layer"], e["turn"], e["before"], e["after"]) for e in life["events"]]
            for life in image["lives"]
        } == {
            "a": [
                (0, "installed", None, "1"),
                (1, "upgraded", "1", "2"),
                (3, "lost with its database", "2", None),
            ],
            "b": [(0, "installed", None, "1"), (2, "removed", "1", None)],
            "c": [(1, "installed", None, "1"), (3, "lost with its database", "1", None)],
        }
        assert image["lost_databases"] == [
            {"layer": 3, "path": "var/lib/dpkg/status", "packages": 2}
        ]
        assert image["steps"] == ["STEP 0", "STEP 1", "STEP 2", "STEP 3"]

    def test_what_is_still_shipped_of_what_is_gone(self, layout: Path) -> None:
        remains = {
            each["name"]: each for each in asked(layout, "--history")["images"][0]["remains"]
        }
        assert (remains["b"]["files"], remains["b"]["size"], remains["b"]["layers"]) == (1, 3, [0])
        assert remains["b"]["shown"] == []
        text = call("packages", layout, "--history", "--name", "b").text
        assert "b 1, removed in layer 2\n    1 file of 3 B in layer 0" in text
        assert "layer 3: STEP 3\n" in text

    def test_filters_choose_lives(self, layout: Path) -> None:
        def chosen(*options: object) -> list[str]:
            lives = asked(layout, "--history", *options)["images"][0]["lives"]
            return [life["name"] for life in lives]

        assert chosen("--name", "[ab]") == ["a", "b"]
        assert chosen("--layer", "1") == ["a", "c"]
        assert chosen("--type", "apk") == []


def test_history_tells_what_is_seen_twice(tmp_path: Path) -> None:
    folder = "usr/lib/python3/dist-packages/m-1.dist-info"
    metadata = b"Metadata-Version: 2.1\nName: m\nVersion: 1\n"
    files = {
        "var/lib/dpkg/status": status(**{"python3-m": "1"}),
        "var/lib/dpkg/info/python3-m.list": f"/{folder}/METADATA\n".encode(),
        f"{folder}/METADATA": metadata,
        "opt/n-2.dist-info/METADATA": metadata.replace(b"m\n", b"n\n"),
    }
    layout = ImageBuilder().layer(files).write_oci(tmp_path / "layout")
    text = call("packages", layout, "--history").text
    first = " ".join(text.split("\n\n")[0].split("\n")[1:])
    assert first == (
        "3 packages in all layers; there now: 3 (of them 1 seen twice, as files of a package of "
        "the system); gone: 0"
    )


def test_history_tells_architectures_of_one_name_apart(tmp_path: Path) -> None:
    """As dpkg-query calls them in `${binary:Package}`."""
    common = "Status: install ok installed\nMulti-Arch: same\nMaintainer: x\nDescription: y\n"
    one, two = (
        f"Package: libm\n{common}Version: 1\nArchitecture: {arch}\n\n".encode()
        for arch in ("amd64", "i386")
    )
    path = "var/lib/dpkg/status"
    builder = ImageBuilder().layer({path: one + two}).layer({path: b"\n"})
    text = call("packages", builder.write_oci(tmp_path / "layout"), "--history").text
    (tmp_path / "status").write_bytes(one + two)
    (tmp_path / "arch").write_text("amd64\ni386\n")
    shown = "-f=${binary:Package} ${Version}\\n"
    tool = require_tool("dpkg-query")
    names = run([tool, f"--admindir={tmp_path}", "-W", shown]).stdout.decode().splitlines()
    assert f"2 installed: {', '.join(names)}\n" in text
    assert all(f"\n  {name}, " in text for name in names)


@pytest.mark.parametrize("view", [["--verify"], ["--history"], ["--owner", "etc/issue"]])
def test_nothing_is_said_of_a_platform_that_is_not_in_the_file(
    view: list[str], tmp_path: Path
) -> None:
    layout = copytree(MULTI, tmp_path / "layout")
    (index,) = json.loads((layout / "index.json").read_bytes())["manifests"]
    blobs = layout / "blobs/sha256"
    platforms = json.loads((blobs / index["digest"].partition(":")[2]).read_bytes())["manifests"]
    (arm64,) = (each for each in platforms if each["platform"]["architecture"] == "arm64")
    (blobs / arm64["digest"].partition(":")[2]).unlink()
    answer = call("packages", layout, *view)
    assert answer.text.rstrip("\n").rpartition("\n\n")[2] == "1.0  linux/arm64: not in this file"
    images = call("packages", layout, *view, "-o", "json").json["images"]
    assert [image["completeness"] for image in images] == ["complete", "absent"]


def test_a_layer_that_is_not_there_is_told_from_one_that_brought_nothing() -> None:
    lines = call("packages", *AMD64, "--layer", "2").text.splitlines()
    assert lines[1:] == ["no package fits"]
    lines = call("packages", *AMD64, "--layer", "3").text.splitlines()
    assert lines[1:] == ["no package fits: the layers here are 0 to 2"]


class TestFiles:
    """Whose a file is, and whether it is as it should be: dpkg's own answers beside ours."""

    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        made = empty_root(tmp_path / "root")
        files = {"usr/bin/tool": b"#!/bin/sh\n", "lib/tool/data": b"1", "etc/tool.conf": b"a\n"}
        install(made, build_deb(tmp_path, "tool", "1", files, {"usr/bin/alias": "tool"}))
        (made / "usr/bin/nobody").write_bytes(b"\x7fELF")
        return made

    @pytest.mark.parametrize(
        "path", ["/usr/bin/tool", "/bin/tool", "/lib/tool/data", "/usr/bin/alias", "/etc/tool.conf"]
    )
    def test_dpkg_names_the_same_owner(self, root: Path, path: str) -> None:
        spots = asked(root, "--owner", path)["images"][0]["spots"]
        listed = "/usr" + path if path == "/bin/tool" else path
        theirs = run([require_tool("dpkg"), "--root", root, "--search", listed]).stdout.decode()
        assert theirs.startswith("tool: ")
        for spot in spots:
            assert [owner["package"] for owner in spot["owners"]] == ["deb:tool:all@1"]
            assert spot["owners"][0]["faults"] == []

    def test_dpkg_names_a_removed_package_for_what_it_left(self, root: Path) -> None:
        options = ("--root", root, "--log=/dev/null", "--force-script-chrootless")
        run([require_tool("dpkg"), *options, "--remove", "tool"])
        found = run([require_tool("dpkg"), "--root", root, "--search", "/etc/tool.conf"])
        assert found.stdout == b"tool: /etc/tool.conf\n"
        answer = call("packages", root, "--owner", "/etc/tool.conf")
        assert answer.code == 0
        assert "  owned by tool 1 (deb, all, config-files)" in answer.text
        assert call("packages", root, "--owner", "/usr/bin/tool").code == 1

    def test_what_nobody_owns_is_an_answer_of_its_own(self, root: Path) -> None:
        (image,) = asked(root, "--owner", "/usr/bin/nobody", code=1)["images"]
        assert (image["owned"], image["spots"][0]["present"]) == (False, True)
        (image,) = asked(root, "--owner", "/nowhere/at/all", code=1)["images"]
        assert image["spots"] == [
            {
                "path": "nowhere/at/all",
                "present": False,
                "layer": None,
                "target": None,
                "owners": [],
                "recognised": [],
            }
        ]

    def test_what_is_missing_still_has_its_owner(self, root: Path) -> None:
        (root / "usr/bin/tool").unlink()
        answer = call("packages", root, "--owner", "/usr/bin/tool")
        assert answer.code == 0
        assert "usr/bin/tool: not in the image\n  owned by tool 1 (deb, all)" in answer.text
        assert "NOT AS THE PACKAGE SAYS: missing" in answer.text

    def test_verify_says_no_only_for_what_nobody_may_change(self, root: Path) -> None:
        assert asked(root, "--verify")["images"][0]["deviations"] == []
        (root / "etc/tool.conf").write_bytes(b"b\n")
        (image,) = asked(root, "--verify")["images"]
        assert [(each["path"], each["faults"]) for each in image["deviations"]] == [
            ("etc/tool.conf", ["content"])
        ]
        (root / "usr/bin/tool").write_bytes(b"evil")
        asked(root, "--verify", code=1)
        text = call("packages", root, "--verify").text
        assert text.index("usr/bin/tool") < text.index("etc/tool.conf")

    def test_a_program_of_nobody_is_named_where_packages_state_nothing(
        self, tmp_path: Path
    ) -> None:
        made = empty_root(tmp_path / "root")
        (made / "var/lib/dpkg/status").write_bytes(status(a="1"))
        (made / "var/lib/dpkg/info/a.list").write_bytes(b"/usr/bin/a\n")
        for name in ("a", "nobody"):
            (made / "usr/bin" / name).write_bytes(b"#!/bin/sh\n")
            (made / "usr/bin" / name).chmod(0o755)
        text = call("packages", made, "--verify").text
        assert "no package of this image says what its files are" in text
        (line,) = [line for line in text.splitlines() if "usr/bin/" in line]
        assert line.startswith("  -rwxr-xr-x")
        assert line.endswith("usr/bin/nobody")

    def test_a_program_goes_by_its_main_module(self, tmp_path: Path) -> None:
        """`go version -m` of the fixture: `mod github.com/evilmartians/lefthook/v2 v2.2.2`."""
        made = empty_root(tmp_path / "root")
        copytree(ROOT / "fixtures/packages/golang/ordinary/usr", made / "usr", dirs_exist_ok=True)
        main = "github.com/evilmartians/lefthook/v2 v2.2.2"
        tree = call("packages", made, "--tree", "--type", "golang").text.splitlines()
        assert tree[1] == main
        owned = call("packages", made, "--owner", "/usr/local/bin/lefthook").text.splitlines()
        assert owned[2].startswith(f"  proves {main} (golang")

    def test_a_layer_that_is_not_proven_proves_no_file(self, tmp_path: Path) -> None:
        files = {
            "var/lib/dpkg/status": status(a="1"),
            "var/lib/dpkg/info/a.list": b"/x\n",
            "var/lib/dpkg/info/a.md5sums": b"d41d8cd98f00b204e9800998ecf8427e  x\n",
            "x": b"",
        }
        lying = ImageBuilder().layer(files, declare_diff_id=f"sha256:{'0' * 64}")
        document = asked(lying.write_oci(tmp_path / "layout"), "--verify", code=1)
        (image,) = document["images"]
        assert image["deviations"] == []
        assert [each["path"] for each in image["unchecked"]] == ["x"]
        assert "diff-id-mismatch" in {problem["code"] for problem in document["problems"]}

    def test_a_file_that_a_layer_removed_names_the_layer(self, tmp_path: Path) -> None:
        files = {
            "var/lib/dpkg/status": status(a="1"),
            "var/lib/dpkg/info/a.list": b"/opt/x\n",
            "var/lib/dpkg/info/a.md5sums": b"d41d8cd98f00b204e9800998ecf8427e  opt/x\n",
            "opt/x": b"",
        }
        layout = ImageBuilder().layer(files).layer({".wh.opt": b""}).write_oci(tmp_path / "layout")
        (image,) = asked(layout, "--verify")["images"]
        assert [(e["path"], e["faults"], e["layer"]) for e in image["deviations"]] == [
            ("opt/x", ["missing"], 1)
        ]


@pytest.mark.parametrize(
    "options", [["--history"], ["--owner", "/etc/issue"], ["--verify"], ["--tree"], []]
)
def test_fits_80_columns(options: list[str]) -> None:
    _, text = on_terminal("packages", *AMD64, *options, stream="stdout")
    assert max(map(len, text.splitlines())) <= 80


def test_the_schemas_are_closed_and_every_member_described() -> None:
    for document in (SCHEMA_DOCUMENT, CATALOGERS_DOCUMENT):
        Draft202012Validator.check_schema(document)
        _described(document)


def test_catalogers_are_listed_with_what_they_read_and_fill() -> None:
    document = call("catalogers", "-o", "json").json
    Draft202012Validator(CATALOGERS_DOCUMENT).validate(document)
    found = {each["name"]: each for each in document["catalogers"]}
    assert list(found) == sorted(found)
    assert "var/lib/dpkg/status" in [want["pattern"] for want in found["dpkg"]["reads"]]
    assert found["dpkg"]["owns_files"]
    _, text = on_terminal("catalogers", stream="stdout")
    assert max(map(len, text.splitlines())) <= 80
    assert all(f"\n{name}" in text for name in found)
    assert call("catalogers", "nothing").code == 2


def test_catalogers_that_read_many_versions_of_a_file_fit_on_a_screen() -> None:
    text = call("catalogers", "programs").text
    assert len(text.splitlines()) < 40
    assert "**/libpython<N>.<N>.so.<N>.<N> (parts)" in text
    assert "**/redis-server (parts)" in text
    assert "<N>" not in call("catalogers", "dpkg").text
    (found,) = call("catalogers", "programs", "-o", "json").json["catalogers"]
    assert "**/libpython3.11.so.1.0" in [want["pattern"] for want in found["reads"]]
