"""Template: copy to `<ecosystem>.py` and replace everything. The underscore keeps it out.

The docstring begins with what is read and links the format's own documentation, for instance
https://github.com/package-url/purl-spec. Say here, too, where the format leaves a choice and
who decided it, and which files of the same name are none of this format. The file name is the
cataloger's name and the name of its fixture folder, `fixtures/packages/<ecosystem>/<case>/`; the
tests of `tests/packages/test_catalogers.py` find both by themselves. CONTRIBUTING.md has the
cases, the form of `expected.json`, and tables of states, problems and readers.

The format of this example is one package per line: name, blank, version.
"""

from __future__ import annotations

from collections.abc import Iterator

# Of `analyzer`, a cataloger imports these two only: the contract, and readers in `formats`; of
# Python, what computes (`re`, `tomllib`, `dataclasses`). It opens no file, prints nothing, knows no
# layer and no distribution.
from analyzer.packages.contract import (
    Cataloger,
    Code,
    Files,
    Location,
    Package,
    Problem,
    Want,
    error,
    warning,
)
from analyzer.packages.formats.bounds import bounded
from analyzer.packages.formats.text import text


def parse(files: Files) -> Iterator[Package | Problem]:
    """Packages and problems of one group of files, by root-relative path.

    The bytes come from strangers. Yield what can be read and a Problem for what cannot; raise
    nothing. Parse by the format's grammar and never by searching for words.
    """
    # Sorted, because the same files must give the same answer in the same order.
    for path in sorted(files):
        try:
            lines = bounded(files[path]).split(b"\n")
        except ValueError as why:
            # `error` where packages, or what the file says of them, are lost.
            yield error(Code.PACKAGE_DATABASE_DAMAGED, path, str(why))
            continue
        for number, line in enumerate(lines, 1):
            # `text` makes bytes printable without losing any, so that no name can send escape
            # sequences to a terminal.
            name, _, version = text(line).partition(" ")
            if not name:
                continue
            if not version:
                # `warning` where the package is known all the same.
                detail = f"line {number}: package {name} has no version"
                yield warning(Code.PACKAGE_FIELD_MISSING, path, detail)
            # The package URL, the layer and the distribution are added later by others; `type` is
            # that of the package URL. `state` and `method` are the defaults of `Package` here:
            # installed, and known from a database.
            yield Package(
                name=name, version=version, arch="", type="generic", locations=(Location(path),)
            )


CATALOGER = Cataloger(
    name="_example",
    # Raised whenever `parse` may answer differently for the same files.
    version=1,
    # `file`: each file alone. `dir`: files of one folder together. `image`: all at once, where a
    # database names files in other folders.
    group="file",
    # Exact paths where possible; `*` stays within a folder, a leading `**/` is any depth. Both
    # spellings where `/lib` may be a link to `/usr/lib`.
    wants=(Want("usr/share/example/packages.txt"),),
    parse=parse,
    # What `ociscope catalogers` shows: the ecosystem and the files in a few words, and what
    # `parse` fills in beyond name, version, type, state, method and locations.
    about="Examples: packages.txt of the example manager",
    fills=frozenset(),
)
