"""Disks against a scripted cloud: costs, states, holders, sizes, and what is repeated."""

from __future__ import annotations

from typing import Any

import pytest

from cpikit.testing import CallFailed
from cpikit_alicloud import tags
from tests.alicloud.disk_cloud import DiskCloud

ESSD = {"category": "cloud_essd", "performance_level": "PL1"}


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


# create_disk


def test_a_disk_costs_three_calls_and_is_available(cloud: DiskCloud) -> None:
    vm = a_vm(cloud)
    cid = created(cloud, 20480, {}, vm)
    assert cloud.counted() == ["DescribeInstances", "CreateDisk", "DescribeDisks"]
    assert cloud.state(cloud.drives[cid]) == ("Available", "")


def test_a_disk_lies_in_the_zone_of_its_vm_or_else_of_the_configuration(cloud: DiskCloud) -> None:
    cid = created(cloud, 20480, {})
    assert cloud.drives[cid].parameters["ZoneId"] == "eu-central-1a"
    assert "DescribeInstances" not in cloud.names()


def test_a_disk_without_any_zone_is_refused_before_anything_is_made(cloud: DiskCloud) -> None:
    with pytest.raises(CallFailed, match="availability_zone"):
        cloud.cpi(availability_zone="").call("create_disk", 1024, {}, None)
    assert not cloud.calls


def test_a_disk_for_a_missing_vm_is_vm_not_found(cloud: DiskCloud) -> None:
    assert refused(cloud, "create_disk", 1024, {}, "i-99").type == "VMNotFound"


def test_everything_asked_for_goes_to_the_cloud(cloud: DiskCloud) -> None:
    properties = {
        "category": "cloud_auto",
        "provisioned_iops": "1000",
        "bursting_enabled": True,
        "encrypted": "true",
        "kms_key_id": "key-1",
        "tags": {"team": "a", "answer": 42},
    }
    drive = cloud.drives[created(cloud, 41000, properties)]
    sent = drive.parameters
    assert sent["DiskCategory"] == "cloud_auto"
    assert sent["Size"] == "41"
    assert sent["ProvisionedIops"] == "1000"
    assert (sent["BurstingEnabled"], sent["Encrypted"]) == ("true", "true")
    assert sent["KMSKeyId"] == "key-1"
    assert (drive.tags["team"], drive.tags["answer"]) == ("a", "42")


def test_the_performance_level_of_an_essd_is_sent(cloud: DiskCloud) -> None:
    sent = cloud.drives[created(cloud, 20480, ESSD)].parameters
    assert (sent["DiskCategory"], sent["PerformanceLevel"]) == ("cloud_essd", "PL1")


def test_the_configuration_decides_about_encryption_where_the_disk_does_not(
    cloud: DiskCloud,
) -> None:
    cpi = cloud.cpi(encrypted=True, kms_key_id="key-of-all")
    assert cloud.drives[cpi.call("create_disk", 20480, {}, None)].parameters["KMSKeyId"] == (
        "key-of-all"
    )
    plain = cloud.drives[cpi.call("create_disk", 20480, {"encrypted": False}, None)]
    assert "Encrypted" not in plain.parameters


@pytest.mark.parametrize(
    ("category", "level", "asked", "real"),
    [
        ("cloud", "", 1024, 5),
        ("cloud_efficiency", "", 10240, 20),
        ("cloud_ssd", "", 20480, 20),
        ("cloud_auto", "", 10240, 40),
        ("cloud_essd", "PL0", 10240, 20),
        ("cloud_essd", "PL1", 10240, 20),
        ("cloud_essd_entry", "", 1024, 10),
        ("cloud_essd", "PL2", 461 * 1024, 461),
        ("cloud_essd", "PL3", 1261 * 1024, 1261),
        ("cloud_efficiency", "", 20481, 21),
    ],
)
def test_a_small_disk_is_rounded_up_as_it_always_was(
    cloud: DiskCloud, category: str, level: str, asked: int, real: int
) -> None:
    properties = {"category": category, "performance_level": level}
    drive = cloud.drives[created(cloud, asked, properties)]
    assert drive.size == real
    letters = tags.read_state(drive.tags[tags.STATE])
    assert (letters["s"], letters["g"]) == (str(asked), str(real))


