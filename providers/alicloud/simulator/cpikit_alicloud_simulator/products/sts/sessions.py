"""Sessions of roles: AssumeRole and AssumeRoleWithOIDC, and who a caller is."""

from __future__ import annotations

import re
from datetime import timedelta

from cpikit_alicloud_simulator.accounts import ROOT, AccessKey
from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.knobs import Knob
from cpikit_alicloud_simulator.policies import Policy
from cpikit_alicloud_simulator.products.sts.oidc import checked_token, provider_named
from cpikit_alicloud_simulator.refusal import Refusal
from cpikit_alicloud_simulator.roles import RamRole, role_named
from cpikit_alicloud_simulator.times import to_second

ROOT_ASSUMES = Knob(
    "sts.assume_role_with_the_accounts_own_key",
    "refuse",
    ("refuse", "allow"),
    "What AssumeRole answers to a key of the account itself instead of a RAM user's.",
    "STS documents that such keys cannot call it; `allow` is for worlds without RAM users",
)
# STS 2015-04-01, AssumeRole, error table.
BAD_ARN = Refusal(400, "InvalidParameter.RoleArn", "The parameter RoleArn is wrongly formed.")
BAD_NAME = Refusal(
    400, "InvalidParameter.RoleSessionName", "The parameter RoleSessionName is wrongly formed."
)
BAD_DURATION = Refusal(
    400, "InvalidParameter.DurationSeconds", "DurationSeconds has to be from 900 to {most}."
)
BAD_POLICY = Refusal(
    400, "InvalidParameter.PolicyGrammar", "The parameter Policy has not passed grammar check."
)
POLICY_TOO_LONG = Refusal(
    400, "InvalidParameter.PolicySize", "The size of Policy must be smaller than 2048 bytes."
)
NO_ROLE = Refusal(404, "EntityNotExist.Role", "The specified Role not exists.")
NOT_TRUSTED = Refusal(
    403,
    "NoPermission",
    "You are not authorized to do this action. You should be authorized by RAM.",
)
NOT_TRUSTED_OIDC = Refusal(
    403, "AuthenticationFail.NoPermission", "This operation is not permitted.", "assumed"
)
SHORTEST_S = 900
_LONGEST_POLICY = 2048
_ARN = re.compile(
    r"acs:ram::(?P<account>[0-9]{1,20}):role/(?P<name>[A-Za-z0-9.\-]{1,64})", re.IGNORECASE
)
SESSION_NAME = Knob(
    "sts.session_name_longest",
    64,
    (64, 32),
    "How many characters RoleSessionName may have.",
    "documents say 64; they said 32 before",
)
_SESSION = re.compile(r"[A-Za-z0-9.@\-_]{2,64}")


@action(
    "Sts",
    "AssumeRole",
    effect="read",
    required="RoleArn RoleSessionName",
    optional="DurationSeconds Policy ExternalId SourceIdentity",
)
def assume_role(call: Call) -> Answer:
    """Give a temporary key that acts as a role, to a caller whom the role trusts."""
    role = _role(call)
    is_root = call.key.principal == ROOT
    refused = is_root and call.knob(ROOT_ASSUMES) == "refuse"
    trusted = {call.account_id, f"acs:ram::{call.account_id}:root", arn_of(call.key)}
    if refused or not trusted & set(role.trusts):
        raise NOT_TRUSTED.error()
    return {**_session(call, role), "SourceIdentity": call.text("SourceIdentity")}


