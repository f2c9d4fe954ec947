"""What catalogers can see of a merged tree after each layer."""

from __future__ import annotations

from collections.abc import Sequence

from analyzer.layers.wants import CapturePlan
from analyzer.packages.desk import Evidence, Seen
from analyzer.packages.distro import WANTS, Distro, read_distro
from analyzer.problems import Problem
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


def distribution(evidence: Sequence[Evidence]) -> tuple[Distro | None, list[Problem]]:
    """The distribution that the last view states, and what was wrong with the files."""
    plan = CapturePlan(WANTS)
    top = evidence[-1] if evidence else {}
    given = {path: seen.captured.given(plan.wanted(path)) for path, seen in top.items()}
    return read_distro({path: data for path, data in given.items() if data is not None})
