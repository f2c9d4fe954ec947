"""Archives and layouts that other projects test with, and what those projects say of them.

The facts in `corpus/expected.json` were read in the origins' own tests and golden files. Where
an origin means something else by a word than we do, the test says so.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from analyzer import AnalyzerError, Depth, ImageReport, Report, analyze, open_images
from analyzer.errors import InputError
from analyzer.layers.wants import CapturePlan, Want
from analyzer.limits import Budget, Limits
from analyzer.problems import Code, Severity
from analyzer.report import Node
from analyzer.rootfs.tree import walk
from analyzer.scanning import SILENT, LayerStore
from tests.support.tools import ROOT, require_tool, run, shared

CORPUS = ROOT.parent / "shared/corpus"
Fact = dict[str, Any]

ARTIFACTS = (
    "layouts/notaryproject-notation/",
    "layouts/google-go-containerregistry/test_index_media_type",
)
"""Layouts of signatures and charts, in which there is no image to analyze."""


def _facts() -> list[Fact]:
    """Everything said about archives and layouts; nothing where there is no corpus."""
    path = CORPUS / "expected.json"
    facts: list[Fact] = json.loads(path.read_bytes()) if path.exists() else []
    return [fact for fact in facts if fact["path"].startswith(("archives/", "layouts/"))]


FACTS = _facts()


def about(*names: str) -> pytest.MarkDecorator:
    """Run a test for every fact that has one of these members."""
    chosen = [fact for fact in FACTS if set(names) & set(fact) and fact["kind"] != "rootfs"]
    return pytest.mark.parametrize("fact", chosen, ids=lambda fact: fact["path"])


@cache
def _report(path: str, depth: Depth) -> Report:
    return analyze(str(shared("corpus", path)), depth=depth)


def report(fact: Fact) -> Report:
    """The report of what a fact is about; artifacts can only be inspected."""
    path: str = fact["path"]
    return _report(path, Depth.DOCUMENTS if path.startswith(ARTIFACTS) else Depth.PACKAGES)


def image_of(fact: Fact) -> ImageReport:
    """The only image, or that of the platform which the fact names."""
    images = report(fact).images
    wanted = fact.get("platform")
    (image,) = [image for image in images if wanted in {None, image.platform}]
    return image


def nodes(tree: tuple[Node, ...]) -> Iterator[Node]:
    for node in tree:
        yield node
        yield from nodes(node.children)


def loaded_name(name: str) -> str:
    """The name under which podman loads an image: one without a host becomes local."""
    return name if "/" in name else f"localhost/{name}"


def bare(digests: list[str | None]) -> list[str]:
    return [(digest or "").removeprefix("sha256:") for digest in digests]


@about("image_count")
def test_number_of_images(fact: Fact) -> None:
    assert len(report(fact).images) == fact["image_count"]


@about("image_id")
def test_image_id(fact: Fact) -> None:
    """Ggcr's layout names one image several times, beside others."""
    assert fact["image_id"] in {image.image_id for image in report(fact).images}


@about("tags")
def test_tags(fact: Fact) -> None:
    """container-libs state the names after loading into podman, which adds `localhost/`."""
    names = [name for image in report(fact).images for name in image.names]
    if "container-libs" in fact["source"]:
        names = [loaded_name(name) for name in names]
    assert set(fact["tags"]) <= set(names)
    if len(fact["tags"]) >= len(report(fact).images):
        assert sorted(fact["tags"]) == sorted(names)


@about("images")
def test_each_image_of_an_archive(fact: Fact) -> None:
    found = report(fact).images
    assert [image.image_id for image in found] == [one["image_id"] for one in fact["images"]]
    for image, one in zip(found, fact["images"], strict=True):
        assert list(image.names) == one["tags"]
        assert image.platform == f"{one['os']}/{one['arch']}"
        assert image.config["created"] == one["created"]
        assert len(image.layers) == len(one["layers"])
        if image.layers[0].chain_id is None:
            # container-inspector hashes the layer file where the config has no diff IDs.
            assert fact["path"].endswith("windows-mini-image.tar.gz")
            continue
        assert bare([layer.diff_id for layer in image.layers]) == one["layers"]


@about("layer_count", "history_length")
def test_number_of_layers_and_steps(fact: Fact) -> None:
    image = image_of(fact)
    if "layer_count" in fact:
        assert len(image.layers) == fact["layer_count"]
    if "history_length" in fact:
        assert len(image.config["history"]) == fact["history_length"]


@about("diff_ids", "diff_ids_contains")
def test_diff_ids(fact: Fact) -> None:
    found = [[layer.diff_id for layer in image.layers] for image in report(fact).images]
    if "diff_ids" in fact:
        assert found == [fact["diff_ids"]]
    for wanted in fact.get("diff_ids_contains", []):
        assert any(wanted in diff_ids for diff_ids in found)


