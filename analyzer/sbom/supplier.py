"""`Name <mail>` as package databases write it, told apart into person and organization."""

from __future__ import annotations

import re
from dataclasses import dataclass

from analyzer.paths import printable

_NAME_AND_MAIL = re.compile(r"([^<>]*)<([^<>]*)>\s*")
_MANY_PEOPLE = re.compile(
    r"\b(?:community|corp|corporation|developers|foundation|gmbh|group|inc|lists?|llc|ltd|"
    r"maintainers|packagers|project|teams?)\b",
    re.IGNORECASE,
)
"""Words by which a maintainer with a mail address is a team; databases do not say which."""
_BRACKETS = str.maketrans("()", "[]")


@dataclass(frozen=True, slots=True)
class Supplier:
    """Who distributes a package; an empty name where nobody is stated."""

    name: str
    mail: str = ""
    person: bool = False


def organization(text: str) -> Supplier:
    """An organization that is stated by its name alone."""
    return Supplier(_safe(text))


def parse_supplier(text: str) -> Supplier:
    """Parse a maintainer, vendor or author field.

    Somebody without a mail address is taken for an organization, as syft does.
    """
    safe = _safe(text)
    match = _NAME_AND_MAIL.fullmatch(safe)
    name, mail = (match[1].strip(), match[2].strip()) if match else (safe, "")
    if "@" not in mail:
        return Supplier(name or mail)
    return Supplier(name or mail, mail, person=not _MANY_PEOPLE.search(f"{name} {mail}"))


def _safe(text: str) -> str:
    """Without parentheses: SPDX 2.3, 7.5 writes the mail address in them, readers take any."""
    return printable(text).translate(_BRACKETS).strip()
