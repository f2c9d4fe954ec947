"""Names of licences in the words of each ecosystem, and what SPDX calls them.

A name stands here only where it means one licence: Fedora's `LGPLv2+` is "v2 (or 2.1) or later",
and `BSD`, `Public Domain` or `custom` are no licence in particular.
"""

from __future__ import annotations

import re

_GNU = frozenset({"GPL", "LGPL", "AGPL", "GFDL"})
FAMILIES = {
    **{name: name for name in _GNU},
    "GFDL-NIV": "GFDL",
    "Apache": "Apache",
    "Artistic": "Artistic",
    "CC-BY": "CC-BY",
    "CC-BY-SA": "CC-BY-SA",
    "CC0": "CC0",
    "CDDL": "CDDL",
    "CPL": "CPL",
    "EFL": "EFL",
    "MPL": "MPL",
    "OpenLDAP": "OLDAP",
    "Python": "Python",
    "QPL": "QPL",
    "Zope": "ZPL",
}
"""Short names that take a version: https://www.debian.org/doc/packaging-manuals/copyright-format/
1.0/#license-specification, "Short names", and how SPDX spells them."""
VERSIONS = {
    "AGPL": "1.0 3.0",
    "Apache": "1.0 1.1 2.0",
    "Artistic": "1.0 2.0",
    "CC-BY": "1.0 2.0 2.5 3.0 4.0",
    "CC-BY-SA": "1.0 2.0 2.5 3.0 4.0",
    "CC0": "1.0",
    "CDDL": "1.0 1.1",
    "CPL": "1.0",
    "EFL": "1.0 2.0",
    "GFDL": "1.1 1.2 1.3",
    "GPL": "1.0 2.0 3.0",
    "LGPL": "2.0 2.1 3.0",
    "MPL": "1.0 1.1 2.0",
    "OLDAP": "1.1 1.2 1.3 1.4 2.0 2.0.1 2.1 2.2 2.2.1 2.2.2 2.3 2.4 2.5 2.6 2.7 2.8",
    "Python": "2.0 2.0.1",
    "QPL": "1.0",
    "ZPL": "1.1 2.0 2.1",
}
"""Of these families on SPDX's list: https://spdx.org/licenses/. No other is a licence there."""
_VERSIONED = re.compile(r"(?P<family>[A-Za-z0-9-]+?)-v?(?P<version>\d+(?:\.\d+)*)(?P<later>\+?)")

DEBIAN = {
    "expat": "MIT",
    "gpl": "GPL-1.0-only",
    "gpl+": "GPL-1.0-or-later",
    "artistic": "Artistic-1.0",
    "perl": "GPL-1.0-or-later OR Artistic-1.0",
}
"""The same page: without a version the lowest is meant."""
CALLAWAY = {
    "agplv3": "AGPL-3.0-only",
    "agplv3+": "AGPL-3.0-or-later",
    "artistic 2.0": "Artistic-2.0",
    "asl 1.0": "Apache-1.0",
    "asl 1.1": "Apache-1.1",
    "asl 2.0": "Apache-2.0",
    "boost": "BSL-1.0",
    "bsd with advertising": "BSD-4-Clause",
    "cc0": "CC0-1.0",
    "ftl": "FTL",
    "gpl+": "GPL-1.0-or-later",
    "gplv1": "GPL-1.0-only",
    "gplv2": "GPL-2.0-only",
    "gplv2+": "GPL-2.0-or-later",
    "gplv3": "GPL-3.0-only",
    "gplv3+": "GPL-3.0-or-later",
    "ijg": "IJG",
    "lgplv3": "LGPL-3.0-only",
    "lgplv3+": "LGPL-3.0-or-later",
    "mplv1.0": "MPL-1.0",
    "mplv1.1": "MPL-1.1",
    "mplv2.0": "MPL-2.0",
    "openldap": "OLDAP-2.8",
    "openssl": "OpenSSL",
    "psf": "PSF-2.0",
    "vim": "Vim",
    "zlib": "Zlib",
}
"""https://fedoraproject.org/wiki/Licensing:Main, "Good Licenses", the column "Short Name"; Fedora
38 and later write SPDX."""
WRITTEN_OUT = {
    "apache 2": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache license version 2.0": "Apache-2.0",
    "apache software license 2.0": "Apache-2.0",
    "apache software license, version 2.0": "Apache-2.0",
    "boost software license 1.0": "BSL-1.0",
    "eclipse public license 1.0": "EPL-1.0",
    "eclipse public license - v 1.0": "EPL-1.0",
    "eclipse public license 2.0": "EPL-2.0",
    "eclipse public license - v 2.0": "EPL-2.0",
    "eclipse public license v2.0": "EPL-2.0",
    "isc license": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0": "MPL-2.0",
    "mozilla public license, version 2.0": "MPL-2.0",
    "the apache license, version 2.0": "Apache-2.0",
    "the apache software license, version 2.0": "Apache-2.0",
    "the mit license": "MIT",
    "the unlicense": "Unlicense",
}
"""Names that people write in metadata of npm, PyPI and Maven."""
CLASSIFIERS = {
    "boost software license 1.0 (bsl-1.0)": "BSL-1.0",
    "gnu affero general public license v3": "AGPL-3.0-only",
    "gnu affero general public license v3 or later (agplv3+)": "AGPL-3.0-or-later",
    "gnu general public license v2 (gplv2)": "GPL-2.0-only",
    "gnu general public license v2 or later (gplv2+)": "GPL-2.0-or-later",
    "gnu general public license v3 (gplv3)": "GPL-3.0-only",
    "gnu general public license v3 or later (gplv3+)": "GPL-3.0-or-later",
    "gnu lesser general public license v3 (lgplv3)": "LGPL-3.0-only",
    "gnu lesser general public license v3 or later (lgplv3+)": "LGPL-3.0-or-later",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mit no attribution license (mit-0)": "MIT-0",
    "mozilla public license 1.0 (mpl)": "MPL-1.0",
    "mozilla public license 1.1 (mpl 1.1)": "MPL-1.1",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "the unlicense (unlicense)": "Unlicense",
    "universal permissive license (upl)": "UPL-1.0",
    "zero-clause bsd (0bsd)": "0BSD",
}
"""The last part of a trove classifier, https://pypi.org/classifiers/, where it names one licence;
PEP 639, "Mapping license classifiers to SPDX identifiers"."""
URLS = {
    "www.apache.org/licenses/license-2.0": "Apache-2.0",
    "opensource.org/licenses/mit": "MIT",
    "www.opensource.org/licenses/mit-license.php": "MIT",
    "www.eclipse.org/legal/epl-v10.html": "EPL-1.0",
    "www.eclipse.org/legal/epl-2.0": "EPL-2.0",
    "www.mozilla.org/mpl/2.0": "MPL-2.0",
}
"""Where Bundle-License and Maven point, without scheme, `.txt`, `.html` and last slash."""

