"""The metadata service of an instance: its tree, its modes, its role credentials."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from cpikit_alicloud_simulator.metadata import (
    InstanceView,
    InterfaceView,
    MetadataService,
    RoleKey,
    RoleRequest,
    RoleSessions,
    TokenSeal,
    mounted,
)
from cpikit_alicloud_simulator.oss import Answer
from cpikit_alicloud_simulator.wire import WireRequest

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
MAC = "00:16:3e:0f:aa:01"
TTL = "X-aliyun-ecs-metadata-token-ttl-seconds"
TOKEN = "X-aliyun-ecs-metadata-token"
VIEW = InstanceView(
    instance_id="i-bp1abcdefghijklmnopq",
    region_id="cn-hangzhou",
    zone_id="cn-hangzhou-i",
    owner_account_id="1000000000000001",
    image_id="m-bp1abcdefghijklmnopq",
    instance_type="ecs.g6.large",
    hostname="iZbp1abcdefghijklmnopqZ",
    interfaces=(
        InterfaceView(
            mac=MAC,
            network_interface_id="eni-bp1abcdefghijklmnopq",
            primary_ip_address="10.0.0.50",
            vswitch_id="vsw-1",
            vpc_id="vpc-1",
            secondary_ipv4s=("10.0.0.51",),
        ),
    ),
    instance_name="vm-1",
    serial_number="4acd2b47-b328-4762-852f-998000000000",
    user_data=b'{"agent_id":"a-1"}',
    public_keys=("ssh-rsa AAAA key\n",),
    ram_role="bosh-role",
)

Ask = Callable[..., Answer]


@pytest.fixture
def issued() -> list[RoleRequest]:
    return []


@pytest.fixture
def service(issued: list[RoleRequest]) -> MetadataService:
    def issue(request: RoleRequest) -> RoleKey:
        issued.append(request)
        number = len(issued)
        return RoleKey(f"STS.key{number}", f"secret{number}", f"token{number}")

    return MetadataService(TokenSeal(b"a world's key"), RoleSessions(issue))


@pytest.fixture
def ask(service: MetadataService) -> Ask:
    def send(
        path: str,
        view: InstanceView = VIEW,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        now: datetime = NOW,
    ) -> Answer:
        lower = {name.lower(): value for name, value in (headers or {}).items()}
        return service.answer(request_for(path, method, lower), view, now)

    return send


def request_for(
    path: str, method: str = "GET", headers: Mapping[str, str] | None = None
) -> WireRequest:
    return WireRequest(method, path, "", (), headers or {}, b"", "http", "100.100.100.200")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("instance-id", "i-bp1abcdefghijklmnopq"),
        ("private-ipv4", "10.0.0.50"),
        ("mac", MAC),
        ("hostname", "iZbp1abcdefghijklmnopqZ"),
        ("zone-id", "cn-hangzhou-i"),
        ("region-id", "cn-hangzhou"),
        ("vswitch-id", "vsw-1"),
        ("vpc-id", "vpc-1"),
        ("image-id", "m-bp1abcdefghijklmnopq"),
        ("owner-account-id", "1000000000000001"),
        ("instance/instance-type", "ecs.g6.large"),
        ("sub-private-ipv4-list", "10.0.0.51"),
        ("public-keys/0/openssh-key", "ssh-rsa AAAA key\n"),
        ("ram/security-credentials/", "bosh-role"),
        ("network/interfaces/macs/", f"{MAC}/"),
        (f"network/interfaces/macs/{MAC}/network-interface-id", "eni-bp1abcdefghijklmnopq"),
        (f"network/interfaces/macs/{MAC}/private-ipv4s", '["10.0.0.50", "10.0.0.51"]'),
    ],
)
def test_an_item_is_plain_text_with_no_frame(ask: Ask, path: str, text: str) -> None:
    for version in ("latest", "2016-01-01"):
        answer = ask(f"/{version}/meta-data/{path}")
        assert (answer.status, answer.body.decode()) == (200, text)


def test_folders_list_their_names_and_mark_folders_with_a_slash(ask: Ask) -> None:
    assert ask("/").body == b"2016-01-01\nlatest"
    assert ask("/latest/").body == b"dynamic/\nmeta-data/\nuser-data"
    names = ask("/latest/meta-data/").body.decode().split("\n")
    assert "instance-id" in names
    assert "network/" in names
    assert "eipv4" not in names, "what has no value is not there"


@pytest.mark.parametrize(
    "path",
    ["/latest/meta-data/nope", "/latest/meta-data/instance-id/", "/newest/meta-data/", "/latest//"],
)
def test_what_is_not_there_is_404(ask: Ask, path: str) -> None:
    assert ask(path).status == 404


def test_user_data_is_what_was_given_byte_for_byte_and_404_without(ask: Ask) -> None:
    raw = bytes(range(256))
    assert ask("/latest/user-data", evolve(VIEW, user_data=raw)).body == raw
    assert ask("/latest/user-data", evolve(VIEW, user_data=b"")).status == 200
    assert ask("/latest/user-data", evolve(VIEW, user_data=None)).status == 404
    assert b"user-data" not in ask("/latest/", evolve(VIEW, user_data=None)).body


def test_an_instance_without_a_role_has_no_credentials(ask: Ask) -> None:
    bare = evolve(VIEW, ram_role=None)
    assert ask("/latest/meta-data/ram/security-credentials/", bare).status == 404
    assert ask("/latest/meta-data/ram/security-credentials/bosh-role", bare).status == 404
    assert ask("/latest/meta-data/ram/security-credentials/other").status == 404


def test_role_credentials_are_issued_once_and_renewed_ahead_of_expiry(
    ask: Ask, issued: list[RoleRequest]
) -> None:
    path = "/latest/meta-data/ram/security-credentials/bosh-role"
    first = json.loads(ask(path).body)
    assert first == {
        "AccessKeyId": "STS.key1",
        "AccessKeySecret": "secret1",
        "Expiration": "2026-01-02T09:04:05Z",
        "SecurityToken": "token1",
        "LastUpdated": "2026-01-02T03:04:05Z",
        "Code": "Success",
    }
    assert json.loads(ask(path, now=NOW + timedelta(hours=5)).body) == first
    later = json.loads(ask(path, now=NOW + timedelta(hours=5, minutes=31)).body)
    assert later["AccessKeyId"] == "STS.key2"
    assert [request.expires_at for request in issued] == [
        NOW + timedelta(hours=6),
        NOW + timedelta(hours=11, minutes=31),
    ]
    assert issued[0].account_id == VIEW.owner_account_id


def test_listing_a_role_issues_nothing(ask: Ask, issued: list[RoleRequest]) -> None:
    ask("/latest/meta-data/ram/security-credentials/")
    ask("/latest/meta-data/")
    assert issued == []


def test_forgotten_credentials_are_issued_anew(
    service: MetadataService, ask: Ask, issued: list[RoleRequest]
) -> None:
    path = "/latest/meta-data/ram/security-credentials/bosh-role"
    ask(path)
    service.sessions.forget("i-another")
    ask(path)
    assert len(issued) == 1
    service.sessions.forget(VIEW.instance_id)
    ask(path)
    assert len(issued) == 2


def test_secrets_do_not_show_in_reprs() -> None:
    key = RoleKey("STS.key", "very-secret", "very-token")
    assert "very" not in repr(key)
    assert "a world" not in repr(TokenSeal(b"a world's key"))
    assert "agent_id" not in repr(VIEW)


def test_the_hardened_mode_gives_nothing_without_a_token(ask: Ask) -> None:
    hardened = evolve(VIEW, http_tokens="required")
    for path in ("/latest/meta-data/instance-id", "/latest/user-data", "/nope"):
        assert ask(path, hardened).status == 403
    token = ask("/latest/api/token", hardened, "PUT", {TTL: "60"})
    assert token.status == 200
    with_token = {TOKEN: token.body.decode()}
    assert ask("/latest/meta-data/instance-id", hardened, headers=with_token).status == 200


def test_what_the_hardened_mode_says_is_a_choice(service: MetadataService) -> None:
    hardened = evolve(VIEW, http_tokens="required")
    other = evolve(service, missing_token_status=401)
    assert other.answer(request_for("/latest/user-data"), hardened, NOW).status == 401


def test_a_token_works_until_it_expires_and_on_its_own_instance_only(ask: Ask) -> None:
    token = {TOKEN: ask("/latest/api/token", VIEW, "PUT", {TTL: "60"}).body.decode()}
    path = "/latest/meta-data/instance-id"
    assert ask(path, headers=token, now=NOW + timedelta(seconds=59)).status == 200
    assert ask(path, headers=token, now=NOW + timedelta(seconds=60)).status == 401
    assert ask(path, evolve(VIEW, instance_id="i-other"), headers=token).status == 401
    assert ask(path, headers={TOKEN: "nonsense"}).status == 401


@pytest.mark.parametrize("ttl", ["", "0", "-1", "21601", "1.5", "ten", "٣", "1" * 6000])
def test_a_token_lives_for_1_to_21600_seconds(ask: Ask, ttl: str) -> None:
    assert ask("/latest/api/token", VIEW, "PUT", {TTL: ttl}).status == 400
    assert ask("/latest/api/token", VIEW, "PUT").status == 400
    for good in ("1", "21600"):
        assert ask("/latest/api/token", VIEW, "PUT", {TTL: good}).status == 200


def test_a_forwarded_request_gets_no_token(ask: Ask) -> None:
    headers = {TTL: "60", "X-Forwarded-For": "10.0.0.1"}
    assert ask("/latest/api/token", VIEW, "PUT", headers).status == 403


def test_a_disabled_endpoint_answers_nothing(ask: Ask) -> None:
    off = evolve(VIEW, http_endpoint="disabled")
    assert ask("/latest/meta-data/", off).status == 403
    assert ask("/latest/api/token", off, "PUT", {TTL: "60"}).status == 403


def test_other_verbs_are_refused_and_head_has_no_body(ask: Ask) -> None:
    assert ask("/latest/meta-data/mac", method="DELETE").status == 405
    assert ask("/latest/api/token", method="GET").status == 405
    head = ask("/latest/meta-data/mac", method="HEAD")
    assert (head.body, head.headers["Content-Length"]) == (b"", str(len(MAC)))


def test_the_identity_document_says_who_the_instance_is(ask: Ask) -> None:
    document = json.loads(ask("/latest/dynamic/instance-identity/document").body)
    assert document["instance-id"] == VIEW.instance_id
    assert document["private-ipv4"] == "10.0.0.50"
    assert document["owner-account-id"] == VIEW.owner_account_id


def test_tags_and_spot_times_show_where_they_exist(ask: Ask) -> None:
    view = evolve(VIEW, tags={"job": "web"}, spot_termination_time=NOW)
    assert ask("/latest/meta-data/instance/tags/job", view).body == b"web"
    assert ask("/latest/meta-data/instance/tags/").status == 404
    spot = ask("/latest/meta-data/instance/spot/termination-time", view)
    assert spot.body == b"2026-01-02T03:04:05Z"


def test_an_instance_between_networks_still_answers(ask: Ask) -> None:
    bare = evolve(VIEW, interfaces=())
    assert ask("/latest/meta-data/instance-id", bare).status == 200
    assert ask("/latest/meta-data/mac", bare).status == 404
    assert ask("/latest/dynamic/instance-identity/document", bare).status == 200


def test_a_mounted_path_names_the_instance() -> None:
    found = mounted(request_for("/_simulator/instances/i-1/metadata/latest/user-data"))
    assert found is not None
    assert (found[0], found[1].path) == ("i-1", "/latest/user-data")
    root = mounted(request_for("/_simulator/instances/i-1/metadata"))
    assert root is not None
    assert root[1].path == "/"
    assert mounted(request_for("/latest/user-data")) is None


@settings(derandomize=True, database=None)
@given(
    path=st.text(alphabet=st.sampled_from("/latesm-d%0aé.:"), max_size=40),
    method=st.sampled_from(["GET", "PUT", "POST", "HEAD", "BREW"]),
    token=st.none() | st.text(max_size=60),
    ttl=st.none() | st.text(max_size=8),
)
def test_no_request_breaks_it(path: str, method: str, token: str | None, ttl: str | None) -> None:
    service = MetadataService(TokenSeal(b"k"), RoleSessions(lambda _: RoleKey("a", "b", "c")))
    headers = {TOKEN.lower(): token, TTL.lower(): ttl}
    sent = {name: value for name, value in headers.items() if value is not None}
    answer = service.answer(request_for("/" + path, method, sent), VIEW, NOW)
    assert answer.status in {200, 400, 401, 403, 404, 405}
