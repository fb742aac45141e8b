"""Rules about networks that the Director manages."""

from cpikit_contracts import samples
from cpikit_contracts.lives import NETWORK
from cpikit_contracts.promises import created_network
from cpikit_contracts.rules import LIFECYCLE, MUST, SHOULD, rule
from cpikit_contracts.scenario import Scenario


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
    wanted = samples.network_with_range(s)
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
    result = s.succeeded(s.call("create_network", samples.network(s)), "create_network")
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
        wanted = samples.network(s)
        network = s.needed_cid(s.call("create_network", wanted))
        s.succeeded(s.call("delete_network", network), "delete_network")
    answer = s.call("delete_network", s.unknown("network"))
    s.want(
        answer.succeeded or answer.is_error("NetworkNotFound"),
        f"delete_network of a missing network answered {answer}",
    )
