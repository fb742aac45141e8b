"""What DescribeImages leaves, by each of its filters."""

from __future__ import annotations

from typing import Any

import pytest

from cpikit_alicloud_simulator.simulator import Simulator
from tests.simulator.storage_kit import IMAGE, OTHERS_IMAGE, RUNNING, SYSTEM_SNAPSHOT, begin

ARM = "m-bp1arm"
OLD = "m-bp1old"
PUBLIC = "m-bp1public"
CHANGES: dict[str, Any] = {
    IMAGE: {
        "name": "mine-1",
        "family": "mine",
        "tags": {"a": "b"},
        "snapshot_ids": [SYSTEM_SNAPSHOT],
        "nvme_support": "supported",
    },
    ARM: {"kind": "image", "architecture": "arm64", "supports_cloudinit": False},
    OLD: {"kind": "image", "state": "Deprecated", "os_type": "windows"},
    PUBLIC: {
        "kind": "image",
        "account_id": "system",
        "is_public": True,
        "owner_alias": "system",
        "nvme_support": "unsupported",
    },
}
ALL = {IMAGE, ARM, PUBLIC, OTHERS_IMAGE}
FOUND: list[tuple[dict[str, Any], set[str]]] = [
    ({}, ALL),
    ({"Status": "Deprecated"}, {OLD}),
    ({"Status": "Available,Deprecated"}, ALL | {OLD}),
    ({"ImageId": f"{IMAGE},{OLD},m-none"}, {IMAGE}),
    ({"ImageName": "mine-*"}, {IMAGE}),
    ({"ImageFamily": "mine"}, {IMAGE}),
    ({"ImageOwnerAlias": "self"}, {IMAGE, ARM}),
    ({"ImageOwnerAlias": "system"}, {PUBLIC}),
    ({"ImageOwnerAlias": "others"}, {OTHERS_IMAGE}),
    ({"ImageOwnerId": "2000000000000002"}, {OTHERS_IMAGE}),
    ({"SnapshotId": SYSTEM_SNAPSHOT}, {IMAGE}),
    ({"Usage": "instance"}, {IMAGE}),
    ({"Usage": "none", "ImageOwnerAlias": "self"}, {ARM}),
    ({"OSType": "windows"}, set()),
    ({"Architecture": "arm64"}, {ARM}),
    ({"InstanceType": "ecs.g8y.large"}, set()),
    ({"InstanceType": "ecs.g9i.large"}, {IMAGE}),
    ({"InstanceType": "ecs.g6.large", "ActionType": "CreateEcs"}, ALL - {ARM}),
    ({"IsPublic": True}, {PUBLIC}),
    ({"IsSupportCloudinit": False}, {ARM}),
    ({"IsSupportIoOptimized": False}, set()),
    ({"Tag": [{"Key": "a", "Value": "b"}]}, {IMAGE}),
    ({"ResourceGroupId": "rg-1"}, set()),
    ({"Filter": [{"Key": "CreationStartTime", "Value": "2027-01-01T00:00Z"}]}, set()),
]


@pytest.mark.parametrize(("filters", "ids"), FOUND)
def test_a_filter_leaves_what_it_says(
    alicloud_direct: Simulator, filters: dict[str, Any], ids: set[str]
) -> None:
    begin(alicloud_direct, CHANGES)
    answer = alicloud_direct.ask("Ecs", "DescribeImages", **filters)
    assert {each["ImageId"] for each in answer["Images"]["Image"]} == ids
    assert answer["TotalCount"] == len(ids)


def test_an_image_that_instances_use_says_so(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, CHANGES)
    (shown,) = alicloud_direct.ask("Ecs", "DescribeImages", ImageId=IMAGE)["Images"]["Image"]
    assert shown["Usage"] == "instance"
    for id_ in (RUNNING, "i-bp1stopped"):
        found = alicloud_direct.world.find(id_)
        assert found is not None
        found.vanish(alicloud_direct.world)
    (shown,) = alicloud_direct.ask("Ecs", "DescribeImages", ImageId=IMAGE)["Images"]["Image"]
    assert shown["Usage"] == "none"
