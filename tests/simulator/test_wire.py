"""The wire: official SDK over HTTP and TLS, raw requests, nonsense, and the control interface."""

from __future__ import annotations

import base64
import http.client
import json
import random
import socket
import ssl
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.http import protocol_type
from aliyunsdkcore.request import RpcRequest
from aliyunsdkecs.request.v20140526.DescribeRegionsRequest import DescribeRegionsRequest

from cpikit_alicloud_simulator.client import ControlClient, ControlError
from cpikit_alicloud_simulator.simulator import Simulator
from tests.simulator.signing import signed_query


def sdk(simulator: Simulator, **more: Any) -> AcsClient:
    return AcsClient(simulator.account.id, simulator.account.secret, "cn-hangzhou", **more)


def request(simulator: Simulator, action: str, **parameters: str) -> RpcRequest:
    made = RpcRequest("Vpc", "2016-04-28", action)
    made.set_method("POST")
    made.set_endpoint(simulator.host)
    for name, value in parameters.items():
        made.add_query_param(name, value)
    return made


def raw(simulator: Simulator, sent: bytes, *, says_end: bool = False) -> bytes:
    """Send bytes and give the first that come back; `says_end` for what is never complete."""
    host, port = simulator.host.split(":")
    with socket.create_connection((host, int(port)), timeout=10) as client:
        client.sendall(sent)
        if says_end:
            client.shutdown(socket.SHUT_WR)
        return client.recv(65536)


def asked(
    simulator: Simulator, method: str, target: str, body: bytes = b"", **headers: str
) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(simulator.host, timeout=10)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, target, body, named)
        answer = connection.getresponse()
        answer.data = answer.read()  # type: ignore[attr-defined]  # read before it is closed
        return answer
    finally:
        connection.close()


def test_the_sdk_lists_regions(alicloud: Simulator) -> None:
    ask = DescribeRegionsRequest()
    ask.set_endpoint(alicloud.host)
    answer = json.loads(sdk(alicloud).do_action_with_exception(ask))
    assert "cn-hangzhou" in [region["RegionId"] for region in answer["Regions"]["Region"]]


def test_the_sdk_creates_over_query_and_body_in_any_alphabet(alicloud: Simulator) -> None:
    client = sdk(alicloud)
    made = json.loads(
        client.do_action_with_exception(request(alicloud, "CreateVpc", VpcName="é 漢~*+&="))
    )
    by_body = request(alicloud, "CreateVpc")
    by_body.add_body_params("VpcName", "in the body +")
    client.do_action_with_exception(by_body)
    shown = json.loads(client.do_action_with_exception(request(alicloud, "DescribeVpcs")))
    rows = {row["VpcId"]: row["VpcName"] for row in shown["Vpcs"]["Vpc"]}
    assert rows[made["VpcId"]] == "é 漢~*+&="
    assert "in the body +" in rows.values()


# The vendored urllib3 of the SDK uses names of `ssl` that are deprecated.
@pytest.mark.filterwarnings(r"ignore:ssl\.:DeprecationWarning")
def test_the_sdk_works_over_tls_on_the_same_world(alicloud: Simulator) -> None:
    ask = request(alicloud, "CreateVpc")
    ask.set_endpoint(alicloud.https_host)
    ask.set_protocol_type(protocol_type.HTTPS)
    made = json.loads(sdk(alicloud, verify=alicloud.ca_file).do_action_with_exception(ask))
    assert [row["id"] for row in alicloud.control.inventory()] == [made["VpcId"]]


def test_a_client_that_does_not_trust_the_ca_is_not_served(alicloud: Simulator) -> None:
    host, port = alicloud.https_host.split(":")
    with socket.create_connection((host, int(port))) as plain, pytest.raises(ssl.SSLError):
        ssl.create_default_context().wrap_socket(plain, server_hostname=host)


