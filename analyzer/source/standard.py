"""Standard input as bytes, where there is one."""

from __future__ import annotations

import sys
from typing import BinaryIO

from analyzer.errors import InputError
from analyzer.problems import Code

NAME = "standard input"


def standard_input() -> BinaryIO:
    """The stream behind `-`.

    Raises:
        InputError: the program was started without one (`<&-` in a shell).
    """
    # The stub knows no None, which CPython has for a descriptor that is closed (sys.__stdin__).
    stream: object = sys.stdin
    if stream is None:
        raise InputError(Code.NOT_READABLE, "it is closed", where=NAME)
    return sys.stdin.buffer
