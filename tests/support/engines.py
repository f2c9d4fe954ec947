"""Private engines for tests: a docker daemon, a containerd, a podman, with folders of their own.

Nothing of the machine's own engines is touched, and all are gone when the test ends. Folders are
made in the system's temporary folder, since the name of a socket must not exceed a hundred bytes.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tests.support.tools import require_tool, run, unavailable

Client = Callable[..., str]
"""Runs the engine's client with the words given and returns what it printed."""

#: Mounts control groups the way docker wants them, for its own eyes only.
_CGROUPS = """
mount -t tmpfs cgroup /sys/fs/cgroup
for name in $(awk 'NR > 1 && $4 == 1 {print $1}' /proc/cgroups); do
    mkdir /sys/fs/cgroup/$name
    mount -t cgroup -o $name cgroup /sys/fs/cgroup/$name || rmdir /sys/fs/cgroup/$name
done
[ -d /sys/fs/cgroup/devices ] || mount -t cgroup2 cgroup /sys/fs/cgroup
exec "$@"
"""
_CONTAINERD = """
version = 2
root = "{folder}/root"
state = "{folder}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]
[grpc]
address = "{folder}/socket"
"""


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="engine-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def _running(
    command: Sequence[str], folder: Path, probe: Sequence[str], zone: str = "UTC"
) -> Iterator[None]:
    """A daemon that answers `probe`; the test is skipped where it cannot run."""
    with (folder / "log").open("wb") as log:
        daemon = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "TZ": zone})
    try:
        for _ in range(120):
            if run(probe, check=False).returncode == 0:
                break
            if daemon.poll() is not None:
                break
            time.sleep(0.25)
        if daemon.poll() is not None or run(probe, check=False).returncode != 0:
            said = (folder / "log").read_text(errors="replace")[-500:]
            unavailable(f"{command[0]} does not run here: {said}")
        yield
    finally:
        daemon.terminate()
        try:
            daemon.wait(timeout=30)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()


def _root() -> None:
    if os.geteuid() != 0:
        unavailable("engines need root")


@contextlib.contextmanager
def dockerd(zone: str = "UTC", driver: str = "vfs") -> Iterator[Client]:
    """A docker daemon with the graphdriver store `driver`, in the time zone `zone`."""
    _root()
    program = require_tool("dockerd")
    client = "/usr/bin/docker" if Path("/usr/bin/docker").exists() else require_tool("docker")
    with _folder() as folder:
        host = f"unix://{folder}/docker.sock"
        command = [
            *(program, "--storage-driver", driver, "--iptables=false", "--bridge=none"),
            *("--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec"),
            *("--pidfile", f"{folder}/pid", "--host", host),
        ]
        kinds = {line.split()[2] for line in Path("/proc/mounts").read_text().splitlines()}
        if not kinds & {"cgroup", "cgroup2"}:
            command = ["unshare", "--mount", "sh", "-c", _CGROUPS, "sh", *command]

        def docker(*words: str | Path) -> str:
            return run([client, "--host", host, *words]).stdout.decode()

        with _running(command, folder, [client, "--host", host, "version"], zone):
            yield docker


@contextlib.contextmanager
def containerd() -> Iterator[Client]:
    """A containerd; the client is `ctr`."""
    _root()
    program = require_tool("containerd")
    client = require_tool("ctr")
    with _folder() as folder:
        config = folder / "config.toml"
        config.write_text(_CONTAINERD.format(folder=folder))
        reach = [client, "--address", f"{folder}/socket"]

        def ctr(*words: str | Path) -> str:
            return run([*reach, *words]).stdout.decode()

        with _running([program, "--config", str(config)], folder, [*reach, "version"]):
            yield ctr


@contextlib.contextmanager
def podman(driver: str = "vfs") -> Iterator[Client]:
    """A podman with an empty storage of the kind `driver`."""
    _root()
    program = require_tool("podman")
    with _folder() as folder:
        reach = [program, "--root", f"{folder}/root", "--runroot", f"{folder}/run"]

        def client(*words: str | Path) -> str:
            return run([*reach, "--storage-driver", driver, *words]).stdout.decode()

        yield client
