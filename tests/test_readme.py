"""The README shows what the commands really print, and every limit there is.

With UPDATE_GOLDEN=1 the blocks are rewritten instead; CI refuses that.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from analyzer.limits import Limits

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
BLOCK = re.compile(
    r"```console\n\$ scripts/ociscope (?P<line>[^\n]*)\n(?P<shown>.*?)```", re.DOTALL
)
LIMITS = re.compile(r"<!-- limits -->\n.*?(?=\n## )", re.DOTALL)


def blocks() -> list[tuple[str, str]]:
    return [(m["line"], m["shown"]) for m in BLOCK.finditer(README.read_text("utf-8"))]


def printed(line: str, out: Path) -> str:
    """What the command prints, both streams, with `out/` standing for a fresh folder."""
    words = [word.replace("out/", f"{out}/") for word in shlex.split(line)]
    done = subprocess.run(
        [sys.executable, "-m", "analyzer", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
        env={**os.environ, "PYTHONUTF8": "1", "COLUMNS": "100"},
    )
    return done.stdout.replace(f"{out}/", "out/")


def limits_table() -> str:
    """Every limit with its default, from the class itself."""
    rows = ["<!-- limits -->", "| limit | default |", "|---|---|"]
    rows += [f"| `{field.name}` | {field.default:,} |" for field in fields(Limits)]
    return "\n".join(rows).replace(",", " ") + "\n"


@pytest.mark.parametrize(("line", "shown"), blocks(), ids=[line for line, _ in blocks()])
def test_a_command_prints_what_the_readme_shows(line: str, shown: str, tmp_path: Path) -> None:
    real = printed(line, tmp_path / "out")
    if os.environ.get("UPDATE_GOLDEN") and not os.environ.get("CI"):
        old = f"$ scripts/ociscope {line}\n{shown}```"
        text = README.read_text("utf-8").replace(old, f"$ scripts/ociscope {line}\n{real}```")
        README.write_text(text, "utf-8")
        return
    assert shown == real


def test_the_readme_lists_every_limit() -> None:
    text = README.read_text("utf-8")
    if os.environ.get("UPDATE_GOLDEN") and not os.environ.get("CI"):
        README.write_text(LIMITS.sub(lambda _: limits_table(), text), "utf-8")
        return
    found = LIMITS.search(text)
    assert found is not None
    assert found[0] == limits_table()


def test_the_readme_shows_every_command() -> None:
    shown = {line.split()[0] for line, _ in blocks()}
    assert shown == {
        "analyze",
        "inspect",
        "ids",
        "packages",
        "layers",
        "files",
        "log",
        "cat",
        "check",
        "cp",
        "export",
        "sbom",
        "diff",
        "platforms",
        "lookup",
        "verify",
        "explain",
        "catalogers",
    }
