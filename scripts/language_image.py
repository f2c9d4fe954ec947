"""Build one image for amd64 and arm64 with packages of every language, and what native tools say.

    sudo python3 scripts/language_image.py [--out .cache/real-images]

Goes on from the Debian image of build_real_images.py in `OUT/oci-layout`, one layer for each
ecosystem and one that upgrades and removes packages of each. `OUT/languages/image` is an OCI
layout; `expected.json` holds, for each platform, what dpkg-query, pip, npm, gem, go and readers
of a few lines each said after each layer that concerned them, run inside the tree.

Choices: arm64 programs run through qemu, so that few are run. ca-certificates, openssl and what
Java's runtime needs of the system are left out: nothing is called here that uses them. Java's
runtime is unpacked on arm64 and not configured, which dpkg-query says, too.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import languageanswers
import languagesite
import realtools
from languagesite import NPM_NAMES, Site, download_debs, install_debs, unpack_debs, wheels
from realtools import ARCHITECTURES, Storage, run

TAG = "1.0"
#: What this machine runs without qemu.
NATIVE = "amd64"
#: Set when the Node programs of both platforms are there, or will never be.
SHOPS_MADE = threading.Event()
# --- layers ------------------------------------------------------------------


def python(site: Site) -> None:
    """Debian's pip and modules, wheels, one of them by its URL, and sources in editable mode."""
    install_debs(site, "python")
    named, direct = wheels(site, "python"), wheels(site, "direct")
    (wheel,) = direct.iterdir()
    shutil.move(wheel, named / wheel.name)
    shop = site.root / "srv/till"
    (shop / "src/till").mkdir(parents=True)
    (shop / "src/till/__init__.py").write_text("")
    project = '[project]\nname = "till"\nversion = "0.3"\n'
    system = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
    (shop / "pyproject.toml").write_text(project + system)
    # One run of pip, since each takes long under qemu.
    pip = ["python3", "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-compile"]
    wanted = [*languagesite.WHEELS["python"], f"file:///share/{wheel.name}"]
    options = ["--find-links=/share", "--no-build-isolation", "--editable", "/srv/till"]
    site.inside(*pip, *options, *wanted, share=named)


def node(site: Site) -> None:
    """Debian's nodejs with its modules, npm as its registry has it, and a program with modules."""
    install_debs(site, "node")
    modules = site.root / "usr/local/lib/node_modules"
    modules.mkdir(parents=True)
    run(["tar", "-xzf", languagesite.npm_tarball(site.work), "-C", modules, "--no-same-owner"])
    (modules / "package").rename(modules / "npm")
    for name in ("docs", "man"):
        shutil.rmtree(modules / "npm" / name, ignore_errors=True)
    for name in ("npm", "npx"):
        link = site.root / "usr/local/bin" / name
        link.symlink_to(f"../lib/node_modules/npm/bin/{name}-cli.js")
    if site.architecture == NATIVE:
        languagesite.node_programs(site)
        SHOPS_MADE.set()
    SHOPS_MADE.wait()
    put_shop(site, "before")


def put_shop(site: Site, when: str) -> None:
    """Put the Node program where it belongs, as `cp -a` would; its copies have the same owner."""
    target = realtools.fresh(site.root / "srv/shop")
    shutil.copytree(site.work / f"shop-{site.architecture}-{when}", target, symlinks=True)


def ruby(site: Site) -> None:
    """Debian's ruby with its default gems, gems that Debian packed, and one that `gem` installs."""
    install_debs(site, "ruby")
    share = site.folder("gems")
    for version in ("0.1.0", "0.2.0"):
        build_gem(site, share, version)
    site.inside("gem", "install", "--local", "--no-document", "/share/coins-0.1.0.gem", share=share)