@pytest.mark.parametrize(
    "name",
    [
        "127.0.0.1",
        "localhost",
        "ecs-cn-hangzhou.aliyuncs.com",
        "vpc.cn-hangzhou.aliyuncs.com",
        "oss-cn-hangzhou.aliyuncs.com",
        "bucket.oss-cn-hangzhou.aliyuncs.com",
        "bucket.oss-eu-central-1-internal.aliyuncs.com",
    ],
)
def test_the_certificate_is_good_for_every_host_of_the_cloud(
    alicloud: Simulator, name: str
) -> None:
    trust = ssl.create_default_context(cafile=alicloud.ca_file)
    host, port = alicloud.https_host.split(":")
    with (
        socket.create_connection((host, int(port)), timeout=30) as plain,
        trust.wrap_socket(plain, server_hostname=name) as secured,
    ):
        assert secured.version()


def test_a_wrong_secret_is_told_as_the_sdk_expects(alicloud: Simulator) -> None:
    client = AcsClient(alicloud.account.id, "wrong", "cn-hangzhou", auto_retry=False)
    with pytest.raises(ServerException) as refused:
        client.do_action_with_exception(request(alicloud, "DescribeVpcs"))
    assert refused.value.get_error_code() == "InvalidAccessKeySecret"


def test_an_error_has_the_documented_body_in_both_formats(alicloud: Simulator) -> None:
    target = "/?" + signed_query(alicloud, "Vpc", "DeleteVpc", VpcId="vpc-1")
    answer = asked(alicloud, "POST", target)
    body = json.loads(answer.data)  # type: ignore[attr-defined]  # set above
    assert answer.status == 404
    assert (body["Code"], body["HostId"]) == (
        "InvalidVpcId.NotFound",
        "vpc.cn-hangzhou.aliyuncs.com",
    )
    assert body["RequestId"] == answer.headers["x-acs-request-id"]
    query = signed_query(alicloud, "Vpc", "DeleteVpc", VpcId="vpc-1", Format="XML")
    found = ET.fromstring(asked(alicloud, "POST", "/?" + query).data)  # type: ignore[attr-defined]  # set above  # noqa: S314  # our own
    assert (found.tag, found.findtext("Code")) == ("Error", "InvalidVpcId.NotFound")


def test_xml_lists_are_repeated_elements(alicloud: Simulator) -> None:
    alicloud.ask("Vpc", "CreateVpc", VpcName="<&>\x01")
    alicloud.ask("Vpc", "CreateVpc")
    query = signed_query(alicloud, "Vpc", "DescribeVpcs", Format="XML")
    found = ET.fromstring(asked(alicloud, "POST", "/?" + query).data)  # type: ignore[attr-defined]  # set above  # noqa: S314  # our own
    assert found.tag == "DescribeVpcsResponse"
    assert [each.findtext("VpcName") for each in found.findall("Vpcs/Vpc")] == ["<&>\ufffd", ""]


def test_every_answer_carries_the_worlds_time(alicloud: Simulator) -> None:
    alicloud.clock.sleep(3600)
    for target in ("/?Action=X", "/_simulator/clock", "/bucket/key"):
        assert asked(alicloud, "GET", target).headers["Date"] == "Thu, 01 Jan 2026 01:00:00 GMT"


@pytest.mark.parametrize(
    ("method", "target", "status", "code"),
    [
        ("GET", "/", 400, b"MissingParameter"),
        ("GET", "/?Action=DescribeVpcs", 400, b"MissingParameter"),
        ("GET", "/?Action=DescribeVpcs&Version=1999-01-01", 400, b"InvalidVersion"),
        ("GET", "/?Action=nonsense!&Version=2016-04-28", 403, b"InvalidAction"),
        ("DELETE", "/?Action=DescribeVpcs&Version=2016-04-28", 400, b"UnsupportedHTTPMethod"),
        ("GET", "/?Action=DescribeVpcs&Version=2016-04-28", 400, b"MissingAccessKeyId"),
        ("GET", "/nobucket/key", 404, b"NoSuchBucket"),
        ("GET", "http://100.100.100.200/latest/meta-data/", 404, b"404"),
    ],
)
def test_what_is_asked_wrongly_gets_the_documented_error(
    alicloud: Simulator, method: str, target: str, status: int, code: bytes
) -> None:
    answer = asked(alicloud, method, target)
    assert answer.status == status
    assert code in answer.data  # type: ignore[attr-defined]  # set above
    alicloud.desk.journal.unserved.clear()


