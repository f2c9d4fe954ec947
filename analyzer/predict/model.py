"""A prediction, and what the rules ask of a report to make one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analyzer.digest import Digest
from analyzer.image.names import split_name
from analyzer.image.synthesised import WHEN_READ, MadeUp, Maker
from analyzer.report import ImageReport, Node, Report

IMAGE_ID = "image ID"
MANIFEST = "manifest digest"
INDEX = "index digest"
LAYER = "layer digest"
MADE_UP = "made-up manifest digest"
ARTIFACT = "digest of image ID and name"
NOTHING = "nothing"
REFUSED = "an error"

ONE_PLATFORM = "on a machine of this platform"
NO_NAME = "the image has no name that is complete"


@dataclass(frozen=True, slots=True)
class Prediction:
    """What one field of one command shows.

    `shows` says which identifier it is; `digest` is None where there is none to show, or where
    it cannot be computed, and `condition` says why. `names` stand in front of the digest, as in
    `name@digest`. `checked`: a test here runs the real tool.
    """

    tool: str
    command: str
    field: str
    shows: str
    digest: Digest | None = None
    names: tuple[str, ...] = ()
    condition: str = ""
    source: str = ""
    checked: bool = False

    @property
    def printed(self) -> tuple[str, ...]:
        """What the field says where the tool does not shorten it."""
        if self.digest is None:
            return ()
        return tuple(f"{name}@{self.digest}" for name in self.names) or (self.digest,)


@dataclass(frozen=True, slots=True)
class Shown:
    """An identifier, which one it is, and when."""

    shows: str
    digest: Digest | None
    condition: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """What the rules ask for."""

    image: ImageReport
    forms: Sequence[str]  # of input that the file has at once
    tar: bool
    entries: int
    """Of `index.json`, where one image with two names counts twice."""
    images: int
    """Of `manifest.json`."""
    tags: tuple[str, ...]
    """Names that `manifest.json` gives the image."""
    names: tuple[str, ...]
    """Names that `index.json` gives it."""
    made: Sequence[MadeUp]

    @property
    def archive(self) -> bool:
        """Whether there is a `manifest.json` of docker's, in a tar as its readers want it."""
        return self.tar and "docker-archive" in self.forms

    @property
    def layout(self) -> bool:
        """Whether the file is an OCI layout, in a tar or a folder."""
        return "oci-layout" in self.forms

    @property
    def condition(self) -> str:
        """Of a reader that takes one platform out of several."""
        return ONE_PLATFORM if self.image.index_digest else ""

    def image_id(self, condition: str = "") -> Shown:
        """The image ID, when `condition` holds."""
        return Shown(IMAGE_ID, self.image.image_id, condition)

    def target(self, condition: str = "") -> Shown:
        """What its name leads to."""
        if self.image.index_digest:
            return Shown(INDEX, self.image.index_digest, condition)
        return Shown(MANIFEST, self.image.manifest_digest, condition)

    def made_by(self, maker: Maker) -> Shown:
        """A made-up manifest with its condition, or the reason why there is none."""
        for found in self.made:
            if found.maker is maker:
                always = found.condition == WHEN_READ
                condition = "" if always else found.condition or found.reason
                return Shown(MADE_UP, found.digest, condition)
        return Shown(MADE_UP, None, "the layers were not read")


def case_of(report: Report, image: ImageReport, made_up: Sequence[MadeUp]) -> Case:
    """What the rules ask of `image`, one of `report`."""
    forms, _, container = report.source.kind.partition(" ")
    index = [child for node in report.tree if node.name == "index.json" for child in node.children]
    items = [
        child
        for node in report.tree
        if node.kind == "docker-manifest"
        for child in node.children
        if child.kind == "image"
    ]
    top = image.index_digest or image.manifest_digest
    return Case(
        image=image,
        forms=forms.split("+"),
        tar=container.startswith("tar"),
        entries=sum(max(1, len(child.names)) for child in index),
        images=len(items),
        tags=_names(child for child in items if _config_of(child) == image.image_id),
        names=_names(child for child in index if child.digest == top),
        made=made_up,
    )


def _names(nodes: Iterator[Node]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for node in nodes for name in node.names))


def _config_of(item: Node) -> Digest | None:
    return next((child.digest for child in item.children if child.kind == "config"), None)


def complete(name: str, host: str = "docker.io") -> str:
    """A reference with its registry; `host` is put in front where there is none.

    distribution/reference normalize.go: `a:1` is short for `docker.io/library/a:1`.
    """
    first, slash, rest = name.partition("/")
    if not slash or not ("." in first or ":" in first or first == "localhost"):
        first, rest = host, name
    if first in {"docker.io", "index.docker.io"}:
        first, rest = "docker.io", rest if "/" in rest else f"library/{rest}"
    return f"{first}/{rest}"


def repositories(names: Sequence[str]) -> tuple[str, ...]:
    """`names` without their tags, each once."""
    return tuple(dict.fromkeys(split_name(name)[0] for name in names))


class Rows:
    """Makes the rows of one tool with one source."""

    def __init__(self, tool: str, source: str, *, checked: bool = False) -> None:
        self._tool = tool
        self._source = source
        self._checked = checked

    def row(
        self, command: str, column: str, shown: Shown, names: tuple[str, ...] = ()
    ) -> Prediction:
        """One row."""
        return Prediction(
            tool=self._tool,
            command=command,
            field=column,
            shows=shown.shows,
            digest=shown.digest,
            names=names,
            condition=shown.condition,
            source=self._source,
            checked=self._checked,
        )
