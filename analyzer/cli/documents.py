"""The files that are written per image and platform, and what they are called."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Collection, Sequence
from itertools import chain, count

from analyzer.cli.run import say
from analyzer.digest import Digest, encoded_of
from analyzer.explain.kinds import explanation, printed_by
from analyzer.image.names import familiar
from analyzer.predict import predict
from analyzer.report import Document, ImageReport, Report
from analyzer.sbom.created import FROM_ENVIRONMENT, creation_time

_UNSAFE = re.compile(r"[^A-Za-z0-9.-]+")
_NAME_CHARACTERS = 100
REPORT_FILE = "report.json"
SUMS_FILE = "SHA256SUMS"
"""The two files beside the folders of images."""


def dates_known(images: Sequence[ImageReport]) -> None:
    """Refuse a bad date before anybody waits. Raises InputError: SOURCE_DATE_EPOCH is none."""
    for image in images:
        creation_time(image, os.environ.get(FROM_ENVIRONMENT))


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


def index_folders(images: Sequence[ImageReport]) -> dict[int, str]:
    """A folder for each index that lists images of the file, by the number of its first image.

    Where several would share one, each gets `-` and 12 digits of the digest of its index.
    """
    first: dict[str, int] = {}
    for number, image in enumerate(images):
        if image.index_digest is not None:
            first.setdefault(image.index_digest, number)
    plain = {number: safe_image(images[number]) for number in first.values()}
    shared = Counter(name.lower() for name in plain.values())
    return {
        number: name if shared[name.lower()] == 1 else f"{name}-{encoded_of(Digest(digest))[:12]}"
        for (digest, number), name in zip(first.items(), plain.values(), strict=True)
    }


def _free(name: str, taken: Collection[str]) -> str:
    """`name`, numbered from 2 where one image is in the file several times."""
    names = chain((name,), (f"{name}-{number}" for number in count(2)))
    return next(candidate for candidate in names if candidate.lower() not in taken)


def safe_image(image: ImageReport) -> str:
    """The image's first name as a file name; `unnamed` when it has none."""
    name = safe(familiar(image.names[0])) if image.names else ""
    taken = name.lower() in {REPORT_FILE, SUMS_FILE.lower()}
    return f"{name}_" if taken else name or "unnamed"


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
