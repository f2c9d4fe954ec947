"""Two trees of any kind: nothing is lost between what is shown and what is to be expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from analyzer.diff.filesystem.compare import compare_trees
from analyzer.diff.filesystem.model import FileChanges, FileState
from analyzer.diff.platforms.filecontents import Seen
from analyzer.diff.platforms.filepaths import same_file
from analyzer.diff.platforms.files import FileTrees
from analyzer.diff.platforms.filesides import without_folded
from analyzer.diff.tree import Kind
from analyzer.limits import Limits
from analyzer.tarheader import EntryKind
from tests.diff.changes import state
from tests.diff.reports import digest, image
from tests.diff.test_platform_files import AMD64, ARM64, elf

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

Tree = dict[str, FileState]
WORDS = (
    {"t": "x86_64-linux-gnu", "a": "amd64", "l": "ld-linux-x86-64.so.2"},
    {"t": "aarch64-linux-gnu", "a": "arm64", "l": "ld-linux-aarch64.so.1"},
)
PATHS = (
    *("etc/c", "lib64", "usr/lib64", "usr/lib64/{l}", "usr/lib/{l}", "usr/lib/{t}"),
    *(
        "usr/lib/{t}/{l}",
        "usr/lib/{t}/m",
        "{a}",
        "{t}",
        "var/log/l",
        "var/lib/dpkg/info/x:{a}.list",
    ),
)
TEXTS = ("", "same", "names {a} and {t}", "{l}", "edited", "ELF")
PLATFORMS = (AMD64, ARM64)


def content(text: str, number: int) -> bytes:
    if text == "ELF":
        return elf(PLATFORMS[number])
    return text.format(**WORDS[number]).encode()


@st.composite
def entries(draw: st.DrawFn, number: int) -> tuple[FileState, bytes]:
    kind = draw(st.sampled_from([EntryKind.FILE, EntryKind.FILE, EntryKind.SYMLINK]))
    words = WORDS[draw(st.sampled_from([number, number, 1 - number]))]
    mtime = float(draw(st.integers(0, 1)))
    if kind is EntryKind.SYMLINK:
        target = draw(st.sampled_from(["usr/lib64", "/{t}/x", "{l}", "m"])).format(**words)
        made = state(kind=kind, size=0, mode=0, content=None, target=target, mtime=mtime)
        return made, b""
    data = content(draw(st.sampled_from(TEXTS)), draw(st.sampled_from([number, 0])))
    mode = draw(st.sampled_from([0o644, 0o644, 0o755, 0o4755]))
    known = draw(st.integers(0, 9)) > 0
    name = digest(data.decode("latin-1")) if known else None
    return state(size=len(data), mode=mode, content=name, mtime=mtime), data


@st.composite
def sides(draw: st.DrawFn) -> list[tuple[Tree, dict[str, bytes]]]:
    found = []
    for number in range(2):
        tree, data = {}, {}
        for path in draw(st.lists(st.sampled_from(PATHS), unique=True)):
            spelled = path.format(**WORDS[draw(st.sampled_from([number, number, 0]))])
            tree[spelled], data[spelled] = draw(entries(number))
        found.append((tree, data))
    return found


def folded(given_: Sequence[tuple[Tree, dict[str, bytes]]], order: tuple[int, int]) -> FileChanges:
    trees = [given_[number][0] for number in order]

    def read(wanted: Sequence[Collection[str]]) -> list[Mapping[str, Seen]]:
        contents = [given_[number][1] for number in order]
        return [
            {path: Seen(data[path][:512], data[path]) for path in paths}
            for paths, data in zip(wanted, contents, strict=True)
        ]

    one, two = (image(platform=PLATFORMS[number], manifest=str(number)) for number in order)
    files = FileTrees(tuple(trees), ({}, {}), read, Limits())
    return without_folded(compare_trees(trees[0], trees[1]), files, (one, two))


def covered(found: FileChanges) -> set[tuple[int, str]]:
    told = {(0, each.before) for each in found.expected if each.before is not None}
    told |= {(1, each.after) for each in found.expected if each.after is not None}
    for change in found.differing:
        told |= {(0, change.before_path or change.path)} if change.before is not None else set()
        told |= {(1, change.path)} if change.after is not None else set()
    return told


@given(sides())
def test_every_path_that_differs_is_left_or_expected_and_no_other(
    given_: list[tuple[Tree, dict[str, bytes]]],
) -> None:
    one, two = (tree for tree, _ in given_)
    differing = {(0, path) for path in one.keys() - two.keys()}
    differing |= {(1, path) for path in two.keys() - one.keys()}
    for path in one.keys() & two.keys():
        if not same_file(one[path], two[path]):
            differing |= {(0, path), (1, path)}
    found = folded(given_, (0, 1))
    assert covered(found) == differing
    for each in found.expected:
        if each.before is not None and each.after is not None:
            states = one[each.before], two[each.after]
            assert states[0].mode == states[1].mode
            assert states[0].kind is states[1].kind


@given(sides())
def test_the_other_way_round_it_is_the_mirror_image(
    given_: list[tuple[Tree, dict[str, bytes]]],
) -> None:
    found, turned = folded(given_, (0, 1)), folded(given_, (1, 0))
    assert found.expected == tuple(each.mirrored for each in turned.expected)
    kinds = {Kind.ADDED: Kind.REMOVED, Kind.REMOVED: Kind.ADDED}

    def sided(changes: FileChanges) -> set[tuple[object, ...]]:
        return {(c.path, c.before_path or c.path, c.kind, c.what) for c in changes.changes}

    mirrored = {
        (old, new, kinds.get(kind, kind), what)  # type: ignore[call-overload]
        for new, old, kind, what in sided(turned)
    }
    assert sided(found) == mirrored


@given(sides())
def test_a_tree_beside_itself_differs_in_nothing(
    given_: list[tuple[Tree, dict[str, bytes]]],
) -> None:
    found = folded([given_[0], given_[0]], (0, 1))
    assert (found.changes, found.expected) == (
        tuple(change for change in found.changes if change.kind is Kind.UNKNOWN),
        (),
    )
