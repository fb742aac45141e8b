"""Each open question of the documents can be answered in all its plausible ways."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from cpikit_alicloud_simulator.simulator import Simulator
from cpikit_alicloud_simulator.wire import ApiError, WireRequest
from tests.simulator.instances_kit import GROUP, IMAGE, VSWITCH, ZONE, refused
from tests.simulator.storage_kit import RUNNING, STOPPED, USED, begin

TAGS = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]


def start(alicloud: Simulator, name: str, value: Any, *, profile: Any = None, **own: Any) -> None:
    begin(alicloud, {}, {"knobs": {name: value}, **own}, profile=profile)


def over_the_wire(alicloud: Simulator, action: str, **parameters: str) -> tuple[int, str]:
    """Give status and code of a request without a signature, or from nobody known."""
    query = {"Action": action, "Version": "2014-05-26", "Format": "JSON", **parameters}
    pairs = tuple(query.items())
    request = WireRequest("GET", "/", urlencode(query), pairs, {}, b"", "http", "127.0.0.1")
    done = alicloud.desk.work(alicloud.desk.receive(request))
    return done.answer.status, done.code


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("InvalidAction", (403, "InvalidAction")),
        ("InvalidAction with 400", (400, "InvalidAction")),
        ("InvalidAction.NotFound", (404, "InvalidAction.NotFound")),
    ],
)
def test_an_unknown_action(alicloud_direct: Simulator, value: str, expected: Any) -> None:
    start(alicloud_direct, "protocol.unknown_action", value)
    assert over_the_wire(alicloud_direct, "no such") == expected


@pytest.mark.parametrize("status", [400, 404])
def test_an_unknown_key(alicloud_direct: Simulator, status: int) -> None:
    start(alicloud_direct, "protocol.unknown_key_status", status)
    signed = {"AccessKeyId": "LTAInobody", "Signature": "x", "SignatureNonce": "n"}
    scheme = {"SignatureMethod": "HMAC-SHA1", "SignatureVersion": "1.0"}
    moment = alicloud_direct.desk.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    got = over_the_wire(alicloud_direct, "DescribeZones", **signed, **scheme, Timestamp=moment)
    assert got == (status, "InvalidAccessKeyId.NotFound")


@pytest.mark.parametrize("status", [400, 429])
def test_throttling(alicloud_direct: Simulator, status: int) -> None:
    rate = {"product": "Ecs", "action": "DescribeZones", "calls": 1}
    start(alicloud_direct, "protocol.throttling_status", status, rates=[rate])
    alicloud_direct.ask("Ecs", "DescribeZones")
    with pytest.raises(ApiError) as caught:
        alicloud_direct.ask("Ecs", "DescribeZones")
    assert (caught.value.status, caught.value.code) == (status, "Throttling.User")


@pytest.mark.parametrize("value", ["empty", "refuse"])
def test_a_list_that_no_policy_allows(alicloud_direct: Simulator, value: str) -> None:
    key = {"id": "LTAInothing", "secret": "s", "policies": []}
    account = {"id": "1000000000000001", "keys": [{"id": "LTAIroot", "secret": "s"}, key]}
    start(alicloud_direct, "policies.denied_lists", value, accounts=[account])
    nobody = alicloud_direct.world.accounts.find("LTAInothing")
    if value == "empty":
        answer = alicloud_direct.ask("Ecs", "DescribeInstances", nobody)
        assert answer["Instances"]["Instance"] == []
    else:
        with pytest.raises(ApiError, match=r"Forbidden\.RAM"):
            alicloud_direct.ask("Ecs", "DescribeInstances", nobody)


@pytest.mark.parametrize("value", ["counts", "ignored"])
def test_the_same_tags_in_another_order_with_the_same_token(
    alicloud_direct: Simulator, value: str
) -> None:
    start(alicloud_direct, "client_token.list_order", value)
    about = {"ZoneId": ZONE, "DiskCategory": "cloud_essd", "Size": 20, "ClientToken": "t"}
    first = alicloud_direct.ask("Ecs", "CreateDisk", **about, Tag=TAGS)
    turned = {**about, "Tag": TAGS[::-1]}
    if value == "ignored":
        assert alicloud_direct.ask("Ecs", "CreateDisk", **turned)["DiskId"] == first["DiskId"]
    else:
        assert refused(alicloud_direct, "CreateDisk", **turned) == "IdempotentParameterMismatch"
    other = {**about, "Tag": [TAGS[0], {"Key": "b", "Value": "3"}]}
    assert refused(alicloud_direct, "CreateDisk", **other) == "IdempotentParameterMismatch"
    crossed = {**about, "Tag": [{"Key": "a", "Value": "2"}, {"Key": "b", "Value": "1"}]}
    assert refused(alicloud_direct, "CreateDisk", **crossed) == "IdempotentParameterMismatch"


@pytest.mark.parametrize("status", [403, 400])
def test_a_token_whose_first_call_failed(alicloud_direct: Simulator, status: int) -> None:
    own = {"client_token.failed": "IdempotentFailed", "client_token.failed_status": status}
    begin(alicloud_direct, {}, {"knobs": own})
    about = {"ZoneId": ZONE, "DiskCategory": "cloud_essd", "Size": -1, "ClientToken": "t"}
    refused(alicloud_direct, "CreateDisk", **about)
    with pytest.raises(ApiError) as caught:
        alicloud_direct.ask("Ecs", "CreateDisk", **about)
    assert (caught.value.status, caught.value.code) == (status, "IdempotentFailed")


@pytest.mark.parametrize("value", ["empty", "absent"])
def test_the_last_page(alicloud_direct: Simulator, value: str) -> None:
    start(alicloud_direct, "paging.last_token", value)
    answer = alicloud_direct.ask("Ecs", "DescribeDisks", MaxResults=100)
    assert answer.get("NextToken") == ("" if value == "empty" else None)


@pytest.mark.parametrize("most", [500, 100])
def test_the_largest_page_of_disks(alicloud_direct: Simulator, most: int) -> None:
    start(alicloud_direct, "disk.page_size", most)
    answer = alicloud_direct.ask("Ecs", "DescribeDisks", PageSize=499)
    assert answer["PageSize"] == min(most, 499)
    assert alicloud_direct.ask("Ecs", "DescribeDisks", MaxResults=499)["PageSize"] == 499


@pytest.mark.parametrize("value", ["refuse", "accept"])
def test_a_disk_on_its_way_is_attached(alicloud_direct: Simulator, value: str) -> None:
    start(alicloud_direct, "disk.attach_while_detaching", value, profile="typical")
    alicloud_direct.ask("Ecs", "DetachDisk", InstanceId=RUNNING, DiskId=USED)
    attach = {"InstanceId": STOPPED, "DiskId": USED}
    if value == "refuse":
        assert refused(alicloud_direct, "AttachDisk", **attach) == "IncorrectDiskStatus"
    else:
        alicloud_direct.ask("Ecs", "AttachDisk", **attach)
    alicloud_direct.clock.sleep(100)
    answer = alicloud_direct.ask("Ecs", "DescribeDisks", DiskIds=json.dumps([USED]))
    (disk,) = answer["Disks"]["Disk"]
    assert disk["InstanceId"] == (STOPPED if value == "accept" else "")


@pytest.mark.parametrize("value", ["DryRunOperation", "DRYRUN.SUCCESS"])
def test_a_dry_run_of_delete_instances(alicloud_direct: Simulator, value: str) -> None:
    start(alicloud_direct, "ecs.delete_many_dry_run", value)
    asked = {"InstanceId": [STOPPED], "DryRun": True}
    assert refused(alicloud_direct, "DeleteInstances", **asked) == value
    assert alicloud_direct.world.find(STOPPED)


@pytest.mark.parametrize("most", [64, 32])
def test_the_longest_name_of_a_session(alicloud_direct: Simulator, most: int) -> None:
    start(alicloud_direct, "sts.session_name_longest", most)
    role = {"RoleArn": "acs:ram::1000000000000001:role/none"}
    long, longer = "x" * most, "x" * (most + 1)
    codes = [
        refused(alicloud_direct, "AssumeRole", "Sts", **role, RoleSessionName=name)
        for name in (long, longer)
    ]
    assert codes[0] != codes[1] == "InvalidParameter.RoleSessionName"


@pytest.mark.parametrize(("value", "expected"), [("404", 404), ("empty", 200)])
def test_an_instance_without_a_role(alicloud_direct: Simulator, value: str, expected: int) -> None:
    start(alicloud_direct, "metadata.without_role", value)
    launched = {"ImageId": IMAGE, "InstanceType": "ecs.g6.large", "VSwitchId": VSWITCH}
    answer = alicloud_direct.ask("Ecs", "RunInstances", **launched, SecurityGroupId=GROUP)
    (id_,) = answer["InstanceIdSets"]["InstanceIdSet"]
    path = f"/_simulator/instances/{id_}/metadata/latest/meta-data/ram/security-credentials/"
    request = WireRequest("GET", path, "", (), {}, b"", "http", "127.0.0.1")
    done = alicloud_direct.desk.work(alicloud_direct.desk.receive(request))
    assert done.answer.status == expected
    other = WireRequest("GET", f"{path}none", "", (), {}, b"", "http", "127.0.0.1")
    assert alicloud_direct.desk.work(alicloud_direct.desk.receive(other)).answer.status == 404