def test_an_action_that_is_not_served_can_be_seen(alicloud: Simulator) -> None:
    asked(alicloud, "POST", "/?" + signed_query(alicloud, "Ecs", "CreateSpaceship"))
    asked(alicloud, "POST", "/?Action=CreateSpaceship&Version=2020-02-02")
    assert alicloud.control.counts()["unserved"] == {
        "Ecs.CreateSpaceship": 1,
        "Unknown.CreateSpaceship": 1,
    }
    alicloud.desk.journal.unserved.clear()


def test_an_unknown_parameter_is_noted_and_ignored(alicloud: Simulator) -> None:
    alicloud.ask("Vpc", "CreateVpc", SystemDiskSize="40", OwnerId="1", Tag=[{"Key": "k"}])
    entry = alicloud.control.requests()[0]
    assert (entry["unknown_parameters"], entry["outcome"]) == (["SystemDiskSize"], "ok")


def test_user_data_of_32_kb_fits_into_a_query(alicloud: Simulator) -> None:
    data = base64.b64encode(bytes(32 * 1024)).decode()
    answer = asked(
        alicloud, "POST", "/?" + signed_query(alicloud, "Vpc", "CreateVpc", UserData=data)
    )
    assert answer.status == 200
    assert alicloud.control.requests()[0]["parameters"]["UserData"] == f"({len(data)} characters)"


def test_a_form_that_is_too_large_is_refused(alicloud: Simulator) -> None:
    head = (
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    )
    assert b" 413 " in raw(alicloud, head).split(b"\r\n")[0]


def test_a_connection_is_kept_and_serves_many(alicloud: Simulator) -> None:
    connection = http.client.HTTPConnection(alicloud.host, timeout=10)
    connection.connect()
    port = connection.sock.getsockname()[1]
    for _ in range(20):
        connection.request("GET", "/_simulator/clock")
        assert connection.getresponse().read()
        assert connection.sock.getsockname()[1] == port
    connection.close()


def test_a_tunnel_is_refused_and_the_server_lives(alicloud: Simulator) -> None:
    assert b" 501 " in raw(alicloud, b"CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n")
    assert asked(alicloud, "GET", "/_simulator/clock").status == 200


NONSENSE = [
    b"\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    b"GET /" + b"a" * 700_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
]


@pytest.mark.parametrize("sent", NONSENSE, ids=range(len(NONSENSE)))
def test_what_is_no_http_is_refused_and_the_server_lives(alicloud: Simulator, sent: bytes) -> None:
    try:
        answer = raw(alicloud, sent, says_end=True)
    except OSError:
        answer = b""
    assert b" 200 " not in answer.split(b"\r\n")[0]
    assert b" 500 " not in answer.split(b"\r\n")[0]
    assert asked(alicloud, "GET", "/_simulator/clock").status == 200


