"""Images: imported, copied, made, shared, listed, deleted; and what stays behind."""

from __future__ import annotations

import io
import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpikit_alicloud_simulator.products.ecs.images_contents import looked_into
from cpikit_alicloud_simulator.simulator import Simulator
from tests.simulator.instances_kit import refused
from tests.simulator.storage_kit import (
    BUCKET,
    FILE,
    IMAGE,
    OTHER,
    OTHERS_IMAGE,
    OTHERS_KEY,
    RUNNING,
    SNAPSHOT,
    SYSTEM_SNAPSHOT,
    begin,
    knob,
    put,
)

GIB = 1024**3
MAPPING = {"OSSBucket": BUCKET, "OSSObject": FILE, "Format": "RAW"}
ONE = {"ImageId": IMAGE}
SHARE = {**ONE, "AddAccount": [OTHER]}


def images(alicloud: Simulator, **filters: Any) -> list[dict[str, Any]]:
    return list(alicloud.ask("Ecs", "DescribeImages", **filters)["Images"]["Image"])


def an_import(alicloud: Simulator, **mapping: Any) -> dict[str, Any]:
    return alicloud.ask(
        "Ecs",
        "ImportImage",
        ImageName="stemcell",
        Features={"NvmeSupport": "supported"},
        DiskDeviceMapping=[{**MAPPING, **mapping}],
    )


def test_an_import_is_unseen_until_it_is_done(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, profile="typical")
    put(alicloud_direct)
    made = an_import(alicloud_direct)
    one = {"ImageId": made["ImageId"]}
    assert images(alicloud_direct, **one) == []
    alicloud_direct.clock.sleep(450)
    (shown,) = images(alicloud_direct, **one, Status="Creating,Waiting,Available")
    assert shown["Status"] == "Creating"
    task = alicloud_direct.ask("Ecs", "DescribeTaskAttribute", TaskId=made["TaskId"])
    assert (task["TaskProcess"], task["TaskStatus"]) == (shown["Progress"], "Processing")
    assert refused(alicloud_direct, "DeleteImage", **one) == "ImageIsImporting"
    alicloud_direct.clock.sleep(900)
    (shown,) = images(alicloud_direct, **one)
    assert (shown["ImageName"], shown["Features"]) == ("stemcell", {"NvmeSupport": "supported"})
    (device,) = shown["DiskDeviceMappings"]["DiskDeviceMapping"]
    assert (device["ImportOSSObject"], device["Size"]) == (FILE, "1")
    (listed,) = alicloud_direct.ask("Ecs", "DescribeTasks", TaskIds=made["TaskId"])["TaskSet"][
        "Task"
    ]
    assert (listed["TaskStatus"], listed["TaskAction"]) == ("Finished", "ImportImage")


def test_deleting_an_image_leaves_its_snapshots(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct)
    put(alicloud_direct)
    id_ = an_import(alicloud_direct)["ImageId"]
    (shown,) = images(alicloud_direct, ImageId=id_)
    snapshot_id = shown["DiskDeviceMappings"]["DiskDeviceMapping"][0]["SnapshotId"]
    one = {"SnapshotId": snapshot_id}
    assert refused(alicloud_direct, "DeleteSnapshot", **one) == "SnapshotCreatedImage"
    alicloud_direct.ask("Ecs", "DeleteImage", ImageId=id_)
    assert images(alicloud_direct, ImageId=id_) == []
    alicloud_direct.ask("Ecs", "DeleteSnapshot", **one)


def test_an_image_goes_a_while_after_it_was_deleted(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, profile="typical")
    for _ in range(2):
        alicloud_direct.ask("Ecs", "DeleteImage", ImageId=IMAGE, Force=True)
        assert len(images(alicloud_direct, ImageId=IMAGE)) == 1
    alicloud_direct.clock.sleep(5)
    assert images(alicloud_direct, ImageId=IMAGE) == []
    assert refused(alicloud_direct, "DeleteImage", ImageId=IMAGE) == "InvalidImageId.NotFound"


