"""How the identifiers of one image hang together: a drawing of what commits to what, and words.

An arrow with a solid line is a digest: the upper document contains the hash of the lower one. A
dotted one only finds the lower one, by a file name, and commits to nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analyzer.digest import Digest, algorithm_of, encoded_of
from analyzer.explain import storywords as words
from analyzer.image.identity import DOCKER_V1, LOCAL_MANIFEST, ROOTFS, Identity, Kind
from analyzer.report import ImageReport, Node, Report

_MANIFESTS = (Kind.MANIFEST, Kind.SCHEMA1)
_SHORT_CHARACTERS = 12
_MOST_LAYERS = 6
"""Of a longer stack the middle is left out of the drawing, unless something is wrong with it."""


@dataclass(frozen=True, slots=True)
class Story:
    """The drawing as lines, the words as paragraphs, and numbers that tools make up."""

    drawing: tuple[str, ...]
    paragraphs: tuple[str, ...]
    made_up: tuple[tuple[Digest, str], ...] = ()


def story_of(report: Report, image: ImageReport) -> Story:
    """What can be told of `image`, which is one of `report`."""
    if _reason(image, Kind.IMAGE_ID) == ROOTFS:
        return Story((), (words.ROOTFS,))
    if image.completeness == "absent":
        digest = _first(image, *_MANIFESTS)
        told = words.ABSENT.format(digest=digest.digest if digest else None)
        return Story(tuple(_drawing(report, image)), (told, *_unproven(image)))
    made_up: dict[Digest, list[str]] = {}
    for row in [] if _is_schema1(image) else _rows(image, Kind.SYNTHESISED):
        if row.digest is not None:
            made_up.setdefault(row.digest, []).append(row.made_by)
    return Story(
        tuple(_drawing(report, image)),
        tuple(_paragraphs(image)),
        tuple((digest, ", ".join(makers)) for digest, makers in made_up.items()),
    )


def _rows(image: ImageReport, *kinds: Kind) -> list[Identity]:
    return [row for row in image.identities if row.kind in kinds]


def _first(image: ImageReport, *kinds: Kind) -> Identity | None:
    return next(iter(_rows(image, *kinds)), None)


def _is_schema1(image: ImageReport) -> bool:
    return bool(_rows(image, Kind.SCHEMA1))


def _reason(image: ImageReport, kind: Kind) -> str:
    row = _first(image, kind)
    return row.reason if row else ""


# The words.


def _paragraphs(image: ImageReport) -> Iterator[str]:
    yield _told(words.IMAGE_ID, _first(image, Kind.IMAGE_ID))
    yield _manifest(image)
    indexes = [row for row in _rows(image, Kind.INDEX) if row.digest]
    for row in indexes:
        yield _told(words.INDEX, row)
    if not indexes:
        yield words.INDEX["none"]
    if image.image_id and (image.manifest_digest or indexes):
        yield words.WHY_TWO
    yield from _layers(image)
    if about := _rows(image, Kind.ATTESTATION):
        yield words.ATTESTED["one" if len(about) == 1 else "more"].format(count=len(about))
    if _is_schema1(image):
        yield from (
            words.SCHEMA1_ID.format(digest=row.digest, makers=row.made_by)
            for row in _rows(image, Kind.SYNTHESISED)
            if row.digest
        )
    elif _rows(image, Kind.V1_ID):
        yield words.LEGACY
    yield from _unproven(image)


def _told(texts: dict[str, str], row: Identity | None) -> str:
    if row is None or row.digest is None:
        return texts["none"].format(reason=row.reason if row else "")
    state = {True: "here", False: "wrong", None: "named"}[row.verified]
    if row.verified is None and row.origin.value == "computed":
        state = "here"
    return texts[state if state in texts else "here"].format(digest=row.digest)


def _manifest(image: ImageReport) -> str:
    row = _first(image, *_MANIFESTS)
    if row is not None and row.kind is Kind.SCHEMA1 and row.verified is not False:
        return words.SCHEMA1.format(digest=row.digest)
    if row is not None and row.reason == LOCAL_MANIFEST:
        return words.MANIFEST["local"].format(digest=row.digest)
    if row is not None and row.digest is None and _reason(image, Kind.IMAGE_ID) == DOCKER_V1:
        return words.MANIFEST["nothing"].format(reason=DOCKER_V1)
    if row is not None and row.digest is None and any(r.digest for r in _rows(image, Kind.LAYER)):
        return words.MANIFEST["none-compressed"]
    return _told(words.MANIFEST, row)


def _flatten(nodes: Sequence[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from _flatten(node.children)


def _layers(image: ImageReport) -> Iterator[str]:
    rows = _rows(image, Kind.DIFF_ID)
    if not rows:
        yield words.LAYERS["none"]
        return
    if all(row.verified for row in rows):
        key = "proven-one" if len(rows) == 1 else "proven"
        yield words.LAYERS[key].format(count=f"{len(rows)} layers")
        return
    wrong = [row for row in rows if row.verified is False]
    unread = [row for row in rows if row.verified is None and row.origin.value != "computed"]
    if wrong:
        yield words.LAYERS["wrong"].format(which=_which(wrong))
    if unread:
        yield words.LAYERS["unread"].format(which=_which(unread))
    if not wrong and not unread:
        yield words.LAYERS["computed"]


def _which(rows: Sequence[Identity]) -> str:
    listed = ", ".join(str(row.layer) for row in rows)
    return f"Layer {listed}" if len(rows) == 1 else f"Layers {listed}"


def _unproven(image: ImageReport) -> Iterator[str]:
    if _is_schema1(image):
        yield words.SCHEMA1_UNPROVEN
        return
    yield words.UNPROVEN.format(names=words.NAMED[min(len(image.names), 2)])


# The drawing.


@dataclass(frozen=True, slots=True)
class _Box:
    """A document or layer in the drawing; `sure` when what is above contains its digest."""

    label: str
    text: str
    sure: bool = True
    below: tuple[_Box, ...] = ()


def _drawing(report: Report, image: ImageReport) -> Iterator[str]:
    box = _boxes(report, image)
    yield f"{box.label:<{_COLUMN}} {box.text}".rstrip()
    yield from _draw(box.below, " ")


_NO_DOCUMENT = "no document of the file leads to these"
_COLUMN = 13
"""Characters from a label's beginning to its digest, so that digests of one depth line up."""


