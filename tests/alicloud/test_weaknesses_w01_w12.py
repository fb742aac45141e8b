"""The Go CPI's weaknesses W1 to W12, the data losing ones first: each set up on the simulator.

A row's comment says what the Go CPI did in the situation; what this provider does is asserted.
"""

from __future__ import annotations

from typing import Any

import pytest

from cpikit_alicloud_simulator.oss import StoredObject
from cpikit_alicloud_simulator.oss_desk import Storage
from tests.alicloud.simulated import ESSD, IMAGE, Simulated
from tests.alicloud.sweep_cases_disks import of_the_go_cpi

MINUTES = 60
HOUR_S = 3600
BUCKET = {"oss_bucket": "stemcells", "oss_object": "root.img", "name": "bosh-noble", "version": 1}


@pytest.fixture
def life(monkeypatch: pytest.MonkeyPatch) -> Simulated:
    return Simulated(monkeypatch)


def put(life: Simulated, data: bytes) -> None:
    """A file in the operator's bucket, for an import."""
    world = life.simulator.world
    store = world.part(Storage).store
    store.make_bucket(
        "stemcells", life.simulator.account.account_id, world.clock.now(), region=world.region_id
    )
    found = StoredObject("root.img", store.shelf.keep(data), "ETAG", 0, world.clock.now())
    store.buckets["stemcells"].objects.put(found)


def test_w01_the_system_disk_is_asked_for_under_its_documented_names(life: Simulated) -> None:
    # It sent undotted names, which no document has, and nobody read the disk back.
    cid = life.made({"system_disk": {"size": 102400, **ESSD}})
    rows = life.ask("Ecs", "DescribeDisks", InstanceId=cid, DiskType="system")["Disks"]["Disk"]
    assert [(row["Size"], row["Category"]) for row in rows] == [(100, "cloud_essd")]


def test_w02_attaching_a_disk_of_another_vm_is_refused(life: Simulated) -> None:
    # It reported success, and wrote the disk into the other VM's settings.
    first = life.made()
    second = life.made(agent="agent-2", networks=life.place.networks("10.0.0.11"))
    disk = life.result("create_disk", 20480, ESSD, first)
    life.result("attach_disk", first, disk)
    assert f"attached to VM {first}" in life.refused("attach_disk", second, disk)["message"]
    assert life.disk(disk)["InstanceId"] == first
    assert life.settings(second)["disks"]["persistent"] == {}


@pytest.mark.parametrize("method", ["attach_disk", "detach_disk"])
def test_w03_a_failed_read_never_wipes_the_settings(life: Simulated, method: str) -> None:
    # It ignored the error, and wrote empty settings back.
    arguments = of_the_go_cpi(life, attached=method == "detach_disk")
    before = life.settings(arguments[0])
    life.simulator.control.arm("fail", name="DescribeUserData", code="InvalidParameter")
    life.refused(method, *arguments)
    assert life.settings(arguments[0]) == before
    life.simulator.control.disarm()
    life.result(method, *arguments)
    assert life.settings(arguments[0])["agent_id"] == before["agent_id"]


def test_w04_another_region_is_refused_before_anything_is_made(life: Simulated) -> None:
    # It launched there, looked in its own region, and called the VM deleted.
    answer = life.create(more={"region": "cn-beijing", "stemcell_id": "m-2"})
    assert "CPI config" in answer["error"]["message"]
    assert life.wire.names == []


@pytest.mark.parametrize("method", ["delete_vm", "has_vm"])
def test_w05_an_empty_list_is_no_deletion(life: Simulated, method: str) -> None:
    # One empty answer was a success, with the VM still running.
    cid = life.made()
    life.simulator.control.arm("stale", name="DescribeInstances", times=3, seconds=HOUR_S)
    assert life.result(method, cid) is (True if method == "has_vm" else None)
    assert life.alive() == ([cid] if method == "has_vm" else [])


