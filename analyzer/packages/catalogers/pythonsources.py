"""Python projects that are used from their own folder: egg-info beside sources.

setuptools keeps `<name>.egg-info` beside the sources it builds from. `pip install -e` in its
older form and `setup.py develop` leave `<name>.egg-link` in site-packages and a line in
`easy-install.pth`, the newer form a dist-info and `__editable__*.pth`
(https://setuptools.pypa.io/en/latest/userguide/development_mode.html). A folder that such a file
leads to is `installed`, and pip lists it; any other egg-info is what a build left behind, which
is `declared`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from analyzer.packages.contract import Cataloger, Files, Location, Package, Problem, Want
from analyzer.packages.formats import coremetadata
from analyzer.packages.formats.caches import outside
from analyzer.packages.formats.pydistribution import described, egg_requires, named, of_source

_METADATA = "/PKG-INFO"
_LINKS = (".egg-link", ".pth")


def parse(files: Files) -> Iterator[Package | Problem]:
    """Every project with an egg-info that is no installed one."""
    links = _links(files)
    for path in outside(files):
        folder = path.removesuffix(_METADATA)
        if folder == path or not of_source(folder):
            continue
        above, _, component = folder.rpartition("/")
        more = egg_requires(files.get(f"{folder}/requires.txt", b""))
        metadata = coremetadata.read(files[path])
        link = links.get(above, "")
        package, problems = described(path, metadata, named(component), more, link)
        yield from problems
        if package is not None and link:
            yield package._replace(locations=(*package.locations, Location(link)))
        elif package is not None:
            yield package._replace(state="declared")


def _links(files: Files) -> dict[str, str]:
    """Folders that Python is led to, each with the first file that does so."""
    links: dict[str, str] = {}
    for path in sorted(files):
        if path.endswith(_LINKS):
            for target in _targets(path, files[path]):
                links.setdefault(target, path)
    return links


def _targets(path: str, data: bytes) -> Iterator[str]:
    """Folders that the lines of a link name; the second line of an egg-link is no folder."""
    lines = data.decode("utf-8", "surrogateescape").splitlines()
    for line in lines[:1] if path.endswith(".egg-link") else lines:
        target = line.strip()
        # `site` runs lines that begin so, and takes the rest for folders.
        if target and not target.startswith(("#", "import ", "import\t")):
            joined = posixpath.join("/" + path.rpartition("/")[0], target)
            yield posixpath.normpath(joined).strip("/")


CATALOGER = Cataloger(
    name="pythonsources",
    version=3,
    group="image",
    wants=(
        Want("**/*.egg-info/PKG-INFO"),
        Want("**/*.egg-info/requires.txt"),
        Want("**/*.egg-link"),
        Want("**/easy-install.pth"),
        Want("**/__editable__*.pth"),
    ),
    parse=parse,
    about="Python projects used from their own folder",
    fills=frozenset({"licenses", "supplier", "originator", "homepage", "requires", "provides"}),
)
