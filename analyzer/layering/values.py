"""What each layer did and what it cost, per platform of each image.

Efficiency is the share of the bytes of regular files in all layers that the merged tree still
shows under some name. dive (dive/filetree/efficiency.go) divides otherwise: for every path the
smallest size it has in any layer, by the sum of its sizes in all of them. So dive takes the
smallest version of a file for the needed one, where this takes the one on top; it sees a file
that is shipped twice under two paths as two needed ones, as this does; and a directory that is
deleted as a whole counts as needed there, with all below it, since its whiteout is one path with
one size, where this counts every file in it as wasted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice

from analyzer.digest import Digest
from analyzer.findings.config import ConfigFindings
from analyzer.image.model import NOT_MEASURED, Image, LayerRef, Measured
from analyzer.inside import Inside
from analyzer.layering.dockerfile import dockerfile_of
from analyzer.layering.instructions import Instruction, instructions_of
from analyzer.layering.settings import settings_of
from analyzer.layering.steps import Steps, steps_of
from analyzer.layers.family import family
from analyzer.problems import Problem
from analyzer.rootfs.fates import LayerWork, work_of

_TWINS = 20
"""Told of one layer; a hostile index may have it ten thousand times."""

DEFINITION = "bytes of files that the image shows, of all that its layers hold"


@dataclass(frozen=True, slots=True)
class Twin:
    """Where else a layer is: `layer` (0-based) of another platform or image, or of the same."""

    image: int
    names: tuple[str, ...]
    platform: str
    manifest_digest: Digest | None
    layer: int
    own: bool
    """Whether it is of the same platform of the same image."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer; sizes in bytes, None for what is not known.

    `size` is as stored, else as the manifest promises it. `compressed_by` is the probable writer.
    `streams` counts gzip members or zstd frames. `work` is None where its tar could not be read
    or is none. `total` and `uncompressed_total` run from the bottom layer to this one.
    """

    position: int
    digest: Digest | None
    diff_id: Digest | None
    media_type: str
    present: bool
    size: int | None
    uncompressed_size: int | None
    total: int | None
    uncompressed_total: int | None
    compression: str
    compressor: str
    compressed_by: str
    streams: int
    work: LayerWork | None
    twins: tuple[Twin, ...]
    shared: int
    """In how many more places it is, of which `twins` has the first ones."""


@dataclass(frozen=True, slots=True)
class Efficiency:
    """`shown_bytes` of `file_bytes`, as `DEFINITION` says."""

    shown_bytes: int
    file_bytes: int

    @property
    def share(self) -> float | None:
        """Between 0 and 1; None where the layers hold no bytes of files."""
        return self.shown_bytes / self.file_bytes if self.file_bytes else None


@dataclass(frozen=True, slots=True)
class Layering:
    """One platform of one image, bottom layer first.

    `efficiency` is None where a layer could not be read. `instructions` is the history in order.
    """

    image: Image
    layers: tuple[Layer, ...]
    steps: Steps
    instructions: tuple[Instruction, ...]
    efficiency: Efficiency | None
    dockerfile: str
    problems: tuple[Problem, ...]

    @property
    def unread(self) -> tuple[int, ...]:
        """The layers of which the files are not known."""
        return tuple(layer.position for layer in self.layers if layer.work is None)


def layerings_of(images: Sequence[Inside], everything: Sequence[Image]) -> tuple[Layering, ...]:
    """The layers of `images`; `everything` are all images of the file, to tell who shares them."""
    holders = _holders(everything)
    return tuple(_layering(inside, holders) for inside in images)


def _layering(inside: Inside, holders: _Holders) -> Layering:
    image = inside.image
    steps = steps_of(image)
    layers = tuple(_layers(inside, holders))
    works = [layer.work for layer in layers if layer.work is not None]
    efficiency = None
    if len(works) == len(layers):
        total = sum(work.file_bytes for work in works)
        efficiency = Efficiency(total - sum(work.wasted_bytes for work in works), total)
    settings = settings_of(ConfigFindings(inside.config, len(image.layers)).masked_run())
    return Layering(
        image,
        layers,
        steps,
        tuple(instructions_of(steps.steps, settings)),
        efficiency,
        dockerfile_of(image),
        inside.problems,
    )


def _layers(inside: Inside, holders: _Holders) -> Iterator[Layer]:
    works = work_of(inside.history, inside.scans, inside.digest_of)
    measured = [scan.measured if scan else NOT_MEASURED for scan in inside.scans]
    refs = inside.image.layers
    known = zip(measured, refs, strict=True)
    sizes = [ref.size if found.size is None else found.size for found, ref in known]
    totals = list(accumulate(sizes, _sum))
    unpacked = [found.uncompressed_size for found in measured]
    unpacked_totals = list(accumulate(unpacked, _sum))
    for at, ref in enumerate(refs):
        scan, found = inside.scans[at], measured[at]
        yield Layer(
            position=at,
            digest=ref.digest or found.digest,
            diff_id=ref.diff_id or found.diff_id,
            media_type=ref.media_type,
            present=ref.name is not None,
            size=sizes[at],
            uncompressed_size=unpacked[at],
            total=totals[at],
            uncompressed_total=unpacked_totals[at],
            compression=found.compression,
            compressor=found.compressor,
            compressed_by=_family(found),
            streams=scan.streams if scan else 0,
            work=works[at] if scan is not None and scan.complete else None,
            twins=tuple(islice(_twins(inside.image, ref, holders), _TWINS)),
            shared=len(holders[_key(ref)]) - 1,
        )


_Key = tuple[str, str]
_Holders = Mapping[_Key, Sequence[tuple[Image, int]]]
"""The images that have a layer, and where in each."""


def _holders(everything: Sequence[Image]) -> _Holders:
    found: dict[_Key, list[tuple[Image, int]]] = defaultdict(list)
    for image in everything:
        for ref in image.layers:
            found[_key(ref)].append((image, ref.position))
    return found


def _key(ref: LayerRef) -> _Key:
    """Equal for equal content, as the documents state it: they may be compressed differently."""
    return ref.diff_id or ref.digest or ref.name or "", ref.folder


def _twins(image: Image, ref: LayerRef, holders: _Holders) -> Iterator[Twin]:
    for other, position in holders[_key(ref)]:
        if other is not image or position != ref.position:
            yield Twin(
                other.position,
                other.names,
                str(other.platform),
                other.manifest_digest,
                position,
                own=other is image,
            )


def _family(found: Measured) -> str:
    """Nothing for a layer that was not read, or is not compressed."""
    known = found.compression not in {"", "none"}
    return family(found.compression, found.compressor) if known else ""


def _sum(one: int | None, two: int | None) -> int | None:
    return None if one is None or two is None else one + two
