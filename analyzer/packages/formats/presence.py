"""Files of which nothing is wanted but that they are there."""

from __future__ import annotations

from collections.abc import Mapping

from analyzer.packages.contract import Charge, Content, Reducer


def _mark(_content: Content, _charge: Charge) -> Mapping[str, bytes]:
    return {"there": b""}


THERE = Reducer("there", 1, _mark)
