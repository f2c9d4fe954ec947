"""One package in the registry of PEAR and PECL: `.registry/<name>.reg`, a serialised PHP array.

https://pear.php.net/manual/en/guide.developers.package2.php (package.xml 2.0, whose elements are
the members) and `PEAR/Registry.php`. Packages of package.xml 1.0 have fewer and flatter ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from analyzer.packages.formats import integrity, phpserial
from analyzer.packages.formats.bounds import bounded

_PEOPLE = ("lead", "developer")
_DEFAULT_CHANNEL = "pear.php.net"


@dataclass(frozen=True, slots=True)
class Registered:
    """What is wanted of one file of the registry."""

    name: str
    channel: str
    """Where it comes from; that of PEAR itself where the format is older than channels."""
    version: str
    licenses: tuple[str, ...]
    supplier: str
    requires: tuple[str, ...]
    """Needed packages as `channel/name`, in lower case."""
    files: tuple[tuple[str, str], ...]
    """Installed path without its leading slash, and digest (`md5:<hex>`) or nothing."""


def parse(data: bytes) -> Registered:
    """A registry file.

    Raises:
        ValueError: it is none.
    """
    members = phpserial.load(bounded(data))
    if not isinstance(members, dict):
        raise ValueError("not an array")  # noqa: TRY004 - of the file, not of our code
    return Registered(
        name=_word(members.get("name")) or _word(members.get("package")),
        channel=_word(members.get("channel")) or _DEFAULT_CHANNEL,
        version=_version(members),
        licenses=tuple(_licenses(members)),
        supplier=_supplier(members),
        requires=tuple(sorted(set(_requires(members)))),
        files=tuple(sorted(_files(members))),
    )


def token(channel: str, name: str) -> str:
    """How packages name each other: case does not count (`PEAR/Registry.php`, strtolower)."""
    return f"{channel}/{name}".lower()


def _word(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _members(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _each(value: object) -> Iterator[Mapping[str, object]]:
    """An element of XML that may repeat: one array, or an array of them by number."""
    members = _members(value)
    if "0" in members:
        yield from (_members(inner) for inner in members.values())
    elif members:
        yield members


def _version(members: Mapping[str, object]) -> str:
    stated = members.get("version")
    return _word(_members(stated).get("release")) or _word(stated)


def _licenses(members: Mapping[str, object]) -> Iterator[str]:
    for stated in (members.get("license"), members.get("release_license")):
        # With attributes the element's own text is under this name.
        if found := _word(_members(stated).get("_content")) or _word(stated):
            yield found
            return


def _supplier(members: Mapping[str, object]) -> str:
    """Those who lead it, or else develop it."""
    for role in _PEOPLE:
        people = []
        for person in _each(members.get(role)):
            name, email = _word(person.get("name")), _word(person.get("email"))
            people.append(" ".join(filter(None, (name, f"<{email}>" if email else ""))))
        if found := ", ".join(filter(None, people)):
            return found
    return ""


def _requires(members: Mapping[str, object]) -> Iterator[str]:
    required = _members(_members(members.get("dependencies")).get("required"))
    for package in _each(required.get("package")):
        if (name := _word(package.get("name"))) and "conflicts" not in package:
            yield token(_word(package.get("channel")) or _DEFAULT_CHANNEL, name)


def _files(members: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for entry in _members(members.get("filelist")).values():
        fields = _members(entry)
        if path := _word(fields.get("installed_as")).lstrip("/"):
            yield path, next(iter(integrity.hexadecimal("md5", _word(fields.get("md5sum")))), "")
