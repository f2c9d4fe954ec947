"""The creation time of a document, which must not be the time of the run.

A document made twice from one image has to be the same document, so the clock is no source.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from analyzer.errors import InputError
from analyzer.problems import Code
from analyzer.report import ImageReport

FROM_ENVIRONMENT = "SOURCE_DATE_EPOCH"
FROM_IMAGE = "the creation time in the image's config"
FROM_NOTHING = "no source; the file states no creation time"

UNKNOWN_TIME = "1970-01-01T00:00:00Z"

_SECONDS = re.compile(r"[0-9]{1,12}")
_LAST_SECOND = 253402300799  # 9999-12-31T23:59:59Z
_RFC3339 = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?"
    r"(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))"
)


def creation_time(image: ImageReport, source_date_epoch: str | None) -> tuple[str, str]:
    """The time as `YYYY-MM-DDThh:mm:ssZ` and where it came from (one of the `FROM_` texts).

    SPDX 2.3, 6.9 allows no fractions of seconds and no offset.

    Raises:
        InputError: SOURCE_DATE_EPOCH is not whole seconds since 1970 (reproducible-builds.org,
            SOURCE_DATE_EPOCH specification: a malformed value is an error, never ignored).
    """
    if source_date_epoch is not None:
        return _from_epoch(source_date_epoch), FROM_ENVIRONMENT
    stated = utc_seconds(image.config.get("created"))
    return (stated, FROM_IMAGE) if stated else (UNKNOWN_TIME, FROM_NOTHING)


def latest_time(images: Iterable[ImageReport], source_date_epoch: str | None) -> tuple[str, str]:
    """As `creation_time`, of several images together: the latest of their times."""
    times = [creation_time(image, source_date_epoch) for image in images]
    known = [time for time in times if time[1] != FROM_NOTHING]
    return max(known or times, default=(UNKNOWN_TIME, FROM_NOTHING))


def _from_epoch(text: str) -> str:
    if _SECONDS.fullmatch(text) and int(text) <= _LAST_SECOND:
        return _written(datetime.fromtimestamp(int(text), UTC))
    raise InputError(
        Code.BAD_ARGUMENT,
        f"SOURCE_DATE_EPOCH is not whole seconds since 1970: {text!r:.80}",
        hint="set it to the output of `date +%s`, or unset it",
    )


def utc_seconds(stated: object) -> str:
    """An RFC 3339 time in UTC without fractions; empty when it is none or stands for "unset".

    Go writes a time that was never set as the year 1.
    """
    match = _RFC3339.fullmatch(stated) if isinstance(stated, str) else None
    if match is None:
        return ""
    year, month, day, hour, minute, second = (int(match[n]) for n in range(1, 7))
    offset = timedelta(hours=int(match[8] or 0), minutes=int(match[9] or 0))
    try:
        local = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
        time = local + offset if match[7] == "-" else local - offset
    except (ValueError, OverflowError):
        return ""
    return _written(time) if time.year > 1 else ""


def _written(time: datetime) -> str:
    return time.replace(tzinfo=None).isoformat() + "Z"
