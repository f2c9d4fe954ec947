"""A chain of links from a document to the bytes of a file, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from analyzer.paths import printable
from analyzer.verify.result import SCHEMA, Document, source_document


class Answer(StrEnum):
    """Whether the file is what the document says."""

    PROVEN = "proven"
    REFUTED = "refuted"
    UNDECIDED = "undecided"


class Level(StrEnum):
    """How much is proven."""

    IDENTICAL = "byte-identical-blobs"
    """Every layer blob here has the digest that the manifest lists."""
    CONTENT = "same-content-by-config"
    """The config and the inflated layers are the same; the stored blobs are others."""
    LAYERS = "same-layers"
    """The layers are those that the manifest lists, which names no config."""
    NOTHING = "nothing"


EXIT_CODES: Mapping[Answer, int] = {Answer.PROVEN: 0, Answer.REFUTED: 1, Answer.UNDECIDED: 2}


@dataclass(frozen=True, slots=True)
class Link:
    """One step, recomputed. `holds` is None where it cannot be decided, or need not hold."""

    text: str
    holds: bool | None
    declared: str = ""
    measured: str = ""
    platform: str = ""
    needed: bool = True
    """False for a link that says how much is proven, and refutes nothing."""


@dataclass(frozen=True, slots=True)
class Against:
    """The answer to `verify PATH --against FILE`."""

    name: str
    kind: str
    size: int | None
    claim_name: str
    claim_what: str
    claim_digest: str
    images: tuple[str, ...]
    """The images that the document was compared with."""
    links: tuple[Link, ...]
    level: Level
    still: tuple[str, ...]
    """What holds although a link broke, and what else there is to say."""
    bring: tuple[str, ...]
    """What would decide it."""

    @property
    def answer(self) -> Answer:
        """Refuted by the first link that breaks; proven when every needed one holds."""
        needed = [link.holds for link in self.links if link.needed]
        if False in needed:
            return Answer.REFUTED
        return Answer.UNDECIDED if None in needed or not needed else Answer.PROVEN

    @property
    def broken(self) -> int | None:
        """Number of the first link that breaks, from 1."""
        numbers = (n for n, x in enumerate(self.links, 1) if x.needed and x.holds is False)
        return next(numbers, None)

    @property
    def exit_code(self) -> int:
        """0 proven, 1 refuted, 2 not decidable."""
        return EXIT_CODES[self.answer]


def chain_document(result: Against, tool: Mapping[str, str]) -> Document:
    """The JSON form."""
    return {
        "schema": SCHEMA,
        "tool": dict(tool),
        "source": source_document(result.name, result.kind, result.size),
        "against": {
            "name": printable(result.claim_name),
            "what": result.claim_what,
            "digest": result.claim_digest,
        },
        "images": list(result.images),
        "verdict": result.answer.value,
        "level": result.level.value if result.answer is Answer.PROVEN else Level.NOTHING.value,
        "broken_link": result.broken,
        "links": [
            {
                "number": number,
                "text": printable(link.text),
                "holds": link.holds,
                "needed": link.needed,
                "platform": link.platform or None,
                "declared": link.declared or None,
                "measured": link.measured or None,
            }
            for number, link in enumerate(result.links, 1)
        ],
        "remarks": [printable(text) for text in result.still],
        "bring": [printable(text) for text in result.bring],
    }
