"""Which files a scan keeps, as data: catalogers wish, the scan obeys, neither knows the other."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from analyzer.globs import WILDCARDS, compile_glob


@dataclass(frozen=True, slots=True, order=True)
class Want:
    """A wish for files of every layer, by root-relative path or glob.

    A glob's `*` stays within one path component; a leading `**/` means at any depth.
    """

    pattern: str

    literal: bool = False
    """The pattern is a path, whatever characters it has."""

    optional: bool = False
    """Of an exact path: a file beyond the limits is left out in silence."""

    @property
    def exact(self) -> bool:
        """Whether the pattern is one path, which links may lead to."""
        return self.literal or not any(c in self.pattern for c in WILDCARDS)


class CapturePlan:
    """Wants compiled for one question per file on earth: keep this path?

    Strings are compared first; patterns are only tried on names whose folder fits.

    `digests` asks for the SHA-256 of every regular file that begins with these digits (empty:
    of every one at all); their content is not kept for that. None asks for no digest.
    """

    def __init__(self, wants: tuple[Want, ...], *, digests: str | None = None) -> None:
        self.digests = digests
        self.wants = tuple(sorted(set(wants)))
        self._paths = frozenset(want.pattern for want in self.wants if want.exact)
        needed = {want.pattern for want in self.wants if not want.optional}
        self._spared = self._paths - needed
        by_folder: dict[str, list[re.Pattern[str]]] = {}
        anywhere: list[re.Pattern[str]] = []
        for want in self.wants:
            if want.exact:
                continue
            folder, _, name = want.pattern.rpartition("/")
            if name == "**" or any(c in folder for c in WILDCARDS):
                anywhere.append(compile_glob(want.pattern))
            else:
                by_folder.setdefault(folder, []).append(compile_glob(name))
        self._by_folder = by_folder
        self._anywhere = tuple(anywhere)

    @property
    def fingerprint(self) -> str:
        """The same for the same wants, whatever their order."""
        text = "\0".join(
            f"{want.pattern}\0{want.literal:d}{want.optional:d}" for want in self.wants
        )
        if self.digests is not None:
            text += f"\0\0{self.digests}"
        return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()

    def keeps(self, path: str) -> bool:
        """Whether a regular file or hard link at `path` is to be kept."""
        if path in self._paths:
            return True
        if self._by_folder:
            folder, _, name = path.rpartition("/")
            for pattern in self._by_folder.get(folder, ()):
                if pattern.match(name):
                    return True
        return any(pattern.match(path) for pattern in self._anywhere) if self._anywhere else False

    def spares(self, path: str) -> bool:
        """Whether the file at `path` may be left out without a word where it is too large."""
        return path in self._spared


NOTHING = CapturePlan(())
"""The plan of commands that need digests and entries but no file's content."""
