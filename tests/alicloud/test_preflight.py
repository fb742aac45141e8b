"""`cpikit check --online` on the simulator: every seeded fault is told, and nothing is changed."""

from __future__ import annotations

from typing import Any

import pytest

from cpikit.commands import main
from cpikit.testing import VirtualClock
from tests.alicloud.preflighted import IMAGE, KEY, ZONES, Fault, Scene


def bad_key(scene: Scene) -> None:
    scene.section["access_key_id"] = "LTAI5tNobody0000000000001"


def full(scene: Scene, *numbers: int) -> None:
    """Fill vSwitches: nothing but small ones can be full."""
    for number in numbers:
        network = f"10.0.{number}.0/29"
        scene.resource(f"vsw-{number}")["cidr_block"] = network
        scene.subnet(number - 1)["range"] = network
        made = {"VSwitchId": f"vsw-{number}", "SecurityGroupId": "sg-1"}
        scene.calls.extend([("Ecs", "CreateNetworkInterface", made)] * 4)


def two_vswitches(scene: Scene) -> None:
    """One AZ, one subnet, and a second vSwitch that has no room."""
    full(scene, 2)
    del scene.cloud_config["azs"][1], scene.cloud_config["networks"][0]["subnets"][1]
    scene.subnet()["cloud_properties"]["vswitch_id"] = ["vsw-2", "vsw-1"]


def wrong_region(scene: Scene) -> None:
    scene.section["region"] = "cn-hangzou"
    for az in scene.cloud_config["azs"]:
        del az["cloud_properties"]


def sold_out(*zones: str, type_: str = "ecs.g6.large") -> Any:
    def spoil(scene: Scene) -> None:
        scene.world["stock"] = [{"zone": z, "type": type_, "state": "sold_out"} for z in zones]

    return spoil


