"""The answers of a lookup as text: whole digests on lines of their own, fit for 80 columns.

A digest of 64 digits with its algorithm takes 71 columns; indented by four and with its verdict
behind it, that is 80.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap

from analyzer.explain.kinds import explanation
from analyzer.lookup.model import Advice, Answer, Link, Place, Result
from analyzer.paths import printable

COLUMNS = 80
_INDENT = "  "
_LABEL = 12
_MOST_STEPS = 4
"""Diff IDs of a chain ID that are shown one by one; of more, the first and the last."""
_MOST_PLACES = 20
_MOST_NAMED = 4
"""Inputs that a sentence names."""
_VERDICTS = {True: "yes", False: "NO", None: "-"}


def lookup(result: Result, width: int | None = None) -> str:
    """What `ociscope lookup` prints. Words are wrapped at `width`, at most at 80 columns."""
    columns = min(width or COLUMNS, COLUMNS)
    blocks = [_headline(result)]
    blocks += ["\n".join(_answer(answer, columns)) for answer in result.answers]
    if result.advice is not None:
        blocks += ["\n".join(block) for block in _advice(result.advice, columns) if block]
    return "\n\n".join(blocks)


def _headline(result: Result) -> str:
    searched = sum(item.report is not None for item in result.inputs)
    files = f"{_count(searched, 'input')} searched"
    if searched < len(result.inputs):
        files += f", {len(result.inputs) - searched} not readable"
    if not result.answers:
        return f"{result.question}\nNOT FOUND ({files})"
    lines = [str(result.question), f"{_count(len(result.answers), 'answer')} ({files})"]
    digests = len({answer.digest for answer in result.answers})
    if digests > 1:
        lines.append(f"{digests} different values begin with these digits: give more of them")
    return "\n".join(lines)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


# Answers.


def _answer(answer: Answer, columns: int) -> Iterator[str]:
    words = explanation(answer.kind)
    yield words.name[0].upper() + words.name[1:]
    yield f"{_INDENT}{printable(answer.digest)}"
    yield from _labelled("hash of", words.hashed, columns)
    yield from _labelled("printed by", words.printed_by, columns)
    yield from _labelled("use", words.use, columns)
    if words.topic:
        yield from _labelled("more", f"ociscope explain {words.topic}", columns)
    for place in answer.places[:_MOST_PLACES]:
        yield ""
        yield from _place(place, columns)
    if len(answer.places) > _MOST_PLACES:
        yield f"{_INDENT}{len(answer.places) - _MOST_PLACES} more places, -o json has them all"


def _labelled(label: str, text: str, columns: int) -> list[str]:
    if not text:
        return []
    if max(map(len, text.split()), default=0) > columns - _LABEL - len(_INDENT):
        inner = _INDENT * 2
        lines = wrap(text, columns - len(inner), break_long_words=False, break_on_hyphens=False)
        return [f"{_INDENT}{label}", *(inner + line for line in lines)]
    return wrap(
        text,
        columns,
        initial_indent=f"{_INDENT}{label:{_LABEL}}",
        subsequent_indent=_INDENT + " " * _LABEL,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _place(place: Place, columns: int) -> Iterator[str]:
    yield from _labelled("in", _source(place.source), columns)
    if place.names or (place.chain and place.platform):
        title = ", ".join(map(printable, place.names)) or "(no name)"
        yield from _labelled("of", f"{title}  {printable(place.platform)}", columns)
    if place.layers:
        yield from _labelled("at", layers_text(place.layers), columns)
    if place.path:
        yield from _labelled("path", printable(place.path), columns)
    if place.note:
        yield from _labelled("note", printable(place.note), columns)
    if place.chain:
        yield from _labelled("proof", "each line recomputed from the bytes here:", columns)
        for link in _shortened(place.chain):
            yield from _link(link)
    elif place.recomputed is not None:
        yield from _labelled("recomputed", _VERDICTS[place.recomputed], columns)


def _source(label: str) -> str:
    """An input as sentences call it."""
    return "standard input" if label == "-" else printable(label)


def layers_text(layers: Sequence[int]) -> str:
    """`layer 3`, `layers 0 to 2`, `layers 0, 2, 5`; counted from 0, the bottom one."""
    if len(layers) == 1:
        return f"layer {layers[0]}"
    if list(layers) == list(range(layers[0], layers[-1] + 1)):
        return f"layers {layers[0]} to {layers[-1]}"
    return f"layers {', '.join(map(str, layers))}"


def _shortened(chain: Sequence[Link]) -> Iterator[Link | str]:
    """The chain with the middle of a long stack of diff IDs left out, unless it is no proof."""
    steps = [link for link in chain if link.kind == "diff-id"]
    if len(steps) <= _MOST_STEPS or any(link.recomputed is not True for link in steps):
        yield from chain
        return
    left_out = {id(link) for link in steps[1:-1]}
    for link in chain:
        if link is steps[1]:
            yield f"{len(left_out)} more diff IDs, all recomputed: yes"
        if id(link) not in left_out:
            yield link


def _link(link: Link | str) -> Iterator[str]:
    if isinstance(link, str):
        yield f"{_INDENT * 2}{link}"
        return
    name = explanation(link.kind).name
    if link.layers:
        name += f" of {layers_text(link.layers)}"
    if link.name:
        name = printable(link.name)
    if link.digest is None:
        yield f"{_INDENT * 2}{name}: not in this file"
        return
    yield f"{_INDENT * 2}{name}"
    yield f"{_INDENT * 2}{link.digest}  {_VERDICTS[link.recomputed]}"


# Nothing found.


def _advice(advice: Advice, columns: int) -> Iterator[list[str]]:
    yield ["What it could be:", *_bullets(advice.could_be, columns)]
    alike: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for item in advice.undecided:
        alike.setdefault((item.reasons, item.mentions), []).append(_source(item.source))
    for (reasons, mentions), sources in alike.items():
        yield list(_undecided(sources, reasons, mentions, columns))
    for bring in advice.bring:
        lines = wrap(bring.what, columns)
        yield [*lines, *(f"{_INDENT * 2}{printable(line)}" for line in bring.commands)]


def _undecided(
    sources: Sequence[str], reasons: Sequence[str], mentions: Sequence[str], columns: int
) -> Iterator[str]:
    """What inputs that have the same to say leave open."""
    named = ", ".join(sources[:_MOST_NAMED])
    if len(sources) > _MOST_NAMED:
        named += f" and {len(sources) - _MOST_NAMED} more"
    for title, texts in (
        (f"What {named} cannot decide:", reasons),
        (f"Named in passing in {named}, as no identifier of anything there:", mentions),
    ):
        if texts:
            yield from wrap(title, columns, break_long_words=False, break_on_hyphens=False)
            yield from _bullets(texts, columns)


def _bullets(texts: Iterable[str], columns: int) -> list[str]:
    return [
        line
        for text in texts
        for line in wrap(
            printable(text),
            columns,
            initial_indent=f"{_INDENT}- ",
            subsequent_indent=_INDENT * 2,
            break_long_words=False,
            break_on_hyphens=False,
        )
    ]
