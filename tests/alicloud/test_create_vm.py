"""create_vm against a scripted cloud: orders of calls, repetitions, siblings, and undo."""

from __future__ import annotations

from typing import Any

import pytest

from cpikit.testing import CallFailed
from tests.alicloud.small_cloud import ENV, MANUAL, NETWORK, VM, SmallCloud

NONE = {**VM, "ephemeral_disk": "none"}


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> SmallCloud:
    return SmallCloud().wired(monkeypatch)


def create(
    cloud: SmallCloud,
    properties: dict[str, Any] = VM,
    networks: dict[str, Any] = MANUAL,
    agent: str = "agent-1",
    **context: object,
) -> tuple[str, dict[str, Any]]:
    cid, echoed = cloud.cpi().call(
        "create_vm", agent, "m-1", properties, networks, [], ENV, **context
    )
    return cid, echoed


def test_a_choice_whose_name_sounds_secret_masks_no_word_of_a_message(cloud: SmallCloud) -> None:
    with pytest.raises(CallFailed, match="instance_type is required, not set"):
        create(cloud, {"http_tokens": "required"})


def test_settings_are_complete_at_the_launch_without_an_ephemeral_disk(cloud: SmallCloud) -> None:
    cid, _ = create(cloud, NONE)
    settings = cloud.settings(cid)
    assert settings["agent_id"] == "agent-1"
    assert settings["env"] == ENV
    assert settings["disks"] == {"system": "/dev/vda", "persistent": {}}
    assert "ModifyInstanceAttribute" not in cloud.names()


def test_a_vm_without_an_ephemeral_disk_costs_four_calls(cloud: SmallCloud) -> None:
    create(cloud, NONE)
    assert cloud.counted() == [
        "DescribeInstances",
        "DescribeInstanceTypes",
        "RunInstances",
        "DescribeInstances",
    ]


def test_a_vm_with_an_ephemeral_disk_costs_at_most_eight_calls(cloud: SmallCloud) -> None:
    create(cloud)
    assert len(cloud.counted()) <= 8


def test_the_ephemeral_disk_is_named_by_id(cloud: SmallCloud) -> None:
    cid, _ = create(cloud)
    serial = next(d["SerialNumber"] for d in cloud.disks.values() if d["Type"] == "data")
    assert cloud.settings(cid)["disks"]["ephemeral"] == f"/dev/disk/by-id/virtio-{serial}"


def test_nvme_disks_have_the_other_name(cloud: SmallCloud) -> None:
    cloud.nvme = "required"
    cid, _ = create(cloud)
    path = cloud.settings(cid)["disks"]["ephemeral"]
    assert path.startswith("/dev/disk/by-id/nvme-Alibaba_Cloud_Elastic_Block_Storage_")


def test_unfinished_settings_name_no_agent(cloud: SmallCloud) -> None:
    create(cloud)
    from base64 import b64decode

    launched = next(given for name, given in cloud.calls if name == "RunInstances")
    assert b"agent_id" not in b64decode(launched["UserData"])


def test_a_cloud_that_changes_user_data_of_stopped_vms_only(cloud: SmallCloud) -> None:
    cloud.refuses_user_data_unless_stopped = True
    cid, _ = create(cloud)
    assert cloud.settings(cid)["agent_id"] == "agent-1"
    assert cloud.status(cloud.instances[cid]) == "Running"


def test_a_repetition_adopts_the_vm(cloud: SmallCloud) -> None:
    first, _ = create(cloud)
    second, _ = create(cloud, request_id="cpi-000002")
    assert second == first
    assert len(cloud.instances) == 1


def test_another_request_for_the_same_agent_replaces_the_vm(cloud: SmallCloud) -> None:
    first, _ = create(cloud)
    second, _ = create(cloud, {**VM, "instance_type": "ecs.g7.xlarge"})
    assert cloud.alive() == [second]
    assert first != second


