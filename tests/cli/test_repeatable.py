"""Same input, same bytes out: under other hash seeds, zones, languages, folders and paths."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest

from tests.cli.harness import APK, MULTI, SAVE, files_below, program
from tests.support.hostile import HOSTILE

ONE = {
    "PYTHONHASHSEED": "1",
    "TZ": "Pacific/Auckland",
    "LANG": "C",
    "LC_ALL": "C",
    "COLUMNS": "60",
}
OTHER = {
    "PYTHONHASHSEED": "4242",
    "TZ": "America/St_Johns",
    "LANG": "en_US.UTF-8",
    "LC_ALL": "C.UTF-8",
    "COLUMNS": "200",
}
EMPTY = sha256(b"").hexdigest()[:7]
"""Empty files are everywhere."""
BOTH = ("-o", "table", "-o")


def everything(source: Path, folder: Path, environment: dict[str, str]) -> dict[str, bytes]:
    """Every format of every command about a source, and every file of `-d`, by name."""
    cwd = folder / "cwd"
    cwd.mkdir(parents=True)
    runs: dict[str, tuple[object, ...]] = {
        verb: (verb, source, *BOTH, f"json={verb}.json")
        for verb in ("analyze", "inspect", "ids", "packages")
    }
    runs["analyze"] += ("-d", "analyzed")
    runs["diff"] = ("diff", source, APK, *BOTH, "json=diff.json")
    runs["sbom"] = ("sbom", source, "-d", "boms")
    runs["verify"] = ("verify", source, *BOTH, "json=verify.json")
    cut = Path("input")  # a lookup names its inputs as they were typed
    (cwd / cut).symlink_to(source)
    runs["lookup"] = ("lookup", "--files", "1234567", cut, *BOTH, "json=lookup.json")
    runs["found"] = ("lookup", "--files", EMPTY, cut, *BOTH, "json=found.json")
    with ThreadPoolExecutor(2) as pool:
        answers = pool.map(lambda words: program(*words, cwd=cwd, **environment), runs.values())
        result: dict[str, bytes] = {}
        for verb, answer in zip(runs, answers, strict=True):
            result[f"{verb} stdout"] = answer.out
            result[f"{verb} stderr"] = answer.err.encode()
            result[f"{verb} code"] = str(answer.code).encode()
    (cwd / cut).unlink()
    return result | files_below(cwd)


@pytest.mark.parametrize("name", ["multi", "save", "damaged"])
def test_runs_under_other_circumstances_give_the_same_bytes(name: str, tmp_path: Path) -> None:
    damaged = HOSTILE["a layer missing from one of two platforms"]
    source = {"multi": MULTI, "save": SAVE}.get(name) or damaged(tmp_path / "case")
    twin = tmp_path / "another place" / source.name
    if source.is_dir():
        shutil.copytree(source, twin)
    else:
        twin.parent.mkdir()
        shutil.copyfile(source, twin)
    first = everything(source, tmp_path / "first", ONE)
    second = everything(twin, tmp_path / "second", OTHER)
    assert first.keys() == second.keys()
    assert {"analyze.json", "analyzed/report.json", "diff.json", "verify.json"} <= first.keys()
    assert (first["lookup code"], first["found code"]) == (
        (b"3", b"3") if name == "damaged" else (b"1", b"0")
    )
    assert [key for key in first if first[key] != second[key]] == []
    assert first["analyze code"] == (b"3" if name == "damaged" else b"0")
