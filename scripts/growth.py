#!/usr/bin/env python3
"""Measures how the cost of `ociscope packages` grows: with layers, entries, images, and bytes.

Synthetic layouts of uncompressed layers, each measured in a fresh process without the cache. The
last one is of 10 GB, as holes that cost no disk: memory must grow with entries, never with bytes.

    scripts/growth.py               # about two minutes, and 1 GB of temporary disk
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import multiprocessing
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from benchlib.measure import Row, Task, run_rows
from benchlib.tasks import PYTHON

MIB = 1 << 20
GIB = 1 << 30
KIND = "application/vnd.oci.image"
AIM_MIB = 250
"""Peak of memory on the image of 10 GB."""


def main() -> None:
    """Build each layout, measure it, print a line, delete it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("-n", "--repetitions", type=int, default=3, metavar="N")
    parser.add_argument("--tiny", action="store_true", help="a hundredth of it, to see it work")
    options = parser.parse_args()
    print(f"{'image':44}{'best s':>9}{'s per 100 000 entries':>23}{'peak MiB':>10}")
    for name, entries, images in _cases(options.tiny):
        with tempfile.TemporaryDirectory(prefix="ociscope-growth-") as scratch:
            layout = Path(scratch)
            # In a process of its own: a program starts its peak with that of who starts it.
            with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
                pool.submit(_write, layout, images).result()
            command = (PYTHON, "-m", "analyzer", "packages", str(layout), "--no-cache")
            (row,) = run_rows([Task(name, command)], options.repetitions)
        _print(row, entries)


def _print(row: Row, entries: int) -> None:
    if row.error:
        raise SystemExit(f"{row.task.name}: {row.error}")
    per = f"{row.best / entries * 100_000:23.2f}" if entries else " " * 23
    peak = row.peak_bytes / MIB
    aim = (
        f"   under {AIM_MIB}: {'met' if peak < AIM_MIB else 'NOT MET'}"
        if "GB" in row.task.name
        else ""
    )
    print(f"{row.task.name:44}{row.best:9.3f}{per}{peak:10.0f}{aim}")


Layer = tuple[str, int, int]
"""A layer: a word that makes it its own, its files, and the bytes of holes in a last one."""
Case = tuple[str, int, list[list[Layer]]]


def _cases(tiny: bool) -> Iterator[Case]:  # noqa: FBT001
    part = 100 if tiny else 1
    for count in (1, 10, 100):
        each = 100_000 // part // count
        layers = [(f"l{number}", each, 0) for number in range(count)]
        yield f"{count} layers of {each} entries", each * count, [layers]
    for files in (1_000, 10_000, 400_000):
        yield f"1 layer, {files // part} entries", files // part, [[("one", files // part, 0)]]
    base = [("base", 100_000 // part, 0)]
    yield "1 image of a layer", 100_000 // part, [base]
    tops = [[*base, (f"top{number}", 10, 0)] for number in range(10)]
    yield "10 images that share that layer", 100_000 // part, tops
    big = 10 * GIB // part
    yield "1 layer of 10 GB in one file", 0, [[("big", 10, big)]]


def _write(layout: Path, images: Sequence[Sequence[Layer]]) -> None:
    blobs = layout / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    written: dict[Layer, tuple[str, int]] = {}
    entries = []
    for number, layers in enumerate(images):
        for layer in layers:
            if layer not in written:
                written[layer] = _write_layer(blobs, layer)
        entries.append(_write_image(blobs, [written[layer] for layer in layers], number))
    index = {"schemaVersion": 2, "manifests": entries}
    (layout / "index.json").write_bytes(json.dumps(index).encode())
    (layout / "oci-layout").write_bytes(b'{"imageLayoutVersion":"1.0.0"}')


def _write_layer(blobs: Path, layer: Layer) -> tuple[str, int]:
    word, files, hole = layer
    path = blobs / "layer"
    with path.open("wb") as stream, tarfile.open(fileobj=stream, mode="w") as archive:
        for number in range(files):
            info = tarfile.TarInfo(f"usr/share/{word}/{number // 100:05}/{number:07}")
            info.size = 10
            archive.addfile(info, io.BytesIO(b"0123456789"))
        if hole:
            info = tarfile.TarInfo("var/hole")
            info.size = hole
            stream.write(info.tobuf(tarfile.GNU_FORMAT))
            stream.seek(hole, io.SEEK_CUR)
    digest = _sha256(path)
    size = path.stat().st_size
    path.rename(blobs / digest)
    return f"sha256:{digest}", size


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _write_image(blobs: Path, layers: Sequence[tuple[str, int]], number: int) -> dict[str, Any]:
    config = {
        "architecture": "amd64",
        "os": "linux",
        "rootfs": {"type": "layers", "diff_ids": [digest for digest, _ in layers]},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{KIND}.manifest.v1+json",
        "config": _descriptor(blobs, f"{KIND}.config.v1+json", config),
        "layers": [
            {"mediaType": f"{KIND}.layer.v1.tar", "digest": digest, "size": size}
            for digest, size in layers
        ],
    }
    annotations = {"org.opencontainers.image.ref.name": str(number)}
    return _descriptor(blobs, f"{KIND}.manifest.v1+json", manifest) | {"annotations": annotations}


def _descriptor(blobs: Path, media_type: str, document: object) -> dict[str, Any]:
    data = json.dumps(document).encode()
    digest = hashlib.sha256(data).hexdigest()
    (blobs / digest).write_bytes(data)
    return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data)}


if __name__ == "__main__":
    main()
