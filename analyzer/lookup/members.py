"""Members of the outer file by the digest of their bytes, also those that say nothing of an image.

`repositories`, `oci-layout`, the `json` and `VERSION` of old layer folders: nobody publishes their
digests, and yet they are what somebody finds who hashed the unpacked files.
"""

from __future__ import annotations

from collections.abc import Collection

from analyzer.digest import Digest
from analyzer.lookup.model import MemberHit
from analyzer.lookup.question import Question
from analyzer.problems import Problem
from analyzer.scanning import Progress, hash_blobs
from analyzer.source.base import BlobSource


def find_members(
    question: Question, source: BlobSource, known: Collection[str], progress: Progress
) -> tuple[tuple[MemberHit, ...], tuple[Problem, ...]]:
    """Every member that `question` names, and what could not be read.

    `known` are members whose SHA-256 is known already, and need not be hashed again for it.
    """
    wanted = question.method
    done = {source.identity(name) for name in known} if wanted == "sha256" else set()
    todo: dict[str, Digest | None] = {
        name: Digest(f"{wanted}:")
        for name in sorted(source.names())
        if source.identity(name) not in done
    }
    measured = hash_blobs(source, todo, progress)
    hits = tuple(
        MemberHit(name, found.digest)
        for name, found in measured.items()
        if found.digest is not None and question.names(found.digest)
    )
    problems = (found.problem for found in measured.values() if found.problem is not None)
    return hits, tuple(sorted(problems))
