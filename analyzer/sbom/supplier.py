"""`Name <mail>` as package databases write it, told apart into person and organization."""

from __future__ import annotations

import re

from analyzer.bills.model import Party
from analyzer.paths import printable

_NAME_AND_MAIL = re.compile(r"([^<>]*)<([^<>]*)>\s*")
_MANY_PEOPLE = re.compile(
    r"\b(?:community|corp|corporation|developers|foundation|gmbh|group|inc|lists?|llc|ltd|"
    r"maintainers|packagers|project|teams?)\b",
    re.IGNORECASE,
)
"""Words by which a maintainer with a mail address is a team; databases do not say which."""
_BRACKETS = str.maketrans("()", "[]")


def organization(text: str) -> Party | None:
    """An organization that is stated by its name alone; None where nothing is stated."""
    name = _safe(text)
    return Party(name) if name else None


def parse_supplier(text: str) -> Party | None:
    """Parse a maintainer, vendor or author field; None where nobody is stated.

    Somebody without a mail address is taken for an organization, as syft does.
    """
    safe = _safe(text)
    match = _NAME_AND_MAIL.fullmatch(safe)
    name, mail = (match[1].strip(), match[2].strip()) if match else (safe, "")
    if "@" not in mail:
        return Party(name or mail) if name or mail else None
    many = _MANY_PEOPLE.search(f"{name} {mail}")
    return Party(name or mail, mail, "organization" if many else "person")


def _safe(text: str) -> str:
    """Without parentheses: SPDX 2.3, 7.5 writes the mail address in them, readers take any."""
    return printable(text).translate(_BRACKETS).strip()
