"""What was declared, what was measured, and by whom, for findings that reading came upon."""

from __future__ import annotations

from analyzer.image.model import Image
from analyzer.image.platform import normalise
from analyzer.problems import Code, Problem
from analyzer.verify.result import BY_INDEX

Values = tuple[str, ...]
"""Declared, measured, and who declares: a document and the place in it; or nothing."""


def values_of(problem: Problem, image: Image) -> Values:
    """The values behind a problem of `image`; nothing where its words say all."""
    config, document = image.config, image.config_document
    if config is None or document is None:
        return ()
    layers = _count(len(image.layers), "layer")
    match problem.code:
        case Code.LAYER_COUNT_MISMATCH:
            declared = _count(len(config.diff_ids), "diff ID")
            return declared, layers, f"{document.name} rootfs.diff_ids"
        case Code.HISTORY_MISMATCH:
            steps = sum(not step.empty_layer for step in config.history)
            return _count(steps, "build step"), layers, f"{document.name} history"
        case Code.PLATFORM_MISMATCH:
            own = normalise(config.os, config.architecture, config.variant, config.os_version)
            return str(image.platform), f"{own} in the config", BY_INDEX
    return ()


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
