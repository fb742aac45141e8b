"""Snapshots: named, tagged, awaited, and gone when they say so."""

from __future__ import annotations

import pytest

from cpikit.testing import CallFailed
from cpikit_alicloud import tags
from tests.alicloud.disk_cloud import DiskCloud

METADATA = {
    "deployment": "cf",
    "job": "diego-cell",
    "index": 3,
    "director_name": "bosh",
    "agent_id": "a-1",
}


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> DiskCloud:
    made = DiskCloud()
    monkeypatch.setattr("cpikit_alicloud.client.SdkWire", lambda *_: made)
    return made


def test_a_snapshot_is_accomplished_named_and_tagged(cloud: DiskCloud) -> None:
    drive = cloud.drive()
    cid = cloud.cpi().call("snapshot_disk", drive.id, METADATA)
    made = cloud.snapshots[cid]
    assert cloud.phase(made) == "accomplished"
    assert made.parameters["SnapshotName"] == "bosh-cf-diego-cell-3"
    assert (made.tags["index"], made.tags["deployment"]) == ("3", "cf")
    assert tags.read_state(made.tags[tags.STATE])["c"] == "0"
    assert cloud.counted() == ["CreateSnapshot", "DescribeSnapshots"]


def test_a_snapshot_that_fails_is_removed_again_and_told(cloud: DiskCloud) -> None:
    drive = cloud.drive()

    def fail() -> None:
        made = next(iter(cloud.snapshots.values()))
        made.plan = [(0.0, "failed")]

    cloud.then("DescribeSnapshots", fail)
    with pytest.raises(CallFailed, match="failed in the cloud") as failure:
        cloud.cpi().call("snapshot_disk", drive.id, METADATA)
    assert "everything made so far was removed again" in failure.value.message
    assert not cloud.snapshots


def test_a_disk_that_was_never_attached_is_refused_in_words(cloud: DiskCloud) -> None:
    drive = cloud.drive()
    cloud.refuse("CreateSnapshot", "IncorrectDiskStatus.NeverAttached")
    with pytest.raises(CallFailed, match="NeverAttached"):
        cloud.cpi().call("snapshot_disk", drive.id, {})


def test_a_snapshot_waits_for_the_one_before_it(cloud: DiskCloud) -> None:
    drive = cloud.drive()
    cloud.refuse("CreateSnapshot", "IncorrectDiskStatus.CreatingSnapshot", times=20)
    cloud.cpi().call("snapshot_disk", drive.id, {})
    assert cloud.clock.elapsed_s > 300


def test_a_snapshot_of_a_missing_disk_is_disk_not_found(cloud: DiskCloud) -> None:
    with pytest.raises(CallFailed) as failure:
        cloud.cpi().call("snapshot_disk", "d-nothing", {})
    assert failure.value.type == "DiskNotFound"


def test_deleting_a_snapshot_costs_two_calls_and_twice_is_a_success(cloud: DiskCloud) -> None:
    cid = cloud.cpi().call("snapshot_disk", cloud.drive().id, {})
    cloud.calls.clear()
    cloud.cpi().call("delete_snapshot", cid)
    assert cloud.counted() == ["DeleteSnapshot", "DescribeSnapshots"]
    assert cid not in cloud.snapshots
    cloud.cpi().call("delete_snapshot", cid)


def test_a_snapshot_that_disks_were_made_from_is_left_and_told(cloud: DiskCloud) -> None:
    cid = cloud.cpi().call("snapshot_disk", cloud.drive().id, {})
    cloud.refuse("DeleteSnapshot", "SnapshotCreatedDisk")
    with pytest.raises(CallFailed, match="SnapshotCreatedDisk"):
        cloud.cpi().call("delete_snapshot", cid)


def test_a_lost_answer_makes_one_snapshot(cloud: DiskCloud) -> None:
    cloud.then("CreateSnapshot", lambda: "lose")
    cid = cloud.cpi().call("snapshot_disk", cloud.drive().id, {})
    assert list(cloud.snapshots) == [cid]
