"""A life of everything that the provider does, and what each step of it costs.

Calls come from the simulator's journal: the repeated reads of one wait are its polls and are not
counted, as the Go CPI's figures were taken. Seconds are the world's, on profile `typical`.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import frozen

from tests.alicloud.simulated import ENV, ESSD, IMAGE, VM, Simulated

BINDINGS = ("nlb_server_groups", "alb_server_groups")
RESOURCES = {"cpu": 2, "ram": 4096, "ephemeral_disk_size": 10240}


@frozen
class Cost:
    """One step: what it was, its calls without the polls of waits, those, and how long it took."""

    step: str
    calls: tuple[str, ...]
    polls: int
    seconds: float

    @property
    def method(self) -> str:
        """The method of the contract."""
        return method_of(self.step)


def method_of(step: str) -> str:
    """The method that a step calls: the words before the comma."""
    return step.split(",", maxsplit=1)[0]


class Costs:
    """One world, and the steps that were taken in it."""

    def __init__(self, monkeypatch: Any) -> None:
        self.life = Simulated(monkeypatch)
        self.count = 0

    def all(self) -> Iterator[Cost]:
        """Every method, the frequent cases of each."""
        yield from self._stemcells()
        yield from self._disks()
        yield from self._vms()
        yield from self._bound_vms()
        yield from self._go_made_vms()
        yield from self._networks()

    def taken(self, step: str, *arguments: Any, **section: Any) -> tuple[Cost, Any]:
        """A step, whose first word is its method."""
        control, clock = self.life.simulator.control, self.life.clock
        since, before_s = control.mark(), clock.elapsed_s
        result = self.life.result(method_of(step), *arguments, **section)
        calls = control.calls(since)
        names = tuple(call["name"] for call in calls if not call["repeated"])
        spent_s = clock.elapsed_s - before_s
        return Cost(step, names, len(calls) - len(names), spent_s), result

    def _cost(self, step: str, *arguments: Any, **section: Any) -> Cost:
        return self.taken(step, *arguments, **section)[0]

    def _stemcells(self) -> Iterator[Cost]:
        light = {"image_id": {self.life.simulator.world.region_id: IMAGE}}
        yield self._cost("info")
        yield self._cost("ping")
        yield self._cost("calculate_vm_cloud_properties", RESOURCES)
        yield self._cost("create_stemcell, light", "/none", light)
        cost, copy = self.taken(
            "create_stemcell, light and encrypted", "/none", light, encrypted=True
        )
        yield cost
        yield self._cost("delete_stemcell", copy)
        yield self._cost("delete_stemcell, not ours", IMAGE)

    def _disks(self) -> Iterator[Cost]:
        cid = self._made_vm()
        cost, disk = self.taken("create_disk", 20480, ESSD, cid)
        yield cost
        yield self._cost("set_disk_metadata", disk, {"director": "d", "deployment": "e"})
        yield self._cost("attach_disk", cid, disk)
        yield self._cost("attach_disk, again", cid, disk)
        yield self._cost("get_disks", cid)
        cost, snapshot = self.taken("snapshot_disk", disk, {"index": 0})
        yield cost
        yield self._cost("delete_snapshot", snapshot)
        yield self._cost("delete_snapshot, gone", snapshot)
        yield self._cost("detach_disk", cid, disk)
        yield self._cost("detach_disk, again", cid, disk)
        yield self._cost("resize_disk", disk, 40960)
        level = {**ESSD, "performance_level": "PL1"}
        yield self._cost("update_disk, as it is", disk, 40960, level)
        yield self._cost(
            "update_disk, larger and PL2", disk, 512000, {**ESSD, "performance_level": "PL2"}
        )
        yield self._cost("has_disk", disk)
        yield self._cost("delete_disk", disk)
        yield self._cost("delete_disk, gone", disk)
        yield self._cost("has_disk, gone", disk)
        self.life.result("delete_vm", cid)

    def _vms(self) -> Iterator[Cost]:
        cost, cid = self._created("create_vm, no ephemeral disk", {"ephemeral_disk": "none"})
        yield cost
        yield self._cost("set_vm_metadata", cid, {"name": "web/0", "deployment": "e"})
        yield self._cost("has_vm", cid)
        yield self._cost("reboot_vm", cid)
        yield self._cost("delete_vm, no ephemeral disk", cid)
        yield self._cost("delete_vm, gone", cid)
        yield self._cost("has_vm, gone", cid)
        cost, cid = self._created("create_vm", {})
        yield cost
        disk = self.life.result("create_disk", 20480, ESSD, cid)
        self.life.result("attach_disk", cid, disk)
        yield self._cost("delete_vm, a disk attached", cid)
        self.life.result("delete_disk", disk)

    def _bound_vms(self) -> Iterator[Cost]:
        vip = self.life.ask("Vpc", "AllocateEipAddress")["EipAddress"]
        self.life.clock.sleep(30)
        network = {"vip": {"type": "vip", "ip": vip, "cloud_properties": {}}}
        cost, cid = self._created("create_vm, a vip", {}, network)
        yield cost
        yield self._cost("delete_vm, a vip", cid)
        for name in BINDINGS:
            product = name[:3].capitalize()
            made = self.life.ask(
                product, "CreateServerGroup", ServerGroupName="group", VpcId=self.life.place.vpc
            )
            self.life.clock.sleep(60)
            group = {"server_group_id": made["ServerGroupId"], "port": 80, "weight": 1}
            cost, cid = self._created(
                f"create_vm, in a group of an {product.upper()}", {name: [group]}
            )
            yield cost
            yield self._cost(f"delete_vm, in a group of an {product.upper()}", cid)
        balancer = self._balancer()
        cost, cid = self._created("create_vm, in a CLB", {"slbs": [balancer]})
        yield cost
        self.life.clock.sleep(60)  # the balancer is being configured for a while
        yield self._cost("delete_vm, in a CLB", cid)

    def _go_made_vms(self) -> Iterator[Cost]:
        cid = self._go_made()
        disk = self.life.result("create_disk", 20480, ESSD, cid)
        yield self._cost("attach_disk, Go-made VM", cid, disk)
        yield self._cost("detach_disk, Go-made VM", cid, disk)
        yield self._cost("delete_vm, Go-made VM", cid)

    def _networks(self) -> Iterator[Cost]:
        definition = {
            "type": "manual",
            "netmask_bits": 24,
            "cloud_properties": {
                "vpc_id": self.life.place.vpc,
                "availability_zone": self.life.place.zones[0],
            },
        }
        cost, made = self.taken("create_network", definition)
        yield cost
        yield self._cost("delete_network", made[0])

    def _created(
        self, step: str, more: Mapping[str, Any], network: Mapping[str, Any] | None = None
    ) -> tuple[Cost, str]:
        self.count += 1  # addresses of deleted VMs are held for a while
        networks = {**self.life.place.networks(f"10.0.0.{10 + self.count}"), **(network or {})}
        given = (f"agent of {step}", IMAGE, {**VM, **more}, networks, [], ENV)
        cost, (cid, _) = self.taken(step, *given)
        return cost, str(cid)

    def _made_vm(self) -> str:
        return self._created("create_vm", {})[1]

    def _go_made(self) -> str:
        """As the Go CPI leaves one: no marks of ours, its settings with persistent disks."""
        settings = {"agent_id": "go", "disks": {"system": "/dev/vda", "persistent": {}}}
        made = self.life.ask(
            "Ecs",
            "RunInstances",
            ImageId=IMAGE,
            InstanceType="ecs.g6.large",
            VSwitchId=self.life.place.vswitches[0],
            SecurityGroupId=self.life.place.group,
            UserData=b64encode(json.dumps(settings).encode()).decode(),
            **{"SystemDisk.Category": "cloud_essd"},
        )
        self.life.clock.sleep(120)
        return str(made["InstanceIdSets"]["InstanceIdSet"][0])

    def _balancer(self) -> str:
        made = self.life.ask(
            "Slb",
            "CreateLoadBalancer",
            AddressType="intranet",
            VpcId=self.life.place.vpc,
            VSwitchId=self.life.place.vswitches[0],
            LoadBalancerSpec="slb.s1.small",
        )
        self.life.clock.sleep(60)
        return str(made["LoadBalancerId"])
