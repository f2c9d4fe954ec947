"""The files that are written per image and platform, and what they are called."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Collection, Sequence
from itertools import chain, count

from analyzer.api import to_spdx
from analyzer.canonical import json_bytes
from analyzer.cli.run import say
from analyzer.digest import encoded_of
from analyzer.explain.kinds import explanation, printed_by
from analyzer.image.names import familiar
from analyzer.predict import predict
from analyzer.report import Document, ImageReport, Report, to_document

_UNSAFE = re.compile(r"[^A-Za-z0-9.-]+")
_NAME_CHARACTERS = 100
REPORT_FILE = "report.json"
"""The one file beside the folders of images."""


def folder_names(images: Sequence[ImageReport]) -> dict[int, str]:
    """A folder for each image that has content, by its position in `images`.

    `app:v1` on linux/arm64 is `app_v1/linux-arm64`. Where several would share one, each gets
    `-` and 12 digits of its manifest digest or image ID.
    """
    plain = {
        number: f"{safe_image(image)}/{safe_platform(image)}"
        for number, image in enumerate(images)
        if image.completeness != "absent"
    }
    # Some file systems do not tell `App` from `app`.
    shared = Counter(name.lower() for name in plain.values())
    taken = {name for name, users in shared.items() if users > 1}
    names = {}
    for number, name in plain.items():
        if shared[name.lower()] == 1:
            names[number] = name
            continue
        names[number] = _free(f"{name}-{_digits(images[number])}", taken | shared.keys())
        taken.add(names[number].lower())
    return names


def _free(name: str, taken: Collection[str]) -> str:
    """`name`, numbered from 2 where one image is in the file several times."""
    names = chain((name,), (f"{name}-{number}" for number in count(2)))
    return next(candidate for candidate in names if candidate.lower() not in taken)


def safe_image(image: ImageReport) -> str:
    """The image's first name as a file name; `unnamed` when it has none."""
    name = safe(familiar(image.names[0])) if image.names else ""
    return f"{name}_" if name.lower() == REPORT_FILE else name or "unnamed"


def safe_platform(image: ImageReport) -> str:
    """The platform as a file name: `linux-arm-v7`."""
    return safe(image.platform.replace("/", "-")) or "unknown"


def safe(text: str) -> str:
    """`text` as one harmless file name: no separators, not hidden, not taken for an option."""
    return _UNSAFE.sub("_", text).lstrip(".-")[:_NAME_CHARACTERS]


def say_absent(report: Report, written: Collection[int]) -> None:
    """Name the images for which there are no files, because nothing of them is here."""
    for number, image in enumerate(report.images):
        if number not in written:
            say(f"note: no files for {image.label} {image.platform}: it is not in this file")


def _digits(image: ImageReport) -> str:
    digest = image.manifest_digest or image.image_id
    return encoded_of(digest)[:12] if digest else f"image{image.position}"


def sbom_bytes(report: Report, image: ImageReport) -> bytes:
    """The SPDX document of one image, dated by `SOURCE_DATE_EPOCH` if that is set."""
    return to_spdx(report, image, source_date_epoch=os.environ.get("SOURCE_DATE_EPOCH"))


def folder_files(report: Report, image: ImageReport) -> dict[str, bytes]:
    """The files of an image's folder, by name; all are made before the first is written."""
    only = Report(report.tool, report.source, (), (image,), ())
    packages = to_document(only, ("distro", "packages"), tree=False)
    return {"packages.json": json_bytes(packages), "sbom.spdx.json": sbom_bytes(report, image)}


def with_words(document: Document) -> Document:
    """`document` with, for each identifier, which bytes are hashed and which commands print it."""
    for image in document["images"]:
        for row in image["identities"]:
            row["hashed"] = explanation(row["kind"]).hashed
            row["printed_by"] = printed_by(row["kind"], row["made_by"] or "")
    return document


def shown_by_documents(report: Report) -> list[list[Document]]:
    """The JSON form of all rows, one list for each image of `report`."""
    return [
        [
            {
                "tool": row.tool,
                "command": row.command,
                "field": row.field,
                "shows": row.shows,
                "digest": row.digest,
                "printed": list(row.printed),
                "condition": row.condition,
                "source": row.source,
                "checked": row.checked,
            }
            for row in predict(report, image, image.made_up)
        ]
        for image in report.images
    ]
