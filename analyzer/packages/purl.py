"""Package and distribution to package URL.

purl-spec (ECMA-427), https://github.com/package-url/purl-spec, types `deb` and `apk`. The
qualifier `upstream` is not in the standard; scanners use it for the source package that
advisories are written about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from analyzer.packages.contract import Package
from analyzer.packages.distro import Distro

if TYPE_CHECKING:
    from packageurl import PackageURL

_NO_DISTRO = "linux"
"""Namespace where the image does not say its distribution. Both types require one; this is the
ID that os-release(5) prescribes for systems that state none, so it names no vendor."""


def package_url(package: Package, distro: Distro | None) -> str:
    """The purl of `package`; empty for a name that no purl can hold, such as `/`.

    `distro` is `<id>-<version_id>`, the version left out where the distribution has none (a
    rolling release). `upstream` is written when the source differs: its name, and its version
    too where that is not the binary's.
    """
    from packageurl import PackageURL

    ident, release = (distro.id, distro.version_id) if distro else ("", "")
    qualifiers = {
        "arch": package.arch,
        "distro": f"{ident}-{release}" if ident and release else ident,
        "upstream": _upstream(package),
    }
    try:
        url = PackageURL(
            package.type,
            # The library folds case for apk only; the standard asks for it in both types.
            (ident or _NO_DISTRO).lower(),
            package.name.lower(),
            package.version or None,
            {key: value for key, value in qualifiers.items() if value.strip()},
        )
    except ValueError:
        return ""
    # The library lets a name of slashes alone through and drops it.
    return _written(url) if url.name else ""


def _upstream(package: Package) -> str:
    source = package.source
    if source is None or (source.name, source.version) == (package.name, package.version):
        return ""
    if source.version in {"", package.version}:
        return source.name
    return f"{source.name}@{source.version}"


def _written(url: PackageURL) -> str:
    """The standard's writing, where packageurl-python 0.17 leaves it.

    That leaves `/` bare in names and qualifiers, where it reads back as a separator or not at
    all by stricter readers, and writes lower-case hex in apk names.
    """
    parts = [url.type, *(url.namespace or "").split("/"), url.name]
    text = "pkg:" + "/".join(_quoted(part) for part in parts if part)
    if url.version:
        text += "@" + _quoted(url.version)
    if url.qualifiers:
        pairs = sorted(url.qualifiers.items())
        text += "?" + "&".join(f"{key}={_quoted(value)}" for key, value in pairs)
    return text


def _quoted(part: str) -> str:
    """Percent-encoded but for unreserved characters and the colon, which is never encoded."""
    return quote(part, safe=":")