def build_gem(site: Site, share: Path, version: str) -> None:
    """A gem with one file."""
    (share / "coins.rb").write_text("# nothing\n")
    specification = (
        "Gem::Specification.new do |s|\n"
        f"  s.name = 'coins'\n  s.version = '{version}'\n  s.summary = 'coins'\n"
        "  s.authors = ['nobody']\n  s.files = ['coins.rb']\n  s.license = 'MIT'\n"
        "  s.homepage = 'https://example.org/coins'\nend\n"
    )
    (share / "coins.gemspec").write_text(specification)
    site.inside("sh", "-c", "cd /share && gem build --silent coins.gemspec", share=share)


def java(site: Site) -> None:
    """Java's runtime, Debian's libraries, and a war with two of those inside."""
    unpack_debs(site, download_debs(site, "jars", languagesite.JARS))
    site.inside("dpkg", "--configure", "--force-depends", "--pending")
    # Its links to manual pages, which the image has no folder for, are no reason to fail.
    (site.root / "usr/share/man/man1").mkdir(parents=True, exist_ok=True)
    unpack_debs(site, download_debs(site, "runtime", languagesite.RUNTIME))
    if site.architecture == NATIVE:
        site.inside("dpkg", "--configure", "--force-depends", "--pending")
    war = site.folder("war")
    (war / "WEB-INF/lib").mkdir(parents=True)
    (war / "META-INF").mkdir()
    (war / "META-INF/MANIFEST.MF").write_text(
        "Manifest-Version: 1.0\nImplementation-Title: till\nImplementation-Version: 2.5\n\n"
    )
    for name in ("commons-lang3", "slf4j-api"):
        jar = (site.root / f"usr/share/java/{name}.jar").resolve()
        shutil.copy(jar, war / f"WEB-INF/lib/{jar.name}")
    shutil.make_archive(str(site.root / "srv/till"), "zip", war)
    (site.root / "srv/till.zip").rename(site.root / "srv/till.war")


def programs(site: Site) -> None:
    """A Go program and, inside a wheel, programs in Rust."""
    go = f"lefthook-linux-{NPM_NAMES[site.architecture]}/bin/lefthook"
    shutil.copy(site.root / "srv/shop/node_modules" / go, site.root / "usr/local/bin/lefthook")
    install_wheels(site, "programs")


def install_wheels(site: Site, name: str) -> None:
    """Let the image's pip install wheels over what is there."""
    pip = ["python3", "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-compile"]
    share = wheels(site, name)
    site.inside(*pip, "--upgrade", "--find-links=/share", *languagesite.WHEELS[name], share=share)


def changes(site: Site) -> None:
    """Upgrade and remove packages of each ecosystem."""
    install_wheels(site, "changes")
    site.inside("python3", "-m", "pip", "uninstall", "--quiet", "--yes", "typing-extensions")
    put_shop(site, "after")
    gems = site.work / site.architecture / "gems"
    script = "gem install --local --no-document /share/coins-0.2.0.gem && "
    script += "gem uninstall --executables coins --version 0.1.0"
    site.inside("sh", "-c", script, share=gems)
    (site.root / "usr/local/bin/lefthook").unlink()
    unpack_debs(site, upgraded_deb(site))
    script = "dpkg --configure --force-depends python3-yaml && dpkg --force-depends --remove "
    site.inside("sh", "-c", f"{script} libgoogle-gson-java ruby-rack node-xtend")


def upgraded_deb(site: Site) -> Path:
    """Debian's python3-yaml under a higher version, packed again by dpkg-deb."""
    (old,) = (site.work / site.architecture / "debs-python").glob("python3-yaml_*.deb")
    folder = site.folder("debs-upgrade")
    tree = site.work / site.architecture / "python3-yaml"
    run(["dpkg-deb", "--raw-extract", old, tree])
    control = tree / "DEBIAN/control"
    lines = control.read_text().splitlines()
    new = [f"{line}+again1" if line.startswith("Version: ") else line for line in lines]
    control.write_text("\n".join(new) + "\n")
    run(["dpkg-deb", "--root-owner-group", "-Zxz", "--build", tree, folder / "python3-yaml.deb"])
    return folder


