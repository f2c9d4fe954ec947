"""What `ociscope layers` prints: a table for each platform, every step of the build in its place.

`width` is that of the terminal in columns; None where lines may be as long as they like.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from math import floor

from analyzer.layering.instructions import Instruction
from analyzer.layering.values import DEFINITION, Layer, Layering
from analyzer.paths import printable
from analyzer.problems import UNPROVEN, Severity
from analyzer.render.lines import headed, titled, wrapped
from analyzer.render.sharing import numbered, sharing_lines
from analyzer.render.text import NOTHING, aligned, human_bytes
from analyzer.render.values import shorten

_HEADERS = (
    *("layer ", "stored", "content", "so far", "codec"),
    *("added", "changed", "removed", "wasted"),
)
_GAP = "  "
_INDENT = "        "
"""Under the numbers of layers, and the gap behind them."""
_KEY = (
    ("stored", "as it lies in the file"),
    ("content", "uncompressed"),
    ("so far", "stored, from the bottom layer up to this one"),
    ("added", "names of files, directories and links; changed and removed likewise"),
    ("wasted", "bytes of its files that a layer above overwrote or deleted"),
    ("*", "a layer that is elsewhere in the file too, or twice in this image"),
    ("-", "a step of the build that made no layer"),
)
_COLUMNS = 80
_LONG_HASH = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{52}\b")


def layers_text(layerings: Sequence[Layering], width: int | None = None) -> str:
    """One table for each of `layerings`, and what the columns mean."""
    blocks = ["\n".join(_block(layering, width)) for layering in layerings]
    return "\n\n".join([*blocks, *_key(layerings)])


def _key(layerings: Sequence[Layering]) -> Iterator[str]:
    if any(layering.layers for layering in layerings):
        yield "\n".join(aligned(_KEY))


def _block(layering: Layering, width: int | None) -> Iterator[str]:
    image = layering.image
    if image.completeness == "absent":
        yield f"{titled(image)}: not in this file"
        return
    yield from headed(titled(image), _sizes(layering.layers), width)
    yield from wrapped(_efficiency(layering), min(width or _COLUMNS, _COLUMNS))
    yield from _verdicts(layering)
    families = {_family(layer) for layer in layering.layers} - {""}
    if len(families) == 1:
        yield from wrapped(f"compressed by: {next(iter(families))}", width)
    for line in sharing_lines(layering.layers):
        first, *more = wrapped(line, width)
        yield first
        yield from (_GAP + part for part in more)
    yield ""
    yield from _table(layering, width, told=len(families) == 1)
    if not layering.steps.aligned:
        yield from _loose_steps(layering, width)


def _sizes(layers: Sequence[Layer]) -> str:
    count = f"{len(layers)} layer{'s' * (len(layers) != 1)}"
    if not layers:
        return count
    stored, content = layers[-1].total, layers[-1].uncompressed_total
    told = [f"{human_bytes(stored)} stored"] if stored is not None else []
    again = [layer.size or 0 for layer in layers if _is_repeated(layer)]
    if told and again:
        told.append(f"{human_bytes(sum(again))} of them in layers that stand twice")
    told += [f"{human_bytes(content)} uncompressed"] if content is not None else []
    return ", ".join([count, *told])


def _is_repeated(layer: Layer) -> bool:
    """Whether the same layer stands below it."""
    return any(twin.own and twin.layer < layer.position for twin in layer.twins)


def _efficiency(layering: Layering) -> str:
    found = layering.efficiency
    if found is None:
        return f"efficiency: not known, since {numbered(layering.unread)} could not be read"
    if found.share is None:
        return "efficiency: no figure, since its layers hold no bytes of files"
    # Rounded down, so that only an image without any waste is at 100 %.
    percent = floor(found.share * 1000) / 10
    amounts = f"{human_bytes(found.shown_bytes)} of {human_bytes(found.file_bytes)}"
    return f"efficiency: {percent:.1f} % ({DEFINITION}: {amounts})"


def _verdicts(layering: Layering) -> Iterator[str]:
    if layering.unread:
        yield f"INCOMPLETE: counts are without {numbered(layering.unread)}"
    codes = {p.code for p in layering.problems if p.severity is Severity.ERROR}
    if codes & UNPROVEN:
        yield "MISMATCH: bytes are not what the file declares them to be; see the errors"


def _table(layering: Layering, width: int | None, *, told: bool) -> Iterator[str]:
    rows = [_row(layer) for layer in layering.layers]
    sizes = [max(map(len, column)) for column in zip(_HEADERS, *rows, strict=True)]
    lines = [
        _GAP.join(cell.rjust(size) for cell, size in zip(row, sizes, strict=True))
        for row in (_HEADERS, *rows)
    ]
    yield lines[0]
    steps = layering.instructions if layering.steps.aligned else ()
    below = {step.step.layer: step for step in steps if step.step.layer is not None}
    before = _before(steps)
    for layer, line in zip(layering.layers, lines[1:], strict=True):
        yield from (_empty(step, width) for step in before.get(layer.position, ()))
        yield line
        step = below.get(layer.position)
        if step is not None:
            yield _INDENT + _step(step, width)
        for note in _notes(layer, told=told):
            yield from (_INDENT + part for part in wrapped(note, _less(width)))
    yield from (_empty(step, width) for step in before.get(None, ()))


def _before(steps: Sequence[Instruction]) -> dict[int | None, list[Instruction]]:
    """Steps without a layer by the layer of the next step that has one; None for the last."""
    found: dict[int | None, list[Instruction]] = {}
    waiting: list[Instruction] = []
    for step in steps:
        if step.step.layer is None:
            waiting.append(step)
        elif waiting:
            found[step.step.layer], waiting = waiting, []
    return {**found, None: waiting}


def _row(layer: Layer) -> tuple[str, ...]:
    work = layer.work
    counts = (work.added, work.changed, work.removed) if work else (NOTHING,) * 3
    return (
        f"{layer.position}{'*' if layer.shared else ' '}",
        human_bytes(layer.size),
        human_bytes(layer.uncompressed_size),
        human_bytes(layer.total),
        layer.compression or NOTHING,
        *map(str, counts),
        human_bytes(work.wasted_bytes if work else None),
    )


def _less(width: int | None) -> int | None:
    return None if width is None else max(width - len(_INDENT), 1)


def _step(step: Instruction, width: int | None) -> str:
    """A step on one line; on a terminal as much of it as fits."""
    text = step.summary
    if width is not None:
        text = _LONG_HASH.sub(r"\1", " ".join(text.split()))
    text = printable(text) or "(the history does not say what made it)"
    room = _less(width)
    return text if room is None else shorten(text, room)


def _empty(step: Instruction, width: int | None) -> str:
    return f"{'-':>5} {_GAP}{_step(step, width)}"


def _notes(layer: Layer, *, told: bool) -> Iterator[str]:
    if not layer.present:
        yield "not in this file"
    elif layer.work is None:
        yield "its files could not be read"
    if _family(layer) and not told:
        yield f"compressed by: {_family(layer)}"
    if layer.streams > 1:
        yield f"made of {layer.streams} {_PARTS.get(layer.compression, 'streams')}"


_PARTS = {"gzip": "gzip members", "zstd": "zstd frames", "xz": "xz streams"}


def _family(layer: Layer) -> str:
    """Empty for a layer that is not compressed, or of which only the codec is known."""
    return "" if layer.compressed_by == layer.compression else layer.compressed_by


def _loose_steps(layering: Layering, width: int | None) -> Iterator[str]:
    steps = layering.steps
    yield ""
    yield from wrapped(
        f"{steps.with_content} build steps say that they made a layer, and there are "
        f"{steps.layers} layers: which step made which is not known. The steps are:",
        width,
    )
    for step in layering.instructions:
        yield f"{_GAP}{'-' if step.step.empty else '+'}{_GAP}{_step(step, width)}"
