"""Flip any one byte of an archive: what commits to it breaks, or the answer says that nothing does.

Exactly one class of outcome holds for each byte. Which class a byte belongs to is told by the
standard library's `tarfile` from the archive before the flip, and never by the analyzer.
"""

from __future__ import annotations

import json
import tarfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.cli.harness import Answer, call
from tests.support.imagebuilder import ImageBuilder

POSITIONS = 100
"""Bytes flipped per archive, spread evenly; a dozen more are taken from each member."""

UNCOMMITTED = {"index.json", "oci-layout", "manifest.json", "repositories", "json", "VERSION"}


@dataclass(frozen=True)
class Span:
    """A member's bytes in the archive."""

    name: str
    start: int
    size: int

    @property
    def committed(self) -> bool:
        return self.name.rpartition("/")[2] not in UNCOMMITTED


def builder() -> ImageBuilder:
    return (
        ImageBuilder()
        .layer({"etc/os-release": b"ID=alpine\n", "d/x": b"low"})
        .empty_layer("ENV A=b")
        .layer({"d/y": b"up" * 40}, codec="zstd")
    )


def oci_tar(folder: Path) -> Path:
    return builder().write_oci_tar(folder / "oci.tar", ref_name="1")


def legacy(folder: Path) -> Path:
    return builder().write_save(folder / "save.tar", "app:1")


def hybrid(folder: Path) -> Path:
    return builder().write_save(folder / "hybrid.tar", "app:1", style="hybrid")


def members(path: Path) -> list[Span]:
    with tarfile.open(path) as tar:
        return [Span(m.name, m.offset_data, m.size) for m in tar if m.isfile()]


def positions(size: int) -> list[int]:
    """Spread over the file by a step that shares no factor with a block."""
    step = max(size // POSITIONS, 1) | 1
    return list(range(0, size, step))


def flip(data: bytes, position: int) -> bytes:
    return data[:position] + bytes([data[position] ^ 0x15]) + data[position + 1 :]


def told(answer: Answer) -> dict[str, Any]:
    document: dict[str, Any] = answer.json
    return document


def errors(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [f for c in document["checks"] for f in c["findings"] if f["severity"] == "error"]


def judge_document(answer: Answer, name: str, data: bytes) -> None:
    """A document that nothing commits to is named with the digest of what it is now.

    Also where it is so broken that no image is found any more.
    """
    assert answer.code in {0, 1, 3}, answer.err
    listed = {item["name"]: item["digest"] for item in told(answer)["uncommitted"]}
    assert listed[name] == f"sha256:{sha256(data).hexdigest()}"


def judge_committed(answer: Answer) -> None:
    """Something that commits to the byte is broken, or could not be read."""
    assert answer.code in {1, 3}, answer.said
    assert errors(told(answer))


def ids(answer: Answer) -> list[Any]:
    return [(image["image_id"], image["manifest_digest"]) for image in told(answer)["images"]]


def judge(answer: Answer, span: Span | None, data: bytes, before: Answer) -> None:
    assert "Traceback" not in answer.err
    assert "internal error" not in answer.err
    assert answer.code in {0, 1, 2, 3}
    if span is None:  # padding or a header: no digest covers it, and what is lost is said
        assert answer.code or ids(answer) == ids(before)
    elif span.committed:
        judge_committed(answer)
    else:
        judge_document(answer, span.name, data[span.start : span.start + span.size])


@pytest.mark.parametrize("make", [oci_tar, legacy, hybrid])
def test_one_flipped_byte_of_a_tar_is_never_passed_over(make: Any, tmp_path: Path) -> None:  # noqa: ANN401
    path = make(tmp_path)
    data, spans = path.read_bytes(), members(path)
    before = call("verify", path, "-o", "json")
    seen = set()
    inside = [
        span.start + span.size * part // 12 for span in spans if span.size for part in range(12)
    ]
    for position in sorted({*positions(len(data)), *inside}):
        span = next((s for s in spans if s.start <= position < s.start + s.size), None)
        flipped = flip(data, position)
        path.write_bytes(flipped)
        judge(call("verify", path, "-o", "json"), span, flipped, before)
        seen.add(span.name if span else "")
    assert seen == {"", *(span.name for span in spans if span.size)}


def test_one_flipped_byte_of_a_layout_is_never_passed_over(tmp_path: Path) -> None:
    folder = builder().write_oci(tmp_path / "layout", ref_name="1")
    before = call("verify", folder, "-o", "json")
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name, data = path.relative_to(folder).as_posix(), path.read_bytes()
        for position in positions(len(data))[::8]:
            flipped = flip(data, position)
            path.write_bytes(flipped)
            judge(call("verify", folder, "-o", "json"), Span(name, 0, len(data)), flipped, before)
        path.write_bytes(data)
    assert call("verify", folder).code == 0


@pytest.mark.parametrize("make", [oci_tar, legacy, hybrid])
def test_an_untouched_archive_holds_and_names_what_nothing_commits_to(
    make: Any,  # noqa: ANN401
    tmp_path: Path,
) -> None:
    path = make(tmp_path)
    document = json.loads(call("verify", path, "-o", "json").out)
    assert document["verdict"] == "holds"
    assert [f for c in document["checks"] for f in c["findings"] if f["severity"] != "note"] == []
    loose = {span.name for span in members(path) if not span.committed}
    assert {item["name"] for item in document["uncommitted"]} == loose
