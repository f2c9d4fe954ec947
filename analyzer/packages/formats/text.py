"""Bytes of untrusted databases as text that can be printed, compared and written to JSON."""

from __future__ import annotations

from analyzer.paths import decode, printable

_EVIDENCE_CHARACTERS = 200
_CUT = "..."
_UTF8_BYTES = 4
"""Of a character, at most."""


def text(raw: bytes) -> str:
    r"""UTF-8 text; other bytes and control characters become `\xNN`, so that nothing is lost.

    Two names that differ only in such bytes stay different, and neither can reach a terminal.
    """
    return printable(decode(raw))


def excerpt(found: bytes | str) -> str:
    """The beginning of `found`, printable and short enough to be shown as evidence.

    NUL ends strings in programs and is no part of them.
    """
    if isinstance(found, str):
        shown = printable(found.strip("\0")[: _EVIDENCE_CHARACTERS + 1])
    else:
        shown = text(found.strip(b"\0")[: (_EVIDENCE_CHARACTERS + 1) * _UTF8_BYTES])
    if len(shown) <= _EVIDENCE_CHARACTERS:
        return shown
    return shown[: _EVIDENCE_CHARACTERS - len(_CUT)] + _CUT
