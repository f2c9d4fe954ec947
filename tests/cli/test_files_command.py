"""`ociscope files` against umoci, find, tar, bash and sha256sum."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.cli.harness import MULTI, call
from tests.cli.test_streams import on_terminal
from tests.rootfs.trees import Row, unpacked
from tests.support.imagebuilder import ImageBuilder, Layout
from tests.support.layouts import blob_path
from tests.support.realimages import expected_tree, real_image
from tests.support.richtree import LOWER, UPPER, rich, rich_image
from tests.support.tarbytes import Dir, Entries, File, HardLink, tar_bytes
from tests.support.tools import ROOT, require_tool, run

SCHEMA_DOCUMENT: dict[str, Any] = json.loads(
    (ROOT / "analyzer" / "schema" / "files-1.0.json").read_bytes()
)
SCHEMA = Draft202012Validator(SCHEMA_DOCUMENT)
SHORT = {"character-device": "char", "block-device": "block"}


@pytest.fixture(scope="module", autouse=True)
def _tidy() -> Iterator[None]:
    yield
    if rich.cache_info().currsize:
        shutil.rmtree(rich()[0].parent, ignore_errors=True)
        rich.cache_clear()


def listed(*arguments: object) -> list[dict[str, Any]]:
    """The files of the one image, out of JSON that follows its schema."""
    answer = call("files", *arguments, "-o", "json")
    assert answer.code == 0, answer.err
    SCHEMA.validate(answer.json)
    [image] = answer.json["images"]
    files: list[dict[str, Any]] = image["files"]
    return files


def paths(*arguments: object) -> set[str]:
    return {file["path"] for file in listed(*arguments)}


def row(file: dict[str, Any]) -> Row:
    """A file of our JSON in the form in which umoci's trees are written down."""
    kind = SHORT.get(file["type"], file["type"])
    found: Row = {"type": kind} | {name: file[name] for name in ("mode", "uid", "gid")}
    if kind == "file":
        assert file["digest"].startswith("sha256:")
        found |= {"size": file["size"], "sha256": file["digest"].removeprefix("sha256:")}
    if file["target"] is not None:
        found["target"] = file["target"]
    if file["device"] is not None:
        found["device"] = file["device"]
    return found


class TestAgainstUmoci:
    @pytest.mark.parametrize("architecture", ["amd64", "arm64"])
    def test_a_real_tree_is_listed_as_umoci_unpacked_it(self, architecture: str) -> None:
        files = listed(real_image("oci-layout"), "--platform", f"linux/{architecture}", "--sha256")
        theirs = {
            entry["path"]: {k: v for k, v in entry.items() if k not in {"path", "xattrs"}}
            for entry in expected_tree(architecture)
        }
        assert {file["path"]: row(file) for file in files if file["path"] != "."} == theirs
        assert len(theirs) > 1000

    def test_so_is_one_of_everything(self) -> None:
        layout, root = rich()
        files = listed(layout, "--sha256")
        assert {file["path"]: row(file) for file in files} == unpacked(root)

    def test_times_are_those_of_the_files(self) -> None:
        layout, root = rich()
        for file in listed(layout):
            if file["listed"] and file["type"] != "directory":  # umoci sets those before children
                assert file["mtime"] == (root / file["path"]).lstat().st_mtime, file["path"]

    def test_attributes_are_those_of_the_files(self) -> None:
        layout, root = rich()
        [marked] = listed(layout, "usr/lib/marked")
        path = root / "usr/lib/marked"
        assert "user.empty" not in os.listxattr(path)  # a record without a value deletes
        theirs = {name: os.getxattr(path, name).hex() for name in os.listxattr(path)}
        assert marked["xattrs"] == {k: v for k, v in theirs.items() if k.startswith("user.")}
        assert marked["xattrs"]["user.note"] == b"hello".hex()