FAULTS = [
    Fault("an unknown access key", bad_key, ["credentials", "InvalidAccessKeyId.NotFound"]),
    Fault(
        "a wrong secret",
        lambda s: s.section.update(access_key_secret="wrong"),
        ["credentials", "SignatureDoesNotMatch", "check access_key_id"],
    ),
    Fault(
        "a disabled key",
        lambda s: s.world.update(
            accounts=[{"id": "1000000000000001", "keys": [{**KEY, "status": "inactive"}]}]
        ),
        ["credentials", "Inactive"],
    ),
    Fault(
        "a role that is not there",
        lambda s: s.section.update(ram_role_arn="acs:ram::1000000000000001:role/nobody"),
        ["credentials", "role"],
    ),
    *(
        Fault(
            f"{product}:{action} is denied",
            lambda s, denied=f"{product}:{action}": s.deny(denied),
            [f"permissions for {group}", f"wanted {product}:{action}", "policy of the CPI's RAM"],
        )
        for group, product, action in [
            ("VMs", "ecs", "DescribeInstances"),
            ("VMs", "ecs", "RunInstances"),
            ("VMs", "ecs", "DeleteInstance"),
            ("VMs", "ecs", "StopInstance"),
            ("VMs", "ecs", "DescribeInstanceTypes"),
            ("disks and snapshots", "ecs", "DescribeDisks"),
            ("disks and snapshots", "ecs", "ModifyDiskSpec"),
            ("stemcells", "ecs", "DescribeImages"),
            ("stemcells", "ecs", "CopyImage"),
            ("stemcells", "ecs", "DeleteImage"),
            ("networks", "vpc", "DescribeVSwitches"),
            ("networks", "vpc", "DescribeEipAddresses"),
            ("networks", "ecs", "DescribeSecurityGroups"),
        ]
    ),
    Fault(
        "zones that may not be listed",
        lambda s: s.deny("ecs:DescribeZones"),
        ["region cn-hangzhou", "ecs:DescribeZones"],
    ),
    Fault(
        "a region that does not exist",
        wrong_region,
        ["region cn-hangzou", "it does not exist", "correct region in cpi.json"],
    ),
    Fault(
        "an endpoint that nobody listens at",
        lambda s: s.section.update(ecs_endpoint="http://127.0.0.1:1"),
        ["region cn-hangzhou", "ecs_endpoint"],
    ),
    Fault(
        "a zone of cpi.json that is not in the region",
        lambda s: s.section.update(availability_zone="cn-hangzhou-z"),
        ["availability_zone of cpi.json", "zone cn-hangzhou-z is not in this region"],
    ),
    Fault(
        "an az in a zone that is not in the region",
        lambda s: s.cloud_config["azs"][0]["cloud_properties"].update(
            availability_zone="cn-hangzhou-z"
        ),
        ["az z1", "zone cn-hangzhou-z is not in this region, wanted one of cn-hangzhou-b"],
    ),
    Fault(
        "an az whose vSwitch is in another zone",
        lambda s: s.cloud_config["azs"][0]["cloud_properties"].update(availability_zone=ZONES[1]),
        ["subnet 1 of network default", "az z1 is cn-hangzhou-i, but vsw-1 is in cn-hangzhou-h"],
    ),
    Fault(
        "a vSwitch that does not exist",
        lambda s: s.subnet()["cloud_properties"].update(vswitch_id="vsw-gone"),
        ["vSwitch vsw-gone", "it does not exist in cn-hangzhou", "correct vswitch_id"],
    ),
    Fault(
        "a full vSwitch",
        lambda s: full(s, 1),
        ["vSwitch vsw-1", "0 free addresses, wanted at least one", "free some"],
    ),
    Fault(
        "a vSwitch that is not ready",
        lambda s: s.resource("vsw-1").update(state="Pending"),
        ["vSwitch vsw-1", "it is Pending, wanted Available"],
    ),
    Fault(
        "a range that is not the vSwitch's",
        lambda s: s.subnet().update(range="10.0.9.0/24", gateway="10.0.9.1"),
        ["subnet 1 of network default", "range 10.0.9.0/24 is not within 10.0.1.0/24 of vsw-1"],
    ),
    Fault(
        "a security group that does not exist",
        lambda s: s.subnet()["cloud_properties"].update(security_group_ids=["sg-gone"]),
        ["security group sg-gone", "it does not exist in cn-hangzhou"],
    ),
    Fault(
        "a security group's name that leads nowhere",
        lambda s: s.subnet()["cloud_properties"].update(security_group_ids=["bash"]),
        ["security group bash", "does not exist; name it by its id"],
    ),
    Fault(
        "a security group of another VPC",
        lambda s: s.subnet()["cloud_properties"].update(security_group_id="sg-2"),
        ["security group sg-2", "it is in VPC vpc-2, wanted one in VPC vpc-1"],
    ),
    Fault(
        "a VM's own security group that does not exist",
        lambda s: s.vm().update(security_group_ids=["sg-none"]),
        ["security group sg-none", "it does not exist"],
    ),
    Fault(
        "a key pair that does not exist",
        lambda s: s.without("bosh-key"),
        ["key pair bosh-key", "it does not exist in cn-hangzhou", "make or import it"],
    ),
    Fault(
        "a stemcell that does not exist",
        lambda s: s.stemcells.append("m-gone"),
        ["image m-gone", "it does not exist in cn-hangzhou", "upload the stemcell again"],
    ),
    Fault(
        "an image of a vm_type that does not exist",
        lambda s: s.vm().update(stemcell_id="m-other"),
        ["image m-other", "it does not exist"],
    ),
    Fault(
        "a stemcell whose import failed",
        lambda s: s.resource(IMAGE).update(state="CreateFailed"),
        [f"image {IMAGE}", "it is CreateFailed, wanted Available"],
    ),
    Fault(
        "a type that is sold out everywhere",
        sold_out("*"),
        ["stock for vm_type small in az z1", "ecs.g6.large in cn-hangzhou-h: SoldOut"],
    ),
    Fault(
        "a type that is sold out in one az",
        sold_out(ZONES[1]),
        ["stock for vm_type small in az z2", "ecs.g6.large in cn-hangzhou-i: SoldOut"],
    ),
    Fault(
        "a type that the zone does not sell",
        lambda s: s.world.update(
            stock=[{"zone": ZONES[0], "type": "ecs.g6.large", "state": "not_sold"}]
        ),
        ["stock for vm_type small in az z1", "ecs.g6.large in cn-hangzhou-h: not sold there"],
    ),
    Fault(
        "a type that does not exist",
        lambda s: s.vm().update(instance_type="ecs.g6.lrge"),
        ["launch of vm_type small in az z1", "ecs.g6.lrge"],
    ),
    Fault(
        "a spot type that is sold out",
        lambda s: (
            s.vm().update(spot_strategy="SpotAsPriceGo")
            or s.world.update(stock=[{"spot": True, "state": "sold_out"}])
        ),
        ["stock for vm_type small in az z1", "SoldOut"],
    ),
    Fault(
        "a disk category that the zone does not sell",
        lambda s: (
            s.vm().update(system_disk={"category": "cloud_ssd"})
            or s.world.update(stock=[{"zone": "*", "disk": "cloud_ssd", "state": "off_sale"}])
        ),
        ["launch of vm_type small in az z1"],
    ),
    Fault(
        "an exhausted quota of instances",
        lambda s: s.world.update(quotas={"ecs.instances": 0}),
        ["launch of vm_type small in az z1", "QuotaExceed.AfterpayInstance"],
    ),
    Fault(
        "an exhausted quota of vCPUs",
        lambda s: s.world.update(quotas={"ecs.vcpus": 1}),
        ["launch of vm_type small in az z1", "QuotaExceed.ElasticQuota"],
    ),
    Fault(
        "an exhausted quota of disks",
        lambda s: s.world.update(quotas={"ecs.disks": 1}),
        ["launch of vm_type small in az z1", "QuotaExceed.PostPaidDisk"],
    ),
    Fault(
        "a RAM role of VMs that does not exist",
        lambda s: s.vm().update(ram_role_name="nobody"),
        ["launch of vm_type small in az z1", "InvalidRamRole.NotFound"],
    ),
    Fault(
        "an account in arrears",
        lambda s: s.world.update(standing={"*": ["arrears"]}),
        ["launch of vm_type small in az z1", "Account.Arrearage"],
    ),
    Fault(
        "a load balancer that does not exist",
        lambda s: s.vm().update(slbs=["lb-gone"]),
        ["slbs lb-gone"],
    ),
    Fault(
        "a vServer group that does not exist",
        lambda s: s.vm().update(slb_server_group=["rsp-gone"]),
        ["slb_server_group rsp-gone"],
    ),
    Fault(
        "an NLB server group that does not exist",
        lambda s: s.vm().update(nlb_server_groups=[{"server_group_id": "sgp-gone", "port": 80}]),
        ["nlb_server_groups sgp-gone"],
    ),
    Fault(
        "two vSwitches, one of them full",
        two_vswitches,
        ["subnet 1 of network default: vSwitch vsw-2", "0 free addresses"],
        "WARN",
    ),
    Fault(
        "one of two types sold out",
        lambda s: s.vm().update(instance_type=["ecs.g6.large", "ecs.g7.large"]) or sold_out("*")(s),
        ["stock for vm_type small in az z1", "ecs.g7.large in cn-hangzhou-h: Available"],
        "WARN",
    ),
]


