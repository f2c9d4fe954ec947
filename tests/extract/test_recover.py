"""What later layers deleted is written out as it lies in the lower ones, read by `tarfile`."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from analyzer.errors import IntegrityError, LimitExceeded, OutputError
from analyzer.extract.recover import Recovery, recover
from analyzer.inside import look_inside
from analyzer.limits import Limits
from tests.cli.harness import MULTI
from tests.extract.hosts import names_in, snapshot
from tests.support.imagebuilder import Dir, HardLink, ImageBuilder, Layout, Link
from tests.support.layouts import blob_path
from tests.support.realimages import real_image
from tests.support.tarbytes import Entries
from tests.support.tools import ROOT, run

VALIDATOR = Draft202012Validator(
    json.loads((ROOT / "analyzer" / "schema" / "recovered-1.0.json").read_bytes())
)


def recovered(
    path: Path, to: Path, platform: str | None = None, *, unverified: bool = False
) -> Recovery:
    with look_inside(str(path), platforms=[platform] if platform else [], digests=True) as look:
        (inside,) = look.images
        return recover(look, inside, str(to), Limits(), unverified=unverified)


def manifest(folder: Path) -> Any:  # noqa: ANN401 - JSON
    document = json.loads((folder / "manifest.json").read_bytes())
    VALIDATOR.validate(document)
    return document


def files_of(tar: bytes) -> dict[str, bytes]:
    """Every regular file of a layer as the standard library reads it."""
    with tarfile.open(fileobj=io.BytesIO(tar)) as opened:
        return {
            member.name.removeprefix("./"): opened.extractfile(member).read()  # type: ignore[union-attr]
            for member in opened
            if member.isreg()
        }


def originals(layout: Path, platform: str) -> list[dict[str, bytes]]:
    """The files of each gzip layer of a layout."""
    index = json.loads((layout / "index.json").read_bytes())
    blob = (layout / blob_path(index["manifests"][0]["digest"])).read_bytes()
    document = json.loads(blob)
    if "manifests" in document:
        (found,) = [m for m in document["manifests"] if m["platform"]["architecture"] == platform]
        document = json.loads((layout / blob_path(found["digest"])).read_bytes())
    layers = [(layout / blob_path(layer["digest"])).read_bytes() for layer in document["layers"]]
    return [files_of(gzip.decompress(layer)) for layer in layers]


@pytest.mark.parametrize("architecture", ["amd64", "arm64"])
@pytest.mark.parametrize("real", [False, True], ids=["fixture", "real image"])
def test_recovered_files_are_the_originals(
    architecture: str, tmp_path: Path, *, real: bool
) -> None:
    layout = real_image("oci-layout") if real else MULTI
    recovered(layout, tmp_path / "lost", f"linux/{architecture}")
    layers = originals(layout, architecture)
    rows = manifest(tmp_path / "lost")["files"]
    assert rows
    for row in rows:
        original = layers[row["layer"]][row["path"]]
        assert (tmp_path / "lost" / row["file"]).read_bytes() == original
        assert row["sha256"] == f"sha256:{hashlib.sha256(original).hexdigest()}"
        assert row["size"] == len(original)
    written = {
        str(p.relative_to(tmp_path / "lost")) for p in (tmp_path / "lost").rglob("*") if p.is_file()
    }
    assert written == {row["file"] for row in rows} | {"manifest.json"}


def test_of_the_fixture_is_what_its_build_removed(tmp_path: Path) -> None:
    """fixtures/layouts/multi.expected.json has the merged tree of umoci."""
    recovered(MULTI, tmp_path / "lost", "linux/amd64")
    expected = json.loads((ROOT / "fixtures/layouts/multi.expected.json").read_bytes())
    tree = {row["path"]: row for row in expected["platforms"]["amd64"]["tree"]}
    shown = {row["sha256"] for row in tree.values() if row["type"] == "file"}
    lost = {
        (layer, path)
        for layer, files in enumerate(originals(MULTI, "amd64"))
        for path, data in files.items()
        if hashlib.sha256(data).hexdigest() not in shown and ".wh." not in path
    }
    rows = manifest(tmp_path / "lost")["files"]
    assert {(row["layer"], row["path"]) for row in rows} == lost
    steps = {row["path"]: row["lost_by"] for row in rows}
    assert steps["etc/networks"]["change"] == "removed by a whiteout"
    assert steps["var/lib/dpkg/status"] == {
        "layer": 1,
        "change": "content changed",
        "created_by": "dpkg --remove netbase",
    }


def write(tmp_path: Path, *layers: Entries) -> Path:
    builder = ImageBuilder()
    for entries in layers:
        builder.layer(entries)
    return builder.write_oci(tmp_path / "layout")


def contents(tmp_path: Path) -> dict[tuple[int, str], tuple[str, bytes]]:
    """By layer and path, the name and content of what was written."""
    folder = tmp_path / "lost"
    return {
        (row["layer"], row["path"]): (row["file"], (folder / row["file"]).read_bytes())
        for row in manifest(folder)["files"]
    }


def test_every_lost_version_of_a_path_is_there(tmp_path: Path) -> None:
    layers: list[Entries] = [{"f": b"%d" % n} for n in range(4)]
    recovered(write(tmp_path, *layers), tmp_path / "lost")
    assert contents(tmp_path) == {(n, "f"): (f"layer-{n}/f", b"%d" % n) for n in range(3)}


def test_two_versions_in_one_layer_are_both_there(tmp_path: Path) -> None:
    layout = write(tmp_path, [("f", b"first"), ("f", b"second")], {"f": b"third"})
    recovered(layout, tmp_path / "lost")
    rows = manifest(tmp_path / "lost")["files"]
    data = [(tmp_path / "lost" / row["file"]).read_bytes() for row in rows]
    assert sorted(data) == [b"first", b"second"]


def test_a_file_that_lives_on_under_another_name_is_not_lost(tmp_path: Path) -> None:
    layout = write(
        tmp_path, {"a": b"1", "b": HardLink("a"), "c": b"2"}, {".wh.a": b"", ".wh.c": b""}
    )
    recovered(layout, tmp_path / "lost")
    assert contents(tmp_path) == {(0, "c"): ("layer-0/c", b"2")}


def test_names_are_made_harmless(tmp_path: Path) -> None:
    lower: Entries = {
        "a\nb": b"1",
        "esc\x1b[0m": b"2",
        "raw\udc80": b"3",
        "100%41": b"4",
        "x" * 255: b"5",
        "x" * 254 + "y": b"6",
        "größe": b"7",
        "A": b"8",
        "a": b"9",
        "..": b"out",
        "manifest.json": b"10",
        "d/": Dir(),
        "d/f": b"11",
    }
    recovered(write(tmp_path, lower, {".wh..wh..opq": b""}), tmp_path / "lost")
    found = contents(tmp_path)
    assert {path: data for (_, path), (_, data) in found.items()} == {
        path: data for path, data in dict(lower).items() if isinstance(data, bytes) and path != ".."
    }
    names = [name for name, _ in found.values()]
    assert len({name.casefold() for name in names}) == len(names)
    for name in names:
        assert name.isprintable()
        assert max(len(part.encode()) for part in name.split("/")) <= 210
    assert found[0, "raw\udc80"][0] == "layer-0/raw%80"
    assert found[0, "100%41"][0] == "layer-0/100%2541"


def test_paths_longer_than_any_host_opens_are_shortened(tmp_path: Path) -> None:
    """limits.h of Linux: PATH_MAX is 4096 with the NUL; of macOS: 1024."""
    deep = "/".join(["d" * 200] * 25)
    lower: Entries = {
        f"{deep}/f": b"1",
        f"{deep}/g": b"2",
        f"{deep}/D/f": b"3",
        f"{deep}/d/f": b"4",
        "/".join(["xxxx"] * 250): b"5",
        "/".join(["üüüü"] * 200): b"6",
    }
    recovered(write(tmp_path, lower, {".wh..wh..opq": b""}), tmp_path / "lost")
    found = contents(tmp_path)
    assert {path: data for (_, path), (_, data) in found.items()} == lower
    names = {path: name for (_, path), (name, _) in found.items()}
    assert len({name.casefold() for name in names.values()}) == len(names)
    assert max(len(name.encode()) for name in names.values()) <= 800
    assert names[f"{deep}/f"].startswith("layer-0/" + "/".join(["d" * 200] * 2) + "/~")
    assert names[f"{deep}/f"].removesuffix("/f") == names[f"{deep}/g"].removesuffix("/g")


def test_a_file_where_another_needs_a_folder(tmp_path: Path) -> None:
    layout = write(
        tmp_path,
        [("d", b"file"), ("d/", Dir()), ("d/f", b"below"), ("D~2", b"in the way")],
        {".wh..wh..opq": b""},
    )
    recovered(layout, tmp_path / "lost")
    assert sorted(data for _, data in contents(tmp_path).values()) == [
        b"below",
        b"file",
        b"in the way",
    ]


def test_links_of_the_image_are_not_followed(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    canary.mkdir()
    layout = write(
        tmp_path,
        {"d/": Dir(), "d/f": b"1"},
        {"d": Link(str(canary))},
        {"d": b"file"},
    )
    before = snapshot(canary)
    recovered(layout, tmp_path / "lost")
    assert contents(tmp_path) == {(0, "d/f"): ("layer-0/d/f", b"1")}
    assert snapshot(canary) == before


def test_nothing_lost_is_said_in_the_manifest(tmp_path: Path) -> None:
    assert recovered(write(tmp_path, {"a": b"1"}), tmp_path / "lost").files == ()
    assert manifest(tmp_path / "lost")["files"] == []
    assert names_in(tmp_path / "lost") == ["manifest.json"]


def test_only_its_owner_may_read_what_was_deleted(tmp_path: Path) -> None:
    recovered(write(tmp_path, {"d/key": b"secret"}, {".wh.d": b""}), tmp_path / "lost")
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "lost").rglob("*")} == {0}


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lost").mkdir()
    (tmp_path / "lost" / "mine").write_bytes(b"")
    with pytest.raises(OutputError, match="this folder is not empty"):
        recovered(write(tmp_path, {"a": b"1"}), tmp_path / "lost")


def test_what_is_larger_than_the_limit_is_refused(tmp_path: Path) -> None:
    layout = write(tmp_path, {"a": b"12345"}, {".wh.a": b""})
    with look_inside(str(layout)) as look, pytest.raises(LimitExceeded, match="extracted_bytes"):
        recover(look, look.images[0], str(tmp_path / "lost"), Limits(extracted_bytes=4))
    assert not (tmp_path / "lost").exists()


class TestAnUnprovenLayer:
    def layout(self, tmp_path: Path) -> Path:
        """The content of `a` is not what the digest is of."""
        image = ImageBuilder().layer({"a": b"x" * 1000}, codec="none").layer({".wh.a": b""}).build()
        layout = Layout()
        layout.add(image)
        path = layout.write_dir(tmp_path / "layout")
        blob = path / blob_path(image.layer_digests[0])
        raw = bytearray(blob.read_bytes())
        raw[600] ^= 1
        blob.write_bytes(raw)
        return path

    def test_gives_nothing(self, tmp_path: Path) -> None:
        layout = self.layout(tmp_path)
        before = snapshot(tmp_path)
        with pytest.raises(IntegrityError, match="declared sha256:"):
            recovered(layout, tmp_path / "lost")
        assert snapshot(tmp_path).keys() == before.keys()

    def test_gives_what_there_is_when_asked_and_says_so(self, tmp_path: Path) -> None:
        recovery = recovered(self.layout(tmp_path), tmp_path / "lost", unverified=True)
        assert [reason.code.value for reason in recovery.doubts.reasons] == ["digest-mismatch"]
        assert manifest(tmp_path / "lost")["verified"] is False
        assert (tmp_path / "lost" / "layer-0" / "a").stat().st_size == 1000


def test_the_same_image_gives_the_same_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        recovered(MULTI, tmp_path / name, "linux/arm64")
    assert run(["diff", "-r", tmp_path / "one", tmp_path / "two"]).stdout == b""
