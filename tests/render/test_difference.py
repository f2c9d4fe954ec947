"""A difference as text: what a person sees first, and that nothing harms the terminal."""

from __future__ import annotations

from hypothesis import given

from analyzer.diff.compare import compare
from analyzer.packages.distro import Distro
from analyzer.render.difference import difference_text
from analyzer.render.values import inline, shorten, shorten_pair
from analyzer.report import ImageReport, Report
from tests.diff.images import stranger
from tests.diff.reports import image, layer, package, report
from tests.diff.strategies import REPORTS


def text(before: ImageReport, after: ImageReport, **kinds: str) -> str:
    """The comparison of two images as text."""
    one = report(before, name="old.tar", kind=kinds.get("kind", "oci-layout tar"))
    return difference_text(compare(one, report(after, name="new.tar")))


def test_what_is_only_named_is_counted_apart() -> None:
    """A lock file that names 300 packages installs none."""
    named = [package(f"n{n}", kind="npm", state="declared") for n in range(300)]
    found = text(image("a:1", packages=[package("x")]), image("a:1", packages=named))
    assert "packages  1 removed, 300 not installed, only known or named (1 -> 0 installed)" in found


def test_everything_at_once() -> None:
    """The whole text, as it is read."""
    layers = [layer("base"), layer("one", "RUN make"), layer("x")]
    before = image(
        "app:1",
        image_id="c1",
        manifest=None,
        config={
            "config": {"Env": ["PATH=/bin", "A=1"], "Labels": {"org.x": "1"}},
            "history": [{"created_by": "RUN make", "created": "1"}, {"created_by": "X"}],
        },
        layers=layers,
        distro=Distro("debian", "12"),
        packages=[
            package("libc6", "2.36-9", source=("glibc", "2.36-9")),
            package("foo"),
            package("bash"),
            package("lib", licenses=("MIT",)),
            package("moved", layer=0),
        ],
    )
    after = image(
        "app:1",
        image_id="c2",
        config={
            "config": {"Env": ["PATH=/usr/bin"], "Labels": {"org.x": "1"}, "Cmd": ["sh", "-c"]},
            "history": [{"created_by": "RUN make", "created": "2"}, {"created_by": "Y"}],
        },
        layers=[layer("base"), layer("two", "RUN make"), layer("y"), layer("x")],
        distro=Distro("debian", "13"),
        packages=[
            package("libc6", "2.36-10", source=("glibc", "2.36-10")),
            package("new"),
            package("bash", state="config-files"),
            package("lib", licenses=("MIT", "ISC")),
            package("moved", layer=3),
        ],
    )
    assert text(before, after, kind="docker-archive tar") == EVERYTHING


EVERYTHING = """\
old.tar (docker-archive tar) -> new.tar (oci-layout tar)

app:1 linux/amd64: different
  ?    same file             the files were not hashed
  ?    same index            before: the index digest is not recoverable from a
                             docker archive; after: no index leads to the image
  no   same manifest         a manifest names its config
  no   same image ID         rootfs.diff_ids, config.Cmd, config.Env.A,
                             config.Env.PATH, history
  no   same layers           2 in common: 3 layers -> 4 layers
  no   same root filesystem  other packages
  no   same packages         5 differ: 5 packages -> 4 packages
  config    1 added, 1 removed, 1 changed
  history   1 added, 1 removed, 1 changed
  layers    1 added, 1 changed
  distro    1 changed
  packages  1 added, 1 removed, 1 upgraded, 2 changed (5 -> 4 installed)
  note: paired by name and platform

  Identity
    image ID         differs    sha256:d0f631ca1ddb  ->  sha256:9c0abe51c6e6
    manifest digest  not known  (not known)          ->  sha256:05b3abf2579a
    layer digests    differs    2 in common
    diff IDs         differs    2 in common

  Config
    +  config.Cmd       ["sh", "-c"]
    -  config.Env.A     1
    ~  config.Env.PATH  /bin -> /usr/bin

  History
    -  X
    +  Y
    ~  created of 1 step

  Layers
    1 in common at the bottom
    ~  1       RUN make  sha256:7692c3ad3540 -> sha256:3fc4ccfe7458
    =  2 -> 3  COPY x /  sha256:2d711642b726
    +  2       COPY y /  sha256:a1fce4363854

  Distro
    ~  version_id  12 -> 13

  Packages
    +  deb/new:amd64    1.0
    -  deb/foo:amd64    1.0
    ~  deb/bash:amd64   1.0
         (after: not installed; state: installed -> config-files)
    ~  deb/lib:amd64    1.0  (licenses: MIT -> ISC, MIT)
    ~  deb/libc6:amd64  2.36-9 -> 2.36-10  (upgraded)
    =  1 unchanged but from another layer
         layer 0 -> 3: deb/moved:amd64
"""


def test_identical_is_said_plainly() -> None:
    """The same manifest, nothing else to say."""
    assert text(image("a:1"), image("a:1")).splitlines()[2] == "a:1 linux/amd64: same manifest"


