"""What the tests of signatures share: keys, requests off the wire, and a signer of their own."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, urlsplit

from attrs import evolve
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from cpikit_alicloud_simulator.oracle import PROTOCOL
from cpikit_alicloud_simulator.signatures import Accounts, Credential
from cpikit_alicloud_simulator.wire import WireRequest

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
STAMP = "2026-01-02T03:04:05Z"
TOKEN = "CAISabcdefghijklmnop+/="
KEY = Credential("testid", "testsecret", "1000000000000001", "root")
SESSION = evolve(
    KEY,
    access_key_id="STS.session",
    principal="assumed-role/cpi/bosh",
    security_token=TOKEN,
    expires_at=datetime(2026, 1, 2, 4, 4, 5, tzinfo=UTC),
)

deterministic = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
)
names = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs",), exclude_characters="\x00"),
    min_size=1,
    max_size=12,
)
values = st.one_of(
    names,
    st.sampled_from(["", " ", "+", "a b", "a+b", "%20", "~*/.-_", "&=;", "云", "é", '["i-1"]']),
)
# hypothesis finds the protocol's own names in the sources and tries them; they are not the point.
parameters = st.dictionaries(names.filter(lambda name: name not in PROTOCOL), values, max_size=6)


def knows(*credentials: Credential) -> Accounts:
    """Give the accounts of a world that knows just these keys."""
    return {one.access_key_id: one for one in credentials}.get


def wire(
    method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b""
) -> WireRequest:
    """Give a request as the server takes it off the socket."""
    parts = urlsplit(url)
    return WireRequest(
        method=method,
        path=parts.path or "/",
        raw_query=parts.query,
        query=tuple(parse_qsl(parts.query, keep_blank_values=True)),
        headers={name.lower(): value for name, value in (headers or {}).items()},
        body=body,
        scheme=parts.scheme,
        host=parts.netloc,
    )


def encoded(given: Mapping[str, str]) -> str:
    """Write parameters as a query, in the order given."""
    return "&".join(f"{quote(n, safe='')}={quote(v, safe='')}" for n, v in given.items())


def rpc_parameters(**changes: str | None) -> dict[str, str]:
    """Give the parameters of a small call; None leaves one out."""
    given: dict[str, str | None] = {
        "Action": "DescribeRegions",
        "Version": "2014-05-26",
        "Format": "JSON",
        "AccessKeyId": KEY.access_key_id,
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": "nonce-1",
        "Timestamp": STAMP,
        **changes,
    }
    return {name: value for name, value in given.items() if value is not None}


def rpc_signature(method: str, given: Mapping[str, str], secret: str = KEY.secret) -> str:
    """Sign by the published steps, written down a second time."""
    canonical = "&".join(f"{quote(n, safe='')}={quote(given[n], safe='')}" for n in sorted(given))
    text = f"{method}&%2F&{quote(canonical, safe='')}"
    digest = hmac.new(f"{secret}&".encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def rpc_request(
    method: str = "POST", secret: str = KEY.secret, **changes: str | None
) -> WireRequest:
    """Give a signed call, its parameters in the query."""
    given = rpc_parameters(**changes)
    signed = {"Signature": rpc_signature(method, given, secret), **given}
    return wire(method, f"http://ecs.local/?{encoded(signed)}")


def acs3_request(
    *,
    method: str = "POST",
    url: str = "http://ecs.local/?RegionId=cn-hangzhou",
    body: bytes = b"",
    key: Credential = KEY,
    algorithm: str = "ACS3-HMAC-SHA256",
    unsigned: tuple[str, ...] = (),
    changes: Mapping[str, str | None] | None = None,
) -> WireRequest:
    """Give a call signed in V3 by the published steps; None leaves a header out."""
    parts = urlsplit(url)
    given: dict[str, str | None] = {
        "host": parts.netloc,
        "x-acs-action": "DescribeRegions",
        "x-acs-version": "2014-05-26",
        "x-acs-date": STAMP,
        "x-acs-signature-nonce": "nonce-1",
        "x-acs-content-sha256": hashlib.sha256(body).hexdigest(),
        **(changes or {}),
    }
    headers = {name: value for name, value in given.items() if value is not None}
    signed = sorted(name for name in headers if name not in unsigned)
    query = sorted(parse_qsl(parts.query, keep_blank_values=True))
    canonical = "\n".join(
        (
            method,
            parts.path or "/",
            "&".join(f"{quote(n, safe='')}={quote(v, safe='')}" for n, v in query),
            "".join(f"{name}:{headers[name]}\n" for name in signed),
            ";".join(signed),
            hashlib.sha256(body).hexdigest(),
        )
    )
    text = f"{algorithm}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(key.secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    headers["authorization"] = (
        f"{algorithm} Credential={key.access_key_id},SignedHeaders={';'.join(signed)},"
        f"Signature={signature}"
    )
    return wire(method, url, headers, body)
