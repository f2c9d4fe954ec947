"""Images looked up by what they promise, once their stored bytes were hashed and keep it.

What a hit saves is all reading; every layer is hashed, as for a scan out of the cache. The outcome
lies under a key of everything that shaped it: the layers as the image names them, its config, the
limits, and the program itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from analyzer.image.model import Image
from analyzer.layers.cache import IMAGE
from analyzer.limits import Budget
from analyzer.problems import Severity
from analyzer.recall.codestate import code_state
from analyzer.recall.outcome import Outcome
from analyzer.recall.stored import FORMAT, BadOutcome, outcome_bytes, read_outcome
from analyzer.scanning import LayerStore, Progress, promised
from analyzer.sealed import SealedFolder


class Recall:
    """The outcomes in one folder, for the images of one run."""

    def __init__(self, folder: SealedFolder, store: LayerStore, budget: Budget) -> None:
        self._folder = folder
        self._store = store
        self._budget = budget

    def known(self, images: Sequence[Image], progress: Progress) -> tuple[Outcome | None, ...]:
        """For each of `images` its outcome, if it was read before and is the same."""
        likely = [(image, self._likely(image)) for image in images]
        candidates = [image for image, key in likely if key]
        nothing = (None,) * len(images)
        if not candidates:
            return nothing
        self._store.hash(candidates, progress)
        found = tuple(self._good(image, key) if key else None for image, key in likely)
        return found if self._affords(images, found) else nothing

    def keep(self, image: Image, outcome: Outcome) -> None:
        """Keep the outcome of an image that was read whole and without errors."""
        key = self._key(image)
        if key and self._proven(image, outcome) and _whole(outcome):
            self._folder.write(key, IMAGE, outcome_bytes(outcome))

    def _likely(self, image: Image) -> str:
        """The key of an image of which there is an outcome, be it good or not; else empty."""
        key = self._key(image)
        return key if key and self._folder.has(key, IMAGE) else ""

    def _key(self, image: Image) -> str:
        """Equal where reading the promised layers gives the same; empty where none are promised."""
        if not image.layers or not code_state():
            return ""
        if any(layer.name is None or promised(layer) is None for layer in image.layers):
            return ""
        config = image.config.document if image.config is not None else None
        told = json.dumps(config, sort_keys=True)
        shaped = (FORMAT, code_state(), self._budget.limits, image.layers, told)
        return hashlib.sha256(repr(shaped).encode("utf-8", "surrogateescape")).hexdigest()

    def _good(self, image: Image, key: str) -> Outcome | None:
        """What lies under `key`, if it can be read and is of the layers as they are now."""
        data = self._folder.read(key, IMAGE)
        if data is None:
            return None
        try:
            outcome = read_outcome(data)
        except BadOutcome:
            self._folder.forget(key, IMAGE)
            return None
        return outcome if self._proven(image, outcome) else None

    def _proven(self, image: Image, outcome: Outcome) -> bool:
        """Whether every layer is what was promised, by its bytes in this file and at the time."""
        hashed = [self._store.digest(layer) for layer in image.layers]
        before = [measured.digest for measured in outcome.measured]
        return before == hashed == [promised(layer) for layer in image.layers]

    def _affords(self, images: Sequence[Image], found: Sequence[Outcome | None]) -> bool:
        """Whether the limits allow to keep what reading all of them kept, as reading them would.

        Layers of images that are read after all are charged when that is done.
        """
        pairs = list(zip(images, found, strict=True))
        read = {layer.name for image, known in pairs if known is None for layer in image.layers}
        kept = {
            layer.name: size
            for image, known in pairs
            if known is not None
            for layer, size in zip(image.layers, known.captured, strict=True)
            if layer.name not in read
        }
        if sum(kept.values()) > self._budget.limits.captured_bytes:
            return False
        self._budget.spend_captured(sum(kept.values()), "")
        return True


def _whole(outcome: Outcome) -> bool:
    problems = [*outcome.problems, *(p for problems in outcome.scanned for p in problems)]
    return not any(problem.severity is Severity.ERROR for problem in problems)
