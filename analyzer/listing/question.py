"""What people type to narrow a listing, understood: types, sizes, times, owners."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from analyzer.errors import InputError
from analyzer.listing.filters import LETTERS, Filter, Owner
from analyzer.listing.items import Kind
from analyzer.problems import Code
from analyzer.tarheader import Seconds

_SIZE = re.compile(r"(?P<digits>[0-9]{1,18})(?P<unit>[A-Za-z]*)")
_SECONDS = re.compile(r"@-?[0-9]{1,18}")
_FRACTION = re.compile(r"(?P<before>@-?[0-9]+|.*:[0-9]{2})[.,](?P<digits>[0-9]{1,30})(?P<after>.*)")
"""`datetime` would drop what is less than a microsecond."""
_EPOCH, _SECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(seconds=1)
_UNITS: dict[str, int] = {"": 1, "b": 1} | {
    text: base**power
    for power, letter in enumerate("kmgt", start=1)
    for text, base in ((letter, 1024), (f"{letter}ib", 1024), (f"{letter}b", 1000))
}


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed to narrow a listing; the members are those of `Filter`."""

    kinds: str | None = None
    min_size: str | None = None
    max_size: str | None = None
    setuid: bool = False
    setgid: bool = False
    world_writable: bool = False
    capabilities: bool = False
    xattrs: tuple[str, ...] = ()
    owner: str | None = None
    newer: str | None = None
    older: str | None = None
    layer: int | None = None


def parse_filter(typed: Typed) -> Filter:
    """What was typed, understood. Raises InputError for what means nothing."""
    return Filter(
        kinds=parse_kinds(typed.kinds),
        min_size=parse_size(typed.min_size),
        max_size=parse_size(typed.max_size),
        setuid=typed.setuid,
        setgid=typed.setgid,
        world_writable=typed.world_writable,
        capabilities=typed.capabilities,
        xattrs=typed.xattrs,
        owner=parse_owner(typed.owner),
        newer=parse_time(typed.newer),
        older=parse_time(typed.older),
        layer=typed.layer,
    )


def parse_kinds(text: str | None) -> frozenset[Kind]:
    """`f,d,l` to kinds; all where nothing is given."""
    letters = [letter for letter in (text or "").replace(",", " ").split() if letter]
    for letter in letters:
        if letter not in LETTERS:
            raise _wrong(
                f"no type is called {letter!r}",
                ", ".join(f"{key} {kind.value}" for key, kind in LETTERS.items()),
            )
    return frozenset(LETTERS[letter] for letter in letters)


def parse_size(text: str | None) -> int | None:
    """`10`, `4K`, `4KiB` (1024) or `4kB` (1000 each, as tables show it) to bytes."""
    if text is None:
        return None
    found = _SIZE.fullmatch(text)
    if found is None or found["unit"].lower() not in _UNITS:
        raise _wrong(f"{text!r} is no size", "bytes, or as in 4K, 10M, 1G (1024) and 10MB (1000)")
    return int(found["digits"]) * _UNITS[found["unit"].lower()]


def parse_time(text: str | None) -> Seconds | None:
    """A date, a date with a time (UTC unless it says otherwise) or `@SECONDS` since 1970.

    Seconds may have a fraction, of which every digit counts, as in the times of a tar.
    """
    if text is None:
        return None
    found = _FRACTION.fullmatch(text)
    whole, digits = (found["before"] + found["after"], found["digits"]) if found else (text, "")
    try:
        seconds = int(whole[1:]) if _SECONDS.fullmatch(whole) else _since_1970(whole)
    except (ValueError, OverflowError):
        raise _wrong(
            f"{text!r} is no time", "2024-05-01, 2024-05-01T12:00 or @1714564800"
        ) from None
    if not digits.strip("0"):
        return seconds
    fraction = Decimal(f"0.{digits}")
    return seconds - fraction if whole.startswith("@-") else seconds + fraction


def _since_1970(text: str) -> int:
    """Whole seconds of an ISO 8601 date or time. Raises ValueError for what is neither."""
    moment = datetime.fromisoformat(text)
    since = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH
    return since // _SECOND


def parse_owner(text: str | None) -> Owner | None:
    """`USER`, `USER:GROUP` or `:GROUP`, each a number or a name."""
    if text is None:
        return None
    user, _, group = text.partition(":")
    if not user and not group:
        raise _wrong(f"{text!r} is no owner", "0, root, 0:0 or :staff")
    return Owner(user, group)


def _wrong(what: str, there_are: str) -> InputError:
    return InputError(Code.BAD_ARGUMENT, what, hint=f"there are: {there_are}")
