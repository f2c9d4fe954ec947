"""Manifest and config to an `Image`: layers matched with diff IDs and build steps.

The rules are the same for OCI layouts and docker archives; only where layers come from differs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from analyzer.image.documents import Config
from analyzer.image.model import LayerRef
from analyzer.image.platform import Platform, normalise
from analyzer.problems import Code, Problem, error, warning


@dataclass(frozen=True, slots=True)
class Assembled:
    """The parts that need manifest and config together."""

    layers: tuple[LayerRef, ...]
    platform: Platform
    platform_declared: Mapping[str, Any] | None
    problems: tuple[Problem, ...]


def assemble(
    layers: Sequence[LayerRef],
    config: Config | None,
    declared: Mapping[str, Any] | None,
    where: str,
) -> Assembled:
    """Join `layers` (bottom first) with what `config` says of them.

    `declared` is the platform of the descriptor that led here, as found.
    """
    problems: list[Problem] = []
    if config is not None:
        layers = _with_diff_ids(layers, config, where, problems)
        layers = _with_history(layers, config, where, problems)
    platform, shown = _platform(config, declared, where, problems)
    return Assembled(tuple(layers), platform, shown, tuple(problems))


def _with_diff_ids(
    layers: Sequence[LayerRef], config: Config, where: str, problems: list[Problem]
) -> Sequence[LayerRef]:
    """Image-spec config.md: `rootfs.diff_ids` is ordered from first to last layer."""
    if len(config.diff_ids) != len(layers):
        problems.append(
            error(
                Code.LAYER_COUNT_MISMATCH,
                where,
                f"{len(layers)} layers, but {len(config.diff_ids)} diff IDs in the config",
            )
        )
    known = dict(enumerate(config.diff_ids))
    return [replace(layer, diff_id=known.get(layer.position)) for layer in layers]


def _with_history(
    layers: Sequence[LayerRef], config: Config, where: str, problems: list[Problem]
) -> Sequence[LayerRef]:
    """Image-spec config.md: history entries with `empty_layer` have no layer."""
    steps = [step for step in config.history if not step.empty_layer]
    if not config.history:
        return layers
    if len(steps) != len(layers):
        problems.append(
            warning(
                Code.HISTORY_MISMATCH,
                where,
                f"{len(steps)} build steps with content for {len(layers)} layers; "
                "steps are not matched with layers",
            )
        )
        return layers
    return [replace(layer, created_by=steps[layer.position].created_by) for layer in layers]


def _platform(
    config: Config | None,
    declared: Mapping[str, Any] | None,
    where: str,
    problems: list[Problem],
) -> tuple[Platform, Mapping[str, Any] | None]:
    """The descriptor's platform, else the config's; both are compared."""
    stated = platform_of(declared)
    if config is None:
        return stated or Platform("", ""), declared
    own = normalise(config.os, config.architecture, config.variant, config.os_version)
    found = {
        name: config.document[name]
        for name in ("architecture", "os", "os.version", "variant")
        if name in config.document
    }
    if stated is None:
        return own, found or None
    variants = {stated.variant, own.variant} - {""}
    if (stated.os, stated.architecture) != (own.os, own.architecture) or len(variants) > 1:
        problems.append(
            warning(
                Code.PLATFORM_MISMATCH, where, f"the index says {stated}, the config says {own}"
            )
        )
    return stated, declared


def platform_of(declared: Mapping[str, Any] | None) -> Platform | None:
    """A descriptor's platform object, normalised; None when there is none."""
    if not declared:
        return None
    fields = (declared.get(n) for n in ("os", "architecture", "variant", "os.version"))
    return normalise(*(field if isinstance(field, str) else "" for field in fields))
