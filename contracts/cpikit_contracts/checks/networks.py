"""Rules about networks that the Director manages."""

from typing import Any

from cpikit_contracts.promises import created_network
from cpikit_contracts.rules import LIFECYCLE, MUST, SHOULD, rule
from cpikit_contracts.scenario import Scenario

RANGE = {"range": "10.0.48.0/24", "gateway": "10.0.48.1"}
NETWORK = ("create_network", "delete_network")


def definition(s: Scenario) -> dict[str, Any]:
    """What create_network is told, with the profile's own properties."""
    given = s.profile.inputs["networks"].get("managed", {})
    bare = {key: value for key, value in given.items() if key not in RANGE}
    return {"type": "manual", "cloud_properties": {}, **bare}


def with_range(s: Scenario) -> dict[str, Any]:
    """The same with a range: the profile's, or one that the recorded Director asked for."""
    given = s.profile.inputs["networks"].get("managed", {})
    chosen = {key: given.get(key, RANGE[key]) for key in RANGE}
    return {**definition(s), **chosen}


@rule(
    "network.create-answers-three-things",
    SHOULD,
    LIFECYCLE,
    "create_network answers an id, an object of addresses and an object of cloud properties.",
    "stages/create_network.rb",
    checks=(103,),
    methods=NETWORK,
)
def three_things(s: Scenario) -> None:
    """Create a subnet with range and gateway."""
    wanted = with_range(s)
    result = s.succeeded(s.call("create_network", wanted), "create_network with a range")
    said = created_network(result)
    s.want(not said, f"create_network answered {result!r}: {said}")


@rule(
    "network.chooses-a-range",
    SHOULD,
    LIFECYCLE,
    "create_network with netmask_bits only names the range that it chose, and what is reserved.",
    "stages/create_network.rb",
    checks=(103,),
    methods=NETWORK,
)
def chooses_range(s: Scenario) -> None:
    """Create a subnet with netmask_bits alone."""
    result = s.succeeded(
        s.call("create_network", {**definition(s), "netmask_bits": 24}), "create_network"
    )
    said = created_network(result)
    s.want(not said, f"create_network answered {result!r}: {said}")
    address = result[1]
    for key, kind in (("range", str), ("gateway", str), ("reserved", list)):
        s.want(
            isinstance(address.get(key), kind),
            f"create_network chose a range and answered {address!r}",
        )


@rule(
    "network.delete-is-tolerant",
    MUST,
    LIFECYCLE,
    "delete_network succeeds, and of a missing network succeeds or says NetworkNotFound.",
    "orphan_network_manager.rb",
    checks=(104,),
    methods=("delete_network",),
    needs=("network",),
)
def delete_is_tolerant(s: Scenario) -> None:
    """Delete a network of our own, where one can be made, and the unknown one."""
    if "create_network" not in s.profile.gaps:
        wanted = {**definition(s), "netmask_bits": 24}
        network = s.needed_cid(s.call("create_network", wanted))
        s.succeeded(s.call("delete_network", network), "delete_network")
    answer = s.call("delete_network", s.unknown("network"))
    s.want(
        answer.succeeded or answer.is_error("NetworkNotFound"),
        f"delete_network of a missing network answered {answer}",
    )
