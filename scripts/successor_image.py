"""Build a Debian image and its successor with known changes, and what other tools say of both.

    sudo python3 scripts/successor_image.py [--out .cache/real-images]

Goes on from the amd64 Debian image of build_real_images.py in `OUT/oci-layout`. `before`, `after`
and `again` below `OUT/successor` are OCI layouts of one tag: `after` is `before` with one package
upgraded, one removed, one added, a file edited and two bits set, each in a layer of its own;
`again` is made by the steps of `after` once more, each of them at least a minute later.
`expected.json` has the planted changes, and for each layout what dpkg-query and skopeo say;
`tree-NAME.json` what umoci unpacks.
The packages are made here by dpkg-deb and installed by the dpkg of the image.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import realtools
from realtools import Storage, run

TAG = "1.0"
BASE = "localhost/base"
APART_SECONDS = 60
"""Between the last step of `after` and the first one of `again`."""

EDITED_FILE = "etc/issue.net"
SETUID = "usr/bin/tee"
WRITABLE = "etc/debian_version"
EDITED = b"Debian GNU/Linux 12, changed by hand\n"


@dataclass(frozen=True)
class Deb:
    """A binary package of a few files; programs are executable."""

    name: str
    version: str
    files: Mapping[str, str]
    conffiles: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)

    def make(self, work: Path) -> Path:
        """The `.deb`, as `dpkg-deb --build` writes it."""
        root = realtools.fresh(work / f"deb-{self.name}")
        control = root / "DEBIAN"
        control.mkdir(parents=True)
        lines = {
            "Package": self.name,
            "Version": self.version,
            "Architecture": "all",
            "Maintainer": "Nobody <nobody@example.com>",
            **self.fields,
            "Description": f"{self.name} for tests",
        }
        text = "".join(f"{key}: {value}\n" for key, value in lines.items())
        (control / "control").write_text(text)
        if self.conffiles:
            (control / "conffiles").write_text("".join(f"/{path}\n" for path in self.conffiles))
        for path, content in self.files.items():
            place = root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(content)
            place.chmod(0o755 if path.startswith("usr/bin/") else 0o644)
        target = work / f"{self.name}_{self.version.replace(':', '%3a')}_all.deb"
        run(["dpkg-deb", "--root-owner-group", "--build", root, target])
        return target


_MANUAL = "How to keep a ledger: write down everything.\n" * 9
OLD_LEDGER = Deb(
    "ledger",
    "1:1.0~rc1-1",
    {
        "usr/bin/ledger": "#!/bin/sh\necho 1.0~rc1\n",
        "usr/share/ledger/manual.txt": _MANUAL,
        "usr/share/ledger/rates.json": '{"eur": 1, "usd": 1.1}\n',
        "etc/ledger.conf": "currency = eur\n",
    },
    ("etc/ledger.conf",),
    {"Source": "books"},
)
NEW_LEDGER = Deb(
    "ledger",
    "1:1.0-1",
    {
        "usr/bin/ledger": "#!/bin/sh\necho 1.0\n",
        "usr/share/ledger/guide/manual.txt": _MANUAL,
        "usr/share/ledger/rates.json": '{"eur": 1, "usd": 1.2}\n',
        "etc/ledger.conf": "currency = eur\nround = yes\n",
    },
    ("etc/ledger.conf",),
    {"Source": "books"},
)
ABACUS = Deb(
    "abacus", "2.0-1", {"usr/bin/abacus": "#!/bin/sh\nexit 0\n", "usr/share/abacus/beads": "10\n"}
)
CHART = Deb(
    "chart", "0.9-1", {"usr/bin/chart": "#!/bin/sh\necho chart\n", "usr/share/chart/a": "a\n"}
)

#: What differs between the trees of `before` and `after` on purpose.
PLANTED = {
    "upgraded": {"package": "ledger", "before": OLD_LEDGER.version, "after": NEW_LEDGER.version},
    "removed": {"package": "abacus", "version": ABACUS.version},
    "added": {"package": "chart", "version": CHART.version},
    "edited": EDITED_FILE,
    "setuid": SETUID,
    "world_writable": WRITABLE,
    "moved": ["usr/share/ledger/manual.txt", "usr/share/ledger/guide/manual.txt"],
}


def dpkg(root: Path, *words: str | Path) -> None:
    """The dpkg of the image itself, inside it."""
    options = ["--force-confnew", "--force-unsafe-io"]
    run(["chroot", root, "dpkg", *options, *words], env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})


def install(root: Path, *debs: Path) -> None:
    """`dpkg --install` of packages that lie outside."""
    share = root / "srv/debs"
    share.mkdir()
    for deb in debs:
        shutil.copy(deb, share)
    dpkg(root, "--install", *(f"/srv/debs/{deb.name}" for deb in debs))
    shutil.rmtree(share)


def edit(root: Path) -> None:
    """One file by hand."""
    (root / EDITED_FILE).write_bytes(EDITED)


def more_rights(root: Path) -> None:
    """A setuid bit where there was none, and a file that everybody may write."""
    (root / SETUID).chmod(0o4755)
    (root / WRITABLE).chmod(0o666)


#: Build step and what it does to the root.
Step = tuple[str, Callable[[Path], None]]


def steps(work: Path) -> tuple[Step, list[Step]]:
    """The step that makes `before`, and those that make `after` of it."""
    old, abacus, new, chart = (
        deb.make(work / str(number))
        for number, deb in enumerate((OLD_LEDGER, ABACUS, NEW_LEDGER, CHART))
    )
    first = ("dpkg --install ledger abacus", lambda root: install(root, old, abacus))
    return first, [
        ("dpkg --install ledger", lambda root: install(root, new)),
        ("dpkg --purge abacus", lambda root: dpkg(root, "--purge", "abacus")),
        ("dpkg --install chart", lambda root: install(root, chart)),
        (f"edit /{EDITED_FILE}", edit),
        (f"chmod u+s /{SETUID}; chmod 0666 /{WRITABLE}", more_rights),
    ]


def add_layers(storage: Storage, base: str, made: list[Step], image: str) -> str:
    """`base` with a layer for each step, with the times of now; the last one is `image`."""
    for number, (what, change) in enumerate(made):
        work = storage.buildah("from", "--pull-never", base)
        change(Path(storage.buildah("mount", work)))
        storage.buildah("umount", work)
        storage.buildah("config", "--created-by", what, work)
        base = f"{image}-{number}" if number < len(made) - 1 else image
        storage.buildah("commit", "--quiet", "--format", "oci", "--rm", work, base)
    return base


def described(layout: Path, work: Path, target: Path) -> dict[str, Any]:
    """What skopeo and dpkg-query say; the tree that umoci unpacks goes to `target`."""
    facts = realtools.inspect(f"oci:{layout}:{TAG}")
    root = realtools.unpack(layout, TAG, work / f"unpacked-{layout.name}")
    realtools.write_json(target, realtools.tree(root))
    return {
        "image_id": facts["image_id"],
        "manifest_digest": facts["raw_digest"],
        "diff_ids": facts["config"]["rootfs"]["diff_ids"],
        "packages": realtools.installed(root),
    }


def build(layout: Path, out: Path) -> None:
    """All of `OUT/successor`, from the multi-platform layout of build_real_images.py."""
    out.mkdir()
    told = {}
    with tempfile.TemporaryDirectory(prefix="successor-") as name:
        work = Path(name)
        storage = Storage(work / "storage", realtools.quickest_driver(work))

        def add(image: str, base: str, made: list[Step]) -> None:
            add_layers(storage, f"localhost/{base}", made, f"localhost/{image}")

        def tell(image: str) -> None:
            target = f"oci:{out / image}:{TAG}"
            storage.buildah("push", "--quiet", "--format", "oci", f"localhost/{image}", target)
            told[image] = described(out / image, work, out / f"tree-{image}.json")

        try:
            storage.take(layout, TAG, "amd64", BASE)
            first, then = steps(work)
            add("before", "base", [first])
            add("after", "before", then)
            finished = time.monotonic()
            tell("before")
            tell("after")
            time.sleep(max(0, finished + APART_SECONDS - time.monotonic()))
            add("again", "before", then)
            tell("again")
        finally:
            storage.end()
    realtools.write_json(out / "expected.json", {"planted": PLANTED, "images": told})


def stamp(out: Path) -> dict[str, Any]:
    """What the images depend on: the image they go on from, tool versions and these scripts."""
    here = Path(__file__).resolve().parent
    return {
        "tools": realtools.tool_versions("dpkg-deb"),
        "base": json.loads((out / "oci-layout/expected.json").read_text())["named_digest"],
        "scripts": {
            name: realtools.sha256_file(here / name)
            for name in (Path(__file__).name, "realtools.py")
        },
    }


def main() -> None:
    """Build what is not there yet."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    default = Path(__file__).resolve().parents[1] / ".cache/real-images"
    parser.add_argument("--out", type=Path, default=default, metavar="DIR")
    out: Path = parser.parse_args().out.resolve()
    target, now = out / "successor", stamp(out)
    done = target / "stamp.json"
    if done.exists() and json.loads(done.read_text()) == now:
        print(f"{target} is complete")
        return
    with tempfile.TemporaryDirectory(prefix="successor-", dir=out) as name:
        made = Path(name, target.name)
        build(out / "oci-layout/image", made)
        realtools.write_json(made / done.name, now)
        made.rename(realtools.fresh(target))


if __name__ == "__main__":
    main()
