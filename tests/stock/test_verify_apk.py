"""Files against an apk database written after apk-tools' own description of it.

There is no apk here to ask, only what it wrote, and said of images when these were made. The
digests are hashlib's, in the form of apk-tools' `src/blob.c` (`apk_blob_pull_csum`): `Q1` and the
SHA-1 in base64; of a link it is that of its target's text.
"""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha1
from pathlib import Path
from typing import Any

import pytest

from analyzer.stock.look import look_at_stock
from analyzer.stock.verify import Fault, Verified, verify_stock
from tests.packages.cases import FOLDER
from tests.support.imagebuilder import ImageBuilder
from tests.support.tarbytes import Entry, File, Link
from tests.support.tools import ROOT

IMAGES = ROOT / "fixtures/diff/apk"
FACTS: dict[str, Any] = json.loads((IMAGES / "expected.json").read_bytes())["tags"]


def q1(data: bytes) -> str:
    """A digest as apk writes it."""
    return "Q1" + b64encode(sha1(data, usedforsecurity=False).digest()).decode()


DATABASE = f"""\
P:busybox
V:1.36.1-r5
A:x86_64
F:bin
R:busybox
a:0:0:755
Z:{q1(b"busybox")}
R:sh
a:0:0:777
Z:{q1(b"/bin/busybox")}
R:gone
Z:{q1(b"gone")}
F:etc
R:same
Z:{q1(b"")}

""".encode()


def verified(tmp_path: Path, **changed: Entry) -> Verified:
    """An image with that database, and files that may not be as it says."""
    files: dict[str, Entry] = {
        "lib/apk/db/installed": DATABASE,
        "bin/busybox": File(b"busybox", mode=0o755),
        "bin/sh": Link("/bin/busybox"),
        "bin/gone": b"gone",
        "etc/same": b"",
    }
    files |= {f"bin/{name}": entry for name, entry in changed.items()}
    layout = ImageBuilder().layer(files).layer({"bin/.wh.gone": b""} if changed else {})
    with look_at_stock(str(layout.write_oci(tmp_path / "layout"))) as found:
        (stock,) = found.stocks
        return verify_stock(found.look, stock)


def test_nothing_deviates_from_what_the_database_says(tmp_path: Path) -> None:
    found = verified(tmp_path)
    assert found.deviations == ()
    assert found.unchecked == ()


def test_content_permissions_targets_and_missing_files(tmp_path: Path) -> None:
    found = verified(tmp_path, busybox=File(b"Busybox", mode=0o4755), sh=Link("/bin/evil"))
    assert [(each.claim.path, each.faults, each.layer) for each in found.deviations] == [
        ("bin/busybox", (Fault.CONTENT, Fault.MODE), 0),
        ("bin/gone", (Fault.MISSING,), 1),
        ("bin/sh", (Fault.TARGET,), 0),
    ]


def of_version_3(
    tmp_path: Path, content: bytes, target: str
) -> list[tuple[str, tuple[Fault, ...]]]:
    """What deviates below `opt` with the database that apk 3.0.6 wrote, see its `origin.toml`.

    The package of version 3 in it has a file of the text `three` and a link to that.
    """
    database = FOLDER / "apk/written-by-apk/lib/apk/db/installed"
    files: dict[str, Entry] = {
        "lib/apk/db/installed": database.read_bytes(),
        "opt/v3/file": content,
        "opt/v3/link": Link(target),
    }
    layout = ImageBuilder().layer(files)
    with look_at_stock(str(layout.write_oci(tmp_path / "layout"))) as found:
        (stock,) = found.stocks
        done = verify_stock(found.look, stock)
    assert done.unchecked == ()
    return [(d.claim.path, d.faults) for d in done.deviations if d.claim.path.startswith("opt/")]


def test_cut_off_digests_of_packages_of_version_3_are_compared(tmp_path: Path) -> None:
    """`apk audit --full` of 3.0.6 is silent about the first, and calls the others `U`."""
    assert of_version_3(tmp_path / "a", b"three\n", "file") == []
    assert of_version_3(tmp_path / "b", b"Three\n", "file") == [("opt/v3/file", (Fault.CONTENT,))]
    assert of_version_3(tmp_path / "c", b"three\n", "else") == [("opt/v3/link", (Fault.TARGET,))]


@pytest.mark.parametrize("tag", FACTS)
def test_settings_and_other_files_are_those_that_apk_audit_calls_changed(tag: str) -> None:
    """`U` is content, `M` permissions, `A` and `d` what no package has, outside `lib` and `var`."""
    with look_at_stock(f"{IMAGES / 'layout'}:{tag}") as found:
        done = verify_stock(found.look, found.stocks[0])
    words: dict[tuple[Fault, ...], str] = {(Fault.CONTENT,): "U", (Fault.MODE,): "M"}
    ours: dict[str, set[str]] = {"protected": set(), "system": set()}
    for each in done.deviations:
        kind = "protected" if each.claim.config else "system"
        ours[kind].add(f"{words[each.faults]} {each.claim.path}")
    new = (each.path for each in done.unowned if each.path.startswith("etc/"))
    ours["protected"] |= {f"A {path}" for path in new if not path.endswith(".apk-new")}
    audit = FACTS[tag]["audit"]
    theirs = {kind: {line for line in audit[kind] if line[0] != "d"} for kind in audit}
    assert ours == theirs
    assert len(theirs["protected"]) > 1
