"""Two trees path by path: what counts as moved, what is not known, and what is seen first."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from analyzer.diff.filesystem.compare import States, compare_trees
from analyzer.diff.filesystem.model import FileChange, FileState
from analyzer.diff.filesystem.part import files_part
from analyzer.diff.filesystem.rights import Right, gone_rights, new_rights
from analyzer.diff.tree import Difference, Kind, difference_document, mirrored
from analyzer.render.filechanges import file_lines
from analyzer.tarheader import EntryKind
from tests.diff.images import normal
from tests.diff.reports import digest
from tests.support.tools import ROOT

SCHEMA = json.loads((ROOT / "analyzer" / "schema" / "diff-1.0.json").read_bytes())
NODE = Draft202012Validator(
    {"$ref": "#/$defs/difference", "$defs": SCHEMA["$defs"], "$schema": SCHEMA["$schema"]}
)
NET_RAW = (("security.capability", bytes.fromhex("0100000200200000000000000000000000000000")),)


def file(content: str = "x", **members: Any) -> FileState:  # noqa: ANN401 - members of FileState
    made = FileState(
        EntryKind.FILE, len(content), 0o644, 0, 0, None, None, (), digest(content), 1.0, 0
    )
    return made._replace(**members)


def folder(mode: int = 0o755) -> FileState:
    return FileState(EntryKind.DIRECTORY, 0, mode, 0, 0, None, None, (), None, 1.0, 0)


def told(before: States, after: States) -> list[tuple[Kind, str, str]]:
    found = compare_trees(before, after)
    return [(change.kind, change.before_path, change.path) for change in found.changes]


def test_one_content_at_one_path_of_each_side_was_moved() -> None:
    assert told({"a": file()}, {"b": file()}) == [(Kind.MOVED, "a", "b")]
    (change,) = compare_trees({"a": file()}, {"b": file(mode=0o600)}).changes
    assert change.what == ("mode",)


def test_a_link_or_copy_that_came_is_no_move() -> None:
    assert told({"a": file()}, {"a": file(), "b": file()}) == [(Kind.ADDED, "", "b")]


def test_what_was_copied_before_it_went_is_no_move() -> None:
    before, after = {"a": file(), "kept": file()}, {"b": file(), "kept": file()}
    found = compare_trees(before, after)
    assert [change.kind for change in found.changes] == [Kind.REMOVED, Kind.ADDED]
    assert found.ambiguous == ((("a",), ("b",)),)


def test_several_candidates_are_no_move_and_noted() -> None:
    found = compare_trees({"a": file(), "b": file()}, {"c": file()})
    assert {change.kind for change in found.changes} == {Kind.REMOVED, Kind.ADDED}
    assert found.ambiguous == ((("a", "b"), ("c",)),)
    assert files_part(found).notes == (
        "one content at several paths: a, b, c; which became which cannot be told",
    )


def test_empty_files_and_unread_ones_are_never_moved() -> None:
    for state in (file(""), file()._replace(content=None), folder()):
        assert {kind for kind, *_ in told({"a": state}, {"b": state})} == {
            Kind.REMOVED,
            Kind.ADDED,
        }


def test_what_was_not_read_is_never_the_same() -> None:
    known, unread = file(), file()._replace(content=None)
    for one, two in ((known, unread), (unread, known), (unread, unread)):
        found = compare_trees({"a": one}, {"a": two})
        assert [change.kind for change in found.changes] == [Kind.UNKNOWN]
        part = files_part(found)
        assert (part.kind, part.children[0].kind) == (Kind.SAME, Kind.UNKNOWN)
        assert any(note.endswith("content was not read") for note in part.children[0].notes)


def test_another_size_proves_another_content() -> None:
    one, two = (file(text)._replace(content=None) for text in ("x", "another"))
    (change,) = compare_trees({"a": one}, {"a": two}).changes
    assert (change.kind, change.what) == (Kind.CHANGED, ("content",))


def test_times_alone_are_counted_and_listed_on_request() -> None:
    found = compare_trees({"a": file(), "b": file()}, {"a": file(mtime=2.0), "b": file()})
    part = files_part(found)
    assert (part.kind, part.children) == (Kind.SAME, ())
    assert part.notes == ("1 more differ in nothing but their modification time",)
    (child,) = files_part(found, times=True).children
    assert [(m.subject, m.before, m.after) for m in child.children] == [("time", 1, 2)]


def test_capabilities_are_told_in_the_words_of_getcap() -> None:
    (child,) = files_part(compare_trees({"a": file()}, {"a": file(xattrs=NET_RAW)})).children
    (member,) = child.children
    assert (member.subject, member.before, member.after) == (
        "capabilities", None, "cap_net_raw=ep",
    )  # fmt: skip
    assert child.notes == ("after: capabilities",)


def test_another_type_is_not_compared_as_what_it_no_longer_is() -> None:
    link = FileState(EntryKind.SYMLINK, 0, 0, 0, 0, "b", None, (), None, 1.0, 0)
    (change,) = compare_trees({"a": file()}, {"a": link}).changes
    assert change.what == ("type",)


def right(before: FileState | None, after: FileState | None) -> tuple[Right, ...]:
    change = FileChange("a", Kind.CHANGED, before, after)
    assert gone_rights(FileChange("a", Kind.CHANGED, after, before)) == new_rights(change)
    return new_rights(change)


def test_what_allows_more_than_before() -> None:
    assert right(file(), file(mode=0o4755)) == (Right.SETUID, Right.EXECUTABLE)
    assert right(file(mode=0o4755), file(mode=0o4755)) == ()
    assert right(None, file(mode=0o2755)) == (Right.SETGID, Right.EXECUTABLE)
    assert right(None, file(mode=0o666)) == (Right.WRITABLE,)
    assert right(None, file(xattrs=NET_RAW)) == (Right.CAPABILITIES,)
    assert right(folder(), folder(0o777)) == (Right.WRITABLE,)
    assert right(folder(), folder(0o1777)) == ()
    assert right(folder(), folder(0o2755)) == ()
    assert right(None, file()._replace(kind=EntryKind.CHARACTER_DEVICE, mode=0o666)) == ()


def lines(before: States, after: States) -> list[str]:
    return file_lines(files_part(compare_trees(before, after)))


def test_rights_stand_first_whatever_became_of_the_file() -> None:
    before = {"b": file(), "y": file(mode=0o755)}
    after = {"a": file("new"), "b": file(mode=0o666), "z": file("sh", mode=0o4755)}
    assert lines(before, after)[:3] == [
        "+  z  (setuid, 2 B)",
        "~  b  (now world-writable, mode: 0644 -> 0666)",
        "+  a  (3 B)",
    ]


def test_a_folder_that_is_wholly_new_is_one_line() -> None:
    after = {"d": folder(), "d/e": folder(), "d/e/f": file("abc", mode=0o755), "d.x": file("q")}
    assert lines({}, after) == ["+  d/  (2 names in it, 3 B, 1 executable)", "+  d.x  (1 B)"]
    assert lines(after, {}) == ["-  d/  (2 names in it, 3 B)", "-  d.x  (1 B)"]
    assert lines({"d": folder()}, {"d": folder(), "d/a": file()}) == ["+  d/a  (1 B)"]


def test_long_lists_are_cut_and_say_so() -> None:
    after = {f"f{number:03}": file(str(number)) for number in range(352)}
    found = lines({}, after)
    assert len(found) == 41
    assert found[-1] == "+  and 312 more, -o json for all"


KINDS = [
    folder(),
    file(),
    file("other"),
    file(""),
    file()._replace(content=None),
    folder()._replace(kind=EntryKind.SYMLINK, mode=0, target="a"),
]
STATES = st.builds(
    lambda state, **members: state._replace(**members),
    st.sampled_from(KINDS),
    mode=st.sampled_from([0o644, 0o4755, 0o666]),
    uid=st.sampled_from([0, 1]),
    xattrs=st.sampled_from([(), NET_RAW, (("user.x", b"\xff"),)]),
    mtime=st.sampled_from([0.0, 1.5]),
    layer=st.sampled_from([0, 1]),
)
TREES = st.dictionaries(st.sampled_from(["a", "b", "a/c", "\udcff", "d\n"]), STATES, max_size=5)


@given(TREES, st.booleans())
def test_a_tree_does_not_differ_from_itself(tree: States, times: bool) -> None:  # noqa: FBT001
    assert not files_part(compare_trees(tree, tree), times=times).differs


@given(TREES, TREES, st.booleans())
def test_exchanging_the_sides_mirrors_the_part(
    one: States,
    two: States,
    times: bool,  # noqa: FBT001 - drawn
) -> None:
    def part(before: States, after: States) -> Difference:
        return files_part(compare_trees(before, after), times=times)

    assert normal(part(two, one)) == normal(mirrored(part(one, two)))
    NODE.validate(difference_document(part(one, two)))
    assert all(line.isprintable() for line in file_lines(part(one, two)))


def told_of(state: FileState) -> FileState:
    """What a change may be told of: not the mode of a link, nor what brought and owns it."""
    mode = 0 if state.kind is EntryKind.SYMLINK else state.mode
    return state._replace(mode=mode, layer=0, owners=())


@given(TREES, TREES)
def test_every_path_that_differs_is_told_once(one: States, two: States) -> None:
    found = compare_trees(one, two)
    paths = [path for c in found.changes for path in {c.before_path, c.path} if path]
    assert len(paths) == len(set(paths))
    differing = {path for path in {*one, *two} if one.get(path) != two.get(path)}
    alike = {path for path in {*one} & {*two} if told_of(one[path]) == told_of(two[path])}
    unread = {path for path, state in (*one.items(), *two.items()) if state.unread}
    assert differing - alike - unread <= set(paths) <= differing | unread
