"""Files that a later entry of their own layer replaces, and that hard links still show.

A scanner that goes by names reads the other file, and reports packages that are not there. What
counts is the tree that umoci makes, asked by dpkg and sha256sum.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from analyzer import analyze
from analyzer.layers.cache import LayerCache
from tests.cli.harness import call
from tests.support.imagebuilder import Entries, ImageBuilder
from tests.support.tarbytes import HardLink, Link
from tests.support.tools import require_tool, run

DPKG = "var/lib/dpkg"
STATUS = f"{DPKG}/status"


def status(name: str) -> bytes:
    fields = ["Status: install ok installed", "Version: 1.0", "Architecture: all"]
    fields += ["Maintainer: A <a@example.com>", "Description: one of two"]
    return "\n".join([f"Package: {name}", *fields, ""]).encode()


SHOWN, HIDDEN = status("shown"), status("hidden")
LAYERS: dict[str, list[Entries]] = {
    "under a name that nobody wants": [
        [("spare", SHOWN), (STATUS, HardLink("spare")), ("spare", HIDDEN)]
    ],
    "under a name that is wanted, too": [
        [
            (f"{DPKG}/status.d/one", SHOWN),
            (STATUS, HardLink(f"{DPKG}/status.d/one")),
            (f"{DPKG}/status.d/one", Link("/nowhere")),
        ]
    ],
    "which then is a link": [
        [("spare", SHOWN), (STATUS, HardLink("spare")), ("spare", Link("/nowhere"))]
    ],
    "of a lower layer": [
        [("spare", HIDDEN), ("spare", SHOWN)],
        [(STATUS, HardLink("spare")), ("spare", HIDDEN)],
    ],
    "three times": [
        [
            ("spare", HIDDEN),
            ("other", HardLink("spare")),
            ("spare", SHOWN),
            (STATUS, HardLink("spare")),
            ("spare", HIDDEN),
        ]
    ],
    "and the wanted name itself": [
        [(STATUS, HIDDEN), ("kept", HardLink(STATUS)), (STATUS, SHOWN), ("last", HardLink(STATUS))]
    ],
}


def layout_of(layers: list[Entries], folder: Path) -> Path:
    image = ImageBuilder()
    for entries in layers:
        image.layer(entries)
    return image.write_oci(folder / "layout", "v")


def unpacked(layout: Path, folder: Path) -> Path:
    run([require_tool("umoci"), "unpack", "--image", f"{layout}:v", folder / "bundle"])
    return folder / "bundle" / "rootfs"


@pytest.mark.parametrize("case", LAYERS)
def test_packages_are_those_of_the_content_that_engines_show(case: str, tmp_path: Path) -> None:
    layout = layout_of(LAYERS[case], tmp_path)
    root = unpacked(layout, tmp_path)
    words: list[str | Path] = ["--admindir", root / DPKG, "-W", "-f", "${Package} ${Version}\n"]
    listed = run([require_tool("dpkg-query"), *words]).stdout.decode().split("\n")[:-1]
    cache = LayerCache(tmp_path / "cache")
    for _ in range(2):  # from the cache the second time
        (image,) = analyze(str(layout), cache=cache).images
        installed = [p for p in image.packages if p.locations[0].path == STATUS]
        assert [f"{p.name} {p.version}" for p in installed] == listed == ["shown 1.0"]


@pytest.mark.parametrize("case", LAYERS)
def test_digests_of_the_merged_tree_are_those_of_its_files(case: str, tmp_path: Path) -> None:
    layout = layout_of(LAYERS[case], tmp_path)
    root = unpacked(layout, tmp_path)
    files = {p: p.read_bytes() for p in root.rglob("*") if p.is_file() and not p.is_symlink()}
    answer = call("files", str(layout), "--sha256", "-o", "json")
    (listing,) = answer.json["images"]
    assert {item["path"]: item["digest"] for item in listing["files"] if item["digest"]} == {
        str(path.relative_to(root)): f"sha256:{hashlib.sha256(data).hexdigest()}"
        for path, data in files.items()
    }


def test_lookup_finds_content_that_the_same_layer_writes_over(tmp_path: Path) -> None:
    layout = layout_of([[("a", b"one"), ("a", b"two")]], tmp_path)
    for data, shown in ((b"one", "deleted or replaced"), (b"two", "content of a file")):
        answer = call("lookup", "--files", hashlib.sha256(data).hexdigest(), str(layout))
        assert answer.code == 0
        assert shown in answer.text


def test_another_content_of_the_same_size_and_time_is_not_the_same_again(tmp_path: Path) -> None:
    layout = layout_of([[("a", b"one"), ("a", b"two")]], tmp_path)
    answer = call("files", str(layout), "--deleted", "--sha256", "-o", "json")
    (listing,) = answer.json["images"]
    (item,) = listing["files"]
    assert item["digest"] == f"sha256:{hashlib.sha256(b'one').hexdigest()}"
    assert item["lost"]["change"] == "content changed"


@pytest.mark.parametrize("pattern", ["**/*.key", "d/alias"])
@pytest.mark.parametrize("gone", [(".wh.secret.key", ".wh.alias"), (".wh.alias", ".wh.secret.key")])
def test_a_deleted_file_is_found_by_each_name_that_it_had(
    pattern: str, gone: tuple[str, str], tmp_path: Path
) -> None:
    stored: Entries = [("d/secret.key", b"one"), ("d/alias", HardLink("d/secret.key"))]
    layout = layout_of([stored, [(f"d/{name}", b"") for name in gone]], tmp_path)
    answer = call("files", str(layout), "--deleted", pattern, "--recover", tmp_path / "out")
    assert "d/secret.key, also d/alias" in answer.text
    (file,) = json.loads((tmp_path / "out/manifest.json").read_text())["files"]
    assert (file["path"], file["also"]) == ("d/secret.key", ["d/alias"])
    assert (tmp_path / "out" / file["file"]).read_bytes() == b"one"
