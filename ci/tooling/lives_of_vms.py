"""Lives of VMs and of what they are bound to; see features.py."""

from __future__ import annotations

from typing import Any

from ci.tooling.life import IMAGE, ROLE, Broken, Life

TYPE = {"instance_type": "ecs.g6.xlarge"}


def vms(life: Life) -> None:
    """Made with a disk of its own, described, named, restarted, deleted."""
    cid = life.vm({"ephemeral_disk": {"size": 20480, "category": "cloud_essd"}})
    life.expect("has_vm", cid, wanted=True)
    life.expect("get_disks", cid, wanted=[])
    life.call("set_vm_metadata", cid, {f"key-{number}": "x" for number in range(14)})
    _fill_with_tags(life, cid)
    life.call("set_vm_metadata", cid, {"name": "job/0"})
    taken = {"net": life.network("10.0.0.10")}
    life.refused(cid, "create_vm", "other", IMAGE, TYPE, taken, [], {})
    life.call("reboot_vm", cid)
    life.ask("Ecs", "StopInstance", InstanceId=cid)
    life.call("reboot_vm", cid)
    life.call("delete_vm", cid)
    life.expect("has_vm", cid, wanted=False)
    life.leave()


def _fill_with_tags(life: Life, cid: str) -> None:
    """Somebody takes the mark off and all room for it: one of theirs has to go again."""
    resource = {"ResourceType": "instance", "ResourceId.1": cid}
    life.ask("Ecs", "UntagResources", **resource, **{"TagKey.1": "cpikit-state"})
    tags = {f"Tag.{number}.Key": f"theirs-{number}" for number in range(1, 4)}
    life.ask("Ecs", "TagResources", **resource, **tags)


def late_settings(life: Life) -> None:
    """Where the cloud takes no user data of a VM on its way up; and when the call is repeated."""
    life.simulator.control.arm(
        "fail", name="ModifyInstanceAttribute", code="IncorrectInstanceStatus", times=2
    )
    more = {"ephemeral_disk": {"size": 20480, "category": "cloud_essd"}}
    cid = life.vm(more, agent="late")
    if life.vm(more, agent="late") != cid:
        raise Broken("a repetition made a second VM")
    life.call("delete_vm", cid)
    life.leave()


def kept_disks(life: Life) -> None:
    """The ephemeral disk outlives its VM."""
    kept = {"size": 20480, "category": "cloud_essd", "delete_with_instance": False}
    cid = life.vm({"ephemeral_disk": kept})
    found = life.ask("Ecs", "DescribeDisks", InstanceId=cid, DiskType="data")["Disks"]["Disk"]
    life.call("delete_vm", cid)
    if not found:
        raise Broken("there was no ephemeral disk")
    for disk in found:
        life.expect("has_disk", disk["DiskId"], wanted=True)
        life.ask("Ecs", "DeleteDisk", DiskId=disk["DiskId"])
    life.leave()


def group_names(life: Life) -> None:
    """Security groups that are given by name."""
    life.call("delete_vm", life.vm(net=life.network("10.0.0.10", "policy")))
    life.leave()


def vm_resources(life: Life) -> None:
    """A type for cpu and ram."""
    wanted = {"cpu": 2, "ram": 4096, "ephemeral_disk_size": 10240}
    if not life.call("calculate_vm_cloud_properties", wanted).get("instance_type"):
        raise Broken("no type was found")


def guest_roles(life: Life) -> None:
    """A VM with a RAM role."""
    life.call("delete_vm", life.vm({"ram_role_name": ROLE}))
    life.leave()


def zones(life: Life) -> None:
    """The second vSwitch is taken where the first one's zone is sold out."""
    network = life.network()
    network["cloud_properties"]["vswitch_id"] = list(life.vswitches)
    life.simulator.control.arm("fail", name="RunInstances", code="OperationDenied.NoStock", times=1)
    life.call("delete_vm", life.vm(zone="", net=network))
    life.leave()


def interfaces(life: Life) -> None:
    """Two networks, two interfaces."""
    life.call("delete_vm", life.vm(other=life.network("10.0.0.20")))
    life.leave()


