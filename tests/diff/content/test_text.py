"""Hunks of texts are those of GNU diff, and can be applied by GNU patch."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.diff.content.lines import common_lines
from tests.diff.content.comparing import compare, shown
from tests.support.tools import require_tool, run

LONG = b"".join(b"line %d\n" % number for number in range(60))
CASES = {
    "one line": (b"a\nb\nc\n", b"a\nB\nc\n"),
    "at the begin": (b"a\n" + LONG, LONG),
    "at the end": (LONG, LONG + b"more\n"),
    "two hunks": (LONG, LONG.replace(b"line 5\n", b"").replace(b"line 50\n", b"five\nzero\n")),
    "two changes in one hunk": (LONG, LONG.replace(b"line 5\n", b"").replace(b"e 12\n", b"E\n")),
    "contexts that touch": (LONG, LONG.replace(b"line 5\n", b"").replace(b"line 12\n", b"")),
    "contexts that do not": (LONG, LONG.replace(b"line 5\n", b"").replace(b"line 13\n", b"")),
    "from nothing": (b"", b"a\nb\n"),
    "to nothing": (b"a\nb\n", b""),
    "no newline after": (b"a\nb\n", b"a\nb"),
    "no newline before": (b"a\nb", b"a\nb\n"),
    "no newline in both": (b"a\nb\nc", b"a\nx\nc"),
    "newline and more": (b"a\nb", b"a\nb\nc\n"),
    "only a newline": (b"", b"\n"),
    "tabs": (b"a:\n\tb\n", b"a:\n\tc\n"),
}


def gnu(tmp_path: Path, before: bytes, after: bytes, *options: str) -> list[str]:
    """What `diff -u` prints below its two file names."""
    tool = require_tool("diff")
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_bytes(before)
    two.write_bytes(after)
    done = run([tool, "-u", *options, one, two], check=False)
    assert done.returncode in {0, 1}
    return done.stdout.decode().split("\n")[2:-1]


@pytest.mark.parametrize("case", CASES)
def test_hunks_are_those_of_gnu_diff(case: str, tmp_path: Path) -> None:
    before, after = CASES[case]
    assert shown("file.txt", before, after) == gnu(tmp_path, before, after)
    assert shown("file.txt", after, before) == gnu(tmp_path, after, before)


LINES = st.lists(st.sampled_from([b"a", b"b", b"c", b"dd", b""]), max_size=25)
TEXTS = st.builds(lambda lines, end: b"\n".join(lines) + end, LINES, st.sampled_from([b"", b"\n"]))


@given(TEXTS, TEXTS)
@settings(max_examples=60, deadline=None)
def test_patch_makes_one_text_of_the_other_with_as_few_lines_as_gnu_diff(
    tmp_path_factory: pytest.TempPathFactory, before: bytes, after: bytes
) -> None:
    if before == after:
        return
    folder = tmp_path_factory.mktemp("patch")
    lines = shown("file.txt", before, after)
    file = folder / "file"
    file.write_bytes(before)
    patch = "\n".join(["--- file", "+++ file", *lines, ""]).encode()
    run([require_tool("patch"), "-s", "-p0", file], stdin=patch, cwd=folder)
    # patch(1) removes what it made empty.
    assert (file.read_bytes() if file.exists() else b"") == after
    fewest = [line for line in gnu(folder, before, after, "--minimal") if line[:1] in "+-"]
    assert len([line for line in lines if line[:1] in "+-"]) == len(fewest)


@given(LINES, LINES)
def test_common_lines_are_common_and_in_order(one: list[bytes], two: list[bytes]) -> None:
    pairs = common_lines(one, two)
    assert pairs is not None
    assert all(one[i] == two[j] for i, j in pairs)
    assert all(a < c and b < d for (a, b), (c, d) in itertools.pairwise(pairs))


def test_too_many_changes_are_told_without_hunks() -> None:
    """Every line of one text is somewhere in the other: the worst case of any such algorithm."""
    one = b"".join(b"%d\n" % (n * 7919 % 10007) for n in range(10000))
    two = b"".join(b"%d\n" % (n * 6151 % 10007) for n in range(10000))
    lines = shown("file.txt", b"same\n" + one, b"same\n" + two)
    assert lines[0] == "note: too many changes to be told line by line"
    assert any("first differing line (line 3): text 7919 -> text 6151" in line for line in lines)


def test_a_large_text_tells_its_first_differing_line() -> None:
    one, two = b"x\n" * 5000 + b"end\n", b"x\n" * 5000 + b"END\n"
    assert shown("big", one, two, content_text_bytes=1000) == [
        (
            "note: longer than 1000 bytes, so not compared line by line; "
            "--limit content_text_bytes=N allows more"
        ),
        "~ first differing line (line 5001): text end -> text END",
    ]


def test_a_line_of_a_hundred_megabytes_is_shown_by_its_begin() -> None:
    one, two = b"a" * 100_000_000, b"a" * 99_999_999 + b"b"
    (child,) = compare("big", one, two).children
    assert child.before["line"] == 1
    assert len(child.before["text"]) < 600
    short = compare("big", one[:2_000_000], two[-2_000_000:])
    (line,) = next(run.before for hunk in short.children for run in hunk.children)
    assert line.endswith("... (2000000 characters)")
    assert len(line) < 600


def test_lines_beyond_the_limit_are_counted() -> None:
    one = b"".join(b"%d\n" % n for n in range(1000))
    two = b"".join(b"%d\n" % n if n % 20 else b"x\n" for n in range(1000))
    lines = shown("a", one, two, content_lines=10)
    assert lines[0] == "note: and 90 more lines that differ; --limit content_lines=N shows more"
    assert len([line for line in lines if line.startswith("-")]) == 5


def test_control_characters_and_bytes_that_are_no_text_are_escaped() -> None:
    lines = shown("a", b"\x1b[31mred\xff\n", "\u202eevil\n".encode())
    assert "-\\x1b[31mred\\xff" in lines
    assert "+\\u202eevil" in lines
    assert "~ encoding: not UTF-8 -> UTF-8" in lines


def test_line_ends_and_encodings_are_told_once() -> None:
    assert shown("a", b"a\nb\n", b"a\r\nb\r\n") == ["~ line ends: LF -> CRLF"]
    assert shown("a", b"a\n", "a\n".encode("utf-16")) == [
        "~ encoding: UTF-8 -> UTF-16, little-endian"
    ]
    assert shown("a", b"a\n", b"\xef\xbb\xbfa\n") == [
        "~ encoding: UTF-8 -> UTF-8 with a byte-order mark"
    ]


KEY = b"-----BEGIN RSA PRIVATE KEY-----\n" + b"MIIE%d\n" * 20 + b"-----END RSA PRIVATE KEY-----\n"


def test_secrets_are_masked_where_they_would_be_elsewhere() -> None:
    lines = shown("app.env", b"DB_PASSWORD=correcthorse\n", b"DB_PASSWORD=batterystaple\n")
    assert "-DB_PASSWORD=co...(12 characters)" in lines
    assert "+DB_PASSWORD=ba...(13 characters)" in lines
    assert lines[0].startswith("note: what looks like a secret is masked")
    one, two = KEY % tuple(range(20)), KEY % tuple(range(1, 21))
    text = "\n".join(shown("key.pem", one, two))
    assert "MIIE" not in text
    assert "characters of a private key" in text