@action(
    "Sts",
    "AssumeRoleWithOIDC",
    effect="read",
    required="OIDCProviderArn OIDCToken RoleArn RoleSessionName",
    optional="DurationSeconds Policy",
    unsigned=True,
)
def assume_role_with_oidc(call: Call) -> Answer:
    """Give a temporary key to the bearer of a token that a trusted provider issued."""
    role = _role(call)
    provider = provider_named(call)
    claims = checked_token(call, provider)
    if provider.arn not in role.trusts:
        raise NOT_TRUSTED_OIDC.error()
    info = {
        "Issuer": provider.issuer,
        "Subject": str(claims.get("sub", "")),
        "ClientIds": ",".join(provider.client_ids),
        "ExpirationTime": to_second(float(claims["exp"])),
        "IssuanceTime": to_second(float(claims.get("iat", 0))),
        "VerificationInfo": "Success",
    }
    return {**_session(call, role), "OIDCTokenInfo": info}


@action("Sts", "GetCallerIdentity", effect="read")
def get_caller_identity(call: Call) -> Answer:
    """Say who asks."""
    kind, _, name = call.key.principal.partition("/")
    shown = {"AccountId": call.account_id, "Arn": arn_of(call.key)}
    if kind == ROOT:
        return {
            **shown,
            "IdentityType": "Account",
            "PrincipalId": call.account_id,
            "UserId": call.account_id,
        }
    if kind == "user":
        user_id = _user_id(name)
        return {**shown, "IdentityType": "RAMUser", "PrincipalId": user_id, "UserId": user_id}
    role_name, _, session = name.partition("/")
    role = role_named(call.world, call.account_id, role_name)
    role_id = role.id if role else ""
    return {
        **shown,
        "IdentityType": "AssumedRoleUser",
        "PrincipalId": f"{role_id}:{session}",
        "RoleId": role_id,
    }


def arn_of(key: AccessKey) -> str:
    """Give the ARN of whom a key belongs to."""
    service = "sts" if key.principal.startswith("assumed-role/") else "ram"
    return f"acs:{service}::{key.account_id}:{key.principal}"


def _role(call: Call) -> RamRole:
    matched = _ARN.fullmatch(call.text("RoleArn"))
    if not matched:
        raise BAD_ARN.error()
    name = call.text("RoleSessionName")
    if not _SESSION.fullmatch(name) or len(name) > call.knob(SESSION_NAME):
        raise BAD_NAME.error()
    role = role_named(call.world, matched["account"], matched["name"])
    if role is None:
        raise NO_ROLE.error()
    return role


def _session(call: Call, role: RamRole) -> Answer:
    longest_s = role.longest_session_s
    bad = Refusal(BAD_DURATION.status, BAD_DURATION.code, f"It has to be 900 to {longest_s}.")
    default_s = min(3600, longest_s)
    lasts_s = call.integer(
        "DurationSeconds", default_s, low=SHORTEST_S, high=longest_s, otherwise=bad
    )
    narrowed = _policy(call)
    name = call.text("RoleSessionName")
    until = call.real_now + timedelta(seconds=lasts_s)
    key = call.world.accounts.issue(
        role.account_id,
        f"assumed-role/{role.name.lower()}/{name}",
        role.policies,
        until,
        narrowed_to=narrowed,
    )
    return {
        "AssumedRoleUser": {"Arn": arn_of(key), "AssumedRoleId": f"{role.id}:{name}"},
        "Credentials": {
            "AccessKeyId": key.id,
            "AccessKeySecret": key.secret,
            "SecurityToken": key.security_token,
            "Expiration": to_second(until.timestamp()),
        },
    }


def _policy(call: Call) -> Policy | None:
    """Give what a session is narrowed to."""
    if len(call.text("Policy").encode()) > _LONGEST_POLICY:
        raise POLICY_TOO_LONG.error()
    document = call.json("Policy", otherwise=BAD_POLICY)
    if document is None:
        return None
    if not isinstance(document, dict):
        raise BAD_POLICY.error()
    try:
        return Policy.parsed(document)
    except ValueError as error:
        raise BAD_POLICY.error() from error


def _user_id(name: str) -> str:
    """Make the number that a RAM user always has."""
    digits = str(int.from_bytes(name.encode()[:8].ljust(8, b"\0")))
    return f"2{digits:0>17}"[:18]
