"""Print what conda-lock reads out of each lock file of the command line: one line of JSON.

To be run by the Python that has the module `conda_lock`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from conda_lock.lockfile import parse_conda_lock_file  # type: ignore[import-not-found]

for name in sys.argv[1:]:
    found = [
        {
            "manager": each.manager,
            "name": each.name,
            "version": each.version,
            "url": each.url,
            "build": each.build or "",
            "needs": sorted(each.dependencies),
            "digests": each.hash.model_dump(exclude_none=True),
        }
        for each in parse_conda_lock_file(Path(name)).package
    ]
    sys.stdout.write(json.dumps(found) + "\n")
