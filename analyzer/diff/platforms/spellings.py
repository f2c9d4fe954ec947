"""What architectures are called: a platform's own, in every spelling that packages use.

Debian and GNU: dpkg's `cputable`, `ostable` and `tupletable`, as `dpkg-architecture` prints them
(DEB_HOST_ARCH, DEB_HOST_MULTIARCH, DEB_HOST_GNU_TYPE; in names of packages with `-` for `_`).
rpm: `rpmrc`. apk: `apk --print-arch`. Go and OCI: GOARCH, GOARM. Node.js: `process.arch`.
Docker's official images: `arm32v7`, `arm64v8`.
"""

from __future__ import annotations

import re
from functools import cache

from analyzer.image.platform import Platform

ARCH = "{arch}"
"""What stands for a platform's own architecture in texts that were made comparable."""
INDEPENDENT = frozenset({"", "all", "any", "noarch", "none"})
"""What packages say that run on every architecture."""
_NAMES: dict[tuple[str, str], str] = {
    ("386", ""): "386 i386 i486 i586 i686 ia32 x86 i386-linux-gnu i686-linux-gnu i386-linux-musl",
    ("amd64", ""): "amd64 x86_64 x86-64 x64 x86_64_v2",
    ("arm", "v5"): "arm armel armv5 armv5l armv5tel arm32v5 arm/v5 arm-linux-gnueabi",
    ("arm", "v6"): "arm armel armhf armv6 armv6l armv6hl arm32v6 arm/v6 arm-linux-gnueabi "
    "arm-linux-gnueabihf arm-linux-musleabihf",
    ("arm", "v7"): "arm armhf armv7 armv7h armv7l armv7hl arm32v7 arm/v7 arm-linux-gnueabihf "
    "arm-linux-musleabihf",
    ("arm64", ""): "arm64 aarch64 arm64v8",
    ("loong64", ""): "loong64 loongarch64",
    ("mips64le", ""): "mips64le mips64el mips64el-linux-gnuabi64",
    ("mipsle", ""): "mipsle mipsel",
    ("ppc64le", ""): "ppc64le ppc64el powerpc64le ppc64",
    ("riscv64", ""): "riscv64 riscv64gc",
    ("s390x", ""): "s390x",
}


@cache
def names_of(platform: Platform) -> frozenset[str]:
    """Every name of the architecture of `platform`; at least the one that it states itself."""
    architecture, variant = platform.architecture, platform.variant
    found = _NAMES.get((architecture, variant)) or _NAMES.get((architecture, "")) or ""
    return frozenset({*found.split(), *([architecture] if architecture else [])})


def is_own(name: str, platform: Platform) -> bool:
    """Whether a package's architecture is that of `platform`."""
    return name.lower() in names_of(platform)


@cache
def _pattern(platform: Platform) -> re.Pattern[str]:
    words = sorted(names_of(platform), key=lambda word: (-len(word), word))
    system = "|".join(f"{re.escape(word)}-linux-(?:gnu|musl)" for word in words)
    alone = "|".join(map(re.escape, words))
    return re.compile(
        rf"(?<![A-Za-z0-9])(?:{system}|{alone})(?![A-Za-z0-9])" if words else r"(?!)", re.IGNORECASE
    )


def without_own(text: str, platform: Platform) -> str:
    """`text` with each name of the platform's architecture, where it is a word, as `{arch}`."""
    return _pattern(platform).sub(ARCH, text)
