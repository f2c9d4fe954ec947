"""Two images whose packages apk installed, `fixtures/diff/apk`, and what apk and umoci say of both.

    sudo PYTHONPATH=.:scripts .venv/bin/python scripts/apk_pair_fixture.py --apk PATH

Debian has no apk: `--apk` is one built from https://gitlab.alpinelinux.org/alpine/apk-tools, 3.0 or
later, which makes packages, too: `meson setup build -Dlua=disabled -Dpython=disabled`, `ninja -C
build`. The layout has the tags `before`, `after` (one package upgraded, one removed, one added, a
file edited, a program made setuid, each in a layer of its own) and `again` (the first step of
`before` at another time). Scripts of packages are programs without a library, since no shell is
in the image.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.rpmimages import Images, Step
from tests.support.tools import ROOT, run

TARGET = ROOT / "fixtures" / "diff" / "apk"
TAGS = ("first", "before", "after", "again")
_PROGRAM = """
static long call(long n, long a, long b, long c) {
  long r;
  __asm__ volatile("syscall" : "=a"(r) : "a"(n), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
  return r;
}
void _start(void) {
  long file = call(2, (long)"/usr/lib/ledger.index", 01101, 0644);
  call(1, file, (long)TEXT, sizeof(TEXT) - 1);
  call(60, 0, 0, 0);
}
"""


@dataclass(frozen=True)
class Apk:
    """A package: contents by path, and its script after installing and upgrading."""

    name: str
    version: str
    files: Mapping[str, str]
    info: Mapping[str, str] = field(default_factory=dict)
    writes: str = ""

    def make(self, apk: Path, work: Path) -> Path:
        """The package, by `apk mkpkg`."""
        root = work / f"{self.name}-{self.version}"
        for path, content in self.files.items():
            place = root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(content)
            place.chmod(0o755 if path.startswith("usr/bin/") else 0o644)
        info = {"name": self.name, "version": self.version, "arch": "noarch", "license": "MIT"}
        words = [f"--info={key}:{value}" for key, value in {**info, **self.info}.items()]
        if self.writes:
            script = self._script(work)
            words += [f"--script={kind}:{script}" for kind in ("post-install", "post-upgrade")]
        target = work / f"{self.name}-{self.version}.apk"
        run([apk, "mkpkg", "--files", root, "--output", target, *words])
        return target

    def _script(self, work: Path) -> Path:
        source, program = work / f"{self.name}.c", work / f"{self.name}-{self.version}.script"
        source.write_text(f'#define TEXT "{self.writes}"\n{_PROGRAM}')
        flags = ["-Os", "-static", "-nostdlib", "-s", "-Wl,-N", "-Wl,--build-id=none"]
        run(["gcc", *flags, "-o", program, source])
        return program


BASE = Apk(
    "base",
    "1-r0",
    {
        "usr/lib/os-release": 'ID=alpine\nVERSION_ID=3.22.0\nPRETTY_NAME="Alpine Linux v3.22"\n',
        "etc/issue": "hello\n",
        "usr/bin/tee": "#!/bin/sh\nexec cat\n",
    },
)
ABACUS = Apk("abacus", "2-r0", {"usr/bin/abacus": "exit\n", "etc/abacus.conf": "a\n"})
CHART = Apk("chart", "0.9-r0", {"usr/bin/chart": "exit 1\n", "usr/share/chart/a": "chart\n"})


def ledger(version: str) -> Apk:
    """Whose settings are edited before it is upgraded."""
    files = {"usr/bin/ledger": f"echo {version}\n", "etc/ledger.conf": f"version = {version}\n"}
    return Apk("ledger", version, files, {"origin": "books"}, version)


def main() -> None:
    """Build the layout and write down what is said of it."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--apk", required=True, type=Path)
    apk: Path = options.parse_args().apk.absolute()
    version = run([apk, "--version"]).stdout.decode().strip()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        images = Images(work)
        apk = Path(shutil.copy(apk, work / "apk"))  # it writes its own path into its log
        build(apk, work, images)
        facts = {tag: said(apk, images.unpacked(tag)) for tag in TAGS}
        run(["umoci", "gc", "--layout", images.layout])
        shutil.rmtree(TARGET, ignore_errors=True)
        shutil.copytree(images.layout, TARGET / "layout")
    document = {"made by": version, "tags": facts}
    (TARGET / "expected.json").write_text(json.dumps(document, indent=1, sort_keys=True) + "\n")


def build(apk: Path, work: Path, images: Images) -> None:
    """All four images."""
    some = [BASE, ABACUS, CHART, ledger("1-r0"), ledger("2-r0")]
    packages = {f"{one.name}-{one.version}": one.make(apk, work) for one in some}

    def told(root: Path, *words: str | Path) -> None:
        run([apk, "--root", root, "--allow-untrusted", "--no-network", *words])

    def add(*names: str) -> Step:
        files = [packages[name] for name in names]
        words = f"RUN apk add {' '.join(names)}"
        return words, lambda root: told(root, "add", "--initdb", *files)

    first = [add("base-1-r0", "ledger-1-r0", "abacus-2-r0")]
    images.image("first", first)
    images.image(
        "before",
        [("RUN edit", lambda root: (root / "etc/ledger.conf").write_text("edited\n"))],
        on="first",
    )
    after: list[Step] = [
        add("ledger-2-r0"),
        ("RUN apk del abacus", lambda root: told(root, "del", "abacus")),
        add("chart-0.9-r0"),
        ("RUN sed -i s/o/O/ /etc/issue", lambda root: (root / "etc/issue").write_text("hellO\n")),
        ("RUN chmod u+s /usr/bin/tee", lambda root: (root / "usr/bin/tee").chmod(0o4755)),
    ]
    images.image("after", after, on="before")
    time.sleep(1.1)  # so that times differ
    images.image("again", first)


def said(apk: Path, root: Path) -> dict[str, object]:
    """Packages as apk lists them, and the tree as umoci unpacked it."""
    lines = run([apk, "--root", root, "info", "-v"]).stdout.decode().splitlines()
    packages = sorted(line.split(" ")[0] for line in lines if line and not line.startswith("WARN"))
    return {"audit": audit(apk, root), "packages": packages, "tree": tree(root)}


def audit(apk: Path, root: Path) -> dict[str, list[str]]:
    """What apk finds changed of what it protects, which is configuration, and of the rest."""
    kinds = {"protected": ["--recursive"], "system": ["--system", "--check-permissions"]}
    return {
        kind: sorted(run([apk, "--root", root, "audit", *words]).stdout.decode().splitlines())
        for kind, words in kinds.items()
    }


def tree(root: Path) -> dict[str, list[object]]:
    """Mode with type, owner and digest by path."""
    found: dict[str, list[object]] = {}
    for folder, names, files in os.walk(root):
        for name in (*names, *files):
            path = Path(folder, name)
            state = path.lstat()
            regular = path.is_file() and not path.is_symlink()
            digest = hashlib.sha256(path.read_bytes()).hexdigest() if regular else ""
            owner = f"{state.st_uid}:{state.st_gid}"
            found[str(path.relative_to(root))] = [oct(state.st_mode), owner, digest]
    return found


if __name__ == "__main__":
    main()