@about("layers")
def test_layers_of_one_image(fact: Fact) -> None:
    """Dive calls the diff ID a layer's digest; scancode.io gives it without algorithm."""
    stated = [one["digest"] if isinstance(one, dict) else f"sha256:{one}" for one in fact["layers"]]
    image = image_of(fact)
    assert [layer.diff_id for layer in image.layers] == stated
    for layer, one in zip(image.layers, fact["layers"], strict=True):
        if isinstance(one, dict):
            # dive leaves out the shell of the classic builder.
            assert layer.created_by.removeprefix("/bin/sh -c ") == one["command"]


@about("layer_digests")
def test_layer_digests(fact: Fact) -> None:
    assert [layer.digest for layer in image_of(fact).layers] == fact["layer_digests"]


@about("manifest_digest", "nested_index_digest")
def test_manifest_and_index_digests(fact: Fact) -> None:
    """Of artifacts too: notation's layouts hold a signed artifact and its signatures."""
    digests = {(node.digest, node.verified) for node in nodes(report(fact).tree)}
    if "manifest_digest" in fact:
        assert (fact["manifest_digest"], True) in digests
    if "nested_index_digest" in fact:
        assert (fact["nested_index_digest"], True) in digests


@about("layer_media_type")
def test_layer_media_type(fact: Fact) -> None:
    types = {n.media_type for n in nodes(report(fact).tree) if n.kind in {"layer", "attachment"}}
    assert fact["layer_media_type"] in types


@about("platforms")
def test_manifest_of_each_platform(fact: Fact) -> None:
    found = {image.platform: image.manifest_digest for image in report(fact).images}
    assert found == fact["platforms"]
    with pytest.raises(InputError, match="linux/ppc64le") as caught:
        analyze(str(shared("corpus", fact["path"])), platforms=["linux/ppc64le"])
    assert all(platform in caught.value.hint for platform in found)


@about("platform", "created")
def test_platform_and_creation_time(fact: Fact) -> None:
    image = image_of(fact)
    if "platform" in fact:
        assert image.platform == fact["platform"]
    if "created" in fact:
        assert image.config["created"] == fact["created"]


@about("os")
def test_distribution(fact: Fact) -> None:
    """scancode.io says `debian:9`, container-inspector only the platform's system, or nothing."""
    (image,) = report(fact).images
    distro = f"{image.distro.id}:{image.distro.version_id}" if image.distro else None
    if fact["os"] is None or ":" in fact["os"]:
        assert distro == fact["os"]
    else:
        assert image.platform.partition("/")[0] == fact["os"]


@about("packages")
def test_packages(fact: Fact) -> None:
    """scancode.io calls packages of apk by the distribution, `alpine`.

    What an SBOM in the image claims, as in those of apko, is not what a database lists.
    """
    packages = [package for package in image_of(fact).installed if not package.owner]
    assert sorted([package.name, package.version] for package in packages) == sorted(
        fact["packages"]
    )
    assert {package.type for package in packages} == {
        {"alpine": "apk"}.get(fact["package_type"], fact["package_type"])
    }
    if "package_count" in fact:
        assert len(packages) == fact["package_count"]


@about("valid", "readable")
def test_what_the_origin_calls_valid_has_no_errors(fact: Fact) -> None:
    assert report(fact).exit_code == 0


class TestMergedFiles:
    @staticmethod
    def merged(path: str, wanted: tuple[str, ...]) -> tuple[list[str], dict[str, bytes]]:
        """Every path of the merged tree, and the content that wanted ones lead to."""
        wants = (Want("**/*"), *(Want(name, literal=True) for name in wanted))
        with open_images(str(shared("corpus", path))) as chosen:
            (image,) = chosen.images
            store = LayerStore(chosen.opened.source, Budget(Limits()))
            plan = CapturePlan(wants)
            store.scan([image], plan, SILENT)
            rootfs, _ = store.merged(image, plan)
        contents = {v.wanted: v.captured.data for v in rootfs.after[-1] if v.captured is not None}
        return [name for name, _ in walk(rootfs.root)], contents

    @about("absent_basenames")
    def test_whiteouts_leave_nothing_of_these_names(self, fact: Fact) -> None:
        paths, _ = self.merged(fact["path"], ())
        assert paths
        for name in fact["absent_basenames"]:
            assert all(name not in path.split("/") for path in paths)

    @about("files")
    def test_contents_through_links(self, fact: Fact) -> None:
        wanted = tuple(name for name, _ in fact["files"])
        _, contents = self.merged(fact["path"], wanted)
        assert {name: contents.get(name) for name in wanted} == {
            name: text.encode() for name, text in fact["files"]
        }

    def test_a_file_of_a_later_layer_counts(self) -> None:
        name = "archives/google-go-containerregistry/mutate/overwritten_file.tar"
        paths, contents = self.merged(name, ())
        (path,) = [path for path in paths if path.rpartition("/")[2] == "foo.txt"]
        assert b"foo" not in contents[path]

    def test_links_out_of_the_image_lead_nowhere(self) -> None:
        path = CORPUS / "malformed/google-osv-scalibr/symlink-attack.tar"
        if not path.exists():
            pytest.skip("there is no corpus beside the repository")
        wanted = ("dir1/attack-symlink.txt", "dir1/attack-symlink-absolute.txt")
        _, contents = self.merged(str(path.relative_to(CORPUS)), wanted)
        assert not set(wanted) & set(contents)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("google-go-containerregistry/null_manifest.tar", None),
        ("google-go-containerregistry/no_manifest.tar", 3),
        ("anchore-stereoscope/invalid_file", None),
        ("anchore-stereoscope/no_manifests", None),
        ("anchore-stereoscope/valid_manifest", None),
        ("bazelbuild-rules_docker/test_index2", 3),  # no index.json: found through the blobs
        ("bazelbuild-rules_docker/test_index3", None),
        ("bazelbuild-rules_docker/test_index4", 3),
        ("bazelbuild-rules_docker/test_index5", 3),
    ],
)
def test_what_the_origin_refuses_is_refused_or_reported_as_incomplete(
    name: str, code: int | None
) -> None:
    """None stands for an error. We still report what is left where one part is missing."""
    path = shared("corpus", "malformed", name)
    if code is None:
        with pytest.raises(AnalyzerError):
            analyze(str(path))
    else:
        assert analyze(str(path)).exit_code == code


