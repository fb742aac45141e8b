"""What a key may sign with, who that makes the caller, and whether key and token are good."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from hmac import compare_digest
from typing import Literal, TypeAlias

from attrs import field, frozen

from cpikit_alicloud_simulator.signatures import refusals
from cpikit_alicloud_simulator.signatures.encoding import wire_bytes

Scheme: TypeAlias = Literal["rpc-hmac-sha1", "acs3-hmac-sha256", "oss-v1", "oss-v4"]


@frozen
class Credential:
    """An access key as the world knows it. `expires_at` is on the real clock, with a time zone."""

    access_key_id: str
    secret: str = field(repr=False)
    account_id: str
    principal: str
    security_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None
    status: Literal["active", "inactive", "disabled"] = "active"


@frozen
class Identity:
    """Who signed a request, and how."""

    access_key_id: str
    account_id: str
    principal: str
    scheme: Scheme


Accounts: TypeAlias = Callable[[str], Credential | None]
"""Give the credential of an access key id, None if there is no such key."""

Issued: TypeAlias = Callable[[str], bool]
"""Say whether a security token was ever issued, for any key."""

# Tokens of STS are base64 text. What is not cannot be one, whoever issued it.
_TOKEN = re.compile(r"[A-Za-z0-9+/=_-]{1,8192}")

TokenVerdict: TypeAlias = Literal["good", "missing", "malformed", "mismatched", "expired"]


def identified(credential: Credential, scheme: Scheme) -> Identity:
    """Make the identity of whoever holds this credential."""
    return Identity(
        access_key_id=credential.access_key_id,
        account_id=credential.account_id,
        principal=credential.principal,
        scheme=scheme,
    )


def active_credential(access_key_id: str, accounts: Accounts) -> Credential:
    """Give the credential of a key that may be used; raises for unknown and switched-off ones."""
    credential = accounts(access_key_id)
    if credential is None:
        raise refusals.KEY_NOT_FOUND.error()
    if credential.status == "inactive":
        raise refusals.KEY_INACTIVE.error()
    if credential.status == "disabled":
        raise refusals.KEY_DISABLED.error()
    return credential


def judge_token(
    credential: Credential, token: str, now: datetime, issued: Issued | None = None
) -> TokenVerdict:
    """Say whether the token that came with a request belongs to its key and is still good.

    An empty token is none. Without `issued`, a token that merely looks like one counts as another
    key's; with it, one that nobody issued is malformed, as it is to the real service.
    """
    if not token:
        return "good" if credential.security_token is None else "missing"
    if not _TOKEN.fullmatch(token) or (issued is not None and not issued(token)):
        return "malformed"
    expected = credential.security_token
    if expected is None or not compare_digest(wire_bytes(token), wire_bytes(expected)):
        return "mismatched"
    if credential.expires_at is not None and credential.expires_at <= now:
        return "expired"
    return "good"


def check_token(
    credential: Credential, token: str, now: datetime, issued: Issued | None = None
) -> None:
    """Raise what RPC services answer to a token that is not good."""
    verdict = judge_token(credential, token, now, issued)
    if verdict != "good":
        raise refusals.TOKEN[verdict].error()
