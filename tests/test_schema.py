"""The published schema describes what `to_document` writes, and nothing looser."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from analyzer.api import analyze
from analyzer.digest import digest_bytes
from analyzer.findings.model import Finding, FindingKind
from analyzer.image.identity import Kind, Origin
from analyzer.problems import Code, Severity, error, note
from analyzer.report import ALL_PARTS, SCHEMA, Document, Node, Report, to_document
from tests.sbom.reports import INDEX, MANIFEST, make_docker_image, make_image, make_package
from tests.sbom.reports import make_report as base_report
from tests.support.imagebuilder import ImageBuilder
from tests.support.layouts import Layout, blob_path
from tests.support.tarbytes import File
from tests.support.tools import ROOT

SCHEMA_DOCUMENT: dict[str, Any] = json.loads(
    ROOT.joinpath("analyzer", "schema", "report-1.0.json").read_bytes()
)
DEFINITIONS: dict[str, Any] = SCHEMA_DOCUMENT["$defs"]
VALIDATOR = Draft202012Validator(SCHEMA_DOCUMENT)

FREE = {"config", "platform_declared", "annotations"}
"""Members whose content is the input's."""


def make_report() -> Report:
    """A report with something in every member."""
    layer = Node("layer", "blobs/sha256/ab", digest_bytes(b"l"), "layer", 5, "", verified=True)
    missing = Node("attachment", "blobs/sha256/cd", None, "", None, "linux/arm64", verified=None)
    manifest = Node(
        "manifest",
        "blobs/sha256/ef",
        MANIFEST,
        "application/vnd.oci.image.manifest.v1+json",
        500,
        "linux/amd64",
        verified=False,
        names=("app:1",),
        annotations={"org.opencontainers.image.ref.name": "1"},
        children=(layer, missing),
    )
    first = make_image(
        make_package(),
        make_package("gone", state="config-files", source=None, introduced_in=None, purl=""),
        make_package(
            "python",
            namespace="n",
            license_expression="LGPL-2.1-or-later",
            digests=("sha256:ab",),
            dependencies=("deb:libc6:amd64@2.36-9+deb12u4",),
            owner="deb:libc6:amd64@2.36-9+deb12u4",
        ),
        index_digest=INDEX,
        problems=(note(Code.HISTORY_MISMATCH, "config", "3 entries, 2 layers"),),
    )
    root = Finding(FindingKind.RUNS_AS_ROOT, "runs as root", "config.User")
    step = "ENV A_TOKEN=...(3 characters)"
    secret = Finding(FindingKind.SECRET, "the value", "config.Env A", 0, step, "...(3 characters)")
    first = replace(first, findings=(root, secret))
    second = replace(make_docker_image(distro=None, layers=()), platform_declared=None)
    problems = (error(Code.ARCHIVE_TRUNCATED, "", "ends at byte 10"),)
    return base_report(first, second, tree=(manifest,), problems=problems)


def document() -> Document:
    """The JSON form as a reader gets it."""
    loaded: Document = json.loads(json.dumps(to_document(make_report())))
    return loaded


