"""The Go CPI's weaknesses, one row each, as far as they are about disks, stemcells and secrets.

The situation is set up, and what this provider does in it is asserted. VMs and networks have their
rows in another file. What the Go CPI did is told in each row's first line.
"""

from __future__ import annotations

from typing import Any

import pytest

from cpikit.testing import CallFailed
from cpikit_alicloud import tags
from tests.alicloud.disk_cloud import DiskCloud, Thing

REGION = "eu-central-1"
OBJECT = {"oss_bucket": "bucket-1", "oss_object": "image.raw", "name": "bosh-noble", "version": 1}


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> DiskCloud:
    made = DiskCloud()
    monkeypatch.setattr("cpikit_alicloud.client.SdkWire", lambda *_: made)
    return made


def a_vm(cloud: DiskCloud) -> str:
    one = cloud.launch(InstanceType="ecs.g7.large", ImageId="m-1")
    one.tags[tags.AGENT] = "agent-1"
    cloud.clock.sleep(60)
    return one.id


def refused(cloud: DiskCloud, method: str, *arguments: Any, **section: Any) -> CallFailed:
    with pytest.raises(CallFailed) as failure:
        cloud.cpi(**section).call(method, *arguments)
    return failure.value


def test_w2_attaching_a_disk_of_another_vm_is_refused(cloud: DiskCloud) -> None:
    # It reported success, and wrote the disk into the other VM's settings.
    first, second, drive = a_vm(cloud), a_vm(cloud), cloud.drive()
    cloud.cpi().call("attach_disk", first, drive.id)
    assert f"attached to VM {first}" in refused(cloud, "attach_disk", second, drive.id).message
    assert cloud.state(drive) == ("In_use", first)


def test_w6_a_light_stemcells_image_outlives_copy_and_deletion(cloud: DiskCloud) -> None:
    # With `encrypted: true` it deleted the operator's own image and its snapshots.
    cloud.images["m-golden"] = Thing("m-golden", {}, {}, [(0.0, "Available")])
    properties = {"image_id": {REGION: "m-golden"}, "version": 1}
    copy = cloud.cpi(encrypted=True).call("create_stemcell", "/dev/null", properties)
    cloud.cpi().call("delete_stemcell", "m-golden")
    cloud.cpi().call("delete_stemcell", copy)
    assert list(cloud.images) == ["m-golden"]


def test_w7_a_failed_import_is_seen_at_once_and_removed(cloud: DiskCloud) -> None:
    # It looked at available images alone: failure after an hour, and the image was leaked.
    cloud.import_ends = ((300.0, "CreateFailed"),)
    refused(cloud, "create_stemcell", "/dev/null", OBJECT)
    assert cloud.clock.elapsed_s < 600
    assert not cloud.images


def test_w7_one_failing_read_does_not_end_an_import(cloud: DiskCloud) -> None:
    # No call of images had a retry: one blip ended 15 minutes of work.
    cloud.refuse("DescribeImages", "Throttling.User", status=400)
    cloud.refuse("ImportImage", "ServiceUnavailable", status=503)
    assert cloud.cpi().call("create_stemcell", "/dev/null", OBJECT) in cloud.images


def test_w8_what_a_killed_process_made_is_marked_as_unclaimed(cloud: DiskCloud) -> None:
    # Nothing told whose a disk was, nor that nobody knew of it.
    cid = cloud.cpi().call("create_disk", 20480, {}, None)
    made = cloud.drives[cid].tags
    assert made[tags.DIRECTOR]
    assert tags.read_state(made[tags.STATE])["c"] == "0"


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("attach_disk", ["i-none", "d-1"]),
        ("attach_disk", ["i-none", "diskwithoutdash"]),
        ("detach_disk", ["i-none", "diskwithoutdash"]),
        ("set_disk_metadata", ["d-none", {"name": "", "number": 1, "list": [1], "null": None}]),
        ("delete_disk", ["-"]),
        ("has_disk", ["\ud800"]),
    ],
)
def test_w10_odd_arguments_are_answered(
    cloud: DiskCloud, method: str, arguments: list[Any]
) -> None:
    # It died with a panic, and no JSON on stdout.
    answer = cloud.cpi().respond(method, *arguments)
    error = answer["error"]
    assert error is None or error["type"].startswith("Bosh::Clouds::")


