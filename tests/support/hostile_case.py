"""What a hostile case is: a writer, and what a fair analyzer may answer.

Exit codes: 2 nothing could be done, no image was readable; 3 done, but content is missing
from the answer because bytes are damaged, absent or over a limit; 1 everything was read
and contradicts a declared digest or size; 0 fine. Where the mapping can be argued about,
a case allows several.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from tests.support.imagebuilder import ImageBuilder, Layout

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.documents import Image

#: Writes the case under a folder and returns what the analyzer is to be pointed at.
Writer = Callable[["Path"], "Path"]

LOST = frozenset({3})
NOTHING = frozenset({2})
NOTHING_OR_LOST = frozenset({2, 3})
UNPROVEN = frozenset({1})
UNPROVEN_OR_LOST = frozenset({1, 3})
FINE = frozenset({0})
FINE_OR_LOST = frozenset({0, 3})
ANY = frozenset({0, 1, 2, 3})


@dataclass(frozen=True)
class Expect:
    """The exit codes allowed, and words of which the output must hold at least one."""

    codes: frozenset[int]
    mentions: tuple[str, ...] = ()

    def accepts(self, code: int, output: str) -> bool:
        """Judge an answer: exit code, and standard output and error together."""
        said = output.lower()
        named = not self.mentions or any(word.lower() in said for word in self.mentions)
        return code in self.codes and named


class Cases:
    """Collects the cases of one module; the key is a sentence that names the case."""

    def __init__(self) -> None:
        self.writers: dict[str, Writer] = {}
        self.expect: dict[str, Expect] = {}

    def add(
        self, sentence: str, codes: frozenset[int], *mentions: str
    ) -> Callable[[Writer], Writer]:
        """Register the decorated writer under `sentence`."""

        def register(writer: Writer) -> Writer:
            self.table(sentence, writer, codes, *mentions)
            return writer

        return register

    def table(self, sentence: str, writer: Writer, codes: frozenset[int], *mentions: str) -> None:
        """Register a writer that needs no function of its own."""
        if sentence in self.writers:
            raise ValueError(f"two cases are called {sentence!r}")
        self.writers[sentence] = writer
        self.expect[sentence] = Expect(codes, mentions)


@cache
def noise(size: int, seed: int = 7) -> bytes:
    """Bytes that do not compress, the same in every run."""
    return random.Random(seed).randbytes(size)  # noqa: S311 - wants repeatable, not secret


def victim(codec: str = "gzip") -> ImageBuilder:
    """A sound image of two layers, the upper one large enough to be cut or bent."""
    release = b'ID=debian\nVERSION_ID="12"\n'
    return (
        ImageBuilder()
        .layer({"etc/os-release": release, "d/x": b"low"}, codec=codec)
        .layer({"d/y": noise(60_000), "d/z": b"end"}, codec=codec)
    )


def top_digest(codec: str = "gzip") -> str:
    """The first characters of the top layer's digest, as a report would show them."""
    return short(victim(codec).build().layer_digests[1])


def short(digest: str) -> str:
    """Twelve characters of a digest without the algorithm."""
    return digest.partition(":")[2][:12]


def as_layout(image: ImageBuilder | Image, folder: Path) -> Path:
    """Write one image as a layout directory with the tag 1."""
    layout = Layout()
    layout.add(image, ref_name="1")
    return layout.write_dir(folder / "layout")
