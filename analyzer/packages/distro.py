"""Which distribution an image says it is: os-release(5), and older files where that is absent.

An image without any of them has no distribution; nothing is guessed from its packages.

https://www.freedesktop.org/software/systemd/man/latest/os-release.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from analyzer.packages.contract import Code, Files, Problem, Want, unpack, warning
from analyzer.packages.formats import busyboxversion
from analyzer.packages.formats.assignments import parse_assignments
from analyzer.packages.formats.text import text


@dataclass(frozen=True, slots=True)
class Distro:
    """What an image says its distribution is; empty strings where it says nothing."""

    id: str
    version_id: str = ""
    pretty_name: str = ""
    id_like: tuple[str, ...] = ()
    codename: str = ""
    path: str = ""
    """The file it was read from."""
    variant_id: str = ""
    """An edition of it, such as `server`."""
    cpe_name: str = ""
    """Its Common Platform Enumeration name, by which some advisories speak of it."""
    build_id: str = ""
    """Which image it was first installed from; where releases roll, all there is for a version."""
    image_id: str = ""
    """Of a prepared image of that distribution, such as a golden image, and its version."""
    image_version: str = ""


_DEFAULT_ID = "linux"
"""os-release(5), ID: "If not set, a default of "ID=linux" may be used"."""
_RELEASE_LINE = re.compile(
    r"(?P<name>\S.*?)\s+release\s+(?P<version>\d[\w.]*)(?:\s*\((?P<code>.*)\))?"
)
_CPE = re.compile(r"cpe:(?:/|2\.3:)o:(?P<vendor>[^:]+):[^:]+(?::(?P<version>[^:]*))?")
_NAMES = (
    ("Red Hat Enterprise Linux", "rhel"),
    ("CentOS", "centos"),
    ("AlmaLinux", "almalinux"),
    ("Rocky Linux", "rocky"),
    ("Scientific Linux", "scientific"),
    ("Fedora", "fedora"),
    ("Oracle Linux", "ol"),
    ("Amazon Linux", "amzn"),
)
"""First words of `/etc/redhat-release` and the ID that the same system has in os-release."""
_VENDORS = {
    "redhat": "rhel",
    "fedoraproject": "fedora",
    "scientificlinux": "scientific",
    "oracle": "ol",
    "amazon": "amzn",
}
"""CPE vendors that are not themselves the ID of their distribution."""


def read_distro(files: Files) -> tuple[Distro | None, list[Problem]]:
    """The distribution stated by the first of the known files that states one.

    `files` are those that `WANTS` asks for, by path. os-release overrides all others; the rest
    goes from the more to the less specific (an old Ubuntu has a `debian_version` too).
    """
    problems: list[Problem] = []
    for path, read in _READERS.items():
        if path not in files:
            continue
        distro, faults = read(bytes(files[path]))
        if faults:
            more = f" and {len(faults) - 1} more lines" if len(faults) > 1 else ""
            problems.append(warning(Code.BAD_DOCUMENT, path, f"{faults[0]}{more}"))
        if distro is not None:
            return _completed(replace(distro, path=path), files), problems
    return None, problems


_Read = tuple[Distro | None, list[str]]


def _os_release(data: bytes) -> _Read:
    values, faults = parse_assignments(data)
    if not values:
        return None, faults
    return (
        Distro(
            id=values.get("ID", "").strip() or _DEFAULT_ID,
            version_id=values.get("VERSION_ID", ""),
            pretty_name=values.get("PRETTY_NAME", ""),
            id_like=tuple(values.get("ID_LIKE", "").split()),
            codename=values.get("VERSION_CODENAME", ""),
            variant_id=values.get("VARIANT_ID", ""),
            cpe_name=values.get("CPE_NAME", ""),
            build_id=values.get("BUILD_ID", ""),
            image_id=values.get("IMAGE_ID", ""),
            image_version=values.get("IMAGE_VERSION", ""),
        ),
        faults,
    )


def _lsb_release(data: bytes) -> _Read:
    """`DISTRIB_*` as Ubuntu and its relatives write them; other files hold LSB_VERSION only."""
    values, faults = parse_assignments(data)
    if not values.get("DISTRIB_ID"):
        return None, faults
    return (
        Distro(
            id=values["DISTRIB_ID"].lower(),
            version_id=values.get("DISTRIB_RELEASE", ""),
            pretty_name=values.get("DISTRIB_DESCRIPTION", ""),
            codename=values.get("DISTRIB_CODENAME", ""),
        ),
        faults,
    )


def _system_release_cpe(data: bytes) -> _Read:
    """`cpe:/o:centos:linux:6:GA` or the 2.3 form (NISTIR 7695, "Formatted String Binding")."""
    name = _first_line(data)
    match = _CPE.match(name)
    if match is None:
        return None, [f"not the CPE name of a system: {name[:60]}"] if name else []
    vendor, version = match["vendor"], match["version"] or ""
    ident = _VENDORS.get(vendor, vendor)
    return Distro(id=ident, version_id=version.strip("*-"), cpe_name=name), []


def _redhat_release(data: bytes) -> _Read:
    """One line for people: `CentOS release 5.7 (Final)`."""
    line = _first_line(data)
    match = _RELEASE_LINE.match(line)
    if match is None:
        return None, [f"no release in: {line[:60]}"] if line else []
    known = (ident for name, ident in _NAMES if match["name"].startswith(name))
    return (
        Distro(
            id=next(known, _DEFAULT_ID),
            version_id=match["version"],
            pretty_name=line,
            codename=match["code"] or "",
        ),
        [],
    )


def _alpine_release(data: bytes) -> _Read:
    version = _first_line(data)
    return (Distro(id="alpine", version_id=version) if version else None), []


def _debian_version(data: bytes) -> _Read:
    """`12.4`, or `trixie/sid` where nothing is released yet: a name, then, and no version."""
    line = _first_line(data)
    if not line:
        return None, []
    if line[0].isdigit():
        return Distro(id="debian", version_id=line), []
    return Distro(id="debian", codename=line.partition("/")[0]), []


def _busybox(packed: bytes) -> _Read:
    """Images that are nothing but busybox call themselves that, by syft's example."""
    try:
        version = text(unpack(packed).get(busyboxversion.VERSION, b""))
    except ValueError:  # not what the reducer took out of a program
        return None, []
    if not version:
        return None, []
    return Distro(id="busybox", version_id=version, pretty_name=f"BusyBox v{version}"), []


