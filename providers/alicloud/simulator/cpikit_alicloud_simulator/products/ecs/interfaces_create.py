"""Make network interfaces: their addresses, groups and queues."""

from __future__ import annotations

import re

from attrs import frozen

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.durations import Duration
from cpikit_alicloud_simulator.knobs import Knob
from cpikit_alicloud_simulator.limits import Quota
from cpikit_alicloud_simulator.products.ecs import interfaces_addresses as addresses
from cpikit_alicloud_simulator.products.ecs import interfaces_refusals as refusals
from cpikit_alicloud_simulator.products.ecs.interfaces_show import shown
from cpikit_alicloud_simulator.products.ecs.kinds import Interface, new_mac
from cpikit_alicloud_simulator.products.ecs.security_groups import MEMBERS, SecurityGroup
from cpikit_alicloud_simulator.products.ecs.surroundings import checked_resource_group
from cpikit_alicloud_simulator.products.vpc.addresses import Addresses
from cpikit_alicloud_simulator.products.vpc.vswitches import VSwitch
from cpikit_alicloud_simulator.refusal import INVALID, MISSING
from cpikit_alicloud_simulator.tagging import TAGS_PER_RESOURCE, checked_tags
from cpikit_alicloud_simulator.tagging import TOO_MANY as TOO_MANY_TAGS

CREATING = Duration(
    "eni.creating", typical=2.0, slow=20.0, grade="assumed", source="seconds, by clients"
)
NEW_STATE = Knob(
    "eni.state_when_new",
    "Creating",
    ("Creating", "Pending"),
    "What Status says of an interface before it is Available.",
    "unverified: the list of states has neither, the example of an answer has Pending",
)
INTERFACES = Quota(
    "ecs.interfaces", 50_000, "Network interfaces of one account in one region.", "assumed"
)
GROUPS_PER_INTERFACE = 5  # ECS, "Limits": five security groups on one interface by default
MOST_QUEUES = 16
_NAME = re.compile(r"(?!https?://)[^\W\d_][\w.:-]{1,127}")
_DESCRIPTION = re.compile(r"(?!https?://).{2,256}", re.DOTALL)
_ANSWERED = frozenset(
    """
    Description Ipv4PrefixSets Ipv6PrefixSets Ipv6Sets MacAddress NetworkInterfaceId
    NetworkInterfaceName OwnerId PrivateIpAddress PrivateIpSets ResourceGroupId SecurityGroupIds
    ServiceManaged SourceDestCheck Status Tags Type VSwitchId VpcId ZoneId
    """.split()
)


@frozen
class _Wanted:
    """The addresses that are asked for, checked."""

    primary: str
    secondary: tuple[str, ...]
    more: int
    ipv6s: tuple[str, ...]
    more_ipv6: int
    prefixes: tuple[str, ...]
    ipv6_prefixes: tuple[str, ...]


@action(
    "Ecs",
    "CreateNetworkInterface",
    effect="write",
    required="VSwitchId",
    optional="""
    SecurityGroupId SecurityGroupIds.N PrimaryIpAddress PrivateIpAddress.N
    SecondaryPrivateIpAddressCount Ipv6Address.N Ipv6AddressCount Ipv4Prefix.N Ipv4PrefixCount
    Ipv6Prefix.N Ipv6PrefixCount InstanceType NetworkInterfaceTrafficMode QueueNumber
    NetworkInterfaceName Description DeleteOnRelease SourceDestCheck ResourceGroupId Tag.N.Key
    Tag.N.Value
    """,
    resource="VSwitchId",
    token=True,
)
def create_network_interface(call: Call) -> Answer:
    """Make an interface in a vSwitch, with its addresses."""
    refusals.demand_allowed(call)
    vswitch = call.need(VSwitch, call.text("VSwitchId"), refusals.NO_VSWITCH)
    group_ids = checked_groups(call, vswitch.vpc_id, call.texts("SecurityGroupIds"))
    tags = checked_tags(call)
    call.within(TAGS_PER_RESOURCE, len(tags), TOO_MANY_TAGS)
    wanted = _wanted(call, vswitch)
    interface = Interface(
        id=call.new_id(Interface),
        region_id=call.region_id,
        account_id=call.account_id,
        state="Available",
        name=call.matching("NetworkInterfaceName", _NAME, otherwise=INVALID),
        description=call.matching("Description", _DESCRIPTION, otherwise=INVALID),
        resource_group_id=checked_resource_group(call),
        tags=tags,
        vpc_id=vswitch.vpc_id,
        vswitch_id=vswitch.id,
        zone_id=vswitch.zone_id,
        mac=new_mac(call.world),
        type=_type(call),
        security_group_ids=group_ids,
        delete_on_release=call.boolean("DeleteOnRelease", default=True),
        source_dest_check=bool(call.boolean("SourceDestCheck")),
        traffic_mode=call.choice(
            "NetworkInterfaceTrafficMode", ("Standard", "HighPerformance"), "Standard"
        ),
        queue_number=_queues(call),
    )
    call.within(INTERFACES, call.count(Interface) + 1, refusals.TOO_MANY)
    call.checked()
    _take(call, interface, vswitch, wanted)
    call.world.add(interface)
    call.world.journey(interface, [(call.knob(NEW_STATE), CREATING)], "Available")
    every = shown(call, interface)
    return {name: value for name, value in every.items() if name in _ANSWERED}


