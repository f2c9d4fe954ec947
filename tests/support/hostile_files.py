"""Hostile outer files: nothing there, nothing in it, cut off, or full of traps."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tests.support.codecs import compress, hex_of
from tests.support.hostile_case import (
    ANY,
    FINE_OR_LOST,
    LOST,
    NOTHING,
    NOTHING_OR_LOST,
    UNPROVEN_OR_LOST,
    Cases,
    as_layout,
    top_digest,
    victim,
)
from tests.support.imagebuilder import Image, Layout, Link, compact, tar_bytes
from tests.support.layouts import blob_path
from tests.support.saves import save_entries
from tests.support.tarbytes import Entry, File

if TYPE_CHECKING:
    from pathlib import Path

FILES = Cases()

_CUT = ("truncated", "cut", "ends", "incomplete", "damaged", "unexpected end")


def _write(folder: Path, name: str, data: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    return folder / name


def _layout() -> Layout:
    layout = Layout()
    layout.add(victim(), ref_name="1")
    return layout


@FILES.add("a path where nothing is", NOTHING, "no-such-image.tar")
def _missing(folder: Path) -> Path:
    return folder / "no-such-image.tar"


@FILES.add("an empty file", NOTHING, "empty.tar")
def _empty(folder: Path) -> Path:
    return _write(folder, "empty.tar", b"")


@FILES.add("a text file", NOTHING, "letter.tar")
def _text(folder: Path) -> Path:
    return _write(folder, "letter.tar", b"Dear reader, this is no image.\n" * 40)


@FILES.add("a tar that is no image", NOTHING, "notes.tar")
def _other_tar(folder: Path) -> Path:
    return _write(folder, "notes.tar", tar_bytes({"notes.txt": b"x", "a/b.bin": b"y"}))


@FILES.add("a directory that is no layout", NOTHING, "pictures")
def _other_directory(folder: Path) -> Path:
    _write(folder / "pictures", "cat.jpg", b"\xff\xd8\xff")
    return folder / "pictures"


@FILES.add("a named pipe that nobody writes to", NOTHING, "pipe.tar")
def _pipe(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    os.mkfifo(folder / "pipe.tar")
    return folder / "pipe.tar"


@FILES.add("a layout whose index.json is a directory", NOTHING_OR_LOST, "index.json")
def _index_is_directory(folder: Path) -> Path:
    layout = _layout().replace("index.json", None).write_dir(folder / "layout")
    (layout / "index.json").mkdir()
    return layout


@FILES.add("a layout whose layer blob is a named pipe", LOST, top_digest())
def _blob_is_pipe(folder: Path) -> Path:
    blob = _drop_top(folder)
    os.mkfifo(blob)
    return folder / "layout"


@FILES.add("a layout whose layer blob is a symlink out of it", UNPROVEN_OR_LOST, top_digest())
def _blob_is_symlink(folder: Path) -> Path:
    outside = _write(folder, "outside", b"secret")
    _drop_top(folder).symlink_to(outside)
    return folder / "layout"


def _drop_top(folder: Path) -> Path:
    """Write the victim and remove its top layer; returns where the layer was."""
    image = victim().build()
    layout = as_layout(image, folder)
    blob = layout / blob_path(image.layer_digests[1])
    blob.unlink()
    return blob


def _index_first() -> tuple[dict[str, Entry], Image]:
    """Archive members with the documents in front and the top layer at the end."""
    image = victim().build()
    layout = Layout()
    layout.add(image, ref_name="1")
    entries = layout.tar_entries()
    last = blob_path(image.layer_digests[1])
    first = ("oci-layout", "index.json")
    order = [*first, *(name for name in entries if name not in (*first, last)), last]
    return {name: entries[name] for name in order}, image


@FILES.add("an archive cut off in the middle of a layer", LOST, *_CUT, top_digest())
def _cut_in_layer(folder: Path) -> Path:
    entries, _ = _index_first()
    return _write(folder, "cut.tar", tar_bytes(entries)[:-40_000])


@FILES.add("an archive cut off before its index.json", NOTHING_OR_LOST, *_CUT, "index.json")
def _cut_before_index(folder: Path) -> Path:
    data = _layout().tar()
    return _write(folder, "cut.tar", data[: data.index(b"index.json") + 200])


@FILES.add("a compressed archive that is cut off", NOTHING_OR_LOST, *_CUT)
def _cut_gzip(folder: Path) -> Path:
    data = compress(_layout().tar(), "gzip")
    return _write(folder, "cut.tar.gz", data[: len(data) // 2])


@FILES.add("a compressed archive with a flipped byte", NOTHING_OR_LOST, *_CUT, "corrupt", "error")
def _bent_gzip(folder: Path) -> Path:
    data = bytearray(compress(_layout().tar(), "gzip"))
    data[len(data) // 2 : len(data) // 2 + 4] = b"\0\0\0\0"
    return _write(folder, "bent.tar.gz", bytes(data))


@FILES.add(
    "an archive with a flipped header between its members",
    NOTHING_OR_LOST,
    *_CUT,
    "header",
    "index.json",
)
def _bent_member_header(folder: Path) -> Path:
    data = bytearray(_layout().tar())
    data[data.index(b"index.json")] ^= 0xFF
    return _write(folder, "bent.tar", bytes(data))


@FILES.add("an archive whose layers are symlinks in a loop", LOST, "link", "loop", "cycle")
def _outer_loop(folder: Path) -> Path:
    entries = save_entries([(victim().build(), ("test/one:1",))], "legacy")
    layers = [name for name in entries if name.endswith("layer.tar")]
    for name, other in zip(layers, reversed(layers), strict=True):
        entries[name] = Link(f"../{other}")
    return _write(folder, "loop.tar", tar_bytes(entries))


@FILES.add("an archive whose layer is a symlink out of it", LOST, "link", "layer.tar")
def _outer_escape(folder: Path) -> Path:
    entries = save_entries([(victim().build(), ("test/one:1",))], "legacy")
    layer = next(name for name in entries if name.endswith("layer.tar"))
    entries[layer] = Link("../../../../../../etc/passwd")
    return _write(folder, "escape.tar", tar_bytes(entries))


@FILES.add("an archive with members outside of it", FINE_OR_LOST)
def _outer_dotdot(folder: Path) -> Path:
    entries: dict[str, Entry] = {
        "../../outside-by-dots": b"evil",
        "/outside-by-slash": b"evil",
        "blobs/../../outside-in-the-middle": b"evil",
    }
    data = tar_bytes(entries | _layout().tar_entries())
    return _write(folder, "dots.tar", data)


@FILES.add("an archive that holds every member twice, the second one wrong", ANY)
def _outer_twice(folder: Path) -> Path:
    sound = list(_layout().tar_entries().items())
    wrong: list[tuple[str, Entry]] = [
        (name, File(b"{}")) for name, entry in sound if isinstance(entry, File)
    ]
    return _write(folder, "twice.tar", tar_bytes([*sound, *wrong]))


@FILES.add("a save without images", NOTHING, "image", "empty", "manifest.json")
def _empty_save(folder: Path) -> Path:
    return _write(folder, "none.tar", tar_bytes({"manifest.json": b"[]"}))


@FILES.add("a save whose manifest.json is null", NOTHING, "manifest.json", "image")
def _null_save(folder: Path) -> Path:
    return _write(folder, "null.tar", tar_bytes({"manifest.json": b"null"}))


@FILES.add("a save whose config is named out of the archive", NOTHING_OR_LOST, "passwd", "config")
def _save_config_escape(folder: Path) -> Path:
    item = {"Config": "../../../etc/passwd", "RepoTags": ["a:1"], "Layers": []}
    return _write(folder, "escape.tar", tar_bytes({"manifest.json": compact([item])}))


@FILES.add("a save that lists a layer which is not there", LOST, "missing", "not in", "absent")
def _save_missing_layer(folder: Path) -> Path:
    entries = save_entries([(victim().build(), ("test/one:1",))], "skopeo")
    missing = f"{hex_of(victim().build().diff_ids[1])}.tar"
    entries.pop(missing)
    return _write(folder, "missing.tar", tar_bytes(entries))


@FILES.add("a save with more layers than diff IDs", UNPROVEN_OR_LOST, "layer", "diff")
def _save_too_many_layers(folder: Path) -> Path:
    entries = save_entries([(victim().build(), ("test/one:1",))], "skopeo")
    layers = [name for name in entries if name.endswith(".tar") and "/" not in name]
    config = next(name for name in entries if name.endswith(".json"))
    item = {"Config": config, "RepoTags": None, "Layers": [*layers, layers[0]]}
    entries["manifest.json"] = compact([item])
    return _write(folder, "many.tar", tar_bytes(entries))
