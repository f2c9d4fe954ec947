"""Files that later layers deleted or overwrote, written out with a list of what they are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from analyzer.canonical import json_bytes
from analyzer.digest import Digest, finish, new_hash
from analyzer.extract.contents import Doubts, read_files
from analyzer.extract.direxport import HostFile
from analyzer.extract.hostfolder import HostFolder, write_all
from analyzer.extract.listing import StoredFile, bound
from analyzer.extract.place import whole_folder
from analyzer.inside import Inside, Look
from analyzer.limits import Limits
from analyzer.paths import split
from analyzer.rootfs.fates import Lost, lost_files
from analyzer.version import __version__

MANIFEST = "manifest.json"
SCHEMA = "ociscope-recovered-1.0"
"""Names the schema that `manifest` follows."""
_NAME_BYTES = 200
"""File systems take 255; a number may have to follow."""
_KEPT_BYTES = 150
_PATH_BYTES = 800
"""Linux opens paths of less than 4096 bytes, macOS of 1024, with the folders above them."""
_KEPT_FOLDER_BYTES = 500


@dataclass(frozen=True, slots=True)
class RecoveredFile:
    """One lost file as it was written: `file` is its name below the folder of the recovery."""

    lost: Lost
    file: str
    digest: Digest


@dataclass(frozen=True, slots=True)
class Recovery:
    """What a recovery wrote, by layer and path; `missing` could not be read whole."""

    files: tuple[RecoveredFile, ...]
    missing: tuple[Lost, ...]
    doubts: Doubts

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(item.lost.entry.size for item in self.files)


def recover(
    look: Look,
    inside: Inside,
    destination: str,
    limits: Limits,
    *,
    only: Sequence[Lost] | None = None,
    unverified: bool = False,
) -> Recovery:
    """Write each lost file of `inside` under `destination`/layer-N, and a manifest.json of them.

    Args:
        look: the open input; with `digests`, so that changes of content are told exactly.
        inside: the platform whose files are wanted.
        destination: a folder that is empty or not there yet.
        limits: bounds what is written.
        only: these lost files in place of all.
        unverified: also those of layers that cannot be proven.

    Raises:
        IntegrityError: a layer is damaged, or not the one that was promised; nothing is written.
        OutputError: `destination` cannot be written; nothing is left there.
        LimitExceeded: they have more bytes than `extracted_bytes` allows.
    """
    lost = tuple(lost_files(inside.history) if only is None else only)
    by_key = {(item.layer, item.entry.offset): item for item in lost}
    stored = [StoredFile(item.layer, item.entry, (item.path,)) for item in lost]
    bound(stored, limits)
    names = safe_names(lost)
    digests: dict[tuple[int, int], Digest] = {}
    with whole_folder(destination) as stage:
        _make_folders(stage.folder, names.values())

        def open_sink(file: StoredFile) -> _Hashed:
            key = file.layer, file.entry.offset
            stage.folder.create(names[key])
            return _Hashed(HostFile(stage.folder.opened, file.entry, mode=None), digests, key)

        doubts = read_files(
            look, inside, stored, open_sink, place=destination, unverified=unverified
        )
        missing = {(file.layer, file.entry.offset) for file in doubts.missing}
        for key in sorted(missing):
            with suppress(FileNotFoundError):
                stage.folder.unlink(names[key])
        files = tuple(
            RecoveredFile(item, names[key], digests[key])
            for key, item in by_key.items()
            if key not in missing
        )
        recovery = Recovery(files, tuple(by_key[key] for key in sorted(missing)), doubts)
        _write(stage.folder, MANIFEST, json_bytes(manifest(inside, recovery)))
        stage.settle()
    return recovery


def safe_names(lost: Sequence[Lost]) -> Mapping[tuple[int, int], str]:
    """A file name for each lost file, by layer and offset, harmless on every host.

    No two are the same, not even where upper and lower case are, and none is where another needs
    a folder.
    """
    plain = {
        (item.layer, item.entry.offset): _bounded(
            "/".join([f"layer-{item.layer}", *map(_safe, item.path.split("/"))])
        )
        for item in lost
    }
    taken = {folder.casefold() for name in plain.values() for folder in _folders_of(name)}
    names = {}
    for key, name in plain.items():
        number, free = 1, name
        while free.casefold() in taken:
            number += 1
            free = f"{name}~{number}"
        taken.add(free.casefold())
        names[key] = free
    return names


def _bounded(path: str) -> str:
    """A path of safe names, with its first folders and a digest of all where it is too long."""
    if len(path.encode()) <= _PATH_BYTES:
        return path
    folder, name = split(path)
    raw = folder.encode()
    kept, _ = split(raw[:_KEPT_FOLDER_BYTES].decode("utf-8", "ignore"))
    return f"{kept}/~{hashlib.sha256(raw).hexdigest()[:16]}/{name}"


def _safe(name: str) -> str:
    """One part of a path: bytes that are no plain text as %XX, and not too long."""
    raw = name.encode("utf-8", "surrogateescape")
    text = "".join(_safe_character(character) for character in name)
    if len(text.encode()) <= _NAME_BYTES:
        return text
    kept = text.encode()[:_KEPT_BYTES].decode("utf-8", "ignore")
    return f"{kept}~{hashlib.sha256(raw).hexdigest()[:16]}"


def _safe_character(character: str) -> str:
    if character.isprintable() and character not in "%~":
        return character
    raw = character.encode("utf-8", "surrogateescape")
    return "".join(f"%{byte:02X}" for byte in raw)


def _folders_of(name: str) -> Iterable[str]:
    folder = split(name)[0]
    while folder:
        yield folder
        folder = split(folder)[0]


def _make_folders(folder: HostFolder, names: Iterable[str]) -> None:
    made: set[str] = set()
    for path in sorted({above for name in names for above in _folders_of(name)}):
        try:
            folder.make_folder(path)
        except FileExistsError:  # for a host that does not tell upper from lower case
            if path.casefold() not in made:
                raise
        made.add(path.casefold())


def _write(folder: HostFolder, name: str, data: bytes) -> None:
    folder.create(name)
    write_all(folder.opened, memoryview(data))


class _Hashed:
    """Takes the digest of a file that is written."""

    def __init__(
        self, sink: HostFile, digests: dict[tuple[int, int], Digest], key: tuple[int, int]
    ) -> None:
        self._sink = sink
        self._hash = new_hash()
        self._digests = digests
        self._key = key

    def write(self, data: memoryview) -> None:
        """Write a piece."""
        self._hash.update(data)
        self._sink.write(data)

    def close(self) -> None:
        """Keep the digest."""
        self._sink.close()
        self._digests[self._key] = finish(self._hash)


def manifest(inside: Inside, recovery: Recovery) -> dict[str, Any]:
    """The content of manifest.json (`schema/recovered-1.0.json`)."""
    return {
        "schema": SCHEMA,
        "tool": {"name": "ociscope", "version": __version__},
        "image": list(inside.image.names),
        "platform": inside.platform,
        "verified": not recovery.doubts.reasons,
        "files": [_row(inside, item) for item in recovery.files],
    }


def _row(inside: Inside, item: RecoveredFile) -> dict[str, Any]:
    lost, entry = item.lost, item.lost.entry
    step = inside.steps[lost.event.layer]
    return {
        "file": item.file,
        "path": lost.path,
        "also": list(lost.also),
        "layer": lost.layer,
        "size": entry.size,
        "sha256": item.digest,
        "mode": f"{entry.mode:04o}",
        "uid": entry.uid,
        "gid": entry.gid,
        "mtime": entry.mtime,
        "lost_by": {
            "layer": lost.event.layer,
            "change": lost.event.change.value,
            "created_by": step,
        },
    }
