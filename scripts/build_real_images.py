"""Build the real images that whole-tool tests read, with the answers of other tools.

    sudo python3 scripts/build_real_images.py [--out .cache/real-images]

Each image is one function below and one folder in the output: `image` (a directory) or
`image.tar`, and `expected.json` with what skopeo, umoci, dpkg-query, docker or podman say
about it. A second run does nothing as long as tools and scripts are the same. Needs root,
private storage only; nothing of the machine's own docker or podman is touched.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import realtools
from realtools import ARCHITECTURES, Storage, run

if TYPE_CHECKING:
    from collections.abc import Iterator

TAG = "1.0"
NAME = f"localhost/debian:{TAG}"
SMALL = "localhost/small:2"
#: Debian's own client; a wrapper of that name may come first on the search path.
DOCKER = next((path for path in ("/usr/bin/docker",) if Path(path).exists()), "docker")


@dataclass(frozen=True)
class Kit:
    """What the images are made from: the multi-platform layout and a small second image."""

    storage: Storage
    layout: Path
    small: Path
    work: Path


#: Makes one image in its folder and returns the expected answers.
Maker = Callable[[Kit, Path], dict[str, Any]]


# --- raw material ------------------------------------------------------------


def debian_image(storage: Storage, architecture: str, tar: Path) -> str:
    """Three layers: the bootstrap, a package removed by dpkg, and odd kinds of entries."""
    image = f"localhost/debian-{architecture}"
    work = storage.buildah("from", "scratch")
    storage.buildah("config", "--arch", architecture, "--os", "linux", work)
    storage.buildah("config", "--cmd", "/bin/bash", "--created-by", "mmdebstrap", work)
    storage.buildah("add", "--quiet", work, tar, "/")
    storage.commit(work, f"{image}-1")
    work = storage.buildah("from", "--pull-never", f"{image}-1")
    storage.buildah("run", work, "--", "dpkg", "--remove", "netbase")
    storage.buildah("config", "--created-by", "dpkg --remove netbase", work)
    storage.commit(work, f"{image}-2")
    work = storage.buildah("from", "--pull-never", f"{image}-2")
    odd_entries(Path(storage.buildah("mount", work)))
    storage.buildah("config", "--created-by", "odd entries", "--label", "purpose=test", work)
    storage.commit(work, image)
    return image


def odd_entries(root: Path) -> None:
    """Kinds of entries and changes that a bootstrap alone does not show."""
    odd = root / "srv/odd"
    odd.mkdir(parents=True)
    (odd / "file").write_bytes(b"linked twice\n")
    (odd / "hard").hardlink_to(odd / "file")
    (odd / "dangling").symlink_to("/nowhere/at/all")
    (odd / "n\u00e4me \u2603").write_text("not ASCII\n")
    (odd / ("long-" * 40)).write_text("a name beyond a hundred bytes\n")
    os.mkfifo(odd / "pipe")
    os.mknod(odd / "null", 0o020666, os.makedev(1, 3))
    (odd / "owned").write_text("by somebody\n")
    os.chown(odd / "owned", 1000, 2000)
    (odd / "setuid").write_text("#!/bin/sh\n")
    (odd / "setuid").chmod(0o4755)
    (odd / "capable").write_text("may use raw sockets\n")
    capability = bytes.fromhex("0100000200200000000000000000000000000000")
    os.setxattr(odd / "capable", "security.capability", capability)
    licences = root / "usr/share/common-licenses"
    shutil.rmtree(licences)
    licences.mkdir()
    (licences / "README").write_text("emptied and made again\n")
    (root / "etc/issue").unlink()
    (root / "etc/issue").symlink_to("issue.net")


def small_image(storage: Storage, layout: Path) -> None:
    """A second image that shares its lowest layer with the amd64 one."""
    work = storage.buildah("from", "--pull-never", "localhost/debian-amd64-1")
    (Path(storage.buildah("mount", work)) / "etc/small").write_text("a second image\n")
    storage.commit(work, SMALL)
    storage.buildah("push", "--quiet", "--format", "oci", SMALL, f"oci:{layout}:{TAG}")


def prepare(work: Path) -> Kit:
    """Bootstrap Debian for both platforms and commit the images."""
    storage = Storage(work / "storage")
    tars = realtools.bootstrap(work / "rootfs", ["netbase"])
    with realtools.arm64_programs():
        images = {name: debian_image(storage, name, tar) for name, tar in tars.items()}
    layout, small = work / "layout", work / "small"
    storage.push_manifest("debian", images, f"oci:{layout}:{TAG}")
    small_image(storage, small)
    return Kit(storage, layout, small, work)


# --- the images --------------------------------------------------------------


def oci_layout(kit: Kit, target: Path) -> dict[str, Any]:
    """Two platforms under an index; one merged tree for each in tree-ARCH.json."""
    shutil.copytree(kit.layout, target / "image")
    facts: dict[str, Any] = realtools.describe(kit.layout, TAG, ARCHITECTURES, kit.work)
    for name, platform in facts["platforms"].items():
        realtools.write_json(target / f"tree-{name}.json", platform.pop("tree"))
    raw = run(["skopeo", "inspect", "--raw", f"oci:{target / 'image'}:{TAG}"])
    return facts | {"index": json.loads(raw)}


def copy(kit: Kit, architecture: str, target: str, *options: str) -> dict[str, Any]:
    """Let skopeo copy one platform to `target` and look at the copy."""
    chosen = ["--override-os", "linux", "--override-arch", architecture]
    source = f"oci:{kit.layout}:{TAG}"
    run(["skopeo", *chosen, "copy", "--quiet", *options, source, target])
    found = realtools.inspect(target)
    return {
        "architecture": architecture,
        "image_id": found["image_id"],
        "manifest_digest": found["raw_digest"],
        "diff_ids": found["config"]["rootfs"]["diff_ids"],
        "manifest": found["raw"],
    }


def docker_archive(architecture: str) -> Maker:
    """The docker archive of skopeo: here the manifest digest is skopeo's invention."""

    def make(kit: Kit, target: Path) -> dict[str, Any]:
        facts = copy(kit, architecture, f"docker-archive:{target / 'image.tar'}:{NAME}")
        return facts | {"made_up_digest": facts.pop("manifest_digest"), "names": [NAME]}

    return make


