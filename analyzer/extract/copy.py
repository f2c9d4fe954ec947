"""A file or a folder of an image, copied to the host with the manners of cp(1)."""

from __future__ import annotations

import os
from io import FileIO
from typing import IO

from analyzer.errors import InputError, OutputError
from analyzer.extract.contents import Doubts, read_files
from analyzer.extract.direxport import FILE_MODE, HostFile, export_folder
from analyzer.extract.listing import StoredFile, bound, list_tree
from analyzer.extract.pick import Picked
from analyzer.extract.place import errors_of, whole_file
from analyzer.extract.result import Written
from analyzer.extract.spool import Spool
from analyzer.extract.tarexport import write_tar
from analyzer.inside import Inside, Look
from analyzer.limits import Limits
from analyzer.paths import quoted
from analyzer.problems import Code


def stored_file(picked: Picked, limits: Limits) -> StoredFile:
    """The one file that was picked.

    Raises:
        InputError: it is a directory.
        LimitExceeded: it is larger than `extracted_bytes`.
    """
    content = picked.node.content
    if content is None or picked.node.is_directory:
        raise InputError(
            Code.BAD_ARGUMENT,
            f"{quoted(picked.asked)} is a directory",
            hint="'ociscope cp' copies directories, 'ociscope files' lists them",
        )
    file = StoredFile(picked.node.content_layer, content, (picked.name,))
    bound([file], limits)
    return file


def copy_out(
    look: Look,
    inside: Inside,
    picked: Picked,
    destination: str,
    limits: Limits,
    *,
    unverified: bool = False,
) -> Written:
    """Copy what was picked to `destination`: into it where that is a folder, else as it.

    Raises:
        IntegrityError: a layer is damaged, or not the one that was promised; nothing is written.
        OutputError: it cannot be written there.
        LimitExceeded: it is larger than `extracted_bytes`.
    """
    target = target_of(picked, destination)
    if picked.node.is_directory:
        if os.path.lexists(target):
            hint = "name another DEST, or remove it first; folders are not merged"
            raise OutputError(Code.OUTPUT_FAILED, "is there already", hint=hint, where=target)
        listing = list_tree(picked.node, "", limits)
        return export_folder(look, inside, listing, target, unverified=unverified)
    return _copy_file(look, inside, stored_file(picked, limits), target, unverified=unverified)


def target_of(picked: Picked, destination: str) -> str:
    """Where on the host a copy goes.

    Raises:
        OutputError: `destination` is a folder, and what was picked has no name.
    """
    if not os.path.isdir(destination) and not destination.endswith("/"):
        return destination
    if not picked.name or "\0" in picked.name:
        hint = "name a DEST that is not there yet"
        raise OutputError(
            Code.OUTPUT_FAILED, "no name to give it in this folder", hint=hint, where=destination
        )
    name = os.fsdecode(picked.name.encode("utf-8", "surrogateescape"))
    return os.path.join(destination, name)


def _copy_file(
    look: Look, inside: Inside, file: StoredFile, target: str, *, unverified: bool
) -> Written:
    entry = file.entry
    with whole_file(target) as stream, FileIO(os.dup(stream.fileno()), "wb") as raw:
        doubts = read_files(
            look,
            inside,
            [file],
            lambda _file: HostFile(raw, entry),
            place=target,
            unverified=unverified,
        )
        if doubts.missing:
            raise _broken(doubts, target)
    return Written(
        files=1,
        size=entry.size,
        without_setid=bool(entry.mode & ~FILE_MODE & 0o6000),
        without_xattrs=bool(entry.xattrs),
        doubts=doubts,
    )


def _broken(doubts: Doubts, target: str) -> OutputError:
    reason = doubts.reasons[0]
    return OutputError(reason.code, f"not all of it is there: {reason}", where=target)


def tar_out(
    look: Look, inside: Inside, picked: Picked, stream: IO[bytes], limits: Limits, place: str
) -> Written:
    """Write what was picked to `stream` as a tar, which nobody may use before this returns.

    Raises:
        IntegrityError, OutputError, LimitExceeded: as `copy_out`.
    """
    listing = list_tree(picked.node, picked.name, limits)
    with errors_of(place):
        return write_tar(look, inside, listing, stream, place)


def spool_files(
    look: Look,
    inside: Inside,
    files: list[StoredFile],
    spool: Spool,
    *,
    unverified: bool = False,
) -> Doubts:
    """Keep the content of `files` in `spool`; proven when this returns, but for what it tells.

    Raises:
        IntegrityError: a layer is damaged, or not the one that was promised.
        OutputError: there is no room for temporary files.
    """
    return read_files(
        look, inside, files, spool.sink, place="temporary file", unverified=unverified
    )
