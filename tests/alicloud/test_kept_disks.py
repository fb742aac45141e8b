"""`ephemeral_disk.delete_with_instance: false`: the disk outlives its VM, and no VM that is undone.

Against the scripted cloud.
"""

from __future__ import annotations

from typing import Any

import pytest

from cpikit.caller import CallerGone
from cpikit.ownership import Owned
from cpikit.testing import CallFailed
from cpikit.types import VmCid
from cpikit_alicloud.cpi import AlicloudCpi
from tests.alicloud.small_cloud import ENV, MANUAL, VM, SmallCloud

KEPT = {**VM, "ephemeral_disk": {"delete_with_instance": False}}


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> SmallCloud:
    return SmallCloud().wired(monkeypatch)


def create(cloud: SmallCloud, agent: str = "agent-1", **context: object) -> str:
    cid: str
    cid, _ = cloud.cpi().call("create_vm", agent, "m-1", KEPT, MANUAL, [], ENV, **context)
    return cid


def disk_of(cloud: SmallCloud, vm_cid: str) -> dict[str, Any]:
    """The row of a VM's ephemeral disk."""
    rows = (row for row in cloud.disks.values() if row["Type"] == "data")
    return next(row for row in rows if row["InstanceId"] == vm_cid)


def hide_disks(cloud: SmallCloud, looks: int) -> None:
    """Let this many looks at the disks see none again, after the one that finds its id."""
    shown, left = cloud.do_DescribeDisks, iter(range(looks + 1))

    def listed(given: dict[str, str]) -> dict[str, Any]:
        return {"Disks": {"Disk": []}} if next(left, 0) > 0 else shown(given)

    cloud.do_DescribeDisks = listed  # type: ignore[method-assign]  # late lists


def changed_then(cloud: SmallCloud, code: str = "") -> None:
    """The next change of a disk is made, and fails nevertheless: the caller is gone, or refused."""

    def change() -> None:
        (row,) = (row for row in cloud.disks.values() if row["Type"] == "data")
        row["DeleteWithInstance"] = False
        raise CallerGone("the caller is gone")

    cloud.then("ModifyDiskAttribute", change)
    if code:
        cloud.refuse("ModifyDiskAttribute", code)


def refused(cloud: SmallCloud) -> str:
    with pytest.raises(CallFailed) as failed:
        create(cloud)
    return failed.value.message


def asked(cloud: SmallCloud) -> list[str]:
    """What DeleteWithInstance was set to, one after the other."""
    return [
        given["DeleteWithInstance"] for name, given in cloud.calls if name == "ModifyDiskAttribute"
    ]


def left_unclaimed(cloud: SmallCloud) -> str:
    """A VM whose disk is to stay, and whose caller never heard of it."""
    cid = create(cloud)
    assert not disk_of(cloud, cid)["DeleteWithInstance"]
    cloud.calls.clear()
    return cid


def test_an_ephemeral_disk_that_is_to_outlive_its_vm_does(cloud: SmallCloud) -> None:
    cid = create(cloud)
    launched = next(given for name, given in cloud.calls if name == "RunInstances")
    assert launched["DataDisk.1.DeleteWithInstance"] == "true"  # for a launch that is undone
    cpi = cloud.cpi()
    cpi.call("delete_vm", cid)
    assert [d["DiskName"] for d in cloud.disks.values()] == ["ephemeral-agent-1"]
    assert f"ephemeral_disk_left disk={next(iter(cloud.disks))}" in "".join(cpi.log)


def test_a_launch_that_is_undone_leaves_no_ephemeral_disk(cloud: SmallCloud) -> None:
    cloud.refuse("ModifyDiskAttribute", "Forbidden.RAM", times=9)
    assert "everything made so far was removed again" in refused(cloud)
    assert (cloud.alive(), cloud.disks) == ([], {})


