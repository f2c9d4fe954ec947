"""Platforms: parsed, normalised as containerd does, and written in one form.

Rules: containerd/platforms `database.go` and `platforms.go`; OCI image-spec v1.1,
image-index.md, "platform".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from analyzer.errors import InputError
from analyzer.problems import Code

_OS = {"macos": "darwin"}
_ARCH = {
    "i386": ("386", ""),
    "x86_64": ("amd64", ""),
    "x86-64": ("amd64", ""),
    "aarch64": ("arm64", ""),
    "armhf": ("arm", "v7"),
    "armel": ("arm", "v6"),
}
_COMPONENT = re.compile(r"[A-Za-z0-9_.-]+")


@dataclass(frozen=True, slots=True, order=True)
class Platform:
    """An operating system and processor, normalised; empty strings where unknown."""

    os: str
    architecture: str
    variant: str = ""
    os_version: str = ""

    def __str__(self) -> str:
        """`os/arch[/variant]`, as in `linux/arm64` and `linux/arm/v7`."""
        name = f"{self.os or 'unknown'}/{self.architecture or 'unknown'}"
        return f"{name}/{self.variant}" if self.variant else name

    @property
    def known(self) -> bool:
        """False for `unknown/unknown`, which attestation manifests carry."""
        return self.os not in {"", "unknown"} and self.architecture not in {"", "unknown"}


def normalise(os: str, architecture: str, variant: str = "", os_version: str = "") -> Platform:
    """Bring spellings together: `aarch64` is `arm64`, `arm64/v8` is `arm64`, `arm` is `arm/v7`."""
    os, architecture, variant = os.lower(), architecture.lower(), variant.lower()
    os = _OS.get(os, os)
    if architecture == "i386":  # no variant survives this spelling
        variant = ""
    if architecture in _ARCH:
        architecture, implied = _ARCH[architecture]
        variant = implied or variant
    return Platform(os, architecture, _variant(architecture, variant), os_version)


def _variant(architecture: str, variant: str) -> str:
    if architecture == "amd64":
        return "" if variant == "v1" else variant
    if architecture == "arm64":
        if variant in {"8", "v8", "8.0", "v8.0"}:
            return ""
        return "v9" if variant in {"9", "v9", "9.0", "v9.0"} else variant
    if architecture == "arm":
        if variant in {"", "7"}:
            return "v7"
        return f"v{variant}" if variant in {"5", "6", "8"} else variant
    return variant


def parse_platform(text: str) -> Platform:
    """Parse what a user typed: `OS/ARCH[/VARIANT]`.

    Raises:
        InputError: not of that form.
    """
    parts = text.split("/")
    if len(parts) in {2, 3} and all(_COMPONENT.fullmatch(part) for part in parts):
        return normalise(*parts)
    raise InputError(
        Code.BAD_ARGUMENT,
        f"not a platform: {text!r:.80}",
        hint="write OS/ARCH or OS/ARCH/VARIANT, as in linux/amd64 or linux/arm/v7",
    )
