"""Parts taken out of large files while a layer streams past: the file itself is not kept."""

from __future__ import annotations

import hashlib
import io
import mmap
import tracemalloc
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.layers.captures import Captured
from analyzer.layers.collecting import Pieces
from analyzer.layers.reduced import pack, unpack
from analyzer.layers.scan import LayerScan, scan_layer
from analyzer.layers.stored import read_scan, scan_bytes
from analyzer.layers.wants import (
    EVERYTHING,
    CapturePlan,
    Charge,
    Content,
    Reducer,
    Slices,
    Want,
)
from analyzer.limits import Budget, Limits
from analyzer.problems import Code
from tests.support.imagebuilder import tar_bytes
from tests.support.tarbytes import member, pax_records


def ends(content: Content, _charge: Charge) -> Mapping[str, bytes]:
    return {"first": content[:6], "last": content[-3:]}


MAGIC = Reducer("ends", 1, ends, (b"\x7fELF", b"MZ"))
PROGRAM = b"\x7fELF" + bytes(range(250)) * 9000 + b"end"
FILES = {
    "bin/one": PROGRAM,
    "bin/two": b"MZ" + b"x" * 30 + b"fin",
    "etc/text": b"no program",
    "etc/short": b"\x7fEL",
    "empty": b"",
}
PLAN = CapturePlan((Want(EVERYTHING, reducer=MAGIC), Want("etc/text")))


def scan(
    plan: CapturePlan = PLAN, limits: Limits | None = None, files: Mapping[str, bytes] = FILES
) -> LayerScan:
    data = tar_bytes(dict(files))
    return scan_layer(io.BytesIO(data), "x", plan, Budget(limits or Limits()))


OTHER = scan(files={"bin/one": PROGRAM + b"x"})


def parts(found: Captured) -> dict[str, bytes]:
    return unpack(found.reduced["ends"])


@pytest.mark.parametrize("memory", [0, 1000, 1 << 30])
def test_only_the_parts_are_kept(memory: int) -> None:
    found = scan(limits=Limits(passing_bytes=memory, captured_memory_bytes=memory))
    assert found.problems == ()
    assert found.captured.keys() == {"bin/one", "bin/two", "etc/text"}
    one = found.captured["bin/one"]
    assert one.kept is None
    assert one.data == b""
    assert one.content != OTHER.captured["bin/one"].content
    assert parts(one) == {"first": PROGRAM[:6], "last": b"end"}
    assert parts(found.captured["bin/two"])["last"] == b"fin"
    assert found.captured["etc/text"].data == b"no program"


def test_a_file_wanted_whole_and_in_parts_is_kept_in_both_ways() -> None:
    plan = CapturePlan((Want("**/one", reducer=MAGIC), Want("bin/*")))
    found = scan(plan).captured["bin/one"]
    assert found.data == PROGRAM
    assert found.content == f"sha256:{hashlib.sha256(PROGRAM).hexdigest()}"
    assert parts(found)["last"] == b"end"
    assert found.given(plan.wanted("bin/one")) == PROGRAM
    assert (
        found.given(CapturePlan((Want("**/one", reducer=MAGIC),)).wanted("bin/one"))
        == (found.reduced["ends"])
    )


def test_a_reducer_that_finds_nothing_leaves_nothing() -> None:
    nothing = Reducer("nothing", 1, lambda _content, _charge: {}, (b"\x7fELF",))
    assert scan(CapturePlan((Want(EVERYTHING, reducer=nothing),))).captured == {}


def test_what_a_reducer_trips_over_costs_that_file_only() -> None:
    def fails(content: Content, _charge: Charge) -> Mapping[str, bytes]:
        raise IndexError(f"byte {len(content)}")

    broken = Reducer("broken", 1, fails, (b"\x7fELF",))
    found = scan(CapturePlan((Want(EVERYTHING, reducer=broken), Want("etc/*"))))
    assert found.captured.keys() == {"etc/text", "etc/short"}
    (problem,) = found.problems
    assert problem.code is Code.CATALOGER_FAILED
    assert "broken failed on 'bin/one'" in problem.detail
    assert found.complete