def test_w10_an_answer_without_its_usual_keys_is_no_crash(cloud: DiskCloud) -> None:
    # A disk without `Device` was an index out of range.
    vm, drive = a_vm(cloud), cloud.drive()
    original = cloud.shown_drive
    cloud.shown_drive = lambda one: {  # type: ignore[method-assign]  # as old services answer
        key: value
        for key, value in original(one).items()
        if key in ("DiskId", "Status", "InstanceId", "Size", "ZoneId")
    }
    assert cloud.cpi().call("attach_disk", vm, drive.id).endswith(drive.id.removeprefix("d-"))


def test_w11_throttling_is_waited_out(cloud: DiskCloud) -> None:
    # One throttled answer was fatal.
    for action in ("CreateDisk", "DescribeDisks"):
        cloud.refuse(action, "Throttling.User", status=400, times=4)
    cloud.cpi().call("create_disk", 20480, {}, None)


def test_w12_a_new_disk_can_be_attached_at_once(cloud: DiskCloud) -> None:
    # create_disk did not wait, and attach_disk took Creating for an error.
    vm = a_vm(cloud)
    cid = cloud.cpi().call("create_disk", 20480, {}, vm)
    cloud.cpi().call("attach_disk", vm, cid)


def test_w15_a_missing_disk_is_looked_for_in_its_own_region_alone(cloud: DiskCloud) -> None:
    # It asked every region of the mainland, on public endpoints.
    assert cloud.cpi().call("has_disk", "d-none") is False
    assert {given["RegionId"] for _, given in cloud.calls} == {REGION}
    assert set(cloud.names()) == {"DescribeDisks"}


@pytest.mark.parametrize(
    ("method", "arguments", "wanted"),
    [
        ("attach_disk", ["VM", "d-none"], "DiskNotFound"),
        ("attach_disk", ["i-none", "DISK"], "VMNotFound"),
        ("create_disk", [1024, {}, "i-none"], "VMNotFound"),
        ("set_disk_metadata", ["d-none", {"a": "b"}], "DiskNotFound"),
        ("resize_disk", ["d-none", 1024], "DiskNotFound"),
        ("update_disk", ["d-none", 1024, {}], "DiskNotFound"),
        ("snapshot_disk", ["d-none", {}], "DiskNotFound"),
        ("get_disks", ["i-none"], "VMNotFound"),
        ("delete_disk", ["d-none"], None),
        ("delete_snapshot", ["s-none"], None),
        ("delete_stemcell", ["m-none"], None),
        ("detach_disk", ["VM", "d-none"], None),
    ],
)
def test_w16_what_is_missing_is_told_in_the_contracts_types(
    cloud: DiskCloud, method: str, arguments: list[Any], wanted: str | None
) -> None:
    # Everything was a CloudError.
    names = {"VM": a_vm(cloud), "DISK": cloud.drive().id}
    given = [names.get(one, one) if isinstance(one, str) else one for one in arguments]
    error = cloud.cpi().respond(method, *given)["error"]
    assert (error and error["type"]) == (wanted and f"Bosh::Clouds::{wanted}")


def test_w17_a_cpi_config_counts(cloud: DiskCloud) -> None:
    # The context was thrown away: other CPIs of the Director spoke to the wrong region.
    cloud.cpi().call("has_disk", "d-none", region="ap-southeast-1")
    assert cloud.calls[0][1]["RegionId"] == "ap-southeast-1"


def test_w18_a_disk_that_was_enlarged_can_grow_to_what_it_is(cloud: DiskCloud) -> None:
    # 10 GB became 20 in silence, and then 15 was "cannot shrink".
    cpi = cloud.cpi()
    cid = cpi.call("create_disk", 10 * 1024, {}, None)
    assert "disk_rounded_up" in "".join(cpi.log)
    assert cloud.cpi().call("update_disk", cid, 15 * 1024, {}) == cid
    cloud.cpi().call("resize_disk", cid, 15 * 1024)
    assert cloud.drives[cid].size == 20


