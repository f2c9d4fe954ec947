"""The trivy that tests compare with."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tests.support.tools import ROOT, unavailable


def trivy() -> Path:
    """The one that `OCISCOPE_TRIVY` names, that `scripts/fetch_trivy.py` fetched, or on the path.

    It has to read CycloneDX 1.6, as 0.53 and later do.
    """
    fetched = ROOT / ".cache" / "tools" / "trivy"
    places = (os.environ.get("OCISCOPE_TRIVY"), fetched, shutil.which("trivy"))
    there = [Path(place) for place in places if place and Path(place).exists()]
    if not there:
        unavailable("there is no trivy, see scripts/fetch_trivy.py")
    return there[0]
