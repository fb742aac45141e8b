"""`cpikit orphans` on the simulator: what Directors and people left in a region."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from cpikit.commands import main
from cpikit.ownership import YOUNGEST_S
from tests.alicloud.simulated import ESSD, IMAGE, Simulated
from tests.bosh_lists import written

DIRECTOR = "0b0c2d3e-0000-4000-8000-000000000000"  # cpikit.testing.DIRECTOR_UUID
MARK = "cpikit-director"
STATE = "v=1;c=0;t=1;r=cpi-1"


class Region:
    """What lies in one region, sorted by what `orphans` has to make of it."""

    def __init__(self, monkeypatch: Any, folder: Path) -> None:
        self.life = Simulated(monkeypatch)
        self.folder = folder
        self.used: set[str] = set()
        self.free: set[str] = set()
        self.held: set[str] = set()
        self.foreign: set[str] = set()
        self.ip = 10
        self.attached = ""
        key = self.life.simulator.account
        section = {
            "region": self.life.simulator.world.region_id,
            "access_key_id": key.id,
            "access_key_secret": key.secret,
        }
        whole = {"cloud": {"plugin": "alicloud", "properties": {"alicloud": section}}}
        (folder / "cpi.json").write_text(json.dumps(whole))

    def vm(self, agent: str) -> str:
        self.ip += 1
        networks = self.life.place.networks(f"10.0.0.{self.ip}")
        answer = self.life.create(agent, networks=networks)
        assert answer["error"] is None, answer["error"]
        return str(answer["result"][0])

    def disk(self) -> str:
        return str(self.life.result("create_disk", 20480, ESSD, None, **self.zone))

    @property
    def zone(self) -> dict[str, str]:
        return {"availability_zone": self.life.place.zones[0]}

    def hand_over(self, kind: str, cid: str) -> str:
        """Make it another Director's."""
        self.life.ask(
            "Ecs",
            "TagResources",
            ResourceType=kind,
            **{"ResourceId.1": cid, "Tag.1.Key": MARK, "Tag.1.Value": "another-director"},
        )
        return cid

    def their_vm(self) -> str:
        """A VM of another Director, with its disks and its interface."""
        vm = self.vm("theirs")
        disks = self.life.ask("Ecs", "DescribeDisks", InstanceId=vm)["Disks"]["Disk"]
        nics = self.life.ask("Ecs", "DescribeNetworkInterfaces", InstanceId=vm)
        for row in disks:
            self.foreign.add(self.hand_over("disk", row["DiskId"]))
        for row in nics["NetworkInterfaceSets"]["NetworkInterfaceSet"]:
            self.foreign.add(self.hand_over("eni", row["NetworkInterfaceId"]))
        return self.hand_over("instance", vm)

    def in_use(self) -> dict[str, Any]:
        """What the Director has in its lists, and what goes with that."""
        result = self.life.result
        rows, snapshots = [], []
        for n in range(2):
            vm, disk = self.vm(f"used-{n}"), self.disk()
            result("set_vm_metadata", vm, {"deployment": "cf", "index": n})
            result("attach_disk", vm, disk)
            rows.append((vm, disk))
            self.attached = disk
            snapshots.append(result("snapshot_disk", disk, {"deployment": "cf"}))
        detached, orphaned = self.disk(), self.vm("orphaned")
        result("attach_disk", orphaned, detached)
        result("detach_disk", orphaned, detached)
        of_orphaned = result("snapshot_disk", detached, {})
        self.used = {IMAGE, *sum(rows, ()), *snapshots, detached, of_orphaned, orphaned}
        return {
            "instances": {"cf": rows, "empty": []},
            "orphaned_disks": [detached],
            "orphaned_vms": [orphaned],
            "snapshots": {"cf": snapshots},
            "stemcells": [IMAGE],
        }

    def leave(self) -> None:
        """Leftovers that may go, and leftovers that may not."""
        result, ask = self.life.result, self.life.ask
        disks = [self.disk() for _ in range(3)]
        snapshot = result("snapshot_disk", self.attached, {})  # nobody heard of it
        marks = {"Tag.1.Key": MARK, "Tag.1.Value": DIRECTOR}
        marks |= {"Tag.2.Key": "cpikit-state", "Tag.2.Value": STATE}
        image = ask("Ecs", "CopyImage", ImageId=IMAGE, Encrypted="true", **marks)["ImageId"]
        nic = ask(
            "Ecs",
            "CreateNetworkInterface",
            VSwitchId=self.life.place.vswitches[0],
            SecurityGroupId=self.life.place.group,
            **marks,
        )["NetworkInterfaceId"]
        self.free |= {*disks, snapshot, image, nic, self.vm("lost"), self.of_image()}
        lost, holding = self.vm("claimed"), self.vm("holding")
        result("set_vm_metadata", lost, {"deployment": "gone"})
        taken = self.disk()
        result("set_disk_metadata", taken, {"deployment": "gone"})
        by_hand = self.disk()
        ask("Ecs", "AttachDisk", DiskId=by_hand, InstanceId=holding)
        self.held |= {lost, holding, taken, by_hand}

    def of_image(self) -> str:
        """A snapshot that an image left: deleted by a process that was killed at it."""
        snapshot = str(self.life.result("snapshot_disk", self.attached, {}))
        names = {"ResourceType": "snapshot", "ResourceId.1": snapshot}
        self.life.ask("Ecs", "UntagResources", **names, **{"TagKey.1": "cpikit-state"})
        self.life.ask(
            "Ecs",
            "TagResources",
            **names,
            **{"Tag.1.Key": "cpikit-bindings", "Tag.1.Value": "m-gone"},
        )
        return snapshot

    def be_strange(self) -> None:
        """What is none of this Director's business."""
        ask = self.life.ask
        theirs = self.hand_over("disk", self.disk())
        snapshot = str(self.life.result("snapshot_disk", self.attached, {}))
        bare = ask("Ecs", "CreateDisk", ZoneId=self.life.place.zones[0], Size=20)["DiskId"]
        self.foreign |= {
            theirs,
            bare,
            self.their_vm(),
            self.hand_over("snapshot", snapshot),
            ask("Ecs", "CreateSnapshot", DiskId=self.attached)["SnapshotId"],
            ask("Ecs", "CopyImage", ImageId=IMAGE, Encrypted="true")["ImageId"],
        }

    def ids(self) -> set[str]:
        return {row["id"] for row in self.life.simulator.control.inventory()}


