"""`ids --story`: the drawing shows what really contains what, and the words claim no more."""

from __future__ import annotations

import hashlib
import json
import re
import tarfile
from pathlib import Path

import pytest

from tests.cli.harness import MULTI, SAVE, call
from tests.support.hostile import HOSTILE
from tests.support.imagebuilder import ImageBuilder, Layout
from tests.support.layouts import blob_path
from tests.support.tools import ROOT

ROW = re.compile(r"  (?P<margin>[ |:]*)(?P<arrow>\+-> |:\.> )?(?P<label>[a-z.]+)(?P<rest>.*)")
SHORT = re.compile(r"sha256:[0-9a-f]{12}(?![0-9a-f])")
OTHER = f"sha256:{'5' * 64}"


def told(path: Path, *options: str) -> str:
    answer = call("ids", path, "--story", *options)
    assert answer.err == ""
    return answer.text


def words(text: str) -> str:
    return " ".join(text.split())


def document(layout: Path, digest: str) -> bytes:
    return (layout / blob_path(digest)).read_bytes()


def arrows(text: str) -> list[tuple[str, str]]:
    """Pairs of what stands above and the short digest that a solid arrow says it contains."""
    above: list[tuple[int, str]] = []
    pairs = []
    for line in text.partition('"contains the digest of"')[0].splitlines():
        found = ROW.fullmatch(line)
        if found is None:
            continue
        depth = len(found["margin"]) + len(found["arrow"] or "")
        while above and above[-1][0] >= depth:
            above.pop()
        digest = SHORT.search(found["rest"])
        if found["arrow"] == "+-> ":
            assert digest is not None
            pairs.append((above[-1][1], digest[0]))
        above.append((depth, digest[0] if digest else found["label"]))
    return pairs


def test_every_solid_arrow_is_a_digest_inside_the_document_above() -> None:
    """Read from the layout's files, not from what ociscope made of them."""
    pairs = arrows(told(MULTI).partition("arm64")[0])
    assert len(pairs) == 1 + 1 + 4 + 3
    blobs = {path.name[:12]: path.read_bytes() for path in (MULTI / "blobs/sha256").iterdir()}
    blobs |= {"index.json": (MULTI / "index.json").read_bytes()}
    for above, below in pairs:
        assert below.encode() in blobs[above.removeprefix("sha256:")], (above, below)


def test_the_image_id_and_the_manifest_digest_are_those_of_the_files() -> None:
    text = words(told(MULTI, "--platform", "linux/amd64"))
    (top,) = json.loads((MULTI / "index.json").read_bytes())["manifests"]
    index = json.loads(document(MULTI, top["digest"]))
    (child,) = [m for m in index["manifests"] if m["platform"]["architecture"] == "amd64"]
    config = json.loads(document(MULTI, child["digest"]))["config"]["digest"]
    assert f"The image ID is {config}." in text
    assert f"The manifest digest is {child['digest']}." in text
    assert f"The index digest is {top['digest']}. The index lists" in text


def test_a_docker_archive_draws_no_digest_from_its_table_of_contents() -> None:
    text = told(SAVE)
    assert ":.> config" in text
    assert ":.> layer 0" in text
    assert [above for above, _ in arrows(text) if "sha256" not in above] == []
    assert "The manifest digest cannot be known from this file" in words(text)
    assert "The manifest digest is" not in words(text)
    assert "it pulls exactly" not in words(text).lower()


def test_a_manifest_with_other_bytes_is_not_called_verified(tmp_path: Path) -> None:
    image = ImageBuilder().layer({"a": b""})
    path = image.write_oci(tmp_path / "layout", "1")
    digest = json.loads((path / "index.json").read_bytes())["manifests"][0]["digest"]
    blob = path / blob_path(digest)
    blob.write_bytes(blob.read_bytes() + b"\n")
    text = call("ids", path, "--story").text
    assert f"{digest[:19]}  HERE, BUT WITH OTHER BYTES" in text
    assert f"The file says that the manifest digest is {digest}, but" in words(text)
    assert f"The manifest digest is {digest}" not in words(text)


