"""Compares two reports: pairs their images and puts the parts of each pair together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from analyzer.diff.attachments import compare_attachments
from analyzer.diff.config import compare_config, history_apart, same_value
from analyzer.diff.filesystem.causes import Ground, causes_of
from analyzer.diff.filesystem.model import FileChanges
from analyzer.diff.filesystem.noise import Contents, not_read
from analyzer.diff.filesystem.packagechanges import changes_of
from analyzer.diff.filesystem.part import FILES, files_part, no_files_part
from analyzer.diff.filesystem.steps import steps_of
from analyzer.diff.findings import compare_findings
from analyzer.diff.identity import FORMATTING, Side, compare_identity
from analyzer.diff.ladder import Files, Parts, climb, file_step, same_layers, whole
from analyzer.diff.layers import NO_LAYERS, Alignment, align, compare_layers
from analyzer.diff.packages import compare_packages
from analyzer.diff.pairs import (
    Pair,
    is_attestation,
    is_root_filesystem,
    pair_images,
    pair_platforms_apart,
)
from analyzer.diff.partly import without_unread
from analyzer.diff.platforms.filesides import with_folded
from analyzer.diff.platforms.sides import beside, pair_platforms, without_expected
from analyzer.diff.rungs import Step
from analyzer.diff.tree import AFTER, BEFORE, Difference, Kind, container, leaf
from analyzer.diff.trees import no_tree_step, tree_step
from analyzer.image.names import familiar
from analyzer.problems import UNREAD, Severity
from analyzer.report import Document, ImageReport, LayerReport, Report, SourceInfo, distro_document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.packages.distro import Distro

NOTHING_IN_COMMON = "no image of one side belongs to an image of the other; nothing was compared"
HOW_TO_PAIR = (
    "to compare any two, leave one image on each side: PATH@DIGEST takes a manifest digest or an "
    "image ID, --platform twice what one side has and the other has not"
)
ONE_SIDED = "no image on the other side has its name and platform, or its image ID"
_ABSENT = "this file names the image and does not hold it"
_INCOMPLETE = (
    "some of it could not be read, see the problems of the report; packages may be missing"
)


CompareTrees = Callable[[ImageReport, ImageReport], FileChanges | tuple[bool, bool]]
"""What differs between the files of two images; else which of the two trees could be read."""
ReadContents = Callable[[ImageReport, ImageReport, FileChanges], Contents]
"""Reads those changed files whose cause only their content tells."""


def no_contents(_one: ImageReport, _two: ImageReport, _changes: FileChanges) -> Contents:
    """For who cannot read files: what their content would prove is not proven."""
    return not_read


Deepen = Callable[[ImageReport, ImageReport, FileChanges, Difference], Difference]
"""Says more of the part `files` of two images."""


def as_it_is(
    _one: ImageReport, _two: ImageReport, _changes: FileChanges, part: Difference
) -> Difference:
    """Nothing more is asked."""
    return part


@dataclass(frozen=True, slots=True)
class Trees:
    """How the files of two images are compared.

    `times` lists, as differences, paths of which only the modification time differs. `deepen`
    is given the part `files` and may say more of it, as what differs inside files.
    """

    compare: CompareTrees
    times: bool = False
    contents: ReadContents = no_contents
    deepen: Deepen = as_it_is


@dataclass(frozen=True, slots=True)
class _Around:
    """What a pair is told of what it lies in."""

    file: Step
    trees: Trees | None
    across: bool
    """Two platforms: what is to be expected between them is left out."""
    one_file: bool
    """Both are of one file."""


def compare(
    a: Report,
    b: Report,
    *,
    files: Files = (None, None),
    trees: Trees | None = None,
    across: bool = False,
) -> Difference:
    """What differs on the way from `a` to `b`.

    The result holds one child per pair of images and per image that is on one side only;
    attestations never take part. How each pair was made stands in its notes. `files` are the
    SHA-256 of both outer files, `trees` is asked about pairs that are not proven to have the same
    layers; without it there is no part `files`, and without either those rungs of the ladder
    cannot be told. `across`: both are of one file and each of one platform of it, so that images
    are paired whatever their platform, and what is to be expected between platforms is left out:
    so it is of two files that `platforms_apart` tells of, too.
    """
    before, after = images_of(a), images_of(b)
    apart = pair_platforms_apart(before, after) if not across else ()
    pairs = apart or (pair_platforms if across else pair_images)(before, after)
    around = _Around(file_step(a.source, b.source, files), trees, across or bool(apart), across)
    children = [
        _compare_images(
            pair,
            Side(before[pair.before], a.source.kind),
            Side(after[pair.after], b.source.kind),
            around,
        )
        for pair in pairs
    ]
    ladders = [child.ladder for child in children]
    children += one_sided(before, {pair.before for pair in pairs}, Kind.REMOVED)
    children += one_sided(after, {pair.after for pair in pairs}, Kind.ADDED)
    found = container(
        "images",
        sorted(children, key=place_of),
        before=_source(a.source),
        after=_source(b.source),
        notes=[NOTHING_IN_COMMON, HOW_TO_PAIR] if children and not pairs else [],
    )
    alone = [[c.subject for c in found.of_kind(k)] for k in (Kind.REMOVED, Kind.ADDED)]
    ladder = whole(around.file, ladders, tuple(alone))
    return replace(found, ladder=beside(ladder) if across else ladder)


def images_of(report: Report) -> list[ImageReport]:
    """The images that are compared; attestations are none."""
    return [image for image in report.images if not is_attestation(image)]


def platforms_apart(a: Report, b: Report) -> bool:
    """Whether `compare` takes the only image of each side for two platforms of one."""
    return bool(pair_platforms_apart(images_of(a), images_of(b)))


def _source(source: SourceInfo) -> Document:
    return {"name": source.name, "kind": source.kind, "size": source.size}


def place_of(child: Difference) -> tuple[str, int, bool]:
    """By name and platform, then by position, what was removed first."""
    positions = [value["position"] for value in (child.before, child.after) if value]
    return child.subject, min(positions), child.kind is Kind.ADDED


def one_sided(images: Sequence[ImageReport], paired: set[int], kind: Kind) -> list[Difference]:
    """A node for each image whose position is not among those that are `paired`."""
    found = []
    for number, image in enumerate(images):
        if number not in paired:
            summary = image_summary(image)
            sides = (summary, None) if kind is Kind.REMOVED else (None, summary)
            subject = image.title
            found.append(leaf(subject, kind, sides[0], sides[1], [ONE_SIDED]))
    return found


def image_summary(image: ImageReport) -> Document:
    """Which image this is: not what is compared, only what it is called and where it lies."""
    return {
        "names": list(image.names),
        "position": image.position,
        "platform": image.platform,
        "image_id": image.image_id,
        "manifest_digest": image.manifest_digest,
    }


def _compare_images(pair: Pair, before: Side, after: Side, around: _Around) -> Difference:
    one, two = before.image, after.image
    shared = {familiar(name) for name in one.names} & {familiar(name) for name in two.names}
    incomplete = (tuple(why_incomplete(one)), tuple(why_incomplete(two)))
    notes = list(pair.notes)
    notes += [BEFORE + note for note in incomplete[0]]
    notes += [AFTER + note for note in incomplete[1]]
    alignment = alignment_of(one, two)
    contents = _contents(one, two, alignment)
    if around.across:
        contents = without_expected(contents, one, two)
    children = [compare_identity(before, after), *history_apart(contents)]
    parts = Parts(one, two, {c.subject: c for c in children}, alignment, incomplete)
    if around.trees is not None and "absent" not in {one.completeness, two.completeness}:
        step, files = _files(parts, around.trees)
        parts = replace(parts, trees=step)
        children.append(files)
    unread = notes[len(pair.notes) :]
    children += [compare_attachments(one, two), compare_findings(one, two, unread)]
    found = container(
        " ".join([*sorted(shared)[:1], *sorted({one.platform, two.platform})]),
        children,
        before=image_summary(one),
        after=image_summary(two),
        notes=notes,
    )
    ladder = climb(around.file, parts)
    return replace(found, ladder=beside(ladder) if around.one_file else ladder)


def alignment_of(one: ImageReport, two: ImageReport) -> Alignment:
    """Which layers belong together; none where a side is a root filesystem."""
    bare = any(is_root_filesystem(image) for image in (one, two))
    return Alignment(0, (), ()) if bare else align(one.layers, two.layers)


def _files(parts: Parts, trees: Trees) -> tuple[Step | None, Difference]:
    """The rung of the root filesystem and the part `files`; nobody reads twice what is the same."""
    if same_layers(parts):
        return None, container(FILES, ())
    found = trees.compare(parts.one, parts.two)
    if isinstance(found, FileChanges):
        causes = causes_of(found.changes, ground_of(parts.one, parts.two, found, trees.contents))
        part = with_folded(files_part(found, times=trees.times, causes=causes), found.expected)
        return tree_step(found), trees.deepen(parts.one, parts.two, found, part)
    return no_tree_step(*found), no_files_part(*found)


def ground_of(
    one: ImageReport, two: ImageReport, changes: FileChanges, contents: ReadContents = no_contents
) -> Ground:
    """What the causes of `changes` are told by."""
    return Ground(
        changes_of(one.packages, two.packages),
        steps_of(_layers(one), _layers(two), alignment_of(one, two)),
        contents(one, two, changes),
    )


def _layers(image: ImageReport) -> Sequence[LayerReport]:
    """The layers that build steps made; a root filesystem has none."""
    return () if is_root_filesystem(image) else image.layers


def why_incomplete(image: ImageReport) -> list[str]:
    """Why packages of it may be missing, in sentences; empty where nothing speaks for that."""
    if image.completeness == "absent":
        return [_ABSENT]
    unread = any(p.code in UNREAD and p.severity is Severity.ERROR for p in image.problems)
    return [_INCOMPLETE] if unread or image.completeness == "partial" else []


def _contents(one: ImageReport, two: ImageReport, alignment: Alignment) -> list[Difference]:
    """Everything but the identity; nothing of it is known of an image that is not there."""
    if "absent" in {one.completeness, two.completeness}:
        return [leaf(part, Kind.UNKNOWN) for part in ("config", "layers", "distro", "packages")]
    config = compare_config(one, two)
    if config.kind is Kind.SAME and one.image_id != two.image_id and one.image_id and two.image_id:
        config = container("config", (), notes=[*_only_formatting(one, two)])
    return [
        config,
        no_layers(one, two) or compare_layers(one.layers, two.layers, alignment),
        compare_distro(one.distro, two.distro),
        without_unread(
            compare_packages(one.packages, two.packages, alignment.partners),
            (one, two),
            [bool(why_incomplete(image)) for image in (one, two)],
        ),
    ]


def no_layers(one: ImageReport, two: ImageReport) -> Difference | None:
    """The layers part of a pair with a root filesystem in it: nothing is known of its layers."""
    sides = zip((BEFORE, AFTER), (one, two), strict=True)
    notes = [f"{side}{NO_LAYERS}" for side, image in sides if is_root_filesystem(image)]
    return leaf("layers", Kind.UNKNOWN, notes=notes) if notes else None


def _only_formatting(one: ImageReport, two: ImageReport) -> list[str]:
    """The note on two documents with one meaning; diff IDs, which are left out, may differ."""
    return [FORMATTING] if same_value(one.config, two.config) else []


def compare_distro(one: Distro | None, two: Distro | None) -> Difference:
    """The part `distro`: member by member, or as a whole where a side has none."""
    before, after = distro_document(one), distro_document(two)
    if before is None or after is None:
        kind = Kind.REMOVED if before else Kind.ADDED
        return leaf("distro", Kind.SAME if before == after else kind, before, after)
    members = [
        leaf(name, Kind.CHANGED, before[name], after[name])
        for name in before
        if before[name] != after[name]
    ]
    return container("distro", members, before=before, after=after)