def test_what_a_reducer_inflates_is_charged() -> None:
    def inflates(_content: Content, charge: Charge) -> Mapping[str, bytes]:
        for _ in range(100):
            charge(1 << 20)
        return {"never": b""}

    bomb = Reducer("bomb", 1, inflates, (b"\x7fELF",))
    limits = Limits(inflated_bytes=50 << 20)
    found = scan(CapturePlan((Want(EVERYTHING, reducer=bomb),)), limits)
    assert found.captured == {}
    assert {problem.code for problem in found.problems} == {Code.LIMIT_EXCEEDED}
    assert "inflated_bytes" in found.problems[0].detail


def test_a_program_beyond_the_limit_is_said_and_a_text_is_not() -> None:
    found = scan(limits=Limits(reduced_file_bytes=20))
    assert found.captured.keys() == {"etc/text"}
    assert [problem.code for problem in found.problems] == [Code.LIMIT_EXCEEDED] * 2
    assert "reduced_file_bytes is 20" in found.problems[0].detail


def test_parts_count_as_captured_bytes_and_the_file_does_not() -> None:
    found = scan(CapturePlan((Want(EVERYTHING, reducer=MAGIC),)), Limits(captured_bytes=200))
    assert found.captured.keys() == {"bin/one", "bin/two"}
    few = scan(limits=Limits(captured_bytes=20))
    assert few.captured == {}
    assert {problem.code for problem in few.problems} == {Code.LIMIT_EXCEEDED}


