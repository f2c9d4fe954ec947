"""`ociscope log`: what each layer did to a path, by the words of the specification."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.cli.harness import MULTI, call
from tests.cli.test_files_command import _described
from tests.cli.test_streams import on_terminal
from tests.support.imagebuilder import ImageBuilder, Layout
from tests.support.layouts import blob_path
from tests.support.realimages import expected_tree, real_image
from tests.support.richtree import unpack
from tests.support.tarbytes import MTIME, Dir, Entries, File, HardLink, Link
from tests.support.tools import ROOT

SCHEMA_DOCUMENT: dict[str, Any] = json.loads(
    (ROOT / "analyzer" / "schema" / "log-1.0.json").read_bytes()
)
SCHEMA = Draft202012Validator(SCHEMA_DOCUMENT)

LIFE: list[Entries] = [
    {
        "d/": Dir(),
        "d/f": b"one",
        "d/o": b"o",
        "d/x": b"x",
        "bin": Link("usr/bin"),
        "usr/bin/": Dir(),
    },
    {"d/f": b"two!", "bin/tool": b"tool"},
    {"d/f": File(b"two!", mode=0o600, uid=7, mtime=MTIME + 60, xattrs={"user.a": b"1"})},
    {"d/f": File(b"two!", mode=0o600, uid=7, mtime=MTIME + 60, xattrs={"user.a": b"1"})},
    {"d/": Dir(), "d/.wh.f": b"", "d/.wh.o": b""},
    {"d/f": Link("x")},
    {"d/": Dir(), "d/.wh..wh..opq": b"", "d/y": b"y"},
    {"d": b"a file now", "hard": HardLink("d")},
]
"""One layer for each kind of change."""


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Path:
    builder = ImageBuilder()
    for number, entries in enumerate(LIFE):
        builder.layer(entries, created_by=f"STEP {number}").empty_layer(f"ENV n={number}")
    return builder.write_oci(tmp_path_factory.mktemp("life") / "layout", ref_name="v")


def logged(*arguments: object, code: int = 0) -> Any:  # noqa: ANN401 - JSON
    answer = call("log", *arguments, "-o", "json")
    assert answer.code == code, answer.err
    SCHEMA.validate(answer.json)
    return answer.json


def changes(document: Any, place: int = 0) -> list[tuple[int, str]]:  # noqa: ANN401 - JSON
    return [(v["layer"], v["change"]) for v in document["places"][place]["versions"]]


def digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def test_every_kind_of_change_has_its_word(life: Path) -> None:
    found = logged(life, "/d/f")
    assert changes(found) == [
        (0, "added"),
        (1, "content changed"),
        (2, "metadata changed"),
        (3, "written again, the same"),
        (4, "removed by a whiteout"),
        (5, "added"),
        (6, "hidden by an opaque directory"),
    ]
    assert found["places"][0]["now"] is None
    assert changes(logged(life, "d/y")) == [(6, "added"), (7, "dropped with its directory")]
    assert changes(logged(life, "d"))[-1] == (7, "replaced by another type")


def test_each_version_has_its_digest_and_the_layer_its_step(life: Path) -> None:
    found = logged(life, "d/f")
    files = [version["file"] for version in found["places"][0]["versions"]]
    expected = [digest(b"one"), *[digest(b"two!")] * 3]
    assert [file["digest"] for file in files[:4]] == expected
    assert files[4] is None
    assert (files[5]["type"], files[5]["target"], files[5]["digest"]) == ("symlink", "x", None)
    steps = [layer["created_by"] for layer in found["image"]["layers"]]
    assert steps == [f"STEP {number}" for number in range(8)]  # empty layers do not count


def test_what_of_the_metadata_changed_is_named(life: Path) -> None:
    version = logged(life, "d/f")["places"][0]["versions"][2]
    assert {c["what"]: (c["before"], c["after"]) for c in version["changed"]} == {
        "mode": ("0644", "0600"),
        "owner": ("0:0", "7:0"),
        "time": ("2024-05-01 12:00:00", "2024-05-01 12:01:00"),
        "xattr user.a": ("none", "31"),
    }
    text = call("log", life, "d/f").text
    assert "mode 0644 -> 0600, owner 0:0 -> 7:0" in text
    assert f"  {digest(b'two!')}" in text.splitlines()
    assert "layer 2: STEP 2" in text.splitlines()


class TestARootThatNoLayerLists:
    """umoci unpacks it as a directory of its own making, so every image has one."""

    @pytest.mark.parametrize("asked", ["/", "", ".", "//", "./", "d/..", "up/", "up/d/../."])
    def test_is_found_without_any_values(self, asked: str, tmp_path: Path) -> None:
        builder = ImageBuilder().layer({"d/f": b"1", "up": Link("/")}).layer({"d/f": b"2"})
        path = builder.write_oci(tmp_path / "layout", "v")
        found = logged(path, asked)
        assert found["places"] == [
            {"path": "", "led_to_after_layers": [0, 1], "now": None, "versions": []}
        ]
        told = call("log", path, asked).text.splitlines()[-1]
        assert told.endswith(
            ": the root of the image, listed by no layer; who unpacks it chooses its mode and owner"
        )
        assert unpack(path, tmp_path / "bundle").is_dir()

    def test_is_there_without_layers(self, tmp_path: Path) -> None:
        path = ImageBuilder().write_oci(tmp_path / "layout")
        assert [place["versions"] for place in logged(path, "/")["places"]] == [[]]
        assert not logged(path, "d", code=1)["found"]

    def test_may_be_listed_in_a_layer_that_was_not_read(self, tmp_path: Path) -> None:
        built = ImageBuilder().layer({"d/f": b"1"}).layer({"./": Dir(0o700)}).build()
        layout = Layout()
        layout.add(built)
        path = layout.omit(built.layer_digests[1]).write_dir(tmp_path / "layout")
        answer = call("log", path, "/")
        assert answer.code == 3
        assert ".: the root of the image, listed by no layer that could be read; " in answer.text

    def test_has_the_values_of_the_layer_that_lists_it(self, tmp_path: Path) -> None:
        builder = ImageBuilder().layer({"d/f": b"1"}).layer({"./": Dir(0o700, 5, 6)})
        (place,) = logged(builder.write_oci(tmp_path / "layout"), "/")["places"]
        assert (place["now"]["mode"], place["now"]["uid"]) == ("0700", 5)


def test_a_path_leads_through_linked_folders(life: Path) -> None:
    found = logged(life, "bin/tool")
    assert [place["path"] for place in found["places"]] == ["usr/bin/tool"]
    assert changes(found) == [(1, "added")]
    assert "bin/tool leads to usr/bin/tool" in call("log", life, "bin/tool").text
    assert changes(logged(life, "bin")) == [(0, "added")]  # of the link itself


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ("lib/../x", "usr/x"),
        ("/./lib//../lib/l", "usr/lib/l"),
        ("lib", "lib"),
        ("lib/", "usr/lib"),
        ("lib/.", "usr/lib"),
        ("lib/..", "usr"),
        ("sub/p", "sub/p"),
        ("x/", None),
        ("x/../x", None),
        ("nope/../x", None),
        ("sub/p/..", None),
    ],
)
def test_a_path_leads_where_cat_finds_it(asked: str, place: str | None, tmp_path: Path) -> None:
    """As lstat(2) on the unpacked tree: tests/rootfs/test_paths.py holds the rules against it."""
    layer: Entries = {"x": b"root", "usr/lib/": Dir(), "usr/lib/l": b"l", "usr/x": b"usr"}
    links: Entries = {"lib": Link("usr/lib"), "sub/p": Link("../lib/../x")}
    layout = ImageBuilder().layer(layer).layer(links).write_oci(tmp_path / "layout")
    found = logged(layout, asked, code=0 if place else 1)
    assert [each["path"] for each in found["places"]][-1:] == ([place] if place else [])
    assert found["found"] == (place is not None)
    listed = [
        item["path"]
        for item in call("files", layout, asked, "-o", "json").json["images"][0]["files"]
    ]
    if ".." in asked.split("/"):
        assert place in listed if place else not listed


def test_a_folder_that_becomes_a_link_gives_two_places(tmp_path: Path) -> None:
    """lib/x of layer 0 is another file than the one that lib/x leads to from layer 1 on."""
    first: Entries = {"lib/": Dir(), "lib/x": b"1", "usr/lib/": Dir(), "usr/lib/x": b"2"}
    builder = ImageBuilder().layer(first).layer({"lib": Link("usr/lib")})
    found = logged(builder.write_oci(tmp_path / "layout"), "lib/x")
    assert [place["path"] for place in found["places"]] == ["lib/x", "usr/lib/x"]
    assert [place["led_to_after_layers"] for place in found["places"]] == [[0], [1]]
    assert changes(found, 0) == [(0, "added"), (1, "dropped with its directory")]
    assert changes(found, 1) == [(0, "added")]


def test_a_path_below_a_link_that_is_gone_is_found(tmp_path: Path) -> None:
    first: Entries = {"real/": Dir(), "real/x": b"1", "way": Link("real")}
    layout = ImageBuilder().layer(first).layer({".wh.way": b"", ".wh.real": b""})
    found = logged(layout.write_oci(tmp_path / "layout"), "way/x")
    assert [place["path"] for place in found["places"]] == ["real/x"]


def test_a_hard_link_says_what_it_shares(life: Path) -> None:
    file = logged(life, "hard")["places"][0]["now"]
    assert (file["hardlink"], file["digest"]) == ("d", digest(b"a file now"))


def test_the_last_version_is_what_umoci_unpacks(life: Path, tmp_path: Path) -> None:
    root = unpack(life, tmp_path / "bundle")
    for name in ("d", "hard", "usr/bin/tool", "bin", "d/f"):
        now = logged(life, name)["places"][0]["now"]
        path = root / name
        if now is None:
            assert not path.is_symlink()
            assert not path.exists()
        elif now["type"] == "symlink":
            assert str(path.readlink()) == now["target"]
        else:
            assert digest(path.read_bytes()) == now["digest"]


def test_a_path_of_a_real_image_ends_as_umoci_unpacked_it() -> None:
    tree = {entry["path"]: entry for entry in expected_tree("amd64")}
    found = logged(real_image("oci-layout"), "var/lib/dpkg/status", "--platform", "linux/amd64")
    assert len(changes(found)) > 1
    now = found["places"][0]["now"]
    assert now["digest"] == f"sha256:{tree['var/lib/dpkg/status']['sha256']}"
    versions = found["places"][0]["versions"]
    assert len({version["file"]["digest"] for version in versions}) == len(versions)


class TestNotFound:
    def test_is_exit_1_with_what_is_near(self, life: Path) -> None:
        answer = call("log", life, "usr/bin/no/tool")
        assert answer.code == 1
        assert "NOT FOUND: usr/bin/no/tool never was in this image" in answer.text
        assert "the nearest directory that there is: usr/bin" in answer.text
        assert "  usr/bin/tool" in answer.text.splitlines()
        found = logged(life, "usr/bin/no/tool", code=1)
        assert (found["found"], found["nearest"]) == (False, "usr/bin")
        assert found["namesakes"] == ["usr/bin/tool"]

    def test_is_not_claimed_of_layers_that_could_not_be_read(self, tmp_path: Path) -> None:
        image = ImageBuilder().layer({"a": b"1"}).layer({"b": b"2"}).build()
        layout = Layout()
        layout.add(image)
        path = layout.write_dir(tmp_path / "layout")
        (path / blob_path(image.layer_digests[0])).unlink()
        answer = call("log", path, "a")
        assert answer.code == 3
        assert "never was" not in answer.text
        assert "is in no layer that could be read" in answer.text


def test_a_name_that_stands_twice_in_a_layer_has_both_digests(tmp_path: Path) -> None:
    twice: Entries = [("a", b"one"), ("a", b"two")]
    layout = ImageBuilder().layer(twice).write_oci(tmp_path / "layout")
    first, second = logged(layout, "a")["places"][0]["versions"]
    assert (first["change"], first["file"]["digest"]) == ("added", digest(b"one"))
    assert (second["change"], second["file"]["digest"]) == ("content changed", digest(b"two"))
    assert "container engines disagree" in call("log", layout, "a").text


def test_sameness_that_was_not_proven_is_not_claimed(tmp_path: Path) -> None:
    """Of a file that is cut off nobody knows the digest."""
    built = ImageBuilder().layer({"a": b"x" * 2000}).layer({"a": b"y" * 2000}, codec="none").build()
    layout = Layout()
    layout.add(built)
    path = layout.write_dir(tmp_path / "layout")
    blob = path / blob_path(built.layer_digests[1])
    blob.write_bytes(blob.read_bytes()[:1500])
    first, second = logged(path, "a", code=3)["places"][0]["versions"]
    assert (first["compared"], first["file"]["digest"]) == (True, digest(b"x" * 2000))
    assert (second["compared"], second["file"]["digest"]) == (False, None)
    assert "by size and time; contents were not compared" in call("log", path, "a").text


def test_one_platform_has_to_be_chosen() -> None:
    answer = call("log", MULTI, "etc/issue")
    assert (answer.code, answer.out) == (2, b"")
    assert "log needs one platform, and there are 2" in answer.err
    assert "linux/arm64" in answer.err


def test_lines_fit_a_terminal() -> None:
    arguments = ("log", MULTI, "usr/share/doc/netbase/copyright", "--platform", "linux/amd64")
    answer, shown = on_terminal(*arguments, stream="stdout")
    assert answer.code == 0
    assert max(map(len, shown.splitlines())) <= 80
    assert "removed by a whiteout" in shown


def test_names_reach_no_terminal_raw(tmp_path: Path) -> None:
    evil = "a\x1b[31m\n\udcff\u202e"
    layers = ImageBuilder().layer({evil: Link(evil)}, created_by=evil.replace("\udcff", ""))
    layout = layers.write_oci(tmp_path / "layout")
    for form in ("table", "json"):
        answer = call("log", layout, evil, "-o", form)
        assert answer.code == 0
        assert all(line.isprintable() for line in answer.text.split("\n"))
    assert logged(layout, evil)["places"][0]["path"] == evil


def test_the_schema_is_closed_and_every_member_described(life: Path) -> None:
    Draft202012Validator.check_schema(SCHEMA_DOCUMENT)
    _described(SCHEMA_DOCUMENT)
    document = logged(life, "d/f")
    document["places"][0]["versions"][0]["change"] = "appeared"
    assert not SCHEMA.is_valid(document)


def test_one_byte_is_one(tmp_path: Path) -> None:
    layout = ImageBuilder().layer({"one": b"1", "two": b"22"}).write_oci(tmp_path / "layout")
    assert "  1 byte  " in call("log", layout, "one").text
    assert "  2 bytes  " in call("log", layout, "two").text


def test_an_entry_of_which_nothing_is_made_is_no_secret(tmp_path: Path) -> None:
    layers = ImageBuilder().layer({"a": b"1"}).layer({"link": HardLink("nowhere")})
    answer = call("log", layers.write_oci(tmp_path / "layout"), "link")
    assert answer.code == 1
    assert "NOT FOUND: link is stored in layer 1, but nothing is made of the entry\n" in answer.text
