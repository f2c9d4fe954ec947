"""Each promise of the issue's list, broken alone: what is found, where, and the exit code."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from analyzer.problems import UNREAD, Code, Severity
from analyzer.verify.checks import TITLES
from analyzer.verify.result import Check, Finding, Integrity
from tests.cli.harness import call
from tests.support.imagebuilder import ImageBuilder
from tests.support.layouts import blob_path
from tests.support.tools import ROOT
from tests.verify.breaks import BREAKS, image, layout

every_break = pytest.mark.parametrize("sentence", BREAKS)


def verify(path: Path) -> dict[str, Any]:
    answer = call("verify", path, "-o", "json")
    return dict(answer.json) | {"code": answer.code}


def findings(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(c["name"], f) for c in document["checks"] for f in c["findings"]]


@every_break
def test_is_found_and_nothing_else_is(sentence: str, tmp_path: Path) -> None:
    case = BREAKS[sentence]
    path = tmp_path / "case.tar"
    case.write(path)
    document = verify(path)
    found = {(check, f["severity"], f["code"]) for check, f in findings(document)}
    leftovers = ("unreferenced", "note", "unreferenced-blob")  # of docker's own saves
    assert found - {leftovers} == case.found - {leftovers}
    assert case.found <= found
    assert document["code"] == case.code
    assert document["verdict"] == {0: "holds", 1: "broken", 3: "unread"}[case.code]
    if case.values is not None:
        assert case.values in {(f["declared"], f["measured"]) for _, f in findings(document)}


@every_break
def test_is_told_with_its_place_in_the_tar(sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "case.tar"
    BREAKS[sentence].write(path)
    with tarfile.open(path) as tar:
        starts = {member.name: member.offset_data for member in tar}  # the last of a name
    for _, finding in findings(verify(path)):
        assert finding["where"]
        assert finding["offset"] == starts.get(finding["where"].partition(" ")[0])


@every_break
def test_is_told_in_80_columns_with_a_code_to_look_up(sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "case.tar"
    BREAKS[sentence].write(path)
    answer = call("verify", path)
    assert max(map(len, answer.text.splitlines())) <= 80
    for check, severity, code in BREAKS[sentence].found:
        assert f"{severity} ({check}): " in answer.text
        assert f"[{code}]" in answer.text
        for name in (check, code):
            assert call("explain", name).code == 0


def test_who_declares_is_told_with_the_place_in_the_document(tmp_path: Path) -> None:
    path = tmp_path / "case.tar"
    BREAKS["a layer exchanged for another of the same size"].write(path)
    built = image().build()
    told = {check: finding["declared_by"] for check, finding in findings(verify(path))}
    assert told == {
        "digests": f"{blob_path(built.digest)} layers[1]",
        "member-names": "its name",
        "diff-ids": f"{blob_path(built.image_id)} rootfs.diff_ids[1]",
    }


@pytest.mark.parametrize("style", ["legacy", "skopeo", "hybrid"])
def test_a_changed_layer_is_told_once_per_check(style: str, tmp_path: Path) -> None:
    path = image().write_save(tmp_path / "save.tar", "app:1", style=style)
    data = path.read_bytes()
    assert data.count(b"two") == 1
    path.write_bytes(data.replace(b"two", b"TWO"))
    errors = [(c, f) for c, f in findings(verify(path)) if f["severity"] == "error"]
    found = [(check, finding["where"], finding["declared_by"]) for check, finding in errors]
    assert found
    assert len(found) == len(set(found))


def test_bytes_behind_the_end_are_told_with_their_place(tmp_path: Path) -> None:
    path = tmp_path / "case.tar"
    BREAKS["bytes behind the end"].write(path)
    [(_, finding)] = findings(verify(path))
    assert f"from its byte {path.read_bytes().index(b'moremore')} on" in finding["detail"]


def test_a_broken_index_leaves_every_blob_compared_with_its_name(tmp_path: Path) -> None:
    made = layout()
    made.replace("index.json", b"{").omit(made.images[0].digest)
    document = verify(made.write_tar(tmp_path / "case.tar"))
    [names] = [c for c in document["checks"] if c["name"] == "member-names"]
    assert names["checked"] == len(made.files()) - 2  # all but index.json and oci-layout
    assert document["images"] == []


def test_who_asks_for_one_image_of_a_broken_index_hears_why_not(tmp_path: Path) -> None:
    made = layout()
    made.replace("index.json", b"{").omit(made.images[0].digest)
    answer = call("verify", made.write_tar(tmp_path / "case.tar"), "--platform", "linux/amd64")
    assert (answer.code, answer.out) == (2, b"")
    assert "[bad-document]" in answer.err


@pytest.mark.parametrize("data", [b"no tar", b"", b"{}"])
def test_what_is_no_image_at_all_is_an_error(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    answer = call("verify", path)
    assert (answer.code, answer.out) == (2, b"")


def test_the_processor_is_that_of_the_program_that_counts(tmp_path: Path) -> None:
    """A program too large to be kept is left out, without a word: it proves nothing."""
    path = ImageBuilder().layer({"bin/sh": b"x" * 100}).write_oci(tmp_path / "layout")
    answer = call("verify", path, "--limit", "captured_file_bytes=10", "-o", "json")
    assert answer.code == 0
    assert findings(answer.json) == []


class TestExitCodes:
    """Issue: 0 all holds, 1 a finding of severity error, 3 bytes that could not be read."""

    NOT_IN_THE_FILE = frozenset(
        {
            *(Code.BLOB_MISSING, Code.UNSAFE_LINK),
            *(Code.INDEX_CYCLE, Code.LAYER_COUNT_MISMATCH, Code.INDEX_AND_MANIFEST),
        }
    )
    """Unread for a report, since content is missing there; here nothing that is there is unread."""

    def exit_code(self, *problems: tuple[Code, Severity]) -> int:
        found = tuple(Finding(severity, "x", "y", code) for code, severity in problems)
        checks = (Check("other", TITLES["other"], 1, found),)
        return Integrity("x", "oci-layout tar", 1, (), checks, ()).exit_code

    @pytest.mark.parametrize("code", Code)
    def test_of_an_error(self, code: Code) -> None:
        expected = 3 if code in UNREAD - self.NOT_IN_THE_FILE else 1
        assert self.exit_code((code, Severity.ERROR)) == expected

    @pytest.mark.parametrize("code", Code)
    @pytest.mark.parametrize("severity", [Severity.WARNING, Severity.NOTE])
    def test_of_less_than_an_error(self, code: Code, severity: Severity) -> None:
        assert self.exit_code((code, severity)) == 0

    def test_unread_wins_over_broken(self) -> None:
        broken = (Code.DIGEST_MISMATCH, Severity.ERROR)
        unread = (Code.LAYER_DAMAGED, Severity.ERROR)
        assert self.exit_code(broken, unread) == self.exit_code(unread, broken) == 3

    def test_are_told_by_help_readme_and_decision(self) -> None:
        told = " ".join(call("verify", "--help").text.split())
        for words in ("0 all holds", "1 a finding of severity error", "3 bytes in the file"):
            assert words in told
        for file in ("README.md", "docs/decisions/0006-exit-codes.md"):
            assert "bytes in the file" in " ".join((ROOT / file).read_text().split())


def test_a_sound_image_of_each_kind_holds(tmp_path: Path) -> None:
    for style in ("legacy", "skopeo", "hybrid", "containerd"):
        path = image().write_save(tmp_path / f"{style}.tar", "app:1", style=style)
        document = verify(path)
        assert document["verdict"] == "holds", style
        assert [f for _, f in findings(document) if f["severity"] != "note"] == [], style
    published = json.loads((ROOT / "analyzer/schema/verify-1.0.json").read_bytes())
    assert published["$defs"]["check"]["properties"]["name"]["enum"] == list(TITLES)
