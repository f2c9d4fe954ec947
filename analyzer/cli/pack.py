"""The evidence pack: every document of every image in one folder, with the digest of each file."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from analyzer.bills.model import Party
from analyzer.canonical import json_bytes
from analyzer.cli.documents import (
    REPORT_FILE,
    SUMS_FILE,
    folder_names,
    index_folders,
    say_absent,
)
from analyzer.cli.output import write_file
from analyzer.cli.run import say
from analyzer.digest import digest_bytes, encoded_of
from analyzer.errors import InputError
from analyzer.report import Report, to_document
from analyzer.sbom.created import FROM_ENVIRONMENT
from analyzer.sbom.forms import FORMS
from analyzer.sbom.papers import Papers, index_document

_FORMS = ("spdx-json", "cyclonedx-json")


def write_pack(report: Report, directory: Path, author: Party | None) -> dict[int, str]:
    """Write the pack of `report` below `directory`; returns the folder of each image.

    `author` answers for the documents. What `SHA256SUMS` lists is written before it, so a folder
    that has one is whole.

    Raises:
        InputError: SOURCE_DATE_EPOCH is none.
        OutputError: a file cannot be written.
    """
    folders = folder_names(report.images)
    sums: dict[str, str] = {}
    for name, data in _files(report, folders, author):
        write_file(directory / name, data)
        sums[name] = encoded_of(digest_bytes(data))
    # sha256sum(1): the digest, a blank, a blank for text, the name.
    listing = "".join(f"{sums[name]}  {name}\n" for name in sorted(sums))
    write_file(directory / SUMS_FILE, listing.encode())
    say_absent(report, folders)
    return {number: str(directory / name) for number, name in folders.items()}


def _files(
    report: Report, folders: Mapping[int, str], author: Party | None
) -> Iterator[tuple[str, bytes]]:
    """Every file of the pack but the sums, by its name below the folder."""
    epoch, index = os.environ.get(FROM_ENVIRONMENT), FORMS["index"]
    papers = {number: Papers(report, report.images[number], epoch, author) for number in folders}
    for number, folder in folders.items():
        for name, data in _of_platform(report, papers[number]):
            yield f"{folder}/{name}", data
    for number, folder in index_folders(report.images).items():
        digest = report.images[number].index_digest
        if digest is not None and number in papers:
            data = index_document([*papers.values()], report, digest, epoch, index.versions[0])
            yield f"{folder}/index.{index.ending}", data
    yield REPORT_FILE, json_bytes(to_document(report))


def _of_platform(report: Report, papers: Papers) -> Iterator[tuple[str, bytes]]:
    image = papers.image
    for form in _FORMS:
        yield f"sbom.{FORMS[form].ending}", papers.document(form)
    try:
        yield f"sbom.{FORMS['intoto'].ending}", papers.document("intoto")
    except InputError as refused:
        say(f"note: no statement for {image.label} {image.platform}: {refused}")
    only = Report(report.tool, report.source, (), (image,), ())
    yield "packages.json", json_bytes(to_document(only, ("distro", "packages"), tree=False))
