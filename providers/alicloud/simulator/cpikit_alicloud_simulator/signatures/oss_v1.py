"""Verify the V1 signature of OSS: HMAC-SHA1, in the Authorization header or in the query.

Source: OSS API reference, "Include signatures in the Authorization header" and "… in URLs".
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from datetime import UTC, datetime
from hmac import compare_digest

from cpikit_alicloud_simulator.signatures import instants, oss_refusals
from cpikit_alicloud_simulator.signatures.encoding import (
    Pair,
    first,
    hmac_sha1,
    query_pairs,
    wire_bytes,
    wire_text,
)
from cpikit_alicloud_simulator.signatures.identity import (
    Accounts,
    Credential,
    Identity,
    Issued,
    identified,
)
from cpikit_alicloud_simulator.wire import WireRequest

# The query parameters that are part of the resource: the union of what oss2 2.19 and
# alibabacloud-oss-v2 1.4 sign.
SUBRESOURCES = frozenset(
    """
    accessPoint accessPointPolicy acl append asyncFetch bucketArchiveDirectRead bucketInfo callback
    callback-var cloudboxes cname comp continuation-token cors delete encryption endTime group
    httpsConfig inventory inventoryId lifecycle link live location logging metaQuery objectInfo
    objectMeta partNumber policy position publicAccessBlock qos qosInfo qosRequester
    redundancyTransition referer regionList replication replicationLocation replicationProgress
    requestPayment requesterQosInfo resourceGroup resourcePool resourcePoolBuckets resourcePoolInfo
    response-cache-control response-content-disposition response-content-encoding
    response-content-language response-content-type response-expires restore security-token
    sequential startTime stat status style styleName symlink tagging transferAcceleration uploadId
    uploads versionId versioning versions vod website worm wormExtend wormId
    x-oss-ac-forward-allow x-oss-ac-source-ip x-oss-ac-subnet-mask x-oss-ac-vpc-id
    x-oss-access-point-name x-oss-async-process x-oss-process x-oss-redundancy-transition-taskid
    x-oss-request-payer x-oss-target-redundancy-type x-oss-traffic-limit
    x-oss-write-get-object-response
    """.split()
)
_REQUIRED_IN_URL = ("OSSAccessKeyId", "Expires", "Signature")
_MAX_EXPIRES = 253_402_300_799  # the last second that has a date


def verified_header(
    request: WireRequest,
    accounts: Accounts,
    now: datetime,
    bucket: str,
    key: str,
    issued: Issued | None,
) -> Identity:
    """Verify `Authorization: OSS ID:SIGNATURE`."""
    headers = request.headers
    access_key_id, _, given = headers["authorization"].removeprefix("OSS ").partition(":")
    access_key_id, given = access_key_id.strip(), given.strip()
    if not (access_key_id and given):
        raise oss_refusals.invalid_argument("Authorization", headers["authorization"])
    date = headers.get("x-oss-date") or headers.get("date", "")
    stamp = instants.http(date) or instants.basic(date)
    if stamp is None:
        raise oss_refusals.no_date()
    if not instants.is_near(stamp, now):
        raise oss_refusals.too_skewed(stamp, now)
    # alibabacloud-oss-v2 1.4 sends the token of V1 as `security-token`, which no page documents.
    token = headers.get("x-oss-security-token") or headers.get("security-token", "")
    credential = oss_refusals.active_credential(access_key_id, accounts)
    oss_refusals.check_token(credential, token, now, issued)
    return _compared(credential, given, string_to_sign(request, date, bucket, key))


def verified_url(
    request: WireRequest,
    accounts: Accounts,
    now: datetime,
    bucket: str,
    key: str,
    issued: Issued | None,
) -> Identity:
    """Verify `?OSSAccessKeyId=…&Expires=…&Signature=…`."""
    query = query_pairs(request)
    access_key_id, expires, given = (first(query, name) for name in _REQUIRED_IN_URL)
    if not (access_key_id and expires and given):
        raise oss_refusals.access_denied(
            "Query-string authentication requires the Signature, Expires and OSSAccessKeyId "
            "parameters."
        )
    if not (expires.isascii() and expires.isdigit() and len(expires) <= len(str(_MAX_EXPIRES))):
        raise oss_refusals.access_denied(f"Invalid date (should be seconds since epoch): {expires}")
    if int(expires) < now.timestamp():
        raise oss_refusals.url_expired(_text(int(expires)), now)
    credential = oss_refusals.active_credential(access_key_id, accounts)
    oss_refusals.check_token(credential, first(query, "security-token"), now, issued)
    return _compared(credential, given, string_to_sign(request, expires, bucket, key))


def string_to_sign(request: WireRequest, date: str, bucket: str, key: str) -> str:
    """Write what both sides sign: verb, digest, type, date, `x-oss-` headers, resource."""
    headers = request.headers
    own = sorted(name for name in headers if name.startswith("x-oss-"))
    return "\n".join(
        (
            request.method,
            headers.get("content-md5", ""),
            headers.get("content-type", ""),
            date,
            "".join(f"{name}:{headers[name].strip()}\n" for name in own)
            + canonical_resource(query_pairs(request), bucket, key),
        )
    )


def canonical_resource(query: Iterable[Pair], bucket: str, key: str) -> str:
    """Write `/bucket/key?acl&uploadId=1`: not encoded, sub-resources sorted, no empty `=`."""
    signed = sorted((wire_text(name), wire_text(value)) for name, value in query)
    parts = [f"{name}={value}" if value else name for name, value in signed if name in SUBRESOURCES]
    path = f"/{bucket}/{key}" if bucket else "/"
    return f"{path}?{'&'.join(parts)}" if parts else path


def signature(secret: str, text: str) -> str:
    """Sign a string with an access key's secret."""
    return b64encode(hmac_sha1(wire_bytes(secret), wire_bytes(text))).decode()


def _compared(credential: Credential, given: str, text: str) -> Identity:
    expected = signature(credential.secret, text)
    if not compare_digest(wire_bytes(expected), wire_bytes(given)):
        raise oss_refusals.no_match(credential, given, text)
    return identified(credential, "oss-v1")


def _text(seconds: int) -> str:
    moment = datetime.fromtimestamp(min(seconds, _MAX_EXPIRES), UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
