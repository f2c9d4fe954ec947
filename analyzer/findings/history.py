"""The build steps of a config document, and which of them set a member of it.

OCI image-spec v1.1, config.md, "history": first to last; an entry with `empty_layer` made no layer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

_CLASSIC = re.compile(r"\A(?:\S{1,64} -c )?#\(nop\)\s*")
"""How docker's classic builder, buildah and podman mark steps that run nothing."""

_NAME = re.compile(r"(?:\A|(?<=\s))[\"']?([^\s=\"']++)[\"']?=")
_SET = {"ENV": _NAME, "LABEL": _NAME, "EXPOSE": re.compile(r"\d+")}


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of the history, as it stands there: not safe to show.

    `layer` is the 0-based layer that it made; None for none, and where that is not known.
    """

    position: int
    created_by: str
    comment: str = ""
    layer: int | None = None

    @property
    def instruction(self) -> tuple[str, str]:
        """The keyword and the rest: `ENV`, `A=b`; no keyword for a command that was run."""
        text = _CLASSIC.sub("", self.created_by).removesuffix(" # buildkit")
        keyword, _, rest = text.partition(" ")
        return (keyword, rest.strip()) if keyword.isalpha() and keyword.isupper() else ("", text)


def steps_of(document: Mapping[str, Any], layers: int) -> tuple[Step, ...]:
    """The history in a config document, for an image of so many layers.

    Where the counts differ, nothing says which step made which layer.
    """
    entries = document.get("history")
    if not isinstance(entries, list):
        return ()
    members = [entry if isinstance(entry, dict) else {} for entry in entries]
    made = [entry.get("empty_layer") is not True for entry in members]
    numbers = count()
    known = sum(made) == layers
    return tuple(
        Step(
            position,
            _text(entry.get("created_by")),
            _text(entry.get("comment")),
            next(numbers) if known and with_layer else None,
        )
        for position, (entry, with_layer) in enumerate(zip(members, made, strict=True))
    )


def setters(steps: Sequence[Step], keyword: str) -> Mapping[str, Step]:
    """The last step of that `keyword` for each name (ENV, LABEL) or number (EXPOSE) it sets.

    Of others, which set one thing, the step is that of the empty name.
    """
    found: dict[str, Step] = {}
    for step in steps:
        word, rest = step.instruction
        if word == keyword:
            names = _SET[keyword].findall(rest) if keyword in _SET else [""]
            found |= dict.fromkeys(names, step)
    return found


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
