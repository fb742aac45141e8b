"""Disks on the simulator: a life, its costs, its leavings, every knob and every trouble."""

from __future__ import annotations

from typing import Any

import pytest

from cpikit_alicloud import tags
from cpikit_alicloud_simulator.simulator import Simulator
from tests.alicloud.simulated import ESSD, Simulated
from tests.alicloud.troubled import KILLS, TROUBLES

ZONE = "cn-hangzhou-b"
MOST = {
    "create_disk": 3,
    "has_disk": 1,
    "attach_disk": 4,
    "set_disk_metadata": 2,
    "detach_disk": 4,
    "delete_disk": 2,
}


@pytest.fixture
def life(monkeypatch: pytest.MonkeyPatch) -> Simulated:
    return Simulated(monkeypatch)


def a_vm(life: Simulated) -> str:
    answer = life.create(more={"ephemeral_disk": "none"})
    assert answer["error"] is None, answer["error"]
    return str(answer["result"][0])


def row(life: Simulated, cid: str) -> dict[str, Any]:
    found = life.ask("Ecs", "DescribeDisks", DiskIds=f'["{cid}"]')["Disks"]["Disk"]
    return dict(found[0]) if found else {}


def test_a_disk_lives_and_leaves_nothing(life: Simulated) -> None:
    vm = a_vm(life)
    before = sorted(one["id"] for one in life.simulator.control.inventory())
    cid = life.result("create_disk", 20480, {}, vm)
    assert life.result("has_disk", cid) is True
    hint = life.result("attach_disk", vm, cid)
    assert hint == f"/dev/disk/by-id/virtio-{cid.removeprefix('d-')}" or "nvme" in hint
    assert life.result("attach_disk", vm, cid) == hint
    assert row(life, cid)["InstanceId"] == vm
    assert life.result("get_disks", vm) == [cid]
    life.result("detach_disk", vm, cid)
    life.result("detach_disk", vm, cid)
    assert row(life, cid)["Status"] == "Available"
    life.result("delete_disk", cid)
    life.result("delete_disk", cid)
    assert life.result("has_disk", cid) is False
    assert sorted(one["id"] for one in life.simulator.control.inventory()) == before


def test_calls_stay_within_their_number(life: Simulated) -> None:
    vm = a_vm(life)
    control = life.simulator.control
    cid = ""
    for method, most in MOST.items():
        since = control.mark()
        if method == "create_disk":
            cid = life.result(method, 20480, {}, vm)
        elif method in ("attach_disk", "detach_disk"):
            life.result(method, vm, cid)
        elif method == "set_disk_metadata":
            life.result(method, cid, {"deployment": "cf"})
        else:
            life.result(method, cid)
        assert len(life.counted(since)) <= most, (method, life.counted(since))


def test_a_new_disk_is_unclaimed_until_its_metadata_is_set(life: Simulated) -> None:
    cid = life.result("create_disk", 20480, {}, None, availability_zone=ZONE)
    assert tags.read_state(tags.of(row(life, cid))[tags.STATE])["c"] == "0"
    life.result("set_disk_metadata", cid, {"deployment": "cf", "index": 3})
    kept = tags.of(row(life, cid))
    assert tags.read_state(kept[tags.STATE])["c"] == "1"
    assert (kept["deployment"], kept["index"]) == ("cf", "3")


def test_a_disk_of_another_vm_is_refused(life: Simulated) -> None:
    first = a_vm(life)
    answer = life.create(
        agent="agent-2", more={"ephemeral_disk": "none"}, networks=life.place.networks("10.0.0.11")
    )
    second = answer["result"][0]
    cid = life.result("create_disk", 20480, {}, first)
    life.result("attach_disk", first, cid)
    assert f"attached to VM {first}" in life.call("attach_disk", second, cid)["error"]["message"]
    life.result("detach_disk", second, cid)
    assert row(life, cid)["InstanceId"] == first


def test_a_disk_grows_and_changes_in_place(life: Simulated) -> None:
    cid = life.result("create_disk", 20480, {}, None, availability_zone=ZONE)
    assert life.result("update_disk", cid, 40960, {"category": "cloud_essd"}) == cid
    assert (row(life, cid)["Size"], row(life, cid)["Category"]) == (40, "cloud_essd")
    life.result("resize_disk", cid, 51200)
    assert row(life, cid)["Size"] == 50
    assert life.call("resize_disk", cid, 1024)["error"]["type"] == "Bosh::Clouds::NotSupported"


def test_a_snapshot_lives_and_leaves_nothing(life: Simulated) -> None:
    vm = a_vm(life)
    cid = life.result("create_disk", 20480, {}, vm)
    life.result("attach_disk", vm, cid)
    snapshot = life.result("snapshot_disk", cid, {"deployment": "cf"})
    assert life.alive("snapshot") == [snapshot]
    life.result("delete_snapshot", snapshot)
    life.result("delete_snapshot", snapshot)
    assert life.alive("snapshot") == []


def test_no_parameter_is_unknown_to_the_cloud(life: Simulated) -> None:
    vm = a_vm(life)
    wanted = {"category": "cloud_essd", "performance_level": "PL1", "tags": {"a": 1}}
    cid = life.result("create_disk", 20480, wanted, vm)
    life.result("attach_disk", vm, cid)
    life.result("detach_disk", vm, cid)
    life.result("delete_disk", cid)
    odd = {
        (entry["name"], name)
        for entry in life.simulator.control.requests(limit=1000)
        for name in entry["unknown_parameters"]
    }
    assert odd == set()


