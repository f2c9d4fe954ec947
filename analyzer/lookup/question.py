"""The hash that somebody asks about, taken out of whatever it was copied with.

OCI image-spec v1.1, descriptor.md, "Digests", for `algorithm:encoded`. Around it tools print
`repo:tag@`, `docker-pullable://` (kubernetes, ContainerStatus.imageID), `.json` and `.tar.gz` (file
names), `sha256-` (the tags of cosign and of the referrers fallback), dots for what was cut off.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from analyzer.digest import Digest, algorithm_of, encoded_of
from analyzer.errors import InputError
from analyzer.problems import Code

LEAST_DIGITS = 7
"""Fewer would meet strangers; git and docker users are used to seven."""
DIGITS = {"sha256": 64, "sha384": 96, "sha512": 128}
_LONGEST_TEXT = 4096
_SHOWN = 100
_NAMED = re.compile(r"(?<![a-z0-9])(sha256|sha384|sha512)[:/_-]([0-9a-f]+)(?![0-9a-z])")
_BARE = re.compile(rf"(?<![0-9a-z])([0-9a-f]{{{LEAST_DIGITS},}})(?![0-9a-z])")


@dataclass(frozen=True, slots=True, order=True)
class Question:
    """A hash or its beginning: lower-case `digits`, and the algorithm where the text names it."""

    digits: str
    algorithm: str = ""

    def __str__(self) -> str:
        """As messages call it."""
        return f"{self.algorithm}:{self.digits}" if self.algorithm else self.digits

    @property
    def whole(self) -> bool:
        """Whether nothing of it was cut off, as far as its length tells."""
        if self.algorithm:
            return len(self.digits) == DIGITS[self.algorithm]
        return len(self.digits) in DIGITS.values()

    @property
    def method(self) -> str:
        """The algorithm that it is of: named, told by its length, or else SHA-256."""
        lengths = {length: algorithm for algorithm, length in DIGITS.items()}
        return self.algorithm or lengths.get(len(self.digits), "sha256")

    def names(self, digest: Digest | None) -> bool:
        """Whether `digest` is what was asked for, or begins with it."""
        if digest is None or (self.algorithm and algorithm_of(digest) != self.algorithm):
            return False
        return encoded_of(digest).startswith(self.digits)


def parse_question(text: str) -> Question:
    """The one hash in `text`; one that says its algorithm goes before digits without.

    Raises:
        InputError: there is none, or several, or one too short or too long.
    """
    lowered = text.lower() if len(text) <= _LONGEST_TEXT else ""
    named = {Question(digits, algorithm) for algorithm, digits in _NAMED.findall(lowered)}
    bare = {Question(digits) for digits in _BARE.findall(lowered)}
    found = named or bare
    if not found:
        raise _refused(f"no hash in {_quoted(text)}")
    if len(found) > 1:
        several = ", ".join(sorted(map(str, found)))
        raise _refused(f"several hashes in {_quoted(text)}: {several:.{_SHOWN * 3}}")
    (question,) = found
    return _checked(question)


def _checked(question: Question) -> Question:
    count = len(question.digits)
    most = DIGITS[question.algorithm] if question.algorithm else max(DIGITS.values())
    if count < LEAST_DIGITS:
        raise _refused(f"{question} has {count} hexadecimal digits, too few to look for")
    if count > most:
        kind = question.algorithm or "any known hash"
        raise _refused(f"{count} hexadecimal digits are more than the {most} of {kind}")
    return question


def _quoted(text: str) -> str:
    return f"{text[:_SHOWN]!r}" + ("..." if len(text) > _SHOWN else "")


def _refused(what: str) -> InputError:
    return InputError(
        Code.BAD_ARGUMENT,
        what,
        hint=f"give one hash or its first digits, {LEAST_DIGITS} or more, as in "
        "sha256:0123456789ab...; what stands around it does not matter",
    )
