"""create_network: a subnet of the small cloud, which VMs name in their network's `subnet`."""

from __future__ import annotations

from cpikit.types import CreatedNetwork, NetworkCid
from cpikit_fake.marks import STATE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cpikit.types import NetworkDefinition
    from cpikit_fake.client import Client, Resource
    from cpikit_fake.making import Making
    from cpikit_fake.properties.subnet import SubnetProperties


def create(
    client: Client,
    making: Making,
    definition: NetworkDefinition[SubnetProperties],
    remove: Callable[[str], None],
    default_zone: str,
) -> CreatedNetwork:
    """Make a subnet, and say which addresses it has."""
    tags = making.marks()
    made: Resource = {}

    def send(token: str) -> str:
        made.update(
            client.create_subnet(
                f"subnet {definition.range or definition.netmask_bits}",
                token=token,
                range=definition.range,
                bits=definition.netmask_bits,
                gateway=definition.gateway,
                zone=definition.cloud_properties.zone or default_zone,
                tags=tags,
            )
        )
        return str(made["id"])

    cid = making.make(
        "network",
        send,
        lambda: client.subnets(tags={STATE: tags[STATE]}),
        remove,
    )
    addresses = {key: made[key] for key in ("range", "gateway", "reserved")}
    return CreatedNetwork(NetworkCid(cid), addresses, {"subnet": cid})
