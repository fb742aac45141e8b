"""The kind `eip`, an elastic public address, and what it hangs on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.products.ecs.instance import EipBinding, Instance
from cpikit_alicloud_simulator.resource import Resource, resource
from cpikit_alicloud_simulator.world import World

# Blocks that Alibaba Cloud's public addresses are seen in; never reached, everything is loopback.
_BLOCKS = ("8.208", "47.96", "47.110", "47.254", "120.26", "121.40")


@resource
class Eip(Resource):
    """One elastic address: Available, Associating, InUse, Unassociating."""

    kind: ClassVar[str] = "eip"
    prefix: ClassVar[str] = "eip"
    indexed: ClassVar[tuple[str, ...]] = ("ip_address", "instance_id")

    ip_address: str = ""
    bandwidth: int = 5
    internet_charge_type: str = "PayByBandwidth"
    charge_type: str = "PostPaid"
    isp: str = "BGP"
    netmode: str = "public"
    zone: str = ""
    instance_id: str = ""
    instance_type: str = ""
    private_ip: str = ""
    vpc_id: str = ""
    mode: str = "NAT"
    service_managed: bool = False
    lock: str = ""
    """Why it is locked: `financial`, `security`, or empty."""

    @property
    def attached_to(self) -> str | None:
        """What it is bound to."""
        return self.instance_id or None

    @classmethod
    def declared(cls, world: World, given: Mapping[str, Any]) -> Self:
        """Make one from a world file; without an address it gets one."""
        return super().declared(world, {"ip_address": new_address(world), **given})

    def bind(self, to: Resource, type_: str, private_ip: str, vpc_id: str) -> None:
        """Hang it on something; the state is the caller's to set."""
        self.instance_type, self.private_ip, self.vpc_id = type_, private_ip, vpc_id
        self.instance_id = to.id
        if isinstance(to, Instance):
            to.eip = EipBinding(self.id, self.ip_address, self.bandwidth, self.internet_charge_type)

    def unbind(self, world: World) -> None:
        """Take it off what it hangs on; the state is the caller's to set."""
        held = world.find(self.instance_id)
        if isinstance(held, Instance) and held.eip and held.eip.allocation_id == self.id:
            held.eip = None
        self.instance_id = self.instance_type = self.private_ip = self.vpc_id = ""
        self.mode = "NAT"

    def orphaned(self, world: World, id_: str) -> None:  # noqa: ARG002  # the same for all
        """Be free when what it hung on is gone."""
        self.unbind(world)
        self.state = "Available"

    def vanish(self, world: World) -> None:
        """Leave the world, off whatever it hangs on."""
        self.unbind(world)
        world.remove(self)


def new_address(world: World) -> str:
    """Give a public address that nobody has."""
    chosen = world.ids.stream("eip address")
    while True:
        block = chosen.choice(_BLOCKS)
        address = f"{block}.{chosen.randrange(256)}.{chosen.randrange(1, 255)}"
        if not world.leaning_on("ip_address", address) + world.leaning_on("address", address):
            return address


def eips_on(call: Call, id_: str) -> list[Eip]:
    """Give the elastic addresses that hang on something."""
    return call.world.by(Eip, "instance_id", id_)
