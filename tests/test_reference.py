"""What people type: a path, a transport prefix, and an image inside."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.errors import InputError
from analyzer.problems import Code
from analyzer.reference import parse_reference

DIGEST = "sha256:" + "a" * 64


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with files whose names look like references."""
    monkeypatch.chdir(tmp_path)
    for name in ("img.tar", "img.tar:1", "a@b.tar", "oci", "layout", "dir:x", "with space.tar"):
        Path(name).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("text", "path", "image"),
    [
        ("img.tar", "img.tar", ""),
        ("img.tar:2", "img.tar", "2"),
        ("img.tar:1", "img.tar:1", ""),  # the longest existing path wins
        ("img.tar:1:2", "img.tar:1", "2"),
        ("img.tar:@0", "img.tar", "@0"),
        ("img.tar:repo/name:tag", "img.tar", "repo/name:tag"),
        ("img.tar:localhost:5000/name:tag", "img.tar", "localhost:5000/name:tag"),
        (f"img.tar@{DIGEST}", "img.tar", DIGEST),
        ("a@b.tar", "a@b.tar", ""),
        (f"a@b.tar@{DIGEST}", "a@b.tar", DIGEST),
        ("a@b.tar:1", "a@b.tar", "1"),
        ("./img.tar:2", "img.tar", "2"),
        ("with space.tar:x", "with space.tar", "x"),
        # Prefixes of skopeo and syft.
        ("docker-archive:img.tar", "img.tar", ""),
        ("docker-archive:img.tar:repo/name:tag", "img.tar", "repo/name:tag"),
        ("docker-archive:img.tar:@1", "img.tar", "@1"),
        ("oci:layout:1.0", "layout", "1.0"),
        ("oci:layout", "layout", ""),
        (f"oci:layout@{DIGEST}", "layout", DIGEST),
        ("oci-archive:img.tar:2", "img.tar", "2"),
        ("oci-dir:layout", "layout", ""),
        ("dir:layout", "layout", ""),
        # A file may be called like a prefix.
        ("oci", "oci", ""),
        ("oci:oci", "oci", ""),
        ("oci:oci:1", "oci", "1"),
        ("oci:1", "oci", "1"),
        ("dir:x", "dir:x", ""),
        ("dir:x:1", "dir:x", "1"),
    ],
)
def test_path_and_image(text: str, path: str, image: str) -> None:
    found = parse_reference(text)
    assert (found.path, found.image) == (Path(path), image)


def test_absolute_paths_and_urls_of_prefixes(folder: Path) -> None:
    assert parse_reference(f"{folder}/img.tar:2").image == "2"
    assert parse_reference(f"docker-archive://{folder}/img.tar:2").path == folder / "img.tar"


@pytest.mark.parametrize(
    "text", ["nothing", "nothing:1", "docker-archive:nothing", "img.tar:", "img.tar@", ":img.tar"]
)
def test_no_such_path_is_said_with_what_was_typed(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_reference(text)
    assert caught.value.code is Code.NOT_FOUND
    assert caught.value.where == text


@pytest.mark.parametrize("text", ["", "a\0b"])
def test_what_can_be_no_path_is_refused(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_reference(text)
    assert caught.value.code is Code.BAD_ARGUMENT


@given(st.text(max_size=40))
def test_any_text_is_an_existing_path_or_an_input_error(text: str) -> None:
    with suppress(InputError):
        assert parse_reference(text).path.exists()


def test_a_name_longer_than_any_file_name_is_not_found() -> None:
    with pytest.raises(InputError):
        parse_reference("x" * 5000 + ":1")
