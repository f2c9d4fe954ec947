"""The floor: what any reader of an image has to do, and nothing else.

Read every layer, inflate it, take the SHA-256 of both sides. The same codec libraries as the
analyzer uses, called directly.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any, cast

import zstandard

CHUNK_BYTES = 1 << 18


def run_floor(layout: Path, threads: int) -> None:
    """Every layer of the layout's image, the largest first, on `threads` threads."""
    blobs = sorted(layers_of(layout), key=lambda path: -path.stat().st_size)
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(_pass, blobs):
            pass


def run_hashing(layout: Path, threads: int) -> None:
    """The SHA-256 of every layer as stored, and nothing else: what a warm run cannot spare."""
    blobs = sorted(layers_of(layout), key=lambda path: -path.stat().st_size)
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(_hash, blobs):
            pass


def _hash(blob: Path) -> str:
    with blob.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def layers_of(layout: Path) -> list[Path]:
    """The layers of the layout's one image, bottom first."""
    index = json.loads((layout / "index.json").read_bytes())
    manifest = json.loads(_blob(layout, index["manifests"][0]["digest"]).read_bytes())
    return [_blob(layout, layer["digest"]) for layer in manifest["layers"]]


def _blob(layout: Path, digest: str) -> Path:
    return layout / "blobs" / "sha256" / digest.partition(":")[2]


def _pass(blob: Path) -> tuple[str, str]:
    stored, inflated = hashlib.sha256(), hashlib.sha256()
    with blob.open("rb", buffering=0) as stream:
        chunk = stream.read(CHUNK_BYTES)
        feed = _gzip(inflated.update) if chunk[:2] == b"\x1f\x8b" else _zstd(inflated.update)
        while chunk:
            stored.update(chunk)
            feed(chunk)
            chunk = stream.read(CHUNK_BYTES)
    return stored.hexdigest(), inflated.hexdigest()


def _gzip(take: Callable[[bytes], object]) -> Callable[[bytes], None]:
    try:
        from isal import igzip_lib
    except ImportError:
        state = zlib.decompressobj(wbits=31)
        return lambda chunk: cast("None", take(state.decompress(chunk)))

    made: Any = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)

    def feed(chunk: bytes) -> None:
        take(made.decompress(chunk, CHUNK_BYTES))
        while not made.needs_input and not made.eof:
            take(made.decompress(b"", CHUNK_BYTES))

    return feed


class _Sink:
    """The file that zstd writes to."""

    def __init__(self, take: Callable[[bytes], object]) -> None:
        self._take = take

    def write(self, data: bytes) -> int:
        self._take(data)
        return len(data)


def _zstd(take: Callable[[bytes], object]) -> Callable[[bytes], None]:
    sink = cast("IO[bytes]", _Sink(take))
    writer = zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_writer(
        sink, write_size=CHUNK_BYTES, closefd=False
    )
    return lambda chunk: cast("None", writer.write(chunk))
