"""Every hostile case through every command: an exit code, words, and nothing else left behind."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.harness import TAKING, VERBS, Answer, call, files_below, words
from tests.cli.measured import measured
from tests.support.hostile import EXPECT, HOSTILE
from tests.support.hostile_bombs import BOMBS, SMALL_BOMBS

SECONDS = 60
"""Of processors, for one command on one case; the slowest takes a fourth of it. What a busy disk
takes with a million folders says nothing of us."""

OUTER_BOMB = "an archive that inflates to 16 GiB of zeros"
_SOON = ("--limit", "ratio_free_bytes=16M")
MORE = {
    **{sentence: _SOON for sentence in BOMBS.writers if " bomb of " in sentence},
    OUTER_BOMB: _SOON,
    "a layer whose few paths make a million folders": ("--limit", "layer_entries=100000"),
}
"""The bounds by default are too slow to reach for every command and case."""

LONG_NAME = re.compile(r"a layer with a .* (path|link|name) of (a megabyte|200 000 folders)")
_HEADERS = (
    "a tar header flipped in mid-layer",
    "a pax record that claims a huge size",
    "a pax header that is itself huge",
    "a negative size in base 256",
    "a size of 2 to the 80 in base 256",
    "a layer with rubbish in place of gzip",
    "a layer that claims a file of exabytes and ends",
    "a layer whose few paths make a million folders",
    *(sentence for sentence in BOMBS.writers if LONG_NAME.fullmatch(sentence)),
)
_DATABASE = "a package database that is a sparse file of exabytes"
_NOT_THERE = (
    "a layout whose layer blob is a named pipe",
    "an archive whose layers are symlinks in a loop",
    "an archive whose layer is a symlink out of it",
    "a save without images",
    "a save whose config is named out of the archive",
    "a save that lists a layer which is not there",
    "docker manifest.json that is a JSON list",
    "an index.json without manifests",
    "a manifest that is not there",
    "a config that is not there",
    "a layer that is not there",
    "a layer missing from one of two platforms",
)
UNSEEN = {
    # `inspect` hashes stored bytes and does not inflate them. A layer that is cut off has
    # neither its size nor its digest; one that is damaged by its maker has both.
    **{("inspect", f"a layer that is cut off, compressed with {c}"): 1 for c in ("gzip", "zstd")},
    ("inspect", "a layer that is cut off, compressed with none"): 1,
    ("inspect", "a layer whose diff ID is not the declared one"): 0,
    ("inspect", "a gzip layer that inflates to 2 GiB of zeros"): 0,
    ("inspect", "a zstd layer that inflates to 16 GiB of zeros"): 0,
    **{("inspect", sentence): 0 for sentence in SMALL_BOMBS},
    ("inspect", "a bomb of gzip inside a compressed archive"): 0,
    ("inspect", "a layer that is compressed twice"): 0,
    # `ids` inflates layers and does not read them as tar: their digests are right.
    ("ids", "a layer that is cut off, compressed with none"): 1,
    **{(verb, sentence): 0 for verb in ("inspect", "ids") for sentence in _HEADERS},
    # `verify` says 3 only of bytes that are in the file, and 2 only where no image is at all:
    # docs/decisions/0006-exit-codes.md.
    **{("verify", sentence): 1 for sentence in _NOT_THERE},
    ("verify", "a save whose manifest.json is null"): 3,
    # A lookup looks as deep as `ids`; its 1 says that nothing matched.
    ("lookup", "a layer that is cut off, compressed with none"): 1,
    ("lookup", "a layer whose diff ID is not the declared one"): 1,
    **{("lookup", sentence): 1 for sentence in _HEADERS},
    # Only who catalogues packages reads their database.
    **{(verb, _DATABASE): 0 for verb in ("inspect", "ids", "files", "verify")},
    ("lookup", _DATABASE): 1,
}
"""What a command that does not look that deep answers, exactly."""


def arguments(verb: str, case: Path, out: Path) -> list[object]:
    return [*words(verb, case), *(("-d", out) if verb in {"analyze", "sbom"} else ())]


def code_faults(verb: str, sentence: str, answer: Answer) -> Iterator[str]:
    """Whether the exit code, and the words that go with it, are fair."""
    expect = EXPECT[sentence]
    unseen = UNSEEN.get((verb, sentence))
    if unseen is not None:
        if answer.code != unseen:
            yield f"exit code {answer.code}, not {unseen}"
    elif verb == "lookup" and answer.code == 1:
        if not expect.codes & {0, 1}:
            yield f"nothing wrong seen, but {expect}"
    elif not expect.accepts(answer.code, answer.said):
        yield f"exit code {answer.code} or words not as in {expect}: {answer.err[:500]}"


def faults(verb: str, sentence: str, answer: Answer, out: Path) -> Iterator[str]:
    """Everything that is wrong with an answer."""
    yield from code_faults(verb, sentence, answer)
    if "Traceback" in answer.err or "internal error" in answer.err:
        yield answer.err[:500]
    if answer.code == 2 and not answer.err.startswith("ociscope: error: "):
        yield f"no message: {answer.err[:200]!r}"
    if answer.code == 2 and answer.out:
        yield "half a result on standard output"
    for line in (answer.text + answer.err).split("\n"):
        if not line.isprintable():
            yield f"raw control characters: {line[:200]!r}"
            break
    yield from strange_files(answer, out)


DEPTH = {
    "report.json": 0,
    "SHA256SUMS": 0,
    "index.spdx.json": 1,
    "packages.json": 2,
    "sbom.spdx.json": 2,
    "sbom.cdx.json": 2,
    "sbom.spdx.intoto.json": 2,
}
"""How many folders deep the files lie that `analyze -d` and `sbom -d` write."""


def strange_files(answer: Answer, out: Path) -> Iterator[str]:
    """Files that are not whole, not ours, or there although nothing could be done."""
    for name, data in files_below(out).items():
        if answer.code == 2:
            yield f"left {name} behind"
        depth = DEPTH.get(name.rpartition("/")[2])
        if depth is None:
            yield f"a file called {name}"
        elif name.count("/") != depth:
            yield f"a file at {name}"
        if name == "SHA256SUMS":
            continue
        try:
            json.loads(data)
        except ValueError as problem:
            yield f"{name} is no JSON: {problem}"


@pytest.mark.parametrize("sentence", HOSTILE)
def test_every_command_survives(sentence: str, tmp_path: Path) -> None:
    case = HOSTILE[sentence](tmp_path / "case")
    before = sorted(tmp_path.iterdir())
    wrong = []
    for verb in VERBS:
        out = tmp_path / f"out-{verb}"
        start = time.process_time()
        answer = call(*arguments(verb, case, out), *MORE.get(sentence, ()))
        wrong += [f"{verb}: {fault}" for fault in faults(verb, sentence, answer, out)]
        if time.process_time() - start > SECONDS:
            wrong.append(f"{verb}: took longer than {SECONDS} s")
    assert not wrong, "\n".join(wrong)
    outs = {tmp_path / f"out-{verb}" for verb in VERBS}
    assert sorted(set(tmp_path.iterdir()) - outs) == before


@pytest.mark.parametrize("sentence", HOSTILE)
def test_what_takes_files_out_survives(sentence: str, tmp_path: Path) -> None:
    """Whole output or none, and nothing beside the place that was asked for."""
    case = HOSTILE[sentence](tmp_path / "case")
    for verb in TAKING:
        place = tmp_path / "case.out"
        before = sorted(set(tmp_path.iterdir()) - {place})
        start = time.process_time()
        answer = call(*words(verb, case, place=place), *MORE.get(sentence, ()))
        assert answer.code in {0, 1, 2, 3}, (verb, answer.code)
        assert "Traceback" not in answer.err, verb
        assert "internal error" not in answer.err, verb
        if answer.code == 2:
            assert answer.err.startswith("ociscope: error: "), verb
            assert answer.out == b"", verb
            assert not place.exists(), verb
        assert all(line.isprintable() for line in answer.err.split("\n")), verb
        assert time.process_time() - start < SECONDS, verb
        assert sorted(set(tmp_path.iterdir()) - {place}) == before, verb
        if place.exists():
            shutil.rmtree(place) if place.is_dir() else place.unlink()


def test_the_exceptions_name_cases_that_exist() -> None:
    assert {sentence for _, sentence in UNSEEN} <= HOSTILE.keys()


@pytest.mark.parametrize(
    "sentence",
    [
        "a path where nothing is",
        "a gzip layer that inflates to 2 GiB of zeros",
        "a zstd layer that inflates to 16 GiB of zeros",
        "manifest that is nested lists without end",
        "names that hold escape codes and line breaks",
        "fifty thousand entries of nothing",
    ],
)
def test_the_program_survives_in_little_memory(sentence: str, tmp_path: Path) -> None:
    found = measured("analyze", HOSTILE[sentence](tmp_path / "case"))
    assert EXPECT[sentence].accepts(found.code, found.said), found.said
    assert "Traceback" not in found.said
    assert found.peak < 300 << 20
    assert found.seconds < SECONDS
