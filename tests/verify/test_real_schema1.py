"""Schema 1 with a real registry and a real engine: Debian's docker-registry and docker.io."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from analyzer.api import analyze
from analyzer.image.identity import Kind
from tests.cli.harness import call
from tests.support.engines import dockerd
from tests.support.imagebuilder import Image, ImageBuilder, write_save
from tests.support.schema1 import SIGNED, convert, manifest_digest, skopeo
from tests.verify.registry import SCHEMA1, registry, served


def image() -> Image:
    """One with all that docker's history has, and characters that Go escapes."""
    steps = [
        {"created": "2020-01-02T03:04:05.6Z", "created_by": "ADD <a> && b", "author": "<me>"},
        {"created": "2020-01-02T03:04:06Z", "created_by": "ENV", "empty_layer": True},
        {"created": "2020-01-02T03:04:07+02:00", "comment": "no command"},
    ]
    layers = ImageBuilder().layer({"a": b"one"}).layer({"b": b"two"})
    config = {"Env": ["A=<b>"], "Cmd": ["/app"]}
    return layers.config(
        history=steps, created="2020-01-02T03:04:07Z", config=config, docker_version="20.10.24"
    ).build()


@dataclass(frozen=True)
class Pulled:
    """What docker said of an image that lay in the registry with a schema 1 manifest."""

    folder: Path
    digest: str
    image_id: str


@pytest.fixture(scope="module")
def pulled(tmp_path_factory: pytest.TempPathFactory) -> Pulled:
    folder = tmp_path_factory.mktemp("pulled")
    save = write_save(folder / "save.tar", [(image(), ("app:1",))])
    with registry(folder / "registry", SCHEMA1) as host, dockerd() as docker:
        name = f"{host}/team/app:1"
        reach = ("--insecure-policy", "--quiet", "--dest-tls-verify=false", "--format", "v2s1")
        skopeo("copy", *reach, f"docker-archive:{save}", f"docker://{name}")
        raw, digest = served(host, "team/app", "1", [SIGNED])
        assert json.loads(raw)["schemaVersion"] == 1
        copied = convert(f"docker://{name}", folder / "dir", "--src-tls-verify=false")
        docker("pull", name)
        (found,) = json.loads(docker("image", "inspect", name))
    assert found["RepoDigests"] == [f"{host}/team/app@{digest}"]
    return Pulled(copied, digest, found["Id"])


def test_a_pull_shows_the_digest_and_the_image_id_that_we_compute(pulled: Pulled) -> None:
    (found,) = analyze(str(pulled.folder)).images
    assert found.manifest_digest == pulled.digest
    made = [i.digest for i in found.identities if i.kind is Kind.SYNTHESISED]
    assert made == [pulled.image_id]


def test_the_registry_serves_the_name_that_the_manifest_claims(pulled: Pulled) -> None:
    (found,) = analyze(str(pulled.folder)).images
    assert found.names == ("team/app:1",)


def test_a_manifest_that_the_registry_converted_proves_the_save(tmp_path: Path) -> None:
    """Its layers are compressed and it names no config, but its newest v1 ID is made from one."""
    made = image()
    save = write_save(tmp_path / "save.tar", [(made, ("app:1",))])
    with registry(tmp_path / "registry", SCHEMA1) as host:
        reach = ("--insecure-policy", "--quiet", "--dest-tls-verify=false")
        skopeo("copy", *reach, f"docker-archive:{save}", f"docker://{host}/app:1")
        raw, digest = served(host, "app", "1", [SIGNED])
    file = tmp_path / "manifest.json"
    file.write_bytes(raw)
    assert manifest_digest(file) == digest
    assert digest != "sha256:" + hashlib.sha256(raw).hexdigest()
    answer = call("verify", save, "--against", file, "--digest", digest, "-o", "json")
    assert (answer.code, answer.json["level"]) == (0, "same-content-by-config")
    assert made.image_id in {link["declared"] for link in answer.json["links"]}