def test_a_lost_answer_makes_one_vm(cloud: SmallCloud) -> None:
    cloud.then("RunInstances", lambda: "lose")
    cid, _ = create(cloud)
    assert cloud.alive() == [cid]


def test_an_answer_lost_for_good_leaves_nothing(cloud: SmallCloud) -> None:
    cloud.then("RunInstances", *[lambda: "lose"] * 20)
    with pytest.raises(CallFailed) as failed:
        create(cloud)
    assert failed.value.type == "VMCreationFailed"
    assert failed.value.ok_to_retry
    assert cloud.alive() == []


def test_a_spent_token_goes_once_more_with_a_fresh_one(cloud: SmallCloud) -> None:
    cloud.refuse("RunInstances", "IdempotentFailed")
    cid, _ = create(cloud)
    used = [given["ClientToken"] for name, given in cloud.calls if name == "RunInstances"]
    assert cloud.alive() == [cid]
    assert len(set(used)) == 2


def test_sold_out_types_fail_over_at_once(cloud: SmallCloud) -> None:
    cloud.refuse("RunInstances", "OperationDenied.NoStock")
    cid, _ = create(cloud, {**VM, "instance_type": ["ecs.g7.large", "ecs.c7.large"]})
    assert cloud.instances[cid].parameters["InstanceType"] == "ecs.c7.large"


def test_nothing_in_stock_names_every_candidate_and_is_not_retried(cloud: SmallCloud) -> None:
    cloud.refuse("RunInstances", "OperationDenied.NoStock", times=2)
    with pytest.raises(CallFailed) as failed:
        create(cloud, {**VM, "instance_type": ["ecs.g7.large", "ecs.c7.large"]})
    assert "ecs.g7.large" in failed.value.message
    assert "ecs.c7.large" in failed.value.message
    assert not failed.value.ok_to_retry
    assert cloud.names().count("RunInstances") == 2


def test_spot_falls_back_to_on_demand_where_it_may(cloud: SmallCloud) -> None:
    cloud.refuse("RunInstances", "OperationDenied.NoStock")
    spot = {**NONE, "spot_strategy": "SpotAsPriceGo", "spot_ondemand_fallback": True}
    cid, _ = create(cloud, spot)
    runs = [given for name, given in cloud.calls if name == "RunInstances"]
    assert [run.get("SpotStrategy") for run in runs] == ["SpotAsPriceGo", None]
    assert cloud.alive() == [cid]


def test_of_two_siblings_the_smallest_id_stays(cloud: SmallCloud) -> None:
    def sibling() -> None:
        given = next(given for name, given in cloud.calls if name == "RunInstances")
        cloud.launch("i-000000000000000000", **given)

    cloud.then("ModifyInstanceAttribute", sibling)
    cid, _ = create(cloud)
    assert cid == "i-000000000000000000"
    assert cloud.alive() == [cid]
    assert cloud.settings(cid)["agent_id"] == "agent-1"


def test_a_vm_that_vanishes_is_replaced_by_the_next_candidate(cloud: SmallCloud) -> None:
    def vanish() -> None:
        for one in cloud.instances.values():
            one.deleted_s = -100.0

    cloud.then("ModifyInstanceAttribute", vanish)
    with pytest.raises(CallFailed) as failed:
        create(cloud)
    assert failed.value.type == "VMCreationFailed"


def test_an_address_that_is_released_late_is_waited_for(cloud: SmallCloud) -> None:
    cloud.refuse("RunInstances", "InvalidPrivateIpAddress.Duplicated", times=3)
    cid, _ = create(cloud)
    assert cloud.alive() == [cid]


def test_an_address_held_by_a_stranger_is_told(cloud: SmallCloud) -> None:
    cloud.launch(PrivateIpAddress="10.0.0.10")
    with pytest.raises(CallFailed) as failed:
        create(cloud)
    assert "i-000000000000000001" in failed.value.message
    assert not failed.value.ok_to_retry


