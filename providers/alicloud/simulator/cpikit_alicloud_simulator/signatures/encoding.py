"""Take parameters off the wire byte for byte, and write them as signatures want them."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from typing import TypeAlias
from urllib.parse import quote, unquote_to_bytes

from cpikit_alicloud_simulator.wire import WireRequest

Pair: TypeAlias = tuple[bytes, bytes]
"""A parameter's name and value, decoded to the bytes that the client meant."""

FORM = "application/x-www-form-urlencoded"


def wire_bytes(text: str) -> bytes:
    """Give the bytes that a text was read from; what is not UTF-8 was kept as surrogates."""
    try:
        return text.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        return text.encode(errors="surrogatepass")


def wire_text(data: bytes) -> str:
    """Give bytes as text that `wire_bytes` turns back."""
    return data.decode(errors="surrogateescape")


def pairs(raw: bytes) -> tuple[Pair, ...]:
    """Decode `a=1&b=x+y%20z`: `+` is a space, a name without `=` has an empty value."""
    found = []
    for part in raw.split(b"&"):
        if part:
            name, _, value = part.replace(b"+", b" ").partition(b"=")
            found.append((unquote_to_bytes(name), unquote_to_bytes(value)))
    return tuple(found)


def query_pairs(request: WireRequest) -> tuple[Pair, ...]:
    """Give the parameters of the query, from its raw text so that no byte is lost."""
    return pairs(wire_bytes(request.raw_query))


def form_pairs(request: WireRequest) -> tuple[Pair, ...]:
    """Give the parameters of a form body; a body of another type has none."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return pairs(request.body) if media_type == FORM else ()


def percent(data: bytes, safe: str = "") -> str:
    """Percent-encode all but `A-Za-z0-9-_.~`, and what `safe` names."""
    return quote(data, safe=safe)


def canonical_query(given: Iterable[Pair]) -> str:
    """Write parameters sorted by name, then value, each percent-encoded, empty ones with `=`.

    The order is that of the names themselves, not of their encoded form.
    """
    return "&".join(f"{percent(name)}={percent(value)}" for name, value in sorted(given))


def first(given: Iterable[Pair], name: str) -> str:
    """Give the first value of a parameter, empty if there is none."""
    wanted = wire_bytes(name)
    return next((wire_text(value) for found, value in given if found == wanted), "")


def hmac_sha1(key: bytes, text: bytes) -> bytes:
    """Sign with HMAC-SHA1, as RPC 1.0 and OSS V1 do."""
    return hmac.new(key, text, hashlib.sha1).digest()


def hmac_sha256(key: bytes, text: bytes) -> bytes:
    """Sign with HMAC-SHA256, as ACS3 and OSS V4 do."""
    return hmac.new(key, text, hashlib.sha256).digest()
