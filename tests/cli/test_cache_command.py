"""`ociscope cache`, `--no-cache`, and that a warm run says the same as a cold one."""

from __future__ import annotations

from pathlib import Path

import pytest

import analyzer.scanning
from tests.cli.harness import APK, MULTI, SAVE, call, program
from tests.extract.hosts import as_nobody, names_in, nobodys_folder


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def entries(home: Path) -> int:
    return len(list(home.rglob("*.scan")))


@pytest.mark.parametrize("verb", ["analyze", "ids", "packages", "sbom"])
def test_a_warm_run_inflates_nothing_and_says_the_same(
    verb: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cold = call(verb, SAVE)
    assert entries(home) == 3
    monkeypatch.setattr(analyzer.scanning, "scan_layer", None)
    warm = call(verb, SAVE)
    assert warm == cold, warm.err[-500:]


def test_two_platforms_that_share_layers_and_two_forms_of_one_image(home: Path) -> None:
    """The save holds the layers of the layout uncompressed: other bytes, other entries."""
    call("packages", MULTI)
    assert entries(home) == 6
    call("packages", SAVE)
    assert entries(home) == 9
    call("packages", SAVE)
    assert entries(home) == 9


def test_without_the_cache_nothing_is_written(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for verb in ("analyze", "ids", "packages", "sbom"):
        assert call(verb, APK, "--no-cache").code == 0
    assert call("diff", APK, APK, "--no-cache").code == 0
    monkeypatch.setenv("OCISCOPE_NO_CACHE", "1")
    assert call("packages", APK).code == 0
    assert not home.exists()
    assert "not used" in call("cache", "info").text


def test_verify_reads_everything_itself(home: Path) -> None:
    assert call("verify", MULTI).code == 0
    assert not home.exists()


def test_a_folder_that_cannot_be_made_is_not_used() -> None:
    with nobodys_folder() as folder:
        assert "used    yes" in as_nobody("cache", "info", cwd=folder).text
        folder.chmod(0o500)
        answer = as_nobody("cache", "info", cwd=folder)
        assert f"used    no: nothing can be made in {folder}" in " ".join(answer.text.split("\n"))
        assert as_nobody("packages", APK, cwd=folder).code == 0
        assert names_in(folder) == []


def test_info_and_clear(home: Path) -> None:
    call("packages", MULTI)
    answer = call("cache", "info", "-o", "json").json
    images = list(home.rglob("*.image"))
    files = [*home.rglob("*.scan"), *images]
    assert answer["folder"] == str(home / "ociscope" / "layers")
    assert answer["entries"] == len(files) - len(images) == 6
    assert answer["images"] == len(images) == 2
    assert answer["size"] == sum(path.stat().st_size for path in files)
    assert answer["unusable"] is None
    assert "layers  6" in call("cache", "info").text
    assert "images  2" in call("cache", "info").text
    assert call("cache", "clear").err == "ociscope: 6 layers and 2 images forgotten\n"
    assert entries(home) == 0
    assert call("cache", "info", "-o", "json").json["entries"] == 0


def test_clear_goes_on_and_names_what_stays(home: Path) -> None:
    call("packages", MULTI)
    path, *_ = sorted(home.rglob("*.scan"))
    path.unlink()
    (path / "mine").mkdir(parents=True)
    answer = call("cache", "clear")
    assert answer.code == 2
    assert "5 layers and 2 images forgotten" in answer.err
    assert f"error: {path}: Directory not empty [output-failed]" in answer.err
    assert sorted(home.rglob("*.scan")) == [path]


def test_a_folder_that_others_may_write_to_is_said_not_to_be_used(home: Path) -> None:
    call("packages", APK)
    (home / "ociscope" / "layers").chmod(0o777)
    assert "no: others may write into it" in call("cache", "info").text


def test_a_home_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    answer = program("packages", APK, HOME=str(nowhere), XDG_CACHE_HOME="")
    assert (answer.code, answer.err) == (0, "")
    assert not nowhere.exists()
