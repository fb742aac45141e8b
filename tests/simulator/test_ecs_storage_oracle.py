"""What calls on disks, snapshots, images, tags, tasks, interfaces take and answer, by the SDKs."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient
from aliyunsdkecs.request.v20140526 import (
    AttachDiskRequest,
    CreateDiskRequest,
    DescribeDisksRequest,
    DetachDiskRequest,
    TagResourcesRequest,
)

from cpikit_alicloud_simulator import oracle
from cpikit_alicloud_simulator.catalogue import catalogue
from cpikit_alicloud_simulator.simulator import Simulator
from tests.simulator.instances_kit import GROUP, VSWITCH, ZONE
from tests.simulator.storage_kit import (
    BUCKET,
    ENI,
    FILE,
    FREE,
    IMAGE,
    NEW,
    OTHER,
    RUNNING,
    SNAPSHOT,
    STOPPED,
    STOPPED_SYSTEM,
    SYSTEM_SNAPSHOT,
    USED,
    USED_ENI,
    begin,
    put,
)

MINE = re.compile(r"\.products\.ecs\.(disks|snapshots|images|tags|tasks|interfaces)")
ACTIONS = sorted(
    name for (_, name), action in catalogue().actions.items() if MINE.search(action.run.__module__)
)
ONE_TAG = [{"Key": "a", "Value": "b"}]
MAPPING = [{"OSSBucket": BUCKET, "OSSObject": FILE, "Format": "RAW", "DiskImageSize": 5}]
BUSY = {"kind": "image", "state": "Creating", "is_copied": True}
TASK = {"kind": "task", "action": "ImportImage", "about": "m-none"}
# One call of each action that works in the world that the test makes.
CALLS: dict[str, dict[str, Any]] = {
    "CreateDisk": {"ZoneId": ZONE, "DiskCategory": "cloud_essd", "Size": 20, "Tag": ONE_TAG},
    "AttachDisk": {"InstanceId": RUNNING, "DiskId": FREE},
    "DetachDisk": {"InstanceId": RUNNING, "DiskId": USED},
    "DeleteDisk": {"DiskId": NEW},
    "DescribeDisks": {"PageSize": 100},
    "ResizeDisk": {"DiskId": FREE, "NewSize": 30},
    "ModifyDiskSpec": {"DiskId": FREE, "DiskCategory": "cloud_essd", "ProvisionedIops": 5},
    "ModifyDiskAttribute": {"DiskId": FREE, "DiskName": "name"},
    "ReInitDisk": {"DiskId": STOPPED_SYSTEM},
    "CreateSnapshot": {"DiskId": USED},
    "DeleteSnapshot": {"SnapshotId": SNAPSHOT},
    "DescribeSnapshots": {},
    "ModifySnapshotAttribute": {"SnapshotId": SNAPSHOT, "SnapshotName": "name"},
    "ImportImage": {"DiskDeviceMapping": MAPPING, "ImageName": "name"},
    "CopyImage": {"ImageId": IMAGE, "DestinationRegionId": "cn-beijing"},
    "CancelCopyImage": {"ImageId": "m-bp1busy"},
    "CreateImage": {"InstanceId": STOPPED},
    "DescribeImages": {"Status": "Available,Creating"},
    "DeleteImage": {"ImageId": IMAGE, "Force": True},
    "ModifyImageAttribute": {"ImageId": IMAGE, "ImageName": "name"},
    "ModifyImageSharePermission": {"ImageId": IMAGE, "AddAccount": [OTHER]},
    "DescribeImageSharePermission": {"ImageId": IMAGE},
    "DescribeTasks": {},
    "DescribeTaskAttribute": {"TaskId": "t-bp1"},
    "CancelTask": {"TaskId": "t-bp1"},
    "TagResources": {"ResourceType": "disk", "ResourceId": [FREE], "Tag": ONE_TAG},
    "UntagResources": {"ResourceType": "disk", "ResourceId": [USED], "TagKey": ["a"]},
    "ListTagResources": {"ResourceType": "disk", "Tag": [{"Key": "a"}]},
    "AddTags": {"ResourceType": "disk", "ResourceId": FREE, "Tag": ONE_TAG},
    "RemoveTags": {"ResourceType": "disk", "ResourceId": USED, "Tag": ONE_TAG},
    "DescribeTags": {},
    "DescribeResourceByTags": {"Tag": ONE_TAG},
    "CreateNetworkInterface": {
        "VSwitchId": VSWITCH,
        "SecurityGroupId": GROUP,
        "Tag": ONE_TAG,
        "Ipv6AddressCount": 1,
        "Ipv4PrefixCount": 1,
        "Ipv6PrefixCount": 1,
        "QueueNumber": 2,
    },
    "AttachNetworkInterface": {"NetworkInterfaceId": ENI, "InstanceId": STOPPED},
    "DetachNetworkInterface": {"NetworkInterfaceId": USED_ENI, "InstanceId": RUNNING},
    "DeleteNetworkInterface": {"NetworkInterfaceId": ENI},
    "DescribeNetworkInterfaces": {},
    "DescribeNetworkInterfaceAttribute": {"NetworkInterfaceId": USED_ENI},
    "ModifyNetworkInterfaceAttribute": {"NetworkInterfaceId": ENI, "Description": "of it"},
    "AssignPrivateIpAddresses": {"NetworkInterfaceId": ENI, "SecondaryPrivateIpAddressCount": 2},
    "UnassignPrivateIpAddresses": {"NetworkInterfaceId": ENI, "PrivateIpAddress": ["10.0.0.99"]},
    "AssignIpv6Addresses": {"NetworkInterfaceId": USED_ENI, "Ipv6AddressCount": 1},
    "UnassignIpv6Addresses": {"NetworkInterfaceId": ENI, "Ipv6Address": ["2408:4005:1:1::9"]},
}
CHANGES: dict[str, Any] = {
    "m-bp1busy": BUSY,
    "t-bp1": TASK,
    IMAGE: {"snapshot_ids": [SYSTEM_SNAPSHOT], "devices": [{"SnapshotId": SYSTEM_SNAPSHOT}]},
    SNAPSHOT: {"retention_days": 5},
    USED: {"tags": {"a": "b"}, "lock": "", "provisioned_iops": 7},
    ENI: {"secondary_ips": ["10.0.0.99"], "ipv6s": ["2408:4005:1:1::9"]},
    USED_ENI: {"queue_number": 2},
}


def test_every_action_has_a_call_here() -> None:
    assert sorted(CALLS) == ACTIONS


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_honours_only_what_the_sdk_can_send(name: str) -> None:
    action = catalogue().actions["Ecs", name]
    assert [p for p in action.parameters if not oracle.accepts("Ecs", name, p)] == []


@pytest.mark.parametrize("name", ACTIONS)
def test_an_answer_is_what_the_sdk_expects(alicloud_direct: Simulator, name: str) -> None:
    begin(alicloud_direct, CHANGES, profile="typical")
    put(alicloud_direct)
    body = alicloud_direct.ask("Ecs", name, **CALLS[name])
    assert oracle.unknown_keys("Ecs", name, body) == []
    assert oracle.wrong_types("Ecs", name, body) == []


@pytest.mark.parametrize("name", ACTIONS)
def test_every_parameter_of_the_sdk_may_be_empty(alicloud_direct: Simulator, name: str) -> None:
    begin(alicloud_direct, CHANGES)
    put(alicloud_direct)
    skip = re.compile(r"^(Owner|Resource(Owner|Group)|Region)")
    known = [each for each in oracle.schema("Ecs", name).parameters if not skip.match(each)]
    empty = {each.replace(".N", ".99"): "" for each in known}
    alicloud_direct.ask("Ecs", name, **{**empty, **CALLS[name]})


@pytest.mark.parametrize("name", [name for name in ACTIONS if name.startswith("Describe")])
def test_a_read_takes_any_garbage(alicloud_direct: Simulator, name: str) -> None:
    begin(alicloud_direct, CHANGES)
    for garbage in ("\0", "[]", '{"a":', "-1", "é" * 500, "true", "1e9"):
        for each in catalogue().actions["Ecs", name].parameters:
            exchange = alicloud_direct.desk.rpc.ask(
                alicloud_direct.account, "Ecs", name, {each.replace(".N", ".1"): garbage}
            )
            alicloud_direct.desk.work(alicloud_direct.desk.begin(exchange))
    assert not alicloud_direct.desk.journal.defects


def send(alicloud: Simulator, request: Any) -> dict[str, Any]:
    key = alicloud.account
    client = AcsClient(key.id, key.secret, "cn-hangzhou", auto_retry=False)
    request.set_endpoint(alicloud.host)
    try:
        return dict(json.loads(client.do_action_with_exception(request)))
    finally:
        client.session.close()


def test_the_official_sdk_makes_attaches_and_tags_a_disk(alicloud: Simulator) -> None:
    begin(alicloud)
    create = CreateDiskRequest.CreateDiskRequest()
    create.set_ZoneId(ZONE)
    create.set_Size(20)
    create.set_DiskCategory("cloud_essd")
    create.set_Tags([{"Key": "a", "Value": "b"}])
    disk_id = send(alicloud, create)["DiskId"]
    attach = AttachDiskRequest.AttachDiskRequest()
    attach.set_DiskId(disk_id)
    attach.set_InstanceId(RUNNING)
    send(alicloud, attach)
    tag = TagResourcesRequest.TagResourcesRequest()
    tag.set_ResourceType("disk")
    tag.set_ResourceIds([disk_id])
    tag.set_Tags([{"Key": "c", "Value": "d"}])
    send(alicloud, tag)
    describe = DescribeDisksRequest.DescribeDisksRequest()
    describe.set_DiskIds(json.dumps([disk_id]))
    (shown,) = send(alicloud, describe)["Disks"]["Disk"]
    tags = [(each["TagKey"], each["TagValue"]) for each in shown["Tags"]["Tag"]]
    assert (shown["InstanceId"], tags) == (RUNNING, [("a", "b"), ("c", "d")])


def test_a_conflict_has_no_message_over_the_wire(alicloud: Simulator) -> None:
    moving = {FREE: {"instance_id": RUNNING, "device": "/dev/xvdc", "state": "Detaching"}}
    begin(alicloud, moving, {"knobs": {"disk.parallel_detach": "conflict"}})
    detach = DetachDiskRequest.DetachDiskRequest()
    detach.set_DiskId(USED)
    detach.set_InstanceId(RUNNING)
    with pytest.raises(ServerException) as refused:
        send(alicloud, detach)
    assert refused.value.get_error_code() == "InvalidOperation.Conflict"
    assert refused.value.get_error_msg() is None
