"""Authenticate a request to OSS: V1 or V4, signed in a header or in the query."""

from __future__ import annotations

from datetime import datetime

from cpikit_alicloud_simulator.signatures import oss_refusals, oss_v1, oss_v4
from cpikit_alicloud_simulator.signatures.encoding import first, query_pairs
from cpikit_alicloud_simulator.signatures.identity import Accounts, Identity, Issued
from cpikit_alicloud_simulator.wire import WireRequest


def authenticate_oss(
    request: WireRequest,
    accounts: Accounts,
    now: datetime,
    *,
    bucket: str,
    key: str,
    issued: Issued | None = None,
) -> Identity:
    """Say who signed a request for a bucket and key, decoded, each empty if there is none.

    Raises `ApiError` with an OSS code; also for a request with no signature at all. Signatures of
    OSS carry no nonce: the same request may come again until its time is over.
    """
    header = request.headers.get("authorization", "")
    query = query_pairs(request)
    names = {name for name, _ in query}
    in_query = b"Signature" in names or b"x-oss-signature" in names
    if header and in_query:
        # OSS API reference, "Include signatures in URLs": never both.
        raise oss_refusals.invalid_argument("Authorization", header.partition(" ")[0])
    if b"x-oss-signature" in names:
        if first(query, "x-oss-signature-version") != oss_v4.ALGORITHM:
            raise oss_refusals.invalid_argument(
                "x-oss-signature-version", first(query, "x-oss-signature-version")
            )
        return oss_v4.verified_url(request, accounts, now, bucket, key, issued)
    if names & {b"Signature", b"OSSAccessKeyId"} and not header:
        return oss_v1.verified_url(request, accounts, now, bucket, key, issued)
    if header.startswith(f"{oss_v4.ALGORITHM} "):
        return oss_v4.verified_header(request, accounts, now, bucket, key, issued)
    if header.startswith("OSS "):
        return oss_v1.verified_header(request, accounts, now, bucket, key, issued)
    if header:
        raise oss_refusals.invalid_argument("Authorization", header.partition(" ")[0])
    raise oss_refusals.access_denied("The request carries no signature.")
