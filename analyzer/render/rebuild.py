"""What `ociscope diff --reproducible` prints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from tabulate import tabulate

from analyzer.diff.filesystem.noiserules import RULES
from analyzer.diff.filesystem.reproducible import (
    KINDS,
    Answer,
    LayerFound,
    PairedRebuild,
    Rebuild,
    as_a_whole,
)
from analyzer.paths import printable

_WIDTH = 80
_WHAT = {rule.name: rule.what for rule in RULES} | dict(KINDS)
_SENTENCES = {
    Answer.IDENTICAL: "the second is the first",
    Answer.BUT_FOR_NOISE: "the second is a rebuild of the first",
    Answer.DIFFERENT: "the second is no rebuild of the first",
    Answer.NOT_TOLD: "whether the second is a rebuild of the first",
}


def rebuild_text(found: Sequence[PairedRebuild]) -> str:
    """The answer for the files, and for each pair of images."""
    whole = as_a_whole(found)
    lines = [f"{_SENTENCES[whole]}: {whole.value}"]
    for one in found:
        lines += ["", f"{printable(one.subject)}: {one.rebuild.answer.value}"]
        lines += _body(one.rebuild)
    return "\n".join(lines) + "\n"


def _body(rebuild: Rebuild) -> Iterator[str]:
    for reason in rebuild.reasons:
        yield from _wrapped(f"- {reason}")
    if rebuild.noise:
        yield "  noise"
        rows = [[str(count), name, _WHAT[name]] for name, count in rebuild.noise.items()]
        for line in tabulate(rows, tablefmt="plain", disable_numparse=True).splitlines():
            yield from _wrapped(line, "    ")
    for note in rebuild.notes:
        yield from _wrapped(f"note: {note}")
    if rebuild.layers:
        yield "  first differing byte of the uncompressed layers"
    for layer in rebuild.layers:
        yield from _wrapped(_layer(layer), "    ")


def _layer(layer: LayerFound) -> str:
    if layer.found is None:
        return f"layer {layer.position}  could not be read"
    return f"layer {layer.position}  byte {layer.found.offset}: {layer.found.place.words}"


def _wrapped(text: str, indent: str = "  ") -> list[str]:
    return wrap(
        printable(text),
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + "  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
