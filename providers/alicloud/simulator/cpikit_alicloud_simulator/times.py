"""Write times as the APIs do."""

from __future__ import annotations

from datetime import UTC, datetime


def to_second(moment_s: float) -> str:
    """Give `2026-01-02T03:04:05Z`, as most resources have it."""
    return _at(moment_s).strftime("%Y-%m-%dT%H:%M:%SZ")


def to_minute(moment_s: float) -> str:
    """Give `2026-01-02T03:04Z`, as instances have it."""
    return _at(moment_s).strftime("%Y-%m-%dT%H:%MZ")


def http_date(moment: datetime) -> str:
    """Give a `Date` header."""
    day = _DAYS[moment.weekday()]
    month = _MONTHS[moment.month - 1]
    return moment.strftime(f"{day}, %d {month} %Y %H:%M:%S GMT")


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _at(moment_s: float) -> datetime:
    return datetime.fromtimestamp(moment_s, UTC)
