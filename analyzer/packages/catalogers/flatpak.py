"""Applications and runtimes that flatpak installed.

https://docs.flatpak.org/en/latest/flatpak-command-reference.html, "flatpak metadata": each lies in
`<kind>/<id>/<arch>/<branch>/<commit>` with its key file `metadata`; in `deploy` beside it flatpak
notes the version and licence that the application's metainfo states (since 1.1, of 2018), which
is what `flatpak list` shows. A runtime mostly has none; its branch is then its version.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

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
from analyzer.packages.formats import flatpakdeploy, keyfile
from analyzer.packages.formats.fault import problems
from analyzer.packages.formats.names import shown

_PLACE = re.compile(
    r"(?:.*/)?(?P<kind>app|runtime)/(?P<id>[^/]+)/(?P<arch>[^/]+)/(?P<branch>[^/]+)/[^/]+/[^/]+",
    re.DOTALL,
)
_GROUPS = {"app": "Application", "runtime": "Runtime"}


def parse(files: Files) -> Iterator[Package | Problem]:
    """The application or runtime of one folder."""
    paths = sorted(files)
    place = _PLACE.fullmatch(paths[0]) if paths else None
    if place is None:
        return
    groups: Mapping[str, Mapping[str, str]] = {}
    deploy: Mapping[str, str] = {}
    for path in paths:
        if path.endswith("/metadata"):
            groups, faults = keyfile.parse(files[path])
            yield from problems(path, faults)
        else:
            try:
                deploy = flatpakdeploy.read(files[path])
            except ValueError as fault:
                yield error(Code.PACKAGE_DATABASE_DAMAGED, path, str(fault))
    name, arch, branch = (shown(place[part]) for part in ("id", "arch", "branch"))
    version = deploy.get("appdata-version", "")
    if not version and place["kind"] == "runtime":
        version = branch
    if not version:
        yield warning(Code.PACKAGE_FIELD_MISSING, paths[0], f"application {name} has no version")
    licence = deploy.get("appdata-license", "")
    needs = groups.get(_GROUPS[place["kind"]], {}).get("runtime", "")
    yield Package(
        name=name,
        version=version,
        arch=arch,
        type="generic",
        licenses=(licence,) if licence else (),
        locations=tuple(Location(path) for path in paths),
        requires=((f"flatpak:{needs}",),) if needs and place["kind"] == "app" else (),
        provides=(f"flatpak:{name}/{arch}/{branch}",),
    )


CATALOGER = Cataloger(
    name="flatpak",
    version=1,
    group="dir",
    wants=tuple(
        Want(f"**/flatpak/{kind}/*/*/*/*/{name}")
        for kind in ("app", "runtime")
        for name in ("deploy", "metadata")
    ),
    parse=parse,
    about="Flatpak applications and runtimes",
    fills=frozenset({"arch", "licenses", "provides", "requires"}),
)
