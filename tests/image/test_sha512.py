"""SHA-512 all the way: every document and layer of a layout called by it, diff IDs too.

OCI image-spec v1.1, descriptor.md ("Registered algorithms") and config.md (`diff_ids` are digests
in the descriptor's form).
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from analyzer.api import analyze
from analyzer.image.identity import Kind
from analyzer.problems import Code
from tests.cli.harness import call
from tests.support.hashed import Made, make, sha512
from tests.support.imagebuilder import tar_bytes
from tests.support.tools import require_tool, run


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return make(tmp_path)


def test_every_identifier_is_verified(made: Made) -> None:
    report = analyze(str(made.path))
    (image,) = report.images
    known = {(i.kind.value, str(i.digest)): i.verified for i in image.identities}
    assert known[Kind.INDEX.value, made.index] is True
    assert known[Kind.MANIFEST.value, sha512(made.manifest)] is True
    assert known[Kind.IMAGE_ID.value, made.config] is True
    for layer, diff_id in zip(made.layers, made.diff_ids, strict=True):
        assert known[Kind.LAYER.value, layer] is True
        assert known[Kind.DIFF_ID.value, diff_id] is True
    assert (report.exit_code, report.all_problems) == (0, ())
    assert [package.name for package in image.packages] == ["tool"]


def test_the_bottom_chain_id_is_the_diff_id_and_those_above_are_sha256(made: Made) -> None:
    """opencontainers/image-spec identity/chainid.go: digest.FromBytes, which is SHA-256."""
    (image,) = analyze(str(made.path)).images
    second = hashlib.sha256(" ".join(made.diff_ids).encode()).hexdigest()
    assert [layer.chain_id for layer in image.layers] == [made.diff_ids[0], f"sha256:{second}"]


def test_skopeo_finds_the_index_where_we_do(made: Made) -> None:
    """It looks below `blobs/sha512`; version 1.9 compares manifests in an index with SHA-256."""
    asked = [require_tool("skopeo"), "inspect", "--raw", f"oci:{made.path}:1"]
    assert sha512(run(asked).stdout) == made.index


@pytest.mark.parametrize(
    "words",
    [
        ("analyze",),
        ("inspect",),
        ("ids",),
        ("ids", "--story"),
        ("ids", "--shown-by"),
        ("packages",),
        ("sbom",),
        ("verify",),
    ],
)
def test_each_command_works(words: tuple[str, ...], made: Made) -> None:
    answer = call(words[0], made.path, *words[1:])
    assert answer.code == 0, answer.text


def test_verify_reports_nothing(made: Made) -> None:
    document = call("verify", made.path, "-o", "json").json
    checks = {check["name"]: check for check in document["checks"]}
    assert [item for check in checks.values() for item in check["findings"]] == []
    assert checks["diff-ids"]["checked"] == 2
    assert checks["digests"]["checked"] == 5


@pytest.mark.parametrize("which", ["index", "config", "layers", "diff_ids"])
def test_lookup_finds_each(which: str, made: Made) -> None:
    digest = {
        "index": made.index,
        "config": made.config,
        "layers": made.layers[0],
        "diff_ids": made.diff_ids[0],
    }[which]
    kind = {"index": "index", "config": "image-id", "layers": "layer", "diff_ids": "diff-id"}
    for text in (digest, digest.partition(":")[2][:20]):
        answer = call("lookup", text, made.path, "-o", "json")
        assert answer.code == 0
        assert kind[which] in {found["kind"] for found in answer.json["answers"]}


def test_a_wrong_diff_id_is_found(tmp_path: Path) -> None:
    made = make(tmp_path, (sha512(b"other"), sha512(b"others")))
    report = analyze(str(made.path))
    wrong = [p for p in report.all_problems if p.code is Code.DIFF_ID_MISMATCH]
    assert len(wrong) == 2
    assert report.exit_code == 1
    assert call("verify", made.path).code == 1


def test_a_diff_id_of_an_unknown_algorithm_is_neither_right_nor_wrong(tmp_path: Path) -> None:
    made = make(tmp_path, ("blake3:" + "0" * 64, "blake3:" + "1" * 64))
    report = analyze(str(made.path))
    (image,) = report.images
    rows = [i for i in image.identities if i.kind is Kind.DIFF_ID]
    assert [(row.digest, row.verified) for row in rows] == [(d, None) for d in made.diff_ids]
    assert "cannot be checked" in rows[0].reason
    assert Code.DIFF_ID_MISMATCH not in {problem.code for problem in report.all_problems}
    assert call("verify", made.path, "-o", "json").json["verdict"] == "holds"


def test_against_its_own_manifest_it_is_proven(made: Made, tmp_path: Path) -> None:
    file = tmp_path / "manifest.json"
    file.write_bytes(made.manifest)
    asked = ("verify", made.path, "--against", file, "--digest", sha512(made.manifest))
    answer = call(*asked, "-o", "json")
    assert (answer.code, answer.json["level"]) == (0, "byte-identical-blobs")
    links = {link["declared"]: link["holds"] for link in answer.json["links"]}
    assert [links[diff_id] for diff_id in made.diff_ids] == [True, True]


def test_a_dir_of_skopeo_has_the_encoded_part_as_names(made: Made, tmp_path: Path) -> None:
    """containers/image directory/directory_transport.go, layerPath: `digest.Encoded()`."""
    folder = tmp_path / "dir"
    folder.mkdir()
    for blob in (made.path / "blobs" / "sha512").iterdir():
        if sha512(blob.read_bytes()) not in {made.index, sha512(made.manifest)}:
            (folder / blob.name).write_bytes(blob.read_bytes())
    (folder / "manifest.json").write_bytes(made.manifest)
    (folder / "version").write_text("Directory Transport Version: 1.1\n")
    document = call("verify", folder, "-o", "json").json
    checks = {check["name"]: check for check in document["checks"]}
    assert document["verdict"] == "holds"
    assert checks["member-names"]["checked"] == 3
    (folder / made.layers[1].partition(":")[2]).write_bytes(tar_bytes({"app": b"y"}))
    assert call("verify", folder).code == 1
