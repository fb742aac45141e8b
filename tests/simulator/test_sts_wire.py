"""Sessions over the wire: the official SDKs take keys from STS and sign with them."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest
from alibabacloud_sts20150401.client import Client as StsClient
from alibabacloud_sts20150401.models import AssumeRoleWithOIDCRequest
from alibabacloud_tea_openapi.utils_models import Config
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.auth.credentials import StsTokenCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest
from darabonba.runtime import RuntimeOptions

from cpikit_alicloud_simulator.simulator import Simulator

ACCOUNT = "1000000000000001"
ROLE = f"acs:ram::{ACCOUNT}:role/ops"
PROVIDER = f"acs:ram::{ACCOUNT}:oidc-provider/pipeline"
WORLD: dict[str, Any] = {
    "accounts": [
        {"id": ACCOUNT, "keys": [{"id": "bob", "secret": "y", "principal": "user/bob"}]},
    ],
    "resources": [
        {"kind": "ram_role", "name": "Ops", "trusts": [ACCOUNT, PROVIDER]},
        {
            "kind": "oidc_provider",
            "name": "pipeline",
            "issuer": "https://issuer.example",
            "client_ids": ["cpi"],
        },
    ],
}
VERSIONS = {"Sts": "2015-04-01", "Vpc": "2016-04-28", "Location": "2015-06-12"}


@pytest.fixture
def world(alicloud: Simulator) -> Simulator:
    alicloud.reset(WORLD)
    return alicloud


def asked(
    world: Simulator, client: AcsClient, product: str, action: str, **given: str
) -> dict[str, Any]:
    request = CommonRequest(world.host, VERSIONS[product], action)
    request.set_method("POST")
    for name, value in given.items():
        request.add_query_param(name, value)
    return dict(json.loads(client.do_action_with_exception(request)))


def bob() -> AcsClient:
    return AcsClient("bob", "y", "cn-hangzhou", auto_retry=False)


def session(answer: dict[str, Any], token: str | None = None) -> AcsClient:
    found = answer["Credentials"]
    credential = StsTokenCredential(
        found["AccessKeyId"], found["AccessKeySecret"], token or found["SecurityToken"]
    )
    return AcsClient(region_id="cn-hangzhou", credential=credential, auto_retry=False)


def test_an_assumed_role_signs_with_its_token(world: Simulator) -> None:
    given = {"RoleArn": ROLE, "RoleSessionName": "cpi"}
    answer = asked(world, bob(), "Sts", "AssumeRole", **given)
    shown = asked(world, session(answer), "Sts", "GetCallerIdentity")
    assert shown["Arn"] == f"acs:sts::{ACCOUNT}:assumed-role/ops/cpi"
    with pytest.raises(ServerException) as refused:
        asked(world, session(answer, "another"), "Sts", "GetCallerIdentity")
    assert refused.value.get_error_code().startswith("InvalidSecurityToken")


def test_secrets_of_a_session_are_not_in_the_journal(world: Simulator) -> None:
    given = {"RoleArn": ROLE, "RoleSessionName": "cpi"}
    answer = asked(world, bob(), "Sts", "AssumeRole", **given)
    written = json.dumps(world.control.requests())
    assert answer["Credentials"]["AccessKeySecret"] not in written
    assert answer["Credentials"]["SecurityToken"] not in written


def test_a_token_of_a_provider_needs_no_signature(world: Simulator) -> None:
    claims = {"iss": "https://issuer.example", "aud": "cpi", "exp": time.time() + 60}
    parts = [json.dumps(each).encode() for each in ({"alg": "RS256"}, claims)]
    encoded = [base64.urlsafe_b64encode(each).rstrip(b"=").decode() for each in parts]
    token = ".".join([*encoded, ""])
    client = StsClient(Config(endpoint=world.https_host, protocol="HTTPS", region_id="cn-hangzhou"))
    request = AssumeRoleWithOIDCRequest(
        oidcprovider_arn=PROVIDER,
        oidctoken=token,
        role_arn=ROLE,
        role_session_name="cpi",
    )
    runtime = RuntimeOptions(ca=world.ca_file)
    answer = client.assume_role_with_oidcwith_options(request, runtime).body.to_map()
    shown = asked(world, session(answer), "Sts", "GetCallerIdentity")
    assert shown["IdentityType"] == "AssumedRoleUser"
    assert token not in json.dumps(world.control.requests())


def test_what_needs_a_signature_is_not_served_without_one(world: Simulator) -> None:
    client = AcsClient("", "", "cn-hangzhou", auto_retry=False)
    with pytest.raises(ServerException) as refused:
        asked(world, client, "Vpc", "CreateVpc")
    assert refused.value.get_http_status() in {400, 403, 404}
    assert world.control.world()["counts"].get("vpc", 0) == 0


def test_location_names_the_host_that_was_asked(world: Simulator) -> None:
    given = {"Id": "cn-hangzhou", "ServiceCode": "oss", "Type": "openAPI"}
    found = asked(world, bob(), "Location", "DescribeEndpoints", **given)
    assert found["Endpoints"]["Endpoint"][0]["Endpoint"] == world.host
    world.control.set_knobs(location__answers="real")
    found = asked(world, bob(), "Location", "DescribeEndpoints", **given)
    assert found["Endpoints"]["Endpoint"][0]["Endpoint"] == "oss-cn-hangzhou.aliyuncs.com"


def test_the_temporary_key_of_a_world_file_signs(alicloud: Simulator) -> None:
    keys = [{"id": "t", "secret": "s", "security_token": "st"}]
    alicloud.reset({"accounts": [{"id": ACCOUNT, "keys": keys}]})
    credential = StsTokenCredential("t", "s", "st")
    client = AcsClient(region_id="cn-hangzhou", credential=credential, auto_retry=False)
    assert asked(alicloud, client, "Sts", "GetCallerIdentity")["AccountId"] == ACCOUNT
