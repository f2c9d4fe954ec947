"""Build `layouts/next`, what `layouts/multi` became one release later, with real tools.

    sudo python3 scripts/next_fixture.py [--into fixtures]

Both platforms get three layers more: dpkg upgrades one package and removes another, a file is
edited, and a program becomes setuid. The upgraded package has another version on each platform,
and one more is on amd64 alone, so that there is something for `diff` and `platforms` to show.
`next.expected.json` holds what dpkg-query and skopeo say.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import realtools
from build_fixtures import TAG, discard, write_manifest
from realtools import ARCHITECTURES, EPOCH, Storage, fresh, run
from successor_image import Deb

NEXT_TAG = "1.1"
VERSIONS = {"amd64": "3.24", "arm64": "3.23+nmu2"}
"""Of `hostname`, which is 3.23+nmu1 in `multi`."""
EDITED = "etc/host.conf"
SETUID = "usr/bin/clear"
_FORCED = ("--force-architecture", "--force-depends", "--force-remove-essential")


def hostname(architecture: str) -> Deb:
    """The next version of a package that is there."""
    return Deb(
        "hostname",
        VERSIONS[architecture],
        {"usr/share/doc/hostname/NEWS": f"Version {VERSIONS[architecture]}\n"},
    )


TRACER = Deb("tracer", "0.9-1", {"usr/bin/tracer": "#!/bin/sh\necho tracing\n"})


def dpkg(root: Path, *words: str | Path) -> None:
    """The host's dpkg on the databases of an image whose programs were trimmed away."""
    options = [f"--root={root}", "--log=/dev/null", "--force-script-chrootless", *_FORCED]
    run(["dpkg", *options, *words])
    for leftover in ("status-old", "lock", "lock-frontend", "triggers", "alternatives"):
        discard(root / "var/lib/dpkg" / leftover)


def edit(root: Path) -> None:
    """One file by hand."""
    (root / EDITED).write_text("multi off\n")


def more_rights(root: Path) -> None:
    """A setuid bit where there was none."""
    (root / SETUID).chmod(0o4755)


def build_platform(storage: Storage, layout: Path, architecture: str, work: Path) -> str:
    """Three layers over one platform of `multi`."""
    base, image = f"localhost/multi-{architecture}", f"localhost/next-{architecture}"
    storage.take(layout, TAG, architecture, base)
    debs = [hostname(architecture), *([TRACER] if architecture == "amd64" else [])]
    made = [deb.make(work / architecture) for deb in debs]
    names = " ".join(deb.name for deb in debs)

    def packages(root: Path) -> None:
        dpkg(root, "--install", *made)
        dpkg(root, "--purge", "libcap-ng0")

    steps: list[tuple[str, Callable[[Path], None]]] = [
        (f"dpkg --install {names}; dpkg --purge libcap-ng0", packages),
        (f"edit /{EDITED}", edit),
        (f"chmod u+s /{SETUID}", more_rights),
    ]
    for number, (what, change) in enumerate(steps):
        container = storage.buildah("from", "--pull-never", base)
        change(Path(storage.buildah("mount", container)))
        storage.buildah("umount", container)
        storage.buildah("config", "--created-by", what, container)
        base = f"{image}-{number}" if number < len(steps) - 1 else image
        storage.commit(container, base)
    return image


def build_next(into: Path, work: Path) -> None:
    """The layout and what other tools say of it."""
    storage = Storage(work / "storage")
    images = {
        name: build_platform(storage, into / "layouts/multi", name, work) for name in ARCHITECTURES
    }
    layout = fresh(into / "layouts/next")
    storage.push_manifest("next", images, f"oci:{layout}:{NEXT_TAG}")
    facts = realtools.describe(layout, NEXT_TAG, ARCHITECTURES, work)
    realtools.write_json(into / "layouts/next.expected.json", facts)


def main() -> None:
    """Build it into a folder, `fixtures` unless told otherwise."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    here = Path(__file__).resolve().parents[1] / "fixtures"
    parser.add_argument("--into", type=Path, default=here, metavar="DIR")
    into: Path = parser.parse_args().into.resolve()
    os.environ["SOURCE_DATE_EPOCH"] = str(EPOCH)  # for dpkg-deb
    with tempfile.TemporaryDirectory(prefix="next-") as name:
        build_next(into, Path(name))
    write_manifest(into)


if __name__ == "__main__":
    main()
