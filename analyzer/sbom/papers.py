"""The documents of one image or one index, each made when it is first asked for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

from analyzer.bills.model import Bill, Party
from analyzer.digest import Digest, new_sha1
from analyzer.errors import InputError
from analyzer.problems import Code
from analyzer.report import ImageReport, Report
from analyzer.sbom.compose import compose
from analyzer.sbom.created import creation_time, latest_time
from analyzer.sbom.forms import FORMS
from analyzer.sbom.indexed import PlatformDocument, compose_index, indexes
from analyzer.sbom.statement import CYCLONEDX, SPDX, By, statement, subject_of
from analyzer.sbom.writing import Template, write


class Papers:
    """The documents of one image of a report, all from one bill.

    `epoch` is the value of SOURCE_DATE_EPOCH, None where it is not set; `author` is who answers
    for the documents, if anybody does.

    Raises:
        InputError: `epoch` is none (when a document is first made).
    """

    def __init__(
        self, report: Report, image: ImageReport, epoch: str | None, author: Party | None = None
    ) -> None:
        self.image = image
        self.author = author
        self._report = report
        self._epoch = epoch
        self._made: dict[tuple[str, str], bytes] = {}

    @cached_property
    def bill(self) -> Bill:
        """What the documents say."""
        created, source = creation_time(self.image, self._epoch)
        bill = compose(self._report, self.image, created=created, created_from=source)
        return signed_off(bill, self.author)

    def document(
        self,
        form: str,
        version: str = "",
        *,
        template: Template | None = None,
        subject: By = "manifest",
    ) -> bytes:
        """The document in a form of `FORMS`; `subject` says what a statement is about.

        Raises:
            InputError: a statement has no subject, or the template is none.
        """
        version = version or next(iter(FORMS[form].versions), "")
        if form == "intoto":
            return self._statement("spdx-json", version, subject)
        if form == "intoto:cyclonedx":
            return self._statement("cyclonedx-json", version, subject)
        if (form, version) not in self._made:
            data = write(self.bill, form, version, image=self.image, template=template)
            self._made[form, version] = data
        return self._made[form, version]

    def _statement(self, form: str, version: str, subject: By) -> bytes:
        about = subject_of(self.image, subject)
        predicate_type = SPDX if form == "spdx-json" else CYCLONEDX
        return statement(self.document(form, version), predicate_type, about)


def index_document(
    papers: Sequence[Papers],
    report: Report,
    digest: Digest,
    epoch: str | None,
    version: str,
    *,
    pointing_to: str = "",
) -> bytes:
    """The document of the index `digest`, pointing to the SPDX document of each of its platforms.

    `version` is that of SPDX, `pointing_to` that of the documents pointed to, by default the same.

    Raises:
        InputError: the index is not in the file.
    """
    images = indexes(report.images).get(digest, [])
    created, source = latest_time(images, epoch)
    pointers = [
        _pointer(each.image.manifest_digest, each.document("spdx-json", pointing_to or version))
        for each in papers
        if each.image.index_digest == digest and each.image.manifest_digest is not None
    ]
    bill = compose_index(report, digest, pointers, created=created, created_from=source)
    if bill is None:
        raise InputError(Code.NOT_FOUND, f"the index {digest} is not in this file")
    return write(signed_off(bill, papers[0].author), "spdx-json", version)


def signed_off(bill: Bill, author: Party | None) -> Bill:
    """`bill` with `author` before its other creators."""
    return bill if author is None else replace(bill, creators=(author, *bill.creators))


def _pointer(manifest: Digest, document: bytes) -> PlatformDocument:
    sha1 = new_sha1()
    sha1.update(document)
    uri = str(json.loads(document)["documentNamespace"])
    return PlatformDocument(manifest, uri, sha1.hexdigest())
