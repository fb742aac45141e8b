"""resize_disk and update_disk: in place, in a legal order, or NotSupported for a copy."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpikit.errors import NotSupported
from cpikit.testing import CallFailed
from cpikit_alicloud.disk_changes import _grown
from tests.alicloud.disk_cloud import DiskCloud


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> DiskCloud:
    made = DiskCloud()
    monkeypatch.setattr("cpikit_alicloud.client.SdkWire", lambda *_: made)
    return made


def updated(cloud: DiskCloud, cid: str, size: int, properties: dict[str, Any]) -> None:
    assert cloud.cpi().call("update_disk", cid, size, properties) == cid


def refused(cloud: DiskCloud, method: str, *arguments: Any) -> CallFailed:
    with pytest.raises(CallFailed) as failure:
        cloud.cpi().call(method, *arguments)
    return failure.value


def writes(cloud: DiskCloud) -> list[str]:
    return [name for name in cloud.names() if not name.startswith("Describe")]


def test_a_disk_grows_and_is_awaited(cloud: DiskCloud) -> None:
    drive = cloud.drive(Size="20")
    cloud.cpi().call("resize_disk", drive.id, 50 * 1024)
    assert drive.size == 50
    assert cloud.counted() == ["DescribeDisks", "ResizeDisk", "DescribeDisks"]


def test_the_present_size_is_a_success_without_a_change(cloud: DiskCloud) -> None:
    drive = cloud.drive(Size="50")
    cloud.cpi().call("resize_disk", drive.id, 50 * 1024)
    assert writes(cloud) == []


def test_a_smaller_size_is_not_supported(cloud: DiskCloud) -> None:
    drive = cloud.drive(Size="50")
    failure = refused(cloud, "resize_disk", drive.id, 49 * 1024)
    assert failure.type == "NotSupported"
    assert "has 50 GiB, wanted 49" in failure.message


def test_growing_a_disk_that_was_rounded_up_to_what_it_has_changes_nothing(
    cloud: DiskCloud,
) -> None:
    cid = cloud.cpi().call("create_disk", 10 * 1024, {}, None)
    cloud.calls.clear()
    cloud.cpi().call("resize_disk", cid, 15 * 1024)
    assert writes(cloud) == []
    assert cloud.drives[cid].size == 20


def test_a_rounded_up_disk_of_the_go_cpi_is_known_by_the_least_of_its_category(
    cloud: DiskCloud,
) -> None:
    drive = cloud.drive(Size="20", DiskCategory="cloud_ssd")
    cloud.cpi().call("resize_disk", drive.id, 15 * 1024)
    assert writes(cloud) == []


def test_the_asked_size_is_remembered_when_the_category_has_changed(cloud: DiskCloud) -> None:
    cid = cloud.cpi().call("create_disk", 10 * 1024, {"category": "cloud_auto"}, None)
    cloud.drives[cid].parameters["DiskCategory"] = "cloud_essd"
    cloud.cpi().call("resize_disk", cid, 30 * 1024)
    assert cloud.drives[cid].size == 40
    assert refused(cloud, "resize_disk", cid, 9 * 1024).type == "NotSupported"


def test_an_attached_disk_is_refused_at_once(cloud: DiskCloud) -> None:
    drive = cloud.drive()
    cloud.plan(drive, (0.0, "In_use", "i-7"))
    failure = refused(cloud, "update_disk", drive.id, 50 * 1024, {})
    assert "is attached to i-7" in failure.message
    assert not cloud.clock.sleeps


def test_a_missing_disk_is_disk_not_found(cloud: DiskCloud) -> None:
    assert refused(cloud, "resize_disk", "d-nothing", 1024).type == "DiskNotFound"


def test_an_update_that_changes_nothing_calls_nothing(cloud: DiskCloud) -> None:
    drive = cloud.drive(DiskCategory="cloud_essd", PerformanceLevel="PL1", Size="30")
    updated(cloud, drive.id, 30 * 1024, {"category": "cloud_essd", "performance_level": "PL1"})
    assert writes(cloud) == []


def test_an_absent_category_stays_as_it_is(cloud: DiskCloud) -> None:
    drive = cloud.drive(DiskCategory="cloud_essd", PerformanceLevel="PL1", Size="30")
    updated(cloud, drive.id, 40 * 1024, {})
    assert writes(cloud) == ["ResizeDisk"]


def test_a_change_of_category_that_takes_hours_is_waited_for(cloud: DiskCloud) -> None:
    drive = cloud.drive(DiskCategory="cloud_efficiency", Size="2000")
    updated(cloud, drive.id, 2100 * 1024, {"category": "cloud_essd", "performance_level": "PL1"})
    assert writes(cloud) == ["ModifyDiskSpec", "ResizeDisk"]
    assert cloud.state(drive)[0] == "Available"
    assert cloud.clock.elapsed_s > 3600


def test_a_level_that_needs_the_size_first_gets_it_first(cloud: DiskCloud) -> None:
    drive = cloud.drive(DiskCategory="cloud_essd", PerformanceLevel="PL1", Size="100")
    updated(cloud, drive.id, 500 * 1024, {"category": "cloud_essd", "performance_level": "PL2"})
    assert writes(cloud) == ["ResizeDisk", "ModifyDiskSpec"]


def test_a_level_that_the_size_does_not_reach_is_not_supported_and_named(cloud: DiskCloud) -> None:
    drive = cloud.drive(DiskCategory="cloud_essd", PerformanceLevel="PL1", Size="100")
    wanted = {"category": "cloud_essd", "performance_level": "PL3"}
    failure = refused(cloud, "update_disk", drive.id, 200 * 1024, wanted)
    assert failure.type == "NotSupported"
    assert "PL1 fits" in failure.message
    assert writes(cloud) == []


def test_iops_and_bursting_are_changed_in_place(cloud: DiskCloud) -> None:
    drive = cloud.drive(DiskCategory="cloud_auto", Size="40")
    wanted = {"category": "cloud_auto", "provisioned_iops": 2000, "bursting_enabled": True}
    updated(cloud, drive.id, 40 * 1024, wanted)
    assert writes(cloud) == ["ModifyDiskSpec", "ModifyDiskAttribute"]
    assert drive.parameters["ProvisionedIops"] == "2000"
    assert drive.parameters["BurstingEnabled"] == "true"


@pytest.mark.parametrize(
    ("has", "wanted"),
    [
        ({}, {"encrypted": True}),
        ({"Encrypted": "true"}, {"encrypted": False}),
        ({"Encrypted": "true", "KMSKeyId": "key-1"}, {"kms_key_id": "key-2"}),
    ],
)
def test_encryption_cannot_be_changed_in_place(
    cloud: DiskCloud, has: dict[str, str], wanted: dict[str, Any]
) -> None:
    drive = cloud.drive(**has)
    failure = refused(cloud, "update_disk", drive.id, 50 * 1024, wanted)
    assert failure.type == "NotSupported"
    assert writes(cloud) == []


@pytest.mark.parametrize(
    "code",
    [
        "InvalidDiskCategory.NotSupported",
        "OperationDenied.DiskCategoryNotSupport",
        "InvalidInstanceType.NotSupportDiskCategory",
        "OperationDenied.PerformanceLevelNotMatch",
        "OperationDenied.NoStock",
        "DiskInCoolingPeriod",
    ],
)
def test_what_the_api_refuses_to_do_in_place_is_not_supported(cloud: DiskCloud, code: str) -> None:
    drive = cloud.drive()
    cloud.refuse("ModifyDiskSpec", code)
    failure = refused(cloud, "update_disk", drive.id, 20 * 1024, {"category": "cloud_essd"})
    assert failure.type == "NotSupported"
    assert code in failure.message


def test_a_half_done_update_says_what_is_done(cloud: DiskCloud) -> None:
    drive = cloud.drive(Size="40")
    cloud.refuse("ResizeDisk", "QuotaExceed.PostPaidDisk")
    failure = refused(cloud, "update_disk", drive.id, 50 * 1024, {"category": "cloud_essd"})
    assert failure.type == "CloudError"
    assert "spec is changed already" in failure.message


def test_the_answer_that_there_is_nothing_to_change_is_a_success(cloud: DiskCloud) -> None:
    drive = cloud.drive(DiskCategory="cloud_ssd")

    def already() -> None:
        drive.parameters["DiskCategory"] = "cloud_essd"
        cloud.refuse("ModifyDiskSpec", "NoChangeInDiskCategoryAndPerformanceLevel")
        cloud.rules["ModifyDiskSpec"].pop()()

    cloud.then("ModifyDiskSpec", already)
    updated(cloud, drive.id, 20 * 1024, {"category": "cloud_essd"})


def test_a_disk_that_is_being_changed_is_waited_for(cloud: DiskCloud) -> None:
    drive = cloud.drive()
    cloud.plan(drive, (0.0, "Modifying", ""), (9000.0, "Available", ""))
    updated(cloud, drive.id, 50 * 1024, {})
    assert drive.size == 50


def test_a_size_that_is_not_there_after_the_call_is_an_error(cloud: DiskCloud) -> None:
    drive = cloud.drive(Size="40")
    cloud.do_ResizeDisk = lambda _given: {}  # type: ignore[method-assign]
    failure = refused(cloud, "resize_disk", drive.id, 50 * 1024)
    assert "with 40 GiB, wanted Available with 50 GiB" in failure.message


@given(
    real=st.integers(1, 3000),
    asked_mib=st.integers(1, 3000 * 1024),
    category=st.sampled_from(["cloud", "cloud_essd", "cloud_auto", "cloud_efficiency"]),
)
@settings(derandomize=True, database=None, max_examples=300)
def test_no_size_ever_shrinks_and_every_larger_one_grows(
    real: int, asked_mib: int, category: str
) -> None:
    row = {"DiskId": "d-1", "Size": real, "Category": category}
    asked = -(-asked_mib // 1024)
    try:
        grown = _grown(row, asked_mib)  # type: ignore[arg-type]  # MiB
    except NotSupported:
        assert asked < real
    else:
        assert grown == asked if asked > real else grown == 0