FILTERS: dict[str, tuple[list[str], list[str]]] = {
    "files": (["--type", "f"], ["-type", "f"]),
    "links and directories": (["--type", "l,d"], ["-type", "l,d"]),
    "devices and pipes": (["--type", "c,b,p"], ["-type", "c,b,p"]),
    "setuid": (["--setuid"], ["-perm", "-4000", "!", "-type", "l"]),
    "setgid": (["--setgid"], ["-perm", "-2000"]),
    "setgid files": (["--setgid", "--type", "f"], ["-perm", "-2000", "-type", "f"]),
    "either": (["--setuid", "--setgid"], ["-perm", "/6000", "!", "-type", "l"]),
    "setuid that anybody may write": (
        ["--world-writable", "--setuid"],
        ["-perm", "-0002", "-perm", "-4000", "-type", "f"],
    ),
    "world-writable": (["--world-writable"], ["-perm", "-0002", "!", "-type", "l"]),
    "not small": (["--min-size", "4K"], ["-type", "f", "-size", "+4095c"]),
    "not large": (["--max-size", "10"], ["-type", "f", "-size", "-11c"]),
    "in between": (
        ["--min-size", "5kB", "--max-size", "6KiB"],
        ["-type", "f", "-size", "+4999c", "-size", "-6145c"],
    ),
    "of a user": (["--owner", "1000"], ["-uid", "1000"]),
    "of root": (["--owner", "root:root"], ["-user", "0", "-group", "0"]),
    "of a group": (["--owner", ":5"], ["-gid", "5"]),
    "of both": (["--owner", "0:5"], ["-uid", "0", "-gid", "5"]),
    "newer files": (
        ["--newer", "2024-05-01T12:00", "--type", "f"],
        ["-newermt", "2024-05-01 12:00 UTC", "-type", "f"],
    ),
    "older files": (
        ["--older", "2024-05-01T12:00:00+00:00", "--type", "f"],
        ["!", "-newermt", "2024-05-01 11:59:59 UTC", "-type", "f"],
    ),
    "from a second on": (
        ["--newer", "@1714564799", "--older", "@1714564801", "--type", "f"],
        ["-newermt", "@1714564799", "!", "-newermt", "@1714564800.9", "-type", "f"],
    ),
}


@pytest.mark.parametrize("name", FILTERS)
def test_filters_choose_what_find_finds(name: str) -> None:
    layout, root = rich()
    ours, theirs = FILTERS[name]
    command = [require_tool("find"), str(root), "-mindepth", "1", *theirs, "-printf", "%P\\0"]
    found = {line for line in run(command).stdout.decode().split("\0") if line}
    assert found
    assert paths(layout, *ours) == found


GLOBS = [
    "**/*.conf",
    "etc/*",
    "**",
    "usr/*/[pw]*",
    "usr/b?n/su",
    "**/wall*",
    "etc/**",
    "*",
    "*/*/[",
]


@pytest.mark.parametrize("glob", GLOBS)
def test_globs_choose_what_bash_does(glob: str) -> None:
    layout, root = rich()
    script = f"shopt -s globstar dotglob nullglob; printf '%s\\0' {glob}"
    said = run([require_tool("bash"), "-c", script], cwd=root).stdout.decode().split("\0")
    # bash lets `etc/**` stand for `etc/` too.
    found = {line for line in said if line and not line.endswith("/")}
    assert found
    assert paths(layout, glob) == found


class TestPaths:
    def test_a_path_is_itself_and_all_below_it(self) -> None:
        layout, root = rich()
        below = {str(path.relative_to(root)) for path in (root / "etc").rglob("*")}
        assert paths(layout, "/etc/") == {"etc", *below}

    def test_a_path_may_lead_through_a_linked_directory(self) -> None:
        layout, _ = rich()
        assert paths(layout, "bin/su") == {"usr/bin/su"}
        assert paths(layout, "bin") == {"bin"}

    def test_the_name_of_a_program_that_looks_like_a_pattern(self) -> None:
        layout, _ = rich()
        assert paths(layout, "usr/bin/[") == {"usr/bin/["}

    def test_several_are_added_up(self) -> None:
        layout, _ = rich()
        assert paths(layout, "run", "dev/n*") == {"run", "run/pipe", "dev/null"}

    def test_nothing_fits(self) -> None:
        layout, _ = rich()
        answer = call("files", layout, "nowhere")
        assert answer.code == 0
        assert "0 of " in answer.text


