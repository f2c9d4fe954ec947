"""SBOM documents on standard input, told from images there by their content."""

from __future__ import annotations

import gzip
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.harness import APK, MULTI, SAVE, Answer, call, command
from tests.support.tools import ROOT

ONE = ("--platform", "linux/amd64")
FORMS = ("spdx-json", "spdx-tv", "cyclonedx-json", "cyclonedx-xml", "intoto", "syft-json")


def piped(data: bytes, *words: object) -> Answer:
    done = subprocess.run(
        command(*words), input=data, capture_output=True, check=False, cwd=ROOT, timeout=120
    )
    return Answer(done.returncode, done.stdout, done.stderr.decode())


@pytest.mark.parametrize("form", FORMS)
def test_a_document_is_converted_as_from_a_file(form: str, tmp_path: Path) -> None:
    source = tmp_path / "document"
    assert call("sbom", APK, "-o", f"{form}={source}").code == 0
    answer = piped(source.read_bytes(), "sbom", "-", "-o", "cyclonedx-json")
    assert answer.code == 0
    assert answer.out == call("sbom", source, "-o", "cyclonedx-json").out


def test_a_document_is_checked_and_compared_as_from_a_file(tmp_path: Path) -> None:
    source = tmp_path / "document"
    assert call("sbom", MULTI, *ONE, "-o", f"spdx-json={source}").code == 0
    data = source.read_bytes()
    expected = call("check", source).text.replace("document:", "standard input:", 1)
    answer = piped(data, "check", "-")
    assert (answer.code, answer.text) == (1, expected)
    for sides in (("-", MULTI), (MULTI, "-")):
        answer = piped(data, "diff", *sides, "--exit-code")
        assert answer.code == 0
        assert "12 of 12 packages agree" in answer.text


def test_a_document_that_comes_in_pieces_is_one() -> None:
    document = call("sbom", APK, "-o", "cyclonedx-json").out
    with subprocess.Popen(
        command("sbom", "-", "-o", "purl"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stdin is not None
        process.stdin.write(document[:1])
        process.stdin.flush()
        out, _ = process.communicate(document[1:], timeout=120)
    assert out == call("sbom", APK, "-o", "purl").out


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_an_image_stays_an_image(pack: Callable[[bytes], bytes]) -> None:
    answer = piped(pack(SAVE.read_bytes()), "sbom", "-", "-o", "purl")
    assert (answer.code, answer.out) == (0, call("sbom", SAVE, "-o", "purl").out)


@pytest.mark.parametrize("verb", ["sbom", "check"])
def test_anything_else_is_neither(verb: str) -> None:
    answer = piped(b'{"a": 1}', verb, "-")
    assert (answer.code, answer.out) == (2, b"")
    assert "standard input: neither an SBOM document nor an image archive" in answer.err


@pytest.mark.parametrize("text", ['{"a": 1}', "<html/>"])
@pytest.mark.parametrize("verb", ["sbom", "check", "diff"])
def test_neither_is_said_of_a_file_too(verb: str, text: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(text)
    answer = call(verb, tmp_path / "a.json", *([MULTI] if verb == "diff" else []))
    assert (answer.code, answer.out) == (2, b"")
    assert "a.json: neither an SBOM document nor an image archive" in answer.err


def test_a_document_beyond_the_limit_is_refused() -> None:
    document = call("sbom", APK, "-o", "cyclonedx-json").out
    answer = piped(document, "check", "-", "--limit", "sbom_bytes=1000")
    assert answer.code == 2
    assert "limit sbom_bytes is 1000" in answer.err