def test_identical_content_when_only_the_image_id_is_known() -> None:
    """And why no more can be said."""
    lines = text(image("a:1", manifest=None), image("a:1"), kind="docker-archive tar").splitlines()
    headline = "same image ID; whether it is the same manifest cannot be told"
    assert lines[2] == f"a:1 linux/amd64: {headline}"
    assert any("is not recoverable from" in line for line in lines)


def test_no_digest_no_promise() -> None:
    """Nothing differs, and nothing proves that it is the same."""
    unknown = image("a:1", image_id=None, manifest=None, layers=[layer("a", diff_id=False)])
    assert "no difference is known, and nothing proves" in text(unknown, unknown)


def test_other_wrapping_in_the_headline() -> None:
    """The most frequent worry and its answer."""
    found = text(image("a:1", manifest="m1"), image("a:1", manifest="m2"))
    assert "a:1 linux/amd64: same image ID, other manifest\n" in found


def test_formatting_of_the_config_only() -> None:
    """Digests differ and no member does."""
    found = text(image("a:1", image_id="c1", manifest="m1"), image("a:1", manifest="m2"))
    assert "a:1 linux/amd64: same layers, other config: only written otherwise" in found
    assert "differ only in how they are written" in found


def test_images_on_one_side_only() -> None:
    """Named, with the side."""
    a = report(image("a:1"), stranger("b:1", position=1))
    b = report(image("a:1"), stranger("c:1", position=1, platform="linux/arm64"))
    lines = difference_text(compare(a, b)).splitlines()
    assert "- b:1 linux/amd64: only before" in lines
    assert "+ c:1 linux/arm64: only after" in lines


def test_no_images_at_all() -> None:
    """Not an empty output."""
    assert "no images on either side" in difference_text(compare(report(), report()))


def test_parts_that_could_not_be_compared_say_so() -> None:
    """With the reason, beside what could be."""
    found = text(image("a:1", config={}), image("a:1", packages=[package("x")]))
    assert "\n  config    not compared\n" in found
    assert found.endswith(
        "Not compared\n"
        "    config, history: before: the config is not in this file or could not be read\n"
    )


def test_a_history_that_only_grew() -> None:
    """Nothing is said about entries that stayed as they were."""
    one = image("a:1", config={"history": [{"created_by": "A"}]})
    two = image("a:1", config={"history": [{"created_by": "A"}, {"created_by": "B"}]})
    assert text(one, two).endswith("History\n    +  B\n")


def test_layers_in_another_order() -> None:
    """There is nothing to count, and yet it is a difference."""
    one = image("a:1", layers=[layer("x"), layer("y")])
    two = image("a:1", layers=[layer("y"), layer("x")])
    assert "  layers  order changed\n" in text(one, two)


def test_a_distribution_on_one_side_only() -> None:
    """By its own name."""
    assert "+  Alpine 3\n" in text(
        image("a:1"), image("a:1", distro=Distro("alpine", "3", "Alpine 3"))
    )


def test_control_characters_are_shown_and_not_sent() -> None:
    """In names, versions, values, notes and file names."""
    evil = "\x1b]0;x\x07\n"
    one = report(image(f"a{evil}:1", config={"config": {"Env": [f"A={evil}"]}}), name=evil)
    two = report(
        image(
            f"a{evil}:1",
            config={
                "config": {"Env": ["A=1"], "Labels": {evil: evil, "l": [evil]}},
                evil: {evil: 1},
            },
            layers=[layer("a", evil)],
            distro=Distro(evil, pretty_name=evil),
            packages=[package(evil, evil, arch=evil, licenses=(evil,))],
        ),
        kind=evil,
    )
    found = difference_text(compare(one, two))
    assert "\\x1b]0;x\\x07\\x0a" in found
    assert all(line.isprintable() for line in found.split("\n"))


def test_colors_mark_changed_lines_only_when_asked() -> None:
    """And change nothing else."""
    difference = compare(report(image("a:1")), report(image("a:1", packages=[package("x")])))
    colored = difference_text(difference, color=True)
    assert "\x1b[32m    +  deb/x:amd64  1.0\x1b[0m\n" in colored
    plain = colored.replace("\x1b[32m", "").replace("\x1b[0m", "")
    assert plain == difference_text(difference)


@given(REPORTS, REPORTS)
def test_any_difference_is_text_without_trailing_spaces(one: Report, two: Report) -> None:
    """For pipes, files and reviews."""
    found = difference_text(compare(one, two))
    assert found.endswith("\n")
    assert all(line == line.rstrip() and line.isprintable() for line in found.split("\n"))


def test_values_on_one_line() -> None:
    """Strings without quotes, everything else as in JSON."""
    assert inline("a b") == "a b"
    assert inline("") == '""'
    assert inline({"a": [True, None, 1.5, 'x"y']}) == '{"a": [true, null, 1.5, "x\\"y"]}'


def test_long_values_keep_the_difference_in_sight() -> None:
    """What is cut off is what both have in common."""
    same = "x" * 100
    one, two = shorten_pair(same + "1", same + "2")
    assert one.endswith("1")
    assert two.endswith("2")
    assert one.startswith("...")
    assert shorten_pair("1" + same, "2")[0] == shorten("1" + same)
    assert shorten_pair(same, same + "1") == ("..." + "x" * 12, "..." + "x" * 12 + "1")
    assert len(shorten(same, 10)) == 10
