"""`--layer N:M` of `ociscope diff`: which two layers, and what differs between them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from analyzer.errors import InputError
from analyzer.problems import Code

if TYPE_CHECKING:
    from analyzer.comparing.layers import LayerPair

_TWO = re.compile(r"([0-9]{1,6}):([0-9]{1,6})", re.ASCII)


def layer_pair(text: str | None, *, as_of: bool) -> LayerPair | None:
    """What `--layer` and `--as-of` ask for; None without them.

    Raises:
        InputError: it does not name two layers, or there is nothing to be as of.
    """
    if text is None:
        if as_of:
            what = "--as-of needs two layers"
            raise InputError(Code.BAD_ARGUMENT, what, hint="as in --layer 1:3 --as-of")
        return None
    found = _TWO.fullmatch(text)
    if found is None:
        raise InputError(
            Code.BAD_ARGUMENT,
            f"--layer takes two numbers here, not {text!r:.40}",
            hint="as in --layer 1:3; 0 is the lowest",
        )
    from analyzer.comparing.layers import LayerPair

    return LayerPair(int(found[1]), int(found[2]), as_of)
