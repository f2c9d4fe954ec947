"""`ociscope verify`: what it finds, how it says it, and how it exits."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from jsonschema import Draft202012Validator

from tests.cli.harness import Answer, call
from tests.support.hostile import HOSTILE
from tests.support.imagebuilder import (
    Dir,
    File,
    ImageBuilder,
    Layout,
    compact,
    sha256,
    tar_bytes,
)
from tests.support.layouts import blob_path
from tests.support.tools import ROOT

SCHEMA: dict[str, Any] = json.loads(
    ROOT.joinpath("analyzer", "schema", "verify-1.0.json").read_bytes()
)
VALIDATOR = Draft202012Validator(SCHEMA)
ELF = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00"
"""System V ABI: 64-bit, little endian, executable; the machine follows."""


def image() -> ImageBuilder:
    return ImageBuilder().layer({"a": b"one"}).layer({"b": b"two"})


def verify(path: Path, *words: str) -> dict[str, Any]:
    answer = call("verify", path, "-o", "json", *words)
    document: dict[str, Any] = answer.json
    VALIDATOR.validate(document)
    return document | {"code": answer.code}


def found(document: dict[str, Any], check: str) -> list[dict[str, Any]]:
    (one,) = [c for c in document["checks"] if c["name"] == check]
    findings: list[dict[str, Any]] = one["findings"]
    return findings


def checked(document: dict[str, Any], check: str) -> int:
    (one,) = [c for c in document["checks"] if c["name"] == check]
    count: int = one["checked"]
    return count


def lines_over(answer: Answer, columns: int = 80) -> list[str]:
    return [line for line in answer.text.splitlines() if len(line) > columns]


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_a_sound_layout_holds(tmp_path: Path) -> None:
    document = verify(image().write_oci(tmp_path / "layout", ref_name="1"))
    assert (document["code"], document["verdict"]) == (0, "holds")
    # index.json names the manifest; the manifest a config and two layers.
    assert checked(document, "digests") == checked(document, "sizes") == 4
    assert checked(document, "member-names") == 4
    assert checked(document, "diff-ids") == 2
    assert [item["name"] for item in document["uncommitted"]] == ["index.json", "oci-layout"]


def test_a_changed_layer_is_told_with_both_digests_and_its_offset(tmp_path: Path) -> None:
    built = image().build()
    blob = built.layers[1].blob
    layout = Layout()
    layout.add(built)
    other = b"x" * len(blob)
    layout.replace(blob_path(sha256(blob)), other)
    path = layout.write_tar(tmp_path / "l.tar")
    document = verify(path)
    assert document["code"] in {1, 3}
    (finding,) = found(document, "digests")
    assert finding["where"] == blob_path(sha256(blob))
    assert (finding["declared"], finding["measured"]) == (sha256(blob), sha256(other))
    assert finding["offset"] == path.read_bytes().index(other)
    (named,) = found(document, "member-names")
    assert named["measured"] == sha256(other)


def test_a_wrong_size_is_told(tmp_path: Path) -> None:
    path = ImageBuilder().layer({"a": b"1"}, declare_size=7).write_oci(tmp_path / "layout")
    document = verify(path)
    (finding,) = found(document, "sizes")
    assert document["code"] == 1
    assert (finding["severity"], finding["declared"]) == ("error", "7 bytes")


def test_a_wrong_diff_id_is_told(tmp_path: Path) -> None:
    lie = sha256(b"other")
    layer = {"a": b"1"}
    path = ImageBuilder().layer(layer, declare_diff_id=lie).write_oci(tmp_path / "layout")
    document = verify(path)
    (finding,) = found(document, "diff-ids")
    assert document["code"] == 1
    assert (finding["declared"], finding["measured"]) == (lie, sha256(tar_bytes(layer)))


def test_an_unreferenced_blob_with_a_wrong_name_is_an_error(tmp_path: Path) -> None:
    layout = Layout()
    layout.add(image())
    lie = sha256(b"what it was")
    layout.extra_blob(b"what it is", lie)
    document = verify(layout.write_dir(tmp_path / "layout"))
    assert document["code"] == 1
    (finding,) = found(document, "member-names")
    assert (finding["declared"], finding["measured"]) == (lie, sha256(b"what it is"))
    (loose,) = found(document, "unreferenced")
    assert loose["severity"] == "note"


def test_a_config_that_is_not_what_its_name_says(tmp_path: Path) -> None:
    built = image().build()
    lie = sha256(b"lie").removeprefix("sha256:")
    layers = [f"{n}.tar" for n in range(2)]
    listed = [{"Config": f"{lie}.json", "RepoTags": None, "Layers": layers}]
    entries: dict[str, Any] = {f"{lie}.json": built.config, "manifest.json": compact(listed)}
    entries |= {name: layer.tar for name, layer in zip(layers, built.layers, strict=True)}
    path = tmp_path / "save.tar"
    path.write_bytes(tar_bytes(entries))
    document = verify(path)
    assert document["code"] == 1
    (finding,) = found(document, "member-names")
    assert (finding["declared"], finding["measured"]) == (f"sha256:{lie}", sha256(built.config))


def test_duplicate_keys_strangers_and_doubles_are_listed(tmp_path: Path) -> None:
    layout = Layout()
    layout.add(image(), ref_name="1")
    files: list[tuple[str, Any]] = [(name, File(data)) for name, data in layout.files().items()]
    twice = layout.index_json.replace(
        b'{"schemaVersion":2', b'{"schemaVersion":2,"schemaVersion":2'
    )
    files += [("index.json", twice), ("notes.txt", b"hello")]
    path = tmp_path / "l.tar"
    path.write_bytes(tar_bytes(files) + b"more" * 128)
    document = verify(path)
    assert document["code"] == 0
    assert [f["where"] for f in found(document, "duplicate-keys")] == ["index.json"]
    assert [f["where"] for f in found(document, "outside-members")] == ["notes.txt"]
    assert [f["where"] for f in found(document, "duplicate-members")] == ["index.json"]
    assert len(found(document, "trailing-bytes")) == 1


def test_a_document_of_both_kinds_is_an_error(tmp_path: Path) -> None:
    layout = Layout()
    layout.add(image())
    layout.top(layers=[])
    answer = call("verify", layout.write_dir(tmp_path / "layout"), "-o", "json")
    assert answer.code in {1, 3}
    assert found(answer.json, "one-kind")


def test_an_embedded_copy_is_compared(tmp_path: Path) -> None:
    built = image().build()
    layout = Layout()
    layout.add(built)
    entry = built.descriptor({}, platform=False)
    layout.add_descriptor(entry | {"data": "bm90IHRoZSBtYW5pZmVzdA=="})
    document = verify(layout.write_dir(tmp_path / "layout"))
    (finding,) = found(document, "data")
    assert document["code"] == 1
    assert finding["measured"] == sha256(b"not the manifest")


@pytest.mark.parametrize(("machine", "findings"), [(62, 0), (183, 1)])
def test_programs_are_compared_with_the_platform(
    machine: int, findings: int, tmp_path: Path
) -> None:
    program = ELF + machine.to_bytes(2, "little") + bytes(44)
    builder = ImageBuilder().layer({"app": program}).platform("linux/amd64")
    path = builder.config(config={"Entrypoint": ["/app", "run"]}).write_oci(tmp_path / "layout")
    document = verify(path)
    assert document["code"] == 0
    assert checked(document, "programs") == 1
    assert [f["measured"] for f in found(document, "programs")] == ["arm64"] * findings


def test_a_file_with_nothing_in_it_proves_nothing(tmp_path: Path) -> None:
    built = image().build()
    layout = Layout()
    layout.add(built)
    layout.omit(built.digest, *(layer.declared_digest for layer in built.layers))
    layout.omit(built.image_id)
    document = verify(layout.write_dir(tmp_path / "layout"))
    assert document["code"] == 1
    assert found(document, "presence")


def test_a_root_filesystem_promises_nothing_and_is_told_so(tmp_path: Path) -> None:
    folders = {name: Dir() for name in ("bin", "dev", "etc", "proc", "sys", "usr", "var")}
    path = tmp_path / "root.tar"
    files = {"etc/os-release": File(b"ID=alpine\n"), "usr/bin/env": File(b"x")}
    path.write_bytes(tar_bytes({**folders, **files}))
    answer = call("verify", path)
    assert answer.code == 0
    assert "states no digest of anything" in answer.text.splitlines()[1]


def test_another_platform_is_left_alone(tmp_path: Path) -> None:
    layout = Layout()
    broken = image().platform("linux/arm64").layer({"c": b"3"}, declare_size=1).build()
    layout.add_index([image(), broken], ref_name="1")
    path = layout.write_dir(tmp_path / "layout")
    assert call("verify", path, "--platform", "linux/amd64").code == 0
    assert call("verify", path, "--platform", "linux/arm64").code == 1


def test_the_table_fits_eighty_columns(tmp_path: Path) -> None:
    layout = Layout()
    layout.add(ImageBuilder().layer({"a": b"1"}, declare_size=7, declare_diff_id=sha256(b"no")))
    layout.extra_blob(b"loose")
    layout.extra_blob(b"what it is", sha256(b"what it was"))
    answer = call("verify", layout.write_tar(tmp_path / "l.tar"))
    assert answer.code == 1
    assert answer.text.splitlines()[1].startswith("BROKEN: ")
    assert lines_over(answer) == []


def test_a_long_list_is_cut_on_screen_with_the_tables_of_contents_first(tmp_path: Path) -> None:
    layout = Layout()
    layout.add(image())
    for number in range(30):
        layout.replace(f"a{number:02}", b"%d" % number)
    path = layout.write_tar(tmp_path / "l.tar")
    shown = call("verify", path).text.partition("Nothing commits to these members")[2].splitlines()
    names = [line.strip() for line in shown if line.startswith("  ") and line[2] != " "]
    assert names[:2] == ["index.json", "oci-layout"]
    assert names[-1] == "12 more, -o json has them all"
    assert len(names) == 21
    assert len(verify(path)["uncommitted"]) == 32


def test_standard_input_is_checked_like_a_file(tmp_path: Path) -> None:
    path = image().write_oci_tar(tmp_path / "l.tar", ref_name="1")
    expected = verify(path)
    with mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(path.read_bytes()))):
        found = call("verify", "-", "-o", "json").json
    assert found["checks"] == expected["checks"]
    assert found["source"]["name"] == "standard input"


QUICK = sorted(name for name in HOSTILE if "inflates to" not in name)
"""The bombs are met by the same code in every command."""


@pytest.mark.parametrize("sentence", QUICK)
def test_hostile_input_gets_an_answer(sentence: str, tmp_path: Path) -> None:
    answer = call("verify", HOSTILE[sentence](tmp_path), "-o", "json")
    assert answer.code in {0, 1, 2, 3}
    assert "Traceback" not in answer.err
    assert "internal error" not in answer.err
    if answer.code == 2:
        assert answer.err.startswith("ociscope: error: ")
    else:
        VALIDATOR.validate(answer.json)
