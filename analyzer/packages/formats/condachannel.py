"""Names of conda's channels and archives, as package URLs have them.

https://docs.conda.io/projects/conda/en/stable/user-guide/concepts/channels.html; the qualifiers
`channel` and `type` of https://github.com/package-url/purl-spec/blob/main/types/conda-definition.json.
"""

from __future__ import annotations

import re

_CHANNEL = re.compile(r"(?:[a-z]+://[^/]*/)?(?:t/[^/]+/)?(?:pkgs/)?(?P<name>.+)")
_ARCHIVES = (".conda", ".tar.bz2")


def channel_name(channel: str, subdir: str) -> str:
    """The name of a channel given by name or URL, with or without the platform's folder.

    Without host and access token, as the examples of the type have it; a folder of the machine
    that built an image is no channel.
    """
    if channel.startswith("file:"):
        return ""
    match = _CHANNEL.fullmatch(channel.rstrip("/").removesuffix(f"/{subdir}"))
    return match["name"] if match and "://" not in match["name"] else ""


def archive_kind(name: str) -> str:
    """`conda` or `tar.bz2`, by the name or URL of an archive; empty for others."""
    return next((each.lstrip(".") for each in _ARCHIVES if name.endswith(each)), "")
