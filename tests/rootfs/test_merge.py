"""Merging: what engines disagree about is said, links stay inside, odd input changes nothing."""

from __future__ import annotations

import gc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.problems import Code, Severity
from analyzer.rootfs.merge import apply_layer
from analyzer.rootfs.tree import LINK_DEPTH, Node, find, locate, new_directory, walk
from analyzer.tarheader import Entry, EntryKind


def entry(path: str, kind: EntryKind = EntryKind.FILE, link: str | None = None) -> Entry:
    return Entry(path, kind, 0, 0o644, 0, 0, 0, "", "", link, 0)


def directory(path: str) -> Entry:
    return entry(path, EntryKind.DIRECTORY)


def symlink(path: str, target: str) -> Entry:
    return entry(path, EntryKind.SYMLINK, target)


def hardlink(path: str, target: str) -> Entry:
    return entry(path, EntryKind.HARDLINK, target)


def stack(*layers: list[Entry]) -> tuple[Node, list[tuple[Code, str]]]:
    """The merged tree, and code and detail of each problem."""
    root = new_directory(None, 0)
    said = []
    for number, entries in enumerate(layers):
        for problem in apply_layer(root, entries, number, f"layer {number}"):
            assert problem.severity is not Severity.ERROR
            said.append((problem.code, problem.detail))
    return root, said


def names(root: Node) -> list[str]:
    return [path for path, _ in walk(root)]


def test_a_clean_stack_says_nothing() -> None:
    root, said = stack(
        [directory("etc"), entry("etc/a"), entry("etc/b")],
        [directory("etc"), entry("etc/.wh.a"), entry("etc/c")],
    )
    assert names(root) == ["etc", "etc/b", "etc/c"]
    assert said == []


def test_a_whiteout_before_its_file_is_no_finding() -> None:
    # Every engine of the measured matrix agrees on this order.
    _, said = stack([entry("foo")], [entry(".wh.foo"), entry("foo")])
    assert said == []


def test_whiteouts_in_one_missing_folder_are_told_once() -> None:
    _, said = stack([entry("a")], [entry(f"m/.wh.{number}") for number in range(100)])
    assert [detail.partition(";")[0] for _, detail in said] == [
        "'m/.wh.99': a marker in a directory that is not there"
    ]


def test_markers_before_and_behind_what_replaces_a_link_leave_what_it_led_to() -> None:
    below = [entry("usr/lib/a"), entry("usr/lib/b"), symlink("lib", "usr/lib")]
    before, behind = entry("lib/.wh.a"), entry("lib/.wh.b")
    root, said = stack(below, [before, directory("lib"), behind])
    assert names(root) == ["lib", "usr", "usr/lib", "usr/lib/a", "usr/lib/b"]
    assert [detail.partition(",")[0] for _, detail in said] == [
        "'lib/.wh.a': a whiteout through a link of a lower layer"
    ]


def test_a_reserved_name_is_dropped_with_a_warning() -> None:
    root, said = stack([entry(".wh..wh.plnk"), entry("a")])
    assert names(root) == ["a"]
    assert [code for code, _ in said] == [Code.RESERVED_WHITEOUT]
    root, said = stack([entry(".wh.x/n")])
    assert names(root) == [".wh.x", ".wh.x/n"]
    assert [code for code, _ in said] == [Code.RESERVED_WHITEOUT]


def test_an_entry_below_a_dangling_link_makes_what_it_names() -> None:
    root, said = stack([symlink("lib", "/x/../new/deep")], [entry("lib/n")])
    assert names(root) == ["lib", "new", "new/deep", "new/deep/n"]
    assert "leads nowhere" in said[0][1]


def test_a_name_twice_is_told_with_both_places() -> None:
    first, second = entry("a")._replace(offset=512), entry("a")._replace(offset=2048)
    _, said = stack([first, second])
    assert said[0][1].startswith("'a', at bytes 512 and 2048: stands twice")


def test_a_replaced_link_is_not_followed_by_later_entries() -> None:
    root, _ = stack(
        [directory("real"), symlink("d", "real")],
        [entry("d/one"), directory("d"), entry("d/two")],
    )
    assert names(root) == ["d", "d/two", "real", "real/one"]


def test_a_hard_link_shares_content_and_keeps_it_when_the_other_name_goes() -> None:
    root, _ = stack([entry("a"), hardlink("b", "a")], [entry(".wh.a")])
    node = find(root, "b")
    assert node is not None
    assert node.content is not None
    assert node.content.path == "a"
    assert names(root) == ["b"]


def test_a_link_chain_ends_at_the_limit_of_the_kernel() -> None:
    chain = [symlink(f"l{n}", f"l{n + 1}") for n in range(LINK_DEPTH)]
    root, _ = stack([*chain, entry(f"l{LINK_DEPTH}")])
    assert locate(root, "l0") is not None
    longer, _ = stack([symlink("start", "l0"), *chain, entry(f"l{LINK_DEPTH}")])
    assert locate(longer, "start") is None


def test_links_never_leave_the_root() -> None:
    root, _ = stack(
        [
            directory("etc"),
            entry("etc/passwd"),
            symlink("up", "../../../etc"),
            symlink("top", "/etc/passwd"),
            symlink("self", "self"),
        ]
    )
    assert locate(root, "up/passwd") is not None
    found = locate(root, "top")
    assert found is not None
    assert found[0] == "etc/passwd"
    assert locate(root, "self") is None
    assert locate(root, "../../etc/passwd") is not None
    assert locate(root, "etc/passwd/below") is None


def test_the_last_component_is_kept_when_asked() -> None:
    root, _ = stack([symlink("link", "target"), entry("target")])
    node = find(root, "link", follow_last=False)
    assert node is not None
    assert node.kind is EntryKind.SYMLINK


PATHS = st.lists(st.sampled_from(["a", "b", ".wh.a", ".wh..wh..opq", "l"]), max_size=3).map(
    "/".join
)
ENTRIES = st.builds(
    entry, PATHS, st.sampled_from(list(EntryKind)), st.sampled_from(["a", "/", "../b", "l/a", "l"])
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(ENTRIES, max_size=6), max_size=4))
def test_any_entries_merge_without_an_exception(layers: list[list[Entry]]) -> None:
    root, _ = stack(*layers)
    for path, node in walk(root):
        # Engines make a folder of a whiteout name that entries lie below, and nothing else.
        assert node.children is not None or not path.rpartition("/")[2].startswith(".wh.")
        assert node.children is None or node.kind is EntryKind.DIRECTORY


@settings(max_examples=100, deadline=None)
@given(st.lists(PATHS.filter(lambda path: ".wh." not in path), max_size=8))
def test_applying_a_layer_twice_changes_nothing(paths: list[str]) -> None:
    layer = [entry(path) for path in dict.fromkeys(paths) if path]
    once, _ = stack(layer)
    twice, _ = stack(layer, layer)
    assert names(once) == names(twice)


@pytest.mark.parametrize("names", [["a"], ["a/.wh.x", ".wh.b"]])
def test_nothing_holds_a_tree_when_its_owner_lets_go(names: list[str]) -> None:
    """The collector rests during a run, so a circle would keep the tree of every image."""
    gc.collect()
    gc.disable()
    try:
        root = new_directory(None, 0)
        apply_layer(root, [entry("a"), entry("b")], 0, "one")
        apply_layer(root, [entry(name) for name in names], 1, "two")
        assert not [held for held in gc.get_objects() if type(held).__name__ == "_Apply"]
    finally:
        gc.enable()
