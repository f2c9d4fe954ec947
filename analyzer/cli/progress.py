"""A progress bar on standard error, only when somebody is looking."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from analyzer.scanning import SILENT, Progress


@contextmanager
def shown() -> Iterator[Progress]:
    """Progress of one run; silent when standard error is no terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield SILENT
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.progress import (
        Progress as Bar,
    )

    columns = (TextColumn("reading"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=0)
        expected = 0

        def total(count: int) -> None:
            nonlocal expected
            expected += count
            bar.update(task, total=expected)

        yield Progress(total, lambda count: bar.advance(task, count))
