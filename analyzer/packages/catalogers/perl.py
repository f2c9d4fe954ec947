"""Perl distributions from what their installers leave beside the modules.

In the folder of one architecture: `auto/<Module>/.packlist`, the files of a distribution
(https://perldoc.perl.org/ExtUtils::Packlist), and `.meta/<dist>-<version>/`, where cpanm keeps
MYMETA.json (https://metacpan.org/pod/CPAN::Meta::Spec) and `install.json`. `perllocal.pod` there,
or near it, is the log of all installations (https://perldoc.perl.org/perllocal), the only one of
them that always states versions. Perl's own modules have one `.packlist` for all, outside `auto`,
and are not listed.

cpanm keeps the `.meta` of versions that it has replaced. The version that the log states last is
the one that is there; where the log cannot decide, every version is listed, with a warning.
The purl namespace, the author's CPAN ID, is only in `install.json`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from analyzer.packages.contract import (
    Cataloger,
    Code,
    Files,
    Location,
    Owned,
    Package,
    Problem,
    Want,
    error,
    warning,
)
from analyzer.packages.formats.cpan import Logged, packlist, perllocal
from analyzer.packages.formats.jsonfile import NotAnObject, Object, line, lines, member, read_object
from analyzer.packages.formats.names import shown
from analyzer.packages.formats.text import text

_PACKLIST = re.compile(r"(?:(?P<arch>.*)/)?auto/(?P<module>.+)/\.packlist")
_META = re.compile(r"(?P<folder>(?:(?P<arch>.*)/)?\.meta/(?P<dist>[^/]+))/[^/]+")
_DIST = re.compile(r"(?P<name>.+?)-(?P<version>v?\d[^-]*)")
_AUTHOR = re.compile(r"[A-Z]/[A-Z0-9-]{2}/(?P<author>[A-Z0-9-]+)/.+")
_LOG = "perllocal.pod"
_UNKNOWN = "unknown"
"""What MakeMaker writes for an author that it was not told."""

Where = tuple[str, str]
"""Folder of the architecture, and the main module with hyphens: what evidence is joined by."""


@dataclass(slots=True)
class _Meta:
    """One folder of `.meta`."""

    name: str
    version: str
    module: str
    path: str
    about: Object
    install: Object


@dataclass(slots=True)
class _Found:
    """All that is known of one distribution in one place."""

    metas: list[_Meta] = field(default_factory=list)
    listed: str = ""
    """Path of its `.packlist`."""
    logged: Logged | None = None
    log: str = ""


def parse(files: Files) -> Iterator[Package | Problem]:
    """The distributions of an image, and what is wrong with the evidence."""
    problems: list[Problem] = []
    for where, found in _joined(files, problems):
        packages = list(_packages(where, found))
        if len(packages) > 1:
            versions = ", ".join(package.version for package in packages)
            detail = f"{packages[0].name}: nothing tells which of its versions is there: {versions}"
            yield warning(Code.PACKAGE_DATABASE_DAMAGED, packages[0].locations[0].path, detail)
        for package in packages:
            if not package.version:
                detail = f"nothing states the version of {package.name}"
                yield warning(Code.PACKAGE_FIELD_MISSING, package.locations[0].path, detail)
        yield from packages
    yield from problems


def _joined(files: Files, problems: list[Problem]) -> list[tuple[Where, _Found]]:
    """Evidence by distribution and place, in order of them."""
    found: dict[Where, _Found] = {}
    logs: dict[str, dict[str, Logged]] = {}
    for path in sorted(files):
        if match := _PACKLIST.fullmatch(path):
            where = match["arch"] or "", match["module"].replace("/", "-")
            found.setdefault(where, _Found()).listed = path
        elif match := _META.fullmatch(path):
            if path.endswith("/MYMETA.json") or f"{match['folder']}/MYMETA.json" not in files:
                meta = _meta(path, match, files, problems)
                found.setdefault((match["arch"] or "", meta.module), _Found()).metas.append(meta)
        elif path.rpartition("/")[2] == _LOG:
            # The last word of a log on each module counts.
            logs[path] = {entry.module: entry for entry in perllocal(files[path])}
    _add_logged(found, logs)
    return sorted(found.items())


def _add_logged(found: dict[Where, _Found], logs: dict[str, dict[str, Logged]]) -> None:
    """To each distribution the log nearest to it; what only a log knows becomes one itself."""
    known = {module for _, module in found}
    for path, entries in logs.items():
        for module, entry in entries.items():
            hyphens = module.replace("::", "-")
            if hyphens not in known:
                where = path.rpartition("/")[0], hyphens
                found[where] = _Found(logged=entry, log=path)
    for (arch, module), item in found.items():
        colons = module.replace("-", "::")
        holding = [path for path, entries in logs.items() if colons in entries]
        if holding and not item.log:
            item.log = max(holding, key=lambda path: (_common(arch, path), path))
            item.logged = logs[item.log][colons]


def _common(one: str, other: str) -> int:
    """How many folders two paths have in common."""
    count = 0
    for a, b in zip(one.split("/"), other.split("/"), strict=False):
        if a != b:
            break
        count += 1
    return count


def _meta(path: str, match: re.Match[str], files: Files, problems: list[Problem]) -> _Meta:
    folder = match["folder"]
    about = _object(f"{folder}/MYMETA.json", files, problems, lost=True)
    install = _object(f"{folder}/install.json", files, problems, lost=False)
    named = _DIST.fullmatch(match["dist"])
    name = line(about, "name") or _shown(named["name"] if named else match["dist"])
    version = line(about, "version") or (_shown(named["version"]) if named else "")
    module = line(install, "name").replace("::", "-") or name
    return _Meta(name, version, module, path, about, install)


def _object(path: str, files: Files, problems: list[Problem], *, lost: bool) -> Object:
    if path not in files:
        return {}
    try:
        return read_object(files[path])
    except NotAnObject as why:
        make = error if lost else warning
        problems.append(make(Code.PACKAGE_DATABASE_DAMAGED, path, str(why)))
        return {}


def _packages(where: Where, found: _Found) -> Iterator[Package]:
    """One package, or one for each version if nothing tells which is there."""
    logged = found.logged.version if found.logged else ""
    current = [meta for meta in found.metas if meta.version == logged]
    for meta in current or found.metas:
        yield _package(where, found, meta.name, meta.version, meta)
    if not found.metas or (logged and not current):
        name = found.metas[0].name if found.metas else _shown(where[1])
        yield _package(where, found, name, logged, None)


def _package(where: Where, found: _Found, name: str, version: str, meta: _Meta | None) -> Package:
    log = found.log if found.logged and found.logged.version == version else ""
    paths = (found.listed, meta.path if meta else "", log or ("" if found.listed else found.log))
    main = _shown(where[1].replace("-", "::"))
    package = Package(
        name=name,
        version=version,
        arch="",
        type="cpan",
        locations=tuple(Location(path) for path in dict.fromkeys(paths) if path),
        provides=(main,) if main != name else (),
        # A log says what was done once, not what is still there.
        confidence="high" if found.listed or meta else "medium",
    )
    return _described(package, meta) if meta else package


def _described(package: Package, meta: _Meta) -> Package:
    about, install = meta.about, meta.install
    author = _AUTHOR.fullmatch(line(install, "pathname"))
    needed = member(about, "prereqs", "runtime", "requires")
    modules = {*package.provides, *map(shown, member(install, "provides"))} - {package.name}
    return package._replace(
        namespace=author["author"] if author else "",
        licenses=tuple(_known(lines(about, "license"))),
        supplier=", ".join(_known(lines(about, "author"))),
        homepage=line(member(about, "resources"), "homepage"),
        requires=tuple((module,) for module in sorted(map(shown, needed)) if module != "perl"),
        provides=tuple(sorted(modules)),
    )


def _known(texts: Iterable[str]) -> Iterator[str]:
    return (item for item in texts if item != _UNKNOWN)


def owns(files: Files) -> Iterator[Owned]:
    """The files of each `.packlist`, and the evidence itself."""
    for where, found in _joined(files, []):
        for package in _packages(where, found):
            owner = (package.name, package.version, "")
            for place in package.locations:
                if place.path != found.log:
                    yield Owned(owner, place.path, "file")
            if found.listed:
                for entry in packlist(files[found.listed]):
                    yield Owned(owner, entry.path, "link" if entry.is_link else "file")


def _shown(name: str) -> str:
    return text(name.encode("utf-8", "surrogateescape"))


CATALOGER = Cataloger(
    name="perl",
    version=1,
    group="image",
    wants=(
        Want("**/auto/**/.packlist"),
        Want(f"**/{_LOG}"),
        Want("**/.meta/*/MYMETA.json"),
        Want("**/.meta/*/install.json"),
    ),
    parse=parse,
    about="Perl distributions: .packlist, perllocal.pod, cpanm's .meta",
    fills=frozenset(
        {"namespace", "licenses", "supplier", "homepage", "requires", "provides", "confidence"}
    ),
    owns=owns,
)
