"""What other tools print, foretold, against the real tools that Debian has packages of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from analyzer import Depth, Report, analyze
from analyzer.image.names import familiar
from analyzer.image.synthesised import MadeUp
from analyzer.predict import NOTHING, REFUSED, Prediction, predict
from analyzer.predict.model import ARTIFACT, IMAGE_ID, INDEX, LAYER, MADE_UP, MANIFEST, complete
from analyzer.predict.readers import FILE, REGISTRY
from analyzer.predict.stores import (
    BUILDAH,
    CONTAINERD,
    CONTAINERD_STORE,
    GRAPHDRIVER,
    KUBERNETES,
    PODMAN,
)
from analyzer.report import ImageReport
from tests.image.forms import FORMS, base, layout, multi, save, two
from tests.image.madeup import ours
from tests.support.archives import items
from tests.support.codecs import sha256
from tests.support.engines import Client, containerd, dockerd, podman
from tests.support.imagebuilder import Layout, write_save
from tests.support.tools import require_tool, run, shared

ONE = ("test/one", "localhost:5000/one")
DOCKER_STYLE = [name for name in FORMS if not name.startswith("layout")]


def made_up(path: Path, report: Report, image: ImageReport) -> tuple[MadeUp, ...]:
    if "docker-archive" not in report.source.kind:
        return ()
    found = {item.image_id: item for item in items(path)}
    item = found.get(image.image_id or "")
    if item is None:
        return ()
    has_layout = "oci-layout" in report.source.kind
    return tuple(ours(item, layout=has_layout, images=len(found)).values())


def foretold(path: Path) -> list[tuple[ImageReport, tuple[Prediction, ...]]]:
    report = analyze(str(path), depth=Depth.LAYERS)
    return [
        (image, predict(report, image, made_up(path, report, image))) for image in report.images
    ]


def rows(
    predictions: tuple[Prediction, ...], tool: str, column: str, command: str = ""
) -> list[Prediction]:
    return [
        row
        for row in predictions
        if (row.tool, row.field) == (tool, column) and row.command.startswith(command)
    ]


def printed(predictions: tuple[Prediction, ...], tool: str, column: str, command: str) -> list[str]:
    """What a field shows, from however many rows."""
    found = rows(predictions, tool, column, command)
    assert all(row.checked for row in found)
    return sorted(text for row in found for text in row.printed)


def refused(predictions: tuple[Prediction, ...], tool: str) -> bool:
    return any(row.tool == tool and row.shows == REFUSED and row.checked for row in predictions)


def here(image: ImageReport) -> bool:
    """Whether a reader that picks one platform picks this one on the machine of the tests."""
    return image.platform == "linux/amd64"


# docker with the graphdriver store.


@pytest.fixture(scope="module")
def docker() -> Iterator[Client]:
    with dockerd() as client:
        yield client


@pytest.mark.parametrize("form", FORMS)
def test_docker_with_the_graphdriver_store(form: str, docker: Client, tmp_path: Path) -> None:
    path = FORMS[form](tmp_path)
    told = foretold(path)
    if form not in DOCKER_STYLE:
        with pytest.raises(AssertionError, match="no such file"):
            docker("load", "--input", path)
        assert all(refused(predictions, GRAPHDRIVER) for _, predictions in told)
        return
    docker("load", "--input", path)
    listed = docker("images", "--no-trunc", "--digests", "--format", "{{.ID}} {{.Digest}}")
    numbers = {line.split()[0] for line in listed.splitlines()}
    assert {line.split()[1] for line in listed.splitlines()} == {"<none>"}
    said: list[dict[str, Any]] = json.loads(docker("inspect", *numbers))
    docker("rmi", "--force", *numbers)
    for image, predictions in told:
        (shown,) = [one for one in said if one["Id"] == image.image_id]
        assert image.image_id in numbers
        assert [image.image_id] == printed(predictions, GRAPHDRIVER, "IMAGE ID", "docker images")
        assert [image.image_id] == printed(predictions, GRAPHDRIVER, ".Id", "docker inspect")
        assert shown["RepoDigests"] == []
        (row,) = rows(predictions, GRAPHDRIVER, ".RepoDigests")
        assert (row.shows, row.printed, row.checked) == (NOTHING, (), True)


# podman.


@pytest.mark.parametrize("form", FORMS)
def test_podman_after_load(form: str, tmp_path: Path) -> None:
    path = FORMS[form](tmp_path)
    told = foretold(path)
    with podman() as client:
        if form == "layout, two images":
            with pytest.raises(AssertionError, match="more than one image in oci"):
                client("load", "--input", path)
            assert all(refused(predictions, PODMAN) for _, predictions in told)
            return
        client("load", "--input", path)
        listed = json.loads(client("images", "--format", "json"))
        said = json.loads(client("image", "inspect", *{one["Id"] for one in listed}))
    wanted = [(image, told_of) for image, told_of in told if here(image)]
    assert len(said) == len(wanted)
    for image, predictions in wanted:
        (shown,) = [one for one in said if f"sha256:{one['Id']}" == image.image_id]
        inspect, table = "podman image inspect", "podman images"
        assert [image.image_id] == printed(predictions, PODMAN, "Id", inspect)
        assert [image.image_id] == printed(predictions, PODMAN, "IMAGE ID", table)
        assert [shown["Digest"]] == printed(predictions, PODMAN, "Digest", inspect)
        assert sorted(shown["RepoDigests"]) == printed(predictions, PODMAN, "RepoDigests", inspect)
        digests = {one["Digest"] for one in listed if one["Id"] == shown["Id"]}
        assert sorted(digests) == printed(predictions, PODMAN, "DIGEST", table)


# buildah.


def buildah(folder: Path, *words: str) -> str:
    place = ["--root", f"{folder}/root", "--runroot", f"{folder}/run", "--storage-driver", "vfs"]
    return run([require_tool("buildah"), *place, *words]).stdout.decode()


@pytest.mark.parametrize("form", FORMS)
def test_buildah_after_pull(form: str, tmp_path: Path) -> None:
    path = FORMS[form](tmp_path)
    asked = 0
    for transport in ("docker-archive", "oci-archive"):
        for image, predictions in foretold(path):
            found = rows(predictions, BUILDAH, "(digest)")
            found = [row for row in found if row.command.endswith(f"pull {transport}:FILE")]
            if not found or not here(image):
                continue
            folder = tmp_path / f"buildah-{transport}"
            pulled = buildah(folder, "pull", "--quiet", f"{transport}:{path}").strip()
            (listed,) = json.loads(buildah(folder, "images", "--json"))
            buildah(folder, "rmi", "--all", "--force")
            (row,) = found
            assert row.checked
            assert f"sha256:{pulled}" == image.image_id
            assert listed["digest"] == row.digest
            command = row.command
            (same,) = rows(predictions, BUILDAH, "IMAGE ID", command)
            assert same.digest == image.image_id
            asked += 1
    assert asked or "two images" in form


# umoci.


@pytest.mark.parametrize("platforms", [1, 2])
def test_umoci_shows_the_layers_of_what_its_tag_leads_to(platforms: int, tmp_path: Path) -> None:
    written = Layout()
    images = [base(codec="gzip"), base(b"arm", platform="linux/arm64", codec="gzip")][:platforms]
    if platforms == 1:
        written.add(images[0], ref_name="1")
    else:
        written.add_index(images, ref_name="1")
    folder = written.write_dir(tmp_path / "layout")
    stat = [require_tool("umoci"), "stat", "--json", "--image", f"{folder}:1"]
    said = run(stat, check=False)
    for _, predictions in foretold(folder):
        found = rows(predictions, FILE, "LAYER", "umoci")
        if platforms == 1:
            layers = [step["layer"]["digest"] for step in json.loads(said.stdout)["history"]]
            assert layers == [row.digest for row in found]
            assert {(row.shows, row.checked) for row in found} == {(LAYER, True)}
        else:
            assert said.returncode != 0
            (message,) = rows(predictions, FILE, "message", "umoci")
            assert (message.shows, found) == (REFUSED, [])


# containerd.


@pytest.fixture(scope="module")
def ctr() -> Iterator[Client]:
    with containerd() as client:
        yield client


@pytest.mark.parametrize("form", FORMS)
def test_containerd_after_import(form: str, ctr: Client, tmp_path: Path) -> None:
    path = FORMS[form](tmp_path)
    ctr("images", "import", "--no-unpack", "--all-platforms", path)
    table = [line.split() for line in ctr("images", "ls").splitlines()[1:]]
    said = {row[2] for row in table}
    if table:
        ctr("images", "rm", "--sync", *(row[0] for row in table))
    found = {
        text
        for _, predictions in foretold(path)
        for text in printed(predictions, CONTAINERD, "DIGEST", "ctr images ls")
    }
    assert said == found
    assert bool(said) != form.endswith("no name")


# skopeo.


def skopeo(reference: str) -> str:
    said = run([require_tool("skopeo"), "inspect", reference]).stdout
    return str(json.loads(said)["Digest"])


@pytest.mark.parametrize("form", FORMS)
def test_skopeo_on_the_file(form: str, tmp_path: Path) -> None:
    path = FORMS[form](tmp_path)
    for image, predictions in foretold(path):
        if not here(image):
            continue
        found = rows(predictions, FILE, "Digest", "skopeo")
        assert all(row.checked for row in found)
        for row in found:
            transport = row.command.split()[-1].removesuffix(":FILE")
            choice = ""
            if transport == "docker-archive" and form == "legacy, two images":
                choice = f":@{image.position}"
            elif row.condition:
                choice = f":{image.names[0]}"
                if form == "hybrid, two names":
                    choice = ":1"  # skopeo looks for the shorter of the two annotations
            if form == "layout, two images":
                choice = ":1"
                with pytest.raises(AssertionError):
                    skopeo(f"{transport}:{path}")
                continue
            assert [skopeo(f"{transport}:{path}{choice}")] == list(row.printed)


def test_skopeo_on_a_folder(tmp_path: Path) -> None:
    for name in ("oci", "dir"):
        folder = tmp_path / name
        source = f"oci-archive:{layout(name='example.com/x:1')(tmp_path)}"
        target = f"oci:{folder}:1" if name == "oci" else f"dir:{folder}"
        run([require_tool("skopeo"), "copy", source, target])
        ((_, predictions),) = foretold(folder)
        (row,) = rows(predictions, FILE, "Digest", f"skopeo inspect {name}:FOLDER")
        assert [skopeo(f"{name}:{folder}")] == list(row.printed)
        assert not [row for row in predictions if row.tool in {GRAPHDRIVER, PODMAN}]


# Rules that no tool here can check say so, and follow the sources.


def only(path: Path, tool: str, command: str, column: str) -> Prediction:
    ((_, predictions),) = foretold(path)
    (row,) = rows(predictions, tool, column, command)
    return row


def test_every_row_has_a_source_and_only_tested_tools_are_called_checked(tmp_path: Path) -> None:
    checked = set()
    for make in FORMS.values():
        for _, predictions in foretold(make(tmp_path)):
            assert all(row.source for row in predictions)
            for row in predictions:
                assert row.printed or row.condition or row.shows == NOTHING
                if row.checked:
                    checked.add((row.tool, row.command.split()[0]))
    assert checked == {
        (GRAPHDRIVER, "docker"),
        (PODMAN, "podman"),
        (BUILDAH, "buildah"),
        (CONTAINERD, "ctr"),
        (FILE, "skopeo"),
    }  # umoci reads folders only: see above


@pytest.mark.parametrize(
    ("name", "shows", "prefix", "names"),
    [
        ("docker-20.10-save", MADE_UP, "316deac5", ONE),
        ("docker-29-save-containerd-store", MANIFEST, "316deac5", ONE),
        ("docker-29-save-graphdriver-store", MANIFEST, "49f166c9", ONE),
        ("buildkit-docker", MANIFEST, "74b055ba", ("test/bk",)),
    ],
)
def test_docker_with_the_containerd_store_shows_what_docker_29_showed(
    name: str, shows: str, prefix: str, names: tuple[str, ...]
) -> None:
    """The digests of one image in docker 29, noted when the samples were made."""
    path = shared("samples", f"{name}.tar")
    row = only(path, CONTAINERD_STORE, "docker images", "IMAGE ID")
    assert (row.shows, (row.digest or "")[7:15], row.checked) == (shows, prefix, False)
    row = only(path, CONTAINERD_STORE, "docker inspect", ".RepoDigests")
    assert (row.names, (row.digest or "")[7:15]) == (names, prefix)


def test_a_tag_alone_is_no_name_to_docker(tmp_path: Path) -> None:
    row = only(
        FORMS["layout, only a tag"](tmp_path), CONTAINERD_STORE, "docker inspect", ".RepoDigests"
    )
    assert (row.shows, row.digest) == (NOTHING, None)


def test_an_index_is_what_a_name_leads_to(tmp_path: Path) -> None:
    for image, predictions in foretold(multi(tmp_path)):
        (row,) = rows(predictions, CONTAINERD_STORE, ".Id", "docker inspect --platform")
        assert (row.shows, row.digest) == (MANIFEST, image.manifest_digest)
        for tool in (CONTAINERD_STORE, REGISTRY):
            found = {row.digest for row in predictions if row.tool == tool and row.shows == INDEX}
            assert found == {image.index_digest}


def test_kubernetes_names_side_loaded_images_by_their_id(tmp_path: Path) -> None:
    for image, predictions in foretold(multi(tmp_path)):
        (row,) = rows(predictions, KUBERNETES, "imageID")
        assert (row.shows, row.printed) == (IMAGE_ID, (image.image_id,))
        (row,) = rows(predictions, REGISTRY, "imageID")
        assert row.printed == (f"NAME@{image.index_digest}",)


@pytest.mark.parametrize(
    ("name", "repository"),
    [
        ("a:1", "index.docker.io/library/a"),
        ("test/one:1", "index.docker.io/test/one"),
        ("docker.io/library/a:1", "index.docker.io/library/a"),
        ("localhost:5000/one:2", "localhost:5000/one"),
        ("localhost/a:1", "index.docker.io/localhost/a"),
        ("example.com/b/c:2", "example.com/b/c"),
    ],
)
def test_the_artifact_id_of_trivy_is_of_id_and_repository(
    name: str, repository: str, tmp_path: Path
) -> None:
    path = write_save(tmp_path / "file.tar", [(base(), (name,))])
    row = only(path, FILE, "trivy", "ArtifactID")
    assert row.shows == ARTIFACT
    assert row.digest == sha256(f"{base().image_id}:{repository}".encode())
    row = only(save()(tmp_path), FILE, "trivy", "ArtifactID")
    assert (row.shows, row.digest) == (IMAGE_ID, base().image_id)


def test_readers_that_refuse_several_images(tmp_path: Path) -> None:
    for _, predictions in foretold(two(tmp_path)):
        refusing = {row.command.split()[0] for row in predictions if row.shows == REFUSED}
        assert refusing == {"trivy", "syft"}


def test_forms_without_config_or_manifest_have_no_rows(tmp_path: Path) -> None:
    report = analyze(str(save("a:1")(tmp_path)), depth=Depth.LAYERS)
    for kind in ("docker-archive-v1 tar", "rootfs tar", "rootfs directory"):
        other = replace(report, source=replace(report.source, kind=kind))
        assert predict(other, report.images[0]) == ()


def test_layers_that_were_not_read_leave_made_up_digests_unknown(tmp_path: Path) -> None:
    report = analyze(str(save("a:1")(tmp_path)), depth=Depth.DOCUMENTS)
    found = [row for row in predict(report, report.images[0]) if row.shows == MADE_UP]
    assert {(row.digest, row.condition) for row in found} == {(None, "the layers were not read")}


def test_an_absent_platform_is_known_by_its_digests_only() -> None:
    told = foretold(shared("samples", "ctr-images-export.tar"))
    (predictions,) = [rows for image, rows in told if image.completeness == "absent"]
    assert {row.tool for row in predictions} == {REGISTRY}


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("a", "docker.io/library/a"),
        ("a:1", "docker.io/library/a:1"),
        ("a/b:1", "docker.io/a/b:1"),
        ("docker.io/a:1", "docker.io/library/a:1"),
        ("index.docker.io/a/b", "docker.io/a/b"),
        ("localhost/a", "localhost/a"),
        ("localhost:5000/a", "localhost:5000/a"),
        ("ex.com/a/b", "ex.com/a/b"),
    ],
)
def test_names_are_completed_as_docker_does(name: str, full: str) -> None:
    assert complete(name) == full
    assert complete(full) == full
    assert complete(familiar(full)) == full