def test_an_unknown_image_may_be_ignored(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, sections=knob("image.delete_unknown", "ignore"))
    alicloud_direct.ask("Ecs", "DeleteImage", ImageId="m-none")


def test_a_file_of_another_format_fails_at_the_end(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct)
    put(alicloud_direct)
    made = an_import(alicloud_direct, Format="QCOW2")
    assert images(alicloud_direct, ImageId=made["ImageId"]) == []
    (shown,) = images(alicloud_direct, ImageId=made["ImageId"], Status="CreateFailed")
    assert shown["Status"] == "CreateFailed"
    task = alicloud_direct.ask("Ecs", "DescribeTaskAttribute", TaskId=made["TaskId"])
    (progress,) = task["OperationProgressSet"]["OperationProgress"]
    assert (task["TaskStatus"], progress["ErrorCode"]) == (
        "Failed",
        "InvalidImageFormat.Malformed",
    )


def test_an_import_can_be_cancelled(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, profile="typical")
    put(alicloud_direct)
    made = an_import(alicloud_direct)
    alicloud_direct.ask("Ecs", "CancelTask", TaskId=made["TaskId"])
    alicloud_direct.clock.sleep(3000)
    assert images(alicloud_direct, ImageId=made["ImageId"], Status="Creating,Available") == []
    one = {"TaskId": made["TaskId"]}
    assert refused(alicloud_direct, "CancelTask", **one) == "InvalidTaskStatus.NotSupportCancel"


QCOW2 = b"QFI\xfb" + b"\0" * 20 + struct.pack(">Q", 7 * GIB) + b"\0" * 600
VHD = b"\0" * 600 + b"conectix" + b"\0" * 40 + struct.pack(">Q", 3 * GIB) + b"\0" * 456


@pytest.mark.parametrize(("data", "form", "size"), [(QCOW2, "qcow2", 7), (VHD, "vhd", 3)])
def test_what_a_file_is_decides_without_a_word(
    alicloud_direct: Simulator, data: bytes, form: str, size: int
) -> None:
    begin(alicloud_direct)
    put(alicloud_direct, data)
    id_ = an_import(alicloud_direct, Format=None)["ImageId"]
    (shown,) = images(alicloud_direct, ImageId=id_)
    (device,) = shown["DiskDeviceMappings"]["DiskDeviceMapping"]
    assert (device["Format"], device["Size"], shown["Size"]) == (form, str(size), size)
    mapping = [{**MAPPING, "DiskImageSize": size - 1}]
    assert refused(alicloud_direct, "ImportImage", DiskDeviceMapping=mapping) == "InvalidImageSize"


@given(data=st.binary(max_size=2000), head=st.sampled_from([b"", b"QFI\xfb", b"conectix"]))
@settings(derandomize=True, database=None)
def test_any_bytes_are_some_image(data: bytes, head: bytes) -> None:
    whole = head + data
    found = looked_into(io.BytesIO(whole), len(whole))
    assert found.format in {"RAW", "QCOW2", "VHD"}
    assert found.size_gib >= 1


def test_a_copy_lacks_what_the_source_could_do(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, {IMAGE: {"nvme_support": "supported"}}, profile="typical")
    there = {"RegionId": "cn-beijing"}
    copy = {"ImageId": IMAGE, "DestinationRegionId": "cn-beijing", "DestinationImageName": "copy"}
    id_ = alicloud_direct.ask("Ecs", "CopyImage", **copy)["ImageId"]
    assert images(alicloud_direct, **there) == []
    assert refused(alicloud_direct, "DeleteImage", ImageId=IMAGE, Force=True) == (
        "OperationDenied.ImageCopying"
    )
    alicloud_direct.clock.sleep(900)
    (shown,) = images(alicloud_direct, **there)
    assert (shown["ImageId"], shown["IsCopied"], shown["Features"]) == (id_, True, {})
    features = {"NvmeSupport": "supported"}
    alicloud_direct.ask("Ecs", "ModifyImageAttribute", ImageId=id_, Features=features, **there)
    assert images(alicloud_direct, **there)[0]["Features"] == features


