"""Where language_image.py builds: the trees of both platforms, and what goes into them.

Everything comes from Debian by the host's apt, from PyPI by pip, and from npm's registry.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import realtools
from realtools import ARCHITECTURES, Storage, run

if TYPE_CHECKING:
    from collections.abc import Sequence

NPM = "10.9.2"
#: Of PyPI, in the order in which layers take them; `uv` carries Rust's audit section.
WHEELS = {
    "python": ("six==1.16.0", "Jinja2==3.1.5", "MarkupSafe==3.0.2", "typing-extensions==4.12.2"),
    "direct": ("itsdangerous==2.2.0",),
    "programs": ("uv==0.13.8",),
    "changes": ("six==1.17.0", "uv==0.13.9"),
}
#: The dependencies of a small program for Node, before and after its upgrade.
DEPENDENCIES = {
    "before": {"lefthook": "2.2.1", "send": "0.18.0", "debug": "4.3.4", "@types/ms": "0.7.34"},
    "after": {"lefthook": "2.2.2", "debug": "4.3.4", "@types/ms": "2.1.0"},
}
#: Debian packages by layer; what they need comes along, but for what is left out.
DEBS = {
    "python": ("python3-pip", "python3-yaml"),
    "node": ("nodejs",),
    "ruby": ("ruby", "ruby-rack", "ruby-msgpack"),
}
JARS = ("libcommons-lang3-java", "libgoogle-gson-java", "libslf4j-java")
RUNTIME = ("java-common", "openjdk-17-jre-headless")
LEFT_OUT = {"ca-certificates", "openssl"}
NPM_NAMES = {"amd64": "x64", "arm64": "arm64"}
PLATFORMS = {
    "amd64": ("manylinux2014_x86_64", "manylinux_2_17_x86_64"),
    "arm64": ("manylinux2014_aarch64", "manylinux_2_17_aarch64"),
}


@dataclass
class Site:
    """One platform under construction: its container, where that is mounted, and its answers."""

    storage: Storage
    architecture: str
    work: Path
    container: str = ""
    root: Path = field(default_factory=Path)
    answers: list[dict[str, Any]] = field(default_factory=list)

    def inside(self, *command: str | Path, share: Path | None = None) -> str:
        """What a program of the tree prints; `share` is its folder /share, if there is one."""
        certificates = "/certs/ca-certificates.crt"
        given = {
            "DEBIAN_FRONTEND": "noninteractive",
            "SSL_CERT_FILE": certificates,
            "NODE_EXTRA_CA_CERTS": certificates,
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_BREAK_SYSTEM_PACKAGES": "1",
            "PIP_ROOT_USER_ACTION": "ignore",
            "NPM_CONFIG_UPDATE_NOTIFIER": "false",
        }
        options = [word for name, value in given.items() for word in ("--env", f"{name}={value}")]
        options += ["--volume", "/etc/ssl/certs:/certs:ro"]
        if share is not None:
            options += ["--volume", f"{share}:/share"]
        return self.storage.buildah("run", *options, self.container, "--", *command)

    def folder(self, name: str) -> Path:
        """A new folder on the host for this platform."""
        folder = self.work / self.architecture / name
        folder.mkdir(parents=True)
        return folder


def apt(site: Site, *words: str) -> bytes:
    """Run the host's apt for the platform, with a state of its own and the tree's packages."""
    state = site.work / f"apt-{site.architecture}"
    (state / "lists/partial").mkdir(parents=True, exist_ok=True)
    (state / "archives/partial").mkdir(parents=True, exist_ok=True)
    (sources,) = realtools.apt_sources()
    options = {
        "APT::Architecture": site.architecture,
        "APT::Architectures": site.architecture,
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": "root",
        "Dir::State": state,
        "Dir::State::status": site.root / "var/lib/dpkg/status",
        "Dir::Cache": state,
        "Dir::Etc::sourcelist": sources,
        "Dir::Etc::sourceparts": "-",
    }
    given = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    return run(["apt-get", "-q", "-y", *given, *words], cwd=state / "archives")


def fetch_debs(site: Site) -> None:
    """The packages of every layer with what they need, each in the first layer that needs it."""
    apt(site, "update")
    known = set(LEFT_OUT)
    for layer, names in DEBS.items():
        folder = site.folder(f"debs-{layer}")
        (folder / "partial").mkdir()
        apt(site, "-o", f"Dir::Cache::archives={folder}/", "--download-only", "install", *names)
        for file in folder.glob("*.deb"):
            if file.name.partition("_")[0] in known:
                file.unlink()
        known |= {file.name.partition("_")[0] for file in folder.glob("*.deb")}


def install_debs(site: Site, layer: str) -> None:
    """Install what was fetched for a layer."""
    unpack_debs(site, site.work / site.architecture / f"debs-{layer}")
    site.inside("dpkg", "--configure", "--force-depends", "--pending")


def unpack_debs(site: Site, folder: Path) -> None:
    """Let dpkg unpack what is in a folder; apt's own order is of no use without it."""
    script = "dpkg --unpack --force-depends /share/*.deb"
    site.inside("sh", "-c", script, share=folder)


def download_debs(site: Site, name: str, packages: Sequence[str]) -> Path:
    """Exactly these packages, without what they need."""
    folder = site.folder(f"debs-{name}")
    archives = site.work / f"apt-{site.architecture}" / "archives"
    apt(site, "download", *packages)
    for file in archives.glob("*.deb"):
        shutil.move(file, folder)
    return folder


def wheels(site: Site, name: str) -> Path:
    """Wheels of PyPI for the platform, by the pip that runs this script."""
    folder = site.folder(f"wheels-{name}")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--only-binary=:all:", "--python-version=3.11", f"--dest={folder}"]
    command += [f"--platform={each}" for each in PLATFORMS[site.architecture]]
    index = {"PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": "", "PIP_EXTRA_INDEX_URL": ""}
    run([*command, *WHEELS[name]], env=index)
    return folder


def npm_tarball(work: Path) -> Path:
    """The package manager npm itself, from its registry."""
    target = work / f"npm-{NPM}.tgz"
    if not target.exists():
        url = f"https://registry.npmjs.org/npm/-/npm-{NPM}.tgz"
        with urllib.request.urlopen(url, timeout=120) as answer:
            target.write_bytes(answer.read())
    return target


def node_programs(site: Site) -> None:
    """The Node program of every platform, put together by the npm that runs natively here."""
    for when, dependencies in DEPENDENCIES.items():
        for architecture in ARCHITECTURES:
            folder = site.work / f"shop-{architecture}-{when}"
            folder.mkdir()
            version = "1.0.0" if when == "before" else "1.1.0"
            manifest = {"name": "shop", "version": version, "dependencies": dependencies}
            (folder / "package.json").write_text(json.dumps(manifest, indent=2) + "\n")
            cpu = NPM_NAMES[architecture]
            site.inside(
                *("npm", "install", "--prefix=/share", "--ignore-scripts", "--no-audit"),
                *("--no-fund", "--os=linux", f"--cpu={cpu}", "--libc=glibc"),
                share=folder,
            )
