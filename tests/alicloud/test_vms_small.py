"""The other methods of a VM against the scripted cloud: delete, reboot, metadata, disks."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest

from cpikit.testing import CallFailed
from tests.alicloud.small_cloud import ENV, MANUAL, VM, SmallCloud


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> SmallCloud:
    return SmallCloud().wired(monkeypatch)


@pytest.fixture
def vm(cloud: SmallCloud) -> str:
    cid: str
    cid, _ = cloud.cpi().call("create_vm", "agent-1", "m-1", VM, MANUAL, [], ENV)
    cloud.calls.clear()
    return cid


def go_made(cloud: SmallCloud, persistent: dict[str, str] | None = None) -> str:
    """A VM as the Go CPI leaves it: no marks, its settings with persistent disks."""
    one = cloud.launch(**{"InstanceType": "ecs.g7.large", "DataDisk.1.Size": "20"})
    serial = next(d["SerialNumber"] for d in cloud.disks.values() if d["Type"] == "data")
    settings = {
        "agent_id": "agent-go",
        "disks": {
            "system": "/dev/vda",
            "ephemeral": f"/dev/disk/by-id/virtio-{serial}",
            "persistent": persistent or {},
        },
    }
    one.user_data = b64encode(json.dumps(settings).encode()).decode()
    cloud.clock.sleep(60)
    return one.id


def attach(cloud: SmallCloud, vm_cid: str, disk: str, *, goes_along: bool = False) -> None:
    cloud.disks[disk] = {
        "DiskId": disk,
        "SerialNumber": disk[2:],
        "Type": "data",
        "InstanceId": vm_cid,
        "DeleteWithInstance": goes_along,
        "Status": "In_use",
    }


def test_delete_vm_costs_six_calls(cloud: SmallCloud, vm: str) -> None:
    cloud.cpi().call("delete_vm", vm)
    assert cloud.counted() == [
        "DescribeInstances",
        "DescribeDisks",
        "DeleteInstance",
        "DescribeInstances",
        "DescribeInstanceAttribute",
        "DescribeNetworkInterfaces",
    ]
    assert cloud.alive() == []


def test_persistent_disks_survive_even_one_that_was_to_go_along(cloud: SmallCloud, vm: str) -> None:
    attach(cloud, vm, "d-stays", goes_along=True)
    cloud.cpi().call("delete_vm", vm)
    assert [d["DiskId"] for d in cloud.disks.values()] == ["d-stays"]


def test_the_ephemeral_disk_of_a_vm_of_the_go_cpi_goes_and_others_stay(cloud: SmallCloud) -> None:
    vm_cid = go_made(cloud)
    attach(cloud, vm_cid, "d-stays", goes_along=True)
    cloud.cpi().call("delete_vm", vm_cid)
    assert [d["DiskId"] for d in cloud.disks.values()] == ["d-stays"]


def test_an_empty_list_alone_is_no_deletion(cloud: SmallCloud, vm: str) -> None:
    cloud.instances[vm].visible_s = cloud.clock.elapsed_s + 30

    def answered(given: dict[str, str]) -> dict[str, str]:
        cloud.needed(given["InstanceId"])
        return {}

    cloud.do_DescribeInstanceAttribute = answered  # type: ignore[method-assign]  # answers by id
    cloud.cpi().call("delete_vm", vm)
    assert cloud.alive() == []


def test_a_missing_permission_is_an_error_and_no_absence(cloud: SmallCloud) -> None:
    cloud.refuse("DescribeInstanceAttribute", "Forbidden.RAM", times=2)
    for method in ("delete_vm", "has_vm"):
        with pytest.raises(CallFailed) as failed:
            cloud.cpi().call(method, "i-unseen")
        assert "ecs:DescribeInstanceAttribute" in failed.value.message


def test_deleting_a_vm_that_is_gone_succeeds_twice(cloud: SmallCloud, vm: str) -> None:
    cloud.cpi().call("delete_vm", vm)
    cloud.cpi().call("delete_vm", vm)
    assert cloud.cpi().call("has_vm", vm) is False


def test_a_gone_vm_is_taken_out_of_its_groups(cloud: SmallCloud) -> None:
    cloud.members |= {("New", "sgp-1", "i-gone", "80"), ("Slb", "lb-1", "i-gone", "0")}
    cloud.cpi(clb_load_balancers=["lb-1"]).call("delete_vm", "i-gone")
    assert cloud.members == set()


def test_has_vm_is_one_call_for_one_that_is(cloud: SmallCloud, vm: str) -> None:
    assert cloud.cpi().call("has_vm", vm) is True
    assert cloud.names() == ["DescribeInstances"]


def test_reboot_waits_for_the_reboot(cloud: SmallCloud, vm: str) -> None:
    cloud.cpi().call("reboot_vm", vm)
    assert cloud.status(cloud.instances[vm]) == "Running"
    assert cloud.counted() == ["RebootInstance", "DescribeInstances"]
    assert cloud.instances[vm].made_s > 0


def test_reboot_starts_a_vm_that_is_off(cloud: SmallCloud, vm: str) -> None:
    cloud.instances[vm].stopped_s = cloud.clock.elapsed_s - 10
    cloud.cpi().call("reboot_vm", vm)
    assert cloud.status(cloud.instances[vm]) == "Running"


def test_reboot_of_a_missing_vm_is_vm_not_found(cloud: SmallCloud) -> None:
    with pytest.raises(CallFailed) as failed:
        cloud.cpi().call("reboot_vm", "i-none")
    assert failed.value.type == "VMNotFound"


def test_metadata_of_any_kind_never_fails(cloud: SmallCloud, vm: str) -> None:
    metadata = {
        "name": "job/0",
        "director": "d",
        "acs:x": "y",
        "aliyun": 1,
        "empty": "",
        "none": None,
        "list": [1, {"a": "ü"}],
        "url": "see http://example.com",
        "cpikit-state": "v=1;c=0",
        "long": "x" * 500,
        **{f"key{number:02d}": number for number in range(40)},
    }
    cloud.cpi().call("set_vm_metadata", vm, metadata)
    tags = cloud.instances[vm].tags
    assert len(tags) <= 20
    assert tags["director"] == "d"
    assert tags["cpikit-agent"] == "agent-1"
    assert "c=1" in tags["cpikit-state"]
    assert cloud.instances[vm].name == "job.0"
    assert cloud.counted() == ["ModifyInstanceAttribute", "TagResources"]


@pytest.mark.parametrize("count", [16, 14])
def test_an_operators_tags_stay_and_metadata_takes_the_room_that_is_left(
    cloud: SmallCloud, count: int
) -> None:
    tags = {f"cost{number:02d}": "x" for number in range(count)}
    cid, _ = cloud.cpi().call("create_vm", "a", "m-1", {**VM, "tags": tags}, MANUAL, [], ENV)
    process = cloud.cpi()
    process.call("set_vm_metadata", cid, {"director": "d", "deployment": "e", "job": "j"})
    found = cloud.instances[cid].tags
    assert set(tags) < set(found)
    assert "c=1" in found["cpikit-state"]
    assert ("deployment" in found) is (count == 14)
    assert "job" not in found
    assert "no room for tags" in "".join(process.log)


def test_a_full_vm_of_somebody_else_has_room_for_our_state(cloud: SmallCloud) -> None:
    vm_cid = go_made(cloud)
    cloud.instances[vm_cid].tags = {f"tag{number:02d}": "x" for number in range(20)}
    cloud.cpi().call("set_vm_metadata", vm_cid, {"job": "j"})
    assert set(cloud.instances[vm_cid].tags) == {
        "cpikit-state",
        *(f"tag{number:02d}" for number in range(1, 20)),
    }


def test_a_vm_is_adopted_still_after_it_was_claimed(cloud: SmallCloud, vm: str) -> None:
    cloud.cpi().call("set_vm_metadata", vm, {"name": "x"})
    again, _ = cloud.cpi().call("create_vm", "agent-1", "m-1", VM, MANUAL, [], ENV)
    assert again == vm


def test_a_claimed_vm_is_never_replaced_by_another_request(cloud: SmallCloud, vm: str) -> None:
    cloud.cpi().call("set_vm_metadata", vm, {"name": "x"})
    with pytest.raises(CallFailed) as failed:
        cloud.cpi().call("create_vm", "agent-1", "m-2", VM, MANUAL, [], ENV)
    assert vm in failed.value.message
    assert cloud.alive() == [vm]


def test_get_disks_gives_persistent_ones_only(cloud: SmallCloud, vm: str) -> None:
    attach(cloud, vm, "d-one")
    assert cloud.cpi().call("get_disks", vm) == ["d-one"]
    assert cloud.counted() == ["DescribeInstances", "DescribeDisks"]


def test_get_disks_knows_the_ephemeral_disk_of_a_vm_of_the_go_cpi(cloud: SmallCloud) -> None:
    vm_cid = go_made(cloud)
    attach(cloud, vm_cid, "d-one")
    assert cloud.cpi().call("get_disks", vm_cid) == ["d-one"]
