"""The image of a Docker schema 1 manifest: its layers, and its history in place of a config.

Docker distribution, spec manifest-v2-1.md: `fsLayers` and `history` run from the newest to the
oldest; each history entry holds the JSON of an image as docker before 1.10 had it. moby
distribution/pull_v2.go (`pullSchema1`) and containers/image manifest/docker_schema1.go skip the
blobs of steps marked `throwaway`, which are empty tars.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from analyzer.digest import Digest
from analyzer.errors import AnalyzerError
from analyzer.image.assemble import assemble
from analyzer.image.blobs import Blobs
from analyzer.image.documents import Config, Descriptor, load_json, parse_config
from analyzer.image.model import Document, Image, LayerRef, TreeItem
from analyzer.image.schema1 import Schema1, media_type_of, parse_schema1
from analyzer.limits import exceeded
from analyzer.paths import printable
from analyzer.problems import Code, Problem, error, note, warning


def read_schema1(blobs: Blobs, document: Document, declared: Mapping[str, Any] | None) -> Image:
    """The image of a schema 1 manifest; `declared` is the platform of its descriptor, as found.

    Raises:
        MalformedImage: it cannot be read. LimitExceeded: it has more entries than allowed.
    """
    manifest = parse_schema1(document.raw, document.name, blobs.limits)
    allowed = blobs.limits.layers_per_image
    if len(manifest.entries) > allowed:
        raise exceeded("layers_per_image", allowed, len(manifest.entries), document.name)
    before = len(blobs.problems)
    config = _config(blobs, manifest, document.name)
    layers, missing = _layers(blobs, manifest)
    # Without layers, since there are no diff IDs to match them with.
    joined = assemble((), config, declared, document.name)
    problems = [*manifest.problems, *missing, *blobs.problems[before:], *joined.problems]
    problems += _architecture(manifest, config, document.name)
    problems += _signatures(manifest, document.name)
    del blobs.problems[before:]
    return Image(
        position=0,
        names=_names(manifest),
        platform=joined.platform,
        platform_declared=joined.platform_declared,
        indexes=(),
        manifest=document,
        manifest_declared=document.declared,
        config_document=None,
        config_declared=None,
        config=config,
        layers=layers,
        without_config="schema1",
        schema1=manifest,
        problems=tuple(problems),
    )


def _signatures(manifest: Schema1, where: str) -> list[Problem]:
    """They stand in the file and prove nothing; whoever changes them changes no digest."""
    if not manifest.signatures:
        return []
    count = f"{manifest.signatures} signature{'s' * (manifest.signatures != 1)}"
    what = f"{count} in a schema 1 manifest, not checked and covered by no digest"
    return [note(Code.SIGNATURES_UNCHECKED, where, what)]


def schema1_item(blobs: Blobs, image: Image, item: TreeItem) -> TreeItem:
    """`item` with the blobs of every entry below it, bottom first, throwaway ones too."""
    manifest, document = image.schema1, image.manifest
    entries = manifest.entries if manifest else ()
    children = tuple(_part(blobs, entry.digest) for entry in entries)
    kind = media_type_of(document.value if document else None)
    return replace(item, media_type=kind, platform=str(image.platform), children=children)


def _names(manifest: Schema1) -> tuple[str, ...]:
    """The name that the manifest claims; skopeo leaves it empty in copies to a folder."""
    if not manifest.name or not manifest.tag:
        return ()
    return (printable(f"{manifest.name}:{manifest.tag}"),)


def _config(blobs: Blobs, manifest: Schema1, where: str) -> Config | None:
    """The newest history entry, read as a config: it has the same members, and no diff IDs."""
    if not manifest.entries:
        return None
    where = f"{where} v1Compatibility"
    try:
        value, _ = load_json(manifest.entries[-1].history, where, blobs.limits)
        config = parse_config(value, where)
    except AnalyzerError as problem:
        blobs.note_error(problem, where)
        return None
    return config if config.architecture else replace(config, architecture=manifest.architecture)


def _architecture(manifest: Schema1, config: Config | None, where: str) -> list[Problem]:
    """The manifest and its newest history entry both state one."""
    if config is None or manifest.architecture in {"", config.architecture}:
        return []
    what = (
        f"architecture is {manifest.architecture!r:.80}, in its history {config.architecture!r:.80}"
    )
    return [warning(Code.PLATFORM_MISMATCH, where, what)]


def _find(blobs: Blobs, digest: Digest) -> str | None:
    return blobs.find(Descriptor("", digest, 0))


def _layers(blobs: Blobs, manifest: Schema1) -> tuple[tuple[LayerRef, ...], list[Problem]]:
    layers: list[LayerRef] = []
    problems = []
    for entry in manifest.steps:
        if entry.throwaway:
            continue
        name = _find(blobs, entry.digest)
        position = len(layers)
        if name is None:
            what = f"layer {position} is not in the file"
            problems.append(error(Code.BLOB_MISSING, blobs.locate(entry.digest), what))
        step = printable(entry.created_by)
        layers.append(LayerRef(position, name, entry.digest, None, "", None, step))
    return tuple(layers), problems


def _part(blobs: Blobs, digest: Digest) -> TreeItem:
    name = _find(blobs, digest)
    size = blobs.source.size(name) if name else None
    return TreeItem(
        "layer", name or blobs.locate(digest), digest, size=size, present=name is not None
    )
