"""Platforms of images that real tools made: the package part against what dpkg-query listed."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from analyzer.api import analyze
from analyzer.diff.platforms.compare import compare_platforms
from analyzer.diff.platforms.model import Part, State
from analyzer.diff.platforms.rules import ARCHITECTURE
from tests.support.languageanswers import last, of_npm
from tests.support.realimages import LANGUAGES, expected, real_image
from tests.support.tools import require_tool, run, shared

if TYPE_CHECKING:
    from pathlib import Path

    from analyzer.diff.platforms.model import ImagePlatforms

ARCHITECTURES = ("amd64", "arm64")
Lists = dict[str, dict[str, set[tuple[str, str]]]]
"""By architecture and name: version, and state unless it is installed."""


def compared(path: Path) -> ImagePlatforms:
    (image,) = compare_platforms(analyze(str(path))).images
    assert [column.label for column in image.columns] == ["linux/amd64", "linux/arm64"]
    return image


def listed(image: str) -> Lists:
    """What `dpkg-query -W` printed on each platform."""
    found: Lists = {}
    for arch in ARCHITECTURES:
        lines = (
            last(arch, "dpkg")
            if image == LANGUAGES
            else expected(image)["platforms"][arch]["packages"]
        )
        names: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for line in lines:
            state, name, version, _ = line.split()
            names[name].add((version, "" if state == "installed" else f" ({state})"))
        found[arch] = dict(names)
    return found


def own_architecture(image: str, arch: str) -> set[str]:
    lines = (
        last(arch, "dpkg") if image == LANGUAGES else expected(image)["platforms"][arch]["packages"]
    )
    return {line.split()[1] for line in lines if line.split()[3] == arch}


@pytest.mark.parametrize("name", ["oci-layout", LANGUAGES])
def test_packages_differ_where_the_lists_of_dpkg_query_do(name: str) -> None:
    lists = listed(name)
    one, two = (lists[arch] for arch in ARCHITECTURES)
    differing = {n for n in one.keys() | two.keys() if one.get(n) != two.get(n)}
    image = compared(real_image(name))
    rows = [r for r in image.rows if r.part is Part.PACKAGES and r.subject.startswith("deb/")]
    found = {row.subject.removeprefix("deb/"): row for row in rows}
    assert {n for n, row in found.items() if row.rules != (ARCHITECTURE,)} == differing
    for package in differing:
        for arch, cell in zip(ARCHITECTURES, found[package].cells, strict=True):
            stated = sorted(version + state for version, state in lists[arch].get(package, ()))
            assert (cell.value if cell.state is State.THERE else []) == stated
    same = own_architecture(name, "amd64") & own_architecture(name, "arm64") - differing
    assert {n for n, row in found.items() if row.rules == (ARCHITECTURE,)} == same
    assert len(same) > 40


def test_the_language_image_has_what_dpkg_and_npm_say_and_nothing_else() -> None:
    """Emulation left packages unpacked on arm64; npm took a program of each architecture."""
    one, two = (listed(LANGUAGES)[arch] for arch in ARCHITECTURES)
    differing = {f"deb/{n}" for n in one.keys() | two.keys() if one.get(n) != two.get(n)}
    assert differing
    image = compared(real_image(LANGUAGES))
    assert {row.subject for row in image.unexpected} == differing
    programs = [dict(of_npm(last(arch, "npm"))) for arch in ARCHITECTURES]
    programs = [
        {**p, **dict(of_npm(last(a, "shop")))} for a, p in zip(ARCHITECTURES, programs, strict=True)
    ]
    alone = [set(programs[0]) - set(programs[1]), set(programs[1]) - set(programs[0])]
    (row,) = (row for row in image.rows if row.rules == ("name-of-architecture",))
    assert [set(cell.value) for cell in row.cells] == alone
    first = image.claims[0]
    assert (first.not_in_it, first.missed, first.other_version) == (*map(len, alone), 0)


def test_platforms_of_one_build_file_by_buildkit() -> None:
    image = compared(shared("samples", "buildkit-oci-debian-two-platforms-zstd.tar"))
    assert image.unexpected == ()
    assert [column.packages for column in image.columns] == [96, 96]
    assert set(image.expected()) == {
        *("architecture", "platform", "architecture-in-text", "build-time"),
    }


def test_the_settings_that_skopeo_reads_differ_in_the_architecture_alone() -> None:
    """Every member of the two configs but times, diff IDs and comments, by another reader."""
    path = real_image("oci-layout")
    configs = []
    for arch in ARCHITECTURES:
        line = ["skopeo", "inspect", "--config", "--raw", "--override-arch", arch]
        config = json.loads(run([*line, f"oci:{path}"]).stdout)
        for step in config["history"]:
            step.pop("comment", None)
        configs.append({**config, "rootfs": None})
    differing = {key for key in configs[0] if configs[0][key] != configs[1].get(key)}
    image = compared(path)
    found = {row.subject for row in image.rows if row.part is Part.CONFIG}
    assert found == differing == {"architecture"}


CONTAINERFILE = """FROM scratch
ARG TARGETARCH
COPY a-$TARGETARCH /a
COPY same /same
LABEL k=v
USER 1000
"""


def test_what_buildah_writes_of_its_own_is_no_difference(tmp_path: Path) -> None:
    """Comments name intermediate images, and steps hold the hash of what they copied."""
    buildah = require_tool("buildah")
    for name, text in (("Containerfile", CONTAINERFILE), ("a-amd64", "1"), ("a-arm64", "2")):
        (tmp_path / name).write_text(text)
    (tmp_path / "same").write_text("same")
    store = ["--root", str(tmp_path / "root"), "--runroot", str(tmp_path / "run")]
    line = [buildah, "--storage-driver", "vfs", *store]
    both = ["--layers", "--platform", "linux/amd64,linux/arm64", "--manifest", "m"]
    run([*line, "bud", "--isolation", "chroot", *both, str(tmp_path)])
    run([*line, "manifest", "push", "--all", "m", f"oci:{tmp_path}/layout:1"])
    image = compared(tmp_path / "layout")
    assert image.unexpected == ()
    assert set(image.expected()) == {
        *("platform", "build-time", "copied-content", "builder-names"),
    }
