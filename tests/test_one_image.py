"""One image, many digests: the README's table, made anew with the real tools.

Each row is one thing done to the image of `fixtures/`, with the digests as the tool itself states
them. ociscope must find the same in what the tool wrote. With UPDATE_GOLDEN=1 the table in the
README is rewritten; it is compared where the tools have the versions that it names, since a
compressor of another version writes other bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.harness import MULTI, SAVE, call
from tests.support.engines import containerd, dockerd, podman
from tests.support.tools import ROOT, require_tool, run
from tests.verify.registry import registry, served

README = ROOT / "README.md"
NAME = "localhost/multi:1.0"
TABLE = re.compile(r"<!-- one image -->\n.*?\n<!-- end -->", re.DOTALL)


@dataclass(frozen=True)
class Row:
    """What was done, the two digests that the tool states, and what it left behind if anything.

    `kind` is the identifier that ociscope must find `manifest` as, in the file that the row is
    about: what was written, or what was read by a tool that made the digest up.
    """

    done: str
    config: str
    manifest: str
    kind: str
    file: Path


def sha256(raw: bytes) -> str:
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


def skopeo(*words: object) -> bytes:
    return run([require_tool("skopeo"), "--override-arch", "amd64", *map(str, words)]).stdout


def stated(done: str, reference: str, file: Path, kind: str = "manifest") -> Row:
    """A row by what skopeo reads: it hashes nothing here, it only shows the documents."""
    config = sha256(skopeo("inspect", "--config", "--raw", reference))
    return Row(done, config, sha256(skopeo("inspect", "--raw", reference)), kind, file)


def copied(done: str, source: str, transport: str, file: Path, *options: str) -> Row:
    target = f"{transport}:{file}" + (":1" if transport == "oci" else "")
    skopeo("copy", "--quiet", *options, source, target)
    return stated(done, target, file)


def by_buildah(_: Path) -> Row:
    raw = skopeo("inspect", "--raw", f"oci:{MULTI}")
    manifests = json.loads(raw)["manifests"]
    (child,) = (m["digest"] for m in manifests if m["platform"]["architecture"] == "amd64")
    config = sha256(skopeo("inspect", "--config", "--raw", f"oci:{MULTI}"))
    return Row("`buildah manifest push`, OCI, gzip", config, child, "manifest", MULTI)


def by_docker_push(folder: Path) -> Row:
    with registry(folder / "registry") as host, dockerd() as docker:
        docker("load", "--input", SAVE)
        docker("tag", NAME, f"{host}/multi:1")
        docker("push", f"{host}/multi:1")
        raw, digest = served(host, "multi", "1")
        skopeo(
            "copy",
            "--quiet",
            "--src-tls-verify=false",
            f"docker://{host}/multi:1",
            f"dir:{folder / 'pushed'}",
        )
    config = json.loads(raw)["config"]["digest"]
    return Row("`docker load`, `docker push`", config, digest, "manifest", folder / "pushed")


def by_podman(folder: Path) -> Row:
    file = folder / "podman.tar"
    with podman() as client:
        client("load", "--input", SAVE)
        client("save", "--quiet", "--format", "oci-archive", "--output", file, NAME)
    return stated("`podman load`, `podman save --format oci-archive`", f"oci-archive:{file}", file)


def by_podman_images(_: Path) -> Row:
    with podman() as client:
        client("load", "--input", SAVE)
        (image,) = json.loads(client("images", "--format", "json"))
    done = "`podman load`, `podman images --digests`"
    return Row(done, f"sha256:{image['Id']}", image["Digest"], "synthesised", SAVE)


def by_containerd(_: Path) -> Row:
    with containerd() as ctr:
        ctr("images", "import", SAVE)
        (digest,) = re.findall(r"sha256:[0-9a-f]{64}", ctr("images", "ls"))
        config = json.loads(ctr("content", "get", digest))["config"]["digest"]
    return Row("`ctr images import`", config, digest, "synthesised", SAVE)


SAVED = f"docker-archive:{SAVE}"
ROWS: dict[str, Callable[[Path], Row]] = {
    "buildah": by_buildah,
    "same": lambda f: copied("`skopeo copy` of that to `dir:`", f"oci:{MULTI}", "dir", f / "same"),
    "v2s2": lambda f: copied(
        "`skopeo copy --format v2s2` of that", f"oci:{MULTI}", "dir", f / "v2s2", "--format", "v2s2"
    ),
    "read": lambda _: stated(
        "the `docker save` file, read by `skopeo`", SAVED, SAVE, "synthesised"
    ),
    "podman images": by_podman_images,
    "containerd": by_containerd,
    "docker push": by_docker_push,
    "oci": lambda f: copied("`skopeo copy` to `oci:`, gzip", SAVED, "oci", f / "oci"),
    "podman save": by_podman,
    "zstd": lambda f: copied(
        "`skopeo copy` to `oci:`, zstd", SAVED, "oci", f / "zstd", "--dest-compress-format", "zstd"
    ),
}


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Row]:
    folder = tmp_path_factory.mktemp("digests")
    return {name: make(folder) for name, make in ROWS.items()}


@pytest.mark.parametrize("name", ROWS)
def test_ociscope_finds_what_the_tool_states(name: str, rows: dict[str, Row]) -> None:
    row = rows[name]
    images = call("ids", row.file, "-o", "json").json["images"]
    (image,) = (image for image in images if image["platform"] == "linux/amd64")
    assert image["image_id"] == row.config
    found = [i for i in image["identities"] if i["digest"] == row.manifest]
    assert {i["kind"] for i in found} == {row.kind}
    if row.kind == "synthesised":
        assert image["manifest_digest"] is None


def test_one_image_has_many_manifest_digests(rows: dict[str, Row]) -> None:
    assert len({row.config for row in rows.values()}) == 1
    assert rows["buildah"].manifest == rows["same"].manifest
    different = ("buildah", "v2s2", "read", "containerd", "docker push", "oci", "zstd")
    assert len({rows[name].manifest for name in different}) == len(different)


def versions() -> str:
    """The tools that decide which bytes are written."""
    with dockerd() as docker:
        engine = docker("version", "--format", "{{.Server.Version}}").strip().partition("+")[0]
    said = {
        tool: run([require_tool(tool), "--version"]).stdout.decode()
        for tool in ("skopeo", "podman", "ctr")
    }
    numbers = {tool: re.search(r"\d+\.\d+\.\d+", text) for tool, text in said.items()}
    found = {tool: number[0] for tool, number in numbers.items() if number}
    return (
        f"docker {engine}, podman {found['podman']}, skopeo {found['skopeo']}, "
        f"containerd {found['ctr']}"
    )


def shown(rows: dict[str, Row]) -> str:
    lines = [
        "<!-- one image -->",
        f"Measured with {versions()}; each tool's own words:",
        "",
        "| done with one image | config digest = image ID | manifest digest |",
        "|---|---|---|",
    ]
    for row in rows.values():
        made_up = ", made up" if row.kind == "synthesised" else ""
        digests = (f"`{digest[7:19]}...`" for digest in (row.config, row.manifest))
        lines.append(f"| {row.done} | {' | '.join(digests)}{made_up} |")
    return "\n".join([*lines, "<!-- end -->"])


def test_the_readme_shows_this_table(rows: dict[str, Row]) -> None:
    text = README.read_text("utf-8")
    found = TABLE.search(text)
    assert found is not None
    new = shown(rows)
    if os.environ.get("UPDATE_GOLDEN") and not os.environ.get("CI"):
        README.write_text(TABLE.sub(lambda _: new, text), "utf-8")
        return
    if new.splitlines()[1] != found[0].splitlines()[1]:
        pytest.skip(f"the README was made with other tools: {found[0].splitlines()[1]}")
    assert found[0] == new