@pytest.mark.parametrize(
    ("level", "asked", "fits"), [("PL2", 460, "PL1"), ("PL3", 1260, "PL2"), ("PL3", 100, "PL1")]
)
def test_a_disk_too_small_for_its_level_is_refused_and_told_what_fits(
    cloud: DiskCloud, level: str, asked: int, fits: str
) -> None:
    properties = {"category": "cloud_essd", "performance_level": level}
    failure = refused(cloud, "create_disk", asked * 1024, properties, None)
    assert f"{fits} fits" in failure.message
    assert not cloud.calls


def test_a_new_disk_is_marked_as_ours_and_unclaimed(cloud: DiskCloud) -> None:
    made = cloud.drives[created(cloud, 20480, {})]
    assert made.tags[tags.DIRECTOR] == "0b0c2d3e-0000-4000-8000-000000000000"
    letters = tags.read_state(made.tags[tags.STATE])
    assert (letters["c"], letters["r"]) == ("0", "cpi-000001")


def test_a_lost_answer_makes_one_disk(cloud: DiskCloud) -> None:
    cloud.then("CreateDisk", lambda: "lose")
    cid = created(cloud, 20480, {})
    assert list(cloud.drives) == [cid]


def test_a_token_whose_call_failed_in_the_cloud_is_renewed_once(cloud: DiskCloud) -> None:
    cloud.refuse("CreateDisk", "IdempotentFailed")
    created(cloud, 20480, {})
    first, second = (given["ClientToken"] for name, given in cloud.calls if name == "CreateDisk")
    assert first != second


def test_two_equal_requests_are_two_disks(cloud: DiskCloud) -> None:
    assert created(cloud, 20480, {}) != created(cloud, 20480, {})


def test_no_stock_and_no_quota_are_no_disk_space(cloud: DiskCloud) -> None:
    for code in ("OperationDenied.NoStock", "QuotaExceed.PostPaidDisk"):
        cloud.refuse("CreateDisk", code)
        assert refused(cloud, "create_disk", 20480, {}, None).type == "NoDiskSpace"


def test_a_disk_that_never_becomes_available_is_removed_again(cloud: DiskCloud) -> None:
    def stuck() -> None:
        drive = next(iter(cloud.drives.values()))
        cloud.plan(drive, (0.0, "Creating", ""), (700.0, "Available", ""))

    cloud.then("DescribeDisks", stuck)
    failure = refused(cloud, "create_disk", 20480, {}, None)
    assert "is Creating" in failure.message
    assert "everything made so far was removed again" in failure.message
    assert not [drive for drive in cloud.drives.values() if cloud.state(drive)[0]]


def test_what_does_not_apply_to_a_persistent_disk_is_warned_of(cloud: DiskCloud) -> None:
    cpi = cloud.cpi()
    cpi.call("create_disk", 20480, {"delete_with_instance": True, "type": "cloud_ssd"}, None)
    log = "".join(cpi.log)
    assert "delete_with_instance has no effect" in log
    assert "type has no effect" in log


def test_unknown_properties_are_warned_of_and_deploy_still(cloud: DiskCloud) -> None:
    cpi = cloud.cpi()
    cpi.call("create_disk", 20480, {"categroy": "cloud_ssd"}, None)
    assert "categroy" in "".join(cpi.log)
    assert "did you mean 'category'?" in "".join(cpi.log)


# has_disk, delete_disk


def test_has_disk_needs_one_call_for_a_disk_and_two_for_none(cloud: DiskCloud) -> None:
    drive = cloud.drive()
    assert cloud.cpi().call("has_disk", drive.id) is True
    assert len(cloud.calls) == 1
    assert cloud.cpi().call("has_disk", "d-nothing") is False
    assert len(cloud.calls) == 3


