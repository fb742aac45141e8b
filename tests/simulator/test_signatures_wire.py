"""Unmodified clients sign over a real socket, and what they send is accepted."""

from __future__ import annotations

import json
import threading
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import pytest
from attrs import evolve

from cpikit_alicloud_simulator.signatures import Identity, NonceLog, authenticate
from cpikit_alicloud_simulator.wire import ApiError, WireRequest
from tests.simulator.signatures_kit import KEY, SESSION, TOKEN, knows

_WHY = "is in providers/alicloud/simulator/oracles/requirements.txt and not installed"


def sdk(name: str) -> Any:
    """Import an SDK's module; its own warnings are not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip(name, reason=f"{name} {_WHY}")


class Gate(ThreadingHTTPServer):
    """A server that authenticates each request and answers with what it thought of it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Door)
        live = evolve(SESSION, expires_at=datetime(2999, 1, 1, tzinfo=UTC))
        self.accounts, self.nonces = knows(KEY, live), NonceLog()
        self.verdicts: list[Identity | ApiError] = []


class Door(BaseHTTPRequestHandler):
    server: Gate
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        path, _, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = WireRequest(
            method=self.command,
            path=path,
            raw_query=query,
            query=tuple(parse_qsl(query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=body,
            scheme="http",
            host=self.headers["Host"],
        )
        status, answer = 200, {"RequestId": "R"}
        try:
            self.server.verdicts.append(
                authenticate(request, self.server.accounts, datetime.now(UTC), self.server.nonces)
            )
        except ApiError as error:
            self.server.verdicts.append(error)
            status = error.status
            answer = {"RequestId": "R", "Code": error.code, "Message": error.message}
        payload = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    do_GET = do_POST  # noqa: N815  # the name that http.server calls

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    with Gate() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join(10)


def old_client(gate: Gate, secret: str = KEY.secret) -> Any:
    client = sdk("aliyunsdkcore.client").AcsClient(
        KEY.access_key_id, secret, "cn-hangzhou", auto_retry=False
    )
    client.add_endpoint("cn-hangzhou", "Ecs", f"127.0.0.1:{gate.server_port}")
    return client


def old_request() -> Any:
    module = sdk("aliyunsdkecs.request.v20140526.DescribeInstancesRequest")
    request = module.DescribeInstancesRequest()
    request.set_InstanceName("a b+c~*云")
    request.set_Tags([{"Key": "k", "Value": ""}])
    return request


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_old_sdks_client(gate: Gate, method: str) -> None:
    request = old_request()
    request.set_method(method)
    client = old_client(gate)
    client.do_action_with_exception(request)
    (verdict,) = gate.verdicts
    assert isinstance(verdict, Identity)
    assert verdict.scheme == "rpc-hmac-sha1"


def test_the_old_sdks_client_with_parameters_in_the_body(gate: Gate) -> None:
    request = old_request()
    request.add_body_params("Description", "a b&c")
    old_client(gate).do_action_with_exception(request)
    assert isinstance(gate.verdicts[0], Identity)


def test_the_old_sdk_finds_out_that_only_its_secret_is_wrong(gate: Gate) -> None:
    exceptions = sdk("aliyunsdkcore.acs_exception.exceptions")
    client = old_client(gate, secret="wrong")
    with pytest.raises(exceptions.ServerException) as caught:
        client.do_action_with_exception(old_request())
    assert caught.value.get_error_code() == "InvalidAccessKeySecret"


def new_client(gate: Gate, package: str, token: str | None = None) -> Any:
    models = sdk("alibabacloud_tea_openapi.utils_models")
    key = SESSION if token else KEY
    config = models.Config(
        access_key_id=key.access_key_id,
        access_key_secret=key.secret,
        security_token=token,
        endpoint=f"127.0.0.1:{gate.server_port}",
        protocol="HTTP",
    )
    return sdk(f"{package}.client").Client(config)


@pytest.mark.parametrize("token", [None, TOKEN])
def test_the_new_sdks_client_with_a_query(gate: Gate, token: str | None) -> None:
    models = sdk("alibabacloud_ecs20140526.models")
    client = new_client(gate, "alibabacloud_ecs20140526", token)
    tag = models.DescribeInstancesRequestTag(key="k", value="a b")
    client.describe_instances(
        models.DescribeInstancesRequest(region_id="cn-hangzhou", instance_name="云 +", tag=[tag])
    )
    (verdict,) = gate.verdicts
    assert isinstance(verdict, Identity)
    assert verdict.scheme == "acs3-hmac-sha256"
    assert verdict.access_key_id == (SESSION if token else KEY).access_key_id


def test_the_new_sdks_client_with_a_form(gate: Gate) -> None:
    models = sdk("alibabacloud_nlb20220430.models")
    client = new_client(gate, "alibabacloud_nlb20220430")
    server = models.AddServersToServerGroupRequestServers(
        server_id="i-1", server_type="Ecs", description="a b+c", port=80
    )
    client.add_servers_to_server_group(
        models.AddServersToServerGroupRequest(server_group_id="sgp-1", servers=[server])
    )
    assert isinstance(gate.verdicts[0], Identity)
