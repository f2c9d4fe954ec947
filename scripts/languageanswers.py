"""What the native tool of each ecosystem says of a tree; nothing here imports the analyzer.

Each function takes a `Site` of languagesite.py and returns JSON. Programs run inside the tree
(through qemu on arm64); those that only read run on the host.
"""

from __future__ import annotations

import json
import os
import struct
import subprocess
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import realtools
from realtools import run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from languagesite import Site

ELF64_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
ELF64_SECTION = struct.Struct("<IIQQQQIIQQ")


def dpkg(site: Site) -> list[str]:
    """Lines of dpkg-query: status, name, version, architecture."""
    return realtools.installed(site.root)


def pip(site: Site) -> list[dict[str, Any]]:
    """What `pip list` and `pip inspect` say of each distribution."""
    report = json.loads(site.inside("python3", "-m", "pip", "inspect"))
    listed = json.loads(site.inside("python3", "-m", "pip", "list", "--format=json"))
    found = [
        {
            "name": each["metadata"]["name"],
            "version": each["metadata"]["version"],
            "place": each["metadata_location"],
            "installer": each.get("installer", ""),
            "direct_url": each.get("direct_url"),
        }
        for each in report["installed"]
    ]
    names = sorted((each["name"], each["version"]) for each in found)
    if names != sorted((each["name"], each["version"]) for each in listed):
        raise SystemExit("pip list and pip inspect disagree")
    return sorted(found, key=lambda each: str(each["name"]))


def npm(site: Site) -> dict[str, Any]:
    """The tree of global packages."""
    return _npm_tree(site, "--global", "--prefix=/usr/local")


def shop(site: Site) -> dict[str, Any]:
    """The tree of the program under /srv/shop."""
    return _npm_tree(site, "--prefix=/srv/shop")


def _npm_tree(site: Site, *where: str) -> dict[str, Any]:
    tree: dict[str, Any] = json.loads(site.inside("npm", "ls", "--all", "--json", *where))
    return tree


def gem(site: Site) -> list[str]:
    """Lines of `gem list`."""
    lines = site.inside("gem", "list", "--local", "--quiet").splitlines()
    return [line for line in lines if line]


