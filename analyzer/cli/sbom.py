"""`ociscope sbom`: bills of materials, one document per platform."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analyzer.cli.options import (
    AuthorOption,
    DirectoryOption,
    ImageOption,
    LimitOption,
    NoCacheOption,
    PathArgument,
    PlatformOption,
    Request,
    parse_author,
    request,
)
from analyzer.cli.output import write_file, write_stdout
from analyzer.cli.run import finish, run
from analyzer.cli.sbomtargets import Subject, Wanted, names_for, parse_wanted, refuse_shared
from analyzer.errors import InputError
from analyzer.limits import Limits
from analyzer.problems import Code
from analyzer.report import ImageReport, Report
from analyzer.sbom.statement import By, subject_of
from analyzer.sbom.writing import Template

if TYPE_CHECKING:
    from analyzer.bills.model import Party
    from analyzer.sbom.papers import Papers

SbomOutput = Annotated[
    list[str] | None,
    typer.Option(
        "-o",
        "--output",
        metavar="FORMAT[@VERSION][=FILE]",
        help="spdx-json (the default), spdx-tv, spdx3-json, cyclonedx-json, "
        "cyclonedx-xml, intoto, intoto:cyclonedx, syft-json, purl, csv, template or index; "
        "repeatable. FILE may hold {image}, {platform} and {digest}.",
        show_default=False,
    ),
]
FilesOption = Annotated[
    bool, typer.Option("--files", help="List every file, too, with its SHA-1 and SHA-256.")
]
SubjectOption = Annotated[
    By,
    typer.Option(
        "--subject",
        help="What an in-toto statement is about: the platform's manifest, or its config.",
    ),
]
TemplateOption = Annotated[
    Path | None,
    typer.Option(
        "--template", metavar="FILE", help="jinja2 template for -o template.", show_default=False
    ),
]
EPOCH = "SOURCE_DATE_EPOCH"


def sbom(
    path: PathArgument,
    output: SbomOutput = None,
    directory: DirectoryOption = None,
    platform: PlatformOption = None,
    image: ImageOption = None,
    template: TemplateOption = None,
    subject: SubjectOption = "manifest",
    author: AuthorOption = None,
    limit: LimitOption = None,
    *,
    files: FilesOption = False,
    no_cache: NoCacheOption = False,
) -> None:
    """An SBOM per platform, in one format or several.

    Several documents need FILE with {image}, {platform} or {digest} in it, or -d DIR, which
    names them DIR/{image}/{platform}/sbom.<ending>. 'index' is about the index that lists the
    platforms. Of PATH that is itself an SBOM, of any tool, this makes one in another format and
    says what that has no place for. Versions: SPDX 2.3 and 2.2, CycloneDX 1.6, 1.5 and 1.7.

    \b
    Examples:
      ociscope sbom app.tar -o spdx-json=a.json -o cyclonedx-xml@1.5=a.xml
      ociscope sbom layout/ -o 'spdx-json={image}-{platform}.json' -o index=i.json
      ociscope sbom layout/ --platform linux/arm64 -o intoto:cyclonedx
      ociscope sbom app.spdx.json -o cyclonedx-json
    """
    wanted = parse_wanted(output, directory)
    asked = request(path, platform, image, limit, no_cache=no_cache)
    text, answering = _template(wanted, template, asked.limits), parse_author(author)
    from analyzer.cli.billinput import document_in

    if (found := document_in(path, asked.limits)) is not None:
        from analyzer.cli.converting import convert

        _refuse_for_documents(platform, image, files=files)
        convert(found, path, wanted, text, answering)
        return
    job = _Job(wanted, asked, text, subject, answering)
    report = run(asked, "PACKAGES", job.plan, files=files)
    job.write(report)
    finish(report, told=False)


def _template(wanted: Sequence[Wanted], file: Path | None, limits: Limits) -> Template | None:
    """The template. Raises InputError: it is missing, unreadable or not asked for."""
    asked = any(each.form.name == "template" for each in wanted)
    if file is None:
        if asked:
            raise InputError(Code.BAD_ARGUMENT, "-o template needs --template FILE")
        return None
    if not asked:
        hint = "add -o template, or -o template=FILE"
        raise InputError(Code.BAD_ARGUMENT, "--template without -o template", hint=hint)
    from analyzer.cli.billinput import read_small

    return Template(read_small(file, limits).decode("utf-8", "surrogateescape"), limits)


def _refuse_for_documents(
    platform: Sequence[str] | None, image: Sequence[str] | None, *, files: bool
) -> None:
    for option, given in (("--platform", platform), ("--image", image), ("--files", files)):
        if given:
            what = f"{option} is for images, and this is an SBOM document"
            raise InputError(Code.BAD_ARGUMENT, what)


class _Job:
    """What is to be written where, planned before layers are read."""

    def __init__(
        self,
        wanted: Sequence[Wanted],
        asked: Request,
        template: Template | None,
        subject: By,
        author: Party | None,
    ) -> None:
        self._wanted = wanted
        self._narrowed = bool(asked.platforms)
        self._template = template
        self._subject = subject
        self._author = author

    def plan(self, images: Sequence[ImageReport]) -> None:
        """Refuse what cannot be written, while nobody has waited yet."""
        from analyzer.cli.documents import dates_known

        refuse_shared((wanted, file) for wanted, _, file in self._places(images))
        dates_known(images)
        if any(each.form.name.startswith("intoto") for each in self._wanted):
            for image in images:
                if image.completeness != "absent":
                    subject_of(image, self._subject)

    def write(self, report: Report) -> None:
        """Write every document: files first, so that what fails leaves standard output empty."""
        from analyzer.cli.documents import folder_names, say_absent
        from analyzer.sbom.papers import Papers

        epoch = os.environ.get(EPOCH)
        papers = {
            number: Papers(report, report.images[number], epoch, self._author)
            for number in folder_names(report.images)
        }
        places = sorted(self._places(report.images), key=lambda place: not place[2])
        for wanted, number, file in places:
            data = self._document(wanted, number, papers, report, epoch)
            if file:
                write_file(Path(file), data)
            else:
                write_stdout(data)
        say_absent(report, papers)

    def _document(
        self,
        wanted: Wanted,
        number: int,
        papers: Mapping[int, Papers],
        report: Report,
        epoch: str | None,
    ) -> bytes:
        if not wanted.form.of_index:
            return papers[number].document(
                wanted.form.name, wanted.version, template=self._template, subject=self._subject
            )
        from analyzer.sbom.papers import index_document

        digest = report.images[number].index_digest
        assert digest is not None  # noqa: S101  (`_indexes` names no other)
        beside = {each.version for each in self._wanted if each.form.name == "spdx-json"}
        pointing_to = beside.pop() if len(beside) == 1 else wanted.version
        every = [*papers.values()]
        return index_document(every, report, digest, epoch, wanted.version, pointing_to=pointing_to)

    def _places(self, images: Sequence[ImageReport]) -> Iterator[tuple[Wanted, int, str]]:
        """Each document: its format, the number of its image, its file."""
        for wanted in self._wanted:
            choose: Callable[[Sequence[ImageReport]], dict[int, Subject]]
            choose = self._indexes if wanted.form.of_index else _platforms
            for number, file in names_for(wanted, choose(images)).items():
                yield wanted, number, file

    def _indexes(self, images: Sequence[ImageReport]) -> dict[int, Subject]:
        """The indexes, each by the number of its first image."""
        from analyzer.cli.documents import index_folders

        if self._narrowed:
            what = "an index SBOM lists every platform of an index"
            raise InputError(Code.BAD_ARGUMENT, what, hint="leave --platform out")
        folders = index_folders(images)
        if not folders:
            raise InputError(
                Code.NOT_FOUND,
                "no index lists the images of this file, so there is nothing to write of one",
                hint="leave -o index out",
            )
        return {
            number: Subject(folder, "index", _short(images[number].index_digest), folder)
            for number, folder in folders.items()
        }


def _platforms(images: Sequence[ImageReport]) -> dict[int, Subject]:
    from analyzer.cli.documents import folder_names

    subjects = {}
    for number, folder in folder_names(images).items():
        name, _, platform = folder.partition("/")
        image = images[number]
        digest = _short(image.manifest_digest or image.image_id)
        subjects[number] = Subject(name, platform, digest, image.title)
    return subjects


def _short(digest: str | None) -> str:
    return digest.replace(":", "-") if digest else "unknown"
