"""Attaching and detaching against a scripted cloud: costs, states, holders, and hints."""

from __future__ import annotations

from typing import Any

import pytest

from cpikit.testing import CallFailed
from cpikit_alicloud import tags
from tests.alicloud.disk_cloud import DiskCloud, Drive


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> DiskCloud:
    made = DiskCloud()
    monkeypatch.setattr("cpikit_alicloud.client.SdkWire", lambda *_: made)
    return made


def a_vm(cloud: DiskCloud, **more: str) -> str:
    """A running VM of ours."""
    one = cloud.launch(InstanceType="ecs.g7.large", ImageId="m-1", **more)
    one.tags[tags.AGENT] = "agent-1"
    cloud.clock.sleep(60)
    return one.id


def created(cloud: DiskCloud, size: int, properties: dict[str, Any], vm: str | None = None) -> str:
    cid: str = cloud.cpi().call("create_disk", size, properties, vm)
    return cid


def refused(cloud: DiskCloud, method: str, *arguments: Any) -> CallFailed:
    with pytest.raises(CallFailed) as failure:
        cloud.cpi().call(method, *arguments)
    return failure.value


# attach_disk, detach_disk


def attached(cloud: DiskCloud, vm: str, drive: Drive) -> str:
    hint: str = cloud.cpi().call("attach_disk", vm, drive.id)
    return hint


def test_attaching_costs_at_most_four_calls(cloud: DiskCloud) -> None:
    attached(cloud, a_vm(cloud), cloud.drive())
    assert cloud.counted() == [
        "DescribeInstances",
        "DescribeInstanceTypes",
        "AttachDisk",
        "DescribeDisks",
    ]


@pytest.mark.parametrize(
    ("nvme", "beginning"),
    [
        ("unsupported", "/dev/disk/by-id/virtio-"),
        ("required", "/dev/disk/by-id/nvme-Alibaba_Cloud_Elastic_Block_Storage_"),
    ],
)
def test_the_hint_is_the_path_by_id(cloud: DiskCloud, nvme: str, beginning: str) -> None:
    cloud.nvme = nvme
    drive = cloud.drive()
    assert attached(cloud, a_vm(cloud), drive) == f"{beginning}{drive.id.removeprefix('d-')}"


def test_a_serial_number_of_the_cloud_wins_over_the_id(cloud: DiskCloud) -> None:
    drive = cloud.drive()
    drive.serial = "serial0000000000001"
    assert attached(cloud, a_vm(cloud), drive).endswith("virtio-serial0000000000001")


def test_the_tag_of_the_vm_spares_the_question_about_its_type(cloud: DiskCloud) -> None:
    vm = a_vm(cloud)
    cloud.instances[vm].tags[tags.BINDINGS] = "f=1;d=nvme"
    assert "nvme-Alibaba" in attached(cloud, vm, cloud.drive())
    assert "DescribeInstanceTypes" not in cloud.names()


def test_attaching_again_gives_the_same_hint(cloud: DiskCloud) -> None:
    vm, drive = a_vm(cloud), cloud.drive()
    assert attached(cloud, vm, drive) == attached(cloud, vm, drive)


def test_a_disk_of_another_vm_is_refused_and_named(cloud: DiskCloud) -> None:
    vm, drive = a_vm(cloud), cloud.drive()
    cloud.plan(drive, (0.0, "In_use", "i-77"))
    failure = refused(cloud, "attach_disk", vm, drive.id)
    assert "attached to VM i-77" in failure.message
    assert cloud.state(drive) == ("In_use", "i-77")


def test_attaching_waits_until_the_disk_may_be_attached(cloud: DiskCloud) -> None:
    vm = a_vm(cloud)
    for status, holder in (("Creating", ""), ("Detaching", "i-77"), ("Modifying", "")):
        drive = cloud.drive()
        cloud.plan(drive, (0.0, status, holder), (40.0, "Available", ""))
        attached(cloud, vm, drive)
        assert cloud.state(drive) == ("In_use", vm)


