"""Whether one image is a rebuild of another: the same, the same but for noise, or different. Pure.

What only reading the layers can tell comes in as a callable that is asked about each pair of
layers whose content is not the same.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from analyzer.diff.config import compare_config, same_value
from analyzer.diff.filesystem.causes import CauseKind, Ground, cause_of
from analyzer.diff.filesystem.model import FileChange
from analyzer.diff.filesystem.noise import path_noise, proven_noise
from analyzer.diff.filesystem.tarplaces import TarPlace
from analyzer.diff.manifests import why_other_manifest
from analyzer.diff.pairs import is_root_filesystem
from analyzer.diff.rungs import few
from analyzer.diff.tree import Difference, Kind
from analyzer.paths import printable

if TYPE_CHECKING:
    from analyzer.diff.filesystem.model import FileChanges
    from analyzer.report import ImageReport

RECOMPRESSED = "recompressed"
MANIFEST = "manifest"
BUILD_TIME = "build-time"
BUILDER_NAMES = "builder-names"
TAR_ORDER = "tar-order"
TAR_FORM = "tar-form"
CONFIG_FORM = "config-form"

KINDS: Mapping[str, str] = {
    RECOMPRESSED: "layers of the same content, compressed in another way",
    MANIFEST: "manifests of one image, written in another way",
    BUILD_TIME: "times in the config and the history",
    BUILDER_NAMES: "names that builders give their own containers",
    TAR_ORDER: "layers with the same entries in another order",
    TAR_FORM: "layers with the same entries in other headers: names of owners, padding, formats",
    CONFIG_FORM: "configs of the same members, written in another way",
}
"""Noise that is not of files; that of files has the names of `docs/noise.md`."""

_TIMES = frozenset({"created"})
_LABEL_OF_TIME = "org.opencontainers.image.created"
"""image-spec v1.1, annotations.md: "date and time on which the image was built"."""
_NAMES = frozenset(
    {"container", "container_config.Hostname", "config.Hostname", "container_config.Image"}
)
"""Docker image spec v1.2: the build container, left behind by the classic builder."""
_BASE = re.compile(r"\AFROM \S+\Z")
"""buildah's comment of a step that stands on another image (image.go, `Comment`); what was in that
image shows in the layers."""
_MOST_NAMED = 5


class Answer(StrEnum):
    """Whether the second image is a rebuild of the first."""

    IDENTICAL = "identical"
    BUT_FOR_NOISE = "identical but for noise"
    DIFFERENT = "different"
    NOT_TOLD = "cannot be told"


@dataclass(frozen=True, slots=True)
class LayerBytes:
    """What reading one layer of both images side by side tells.

    `changes` are those of the layer by itself, whiteouts being files of their names.
    """

    offset: int
    """Of the first differing byte in the uncompressed tar streams."""
    place: TarPlace
    changes: tuple[FileChange, ...]
    reordered: bool = False


ReadLayer = Callable[[int], "LayerBytes | None"]
"""Reads the layers at a position of both images; None where one of them cannot be read."""


@dataclass(frozen=True, slots=True)
class LayerFound:
    """A pair of layers that are not the same bytes; `found` is None where they were not read."""

    position: int
    found: LayerBytes | None


@dataclass(frozen=True, slots=True)
class Rebuild:
    """The answer, each kind of noise counted, and what speaks against a rebuild."""

    answer: Answer
    noise: Mapping[str, int]
    """By the name of a rule of `docs/noise.md` or of `KINDS`."""
    layers: tuple[LayerFound, ...] = ()
    reasons: tuple[str, ...] = ()
    """Why they are different, or why it cannot be told."""
    notes: tuple[str, ...] = ()
    """More about the noise: who compressed what."""


@dataclass(frozen=True, slots=True)
class PairedRebuild:
    """The answer for one pair of images, or for an image that has no counterpart."""

    subject: str
    rebuild: Rebuild


ONE_SIDED = tuple(
    Rebuild(Answer.DIFFERENT, {}, reasons=(f"the image is only on the {side} side",))
    for side in ("first", "second")
)
"""Of an image without a counterpart, by its side."""


def as_a_whole(found: Sequence[PairedRebuild]) -> Answer:
    """The answer for two files: the worst of their pairs."""
    answers = {one.rebuild.answer for one in found}
    return next((answer for answer in _WORST_FIRST if answer in answers), Answer.NOT_TOLD)


_WORST_FIRST = (Answer.DIFFERENT, Answer.NOT_TOLD, Answer.BUT_FOR_NOISE, Answer.IDENTICAL)


@dataclass(slots=True)
class _Tally:
    noise: Counter[str]
    against: list[str]
    untold: list[str]
    notes: list[str]
    layers: list[LayerFound]


def rebuild_of(
    one: ImageReport,
    two: ImageReport,
    changes: FileChanges | None,
    ground: Ground,
    read_layer: ReadLayer,
) -> Rebuild:
    """Whether `two` is a rebuild of `one`.

    Args:
        one: the first image.
        two: the second image.
        changes: of their merged trees; None where one of these could not be read.
        ground: what causes are told by.
        read_layer: asked about layers that are not the same.
    """
    tally = _Tally(Counter(), [], [], [], [])
    if "absent" in {one.completeness, two.completeness}:
        return Rebuild(Answer.NOT_TOLD, {}, reasons=("an image is not in its file",))
    _configs(one, two, tally)
    _files(changes, ground, tally)
    if not any(map(is_root_filesystem, (one, two))):
        _layers(one, two, changes, read_layer, tally)
        _manifests(one, two, tally)
    noise = {name: tally.noise[name] for name in sorted(tally.noise)}
    reasons = tally.against or tally.untold
    return Rebuild(_answer(tally), noise, tuple(tally.layers), tuple(reasons), tuple(tally.notes))


def _answer(tally: _Tally) -> Answer:
    if tally.against:
        return Answer.DIFFERENT
    if tally.untold:
        return Answer.NOT_TOLD
    return Answer.BUT_FOR_NOISE if tally.noise else Answer.IDENTICAL


def _configs(one: ImageReport, two: ImageReport, tally: _Tally) -> None:
    """Members of the config and of the history, one by one."""
    part = compare_config(one, two)
    if part.kind is Kind.UNKNOWN:
        if not all(map(is_root_filesystem, (one, two))):
            tally.untold.append("a config could not be read")
        return
    other = []
    for child in _members(part):
        kind = _kind_of_member(child)
        if kind:
            tally.noise[kind] += 1
        else:
            other.append(child.subject)
    if other:
        tally.against.append(f"the config differs: {few(other)}")
    known = one.image_id and two.image_id and one.image_id != two.image_id
    diff_ids = [[layer.diff_id for layer in image.layers] for image in (one, two)]
    if known and diff_ids[0] == diff_ids[1] and same_value(one.config, two.config):
        tally.noise[CONFIG_FORM] += 1


def _members(part: Difference) -> Iterator[Difference]:
    """The members that differ, those of history entries in place of the history."""
    for child in part.children:
        if child.children:
            yield from _members(child)
        elif child.differs:
            yield child


def _kind_of_member(child: Difference) -> str:
    """The noise that a member of the config is; empty for none."""
    name = child.subject
    last = name.rpartition(".")[2]
    if name in _TIMES or _LABEL_OF_TIME in name or (name.startswith("history") and last in _TIMES):
        return BUILD_TIME
    values = (child.before, child.after)
    if name in _NAMES or (last == "comment" and all(map(_names_base, values))):
        return BUILDER_NAMES
    return ""


def _names_base(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    return isinstance(value, str) and _BASE.match(value) is not None


def _files(changes: FileChanges | None, ground: Ground, tally: _Tally) -> None:
    """Every file of the merged trees must be the same or known noise."""
    if changes is None:
        tally.untold.append("the files of an image could not be read")
        return
    other = []
    for change in changes.changes:
        cause = cause_of(change, ground)
        if change.kind is Kind.UNKNOWN:
            tally.untold.append(f"the content of {printable(change.path)} was not read")
        elif cause.kind is CauseKind.NOISE:
            tally.noise[cause.rule] += 1
        else:
            other.append(change)
    if other:
        tally.against.append(_named(other, "of the merged tree"))


def _named(changes: list[FileChange], where: str) -> str:
    names = [printable(change.path) for change in changes[:_MOST_NAMED]]
    more = f" and {len(changes) - _MOST_NAMED} more" if len(changes) > _MOST_NAMED else ""
    files = "1 file" if len(changes) == 1 else f"{len(changes)} files"
    verb = "differs" if len(changes) == 1 else "differ"
    return f"{files} {where} {verb} by more than noise: {', '.join(names)}{more}"


def _layers(
    one: ImageReport,
    two: ImageReport,
    changes: FileChanges | None,
    read_layer: ReadLayer,
    tally: _Tally,
) -> None:
    """Layer by layer: nothing may hide below what the merged tree shows."""
    if len(one.layers) != len(two.layers):
        tally.against.append(f"{len(one.layers)} layers -> {len(two.layers)} layers")
        return
    seen = _seen(changes)
    for number, (a, b) in enumerate(zip(one.layers, two.layers, strict=True)):
        if a.digest and a.digest == b.digest:
            continue
        if a.diff_id and a.diff_id == b.diff_id:
            if a.digest and b.digest:
                tally.noise[RECOMPRESSED] += 1
            continue
        found = read_layer(number)
        tally.layers.append(LayerFound(number, found))
        if found is None:
            tally.untold.append(f"layer {number} could not be read")
        else:
            _layer(number, found, seen, tally)


def _layer(number: int, found: LayerBytes, seen: frozenset[object], tally: _Tally) -> None:
    """What the merged tree does not show: what later layers replaced, order, and headers."""
    hidden = [change for change in found.changes if not _ways(change) & seen]
    other = []
    for change in hidden:
        rule = proven_noise(change) or path_noise(change)
        if rule is not None:
            tally.noise[rule.name] += 1
        else:
            other.append(change)
    if other:
        tally.against.append(_named(other, f"of layer {number}"))
    if found.reordered:
        tally.noise[TAR_ORDER] += 1
    elif not found.changes:
        tally.noise[TAR_FORM] += 1


def _seen(changes: FileChanges | None) -> frozenset[object]:
    """How changes of the merged tree are found again in a layer.

    Its paths may go through links, so the contents are compared as well.
    """
    return frozenset(
        way for change in (changes.changes if changes else ()) for way in _ways(change)
    )


def _ways(change: FileChange) -> set[object]:
    contents = tuple(side.content if side else None for side in (change.before, change.after))
    return {change.path} | ({contents} if contents[0] != contents[1] else set())


def _manifests(one: ImageReport, two: ImageReport, tally: _Tally) -> None:
    """Another manifest of the same config and layers."""
    digests = {one.manifest_digest, two.manifest_digest}
    if None in digests or len(digests) == 1 or one.image_id != two.image_id:
        return
    tally.notes += [str(why) for why in why_other_manifest(one, two)]
    if not tally.noise[RECOMPRESSED]:
        tally.noise[MANIFEST] += 1
