"""Verify the V4 signature of OSS: OSS4-HMAC-SHA256, in the Authorization header or in the query.

Source: OSS API reference, "V4 signature", and the pages of its error codes (0002-000002…). Which
text each malformed part gets is assumed, but for "Invalid signing date in Authorization header.",
which the SDKs look for.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from hmac import compare_digest

from attrs import frozen

from cpikit_alicloud_simulator.signatures import instants, oss_refusals
from cpikit_alicloud_simulator.signatures.encoding import (
    first,
    hmac_sha256,
    percent,
    query_pairs,
    wire_bytes,
)
from cpikit_alicloud_simulator.signatures.identity import (
    Accounts,
    Credential,
    Identity,
    Issued,
    identified,
)
from cpikit_alicloud_simulator.wire import WireRequest

ALGORITHM = "OSS4-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
LONGEST_URL_S = 604_800  # seven days
_HEADER = "Authorization header"
_URL = "x-oss-credential"
_DATE = re.compile(r"[0-9]{8}")
_REGION = re.compile(r"(?!oss-)[a-z]{2}[a-z0-9-]*")  # `oss-cn-hangzhou` is an endpoint (…226)
_SECONDS = re.compile(r"[0-9]{1,7}")
_ALWAYS_SIGNED = frozenset({"content-type", "content-md5"})


@frozen
class Scope:
    """Whose key a signature was made with, and for which day and region."""

    access_key_id: str
    date: str
    region: str

    def __str__(self) -> str:
        return f"{self.date}/{self.region}/oss/aliyun_v4_request"


@frozen
class Claim:
    """What a request says of its own signature."""

    scope: Scope
    stamp: str
    additional: tuple[str, ...]
    signature: str
    token: str


def verified_header(
    request: WireRequest,
    accounts: Accounts,
    now: datetime,
    bucket: str,
    key: str,
    issued: Issued | None,
) -> Identity:
    """Verify `Authorization: OSS4-HMAC-SHA256 Credential=…,AdditionalHeaders=…,Signature=…`."""
    headers = request.headers
    header = headers["authorization"]
    fields = _fields(header)
    if headers.get("x-oss-content-sha256") != UNSIGNED:  # 0002-00000214
        sent = headers.get("x-oss-content-sha256", "")
        raise oss_refusals.invalid_argument("x-oss-content-sha256", sent)
    scope = _scope(fields["Credential"], _HEADER)
    date = headers.get("x-oss-date") or headers.get("date", "")
    stamp = instants.basic(date) or instants.http(date)
    if stamp is None:
        raise oss_refusals.no_date()
    if scope.date != stamp.strftime("%Y%m%d") or abs(now - stamp) > timedelta(days=1):
        raise _bad("signing date", _HEADER, scope.date)
    if not instants.is_near(stamp, now):
        raise oss_refusals.too_skewed(stamp, now)
    claim = Claim(
        scope=scope,
        stamp=stamp.strftime("%Y%m%dT%H%M%SZ"),
        additional=_additional(request, fields.get("AdditionalHeaders", "")),
        signature=fields["Signature"],
        token=headers.get("x-oss-security-token", ""),
    )
    return _verified(request, claim, accounts, now, bucket, key, issued)


def verified_url(
    request: WireRequest,
    accounts: Accounts,
    now: datetime,
    bucket: str,
    key: str,
    issued: Issued | None,
) -> Identity:
    """Verify `?x-oss-credential=…&x-oss-date=…&x-oss-expires=…&x-oss-signature=…`."""
    query = query_pairs(request)
    scope = _scope(first(query, "x-oss-credential"), _URL)
    stamp = instants.basic(first(query, "x-oss-date"))
    expires = first(query, "x-oss-expires")
    if stamp is None:
        raise oss_refusals.invalid_argument("x-oss-date", first(query, "x-oss-date"))
    if not _SECONDS.fullmatch(expires) or not 1 <= int(expires) <= LONGEST_URL_S:
        raise oss_refusals.invalid_argument("x-oss-expires", expires)
    if scope.date != stamp.strftime("%Y%m%d"):
        raise _bad("signing date", _URL, scope.date)
    if stamp - now > instants.SKEW:
        raise oss_refusals.too_skewed(stamp, now)
    end = stamp + timedelta(seconds=int(expires))
    if end < now:
        raise oss_refusals.url_expired(end.strftime("%Y-%m-%dT%H:%M:%S.000Z"), now)
    claim = Claim(
        scope=scope,
        stamp=stamp.strftime("%Y%m%dT%H%M%SZ"),
        additional=_additional(request, first(query, "x-oss-additional-headers")),
        signature=first(query, "x-oss-signature"),
        token=first(query, "x-oss-security-token"),
    )
    return _verified(request, claim, accounts, now, bucket, key, issued)


def canonical_request(
    request: WireRequest, bucket: str, key: str, additional: Sequence[str]
) -> str:
    """Write the request as both sides hash it."""
    path = f"/{bucket}/{key}" if bucket else "/"
    query = sorted(
        (percent(name), percent(value))
        for name, value in query_pairs(request)
        if name != b"x-oss-signature"
    )
    headers = {"host": request.host, **request.headers}
    signed = sorted(
        name
        for name in headers
        if name.startswith("x-oss-") or name in _ALWAYS_SIGNED or name in additional
    )
    return "\n".join(
        (
            request.method,
            percent(wire_bytes(path), safe="/"),
            "&".join(f"{name}={value}" if value else name for name, value in query),
            "".join(f"{name}:{headers[name].strip()}\n" for name in signed),
            ";".join(additional),
            headers.get("x-oss-content-sha256", UNSIGNED),
        )
    )


def string_to_sign(stamp: str, scope: Scope, canonical: str) -> str:
    """Write what is signed: algorithm, time, scope and the hash of the canonical request."""
    return f"{ALGORITHM}\n{stamp}\n{scope}\n{hashlib.sha256(wire_bytes(canonical)).hexdigest()}"


def signature(secret: str, scope: Scope, text: str) -> str:
    """Sign a string with the key that belongs to a secret, a day and a region."""
    key = wire_bytes(f"aliyun_v4{secret}")
    for part in str(scope).split("/"):
        key = hmac_sha256(key, wire_bytes(part))
    return hmac_sha256(key, wire_bytes(text)).hex()


def _verified(
    request: WireRequest,
    claim: Claim,
    accounts: Accounts,
    now: datetime,
    bucket: str,
    key: str,
    issued: Issued | None,
) -> Identity:
    credential: Credential = oss_refusals.active_credential(claim.scope.access_key_id, accounts)
    oss_refusals.check_token(credential, claim.token, now, issued)
    canonical = canonical_request(request, bucket, key, claim.additional)
    text = string_to_sign(claim.stamp, claim.scope, canonical)
    expected = signature(credential.secret, claim.scope, text)
    if not compare_digest(wire_bytes(expected), wire_bytes(claim.signature.lower())):
        raise oss_refusals.no_match(credential, claim.signature, text, canonical)
    return identified(credential, "oss-v4")


def _fields(header: str) -> dict[str, str]:
    parts = [part.strip().partition("=") for part in header.partition(" ")[2].split(",")]
    fields = {name: value.strip() for name, _, value in parts}
    known = fields.keys() <= {"Credential", "AdditionalHeaders", "Signature"}
    if not known or not fields.get("Credential") or not fields.get("Signature"):
        raise oss_refusals.invalid_argument("Authorization", header)
    if len(parts) != len(fields):
        raise oss_refusals.invalid_argument("Authorization", header)
    return fields


def _scope(credential: str, place: str) -> Scope:
    parts = credential.rsplit("/", 4)
    if len(parts) != 5 or not parts[0] or parts[3:] != ["oss", "aliyun_v4_request"]:  # noqa: PLR2004  # ID/DATE/REGION/oss/aliyun_v4_request
        raise _bad("credential", place, credential)
    access_key_id, date, region = parts[:3]
    if not _DATE.fullmatch(date):
        raise _bad("signing date", place, date)
    if not _REGION.fullmatch(region):
        raise _bad("signing region", place, region)
    return Scope(access_key_id, date, region)


def _additional(request: WireRequest, names: str) -> tuple[str, ...]:
    """Give the further headers that were signed; each of them has to be there."""
    given = sorted({name.strip().lower() for name in names.split(";") if name.strip()})
    for name in given:
        if name not in request.headers and name != "host":
            raise oss_refusals.invalid_argument("AdditionalHeaders", names)
    return tuple(given)


def _bad(what: str, place: str, value: str) -> Exception:
    return oss_refusals.invalid_argument(place, value, f"Invalid {what} in {place}.")
