"""Every limit says its name, what it allows and how to raise it; once raised, it lets through."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from analyzer.limits import Limits
from tests.cli.harness import APK, MULTI, SAVE, VERBS, call, words
from tests.support.codecs import compress
from tests.support.imagebuilder import ImageBuilder

PACKED, LONG = "a compressed archive", "a layer with a long name"
WINDOW = "a layer with a window above 1 MiB"
SMALL = ("--limit", "ratio_free_bytes=1")

#: An input, a value that is too low for it, one that is enough, and what else must be said.
OVERRUN: dict[str, tuple[Path | str, int, str, tuple[str, ...]]] = {
    "manifest_bytes": (MULTI, 100, "1M", ()),
    "document_bytes": (MULTI, 100, "1M", ()),
    "inflated_bytes": (MULTI, 1000, "1G", ()),
    "layer_inflated_bytes": (MULTI, 1000, "1G", ()),
    "outer_inflated_bytes": (PACKED, 1000, "1G", ()),
    "inflate_ratio": (MULTI, 1, "1000000", SMALL),
    "window_bytes": (WINDOW, 1 << 20, "2M", ()),
    "layer_entries": (MULTI, 1, "1000", ()),
    "archive_members": (SAVE, 1, "1000", ()),
    "index_depth": (MULTI, 0, "9", ()),
    "index_descriptors": (MULTI, 1, "100", ()),
    "json_depth": (MULTI, 1, "99", ()),
    "layers_per_image": (MULTI, 1, "99", ()),
    "path_bytes": (MULTI, 3, "999", ()),
    "path_depth": (MULTI, 1, "99", ()),
    "pax_bytes": (LONG, 10, "9999", ()),
    "layer_pax_bytes": (LONG, 10, "9999", ()),
    "link_depth": (SAVE, 0, "9", ()),
    "captured_file_bytes": (APK, 10, "1M", ()),
    "captured_bytes": (APK, 10, "1M", ()),
}
ELSEWHERE = {
    "extracted_bytes": "what commands write: tests/extract",
    "captured_memory_bytes": "what is larger waits in a file: tests/layers/test_captures.py",
    "passing_bytes": "what finds no room waits in a file: tests/layers/test_reduced.py",
    "reduced_file_bytes": "programs and archives: tests/layers/test_reduced.py",
    "ratio_free_bytes": "where inflate_ratio begins: it is overrun in the name of that",
    "sbom_bytes": "documents: tests/bills/test_hostile_documents.py",
    "sbom_yaml_bytes": "documents: tests/bills/test_hostile_documents.py",
    "sbom_values": "documents: tests/bills/test_hostile_documents.py",
    "sbom_depth": "documents: tests/bills/test_hostile_documents.py",
    "template_bytes": "templates: tests/sbom/test_template.py",
    "template_seconds": "templates: tests/sbom/test_template.py",
    "template_memory_bytes": "templates: tests/sbom/test_template.py",
    **{
        name: "what is compared inside files: tests/diff/content"
        for name in Limits.names()
        if name.startswith("content_")
    },
    "cause_bytes": "what is not read proves nothing: tests/comparing/test_contents.py",
    "cache_bytes": "the cache makes room by itself: tests/layers/test_cache.py",
}


@pytest.fixture
def made(tmp_path: Path) -> dict[str, Path]:
    packed = tmp_path / "packed.tar.gz"
    packed.write_bytes(compress(SAVE.read_bytes(), "gzip"))
    image = ImageBuilder().layer({"n" * 150: b""})
    built = ImageBuilder().layer({"a": random.Random(1).randbytes(1 << 20)}, codec="zstd")  # noqa: S311
    return {
        PACKED: packed,
        LONG: image.write_oci(tmp_path / "layout"),
        WINDOW: built.write_oci(tmp_path / "window"),
    }


def test_every_limit_is_overrun_here_or_elsewhere() -> None:
    assert sorted([*OVERRUN, *ELSEWHERE]) == list(Limits.names())


def test_the_ratio_is_not_looked_at_before_its_free_bytes() -> None:
    strict = ("analyze", MULTI, "--limit", "inflate_ratio=1", "--limit")
    assert "limit inflate_ratio is 1, seen" in call(*strict, "ratio_free_bytes=1").said
    assert call(*strict, "ratio_free_bytes=1G").code == 0


@pytest.mark.parametrize("name", OVERRUN)
def test_an_overrun_says_what_to_do_and_doing_it_helps(name: str, made: dict[str, Path]) -> None:
    case, low, enough, more = OVERRUN[name]
    path = made[case] if isinstance(case, str) else case
    answer = call("analyze", path, *more, "--limit", f"{name}={low}")
    assert answer.code in {2, 3}
    assert f"limit {name} is {low}, seen at least " in answer.said
    assert f"--limit {name}=N" in answer.said
    raised = call("analyze", path, *more, "--limit", f"{name}={enough}")
    assert (raised.code, raised.err) == (0, "")


@pytest.mark.parametrize("depth", [300, 700, 900, 5000])
def test_no_depth_of_a_document_is_too_much_for_us(depth: int, tmp_path: Path) -> None:
    """Raised beyond what Python can read, it is a document that cannot be read, and no crash."""
    builder = ImageBuilder().layer({"a": b""})
    raw = builder.build().config
    deep = b'{"author":' + b'{"a":' * depth + b"1" + b"}" * depth + b"," + raw[1:]
    path = builder.config_bytes(deep).write_oci(tmp_path / "layout")
    for verb in VERBS:
        answer = call(*words(verb, path), "--limit", "json_depth=1M")
        assert answer.code in ({0, 1, 2, 3} if depth == 5000 else {0, 1}), verb
        assert "internal error" not in answer.err, verb


@pytest.mark.parametrize("choice", [("--platform", "linux/amd64"), ("--image", "1.0")])
def test_a_limit_that_leaves_nothing_to_choose_from_is_named(choice: tuple[str, str]) -> None:
    for verb in ("files", "packages", "layers", "inspect"):
        answer = call(verb, MULTI, "--limit", "index_depth=0", *choice)
        assert answer.code == 2
        assert (
            "index_depth is 0, seen at least 1; raise it with --limit index_depth=N" in answer.err
        )
