"""Package and distribution to package URL.

purl-spec (ECMA-427), https://github.com/package-url/purl-spec. Beyond the standard, the
qualifiers that syft and trivy write and that vulnerability matchers read:

- `distro` is `<ID>-<VERSION_ID>` of os-release, the version left out where there is none (a
  rolling release).
- `upstream` is the source package that advisories are written about: its name, with `@` and its
  version where that is not the binary's; for rpm the file name of the source package, as syft has
  it. It is left out where it says nothing new.

The epoch of an rpm is a qualifier, as its type definition has it; that of deb and alpm stays in
the version, as theirs have it (trivy moves the one of deb into a qualifier as well).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

from analyzer.packages.contract import Package
from analyzer.packages.distro import Distro
from analyzer.packages.purltypes import normalised, rules_of

_NO_DISTRO = "linux"
"""Namespace where the image does not say its distribution. The types of systems require one; this
is the ID that os-release(5) prescribes for systems that state none, so it names no vendor."""
_VENDORS = {"rhel": "redhat", "hummingbird": "redhat"}
"""Where the namespace is not the ID: a vendor's name, as syft, trivy and Red Hat write it."""
_EPOCH = re.compile(r"(?P<epoch>[0-9]+):(?P<rest>.+)")
_KEY = re.compile(r"[a-z][a-z0-9._-]*")
_PATH_NAMES = frozenset({"git"})
"""Types whose name is a path, the separators of which stay as they are."""


def package_url(package: Package, distro: Distro | None) -> str:
    """The purl of `package`; empty where its type's rules allow none, as for a name of `/`."""
    qualifiers: dict[str, str] = {}
    namespace, version = package.namespace, package.version
    if rules_of(package.type).system:
        namespace = namespace or system_namespace(distro)
        qualifiers = {
            "arch": package.arch,
            "distro": _release(distro),
            "upstream": _upstream(package),
        }
        epoch = _EPOCH.fullmatch(version) if package.type == "rpm" else None
        if epoch is not None:
            qualifiers["epoch"], version = epoch["epoch"], epoch["rest"]
    try:
        return written(
            package.type,
            namespace,
            package.name,
            version,
            {**qualifiers, **dict(package.qualifiers)},
        )
    except ValueError:
        return ""


def system_namespace(distro: Distro | None) -> str:
    """What stands for a distribution before the names of its packages."""
    ident = (distro.id if distro else "").lower() or _NO_DISTRO
    return "opensuse" if ident.startswith("opensuse") else _VENDORS.get(ident, ident)


def written(
    kind: str, namespace: str, name: str, version: str, qualifiers: Mapping[str, str]
) -> str:
    """The canonical form of a purl of these components; empty qualifiers are left out.

    Raises:
        ValueError: there is no purl of this type with these components.
    """
    pairs = {key: value for key, value in qualifiers.items() if value.strip()}
    if wrong := [key for key in pairs if not _KEY.fullmatch(key)]:
        raise ValueError(f"not the key of a qualifier: {wrong[0]!r}")
    namespace, name, version = normalised(kind, namespace, name, version, frozenset(pairs))
    parts = [part for part in namespace.split("/") if part]
    parts += name.split("/") if kind in _PATH_NAMES else [name]
    url = "/".join([f"pkg:{kind}", *map(_quoted, parts)])
    if version:
        url += "@" + _quoted(version)
    if pairs:
        url += "?" + "&".join(f"{key}={_quoted(pairs[key])}" for key in sorted(pairs))
    return url


def _release(distro: Distro | None) -> str:
    if distro is None or not distro.id:
        return ""
    return f"{distro.id}-{distro.version_id}" if distro.version_id else distro.id


def _upstream(package: Package) -> str:
    source = package.source
    if source is None or not source.name:
        return ""
    if package.type == "rpm":
        return f"{source.name}-{source.version}.src.rpm" if source.version else source.name
    if (source.name, source.version) == (package.name, package.version):
        return ""
    if source.version in {"", package.version}:
        return source.name
    return f"{source.name}@{source.version}"


def _quoted(part: str) -> str:
    """Percent-encoded but for unreserved characters and the colon, which is never encoded."""
    return quote(part, safe=":")
