"""Driving other people's image tools: skopeo, buildah, umoci, mmdebstrap, dpkg-query.

Shared by the scripts that make test images. What these tools say about an image is what
the tests expect of us; nothing here imports the analyzer.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import stat
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: Every clock in the images stands at 2024-05-01T12:00:00Z.
EPOCH = 1714564800
CREATED = "2024-05-01T12:00:00Z"

#: Debian's name, the OCI name, and the multiarch folder of each platform we build.
ARCHITECTURES = ("amd64", "arm64")

_TOOLS = ("buildah", "dpkg-query", "mmdebstrap", "podman", "skopeo", "umoci")
_BINFMT = Path("/proc/sys/fs/binfmt_misc")
_LEFT_OUT = (
    *("/usr/share/locale/*", "/usr/share/man/*", "/usr/share/info/*", "/usr/share/i18n/*"),
    *("/usr/share/doc/*", "/usr/lib/*/gconv/*"),
)
_PRUNED = (
    *("usr/bin/perl*", "usr/lib/*/perl-base", "usr/lib/*/libdb-*", "usr/bin/localedef"),
    *("usr/lib/*/libmvec*", "usr/lib/locale", "var/cache/debconf/*"),
)


def run(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> bytes:
    """Run a tool and return what it printed; its own words are shown when it fails."""
    words = [str(word) for word in command]
    done = subprocess.run(
        words,
        env={**os.environ, "SOURCE_DATE_EPOCH": str(EPOCH), "LC_ALL": "C.UTF-8", **(env or {})},
        cwd=cwd,
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace")[-2000:]
        raise SystemExit(f"{' '.join(words)}\nended with {done.returncode}:\n{said}")
    return done.stdout


def tool_versions(*more: str) -> dict[str, str]:
    """First line of each tool's --version."""
    names = sorted({*_TOOLS, *more})
    return {name: run([name, "--version"]).decode().splitlines()[0].strip() for name in names}


def sha256_file(path: Path) -> str:
    """Digest of a file's bytes, without the algorithm."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_json(path: Path, document: Any) -> None:  # noqa: ANN401 - any JSON
    """Write a document people can read and diff."""
    path.write_text(json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def fresh(folder: Path) -> Path:
    """Remove what an earlier run left and make the parent."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    return folder


# --- Debian root filesystems -------------------------------------------------


@contextlib.contextmanager
def arm64_programs() -> Iterator[None]:
    """Let the kernel start arm64 programs through qemu, and undo it afterwards."""
    with contextlib.ExitStack() as undo:
        if not (_BINFMT / "register").exists():
            run(["mount", "-t", "binfmt_misc", "binfmt_misc", _BINFMT])
            undo.callback(run, ["umount", _BINFMT])
        entry = _BINFMT / "qemu-aarch64"
        if not entry.exists():
            rule = Path("/usr/lib/binfmt.d/qemu-aarch64.conf").read_text()
            (_BINFMT / "register").write_text(rule.strip())
            undo.callback(entry.write_text, "-1")
        yield


def apt_sources() -> list[Path]:
    """The machine's own package sources for its own release."""
    folder = Path("/etc/apt")
    files = [folder / "sources.list", *sorted(folder.glob("sources.list.d/*"))]
    release = codename()
    return [
        file
        for file in files
        if file.suffix in {".list", ".sources"} and file.is_file() and release in file.read_text()
    ]


def codename() -> str:
    """Debian's name for the release this machine runs."""
    lines = Path("/etc/os-release").read_text().splitlines()
    names = [line.partition("=")[2] for line in lines if line.startswith("VERSION_CODENAME=")]
    return names[0].strip('"')