def test_memory_does_not_grow_with_the_file() -> None:
    data = tar_bytes({"a": b"\x7fELF" + bytes(64 << 20)})
    plan = CapturePlan((Want(EVERYTHING, reducer=MAGIC),))
    tracemalloc.start()
    found = scan_layer(io.BytesIO(data), "x", plan, Budget(Limits(passing_bytes=16 << 20)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.captured["a"].size < 100
    assert peak < 24 << 20


def test_the_cache_gives_back_the_parts() -> None:
    found = scan()
    again = read_scan(scan_bytes(found, "x"), "x")
    assert again == found
    for path, kept in found.captured.items():
        assert again.captured[path].reduced == kept.reduced
        assert again.captured[path].kept == kept.kept


def test_another_version_of_a_reducer_is_another_plan() -> None:
    newer = Reducer("ends", 2, ends, MAGIC.magics)
    plans = [CapturePlan((Want(EVERYTHING, reducer=r),)) for r in (MAGIC, newer)]
    assert plans[0].fingerprint != plans[1].fingerprint
    assert plans[0].fingerprint != CapturePlan((Want(EVERYTHING),)).fingerprint


@given(st.dictionaries(st.text(), st.binary()))
def test_packed_parts_come_back(members: dict[str, bytes]) -> None:
    assert unpack(pack(members)) == members


@pytest.mark.parametrize("cut", range(1, 45))
def test_packed_parts_that_are_cut_off_are_refused(cut: int) -> None:
    packed = pack({"zzz": b"x" * 30})
    assert len(packed) == 45
    with pytest.raises(ValueError, match="cut off"):
        unpack(packed[:-cut])


@pytest.mark.parametrize("step", [1, 7, 512, 513, 1000, 1500, 1536, 2047, 5000, 1 << 18])
def test_what_is_kept_does_not_depend_on_where_the_bytes_are_cut(
    step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files that begin otherwise are passed over where their first bytes are at hand."""
    files = {f"{n}": (b"\x7fELF" if n % 3 else b"text") + bytes([n]) * (n * 97) for n in range(90)}
    plan = CapturePlan((Want(EVERYTHING, reducer=MAGIC), Want("*5")))
    monkeypatch.setattr("analyzer.layers.scan.CHUNK_BYTES", step)
    found = scan_layer(io.BytesIO(tar_bytes(files)), "x", plan, Budget(Limits())).captured
    programs = {name for name, data in files.items() if data.startswith(b"\x7fELF")}
    whole = {name for name in files if name.endswith("5")}
    assert found.keys() == programs | whole
    assert all(found[name].data == files[name] for name in whole)
    for name in programs:
        assert parts(found[name]) == {"first": files[name][:6], "last": files[name][-3:]}


@given(st.lists(st.binary(max_size=9), max_size=6), st.integers(-3, 60), st.integers(-3, 60))
def test_pieces_are_sliced_as_if_they_were_one(pieces: list[bytes], start: int, stop: int) -> None:
    whole = b"".join(pieces)
    content = Pieces([memoryview(piece) for piece in pieces])
    assert content[start:stop] == whole[start:stop]
    assert (len(content), content[:], content.joined()) == (len(whole), whole, whole)


@pytest.mark.parametrize("memory", [0, 1 << 30])
def test_a_glance_spares_the_rest(memory: int) -> None:
    """What it refuses is not reduced; it sees the whole file in slices, wherever that lies."""
    seen: list[tuple[int, bytes, bytes]] = []

    def glance(content: Slices) -> bool:
        seen.append((len(content), content[:4], content[len(content) - 3 :]))
        return content[:2] == b"MZ"

    picky = Reducer("ends", 1, ends, MAGIC.magics, glance)
    plan = CapturePlan((Want(EVERYTHING, reducer=picky),))
    found = scan(plan, Limits(passing_bytes=memory))
    assert found.captured.keys() == {"bin/two"}
    assert seen == [(len(PROGRAM), b"\x7fELF", b"end"), (35, b"MZxx", b"fin")]


def test_files_that_pass_share_one_room_and_leave_it() -> None:
    """Whole files, refused ones, and one that the layer breaks off in."""
    budget = Budget(Limits(passing_bytes=len(PROGRAM) + 100))
    data = tar_bytes(FILES)
    for cut in (len(data), 700_000, len(data)):
        found = scan_layer(io.BytesIO(data[:cut]), "x", PLAN, budget)
        assert found.complete == (cut == len(data))
        assert budget.hold(len(PROGRAM) + 100), "something of a file is still counted"
        assert not budget.hold(1)
        budget.let_go(len(PROGRAM) + 100)


def test_a_large_file_that_is_reduced_is_not_copied_in_memory() -> None:
    """It is mapped, as it would be if it had had no room."""
    kinds: list[type] = []

    def look(content: Content, _charge: Charge) -> Mapping[str, bytes]:
        kinds.append(type(content))
        return {"all": hashlib.sha256(content).digest()}

    plan = CapturePlan((Want(EVERYTHING, reducer=Reducer("all", 1, look, MAGIC.magics)),))
    for memory in (len(PROGRAM), len(PROGRAM) // 5):
        found = scan(plan, Limits(captured_memory_bytes=memory))
        parts = unpack(found.captured["bin/one"].reduced["all"])
        assert parts["all"] == hashlib.sha256(PROGRAM).digest()
    assert kinds == [bytes, bytes, mmap.mmap, bytes]


def test_what_a_glance_trips_over_costs_that_file_only() -> None:
    def glance(content: Slices) -> bool:
        raise IndexError(content[:2])

    broken = Reducer("broken", 1, ends, (b"MZ",), glance)
    found = scan(CapturePlan((Want(EVERYTHING, reducer=broken), Want("etc/*"))))
    assert found.captured.keys() == {"etc/text", "etc/short"}
    assert {problem.code for problem in found.problems} == {Code.CATALOGER_FAILED}


def test_no_sparse_file_is_filled_up_to_look_for_programs() -> None:
    """Its first bytes would be at hand, its last only after exabytes of nothing."""
    size = 1 << 50
    records = pax_records({"GNU.sparse.size": b"%d" % size, "GNU.sparse.map": b"0,4"})
    tar = member(b"x", records, b"x") + member(b"f", b"\x7fELF") + bytes(1024)
    found = scan_layer(io.BytesIO(tar), "x", PLAN, Budget(Limits()))
    assert [(entry.path, entry.size) for entry in found.entries] == [("f", size)]
    assert found.captured == {}
