"""Instances live as documented: states that take time, what goes along, what stays behind."""

from __future__ import annotations

from typing import Any

import pytest

from cpikit_alicloud_simulator.products.ecs.instance import Instance
from cpikit_alicloud_simulator.products.ecs.kinds import Disk, Interface
from cpikit_alicloud_simulator.simulator import Simulator
from tests.simulator.instances_kit import (
    ZONE,
    base64_of,
    begin,
    create,
    launch,
    refused,
    run,
    shown,
    state,
)


def walked(alicloud: Simulator, id_: str, step_s: float = 0.25, steps: int = 400) -> list[str]:
    """Give the states that an instance goes through, each once."""
    seen: list[str] = []
    for _ in range(steps):
        now = state(alicloud, id_)
        if not seen or seen[-1] != now:
            seen.append(now)
        alicloud.clock.sleep(step_s)
    return seen


def test_run_instances_starts_and_create_instance_does_not(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, profile="typical")
    ran, made = run(alicloud_direct), create(alicloud_direct)
    assert walked(alicloud_direct, ran) == ["Pending", "Stopped", "Starting", "Running"]
    assert state(alicloud_direct, made) == "Stopped"


def test_power_goes_through_its_states(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, profile="typical")
    id_ = create(alicloud_direct)
    alicloud_direct.clock.sleep(5)
    alicloud_direct.ask("Ecs", "StartInstance", InstanceId=id_)
    assert walked(alicloud_direct, id_) == ["Starting", "Running"]
    alicloud_direct.ask("Ecs", "RebootInstance", InstanceId=id_)
    assert walked(alicloud_direct, id_) == ["Starting", "Running"]
    alicloud_direct.ask("Ecs", "StopInstance", InstanceId=id_)
    assert walked(alicloud_direct, id_) == ["Stopping", "Stopped"]
    alicloud_direct.ask("Ecs", "DeleteInstance", InstanceId=id_)
    assert walked(alicloud_direct, id_) == ["Stopping", "gone"]


def test_a_reboot_may_show_running_for_a_while(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, profile="typical", knobs={"ecs.reboot_shows": "Running"})
    id_ = run(alicloud_direct)
    alicloud_direct.clock.sleep(60)
    alicloud_direct.ask("Ecs", "RebootInstance", InstanceId=id_)
    assert walked(alicloud_direct, id_) == ["Running", "Starting", "Running"]


@pytest.mark.parametrize("shows", ["Stopping", "Stopped"])
def test_a_stopped_instance_shows_either_while_it_goes(
    alicloud_direct: Simulator, shows: str
) -> None:
    begin(alicloud_direct, profile="typical", knobs={"ecs.delete_shows": shows})
    id_ = create(alicloud_direct)
    alicloud_direct.clock.sleep(10)
    alicloud_direct.ask("Ecs", "DeleteInstance", InstanceId=id_)
    assert walked(alicloud_direct, id_) == [shows, "gone"]


def test_an_instance_takes_its_own_along_and_leaves_the_rest(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct)
    id_ = run(alicloud_direct, DataDisk=[{"Size": 20}, {"Size": 21, "DeleteWithInstance": False}])
    world = alicloud_direct.world
    spare = Interface(
        id="eni-spare",
        region_id="cn-hangzhou",
        account_id=alicloud_direct.account.account_id,
        instance_id=id_,
        state="InUse",
        delete_on_release=False,
    )
    world.add(spare)
    alicloud_direct.ask("Ecs", "DeleteInstance", InstanceId=id_, Force=True)
    assert state(alicloud_direct, id_) == "gone"
    kept = list(world.table(Disk))
    assert [(disk.size_gib, disk.state, disk.instance_ids) for disk in kept] == [
        (21, "Available", ())
    ]
    left = list(world.table(Interface))
    assert [(each.id, each.state, each.instance_id) for each in left] == [
        ("eni-spare", "Available", "")
    ]


def test_stock_comes_back_with_the_instance(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, stock=[{"zone": ZONE, "left": 1, "spot": False}])
    id_ = run(alicloud_direct)
    assert refused(alicloud_direct, "RunInstances", **launch()) == "OperationDenied.NoStock"
    run(alicloud_direct, SpotStrategy="SpotAsPriceGo")  # another stock
    alicloud_direct.ask("Ecs", "DeleteInstance", InstanceId=id_, Force=True)
    run(alicloud_direct)


