"""The case folders of `fixtures/packages/rpmmanifest`, as Azure Linux's image builder makes them.

    PYTHONPATH=.:scripts .venv/bin/python scripts/rpmmanifest_fixtures.py

The queries are those of https://github.com/microsoft/azurelinux, `generateContainerManifests` in
`toolkit/tools/imagegen/installutils/installutils.go`, asked of a database of packages built here.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import rpmcases

from tests.support import rpms
from tests.support.tools import ROOT

CASES = ROOT / "fixtures" / "packages" / "rpmmanifest"
LONG = "var/lib/rpmmanifest/container-manifest-2"
SHORT = "var/lib/rpmmanifest/container-manifest-1"
COLUMNS = (
    "%{NAME}\\t%{VERSION}-%{RELEASE}\\t%{INSTALLTIME}\\t%{BUILDTIME}\\t%{VENDOR}\\t(none)\\t"
    "%{SIZE}\\t%{ARCH}\\t%{EPOCHNUM}\\t%{SOURCERPM}\\n"
)
SCRIPT_NAMES = "%{NAME}.%{VERSION}-%{RELEASE}.%{ARCH}\\n"
RPM = rpmcases.VERSION
QUERIED = f"{RPM} with the queries of Azure Linux's image builder"
HAND = "made by hand after the query of Azure Linux's image builder"
BY_FORMAT = "by the query that made the file"


def main() -> None:
    """Write all cases."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        packages = rpms.build(folder / "build", (rpmcases.SPEC, rpmcases.OTHER))
        database = folder / "sqlite"
        database.mkdir()
        rpms.install(database, *packages)
        rpms.rpm(database, "--import", rpmcases.public_key(folder / "gpg"))
        names = rpms.rpm(database, "-qa").encode()
        columns = rpms.rpm(database, "-qa", "--qf", COLUMNS).encode()
        scripted = rpms.rpm(database, "-qa", "--qf", SCRIPT_NAMES).encode()
        said = rpms.rpm(database, "-qa", "--qf", rpmcases.QUERY)
    # The list cannot tell an epoch of zero from none.
    stated = rpmcases.expected(said.replace("\t0:3.2-5", "\t3.2-5"), LONG)
    stated = [without(package, "qualifiers", "requires", "provides") for package in stated]
    queried(names, columns, scripted, stated)
    made(columns, stated)


def without(package: dict[str, Any], *members: str) -> dict[str, Any]:
    """What a list with columns says of a package."""
    kept = {key: value for key, value in package.items() if key not in members}
    return {**kept, "licenses": [], "homepage": ""}


def short(package: dict[str, Any]) -> dict[str, Any]:
    """What a list of names says of a package."""
    return {
        **package,
        "confidence": "medium",
        "version": package["version"].rpartition(":")[2],
        "source": None,
        "supplier": "",
        "locations": [SHORT],
    }


def queried(names: bytes, columns: bytes, scripted: bytes, stated: list[dict[str, Any]]) -> None:
    """What rpm said."""
    rpmcases.write(
        "ordinary",
        {LONG: columns, SHORT: names},
        stated,
        [],
        CASES,
        what="both lists of three packages and a public key",
        why="the list with columns is read, once; an epoch is told",
        source=QUERIED,
        expected=f"rpm -qa, {RPM}; an epoch of 0 is not in the list",
    )
    for case, data in (("names", names), ("scripted-names", scripted)):
        rpmcases.write(
            case,
            {SHORT: data},
            [short(package) for package in stated],
            [],
            CASES,
            what="only the list of names",
            why="name, version and architecture are taken apart",
            source=QUERIED,
            expected=f"rpm -qa, {RPM}, without what the list does not say",
        )


def made(columns: bytes, stated: list[dict[str, Any]]) -> None:
    """What rpm would not say."""
    lines = columns.splitlines(keepends=True)
    kept = [package for package in stated if f"{package['name']}\t".encode() in b"".join(lines[:2])]
    rpmcases.write(
        "damaged",
        {LONG: b"".join([*lines[:2], lines[2][:30]])},
        kept,
        [("package-database-damaged", "error", LONG)],
        CASES,
        what="the list of `ordinary`, cut off",
        why="what stands before the cut is reported, and an error says that something is missing",
        source="../ordinary",
        expected=BY_FORMAT,
    )
    rpmcases.write(
        "empty",
        {LONG: b"", SHORT: b""},
        [],
        [],
        CASES,
        what="two lists of nothing",
        why="no packages, and nothing wrong",
        source=HAND,
        expected=BY_FORMAT,
    )
    fact = {
        "name": "nameonly",
        "version": "",
        "arch": "x86_64",
        "state": "installed",
        "type": "rpm",
        "source": None,
        "licenses": [],
        "supplier": "",
        "homepage": "",
        "locations": [LONG],
    }
    rpmcases.write(
        "absent-version",
        {LONG: b"nameonly\t\t1\t1\t(none)\t(none)\t5\tx86_64\t0\t(none)\n"},
        [fact],
        [("package-field-missing", "warning", LONG)],
        CASES,
        what="a line without a version",
        why="the package is there all the same, and a warning says what is missing",
        source=HAND,
        expected=BY_FORMAT,
    )
    strange(fact)


def strange(fact: dict[str, Any]) -> None:
    """Legal and rare, and lines that are none."""
    ghost = {**fact, "version": "0:1-1", "name": "zero-epoch", "arch": "noarch"}
    odd = {**fact, "version": "5:1-1", "name": "a\\x1b[31m", "supplier": "Ven dor \\xff"}
    odd["source"] = {"name": "a-b", "version": "1-1"}
    rpmcases.write(
        "strange",
        {
            LONG: b"zero-epoch\t1-1\t1\t1\t(none)\t0\t5\tnoarch\t0\t(none)\n"
            b"a\x1b[31m\t1-1\t1\t1\tVen dor \xff\t(none)\t5\tx86_64\t5\ta-b-1-1.nosrc.rpm\n"
            b"\n"
            b"gpg-pubkey\tabcd-ef01\t1\t0\t(none)\t(none)\t0\t(none)\t0\t(none)\n"
            b"too\tfew\tcolumns\n"
            b"epoch\t1-1\t1\t1\t(none)\t(none)\t5\tnoarch\tmany\t(none)\n"
        },
        [odd, ghost],
        [("package-database-damaged", "error", LONG)],
        CASES,
        what="an epoch of 0 in the column of epochs, control characters, bytes that are not text, "
        "an empty line, a key, too few columns, an epoch that is no number",
        why="what cannot be read is an error, and the rest is read",
        source=HAND,
        expected=BY_FORMAT,
    )


if __name__ == "__main__":
    main()
