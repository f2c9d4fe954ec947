"""What the layers of the bench image hold: Debian packages, or files of this system, or noise."""

from __future__ import annotations

import hashlib
import io
import os
import random
import subprocess
import tarfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

EPOCH = 1714564800
"""Of everything that has no time of its own: 2024-05-01T12:00:00Z."""

ROOTS = (
    ("bash", "coreutils", "apt", "dpkg", "perl-base", "util-linux", "tar"),
    ("python3-pip", "git"),
    ("g++",),
    ("npm",),
)
"""A layer each: these packages and all they depend on that no lower layer has."""

SYSTEM_FOLDERS = ("bin", "include", "lib", "libexec", "sbin", "share")
SYSTEM_BYTES = 700 * 10**6
"""How much of /usr is taken where apt cannot be used."""

Member = tuple[tarfile.TarInfo, IO[bytes] | None]


@dataclass(frozen=True)
class Layer:
    """What made it, its members (made anew at each call) and what those depend on."""

    created_by: str
    members: Callable[[], Iterator[Member]]
    origins: tuple[str, ...] = ()


def system_has_apt() -> bool:
    """Whether packages can be looked up and fetched here."""
    try:
        found = _output("apt-cache", "policy", "coreutils")
    except (OSError, subprocess.CalledProcessError):
        return False
    return "Candidate: (none)" not in found and "Candidate:" in found


def debian_layers(cache: Path) -> tuple[Layer, ...]:
    """Layers of the packages in `ROOTS`, fetched into `cache` from the configured apt sources.

    Raises:
        OSError, subprocess.CalledProcessError: apt cannot be used here.
    """
    cache.mkdir(parents=True, exist_ok=True)
    taken: dict[str, Path] = {}
    layers = []
    for roots in ROOTS:
        names = [name for name in _closure(roots) if name not in taken]
        fresh = _fetched(names, cache)
        below = tuple(taken.values())
        taken |= fresh
        layers.append(_debian_layer(roots, tuple(fresh.values()), below))
    layers.append(Layer("RUN tidy", _tidy))
    return tuple(layers)


def _closure(roots: Sequence[str]) -> list[str]:
    """`roots` and every package that one of them may depend on."""
    kinds = ("recommends", "suggests", "conflicts", "breaks", "replaces", "enhances")
    options = ["--recurse", *(f"--no-{kind}" for kind in kinds)]
    lines = _output("apt-cache", "depends", *options, "base-files", *roots).splitlines()
    return sorted({line for line in lines if line[:1].isalnum() and ":" not in line})


def _fetched(names: Sequence[str], cache: Path) -> dict[str, Path]:
    """The package files by name, fetched unless an earlier run did; some may not be there."""
    _download([name for name in names if _stored(name, cache) is None], cache)
    found = {name: path for name in names if (path := _stored(name, cache)) is not None}
    if len(found) < len(names) / 2:
        raise FileNotFoundError(f"apt-get download got {len(found)} of {len(names)} packages")
    return found


def _download(names: Sequence[str], cache: Path) -> None:
    """All in one call, which fails for all when one has no source; so by halves then."""
    command = ["apt-get", "download", "-qq", "-o", "APT::Sandbox::User=root", *names]
    if (
        not names
        or not subprocess.run(command, cwd=cache, capture_output=True, check=False).returncode
    ):
        return
    if len(names) > 1:
        half = len(names) // 2
        _download(names[:half], cache)
        _download(names[half:], cache)


def _stored(name: str, cache: Path) -> Path | None:
    return max(cache.glob(f"{name}_*.deb"), default=None)