def checked_groups(call: Call, vpc_id: str, ids: list[str]) -> tuple[str, ...]:
    """Give the security groups: one as SecurityGroupId, or several."""
    one = call.text("SecurityGroupId")
    if one and ids:
        raise refusals.CONFLICT.error()
    ids = list(dict.fromkeys(ids or [one]))
    if not ids[0]:
        raise MISSING.error(name="SecurityGroupId")
    if len(ids) > GROUPS_PER_INTERFACE:
        raise refusals.TOO_MANY_GROUPS.error(most=GROUPS_PER_INTERFACE)
    for id_ in ids:
        group = call.need(SecurityGroup, id_, refusals.NO_GROUP)
        if not group.vpc_id:
            raise refusals.GROUP_CLASSIC.error()
        if group.vpc_id != vpc_id:
            raise refusals.OTHER_VPC.error()
        if group.is_managed:
            raise refusals.GROUP_MANAGED.error()
        members = len(call.world.by(Interface, "security_group_ids", id_))
        call.within(MEMBERS, members + 1, refusals.GROUP_FULL)
    return tuple(ids)


def _type(call: Call) -> str:
    given = call.text("InstanceType", "Secondary")
    if given == "Primary":
        raise refusals.BAD_TYPE.error()
    if given not in ("Secondary", "Trunk"):
        raise refusals.UNSUPPORTED.error(name="InstanceType")
    return given


def _queues(call: Call) -> int | None:
    queues = call.integer("QueueNumber", low=1, otherwise=refusals.BAD_QUEUES)
    if queues is not None and queues > MOST_QUEUES:
        raise refusals.TOO_MANY_QUEUES.error(most=MOST_QUEUES)
    return queues


def _wanted(call: Call, vswitch: VSwitch) -> _Wanted:
    """Read the addresses, and raise unless they can be had."""
    primary = call.text("PrimaryIpAddress")
    listed, more = addresses.checked_count(
        call, "PrivateIpAddress", "SecondaryPrivateIpAddressCount", addresses.MOST_IPV4
    )
    listed = [each for each in listed if each != primary]
    both = [primary, *listed] if primary else listed
    addresses.demand_free(call, vswitch, both, more + (not primary))
    ipv6s, more_ipv6 = addresses.checked_count(
        call, "Ipv6Address", "Ipv6AddressCount", addresses.MOST_IPV6
    )
    addresses.demand_ipv6(call, vswitch, ipv6s, more_ipv6)
    blocks = addresses.checked_count(call, "Ipv4Prefix", "Ipv4PrefixCount", addresses.MOST_PREFIXES)
    ipv6_blocks = addresses.checked_count(
        call, "Ipv6Prefix", "Ipv6PrefixCount", addresses.MOST_PREFIXES
    )
    return _Wanted(
        primary=primary,
        secondary=tuple(listed),
        more=more,
        ipv6s=tuple(ipv6s),
        more_ipv6=more_ipv6,
        prefixes=addresses.found_prefixes(call, vswitch, *blocks),
        ipv6_prefixes=addresses.found_ipv6_prefixes(call, vswitch, *ipv6_blocks),
    )


def _take(call: Call, interface: Interface, vswitch: VSwitch, wanted: _Wanted) -> None:
    """Take the addresses for an interface that is about to be."""
    book = call.world.part(Addresses)
    addresses.take_prefixes(call, vswitch, interface.id, wanted.prefixes)
    secondary = [book.take(vswitch.id, interface.id, each) for each in wanted.secondary]
    interface.primary_ip = book.take(vswitch.id, interface.id, wanted.primary)
    secondary += [book.take(vswitch.id, interface.id) for _ in range(wanted.more)]
    interface.secondary_ips = tuple(secondary)
    interface.ipv6s = addresses.take_ipv6(
        call, vswitch, interface.id, wanted.ipv6s, wanted.more_ipv6
    )
    interface.ipv4_prefixes = wanted.prefixes
    interface.ipv6_prefixes = wanted.ipv6_prefixes
