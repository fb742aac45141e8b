"""Give secondary and IPv6 addresses to interfaces that exist, and take them away."""

from __future__ import annotations

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.products.ecs import interfaces_addresses as addresses
from cpikit_alicloud_simulator.products.ecs import interfaces_refusals as refusals
from cpikit_alicloud_simulator.products.ecs.instance import Instance
from cpikit_alicloud_simulator.products.ecs.interfaces import interface_named
from cpikit_alicloud_simulator.products.ecs.kinds import Interface
from cpikit_alicloud_simulator.products.vpc.addresses import Addresses
from cpikit_alicloud_simulator.products.vpc.vswitches import VSwitch
from cpikit_alicloud_simulator.refusal import MISSING, Refusal

# No source has the error tables of these four actions; codes are those of the others.
NOT_ASSIGNED = Refusal(
    403, "InvalidIp.IpUnassigned", "The ip address is not one of the interface.", "assumed"
)
IPV6_EXCEEDED = Refusal(
    403, "InvalidOperation.Ipv6CountExceeded", "The type takes fewer IPv6 addresses.", "assumed"
)


def _usable(call: Call) -> tuple[Interface, VSwitch]:
    """Give an interface that addresses can be changed of, and its vSwitch."""
    refusals.demand_allowed(call)
    interface = interface_named(call)
    if interface.state not in ("Available", "InUse"):
        raise refusals.BAD_STATE.error(state=interface.state)
    vswitch = call.world.get(VSwitch, interface.vswitch_id)
    if vswitch is None:
        raise refusals.NO_VSWITCH.error()
    return interface, vswitch


def _instance(call: Call, interface: Interface) -> Instance | None:
    return call.world.get(Instance, interface.instance_id)


@action(
    "Ecs",
    "AssignPrivateIpAddresses",
    effect="write",
    required="NetworkInterfaceId",
    optional="PrivateIpAddress.N SecondaryPrivateIpAddressCount Ipv4Prefix.N Ipv4PrefixCount",
    resource="NetworkInterfaceId",
    token=True,
)
def assign_private_ip_addresses(call: Call) -> Answer:
    """Add private addresses or prefixes of them."""
    interface, vswitch = _usable(call)
    room = addresses.MOST_IPV4 - len(interface.secondary_ips)
    listed, count = addresses.checked_count(
        call, "PrivateIpAddress", "SecondaryPrivateIpAddressCount", room
    )
    blocks = addresses.checked_count(call, "Ipv4Prefix", "Ipv4PrefixCount", addresses.MOST_PREFIXES)
    if not listed and not count and not any(blocks):
        raise MISSING.error(name="PrivateIpAddress")
    addresses.demand_free(call, vswitch, listed, count)
    instance = _instance(call, interface)
    whole = len(interface.addresses) + len(listed) + count
    if instance is not None and whole > instance.type.addresses_per_interface:
        raise refusals.IPV4_EXCEEDED.error()
    prefixes = addresses.found_prefixes(call, vswitch, *blocks)
    call.checked()
    addresses.take_prefixes(call, vswitch, interface.id, prefixes)
    book = call.world.part(Addresses)
    taken = [book.take(vswitch.id, interface.id, each) for each in listed]
    taken += [book.take(vswitch.id, interface.id) for _ in range(count)]
    interface.secondary_ips = (*interface.secondary_ips, *taken)
    interface.ipv4_prefixes = (*interface.ipv4_prefixes, *prefixes)
    return {
        "AssignedPrivateIpAddressesSet": {
            "NetworkInterfaceId": interface.id,
            "PrivateIpSet": {"PrivateIpAddress": taken},
            "Ipv4PrefixSet": {"Ipv4Prefixes": list(prefixes)},
        }
    }


