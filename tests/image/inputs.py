"""What the tests of this folder share: reading a file's documents, and asking for digests."""

from __future__ import annotations

import hashlib
from pathlib import Path

from analyzer import Limits, open_images
from analyzer.image.identity import Identity, Kind, Origin
from analyzer.image.model import Image, ImageSet
from analyzer.problems import Code, Problem, Severity
from analyzer.report import ImageReport
from tests.support.documents import Image as Built
from tests.support.documents import Json
from tests.support.imagebuilder import ImageBuilder
from tests.support.layouts import Layout

#: Digest, origin and `verified` of one identity.
Known = tuple[str | None, Origin, bool | None]


def read(path: Path | str, limits: Limits | None = None) -> ImageSet:
    """Everything the documents at `path` say, no layer read."""
    with open_images(str(path), limits=limits) as chosen:
        return chosen.found


def problems(found: ImageSet) -> list[Problem]:
    """Problems of the file and of all its images."""
    return [*found.problems, *(problem for image in found.images for problem in image.problems)]


def errors(found: ImageSet) -> list[Problem]:
    """Problems of severity error: what cannot be read makes other blobs look unreferenced."""
    return [problem for problem in problems(found) if problem.severity is Severity.ERROR]


def codes(found: ImageSet, severity: Severity = Severity.ERROR) -> set[Code]:
    """The codes of all problems of one severity."""
    return {problem.code for problem in problems(found) if problem.severity is severity}


def ids(images: tuple[Image, ...]) -> list[str | None]:
    """The image IDs, in file order."""
    return [image.image_id for image in images]


def digest(data: bytes, algorithm: str = "sha256") -> str:
    """The digest of `data`, by hashlib."""
    return f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"


def known(image: ImageReport, kind: Kind, layer: int | None = None) -> list[Known]:
    """The identities of one kind (and layer) in their order."""
    found = [i for i in image.identities if i.kind is kind and i.layer == layer]
    return [(i.digest, i.origin, i.verified) for i in found]


def only(image: ImageReport, kind: Kind, layer: int | None = None) -> Identity:
    """The one identity of that kind."""
    (found,) = [i for i in image.identities if i.kind is kind and i.layer == layer]
    return found


def image(text: str = "a", platform: str = "linux/amd64") -> Built:
    """A small image of one layer; another text makes another image."""
    return ImageBuilder().layer({"etc/name": text.encode()}).platform(platform).build()


def layout_of(*images: Built, ref_name: str | None = None) -> Layout:
    """A layout with all of them in `index.json`, under one tag if any."""
    layout = Layout()
    for one in images:
        layout.add(one, ref_name=ref_name)
    return layout


def entry(document: Built, **changes: object) -> Json:
    """What `index.json` says of an image, bent."""
    return document.descriptor({}, platform=True) | changes
