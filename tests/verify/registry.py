"""A private registry on the loopback, Debian's `docker-registry`, with a folder of its own."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.error import URLError

from tests.support.tools import require_tool, unavailable

_CONFIG = """
version: 0.1
log: {{level: error}}
storage: {{filesystem: {{rootdirectory: {folder}/data}}}}
http: {{addr: "{host}"}}
"""
SCHEMA1 = "compatibility: {schema1: {enabled: true}}\n"
"""More of the configuration: also take manifests of schema 1, and convert to it when asked."""
ACCEPTED = (
    *("application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.manifest.v1+json"),
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def registry(folder: Path, more: str = "") -> Iterator[str]:
    """A registry while the test runs, configured with `more`; yields `127.0.0.1:PORT`."""
    program = require_tool("docker-registry")
    host = f"127.0.0.1:{_free_port()}"
    folder.mkdir(parents=True)
    config = folder / "config.yml"
    config.write_text(_CONFIG.format(folder=folder, host=host) + more)
    with (folder / "log").open("wb") as log:
        daemon = subprocess.Popen([program, "serve", str(config)], stdout=log, stderr=log)
    try:
        _wait(daemon, host, folder / "log")
        yield host
    finally:
        daemon.terminate()
        daemon.wait(timeout=30)


def _wait(daemon: subprocess.Popen[bytes], host: str, log: Path) -> None:
    for _ in range(100):
        with contextlib.suppress(URLError, ConnectionError):
            urllib.request.urlopen(f"http://{host}/v2/", timeout=5).close()
            return
        if daemon.poll() is not None:
            break
        time.sleep(0.1)
    unavailable(f"docker-registry does not run here: {log.read_text(errors='replace')[-500:]}")


def served(
    host: str, name: str, reference: str, accepted: Sequence[str] = ACCEPTED
) -> tuple[bytes, str]:
    """The manifest as the registry serves it, and the digest that the registry states."""
    request = urllib.request.Request(
        f"http://{host}/v2/{name}/manifests/{reference}",
        headers={"Accept": ", ".join(accepted)},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - loopback
        return answer.read(), answer.headers["Docker-Content-Digest"]