Step = tuple[Callable[[Site], None], tuple[str, ...]]
#: What each layer does, and whose answers it changes.
LAYERS: dict[str, Step] = {
    "python": (python, ("dpkg", "pip")),
    "node": (node, ("dpkg", "npm", "shop", "go")),
    "ruby": (ruby, ("dpkg", "gem")),
    "java": (java, ("dpkg", "jars")),
    "programs": (programs, ("pip", "go", "rust")),
    "changes": (changes, ("dpkg", "pip", "npm", "shop", "gem", "jars", "go", "rust")),
}


# --- the image ---------------------------------------------------------------


def build_platform(site: Site, base: Path) -> str:
    """All layers of one platform; returns the name of the image."""
    image = f"localhost/languages-{site.architecture}"
    site.storage.take(base, TAG, site.architecture, f"{image}-base")
    below = f"{image}-base"
    for layer, (step, concerned) in LAYERS.items():
        began = time.monotonic()
        site.container = site.storage.buildah("from", "--quiet", "--pull-never", below)
        site.root = Path(site.storage.buildah("mount", site.container))
        if layer == "python":
            languagesite.fetch_debs(site)
        step(site)
        answers = {name: getattr(languageanswers, name)(site) for name in concerned}
        if layer == "changes":
            answers |= languageanswers.at_the_end(site)
        site.answers.append({"step": layer, **answers})
        shutil.rmtree(site.root / "root/.npm", ignore_errors=True)  # npm's cache and its logs
        site.storage.buildah("config", "--created-by", f"install {layer}", site.container)
        site.storage.commit(site.container, f"{image}-{layer}")
        below = f"{image}-{layer}"
        print(f"{time.monotonic() - began:6.1f} s  {site.architecture} {layer}", flush=True)
    return below


def build_platforms(sites: Mapping[str, Site], base: Path) -> dict[str, str]:
    """All platforms side by side; the names of their images."""

    def build_one(site: Site) -> str:
        try:
            return build_platform(site, base)
        finally:
            SHOPS_MADE.set()

    with ThreadPoolExecutor(len(sites)) as pool:
        return dict(zip(sites, pool.map(build_one, sites.values()), strict=True))


def stamp(base: Path) -> dict[str, Any]:
    """What the image depends on: the image below, tool versions and these scripts."""
    here = Path(__file__).resolve().parent
    names = (Path(__file__).name, "languageanswers.py", "languagesite.py", "realtools.py")
    return {
        "base": realtools.sha256_file(base / "index.json"),
        "tools": realtools.tool_versions(),
        "scripts": {name: realtools.sha256_file(here / name) for name in names},
    }


def build(base: Path, target: Path) -> None:
    """Build both platforms into the folder `target`, on those of the layout `base`."""
    realtools.fresh(target)
    target.mkdir()
    with tempfile.TemporaryDirectory(prefix="languages-") as name, realtools.arm64_programs():
        work = Path(name)
        storage = Storage(work / "storage", driver=realtools.quickest_driver(work))
        try:
            sites = {arch: Site(storage, arch, work) for arch in ARCHITECTURES}
            images = build_platforms(sites, base)
            storage.push_manifest("languages", images, f"oci:{target / 'image'}:{TAG}")
        finally:
            storage.end()
        answers = {arch: {"layers": site.answers} for arch, site in sites.items()}
        realtools.write_json(target / "expected.json", answers)
    realtools.write_json(target / "stamp.json", stamp(base))


def main() -> None:
    """Build what is not there yet."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    default = Path(__file__).resolve().parents[1] / ".cache/real-images"
    parser.add_argument("--out", type=Path, default=default, metavar="DIR")
    out: Path = parser.parse_args().out.resolve()
    base, target = out / "oci-layout/image", out / "languages"
    done = target / "stamp.json"
    if done.exists() and json.loads(done.read_text()) == stamp(base):
        print(f"{target} is complete")
        return
    done.unlink(missing_ok=True)
    build(base, target)


if __name__ == "__main__":
    main()
