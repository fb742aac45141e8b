"""Read the times that requests carry, and say whether they are near enough to now."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

SKEW = timedelta(minutes=15)
"""How far a request's time may be from the server's, either way. (API reference, signatures)"""

_EXTENDED = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})Z")
_BASIC = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})T([0-9]{2})([0-9]{2})([0-9]{2})Z")
# RFC 1123, the only form of HTTP/1.1 that OSS takes: two digits of day, always GMT.
_HTTP = re.compile(r"[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT")


def extended(text: str) -> datetime | None:
    """Read `2016-02-23T12:46:24Z`; None for anything else."""
    return _matched(_EXTENDED, text)


def basic(text: str) -> datetime | None:
    """Read `20160223T124624Z`; None for anything else."""
    return _matched(_BASIC, text)


def http(text: str) -> datetime | None:
    """Read `Tue, 23 Feb 2016 12:46:24 GMT`; None for anything else."""
    if not _HTTP.fullmatch(text):
        return None
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except ValueError:
        return None


def is_near(instant: datetime, now: datetime) -> bool:
    """Say whether a request's time is within what the server tolerates."""
    return abs(now - instant) <= SKEW


def _matched(form: re.Pattern[str], text: str) -> datetime | None:
    found = form.fullmatch(text)
    if not found:
        return None
    year, month, day, hour, minute, second = map(int, found.groups())
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