def start_mmdebstrap(
    architecture: str, target: Path, include: Sequence[str]
) -> subprocess.Popen[bytes]:
    """Begin to bootstrap Debian's essential packages into a tar; see `bootstrap`."""
    hooks = Path("/usr/share/mmdebstrap/hooks/merged-usr")
    prune = "; ".join(f'rm -rf "$1"/{pattern}' for pattern in _PRUNED)
    command = [
        *("mmdebstrap", "--mode=root", f"--arch={architecture}", "--variant=essential"),
        *("--format=tar", f"--include={','.join(('usr-is-merged', *include))}"),
        *(f"--hook-dir={hooks}", f"--customize-hook={prune}"),
        *(f"--dpkgopt=path-exclude={pattern}" for pattern in _LEFT_OUT),
        "--dpkgopt=path-include=/usr/share/doc/*/copyright",
        *(codename(), str(target), *map(str, apt_sources())),
    ]
    env = {**os.environ, "SOURCE_DATE_EPOCH": str(EPOCH)}
    log = target.with_suffix(".log").open("wb")
    return subprocess.Popen(command, stdout=log, stderr=log, env=env)


def bootstrap(folder: Path, include: Sequence[str]) -> dict[str, Path]:
    """Root filesystem tars of all architectures, made side by side."""
    folder.mkdir(parents=True, exist_ok=True)
    targets = {name: folder / f"{name}.tar" for name in ARCHITECTURES}
    with arm64_programs():
        running = {
            name: start_mmdebstrap(name, target, include) for name, target in targets.items()
        }
        ended = {name: process.wait() for name, process in running.items()}
    for name, code in ended.items():
        if code != 0:
            log = targets[name].with_suffix(".log").read_text()
            raise SystemExit(f"mmdebstrap for {name} ended with {code}:\n{log[-2000:]}")
    return targets


# --- containers/storage ------------------------------------------------------


def quickest_driver(folder: Path) -> str:
    """`overlay` where the kernel mounts it in `folder`, else `vfs`, which copies everything."""
    places = {name: folder / f"overlay-{name}" for name in ("lower", "upper", "work", "merged")}
    for place in places.values():
        place.mkdir()
    options = "lowerdir={lower},upperdir={upper},workdir={work}".format(**places)
    mount = ["mount", "-t", "overlay", "overlay", "-o", options, str(places["merged"])]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        return "vfs"
    run(["umount", places["merged"]])
    return "overlay"


class Storage:
    """A private containers/storage for buildah or podman: nothing of the machine's own."""

    def __init__(self, folder: Path, driver: str = "vfs") -> None:
        self._folder = folder
        self._place = f"[{driver}@{folder / 'root'}+{folder / 'run'}]"
        self._options = [
            *("--root", str(folder / "root"), "--runroot", str(folder / "run")),
            *("--storage-driver", driver),
        ]

    def buildah(self, *words: str | Path) -> str:
        """Run buildah on this storage."""
        env = {"BUILDAH_ISOLATION": "chroot"}
        return run(["buildah", *self._options, *words], env=env).decode().strip()

    def podman(self, *words: str | Path) -> str:
        """Run podman on this storage."""
        return run(["podman", *self._options, *words]).decode().strip()

    def take(self, layout: Path, tag: str, architecture: str, image: str) -> None:
        """Copy one platform of a layout into this storage."""
        chosen = ["--override-os", "linux", "--override-arch", architecture]
        target = f"containers-storage:{self._place}{image}"
        run(["skopeo", *chosen, "copy", "--quiet", f"oci:{layout}:{tag}", target])

    def end(self) -> None:
        """Take down what is still mounted, so that the folder can be removed."""
        mounted = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
        for place in sorted(mounted, reverse=True):
            if Path(place).is_relative_to(self._folder):
                run(["umount", place])

    def commit(self, container: str, image: str) -> None:
        """Commit a container as the next layer, with fixed times."""
        self.buildah(
            *("commit", "--quiet", "--format", "oci", "--timestamp", str(EPOCH)),
            *("--rm", container, image),
        )

    def push_manifest(self, name: str, images: Mapping[str, str], target: str) -> None:
        """Put one image for each architecture under an index and write all of it."""
        self.buildah("manifest", "create", name)
        for architecture, image in images.items():
            self.buildah("manifest", "add", "--arch", architecture, "--os", "linux", name, image)
        self.buildah("manifest", "push", "--quiet", "--all", "--format", "oci", name, target)


# --- what other tools say ----------------------------------------------------


