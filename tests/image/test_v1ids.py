"""Legacy layer ids: recomputed ones against those in archives that real tools wrote."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.digest import DiffId, Digest
from analyzer.image.v1ids import Formula, V1Ids, candidates, ggcr_ids, match, stacks
from tests.image.oddities import CHANGES, ODD, odd_image
from tests.support.archives import Item, items
from tests.support.engines import Client, dockerd
from tests.support.saves import write_save
from tests.support.tools import require_tool, run, shared


def matched(item: Item) -> V1Ids | None:
    return match(item.folders, item.config, [DiffId(Digest(d)) for d in item.diff_ids])


# Archives that others wrote.


def test_folders_of_a_docker_20_10_save_are_recomputed() -> None:
    (item,) = items(shared("samples", "docker-20.10-save.tar"))
    found = matched(item)
    assert found is not None
    assert (found.formula, found.writer) == (Formula.DOCKER, "docker 17.04 to 28")
    assert list(found.values) == item.folders
    assert found.values[-1] == item.top


def test_the_top_id_of_a_podman_save_is_recomputed() -> None:
    path = shared("samples", "podman-4.3-save-docker-archive.tar")
    (item,) = items(path)
    found = matched(item)
    assert found is not None
    assert (found.formula, found.values[-1]) == (Formula.SKOPEO, item.top)
    with tarfile.open(path) as archive:
        folders = {name.partition("/")[0] for name in archive.getnames() if name.endswith("/json")}
    assert set(found.values) == folders


def test_documents_that_docker_29_leaves_among_the_blobs_are_recomputed() -> None:
    path = shared("samples", "docker-29-save-graphdriver-store.tar")
    (item,) = items(path)
    parents: dict[str, str] = {}
    with tarfile.open(path) as archive:
        for member in archive:
            stream = archive.extractfile(member)
            data = stream.read() if stream else b""
            if data.startswith(b'{"id":'):
                document = json.loads(data)
                parents[document["id"]] = document.get("parent", "")
    (claimed,) = stacks(parents)
    found = match(claimed, item.config, [DiffId(Digest(d)) for d in item.diff_ids])
    assert found is not None
    assert (found.writer, found.values) == ("docker 29 or later", claimed)


@pytest.mark.parametrize(
    ("path", "writer", "detail"),
    [
        ("bazelbuild-rules_docker/pause.tar", "docker 1.10 to 1.12", "0001-01-01T00:00:00Z"),
        ("google-osv-scalibr/basic.tar", "docker 17.04 to 28", "1970-01-01T00:00:00Z"),
        ("wagoodman-dive/test-docker-image.tar", "docker 17.04 to 28", "19:00:00-05:00"),
        (
            "aboutcode-org-container-inspector/image/she-image_from_scratch-1.0.tar",
            "docker 17.04 to 28",
            "01:00:00+01:00",
        ),
    ],
)
def test_archives_of_other_projects_name_their_docker_and_its_time_zone(
    path: str, writer: str, detail: str
) -> None:
    (item,) = items(shared("corpus", "archives", *path.split("/")))
    found = matched(item)
    assert found is not None
    assert found.writer == writer
    assert detail in found.detail
    assert list(found.values) == item.folders


def test_docker_1_13_dated_lower_layers_as_the_image() -> None:
    path = shared(
        "corpus", "archives", "aboutcode-org-container-inspector", "repos", "imagesv11.tar"
    )
    found = [matched(item) for item in items(path)]
    assert [ids.writer for ids in found if ids] == [
        "docker 1.10 to 28",
        "docker 1.10 to 28",
        "docker 1.13 to 17.03",
    ]


def test_a_manifest_that_docker_converted_to_schema_1_has_the_ids_of_its_blobs() -> None:
    path = shared(
        *("corpus", "layouts", "containers-container-libs", "manifests"),
        "schema2-to-schema1-by-docker.json",
    )
    document = json.loads(path.read_bytes())
    blobs = [Digest(layer["blobSum"]) for layer in document["fsLayers"]][::-1]
    stated = [json.loads(step["v1Compatibility"])["id"] for step in document["history"]][::-1]
    assert list(ggcr_ids(None, blobs).values) == stated[:-1]


def test_ids_of_the_other_writers_need_digests_that_are_not_in_an_archive() -> None:
    (item,) = items(shared("samples", "docker-20.10-save.tar"))
    *_, ggcr = candidates(item.config, [DiffId(Digest(d)) for d in item.diff_ids])
    assert ggcr.values == ()
    assert "compressed layers" in ggcr.reason


def test_what_nobody_computes_matches_nothing() -> None:
    image = odd_image({})
    diff_ids = [DiffId(Digest(d)) for d in image.diff_ids]
    assert match(["0" * 64] * 3, image.config, diff_ids) is None
    assert match(["0" * 64], image.config, diff_ids) is None
    assert match([None] * 3, image.config, diff_ids) is None
    assert match(["0" * 64] * 3, b"no config", diff_ids) is None
    assert match([], b"{}", []) is None


def test_a_config_that_docker_cannot_read_has_no_ids_and_says_why() -> None:
    image = odd_image({"config": {"Env": "A=1"}})
    docker, *_ = candidates(image.config, [DiffId(Digest(d)) for d in image.diff_ids])
    assert docker.values == ()
    assert docker.reason == "docker cannot read it: Env is no list"


def test_documents_in_a_circle_are_no_stack() -> None:
    assert stacks({"a": "b", "b": "a"}) == ()
    assert stacks({"c": "b", "b": "a", "a": ""}) == (("a", "b", "c"),)
    assert stacks({"c": "gone"}) == (("gone", "c"),)


@given(st.binary(max_size=64), st.integers(0, 3))
def test_any_config_has_ids_or_a_reason(data: bytes, layers: int) -> None:
    diff_ids = [DiffId(Digest(f"sha256:{number:064}")) for number in range(layers)]
    for config in (data, b'{"config":' + data + b"}", b'{"created":"' + data + b'"}'):
        for ids in candidates(config, diff_ids):
            assert ids.reason or len(ids.values) == layers
        match(["0" * 64] * layers, config, diff_ids)


# Archives that the real tools write here.


@pytest.fixture(scope="module")
def docker() -> Iterator[Client]:
    with dockerd() as client:
        yield client


@pytest.fixture(scope="module")
def docker_elsewhere() -> Iterator[Client]:
    with dockerd(zone="Asia/Kolkata") as client:
        yield client


def saved(docker: Client, path: Path, *names: str) -> list[Item]:
    docker("load", "--input", path)
    target = path.with_suffix(".saved.tar")
    docker("save", "--output", target, *names)
    return list(items(target))


def test_docker_names_the_folders_of_any_config_as_we_do(docker: Client, tmp_path: Path) -> None:
    images = [(odd_image(changes), (f"odd:{n}",)) for n, changes in enumerate(ODD.values())]
    images += [(odd_image(c, spaced=True), (f"sp:{n}",)) for n, c in enumerate(ODD.values())]
    names = [name for _, (name,) in images]
    found = saved(docker, write_save(tmp_path / "a.tar", images), *names)
    assert {item.image_id for item in found} == {image.image_id for image, _ in images}
    for item in found:
        ids = matched(item)
        assert ids is not None, json.loads(item.config)
        assert ids.formula is Formula.DOCKER
        assert list(ids.values) == item.folders


@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(CHANGES, min_size=8, max_size=8))
def test_docker_names_the_folders_of_random_configs_as_we_do(
    docker: Client, tmp_path: Path, changes: list[dict[str, object]]
) -> None:
    images = [(odd_image(c), (f"random:{n}",)) for n, c in enumerate(changes)]
    path = write_save(tmp_path / "a.tar", images)
    for item in saved(docker, path, *(name for _, (name,) in images)):
        ids = matched(item)
        assert ids is not None, item.config
        assert list(ids.values) == item.folders


def test_docker_in_another_time_zone_writes_other_ids(
    docker_elsewhere: Client, tmp_path: Path
) -> None:
    path = write_save(tmp_path / "a.tar", [(odd_image({}), ("zone:1",))])
    (item,) = saved(docker_elsewhere, path, "zone:1")
    ids = matched(item)
    assert ids is not None
    assert list(ids.values) == item.folders
    assert "1970-01-01T05:30:00+05:30" in ids.detail


@pytest.mark.parametrize("spaced", [False, True])
@pytest.mark.parametrize("what", sorted(set(ODD) - {"a command in one string"}))
def test_skopeo_names_the_folders_as_we_do(what: str, spaced: bool, tmp_path: Path) -> None:  # noqa: FBT001
    image = odd_image(ODD[what], spaced=spaced)
    write_save(tmp_path / "a.tar", [(image, ("odd:1",))])
    target = tmp_path / "b.tar"
    skopeo = require_tool("skopeo")
    source = f"docker-archive:{tmp_path}/a.tar"
    run([skopeo, "copy", source, f"docker-archive:{target}:example/odd:1"])
    (item,) = items(target)
    ids = matched(item)
    assert ids is not None
    assert ids.formula is Formula.SKOPEO
    assert ids.values[-1] == item.top
    with tarfile.open(target) as archive:
        folders = {name.partition("/")[0] for name in archive.getnames() if name.endswith("/json")}
    assert set(ids.values) == folders
