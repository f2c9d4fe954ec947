"""What the scripts that make rpm's case folders share: packages, what rpm says, how it is kept."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from tests.support.tools import ROOT, require_tool, run

CASES = ROOT / "fixtures" / "packages" / "rpm"
SPEC = r"""
Name: library
Epoch: 1
Version: 3.2~rc1
Release: 4.el9
Summary: A library
Summary(de): Eine Bibliothek
License: MIT AND GPL-2.0-or-later
Vendor: Example Vendor
URL: https://library.example.org/
ModularityLabel: library:3:20240101:0123abcd
Provides: liblibrary.so.3()(64bit)

%description
A library.

%install
cd %{buildroot}
mkdir -p usr/lib64 usr/share/library etc
echo code > usr/lib64/liblibrary.so.3.2
ln -s liblibrary.so.3.2 usr/lib64/liblibrary.so.3
echo setting > etc/library.conf
for f in $(seq 60); do echo $f > usr/share/library/$f; done

%files
/usr/lib64/*
/usr/share/library
%config(noreplace) /etc/library.conf

%triggerin -- program
echo triggered

%package -n program
Summary: A program
Version: 3.2
Release: 5
Epoch: 0
License: Apache-2.0
Requires: library = 1:3.2~rc1-4.el9, liblibrary.so.3()(64bit), library(x86-64)

%description -n program
A program.

%files -n program
"""
OTHER = r"""
Name: other
Version: 1
Release: 1
Summary: Nothing in particular
License: MIT
BuildArch: noarch

%description
Other.

%files
"""
QUERY = (
    "=%{NAME}\\t%{EVR}\\t%{ARCH}\\t%{SOURCERPM}\\t%{LICENSE}\\t%{VENDOR}\\t%{URL}\\t"
    "%{MODULARITYLABEL}\\n[P%{PROVIDENAME}\\n][R%{REQUIRENAME}\\n]"
)
MERGED = {"/bin/sh": ["/bin/sh", "/usr/bin/sh"]}
"""rpm finds the file under either name where `/bin` leads to `/usr/bin`."""
LICENCE = "CC0-1.0"
VERSION = "rpm 4.18.0 (Debian 12)"


def public_key(home: Path) -> Path:
    """A key for rpm to trust; it keeps it as a package."""
    home.mkdir(mode=0o700)
    gpg: list[str | Path] = [require_tool("gpg"), "--homedir", home, "--batch", "--passphrase", ""]
    run([*gpg, "--quick-generate-key", "fixture@example.org", "rsa2048", "sign"])
    path = home / "key.asc"
    path.write_bytes(run([*gpg, "--armor", "--export"]).stdout)
    return path


def expected(said: str, path: str) -> list[dict[str, Any]]:
    """What rpm said by `QUERY`, in the form of `expected.json`."""
    packages = []
    for part in said[1:].split("\n="):
        line, *tokens = part.strip("\n").split("\n")
        name, evr, arch, source, licence, vendor, url, module = line.split("\t")
        if name == "gpg-pubkey":
            continue
        provides = sorted({t[1:] for t in tokens if t[0] == "P"} - {name})
        requires = dict.fromkeys(t[1:] for t in tokens if t[0] == "R")
        packages.append(
            {
                "name": name,
                "version": evr,
                "arch": arch,
                "state": "installed",
                "type": "rpm",
                **some("qualifiers", {"rpmmod": module} if module != "(none)" else {}),
                **some("requires", [MERGED.get(r, [r]) for r in requires if r[:7] != "rpmlib("]),
                **some("provides", provides),
                "source": source_of(source),
                "licenses": [licence],
                "supplier": "" if vendor == "(none)" else vendor,
                "homepage": "" if url == "(none)" else url,
                "locations": [path],
            }
        )
    return sorted(packages, key=lambda p: (p["name"], p["arch"], p["version"]))


def some(key: str, value: object) -> dict[str, object]:
    """A member, unless it is empty."""
    return {key: value} if value else {}


def source_of(file_name: str) -> dict[str, str]:
    """Name, and version with release, of the file name of a source package."""
    name, version, release = file_name.removesuffix(".src.rpm").rsplit("-", 2)
    return {"name": name, "version": f"{version}-{release}"}


def write(
    case: str,
    files: dict[str, bytes],
    packages: list[dict[str, Any]],
    problems: list[tuple[str, str, str]],
    cases: Path = CASES,
    **origin: str,
) -> None:
    """One case folder."""
    folder = cases / case
    shutil.rmtree(folder, ignore_errors=True)
    for path, data in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    keys = ("code", "severity", "where")
    stated = {"packages": packages, "problems": [dict(zip(keys, p, strict=True)) for p in problems]}
    text = json.dumps(stated, indent=2, ensure_ascii=False) + "\n"
    (folder / "expected.json").write_text(text, "utf-8")
    lines = [f"{key} = {json.dumps(origin[key])}" for key in ("what", "why", "source", "expected")]
    lines.append(f'licence = "{LICENCE}"')
    (folder / "origin.toml").write_text("\n".join(lines) + "\n")
