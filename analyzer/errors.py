"""The one error family. Anything else that escapes the package is a bug."""

from __future__ import annotations

from analyzer.problems import Code


class AnalyzerError(Exception):
    """Something stopped us, said so that a person can act on it.

    Attributes:
        code: stable code, the same words that problems use.
        message: what was wrong, with the offending values.
        hint: what to do next; empty when there is nothing sensible to say.
        where: the place inside the input; empty when the input as a whole is meant.
    """

    def __init__(self, code: Code, message: str, *, hint: str = "", where: str = "") -> None:
        super().__init__(code, message, hint, where)
        self.code = code
        self.message = message
        self.hint = hint
        self.where = where

    def __str__(self) -> str:
        """The message, with its place in front."""
        return f"{self.where}: {self.message}" if self.where else self.message

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by keyword, which the default protocol cannot."""
        return _rebuild, (type(self), self.code, self.message, self.hint, self.where)


def _rebuild(
    kind: type[AnalyzerError], code: Code, message: str, hint: str, where: str
) -> AnalyzerError:
    return kind(code, message, hint=hint, where=where)


class InputError(AnalyzerError):
    """The input is not there, is no image, or leaves a choice to the user."""


class MalformedImage(AnalyzerError):
    """A document or stream breaks its specification so that we cannot go on with it."""


class IntegrityError(AnalyzerError):
    """Declared and measured digest or size differ where verified bytes were promised."""


class LimitExceeded(AnalyzerError):
    """A limit was reached; the message names it, what is allowed and what was seen."""


class Unsupported(AnalyzerError):
    """Known and not handled: an encrypted layer, a storage folder, a missing codec."""


class OutputError(AnalyzerError):
    """A result could not be written where the user asked for it."""
