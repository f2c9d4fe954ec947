"""A tree written as one tar, in the order of names, each directory with what is in it.

That order is what lets GNU tar give directories their times and modes back. The same tree gives
the same bytes, whatever layers it came from.
"""

from __future__ import annotations

import os
import tarfile
from typing import IO

from analyzer.extract.contents import is_hole, read_files
from analyzer.extract.listing import Item, LeftOut, Listing, StoredFile
from analyzer.extract.place import whole_file
from analyzer.extract.result import Written
from analyzer.extract.tarheaders import END, CannotHold, header, padding
from analyzer.inside import Inside, Look
from analyzer.tarheader import Entry, EntryKind

_TYPES = {
    EntryKind.SYMLINK: tarfile.SYMTYPE,
    EntryKind.CHARACTER_DEVICE: tarfile.CHRTYPE,
    EntryKind.BLOCK_DEVICE: tarfile.BLKTYPE,
    EntryKind.FIFO: tarfile.FIFOTYPE,
}


def write_tar(
    look: Look, inside: Inside, listing: Listing, stream: IO[bytes], place: str
) -> Written:
    """Write `listing`, a part of the tree of `inside`, as a tar (ustar and pax).

    `stream` is an empty file. Nobody may use what was written before this returns: only then are
    the layers proven.

    Raises:
        IntegrityError: a layer is damaged, or not the one that was promised.
        OutputError: `stream`, which errors call `place`, cannot be written.
        OSError: the same, of what is no file's content.
    """
    return _Writer(stream, listing).run(look, inside, place)


def export_tar(look: Look, inside: Inside, listing: Listing, destination: str) -> Written:
    """As `write_tar`, to a file that appears at `destination` when all is proven.

    Raises:
        IntegrityError: as `write_tar`; nothing is left.
        OutputError: it cannot be written there; nothing is left.
    """
    with whole_file(destination) as stream:
        return write_tar(look, inside, listing, stream, destination)


class _Writer:
    """The state of one tar.

    All sizes are known before, so each content is written where it belongs although the layers
    store files in another order.
    """

    def __init__(self, stream: IO[bytes], listing: Listing) -> None:
        self._stream = stream
        self._listing = listing
        self._left_out = list(listing.left_out)
        self._end = 0
        self._data_at: dict[tuple[int, int], int] = {}
        self._first: dict[tuple[int, int], str] = {}

    def run(self, look: Look, inside: Inside, place: str) -> Written:
        for item in self._listing.names:
            if item.path or item.node.entry is not None:
                self._name(item)
        self._stream.seek(self._end)
        self._stream.write(END)
        files = [file for file in self._listing.files if _key(file) in self._first]
        read_files(look, inside, files, self._open, place=place)
        directories = sum(bool(item.path) for item in self._listing.directories)
        return Written(
            directories=directories,
            files=len(files),
            others=len(self._listing.others) + len(self._listing.hard_links),
            size=sum(file.entry.size for file in files),
            left_out=tuple(self._left_out),
        )

    def _name(self, item: Item) -> None:
        content, kind = item.node.content, item.node.kind
        if content is None or kind is EntryKind.DIRECTORY:
            self._member(item, f"{item.path or '.'}/", tarfile.DIRTYPE)
        elif kind is EntryKind.FILE:
            self._file(item, (item.node.content_layer, content.offset), content.size)
        else:
            self._other(item, (item.node.content_layer, content.offset), content)

    def _other(self, item: Item, key: tuple[int, int], content: Entry) -> None:
        """A link, a device or a pipe; they have hard links as files have."""
        first = self._first.get(key)
        if first is not None:
            self._member(item, item.path, tarfile.LNKTYPE, link=first)
            return
        link = content.link or "" if content.kind is EntryKind.SYMLINK else ""
        device = content.device or (0, 0)
        if self._member(item, item.path, _TYPES[content.kind], link=link, device=device):
            self._first[key] = item.path

    def _file(self, item: Item, key: tuple[int, int], size: int) -> None:
        first = self._first.get(key)
        if first is not None:
            self._member(item, item.path, tarfile.LNKTYPE, link=first)
        elif self._member(item, item.path, tarfile.REGTYPE, size=size):
            self._first[key] = item.path
            self._data_at[key] = self._end
            self._end += size + len(padding(size))

    def _member(
        self,
        item: Item,
        path: str,
        kind: bytes,
        *,
        size: int = 0,
        link: str = "",
        device: tuple[int, int] = (0, 0),
    ) -> bool:
        """Write a header; False, with a line for people, where none can be made."""
        try:
            block = header(path, kind, item.attributes, size=size, link=link, device=device)
        except CannotHold as problem:
            self._left_out.append(LeftOut(item.path, f"a tar cannot hold {problem}"))
            return False
        self._stream.seek(self._end)
        self._stream.write(block)
        self._end += len(block)
        return True

    def _open(self, file: StoredFile) -> _Data:
        self._stream.seek(self._data_at[_key(file)])
        return _Data(self._stream, sparse=file.entry.sparse)


def _key(file: StoredFile) -> tuple[int, int]:
    return file.layer, file.entry.offset


class _Data:
    """Writes the data of one entry; holes and what fills up its last block are zero already."""

    def __init__(self, stream: IO[bytes], *, sparse: bool) -> None:
        self._stream = stream
        self._sparse = sparse

    def write(self, data: memoryview) -> None:
        """Write a piece."""
        if self._sparse and is_hole(data):
            self._stream.seek(len(data), os.SEEK_CUR)
        else:
            self._stream.write(data)

    def close(self) -> None:
        """Nothing is left to do."""