def addresses(life: Life) -> None:
    """Further addresses of both kinds of two interfaces; and what is left where no VM comes."""
    plain = life.network("10.0.0.10")
    group = {"default": ["dns", "gateway"], "nic_group": "0"}
    ipv6 = life.ipv6_prefix()
    networks: dict[str, Any] = {
        "net": {**plain, **group},
        "second": {**plain, "ip": "10.0.0.11", "nic_group": "0"},
        "pods": {**plain, "ip": ipv6, "prefix": "80", "nic_group": "0"},
        "third": {**plain, "ip": "10.0.0.12", "nic_group": "1"},
        "fourth": {**plain, "ip": "10.0.0.13", "nic_group": "1"},
    }
    life.call("delete_vm", life.vm(**networks))
    life.simulator.control.arm("fail", name="RunInstances", code="OperationDenied.NoStock", times=1)
    life.refused("NoStock", "create_vm", "other", IMAGE, TYPE, networks, [], {})
    life.leave()


def vips(life: Life) -> None:
    """An EIP comes to a VM, and goes with it."""
    made = life.ask("Vpc", "AllocateEipAddress")
    life.furnished()
    vip = {"type": "vip", "ip": made["EipAddress"], "cloud_properties": {}}
    cid = life.vm(vip=vip)
    found = life.ask("Vpc", "DescribeEipAddresses")["EipAddresses"]["EipAddress"]
    if found[0]["InstanceId"] != cid:
        raise Broken("the EIP is not the VM's")
    life.call("delete_vm", cid)
    life.leave()


def clb(life: Life) -> None:
    """A CLB and a vServer group of it: joined and left; the answer to joining came late."""
    balancer, group = classic(life)
    more = {"slbs": [balancer], "slb_server_group": [group], "slb_server_group_port": 8080}
    life.call("delete_vm", life.vm(more))
    no_members(life, balancer, group)
    life.leave()


def nlb(life: Life) -> None:
    """A server group of an NLB."""
    _joined_and_left(life, "Nlb")


def alb(life: Life) -> None:
    """A server group of an ALB."""
    _joined_and_left(life, "Alb")


def classic(life: Life) -> tuple[str, str]:
    """A CLB and a vServer group of it."""
    made = life.ask("Slb", "CreateLoadBalancer", AddressType="intranet", VpcId=life.vpc,
                    VSwitchId=life.vswitches[0], LoadBalancerSpec="slb.s1.small")  # fmt: skip
    balancer = str(made["LoadBalancerId"])
    group = life.ask("Slb", "CreateVServerGroup", LoadBalancerId=balancer)["VServerGroupId"]
    life.furnished()
    return balancer, str(group)


def no_members(life: Life, balancer: str, group: str) -> None:
    """Nobody may be in either. Raises Broken."""
    for action, key, id_ in (
        ("DescribeLoadBalancerAttribute", "LoadBalancerId", balancer),
        ("DescribeVServerGroupAttribute", "VServerGroupId", group),
    ):
        if life.ask("Slb", action, **{key: id_})["BackendServers"]["BackendServer"]:
            raise Broken(f"the VM stays in {id_}")


def server_group(life: Life, product: str) -> str:
    """A server group of an NLB or an ALB."""
    made = life.ask(product, "CreateServerGroup", ServerGroupName="group", VpcId=life.vpc)
    life.furnished()
    return str(made["ServerGroupId"])


def none_in(life: Life, product: str, id_: str) -> None:
    """Nobody may be in it. Raises Broken."""
    if life.ask(product, "ListServerGroupServers", ServerGroupId=id_)["Servers"]:
        raise Broken(f"the VM stays in {id_}")


def _joined_and_left(life: Life, product: str) -> None:
    id_ = server_group(life, product)
    group: dict[str, Any] = {"server_group_id": id_, "port": 80, "weight": 10}
    life.call("delete_vm", life.vm({f"{product.lower()}_server_groups": [group]}))
    none_in(life, product, id_)
    life.leave()