def test_w19_an_update_without_a_category_does_not_change_it(cloud: DiskCloud) -> None:
    # It asked for cloud_efficiency, a downgrade.
    drive = cloud.drive(DiskCategory="cloud_essd", PerformanceLevel="PL1")
    cloud.cpi().call("update_disk", drive.id, 30 * 1024, {})
    assert "ModifyDiskSpec" not in cloud.names()


def test_w19_an_attached_disk_is_refused_at_once_and_a_large_one_waited_for(
    cloud: DiskCloud,
) -> None:
    # The one blocked for 30 minutes, the other failed after 30.
    drive = cloud.drive(Size="2000")
    cloud.plan(drive, (0.0, "In_use", "i-7"))
    refused(cloud, "update_disk", drive.id, 2000 * 1024, {"category": "cloud_ssd"})
    assert not cloud.clock.sleeps
    cloud.plan(drive, (0.0, "Available", ""))
    cloud.cpi().call("update_disk", drive.id, 2000 * 1024, {"category": "cloud_ssd"})
    assert cloud.clock.elapsed_s > 1800


def test_w20_levels_keys_and_encryption_reach_the_cloud(cloud: DiskCloud) -> None:
    # performance_level and kms_key_id were dropped.
    wanted = {
        "category": "cloud_essd",
        "performance_level": "PL1",
        "encrypted": True,
        "kms_key_id": "key-1",
    }
    sent = cloud.drives[cloud.cpi().call("create_disk", 20480, wanted, None)].parameters
    assert (sent["PerformanceLevel"], sent["KMSKeyId"]) == ("PL1", "key-1")


def test_w24_any_tags_are_made_legal_and_never_too_many(cloud: DiskCloud) -> None:
    # 25 were sent, cut in the middle of a letter, and `acs:` was not known.
    cid = cloud.cpi().call("create_disk", 20480, {}, None)
    odd = {f"key-{n}": "ü" * 300 for n in range(25)}
    cloud.cpi().call("set_disk_metadata", cid, {**odd, "acs:x": "http://y", "aliyun": None})
    kept = cloud.drives[cid].tags
    assert len(kept) <= 20
    assert all(len(value) <= 128 for value in kept.values())
    assert not any(key.startswith(("acs:", "aliyun")) for key in kept)


def test_w32_a_snapshot_is_awaited_and_named(cloud: DiskCloud) -> None:
    # It was neither.
    cid = cloud.cpi().call("snapshot_disk", cloud.drive().id, {"deployment": "cf", "job": "db"})
    assert cloud.phase(cloud.snapshots[cid]) == "accomplished"
    assert cloud.snapshots[cid].parameters["SnapshotName"] == "bosh-cf-db"


def test_w33_no_secret_of_the_configuration_is_ever_logged(
    cloud: DiskCloud, capfd: pytest.CaptureFixture[str]
) -> None:
    # The whole cpi.json went to stderr in every call.
    process = cloud.cpi(
        access_key_secret="canary-1", security_token="canary-2", proxy="http://u:canary-3@h"
    )
    process._sections["registry"] = {"password": "canary-4"}
    process._sections["agent"] = {"mbus": "nats://n:canary-5@h", "blobstore": {"p": "canary-6"}}
    process._sections["cpikit"] = {"debug": True}
    cloud.refuse("CreateDisk", "InvalidParameter", status=400)
    process.respond("create_disk", 20480, {}, None)
    process.respond("has_disk", "d-none")
    assert "canary" not in "".join(process.log) + "".join(capfd.readouterr())


def test_w37_one_set_of_credentials_and_one_client_serve_a_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Each of 13 calls made a new client, a new handshake, and fetched the role's keys again.
    made = []
    cloud = DiskCloud()

    def wire(_config: object) -> DiskCloud:
        made.append(cloud)
        return cloud

    monkeypatch.setattr("cpikit_alicloud.client.SdkWire", wire)
    cloud.cpi().call("create_disk", 20480, {}, None)
    assert len(made) == 1