@pytest.fixture
def region(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Region:
    found = Region(monkeypatch, tmp_path)
    monkeypatch.setattr("cpikit.call.SystemClock", lambda _caller: found.life.clock)
    return found


@pytest.fixture
def run(region: Region, capsys: Any, monkeypatch: Any) -> Any:
    def run(*words: str, typed: str = "") -> tuple[int, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        given = ["--config", str(region.folder / "cpi.json"), "--director", DIRECTOR]
        status = main(["orphans", *given, "--lists", str(region.folder), *words])
        return status, capsys.readouterr().out

    return run


def settle(region: Region, lists: dict[str, Any]) -> None:
    region.life.clock.sleep(YOUNGEST_S + 3600)
    for name, data in written(**lists).items():
        (region.folder / name).write_bytes(data)


def report(run: Any) -> dict[str, dict[str, Any]]:
    status, out = run("--json")
    assert status == 0
    return {one["id"]: one for one in json.loads(out)["orphans"]}


def test_precision_and_recall_with_foreign_resources_beside(region: Region, run: Any) -> None:
    lists = region.in_use()
    region.leave()
    region.be_strange()
    settle(region, lists)
    region.held.add(region.disk())  # young
    found = report(run)
    assert not set(found) & (region.used | region.foreign)
    assert set(found) == region.free | region.held
    assert {cid for cid, one in found.items() if one["may_be_deleted"]} == region.free
    # precision 13/13, recall 13/13; of them 8 may go
    assert (len(found), len(region.free), len(region.held)) == (13, 8, 5)
    assert (len(region.used), len(region.foreign)) == (10, 9)


def test_what_is_typed_goes_with_its_parts_and_nothing_else(region: Region, run: Any) -> None:
    lists = region.in_use()
    region.leave()
    region.be_strange()
    before_leaving = region.used | region.held | region.foreign
    settle(region, lists)
    order = [cid for cid, one in report(run).items() if one["may_be_deleted"]]
    status, out = run("--delete", typed="\n".join(order) + "\n")
    assert status == 0, out
    assert not region.ids() & region.free
    assert before_leaving <= region.ids() | {IMAGE}
    assert report(run).keys() == region.held


def test_a_disk_that_was_attached_goes_after_a_snapshot(region: Region, run: Any) -> None:
    vm, disk = region.vm("a"), region.disk()
    region.life.ask("Ecs", "AttachDisk", DiskId=disk, InstanceId=vm)
    region.life.clock.sleep(60)
    region.life.ask("Ecs", "DetachDisk", DiskId=disk, InstanceId=vm)
    settle(region, {"instances": {"cf": [(vm, "")]}})
    assert "was attached" in run()[1]
    status, out = run("--delete", typed=f"{disk}\n")
    assert status == 0, out
    (snapshot,) = region.life.alive("snapshot")
    assert f"kept in snapshot {snapshot}" in out
    assert disk not in region.ids()


@pytest.mark.parametrize("how", ["claimed", "attached", "handed over"])
def test_the_last_look_before_deleting_sees_what_came_between(
    region: Region, monkeypatch: Any, run: Any, how: str
) -> None:
    from cpikit_alicloud.cpi import AlicloudCpi

    vm, disk = region.vm("a"), region.disk()
    region.life.result("set_vm_metadata", vm, {"deployment": "cf"})
    settle(region, {"instances": {"cf": [(vm, "")]}})
    release = AlicloudCpi.release

    def late(self: Any, resource: Any) -> None:
        if how == "claimed":
            region.life.result("set_disk_metadata", disk, {"deployment": "cf"})
        elif how == "attached":
            region.life.ask("Ecs", "AttachDisk", DiskId=disk, InstanceId=vm)
        else:
            region.hand_over("disk", disk)
        release(self, resource)

    monkeypatch.setattr(AlicloudCpi, "release", late)
    status, out = run("--delete", typed=f"{disk}\n")
    assert "not deleted" in out
    assert status == 1
    assert disk in region.ids()


def test_lists_of_many_pages_are_read_to_their_end(region: Region, run: Any) -> None:
    disks = {region.disk() for _ in range(120)}
    settle(region, {"instances": {}})
    assert report(run).keys() == disks