def inspect(reference: str, architecture: str | None = None) -> dict[str, Any]:
    """Digests and documents as skopeo reports them for one image of a reference.

    The manifest of a multi-platform reference is the index, whatever the architecture.
    """
    chosen = ["--override-os", "linux", "--override-arch", architecture] if architecture else []
    raw = run(["skopeo", *chosen, "inspect", "--raw", reference])
    config = run(["skopeo", *chosen, "inspect", "--config", "--raw", reference])
    return {
        "raw": json.loads(raw),
        "raw_digest": f"sha256:{hashlib.sha256(raw).hexdigest()}",
        "config": json.loads(config),
        "image_id": f"sha256:{hashlib.sha256(config).hexdigest()}",
    }


def installed(root: Path) -> list[str]:
    """dpkg-query's view of a root filesystem: status, name, version, architecture."""
    form = r"${db:Status-Status} ${Package} ${Version} ${Architecture}\n"
    admin = root / "var/lib/dpkg"
    listed = run(["dpkg-query", f"--admindir={admin}", "--show", f"--showformat={form}"])
    return sorted(listed.decode().splitlines())


def unpack(layout: Path, tag: str, folder: Path) -> Path:
    """Let umoci merge the layers of a single-platform layout; returns the root."""
    run(["umoci", "unpack", "--image", f"{layout}:{tag}", folder])
    return folder / "rootfs"


def _entry(path: Path, root: Path) -> dict[str, Any]:
    """One path of a merged tree with everything a layer can say about it."""
    found = path.lstat()
    kind = stat.S_IFMT(found.st_mode)
    name = os.fsencode(path.relative_to(root)).decode(errors="surrogateescape")
    entry: dict[str, Any] = {
        "path": name,
        "mode": f"{stat.S_IMODE(found.st_mode):04o}",
        "uid": found.st_uid,
        "gid": found.st_gid,
    }
    if kind == stat.S_IFREG:
        entry |= {"type": "file", "size": found.st_size, "sha256": sha256_file(path)}
        xattrs = {key: os.getxattr(path, key).hex() for key in sorted(os.listxattr(path))}
        return entry | ({"xattrs": xattrs} if xattrs else {})
    if kind == stat.S_IFLNK:
        return entry | {"type": "symlink", "target": str(path.readlink())}
    if kind in (stat.S_IFCHR, stat.S_IFBLK):
        letter = "char" if kind == stat.S_IFCHR else "block"
        numbers = [os.major(found.st_rdev), os.minor(found.st_rdev)]
        return entry | {"type": letter, "device": numbers}
    return entry | {"type": "directory" if kind == stat.S_IFDIR else "fifo"}


def tree(root: Path) -> list[dict[str, Any]]:
    """Every path under a merged root, sorted by name; the root itself is left out."""
    paths = [Path(base) / name for base, dirs, files in os.walk(root) for name in dirs + files]
    return sorted((_entry(path, root) for path in paths), key=lambda entry: str(entry["path"]))


def single_out(layout: Path, tag: str, architecture: str, target: Path) -> Path:
    """Copy one platform of a layout into a layout of its own, which umoci can read."""
    shutil.rmtree(target, ignore_errors=True)
    run(
        [
            *("skopeo", "--override-os", "linux", "--override-arch", architecture, "copy"),
            *("--quiet", f"oci:{layout}:{tag}", f"oci:{target}:{tag}"),
        ]
    )
    return target


def describe(
    layout: Path, tag: str, architectures: Sequence[str], work: Path
) -> dict[str, dict[str, Any] | str]:
    """What skopeo, umoci and dpkg-query say about each platform of a layout."""
    index = json.loads((layout / "index.json").read_bytes())
    platforms: dict[str, Any] = {}
    for name in architectures:
        single = single_out(layout, tag, name, work / f"single-{name}")
        facts = inspect(f"oci:{single}:{tag}")
        root = unpack(single, tag, work / f"tree-{name}")
        platforms[name] = {
            "manifest_digest": facts["raw_digest"],
            "image_id": facts["image_id"],
            "layer_digests": [layer["digest"] for layer in facts["raw"]["layers"]],
            "diff_ids": facts["config"]["rootfs"]["diff_ids"],
            "packages": installed(root) if (root / "var/lib/dpkg/status").exists() else [],
            "tree": tree(root),
        }
    return {"named_digest": index["manifests"][0]["digest"], "platforms": platforms}