def objects(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:  # noqa: ANN401 (JSON)
    """Every subschema of the schema with its place."""
    if isinstance(schema, dict):
        yield path, schema
        for key, value in schema.items():
            yield from objects(value, f"{path}/{key}")
    elif isinstance(schema, list):
        for position, value in enumerate(schema):
            yield from objects(value, f"{path}/{position}")


def test_the_schema_is_one() -> None:
    """Checked against the meta-schema of its draft; names no web host of its own."""
    Draft202012Validator.check_schema(SCHEMA_DOCUMENT)
    assert SCHEMA_DOCUMENT["$id"].startswith("urn:")
    assert SCHEMA_DOCUMENT["properties"]["schema"]["const"] == SCHEMA == SCHEMA_DOCUMENT["title"]


def test_the_whole_report_is_valid() -> None:
    """With every member."""
    VALIDATOR.validate(document())


@pytest.mark.parametrize("tree", [True, False])
@pytest.mark.parametrize("count", range(len(ALL_PARTS) + 1))
def test_every_subset_is_valid(count: int, tree: bool) -> None:  # noqa: FBT001 (parametrised)
    """Commands leave out what they do not show."""
    for parts in combinations(ALL_PARTS, count):
        VALIDATOR.validate(to_document(make_report(), parts, tree=tree))


@pytest.mark.parametrize(
    ("values", "enumeration"),
    [
        (Code, DEFINITIONS["problem"]["properties"]["code"]["enum"]),
        (Severity, DEFINITIONS["problem"]["properties"]["severity"]["enum"]),
        (Kind, DEFINITIONS["identity"]["properties"]["kind"]["enum"]),
        (Origin, DEFINITIONS["identity"]["properties"]["origin"]["enum"]),
        (FindingKind, DEFINITIONS["finding"]["properties"]["kind"]["enum"]),
    ],
)
def test_enumerations_are_ours(values: Any, enumeration: list[str]) -> None:  # noqa: ANN401 (enum class)
    """A new code or kind has to be published."""
    assert [value.value for value in values] == enumeration


def test_nothing_unknown_is_allowed() -> None:
    """Every object is closed, except where the content is the input's."""
    for path, schema in objects(SCHEMA_DOCUMENT):
        is_object = "object" in schema.get("type", ()) and isinstance(
            schema.get("type"), (str, list)
        )
        if is_object and path.rpartition("/")[2] not in FREE:
            assert schema.get("additionalProperties") is False, path


def test_required_members_are_all_but_the_parts() -> None:
    """Only what `to_document` can leave out, and what `ids` alone says, is optional."""
    optional = {
        "image": {*ALL_PARTS, "shown_by", "story"},
        "identity": {"hashed", "printed_by"},
    }
    for name, schema in DEFINITIONS.items():
        if schema["type"] == "object":
            left_out = set(schema["properties"]) - set(schema["required"])
            assert left_out == optional.get(name, set()), name
    assert set(SCHEMA_DOCUMENT["properties"]) - set(SCHEMA_DOCUMENT["required"]) == {"tree"}


def test_every_member_is_described() -> None:
    """The schema is the documentation of the JSON."""
    for path, schema in objects(SCHEMA_DOCUMENT):
        for name, member in schema.get("properties", {}).items():
            if isinstance(member, dict) and not path.endswith("/properties"):
                assert member.get("description", "").endswith("."), f"{path}: {name}"


def _set(*path: str | int, to: object) -> Callable[[Document], None]:
    def change(target: Any) -> None:  # noqa: ANN401 (JSON)
        for step in path[:-1]:
            target = target[step]
        target[path[-1]] = to

    return change


def _drop(*path: str | int) -> Callable[[Document], None]:
    def change(target: Any) -> None:  # noqa: ANN401 (JSON)
        for step in path[:-1]:
            target = target[step]
        del target[path[-1]]

    return change


WRONG = {
    "another schema": _set("schema", to="ociscope-report-2.0"),
    "a member nobody knows": _set("images", 0, "extra", to=1),
    "no problems": _drop("problems"),
    "an image without names": _drop("images", 0, "names"),
    "a digest that is none": _set("images", 0, "image_id", to="abc"),
    "a digest too short": _set("images", 0, "manifest_digest", to="sha256:00"),
    "upper-case hexadecimal": _set("images", 0, "index_digest", to="sha256:" + "A" * 64),
    "a negative size": _set("images", 0, "layers", 0, "size", to=-1),
    "a size as text": _set("images", 0, "layers", 0, "size", to="5"),
    "a fractional position": _set("images", 0, "position", to=0.5),
    "verified as a word": _set("images", 0, "identities", 0, "verified", to="yes"),
    "a kind nobody knows": _set("images", 0, "identities", 0, "kind", to="sha"),
    "an origin nobody knows": _set("images", 0, "identities", 0, "origin", to="guessed"),
    "completeness nobody knows": _set("images", 0, "completeness", to="mostly"),
    "a severity nobody knows": _set("problems", 0, "severity", to="fatal"),
    "a code nobody knows": _set("problems", 0, "code", to="oops"),
    "a node kind nobody knows": _set("tree", 0, "kind", to="thing"),
    "a broken child": _set("tree", 0, "children", 0, "size", to="big"),
    "annotations that are no texts": _set("tree", 0, "annotations", to={"a": 1}),
    "a purl that is none": _set("images", 0, "packages", 0, "purl", to="deb/libc6"),
    "a package without a state": _drop("images", 0, "packages", 0, "state"),
    "a location without a path": _drop("images", 0, "packages", 0, "locations", 0, "path"),
    "licences as one text": _set("images", 0, "packages", 0, "licenses", to="MIT"),
    "a finding of no kind": _set("images", 0, "findings", 0, "kind", to="alarm"),
    "a finding without words": _set("images", 0, "findings", 0, "what", to=""),
    "a finding with a value in full": _set("images", 0, "findings", 0, "value", to="hunter2"),
    "a finding that leaves out its layer": _drop("images", 0, "findings", 0, "layer"),
    "a config that is a list": _set("images", 0, "config", to=[]),
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG.keys())
def test_wrong_documents_fail(change: Callable[[Document], None]) -> None:
    """Each case differs from a valid document in one point."""
    changed = document()
    change(changed)
    assert not VALIDATOR.is_valid(changed)


def test_other_digest_algorithms_pass() -> None:
    """Grammar only, where we do not know the algorithm's length."""
    changed = document()
    changed["images"][0]["image_id"] = "blake3+b64:" + "aB0_-="
    VALIDATOR.validate(changed)
    changed["images"][0]["image_id"] = "sha512:" + "0" * 128
    VALIDATOR.validate(changed)


def test_free_content_is_free() -> None:
    """The config and the declared platform are the input's own."""
    changed = document()
    changed["images"][0]["config"] = {"any": [None, {"thing": 1.5}]}
    changed["images"][0]["platform_declared"] = {"os": 7, "more": []}
    VALIDATOR.validate(changed)


def _inputs(folder: Path) -> Iterator[Path]:
    """Every form of archive, with layers missing, damaged and mislabelled."""
    plain = ImageBuilder().layer({"etc/os-release": File(b"ID=debian\n")}).empty_layer("CMD x")
    for style in ("legacy", "skopeo", "hybrid", "containerd"):
        yield plain.write_save(folder / f"{style}.tar", "app:1", "host.example/app:2", style=style)
    yield plain.write_oci(folder / "layout", "latest")
    layout = Layout()
    built = layout.add(plain, name="host.example/app:1")
    layout.add_index([plain, ImageBuilder().platform("linux/arm64").layer({})], ref_name="two")
    layout.add_descriptor({"mediaType": "x", "digest": f"sha256:{'0' * 64}", "size": 1})
    layout.add(ImageBuilder().layer(declare_digest=f"sha256:{'1' * 64}"), ref_name="absent")
    layout.add(ImageBuilder().layer(declare_diff_id=f"sha256:{'2' * 64}"), ref_name="wrong")
    layout.add(ImageBuilder().config_bytes(b"[]"), ref_name="odd")
    layout.extra_blob(b"nothing refers to it")
    yield layout.write_tar(folder / "layout.tar")
    layout.replace(blob_path(built.digest), b"{}")
    yield layout.write_tar(folder / "damaged.tar")


def test_real_reports_are_valid(tmp_path: Path) -> None:
    """What `analyze` says of archives in every form, good and bad, has the published form."""
    seen = set()
    for path in _inputs(tmp_path):
        written = json.loads(json.dumps(to_document(analyze(str(path)))))
        VALIDATOR.validate(written)
        seen |= {node["kind"] for node in _nodes(written["tree"])}
    assert {"index", "manifest", "config", "layer", "image", "blob", "file"} <= seen


def _nodes(tree: list[Any]) -> Iterator[Any]:
    for node in tree:
        yield node
        yield from _nodes(node["children"])
