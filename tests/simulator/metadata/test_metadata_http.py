"""The metadata service over a real socket, as programs on an instance reach it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import pytest
from aliyunsdkcore.auth.credentials import EcsRamRoleCredential
from aliyunsdkcore.auth.signers.ecs_ram_role_signer import EcsRamRoleSigner

from cpikit_alicloud_simulator.metadata import (
    InstanceView,
    MetadataService,
    RoleKey,
    RoleSessions,
    TokenSeal,
    mounted,
)
from cpikit_alicloud_simulator.oss import Answer
from cpikit_alicloud_simulator.wire import WireRequest
from tests.simulator.oss.harness import Served

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SETTINGS = {"agent_id": "a-1", "vm": {"name": "vm-1"}, "mbus": "nats://é"}
VIEW = InstanceView(
    instance_id="i-1",
    region_id="cn-hangzhou",
    zone_id="cn-hangzhou-i",
    owner_account_id="1000000000000001",
    image_id="m-1",
    instance_type="ecs.g6.large",
    hostname="host",
    interfaces=(),
    user_data=json.dumps(SETTINGS).encode(),
    ram_role="bosh-role",
    public_keys=("ssh-rsa AAAA",),
)


def fetched(url: str, method: str = "GET") -> tuple[int, str | None, bytes]:
    """Ask our server by an opener of our own; give status, length and body."""
    opener = build_opener(ProxyHandler({}))
    try:
        with opener.open(Request(url, method=method)) as answer:  # noqa: S310  # always http
            return answer.status, answer.headers["Content-Length"], answer.read()
    except HTTPError as refused:
        with refused:
            return refused.code, refused.headers["Content-Length"], refused.read()


@pytest.fixture
def server() -> Iterator[Served]:
    sessions = RoleSessions(lambda _request: RoleKey("STS.key", "a-secret", "a-token"))
    service = MetadataService(TokenSeal(b"key"), sessions)

    def handle(request: WireRequest) -> Answer:
        meant = mounted(request)
        return service.answer(meant[1] if meant else request, VIEW, NOW)

    with Served(handle) as running:
        yield running


def test_an_agent_reads_its_settings_its_id_and_its_key(server: Served) -> None:
    base = f"{server.url}/_simulator/instances/i-1/metadata"
    assert json.loads(fetched(f"{base}/latest/user-data")[2]) == SETTINGS
    assert fetched(f"{base}/latest/meta-data/instance-id")[2] == b"i-1"
    assert fetched(f"{base}/latest/meta-data/public-keys/0/openssh-key")[2] == b"ssh-rsa AAAA"


def test_a_refusal_is_a_page_with_its_status(server: Served) -> None:
    status, _length, body = fetched(f"{server.url}/latest/meta-data/mac")
    assert status == 404
    assert b"404 - Not Found" in body


def test_a_head_says_how_long_the_body_would_be(server: Served) -> None:
    found = fetched(f"{server.url}/latest/meta-data/instance-id", "HEAD")
    assert found == (200, "3", b"")


def test_the_sdk_gets_role_credentials_through_a_proxy(
    server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK asks http://100.100.100.200, hard-coded, by urllib and whatever proxy that has.

    urllib keeps its first opener for good, with the proxies of that moment. So the opener itself
    is replaced here: an environment variable that comes too late would let the request out, to
    the metadata service of the machine that runs the tests.
    """
    opener = build_opener(ProxyHandler({"http": server.url}))
    monkeypatch.setattr("urllib.request._opener", opener)
    signer = EcsRamRoleSigner(EcsRamRoleCredential("bosh-role"))
    signer._check_session_credential()
    assert signer._session_credential == ("STS.key", "a-secret", "a-token")
    assert server.seen[0].host == "100.100.100.200"
