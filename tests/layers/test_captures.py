"""Files that are kept: small ones in memory, large ones on disk under no name, both the same."""

from __future__ import annotations

import hashlib
import io
import tempfile
from pathlib import Path

import pytest

from analyzer.layers.captures import Captured
from analyzer.layers.collecting import Spool
from analyzer.layers.scan import LayerScan, scan_layer
from analyzer.layers.wants import CapturePlan, Want
from analyzer.limits import Budget, Limits
from analyzer.problems import Code
from tests.support.imagebuilder import tar_bytes

FILES = {"small": b"s" * 1000, "large": bytes(range(256)) * 8192, "empty": b""}
PLAN = CapturePlan((Want("*"),))


def scan(memory: int) -> LayerScan:
    limits = Limits(captured_memory_bytes=memory)
    return scan_layer(io.BytesIO(tar_bytes(FILES)), "x", PLAN, Budget(limits))


@pytest.mark.parametrize("memory", [0, 999, 1000, 1 << 20, 1 << 30])
def test_content_is_the_same_wherever_it_is_kept(memory: int) -> None:
    found = scan(memory)
    assert found.complete
    assert found.captured.keys() == FILES.keys()
    for name, data in FILES.items():
        kept = found.captured[name]
        assert (kept.data, kept.size) == (data, len(data))
        assert kept.content == f"sha256:{hashlib.sha256(data).hexdigest()}"
        assert isinstance(kept.kept, Spool) == (len(data) > memory)


def test_what_lies_on_disk_has_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    found = scan(0)
    assert found.captured["large"].data == FILES["large"]
    assert list(tmp_path.iterdir()) == []


def test_without_a_place_for_temporary_files_it_stays_in_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(**_: object) -> None:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    found = scan(10)
    assert {name: kept.data for name, kept in found.captured.items()} == FILES
    assert found.problems == ()


def test_a_full_disk_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int, _data: object, _at: int) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.pwrite", full)
    found = scan(1000)
    assert found.captured.keys() == {"small", "empty"}
    (problem,) = found.problems
    assert problem.code is Code.NOT_READABLE
    assert "'large' not read: temporary file: No space left on device" in problem.detail


def test_equal_content_is_equal_wherever_it_is_kept() -> None:
    assert scan(0).captured == scan(1 << 30).captured
    assert isinstance(scan(0).captured["small"], Captured)
