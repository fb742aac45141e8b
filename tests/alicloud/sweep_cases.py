"""The cases of the sweeps: VMs and networks in the situations that call most of the cloud."""

from __future__ import annotations

from typing import Any

from tests.alicloud.simulated import ENV, ESSD, IMAGE, VM, Simulated
from tests.alicloud.sweeping import ON_VMS, Case

BALANCED = (*ON_VMS, "slb", "nlb", "alb", "eni")
NETWORKED = ("vpc", "visibility", "client_token", "tags", "paging", "protocol")


def of_create(life: Simulated, networks: dict[str, Any] | None = None, **more: Any) -> list[Any]:
    """The arguments of a create_vm."""
    return ["agent-1", IMAGE, {**VM, **more}, networks or life.place.networks(), [], ENV]


def other_agent(arguments: list[Any]) -> list[Any]:
    """The same for the next agent."""
    return ["agent-2", *arguments[1:]]


def plain(life: Simulated) -> list[Any]:
    """One address, and an ephemeral disk."""
    return of_create(life)


def diskless(life: Simulated) -> list[Any]:
    """No ephemeral disk: settings complete at the launch."""
    return of_create(life, ephemeral_disk="none")


def bound(life: Simulated) -> list[Any]:
    """A vip and a group of each kind of load balancer."""
    made = life.ask("Vpc", "AllocateEipAddress")
    life.clock.sleep(30)
    place = life.place
    balancer = life.ask(
        "Slb",
        "CreateLoadBalancer",
        AddressType="intranet",
        VpcId=place.vpc,
        VSwitchId=place.vswitches[0],
        LoadBalancerSpec="slb.s1.small",
    )["LoadBalancerId"]
    life.clock.sleep(60)
    vserver = life.ask("Slb", "CreateVServerGroup", LoadBalancerId=balancer)["VServerGroupId"]
    groups = {
        product: life.ask(product, "CreateServerGroup", ServerGroupName="group", VpcId=place.vpc)[
            "ServerGroupId"
        ]
        for product in ("Nlb", "Alb")
    }
    life.clock.sleep(60)
    life.groups = [
        ("Slb", "DescribeLoadBalancerAttribute", "LoadBalancerId", balancer),
        ("Slb", "DescribeVServerGroupAttribute", "VServerGroupId", vserver),
        ("Nlb", "ListServerGroupServers", "ServerGroupId", groups["Nlb"]),
        ("Alb", "ListServerGroupServers", "ServerGroupId", groups["Alb"]),
    ]
    vip = {"type": "vip", "ip": made["EipAddress"], "cloud_properties": {}}
    return of_create(
        life,
        {**place.networks(), "vip": vip},
        instance_type=["ecs.g6.large", "ecs.c6.large"],
        slbs=[balancer],
        slb_server_group=[vserver],
        nlb_server_groups=[{"server_group_id": groups["Nlb"], "port": 80, "weight": 10}],
        alb_server_groups=[{"server_group_id": groups["Alb"], "port": 80, "weight": 10}],
    )


def several(life: Simulated) -> list[Any]:
    """Three interfaces: the first and the second with two addresses each."""
    place = life.place
    networks = {
        "first": place.networks(nic_group="a")["net"],
        "first_too": place.networks("10.0.0.11", default=[], nic_group="a")["net"],
        "second": place.networks("10.0.0.20", default=[], nic_group="b")["net"],
        "second_too": place.networks("10.0.0.21", default=[], nic_group="b")["net"],
        "third": place.networks(None, default=[])["net"],
    }
    return of_create(life, networks, instance_type="ecs.g6.xlarge")


def choosing(life: Simulated) -> list[Any]:
    """Two types in two zones by spot and on demand, a named group, a disk to be near."""
    place = life.place
    name = "the-group"
    life.ask(
        "Ecs", "ModifySecurityGroupAttribute", SecurityGroupId=place.group, SecurityGroupName=name
    )
    networks = place.networks(None)
    networks["net"]["cloud_properties"] = {
        "vswitch_id": list(place.vswitches),
        "security_group_ids": [name],
    }
    zone = place.zones[0]
    disk = life.result("create_disk", 20480, ESSD, None, availability_zone=zone)
    arguments = of_create(
        life,
        networks,
        instance_type=["ecs.g6.large", "ecs.c6.large"],
        availability_zone=list(place.zones),
        spot_strategy="SpotAsPriceGo",
        spot_ondemand_fallback=True,
        system_disk={"size": 51200, **ESSD},
    )
    arguments[4] = [disk]
    return arguments


def made(life: Simulated, arguments: list[Any] | None = None) -> str:
    """A VM."""
    return str(life.result("create_vm", *(arguments or plain(life)))[0])


def with_disk(life: Simulated) -> list[Any]:
    """A VM with a persistent disk that was to go along with it."""
    cid = made(life)
    disk = life.result("create_disk", 20480, ESSD, cid)
    life.result("set_disk_metadata", disk, {"deployment": "d"})
    life.result("attach_disk", cid, disk)
    life.ask("Ecs", "ModifyDiskAttribute", DiskId=disk, DeleteWithInstance=True)
    return [cid]


def definition(life: Simulated) -> list[Any]:
    """A network of a size, wherever there is room."""
    cloud_properties = {"vpc_id": life.place.vpc, "availability_zone": life.place.zones[0]}
    return [{"type": "manual", "netmask_bits": 24, "cloud_properties": cloud_properties}]


VMS = (
    Case("create_vm", "create_vm", plain, next_agent=other_agent),
    Case("create_vm without a disk", "create_vm", diskless, next_agent=other_agent),
    Case("create_vm, bound", "create_vm", bound, products=BALANCED, next_agent=other_agent),
    Case("create_vm, several", "create_vm", several, products=BALANCED, next_agent=other_agent),
    Case("create_vm, choosing", "create_vm", choosing),
    Case("delete_vm", "delete_vm", lambda life: [made(life)]),
    Case(
        "delete_vm, bound", "delete_vm", lambda life: [made(life, bound(life))], products=BALANCED
    ),
    Case(
        "delete_vm, several",
        "delete_vm",
        lambda life: [made(life, several(life))],
        products=BALANCED,
    ),
    Case("delete_vm, disk", "delete_vm", with_disk, products=("ecs", "disk", "visibility")),
    Case("delete_vm of none", "delete_vm", lambda _: ["i-none"], products=BALANCED),
    Case("has_vm", "has_vm", lambda life: [made(life)]),
    Case("has_vm of none", "has_vm", lambda _: ["i-none"]),
    Case("reboot_vm", "reboot_vm", lambda life: [made(life)]),
    Case(
        "set_vm_metadata",
        "set_vm_metadata",
        lambda life: [made(life), {"name": "job/0", "director": "d", "n": 5}],
    ),
    Case(
        "calculate_vm_cloud_properties",
        "calculate_vm_cloud_properties",
        lambda _: [{"cpu": 2, "ram": 4096, "ephemeral_disk_size": 10240}],
    ),
    Case("create_network", "create_network", definition, has_key=False, products=NETWORKED),
    Case(
        "delete_network",
        "delete_network",
        lambda life: [life.result("create_network", *definition(life))[0]],
        products=NETWORKED,
    ),
)
