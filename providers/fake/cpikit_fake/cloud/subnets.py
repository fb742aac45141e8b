"""The cloud's operations on subnets."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from cpikit_fake.cloud.failures import CloudFailure
from cpikit_fake.cloud.world import ZONES, World, check_tags, matches

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_POOL = IPv4Network("10.128.0.0/9")  # where ranges come from when only their size is asked for
_FIRST_FREE = 4  # the network's own address, the gateway, and two that the cloud keeps


def create_subnet(world: World, **wanted: Any) -> dict[str, Any]:
    """Make a subnet of that range, or of the next free one with that many bits."""
    made = world.made_by(wanted["token"])
    if made is None:
        check_tags(wanted["tags"])
        if wanted["zone"] not in ZONES:
            raise CloudFailure("NoSuchZone", f"zone {wanted['zone']!r} is none of {ZONES}")
        network = _range(world, wanted["range"], wanted["bits"])
        gateway = _gateway(network, wanted["gateway"])
        values = {"range": str(network), "gateway": gateway, "zone": wanted["zone"]}
        made = world.make("subnets", "Available", wanted["token"], tags=wanted["tags"], **values)[
            "id"
        ]
    subnet = world.find("subnets", made)
    reserved = [str(ip_network(subnet["range"])[2]), str(ip_network(subnet["range"])[3])]
    return {
        "id": made,
        "range": subnet["range"],
        "gateway": subnet["gateway"],
        "reserved": reserved,
    }


def delete_subnet(world: World, subnet: str) -> dict[str, Any]:
    """Delete it, unless a server is in it."""
    found = world.find("subnets", subnet)
    for server in world.state["servers"].values():
        if any(one["subnet"] == subnet for nic in server["nics"] for one in nic["addresses"]):
            raise CloudFailure(
                "SubnetInUse", f"{subnet} is in use by {server['id']}", resource=subnet
            )
    world.begin(found, "Deleting", "Gone", 0)
    return {}


def describe_subnets(
    world: World, ids: list[str] | None = None, tags: dict[str, str] | None = None
) -> dict[str, Any]:
    """The subnets that fit both filters."""
    return {"subnets": [one for one in world.visible("subnets", ids) if matches(one, ids, tags)]}


def check_inside(subnet: dict[str, Any], ip: str) -> None:
    """Raise CloudFailure for an address that the subnet does not have for servers."""
    if ip_address(ip) not in ip_network(subnet["range"]):
        raise CloudFailure(
            "AddressOutside", f"address {ip} is not in {subnet['id']} ({subnet['range']})"
        )
    if ip == subnet["gateway"]:
        raise CloudFailure("AddressInUse", f"address {ip} is the gateway of {subnet['id']}")


def hosts(subnet: dict[str, Any]) -> Iterator[str]:
    """The addresses that servers may have, in order."""
    network = ip_network(subnet["range"])
    for number in range(_FIRST_FREE, min(network.num_addresses - 1, 1 << 16)):
        yield str(network[number])


def _range(world: World, text: str | None, bits: int | None) -> IPv4Network | IPv6Network:
    if text is not None:
        try:
            network = ip_network(text)
        except ValueError as error:
            raise CloudFailure("BadRange", f"range {text!r} is no network: {error}") from error
        if network.num_addresses <= _FIRST_FREE:
            raise CloudFailure("BadRange", f"range {text} has no address for a server")
        return network
    if bits is None or not _POOL.prefixlen <= bits <= 29:  # noqa: PLR2004  # a /29 has 8 addresses
        raise CloudFailure(
            "BadRange", f"netmask bits are {bits}, wanted {_POOL.prefixlen} to 29, or a range"
        )
    taken = [ip_network(one["range"]) for one in world.state["subnets"].values()]
    for network in _POOL.subnets(new_prefix=bits):
        if not any(network.version == one.version and network.overlaps(one) for one in taken):
            return network
    raise CloudFailure("NoRangeLeft", f"no range of {bits} bits is left in {_POOL}")


def _gateway(network: IPv4Network | IPv6Network, text: str | None) -> str:
    if text is None:
        return str(network[1])
    try:
        inside = ip_address(text) in network
    except ValueError:
        inside = False
    if not inside:
        raise CloudFailure("BadGateway", f"gateway {text!r} is not in {network}")
    return text
