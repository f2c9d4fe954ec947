"""Lock files of Bundler against Bundler's own reader."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from analyzer.packages.formats.gemfilelock import read_lock
from tests.support.tools import require_tool, run

FACTS = Path(__file__).with_name("lock_facts.rb")
FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "packages" / "rubylocks"

LOCKS = [
    # Bounds and platforms with hyphens, a pinned gem, an option in its way.
    (
        "GEM\n  remote: https://rubygems.org/\n  specs:\n    a (1.0.0.pre.1-x86_64-linux-musl)\n"
        "      b (>= 1.a, < 2.0.0-x, != 1.5)\n      c!\n    b (1.5)\n    c (2)\n\n"
        "PLATFORMS\n  x86_64-linux-musl\n\nDEPENDENCIES\n  a (= 1.0.0.pre.1)!\n  c\n"
    ),
    # Sections by the dozen, and one from the future.
    (
        "PATH\n  remote: .\n  glob: x/*.gemspec\n  specs:\n    own (0)\n\n"
        "PATH\n  remote: engines/x\n  specs:\n    x (3)\n      own\n\n"
        "COMING SOON\n  y (1)\n\nPLATFORMS\n  ruby\n"
    ),
]


def test_gems_are_those_that_bundler_reads(tmp_path: Path) -> None:
    texts = [*LOCKS, (FIXTURES / "ordinary" / "srv" / "app" / "Gemfile.lock").read_text()]
    files = [tmp_path / f"{number}.lock" for number in range(len(texts))]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text)
    require_tool("bundle")
    shown = run([require_tool("ruby"), FACTS, *files]).stdout.splitlines()
    for text, line in zip(texts, shown, strict=True):
        gems, faults = read_lock(text.encode())
        assert faults == []
        found = [
            {
                "name": gem.name,
                "version": gem.version,
                "platform": gem.platform or "ruby",
                "needs": sorted(gem.needs),
            }
            for gem in gems
        ]
        assert sorted(found, key=str) == sorted(json.loads(line), key=str)


def test_both_sides_of_a_merge_are_listed_with_a_fault() -> None:
    """Bundler refuses such a file as a whole."""
    sides = "<<<<<<< HEAD\n    a (1)\n=======\n    a (2)\n>>>>>>> other\n"
    gems, faults = read_lock(f"GEM\n  specs:\n{sides}".encode())
    assert [gem.version for gem in gems] == ["1", "2"]
    assert [fault.lost for fault in faults] == [False] * 3


@given(st.binary(max_size=500))
def test_any_bytes(data: bytes) -> None:
    for lock in (data, b"GEM\n  specs:\n    a (1)\n" + data):
        gems, _ = read_lock(lock)
        assert all(gem.name for gem in gems)


def test_a_line_of_blanks_is_no_gem() -> None:
    """Bundler passes over lines that none of its expressions match."""
    for blanks in ("      ", "    "):
        gems, faults = read_lock(f"GEM\n  specs:\n{blanks}\n    a (1)\n{blanks}\n".encode())
        assert [(gem.name, gem.needs) for gem in gems] == [("a", [])]
        assert faults == []
