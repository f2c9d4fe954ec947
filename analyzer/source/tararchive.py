"""A tar as input: indexed once by its headers, members read in place."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Collection
from dataclasses import replace
from typing import BinaryIO

from analyzer.limits import Limits, exceeded
from analyzer.paths import clean, join, printable, split
from analyzer.problems import Code, Problem, ProblemLog, error, warning
from analyzer.source.base import missing
from analyzer.tarheader import Entry, EntryKind
from analyzer.tarstream import TarWalker

_HEADER_READ_BYTES = 16 * 512
_REST_READ_BYTES = 1 << 18
_CODES = {
    Code.LAYER_TRUNCATED: Code.ARCHIVE_TRUNCATED,
    Code.HEADER_DAMAGED: Code.ARCHIVE_DAMAGED,
}
"""The walker speaks of layers; in the outer file the same things are called so."""


class TarSource:
    """Members of the tar in `file`, which this object owns and closes.

    `size` is the file's size in bytes. Symbolic and hard links between members are followed,
    inside the archive only. The last of several members of one name counts, as for tar(1).
    """

    container = "tar"

    def __init__(self, file: BinaryIO, size: int, name: str, limits: Limits) -> None:
        self._file = file
        self._fd = file.fileno()
        self._size = size
        self._limits = limits
        self._members: dict[str, Entry] = {}
        self._tops: dict[str, bool] = {}  # names at the top, and whether each is a folder
        self._refused: set[str] = set()
        self._log = ProblemLog(name)
        self._where = name
        self._index()

    @property
    def size_bytes(self) -> int:
        """Size of the tar in bytes."""
        return self._size

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was wrong with the tar."""
        return self._log.finish()

    def names(self) -> Collection[str]:
        """All regular members, and links to such."""
        return [name for name in self._members if self._resolve(name) is not None]

    def has(self, name: str) -> bool:
        """Whether `name` is, or leads to, a regular member."""
        return self._resolve(name) is not None

    def identity(self, name: str) -> object:
        """Where the bytes stand in the tar."""
        member = self._resolve(name)
        return (member.offset, member.size) if member else None

    def link(self, name: str) -> str:
        """`symlink` or `hardlink` when the member itself is one."""
        member = self._members.get(name)
        links = (EntryKind.SYMLINK, EntryKind.HARDLINK)
        return member.kind.value if member is not None and member.kind in links else ""

    def size(self, name: str) -> int:
        """Bytes of the member that are there. Raises InputError."""
        member = self._resolve(name)
        if member is None:
            raise missing(name)
        return max(min(member.size, self._size - member.offset), 0)

    def open(self, name: str) -> BinaryIO:
        """A reader of the member. Raises InputError."""
        member = self._resolve(name)
        if member is None:
            raise missing(name)
        return _Window(self._fd, member.offset, self.size(name))

    def top_names(self) -> frozenset[str]:
        """The names at the top, files and folders alike."""
        return frozenset(self._tops) - {""}

    def top_folders(self) -> frozenset[str]:
        """The folders at the top, those among them that no member of their own makes."""
        return frozenset(name for name, folder in self._tops.items() if folder and name)

    def open_whole(self) -> BinaryIO:
        """A reader of the tar itself."""
        return _Window(self._fd, 0, self._size)

    def close(self) -> None:
        """Close the tar."""
        self._file.close()

    def _index(self) -> None:
        # Members have a limit of their own, and its name is what a user has to raise.
        limits = replace(self._limits, layer_entries=sys.maxsize)
        allowed = self._limits.archive_members
        walker = TarWalker(self._take, limits, self._where)
        position = 0
        while position < self._size:
            if skip := min(walker.skippable, self._size - position):
                walker.skip(skip)
                position += skip
                continue
            step = _REST_READ_BYTES if walker.ended else _HEADER_READ_BYTES
            data = os.pread(self._fd, step, position)
            if not data:
                break
            walker.feed(data)
            if walker.entries > allowed:
                raise exceeded("archive_members", allowed, walker.entries, self._where)
            position += len(data)
        walker.finish()
        for problem in walker.problems:
            self._log.add(replace(problem, code=_CODES.get(problem.code, problem.code)))

    def _take(self, entry: Entry) -> None:
        top, slash, _ = entry.path.partition("/")
        folder = bool(slash) or entry.kind is EntryKind.DIRECTORY
        self._tops[top] = self._tops.get(top, False) or folder
        if entry.kind is EntryKind.DIRECTORY:
            return
        name = printable(entry.path)
        before = self._members.pop(entry.path, None)
        if entry.sparse:
            what = "a sparse member; its bytes were not read"
            self._log.add(error(Code.ENTRY_UNSUPPORTED, name, what))
            return
        if before is not None:
            what = "several members of this name; the last counts"
            self._log.add(warning(Code.DUPLICATE_MEMBER, name, what))
        self._members[entry.path] = entry

    def _resolve(self, name: str) -> Entry | None:
        """The regular member that `name` leads to through links of the archive."""
        start, passed = name, {name}
        for _ in range(self._limits.link_depth + 1):
            member = self._members.get(name)
            if member is None:
                target = self._through_folder(name)
            elif member.kind is EntryKind.SYMLINK:
                target = self._follow(name, member)
            elif member.kind is EntryKind.HARDLINK:
                target = member.link
            else:
                return member if member.kind is EntryKind.FILE else None
            if target is None:
                return None
            if target in passed:
                self._refuse(start, "a link that leads back to itself; not followed")
                return None
            if len(target) > self._limits.path_bytes:  # a link to what lies below itself
                self._give_up(start, "path_bytes", len(target))
                return None
            passed.add(target)
            name = target
        self._give_up(start, "link_depth", self._limits.link_depth + 1)
        return None

    def _through_folder(self, name: str) -> str | None:
        """Where `name` lies when a folder above it is a link; None when none is."""
        end = name.find("/")
        while end > 0:
            member = self._members.get(name[:end])
            if member is not None:
                if member.kind is not EntryKind.SYMLINK:
                    return None
                folder = self._follow(name[:end], member)
                return None if folder is None else join(folder, name[end + 1 :])
            end = name.find("/", end + 1)
        return None

    def _follow(self, name: str, member: Entry) -> str | None:
        """Where the symbolic link `name` leads; None, and a problem, when that is outside."""
        target = _target(name, member.link or "")
        if target is None:
            self._refuse(name, "leads out of the archive; not followed")
        return target

    def _give_up(self, name: str, limit: str, seen: int) -> None:
        """Say that links were followed from `name` until a limit was reached."""
        problem = exceeded(limit, getattr(self._limits, limit), seen, name)
        self._refuse(name, f"{problem.message}; {problem.hint}", problem.code)

    def _refuse(self, name: str, what: str, code: Code = Code.UNSAFE_LINK) -> None:
        if name not in self._refused:
            self._refused.add(name)
            self._log.add(error(code, printable(name), what))


def _target(name: str, link: str) -> str | None:
    """Where the symbolic link `name` leads; None when it climbs above the root."""
    if link.startswith("/"):
        return clean(link)[0]
    parts = split(name)[0].split("/") if "/" in name else []
    for part in link.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)


class _Window(io.RawIOBase, BinaryIO):
    """Part of a file, read with `pread` so that readers do not disturb each other."""

    def __init__(self, fd: int, offset: int, size: int) -> None:
        super().__init__()
        self._fd = fd
        self._offset = offset
        self._size = size
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        left = self._size - self._position
        wanted = left if size is None or size < 0 else min(size, left)
        data = os.pread(self._fd, wanted, self._offset + self._position) if wanted > 0 else b""
        self._position += len(data)
        return data

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(base + offset, 0)
        return self._position