def test_a_change_whose_answers_are_lost_is_taken_back_with_the_vm(cloud: SmallCloud) -> None:
    cloud.then("ModifyDiskAttribute", *[lambda: "lose"] * 5)
    refused(cloud)
    assert asked(cloud)[-1] == "true"
    assert (cloud.alive(), cloud.disks) == ([], {})


def test_a_caller_that_goes_during_the_change_leaves_nothing(cloud: SmallCloud) -> None:
    changed_then(cloud)
    refused(cloud)
    assert (cloud.alive(), cloud.disks) == ([], {})


def test_a_disk_that_cannot_be_taken_back_is_told(cloud: SmallCloud) -> None:
    changed_then(cloud, code="Forbidden.RAM")
    told = refused(cloud)
    (disk,) = cloud.disks
    assert f"still there: ephemeral disk {disk} of VM" in told
    assert cloud.alive() == []


def test_a_disk_that_is_gone_already_is_taken_back(cloud: SmallCloud) -> None:
    def gone() -> None:
        cloud.disks.clear()
        raise CallerGone("the caller is gone")

    cloud.then("ModifyDiskAttribute", gone)
    cloud.refuse("ModifyDiskAttribute", "InvalidDiskId.NotFound", 404)
    assert "still there" not in refused(cloud)


def test_an_adopted_vm_that_is_undone_takes_its_disk_along(cloud: SmallCloud) -> None:
    left_unclaimed(cloud)
    cloud.refuse("DescribeUserData", "Forbidden.RAM")  # before it is looked at the disk
    refused(cloud)
    assert (cloud.alive(), cloud.disks) == ([], {})


@pytest.mark.parametrize("agent", ["agent-1", "agent-2"])
def test_a_rival_and_the_next_holder_of_its_address_leave_no_disk(
    cloud: SmallCloud, agent: str
) -> None:
    """One that is asked for otherwise by its own agent goes; one of another, when it is old."""
    cid = left_unclaimed(cloud)
    cloud.clock.sleep(4000)
    other = {**KEPT, "instance_type": "ecs.g7.xlarge"}
    cloud.cpi().call("create_vm", agent, "m-1", other, MANUAL, [], ENV)
    assert cid not in cloud.alive()
    assert {d["InstanceId"] for d in cloud.disks.values()} == set(cloud.alive())


def test_a_claimed_vm_keeps_what_was_asked_for(cloud: SmallCloud) -> None:
    cid = left_unclaimed(cloud)
    cloud.cpi().call("set_vm_metadata", cid, {"job": "web"})
    cloud.refuse("DescribeUserData", "Forbidden.RAM")
    refused(cloud)
    assert not disk_of(cloud, cid)["DeleteWithInstance"]


def test_a_sweep_takes_the_disk_of_an_unclaimed_vm_along(
    cloud: SmallCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    def released(self: AlicloudCpi, vm_cid: VmCid) -> bool:
        self.release(Owned("vm", vm_cid, "Running", age_s=None, is_claimed=False))
        return False

    cid = left_unclaimed(cloud)
    monkeypatch.setattr(AlicloudCpi, "has_vm", released)
    cloud.cpi().call("has_vm", cid)
    assert (cloud.alive(), cloud.disks) == ([], {})


def test_a_disk_that_is_listed_late_is_kept_all_the_same(cloud: SmallCloud) -> None:
    hide_disks(cloud, looks=3)
    cid = create(cloud)
    assert not disk_of(cloud, cid)["DeleteWithInstance"]


def test_a_disk_that_is_never_listed_fails_the_launch(cloud: SmallCloud) -> None:
    hide_disks(cloud, looks=1000)
    assert "is not listed, wanted listed to let it outlive" in refused(cloud)
    assert (cloud.alive(), cloud.disks) == ([], {})


def test_a_disk_that_the_change_does_not_know_yet_is_kept_all_the_same(cloud: SmallCloud) -> None:
    cloud.refuse("ModifyDiskAttribute", "InvalidDiskId.NotFound", 404, times=2)
    cid = create(cloud)
    assert not disk_of(cloud, cid)["DeleteWithInstance"]
