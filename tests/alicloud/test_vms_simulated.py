"""VMs on the simulator: what they cost, what they leave, and how they fare with every knob."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.alicloud.simulated import ESSD, IMAGE, VM, Simulated, knobs_off_default

MOST = {"create_vm": 8, "delete_vm": 6, "has_vm": 1, "get_disks": 2, "reboot_vm": 2}


@pytest.fixture
def life(monkeypatch: pytest.MonkeyPatch) -> Simulated:
    return Simulated(monkeypatch)


def settings(life: Simulated, cid: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(life.simulator.control.user_data(cid))
    return found


def created(life: Simulated, more: dict[str, Any] | None = None, **given: Any) -> str:
    answer = life.create(more=more, **given)
    assert answer["error"] is None, answer["error"]
    return str(answer["result"][0])


def check_whole(life: Simulated, cid: str) -> None:
    assert life.alive() == [cid]
    found = settings(life, cid)
    assert found["disks"]["ephemeral"].startswith("/dev/disk/by-id/")
    (row,) = life.ask("Ecs", "DescribeInstances")["Instances"]["Instance"]
    assert row["Status"] == "Running"


def test_a_vm_is_made_and_taken_apart_again(life: Simulated) -> None:
    before = sorted(row["id"] for row in life.simulator.control.inventory())
    cid = created(life)
    check_whole(life, cid)
    assert life.result("has_vm", cid) is True
    assert life.result("get_disks", cid) == []
    life.result("set_vm_metadata", cid, {"name": "job/0", "director": "d", "tags": {"a": [1]}})
    life.result("reboot_vm", cid)
    life.result("delete_vm", cid)
    assert life.result("has_vm", cid) is False
    assert sorted(row["id"] for row in life.simulator.control.inventory()) == before


@pytest.mark.parametrize("method", MOST)
def test_calls_stay_within_their_number(life: Simulated, method: str) -> None:
    control = life.simulator.control
    since = control.mark()
    cid = created(life)
    if method != "create_vm":
        since = control.mark()
        life.result(method, cid)
    assert len(life.counted(since)) <= MOST[method], life.counted(since)


def test_without_an_ephemeral_disk_four_calls_make_a_vm(life: Simulated) -> None:
    since = life.simulator.control.mark()
    cid = created(life, {"ephemeral_disk": "none"})
    assert len(life.counted(since)) <= 4, life.counted(since)
    assert settings(life, cid)["agent_id"] == "agent-1"


@pytest.mark.parametrize(
    ("gib", "asked", "made"),
    [
        (3, None, 40),
        (60, None, 60),
        (60, {**ESSD, "size": 0}, 60),
        (3, {**ESSD, "size": 51200}, 50),
    ],
)
def test_a_system_disk_without_a_size_has_room_for_its_image(
    monkeypatch: pytest.MonkeyPatch, gib: int, asked: dict[str, Any] | None, made: int
) -> None:
    image = {"kind": "image", "id": IMAGE, "state": "Available", "size_gib": gib}
    life = Simulated(monkeypatch, resources=[image])
    created(life, {"system_disk": asked or ESSD})
    rows = life.ask("Ecs", "DescribeDisks")["Disks"]["Disk"]
    assert [row["Size"] for row in rows if row["Type"] == "system"] == [made]


@pytest.mark.parametrize("name", ["system_disk", "ephemeral_disk"])
def test_a_negative_size_is_refused_before_anything_is_made(life: Simulated, name: str) -> None:
    since = life.simulator.control.mark()
    error = life.create(more={name: {**ESSD, "size": -5}})["error"]
    assert error["message"] == f"{name}: size is -5 MiB, wanted a size above 0"
    assert "RunInstances" not in life.counted(since)


def test_networks_in_different_zones_are_refused_before_anything_is_made(life: Simulated) -> None:
    place = life.place
    below = {"vswitch_id": place.vswitches[1], "security_group_ids": [place.group]}
    other = {"type": "dynamic", "cloud_properties": below}
    since = life.simulator.control.mark()
    error = life.create(networks={**place.networks(), "other": other})["error"]
    assert error["type"] == "Bosh::Clouds::CpiError"
    assert "network 'other' has no vSwitch there" in error["message"]
    assert all(zone in error["message"] for zone in place.zones)
    assert "RunInstances" not in life.counted(since)


def test_no_parameter_is_unknown_to_the_cloud(life: Simulated) -> None:
    cid = created(life, {"tags": {"a": 1}, "instance_name": "first", "host_name": "first"})
    life.result("delete_vm", cid)
    odd = {
        (entry["name"], name)
        for entry in life.simulator.control.requests(limit=1000)
        for name in entry["unknown_parameters"]
    }
    assert odd == set()


def test_a_repetition_adopts_and_another_request_replaces(life: Simulated) -> None:
    first = created(life)
    assert created(life) == first
    second = created(life, {"instance_type": "ecs.g6.xlarge"})
    assert second != first
    check_whole(life, second)


def test_the_next_agent_gets_the_address_past_the_deadline(life: Simulated) -> None:
    left = created(life)
    refused = life.create("agent-2")
    assert left in refused["error"]["message"]
    assert refused["error"]["ok_to_retry"] is False
    life.clock.sleep(1900)
    answer = life.create("agent-2")
    assert answer["error"] is None, answer["error"]
    check_whole(life, answer["result"][0])


def test_an_address_that_was_just_released_is_waited_for(life: Simulated) -> None:
    life.result("delete_vm", created(life))
    check_whole(life, created(life, agent="agent-2"))


def test_a_dynamic_address_is_told(life: Simulated) -> None:
    networks = life.place.networks(None)
    answer = life.create(networks=networks)
    assert answer["error"] is None, answer["error"]
    assert answer["result"][1]["net"]["ip"].startswith("10.0.0.")


def test_the_zone_of_the_second_vswitch_is_taken_where_the_first_is_sold_out(
    life: Simulated,
) -> None:
    properties = {
        "vswitch_id": list(life.place.vswitches),
        "security_group_ids": [life.place.group],
    }
    networks = life.place.networks(None, cloud_properties=properties)
    life.simulator.control.arm("fail", name="RunInstances", code="OperationDenied.NoStock", times=1)
    answer = life.create(networks=networks)
    assert answer["error"] is None, answer["error"]
    assert answer["result"][1]["net"]["ip"].startswith("10.0.1.")


EXPECTED_TO_FAIL = {("ecs.run_fails_late", "always")}


@pytest.mark.parametrize(("name", "value"), knobs_off_default(), ids=str)
def test_a_life_with_one_knob_off_its_default(
    monkeypatch: pytest.MonkeyPatch, name: str, value: Any
) -> None:
    life = Simulated(monkeypatch, knobs={name: value})
    before = sorted(row["id"] for row in life.simulator.control.inventory())
    answer = life.create()
    if (name, value) in EXPECTED_TO_FAIL:
        assert answer["error"]["ok_to_retry"] is True
    else:
        assert answer["error"] is None, answer["error"]
        cid = answer["result"][0]
        check_whole(life, cid)
        assert life.result("get_disks", cid) == []
        life.result("set_vm_metadata", cid, {"name": "job/0"})
        life.result("reboot_vm", cid)
        life.result("delete_vm", cid)
    assert sorted(row["id"] for row in life.simulator.control.inventory()) == before


def test_what_a_vm_holds_is_marked_as_ours_and_claimed_by_metadata(life: Simulated) -> None:
    cid = created(life)

    def row() -> dict[str, Any]:
        rows = life.simulator.control.inventory()
        return next(one for one in rows if one["id"] == cid)

    assert row()["claimed"] is False
    life.result("set_vm_metadata", cid, {"name": "job/0"})
    assert row()["claimed"] is True


def test_every_property_of_a_vm_reaches_the_cloud_under_a_name_that_it_knows(
    life: Simulated,
) -> None:
    created(
        life,
        {
            **VM,
            "spot_strategy": "SpotWithPriceLimit",
            "spot_price_limit": 5,
            "http_endpoint": "enabled",
            "http_put_response_hop_limit": 2,
        },
    )
    unknown = [
        name
        for entry in life.simulator.control.requests(limit=1000)
        if entry["name"] == "RunInstances"
        for name in entry["unknown_parameters"]
    ]
    assert unknown == []


@pytest.mark.parametrize("lag_s", [2.0, 5.0])
def test_settings_are_written_where_actions_lag_and_want_stopped_vms(
    monkeypatch: pytest.MonkeyPatch, lag_s: float
) -> None:
    knobs = {"ecs.user_data_while_running": "refuse", "ecs.action_lag_s": lag_s}
    life = Simulated(monkeypatch, knobs=knobs)
    check_whole(life, created(life))
