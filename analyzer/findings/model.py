"""One thing worth knowing about an image."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FindingKind(StrEnum):
    """What a finding is about."""

    RUNS_AS_ROOT = "runs-as-root"
    SECRET = "secret"  # noqa: S105 - a kind, not a value
    PORT = "port"
    SHELL = "shell"
    PACKAGE_MANAGER = "package-manager"
    SETUID = "setuid"
    SETGID = "setgid"
    CAPABILITIES = "capabilities"


@dataclass(frozen=True, slots=True)
class Finding:
    """A note; it changes no exit code. All texts are safe to show.

    `where` is a member of the config (`config.User`, `history[3]`) or a path in the image.
    `layer` is the 0-based layer that brought it, None for what only the config says. `step` is
    the build step with secrets masked, empty where the history does not tell. `masked` stands
    for a value that must not be shown, empty where there is none.
    """

    kind: FindingKind
    what: str
    where: str
    layer: int | None = None
    step: str = ""
    masked: str = ""
