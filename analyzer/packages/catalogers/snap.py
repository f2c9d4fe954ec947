"""Snaps, and the Debian packages that were put into them.

https://snapcraft.io/docs/snap-format: `meta/snap.yaml` names the snap; `snap/manifest.yaml`, which
snapcraft writes, and `usr/share/snappy/dpkg.yaml` of base snaps list the Debian packages whose
files it holds. dpkg does not know of those, so they are listed as vendored. Of the YAML only
plain outermost members are read, see `formats/yamltop.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from analyzer.packages.contract import (
    VENDORED,
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
from analyzer.packages.formats import yamltop
from analyzer.packages.formats.fault import problems

_BASE = "usr/share/snappy/dpkg.yaml"
_READ = (
    *("architectures", "base", "license", "name", "packages", "primed-stage-packages", "version"),
    *("snapcraft-os-release-id", "snapcraft-os-release-version-id"),
)
_DEB = re.compile(r"(?P<name>[^=:]+)(?::(?P<arch>[^=]+))?=(?P<version>.+)")

Values = Mapping[str, yamltop.Value]


def parse(files: Files) -> Iterator[Package | Problem]:
    """The snap of each file, or the Debian packages in one, or both."""
    for path in sorted(files):
        values, faults = yamltop.read(files[path], _READ)
        yield from problems(path, faults)
        if not f"/{path}".endswith(f"/{_BASE}"):
            yield from _snap(path, values, bare=bool(files[path]))
        yield from _debs(path, values)


def _snap(path: str, values: Values, *, bare: bool) -> Iterator[Package | Problem]:
    name, version = _text(values, "name"), _text(values, "version")
    if not name:
        if bare:
            yield error(Code.PACKAGE_DATABASE_DAMAGED, path, "a snap without a name, left out")
        return
    if not version:
        yield warning(Code.PACKAGE_FIELD_MISSING, path, f"snap {name} has no version")
    base, licence = _text(values, "base"), _text(values, "license")
    architectures = _list(values, "architectures")
    yield Package(
        name=name,
        version=version,
        # One that runs on several has none of its own.
        arch=architectures[0] if len(architectures) == 1 else _text(values, "architectures"),
        type="generic",
        licenses=(licence,) if licence else (),
        locations=(Location(path),),
        requires=((f"snap:{base}",),) if base and base != "none" else (),
        provides=(f"snap:{name}",),
        method="metadata",
    )


def _debs(path: str, values: Values) -> Iterator[Package | Problem]:
    """`name=version` or `name:architecture=version`, as apt takes them."""
    system = _text(values, "snapcraft-os-release-id")
    release = _text(values, "snapcraft-os-release-version-id")
    wrong = []
    for item in (*_list(values, "packages"), *_list(values, "primed-stage-packages")):
        match = _DEB.fullmatch(item)
        if match is None:
            wrong.append(item)
            continue
        yield Package(
            name=match["name"],
            version=match["version"],
            arch=match["arch"] or "",
            type="deb",
            namespace=system,
            qualifiers=(("distro", f"{system}-{release}"),) if system and release else (),
            state=VENDORED,
            locations=(Location(path),),
            method="metadata",
        )
    if wrong:
        detail = f"{len(wrong)} packages without a version, left out: {wrong[0]:.80}"
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, detail)


def _text(values: Values, key: str) -> str:
    value = values.get(key, "")
    return value if isinstance(value, str) else ""


def _list(values: Values, key: str) -> tuple[str, ...]:
    value = values.get(key, ())
    return value if isinstance(value, tuple) else ()


CATALOGER = Cataloger(
    name="snap",
    version=1,
    group="file",
    wants=(Want("**/meta/snap.yaml"), Want("**/snap/manifest.yaml"), Want(f"**/{_BASE}")),
    parse=parse,
    about="Snaps and the Debian packages in them",
    fills=frozenset({"arch", "licenses", "namespace", "provides", "qualifiers", "requires"}),
)
