"""The plainest SPDX expressions, of the licences that most packages are under, without a library.

`license-expression` knows every name and all of the grammar, and takes a twentieth of a second to
be loaded, which is more than a small image takes to be read.
"""

from __future__ import annotations

import re

_NAMES = """
0BSD AFL-2.1 AGPL-3.0-only AGPL-3.0-or-later Apache-1.1 Apache-2.0 Artistic-1.0 Artistic-2.0
BSD-2-Clause BSD-3-Clause BSD-4-Clause BlueOak-1.0.0 BSL-1.0 CC-BY-3.0 CC-BY-4.0 CC0-1.0
CDDL-1.0 EPL-1.0 EPL-2.0 GPL-1.0-only GPL-1.0-or-later GPL-2.0-only GPL-2.0-or-later
GPL-3.0-only GPL-3.0-or-later HPND ISC LGPL-2.0-only LGPL-2.0-or-later LGPL-2.1-only
LGPL-2.1-or-later LGPL-3.0-only LGPL-3.0-or-later MIT MIT-0 MPL-1.1 MPL-2.0 NCSA OFL-1.1
OpenSSL PHP-3.01 PostgreSQL PSF-2.0 Python-2.0 Ruby Unicode-3.0 Unicode-DFS-2016 Unlicense UPL-1.0
Vim WTFPL X11 Zlib
"""
COMMON = {name.lower(): name for name in _NAMES.split()}
"""SPDX names by their small letters: https://spdx.org/licenses/; case does not count in them."""
_WITH_BLANK = "gpl 2.0"
"""The only name with a blank that the library takes for one, `GPL 2.0+` included."""
_OPERATOR = re.compile(r"(?<=\s)(?:and|or|with)(?=\s)", re.IGNORECASE)


def common(text: str) -> str | None:
    """`text` in SPDX's own spelling; empty if it is no expression; None where that takes more.

    Answered are one name of the table, several of them with the same operator between, also in one
    pair of parentheses, and what has several words and no operator, which is no expression.
    """
    if known := COMMON.get(text.lower()):
        return known
    if not _OPERATOR.search(text):
        several = len(text.split()) > 1 and "(" not in text
        return "" if several and _WITH_BLANK not in text.lower() else None
    inner = text[1:-1] if text.startswith("(") and text.endswith(")") else text
    for operator in (" OR ", " AND "):
        names = [COMMON.get(name.lower()) for name in inner.split(operator)]
        if None not in names:
            return operator.join(name for name in names if name)
    return None
