"""Every refusal of an OSS signature, with the code, status and text that OSS documents.

Source: OSS API reference, "Error codes", and the pages of the error codes 0002-… by their number.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from cpikit_alicloud_simulator.signatures.encoding import wire_bytes
from cpikit_alicloud_simulator.signatures.identity import (
    Accounts,
    Credential,
    Issued,
    judge_token,
)
from cpikit_alicloud_simulator.signatures.instants import SKEW
from cpikit_alicloud_simulator.wire import ApiError


def access_denied(text: str) -> ApiError:
    """Refuse a request whose time is missing, malformed or over."""
    return ApiError(403, "AccessDenied", text)


def no_date() -> ApiError:
    """Refuse a request without a time that can be read (0002-00000503, 0002-00000505)."""
    return access_denied("OSS authentication requires a valid Date.")


def url_expired(expires: str, now: datetime) -> ApiError:
    """Refuse a signed URL whose time is over."""
    return ApiError(
        403, "AccessDenied", "Request has expired.", {"Expires": expires, "ServerTime": _text(now)}
    )


def invalid_argument(name: str, value: str, text: str = "") -> ApiError:
    """Refuse a signature that is not well formed (0002-00000211 to 0002-00000228)."""
    return ApiError(
        400,
        "InvalidArgument",
        text or f"{name} is invalid.",
        {"ArgumentName": name, "ArgumentValue": value},
    )


def too_skewed(stamp: datetime, now: datetime) -> ApiError:
    """Refuse a request whose time is too far from the server's."""
    return ApiError(
        403,
        "RequestTimeTooSkewed",
        "The difference between the request time and the current time is too large.",
        {
            "MaxAllowedSkewMilliseconds": str(int(SKEW.total_seconds() * 1000)),
            "RequestTime": _text(stamp),
            "ServerTime": _text(now),
        },
    )


def no_match(
    credential: Credential, given: str, string_to_sign: str, canonical: str = ""
) -> ApiError:
    """Refuse a signature that is not the one of this request, and show what was signed here."""
    shown = {
        "OSSAccessKeyId": credential.access_key_id,
        "SignatureProvided": given,
        "StringToSign": string_to_sign,
        "StringToSignBytes": wire_bytes(string_to_sign).hex(" ").upper(),
    }
    if canonical:
        shown["CanonicalRequest"] = canonical
    return ApiError(
        403,
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. "
        "Check your key and signing method.",
        shown,
    )


def active_credential(access_key_id: str, accounts: Accounts) -> Credential:
    """Give the credential of a key that may be used (0002-00000902, 0002-00000903)."""
    credential = accounts(access_key_id)
    if credential is None:
        raise _bad_key(access_key_id, "does not exist in our records")
    if credential.status != "active":
        raise _bad_key(access_key_id, "is disabled")
    return credential


_TOKEN_TEXTS: dict[Literal["missing", "malformed", "mismatched", "expired"], tuple[str, str]] = {
    # Without its token, OSS does not find a temporary key.
    "missing": (
        "InvalidAccessKeyId",
        "The OSS Access Key Id you provided does not exist in our records.",
    ),
    "malformed": ("InvalidSecurityToken", "The security token you provided is invalid."),
    "mismatched": ("InvalidSecurityToken", "The security token you provided is invalid."),
    "expired": ("SecurityTokenExpired", "The security token you provided has expired."),
}


def check_token(credential: Credential, token: str, now: datetime, issued: Issued | None) -> None:
    """Raise what OSS answers to a security token that is not good."""
    verdict = judge_token(credential, token, now, issued)
    if verdict != "good":
        code, text = _TOKEN_TEXTS[verdict]
        raise ApiError(403, code, text, {"OSSAccessKeyId": credential.access_key_id})


def _bad_key(access_key_id: str, what: str) -> ApiError:
    return ApiError(
        403,
        "InvalidAccessKeyId",
        f"The OSS Access Key Id you provided {what}.",
        {"OSSAccessKeyId": access_key_id},
    )


def _text(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%S.000Z")