def test_an_instance_that_stops_charging_may_not_come_back(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, stock=[{"zone": ZONE, "left": 1}])
    id_ = run(alicloud_direct, InternetMaxBandwidthOut=5)
    assert shown(alicloud_direct, id_)["PublicIpAddress"]["IpAddress"]
    alicloud_direct.ask("Ecs", "StopInstance", InstanceId=id_, StoppedMode="StopCharging")
    assert shown(alicloud_direct, id_)["StoppedMode"] == "StopCharging"
    assert shown(alicloud_direct, id_)["PublicIpAddress"]["IpAddress"] == []
    other = run(alicloud_direct)
    code = refused(alicloud_direct, "StartInstance", InstanceId=id_)
    assert code == "OperationDenied.NoStock"
    alicloud_direct.ask("Ecs", "DeleteInstance", InstanceId=other, Force=True)
    alicloud_direct.ask("Ecs", "StartInstance", InstanceId=id_)
    assert shown(alicloud_direct, id_)["PublicIpAddress"]["IpAddress"]
    alicloud_direct.ask("Ecs", "DeleteInstance", InstanceId=id_, Force=True)
    run(alicloud_direct)


@pytest.mark.parametrize(
    "sections", [{"knobs": {"ecs.run_fails_late": "always"}}, {"stock": [{"late": True}]}]
)
def test_a_launch_may_fail_after_it_was_answered(
    alicloud_direct: Simulator, sections: dict[str, Any]
) -> None:
    begin(alicloud_direct, profile="typical", **sections)
    id_ = run(alicloud_direct)
    assert walked(alicloud_direct, id_) == ["Pending", "gone"]
    alicloud_direct.clock.sleep(60)
    assert alicloud_direct.world.counts().get("eni", 0) == 0


def test_a_private_address_is_released_late(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, profile="typical")
    wanted = {"PrivateIpAddress": "10.0.0.8"}
    id_ = run(alicloud_direct, **wanted)
    alicloud_direct.clock.sleep(30)
    alicloud_direct.ask("Ecs", "DeleteInstance", InstanceId=id_, Force=True)
    alicloud_direct.clock.sleep(6)
    assert state(alicloud_direct, id_) == "gone"
    code = refused(alicloud_direct, "RunInstances", **launch(**wanted))
    assert code == "InvalidPrivateIpAddress.Duplicated"
    alicloud_direct.clock.sleep(30)
    run(alicloud_direct, **wanted)


def test_actions_may_lag_behind_what_is_shown(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, knobs={"ecs.action_lag_s": 5.0})
    id_ = run(alicloud_direct)
    assert state(alicloud_direct, id_) == "Running"
    code = refused(alicloud_direct, "StopInstance", InstanceId=id_)
    assert code == "IncorrectInstanceStatus"
    alicloud_direct.clock.sleep(6)
    alicloud_direct.ask("Ecs", "StopInstance", InstanceId=id_)


def test_a_new_instance_may_be_missing_for_a_while(alicloud_direct: Simulator) -> None:
    begin(
        alicloud_direct,
        knobs={"visibility.describe_s": 5.0, "visibility.act_s": 2.0},
    )
    alicloud_direct.clock.sleep(5)  # until the network itself is seen
    id_ = run(alicloud_direct)
    assert state(alicloud_direct, id_) == "gone"
    code = refused(alicloud_direct, "StopInstance", InstanceId=id_)
    assert code == "InvalidInstanceId.NotFound"
    alicloud_direct.clock.sleep(3)
    alicloud_direct.ask("Ecs", "StopInstance", InstanceId=id_)
    alicloud_direct.clock.sleep(3)
    assert state(alicloud_direct, id_) == "Stopped"


def test_an_agent_reads_its_user_data_and_metadata(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, {"kind": "ram_role", "name": "vm-role"})
    id_ = run(
        alicloud_direct,
        UserData=base64_of(b"\x00settings\xff"),
        RamRoleName="vm-role",
        HttpTokens="required",
        HostName="web-1",
    )
    instance = alicloud_direct.world.get(Instance, id_)
    assert instance is not None
    assert instance.user_data() == b"\x00settings\xff"
    view = instance.metadata_view(alicloud_direct.world)
    assert view is not None
    assert (view.hostname, view.ram_role, view.http_tokens) == ("web-1", "vm-role", "required")
    (interface,) = view.interfaces
    assert (interface.primary_ip_address, interface.gateway) == ("10.0.0.1", "10.0.0.253")
    answer = alicloud_direct.ask("Ecs", "DescribeUserData", InstanceId=id_)
    assert answer["UserData"] == base64_of(b"\x00settings\xff")
