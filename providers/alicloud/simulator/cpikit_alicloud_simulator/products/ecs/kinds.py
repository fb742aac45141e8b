"""The kinds of resources that several files of ECS share: disks, snapshots, images, interfaces.

The actions on them stand in `disks.py`, `snapshots.py`, `images.py` and `interfaces.py`; instances
make disks and interfaces too, and take them along when they go.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

from attrs import field, frozen

from cpikit_alicloud_simulator.products.vpc.addresses import Addresses
from cpikit_alicloud_simulator.resource import Resource, resource

if TYPE_CHECKING:  # a circle otherwise: a world is made of resources
    from cpikit_alicloud_simulator.world import World


@frozen
class Attachment:
    """One disk on one instance."""

    instance_id: str
    device: str
    attached_s: float


@resource
class Disk(Resource):
    """One disk: Creating, Available, Attaching, In_use, Detaching, ReIniting, Modifying.

    `attachments` are changed with `attach` and `detach`, so that `instance_ids`, by which the
    table finds the disks of an instance, follows.
    """

    kind: ClassVar[str] = "disk"
    prefix: ClassVar[str] = "d"
    indexed: ClassVar[tuple[str, ...]] = ("instance_ids", "source_snapshot_id")

    zone_id: str = ""
    category: str = "cloud_efficiency"
    size_gib: int = 20
    performance_level: str = ""
    type: str = "data"
    """`system` or `data`."""
    charge_type: str = "PostPaid"
    portable: bool = True
    delete_with_instance: bool = False
    delete_auto_snapshot: bool = True
    enable_auto_snapshot: bool = True
    encrypted: bool = False
    kms_key_id: str = ""
    multi_attach: bool = False
    provisioned_iops: int | None = None
    bursting_enabled: bool = False
    image_id: str = ""
    source_snapshot_id: str = ""
    was_attached: bool = False
    is_initializing: bool = False
    """While its data still comes from a snapshot; deleting it is refused then."""
    detached_s: float | None = None
    attachments: tuple[Attachment, ...] = ()
    instance_ids: tuple[str, ...] = ()
    is_modifying: bool = False
    """While its category or level changes, whatever the state says."""
    cools_until_s: float = 0.0
    """After a change of its category or level: not again before this."""
    lock: str = ""
    """Why it is locked: `financial`, `security`, or empty."""
    conditions: tuple[str, ...] = ()
    """What else is true of it, in the words of the calls that it refuses (disks_refusals.py)."""

    @property
    def attached_to(self) -> str | None:
        """The first instance that it is attached to."""
        return self.instance_ids[0] if self.instance_ids else None

    @property
    def serial_number(self) -> str:
        """What a guest finds below /dev/disk/by-id: the id without `d-`."""
        return self.id.removeprefix("d-")

    @classmethod
    def declared(cls, world: World, given: Mapping[str, Any]) -> Self:
        """Make one from a world file, which says `instance_id` and `device` of an attached one."""
        own = dict(given)
        instance_id, device = own.pop("instance_id", ""), own.pop("device", "/dev/xvdb")
        if instance_id:
            own.setdefault("state", "In_use")
        made = super().declared(world, own)
        if instance_id:
            made.attach(instance_id, device, world.now_s)
        return made

    def attach(self, instance_id: str, device: str, now_s: float) -> None:
        """Note an attachment; the state is the caller's to set."""
        self.attachments = (*self.attachments, Attachment(instance_id, device, now_s))
        self.instance_ids = tuple(each.instance_id for each in self.attachments)
        self.was_attached = True
        self.detached_s = None

    def detach(self, instance_id: str, now_s: float) -> None:
        """Take an attachment away; the state is the caller's to set."""
        kept = tuple(each for each in self.attachments if each.instance_id != instance_id)
        self.attachments = kept
        self.instance_ids = tuple(each.instance_id for each in kept)
        self.detached_s = now_s


@resource
class Snapshot(Resource):
    """One snapshot: progressing, accomplished, failed."""

    kind: ClassVar[str] = "snapshot"
    prefix: ClassVar[str] = "s"
    indexed: ClassVar[tuple[str, ...]] = ("disk_id",)

    state: str = "accomplished"
    disk_id: str = ""
    disk_type: str = "data"
    disk_category: str = ""
    size_gib: int = 20
    """Of the disk that it was taken from."""
    type: str = "user"
    retention_days: int | None = None
    encrypted: bool = False
    kms_key_id: str = ""
    instant_access: bool = False
    begun_s: float = 0.0
    region_of_source: str = ""
    conditions: tuple[str, ...] = ()
    """What else is true of it, in the words of the calls that it refuses (snapshots.py)."""
    due_s: float = 0.0
    """When it is done: progress lies between `begun_s` and here."""

    @property
    def attached_to(self) -> str | None:
        """The disk that it was taken from."""
        return self.disk_id or None