def _debian_layer(roots: Sequence[str], debs: Sequence[Path], below: Sequence[Path]) -> Layer:
    def members() -> Iterator[Member]:
        seen: set[str] = set()
        lists: dict[str, list[str]] = {}
        for deb in debs:
            names = lists.setdefault(deb.name.partition("_")[0], [])
            for info, data in _unpacked(deb):
                path = os.path.normpath(info.name)
                names.append("/" + path.removeprefix("."))
                if path not in seen:
                    seen.add(path)
                    yield info, data
        for name, paths in sorted(lists.items()):
            yield file(f"./var/lib/dpkg/info/{name}.list", "\n".join([*paths, ""]).encode())
        yield file("./var/lib/dpkg/status", _status((*below, *debs)))

    origins = tuple(deb.name for deb in debs)
    return Layer("RUN apt-get install " + " ".join(roots), members, origins)


def _unpacked(deb: Path) -> Iterator[Member]:
    """The files of a package, streamed."""
    command = ["dpkg-deb", "--fsys-tarfile", str(deb)]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE) as process,
        tarfile.open(fileobj=process.stdout, mode="r|") as archive,
    ):
        for info in archive:
            yield info, archive.extractfile(info) if info.isreg() else None
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)


def _status(debs: Sequence[Path]) -> bytes:
    """A dpkg database in which these packages are installed."""
    stanzas = []
    for deb in sorted(debs):
        first, _, rest = _output("dpkg-deb", "-f", str(deb)).strip().partition("\n")
        stanzas.append(f"{first}\nStatus: install ok installed\n{rest}\n\n")
    return "".join(stanzas).encode()


def _tidy() -> Iterator[Member]:
    """A small layer on top, as the last step of a real build leaves it."""
    for path in ("usr/share/doc/.wh..wh..opq", "var/lib/apt/.wh.lists"):
        yield file(f"./{path}", b"")
    yield file("./app/config.json", b'{"level":"info"}\n')


def system_layers(usr: Path = Path("/usr")) -> tuple[Layer, ...]:
    """The first `SYSTEM_BYTES` of this machine's /usr, a layer for each folder in it."""
    left = SYSTEM_BYTES
    layers = []
    for name in SYSTEM_FOLDERS:
        chosen = []
        for path in _files(usr / name):
            size = path.lstat().st_size
            if left > size:
                left -= size
                chosen.append(path)
        layers.append(_system_layer(usr, name, tuple(chosen)))
    return tuple(layers)


def _files(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        folders.sort()
        yield from (Path(root, name) for name in sorted(files))


def _system_layer(usr: Path, name: str, paths: Sequence[Path]) -> Layer:
    def members() -> Iterator[Member]:
        for path in paths:
            inside = f"./usr/{path.relative_to(usr)}"
            if path.is_symlink():
                info = tarfile.TarInfo(inside)
                info.type, info.linkname, info.mtime = tarfile.SYMTYPE, str(path.readlink()), EPOCH
                yield info, None
            elif path.is_file() and os.access(path, os.R_OK):
                yield file(inside, path.read_bytes())

    return Layer(f"COPY /usr/{name} /usr/{name}", members)


def tiny_layers() -> tuple[Layer, ...]:
    """Three layers of made-up files, under a megabyte in all."""
    return tuple(_tiny_layer(number) for number in range(3))


def _tiny_layer(number: int) -> Layer:
    def members() -> Iterator[Member]:
        noise = random.Random(number)  # noqa: S311 - the same noise every time is wanted
        for position in range(40):
            data = noise.randbytes(noise.randrange(2000)) * 4
            yield file(f"./opt/layer{number}/file{position}", data)
        if number == 0:
            yield file("./etc/os-release", b"ID=debian\nVERSION_ID=12\n")
        status = (
            f"Package: p{number}\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n"
        )
        yield file("./var/lib/dpkg/status", status.encode())

    return Layer(f"COPY layer{number} /opt", members)


def file(path: str, data: bytes) -> Member:
    """A plain file."""
    info = tarfile.TarInfo(path)
    info.size, info.mtime = len(data), EPOCH
    return info, io.BytesIO(data)


def fingerprint(layers: Sequence[Layer]) -> str:
    """Names what the layers are made from: their steps and package files."""
    words = [word for layer in layers for word in (layer.created_by, *layer.origins)]
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:12]


def _output(*command: str) -> str:
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C.UTF-8"}
    )
    return done.stdout
