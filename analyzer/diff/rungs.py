"""The ladder of sameness as values: rungs from the same file down to nothing in common.

What holds on one rung holds on every rung below it; the first that holds is the headline.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from analyzer.paths import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

CANNOT_COMPARE = "no difference is known, and nothing proves that there is none"


_MOST_NAMES = 4
_NAME_CHARACTERS = 40


def few(names: Sequence[str]) -> str:
    """The first of `names`, and how many more there are; long ones are cut."""
    shown = [cut(name, _NAME_CHARACTERS) for name in names]
    if len(shown) > _MOST_NAMES + 1:
        shown[_MOST_NAMES:] = [f"{len(shown) - _MOST_NAMES} more"]
    return ", ".join(shown)


def cut(name: str, characters: int) -> str:
    """`name`, with three dots for what is beyond `characters`."""
    return name if len(name) <= characters else f"{name[:characters]}..."


class Rung(StrEnum):
    """What two images may share, the most first."""

    FILE = "file"
    INDEX = "index"
    MANIFEST = "manifest"
    CONFIG = "config"
    LAYERS = "layers"
    ROOTFS = "rootfs"
    PACKAGES = "packages"
    DIFFERENT = "different"
    """Every rung above is refuted."""


NOUNS = {
    Rung.FILE: "file",
    Rung.INDEX: "index",
    Rung.MANIFEST: "manifest",
    Rung.CONFIG: "image ID",
    Rung.LAYERS: "layers",
    Rung.ROOTFS: "root filesystem",
    Rung.PACKAGES: "packages",
}
_OTHER = {**NOUNS, Rung.CONFIG: "config"}
_ORDER = tuple(NOUNS)


class Verdict(StrEnum):
    """Whether a rung holds, by recomputation."""

    PROVEN = "proven"
    REFUTED = "refuted"
    UNKNOWN = "cannot be told"


@dataclass(frozen=True, slots=True)
class Why:
    """One reason: `text` in a few words, what it is on either side, and what to add to it."""

    text: str = ""
    before: str = ""
    after: str = ""
    detail: str = ""

    def __str__(self) -> str:
        """As one clause."""
        if self.text and self.before and self.after:
            sides = f"{self.before} -> {self.after}"
        elif self.before and self.before == self.after:
            sides = f"both: {self.before}"
        else:
            named = (("before", self.before), ("after", self.after))
            sides = "; ".join(f"{side}: {words}" for side, words in named if words)
        words = ": ".join(part for part in (self.text, sides) if part)
        return printable("; ".join(part for part in (words, self.detail) if part))

    @property
    def mirrored(self) -> Why:
        """The same with the sides exchanged."""
        return Why(self.text, self.after, self.before, self.detail)


@dataclass(frozen=True, slots=True)
class Step:
    """One rung with its verdict and the reasons for it."""

    rung: Rung
    verdict: Verdict
    why: tuple[Why, ...] = ()

    @property
    def reason(self) -> str:
        """The reasons as one sentence."""
        return "; ".join(str(why) for why in self.why)

    @property
    def short(self) -> str:
        """The reasons in a few words, for a headline."""
        return ", ".join(printable(why.text) for why in self.why if why.text)

    @property
    def mirrored(self) -> Step:
        """The same with the sides exchanged."""
        return Step(self.rung, self.verdict, tuple(why.mirrored for why in self.why))


Ladder = tuple[Step, ...]


def proven(rung: Rung, *why: Why) -> Step:
    """The rung holds."""
    return Step(rung, Verdict.PROVEN, why)


def refuted(rung: Rung, *why: Why) -> Step:
    """The rung does not hold."""
    return Step(rung, Verdict.REFUTED, why)


def unknown(rung: Rung, *why: Why) -> Step:
    """It cannot be told whether the rung holds."""
    return Step(rung, Verdict.UNKNOWN, why)


def closed(steps: Sequence[Step]) -> Ladder:
    """`steps` from file to packages, and the last rung, which follows from them."""
    verdicts = {step.verdict for step in steps}
    if Verdict.PROVEN in verdicts:
        first = next(step for step in steps if step.verdict is Verdict.PROVEN)
        return (*steps, refuted(Rung.DIFFERENT, Why(f"same {NOUNS[first.rung]}")))
    below = [step for step in steps if step.rung not in {Rung.FILE, Rung.INDEX, Rung.MANIFEST}]
    if all(step.verdict is Verdict.REFUTED for step in below):
        return (*steps, proven(Rung.DIFFERENT))
    open_ = [NOUNS[step.rung] for step in below if step.verdict is Verdict.UNKNOWN]
    return (*steps, unknown(Rung.DIFFERENT, Why(f"not decided: {', '.join(open_)}")))


def headline(ladder: Ladder) -> str:
    """The first rung that holds, and what keeps the one above from it."""
    steps = {step.rung: step for step in ladder}
    held = next((step.rung for step in ladder if step.verdict is Verdict.PROVEN), None)
    if held is None:
        return _undecided(steps)
    if held is Rung.DIFFERENT:
        return _different(steps[held])
    if held is Rung.FILE:
        return "same file, byte for byte"
    return f"same {NOUNS[held]}{_above(steps[_ORDER[_ORDER.index(held) - 1]])}"


def _different(step: Step) -> str:
    """A reason is there only where images of one side belong to none of the other."""
    alone = [
        f"{words} in the {other}"
        for why in step.why
        for words, other in ((why.before, "second"), (why.after, "first"))
        if words
    ]
    return printable(f"different, since {', and '.join(alone)}") if alone else "different"


def _above(step: Step) -> str:
    noun = _OTHER[step.rung]
    if step.verdict is Verdict.REFUTED:
        why = f": {step.short}" if step.short and step.rung is not Rung.FILE else ""
        return f", other {noun}{why}"
    if step.rung in {Rung.FILE, Rung.INDEX}:
        return ""
    return f"; whether it is the same {noun} cannot be told"


def _undecided(steps: dict[Rung, Step]) -> str:
    """No rung holds and at least one is open."""
    differ = [
        NOUNS[rung]
        for rung in (Rung.CONFIG, Rung.LAYERS, Rung.ROOTFS, Rung.PACKAGES)
        if rung in steps and steps[rung].verdict is Verdict.REFUTED
    ]
    said = " and ".join(filter(None, [", ".join(differ[:-1]), *differ[-1:]]))
    return f"other {said}; more cannot be told" if differ else CANNOT_COMPARE