def test_a_list_that_misses_a_disk_once_does_not_make_it_missing(cloud: DiskCloud) -> None:
    drive = cloud.drive()

    def hide() -> None:
        cloud.plan(drive, (0.0, "", ""), (1.0, "Available", ""))

    cloud.then("DescribeDisks", hide)
    assert cloud.cpi().call("has_disk", drive.id) is True


def test_deleting_costs_two_calls(cloud: DiskCloud) -> None:
    drive = cloud.drive()
    cloud.cpi().call("delete_disk", drive.id)
    assert cloud.counted() == ["DeleteDisk", "DescribeDisks"]
    assert cloud.state(drive)[0] == ""


def test_deleting_a_disk_that_is_gone_succeeds(cloud: DiskCloud) -> None:
    cloud.cpi().call("delete_disk", "d-nothing")
    cloud.refuse("DeleteDisk", "InvalidDiskId.NotFound", status=404)
    cloud.cpi().call("delete_disk", "d-nothing")


def test_an_attached_disk_is_not_deleted(cloud: DiskCloud) -> None:
    drive = cloud.drive()
    cloud.plan(drive, (0.0, "In_use", "i-7"))
    failure = refused(cloud, "delete_disk", drive.id)
    assert "attached to VM i-7" in failure.message
    assert cloud.state(drive) == ("In_use", "i-7")


def test_deleting_waits_for_a_disk_that_is_being_made_or_detached(cloud: DiskCloud) -> None:
    for status in ("Creating", "Detaching", "Modifying", "Attaching"):
        drive = cloud.drive()
        cloud.plan(drive, (0.0, status, ""), (50.0, "Available", ""))
        cloud.cpi().call("delete_disk", drive.id)
        assert cloud.state(drive)[0] == ""


# metadata


def test_metadata_costs_two_calls_claims_and_keeps_the_size(cloud: DiskCloud) -> None:
    cid = created(cloud, 10240, {})
    cloud.calls.clear()
    cloud.cpi().call("set_disk_metadata", cid, {"deployment": "cf", "instance_index": 0, "n": None})
    assert cloud.counted() == ["DescribeDisks", "TagResources"]
    kept = cloud.drives[cid].tags
    assert (kept["deployment"], kept["instance_index"], kept["n"]) == ("cf", "0", "")
    letters = tags.read_state(kept[tags.STATE])
    assert (letters["c"], letters["s"], letters["g"]) == ("1", "10240", "20")


def test_a_disk_of_the_go_cpi_gets_its_metadata_and_no_mark(cloud: DiskCloud) -> None:
    drive = cloud.drive()
    cloud.cpi().call("set_disk_metadata", drive.id, {"deployment": "cf"})
    assert drive.tags == {"deployment": "cf"}


def test_an_operators_tags_stay_and_metadata_takes_the_room_that_is_left(cloud: DiskCloud) -> None:
    cost = {f"cost{n:02d}": str(n) for n in range(12)}
    cid = created(cloud, 20480, {"tags": cost})
    cpi = cloud.cpi()
    new = {f"new-{n}": n for n in range(10)}
    cpi.call("set_disk_metadata", cid, {"cost00": "new", "job": "j", **new})
    kept = cloud.drives[cid].tags
    assert {key: kept[key] for key in cost} == {**cost, "cost00": "new"}
    assert kept["job"] == "j"
    assert tags.DIRECTOR in kept
    assert len([key for key in kept if key.startswith("new-")]) == 3
    assert len(kept) <= 20
    assert "no room for tags new-" in "".join(cpi.log)


def test_metadata_of_a_missing_disk_is_disk_not_found(cloud: DiskCloud) -> None:
    assert refused(cloud, "set_disk_metadata", "d-nothing", {"a": "b"}).type == "DiskNotFound"
