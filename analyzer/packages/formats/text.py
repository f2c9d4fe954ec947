"""Bytes of untrusted databases as text that can be printed, compared and written to JSON."""

from __future__ import annotations

from analyzer.paths import decode, printable


def text(raw: bytes) -> str:
    r"""UTF-8 text; other bytes and control characters become `\xNN`, so that nothing is lost.

    Two names that differ only in such bytes stay different, and neither can reach a terminal.
    """
    return printable(decode(raw))
