"""Where repositories of Java archives on disk put them, which says group, artifact and version.

Maven: `<group, a folder for each of its parts>/<artifact>/<version>/<artifact>-<version>…`,
https://maven.apache.org/repositories/layout.html, below `.m2/repository`, `maven2` (the path of
Maven Central, by which Coursier's cache goes) or Debian's `/usr/share/maven-repo`; below any other
folder nothing says where the group begins. Gradle:
`files-2.1/<group>/<artifact>/<version>/<SHA-1>/<file>`, `caches/modules-2` of its user home,
https://docs.gradle.org/current/userguide/directory_layout.html.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_PART = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"
"""What Maven allows in groups, artifacts and versions, but for signs in the last."""
_VERSION = r"[A-Za-z0-9_][A-Za-z0-9_.+-]*"
_MAVEN = re.compile(
    r"(?:.*/)?(?:\.m2/repository|maven2|maven-repo)/"
    rf"(?P<group>{_PART}(?:/{_PART})*)/(?P<artifact>{_PART})/(?P<version>{_VERSION})/(?P<file>[^/]+)"
)
_GRADLE = re.compile(
    rf"(?:.*/)?modules-2/files-2\.1/(?P<group>{_PART})/(?P<artifact>{_PART})/"
    rf"(?P<version>{_VERSION})/[0-9a-f]+/(?P<file>[^/]+)"
)
_SNAPSHOT = "SNAPSHOT"
"""In the file's name may stand a date instead."""
_LONGEST = 4096


class Coordinates(NamedTuple):
    """Maven's name of an artifact."""

    group: str
    artifact: str
    version: str


def coordinates(path: str) -> Coordinates | None:
    """What the place of an archive says of it; None where it is in no repository that we know."""
    match = (_MAVEN.fullmatch(path) or _GRADLE.fullmatch(path)) if len(path) <= _LONGEST else None
    if match is None:
        return None
    version = match["version"].removesuffix(_SNAPSHOT)
    if not match["file"].startswith(f"{match['artifact']}-{version}"):
        return None
    return Coordinates(match["group"].replace("/", "."), match["artifact"], match["version"])
