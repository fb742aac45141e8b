"""The Go CPI's weaknesses, one row each, as far as they are about VMs and networks.

The situation is set up, and what this provider does in it is asserted. Disks, snapshots and
stemcells have their rows in another file.
"""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest

from cpikit.testing import CallFailed
from tests.alicloud.small_cloud import ENV, MANUAL, NETWORK, VM, SmallCloud


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> SmallCloud:
    return SmallCloud().wired(monkeypatch)


def create(cloud: SmallCloud, more: dict[str, Any] | None = None, **given: Any) -> str:
    cid: str
    cid, _ = cloud.cpi().call(
        "create_vm",
        given.pop("agent", "agent-1"),
        "m-1",
        {**VM, **(more or {})},
        given.pop("networks", MANUAL),
        [],
        given.pop("env", ENV),
        **given,
    )
    return cid


def launched(cloud: SmallCloud) -> dict[str, str]:
    return next(given for name, given in cloud.calls if name == "RunInstances")


def test_w01_the_system_disk_is_asked_for_under_its_documented_names(cloud: SmallCloud) -> None:
    create(cloud, {"system_disk": {"size": 102400, "category": "cloud_essd"}})
    given = launched(cloud)
    assert given["SystemDisk.Size"] == "100"
    assert given["SystemDisk.Category"] == "cloud_essd"


def test_w04_another_region_is_refused_before_anything_is_made(cloud: SmallCloud) -> None:
    with pytest.raises(CallFailed) as failed:
        create(cloud, {"region": "cn-beijing", "stemcell_id": "m-2"})
    assert "CPI config" in failed.value.message
    assert cloud.calls == []


def test_w05_an_empty_list_is_no_deletion(cloud: SmallCloud) -> None:
    cid = create(cloud)
    cloud.instances[cid].visible_s = cloud.clock.elapsed_s + 3

    def by_id(given: dict[str, str]) -> dict[str, str]:
        return {"InstanceId": cloud.needed(given["InstanceId"]).id}

    cloud.do_DescribeInstanceAttribute = by_id  # type: ignore[method-assign]  # knows it by id
    assert cloud.cpi().call("has_vm", cid) is True
    cloud.cpi().call("delete_vm", cid)
    assert cloud.alive() == []


def test_w08_a_killed_create_is_finished_by_its_repetition(cloud: SmallCloud) -> None:
    class Killed(BaseException):
        pass

    def kill() -> None:
        raise Killed

    cloud.then("DescribeDisks", kill)
    cloud.then("DeleteInstance", kill)
    with pytest.raises(CallFailed):
        create(cloud)
    (left,) = cloud.alive()
    assert create(cloud) == left
    assert cloud.settings(left)["agent_id"] == "agent-1"


def test_w09_a_reboot_is_over_when_it_is_told(cloud: SmallCloud) -> None:
    cid = create(cloud)
    cloud.cpi().call("reboot_vm", cid)
    assert cloud.status(cloud.instances[cid]) == "Running"
    assert cloud.instances[cid].made_s > 0


@pytest.mark.parametrize("name", ["", None, 5, True, ["x"]])
def test_w10_odd_metadata_is_no_crash(cloud: SmallCloud, name: object) -> None:
    cid = create(cloud)
    cloud.cpi().call("set_vm_metadata", cid, {"name": name, "n": 1, "m": {"a": [None]}})
    assert cloud.instances[cid].tags["n"] == "1"


def test_w11_throttles_and_lost_answers_are_survived(cloud: SmallCloud) -> None:
    cloud.refuse("DescribeInstances", "Throttling.User", status=400, times=3)
    cloud.refuse("RunInstances", "Throttling", status=400, times=3)
    cloud.refuse("ModifyInstanceAttribute", "ServiceUnavailable", status=503, times=2)
    cid = create(cloud)
    assert cloud.alive() == [cid]


def test_w13_interfaces_are_gone_when_delete_vm_returns(cloud: SmallCloud) -> None:
    cid = create(cloud)
    cloud.calls.clear()
    cloud.cpi().call("delete_vm", cid)
    assert cloud.names()[-1] == "DescribeNetworkInterfaces"
    answer = cloud.do_DescribeNetworkInterfaces({"InstanceId": cid})
    assert answer["NetworkInterfaceSets"]["NetworkInterfaceSet"] == []


