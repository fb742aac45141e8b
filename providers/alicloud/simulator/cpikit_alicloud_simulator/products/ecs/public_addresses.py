"""Public IPv4 addresses, each given out once in a world."""

from __future__ import annotations

from ipaddress import IPv4Network

from attrs import define

from cpikit_alicloud_simulator.world import World

# RFC 2544: for tests of networks, never routed; large enough for each to be given out once.
_BLOCK = IPv4Network("198.18.0.0/15")


@define(eq=False)
class PublicAddresses:
    """Which address comes next."""

    world: World
    given: int = 0

    def next(self) -> str:
        """Give an address that nobody had before."""
        self.given = self.given % (_BLOCK.num_addresses - 2) + 1
        return str(_BLOCK[self.given])


def new_public_address(world: World) -> str:
    """Give a public address; elastic ones come from here too."""
    return world.part(PublicAddresses).next()
