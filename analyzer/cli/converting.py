"""SBOM documents as input of `sbom`: found by their content, written in another form."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

from analyzer.bills.model import Bill, Lost, Party
from analyzer.cli.documents import safe
from analyzer.cli.output import write_file, write_stdout
from analyzer.cli.run import say
from analyzer.cli.sbomtargets import Subject, Wanted, names_for
from analyzer.errors import InputError
from analyzer.limits import Limits
from analyzer.problems import Code

_HEAD = 64 << 10
_MOST = 50


def document_in(path: str) -> Bill | None:
    """The bill in the file at `path`; None where that is no SBOM document.

    Raises:
        InputError: it looks like one and cannot be read.
    """
    from analyzer.bills.read import NotABill, looks_like_bill, read_bill

    data = _contents(path, looks_like_bill)
    if data is None:
        return None
    try:
        return read_bill(data)
    except NotABill as fault:
        raise InputError(Code.NOT_AN_IMAGE, str(fault), where=Path(path).name) from fault


def read_small(file: Path) -> bytes:
    """The bytes of a file that the user names. Raises InputError: not there, too large."""
    most = Limits().document_bytes
    try:
        with file.open("rb") as opened:
            data = opened.read(most + 1)
    except OSError as fault:
        reason = fault.strerror or "cannot be read"
        raise InputError(Code.NOT_FOUND, reason, where=str(file)) from fault
    if len(data) > most:
        raise InputError(Code.BAD_ARGUMENT, f"larger than {most} bytes", where=str(file))
    return data


def convert(
    bill: Bill, path: str, wanted: Sequence[Wanted], template: str, author: Party | None
) -> None:
    """Write `bill` in other forms, and say on standard error what they have no place for.

    `author` answers for the documents beside those who made the one that was read.

    Raises:
        InputError: a form that says more of an image than a document can.
    """
    from analyzer.api import TOOL
    from analyzer.sbom.converted import converted
    from analyzer.sbom.papers import signed_off
    from analyzer.sbom.writing import lost, write

    for each in wanted:
        if each.form.of_image:
            what = f"{each.form.name} is made from an image, and {Path(path).name} is none"
            raise InputError(Code.BAD_ARGUMENT, what)
    ready = signed_off(converted(bill, TOOL), author)
    subject = _subject(ready)
    for each in sorted(wanted, key=lambda each: not each.file):
        data = write(ready, each.form.name, each.version, template=template)
        file = names_for(each, {0: subject})[0]
        if file:
            write_file(Path(file), data)
        else:
            write_stdout(data)
        _say_lost(each, (*bill.lost, *lost(ready, each.form.name, each.version)))


def _subject(bill: Bill) -> Subject:
    root = next((e for e in bill.elements if e.ref in bill.subjects), None)
    digest = next(iter(root.digests), "") if root is not None else ""
    platform = dict(root.properties).get("ociscope:image:platform", "") if root is not None else ""
    return Subject(
        image=safe(bill.name) or "unnamed",
        platform=safe(platform.replace("/", "-")) or "unknown",
        digest=digest.replace(":", "-") or "unknown",
        words=bill.name,
    )


def _say_lost(wanted: Wanted, things: Iterable[Lost]) -> None:
    listed = sorted(set(things))
    words = [f"{t.what} ({t.count} times)" if t.count > 1 else t.what for t in listed[:_MOST]]
    if len(listed) > _MOST:
        words.append(f"and {len(listed) - _MOST} more")
    if words:
        say(f"note: {wanted.form.name} has no place for: {'; '.join(words)}")


def _contents(path: str, looks: Callable[[bytes], bool]) -> bytes | None:
    """The bytes of the regular file at `path` if it looks like a document; else None."""
    try:
        found = os.stat(path)  # noqa: PTH116 (a path as typed, `-` among them)
        if not stat.S_ISREG(found.st_mode):
            return None  # images travel in directories and pipes, documents do not
        with Path(path).open("rb") as opened:
            return _document_of(opened, found.st_size, looks)
    except OSError:
        return None  # whoever opens it as an image says why


def _document_of(opened: BinaryIO, size: int, looks: Callable[[bytes], bool]) -> bytes | None:
    most = Limits().document_bytes
    head = opened.read(_HEAD)
    if head.lstrip()[:1] == b"{" and size <= most and not looks(head):
        head += opened.read(most)  # a statement may say only behind its predicate what that is
    if not looks(head):
        return None
    if size > most:
        what = f"it looks like an SBOM document of {size} bytes; {most} are read"
        raise InputError(Code.BAD_ARGUMENT, what, where=Path(opened.name).name)
    return head + opened.read(most)