class Sight:
    """A simulator that a check looks at."""

    def __init__(self, simulator: Any, folder: Any, capfd: Any) -> None:
        self.simulator = simulator
        self.folder = folder
        self.capfd = capfd

    def check(self, scene: Scene) -> tuple[int, list[str]]:
        """Exit status and lines; whatever was found, nothing was changed."""
        self.simulator.reset(scene.world)
        control = self.simulator.control
        for product, action, parameters in scene.calls:
            self.simulator.ask(product, action, **parameters)
        before = control.inventory()
        mark = control.mark()
        status = main(scene.written(self.folder, self.simulator.endpoint))
        calls = control.calls(mark)
        assert calls
        assert [call for call in calls if call["effect"] != "read"] == []
        assert control.inventory() == before
        return status, self.capfd.readouterr().out.splitlines()


@pytest.fixture
def sight(alicloud: Any, tmp_path: Any, capfd: Any, monkeypatch: Any) -> Sight:
    monkeypatch.setattr("cpikit.commands.online.SystemClock", lambda _caller: VirtualClock())
    return Sight(alicloud, tmp_path, capfd)


def test_a_world_in_order_passes_and_every_thing_is_named(sight: Sight) -> None:
    status, lines = sight.check(Scene())
    assert [line for line in lines if line.startswith(("FAIL", "WARN"))] == []
    assert status == 0
    text = "\n".join(lines)
    for thing in (
        "credentials: account 1000000000000001",
        "region cn-hangzhou: its zones are",
        "permissions for VMs: allowed: DescribeInstances",
        "subnet 1 of network default: vSwitch vsw-1: cn-hangzhou-h, 10.0.1.0/24, 252 free",
        "security group sg-1: in VPC vpc-1",
        "key pair bosh-key: it is there",
        f"image {IMAGE}: Available, 5 GiB",
        "stock for vm_type small in az z1: ecs.g6.large in cn-hangzhou-h: Available",
        "launch of vm_type small in az z2: ecs.g6.large in cn-hangzhou-i on vsw-2 would be made",
    ):
        assert f"ok    {thing}" in text


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_seeded_fault_is_told_with_what_to_do(sight: Sight, fault: Fault) -> None:
    scene = Scene()
    fault.spoil(scene)
    status, lines = sight.check(scene)
    found = [line for line in lines if line.startswith(fault.weight)]
    assert [line for line in found if all(word in line for word in fault.told)], lines
    assert status == (fault.weight == "FAIL")
