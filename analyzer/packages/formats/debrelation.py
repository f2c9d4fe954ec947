"""Relations between Debian packages: deb-control(5), "Depends", and Debian Policy 7.1.

https://www.debian.org/doc/debian-policy/ch-relationships.html#syntax-of-relationship-fields
"""

from __future__ import annotations

import re
from functools import lru_cache

_NAME = re.compile(r"[^\s,|:(\[<]+")
"""A name ends before its architecture (`:any`), version (`(>= 1)`) or restriction."""
_REMEMBERED = 4096
"""Relations: half of those of a system are to what others need as well."""


def needed(*fields: str) -> tuple[tuple[str, ...], ...]:
    """Each relation as its alternatives, by name alone, in the order of the fields."""
    found = {
        alternatives: None
        for field in fields
        for relation in field.split(",")
        if (alternatives := _alternatives(relation))
    }
    return tuple(found)


@lru_cache(_REMEMBERED)
def _alternatives(relation: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_names(relation.split("|"))))


def provided(field: str) -> tuple[str, ...]:
    """The names that a package stands for."""
    return tuple(dict.fromkeys(_names(field.split(","))))


def _names(relations: list[str]) -> list[str]:
    return [match[0] for text in relations if (match := _NAME.match(text.strip()))]
