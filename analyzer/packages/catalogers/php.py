"""PHP packages of Composer and of PEAR and PECL.

https://getcomposer.org/doc/04-schema.md. Composer writes what it has installed into
`vendor/composer/installed.json`: version 1 a list of packages, version 2 an object with that list
in it. `composer.lock` has packages of the same form, which are `declared`. Packages for
development stand among the others (`dev-package-names`): they are there as the others are.

PEAR keeps a file for each package: https://pear.php.net/manual/en/. The package URL standard has
no type for these, so they are `generic` in the namespace of their channel.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from analyzer.packages.contract import (
    DECLARED,
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
from analyzer.packages.formats import integrity, pear
from analyzer.packages.formats.jsonfile import load, mapping, names, sequence, word, words
from analyzer.packages.formats.npm import person

_INSTALLED = "composer/installed.json"
_LOCK = "composer.lock"
_REGISTERED = ".reg"


def parse(files: Files) -> Iterator[Package | Problem]:
    """Every package that Composer or PEAR has installed or a lock file of Composer declares."""
    for path in sorted(files):
        try:
            if path.endswith(_REGISTERED):
                yield from _registered(path, files[path])
            else:
                yield from _composer(path, load(files[path]))
        except ValueError as fault:
            yield error(Code.PACKAGE_DATABASE_DAMAGED, path, str(fault))


def owns(files: Files) -> Iterator[Owned]:
    """The files that PEAR has installed; Composer keeps no list."""
    for path in sorted(files):
        if not path.endswith(_REGISTERED):
            continue
        try:
            found = pear.parse(files[path])
        except ValueError:
            continue
        for name, digest in found.files:
            yield Owned((found.name, found.version, ""), name, kind="file", digest=digest)


def _composer(path: str, document: object) -> Iterator[Package | Problem]:
    locked = path.endswith(_LOCK)
    if not isinstance(document, list) and "packages" not in mapping(document):
        raise ValueError("no packages in it")
    listed = sequence(document) or sequence(mapping(document).get("packages"))
    if locked:
        listed = [*listed, *sequence(mapping(document).get("packages-dev"))]
    for item in listed:
        fields = mapping(item)
        full_name, version = word(fields.get("name")), word(fields.get("version"))
        if not full_name.rpartition("/")[2]:
            detail = "a package without a name, left out"
            yield error(Code.PACKAGE_DATABASE_DAMAGED, path, detail)
            continue
        if not version:
            detail = f"package {full_name} has no version"
            yield warning(Code.PACKAGE_FIELD_MISSING, path, detail)
        yield _package(path, full_name, version, fields, locked=locked)


def _package(
    path: str, full_name: str, version: str, fields: Mapping[str, object], *, locked: bool
) -> Package:
    vendor, _, name = full_name.rpartition("/")
    stated = {full_name, *names(fields.get("provide")), *names(fields.get("replace"))}
    return Package(
        name=name,
        # A leading `v` belongs to the version, as Composer lists it.
        version=version,
        arch="",
        type="composer",
        state=DECLARED if locked else "installed",
        licenses=tuple(words(fields.get("license"))) or tuple(words([fields.get("license")])),
        supplier=", ".join(filter(None, map(_author, sequence(fields.get("authors"))))),
        homepage=word(fields.get("homepage")),
        locations=(Location(path),),
        namespace=vendor,
        requires=tuple((_token(path, other),) for other in _required(fields)),
        provides=tuple(sorted(_token(path, token) for token in stated)),
        digests=integrity.hexadecimal("sha1", word(mapping(fields.get("dist")).get("shasum"))),
        method="lock-file" if locked else "database",
    )


def _token(path: str, name: str) -> str:
    """A name in one tree or lock file, whose case does not count."""
    return f"{path}:{name.lower()}"


def _required(fields: Mapping[str, object]) -> Iterator[str]:
    """Names without a slash are of PHP itself, its extensions, libraries, and Composer."""
    for name in names(fields.get("require")):
        if "/" in name:
            yield name


def _author(value: object) -> str:
    fields = mapping(value)
    return person({"name": fields.get("name"), "email": fields.get("email")})


def _registered(path: str, data: bytes) -> Iterator[Package | Problem]:
    found = pear.parse(data)
    if not found.name:
        raise ValueError("a package without a name")
    if not found.version:
        detail = f"package {found.name} has no version"
        yield warning(Code.PACKAGE_FIELD_MISSING, path, detail)
    yield Package(
        name=found.name,
        version=found.version,
        arch="",
        type="generic",
        licenses=found.licenses,
        supplier=found.supplier,
        locations=(Location(path),),
        namespace=found.channel,
        requires=tuple((token,) for token in found.requires),
        provides=(pear.token(found.channel, found.name),),
    )


CATALOGER = Cataloger(
    name="php",
    version=1,
    group="file",
    wants=(
        Want(f"**/{_INSTALLED}"),
        Want(f"**/{_LOCK}"),
        Want(f"**/.registry/*{_REGISTERED}"),
        Want(f"**/.registry/.channel.*/*{_REGISTERED}"),
    ),
    parse=parse,
    about="PHP packages: Composer and its lock files, PEAR, PECL",
    fills=frozenset(
        {
            *("namespace", "licenses", "supplier", "homepage", "requires", "provides"),
            "digests",
        }
    ),
    owns=owns,
)