def test_attaching_a_missing_disk_or_to_a_missing_vm_is_told(cloud: DiskCloud) -> None:
    vm = a_vm(cloud)
    assert refused(cloud, "attach_disk", vm, "d-nothing").type == "DiskNotFound"
    assert refused(cloud, "attach_disk", "i-99", cloud.drive().id).type == "VMNotFound"


def test_a_vm_that_the_action_sees_late_is_tried_again(cloud: DiskCloud) -> None:
    vm, drive = a_vm(cloud), cloud.drive()
    cloud.refuse("AttachDisk", "IncorrectInstanceStatus", times=3)
    attached(cloud, vm, drive)
    assert cloud.state(drive) == ("In_use", vm)


def test_a_full_vm_is_an_error_at_once(cloud: DiskCloud) -> None:
    vm, drive = a_vm(cloud), cloud.drive()
    cloud.refuse("AttachDisk", "InstanceDiskLimitExceeded")
    slept = len(cloud.clock.sleeps)
    assert "InstanceDiskLimitExceeded" in refused(cloud, "attach_disk", vm, drive.id).message
    assert len(cloud.clock.sleeps) == slept


def test_a_lost_answer_of_an_attach_is_settled_by_the_state(cloud: DiskCloud) -> None:
    vm, drive = a_vm(cloud), cloud.drive()
    cloud.then("AttachDisk", lambda: "lose")
    attached(cloud, vm, drive)
    assert cloud.state(drive) == ("In_use", vm)


def test_an_accepted_attach_without_effect_goes_again(cloud: DiskCloud) -> None:
    vm, drive = a_vm(cloud), cloud.drive()

    def reset() -> None:
        cloud.plan(drive, (0.0, "Available", ""))

    cloud.then("DescribeDisks", reset)
    attached(cloud, vm, drive)
    assert cloud.names().count("AttachDisk") == 2


def test_detaching_costs_at_most_four_calls_and_claims(cloud: DiskCloud) -> None:
    vm = a_vm(cloud)
    drive = cloud.drives[created(cloud, 20480, {}, vm)]
    attached(cloud, vm, drive)
    cloud.calls.clear()
    cloud.cpi().call("detach_disk", vm, drive.id)
    assert cloud.counted() == ["DetachDisk", "DescribeDisks", "TagResources", "DescribeInstances"]
    letters = tags.read_state(drive.tags[tags.STATE])
    assert (letters["c"], letters["s"]) == ("1", "20480")
    assert cloud.state(drive) == ("Available", "")


def test_detaching_what_is_not_attached_succeeds(cloud: DiskCloud) -> None:
    vm, drive = a_vm(cloud), cloud.drive()
    cloud.cpi().call("detach_disk", vm, drive.id)
    cloud.cpi().call("detach_disk", vm, "d-nothing")
    cloud.cpi().call("detach_disk", "i-99", drive.id)


def test_detaching_from_another_vm_than_the_holder_leaves_it_there(cloud: DiskCloud) -> None:
    vm, drive = a_vm(cloud), cloud.drive()
    cloud.plan(drive, (0.0, "In_use", "i-77"))
    cloud.cpi().call("detach_disk", vm, drive.id)
    assert cloud.state(drive) == ("In_use", "i-77")


def test_detaching_waits_through_a_change_of_the_disk(cloud: DiskCloud) -> None:
    vm, drive = a_vm(cloud), cloud.drive()
    cloud.plan(drive, (0.0, "Modifying", vm), (300.0, "In_use", vm))
    cloud.cpi().call("detach_disk", vm, drive.id)
    assert cloud.state(drive) == ("Available", "")


def test_a_disk_that_stays_attached_is_an_error_that_says_so(cloud: DiskCloud) -> None:
    vm, drive = a_vm(cloud), cloud.drive()
    cloud.detach_s = 1e9
    attached(cloud, vm, drive)
    failure = refused(cloud, "detach_disk", vm, drive.id)
    assert "is Detaching, wanted detached from" in failure.message