@resource
class Image(Resource):
    """One image: Creating, Waiting, Available, UnAvailable, CreateFailed, Deprecated."""

    kind: ClassVar[str] = "image"
    prefix: ClassVar[str] = "m"
    indexed: ClassVar[tuple[str, ...]] = ("snapshot_ids", "source_image_id")
    shared: ClassVar[bool] = True

    size_gib: int = 20
    """Of the system disk that it makes at least."""
    architecture: str = "x86_64"
    os_type: str = "linux"
    platform: str = "Ubuntu"
    os_name: str = "Ubuntu 22.04 64bit"
    boot_mode: str = "BIOS"
    family: str = ""
    version: str = ""
    nvme_support: str = ""
    """`supported`, `unsupported`, or empty for what was never said."""
    imds_support: str = ""
    is_public: bool = False
    is_copied: bool = False
    supports_cloudinit: bool = True
    supports_io_optimized: bool = True
    encrypted: bool = False
    kms_key_id: str = ""
    license_type: str = ""
    owner_alias: str = "self"
    """`system`, `self`, `others` or `marketplace`, as its owner sees it."""
    shared_with: tuple[str, ...] = ()
    shared_at: Mapping[str, float] = field(factory=dict)
    snapshot_ids: tuple[str, ...] = ()
    devices: tuple[Mapping[str, object], ...] = ()
    """`DiskDeviceMappings`, with the names that DescribeImages has."""
    source_instance_id: str = ""
    source_image_id: str = ""
    task_id: str = ""
    """Of the import that makes it, while it does."""
    conditions: tuple[str, ...] = ()
    """What else is true of it, in the words of the calls that it refuses (images.py)."""
    begun_s: float = 0.0
    due_s: float = 0.0

    def is_seen_by(self, account_id: str) -> bool:
        """Its owner, those it is shared with, and everybody if it is public."""
        return self.is_public or account_id == self.account_id or account_id in self.shared_with


@resource
class Interface(Resource):
    """One elastic network interface: Creating, Available, Attaching, InUse, Detaching, Deleting.

    Its addresses are taken from `Addresses` by whoever makes it, and go back when it vanishes.
    """

    kind: ClassVar[str] = "eni"
    prefix: ClassVar[str] = "eni"
    indexed: ClassVar[tuple[str, ...]] = (
        "instance_id",
        "vswitch_id",
        "security_group_ids",
        "primary_ip",
    )

    vpc_id: str = ""
    vswitch_id: str = ""
    zone_id: str = ""
    mac: str = ""
    type: str = "Secondary"
    """`Primary`, `Secondary`, `Trunk` or `Member`."""
    primary_ip: str = ""
    secondary_ips: tuple[str, ...] = ()
    ipv6s: tuple[str, ...] = ()
    ipv4_prefixes: tuple[str, ...] = ()
    ipv6_prefixes: tuple[str, ...] = ()
    security_group_ids: tuple[str, ...] = ()
    instance_id: str = ""
    device_index: int | None = None
    delete_on_release: bool = True
    traffic_mode: str = "Standard"
    queue_number: int | None = None
    source_dest_check: bool = False
    service_managed: bool = False
    attached_s: float | None = None
    conditions: tuple[str, ...] = ()
    """What else is true of it, in the words of the calls that it refuses (interfaces.py)."""

    @property
    def attached_to(self) -> str | None:
        """The instance that it is attached to."""
        return self.instance_id or None

    @property
    def addresses(self) -> tuple[str, ...]:
        """All its IPv4 addresses, the primary one first."""
        return (self.primary_ip, *self.secondary_ips) if self.primary_ip else self.secondary_ips

    @classmethod
    def declared(cls, world: World, given: Mapping[str, Any]) -> Self:
        """Make one from a world file, with the addresses that it names or the next free one."""
        made = super().declared(world, given)
        addresses = world.part(Addresses)
        if world.find(made.vswitch_id) is None:
            return made
        made.primary_ip = addresses.take(made.vswitch_id, made.id, made.primary_ip)
        for address in (*made.secondary_ips, *made.ipv6s):
            addresses.take(made.vswitch_id, made.id, address)
        made.mac = made.mac or new_mac(world)
        return made

    def vanish(self, world: World) -> None:
        """Leave the world and give the addresses back, perhaps late."""
        addresses = world.part(Addresses)
        blocks = (ipaddress.IPv4Network(prefix) for prefix in self.ipv4_prefixes)
        held = (str(address) for block in blocks for address in block)
        for address in (*self.addresses, *self.ipv6s, *held):
            addresses.release(self.vswitch_id, address)
        for bound in world.leaning_on("instance_id", self.id):  # an elastic address
            bound.orphaned(world, self.id)
        world.remove(self)


def new_mac(world: World) -> str:
    """Give a MAC address in the range that Alibaba Cloud's interfaces have."""
    bits = world.ids.stream("mac").getrandbits(24)
    return f"00:16:3e:{bits >> 16 & 255:02x}:{bits >> 8 & 255:02x}:{bits & 255:02x}"
