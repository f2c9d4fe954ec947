"""How a difference reads: nothing twice, nothing wider than a terminal, what matters first."""

from __future__ import annotations

import csv
import io
from itertools import permutations
from pathlib import Path

import pytest

from analyzer.render.buildsteps import config_value, step_of
from tests.cli.harness import MULTI, call
from tests.support.imagebuilder import File, ImageBuilder
from tests.support.realimages import successor

STEP = "RUN /bin/sh -c make " + " ".join(f"--option-{n}=value" for n in range(20))
NAMES = [f"etc/app/conf.d/{n}.conf" for n in range(6)]
COLUMNS = 80


@pytest.fixture
def sides(tmp_path: Path) -> tuple[Path, Path]:
    """The same command left six files in the second image, and settings differ at length."""
    one = ImageBuilder().layer({"etc/x": b"1"}, created_by=STEP)
    one.config(config={"Env": ["A=" + "a" * 200], "Labels": {"l" * 60: "v" * 60}})
    two = ImageBuilder().layer(
        {"etc/x": b"1", **dict.fromkeys(NAMES, b"1"), "etc/app/set": File(b"1", mode=0o4755)},
        created_by=STEP,
    )
    two.config(
        config={
            "Env": ["A=" + "a" * 199 + "b"],
            "Labels": {"l" * 60: "w" * 60},
            "Healthcheck": {"Test": ["CMD-SHELL", "curl -f http://x"], "Interval": 90 * 10**9},
            "User": "",
            "Domainname": "",
        }
    )
    return one.write_oci(tmp_path / "one", "app:1"), two.write_oci(tmp_path / "two", "app:1")


@pytest.mark.parametrize("options", [(), ("--unexplained",)])
def test_no_line_is_wider_than_a_terminal(
    sides: tuple[Path, Path], options: tuple[str, ...]
) -> None:
    for pair in (sides, sides[::-1]):
        lines = call("diff", *pair, *options).text.splitlines()
        assert [line for line in lines if len(line) > COLUMNS] == []


def test_real_images_are_told_on_80_columns() -> None:
    for pair in permutations(("before", "after", "again"), 2):
        lines = call("diff", *map(successor, pair)).text.splitlines()
        assert [line for line in lines if len(line) > COLUMNS] == []


def test_files_of_one_cause_in_one_folder_are_told_together(sides: tuple[Path, Path]) -> None:
    """With all names in --unexplained, the setuid file apart, and every file in JSON."""
    text = call("diff", *sides).text
    assert text.count("the same command made something else") == 2
    assert "    ?  etc/app/" in text
    assert text.index("etc/app/set  (added, setuid") < text.index("with 7 names in it")
    alone = call("diff", *sides, "--unexplained").text
    assert all(name.removeprefix("etc/app/") in alone for name in NAMES)
    (pair,) = call("diff", *sides, "-o", "json").json["images"]
    (part,) = (child for child in pair["children"] if child["subject"] == "files")
    rules = {child["subject"]: child["cause"]["rule"] for child in part["children"]}
    assert {rules[name] for name in NAMES} == {"same-step"}


def test_members_without_a_value_share_a_line(sides: tuple[Path, Path]) -> None:
    text = call("diff", *sides).text
    assert "+  2 without a value: config.Domainname, config.User\n" in text


def test_a_health_check_is_written_as_in_a_dockerfile(sides: tuple[Path, Path]) -> None:
    """Dockerfile reference, "HEALTHCHECK": options, then CMD; times as 30s or 1m30s."""
    told = "--interval=1m30s CMD curl -f http://x"
    assert told in call("diff", *sides).text
    assert f"| {told} |" in call("diff", *sides, "-o", "md").text


@pytest.mark.parametrize(
    ("member", "value", "told"),
    [
        ("Interval", 30_000_000_000, "30s"),
        ("Timeout", 3_600_000_000_000, "1h"),
        ("StartPeriod", 1_500_000_000, "1.5s"),
        ("StartInterval", 0, "0s"),
        ("Retries", 3, "3"),
        ("Test", ["NONE"], "NONE"),
        ("Test", ["CMD", "a", "b c"], 'CMD ["a", "b c"]'),
        ("Test", ["CMD-SHELL", "a || b"], "CMD a || b"),
        ("Test", [1], "[1]"),
        ("Interval", "x", "x"),
        ("Interval", -1, "-1"),
    ],
)
def test_members_of_a_health_check(member: str, value: object, told: str) -> None:
    assert config_value(f"config.Healthcheck.{member}", value) == told


def test_a_health_check_of_unknown_members_is_left_as_it_is() -> None:
    whole = {"Test": ["CMD", "a"], "Other": 1}
    assert config_value("config.Healthcheck", whole) == '{"Test": ["CMD", "a"], "Other": 1}'


def test_a_step_is_told_without_what_builders_put_around_it() -> None:
    copied = "a" * 64
    named = f'history["/bin/sh -c #(nop) COPY file:{copied} in /a "]'
    assert step_of(named) == f"COPY file:{'a' * 12} in /a"
    assert step_of(r'history["/bin/sh -c #(nop)  CMD [\"/a\"]"]') == 'CMD ["/a"]'
    assert step_of('history["RUN /bin/sh -c make # buildkit"].created') == "RUN make"


def test_platforms_that_differ_as_expected_have_no_sections_of_notes_alone() -> None:
    platforms = ("--platform", "linux/amd64", "--platform", "linux/arm64")
    text = call("diff", MULTI, *platforms).text
    headings = [line.strip() for line in text.splitlines() if line[:3].strip() and line[2] != " "]
    for part in ("Config", "Packages"):
        assert f"\n  {part}\n" not in text, headings
    assert "\n  Expected between platforms, and left out\n" in text
    assert "    1  member of the config that says which platform it is\n" in text


def test_csv_says_the_kind_and_the_rule_of_a_cause(sides: tuple[Path, Path]) -> None:
    """As JSON does."""
    (pair,) = call("diff", *sides, "-o", "json").json["images"]
    (part,) = (child for child in pair["children"] if child["subject"] == "files")
    expected = {
        (child["subject"], child["cause"]["kind"], child["cause"]["rule"])
        for child in part["children"]
    }
    rows = list(csv.DictReader(io.StringIO(call("diff", *sides, "-o", "csv").text)))
    files = [row for row in rows if row["part"] == "files"]
    assert {(row["subject"], row["cause_kind"], row["rule"]) for row in files} == expected
    assert {row["cause_kind"] for row in rows if row["part"] != "files"} == {""}
    assert {"file, 1 B"} <= {row["after"] for row in files}


def test_markdown_names_what_is_not_compared_once(tmp_path: Path) -> None:
    """A root filesystem has no config and no layers: one line, and no empty tables."""
    for name, text in (("one", "1"), ("two", "2")):
        (tmp_path / name / "etc").mkdir(parents=True)
        (tmp_path / name / "etc" / "os-release").write_text(f"ID=debian\nVERSION_ID={text}\n")
    markdown = call("diff", tmp_path / "one", tmp_path / "two", "-o", "md").text
    assert "- not compared: config, history: both: a root filesystem has no config\n" in markdown
    assert "#### Config" not in markdown
    assert "#### Identity" not in markdown