def lived(life: Simulated) -> None:
    """A life of a disk, from making to deleting; every step looked at."""
    vm = a_vm(life)
    before = sorted(one["id"] for one in life.simulator.control.inventory())
    cid = life.result("create_disk", 20480, {}, vm)
    life.result("attach_disk", vm, cid)
    assert row(life, cid)["InstanceId"] == vm
    life.result("set_disk_metadata", cid, {"deployment": "cf"})
    life.result("detach_disk", vm, cid)
    life.result("delete_disk", cid)
    life.clock.sleep(30)
    assert sorted(one["id"] for one in life.simulator.control.inventory()) == before


def knobs() -> list[Any]:
    """Each knob with each of its other values; those about disks and delays every day."""
    return [
        pytest.param(
            {knob["name"]: value},
            id=f"{knob['name']}={value}",
            marks=() if knob["name"].startswith(("disk.", "visib")) else pytest.mark.slow,
        )
        for knob in Simulator().control.knobs()
        for value in knob["values"]
        if value != knob["default"]
        and knob["name"].startswith(("disk.", "ecs.", "snapshot.", "tags.", "visib", "client_"))
        and knob["name"] != "ecs.run_fails_late"
    ]


@pytest.mark.parametrize("knob", knobs())
def test_a_life_with_one_knob_off_its_default(
    monkeypatch: pytest.MonkeyPatch, knob: dict[str, Any]
) -> None:
    lived(Simulated(monkeypatch, knobs=knob))


@pytest.mark.parametrize("profile", ["instant", pytest.param("slow", marks=pytest.mark.slow)])
def test_a_life_in_another_profile(monkeypatch: pytest.MonkeyPatch, profile: str) -> None:
    lived(Simulated(monkeypatch, profile=profile))


STEPS = ("create_disk", "attach_disk", "set_disk_metadata", "detach_disk", "delete_disk")


@pytest.mark.parametrize("kind", TROUBLES)
@pytest.mark.parametrize("method", STEPS)
def test_each_call_of_each_method_in_every_trouble(
    monkeypatch: pytest.MonkeyPatch, method: str, kind: str
) -> None:
    nth = 0
    while True:
        nth += 1
        life = Simulated(monkeypatch)
        vm = a_vm(life)
        before = set(life.alive("disk"))
        cid = "" if method == "create_disk" else life.result("create_disk", 20480, {}, vm)
        if method == "detach_disk":
            life.result("attach_disk", vm, cid)
        given: dict[str, list[Any]] = {
            "create_disk": [20480, {}, vm],
            "attach_disk": [vm, cid],
            "set_disk_metadata": [cid, {"deployment": "cf"}],
            "detach_disk": [vm, cid],
            "delete_disk": [cid],
        }
        life.trouble(kind, nth)
        answer = life.call(method, *given[method])
        if not life.wire.met:
            break  # every call has had its trouble
        if kind in KILLS:
            life.calm()
            answer = life.call(method, *given[method])
        assert answer["error"] is None or kind == "fails for good", (nth, answer["error"])
        life.calm()
        made = set(life.alive("disk")) - before
        if method == "create_disk":
            check_created(life, kind, answer, made)
        elif answer["error"] is None:
            shown = row(life, cid)
            assert bool(shown) is (method != "delete_disk")
            if shown:
                assert shown["Status"] == ("In_use" if method == "attach_disk" else "Available")
    assert nth > 1


def check_created(life: Simulated, kind: str, answer: dict[str, Any], made: set[str]) -> None:
    """One disk is returned; what else there is was left by a kill, and is unclaimed."""
    others = made - {answer["result"]}
    told = (answer["error"] or {}).get("message", "")
    if kind in KILLS:
        assert len(others) <= 1
        for cid in others:
            assert tags.read_state(tags.of(row(life, cid))[tags.STATE])["c"] == "0"
    else:
        assert all(cid in told for cid in others)
    if answer["error"] is None:
        assert row(life, answer["result"])["Status"] == "Available"


@pytest.mark.parametrize("category", ["cloud_ssd", "cloud_auto"])
def test_a_level_that_a_category_does_not_have_is_left_out(life: Simulated, category: str) -> None:
    wanted = {"category": category, "performance_level": "PL2"}
    zone = life.place.zones[0]
    disk = life.result("create_disk", 50 * 1024, wanted, None, availability_zone=zone)
    (sent,) = [one for one in life.simulator.control.requests() if one["name"] == "CreateDisk"]
    assert "PerformanceLevel" not in sent["parameters"]
    assert life.alive("disk") == [disk]


def test_a_downgrade_is_not_supported_so_that_the_director_copies(life: Simulated) -> None:
    zone = life.place.zones[0]
    disk = life.result("create_disk", 50 * 1024, ESSD, None, availability_zone=zone)
    answer = life.call("update_disk", disk, 50 * 1024, {"category": "cloud_efficiency"})
    assert answer["error"]["type"] == "Bosh::Clouds::NotSupported"