def go(site: Site) -> dict[str, list[str]]:
    """By path of each Go program, the lines of `go version -m`, which reads and runs nothing."""
    answers = {}
    for path in _programs(site.root):
        command = ["go", "version", "-m", str(site.root / path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        head, *lines = done.stdout.splitlines() or [""]
        if head:
            answers[path] = [head.rpartition(": ")[2], *(line.strip("\t") for line in lines)]
    return answers


def rust(site: Site) -> dict[str, list[dict[str, Any]]]:
    """By path of each Rust program, the packages in its section `.dep-v0`.

    https://github.com/rust-secure-code/cargo-auditable/blob/master/PARSING.md: JSON under zlib.
    """
    answers = {}
    for path in _programs(site.root):
        raw = _section(site.root / path, b".dep-v0")
        if raw is not None:
            answers[path] = json.loads(zlib.decompress(raw))["packages"]
    return answers


def _section(path: Path, name: bytes) -> bytes | None:
    """A section of a 64-bit little-endian ELF file, found as `readelf -S` does."""
    with path.open("rb") as file:
        header = ELF64_HEADER.unpack(file.read(ELF64_HEADER.size))
        offset, size, count, names = header[6], header[11], header[12], header[13]
        if offset == 0 or count == 0:
            return None
        file.seek(offset)
        table = file.read(size * count)
        rows = [ELF64_SECTION.unpack_from(table, size * number) for number in range(count)]
        file.seek(rows[names][4])
        strings = file.read(rows[names][5])
        for row in rows:
            if strings[row[0] : strings.index(b"\0", row[0])] == name:
                file.seek(row[4])
                return file.read(row[5])
    return None


def _programs(root: Path) -> Iterator[str]:
    """Every 64-bit ELF file outside kernel file systems, by path, in order."""
    for base, folders, files in os.walk(root):
        folders.sort()
        for name in sorted(files):
            path = Path(base) / name
            if path.is_symlink() or not path.is_file() or path.stat().st_size < ELF64_HEADER.size:
                continue
            with path.open("rb") as file:
                if file.read(6) == b"\x7fELF\x02\x01":
                    yield str(path.relative_to(root))


def jars(site: Site) -> dict[str, dict[str, Any]]:
    """By path of each archive (and `!/` path in it), its pom.properties and manifest by unzip."""
    answers: dict[str, dict[str, Any]] = {}
    for base, folders, files in os.walk(site.root):
        folders.sort()
        for name in sorted(files):
            path = Path(base) / name
            if name.endswith((".jar", ".war")) and not path.is_symlink():
                answers |= _archive(path, str(path.relative_to(site.root)))
    return answers


def _archive(path: Path, shown: str) -> dict[str, dict[str, Any]]:
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    poms = [name for name in names if name.endswith("/pom.properties")]
    found: dict[str, Any] = {"poms": {name: _unzip(path, name) for name in sorted(poms)}}
    if "META-INF/MANIFEST.MF" in names:
        found["manifest"] = _unzip(path, "META-INF/MANIFEST.MF")
    answers = {shown: found}
    for name in sorted(name for name in names if name.endswith(".jar")):
        with tempfile.NamedTemporaryFile(suffix=".jar") as inner:
            inner.write(run(["unzip", "-p", path, name]))
            inner.flush()
            answers |= _archive(Path(inner.name), f"{shown}!/{name}")
    return answers


def _unzip(path: Path, name: str) -> str:
    return run(["unzip", "-p", path, name]).decode()


def at_the_end(site: Site) -> dict[str, Any]:
    """What is asked of the finished tree only: dpkg's check of its files and who owns them."""
    return {
        "verify": _verify(site.root),
        "owners": _owners(site.root),
        "modules": json.loads(site.inside("node", "-e", _MODULES)),
        "release": _java_release(site.root),
    }


#: Modules in the folder where Debian's Node looks for them, which npm does not list.
_MODULES = """
const fs = require('fs'), folder = '/usr/share/nodejs/'
const names = fs.readdirSync(folder).flatMap(
  name => name[0] == '@' ? fs.readdirSync(folder + name).map(one => name + '/' + one) : [name])
const found = names.filter(name => fs.existsSync(folder + name + '/package.json'))
console.log(JSON.stringify(found.map(name => {
  const manifest = require(folder + name + '/package.json')
  return [manifest.name, manifest.version]
})))
"""


def _java_release(root: Path) -> dict[str, str]:
    """The lines of the file that Java's runtime describes itself in, as a shell reads them."""
    (file,) = (file for file in root.glob("usr/lib/jvm/*/release") if not file.parent.is_symlink())
    command = ["sh", "-c", '. "$1"; printf "%s\\n" "$JAVA_RUNTIME_VERSION" "$IMPLEMENTOR"', "sh"]
    version, implementor = run([*command, file]).decode().splitlines()
    return {"version": version, "implementor": implementor}


def _verify(root: Path) -> list[str]:
    """Lines of `dpkg --verify`."""
    command = ["dpkg", f"--root={root}", "--verify"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return sorted(done.stdout.splitlines())


_OF_LANGUAGES = ("*/METADATA", "*/PKG-INFO", "*.egg-info", "*.gemspec", "*/package.json", "*.jar")


def _owners(root: Path) -> dict[str, str]:
    """By path, what `dpkg -S` says of each file by which languages know a package."""
    admin = root / "var/lib/dpkg"
    owners = {}
    for pattern in _OF_LANGUAGES:
        done = subprocess.run(
            ["dpkg-query", f"--admindir={admin}", "--search", f"/usr/{pattern}"],
            capture_output=True,
            text=True,
            check=False,
        )
        for line in done.stdout.splitlines():
            owner, _, path = line.partition(": ")
            if (root / path.lstrip("/")).is_file():
                owners[path.lstrip("/")] = owner
    return owners
