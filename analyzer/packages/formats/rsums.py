"""The file `MD5` in the folder of an R package: digests of the files in it.

https://stat.ethz.ch/R-manual/R-devel/library/tools/html/checkMD5sums.html; R's own code writes
lines of a digest, a blank, an asterisk and a path (`tools:::.installMD5sums`), and reads those with
a second blank instead, too (`tools::checkMD5sums`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzer.paths import decode

_LINE = re.compile(rb"^(?P<md5>[0-9a-fA-F]{32}) [ |*](?P<path>[^\r\n]+)\r?$", re.MULTILINE)


def sums(data: bytes) -> Iterator[tuple[str, str]]:
    """Paths in the package's folder, each with its MD5 in hexadecimal; other lines say nothing."""
    for match in _LINE.finditer(data):
        yield decode(match["path"]), match["md5"].decode("ascii").lower()
