"""The kind `instance`, what hangs on it, and whether it is in a state for a call."""

from __future__ import annotations

import base64
import ipaddress
from typing import TYPE_CHECKING, ClassVar

from attrs import field, frozen

from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.knobs import Knob
from cpikit_alicloud_simulator.metadata import InstanceView, InterfaceView
from cpikit_alicloud_simulator.products.ecs.families import InstanceType, instance_types
from cpikit_alicloud_simulator.products.ecs.key_pairs import key_pair_named
from cpikit_alicloud_simulator.products.ecs.kinds import Disk, Interface
from cpikit_alicloud_simulator.products.ecs.stock import Stock
from cpikit_alicloud_simulator.products.ecs.surroundings import CapacityReservation
from cpikit_alicloud_simulator.products.vpc.vpcs import Vpc
from cpikit_alicloud_simulator.products.vpc.vswitches import VSwitch
from cpikit_alicloud_simulator.refusal import Refusal
from cpikit_alicloud_simulator.resource import Resource, resource

if TYPE_CHECKING:  # a circle otherwise: a world is made of resources
    from cpikit_alicloud_simulator.world import World

NOT_FOUND = Refusal(404, "InvalidInstanceId.NotFound", "The specified InstanceId does not exist.")
BAD_STATUS = Refusal(
    403,
    "IncorrectInstanceStatus",
    "The current status of the resource does not support this operation.",
)
LOCKED = Refusal(
    403,
    "InstanceLockedForSecurity",
    "The specified operation is denied as your instance is locked for security reasons.",
)
IN_ARREARS = Refusal(
    403, "InstanceExpiredOrInArrears", "The specified operation is denied: the instance expired."
)
LAG_S = Knob(
    "ecs.action_lag_s",
    0.0,
    (0.0, 2.0, 5.0),
    "For how long after a change of its state the back-end of actions still takes an instance for "
    "what it was: IncorrectInstanceStatus although DescribeInstances says Running.",
    "seen in production (Go CPI, issue 170); no number is documented",
    is_open=True,
)


@frozen
class EipBinding:
    """An elastic address on an instance, as DescribeInstances shows it."""

    allocation_id: str
    ip_address: str
    bandwidth: int = 5
    internet_charge_type: str = "PayByBandwidth"