# Autoconf's, Bison's and OpenSSL's have several versions, which nobody names.
_EXCEPTIONS = {
    "classpath": "Classpath-exception-2.0",
    "libtool": "Libtool-exception",
    "linux-syscall-note": "Linux-syscall-note",
    "llvm": "LLVM-exception",
}
_WITH = re.compile(r"(?P<base>\S+) with (?P<exception>\S+?)(?:[- ]exception)?", re.IGNORECASE)
_R_LATER = re.compile(r"(?P<family>A?L?GPL) \(>= (?P<version>\d+(?:\.\d+)?)\)")
_URL = re.compile(r"https?://(?P<rest>\S+?)(?:\.txt|\.html)?/?", re.IGNORECASE)
_BY_TYPE = {"deb": DEBIAN, "rpm": CALLAWAY}


def spdx_of(name: str, kind: str) -> str:
    """What SPDX calls the licence `name` in the words of packages of type `kind`; else empty."""
    folded = name.lower()
    if found := _BY_TYPE.get(kind, {}).get(folded) or WRITTEN_OUT.get(folded):
        return found
    if name.startswith("License :: "):
        return CLASSIFIERS.get(folded.rpartition(" :: ")[2], "")
    if url := _URL.fullmatch(folded):
        return URLS.get(url["rest"], "")
    if kind == "cran":
        return _of_r(name)
    if (parts := _WITH.fullmatch(name)) and (base := spdx_of(parts["base"], kind)):
        exception = _EXCEPTIONS.get(parts["exception"].lower(), "")
        return f"{base} WITH {exception}" if exception and " " not in base else ""
    return _versioned(name)


def _versioned(name: str) -> str:
    """`GPL-2+`, `LGPL-2.1`, `Apache-2`, `GFDL-NIV-1.3+`: a family and its version."""
    match = _VERSIONED.fullmatch(name)
    family = FAMILIES.get(match["family"]) if match else None
    if match is None or family is None:
        return ""
    version = match["version"] if "." in match["version"] else f"{match['version']}.0"
    if version not in VERSIONS[family].split():
        return ""
    if family not in _GNU:
        return "" if match["later"] else f"{family}-{version}"
    variant = "-no-invariants" if match["family"] == "GFDL-NIV" else ""
    return f"{family}-{version}{variant}-{'or-later' if match['later'] else 'only'}"


def _of_r(name: str) -> str:
    """https://cran.r-project.org/doc/manuals/R-exts.html, "Licensing"."""
    name = name.removesuffix(" + file LICENSE").removesuffix(" + file LICENCE")
    if later := _R_LATER.fullmatch(name):
        return _versioned(f"{later['family']}-{later['version']}+")
    known = {"MIT": "MIT", "BSD_2_clause": "BSD-2-Clause", "BSD_3_clause": "BSD-3-Clause"}
    return known.get(name) or _versioned(name)
