"""Ranges and conditions of a read, and of the source of a copy."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import TypeAlias

from cpikit_alicloud_simulator.oss import errors
from cpikit_alicloud_simulator.oss.values import StoredObject

Header: TypeAlias = Callable[[str], str | None]

_RANGE = re.compile(r"bytes=\s*([0-9]{0,18})-([0-9]{0,18})\s*(?:,.*)?")


def http_date(moment: datetime) -> str:
    """Give a time as HTTP writes it."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def parsed_http_date(text: str | None) -> datetime | None:
    """Read an HTTP date; None for anything that is none, which conditions then ignore."""
    try:
        moment = parsedate_to_datetime(text or "")
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def holds(item: StoredObject, header: Header, prefix: str = "") -> bool:
    """Say whether to go on; False is 304. Raises PreconditionFailed (412).

    OSS, GetObject and CopyObject: If-Match and If-Unmodified-Since fail with 412, If-None-Match
    and If-Modified-Since with 304. As in RFC 9110, a tag outranks the date that goes with it.
    """
    match, none_match = header(prefix + "if-match"), header(prefix + "if-none-match")
    unmodified = parsed_http_date(header(prefix + "if-unmodified-since"))
    modified = parsed_http_date(header(prefix + "if-modified-since"))
    if match is not None:
        if not _names(match, item.etag):
            raise errors.precondition_failed("If-Match")
    elif unmodified is not None and item.last_modified > unmodified:
        raise errors.precondition_failed("If-Unmodified-Since")
    if none_match is not None:
        return not _names(none_match, item.etag)
    return modified is None or item.last_modified > modified


def _names(header: str, etag: str) -> bool:
    tags = [tag.strip().removeprefix("W/").strip('"') for tag in header.split(",")]
    return "*" in tags or etag in [tag.upper() for tag in tags]


def byte_range(text: str | None, size: int, *, standard: bool) -> tuple[int, int] | None:
    """Give start and end (exclusive) of a Range header, None for the whole object.

    Only the first of several ranges counts. A range that is malformed or not wholly inside of the
    object is ignored, unless `x-oss-range-behavior: standard` was sent: then its end is cut, and
    a start outside raises InvalidRange (416). Source: OSS, "HTTP Range requests".
    """
    matched = _RANGE.fullmatch(text) if text else None
    if matched is None or matched[1] == matched[2] == "":
        return None
    if matched[1]:
        start, end = int(matched[1]), int(matched[2]) + 1 if matched[2] else size
        if matched[2] and end <= start:
            return None
    else:
        start, end = size - int(matched[2]), size
    if 0 <= start < end <= size:
        return start, end
    if not standard:
        return None
    if start >= end or start >= size:
        raise errors.invalid_range(size)
    return max(0, start), min(size, end)


def copied_range(text: str | None, size: int) -> tuple[int, int]:
    """Read `x-oss-copy-source-range`, which has to be bytes=FIRST-LAST inside of the source.

    A range outside is InvalidRange (assumed: UploadPartCopy's page lists no code).
    """
    if text is None:
        return 0, size
    matched = _RANGE.fullmatch(text)
    if matched is None or not matched[1] or not matched[2]:
        raise errors.invalid_argument("x-oss-copy-source-range", text, "bytes=first-last")
    start, end = int(matched[1]), int(matched[2]) + 1
    if not start < end <= size:
        raise errors.invalid_range(size)
    return start, end
