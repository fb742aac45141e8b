"""Check the private addresses that new instances ask for."""

from __future__ import annotations

import ipaddress

from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.knobs import Knob
from cpikit_alicloud_simulator.products.ecs.launch_plan import InterfacePlan
from cpikit_alicloud_simulator.products.vpc.addresses import Addresses
from cpikit_alicloud_simulator.products.vpc.vswitches import VSwitch
from cpikit_alicloud_simulator.refusal import Refusal

ADDRESS_TAKEN = Knob(
    "ecs.address_taken",
    "InvalidPrivateIpAddress.Duplicated",
    (
        "InvalidPrivateIpAddress.Duplicated",
        "InvalidIp.IpAssigned",
        "InvalidIPAddress.AlreadyUsed",
    ),
    "The error when PrivateIpAddress is not free.",
    "unverified: the tables of RunInstances and CreateInstance have several",
)

ADDRESS_MALFORMED = Refusal(
    400, "InvalidPrivateIpAddress.Malformed", "The PrivateIpAddress is malformed."
)
ADDRESS_OUTSIDE = Refusal(
    403, "InvalidVSwitchId.IpInvalid", "The private ip is not in the VSwitch."
)
ADDRESS_RESERVED = Refusal(400, "InvalidPrivateIpAddress", "The private ip belongs to the system.")
ADDRESS_NOT_FREE = Refusal(400, "{code}", "The private ip {address} is not free.")
INTERFACE_ADDRESS = Refusal(403, "InvalidIp.Address", "The specified ip is not in the VSwitch.")
INTERFACE_TAKEN = Refusal(403, "InvalidIp.IpAssigned", "The specified ip is already assigned.")
REPEATED = Refusal(403, "InvalidIp.IpRepeated", "The specified ip is repeated.")
NO_ADDRESSES = Refusal(
    400, "QuotaExceeded.PrivateIpAddress", "Insufficient private IP addresses in the VSwitch."
)


def demand_addresses(
    call: Call, plans: list[InterfacePlan], count: int, *, by_interface: bool
) -> None:
    """Raise when an address is wrong or taken, or when a vSwitch has too few left."""
    addresses = call.world.part(Addresses)
    wanted: dict[str, int] = {}
    named: set[str] = set()
    for plan in plans:
        if plan.existing is not None:
            continue
        wanted[plan.vswitch.id] = wanted.get(plan.vswitch.id, 0) + count * (
            plan.secondary_count + 1
        )
        for address in consecutive(plan.address, count):
            if address in named:
                raise REPEATED.error()
            named.add(address)
            _demand_address(call, plan.vswitch, address, by_interface=by_interface)
        for given in plan.ipv6s:
            if count > 1 or given in named:
                raise REPEATED.error()
            named.add(given)
            _demand_ipv6(call, plan.vswitch, given)
    for vswitch_id, needed in wanted.items():
        if addresses.free(vswitch_id) < needed:
            raise NO_ADDRESSES.error()


def _demand_address(call: Call, vswitch: VSwitch, address: str, *, by_interface: bool) -> None:
    addresses = call.world.part(Addresses)
    if ipaddress.IPv4Address(address) not in ipaddress.IPv4Network(vswitch.cidr_block):
        raise (INTERFACE_ADDRESS if by_interface else ADDRESS_OUTSIDE).error()
    if not addresses.belongs(vswitch.id, address):
        raise (INTERFACE_ADDRESS if by_interface else ADDRESS_RESERVED).error()
    if addresses.holder(vswitch.id, address) is not None:
        if by_interface:
            raise INTERFACE_TAKEN.error()
        raise ADDRESS_NOT_FREE.error(code=call.knob(ADDRESS_TAKEN), address=address)


def _demand_ipv6(call: Call, vswitch: VSwitch, given: str) -> None:
    try:
        address = ipaddress.IPv6Address(given)
    except ValueError as error:
        raise INTERFACE_ADDRESS.error() from error
    if address not in ipaddress.IPv6Network(vswitch.ipv6_cidr_block):
        raise INTERFACE_ADDRESS.error()
    if call.world.part(Addresses).holder(vswitch.id, str(address)) is not None:
        raise INTERFACE_TAKEN.error()


def consecutive(address: str, count: int) -> list[str]:
    """Give so many addresses from this one on (RunInstances, PrivateIpAddress with Amount)."""
    if not address:
        return []
    try:
        first = ipaddress.IPv4Address(address)
        return [str(first + offset) for offset in range(count)]
    except ValueError as error:
        raise ADDRESS_MALFORMED.error() from error
