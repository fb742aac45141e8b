"""Verify the V3 signature: ACS3-HMAC-SHA256 over method, path, query, headers and body.

Source: "V3 request syntax and signature method" in the API reference.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from hmac import compare_digest

from attrs import frozen

from cpikit_alicloud_simulator.signatures import instants, refusals
from cpikit_alicloud_simulator.signatures.encoding import (
    canonical_query,
    hmac_sha256,
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

ALGORITHM = "ACS3-HMAC-SHA256"
_FAMILY = "ACS3-"
_FIELDS = frozenset({"Credential", "SignedHeaders", "Signature"})


@frozen
class Authorization:
    """The Authorization header, taken apart."""

    access_key_id: str
    signed_headers: tuple[str, ...]
    signature: str


def is_acs3(request: WireRequest) -> bool:
    """Say whether a request is signed in V3, by a supported algorithm or another."""
    return request.headers.get("authorization", "").startswith(_FAMILY)


def verified(
    request: WireRequest,
    accounts: Accounts,
    now: datetime,
    nonces: NonceLog,
    issued: Issued | None,
) -> Identity:
    """Say who signed a request, or raise the refusal."""
    given = parsed(request.headers["authorization"])
    _check_form(request, given, now)
    credential = active_credential(given.access_key_id, accounts)
    headers = request.headers
    check_token(credential, headers.get("x-acs-security-token", ""), now, issued)
    if headers.get("x-acs-accesskey-id", given.access_key_id) != given.access_key_id:
        raise refusals.TOKEN["mismatched"].error()
    text = string_to_sign(canonical_request(request, given.signed_headers))
    if not compare_digest(wire_bytes(signature(credential.secret, text)), _hex(given.signature)):
        raise refusals.NO_MATCH.error(string_to_sign=text)
    if not nonces.claim(credential.access_key_id, headers["x-acs-signature-nonce"], now):
        raise refusals.NONCE_USED.error()
    return identified(credential, "acs3-hmac-sha256")


def parsed(header: str) -> Authorization:
    """Take `ACS3-HMAC-SHA256 Credential=…,SignedHeaders=a;b,Signature=…` apart."""
    algorithm, _, rest = header.partition(" ")
    if algorithm != ALGORITHM:
        raise refusals.METHOD_NOT_SUPPORTED.error()
    parts = [part.strip().partition("=") for part in rest.split(",")]
    fields = {name: value.strip() for name, _, value in parts}
    if len(parts) != len(fields) or fields.keys() != _FIELDS or not all(fields.values()):
        raise refusals.INCOMPLETE.error()
    names = tuple(name.strip().lower() for name in fields["SignedHeaders"].split(";"))
    return Authorization(fields["Credential"], names, fields["Signature"])


def canonical_request(request: WireRequest, signed_headers: Sequence[str]) -> str:
    """Write the request as both sides hash it, with the body that really came."""
    names = sorted(set(signed_headers))
    values = {"host": request.host, **request.headers}
    lines = "".join(f"{name}:{values.get(name, '').strip()}\n" for name in names)
    return "\n".join(
        (
            request.method,
            request.path.partition("?")[0] or "/",
            canonical_query(query_pairs(request)),
            lines,
            ";".join(names),
            hashlib.sha256(request.body).hexdigest(),
        )
    )


def string_to_sign(canonical: str) -> str:
    """Write what is signed: the algorithm and the hash of the canonical request."""
    return f"{ALGORITHM}\n{hashlib.sha256(wire_bytes(canonical)).hexdigest()}"


def signature(secret: str, text: str) -> str:
    """Sign a string with an access key's secret, as it is."""
    return hmac_sha256(wire_bytes(secret), wire_bytes(text)).hex()


def _hex(given: str) -> bytes:
    return wire_bytes(given.lower())


def _check_form(request: WireRequest, given: Authorization, now: datetime) -> None:
    """Check what needs no key: that all is there and signed, well written and recent."""
    headers = request.headers
    # The codes of the parameters that these headers stand for; assumed for V3.
    for header, name in (("x-acs-date", "Timestamp"), ("x-acs-signature-nonce", "SignatureNonce")):
        if not headers.get(header, "").strip():
            raise refusals.MISSING.error(name=name)
    # "All common request headers but Authorization must be signed if present."
    common = {name for name in headers if name.startswith("x-acs-")} | {"host"}
    if "x-acs-content-sha256" not in headers or not common <= set(given.signed_headers):
        raise refusals.INCOMPLETE.error()
    stamp = instants.extended(headers["x-acs-date"].strip())
    if stamp is None:
        raise refusals.TIMESTAMP_FORMAT.error()
    if not instants.is_near(stamp, now):
        raise refusals.TIMESTAMP_EXPIRED.error()
