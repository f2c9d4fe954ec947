"""SBOM documents as input of `sbom`: written in another form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from analyzer.bills.model import Bill, Lost, Party
from analyzer.cli.billinput import name_of
from analyzer.cli.documents import safe
from analyzer.cli.output import write_file, write_stdout
from analyzer.cli.run import say
from analyzer.cli.sbomtargets import Subject, Wanted, names_for, refuse_shared
from analyzer.errors import InputError
from analyzer.problems import Code
from analyzer.sbom.writing import Template, lost, write

_MOST = 50


def convert(
    bill: Bill, path: str, wanted: Sequence[Wanted], template: Template | None, author: Party | None
) -> None:
    """Write `bill` in other forms, and say on standard error what they have no place for.

    `author` answers for the documents beside those who made the one that was read.

    Raises:
        InputError: a form that says more of an image than a document can.
    """
    from analyzer.report import TOOL
    from analyzer.sbom.converted import converted
    from analyzer.sbom.papers import signed_off

    for each in wanted:
        if each.form.of_image:
            what = f"{each.form.name} is made from an image, and {name_of(path)} is none"
            raise InputError(Code.BAD_ARGUMENT, what)
    ready = signed_off(converted(bill, TOOL), author)
    subject = _subject(ready)
    refuse_shared((each, subject.named(each.file)) for each in wanted)
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
