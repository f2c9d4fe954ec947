"""Every view of files and logs of every hostile input: an answer or an error, never a traceback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.harness import call
from tests.cli.test_hostile import MORE
from tests.support.hostile import HOSTILE

VIEWS = (
    ("files", "--all-layers", "-o", "csv"),
    ("files", "--deleted", "--sha256"),
    ("files", "--layer", "0", "-o", "json"),
    ("files", "--tree", "**"),
    ("files", "-o", "mtree"),
    ("log", "etc/passwd"),
    ("log", "/", "-o", "json"),
)


@pytest.mark.parametrize("sentence", HOSTILE)
def test_every_view_survives(sentence: str, tmp_path: Path) -> None:
    case = HOSTILE[sentence](tmp_path / "case")
    for verb, *options in VIEWS:
        answer = call(verb, case, *options, *MORE.get(sentence, ()))
        assert answer.code in {0, 1, 2, 3}, options
        assert "internal error" not in answer.err, options
        assert all(line.isprintable() for line in answer.said.split("\n")), options
        if answer.code == 2:
            assert answer.out == b"", options
            assert answer.err.startswith("ociscope: error: "), options
        elif "json" in options:
            json.loads(answer.out)
