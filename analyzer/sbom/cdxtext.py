"""Texts as CycloneDX's schemas allow them, in JSON and in XML alike."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime
from urllib.parse import quote

from analyzer.bills.model import Lost
from analyzer.paths import printable

LONGEST_VERSION = 1024
"""Characters; CycloneDX 1.6, `version`."""

_CPE = re.compile(
    r"[c][pP][eE]:/[AHOaho]?(:[A-Za-z0-9._\-~%]*){0,6}"
    r"|cpe:2\.3:[aho*\-]"
    r"(:((\?*|\*?)([a-zA-Z0-9\-._]|\\[\\*?!\"#$%&'()+,/:;<=>@\[\]^`{|}~])+(\?*|\*?)|[*\-])){5}"
    r"(:(([a-zA-Z]{2,3}(-([a-zA-Z]{2}|[0-9]{3}))?)|[*\-]))"
    r"(:((\?*|\*?)([a-zA-Z0-9\-._]|\\[\\*?!\"#$%&'()+,/:;<=>@\[\]^`{|}~])+(\?*|\*?)|[*\-])){4}"
)
"""bom-1.6.xsd, type `cpe`; the JSON schema has no pattern."""
_LONGEST_CPE = 4096
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?"
    r"(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)"
)
"""What both `xs:dateTime` and RFC 3339 allow."""
_AUTHORITY = r"//(?:[\w.~!$&()*+,;=:%-]*@)?[\w.~!$&()*+,;=%-]+(?::[0-9]{0,5})?(?![^/?#])"
_REST = r"[\w.~!$&()*+,;=:@/?%-]*"
_URI = re.compile(rf"[A-Za-z][A-Za-z0-9+.-]*:(?:{_AUTHORITY}|(?!//)){_REST}(?:#{_REST})?", re.ASCII)
"""RFC 3986, 3, of what `_KEPT` leaves; an authority has a host and no IPv6 address."""
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_KEPT = "!$&()*+,;=:@/?#%~"
"""What stands in URIs as it is (RFC 3986, 2.2); letters, digits, `-`, `.` and `_` always do.
Brackets and the apostrophe are allowed in few places only, so they are escaped."""


class Losses:
    """Counts what the form cannot carry."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, what: str) -> None:
        """One more of `what`."""
        self._counts[what] += 1

    def told(self) -> tuple[Lost, ...]:
        """All of them, sorted."""
        return tuple(Lost(what, count) for what, count in sorted(self._counts.items()))


def lines(text: str) -> str:
    """`text` with its line ends; all else that is not printable is written as an escape."""
    return text if text.isprintable() else "\n".join(map(printable, text.splitlines()))


def cpe(text: str) -> str:
    """`text` if it is a CPE name of 2.2 or 2.3; else empty."""
    return text if len(text) <= _LONGEST_CPE and _CPE.fullmatch(text) else ""


def time(text: str) -> str:
    """`text` if it is a time with an offset from UTC; else empty."""
    if not _TIME.fullmatch(text):
        return ""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return ""
    return text


def mail(text: str) -> str:
    """`text` if it could be a mail address; else empty."""
    return printable(text) if "@" in text else ""


def uri(text: str) -> str:
    """`text` as a URI (RFC 3986), what may not stand in one escaped; empty if that makes none."""
    if not text.isprintable():
        return ""
    whole = _BAD_PERCENT.sub("%25", text.strip())
    escaped = quote(whole, safe=_KEPT)
    return escaped if _URI.fullmatch(escaped) else ""
