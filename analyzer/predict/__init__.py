"""What other tools would print for an image: on this file, and after they have loaded it.

One row for each number that people meet: which identifier it is, and under which condition. A
row says where its rule was taken from (a source file of the tool, or a version that was run),
and whether a test of this project runs the real tool to check it.

The rules follow one distinction. Stores that keep images by config (docker's graphdriver store,
podman, Kubernetes' runtimes) show the image ID. Stores that keep them by what a name leads to
(containerd, docker's containerd store, nerdctl) show the index or manifest digest, and make a
manifest up for an archive that holds none.
"""

from __future__ import annotations

from collections.abc import Sequence

from analyzer.image.synthesised import MadeUp
from analyzer.predict import readers, stores
from analyzer.predict.model import NOTHING, REFUSED, Prediction, case_of
from analyzer.report import ImageReport, Report

__all__ = ["NOTHING", "REFUSED", "Prediction", "predict"]


def predict(
    report: Report, image: ImageReport, made_up: Sequence[MadeUp] = ()
) -> tuple[Prediction, ...]:
    """All rows for one image of `report`; none for forms without config or manifest.

    `made_up` are the manifests that tools make up for it (`image/synthesised.py`). The report
    must be of the whole file, since some readers refuse a file with several images.
    """
    case = case_of(report, image, made_up)
    if not {"docker-archive", "oci-layout", "dir"}.intersection(case.forms):
        return ()
    rules = [readers.registry]
    if image.completeness != "absent":
        rules = [*readers.RULES, *rules]
        if case.tar:
            rules = [*stores.RULES, *rules]
    return tuple(row for rule in rules for row in rule(case))
