"""Build the committed fixture images from scratch with real tools.

    sudo python3 scripts/build_fixtures.py [--into fixtures]

`layouts/multi` is the heart: one Debian image for amd64 and arm64 whose package
databases dpkg itself wrote, trimmed to a dozen packages. `saves/` holds each of its
platforms as a docker archive: same image ID, no manifest digest. `layouts/apk` is a small
image with an apk database. Expected answers stand beside each as `*.expected.json`; they
come from skopeo, umoci and dpkg-query, never from us.

The bytes are the same in every run as long as the package mirror and the tools stand
still; the tool versions are kept in MANIFEST.json. Needs root, for mmdebstrap and umoci.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from pathlib import Path

import realtools
from apk_fixture import build_apk
from realtools import ARCHITECTURES, Storage, fresh, run

#: The dozen: among them epochs, other source names and versions, and Multi-Arch: same.
PACKAGES = (
    *("base-files", "base-passwd", "bash", "bsdutils", "gcc-12-base", "hostname", "libacl1"),
    *("libattr1", "libcap-ng0", "libgcc-s1", "ncurses-bin", "netbase", "zlib1g"),
)
#: Plain files taken over as they are; small, and free of code without a short licence.
FILES = (
    *("etc/debian_version", "etc/group", "etc/host.conf", "etc/issue", "etc/passwd"),
    *("etc/protocols", "etc/networks", "usr/bin/clear", "usr/lib/os-release"),
    *("usr/share/doc/base-files/copyright", "usr/share/doc/netbase/copyright"),
    *("usr/share/doc/zlib1g/copyright", "var/lib/dpkg/arch"),
)
LINKS = ("bin", "sbin", "lib", "lib64", "etc/os-release", "var/run", "var/lock")
STATUS = Path("var/lib/dpkg/status")
TAG = "1.0"


# --- trimming the harvest ----------------------------------------------------


def unpack_harvest(tar: Path, folder: Path) -> Path:
    """Unpack a root filesystem with its times and owners."""
    folder.mkdir(parents=True)
    run(["tar", "--extract", "--numeric-owner", "--file", tar, "--directory", folder])
    return folder


def trimmed_status(harvest: Path) -> str:
    """The stanzas of the chosen packages, unchanged, in dpkg's order."""
    stanzas = (harvest / STATUS).read_text().split("\n\n")
    kept = [text for text in stanzas if text.partition("\n")[0][len("Package: ") :] in PACKAGES]
    return "\n\n".join(kept) + "\n\n"


def wanted(harvest: Path) -> list[str]:
    """Paths to take over: the fixed ones, and what dpkg notes about each package."""
    info = harvest / "var/lib/dpkg/info"
    notes = [
        path
        for path in info.iterdir()
        if path.name.split(".")[0].split(":")[0] in PACKAGES
        and path.suffix in {".list", ".md5sums", ".conffiles"}
    ]
    fixed = [
        path
        for path in (*FILES, *LINKS)
        if (harvest / path).is_symlink() or (harvest / path).exists()
    ]
    return sorted([*fixed, *(str(path.relative_to(harvest)) for path in notes)])


def trim(harvest: Path, target: Path) -> Path:
    """Copy the wanted paths with their parents, times and owners into a new root."""
    for path in ("proc", "tmp", "root", "dev", *wanted(harvest)):
        copy_with_parents(harvest, target, Path(path))
    (target / STATUS).write_text(trimmed_status(harvest))
    return target


def copy_with_parents(source: Path, target: Path, path: Path) -> None:
    """Copy one path, and its parent directories with the attributes they have."""
    for parent in reversed([*path.parents][:-1]):
        make_like(source / parent, target / parent)
    if (source / path).is_dir() and not (source / path).is_symlink():
        make_like(source / path, target / path)
    else:
        run(["cp", "--archive", "--no-dereference", source / path, target / path])


def make_like(source: Path, target: Path) -> None:
    """Make a directory with mode and times of another."""
    target.mkdir(parents=True, exist_ok=True)
    shutil.copystat(source, target)


# --- the multi-platform image ------------------------------------------------


def build_platform(storage: Storage, architecture: str, harvest: Path, folder: Path) -> str:
    """Commit three layers: the base, netbase removed by dpkg, and a small application."""
    base = trim(harvest, folder / f"base-{architecture}")
    image = f"localhost/multi-{architecture}"
    work = storage.buildah("from", "scratch")
    storage.buildah("config", "--arch", architecture, "--os", "linux", work)
    storage.buildah("config", "--env", "LANG=C.UTF-8", "--cmd", "/bin/sh", work)
    storage.buildah("config", "--created-by", "mmdebstrap, trimmed", work)
    storage.buildah("copy", "--quiet", work, f"{base}/", "/")
    storage.commit(work, f"{image}-1")

    work = storage.buildah("from", "--pull-never", f"{image}-1")
    root = Path(storage.buildah("mount", work))
    admin = ["--force-architecture", "--force-script-chrootless", "--force-depends"]
    run(["dpkg", f"--root={root}", "--log=/dev/null", *admin, "--remove", "netbase"])
    for leftover in ("status-old", "lock", "lock-frontend", "triggers", "alternatives"):
        discard(root / "var/lib/dpkg" / leftover)
    discard(root / "usr/share/doc/netbase")
    storage.buildah("config", "--created-by", "dpkg --remove netbase", work)
    storage.commit(work, f"{image}-2")

    work = storage.buildah("from", "--pull-never", f"{image}-2")
    root = Path(storage.buildah("mount", work))
    application(root, architecture)
    label = "org.opencontainers.image.version=1.0"
    storage.buildah("config", "--created-by", "COPY app /opt/app", "--label", label, work)
    storage.commit(work, image)
    return image