def oci_archive(architecture: str, *options: str) -> Maker:
    """One platform as an OCI archive."""

    def make(kit: Kit, target: Path) -> dict[str, Any]:
        return copy(kit, architecture, f"oci-archive:{target / 'image.tar'}:{TAG}", *options)

    return make


def directory(kit: Kit, target: Path) -> dict[str, Any]:
    """The flat folder of skopeo's own `dir:` transport."""
    return copy(kit, "arm64", f"dir:{target / 'image'}")


def docker_save(kit: Kit, target: Path) -> dict[str, Any]:
    """A save of the real engine: one image under two names, and a second image."""
    with dockerd(kit.work / "docker") as docker:
        for layout, name in ((kit.layout, NAME), (kit.small, SMALL)):
            archive = kit.work / "load.tar"
            archive.unlink(missing_ok=True)
            run(
                [
                    "skopeo",
                    "copy",
                    "--quiet",
                    f"oci:{layout}:{TAG}",
                    f"docker-archive:{archive}:{name}",
                ]
            )
            docker("load", "--input", str(archive))
        docker("tag", NAME, "example/debian:latest")
        names = [NAME, "example/debian:latest", SMALL]
        docker("save", "--output", str(target / "image.tar"), *names)
        images = json.loads(docker("image", "inspect", *names))
    return {"images": described(images)}


def podman_docker_archive(kit: Kit, target: Path) -> dict[str, Any]:
    """A docker archive of two images by podman."""
    kit.storage.podman("tag", "localhost/debian-amd64", NAME)
    options = ["--quiet", "--multi-image-archive", "--format", "docker-archive"]
    kit.storage.podman("save", *options, "--output", target / "image.tar", NAME, SMALL)
    return {"images": described(json.loads(kit.storage.podman("image", "inspect", NAME, SMALL)))}


def podman_oci_archive(kit: Kit, target: Path) -> dict[str, Any]:
    """An OCI archive by podman; it takes one image at a time."""
    options = ["--quiet", "--format", "oci-archive"]
    kit.storage.podman("save", *options, "--output", target / "image.tar", SMALL)
    found = realtools.inspect(f"oci-archive:{target / 'image.tar'}")
    images = described(json.loads(kit.storage.podman("image", "inspect", SMALL)))
    return {"images": images, "manifest_digest": found["raw_digest"]}