def test_attributes_and_capabilities_and_layers_choose() -> None:
    layout, _ = rich()
    assert paths(layout, "--capabilities") == {"usr/bin/ping"}
    assert paths(layout, "--xattr", "user.note", "--xattr", "user.more") == {"usr/lib/marked"}
    assert paths(layout, "--xattr", "user.note", "--setuid") == set()
    shown = {name for name in UPPER if ".wh." not in name}
    assert paths(layout, "--from-layer", "1") - {"var/lib/db"} == shown
    assert paths(layout, "--type", "h") == {"usr/bin/wall2"}


def test_names_of_owners_are_shown_and_chosen_where_the_tar_has_them(tmp_path: Path) -> None:
    made = tmp_path / "named.tar"
    (tmp_path / "x").write_bytes(b"x")
    options = ["--owner=alice:1000", "--group=staff:50", "-C", tmp_path, "-cf", made, "x"]
    run([require_tool("tar"), *map(str, options)])
    layout = ImageBuilder().layer(raw_tar=made.read_bytes()).write_oci(tmp_path / "layout")
    [file] = listed(layout, "--owner", "alice:staff")
    assert (file["uid"], file["gid"], file["uname"]) == (1000, 50, "alice")
    assert "alice:staff" in call("files", layout).text
    assert listed(layout, "--owner", "bob") == []
    assert listed(layout, "--owner", "root") == []
    assert call("files", layout, "--owner", "bob").err == ""


def test_a_name_of_an_owner_where_no_tar_has_names_is_told(tmp_path: Path) -> None:
    """As with the layers of buildah and umoci: nothing is found, but that says nothing."""
    made = tmp_path / "numbers.tar"
    (tmp_path / "x").write_bytes(b"x")
    options = ["--owner=:1000", "--group=:0", "--numeric-owner", "-C", tmp_path, "-cf", made, "x"]
    run([require_tool("tar"), *map(str, options)])
    layout = ImageBuilder().layer(raw_tar=made.read_bytes()).write_oci(tmp_path / "layout")
    answer = call("files", layout, "--owner", "alice")
    assert "0 of 1 name," in answer.text
    assert "no entry here names its owner" in answer.err
    for asked in ("1000", ":root", "1000:root"):
        answer = call("files", layout, "--owner", asked)
        assert "1 name," in answer.text
        assert answer.err == ""