def discard(path: Path) -> None:
    """Remove a file or a folder, if it is there."""
    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def application(root: Path, architecture: str) -> None:
    """A few files of the application layer: new, replaced, linked, removed."""
    folder = root / "opt/app"
    folder.mkdir(parents=True)
    (folder / "run").write_text(f"#!/bin/sh\necho built for {architecture}\n")
    (folder / "run").chmod(0o755)
    (folder / "README").write_text("The same on every platform.\n")
    (folder / "README.again").hardlink_to(folder / "README")
    (root / "usr/bin/app").symlink_to("../../opt/app/run")
    (root / "etc/issue").write_text("A replaced file\n")
    (root / "etc/networks").unlink()


def build_multi(into: Path, work: Path) -> None:
    """The multi-platform layout, its two docker archives, and the expected answers."""
    storage = Storage(work / "storage")
    tars = realtools.bootstrap(work / "rootfs", ["netbase"])
    images = {
        name: build_platform(storage, name, unpack_harvest(tar, work / f"root-{name}"), work)
        for name, tar in tars.items()
    }
    layout = fresh(into / "layouts/multi")
    storage.push_manifest("multi", images, f"oci:{layout}:{TAG}")
    facts = realtools.describe(layout, TAG, ARCHITECTURES, work)
    realtools.write_json(into / "layouts/multi.expected.json", facts)
    (into / "saves").mkdir(exist_ok=True)
    for name in ARCHITECTURES:
        save = into / f"saves/multi-{name}.tar"
        save.unlink(missing_ok=True)
        chosen = ["--override-os", "linux", "--override-arch", name]
        target = f"docker-archive:{save}:localhost/multi:{TAG}"
        run(["skopeo", *chosen, "copy", "--quiet", f"oci:{layout}:{TAG}", target])
        found = realtools.inspect(f"docker-archive:{save}")
        expected = {"image_id": found["image_id"], "made_up_digest": found["raw_digest"]}
        realtools.write_json(save.with_suffix(".expected.json"), expected)


# --- the manifest ------------------------------------------------------------

REASONS = {
    "layouts/multi": (
        "buildah over an mmdebstrap harvest",
        "Debian package metadata, see the copyright files in it; usr/bin/clear is MIT (ncurses)",
        "one image, two platforms, real dpkg databases, whiteouts",
    ),
    "layouts/next": (
        "buildah over layouts/multi, by next_fixture.py",
        "as layouts/multi; hostname and tracer are written for this project",
        "the next release of multi: packages, a file and rights that differ, also by platform",
    ),
    "saves": (
        "skopeo",
        "as layouts/multi",
        "the same image as docker archive: same image ID, no manifest digest",
    ),
    "layouts/apk": (
        "umoci over handwritten files",
        "Apache-2.0 (written for this project)",
        "an apk database in an image of another distribution",
    ),
}


def write_manifest(into: Path) -> None:
    """Give every file its birth certificate: digest, size, producer, licence, reason."""
    files = {}
    for part, (producer, licence, why) in REASONS.items():
        paths = [path for path in into.glob(f"{part}*") if path.is_file()]
        paths += [path for path in (into / part).rglob("*") if path.is_file()]
        for path in paths:
            files[str(path.relative_to(into))] = {
                "sha256": realtools.sha256_file(path),
                "size": path.stat().st_size,
                "producer": producer,
                "licence": licence,
                "why": why,
            }
    target = into / "MANIFEST.json"
    known = json.loads(target.read_text())["files"] if target.exists() else {}
    others = {
        path: entry
        for path, entry in known.items()
        if not path.startswith(tuple(REASONS)) and (into / path).exists()
    }
    document = {"tools": realtools.tool_versions(), "files": others | files}
    realtools.write_json(target, document)


def main() -> None:
    """Build everything into a folder, `fixtures` unless told otherwise."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    here = Path(__file__).resolve().parents[1] / "fixtures"
    parser.add_argument("--into", type=Path, default=here, metavar="DIR")
    into: Path = parser.parse_args().into.resolve()
    with tempfile.TemporaryDirectory(prefix="fixtures-") as name:
        work = Path(name)
        (work / "apk").mkdir()
        build_multi(into, work)
        build_apk(into, work / "apk", TAG)
    write_manifest(into)


if __name__ == "__main__":
    main()
