"""Names as a cost: how deep they may be, and the folders that only they tell of."""

from __future__ import annotations

import pytest

from analyzer.errors import LimitExceeded
from analyzer.limits import Limits
from tests.support.tarbytes import Dir, Entries, Link, tar_bytes
from tests.tar.walking import walk


def refused(entries: Entries, **limits: int) -> str:
    """What the limit that stops these entries says; empty when none does."""
    try:
        walk(tar_bytes(entries), limits=Limits(**limits))
    except LimitExceeded as limit:
        return limit.message
    return ""


def test_parts_of_a_path_are_limited() -> None:
    entries: Entries = {"a/b/c/d": b""}
    assert refused(entries, path_depth=4) == ""
    assert refused(entries, path_depth=3) == "limit path_depth is 3, seen at least 4"


def test_parts_of_a_link_target_are_too() -> None:
    """Each is a step whenever somebody goes through the link."""
    entries: Entries = {"l": Link("./././x")}
    assert refused(entries, path_depth=4) == ""
    assert refused(entries, path_depth=3) == "limit path_depth is 3, seen at least 4"


@pytest.mark.parametrize(
    ("entries", "names"),
    [
        ({"a/b/c/d": b""}, 4),
        ({"a": Dir(), "a/b": Dir(), "a/b/c": b"", "a/b/d": b"", "a/e": b"", "f": b""}, 6),
        ({"a/b/c": b"", "a/b/d": b"", "a/e/f": b"", "ab/c": b""}, 8),
        ({"a/b": Dir(), "a/c": Dir(), "a": Dir()}, 4),
    ],
)
def test_folders_that_only_paths_tell_of_count_as_entries(entries: Entries, names: int) -> None:
    """At least as many as extraction makes; a folder that is listed late counts twice."""
    assert refused(entries, layer_entries=names) == ""
    less = names - 1
    assert refused(entries, layer_entries=less).startswith(f"limit layer_entries is {less}, seen")


def test_names_are_as_many_as_extraction_makes(tmp_path_factory: pytest.TempPathFactory) -> None:
    import io
    import tarfile

    entries: Entries = {"a/b/c": b"", "a/b/d": b"", "a/e/f": b"", "ab/c": b""}
    with tarfile.open(fileobj=io.BytesIO(tar_bytes(entries))) as tar:
        folder = tmp_path_factory.mktemp("out")
        tar.extractall(folder, filter="tar")
    assert sum(1 for _ in folder.rglob("*")) == 8