def test_a_config_with_other_bytes_is_not_called_the_image_id(tmp_path: Path) -> None:
    image = ImageBuilder().layer({"a": b""}).declare_config_digest(OTHER)
    text = call("ids", image.write_save(tmp_path / "x.tar", "a:1"), "--story").text
    assert f"The image ID is {OTHER}" not in words(text)


def test_a_layer_that_is_not_what_the_config_lists_is_named(tmp_path: Path) -> None:
    builder = ImageBuilder().layer({"a": b""})
    builder.layer({"b": b""}, declare_diff_id=OTHER)
    text = call("ids", builder.write_oci(tmp_path / "layout"), "--story").text
    assert "content is diff ID 1: NO" in text
    assert "Layer 1: the content is not what the config lists." in text
    assert "checked here" not in text


def test_a_platform_that_is_only_named_gets_its_digest_and_no_more(tmp_path: Path) -> None:
    layout = Layout()
    here = ImageBuilder().layer({"a": b""})
    gone = ImageBuilder().platform("linux/arm64").layer({"b": b""})
    layout.add_index([here, gone], ref_name="1")
    path = layout.write_dir(tmp_path / "layout")
    digest = f"sha256:{hashlib.sha256(gone.build().manifest).hexdigest()}"
    (path / blob_path(digest)).unlink()
    _, _, text = told(path).partition("1  linux/arm64")
    assert f"{digest} is its manifest digest" in words(text)
    assert f"manifest      {digest[:19]}  not in this file" in text
    assert "The image ID is" not in text


def test_the_middle_of_a_long_stack_is_left_out_only_when_nothing_is_wrong(tmp_path: Path) -> None:
    def stack(wrong: str | None) -> str:
        builder = ImageBuilder()
        for number in range(30):
            other = wrong if number == 17 else None
            builder.layer({str(number): b""}, declare_diff_id=other)
        path = builder.write_oci(tmp_path / f"layout-{wrong is None}")
        return call("ids", path, "--story").text

    assert "... 27 more" in stack(None)
    assert "layer 17" not in stack(None)
    assert "content is diff ID 17: NO" in stack(OTHER)
    assert "... " not in stack(OTHER)


def test_a_root_filesystem_has_no_drawing(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "etc").mkdir(parents=True)
    (root / "etc/os-release").write_text("ID=debian\n")
    (root / "usr").mkdir()
    (root / "usr/x").write_text("")
    archive = tmp_path / "root.tar"
    with tarfile.open(archive, "w") as tar:
        tar.add(root, ".")
    text = told(archive)
    assert "none can be known from the files alone" in words(text)
    assert "+->" not in text


@pytest.mark.parametrize("path", [MULTI, SAVE, ROOT / "fixtures/layouts/apk"], ids=lambda p: p.name)
def test_lines_fit_80_columns(path: Path) -> None:
    lines = [line for line in told(path).splitlines() if str(path) not in line]
    assert max(map(len, lines)) <= 80


def test_the_words_are_in_json_too() -> None:
    answer = call("ids", MULTI, "--story", "-o", "json")
    for image in answer.json["images"]:
        assert image["story"]
        assert all(paragraph in words(told(MULTI)) for paragraph in image["story"])


def test_the_commands_that_it_names_run(tmp_path: Path) -> None:
    path = tmp_path / "a file.tar"
    path.write_bytes(SAVE.read_bytes())
    text = told(path)
    assert f"  ociscope ids '{path}' --shown-by" in text.splitlines()


def test_one_view_at_a_time() -> None:
    answer = call("ids", MULTI, "--story", "--shown-by")
    assert answer.code == 2
    assert "--story and --shown-by" in answer.err


@pytest.mark.parametrize("sentence", HOSTILE)
def test_hostile_input_is_told_or_refused(sentence: str, tmp_path: Path) -> None:
    """With the exit code of the plain table, and never a digest that the table has not."""
    case = HOSTILE[sentence](tmp_path / "case")
    limit = ("--limit", "ratio_free_bytes=16M")
    table, story = call("ids", case, *limit), call("ids", case, "--story", *limit)
    assert (story.code, "Traceback" in story.said) == (table.code, False)
    digests = set(re.findall(r"sha256:[0-9a-f]{64}", story.text))
    assert digests <= set(re.findall(r"sha256:[0-9a-f]{64}", table.text))
