"""Check the committed fixtures against their manifest and the size caps.

    python3 scripts/check_fixtures.py [DIR]

Every file of `layouts/` and `saves/` must stand in MANIFEST.json with its digest, size,
producer, licence and reason, and every entry must have its file. No file may be larger
than 64 KiB and all together no larger than 5 MiB; exceptions are listed here by name.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

FILE_CAP_BYTES = 64 * 1024
TOTAL_CAP_BYTES = 5 * 1024 * 1024
#: Folders where each file must have an entry; others keep their origin in other forms.
LISTED = ("layouts", "saves")
FIELDS = ("sha256", "size", "producer", "licence", "why")
#: Files over the cap, each with the reason why it cannot be smaller.
EXCEPTIONS = {
    "packages/rust/ordinary/expected.json": "every crate of a real program, 244 of them",
    "saves/multi-amd64.tar": "a docker archive stores its layers uncompressed",
    "saves/multi-arm64.tar": "a docker archive stores its layers uncompressed",
}


def fixture_files(root: Path) -> dict[str, Path]:
    """Every file below the fixtures, by its path from there."""
    paths = [path for path in root.rglob("*") if path.is_file() or path.is_symlink()]
    return {path.relative_to(root).as_posix(): path for path in sorted(paths)}


def check_sizes(files: dict[str, Path]) -> list[str]:
    """Files over the cap without an exception, exceptions without need, and the total."""
    sizes = {name: path.lstat().st_size for name, path in files.items()}
    wrong = [
        f"{name}: {size} bytes, the cap is {FILE_CAP_BYTES}"
        for name, size in sizes.items()
        if size > FILE_CAP_BYTES and name not in EXCEPTIONS
    ]
    wrong += [
        f"{name}: listed as an exception to the cap, and needs none"
        for name in EXCEPTIONS
        if sizes.get(name, 0) <= FILE_CAP_BYTES
    ]
    total = sum(sizes.values())
    if total > TOTAL_CAP_BYTES:
        wrong.append(f"all fixtures: {total} bytes, the cap is {TOTAL_CAP_BYTES}")
    return wrong


def check_entry(name: str, entry: dict[str, Any], path: Path) -> list[str]:
    """One manifest entry against its file."""
    missing = [f"{name}: no {field} in the manifest" for field in FIELDS if not entry.get(field)]
    data = path.read_bytes()
    measured = hashlib.sha256(data).hexdigest()
    if entry.get("sha256") != measured:
        missing.append(f"{name}: declared sha256 {entry.get('sha256')}, measured {measured}")
    if entry.get("size") != len(data):
        missing.append(f"{name}: declared {entry.get('size')} bytes, measured {len(data)}")
    return missing


def check_manifest(root: Path, files: dict[str, Path]) -> list[str]:
    """The manifest against the files, in both directions."""
    document = json.loads((root / "MANIFEST.json").read_bytes())
    entries: dict[str, dict[str, Any]] = document["files"]
    wrong = [f"{name}: in the manifest, not there" for name in entries if name not in files]
    wrong += [
        f"{name}: not in the manifest"
        for name in files
        if name.split("/")[0] in LISTED and name not in entries
    ]
    for name in entries.keys() & files.keys():
        wrong += check_entry(name, entries[name], files[name])
    return sorted(wrong)


def check(root: Path) -> list[str]:
    """Everything that is wrong with the fixtures, one sentence each."""
    files = fixture_files(root)
    return check_sizes(files) + check_manifest(root, files)


def main() -> int:
    """Print what is wrong; the exit code is 1 if anything is."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    here = Path(__file__).resolve().parents[1] / "fixtures"
    parser.add_argument("root", nargs="?", type=Path, default=here, metavar="DIR")
    wrong = check(parser.parse_args().root)
    for sentence in wrong:
        print(sentence)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
