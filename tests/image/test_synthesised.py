"""Manifests that tools make up, against what the real tools print for the same archives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.digest import Digest
from analyzer.image.model import Measured
from analyzer.image.synthesised import (
    HARD_LINK,
    HAS_LAYOUT,
    NOT_MEASURED,
    OTHER_COUNT,
    RECOMPRESSED,
    SHARED_PATH,
    Link,
    Maker,
    StoredLayer,
    made_up,
    made_up_of,
)
from analyzer.opening import open_images
from tests.image.madeup import ours
from tests.image.oddities import ODD, odd_image
from tests.support.archives import items
from tests.support.codecs import compact, compress, sha256
from tests.support.engines import Client, containerd, podman
from tests.support.imagebuilder import Image, ImageBuilder, tar_bytes, write_save
from tests.support.saves import save_entries
from tests.support.tarbytes import Entry, HardLink
from tests.support.tools import require_tool, run, shared


def skopeo_digest(reference: str) -> str:
    said = run([require_tool("skopeo"), "inspect", reference]).stdout
    return str(json.loads(said)["Digest"])


def skopeo_raw(reference: str) -> bytes:
    return run([require_tool("skopeo"), "inspect", "--raw", reference]).stdout


# The archives of one image by many tools: the digests that were noted when they were made.


@pytest.mark.parametrize(
    ("name", "skopeo", "containerd", "crane"),
    [
        ("docker-20.10-save", "3b13b26c", "316deac5", None),
        ("podman-4.3-save-docker-archive", "3b13b26c", "316deac5", None),
        ("crane-tarball", "3b13b26c", "0e6bcdc0", "431ffc47"),
        ("docker-29-save-graphdriver-store", "3b13b26c", None, None),
        ("docker-29-save-containerd-store", "3b13b26c", None, None),
    ],
)
def test_one_image_has_the_digests_that_each_tool_printed(
    name: str, skopeo: str, containerd: str | None, crane: str | None
) -> None:
    (item,) = items(shared("samples", f"{name}.tar"))
    found = ours(item, layout=name.startswith("docker-29"))
    stated = {Maker.SKOPEO: skopeo, Maker.CONTAINERD: containerd, Maker.GGCR: crane}
    for maker, prefix in stated.items():
        digest = found[maker].digest
        assert (digest[7:15] if digest else None) == prefix, maker
        assert bool(found[maker].reason) == (prefix is None)
        assert bool(found[maker].condition) == (prefix is not None)


def test_syft_differs_from_skopeo_where_members_are_links_or_compressed() -> None:
    """By its source only: stereoscope takes the size from the tar header."""
    same, linked, packed = (
        ours(next(items(shared("samples", f"{name}.tar"))))
        for name in ("podman-4.3-save-docker-archive", "docker-20.10-save", "crane-tarball")
    )
    assert same[Maker.SYFT].raw == same[Maker.SKOPEO].raw
    for found in (linked, packed):
        assert found[Maker.SYFT].raw != found[Maker.SKOPEO].raw
    document = json.loads(linked[Maker.SYFT].raw or b"")
    assert [layer["size"] for layer in document["layers"]] == [2048, 0, 0, 3072]


# skopeo, here and now.


@pytest.mark.parametrize("style", ["legacy", "skopeo", "hybrid", "containerd"])
def test_skopeo_prints_our_digest_for_every_form(style: str, tmp_path: Path) -> None:
    path = write_save(tmp_path / "a.tar", [(odd_image({}), ("a:1",))], style)
    (item,) = items(path)
    found = ours(item)[Maker.SKOPEO]
    assert found.raw == skopeo_raw(f"docker-archive:{path}")
    assert found.digest == skopeo_digest(f"docker-archive:{path}")


@pytest.mark.parametrize("spaced", [False, True])
@pytest.mark.parametrize("what", sorted(set(ODD) - {"a command in one string"}))
def test_skopeo_prints_our_digest_for_any_config(what: str, spaced: bool, tmp_path: Path) -> None:  # noqa: FBT001
    image = odd_image(ODD[what], spaced=spaced, layers=5)
    path = write_save(tmp_path / "a.tar", [(image, ("a:1",))])
    (item,) = items(path)
    assert ours(item)[Maker.SKOPEO].raw == skopeo_raw(f"docker-archive:{path}")


@pytest.mark.parametrize("layers", [1, 2, 7])
def test_skopeo_prints_our_digest_for_what_it_wrote_itself(layers: int, tmp_path: Path) -> None:
    layout = tmp_path / "layout"
    odd = {name: ODD[name] for name in ("beyond ASCII", "angles and ampersands")}
    for number, changes in enumerate(odd.values()):
        builder = ImageBuilder().config(**changes).layer(raw_tar=tar_bytes({}))
        for _ in range(layers - 1):
            builder.layer({"a": b"a"}, codec="gzip")
        builder.write_oci(layout / str(number), "1")
        path = tmp_path / f"{number}.tar"
        source = f"oci:{layout}/{number}:1"
        run([require_tool("skopeo"), "copy", source, f"docker-archive:{path}:example/a:1"])
        (item,) = items(path)
        assert ours(item)[Maker.SKOPEO].digest == skopeo_digest(f"docker-archive:{path}")


def two_images(tmp_path: Path) -> Path:
    low = {"low": b"low"}
    one = ImageBuilder().layer(low).layer({"a": b"a"}).build("docker")
    two = ImageBuilder().layer({"b": b"b"}).layer(low).build("docker")
    return write_save(tmp_path / "two.tar", [(one, ("one:1",)), (two, ("two:1",))])


def test_a_layer_that_is_a_link_has_size_0_in_skopeos_manifest(tmp_path: Path) -> None:
    """Docker links a layer that an earlier image of the archive has too."""
    path = two_images(tmp_path)
    for number, item in enumerate(items(path)):
        found = ours(item, images=2)
        raw = skopeo_raw(f"docker-archive:{path}:@{number}")
        assert found[Maker.SKOPEO].raw == raw
        assert found[Maker.SYFT].digest is None
        assert found[Maker.SYFT].reason == "it refuses an archive of 2 images"
    assert [layer["size"] for layer in json.loads(raw)["layers"]] == [2048, 0]


def test_real_images_have_the_digest_that_skopeo_prints() -> None:
    for name in ("docker-two-images.tar.xz", "docker-two-names.tar.xz"):
        path = shared("corpus", "archives", "containers-container-libs", name)
        for number, item in enumerate(items(path)):
            found = ours(item)[Maker.SKOPEO].digest
            assert found == skopeo_digest(f"docker-archive:{path}:@{number}")


# podman keeps the manifest that was made up while it loaded.


@pytest.mark.parametrize("style", ["legacy", "skopeo"])
def test_podman_shows_our_digest_after_load(style: str, tmp_path: Path) -> None:
    image = odd_image(ODD["beyond ASCII"], layers=4)
    path = write_save(tmp_path / "a.tar", [(image, ("localhost/a:1",))], style)
    (item,) = items(path)
    with podman() as client:
        client("load", "--quiet", "--input", path)
        (said,) = json.loads(client("image", "inspect", "localhost/a:1"))
    found = ours(item)[Maker.SKOPEO].digest
    assert f"sha256:{said['Id']}" == item.image_id
    assert said["Digest"] == found
    assert said["RepoDigests"] == [f"localhost/a@{found}"]


# containerd.


@pytest.fixture(scope="module")
def ctr() -> Iterator[Client]:
    with containerd() as client:
        yield client


def imported(ctr: Client, path: Path, name: str) -> str:
    ctr("images", "import", "--no-unpack", "--all-platforms", path)
    table = [line.split() for line in ctr("images", "ls").splitlines()]
    (digest,) = [row[2] for row in table if row and row[0] == name]
    ctr("images", "rm", "--sync", name)
    return digest


@pytest.mark.parametrize("what", sorted(set(ODD) - {"a command in one string", "no config"}))
def test_containerd_shows_our_digest_after_import(what: str, ctr: Client, tmp_path: Path) -> None:
    image = odd_image(ODD[what], layers=5)
    path = write_save(tmp_path / "a.tar", [(image, ("a:1",))])
    (item,) = items(path)
    assert imported(ctr, path, "docker.io/library/a:1") == ours(item)[Maker.CONTAINERD].digest


def packed(image: Image, codec: str) -> dict[str, Entry]:
    """A docker archive whose layers are compressed, as crane writes them."""
    layers = [f"{number}.tar.gz" for number in range(len(image.layers))]
    entries: dict[str, Entry] = {"config.json": image.config}
    for name, layer in zip(layers, image.layers, strict=True):
        entries[name] = compress(layer.tar, codec)
    manifest = [{"Config": "config.json", "RepoTags": ["a:1"], "Layers": layers}]
    return entries | {"manifest.json": compact(manifest)}


def test_layers_that_are_compressed_already(ctr: Client, tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(tar_bytes(packed(odd_image({}), "gzip")))
    (item,) = items(path)
    found = ours(item)
    assert found[Maker.SKOPEO].digest == skopeo_digest(f"docker-archive:{path}")
    assert found[Maker.CONTAINERD].digest == imported(ctr, path, "docker.io/library/a:1")
    assert found[Maker.GGCR].digest is not None


def test_containerd_reads_the_layout_where_there_is_one(ctr: Client, tmp_path: Path) -> None:
    image = odd_image({})
    path = write_save(tmp_path / "a.tar", [(image, ("a:1",))], "containerd")
    (item,) = items(path)
    assert ours(item, layout=True)[Maker.CONTAINERD].reason == HAS_LAYOUT
    assert imported(ctr, path, "docker.io/library/a:1") == image.digest


def test_containerd_does_not_follow_hard_links(ctr: Client, tmp_path: Path) -> None:
    entries = save_entries([(odd_image({}), ("a:1",))], "legacy")
    links = {name: entry for name, entry in entries.items() if name.endswith("/layer.tar")}
    names = list(links)
    entries[names[-1]] = HardLink(names[0])
    path = tmp_path / "a.tar"
    order = [*sorted(set(entries) - {names[-1]}), names[-1]]
    path.write_bytes(tar_bytes({name: entries[name] for name in order}))
    with pytest.raises(AssertionError, match="not found"):
        imported(ctr, path, "docker.io/library/a:1")
    (item,) = items(path)
    assert ours(item)[Maker.CONTAINERD].reason == HARD_LINK


# From an image as it was read.


def test_an_image_as_it_was_read_gives_the_same(tmp_path: Path) -> None:
    path = two_images(tmp_path)
    with open_images(str(path)) as chosen:
        images = chosen.images
    for image, item in zip(images, items(path), strict=True):
        measured = [
            Measured(Digest(sha256(m.data)), len(m.data), None, len(m.tar), "none")
            for m in item.layers
        ]
        links: dict[str, Link] = {m.path: "symlink" for m in item.layers if m.link}
        found = made_up_of(image, measured, images=2, links=links)
        assert found == tuple(ours(item, images=2).values())
        assert made_up_of(replace(image, config_document=None), measured) == ()


# What cannot be computed is said.


def layer(**changes: object) -> StoredLayer:
    digest = Digest(sha256(b"layer"))
    fields: dict[str, Any] = {"path": "a/layer.tar", "diff_id": digest, "digest": digest}
    return StoredLayer(**fields | {"size": 5, "uncompressed_size": 5} | changes)


def reasons(*layers: StoredLayer, diff_ids: int | None = None) -> list[str]:
    count = len(layers) if diff_ids is None else diff_ids
    names = [Digest(sha256(b"%d" % number)) for number in range(count)]
    return [found.reason for found in made_up(b"{}", layers, names)]


def test_reasons_for_no_digest() -> None:
    assert reasons(layer()) == ["", "", "", RECOMPRESSED]
    assert reasons(layer(), layer())[0] == SHARED_PATH
    assert reasons(layer(size=None, uncompressed_size=None, digest=None)) == [
        *(NOT_MEASURED, NOT_MEASURED, NOT_MEASURED),
        RECOMPRESSED,
    ]
    assert reasons(layer(), diff_ids=2)[:2] == [OTHER_COUNT, OTHER_COUNT]
    assert reasons(layer(compression="gzip"), diff_ids=0)[0] == OTHER_COUNT
    assert reasons(layer(compression="gzip"), diff_ids=0)[3] == OTHER_COUNT
    assert reasons() == ["", "", "", ""]


@given(st.binary(max_size=32), st.lists(st.builds(layer), max_size=3), st.integers(0, 4))
def test_every_tool_has_a_digest_or_a_reason(
    config: bytes, layers: list[StoredLayer], diff_ids: int
) -> None:
    names = [Digest(sha256(b"%d" % number)) for number in range(diff_ids)]
    for found in made_up(config, layers, names):
        assert (found.digest is None) == bool(found.reason)
        assert (found.digest is None) != bool(found.condition)