def test_the_next_agent_takes_the_address_of_an_unclaimed_vm_past_the_deadline(
    cloud: SmallCloud,
) -> None:
    left, _ = create(cloud, agent="agent-1")
    with pytest.raises(CallFailed) as failed:
        create(cloud, agent="agent-2")
    assert left in failed.value.message
    cloud.clock.sleep(1900)
    cid, _ = create(cloud, agent="agent-2")
    assert cloud.alive() == [cid]


def test_the_address_of_a_claimed_vm_is_never_taken(cloud: SmallCloud) -> None:
    left, _ = create(cloud, agent="agent-1")
    cloud.cpi().call("set_vm_metadata", left, {"name": "job/0"})
    cloud.clock.sleep(19000)
    with pytest.raises(CallFailed):
        create(cloud, agent="agent-2")
    assert cloud.alive() == [left]


def test_a_failure_after_the_launch_leaves_nothing(cloud: SmallCloud) -> None:
    cloud.refuse("ModifyInstanceAttribute", "InvalidParameter")
    with pytest.raises(CallFailed) as failed:
        create(cloud)
    assert "removed again" in failed.value.message
    assert cloud.alive() == []
    assert [d for d in cloud.disks.values() if d["InstanceId"]] == []


def test_dynamic_networks_report_their_address(cloud: SmallCloud) -> None:
    networks = {"net": {"type": "dynamic", "cloud_properties": NETWORK}}
    _, echoed = create(cloud, networks=networks)
    assert echoed["net"]["ip"] == "10.0.0.101"


def test_a_vip_is_bound_and_unbound_with_its_vm(cloud: SmallCloud) -> None:
    cloud.eips["eip-1"] = {
        "AllocationId": "eip-1",
        "IpAddress": "203.0.113.5",
        "Status": "Available",
        "InstanceId": "",
    }
    vip = {"type": "vip", "ip": "203.0.113.5", "cloud_properties": {}}
    cid, _ = create(cloud, networks={**MANUAL, "vip": vip})
    assert cloud.eips["eip-1"]["InstanceId"] == cid
    cloud.cpi().call("delete_vm", cid)
    assert cloud.eips["eip-1"]["Status"] == "Available"


def test_all_balancers_are_bound_and_unbound(cloud: SmallCloud) -> None:
    properties = {
        **VM,
        "slbs": ["lb-1"],
        "slb_server_group": ["rsp-1"],
        "slb_server_group_port": "8080",
        "nlb_server_groups": [
            {"server_group_id": "sgp-1", "port": 80, "weight": 10},
            {"server_group_id": "sgp-1", "port": 443, "weight": 10},
        ],
        "alb_server_groups": [{"server_group_id": "sgp-2", "port": 80}],
    }
    cid, _ = create(cloud, properties)
    assert cloud.members == {
        ("Slb", "lb-1", cid, "0"),
        ("Slb", "rsp-1", cid, "8080"),
        ("New", "sgp-1", cid, "80"),
        ("New", "sgp-1", cid, "443"),
        ("New", "sgp-2", cid, "80"),
    }
    cloud.cpi().call("delete_vm", cid)
    assert cloud.members == set()


def test_settings_that_are_too_large_are_refused_before_anything_is_made(
    cloud: SmallCloud,
) -> None:
    with pytest.raises(CallFailed) as failed:
        cloud.cpi().call("create_vm", "a", "m-1", VM, MANUAL, [], {"x": "y" * 40000})
    assert "32768" in failed.value.message
    assert cloud.calls == []


def test_no_secret_stands_in_an_error(cloud: SmallCloud) -> None:
    cloud.refuse("RunInstances", "InvalidParameter")
    cpi = cloud.cpi()
    answer = cpi.respond("create_vm", "a", "m-1", {**VM, "password": "canary-pw"}, MANUAL, [], ENV)
    text = str(answer) + "\n".join(cpi.log)
    assert answer["error"]
    assert "canary" not in text
    assert "secret-of-the-test" not in text