def test_a_copy_can_be_cancelled(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, profile="typical")
    copy = {"ImageId": IMAGE, "DestinationRegionId": "cn-beijing"}
    id_ = alicloud_direct.ask("Ecs", "CopyImage", **copy)["ImageId"]
    alicloud_direct.ask("Ecs", "CancelCopyImage", ImageId=id_, RegionId="cn-beijing")
    assert refused(alicloud_direct, "CancelCopyImage", ImageId=IMAGE) == "IncorrectImageStatus"
    assert alicloud_direct.world.find(id_) is None


def test_another_account_sees_what_is_shared_and_no_longer(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct)
    ask = alicloud_direct.ask
    key = alicloud_direct.world.accounts.find(OTHERS_KEY["id"])
    assert images(alicloud_direct, ImageId=OTHERS_IMAGE)[0]["ImageOwnerAlias"] == "others"
    ask("Ecs", "ModifyImageSharePermission", **SHARE)
    seen = ask("Ecs", "DescribeImages", key, ImageId=IMAGE)["Images"]["Image"]
    assert seen[0]["ImageOwnerAlias"] == "others"
    accounts = ask("Ecs", "DescribeImageSharePermission", **ONE)["Accounts"]["Account"]
    assert [each["AliyunId"] for each in accounts] == [OTHER]
    assert images(alicloud_direct, **ONE)[0]["IsSelfShared"] == "True"
    ask("Ecs", "ModifyImageSharePermission", **ONE, RemoveAccount=[OTHER])
    assert ask("Ecs", "DescribeImages", key, ImageId=IMAGE)["Images"]["Image"] == []


def test_what_is_over_ten_accounts_is_dropped_in_silence(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct)
    ids = [str(3 * 10**15 + number) for number in range(12)]
    for id_ in ids:
        alicloud_direct.world.accounts.add_account(id_)
    alicloud_direct.ask("Ecs", "ModifyImageSharePermission", **ONE, AddAccount=ids)
    page = {**ONE, "PageSize": 100}
    answer = alicloud_direct.ask("Ecs", "DescribeImageSharePermission", **page)
    assert [each["AliyunId"] for each in answer["Accounts"]["Account"]] == ids[:10]


def test_an_image_of_an_instance_takes_snapshots_of_its_disks(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, profile="typical")
    made = alicloud_direct.ask("Ecs", "CreateImage", InstanceId=RUNNING, ImageName="made")
    assert refused(alicloud_direct, "DeleteImage", ImageId=made["ImageId"]) == "ImageIsCreating"
    alicloud_direct.clock.sleep(300)
    (shown,) = images(alicloud_direct, ImageName="ma*")
    devices = shown["DiskDeviceMappings"]["DiskDeviceMapping"]
    assert [each["Type"] for each in devices] == ["system", "data"]
    assert (shown["Size"], shown["Status"]) == (40, "Available")


def test_a_mapping_has_the_system_disk_first(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct)
    mapping = [
        {"SnapshotId": SNAPSHOT, "Size": 50},
        {"Size": 10, "DiskType": "data"},
        {"SnapshotId": SYSTEM_SNAPSHOT, "DiskType": "system"},
    ]
    made = alicloud_direct.ask("Ecs", "CreateImage", DiskDeviceMapping=mapping)
    (shown,) = images(alicloud_direct, ImageId=made["ImageId"])
    devices = shown["DiskDeviceMappings"]["DiskDeviceMapping"]
    assert [(each["Type"], each["Size"]) for each in devices] == [
        ("system", "30"),
        ("data", "50"),
        ("data", "10"),
    ]
    assert shown["Size"] == 30
