"""Files of which the middle is let go while they pass: what is left, and what is told."""

from __future__ import annotations

import gc
import io
import struct
import weakref
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.layers.collecting import (
    Gapped,
    Kept,
    NotKept,
    Pieces,
    Spared,
    SparingSink,
    always,
)
from analyzer.layers.scan import LayerScan, scan_layer
from analyzer.layers.wants import EVERYTHING, HEAD_BYTES, CapturePlan, Charge, Reducer, Slices, Want
from analyzer.limits import Budget, Limits
from analyzer.problems import Code
from tests.support.imagebuilder import tar_bytes

WHOLE = b"".join(struct.pack("<I", number) for number in range(5000))
POSITIONS = st.integers(-3, len(WHOLE) + 3)


def collected(data: bytes, step: int, spared: tuple[int, int]) -> Kept:
    kept: list[Kept] = []
    sink = SparingSink(always, kept.append, lambda head: spared if head == data[:4096] else (0, 0))
    for at in range(0, len(data), step):
        sink.write(memoryview(data[at : at + step]))
    sink.close()
    return kept[0]


@given(st.integers(1, 7000), st.integers(HEAD_BYTES, 25_000), st.integers(0, 9000), POSITIONS)
def test_slices_are_those_of_the_whole_or_refused(
    step: int, begin: int, size: int, start: int
) -> None:
    """Whatever the pieces it came in, so that answers do not depend on them."""
    found = collected(WHOLE, step, (begin, begin + size))
    if not size:
        assert isinstance(found, Pieces)
        return
    assert isinstance(found, Spared)
    assert isinstance(found.content, Pieces)
    content = Gapped(found.content, found.spared, found.gap)
    assert len(content) == len(WHOLE)
    for stop in (start, start + 1, start + 4, begin, begin + size, len(WHOLE)):
        first, last, _ = slice(start, stop).indices(len(WHOLE))
        if first < last and first < begin + size and last > begin:
            with pytest.raises(NotKept):
                content[start:stop]
        else:
            assert content[start:stop] == WHOLE[start:stop]


def test_what_is_spared_is_not_held() -> None:
    found = collected(WHOLE, 1000, (5000, 15_000))
    assert isinstance(found, Spared)
    assert found.gap == (5000, 15_000)
    assert len(found.content) == 10_000 if isinstance(found.content, Pieces) else False


def test_a_small_file_is_kept_whole() -> None:
    found = collected(WHOLE[: HEAD_BYTES - 1], 100, (0, 10))
    assert isinstance(found, Pieces)
    assert found.joined() == WHOLE[: HEAD_BYTES - 1]


def test_a_sink_goes_with_its_last_user() -> None:
    """Without the cyclic collector, which is paused while a layer is read."""
    gc.disable()
    try:
        sink = SparingSink(always, lambda _kept: None, lambda _head: (0, 0))
        sink.write(memoryview(WHOLE))
        sink.close()
        gone = weakref.ref(sink)
        del sink
        assert gone() is None
    finally:
        gc.enable()


def scan(reducer: Reducer, files: Mapping[str, bytes]) -> LayerScan:
    plan = CapturePlan((Want(EVERYTHING, reducer=reducer),))
    return scan_layer(io.BytesIO(tar_bytes(dict(files))), "x", plan, Budget(Limits()))


def spare(head: bytes) -> tuple[int, int]:
    if head[:4] == b"oops":
        raise ZeroDivisionError
    return 8000, 12_000


def around(content: Slices, _charge: Charge) -> dict[str, bytes]:
    return {"ends": content[:4] + content[len(content) - 4 :]}


def inside(content: Slices, _charge: Charge) -> dict[str, bytes]:
    return {"middle": content[11_999:12_001]}


@pytest.mark.parametrize("begins", [b"fine", b"oops"])
def test_a_reducer_sees_the_rest_of_a_file(begins: bytes) -> None:
    data = begins + WHOLE
    found = scan(Reducer("r", 1, around, spare=spare), {"bin/a": data})
    assert dict(found.captured["bin/a"].reduced).keys() == {"r"}
    told = [problem.code for problem in found.problems]
    assert told == ([Code.CATALOGER_FAILED] if begins == b"oops" else [])


def test_a_reducer_that_asks_for_what_was_spared_is_reported() -> None:
    found = scan(Reducer("r", 1, inside, spare=spare), {"bin/a": WHOLE})
    assert found.captured == {}
    (problem,) = found.problems
    assert problem.code is Code.CATALOGER_FAILED
    assert "bytes 11999 to 12001, of which 8000 to 12000 were not kept" in problem.detail


def test_nothing_is_spared_of_a_file_that_another_wants_whole() -> None:
    every = Reducer("all", 1, lambda content, _charge: {"all": content[:]})
    plan = CapturePlan(
        (Want(EVERYTHING, reducer=Reducer("r", 1, around, spare=spare)), Want("a", reducer=every))
    )
    data = tar_bytes({"a": WHOLE})
    found = scan_layer(io.BytesIO(data), "x", plan, Budget(Limits())).captured["a"]
    assert WHOLE in found.reduced["all"]
