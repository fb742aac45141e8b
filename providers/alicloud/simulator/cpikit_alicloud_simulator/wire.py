"""What came in over the wire and what an API error is, before any product looks at it."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen


@frozen
class WireRequest:
    """One HTTP request, taken off the socket and not yet interpreted.

    `path` is percent-encoded as received; `query` holds decoded pairs in order, blank values kept;
    `headers` has lower-case names; `scheme` is "http" or "https"; `host` is the Host header.
    """

    method: str
    path: str
    raw_query: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    scheme: str
    host: str


class ApiError(Exception):
    """A refusal with the code, HTTP status and text that the real service documents.

    `extra` is merged into the error body (for example AccessDeniedDetail).
    """

    def __init__(
        self, status: int, code: str, message: str, extra: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.extra = dict(extra or {})
