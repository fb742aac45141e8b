"""Sessions of roles, and where endpoints are."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from cpikit_alicloud_simulator.accounts import AccessKey
from cpikit_alicloud_simulator.simulator import Simulator
from tests.simulator.balancing_kit import Asker, unknown_parameters

ACCOUNT = "1000000000000001"
ROLE = f"acs:ram::{ACCOUNT}:role/ops"
PROVIDER = f"acs:ram::{ACCOUNT}:oidc-provider/pipeline"
EVERYTHING = [{"Statement": [{"Effect": "Allow", "Action": "*"}]}]
NOW = datetime(2026, 5, 1, tzinfo=UTC)
CLAIMS = {"iss": "https://issuer.example", "aud": "cpi", "sub": "job", "exp": NOW.timestamp() + 60}
WORLD: dict[str, Any] = {
    "accounts": [
        {
            "id": ACCOUNT,
            "keys": [
                {"id": "root", "secret": "x"},
                {"id": "bob", "secret": "y", "principal": "user/bob", "policies": EVERYTHING},
            ],
        }
    ],
    "resources": [
        {"kind": "ram_role", "name": "Ops", "trusts": [ACCOUNT, PROVIDER]},
        {"kind": "ram_role", "name": "Shut"},
        {
            "kind": "oidc_provider",
            "name": "pipeline",
            "issuer": "https://issuer.example",
            "client_ids": ["cpi"],
        },
    ],
}


@pytest.fixture
def ask() -> Asker:
    return Asker(Simulator(world=WORLD, now=lambda: NOW))


def bob(ask: Asker) -> AccessKey:
    found = ask.simulator.world.accounts.find("bob")
    assert found is not None
    return found


def assumed(ask: Asker, **more: Any) -> AccessKey:
    given = {"RoleArn": ROLE, "RoleSessionName": "cpi", **more}
    answer = ask("Sts", "AssumeRole", bob(ask), **given)
    found = ask.simulator.world.accounts.find(answer["Credentials"]["AccessKeyId"])
    assert found is not None
    return found


@pytest.mark.parametrize("product", ["Sts", "Location"])
def test_no_parameter_is_honoured_that_no_sdk_sends(product: str) -> None:
    assert unknown_parameters(product) == []


def test_a_caller_learns_who_it_is(ask: Asker) -> None:
    assert ask("Sts", "GetCallerIdentity")["IdentityType"] == "Account"
    assert ask("Sts", "GetCallerIdentity", bob(ask))["Arn"] == f"acs:ram::{ACCOUNT}:user/bob"
    shown = ask("Sts", "GetCallerIdentity", assumed(ask))
    assert shown["Arn"] == f"acs:sts::{ACCOUNT}:assumed-role/ops/cpi"
    assert shown["PrincipalId"].endswith(":cpi")


def test_a_session_may_do_what_role_and_policy_both_allow(ask: Asker) -> None:
    policy = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "vpc:Describe*"}]}
    narrow = assumed(ask, Policy=json.dumps(policy))
    region = {"RegionId": "cn-hangzhou"}
    assert ask("Vpc", "DescribeVpcs", narrow, **region)["TotalCount"] == 0
    assert ask.refused("Vpc", "CreateVpc", narrow, **region) == (403, "Forbidden.RAM")
    assert ask("Vpc", "CreateVpc", assumed(ask), **region)["VpcId"]


def test_a_session_expires_on_the_real_clock(ask: Asker) -> None:
    key = assumed(ask, DurationSeconds=900)
    assert key.expires_at is not None
    assert (key.expires_at - NOW).total_seconds() == 900


ASSUME: list[tuple[dict[str, Any], tuple[int, str]]] = [
    ({"RoleArn": "ops"}, (400, "InvalidParameter.RoleArn")),
    ({"RoleSessionName": "?"}, (400, "InvalidParameter.RoleSessionName")),
    ({"DurationSeconds": 899}, (400, "InvalidParameter.DurationSeconds")),
    ({"DurationSeconds": 3601}, (400, "InvalidParameter.DurationSeconds")),
    ({"Policy": "{"}, (400, "InvalidParameter.PolicyGrammar")),
    ({"Policy": "[]"}, (400, "InvalidParameter.PolicyGrammar")),
    ({"Policy": '{"Statement":[]}'}, (400, "InvalidParameter.PolicyGrammar")),
    ({"Policy": " " * 2049}, (400, "InvalidParameter.PolicySize")),
    ({"RoleArn": f"acs:ram::{ACCOUNT}:role/none"}, (404, "EntityNotExist.Role")),
    ({"RoleArn": f"acs:ram::{ACCOUNT}:role/shut"}, (403, "NoPermission")),
]


@pytest.mark.parametrize(("given", "wanted"), ASSUME)
def test_assume_refuses(ask: Asker, given: dict[str, Any], wanted: tuple[int, str]) -> None:
    whole = {"RoleArn": ROLE, "RoleSessionName": "cpi", **given}
    assert ask.refused("Sts", "AssumeRole", bob(ask), **whole) == wanted


def test_the_accounts_own_key_assumes_nothing_unless_the_knob_says_so(ask: Asker) -> None:
    given = {"RoleArn": ROLE, "RoleSessionName": "cpi"}
    assert ask.refused("Sts", "AssumeRole", **given) == (403, "NoPermission")
    ask.simulator.control.set_knobs(sts__assume_role_with_the_accounts_own_key="allow")
    assert ask("Sts", "AssumeRole", **given)["Credentials"]


def encoded(given: object) -> str:
    raw = given if isinstance(given, bytes) else json.dumps(given).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def token(key: rsa.RSAPrivateKey | None = None, **claims: Any) -> str:
    signed = f"{encoded({'alg': 'RS256'})}.{encoded({**CLAIMS, **claims})}"
    if key is None:
        return f"{signed}."
    signature = key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{encoded(signature)}"


def oidc(ask: Asker, **given: Any) -> dict[str, Any]:
    whole = {"OIDCProviderArn": PROVIDER, "RoleArn": ROLE, "RoleSessionName": "cpi"}
    return ask("Sts", "AssumeRoleWithOIDC", **{**whole, "OIDCToken": token(), **given})


def test_the_bearer_of_a_token_assumes_a_role(ask: Asker) -> None:
    answer = oidc(ask)
    assert answer["OIDCTokenInfo"]["Subject"] == "job"
    assert ask.simulator.world.accounts.find(answer["Credentials"]["AccessKeyId"])


OIDC: list[tuple[dict[str, Any], str]] = [
    ({"OIDCProviderArn": "x"}, "InvalidParameter.OIDCProviderArn"),
    ({"OIDCProviderArn": f"{PROVIDER}2"}, "EntityNotExist.OIDCProvider"),
    ({"OIDCToken": "x"}, "AuthenticationFail.OIDCToken.Invalid"),
    ({"OIDCToken": "a.b.c"}, "AuthenticationFail.OIDCToken.Invalid"),
    ({"OIDCToken": token(iss="x")}, "AuthenticationFail.OIDCToken.Invalid"),
    ({"OIDCToken": token(aud=["x"])}, "AuthenticationFail.OIDCToken.Invalid"),
    ({"OIDCToken": token(exp="x")}, "AuthenticationFail.OIDCToken.Invalid"),
    ({"OIDCToken": token(exp=1)}, "AuthenticationFail.OIDCToken.Expired"),
    ({"RoleArn": f"acs:ram::{ACCOUNT}:role/shut"}, "AuthenticationFail.NoPermission"),
]


@pytest.mark.parametrize(("given", "wanted"), OIDC)
def test_a_wrong_token_is_refused(ask: Asker, given: dict[str, Any], wanted: str) -> None:
    whole = {"OIDCProviderArn": PROVIDER, "RoleArn": ROLE, "RoleSessionName": "cpi"}
    whole = {**whole, "OIDCToken": token(), **given}
    assert ask.refused("Sts", "AssumeRoleWithOIDC", **whole)[1] == wanted


def test_a_signature_is_checked_where_the_provider_has_a_key(ask: Asker) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    provider: Any = next(
        each for each in ask.simulator.world.resources() if each.kind == "oidc_provider"
    )
    provider.public_key = pem.decode()
    assert oidc(ask, OIDCToken=token(key))["Credentials"]
    whole = {"OIDCProviderArn": PROVIDER, "RoleArn": ROLE, "RoleSessionName": "cpi"}
    forged = token(key).rpartition(".")[0] + "." + encoded(b"x" * 256)
    refused = ask.refused("Sts", "AssumeRoleWithOIDC", OIDCToken=forged, **whole)
    assert refused == (400, "AuthenticationFail.OIDCToken.Invalid")


def test_endpoints_have_the_clouds_names_in_process(ask: Asker) -> None:
    given = {"Id": "cn-hangzhou", "ServiceCode": "oss"}
    assert (
        ask("Location", "DescribeEndpoint", **given)["Endpoint"] == "oss-cn-hangzhou.aliyuncs.com"
    )
    found = ask("Location", "DescribeEndpoints", **{**given, "ServiceCode": "ecs"})
    assert found["Endpoints"]["Endpoint"][0]["Endpoint"] == "ecs.cn-hangzhou.aliyuncs.com"
    unknown = ask("Location", "DescribeEndpoints", Id="moon-1", ServiceCode="ecs")
    assert unknown["Endpoints"]["Endpoint"] == []
    assert ask.refused("Location", "DescribeEndpoint", Id="x", ServiceCode="ecs")[0] == 404
    assert ask.refused("Location", "DescribeEndpoint", **{**given, "ServiceCode": "x"})[0] == 404
