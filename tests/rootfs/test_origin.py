"""Every change of the tree is told, and nothing else is: replaying what was told gives the tree."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.digest import Digest
from analyzer.image.model import NOT_MEASURED
from analyzer.layers.scan import LayerScan
from analyzer.rootfs.fates import Ending, Fate, endings, lost_files, shown_contents, work_of
from analyzer.rootfs.origin import Change, History, replay
from analyzer.rootfs.tree import State, state_of, walk
from analyzer.tarheader import Entry, EntryKind
from tests.rootfs.test_merge import ENTRIES, directory, entry, hardlink, symlink


def numbered(layers: list[list[Entry]]) -> list[LayerScan]:
    """Scans whose entries have data of ten bytes at places of their own."""
    scans = []
    for entries in layers:
        placed = [e._replace(size=10, offset=512 * number) for number, e in enumerate(entries)]
        scans.append(LayerScan(NOT_MEASURED, tuple(placed), {}, (), complete=True))
    return scans


def told(*layers: list[Entry], contents: str = "") -> tuple[History, list[LayerScan]]:
    scans = numbered(list(layers))
    names = [f"layer {number}" for number in range(len(scans))]
    return replay(scans, names, lambda layer, e: Digest(f"{layer} {e.offset}{contents}")), scans


def changes(history: History, path: str) -> list[tuple[int, Change]]:
    return [(event.layer, event.change) for event in history.of(path)]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.lists(ENTRIES, max_size=6), max_size=4))
def test_what_was_told_replayed_is_the_tree(layers: list[list[Entry]]) -> None:
    history, _ = told(*layers)
    tree: dict[str, State | None] = {}
    for event in history.events:
        if event.path:
            assert tree.get(event.path) == event.before, event
            tree[event.path] = event.after
    shown = {path: state for path, state in tree.items() if state is not None}
    assert shown == {path: state_of(node) for path, node in walk(history.root)}


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(ENTRIES, max_size=6), max_size=4))
def test_every_stored_byte_is_shown_lost_or_left_out(layers: list[list[Entry]]) -> None:
    history, scans = told(*layers)
    shown = shown_contents(history.root)
    lost = {(item.layer, item.entry.offset) for item in lost_files(history)}
    assert not shown & lost
    for layer, work in enumerate(work_of(history, scans, lambda _layer, _entry: None)):
        files = [e for e in scans[layer].entries if e.kind is EntryKind.FILE]
        assert work.file_bytes == 10 * len(files)
        kept = sum((layer, e.offset) in shown for e in files)
        assert work.wasted_bytes == 10 * (len(files) - kept)


def test_the_life_of_a_name() -> None:
    history, _ = told(
        [entry("a"), directory("d"), entry("d/x"), entry("d/y")],
        [entry("a")],
        [entry(".wh.a")],
        [symlink("a", "d"), directory("d"), entry("d/.wh..wh..opq"), entry("d/y")],
        [entry("d")],
    )
    assert changes(history, "a") == [
        (0, Change.ADDED),
        (1, Change.CONTENT),
        (2, Change.REMOVED),
        (3, Change.ADDED),
    ]
    assert changes(history, "d") == [(0, Change.ADDED), (3, Change.SAME), (4, Change.REPLACED)]
    assert changes(history, "d/x") == [(0, Change.ADDED), (3, Change.HIDDEN)]
    assert changes(history, "d/y") == [
        (0, Change.ADDED),
        (3, Change.HIDDEN),
        (3, Change.ADDED),
        (4, Change.DROPPED),
    ]


def test_metadata_and_content_are_told_apart() -> None:
    scans = numbered([[entry("a"), entry("b")], [entry("a"), entry("b")._replace(mode=0o600)]])
    history = replay(scans, ["0", "1"], lambda _layer, _entry: Digest("sha256:same"))
    assert changes(history, "a")[1] == (1, Change.SAME)
    assert changes(history, "b")[1] == (1, Change.METADATA)


def test_names_are_those_of_the_tree_where_links_lead() -> None:
    history, _ = told(
        [directory("usr"), directory("usr/lib"), symlink("lib", "usr/lib")],
        [
            entry("lib/new"),
            entry("lib/deep/er"),
        ],
    )
    assert changes(history, "usr/lib/new") == [(1, Change.ADDED)]
    assert changes(history, "usr/lib/deep") == [(1, Change.ADDED)]
    assert changes(history, "lib/new") == []


def test_a_deleted_name_of_a_file_with_another_is_not_lost() -> None:
    history, _ = told(
        [entry("a"), hardlink("b", "a"), entry("c")], [entry(".wh.a"), entry(".wh.c")]
    )
    assert [item.path for item in lost_files(history)] == ["c"]
    assert endings(history)[0, "a"] == Ending(Fate.REMOVED, 1, shared=True)
    assert endings(history)[0, "c"] == Ending(Fate.REMOVED, 1, shared=False)
    assert endings(history)[0, "b"] == Ending(Fate.VISIBLE)


def test_the_last_name_of_a_file_tells_who_lost_it() -> None:
    history, _ = told([entry("a"), hardlink("b", "a")], [entry(".wh.a")], [entry("b")])
    (item,) = lost_files(history)
    assert (item.path, item.also, item.layer, item.event.layer) == ("a", ("b",), 0, 2)


@pytest.mark.parametrize("order", list(permutations([".wh.a", ".wh.b", ".wh.c"])))
def test_names_of_a_lost_file_do_not_depend_on_the_order_of_whiteouts(order: list[str]) -> None:
    """The merge does not either: OCI image-spec v1.1, layer.md, "Whiteouts"."""
    names = [entry("b"), hardlink("a", "b"), hardlink("c", "b")]
    history, _ = told(names, [entry(name) for name in order])
    (item,) = lost_files(history)
    assert (item.path, item.also) == ("b", ("a", "c"))


def test_work_is_the_difference_of_before_and_after() -> None:
    history, scans = told(
        [entry("a"), entry("b"), directory("d"), entry("d/x")],
        [
            entry(".wh.b"),
            entry("b"),
            entry("a"),
            directory("d"),
            entry("d/.wh..wh..opq"),
            entry("n"),
        ],
    )
    first, second = work_of(history, scans, lambda layer, e: Digest(f"{layer}{e.offset}"))
    assert (first.added, first.changed, first.removed) == (4, 0, 0)
    assert (second.added, second.changed, second.removed) == (1, 2, 1)
    assert (first.file_bytes, first.wasted_bytes) == (30, 30)