@pytest.mark.parametrize("method", ["delete_vm", "has_vm"])
def test_w05_a_missing_permission_is_no_absence(
    monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    # A RAM user without DescribeInstances sees an empty list, and no error.
    statement = [
        {"Effect": "Allow", "Action": "*"},
        {"Effect": "Deny", "Action": ["ecs:DescribeInstances", "ecs:DescribeInstanceAttribute"]},
    ]
    key = {"id": "LTAI5tUser", "secret": "s", "principal": "user/bosh"}
    root = {"id": "LTAI5tRoot", "secret": "r"}
    accounts = [
        {
            "id": "1000000000000001",
            "keys": [root, {**key, "policies": [{"Statement": statement}]}],
        }
    ]
    life = Simulated(monkeypatch, accounts=accounts)
    cid = life.made()
    answer = life.refused(method, cid, access_key_id="LTAI5tUser", access_key_secret="s")
    assert "ecs:DescribeInstance" in answer["message"]
    assert life.alive() == [cid]


def test_w06_a_light_stemcells_image_outlives_copy_and_deletion(life: Simulated) -> None:
    # With `encrypted: true` it deleted the operator's own image and its snapshots.
    light = {"image_id": {life.simulator.world.region_id: IMAGE}}
    copy = life.result("create_stemcell", "/dev/null", light, encrypted=True)
    assert copy != IMAGE
    life.result("delete_stemcell", IMAGE)
    life.result("delete_stemcell", copy)
    assert life.alive("image") == [IMAGE]


def test_w07_a_failed_import_is_seen_at_once_and_removed(life: Simulated) -> None:
    # It looked at available images alone: failure after an hour, and the image was leaked.
    put(life, b"QFI\xfb" + bytes(1024))  # of another format than the request says
    before = life.clock.monotonic_s()
    message = life.refused("create_stemcell", "/dev/null", BUCKET)["message"]
    assert "CreateFailed" in message
    assert life.clock.monotonic_s() - before < 30 * MINUTES
    assert life.alive("image") == [IMAGE]


def test_w07_a_blip_does_not_end_an_import(life: Simulated) -> None:
    # No call about images had a retry: one blip ended 15 minutes of work.
    put(life, bytes(510) + b"\x55\xaa" + bytes(1024))
    for do, name in (("throttle", "DescribeImages"), ("throttle", "ImportImage")):
        life.simulator.control.arm(do, name=name, times=3)
    assert life.result("create_stemcell", "/dev/null", BUCKET) in life.alive("image")


@pytest.mark.parametrize("nth", [3, 4, 5, 6])
def test_w08_a_killed_create_is_finished_by_its_repetition(life: Simulated, nth: int) -> None:
    # Nothing told whose a VM was: each kill left one.
    life.trouble("killed after", nth)
    assert life.create()["error"]["message"].startswith("killed") or life.wire.is_dead
    life.calm()
    cid = life.made()
    assert life.alive() == [cid]
    assert life.settings(cid)["agent_id"] == "agent-1"


def test_w08_what_else_a_kill_leaves_is_marked_as_unclaimed(life: Simulated) -> None:
    # The same for disks.
    life.trouble("killed after", 1)
    life.call("create_disk", 20480, ESSD, None, availability_zone=life.place.zones[0])
    rows = [row for row in life.simulator.control.inventory() if row["kind"] == "disk"]
    assert [row["claimed"] for row in rows] == [False]


@pytest.mark.parametrize("shows", ["Starting", "Running"])
def test_w09_a_reboot_is_over_when_it_is_told(monkeypatch: pytest.MonkeyPatch, shows: str) -> None:
    # It took the Running of before the reboot for its end.
    life = Simulated(monkeypatch, knobs={"ecs.reboot_shows": shows})
    cid = life.made()
    life.result("reboot_vm", cid)
    (row,) = [row for row in life.simulator.control.inventory() if row["id"] == cid]
    asked = [one for one in life.simulator.control.calls() if one["name"] == "RebootInstance"]
    assert row["state"] == "Running"
    assert row["state_since_s"] > asked[-1]["at_s"]


@pytest.mark.parametrize("name", ["", None, 5, True, ["x"]])
def test_w10_odd_metadata_is_no_crash(life: Simulated, name: object) -> None:
    # A panic: exit 2, and no JSON.
    cid = life.made()
    life.result("set_vm_metadata", cid, {"name": name, "n": 1, "m": {"a": [None]}})
    tags = {tag["TagKey"]: tag["TagValue"] for tag in life.vm(cid)["Tags"]["Tag"]}
    assert tags["n"] == "1"


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
def test_w10_odd_arguments_are_answered(life: Simulated, method: str, arguments: list[Any]) -> None:
    # A nil pointer, an index out of range: the same.
    error = life.call(method, *arguments)["error"]
    assert error is None or error["type"].startswith("Bosh::Clouds::")


def test_w11_throttles_and_lost_answers_are_survived(life: Simulated) -> None:
    # A throttled poll, or a dropped answer of StartInstance, deleted a healthy VM.
    control = life.simulator.control
    control.arm("throttle", name="DescribeInstances", times=5)
    control.arm("throttle", name="RunInstances", times=3)
    control.arm("lose", name="ModifyInstanceAttribute", times=1)
    cid = life.made()
    assert life.alive() == [cid]


def test_w12_a_new_disk_can_be_attached_at_once(life: Simulated) -> None:
    # create_disk did not wait, and attach_disk took Creating for an error.
    cid = life.made()
    disk = life.result("create_disk", 20480, ESSD, cid)
    assert life.disk(disk)["Status"] == "Available"
    life.result("attach_disk", cid, disk)


@pytest.mark.parametrize("state", ["Creating", "Detaching", "Attaching"])
def test_w12_states_on_the_way_are_waited_through(life: Simulated, state: str) -> None:
    # Each was an immediate error.
    cid = life.made()
    zone = life.place.zones[0]
    if state == "Creating":
        asked = {"ZoneId": zone, "Size": 20, "DiskCategory": "cloud_essd"}
        disk = life.ask("Ecs", "CreateDisk", **asked)["DiskId"]
    else:
        disk = life.result("create_disk", 20480, ESSD, cid)
        if state == "Detaching":
            life.result("attach_disk", cid, disk)
            life.ask("Ecs", "DetachDisk", InstanceId=cid, DiskId=disk)
        else:
            life.ask("Ecs", "AttachDisk", InstanceId=cid, DiskId=disk)
    assert life.disk(disk)["Status"] == state
    life.result("attach_disk", cid, disk)
    assert life.disk(disk)["InstanceId"] == cid
