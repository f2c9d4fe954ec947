"""Names that deceive: told once for each entry, with its byte, and never shown raw."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from analyzer.layers.scan import LayerScan, scan_layer
from analyzer.layers.wants import NOTHING
from analyzer.limits import Budget, Limits
from analyzer.problems import Code
from tests.support.imagebuilder import ImageBuilder
from tests.support.tarbytes import Entries, Link, header, member, pax_records, tar_bytes
from tests.support.unpacking import REFUSED, umoci
from tests.tar.walking import END

NUL = member(b"x", pax_records({"path": b"a\0b"}), b"x") + member(b"a", b"d") + END


def scan(tar: bytes) -> LayerScan:
    return scan_layer(io.BytesIO(tar), "layer", NOTHING, Budget(Limits()))


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("a\nb", "control characters"),
        ("a\x1b[31m", "control characters"),
        ("a\x7f", "control characters"),
        ("a\x9b", "control characters"),
        ("a\u202etxt", "change the order"),
        ("plain é \udcff \u200d \U0001f600", ""),
        ("plain", ""),
    ],
)
@pytest.mark.parametrize("link", [False, True])
def test_a_name_or_link_that_deceives_is_told_with_its_byte(
    name: str,
    says: str,
    link: bool,  # noqa: FBT001
) -> None:
    raw = name.encode("utf-8", "surrogateescape")
    bad = header(b"link", flag=b"2", link=raw) if link else member(raw)
    found = scan(member(b"first") + bad + END)
    assert [p.code for p in found.problems] == ([Code.UNSAFE_NAME] if says else [])
    for problem in found.problems:
        assert "at byte 1024, has" in problem.detail
        assert says in problem.detail
        assert problem.detail.isprintable()


def test_a_nul_in_a_name_is_refused_by_engines_and_kept_by_python(tmp_path: Path) -> None:
    problems = {problem.code: problem.detail for problem in scan(NUL).problems}
    assert "a NUL byte; engines refuse the layer" in problems[Code.UNSAFE_NAME]
    assert umoci(ImageBuilder().layer(raw_tar=NUL), tmp_path) == REFUSED
    with tarfile.open(fileobj=io.BytesIO(NUL)) as archive:
        assert archive.getnames() == ["a\0b"]


LONG: dict[str, tuple[Entries, str]] = {
    "a name": ({"d/" + "L" * 256: b""}, "a part of 256 bytes"),
    "a name that is not ASCII": ({"é" * 128: b""}, "a part of 256 bytes"),
    "a target": ({"s": Link("t" * 4096)}, "a target of 4096 bytes"),
    "a path": ({"/".join(["d" * 200] * 21): b""}, "4220 bytes"),
}
FITTING: Entries = {
    "d/" + "L" * 255: b"",
    "é" * 127 + "e": b"",
    "s": Link("t" * 4095),
    "/".join(["d" * 200] * 19): b"",
}


@pytest.mark.parametrize("case", LONG)
def test_names_that_linux_cannot_hold_are_told(case: str, tmp_path: Path) -> None:
    entries, says = LONG[case]
    tar = tar_bytes(entries)
    (problem,) = scan(tar).problems
    assert problem.code is Code.RUNTIME_DEPENDENT
    assert f"has {says}, more than Linux takes; engines refuse the layer" in problem.detail
    assert umoci(ImageBuilder().layer(raw_tar=tar), tmp_path) == REFUSED


def test_names_that_linux_holds_are_not(tmp_path: Path) -> None:
    tar = tar_bytes(FITTING)
    assert not scan(tar).problems
    shown = umoci(ImageBuilder().layer(raw_tar=tar), tmp_path)
    assert isinstance(shown, dict)
    assert set(FITTING) <= set(shown)
