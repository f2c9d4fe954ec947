"""Which build step brought a version of a file, and whether the other image has that step, too."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from analyzer.diff.layers import Alignment, equal_contents
from analyzer.diff.rungs import cut
from analyzer.findings.history import Step as HistoryStep

if TYPE_CHECKING:
    from analyzer.report import LayerReport

_NO_LAYER = -1
_SHOWN_CHARACTERS = 60
_OUTSIDE = frozenset({"COPY", "ADD"})
_TOOLS = re.compile(r"(jib-|ko (build|publish) |bazel build |apko\b|buildpacks?\b|Buildpacks )")
"""How tools that only put files into layers, and run nothing in them, begin `created_by`:
jib-core's `ImageConfiguration` users, ko pkg/build/gobuild.go, rules_docker, apko, pack."""


class Source(StrEnum):
    """Where a step has its files from."""

    OUTSIDE = "outside"
    """They were put in: COPY, ADD, or a tool that runs nothing."""
    COMMAND = "command"
    """Something ran in the image and made them."""
    NOT_KNOWN = "not known"
    """The history has no such step."""


class Standing(StrEnum):
    """How a layer relates to those of the other image."""

    SAME = "same"
    """The other image has a layer of the same content."""
    SAME_STEP = "same step"
    """The other image has a layer of the same instruction with other content."""
    OWN = "own"
    """The other image has no such layer."""


@dataclass(frozen=True, slots=True)
class Step:
    """The step that made one layer."""

    layer: int
    created_by: str
    standing: Standing

    @property
    def source(self) -> Source:
        """Where it has its files from."""
        return source_of(self.created_by)

    @property
    def words(self) -> str:
        """As it is named in a sentence; nothing where there are no layers."""
        if self.layer == _NO_LAYER:
            return ""
        words = " ".join(self.created_by.split())
        return f"layer {self.layer}" + (f" ({cut(words, _SHOWN_CHARACTERS)})" if words else "")


def source_of(created_by: str) -> Source:
    """Where a step of this history line has its files from."""
    if not created_by.strip():
        return Source.NOT_KNOWN
    keyword, _ = HistoryStep(0, created_by).instruction
    if keyword in _OUTSIDE or _TOOLS.match(created_by):
        return Source.OUTSIDE
    return Source.COMMAND


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of both images, by side (0 before, 1 after) and layer."""

    sides: tuple[tuple[Step, ...], tuple[Step, ...]]

    def at(self, side: int, layer: int) -> Step:
        """The step of a layer; a root filesystem has none."""
        steps = self.sides[side]
        if 0 <= layer < len(steps):
            return steps[layer]
        return Step(_NO_LAYER, "", Standing.OWN)

    @property
    def own(self) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
        """Per side the steps that the other image does not have at all."""
        one, two = (
            tuple(step for step in steps if step.standing is Standing.OWN) for steps in self.sides
        )
        return one, two


def steps_of(
    before: Sequence[LayerReport], after: Sequence[LayerReport], alignment: Alignment
) -> Steps:
    """The steps of both images as `align` put their layers side by side."""
    partners = alignment.partners
    back = {two: one for one, two in partners.items()}
    return Steps(
        (
            tuple(_step(n, before, after, partners.get(n)) for n in range(len(before))),
            tuple(_step(n, after, before, back.get(n)) for n in range(len(after))),
        )
    )


def _step(
    number: int, here: Sequence[LayerReport], there: Sequence[LayerReport], partner: int | None
) -> Step:
    layer = here[number]
    if partner is None:
        return Step(number, layer.created_by, Standing.OWN)
    same = equal_contents(layer, there[partner])
    return Step(number, layer.created_by, Standing.SAME if same else Standing.SAME_STEP)