def test_w14_disks_of_the_request_place_the_vm_and_are_attached_later(cloud: SmallCloud) -> None:
    cloud.disks["d-1"] = {
        "DiskId": "d-1",
        "Type": "data",
        "ZoneId": "eu-central-1a",
        "InstanceId": "",
    }
    cid, _ = cloud.cpi().call("create_vm", "agent-1", "m-1", VM, MANUAL, ["d-1"], ENV)
    assert cloud.settings(cid)["disks"]["persistent"] == {}
    assert "AttachDisk" not in cloud.names()


def test_w16_errors_have_the_types_of_the_contract(cloud: SmallCloud) -> None:
    for method, more in (
        ("reboot_vm", ()),
        ("set_vm_metadata", ({"name": "x"},)),
        ("get_disks", ()),
    ):
        with pytest.raises(CallFailed) as failed:
            cloud.cpi().call(method, "i-none", *more)
        assert failed.value.type == "VMNotFound"


def test_w16_a_transient_failure_may_be_retried_and_missing_stock_not(cloud: SmallCloud) -> None:
    cloud.refuse("RunInstances", "Throttling", status=400, times=99)
    with pytest.raises(CallFailed) as failed:
        create(cloud)
    assert failed.value.ok_to_retry
    cloud.rules.clear()
    cloud.refuse("RunInstances", "OperationDenied.NoStock")
    with pytest.raises(CallFailed) as failed:
        create(cloud)
    assert not failed.value.ok_to_retry


def test_w17_a_cpi_config_chooses_region_and_zone(cloud: SmallCloud) -> None:
    create(cloud, None, region="cn-shanghai", availability_zone="cn-shanghai-b")
    assert {given["RegionId"] for _, given in cloud.calls} == {"cn-shanghai"}
    assert launched(cloud)["ZoneId"] == "cn-shanghai-b"


def test_w18_an_ephemeral_disk_can_be_done_without(cloud: SmallCloud) -> None:
    create(cloud, {"ephemeral_disk": "none"})
    assert not [key for key in launched(cloud) if key.startswith("DataDisk")]


def test_w21_nlb_members_have_every_port_and_are_awaited(cloud: SmallCloud) -> None:
    groups = [{"server_group_id": "sgp", "port": port, "weight": 1} for port in (80, 443)]
    cid = create(cloud, {"nlb_server_groups": groups})
    assert {member[3] for member in cloud.members} == {"80", "443"}
    assert "ListServerGroupServers" in cloud.names()
    cloud.cpi().call("delete_vm", cid)
    assert cloud.members == set()


def test_w21_nothing_is_asked_of_nlb_for_a_vm_without_any(cloud: SmallCloud) -> None:
    cid = create(cloud)
    cloud.cpi().call("delete_vm", cid)
    assert "ListServerGroupServers" not in cloud.names()


def test_w22_a_balancer_that_is_being_configured_is_waited_for(cloud: SmallCloud) -> None:
    cloud.refuse("AddBackendServers", "BackendServer.configuring", status=400, times=3)
    cid = create(cloud, {"slbs": ["lb-1"]})
    assert cloud.alive() == [cid]


def test_w23_a_vip_that_is_ours_already_is_fine(cloud: SmallCloud) -> None:
    networks = cloud.vip(Status="Available", InstanceId="")
    first = create(cloud, networks=networks)
    assert create(cloud, networks=networks) == first
    assert cloud.eips["eip-1"]["InstanceId"] == first


def test_w23_a_vip_of_somebody_else_is_refused_before_anything_is_made(cloud: SmallCloud) -> None:
    other = cloud.launch()
    networks = cloud.vip(Status="InUse", InstanceId=other.id)
    with pytest.raises(CallFailed) as failed:
        create(cloud, networks=networks)
    assert other.id in failed.value.message
    assert "RunInstances" not in cloud.names()


def test_w24_tags_are_made_legal_and_never_too_many(cloud: SmallCloud) -> None:
    odd = {"acs:x": "1", "ü" * 200: "é" * 200, "http://x": "https://y"}
    cid = create(cloud, {"tags": {**odd, **{f"k{n}": n for n in range(30)}}})
    assert len(cloud.instances[cid].tags) <= 20


def test_w25_several_interfaces_have_their_macs(cloud: SmallCloud) -> None:
    second = {"type": "dynamic", "cloud_properties": {**NETWORK, "vswitch_id": "vsw-2"}}
    cid, echoed = cloud.cpi().call(
        "create_vm", "agent-1", "m-1", VM, {**MANUAL, "second": second}, [], ENV
    )
    networks = cloud.settings(cid)["networks"]
    assert networks["net"]["mac"] != networks["second"]["mac"]
    assert echoed["second"]["ip"] == "10.0.2.101"
    assert launched(cloud)["NetworkInterface.2.VSwitchId"] == "vsw-2"