def _draw(boxes: Sequence[_Box], margin: str) -> Iterator[str]:
    for number, box in enumerate(boxes):
        line, arrow = ("|", "+->") if box.sure else (":", ":.>")
        previous = boxes[number - 1] if number else None
        if previous is None or previous.below:
            yield margin + line
        yield f"{margin}{arrow} {box.label:<{_COLUMN}} {box.text}".rstrip()
        rest = boxes[number + 1 :]
        stroke = ("|" if rest[0].sure else ":") if rest else " "
        yield from _draw(box.below, f"{margin}{stroke}    ")


def _boxes(report: Report, image: ImageReport) -> _Box:
    """The documents of `image` from the outside in."""
    manifest = _first(image, *_MANIFESTS)
    known = manifest is not None and manifest.digest is not None
    config = _config_box(image, sure=known)
    below = (*config, *_layer_boxes(image, sure=known))
    if known and manifest is not None:
        below = (_Box("manifest", _here(manifest), below=below),)
    for row in reversed([row for row in _rows(image, Kind.INDEX) if row.digest]):
        below = (_Box("index", _here(row), below=below),)
    top = _top(report.tree, image)
    if top is None:
        return below[0] if len(below) == 1 else _Box("(none)", _NO_DOCUMENT, below=below)
    if known and len(below) == 1 and below[0].label == "manifest" and top.kind == "manifest":
        return below[0]
    text = "nothing commits to it" if known else "finds the rest by file names; no digests"
    return _Box(top.name, text, below=below)


def _top(tree: Sequence[Node], image: ImageReport) -> Node | None:
    """The document at the top of the file that leads to `image`."""
    wanted = {image.manifest_digest, image.image_id} - {None}
    declared = {row.digest for row in _rows(image, *_MANIFESTS, Kind.IMAGE_ID)} - {None}
    for node in tree:
        if any(inner.digest in wanted | declared for inner in _flatten((node,))):
            return node
    return None


def _here(row: Identity) -> str:
    state = {True: "here, verified", False: "HERE, BUT WITH OTHER BYTES", None: "not in this file"}
    computed = row.verified is None and row.origin.value == "computed"
    return f"{_short(row.digest)}  {'here' if computed else state[row.verified]}"


def _short(digest: Digest | None) -> str:
    if digest is None:
        return "unknown"
    return f"{algorithm_of(digest)}:{encoded_of(digest)[:_SHORT_CHARACTERS]}"


def _config_box(image: ImageReport, *, sure: bool) -> tuple[_Box, ...]:
    row = _first(image, Kind.IMAGE_ID)
    if row is None or row.digest is None:
        return ()
    listed = [row for row in _rows(image, Kind.DIFF_ID) if row.origin.value == "stored"]
    boxes = [_Box(f"diff ID {row.layer}", _short(row.digest)) for row in listed]
    return (_Box("config", _here(row) + ", = image ID", sure, _shortened(boxes, listed)),)


def _layer_boxes(image: ImageReport, *, sure: bool) -> tuple[_Box, ...]:
    stored = {row.layer: row for row in _rows(image, Kind.LAYER)}
    rows = _rows(image, Kind.DIFF_ID)
    boxes = []
    for row in rows:
        layer = stored.get(row.layer)
        digest = _short(layer.digest) if layer and layer.digest else ""
        unlisted = layer is not None and layer.verified and row.origin.value == "computed"
        state = "here, verified" if unlisted else _inflates(row)
        text = f"{digest or 'uncompressed'}  {state}"
        boxes.append(_Box(f"layer {row.layer}", text, sure))
    return _shortened(boxes, rows, sure=sure)


def _inflates(row: Identity) -> str:
    if row.verified is None:
        return "not checked"
    verdict = "yes" if row.verified else "NO"
    return f"content is diff ID {row.layer}: {verdict}"


def _shortened(
    boxes: Sequence[_Box], rows: Sequence[Identity], *, sure: bool = True
) -> tuple[_Box, ...]:
    """A long stack without its middle, unless something is wrong there."""
    if len(boxes) <= _MOST_LAYERS or not all(row.verified for row in rows):
        return tuple(boxes)
    left_out = _Box(f"... {len(boxes) - 3} more", "all as they should be", sure)
    return (*boxes[:2], left_out, boxes[-1])
