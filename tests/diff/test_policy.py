"""What lets a pipeline fail: only what was asked for, and what could not be told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyzer.diff.compare import Trees, compare
from analyzer.diff.filesystem.causes import Cause, CauseKind
from analyzer.diff.filesystem.model import FileChanges
from analyzer.diff.policy import IMAGES, NAMES, failing
from analyzer.diff.rungs import Why
from analyzer.diff.tree import Difference, Kind, container, leaf
from tests.diff.reports import image, layer, package, report

ONE_PART = [name for name in NAMES if name not in {"setuid", "unexplained", "images"}]
EXPLAINED = Cause(CauseKind.STEP, "own-step", Why("x"))
SAME_FILES = Trees(lambda _one, _two: FileChanges((), 0, 0))
UNEXPLAINED = Cause(CauseKind.UNEXPLAINED, "packaged-file", Why("x"))


def pair(*parts: Difference) -> Difference:
    """A pair of images whose other parts are the same."""
    told = {part.subject for part in parts}
    others = [container(name, ()) for name in ONE_PART if name not in told]
    return container("images", [container("app:1 linux/amd64", [*parts, *others])])


def file(*notes: str, cause: Cause | None = EXPLAINED, kind: Kind = Kind.CHANGED) -> Difference:
    return replace(leaf("usr/bin/su", kind, {}, {}, notes), cause=cause)


def files(*children: Difference) -> Difference:
    return container("files", children)


@pytest.mark.parametrize("name", ONE_PART)
def test_a_part_fails_alone(name: str) -> None:
    difference = pair(container(name, [replace(file(), subject="x")]))
    assert failing(difference, NAMES) == (name,)
    assert failing(difference, [other for other in NAMES if other != name]) == ()


def test_nothing_fails_where_nothing_differs() -> None:
    assert failing(pair(), NAMES) == ()
    assert failing(container("images", ()), NAMES) == ()


@pytest.mark.parametrize("note", ["after: setuid", "after: setgid", "after: capabilities"])
def test_new_privileges_fail(note: str) -> None:
    assert failing(pair(files(file(note))), ["setuid"]) == ("setuid",)
    assert failing(pair(files(file(note, kind=Kind.ADDED))), ["setuid"]) == ("setuid",)


@pytest.mark.parametrize("note", ["before: setuid", "after: executable", "after: world-writable"])
def test_privileges_that_went_and_smaller_ones_do_not_fail_as_setuid(note: str) -> None:
    assert failing(pair(files(file(note))), ["setuid", "files"]) == ("files",)


def test_only_a_file_without_a_cause_fails_as_unexplained() -> None:
    assert failing(pair(files(file(cause=EXPLAINED))), ["unexplained"]) == ()
    mixed = pair(files(file(cause=EXPLAINED), file(cause=UNEXPLAINED)))
    assert failing(mixed, ["unexplained"]) == ("unexplained",)


def test_what_could_not_be_compared_does_not_pass() -> None:
    unread = pair(leaf("files", Kind.UNKNOWN))
    assert failing(unread, NAMES) == ("files", "setuid", "unexplained")
    some = pair(files(file(kind=Kind.UNKNOWN, cause=UNEXPLAINED)))
    assert failing(some, NAMES) == ("files", "unexplained")


def test_what_is_not_there_does_not_pass() -> None:
    bare = container("images", [container("app:1 linux/amd64", [container("config", ())])])
    assert failing(bare, NAMES) == tuple(n for n in NAMES if n not in {"config", IMAGES})


def test_files_of_which_nobody_told_a_cause_do_not_pass_as_explained() -> None:
    assert failing(pair(files(file(cause=None))), NAMES) == ("files", "unexplained")


def test_a_digest_that_a_file_does_not_tell_fails_only_where_none_is_known() -> None:
    unknown, known = leaf("manifest_digest", Kind.UNKNOWN), leaf("image_id", Kind.SAME, "x", "x")
    assert failing(pair(container("identity", [unknown, known])), NAMES) == ()
    assert failing(pair(container("identity", [unknown])), NAMES) == ("identity",)


def test_everything_fails_where_no_image_belongs_to_another() -> None:
    apart = container("images", [leaf("app:1", Kind.REMOVED, {}), leaf("app:2", Kind.ADDED)])
    assert failing(apart, ["packages", "unexplained"]) == ("packages", "unexplained")


def test_an_image_on_one_side_only_fails_as_images() -> None:
    one = report(image("app:1", layers=[layer("a")]))
    two = report(
        image("app:1", layers=[layer("a")]),
        image("app:2", image_id="other", manifest="other", layers=[layer("b")], position=1),
    )
    assert failing(compare(one, two, trees=SAME_FILES), NAMES) == (IMAGES,)


def test_reports_fail_for_their_packages() -> None:
    one = report(image("app:1", layers=[layer("a")], packages=[package("tar", "1")]))
    two = report(image("app:1", layers=[layer("a")], packages=[package("tar", "2")]))
    assert failing(compare(one, two, trees=SAME_FILES), NAMES) == ("packages",)


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(KeyError):
        failing(pair(), ["sizes"])
