"""Two images whose packages rpm installed: what was planted is found, and nothing else.

The packages are held against what rpm lists, the files against what umoci unpacks.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from analyzer.comparing.images import compare_inputs
from analyzer.comparing.inputs import Wanted, open_inputs
from analyzer.diff.filesystem.causes import Cause, CauseKind
from analyzer.diff.filesystem.part import PATH
from analyzer.diff.tree import Difference, Kind, mirrored
from tests.diff.images import normal
from tests.support import rpms
from tests.support.rpmimages import DATABASE, INSTALL, Images, Rpm, Step, build, in_root
from tests.support.tools import run

POST = """%post -p <lua>
posix.mkdir("/var/lib/ledger")
for _, name in ipairs({{"index", "state"}}) do
  local file = io.open("/var/lib/ledger/" .. name, "w")
  file:write("{version}")
  file:close()
end
"""
OS_RELEASE = "ID=fedora\\nVERSION_ID=40\\nPRETTY_NAME=Fedora\\n"
BASE = Rpm(
    "base",
    "1",
    {
        "etc/os-release": OS_RELEASE,
        "etc/issue": "hello\\n",
        "etc/fstab": "none\\n",
        "usr/bin/tee": "#!/bin/sh\\nexec cat\\n",
        "usr/bin/cat": "#!/bin/sh\\nexit\\n",
    },
    {"etc/issue": "%config(noreplace)"},
)
#: As Fedora's: `rpm -q --fileattrs rpm` has `g` for each of them.
DATABASE_NAMES = ("rpmdb.sqlite", "rpmdb.sqlite-shm", "rpmdb.sqlite-wal", ".rpm.lock")
RPM = Rpm(
    "rpm",
    "4.18",
    {"usr/bin/rpm": "#!/bin/sh\\n"},
    {},
    ghosts=tuple(f"{DATABASE}/{name}" for name in DATABASE_NAMES),
)
GLIBC = Rpm(
    "glibc",
    "2.39",
    {"usr/lib/libc.so.6": "elf\\n"},
    {},
    ghosts=("etc/ld.so.cache", "var/cache/ldconfig/aux-cache"),
)
ABACUS = Rpm(
    "abacus",
    "2",
    {"usr/bin/abacus": "exit\\n", "etc/abacus.conf": "a\\n", "usr/share/abacus/beads": "10\\n"},
    {"etc/abacus.conf": "%config"},
)
CHART = Rpm("chart", "0.9", {"usr/bin/chart": "exit 1\\n", "usr/share/chart/a": "a\\n"}, {})


def ledger(version: str) -> Rpm:
    files = {
        "usr/bin/ledger": f"echo {version}\\n",
        "etc/ledger.conf": f"version = {version}\\n",
        "etc/ledger.rates": f"rates of {version}\\n",
        "usr/share/ledger/same": "same\\n",
    }
    attributes = {"etc/ledger.conf": "%config(noreplace)", "etc/ledger.rates": "%config"}
    script = POST.format(version=version)
    return Rpm("ledger", version, files, attributes, script, ("var/lib/ledger/state",))


EDITED = ("etc/ledger.conf", "etc/ledger.rates", "etc/abacus.conf")


@dataclass(frozen=True)
class World:
    images: Images

    def compared(self, before: str, after: str, *, times: bool = False) -> Difference:
        """A pair of images; the other order gives its mirror."""
        found = []
        for order in ((before, after), (after, before)):
            names = [Wanted(f"{self.images.layout}:{tag}") for tag in order]
            with open_inputs(names) as (one, two):
                found.append(compare_inputs(one, two, times=times).children[0])
        assert normal(found[1]) == normal(mirrored(found[0]))
        return found[0]


def copying(tree: Path) -> Callable[[Path], object]:
    return lambda root: run(["cp", "-a", f"{tree}/.", root])


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("rpm-images")
    built = build(folder, [BASE, RPM, GLIBC, ABACUS, CHART, ledger("1"), ledger("2")])
    images = Images(folder)

    def install(*names: str) -> Step:
        packages = [built[name] for name in names]
        return f"RUN rpm -U {' '.join(names)}", lambda root: in_root(
            root, "-U", *INSTALL, *packages
        )

    def edit(root: Path) -> None:
        for path in EDITED:
            (root / path).write_text("edited\n")

    def ldconfig(root: Path) -> None:
        """What ldconfig writes holds inode numbers and times: `elf/cache.c` of glibc."""
        for path in GLIBC.ghosts:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(str((root / "usr/lib/libc.so.6").stat().st_ino))

    first = [
        install("base-1", "rpm-4.18", "glibc-2.39", "ledger-1", "abacus-2"),
        ("RUN ldconfig", ldconfig),
    ]
    images.image("first", first)
    images.image("before", [("RUN edit", edit)], on="first")
    after: list[Step] = [
        install("ledger-2"),
        ("RUN rpm -e abacus", lambda root: in_root(root, "-e", "abacus")),
        install("chart-0.9"),
        ("RUN sed -i s/o/O/ /etc/issue", lambda root: (root / "etc/issue").write_text("hellO\n")),
        ("RUN chmod u+s /usr/bin/tee", lambda root: (root / "usr/bin/tee").chmod(0o4755)),
    ]
    images.image("after", after, on="before")
    then = int(time.time())
    while int(time.time()) <= then:  # rpm writes down the second
        time.sleep(0.05)
    images.image("again", first)
    for tag in ("before", "after"):
        images.image(f"flat-{tag}", [("", copying(images.unpacked(tag)))])
    return World(images)


def causes(pair: Difference) -> dict[str, Cause]:
    part = pair.child("files")
    assert part is not None
    assert all(child.cause is not None for child in part.children)
    return {child.subject: child.cause for child in part.children if child.cause is not None}


def unexplained(pair: Difference) -> dict[str, str]:
    return {
        path: cause.rule
        for path, cause in causes(pair).items()
        if cause.kind is CauseKind.UNEXPLAINED
    }


def listed(world: World, tag: str, tmp_path: Path) -> dict[tuple[str, str], str]:
    """What rpm says; it writes to a database that it opens, so it is given a copy."""
    copy = tmp_path / tag
    shutil.copytree(world.images.unpacked(tag) / DATABASE, copy)
    lines = rpms.rpm(copy, "-qa", "--qf", "%{NAME}\\t%{ARCH}\\t%{EVR}\\n").splitlines()
    rows = [line.split("\t") for line in lines]
    return {(name, arch): version for name, arch, version in rows}


def test_the_packages_are_those_in_which_two_lists_of_rpm_differ(
    world: World, tmp_path: Path
) -> None:
    one, two = listed(world, "before", tmp_path), listed(world, "after", tmp_path)
    part = world.compared("before", "after").child("packages")
    assert part is not None
    wanted = {
        f"rpm/{name}:{arch}": (one.get((name, arch)), two.get((name, arch)))
        for name, arch in one.keys() | two.keys()
        if one.get((name, arch)) != two.get((name, arch))
    }
    assert set(wanted.values()) == {("1-1", "2-1"), ("2-1", None), (None, "0.9-1")}
    found: dict[str, tuple[object, ...]] = {}
    for child in part.children:
        member = child.child("version")
        sides = (member.before, member.after) if member is not None else (child.before, child.after)
        found[child.subject.partition("@")[0]] = tuple(
            side["version"] if isinstance(side, dict) else side for side in sides
        )
    assert found == wanted


def tree(root: Path) -> dict[str, tuple[object, ...]]:
    """What stands at each path: type and mode, owner, target, digest."""
    found: dict[str, tuple[object, ...]] = {}
    for folder, names, files in os.walk(root):
        for name in (*names, *files):
            path = Path(folder, name)
            state = path.lstat()
            digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
            owner = (state.st_uid, state.st_gid)
            key = str(path.relative_to(root))
            found[key] = (stat.filemode(state.st_mode), state.st_mode, owner, digest)
    return found


@pytest.mark.parametrize("pair", [("before", "after"), ("first", "again"), ("first", "after")])
def test_the_files_are_those_in_which_two_unpacked_trees_differ(
    world: World, pair: tuple[str, str]
) -> None:
    one, two = (tree(world.images.unpacked(tag)) for tag in pair)
    part = world.compared(*pair).child("files")
    assert part is not None
    found: set[str] = set()
    for child in part.children:
        moved = child.child(PATH)
        found |= {moved.before, moved.after} if moved is not None else {child.subject}
    assert found == {path for path in one.keys() | two.keys() if one.get(path) != two.get(path)}
    assert found


def test_what_was_planted_has_its_causes(world: World) -> None:
    found = causes(world.compared("before", "after"))
    rules = {path: (cause.kind.value, cause.rule) for path, cause in found.items()}
    assert rules == {
        "usr/bin/tee": ("unexplained", "packaged-file"),
        "etc/issue": ("build-step", "own-step"),
        "usr/bin/ledger": ("package", "owner-changed"),
        "etc/ledger.rates": ("package", "owner-changed"),
        "var/lib/ledger/state": ("package", "owner-changed"),
        "var/lib/ledger/index": ("build-step", "own-step"),
        "usr/bin/abacus": ("package", "owner-changed"),
        "etc/abacus.conf": ("package", "owner-changed"),
        "usr/share/abacus/beads": ("package", "owner-changed"),
        "usr/bin/chart": ("package", "owner-changed"),
        "usr/share/chart": ("package", "holds-what-changed"),
        "usr/share/chart/a": ("package", "owner-changed"),
        "etc/ledger.conf.rpmnew": ("package", "kept-settings"),
        "etc/ledger.rates.rpmsave": ("package", "kept-settings"),
        "etc/abacus.conf.rpmsave": ("package", "kept-settings"),
        "var/lib/rpm/rpmdb.sqlite": ("package", "package-record"),
        "var/lib/rpm/rpmdb.sqlite-shm": ("package", "rpm-state"),
    }
    assert found["usr/bin/ledger"].words == "rpm:ledger: 1-1 -> 2-1"
    assert "chmod u+s" in found["usr/bin/tee"].words


def test_the_same_steps_at_another_time_leave_noise_alone(world: World) -> None:
    pair = world.compared("first", "again", times=True)
    found = causes(pair)
    assert {cause.kind for cause in found.values()} == {CauseKind.NOISE}
    assert found["var/lib/rpm/rpmdb.sqlite"].rule == "rpm-database"
    assert found["var/cache/ldconfig/aux-cache"].rule == "caches"
    packages = pair.child("packages")
    assert packages is not None
    assert packages.kind is Kind.SAME


def test_without_build_steps_only_what_is_no_work_of_packages_is_unexplained(world: World) -> None:
    pair = world.compared("flat-before", "flat-after")
    assert unexplained(pair) == {
        "etc/issue": "no-step",
        "usr/bin/tee": "packaged-file",
        "var/lib/ledger/index": "no-step",
    }


def test_a_program_that_a_package_only_names_is_told_all_the_same(world: World) -> None:
    """Whoever can write to an image can write a program over a ghost."""
    images = world.images
    path = f"{DATABASE}/rpmdb.sqlite-shm"

    def planted(content: str) -> Step:
        def plant(root: Path) -> None:
            (root / path).write_text(content)
            (root / path).chmod(0o755)

        return "RUN plant", plant

    for tag, content in (("plant-1", "#!/bin/sh\n"), ("plant-2", "#!/bin/sh\nnc\n")):
        images.image(tag, [planted(content)], on="first")
    assert unexplained(world.compared("plant-1", "plant-2")) == {path: "packaged-file"}
