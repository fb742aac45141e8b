"""Make the instances of a launch with their disks and interfaces."""

from __future__ import annotations

from attrs import asdict

from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.durations import Duration
from cpikit_alicloud_simulator.knobs import Knob
from cpikit_alicloud_simulator.products.ecs.instance import Instance
from cpikit_alicloud_simulator.products.ecs.interfaces_addresses import take_ipv6
from cpikit_alicloud_simulator.products.ecs.kinds import Disk, Interface, new_mac
from cpikit_alicloud_simulator.products.ecs.launch_addresses import consecutive
from cpikit_alicloud_simulator.products.ecs.launch_plan import DiskPlan, InterfacePlan, Launch
from cpikit_alicloud_simulator.products.ecs.public_addresses import new_public_address
from cpikit_alicloud_simulator.products.ecs.stock import Stock
from cpikit_alicloud_simulator.products.ecs.surroundings import CapacityReservation
from cpikit_alicloud_simulator.products.vpc.addresses import Addresses

PENDING = Duration(
    "ecs.pending", typical=3.0, slow=(10.0, 60.0), grade="assumed", source='"a few seconds"'
)
PASSING = Duration(
    "ecs.run_stopped", typical=0.5, slow=3.0, grade="assumed", source="Stopped briefly, by the docs"
)
STARTING = Duration(
    "ecs.starting", typical=8.0, slow=(30.0, 120.0), grade="assumed", source="no number published"
)
INITIALIZING = Duration(
    "ecs.initializing",
    typical=2.0,
    slow=20.0,
    grade="assumed",
    source="DeleteInstance soon after a create answers IncorrectInstanceStatus.Initializing",
)
LATE_FAILURE = Knob(
    "ecs.run_fails_late",
    "never",
    ("never", "always"),
    "Whether instances of RunInstances and CreateInstance disappear again while they are Pending.",
    "documented as event SystemFailure.Delete; how often is unknown",
)


def launched(call: Call, launch: Launch) -> list[Instance]:
    """Make the instances. Nothing fails any more."""
    first = launch.network.interfaces[0].address
    addresses = consecutive(first, launch.count) or [""] * launch.count
    return [_made(call, launch, place, address) for place, address in enumerate(addresses, 1)]


def _made(call: Call, launch: Launch, place: int, address: str) -> Instance:
    world = call.world
    instance = world.add(_described(call, launch, place))
    for index, plan in enumerate(launch.network.interfaces):
        _add_interface(call, instance, plan, index, address if index == 0 else plan.address)
    for letter, disk in zip("abcdefghijklmnopqrs", launch.disks, strict=False):
        _add_disk(call, launch, instance, disk, disk.device or f"/dev/xvd{letter}")
    is_spot = launch.purchase.is_spot
    fails = call.knob(LATE_FAILURE) == "always"
    if launch.placement.private_pool_id:
        pool = world.get(CapacityReservation, launch.placement.private_pool_id)
        if pool is not None:
            pool.left -= 1
    else:
        fails |= world.part(Stock).take(instance.zone_id, instance.type_id, spot=is_spot)
    instance.initializing_until_s = (
        world.now_s + world.seconds(PENDING) + world.seconds(INITIALIZING)
    )
    if fails:
        world.journey(instance, [("Pending", PENDING)], None)
    elif launch.starts:
        steps = [("Pending", PENDING), ("Stopped", PASSING), ("Starting", STARTING)]
        world.journey(instance, steps, "Running", lambda: _started(call, instance))
    else:
        world.journey(instance, [("Pending", PENDING)], "Stopped")
    return instance


def _started(call: Call, instance: Instance) -> None:
    instance.started_s = call.world.now_s


