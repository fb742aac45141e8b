"""The kinds of classic load balancing: load balancers, their VServer groups, their backends."""

from __future__ import annotations

from typing import ClassVar

from attrs import evolve, frozen

from cpikit_alicloud_simulator.knobs import Knob
from cpikit_alicloud_simulator.products.vpc.addresses import Addresses
from cpikit_alicloud_simulator.resource import Resource, resource
from cpikit_alicloud_simulator.world import World

MEMBERSHIP = Knob(
    "slb.membership_of_a_deleted_instance",
    "removed",
    ("removed", "kept"),
    "Whether an instance that is released leaves the backends and VServer groups it was in.",
    "unverified: not documented; the Go CPI relies on its being removed",
)


@frozen
class Backend:
    """One server behind a load balancer; `port` is 0 in the default server group."""

    server_id: str
    weight: int = 100
    type: str = "ecs"
    port: int = 0
    description: str = ""
    server_ip: str = ""

    @property
    def place(self) -> tuple[str, str, int]:
        """What makes it different from others in a group."""
        return (self.server_id, self.server_ip, self.port)


@frozen
class Listener:
    """One port that a load balancer listens on."""

    port: int
    protocol: str = "tcp"
    backend_port: int = 0
    vserver_group_id: str = ""
    state: str = "stopped"
    description: str = ""


def without(backends: tuple[Backend, ...], server_id: str) -> tuple[Backend, ...]:
    """Give backends less those of one server."""
    return tuple(each for each in backends if each.server_id != server_id)


@resource
class LoadBalancer(Resource):
    """One classic load balancer: active, inactive, locked."""

    kind: ClassVar[str] = "load_balancer"
    prefix: ClassVar[str] = "lb"
    indexed: ClassVar[tuple[str, ...]] = ("vpc_id", "vswitch_id", "instance_ids", "address")

    state: str = "active"
    address: str = ""
    address_type: str = "internet"
    internet_charge_type: str = "paybytraffic"
    bandwidth: int = 5
    vpc_id: str = ""
    vswitch_id: str = ""
    spec: str = "slb.s1.small"
    charge_type: str = "PayOnDemand"
    master_zone_id: str = ""
    slave_zone_id: str = ""
    delete_protection: bool = False
    modification_protection: bool = False
    protection_reason: str = ""
    backends: tuple[Backend, ...] = ()
    instance_ids: tuple[str, ...] = ()
    listeners: tuple[Listener, ...] = ()
    busy_until_s: float = 0.0

    @property
    def attached_to(self) -> str | None:
        """The vSwitch that an inner one has its address from."""
        return self.vswitch_id or None

    @property
    def takes_an_eip(self) -> bool:
        """Only an inner one that works can be given an elastic address."""
        return self.state == "active" and self.address_type == "intranet"

    def hold(self, backends: tuple[Backend, ...]) -> None:
        """Put other servers behind it."""
        self.backends = backends
        self.instance_ids = tuple(dict.fromkeys(each.server_id for each in backends))

    def orphaned(self, world: World, id_: str) -> None:
        """Perhaps drop a server that is gone."""
        if world.knob(MEMBERSHIP) == "removed":
            self.hold(without(self.backends, id_))

    def vanish(self, world: World) -> None:
        """Leave the world with the groups, and give the address back."""
        for group in world.by(VServerGroup, "load_balancer_id", self.id):
            group.vanish(world)
        if self.vswitch_id:
            world.part(Addresses).release(self.vswitch_id, self.address)
        for bound in world.leaning_on("instance_id", self.id):
            bound.orphaned(world, self.id)
        world.remove(self)


@resource
class VServerGroup(Resource):
    """One VServer group of a load balancer."""

    kind: ClassVar[str] = "vserver_group"
    prefix: ClassVar[str] = "rsp"
    indexed: ClassVar[tuple[str, ...]] = ("load_balancer_id", "instance_ids")

    load_balancer_id: str = ""
    backends: tuple[Backend, ...] = ()
    instance_ids: tuple[str, ...] = ()
    busy_until_s: float = 0.0

    @property
    def attached_to(self) -> str | None:
        """The load balancer that it belongs to."""
        return self.load_balancer_id or None

    def hold(self, backends: tuple[Backend, ...]) -> None:
        """Put other servers into it."""
        self.backends = backends
        self.instance_ids = tuple(dict.fromkeys(each.server_id for each in backends))

    def orphaned(self, world: World, id_: str) -> None:
        """Perhaps drop a server that is gone."""
        if world.knob(MEMBERSHIP) == "removed":
            self.hold(without(self.backends, id_))


def reweighted(backend: Backend, weight: int, description: str | None) -> Backend:
    """Give a backend with another weight and perhaps another description."""
    words = backend.description if description is None else description
    return evolve(backend, weight=weight, description=words)
