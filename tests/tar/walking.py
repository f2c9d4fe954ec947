"""Runs the walker over bytes cut in pieces and records everything it says."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from analyzer.limits import Limits
from analyzer.paths import clean
from analyzer.problems import Code, Problem
from analyzer.tarheader import Entry
from analyzer.tarstream import TarWalker

END = bytes(1024)


@dataclass
class Content:
    """A sink that remembers."""

    data: bytearray = field(default_factory=bytearray)
    complete: bool = False

    def write(self, data: memoryview) -> None:
        assert not self.complete
        self.data += data

    def close(self) -> None:
        assert not self.complete
        self.complete = True


@dataclass
class Walk:
    """What came out of one archive."""

    entries: list[Entry] = field(default_factory=list)
    contents: list[Content] = field(default_factory=list)
    problems: tuple[Problem, ...] = ()
    sparse: tuple[Problem, ...] = ()
    """The notes that stand for every sparse file, however sound; not among `problems`."""

    @property
    def paths(self) -> list[str]:
        return [entry.path for entry in self.entries]

    @property
    def codes(self) -> list[Code]:
        return [problem.code for problem in self.problems]

    @property
    def data(self) -> dict[str, bytes]:
        """Complete contents by path."""
        pairs = zip(self.entries, self.contents, strict=True)
        return {entry.path: bytes(sink.data) for entry, sink in pairs if sink.complete}


def walk(data: bytes, cuts: Iterable[int] = (), limits: Limits | None = None) -> Walk:
    """Feed `data`, cut before each position of `cuts`, and keep every entry's data."""
    seen = Walk()

    def on_entry(entry: Entry) -> Content:
        seen.entries.append(entry)
        seen.contents.append(Content())
        return seen.contents[-1]

    walker = TarWalker(on_entry, limits or Limits(), "layer")
    edges = [0, *sorted(cuts), len(data)]
    for start, end in pairwise(edges):
        walker.feed(data[start:end])
    walker.finish()
    seen.sparse = tuple(p for p in walker.problems if p.code is Code.SPARSE_FILE)
    seen.problems = tuple(p for p in walker.problems if p.code is not Code.SPARSE_FILE)
    assert walker.offset == len(data)
    return seen


@dataclass(frozen=True)
class Told:
    """What `tarfile` says of an entry, in our words."""

    path: str
    kind: str
    size: int
    mode: int
    owner: tuple[int, int, str, str]
    mtime: float
    link: str | None
    device: tuple[int, int] | None
    data: bytes | None


_KINDS = {
    tarfile.LNKTYPE: "hardlink",
    tarfile.SYMTYPE: "symlink",
    tarfile.CHRTYPE: "character-device",
    tarfile.BLKTYPE: "block-device",
    tarfile.DIRTYPE: "directory",
    tarfile.FIFOTYPE: "fifo",
}


def told_by_tarfile(data: bytes) -> list[Told]:
    """The entries of an archive as the standard library reads them."""
    with tarfile.open(fileobj=io.BytesIO(data), encoding="utf-8") as archive:
        return [_told(archive, member) for member in archive]


def _told(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Told:
    kind = _KINDS.get(member.type, "file")
    link = {"symlink": member.linkname, "hardlink": clean(member.linkname)[0]}.get(kind)
    stream = archive.extractfile(member) if kind == "file" else None
    return Told(
        clean(member.name)[0],
        kind,
        member.size if kind == "file" else 0,
        member.mode & 0o7777,
        (member.uid, member.gid, member.uname, member.gname),
        member.mtime,
        link,
        (member.devmajor, member.devminor) if kind.endswith("device") else None,
        stream.read() if stream else None,
    )


def told_by_us(seen: Walk) -> list[Told]:
    """The same of our own reading."""
    return [
        Told(
            entry.path,
            entry.kind.value,
            entry.size,
            entry.mode,
            (entry.uid, entry.gid, entry.uname, entry.gname),
            float(entry.mtime),  # as precise as the standard library is
            entry.link,
            entry.device,
            bytes(sink.data) if sink.complete and entry.kind == "file" else None,
        )
        for entry, sink in zip(seen.entries, seen.contents, strict=True)
    ]