def test_w26_env_is_passed_on_whole(cloud: SmallCloud) -> None:
    env = {"bosh": {"job_dir": {"tmpfs": True}, "groups": ["a"]}, "persistent_disk_fs": "xfs"}
    cid = create(cloud, env=env)
    assert cloud.settings(cid)["env"] == env


def test_w27_vm_resources_become_an_instance_type(cloud: SmallCloud) -> None:
    cloud.sell("ecs.g7.large", cpus=2, gib=8.0)
    asked = {"cpu": 2, "ram": 4096, "ephemeral_disk_size": 10240}
    assert cloud.cpi().call("calculate_vm_cloud_properties", asked) == {
        "instance_type": "ecs.g7.large",
        "ephemeral_disk": {"size": 10240},
    }


def test_w28_get_disks_leaves_system_and_ephemeral_disks_out(cloud: SmallCloud) -> None:
    assert cloud.cpi().call("get_disks", create(cloud)) == []


def test_w29_an_unexpired_subscription_is_released(cloud: SmallCloud) -> None:
    cid = create(cloud)
    plain = cloud.row
    cloud.row = lambda one: {**plain(one), "InstanceChargeType": "PrePaid"}  # type: ignore[method-assign]  # only here
    cloud.cpi().call("delete_vm", cid)
    given = next(given for name, given in cloud.calls if name == "DeleteInstance")
    assert given["TerminateSubscription"] == "true"


def test_w30_the_ephemeral_disk_is_known_by_name_and_not_by_place(cloud: SmallCloud) -> None:
    def local_disk() -> None:
        (cid,) = cloud.instances
        cloud.disks = {
            "d-local": {"DiskId": "d-local", "Type": "data", "InstanceId": cid},
            **cloud.disks,
        }

    cloud.then("DescribeDisks", local_disk)
    cid = create(cloud)
    assert "local" not in cloud.settings(cid)["disks"]["ephemeral"]


def test_w31_user_data_has_a_size_check(cloud: SmallCloud) -> None:
    with pytest.raises(CallFailed) as failed:
        create(cloud, env={"x": "y" * 33000})
    assert "32768" in failed.value.message


def test_w33_and_w34_no_secret_on_any_channel(cloud: SmallCloud) -> None:
    cloud.refuse("RunInstances", "InvalidParameter")
    cpi = cloud.cpi()
    answer = cpi.respond(
        "create_vm", "agent-1", "m-1", {**VM, "password": "canary-pw"}, MANUAL, [], ENV
    )
    text = json.dumps(answer) + "\n".join(cpi.log)
    for secret in ("canary-pw", "canary-of-the-env", "secret-of-the-test"):
        assert secret not in text
        assert b64encode(secret.encode()).decode()[:12] not in text


def test_w35_tokens_only_metadata_is_refused_for_an_image_that_cannot(cloud: SmallCloud) -> None:
    features: dict[str, str] = {}
    row = {"ImageId": "m-1", "Features": features}
    cloud.do_DescribeImages = lambda _: {"Images": {"Image": [row]}, "TotalCount": 1}  # type: ignore[attr-defined]  # only here
    with pytest.raises(CallFailed) as failed:
        create(cloud, {"http_tokens": "required"})
    assert "ImdsSupport" in failed.value.message
    features["ImdsSupport"] = "v2"
    create(cloud, {"http_tokens": "required"})
    assert launched(cloud)["HttpTokens"] == "required"


def test_w37_a_vm_costs_few_calls(cloud: SmallCloud) -> None:
    cid = create(cloud)
    assert len(cloud.counted()) <= 8
    cloud.calls.clear()
    cloud.cpi().call("delete_vm", cid)
    assert len(cloud.counted()) <= 6


def test_w38_all_security_groups_go_with_the_launch(cloud: SmallCloud) -> None:
    create(cloud, {"security_group_ids": ["sg-1", "sg-2", "sg-3"]})
    given = launched(cloud)
    assert [given[f"SecurityGroupIds.{n}"] for n in (1, 2, 3)] == ["sg-1", "sg-2", "sg-3"]
    assert "JoinSecurityGroup" not in cloud.names()
