"""Providers of identities that a world trusts, and the tokens (JWT) that they issue."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any, ClassVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.refusal import Refusal
from cpikit_alicloud_simulator.resource import Resource, resource

# Named in STS 2015-04-01, AssumeRoleWithOIDC; statuses are assumed.
BAD_ARN = Refusal(
    400, "InvalidParameter.OIDCProviderArn", "OIDCProviderArn is wrongly formed.", "assumed"
)
NO_PROVIDER = Refusal(
    404, "EntityNotExist.OIDCProvider", "The OIDC provider does not exist.", "assumed"
)
BAD_TOKEN = Refusal(
    400, "AuthenticationFail.OIDCToken.Invalid", "The OIDC token is invalid: {why}.", "assumed"
)
EXPIRED = Refusal(
    400, "AuthenticationFail.OIDCToken.Expired", "This OIDC token is expired.", "assumed"
)
_ARN = re.compile(r"acs:ram::(?P<account>[0-9]{1,20}):oidc-provider/(?P<name>[\w.\-]{1,128})")
_PARTS = 3
_LATEST_S = 250_000_000_000
"""The year 9892: later times cannot be written as dates."""


@resource
class OidcProvider(Resource):
    """An identity provider. Without a `public_key` (PEM, RSA) signatures are not looked at."""

    kind: ClassVar[str] = "oidc_provider"
    prefix: ClassVar[str] = "oidc"
    in_inventory: ClassVar[bool] = False

    issuer: str = ""
    client_ids: tuple[str, ...] = ()
    public_key: str = ""

    @property
    def arn(self) -> str:
        """The name that STS and trust policies take."""
        return f"acs:ram::{self.account_id}:oidc-provider/{self.name}"


def provider_named(call: Call) -> OidcProvider:
    """Give the provider whose ARN a call names."""
    arn = call.text("OIDCProviderArn")
    if not _ARN.fullmatch(arn):
        raise BAD_ARN.error()
    for each in call.world.table(OidcProvider):
        if each.arn == arn:
            return each
    raise NO_PROVIDER.error()


def checked_token(call: Call, provider: OidcProvider) -> dict[str, Any]:
    """Give the claims of the call's token, or raise that it is not one of the provider's."""
    token = call.text("OIDCToken")
    parts = token.split(".")
    if len(parts) != _PARTS:
        raise BAD_TOKEN.error(why="it has not three parts")
    header, claims = _object(parts[0]), _object(parts[1])
    _check_signature(provider, header, token)
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if claims.get("iss") != provider.issuer:
        raise BAD_TOKEN.error(why="another issuer")
    if not {str(one) for one in audiences} & set(provider.client_ids):
        raise BAD_TOKEN.error(why="another audience")
    expires_s = claims.get("exp")
    if not isinstance(expires_s, int | float) or isinstance(expires_s, bool):
        raise BAD_TOKEN.error(why="no time of expiry")
    if not 0 < expires_s < _LATEST_S:
        raise BAD_TOKEN.error(why="no real time of expiry")
    if expires_s <= call.real_now.timestamp():
        raise EXPIRED.error()
    issued_s = claims.get("iat")
    is_time = isinstance(issued_s, int | float) and 0 < issued_s < _LATEST_S
    return {**claims, "iat": issued_s if is_time else 0}


def _check_signature(provider: OidcProvider, header: dict[str, Any], token: str) -> None:
    if not provider.public_key:
        return
    if header.get("alg") != "RS256":
        raise BAD_TOKEN.error(why="another algorithm than RS256")
    key = load_pem_public_key(provider.public_key.encode())
    if not isinstance(key, rsa.RSAPublicKey):
        raise BAD_TOKEN.error(why="the provider's key is no RSA key")
    signed, _, signature = token.rpartition(".")
    try:
        key.verify(_decoded(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature as error:
        raise BAD_TOKEN.error(why="the signature does not verify") from error


def _object(part: str) -> dict[str, Any]:
    try:
        found = json.loads(_decoded(part))
    except (ValueError, RecursionError) as error:
        raise BAD_TOKEN.error(why="it is not JSON") from error
    if not isinstance(found, dict):
        raise BAD_TOKEN.error(why="it is no JSON object")
    return found


def _decoded(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), b"-_", validate=True)
    except (ValueError, binascii.Error) as error:
        raise BAD_TOKEN.error(why="it is not base64") from error