@action(
    "Ecs",
    "UnassignPrivateIpAddresses",
    effect="write",
    required="NetworkInterfaceId",
    optional="PrivateIpAddress.N Ipv4Prefix.N",
    resource="NetworkInterfaceId",
)
def unassign_private_ip_addresses(call: Call) -> Answer:
    """Take private addresses away; they are free after a while."""
    interface, vswitch = _usable(call)
    gone, prefixes = set(call.texts("PrivateIpAddress")), set(call.texts("Ipv4Prefix"))
    if not gone and not prefixes:
        raise MISSING.error(name="PrivateIpAddress")
    if not gone <= set(interface.secondary_ips) or not prefixes <= set(interface.ipv4_prefixes):
        raise NOT_ASSIGNED.error()
    call.checked()
    book = call.world.part(Addresses)
    for address in sorted(gone):
        book.release(vswitch.id, address)
    addresses.release_prefixes(call, vswitch.id, sorted(prefixes))
    interface.secondary_ips = tuple(a for a in interface.secondary_ips if a not in gone)
    interface.ipv4_prefixes = tuple(p for p in interface.ipv4_prefixes if p not in prefixes)
    return {}


@action(
    "Ecs",
    "AssignIpv6Addresses",
    effect="write",
    required="NetworkInterfaceId",
    optional="Ipv6Address.N Ipv6AddressCount Ipv6Prefix.N Ipv6PrefixCount",
    resource="NetworkInterfaceId",
    token=True,
)
def assign_ipv6_addresses(call: Call) -> Answer:
    """Add IPv6 addresses or prefixes of them."""
    interface, vswitch = _usable(call)
    room = addresses.MOST_IPV6 - len(interface.ipv6s)
    listed, count = addresses.checked_count(call, "Ipv6Address", "Ipv6AddressCount", room)
    blocks = addresses.checked_count(call, "Ipv6Prefix", "Ipv6PrefixCount", addresses.MOST_PREFIXES)
    if not listed and not count and not any(blocks):
        raise MISSING.error(name="Ipv6Address")
    addresses.demand_ipv6(call, vswitch, listed, count)
    instance = _instance(call, interface)
    if instance is not None:
        if not instance.type.family.ipv6:
            raise refusals.NO_IPV6.error()
        if len(interface.ipv6s) + len(listed) + count > instance.type.family.ipv6:
            raise IPV6_EXCEEDED.error()
    prefixes = addresses.found_ipv6_prefixes(call, vswitch, *blocks)
    call.checked()
    taken = addresses.take_ipv6(call, vswitch, interface.id, listed, count)
    interface.ipv6s = (*interface.ipv6s, *taken)
    interface.ipv6_prefixes = (*interface.ipv6_prefixes, *prefixes)
    return {
        "NetworkInterfaceId": interface.id,
        "Ipv6Sets": {"Ipv6Address": list(taken)},
        "Ipv6PrefixSets": {"Ipv6Prefix": list(prefixes)},
    }


@action(
    "Ecs",
    "UnassignIpv6Addresses",
    effect="write",
    required="NetworkInterfaceId",
    optional="Ipv6Address.N Ipv6Prefix.N",
    resource="NetworkInterfaceId",
)
def unassign_ipv6_addresses(call: Call) -> Answer:
    """Take IPv6 addresses away."""
    interface, vswitch = _usable(call)
    gone, prefixes = set(call.texts("Ipv6Address")), set(call.texts("Ipv6Prefix"))
    if not gone and not prefixes:
        raise MISSING.error(name="Ipv6Address")
    if not gone <= set(interface.ipv6s) or not prefixes <= set(interface.ipv6_prefixes):
        raise NOT_ASSIGNED.error()
    call.checked()
    for address in sorted(gone):
        call.world.part(Addresses).release(vswitch.id, address)
    interface.ipv6s = tuple(each for each in interface.ipv6s if each not in gone)
    interface.ipv6_prefixes = tuple(p for p in interface.ipv6_prefixes if p not in prefixes)
    return {}
