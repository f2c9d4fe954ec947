"""Answers as values: a kind of identifier, the places where it stands, and how each is proven."""

from __future__ import annotations

from dataclasses import dataclass, field

from analyzer.digest import Digest
from analyzer.lookup.question import Question
from analyzer.problems import UNREAD, Problem, Severity
from analyzer.report import Report

INCOMPLETE = 3
"""As `Report.exit_code` has it: content could not be read."""


@dataclass(frozen=True, slots=True)
class FileHit:
    """A regular file in a layer whose content was asked for.

    `visible`: whether the merged tree shows this content, at `shown_as` (another path for a hard
    link or below a linked directory); None when it is not known because a layer above could not
    be read.
    """

    image: int
    """Position in `Report.images`."""
    layer: int
    path: str
    digest: Digest
    visible: bool | None
    shown_as: str = ""


@dataclass(frozen=True, slots=True)
class MemberHit:
    """A member of the outer file whose bytes were asked for."""

    name: str
    digest: Digest


@dataclass(frozen=True, slots=True)
class Searched:
    """One input: what was learned about it, or why nothing was.

    `label` is the path as the user typed it. `own` is the digest of the file as a whole; a
    directory has none.
    """

    label: str
    report: Report | None
    own: Digest | None = None
    files: tuple[FileHit, ...] = ()
    members: tuple[MemberHit, ...] = ()
    failure: str = ""
    hint: str = ""
    with_files: bool = False
    problems: tuple[Problem, ...] = ()
    """What was wrong with reading members, or the files of layers."""

    @property
    def unread(self) -> bool:
        """Whether content of an input that was searched could not be read."""
        codes = {p.code for p in self.problems if p.severity is Severity.ERROR}
        return self.report is not None and (
            self.report.exit_code == INCOMPLETE or bool(codes & UNREAD)
        )


@dataclass(frozen=True, slots=True)
class Link:
    """One step of a chain.

    `recomputed`: the bytes at hand hash to `digest`, they do not, or None: they are not here.
    """

    kind: str
    digest: Digest | None
    recomputed: bool | None
    layers: tuple[int, ...] = ()
    name: str = ""
    """Of a document that nothing commits to: where it lies."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an identifier stands: which input, which image and platform, which layers.

    `names` and `platform` are empty for what belongs to no image. `chain` leads from the
    outermost document that commits to it down to it; `note` says what is special here.
    """

    source: str
    names: tuple[str, ...] = ()
    platform: str = ""
    layers: tuple[int, ...] = ()
    recomputed: bool | None = None
    chain: tuple[Link, ...] = ()
    path: str = ""
    """Of a member of the file, or of a file in a layer."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """One meaning of the hash. `digest` is the whole value, without algorithm for a name."""

    kind: str
    digest: str
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Undecided:
    """What one input cannot tell, and where it mentions the hash in passing."""

    source: str
    reasons: tuple[str, ...]
    mentions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bring:
    """What would decide it, and the commands for that."""

    what: str
    commands: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Advice:
    """What remains to be said when nothing matches."""

    could_be: tuple[str, ...]
    undecided: tuple[Undecided, ...]
    bring: tuple[Bring, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """Everything that one question led to."""

    question: Question
    inputs: tuple[Searched, ...]
    answers: tuple[Answer, ...]
    advice: Advice | None = field(default=None)

    @property
    def exit_code(self) -> int:
        """2 when no input could be searched, 3 when a part could not be read, 1 not found."""
        failed = [item for item in self.inputs if item.report is None]
        if len(failed) == len(self.inputs) and not self.answers:
            return 2
        if failed or any(item.unread for item in self.inputs):
            return INCOMPLETE
        return 0 if self.answers else 1
