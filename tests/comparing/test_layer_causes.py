"""Why two layers differ: by the packages as of them, by their steps, and by what is taken away."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.comparing.differences import Asked, differences, look_inside
from analyzer.comparing.inputs import Wanted, open_inputs
from analyzer.comparing.layers import LayerPair, told_of
from analyzer.comparing.storedlayers import NO_CAUSES
from analyzer.diff.policy import failing
from analyzer.diff.tree import Difference, Kind, mirrored
from analyzer.limits import Limits
from tests.diff.dpkgimages import stanza
from tests.diff.images import normal
from tests.support.imagebuilder import Entries, File, HardLink, ImageBuilder, Link
from tests.support.layouts import Layout

APT = "RUN apt-get install # buildkit"
BASE = "ADD rootfs.tar / # buildkit"


def status(*packages: tuple[str, str]) -> bytes:
    return "\n".join(stanza(name, version) for name, version in packages).encode()


def program(text: bytes) -> File:
    return File(text, mode=0o755)


def base(version: str = "1") -> Entries:
    return {
        "etc/os-release": b"ID=debian\n",
        "var/lib/dpkg/status": status(("tool", version), ("shell", "5")),
        "var/lib/dpkg/info/tool.list": b"/usr/bin/tool\n/usr/share/tool/doc\n",
        "var/lib/dpkg/info/shell.list": b"/bin/shell\n/usr/share/shell/doc\n",
        "usr/bin/tool": program(version.encode()),
        "usr/share/tool/doc": b"doc",
        "bin/shell": program(b"5"),
        "usr/share/shell/doc": b"doc",
        "srv/data/one": b"1",
        "var/cache/apt/pkgcache.bin": b"cache",
    }


def image(*layers: tuple[Entries, str]) -> ImageBuilder:
    made = ImageBuilder()
    for entries, step in layers:
        made = made.layer(entries, created_by=step)
    return made


def compared(
    folder: Path, one: ImageBuilder, two: ImageBuilder, pair: LayerPair, *, inside: bool = False
) -> Difference:
    """What differs, with its mirror image checked."""
    sides = [
        Wanted(str(builder.write_oci(folder / f"{n} {len(list(folder.iterdir()))}", "app:1")))
        for n, builder in enumerate((one, two))
    ]
    turned = LayerPair(pair.after, pair.before, as_of=pair.as_of)
    limits = Limits()
    looking = [look_inside((), limits) if inside else None for _ in range(2)]
    with open_inputs(sides) as (before, after):
        found = differences(before, after, Asked(pair, inside=looking[0]), limits)
        other = differences(after, before, Asked(turned, inside=looking[1]), limits)
    assert normal(other) == normal(mirrored(found))
    return found


def rules(found: Difference) -> dict[str, str]:
    part = found.children[0].child("files")
    assert part is not None
    return {child.subject: child.cause.rule for child in part.children if child.cause is not None}


@pytest.mark.parametrize("as_of", [False, True])
def test_files_of_a_package_that_only_one_layer_brought_are_of_the_package(
    tmp_path: Path, *, as_of: bool
) -> None:
    brought: Entries = {
        "var/lib/dpkg/status": status(("tool", "1"), ("shell", "5"), ("new", "1")),
        "var/lib/dpkg/info/new.list": b"/usr/bin/new\n",
        "usr/bin/new": program(b"new"),
    }
    one = image((base(), BASE), ({"srv/x": b"1"}, "COPY x /srv"), (brought, APT))
    found = rules(compared(tmp_path, one, one, LayerPair(1, 2, as_of=as_of)))
    assert found["usr/bin/new"] == "owner-changed"
    assert found["var/lib/dpkg/info/new.list"] == "package-record"
    assert found["var/lib/dpkg/status"] == "package-record"
    assert as_of or found["srv/x"] == "own-step"


def test_a_layer_that_writes_over_a_file_of_an_unchanged_package_is_not_explained(
    tmp_path: Path,
) -> None:
    one = image((base(), BASE), ({"srv/x": b"1"}, APT))
    two = image((base(), BASE), ({"srv/x": b"1", "bin/shell": program(b"evil")}, APT))
    found = compared(tmp_path, one, two, LayerPair(1, 1))
    assert rules(found) == {"bin/shell": "packaged-program"}
    assert failing(found, ["unexplained"]) == ("unexplained",)
    found = compared(tmp_path, one, two, LayerPair(1, 1, as_of=True))
    assert rules(found)["bin/shell"] == "packaged-file"


def test_owners_are_found_through_links_of_lower_layers(tmp_path: Path) -> None:
    """As on systems where /bin is a link: the layer may store either name."""
    files = dict(base()) | {"var/lib/dpkg/info/shell.list": b"/usr/bin/shell\n"}
    del files["bin/shell"]
    linked: Entries = {"bin": Link("usr/bin"), **files, "usr/bin/shell": program(b"5")}
    one = image((linked, BASE), ({"srv/x": b"1"}, APT))
    two = image((linked, BASE), ({"srv/x": b"1", "bin/shell": program(b"evil")}, APT))
    assert rules(compared(tmp_path, one, two, LayerPair(1, 1))) == {"bin/shell": "packaged-program"}


GONE: list[tuple[str, Entries, str]] = [
    ("a program of an unchanged package", {"bin/.wh.shell": b""}, "packaged-program"),
    ("its folder", {".wh.bin": b""}, "packaged-program"),
    ("what is in it", {"bin/.wh..wh..opq": b""}, "packaged-program"),
    ("data", {"srv/data/.wh.one": b""}, "same-step"),
    ("nothing", {"srv/data/.wh.two": b""}, "same-step"),
    ("a cache", {"var/cache/apt/.wh.pkgcache.bin": b""}, "caches"),
    ("a reserved name", {"srv/.wh..wh.plnk": b""}, "same-step"),
    (
        "a package with its program",
        {
            "var/lib/dpkg/status": status(("shell", "5")),
            "usr/bin/.wh.tool": b"",
        },
        "owner-changed",
    ),
]


@pytest.mark.parametrize(("entries", "rule"), [case[1:] for case in GONE], ids=[c[0] for c in GONE])
def test_a_marker_has_the_cause_of_what_it_takes_away(
    tmp_path: Path, entries: Entries, rule: str
) -> None:
    one = image((base(), BASE), ({"srv/x": b"1"}, APT))
    two = image((base(), BASE), ({"srv/x": b"1", **dict(entries)}, APT))
    found = compared(tmp_path, one, two, LayerPair(1, 1))
    (marker,) = (path for path in dict(entries) if ".wh." in path)
    assert rules(found)[marker] == rule


def test_what_a_marker_hides_and_its_layer_has_again_is_not_taken_away(tmp_path: Path) -> None:
    one = image((base(), BASE), ({"srv/x": b"1"}, APT))
    again: Entries = {"srv/x": b"1", "bin/.wh..wh..opq": b"", "bin/shell": program(b"5")}
    two = image((base(), BASE), (again, APT))
    found = rules(compared(tmp_path, one, two, LayerPair(1, 1)))
    assert found["bin/.wh..wh..opq"] == "same-step"
    assert found["bin/shell"] == "packaged-program"


def test_markers_are_told_as_what_they_are(tmp_path: Path) -> None:
    two = image((base(), BASE), ({"bin/.wh.shell": b"", "srv/.wh..wh..opq": b""}, APT))
    part = compared(tmp_path, two, two, LayerPair(0, 1)).children[0].child("files")
    assert part is not None
    types = {child.subject: child.after["type"] for child in part.of_kind(Kind.ADDED)}
    assert types == {"bin/.wh.shell": "whiteout", "srv/.wh..wh..opq": "opaque"}


def test_the_same_command_that_left_something_else_is_not_explained(tmp_path: Path) -> None:
    sides = [image((base(), BASE), ({"srv/x": word}, APT)) for word in (b"1", b"2")]
    assert rules(compared(tmp_path, sides[0], sides[1], LayerPair(1, 1))) == {"srv/x": "same-step"}
    copies = [image((base(), BASE), ({"srv/x": word}, "COPY x /srv")) for word in (b"1", b"2")]
    assert rules(compared(tmp_path, copies[0], copies[1], LayerPair(1, 1))) == {
        "srv/x": "other-input"
    }


def test_where_a_lower_layer_cannot_be_read_no_cause_is_told_and_none_passes(
    tmp_path: Path,
) -> None:
    sides = []
    for word in (b"1", b"2"):
        made = ImageBuilder().layer(raw_blob=b"\x1f\x8b broken", raw_tar=b"", created_by=BASE)
        sides.append(made.layer({"srv/x": word}, created_by="COPY x /srv"))
    found = compared(tmp_path, sides[0], sides[1], LayerPair(1, 1))
    part = found.children[0].child("files")
    assert part is not None
    assert part.notes == (NO_CAUSES,)
    assert [child.cause for child in part.children] == [None]
    assert failing(found, told_of(LayerPair(1, 1))) == ("files", "unexplained")


def test_a_hard_link_to_a_setuid_program_is_a_setuid_program(tmp_path: Path) -> None:
    entries = {"usr/bin/su": File(b"su", mode=0o4755)}
    one = image((entries, APT))
    two = image(({**entries, "srv/su": HardLink("usr/bin/su", mode=0o4755)}, APT))
    found = compared(tmp_path, one, two, LayerPair(0, 0))
    assert failing(found, ["setuid"]) == ("setuid",)


def test_an_image_on_one_side_only_is_named_and_fails(tmp_path: Path) -> None:
    one = image((base(), BASE)).write_oci(tmp_path / "one", "app:1")
    layout = Layout()
    for platform in ("linux/arm64", "linux/s390x"):  # of one alone it would be the other's partner
        layout.add(image((base(), BASE)).platform(platform).build(), ref_name="app:1")
    two = layout.write_dir(tmp_path / "two")
    for pair in (LayerPair(0, 0), LayerPair(0, 0, as_of=True)):
        with open_inputs([Wanted(str(one)), Wanted(str(two))]) as (before, after):
            found = differences(before, after, Asked(pair), Limits())
        assert {child.kind for child in found.children} == {Kind.ADDED, Kind.REMOVED}
        assert set(failing(found, told_of(pair))) == set(told_of(pair))


NAMES = ("bin/shell", "usr/bin/tool", "srv/a", "srv/b", "srv", "etc/passwd")
CONTENTS = st.one_of(
    st.sampled_from([b"", b"1", b"2\n", b"3\0"]),
    st.builds(program, st.sampled_from([b"1", b"2"])),
)
MARKERS = ("bin/.wh.shell", "usr/bin/.wh.tool", "srv/.wh..wh..opq", ".wh.srv", "etc/.wh.passwd")
LAYER = st.builds(
    lambda files, markers, packages: {
        **{path: data for path, data in files.items() if path != "srv" or len(files) == 1},
        **dict.fromkeys(markers, b""),
        **({"var/lib/dpkg/status": status(*packages)} if packages else {}),
        "var/lib/dpkg/info/tool.list": b"/usr/bin/tool\n",
    },
    st.dictionaries(st.sampled_from(NAMES), CONTENTS, max_size=3),
    st.sets(st.sampled_from(MARKERS), max_size=2),
    st.lists(
        st.sampled_from([("tool", "1"), ("tool", "2"), ("shell", "5")]),
        max_size=2,
        unique_by=lambda each: each[0],
    ),
)
STEPS = st.sampled_from([APT, "COPY x /", "RUN other"])
IMAGES = st.lists(st.tuples(LAYER, STEPS), min_size=2, max_size=2)
SLOW = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))


@SLOW
@given(IMAGES, st.integers(0, 2), st.booleans())
def test_a_layer_does_not_differ_from_itself(
    layers: list[tuple[Entries, str]],
    layer: int,
    as_of: bool,  # noqa: FBT001 - given by hypothesis
) -> None:
    one = image((base(), BASE), *layers)
    with tempfile.TemporaryDirectory() as folder:
        found = compared(Path(folder), one, one, LayerPair(layer, layer, as_of=as_of))
    assert not found.differs
    (files,) = (part for part in found.children[0].children if part.subject == "files")
    assert (files.children, files.notes) == ((), ())


@SLOW
@given(IMAGES, IMAGES, st.tuples(st.integers(0, 2), st.integers(0, 2)), st.booleans())
def test_the_other_way_round_is_the_mirror_image(
    one: list[tuple[Entries, str]],
    two: list[tuple[Entries, str]],
    layers: tuple[int, int],
    as_of: bool,  # noqa: FBT001 - given by hypothesis
) -> None:
    """And every file has a cause; `compared` looks at the other way."""
    first, second = image((base(), BASE), *one), image((base("2"), BASE), *two)
    with tempfile.TemporaryDirectory() as folder:
        pair = LayerPair(*layers, as_of=as_of)
        found = compared(Path(folder), first, second, pair, inside=True)
    (files,) = (part for part in found.children[0].children if part.subject == "files")
    assert all(child.cause is not None for child in files.children)
