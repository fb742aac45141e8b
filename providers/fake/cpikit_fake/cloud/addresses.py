"""The addresses of servers: who holds one, and the next free one."""

from __future__ import annotations

from cpikit_fake.cloud.failures import CloudFailure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cpikit_fake.cloud.world import World

_POOL = "10.254"  # where dynamic addresses come from when no subnet is named


def check_free(world: World, address: dict[str, Any]) -> None:
    """Raise CloudFailure when the address is held, malformed, or outside of its subnet.

    One that is to be chosen (`ip` is None) needs its subnet only.
    """
    subnet = None
    if address["subnet"] is not None:
        subnet = world.find("subnets", address["subnet"])
    if address["ip"] is None:
        return
    if subnet is not None:
        from cpikit_fake.cloud.subnets import check_inside  # ipaddress costs 2 ms

        check_inside(subnet, address["ip"])
    holder = _holders(world).get(_key(address))
    if holder is not None:
        raise CloudFailure(
            "AddressInUse", f"address {address['ip']} is held by {holder}", resource=holder
        )


def assign(world: World, address: dict[str, Any]) -> None:
    """Choose an address where one is to be chosen."""
    if address["ip"] is not None:
        return
    if address["subnet"] is not None:
        from cpikit_fake.cloud.subnets import hosts

        free = iter(hosts(world.find("subnets", address["subnet"])))
    else:
        free = (f"{_POOL}.{number >> 8}.{number & 255}" for number in range(4, 65_000))
    held = _holders(world)
    for ip in free:
        if (address["subnet"] or "", ip) not in held:
            address["ip"] = ip
            return
    raise CloudFailure("NoAddressLeft", f"no address is left in {address['subnet'] or _POOL}")


def _holders(world: World) -> dict[tuple[str, str], str]:
    """Who holds which address; a server that is not gone holds what it has."""
    return {
        _key(address): server["id"]
        for server in world.state["servers"].values()
        for address in [
            *(address for nic in server["nics"] for address in nic["addresses"]),
            *({"ip": ip, "prefix": None, "subnet": None} for ip in server["vips"]),
        ]
        if address["ip"] is not None
    }


def _key(address: dict[str, Any]) -> tuple[str, str]:
    ip = address["ip"]
    if ":" in ip:
        from ipaddress import ip_address  # one address has several spellings; 2 ms

        ip = ip_address(ip).compressed
        if address["prefix"] not in (None, "128"):
            ip = f"{ip}/{address['prefix']}"
    return (address["subnet"] or "", ip)
