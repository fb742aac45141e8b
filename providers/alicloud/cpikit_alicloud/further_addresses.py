"""Further addresses and prefixes of the primary interface, which RunInstances cannot give.

Source: ECS 2014-05-26, AssignPrivateIpAddresses, AssignIpv6Addresses, DescribeNetworkInterfaces.
"""

from __future__ import annotations

from cpikit.errors import VMCreationFailed
from cpikit.operations import Effect, FaultError
from cpikit_alicloud import addresses, interfaces

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from cpikit_alicloud.networks import Nic
    from cpikit_alicloud.session import Session

    Wanted = tuple[Sequence[str], Sequence[str], Sequence[str]]

_PAUSE_S = 2.0
_SETS = (
    ("PrivateIpSets", "PrivateIpSet", "PrivateIpAddress"),
    ("Ipv4PrefixSets", "Ipv4PrefixSet", "Ipv4Prefix"),
    ("Ipv6PrefixSets", "Ipv6PrefixSet", "Ipv6Prefix"),
)


def assign(session: Session, agent_id: str, id_: str, nic: Nic) -> None:
    """Give the interface all that its networks name; what it has already is fine.

    "Taken" may mean by this very interface, after a lost answer, or by somebody else: so the
    interface is looked at then, and what is missing is freed as RunInstances' address would be.
    Raises VMCreationFailed when somebody else keeps it.
    """
    wanted: Wanted = (nic.ipv4[1:], nic.ipv4_prefixes, nic.ipv6_prefixes)
    deadline_s = session.context.clock.monotonic_s() + session.config.waits.address_s
    while True:
        try:
            _send(session, id_, *wanted)
        except FaultError as error:
            if error.fault.code not in addresses.DUPLICATE:
                raise
            row = interfaces.by_id(session, id_)
            had = _addresses(row)
            wanted = _without(wanted, had)
            if not any(wanted):
                return
            reason = _freed(session, agent_id, wanted, str(row.get("VSwitchId")))
            if reason and session.context.clock.monotonic_s() >= deadline_s:
                raise VMCreationFailed(f"{reason}, wanted free", ok_to_retry=True) from error
            session.context.clock.sleep(_PAUSE_S)
        else:
            return


def _send(
    session: Session,
    id_: str,
    ipv4: Sequence[str],
    ipv4_prefixes: Sequence[str],
    ipv6_prefixes: Sequence[str],
) -> None:
    if ipv4 or ipv4_prefixes:
        _call(
            session,
            "AssignPrivateIpAddresses",
            id_,
            PrivateIpAddress=list(ipv4) or None,
            Ipv4Prefix=list(ipv4_prefixes) or None,
        )
    if ipv6_prefixes:
        _call(session, "AssignIpv6Addresses", id_, Ipv6Prefix=list(ipv6_prefixes))


def _call(session: Session, action: str, id_: str, **more: object) -> None:
    session.client.call(
        "Ecs",
        action,
        {"NetworkInterfaceId": id_, **more},
        effect=Effect.IDEMPOTENT,  # a second one is told that they are taken
        resource=id_,
    )


def _addresses(row: Mapping[str, Any]) -> set[str]:
    """All addresses and prefixes that an interface has."""
    return {
        str(one.get(key))
        for whole, part, key in _SETS
        for one in (row.get(whole) or {}).get(part, ())
    }


def _without(wanted: Wanted, had: set[str]) -> Wanted:
    ipv4, ipv4_prefixes, ipv6_prefixes = (
        tuple(one for one in values if one not in had) for values in wanted
    )
    return ipv4, ipv4_prefixes, ipv6_prefixes


def _freed(
    session: Session, agent_id: str, wanted: Sequence[Sequence[str]], vswitch_id: str
) -> str:
    """What still stands in the way of those addresses, "" for nothing."""
    reasons = []
    for ip in (ip for values in wanted for ip in values):
        try:
            reasons.append(addresses.free(session, ip, vswitch_id, agent_id))
        except addresses.Sibling as sibling:  # it came late, and is on its way out
            reasons.append(f"address {ip} is held by {sibling.vm_cid} of the same agent")
    return "; ".join(filter(None, reasons))