class TestLayers:
    @pytest.mark.parametrize("position", [0, 1])
    def test_one_layer_is_what_tar_shows(self, position: int, tmp_path: Path) -> None:
        layout = rich_image(tmp_path / "layout")
        tar = tmp_path / "layer.tar"
        tar.write_bytes(tar_bytes(LOWER if position == 0 else UPPER))
        assert self.ours(layout, position) == self.theirs(tar)

    def test_so_is_one_of_a_real_image(self) -> None:
        layout = real_image("oci-layout")
        answer = call("files", layout, "--platform", "linux/amd64", "--layer", "1", "-o", "json")
        [image] = answer.json["images"]
        document = json.loads((layout / blob_path(image["manifest_digest"])).read_bytes())
        blob = layout / blob_path(document["layers"][1]["digest"])
        ours = self.ours(layout, 1, "--platform", "linux/amd64")
        assert ours == self.theirs(blob)
        assert any("/.wh." in line for line in ours)

    def ours(self, layout: Path, layer: int, *options: str) -> list[str]:
        letters = {"directory": "d", "symlink": "l", "hardlink": "h", "fifo": "p"}
        letters |= {"character-device": "c", "block-device": "b"}
        lines = []
        for file in listed(layout, "--layer", layer, *options):
            words = [letters.get(file["type"], "-"), file["mode"], f"{file['uid']}/{file['gid']}"]
            words.append(",".join(map(str, file["device"] or (file["size"],))))
            words += [str(int(file["mtime"])), file["path"]]
            lines.append(" ".join([*words, file["target"] or file["hardlink"] or ""]))
        return lines

    def theirs(self, tar: Path) -> list[str]:
        """What GNU tar prints, put into the same words."""
        options = ["--numeric-owner", "--full-time", "--utc", "--quoting-style=literal", "-tvf"]
        said = run([require_tool("tar"), *options, tar], env={"LC_ALL": "C.UTF-8"}).stdout.decode()
        lines = []
        for line in said.splitlines():
            mode, owner, size, day, clock, name = line.split(None, 5)
            name, _, target = name.partition(" -> ")
            name, _, source = name.partition(" link to ")
            seconds = _seconds(day, clock)
            clean = name.removeprefix("./").rstrip("/") or "."
            words = [mode[0], _octal(mode), owner, size, seconds, clean, target or source]
            lines.append(" ".join(words))
        return lines

    def test_whiteouts_are_said_to_be_such(self) -> None:
        layout, _ = rich()
        by_path = {file["path"]: file for file in listed(layout, "--layer", "1", "--type", "w")}
        whiteout = by_path["etc/conf.d/.wh.old.conf"]
        assert (whiteout["type"], whiteout["removes"]) == ("whiteout", "etc/conf.d/old.conf")
        opaque = by_path["var/lib/db/.wh..wh..opq"]
        assert (opaque["type"], opaque["removes"]) == ("opaque", "var/lib/db")
        text = call("files", layout, "--layer", "1").text
        assert "etc/conf.d/.wh.old.conf removes old.conf" in text
        assert "var/lib/db/.wh..wh..opq hides what lower layers have here" in text

    def test_all_layers_are_each_entry_of_each_tar_with_its_fate(self) -> None:
        layout, root = rich()
        files = listed(layout, "--all-layers")
        names = [[name.rstrip("/") for name in dict(layer)] for layer in (LOWER, UPPER)]
        assert [f["path"] for f in files] == names[0] + names[1]
        fates = {
            (file["layer"], file["path"]): (file["fate"]["what"], file["fate"]["layer"])
            for file in files
        }
        assert fates[0, "etc/app.conf"] == ("overwritten", 1)
        assert fates[0, "etc/conf.d/old.conf"] == ("removed", 1)
        assert fates[0, "var/lib/db/data"] == ("hidden", 1)
        assert fates[1, "etc/conf.d/.wh.old.conf"] == ("marker", None)
        visible = {path for (_, path), (fate, _) in fates.items() if fate == "visible"}
        implied = {"usr", "var", "var/lib", "var/lib/db"}  # listed by no layer
        assert visible | implied == set(unpacked(root))

    def test_a_name_that_stands_twice_is_listed_twice(self, tmp_path: Path) -> None:
        entries: Entries = [("a", b"one"), ("b", HardLink("nothing")), ("a", b"two")]
        layout = ImageBuilder().layer(entries).write_oci(tmp_path / "layout")
        first, linked, second = listed(layout, "--all-layers", "--sha256")
        assert first["fate"] == {"what": "overwritten", "layer": 0, "shared": False}
        assert first["digest"] == f"sha256:{hashlib.sha256(b'one').hexdigest()}"
        assert linked["fate"]["what"] == "left out"
        assert second["fate"]["what"] == "visible"
        assert second["digest"] == f"sha256:{hashlib.sha256(b'two').hexdigest()}"

    def test_a_layer_that_is_none(self) -> None:
        layout, _ = rich()
        answer = call("files", layout, "--layer", "2")
        assert (answer.code, answer.out) == (2, b"")
        assert "there is no layer 2" in answer.err
        assert "it has layers 0 to 1" in answer.err


