"""Node.js packages that Yarn's Plug'n'Play runs out of archives, without any `node_modules`.

https://yarnpkg.com/advanced/pnp-spec. The map (`.pnp.cjs`, `.pnp.data.json`; of Yarn 2 `.pnp.js`)
says which packages there are and where; one whose archive or unpacked folder is there is
installed. What the map names beyond that is declared (cataloger `nodelocks`). An archive that no
map names is a left-over of a cache.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.packages.contract import (
    Cataloger,
    Code,
    Files,
    Location,
    Package,
    Problem,
    Want,
    error,
    unpack,
    warning,
)
from analyzer.packages.formats import npm, pnpmap, yarnzip
from analyzer.packages.formats.names import shown
from analyzer.packages.formats.pnpmap import Located
from analyzer.packages.formats.text import text
from analyzer.packages.formats.unite import united

_MAPS = (".pnp.cjs", ".pnp.data.json", ".pnp.js")
_VIRTUAL = frozenset({"__virtual__", "$$virtual"})


def parse(files: Files) -> Iterator[Package | Problem]:
    """The packages of every map whose archives or folders are among `files`."""
    faults: dict[str, str] = {}
    found: list[Package] = []
    for path in sorted(files):
        if not path.endswith(_MAPS):
            continue
        try:
            entries = pnpmap.parse(files[path])
        except ValueError as fault:
            yield error(Code.PACKAGE_DATABASE_DAMAGED, path, str(fault))
            continue
        found += _installed(path, entries, files, faults)
    for path in sorted(faults):
        yield warning(Code.PACKAGE_DATABASE_DAMAGED, path, faults[path])
    for package in united(found):
        if not package.version and not package.qualifiers:
            detail = f"package {package.name} has no version"
            yield warning(Code.PACKAGE_FIELD_MISSING, _map_of(package), detail)
        yield package


def _map_of(package: Package) -> str:
    """The map that names it."""
    return next(place.path for place in package.locations if place.path.endswith(_MAPS))


def _installed(
    path: str, entries: list[Located], files: Files, faults: dict[str, str]
) -> Iterator[Package]:
    """The entries of one map that are there; what is wrong with archives goes to `faults`."""
    for entry in entries:
        evidence, inside = _evidence(path, entry.place)
        if evidence not in files or not entry.name:
            continue
        manifest = _manifest(evidence, files[evidence], faults, archived=bool(inside))
        namespace, name = npm.split_name(entry.name)
        yield Package(
            name=name,
            version=entry.version or (manifest.version if manifest else ""),
            arch="",
            type="npm",
            licenses=manifest.licenses if manifest else (),
            supplier=manifest.supplier if manifest else "",
            homepage=manifest.homepage if manifest else "",
            locations=(Location(evidence, inside=inside), Location(path)),
            namespace=namespace,
            qualifiers=npm.qualifiers(entry.origin),
            requires=tuple((f"{path}:{locator}",) for locator in entry.needs),
            provides=(f"{path}:{entry.locator}",),
        )


def _manifest(
    evidence: str, data: bytes, faults: dict[str, str], *, archived: bool
) -> npm.Manifest | None:
    """What the package says of itself, beside the map."""
    parts = unpack(data) if archived else {yarnzip.MANIFEST: data}
    if yarnzip.MANIFEST in parts:
        try:
            return npm.read_manifest(parts[yarnzip.MANIFEST])
        except ValueError as fault:
            faults[evidence] = f"{yarnzip.MANIFEST}: {fault}"
    else:
        faults[evidence] = text(parts[yarnzip.FAULT])
    return None


def _evidence(path: str, place: str) -> tuple[str, str]:
    """The file that shows a place of the map at `path`, and where in it, if it is an archive."""
    archive, ending, inside = place.partition(".zip/")
    file = f"{archive}.zip" if ending else f"{place}/{yarnzip.MANIFEST}"
    parts = path.split("/")[:-1]
    for part in file.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(_real(parts)), shown(f"{inside}{yarnzip.MANIFEST}") if ending else ""


def _real(parts: list[str]) -> list[str]:
    """Without `__virtual__/<hash>/<n>`, which stands for the n-th folder above itself.

    https://yarnpkg.com/advanced/lexicon, "Virtual package"; Yarn before 3.1 wrote `$$virtual`, and
    still reads that (`VirtualFS.ts`, which also takes one after another out of a path).
    """
    while at := next((n for n, part in enumerate(parts, 1) if part in _VIRTUAL), 0):
        if len(parts) < at + 2 or not (parts[at + 1].isascii() and parts[at + 1].isdigit()):
            break
        above = min(int(parts[at + 1][:3]), at - 1)
        parts = [*parts[: at - 1 - above], *parts[at + 2 :]]
    return parts


CATALOGER = Cataloger(
    name="yarnpnp",
    version=4,
    # A map and its archives belong together.
    group="image",
    wants=(
        *(Want(f"**/{name}") for name in _MAPS),
        Want("**/.yarn/unplugged/*/node_modules/*/package.json"),
        Want("**/.yarn/unplugged/*/node_modules/@*/*/package.json"),
        Want("**/.yarn/cache/*.zip", reducer=yarnzip.REDUCER),
        Want("**/berry/cache/*.zip", reducer=yarnzip.REDUCER),
    ),
    parse=parse,
    about="Node.js packages in archives: Yarn's Plug'n'Play",
    fills=frozenset(
        {
            *("namespace", "qualifiers", "licenses", "supplier", "homepage", "requires"),
            "provides",
        }
    ),
)
