"""Each code of the calls on images and tasks that exist comes from a request and a world."""

from __future__ import annotations

from typing import Any

import pytest

from cpikit_alicloud_simulator.simulator import Simulator
from tests.simulator.instances_kit import refused
from tests.simulator.storage_kit import IMAGE, OTHER, OTHERS_IMAGE, Row, check, named, told

DOES = dict[str, Any]
ONE = {"ImageId": IMAGE}
SHARE = {**ONE, "AddAccount": [OTHER]}
MODIFY: list[tuple[str, DOES, DOES, DOES]] = [
    ("MissingParameter", {}, {}, {"ImageName": "name"}),
    ("MissingParameter", {}, {}, ONE),
    ("InvalidImageId.NotFound", {}, {}, {"ImageId": "m-none", "ImageName": "name"}),
    ("InvalidImageId.NotFound", {}, {}, {"ImageId": OTHERS_IMAGE, "ImageName": "name"}),
    ("InvalidRegionId.NotFound", {}, {}, {**ONE, "RegionId": "cn-nowhere"}),
    ("InvalidDescription.Malformed", {}, {}, {**ONE, "Description": "http://"}),
    ("InvalidImageName.Malformed", {}, {}, {**ONE, "ImageName": "http://"}),
    (
        "InvalidImageName.Duplicated",
        {"m-1": {"kind": "image", "name": "taken"}},
        {},
        {**ONE, "ImageName": "taken"},
    ),
    ("DryRunOperation", {}, {}, {**ONE, "ImageName": "name", "DryRun": True}),
]
THEIRS = {"i-1": {"kind": "instance", "account_id": OTHER, "image_id": IMAGE}}
COPYING = {
    "m-1": {
        "kind": "image",
        "region_id": "cn-beijing",
        "is_copied": True,
        "state": "Creating",
        "source_image_id": IMAGE,
    }
}
DELETE: list[tuple[str, DOES, DOES, DOES]] = [
    ("InvalidImageId.NotFound", {}, {}, {"ImageId": "m-none"}),
    ("InvalidRegionId.NotFound", {}, {}, {**ONE, "RegionId": "cn-nowhere"}),
    ("ImageIsCreating", {IMAGE: {"state": "Creating"}}, {}, ONE),
    ("ImageIsImporting", {IMAGE: {"state": "Creating", "task_id": "t-1"}}, {}, ONE),
    ("ImageIsExporting", {IMAGE: {"conditions": ["exporting"]}}, {}, ONE),
    ("OperationDenied.ImageCopying", COPYING, {}, ONE),
    ("ImageUsingByInstance", {}, {}, ONE),
    ("ImageUseShared", {**THEIRS, IMAGE: {"shared_with": [OTHER]}}, {}, ONE),
    ("DryRunOperation", {}, {}, {**ONE, "Force": True, "DryRun": True}),
]
PERMIT: list[tuple[str, DOES, DOES, DOES]] = [
    ("MissingParameter", {}, {}, ONE),
    ("IncorrectImageStatus", {IMAGE: {"state": "Creating"}}, {}, SHARE),
    ("InvalidGroup.Malformed", {}, {}, {**ONE, "LaunchPermission": "all"}),
    ("InvalidRegionId.NotFound", {}, {}, {**SHARE, "RegionId": "cn-nowhere"}),
    ("InvalidImageId.NotFound", {}, {}, {**SHARE, "ImageId": "m-none"}),
    ("InvalidImageId.BidMismatch", {IMAGE: {"conditions": ["other_site"]}}, {}, SHARE),
    ("OperationDeined.EncryptedSnapshot", {IMAGE: {"encrypted": True}}, {}, SHARE),
    ("QuotaExceed.ShareImage", {}, {"quotas": {"ecs.shared_images": 0}}, SHARE),
    ("QuotaExceed.ShareImageUser", {}, {"quotas": {"ecs.image_users": 0}}, SHARE),
    ("InvalidAccount.NotFound", {}, {}, {**ONE, "AddAccount": ["3"]}),
    ("InvalidAccount.Forbbiden", {}, told("unusable", OTHER), SHARE),
]
PERMITTED: list[tuple[str, DOES, DOES, DOES]] = [
    ("MissingParameter", {}, {}, {}),
    ("InvalidImageId.NotFound", {}, {}, {"ImageId": "m-none"}),
    ("InvalidImageId.NotFound", {}, {}, {"ImageId": OTHERS_IMAGE}),
    ("InvalidRegionId.NotFound", {}, {}, {**ONE, "RegionId": "cn-nowhere"}),
]
LIST: list[tuple[str, DOES, DOES, DOES]] = [
    ("DryRunOperation", {}, {}, {"DryRun": True}),
    ("InvalidImageOwnerAlias.ValueNotSupported", {}, {}, {"ImageOwnerAlias": "me"}),
    ("InvalidInstanceType.ValueNotSupported", {}, {}, {"InstanceType": "ecs.none"}),
    ("InvalidParamter", {}, {}, {"Status": "Best"}),
    ("InvalidParamter", {}, {}, {"ImageId": ",".join(f"m-{n}" for n in range(101))}),
    ("InvalidTag.Mismatch", {}, {}, {"Tag": [{"Value": "a"}]}),
    ("InvalidTagCount", {}, {}, {"Tag": [{"Key": f"k{n}"} for n in range(21)]}),
    ("InvalidArchitecture", {}, {}, {"Architecture": "vax"}),
    ("InvalidFilterKey.NotFound", {}, {}, {"Filter": [{"Key": "a", "Value": "b"}]}),
    ("InvalidOSType", {}, {}, {"OSType": "vms"}),
    ("InvalidUsage", {}, {}, {"Usage": "best"}),
]
TASK: list[tuple[str, DOES, DOES, DOES]] = [
    ("MissingParameter", {}, {}, {}),
    ("InvalidTaskId.NotFound", {}, {}, {"TaskId": "t-none"}),
    ("InvalidRegionId.NotFound", {}, {}, {"TaskId": "t-1", "RegionId": "cn-nowhere"}),
]
ROWS: list[Row] = [
    *[("ModifyImageAttribute", *each) for each in MODIFY],
    *[("DeleteImage", *each) for each in DELETE],
    *[("ModifyImageSharePermission", *each) for each in PERMIT],
    *[("DescribeImageSharePermission", *each) for each in PERMITTED],
    *[("DescribeImages", *each) for each in LIST],
    *[("DescribeTaskAttribute", *each) for each in TASK],
    *[("CancelTask", *each) for each in TASK],
    ("DescribeTasks", "InvalidRegionId.NotFound", {}, {}, {"RegionId": "cn-nowhere"}),
    ("DescribeTasks", "InvalidParameter", {}, {}, {"StartTime": "now"}),
]


@pytest.mark.parametrize("row", ROWS, ids=named(ROWS))
def test_a_call_is_refused_with_the_documented_code(alicloud_direct: Simulator, row: Row) -> None:
    check(alicloud_direct, row, refused)
