"""Whether captured files are what a database says they are, as far as what was kept can tell."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from analyzer.digest import algorithm_of, encoded_of
from analyzer.layers.captures import Captured
from analyzer.packages import stated


class Holding:
    """Compares captured files, by their real path, with digests of databases."""

    def __init__(self, captured: Mapping[str, Captured]) -> None:
        self._captured = captured

    def says(self, path: str, digest: str) -> bool:
        """Whether the file really at `path` has a content of `digest` (`algorithm:hex`).

        True where that cannot be told: no digest is stated, its algorithm is not known here, or
        only parts of the file were kept.
        """
        algorithm = stated.algorithm_of(digest)
        captured = self._captured.get(path)
        if captured is None or captured.kept is None or not algorithm:
            return True
        if algorithm_of(captured.content) == algorithm:
            return stated.agrees(digest, encoded_of(captured.content))
        state = hashlib.new(algorithm, captured.data, usedforsecurity=False)
        return stated.agrees(digest, state.hexdigest())
