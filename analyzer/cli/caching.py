"""Where the layer cache lies, and whether a run uses it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analyzer.layers.cache import LayerCache
    from analyzer.limits import Limits

OFF = "OCISCOPE_NO_CACHE"
"""Set to anything but nothing, it is `--no-cache` for every run."""


def cache_folder() -> Path | None:
    """Below `$XDG_CACHE_HOME`, else `~/.cache` (XDG Base Directory Specification).

    None without either: where there is no home, none is made.
    """
    named = os.environ.get("XDG_CACHE_HOME", "")
    if named.startswith("/"):  # the specification has others ignored
        return Path(named) / "ociscope" / "layers"
    try:
        home = Path.home()
    except RuntimeError:
        return None
    return home / ".cache" / "ociscope" / "layers" if home.is_dir() else None


def layer_cache(limits: Limits, *, wanted: bool = True) -> LayerCache | None:
    """The cache of this user, unless it is not `wanted`, switched off, or has no place to be."""
    folder = cache_folder()
    if folder is None or not wanted or os.environ.get(OFF):
        return None
    from analyzer.layers.cache import LayerCache

    return LayerCache(folder, limits.cache_bytes)