def test_2000_malformed_requests_get_errors_and_never_500(alicloud: Simulator) -> None:
    chosen = random.Random(1)  # noqa: S311  # a test
    good = signed_query(alicloud, "Vpc", "CreateVpc", VpcName="a")
    connection = http.client.HTTPConnection(alicloud.host, timeout=10)
    for _ in range(2000):
        spoilt = bytearray(good.encode())
        for _ in range(chosen.randrange(1, 6)):
            place = chosen.randrange(len(spoilt))
            spoilt[place] = chosen.choice(
                b"%&=+abZ019.-/?;~".replace(spoilt[place : place + 1], b"")
            )
        verb = chosen.choice(["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "BREW"])
        connection.request(verb, "/?" + spoilt.decode())
        answer = connection.getresponse()
        answer.read()
        assert 400 <= answer.status < 500
    connection.close()
    assert alicloud.control.inventory() == []
    alicloud.desk.journal.unserved.clear()


def test_control_over_http_is_the_same_as_in_process(alicloud: Simulator) -> None:
    alicloud.ask(
        "Vpc",
        "CreateVpc",
        Tag=[
            {"Key": "cpikit-director", "Value": "d"},
            {"Key": "cpikit-state", "Value": "v=1;c=1;t=2"},
        ],
    )
    over_http = ControlClient.over_http(f"{alicloud.endpoint}/_simulator")
    assert over_http.inventory() == alicloud.control.inventory()
    assert over_http.inventory()[0] | {"owner": "d", "claimed": True} == over_http.inventory()[0]
    assert over_http.knobs() == alicloud.control.knobs()
    assert over_http.counts() == alicloud.control.counts()
    assert over_http.requests() == alicloud.control.requests()
    assert over_http.world() == alicloud.control.world()
    over_http.set_knobs(client_token__busy_s=5)
    mark = over_http.mark()
    alicloud.ask("Vpc", "DescribeVpcs")
    alicloud.ask("Vpc", "DescribeVpcs")
    assert [(c["name"], c["repeated"]) for c in over_http.calls(mark)] == [
        ("DescribeVpcs", False),
        ("DescribeVpcs", True),
    ]
    over_http.advance(10)
    assert over_http.clock() == alicloud.control.clock()
    over_http.reset()
    assert over_http.inventory() == []


@pytest.mark.parametrize(
    ("method", "path", "body", "said"),
    [
        ("GET", "/nope", None, "did you mean|there are"),
        ("PUT", "/mark", None, "takes POST"),
        ("GET", "/rules/rule-9", None, "no rule"),
        ("GET", "/user-data/i-1", None, "no instance"),
        ("GET", "/calls?since=x", None, "whole number"),
        ("POST", "/clock", {"advance_s": -1}, "0 or more"),
        ("POST", "/clock", {"advance_s": "1"}, "a number"),
        ("POST", "/rules", [], "JSON object"),
        ("PATCH", "/knobs", {"x": 1}, "unknown knob"),
    ],
)
def test_control_says_what_is_wrong(
    alicloud: Simulator, method: str, path: str, body: object, said: str
) -> None:
    over_http = ControlClient.over_http(f"{alicloud.endpoint}/_simulator")
    for client in (alicloud.control, over_http):
        with pytest.raises(ControlError, match=said):
            client.ask(method, path, body)


def test_the_same_seed_gives_the_same_answers() -> None:
    def life() -> list[dict[str, Any]]:
        simulator = Simulator(seed=3, profile="slow")
        first = simulator.ask("Vpc", "CreateVpc")
        simulator.clock.sleep(20)
        return [first, simulator.ask("Vpc", "DescribeVpcs"), simulator.control.inventory()[0]]

    assert life() == life()


def test_polls_change_request_ids_but_not_the_ids_of_resources() -> None:
    quiet, busy = Simulator(), Simulator()
    for _ in range(5):
        busy.ask("Vpc", "DescribeVpcs")
    assert quiet.ask("Vpc", "CreateVpc")["VpcId"] == busy.ask("Vpc", "CreateVpc")["VpcId"]


def test_a_defect_answers_500_and_is_told(alicloud: Simulator) -> None:
    vpc = alicloud.ask("Vpc", "CreateVpc")["VpcId"]
    alicloud.world.find(vpc).cidr_block = object()  # type: ignore[union-attr]  # the point
    target = "/?" + signed_query(alicloud, "Vpc", "DescribeVpcs")
    assert asked(alicloud, "POST", target).status == 500
    assert "TypeError" in alicloud.control.counts()["defects"][0]
    alicloud.desk.journal.defects.clear()