def _octal(letters: str) -> str:
    """`rwsr-xr-t` as tar prints it, in octal."""
    value = 0
    for place, letter in enumerate(letters[1:]):
        value |= (letter not in "-ST") << (8 - place)
        value |= (letter in "sStT") << (11 - place // 3)
    return f"{value:04o}"


def _seconds(day: str, clock: str) -> str:
    moment = datetime.fromisoformat(f"{day}T{clock.partition('.')[0]}").replace(tzinfo=UTC)
    return str(int(moment.timestamp()))


AGAIN = {"written again, the same", "metadata changed"}


class TestDeleted:
    def test_what_is_shipped_and_shown_nowhere_largest_first(self) -> None:
        layout, root = rich()
        files = listed(layout, "--deleted", "--sha256")
        gone = ["etc/conf.d/old.conf", "var/lib/db/data", "etc/app.conf"]
        assert [file["path"] for file in files] == gone
        for file in files:
            node = dict(LOWER)[file["path"]]
            assert isinstance(node, File)
            assert file["size"] == len(node.data)
            assert file["digest"] == f"sha256:{hashlib.sha256(node.data).hexdigest()}"
            theirs = root / file["path"]
            assert not theirs.exists() or theirs.read_bytes() != node.data
        assert [file["lost"]["change"] for file in files] == [
            "removed by a whiteout",
            "hidden by an opaque directory",
            "content changed",
        ]

    def test_the_table_names_layers_and_build_steps(self) -> None:
        layout, _ = rich()
        lines = call("files", layout, "--deleted").text.splitlines()
        assert "3 files still shipped and shown nowhere, 5.1 kB" in lines[0]
        assert lines[2].split() == ["5.0", "kB", "0", "1", "removed", "etc/conf.d/old.conf"]
        assert lines[-2:] == ["layer 0: COPY lower /", "layer 1: RUN tidy up"]

    def test_of_a_file_with_another_name_nothing_is_lost(self, tmp_path: Path) -> None:
        lower: Entries = {"a": b"secret", "b": HardLink("a"), "c": b"other"}
        image = ImageBuilder().layer(lower).layer({".wh.a": b"", ".wh.c": b""})
        layout = image.write_oci(tmp_path / "layout")
        assert [file["path"] for file in listed(layout, "--deleted")] == ["c"]

    def test_filters_hold_here_too(self) -> None:
        layout, _ = rich()
        assert paths(layout, "--deleted", "--min-size", "50") == {
            "etc/conf.d/old.conf",
            "var/lib/db/data",
        }
        assert paths(layout, "--deleted", "etc/*") == {"etc/app.conf"}

    def test_a_real_image_lost_what_umoci_does_not_show(self) -> None:
        """By content: nothing that is called lost is the content of any file of the tree."""
        layout = real_image("oci-layout")
        files = listed(layout, "--platform", "linux/amd64", "--deleted", "--sha256")
        shown = {e["path"]: e.get("sha256") for e in expected_tree("amd64")}
        assert files
        for file in files:
            same = shown.get(file["path"]) == file["digest"].removeprefix("sha256:")
            assert same == (file["lost"]["change"] in AGAIN), file["path"]
        sizes = [file["size"] for file in files]
        assert sizes == sorted(sizes, reverse=True)


class TestForms:
    def test_without_sha256_nothing_is_hashed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        layout, _ = rich()

        def fail(*_: object) -> None:
            raise AssertionError

        monkeypatch.setattr("analyzer.layers.captures.HashSink.__init__", fail)
        assert {file["digest"] for file in listed(layout, "--no-cache")} == {None}
        monkeypatch.setenv("OCISCOPE_DEBUG", "1")
        with pytest.raises(AssertionError):
            call("files", layout, "--sha256", "--no-cache")

    def test_csv_says_what_json_does(self) -> None:
        layout, _ = rich()
        text = call("files", layout, "--sha256", "-o", "csv").text
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        files = listed(layout, "--sha256")
        for name in ("path", "type", "mode", "uid", "size", "layer", "mtime"):
            assert [line[name] for line in rows] == [
                "" if file[name] is None else str(file[name]) for file in files
            ], name
        for name in ("digest", "target", "hardlink", "capabilities"):
            assert [line[name] for line in rows] == [file[name] or "" for file in files], name

    def test_every_platform_is_listed_under_its_own_head(self) -> None:
        answer = call("files", MULTI)
        heads = [line for line in answer.text.splitlines() if line.startswith("1.0  linux/")]
        assert [head.split(":")[0] for head in heads] == ["1.0  linux/amd64", "1.0  linux/arm64"]
        images = call("files", MULTI, "-o", "json").json["images"]
        assert [image["platform"] for image in images] == ["linux/amd64", "linux/arm64"]

    def test_the_tree_names_each_name_once_below_its_folder(self) -> None:
        layout, root = rich()
        lines = call("files", layout, "--tree").text.splitlines()[2:]
        column = min(line.index("bin -> usr/bin") for line in lines if "bin -> " in line)
        seen: list[str] = []
        found = set()
        for line in lines:
            shown = line[column:]
            depth = (len(shown) - len(shown.lstrip())) // 2
            name = re.split(" -> | link to | \\[", shown.strip())[0]
            seen[depth:] = [name.rstrip("/")]
            found.add("/".join(seen))
        assert found == set(unpacked(root))

    def test_the_tree_of_a_choice_shows_the_folders_above(self) -> None:
        layout, _ = rich()
        lines = call("files", layout, "--tree", "--setuid").text.splitlines()
        assert [line.split()[-1] for line in lines[2:]] == ["usr/", "bin/", "anybody", "su"]

    def test_what_is_not_there_is_said(self, tmp_path: Path) -> None:
        image = ImageBuilder().layer({"a": b"1"}).layer({"b": b"2"}).build()
        layout = Layout()
        layout.add(image, ref_name="v")
        path = layout.write_dir(tmp_path / "layout")
        (path / blob_path(image.layer_digests[0])).unlink()
        answer = call("files", path)
        assert answer.code == 3
        assert "INCOMPLETE" in answer.text
        assert "[blob-missing]" in answer.err
        document = call("files", path, "-o", "json").json
        SCHEMA.validate(document)
        assert document["images"][0]["complete"] is False


def test_where_engines_disagree_is_said_over_the_table(tmp_path: Path) -> None:
    """The engines of shared/domain/layers.md, section 4: `foo`, then `.wh.foo` in one layer."""
    image = ImageBuilder().layer({"foo": b"1"}).layer({"foo": b"2", ".wh.foo": b""})
    layout = image.write_oci(tmp_path / "layout")
    answer = call("files", layout)
    assert answer.code == 0
    assert "container engines disagree" in answer.text.splitlines()[1]
    codes = [problem["code"] for problem in call("files", layout, "-o", "json").json["problems"]]
    assert codes == ["runtime-dependent"]
    assert "disagree" not in call("files", MULTI).text


class TestTerminal:
    @pytest.mark.parametrize(
        "options",
        [(), ("--sha256",), ("--all-layers", "--sha256"), ("--deleted", "--sha256"), ("--tree",)],
    )
    def test_at_80_columns_nothing_is_cut_or_too_wide(self, options: tuple[str, ...]) -> None:
        arguments = ("files", MULTI, "--platform", "linux/amd64", *options)
        answer, shown = on_terminal(*arguments, stream="stdout")
        assert answer.code == 0
        assert max(map(len, shown.splitlines())) <= 80
        digests = {word for word in call(*arguments).text.split() if len(word) == 64}
        assert bool(digests) == ("--sha256" in options)
        assert {word.removeprefix("sha256:") for word in shown.split()} >= digests
        for file in call(*arguments, "-o", "json").json["images"][0]["files"]:
            name = file["path"].rpartition("/")[2] if options == ("--tree",) else file["path"]
            assert name in {word.rstrip("/") for word in shown.split()}

    def test_a_narrow_one_gets_short_lines(self) -> None:
        engines = ImageBuilder().layer({"foo": b"1"}).layer({"foo": b"2", ".wh.foo": b""})
        with TemporaryDirectory() as folder:
            layout = engines.write_oci(Path(folder) / "layout")
            _, shown = on_terminal("files", layout, "--deleted", stream="stdout", columns=40)
        assert "container engines disagree" in shown
        assert max(map(len, shown.splitlines())) <= 40


def test_a_fate_says_whether_the_content_is_shown_under_another_name(tmp_path: Path) -> None:
    lower: Entries = {"a": b"same", "b": HardLink("a")}
    layout = ImageBuilder().layer(lower).layer({".wh.a": b""}).write_oci(tmp_path / "layout")
    lines = call("files", layout, "--all-layers").text.splitlines()
    assert "removed by 1, linked" in lines[2]
    assert listed(layout, "--all-layers")[0]["fate"]["shared"] is True


def test_sizes_count_shared_content_once(tmp_path: Path) -> None:
    lower: Entries = {"a": b"x" * 100, "b": HardLink("a")}
    layout = ImageBuilder().layer(lower).write_oci(tmp_path / "layout")
    assert call("files", layout).text.splitlines()[0].endswith(": 2 names, 100 B")


class TestNames:
    EVIL = 'a\x1b[31m\n\udcff, "q"\u202e\\'

    @pytest.fixture
    def named(self, tmp_path: Path) -> Path:
        return ImageBuilder().layer({self.EVIL: b"x"}).write_oci(tmp_path / "layout")

    def test_are_exact_in_json(self, named: Path) -> None:
        assert paths(named) == {self.EVIL}

    @pytest.mark.parametrize("form", ["table", "csv", "mtree"])
    def test_are_on_one_line_and_harmless(self, form: str, named: Path) -> None:
        answer = call("files", named, "-o", form)
        assert answer.code == 0
        assert len(answer.text.splitlines()) == (2 if form == "csv" else 3)
        assert all(line.isprintable() for line in answer.text.splitlines())

    def test_are_quoted_in_csv(self, named: Path) -> None:
        [line] = csv.DictReader(io.StringIO(call("files", named, "-o", "csv").text))
        assert line["path"] == 'a\\x1b[31m\\x0a\\xff, "q"\\u202e\\'


REFUSED = {
    "a tree of all layers": (["--tree", "--all-layers"], "--tree shows one tree"),
    "two views": (["--deleted", "--all-layers"], "different views"),
    "a type that is none": (["--type", "x"], "no type is called 'x'"),
    "a size that is none": (["--min-size", "big"], "'big' is no size"),
    "a unit that is none": (["--max-size", "3Q"], "'3Q' is no size"),
    "a time that is none": (["--newer", "yesterday"], "'yesterday' is no time"),
    "a time without end": (["--older", "@" + "9" * 400], "is no time"),
    "an owner that is none": (["--owner", ":"], "':' is no owner"),
    "a pattern that is none": (["[z-a]"], "is no pattern"),
    "mtree of what was deleted": (["--deleted", "-o", "mtree"], "merged tree"),
    "mtree of two platforms": (["-o", "mtree"], "-o mtree needs one platform"),
    "a form that is none": (["-o", "xml"], "no output format is called 'xml'"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_makes_no_sense_is_refused_in_words(name: str) -> None:
    options, words = REFUSED[name]
    answer = call("files", MULTI, *options)
    assert (answer.code, answer.out) == (2, b"")
    assert words in answer.err
    assert "hint: " in answer.err


def test_the_schema_is_closed_and_every_member_described() -> None:
    Draft202012Validator.check_schema(SCHEMA_DOCUMENT)
    _described(SCHEMA_DOCUMENT)


def test_wrong_documents_fail() -> None:
    document = call("files", MULTI, "-o", "json").json
    SCHEMA.validate(document)
    for change in ({"mode": "644"}, {"type": "socket"}, {"digest": "abc"}, {"more": 1}):
        changed = json.loads(json.dumps(document))
        changed["images"][0]["files"][0] |= change
        assert not SCHEMA.is_valid(changed), change


def _described(schema: dict[str, Any]) -> None:
    for value in [*schema.get("properties", {}).values(), *schema.get("$defs", {}).values()]:
        _described(value)
    if schema.get("type") == "object" and "properties" in schema:
        assert schema["additionalProperties"] is False
        for name, member in schema["properties"].items():
            assert member.get("description", "").endswith("."), name


def test_an_implied_directory_is_as_engines_make_it(tmp_path: Path) -> None:
    layout = ImageBuilder().layer({"a/b/": Dir(mode=0o700)}).write_oci(tmp_path / "layout")
    implied, made = listed(layout)
    assert (implied["path"], implied["listed"], implied["mtime"]) == ("a", False, None)
    assert (made["path"], made["listed"], made["mode"]) == ("a/b", True, "0700")
