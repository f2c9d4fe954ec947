"""A tree written as files and folders of the host, without root and never outside their folder.

Folders come first, then files, links at the very end; folders get their modes when nothing more
is made in them. Owners, devices, extended attributes, setuid and setgid stay behind: they would
need root, or would give the image's programs rights on the host.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from functools import partial
from io import FileIO

from analyzer.extract.contents import NO_DOUBTS, Doubts, is_hole, read_files
from analyzer.extract.hostfolder import HostFolder, times, write_all
from analyzer.extract.listing import Item, LeftOut, Listing, StoredFile
from analyzer.extract.place import whole_folder
from analyzer.extract.result import Written
from analyzer.inside import Inside, Look
from analyzer.paths import split
from analyzer.tarheader import Entry, EntryKind

FILE_MODE = 0o777
"""What a file keeps of its mode."""
FOLDER_MODE = 0o1777
_SETID = stat.S_ISUID | stat.S_ISGID
_REFUSALS = {
    errno.EEXIST: "the file system here takes its name for one that is there already",
    errno.ENAMETOOLONG: "its name is too long for the file system here",
    errno.EILSEQ: "the file system here does not take its name",
    errno.EINVAL: "the file system here does not take its name",
    errno.ENOENT: "a link without a target, which the file system here does not take",
    errno.EMLINK: "it has more names than the file system here takes",
    errno.EPERM: "the file system here does not take such a thing",
    errno.ENOTSUP: "the file system here does not take such a thing",
}
"""What the host answers to a name it cannot hold; every other error ends the whole."""

_LONG_TARGET = "a link whose target is too long for the file system here"
"""For which symlink(2) has the same error as for its name."""


def export_folder(
    look: Look, inside: Inside, listing: Listing, destination: str, *, unverified: bool = False
) -> Written:
    """Write `listing`, a part of the tree of `inside`, as what is in the folder `destination`.

    Raises:
        IntegrityError: a layer is damaged, or not the one that was promised; nothing is left.
        OutputError: `destination` is not empty, or cannot be written; nothing is left.
    """
    with whole_folder(destination) as stage:
        writer = _Writer(stage.folder, listing, own_root=stage.is_new)
        writer.folders()
        writer.files(look, inside, destination, unverified=unverified)
        writer.links()
        writer.finish(lambda path: "/" in path)
        stage.settle()
        writer.finish(lambda path: "/" not in path)
        return writer.result()


class _Writer:
    """The state of one copy."""

    def __init__(self, folder: HostFolder, listing: Listing, *, own_root: bool) -> None:
        self._folder = folder
        self._listing = listing
        self._own_root = own_root
        self._left_out: list[LeftOut] = list(listing.left_out)
        self._not_made: list[LeftOut] = []
        self._refused: set[str] = set()
        self._folders: list[Item] = []
        self._made: dict[str, str] = {}  # of each file by its first name, the one it got first
        self._others = 0
        self._doubts: Doubts = NO_DOUBTS

    def folders(self) -> None:
        for item in self._listing.directories:
            if item.path and not self._make(item.path, self._folder.make_folder):
                continue
            self._folders.append(item)

    def files(self, look: Look, inside: Inside, place: str, *, unverified: bool) -> None:
        files = self._listing.files
        self._doubts = read_files(
            look, inside, files, self._open, place=place, unverified=unverified
        )
        for file in self._doubts.missing:
            if (made := self._made.pop(file.names[0], None)) is not None:
                self._folder.unlink(made)
            self._left_out += (LeftOut(name, "not all of it is there") for name in file.names)

    def _open(self, file: StoredFile) -> HostFile | None:
        """The file under the first of its names that the host can hold."""
        for name in file.names:
            if self._make(name, self._folder.create):
                self._made[file.names[0]] = name
                return HostFile(self._folder.opened, file.entry)
        return None

    def links(self) -> None:
        for name, wanted in self._listing.hard_links:
            first = self._made.get(wanted)
            if first is not None and name != first and name not in self._refused:
                self._others += self._make(name, partial(self._folder.link, first=first))
        known: dict[tuple[int, int], str] = {}  # of what has several names, the first that was made
        for item in self._listing.others:
            content = item.node.content
            key = item.node.content_layer, content.offset if content is not None else -1
            if self._further(item.path, known.get(key)):
                self._others += 1
            elif self._other(item):
                self._others += 1
                known.setdefault(key, item.path)

    def _further(self, path: str, first: str | None) -> bool:
        """A further name for a link or a pipe; False where that is for another try to make.

        Not every file system takes hard links of symbolic links: then each is one of its own.
        """
        if first is None or self._is_below_refused(path):
            return False
        try:
            self._folder.link(path, first)
        except OSError:
            return False
        return True

    def _other(self, item: Item) -> bool:
        content, kind = item.node.content, item.node.kind
        if content is None or kind not in {EntryKind.SYMLINK, EntryKind.FIFO}:
            self._not_made.append(LeftOut(item.path, f"a {kind.value}"))
            return False
        if kind is EntryKind.FIFO:
            mode = content.mode & FILE_MODE
            return self._make(item.path, partial(self._folder.pipe, mode=mode, mtime=content.mtime))
        target = content.link or ""
        if "\0" in target:
            self._left_out.append(LeftOut(item.path, "a link whose target has a NUL"))
            return False
        make = partial(self._folder.symlink, target=target, mtime=content.mtime)
        made = self._make(item.path, make)
        refused = not made and self._left_out[-1].why == _REFUSALS[errno.ENAMETOOLONG]
        if refused and self._folder.holds_name(item.path):
            self._left_out[-1] = LeftOut(item.path, _LONG_TARGET)
        return made

    def finish(self, wanted: Callable[[str], bool]) -> None:
        """Give the folders that are `wanted` mode and time, the deepest first."""
        for item in reversed(self._folders):
            if wanted(item.path) and (item.path or self._own_root):
                known = item.node.entry is not None
                mode = item.attributes.mode & FOLDER_MODE
                mtime = item.attributes.mtime if known else None
                self._folder.finish_folder(item.path, mode, mtime)

    def result(self) -> Written:
        files = [file for file in self._listing.files if file.names[0] in self._made]
        contents = [file.entry for file in files]
        written = contents + [i.node.content for i in self._folders if i.node.content is not None]
        return Written(
            directories=sum(bool(item.path) for item in self._folders),
            files=len(files),
            others=self._others,
            size=sum(entry.size for entry in contents),
            left_out=tuple(self._left_out),
            not_made=tuple(self._not_made),
            without_setid=sum(bool(entry.mode & _SETID) for entry in written),
            without_xattrs=sum(bool(entry.xattrs) for entry in written),
            doubts=self._doubts,
        )

    def _make(self, path: str, make: Callable[[str], object]) -> bool:
        """Make something; False, with a line for people, where the host cannot hold it.

        Raises:
            OSError: the disk is full, or something else that is not about this name.
        """
        if self._is_below_refused(path):
            self._left_out.append(LeftOut(path, "its folder could not be made"))
            self._refused.add(path)
            return False
        try:
            make(path)
        except OSError as problem:
            why = _REFUSALS.get(problem.errno or 0)
            if why is None:
                raise
            self._left_out.append(LeftOut(path, why))
            self._refused.add(path)
            return False
        return True

    def _is_below_refused(self, path: str) -> bool:
        return bool(self._refused) and split(path)[0] in self._refused


class HostFile:
    """Takes the content of one file of the host; holes stay holes.

    `mode` is what it keeps of its mode; None leaves it to us alone.
    """

    def __init__(self, stream: FileIO, entry: Entry, mode: int | None = FILE_MODE) -> None:
        self._stream = stream
        self._entry = entry
        self._mode = mode

    def write(self, data: memoryview) -> None:
        """Write a piece."""
        if self._entry.sparse and is_hole(data):
            self._stream.seek(len(data), os.SEEK_CUR)
        else:
            write_all(self._stream, data)

    def close(self) -> None:
        """All of it is there: give it its size, mode and time."""
        if self._entry.sparse:
            self._stream.truncate()
        os.utime(self._stream.fileno(), ns=times(self._entry.mtime))
        if self._mode is not None:
            os.fchmod(self._stream.fileno(), self._entry.mode & self._mode)
        self._stream.close()
