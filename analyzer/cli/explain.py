"""`ociscope explain`: what a word or a finding means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from analyzer.cli.options import OutputOption
from analyzer.cli.output import Target, emit, parse_targets
from analyzer.explain.loader import Topic


def explain(
    topic: Annotated[
        str,
        typer.Argument(
            metavar="TOPIC",
            help="What to explain; the code of a finding may keep its brackets (quoted for the "
            "shell). Without it: a list of all topics.",
            show_default=False,
        ),
    ] = "",
    output: OutputOption = None,
) -> None:
    """What an identifier or finding means, and what to do about it.

    Needs no image: image ID, manifest digest, attestations, the containerd store, and one text
    for every code that stands in brackets behind a message.

    \b
    Examples:
      ociscope explain
      ociscope explain image-id
      ociscope explain '[digest-mismatch]'
    """
    targets = parse_targets(output)
    if topic:
        _one(topic, targets)
    else:
        _list(targets)


def _one(wanted: str, targets: Sequence[Target]) -> None:
    from analyzer.explain.loader import topic
    from analyzer.explain.text import page

    found = topic(wanted)
    emit(
        targets,
        lambda width: f"{page(found, width)}\n",
        lambda: {
            "topic": found.name,
            "title": found.title,
            "text": found.text,
            "see_also": list(found.see_also),
        },
    )


def _list(targets: Sequence[Target]) -> None:
    from analyzer.explain.loader import topics
    from analyzer.explain.text import contents

    every = topics()
    emit(
        targets,
        lambda width: f"{contents(every, width)}\n",
        lambda: {
            "questions": [_line(topic) for topic in every if not topic.is_finding],
            "findings": [_line(topic) for topic in every if topic.is_finding],
        },
    )


def _line(topic: Topic) -> dict[str, str]:
    return {"topic": topic.name, "title": topic.title}
