"""Every source of credentials, by the real executable against a simulator that checks them."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cpikit_alicloud_simulator.simulator import Simulator

ACCOUNT = "1000000000000001"
EVERYTHING = [{"Statement": [{"Effect": "Allow", "Action": "*"}]}]
NOTHING_OF_DISKS = [
    {"Statement": [{"Effect": "Allow", "Action": "ecs:*"}]},
    {"Statement": [{"Effect": "Deny", "Action": "ecs:CreateDisk"}]},
]
PROVIDER = f"acs:ram::{ACCOUNT}:oidc-provider/cluster"
WORLD: dict[str, Any] = {
    "like": "recorded",
    "accounts": [
        {
            "id": ACCOUNT,
            "keys": [
                {"id": "plain", "secret": "plain-secret"},
                {"id": "sts", "secret": "sts-secret", "security_token": "sts-token"},
                {
                    "id": "user",  # an account itself may assume no role
                    "secret": "user-secret",
                    "principal": "user/cpi",
                    "policies": EVERYTHING,
                },
                {
                    "id": "poor",
                    "secret": "poor-secret",
                    "principal": "user/poor",
                    "policies": NOTHING_OF_DISKS,
                },
            ],
        }
    ],
    "resources": [
        {"kind": "ram_role", "name": "instance-role"},
        {"kind": "ram_role", "name": "ops", "trusts": [ACCOUNT, PROVIDER]},
        {
            "kind": "oidc_provider",
            "name": "cluster",
            "issuer": "https://issuer.example",
            "client_ids": ["cpi"],
        },
        {
            "kind": "vpc",
            "id": "vpc-1",
            "cidr_block": "10.0.0.0/16",
        },
        {
            "kind": "vswitch",
            "id": "vsw-1",
            "vpc_id": "vpc-1",
            "zone_id": "eu-central-1a",
            "cidr_block": "10.0.0.0/24",
        },
        {
            "kind": "instance",
            "id": "i-worker",
            "state": "Running",
            "type_id": "ecs.g7.large",
            "zone_id": "eu-central-1a",
            "image_id": "m-gw8fakefakefakefake02",
            "vpc_id": "vpc-1",
            "vswitch_id": "vsw-1",
            "ram_role": "instance-role",
        },
    ],
}
ROLE = {"ram_role_arn": f"acs:ram::{ACCOUNT}:role/ops"}
USER = {"access_key_id": "user", "access_key_secret": "user-secret"}
PLAIN = {"access_key_id": "plain", "access_key_secret": "plain-secret"}


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    file = tmp_path_factory.mktemp("world") / "world.json"
    file.write_text(json.dumps(WORLD))
    with Simulator(time="real", world=str(file)) as served:
        yield served


def service_account(tmp_path: Path) -> dict[str, str]:
    """A token as a cluster issues it, unsigned: this provider's key is not looked at."""

    def encoded(part: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()

    claims = {"iss": "https://issuer.example", "aud": "cpi", "sub": "s", "exp": time.time() + 600}
    path = tmp_path / "token"
    path.write_text(f"{encoded({'alg': 'RS256'})}.{encoded(claims)}.")
    return {"oidc_token_file": str(path), "oidc_provider_arn": PROVIDER}


def asked(simulator: Simulator, tmp_path: Path, method: str, *arguments: Any, **own: Any) -> Any:
    """The answer of one process with these credentials."""
    section = {
        "region": "eu-central-1",
        "availability_zone": "eu-central-1a",
        "metadata_endpoint": f"{simulator.endpoint}/_simulator/instances/i-worker/metadata",
        **{f"{product}_endpoint": simulator.endpoint for product in ("ecs", "sts")},
        **own,
    }
    config = tmp_path / "cpi.json"
    document = {"cloud": {"plugin": "alicloud", "properties": {"alicloud": section}}}
    config.write_text(json.dumps(document))
    request = {"method": method, "arguments": arguments, "context": {"director_uuid": "d"}}
    done = subprocess.run(
        [sys.executable, "-I", "-m", "cpikit", "--config", str(config)],
        input=json.dumps({**request, "api_version": 2}),
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.defpath},
    )
    return json.loads(done.stdout)


SOURCES: dict[str, tuple[dict[str, Any], str]] = {
    "a static key": (PLAIN, "plain"),
    "a temporary key": (
        {"access_key_id": "sts", "access_key_secret": "sts-secret", "security_token": "sts-token"},
        "sts",
    ),
    "a role that a user assumes": ({**USER, **ROLE}, "STS."),
    "the instance's role": ({"credential_source": "ecs_ram_role"}, "STS."),
    "the instance's role by name": (
        {"credential_source": "ecs_ram_role", "ram_role_name": "instance-role"},
        "STS.",
    ),
    "a role over the instance's": ({"credential_source": "ecs_ram_role", **ROLE}, "STS."),
    "a service account's role": ({"credential_source": "oidc", **ROLE}, "STS."),
}


@pytest.mark.parametrize("source", SOURCES)
def test_a_cloud_that_checks_signatures_takes_them(
    simulator: Simulator, tmp_path: Path, source: str
) -> None:
    own, client = SOURCES[source]
    if own.get("credential_source") == "oidc":
        own = {**own, **service_account(tmp_path)}
    since = simulator.control.mark()
    answer = asked(simulator, tmp_path, "has_vm", "i-worker", **own)
    assert answer["error"] is None, answer["error"]
    assert answer["result"] is True
    calls = simulator.control.calls(since)
    assert calls[-1]["name"] == "DescribeInstances"
    assert calls[-1]["client"].startswith(client)
    assert len([call for call in calls if call["product"] == "Sts"]) <= 1


def test_a_missing_permission_is_told_by_its_name(simulator: Simulator, tmp_path: Path) -> None:
    own = {"access_key_id": "poor", "access_key_secret": "poor-secret"}
    answer = asked(simulator, tmp_path, "create_disk", 20480, {"category": "cloud_essd"}, **own)
    assert answer["error"]["type"] == "Bosh::Clouds::CloudError"
    assert "ecs:CreateDisk" in answer["error"]["message"]


def test_a_role_that_may_not_be_assumed_is_told(simulator: Simulator, tmp_path: Path) -> None:
    shut = {"ram_role_arn": f"acs:ram::{ACCOUNT}:role/instance-role"}
    answer = asked(simulator, tmp_path, "has_vm", "i-worker", **USER, **shut)
    assert "AssumeRole" in answer["error"]["message"]
    assert "user-secret" not in json.dumps(answer)