@resource
class Instance(Resource):
    """One instance: Pending, Stopped, Starting, Running, Stopping."""

    kind: ClassVar[str] = "instance"
    prefix: ClassVar[str] = "i"
    indexed: ClassVar[tuple[str, ...]] = (
        "image_id",
        "key_pair_name",
        "deployment_set_id",
        "dedicated_host_id",
        "public_ip",
    )

    zone_id: str = ""
    type_id: str = "ecs.g6.large"
    image_id: str = ""
    vpc_id: str = ""
    vswitch_id: str = ""
    host_name: str = ""
    charge_type: str = "PostPaid"
    expires_s: float | None = None
    internet_charge_type: str = ""
    bandwidth_in: int = 0
    bandwidth_out: int = 0
    public_ip: str = ""
    eip: EipBinding | None = None
    key_pair_name: str = ""
    ram_role: str = ""
    agent_data: bytes = field(default=b"", repr=False)
    """The user data, decoded."""
    has_password: bool = False
    spot_strategy: str = "NoSpot"
    spot_price_limit: float = 0.0
    spot_duration: int | None = None
    spot_interruption: str = "Terminate"
    deletion_protection: bool = False
    auto_release: str = ""
    http_endpoint: str = "enabled"
    http_tokens: str = "optional"
    http_hops: int = 1
    shows_tags: bool = False
    credit: str = ""
    deployment_set_id: str = ""
    deployment_group: int | None = None
    dedicated_host_id: str = ""
    private_pool_id: str = ""
    private_pool_match: str = ""
    hpc_cluster_id: str = ""
    tenancy: str = "default"
    affinity: str = "default"
    stopped_mode: str = "Not-applicable"
    serial_number: str = ""
    started_s: float = 0.0
    initializing_until_s: float = 0.0
    lock: str = ""
    """Why it is locked: `security`, `financial`, `recycling`, or empty."""
    disk_is_broken: bool = False
    cannot_start: str = ""
    """A state of the world that a start fails for: `not-ready`, `kms`, `spot-price`, `quota`."""
    in_routes: bool = False
    is_managed: bool = False

    @property
    def type(self) -> InstanceType:
        """What its type can do."""
        return instance_types()[self.type_id]

    def interfaces(self, world: World) -> list[Interface]:
        """Give its interfaces, the primary one first."""
        found = world.by(Interface, "instance_id", self.id)
        return sorted(found, key=lambda each: (each.type != "Primary", each.device_index or 0))

    def primary(self, world: World) -> Interface | None:
        """Give its primary interface."""
        return next(iter(self.interfaces(world)), None)

    def disks(self, world: World) -> list[Disk]:
        """Give the disks that are attached to it."""
        return world.by(Disk, "instance_ids", self.id)

    def vanish(self, world: World) -> None:
        """Leave the world, with the disks and interfaces that go along; others stay behind."""
        for disk in self.disks(world):
            disk.detach(self.id, world.now_s)
            if disk.delete_with_instance or disk.type == "system":
                disk.vanish(world)
            elif not disk.instance_ids:
                disk.state = "Available"
        for interface in self.interfaces(world):
            if interface.type == "Primary" or interface.delete_on_release:
                interface.vanish(world)
            else:
                interface.instance_id = ""
                interface.state = "Available"
        self._give_back(world)
        for left in (
            *world.leaning_on("instance_id", self.id),
            *world.leaning_on("instance_ids", self.id),
        ):
            left.orphaned(world, self.id)
        world.remove(self)

    def _give_back(self, world: World) -> None:
        pool = world.get(CapacityReservation, self.private_pool_id)
        if pool is not None:
            pool.left += 1
        elif self.stopped_mode != "StopCharging":  # which gave it back before
            is_spot = self.spot_strategy != "NoSpot"
            world.part(Stock).give_back(self.zone_id, self.type_id, spot=is_spot)

    def user_data(self) -> bytes | None:
        """Give what the agent would read."""
        return self.agent_data

    def metadata_view(self, world: World) -> InstanceView | None:
        """Give the view that its metadata service works on."""
        key_pair = key_pair_named(world, self.account_id, self.region_id, self.key_pair_name)
        return InstanceView(
            instance_id=self.id,
            region_id=self.region_id,
            zone_id=self.zone_id,
            owner_account_id=self.account_id,
            image_id=self.image_id,
            instance_type=self.type_id,
            hostname=self.host_name,
            interfaces=tuple(_view(world, each) for each in self.interfaces(world)),
            instance_name=self.name,
            serial_number=self.serial_number,
            user_data=self.agent_data or None,
            public_keys=(key_pair.public_key,) if key_pair else (),
            public_ipv4=self.public_ip or None,
            eip_ipv4=self.eip.ip_address if self.eip else None,
            ram_role=self.ram_role or None,
            tags=dict(self.tags) if self.shows_tags else None,
            http_endpoint="disabled" if self.http_endpoint == "disabled" else "enabled",
            http_tokens="required" if self.http_tokens == "required" else "optional",
        )

    @property
    def encoded_user_data(self) -> str:
        """The user data in base64, as the API speaks it."""
        return base64.b64encode(self.agent_data).decode()


def _view(world: World, interface: Interface) -> InterfaceView:
    vswitch, vpc = world.get(VSwitch, interface.vswitch_id), world.get(Vpc, interface.vpc_id)
    block = ipaddress.IPv4Network(vswitch.cidr_block) if vswitch else None
    return InterfaceView(
        mac=interface.mac,
        network_interface_id=interface.id,
        primary_ip_address=interface.primary_ip,
        vswitch_id=interface.vswitch_id,
        vpc_id=interface.vpc_id,
        vswitch_cidr_block=vswitch.cidr_block if vswitch else "",
        vpc_cidr_block=vpc.cidr_block if vpc else "",
        netmask=str(block.netmask) if block else "",
        gateway=str(block[-3]) if block else "",
        secondary_ipv4s=interface.secondary_ips,
        ipv6s=interface.ipv6s,
    )


def needed(call: Call, id_: str) -> Instance:
    """Give an instance to act on that is not locked."""
    instance = call.need(Instance, id_, NOT_FOUND)
    if instance.lock == "security":
        raise LOCKED.error()
    return instance


def demand_state(
    call: Call, instance: Instance, *states: str, otherwise: Refusal = BAD_STATUS
) -> None:
    """Raise unless the back-end of actions finds the instance in one of these states."""
    lag_s = call.knob(LAG_S)
    lags = lag_s > 0 and call.now_s - instance.state_since_s < lag_s
    if lags or instance.state not in states:
        raise otherwise.error(state=instance.state, id=instance.id)