def test_the_two_images_of_a_bundle_have_a_name_each() -> None:
    """Ggcr refuses to guess between them; without a name we report both."""
    path = shared("corpus", "archives/google-go-containerregistry/tarball/test_bundle.tar")
    for name in ("test_image_1", "test_image_2"):
        assert [image.names for image in analyze(f"{path}:{name}").images] == [(name,)]


def test_a_trimmed_archive_is_read_and_its_layers_refuted() -> None:
    """The origin cut the layers; the configs and so the image IDs are as they were.

    `file` says of the header: "last modified: Thu Jun 16 18:20:01 2022, from Unix".
    """
    path = shared("corpus", "archives/aboutcode-org-scancode.io/docker-images.tar.gz")
    whole = analyze(str(path))
    assert whole.exit_code == 1
    wrong = [p for p in whole.all_problems if p.severity is not Severity.NOTE]
    assert {problem.code for problem in wrong} == {Code.DIFF_ID_MISMATCH}
    (header,) = (p for p in whole.all_problems if p.severity is Severity.NOTE)
    assert (header.code, header.where) == (Code.GZIP_HEADER, path.name)
    assert "time 2022-06-16T18:20:01Z (byte 4), system 3, Unix (byte 9)" in header.detail


SKOPEO = {
    "docker-archive": [
        "archives/wagoodman-dive/test-docker-image.tar",
        "archives/google-go-containerregistry/tarball/hello-world-v25.tar",
        "archives/google-go-containerregistry/tarball/test_link.tar",
        "archives/google-go-containerregistry/mutate/whiteout_dir.tar",
        "archives/aboutcode-org-container-inspector/repos/imagesv11.tar",
        "archives/aboutcode-org-container-inspector/image/mini-image_from_scratch-2.0.tar",
        "archives/aboutcode-org-scancode.io/alpine_3_15_4.tar.gz",
        "archives/aboutcode-org-scancode.io/gcr_io_distroless_base.tar.gz",
        "archives/google-osv-scalibr/basic.tar",
        "archives/GoogleContainerTools-jib/docker-save.tar",
        "archives/GoogleContainerTools-jib/jib-image.tar",
        "archives/containers-container-libs/docker-two-images.tar.xz",
        "archives/bazelbuild-rules_docker/pause.tar",
    ],
    "oci": [
        "layouts/anchore-stereoscope/multiplatform_oci_dir",
        "layouts/bazelbuild-rules_docker/test_index1",
    ],
    "oci-archive": [
        "archives/anchore-stereoscope/valid-oci.tar",
        "archives/containers-container-libs/buildkit-oci.tar",
        "archives/containers-container-libs/oci-unnamed.tar.gz",
        "archives/wagoodman-dive/test-oci-gzip-image.tar",
        "archives/wagoodman-dive/test-oci-zstd-image.tar",
    ],
}


@pytest.mark.parametrize(
    ("transport", "name"), [(kind, name) for kind, names in SKOPEO.items() for name in names]
)
def test_skopeo_reads_the_same_configs(transport: str, name: str, tmp_path: Path) -> None:
    path = shared("corpus", name)
    if name.endswith(".tar.gz") and transport == "docker-archive":  # skopeo 1.9 reads it cut off
        path = tmp_path / "gunzipped.tar"
        path.write_bytes(gzip.decompress(shared("corpus", name).read_bytes()))
    machine = ["--tmpdir", str(tmp_path), "--override-os", "linux", "--override-arch", "amd64"]
    skopeo = [require_tool("skopeo"), *machine, "inspect", "--config", "--raw"]
    images = _report(name, Depth.PACKAGES).images
    for position, image in enumerate(images):
        if transport == "docker-archive":
            reference = f"docker-archive:{path}:@{position}"
        elif position == 0:
            reference = f"{transport}:{path}"
        else:
            continue  # another platform of the same name
        config = run([*skopeo, reference]).stdout
        assert image.image_id == f"sha256:{hashlib.sha256(config).hexdigest()}"