_READERS: Mapping[str, Callable[[bytes], _Read]] = {
    "etc/os-release": _os_release,
    "usr/lib/os-release": _os_release,
    "etc/system-release-cpe": _system_release_cpe,
    # Oracle's redhat-release names Red Hat.
    "etc/oracle-release": _redhat_release,
    "etc/redhat-release": _redhat_release,
    "etc/centos-release": _redhat_release,
    "etc/alpine-release": _alpine_release,
    "etc/lsb-release": _lsb_release,
    "etc/debian_version": _debian_version,
    "bin/busybox": _busybox,
    "usr/bin/busybox": _busybox,
}

WANTS = tuple(
    Want(path, reducer=busyboxversion.REDUCER if read is _busybox else None)
    for path, read in _READERS.items()
)
"""The files that `read_distro` looks at; of a program the part that says its version."""


def _completed(distro: Distro, files: Files) -> Distro:
    """Early distroless images: an os-release of Debian without version, and `debian_version`.

    On testing and unstable both lack a number, so nothing is added there.
    """
    if distro.id != "debian" or distro.version_id or "etc/debian_version" not in files:
        return distro
    other, _ = _debian_version(bytes(files["etc/debian_version"]))
    return replace(distro, version_id=other.version_id) if other else distro


def _first_line(data: bytes) -> str:
    return text(data.strip().partition(b"\n")[0].strip())
