"""rpm's databases in two images: with their logs, and in two forms."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from analyzer.comparing.images import compare_inputs
from analyzer.comparing.inputs import Wanted, open_inputs
from analyzer.comparing.insides import Inside
from analyzer.diff.content.room import Room
from analyzer.diff.tree import AFTER, Difference, Kind, mirrored
from analyzer.limits import Limits
from analyzer.listing.filters import chooser
from tests.support import rpms
from tests.support.imagebuilder import ImageBuilder

MAIN, LOG = f"{rpms.FOLDER}/rpmdb.sqlite", f"{rpms.FOLDER}/rpmdb.sqlite-wal"
OLD = f"{rpms.FOLDER}/Packages"
NEW = "usr/lib/sysimage/rpm/rpmdb.sqlite"


@dataclass(frozen=True)
class World:
    """A database, the same without `zero` in a log, and without `many` in another."""

    whole: dict[str, bytes]
    logged: dict[str, dict[str, bytes]]
    berkeley: bytes
    folder: Path


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("rpm")
    packages = rpms.build(folder / "build", (rpms.ZERO, rpms.MANY, rpms.MAIN))
    (folder / "whole").mkdir()
    rpms.install(folder / "whole", *packages)
    logged = {}
    for gone in ("zero", "many"):
        changing = rpms.copy(folder / "whole", folder / gone)
        with rpms.logging(changing):
            rpms.rpm(changing, "-e", "--justdb", "--nodeps", gone)
            logged[gone] = rpms.captured(rpms.copy(changing, folder / f"{gone}-logged"))
    berkeley = rpms.berkeley(folder / "bdb", rpms.headers(folder / "whole"))
    return World(rpms.captured(folder / "whole"), logged, berkeley, folder)


def compared(
    tmp_path: Path, one: dict[str, bytes], two: dict[str, bytes], **limits: int
) -> Difference:
    """The part `files` of two images; the other order gives its mirror."""
    paths = []
    for name, files in (("one", one), ("two", two)):
        paths.append(tmp_path / name)
        if not paths[-1].exists():
            ImageBuilder().layer(files).write_oci(paths[-1])
    found = []
    for order in (paths, paths[::-1]):
        room = Room(replace(Limits(), **limits))
        with open_inputs([Wanted(str(path)) for path in order]) as (before, after):
            found.append(compare_inputs(before, after, inside=Inside(chooser((), None), room)))
    assert found[1] == mirrored(found[0])
    part = found[0].children[0].child("files")
    assert part is not None
    return part


def inside(part: Difference, path: str) -> Difference:
    file = part.child(path)
    content = file.child("content") if file is not None else None
    assert content is not None
    return content.children[0]


def test_two_logs_of_one_database_by_packages(world: World, tmp_path: Path) -> None:
    part = compared(tmp_path, world.logged["zero"], world.logged["many"])
    assert part.child(MAIN) is None, "both have the same"
    found = inside(part, LOG)
    assert {child.subject: child.kind for child in found.children} == {
        "zero.noarch": Kind.ADDED,
        "many.noarch": Kind.REMOVED,
    }


def test_a_log_that_one_side_has_counts(world: World, tmp_path: Path) -> None:
    """The databases alone hold the same; rpm itself says so of each before the log was begun."""
    again = rpms.copy(world.folder / "whole", tmp_path / "again")
    rpms.rpm(again, "--rebuilddb")
    part = compared(tmp_path, rpms.captured(again), world.logged["zero"])
    found = inside(part, MAIN)
    assert {child.subject: child.kind for child in found.children} == {"zero.noarch": Kind.REMOVED}


def test_a_log_over_the_limit_leaves_bytes(world: World, tmp_path: Path) -> None:
    again = rpms.copy(world.folder / "whole", tmp_path / "again")
    rpms.rpm(again, "--rebuilddb")
    logged = {**world.logged["zero"], LOG: world.logged["zero"][LOG] + bytes(2_000_000)}
    most = len(logged[LOG]) - 1
    assert len(logged[MAIN]) <= most
    part = compared(tmp_path, rpms.captured(again), logged, content_file_bytes=most)
    found = inside(part, MAIN)
    assert found.notes == (AFTER + "rpmdb.sqlite-wal beside it was not read",)
    assert [child.subject for child in found.children] == ["first differing byte"]


def test_a_database_that_went_to_another_form_and_place(world: World, tmp_path: Path) -> None:
    part = compared(tmp_path, {OLD: world.berkeley}, {NEW: world.whole[MAIN]})
    assert {
        child.subject: child.kind for child in part.children if child.subject in {OLD, NEW}
    } == {
        OLD: Kind.REMOVED,
        NEW: Kind.ADDED,
    }
    (note,) = (note for note in part.notes if "rpm database" in note)
    assert note == (
        f"{NEW} (rpm database (SQLite)) and {OLD} (rpm database (Berkeley DB)) hold the same"
        " 4 packages in other forms"
    )


def test_other_forms_of_other_packages(world: World, tmp_path: Path) -> None:
    moved = {f"usr/lib/sysimage/rpm/{Path(p).name}": d for p, d in world.logged["zero"].items()}
    part = compared(tmp_path, {OLD: world.berkeley}, moved)
    (note,) = (note for note in part.notes if "rpm database" in note)
    assert note.endswith(" hold other packages")
