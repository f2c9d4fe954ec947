"""The build history of an image, step by step, beside the layers that the steps made.

OCI image-spec v1.1, config.md, "history": ordered first to last, and an entry with `empty_layer`
made no layer. Where the counts differ (squashed images, kaniko, hand-made configs) nothing says
which step made which layer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from analyzer.findings.config import ConfigFindings
from analyzer.image.model import Image


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of a history, with secrets masked; the texts are not safe to show otherwise.

    `layer` is the 0-based layer that it made; None for an empty one, and where it is not known.
    """

    created_by: str
    comment: str = ""
    empty: bool = False
    layer: int | None = None


@dataclass(frozen=True, slots=True)
class Steps:
    """A history. `aligned` says whether the steps are known to belong to the layers."""

    steps: tuple[Step, ...] = ()
    aligned: bool = True
    layers: int = 0

    @property
    def with_content(self) -> int:
        """How many of them say that they made a layer."""
        return sum(not step.empty for step in self.steps)

    @property
    def by_layer(self) -> Mapping[int, Step]:
        """The step that made each layer, where that is known."""
        return {step.layer: step for step in self.steps if step.layer is not None}


def steps_of(image: Image) -> Steps:
    """The history in the config of `image`, or what stands for it in a schema 1 manifest."""
    layers = len(image.layers)
    document = image.config.document if image.config is not None else {}
    entries = document.get("history")
    told = ConfigFindings(document, layers)
    if not isinstance(entries, list) or not entries:
        steps = tuple(
            Step(told.masked(layer.created_by), layer=layer.position)
            for layer in image.layers
            if layer.created_by
        )
        return Steps(steps, layers=layers)
    steps = tuple(_step(entry, told, number) for number, entry in enumerate(entries))
    if sum(not step.empty for step in steps) != layers:
        return Steps(steps, aligned=False, layers=layers)
    return Steps(tuple(_numbered(steps)), layers=layers)


def _step(entry: object, told: ConfigFindings, number: int) -> Step:
    members: Mapping[str, Any] = entry if isinstance(entry, dict) else {}
    comment = members.get("comment")
    return Step(
        told.written.get(number, ""),
        told.masked(comment) if isinstance(comment, str) else "",
        empty=members.get("empty_layer") is True,
    )


def _numbered(steps: tuple[Step, ...]) -> Iterator[Step]:
    numbers = count()
    for step in steps:
        number = None if step.empty else next(numbers)
        yield Step(step.created_by, step.comment, empty=step.empty, layer=number)
