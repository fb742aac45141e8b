"""One OSS request with everything that an operation may look at."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TypeAlias

from attrs import frozen

from cpikit_alicloud_simulator.oss import errors
from cpikit_alicloud_simulator.oss.addressing import Place
from cpikit_alicloud_simulator.oss.settings import OssSettings
from cpikit_alicloud_simulator.oss.store import OssStore
from cpikit_alicloud_simulator.oss.values import Bucket, StoredObject
from cpikit_alicloud_simulator.wire import WireRequest

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NUMBER = re.compile(r"[0-9]{1,18}")


class Caller(Protocol):
    """Who signed the request."""

    @property
    def account_id(self) -> str:
        """The account that the access key belongs to."""


Permits: TypeAlias = Callable[[Caller, str, str], bool]
"""May this caller do `oss:Action` on `acs:oss:*:ACCOUNT:bucket/key`? (RAM policies)"""


@frozen
class OssCall:
    """A request, located and authenticated. `caller` is None for an unsigned one."""

    request: WireRequest
    place: Place
    caller: Caller | None
    store: OssStore
    now: datetime
    permits: Permits

    @property
    def settings(self) -> OssSettings:
        """The limits and choices of this world."""
        return self.store.settings

    @property
    def key(self) -> str:
        """The object that the request names."""
        return self.place.key

    @property
    def body(self) -> bytes:
        """What was sent."""
        return self.request.body

    def bucket(self) -> Bucket:
        """Give the bucket that the request names or raise NoSuchBucket."""
        return self.store.bucket(self.place.bucket)

    def object(self) -> StoredObject:
        """Give the object that the request names or raise NoSuchKey."""
        found = self.bucket().objects.get(self.key)
        if found is None:
            raise errors.no_such_key(self.key)
        return found

    def header(self, name: str) -> str | None:
        """Give a header as clean text, None if it was not sent."""
        value = self.request.headers.get(name)
        return None if value is None else printable(value)

    def headers_below(self, prefix: str) -> dict[str, str]:
        """Give the headers whose names start with `prefix`, without it."""
        return {
            name.removeprefix(prefix): printable(value)
            for name, value in self.request.headers.items()
            if name.startswith(prefix) and name != prefix
        }

    def has(self, name: str) -> bool:
        """Say whether the query has this name, with or without a value."""
        return any(given == name for given, _ in self.request.query)

    def query(self, name: str) -> str | None:
        """Give the first value of a query parameter as clean text, None if it was not sent."""
        for given, value in self.request.query:
            if given == name:
                return value.encode(errors="replace").decode()
        return None

    def number(self, name: str, low: int, high: int, default: int) -> int:
        """Give a whole number of the query within its limits or raise InvalidArgument."""
        text = self.query(name)
        if text is None or not text:
            return default
        value = int(text) if _NUMBER.fullmatch(text) else low - 1
        if not low <= value <= high:
            raise errors.invalid_argument(name, text, f"an integer between {low} and {high}")
        return value

    def choice(self, header: str, allowed: tuple[str, ...], default: str) -> str:
        """Give a header that has few values or raise InvalidArgument."""
        value = self.header(header)
        if value is None or value == "":
            return default
        if value not in allowed:
            raise errors.invalid_argument(header, value, "one of " + ", ".join(allowed))
        return value

    def flag(self, header: str) -> bool:
        """Read a header that is true or false; absent is false."""
        return self.choice(header, ("true", "false"), "false") == "true"


def printable(value: str) -> str:
    """Give header text that can be sent back: UTF-8 with no control characters."""
    return _CONTROL.sub(" ", value.encode(errors="surrogateescape").decode(errors="replace"))


def allows_all(_caller: Caller, _action: str, _resource: str) -> bool:
    """Permit everything: the policy of a world without policies."""
    return True