def described(images: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What docker's and podman's `image inspect` agree on, one item an image."""
    table = {}
    for image in images:
        number = "sha256:" + image["Id"].removeprefix("sha256:")
        names = sorted(name for name in image["RepoTags"] if "debian-amd64" not in name)
        layers = image["RootFS"]["Layers"]
        table[number] = {"image_id": number, "names": names, "diff_ids": layers}
    return [table[number] for number in sorted(table)]


#: Mounts control groups the way the daemon wants them, for its own eyes only.
_CGROUPS = """
mount -t tmpfs cgroup /sys/fs/cgroup
for name in $(awk 'NR > 1 && $4 == 1 {print $1}' /proc/cgroups); do
    mkdir /sys/fs/cgroup/$name
    mount -t cgroup -o $name cgroup /sys/fs/cgroup/$name || rmdir /sys/fs/cgroup/$name
done
[ -d /sys/fs/cgroup/devices ] || mount -t cgroup2 cgroup /sys/fs/cgroup
exec "$@"
"""


def with_cgroups(command: list[str]) -> list[str]:
    """The command itself, or in a mount namespace of its own where none are mounted."""
    kinds = {line.split()[2] for line in Path("/proc/mounts").read_text().splitlines()}
    if kinds & {"cgroup", "cgroup2"}:
        return command
    return ["unshare", "--mount", "sh", "-c", _CGROUPS, "sh", *command]


@contextlib.contextmanager
def dockerd(folder: Path) -> Iterator[Callable[..., str]]:
    """A private docker daemon; yields a function that runs its client."""
    folder.mkdir()
    host = f"unix://{folder}/docker.sock"
    command = [
        *("dockerd", "--storage-driver", "vfs", "--iptables=false", "--bridge=none"),
        *("--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec"),
        *("--pidfile", f"{folder}/pid", "--host", host),
    ]

    def docker(*words: str) -> str:
        return run([DOCKER, "--host", host, *words]).decode()

    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(with_cgroups(command), stdout=log, stderr=log)
    try:
        wait_for(process, folder)
        yield docker
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()


def wait_for(process: subprocess.Popen[bytes], folder: Path) -> None:
    """Wait until the daemon answers; its log is shown when it does not."""
    command = [DOCKER, "--host", f"unix://{folder}/docker.sock", "version"]
    for _ in range(120):
        if subprocess.run(command, capture_output=True, check=False).returncode == 0:
            return
        if process.poll() is not None:
            break
        time.sleep(0.5)
    raise SystemExit(f"dockerd did not start:\n{(folder / 'log').read_text()[-3000:]}")


ZSTD = ("--dest-compress", "--dest-compress-format", "zstd")
IMAGES: dict[str, Maker] = {
    "oci-layout": oci_layout,
    "docker-archive-amd64": docker_archive("amd64"),
    "docker-archive-arm64": docker_archive("arm64"),
    "oci-archive-amd64": oci_archive("amd64"),
    "oci-archive-arm64": oci_archive("arm64"),
    "oci-archive-zstd-amd64": oci_archive("amd64", *ZSTD),
    "oci-archive-zstd-arm64": oci_archive("arm64", *ZSTD),
    "dir-arm64": directory,
    "docker-save": docker_save,
    "podman-docker-archive": podman_docker_archive,
    "podman-oci-archive": podman_oci_archive,
}


# --- once per run ------------------------------------------------------------


def stamp() -> dict[str, Any]:
    """What the images depend on: tool versions and these scripts."""
    here = Path(__file__).resolve().parent
    scripts = {
        name: realtools.sha256_file(here / name) for name in (Path(__file__).name, "realtools.py")
    }
    return {
        "tools": realtools.tool_versions(DOCKER, "dockerd"),
        "scripts": scripts,
        "images": sorted(IMAGES),
    }


def build(out: Path) -> None:
    """Build every image into `out`, and leave the stamp when all are there."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="real-") as name:
        began = time.monotonic()
        kit = prepare(Path(name))
        print(f"{time.monotonic() - began:6.1f} s  raw material")
        for image, make in IMAGES.items():
            began = time.monotonic()
            target = realtools.fresh(out / image)
            target.mkdir()
            realtools.write_json(target / "expected.json", make(kit, target))
            print(f"{time.monotonic() - began:6.1f} s  {image}")
    realtools.write_json(out / "stamp.json", stamp())


def main() -> None:
    """Build what is not there yet."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    default = Path(__file__).resolve().parents[1] / ".cache/real-images"
    parser.add_argument("--out", type=Path, default=default, metavar="DIR")
    out: Path = parser.parse_args().out.resolve()
    done = out / "stamp.json"
    if done.exists() and json.loads(done.read_text()) == stamp():
        print(f"{out} is complete")
        return
    done.unlink(missing_ok=True)
    build(out)


if __name__ == "__main__":
    main()
