"""Notes on the screen: short, within 80 columns, said once where platforms agree."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.api import Depth, analyze
from analyzer.render.text import summary, tree
from tests.cli.harness import call
from tests.support.imagebuilder import ImageBuilder, Layout
from tests.support.tarbytes import File

ENV = [f"NAME{number}_PASSWORD=correct-horse-{number}" for number in range(5)]
TITLE = "Notes on the configs ('ociscope explain config-findings')"


def image(platform: str = "linux/amd64", **config: object) -> ImageBuilder:
    program = File(b"", mode=0o4755)
    layer = {"bin/sh": program, "sbin/apk": program, "bin/su": program}
    return ImageBuilder().platform(platform).layer(layer).config(config=config)


@pytest.fixture
def several(tmp_path: Path) -> Path:
    """Two platforms alike, one with much to say."""
    layout = Layout()
    ports: dict[str, object] = {f"{number}/tcp": {} for number in range(8000, 8020)}
    much = image("linux/s390x", User="app", Env=ENV, ExposedPorts=ports)
    much.empty_layer(f"ENV {ENV[0]}").empty_layer(f"ENV {ENV[1]} B={'x' * 300}")
    layout.add_index([image(), image("linux/arm64"), much], ref_name="1")
    return layout.write_dir(tmp_path / "layout")


def notes(text: str) -> list[str]:
    [found] = [part for part in text.split("\n\n") if part.startswith(TITLE)]
    return found.splitlines()[1:]


def test_inspect_says_it_once_where_platforms_agree(several: Path) -> None:
    cut = "x" * 120
    lines = notes(call("inspect", several).text)
    assert lines[:3] == [
        "  1  linux/amd64, linux/arm64",
        "    runs as  root (the config names no user)",
        "  1  linux/s390x",
    ]
    assert lines[3].split() == ["runs", "as", "app"]
    assert lines[4].endswith("8006/tcp, 8007/tcp and 12 more")
    assert [line.partition("  ")[2].strip()[:30] for line in lines[5:7]] == [
        "looks secret  config.Env NAME0",
        "set by        ENV NAME0_PASSWO",
    ]
    assert lines[8].endswith("...")
    assert cut not in lines[8]
    assert lines[-1].endswith("and 2 more, -o json has them all")


def test_analyze_sums_up_what_is_notable(several: Path) -> None:
    answer = call("analyze", several, "--platform", "linux/s390x")
    assert answer.code == 0
    [line] = [line for line in answer.text.splitlines() if line.startswith("  notable ")]
    for part in ("shell bin/sh;", "package manager sbin/apk;", "3 setuid programs;", "ports 8000"):
        assert part in line
    shown = [line for line in answer.text.splitlines() if line.startswith("  looks secret ")]
    assert len(shown) == 4


def test_analyze_says_which_capabilities(tmp_path: Path) -> None:
    raw = bytes.fromhex("0100000200200000000000000000000000000000")  # cap_net_raw=ep
    ping = File(b"", mode=0o755, xattrs={"security.capability": raw})
    names = ("a", "b", "c", "d")
    layer = dict.fromkeys(names, ping)
    path = ImageBuilder().layer(layer).write_oci(tmp_path / "layout")
    listed = ", ".join(f"{name} cap_net_raw=ep" for name in names[:3])
    text = " ".join(call("analyze", path).text.split())
    assert f"4 programs with file capabilities ({listed} and 1 more)" in text


def test_lines_fit_80_columns(several: Path) -> None:
    lines = notes(tree(analyze(str(several), depth=Depth.DOCUMENTS), 80))
    lines += summary(analyze(str(several)), None, 80).splitlines()
    assert max(len(line) for line in lines if "xxx" not in line) <= 80


def test_nothing_is_said_of_an_image_without_config(tmp_path: Path) -> None:
    path = image().config_bytes(b"[]").write_oci(tmp_path / "layout")
    assert TITLE not in call("inspect", path).text
    windows = image("windows/amd64").write_oci(tmp_path / "windows")
    assert TITLE not in call("inspect", windows).text


def test_notes_change_no_exit_code_and_are_no_problems(several: Path) -> None:
    report = analyze(str(several))
    assert all(image.findings for image in report.images)
    assert report.exit_code == 0
    assert report.all_problems == ()
