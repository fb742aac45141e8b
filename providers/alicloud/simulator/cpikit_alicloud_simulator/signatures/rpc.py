"""Verify the RPC signature, version 1.0: HMAC-SHA1 over all parameters.

Source: ECS API reference, "Signature method"; the steps agree with what the SDKs send.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from hmac import compare_digest

from cpikit_alicloud_simulator.signatures import instants, refusals
from cpikit_alicloud_simulator.signatures.encoding import (
    Pair,
    canonical_query,
    first,
    form_pairs,
    hmac_sha1,
    percent,
    query_pairs,
    wire_bytes,
)
from cpikit_alicloud_simulator.signatures.identity import (
    Accounts,
    Identity,
    Issued,
    active_credential,
    check_token,
    identified,
)
from cpikit_alicloud_simulator.signatures.nonces import NonceLog
from cpikit_alicloud_simulator.wire import WireRequest

_REQUIRED = (
    "AccessKeyId",
    "Signature",
    "SignatureMethod",
    "SignatureVersion",
    "SignatureNonce",
    "Timestamp",
)
_OWN_NAMES = frozenset(wire_bytes(name) for name in ("AccessKeyId", "Signature", "SignatureNonce"))


def is_rpc(request: WireRequest) -> bool:
    """Say whether any parameter claims a signature."""
    return any(name in _OWN_NAMES for name, _ in (*query_pairs(request), *form_pairs(request)))


def verified(
    request: WireRequest,
    accounts: Accounts,
    now: datetime,
    nonces: NonceLog,
    issued: Issued | None,
) -> Identity:
    """Say who signed a request, or raise the refusal."""
    given = (*query_pairs(request), *form_pairs(request))
    _check_form(request, given, now)
    credential = active_credential(first(given, "AccessKeyId"), accounts)
    check_token(credential, first(given, "SecurityToken"), now, issued)
    text = string_to_sign(request.method, given)
    expected = signature(credential.secret, text)
    if not compare_digest(wire_bytes(expected), wire_bytes(first(given, "Signature"))):
        raise refusals.NO_MATCH.error(string_to_sign=text)
    if not nonces.claim(credential.access_key_id, first(given, "SignatureNonce"), now):
        raise refusals.NONCE_USED.error()
    return identified(credential, "rpc-hmac-sha1")


def string_to_sign(method: str, given: Sequence[Pair]) -> str:
    """Write what both sides sign: every parameter but `Signature`.

    A parameter that is in the query and again, equal, in the body counts once, as the SDKs sign
    it. One name with different values counts with each of them, so that none can be smuggled in.
    """
    signed = {pair for pair in given if pair[0] != b"Signature"}
    return f"{method}&%2F&{percent(wire_bytes(canonical_query(signed)))}"


def signature(secret: str, text: str) -> str:
    """Sign a string with an access key's secret."""
    return b64encode(hmac_sha1(wire_bytes(secret) + b"&", wire_bytes(text))).decode()


def _check_form(request: WireRequest, given: Sequence[Pair], now: datetime) -> None:
    """Check what needs no key: that all is there, known, well written and recent."""
    for name in _REQUIRED:
        if not first(given, name):
            raise refusals.MISSING.error(name=name)
    if first(given, "SignatureMethod") != "HMAC-SHA1":
        raise refusals.METHOD_NOT_SUPPORTED.error()
    if first(given, "SignatureVersion") != "1.0":
        raise refusals.INVALID.error(name="SignatureVersion")
    if first(given, "SignatureType"):
        raise refusals.INVALID.error(name="SignatureType")  # a bearer token or an RSA key pair
    stamp = instants.extended(first(given, "Timestamp"))
    if stamp is None:
        raise refusals.TIMESTAMP_FORMAT.error()
    if not instants.is_near(stamp, now):
        raise refusals.TIMESTAMP_EXPIRED.error()
    _check_md5(request)


def _check_md5(request: WireRequest) -> None:
    declared = request.headers.get("content-md5", "")
    # MD5 because the header is; it guards nothing.
    digest = hashlib.md5(request.body, usedforsecurity=False).digest()
    if declared and declared.strip() != b64encode(digest).decode():
        raise refusals.MD5_MISMATCH.error()
