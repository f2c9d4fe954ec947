"""What catalogers can see of a merged tree after each layer."""

from __future__ import annotations

from analyzer.packages.desk import Evidence, Seen
from analyzer.rootfs.fold import RootFs


def evidence_of(rootfs: RootFs) -> list[Evidence]:
    """The wanted files of each layer prefix, by the path they are wanted under.

    A file that the scan did not keep is no evidence; the problem that says why is the scan's.
    """
    return [
        {
            item.wanted: Seen(item.captured, item.layer, item.path)
            for item in step
            if item.captured is not None
        }
        for step in rootfs.after
    ]
