"""Where two images stand on the ladder of sameness, each rung proven or refuted.

`/identity`, sections 4 and 7 of the domain notes: a manifest digest is no function of the image
ID, so a lower rung can hold where a higher one does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyzer.diff.layers import NO_LAYERS, Alignment
from analyzer.diff.manifests import why_other_manifest
from analyzer.diff.packages import of_the_image
from analyzer.diff.pairs import is_root_filesystem
from analyzer.diff.rungs import (
    Ladder,
    Rung,
    Step,
    Verdict,
    Why,
    closed,
    few,
    proven,
    refuted,
    unknown,
)
from analyzer.diff.tree import AFTER, BEFORE, Difference, Kind
from analyzer.digest import comparable
from analyzer.image.identity import Kind as IdentityKind
from analyzer.image.identity import Origin

if TYPE_CHECKING:
    from analyzer.digest import Digest
    from analyzer.report import ImageReport, SourceInfo

FORMATTING = "only written otherwise: white space or order of members"
FOLLOWS = "follows from the same {}"
NO_PACKAGES = "no package database was found"
ALONE = ("{} has no counterpart", "{} have no counterpart")
"""Of one image that only one side has, and of several."""
NOT_HASHED = "the files were not hashed"
NOT_A_FILE = "a directory has no bytes of its own"
NOT_READ = "the layers were not read"
NOT_IN_FILE = "not in this file"
HOLDS_BOTH = {
    Rung.FILE: "one file holds both",
    Rung.INDEX: "one index leads to both",
}
"""Why what two different images lie in says nothing of them."""

Files = tuple["Digest | None", "Digest | None"]
"""SHA-256 of both outer files; None where it was not computed."""


def file_step(before: SourceInfo, after: SourceInfo, files: Files) -> Step:
    """The rung of the outer files."""
    if before.size is None or after.size is None:
        return unknown(Rung.FILE, Why("", _no_bytes(before), _no_bytes(after)))
    if before.size != after.size:
        return refuted(Rung.FILE, Why("other size", *(f"{s.size:,} B" for s in (before, after))))
    if None in files:
        return unknown(Rung.FILE, Why(NOT_HASHED))
    if files[0] == files[1]:
        return proven(Rung.FILE, Why(str(files[0])))
    return refuted(Rung.FILE, Why("other bytes of the same size"))


def _no_bytes(source: SourceInfo) -> str:
    if source.size is not None:
        return ""
    return NOT_A_FILE if source.kind.endswith("directory") else NOT_HASHED


@dataclass(frozen=True, slots=True)
class Parts:
    """What was found out about a pair of images already, and what may be asked for."""

    one: ImageReport
    two: ImageReport
    children: dict[str, Difference]
    alignment: Alignment
    incomplete: tuple[tuple[str, ...], tuple[str, ...]]
    """Per side why its packages may be missing."""
    trees: Step | None = None
    """The rung of the root filesystem by the merged trees, where these were compared."""


def same_layers(parts: Parts) -> bool:
    """Whether it is proven that both have the same layers, and so the same files."""
    return _layers(parts).verdict is Verdict.PROVEN


def climb(file: Step, parts: Parts) -> Ladder:
    """Every rung for one pair; `file` is that of the files they lie in."""
    layers = _layers(parts)
    packages = _packages(parts)
    config = _config(parts, layers)
    manifest = _manifest(parts, config)
    rootfs = _rootfs(parts, layers, packages)
    if rootfs.verdict is Verdict.PROVEN and packages.verdict is Verdict.UNKNOWN:
        packages = _inherited(packages, rootfs)
    two = Verdict.REFUTED in {manifest.verdict, config.verdict}
    outer = [_around(step, two=two) for step in (file, _index(parts, manifest))]
    return closed((*outer, manifest, config, layers, rootfs, packages))


def _around(step: Step, *, two: bool) -> Step:
    """A rung above the images: the same file or index of `two` different ones is left open."""
    if two and step.verdict is Verdict.PROVEN:
        return unknown(step.rung, Why(HOLDS_BOTH[step.rung]))
    return step


def whole(file: Step, pairs: Sequence[Ladder], alone: tuple[Sequence[str], ...]) -> Ladder:
    """The ladder of two files: a rung holds where it holds for every pair, and none is alone.

    `alone` are, per side, the names of the images that belong to none of the other side.
    """
    one_sided = Why("", *map(_alone, alone)) if any(alone) else None
    if len(pairs) == 1 and one_sided is None:
        return pairs[0]
    two = one_sided is not None or any(ladder[0].verdict is not Verdict.PROVEN for ladder in pairs)
    steps = [_around(file, two=two)]
    for number, rung in enumerate(Rung):
        if rung in {Rung.FILE, Rung.DIFFERENT}:
            continue
        verdicts = [ladder[number].verdict for ladder in pairs]
        steps.append(_together(rung, verdicts, one_sided))
    ladder = closed(steps)
    if one_sided is not None and ladder[-1].verdict is Verdict.PROVEN:
        return (*steps, proven(Rung.DIFFERENT, one_sided))
    return ladder


def _alone(names: Sequence[str]) -> str:
    return ALONE[len(names) > 1].format(few(sorted(names))) if names else ""


def _together(rung: Rung, verdicts: Sequence[Verdict], one_sided: Why | None) -> Step:
    count = sum(verdict is Verdict.PROVEN for verdict in verdicts)
    of = Why(detail=f"{count} of {len(verdicts)} pairs")
    if one_sided is not None:
        return refuted(rung, one_sided)
    if Verdict.REFUTED in verdicts:
        return refuted(rung, of)
    if verdicts and count == len(verdicts):
        return proven(rung, of)
    return unknown(rung, of if verdicts else Why("there is no image"))


def _both_sides(notes: Iterable[str]) -> Why:
    """Notes about one side each, such as identity.py makes, as one reason."""
    words = {BEFORE: "", AFTER: ""}
    for note in notes:
        for side in words:
            if note.startswith(side):
                words[side] = note.removeprefix(side)
    return Why("", words[BEFORE], words[AFTER])


def _digest_step(rung: Rung, child: Difference, why: Sequence[Why]) -> Step:
    if child.kind is Kind.SAME:
        return proven(rung, Why(str(child.before)))
    if child.kind is Kind.UNKNOWN:
        return unknown(rung, _both_sides(child.notes))
    return refuted(rung, *why)


def _child(parts: Parts, name: str) -> Difference:
    found = parts.children["identity"].child(name)
    assert found is not None  # noqa: S101 - compare_identity always makes it
    return found


def _index(parts: Parts, manifest: Step) -> Step:
    text = "it leads to another manifest"
    if manifest.verdict is Verdict.PROVEN:
        text = "other platforms, attestations or annotations beside the image"
    return _digest_step(Rung.INDEX, _child(parts, "index_digest"), [Why(text)])


def _manifest(parts: Parts, config: Step) -> Step:
    child = _child(parts, "manifest_digest")
    if child.kind is Kind.UNKNOWN and config.verdict is Verdict.REFUTED:
        return refuted(Rung.MANIFEST, Why("a manifest names its config"))
    why = why_other_manifest(parts.one, parts.two) if child.kind is Kind.CHANGED else []
    return _digest_step(Rung.MANIFEST, child, why)


def _config(parts: Parts, layers: Step) -> Step:
    child = _child(parts, "image_id")
    if child.kind is Kind.UNKNOWN and layers.verdict is Verdict.REFUTED:
        return refuted(Rung.CONFIG, Why("a config lists its diff IDs"))
    return _digest_step(Rung.CONFIG, child, [Why(_fields(parts, layers))])


def _fields(parts: Parts, layers: Step) -> str:
    """Members of the config that differ, history as one."""
    part = parts.children["config"]
    if part.kind is Kind.UNKNOWN:
        return ""
    names = ["rootfs.diff_ids"] if layers.verdict is Verdict.REFUTED else []
    names += [child.subject for child in part.children]
    names += ["history"] if parts.children["history"].differs else []
    return few(list(dict.fromkeys(names))) or FORMATTING


def _layers(parts: Parts) -> Step:
    """Diff IDs as promised, and that the bytes at hand are what they promise."""
    one, two = parts.one, parts.two
    child = _child(parts, "diff_ids")
    lists = (child.before or [], child.after or [])
    known = zip(*lists, strict=False)
    if "absent" in {one.completeness, two.completeness}:
        words = [NOT_IN_FILE if i.completeness == "absent" else "" for i in (one, two)]
        return unknown(Rung.LAYERS, Why("", *words))
    if any(map(is_root_filesystem, (one, two))):
        words = [NO_LAYERS if is_root_filesystem(image) else "" for image in (one, two)]
        return unknown(Rung.LAYERS, Why("", *words))
    if len(lists[0]) != len(lists[1]) or any(
        a != b and comparable(a, b) for a, b in known if a and b
    ):
        shared = len(parts.alignment.same) + parts.alignment.base
        sides = [f"{len(digests)} layer{'s' * (len(digests) != 1)}" for digests in lists]
        return refuted(Rung.LAYERS, Why(f"{shared} in common", *sides))
    if child.kind is Kind.UNKNOWN and not {None} & {*lists[0], *lists[1]}:
        return unknown(Rung.LAYERS, _both_sides(child.notes))
    return _by_bytes(one, two, len(lists[0]))


def _by_bytes(one: ImageReport, two: ImageReport, count: int) -> Step:
    """Whether the bytes at hand are what the same `count` diff IDs promise."""
    doubts = [_doubts(image) for image in (one, two)]
    broken = [words for wrong, words in doubts if wrong]
    if broken and doubts[0] != doubts[1]:
        return refuted(Rung.LAYERS, Why("", *(words for _, words in doubts)))
    if any(words for _, words in doubts):
        return unknown(Rung.LAYERS, Why("", *(words for _, words in doubts)))
    return proven(Rung.LAYERS, Why(f"{count} of {count} diff IDs recomputed"))


def _doubts(image: ImageReport) -> tuple[bool, str]:
    """Whether bytes contradict a diff ID, and the first thing that keeps it from proof."""
    made = {i.layer: i for i in image.identities if i.kind is IdentityKind.DIFF_ID}
    if len(made) < len(image.layers):
        return False, NOT_READ
    doubtful = [
        identity
        for identity in made.values()
        if identity.verified is False
        or (identity.verified is None and identity.origin is not Origin.COMPUTED)
    ]
    if not doubtful:
        return False, ""
    first = min(doubtful, key=lambda identity: (identity.verified is None, identity.layer or 0))
    return first.verified is False, f"layer {first.layer}: {first.reason}"


def _inherited(step: Step, above: Step) -> Step:
    """A rung that could not be told by itself holds where the one above does."""
    noun = "layers" if above.rung is Rung.LAYERS else "root filesystem"
    return proven(step.rung, Why(FOLLOWS.format(noun)))


def _rootfs(parts: Parts, layers: Step, packages: Step) -> Step:
    step = unknown(Rung.ROOTFS, Why("file contents were not compared"))
    if layers.verdict is Verdict.PROVEN:
        return _inherited(step, layers)
    if packages.verdict is Verdict.REFUTED:
        return refuted(Rung.ROOTFS, Why("other packages"))
    bare = any(map(is_root_filesystem, (parts.one, parts.two)))
    if parts.trees is not None and (layers.verdict is Verdict.REFUTED or bare):
        return parts.trees
    return step


def _packages(parts: Parts) -> Step:
    part = parts.children["packages"]
    if any(parts.incomplete):
        sides = ("; ".join(notes) for notes in parts.incomplete)
        return unknown(Rung.PACKAGES, Why("", *sides))
    if part.kind is Kind.UNKNOWN:
        return unknown(Rung.PACKAGES, Why("not compared"))
    counts = [side["installed"] for side in (part.before, part.after)]
    differing = sum(child.differs and of_the_image(child) for child in part.children)
    if differing:
        return refuted(
            Rung.PACKAGES,
            Why(f"{differing} differ", *(f"{count} packages" for count in counts)),
        )
    if not any(counts):
        return unknown(Rung.PACKAGES, Why(NO_PACKAGES))
    return proven(Rung.PACKAGES, Why(f"{counts[0]} packages"))