def _described(call: Call, launch: Launch, place: int) -> Instance:
    identity, purchase, network = launch.identity, launch.purchase, launch.network
    id_ = call.new_id(Instance)
    suffix = f"{place:03}" if identity.has_suffix and launch.count > 1 else ""
    public_ip = new_public_address(call.world) if network.wants_public_ip else ""
    return Instance(
        id=id_,
        region_id=call.region_id,
        account_id=call.account_id,
        state="Pending",
        name=(identity.name or id_) + suffix,
        description=identity.description,
        resource_group_id=launch.resource_group_id,
        tags=launch.tags,
        zone_id=network.vswitch.zone_id,
        type_id=launch.type.id,
        image_id=launch.image.id,
        vpc_id=network.vswitch.vpc_id,
        vswitch_id=network.vswitch.id,
        host_name=(identity.host_name or f"iZ{id_.removeprefix('i-')}Z") + suffix,
        charge_type=purchase.charge_type,
        expires_s=call.now_s + purchase.period_s if purchase.period_s else None,
        internet_charge_type=network.internet_charge_type,
        bandwidth_in=network.bandwidth_in,
        bandwidth_out=network.bandwidth_out,
        public_ip=public_ip,
        key_pair_name=identity.key_pair_name,
        ram_role=identity.ram_role,
        agent_data=identity.agent_data,
        has_password=identity.has_password,
        **asdict(purchase, filter=lambda field, _: field.name.startswith("spot_")),
        deletion_protection=launch.deletion_protection,
        auto_release=launch.auto_release,
        **asdict(identity, filter=lambda field, _: field.name.startswith("http_")),
        credit=launch.credit,
        **asdict(launch.placement),  # its fields are called as the instance's
        serial_number=call.world.ids.uuid("serial"),
    )


def _add_interface(
    call: Call, instance: Instance, plan: InterfacePlan, index: int, address: str
) -> None:
    world = call.world
    if plan.existing is not None:
        plan.existing.instance_id = instance.id
        plan.existing.attached_s = world.now_s
        plan.existing.device_index = index
        plan.existing.state = "InUse"
        return
    id_ = call.new_id(Interface)
    primary_ip, others, ipv6s = _taken(call, plan, id_, address)
    world.add(
        Interface(
            id=id_,
            region_id=call.region_id,
            account_id=call.account_id,
            state="InUse",
            name=plan.name,
            description=plan.description,
            resource_group_id=instance.resource_group_id,
            tags=instance.tags if index == 0 else {},
            vpc_id=plan.vswitch.vpc_id,
            vswitch_id=plan.vswitch.id,
            zone_id=plan.vswitch.zone_id,
            mac=new_mac(world),
            type=plan.type,
            primary_ip=primary_ip,
            secondary_ips=others,
            ipv6s=ipv6s,
            security_group_ids=plan.group_ids,
            instance_id=instance.id,
            device_index=index,
            delete_on_release=plan.delete_on_release,
            traffic_mode=plan.traffic_mode,
            queue_number=plan.queue_number,
            attached_s=world.now_s,
        )
    )


def _taken(
    call: Call, plan: InterfacePlan, id_: str, address: str
) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Take the addresses of an interface: the primary one, others, IPv6."""
    addresses = call.world.part(Addresses)
    primary_ip = addresses.take(plan.vswitch.id, id_, address)
    others = tuple(addresses.take(plan.vswitch.id, id_) for _ in range(plan.secondary_count))
    ipv6s = take_ipv6(call, plan.vswitch, id_, plan.ipv6s, plan.ipv6_count)
    return primary_ip, others, ipv6s


def _add_disk(call: Call, launch: Launch, instance: Instance, plan: DiskPlan, device: str) -> None:
    disk = call.world.add(
        Disk(
            id=call.new_id(Disk),
            region_id=call.region_id,
            account_id=call.account_id,
            state="In_use",
            name=plan.name,
            description=plan.description,
            resource_group_id=instance.resource_group_id,
            zone_id=instance.zone_id,
            category=plan.category,
            size_gib=plan.size_gib,
            performance_level=plan.performance_level,
            type=plan.type,
            portable=plan.category != "ephemeral_ssd" and plan.type == "data",
            delete_with_instance=plan.delete_with_instance,
            encrypted=plan.encrypted,
            kms_key_id=plan.kms_key_id,
            provisioned_iops=plan.provisioned_iops,
            bursting_enabled=plan.bursting_enabled,
            image_id=launch.image.id if plan.type == "system" else "",
            source_snapshot_id=plan.snapshot_id,
            tags=launch.tags,
        )
    )
    disk.attach(instance.id, device, call.world.now_s)
