"""create_network and delete_network: vSwitches that the Director manages.

Source: VPC 2016-04-28, CreateVSwitch, DeleteVSwitch, DescribeVSwitches, DescribeVpcs.
"""

from __future__ import annotations

from ipaddress import IPv4Network, ip_network

from cpikit.errors import CloudError, CpiError, NotSupported
from cpikit.faults import FaultKind
from cpikit.operations import Effect, FaultError
from cpikit.types import CreatedNetwork, NetworkCid
from cpikit.waiting import Seen, wait_until
from cpikit_alicloud import tags

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from cpikit.types import NetworkDefinition
    from cpikit_alicloud.properties.subnet import SubnetProperties
    from cpikit_alicloud.session import Session

    Definition = NetworkDefinition[SubnetProperties]

_SMALLEST, _LARGEST = 29, 16  # bits of a vSwitch  # VPC CreateVSwitch, CidrBlock
_TAKEN = frozenset(("InvalidCidrBlock.Overlapped", "InvalidVSwitch.CidrBlockOverlapped"))
_AT_THE_END = 3  # addresses that the cloud keeps, beside the first one  # the same page
_V4_BITS = 32
_TURNS = 5  # how often somebody else may be quicker at the same range


def create_network(session: Session, definition: Definition) -> CreatedNetwork:
    """A vSwitch of the range asked for, or of the first free one of its size in the VPC.

    There is no key to tell a repetition by: it is tagged as unclaimed, and two equal requests are
    two vSwitches, or the second one is refused where it names a range.
    """
    properties = definition.cloud_properties
    zone = properties.availability_zone or session.config.availability_zone
    _check(definition, zone)
    vpc_id = str(properties.vpc_id)
    refused: list[str] = []  # held by vSwitches that the list does not show yet
    for turn in range(_TURNS):
        cidr = _range(session, definition, vpc_id, refused)
        try:
            id_ = _create(session, definition, zone, cidr, turn)
            break
        except FaultError as error:
            if definition.range or error.fault.code not in _TAKEN:
                raise
            refused.append(cidr)
    else:
        raise CloudError(f"no range of {definition.netmask_bits} bits stayed free in {vpc_id}")
    session.context.undo.push(f"vSwitch {id_}", lambda: delete_network(session, NetworkCid(id_)))

    def look() -> Seen[None]:
        status = _status(session, id_)
        return Seen(status or "not listed", done=status == "Available")

    _await(session, id_, look, "Available")
    handed_on: dict[str, Any] = {"vswitch_id": id_, "availability_zone": zone}
    if properties.security_group_ids:
        handed_on["security_group_ids"] = properties.security_group_ids
    return CreatedNetwork(NetworkCid(id_), _addresses(definition, cidr), handed_on)


def delete_network(session: Session, network_cid: NetworkCid) -> None:
    """Delete the vSwitch and wait until it is gone; one that is gone already is a success.

    One that was made a moment ago is listed before it can be deleted: then it is asked for again.
    """
    is_accepted = _delete(session, network_cid)

    def look() -> Seen[None]:
        nonlocal is_accepted
        status = _status(session, network_cid)
        if status and not is_accepted:
            is_accepted = _delete(session, network_cid)
        return Seen(status or "not listed", done=not status)

    _await(session, network_cid, look, "gone")


def _delete(session: Session, id_: str) -> bool:
    """Whether the cloud knew the vSwitch, and deletes it."""
    try:
        session.client.call(
            "Vpc",
            "DeleteVSwitch",
            {"VSwitchId": id_},
            effect=Effect.IDEMPOTENT,
            resource=id_,
            kind="network",
        )
    except FaultError as error:
        if error.fault.kind is not FaultKind.NOT_FOUND:
            raise
        return False
    return True


def first_free(vpc: Iterable[str], taken: Iterable[str], bits: int) -> str | None:
    """The first range of that many bits in the VPC's ranges that overlaps none that is taken."""
    used = [network for network in map(_v4, taken) if network is not None]
    for block in filter(None, map(_v4, vpc)):
        if block.prefixlen > bits:
            continue
        for found in block.subnets(new_prefix=bits):
            if not any(found.overlaps(network) for network in used):
                return str(found)
    return None


def _check(definition: Definition, zone: str) -> None:
    problems = []
    if definition.type != "manual":
        raise NotSupported(f"create_network of type {definition.type!r}: only manual is served")
    if not definition.cloud_properties.vpc_id:
        problems.append("cloud_properties.vpc_id is required, not set")
    if not zone:
        problems.append("cloud_properties.availability_zone is required, not set")
    bits = definition.netmask_bits
    if definition.range:
        network = _v4(definition.range)
        if network is None:
            problems.append(f"range {definition.range!r} is no IPv4 range such as 10.0.1.0/24")
        bits = network.prefixlen if network else None
        problems += _gateway_problems(definition.gateway, network)
    elif bits is None:
        problems.append("one of range and netmask_bits is required")
    if bits is not None and not _LARGEST <= bits <= _SMALLEST:
        problems.append(f"a vSwitch has {_LARGEST} to {_SMALLEST} bits, found {bits}")
    if problems:
        raise CpiError(f"create_network: {'; '.join(problems)}")


def _gateway_problems(gateway: str | None, network: IPv4Network | None) -> list[str]:
    if not gateway or network is None:
        return []
    address = _v4(gateway)
    if address is None or address.prefixlen < _V4_BITS or not address.subnet_of(network):
        return [f"gateway {gateway!r} is no address of the range {network}"]
    return []


def _range(session: Session, definition: Definition, vpc_id: str, refused: Iterable[str]) -> str:
    if definition.range:
        return str(ip_network(definition.range, strict=False))
    vpcs = session.client.listed("Vpc", "DescribeVpcs", {"VpcId": vpc_id}, "Vpcs", "Vpc")
    if not vpcs:
        raise CloudError(f"VPC {vpc_id} does not exist in {session.client.region}")
    more = (vpcs[0].get("SecondaryCidrBlocks") or {}).get("SecondaryCidrBlock") or ()
    rows = session.client.listed(
        "Vpc", "DescribeVSwitches", {"VpcId": vpc_id}, "VSwitches", "VSwitch"
    )
    taken = [*refused, *(str(row.get("CidrBlock")) for row in rows)]
    found = first_free([str(vpcs[0].get("CidrBlock")), *more], taken, definition.netmask_bits or 0)
    if found is None:
        raise CloudError(f"VPC {vpc_id} has no free range of {definition.netmask_bits} bits left")
    return found


def _create(session: Session, definition: Definition, zone: str, cidr: str, turn: int) -> str:
    properties = definition.cloud_properties
    context = session.context
    kept, _ = tags.user_tags(properties.tags)
    marks = tags.marks(
        director=context.director_uuid,
        state=tags.state(request_id=context.request_id, at_s=session.client.now_s()),
    )
    parameters = {
        "VpcId": properties.vpc_id,
        "ZoneId": zone,
        "CidrBlock": cidr,
        "VSwitchName": properties.vswitch_name,
        "Ipv6CidrBlock": properties.ipv6_cidr_block,
        "Tag": tags.as_parameter({**kept, **marks}),
    }
    answer = session.client.call(
        "Vpc",
        "CreateVSwitch",
        {**parameters, "ClientToken": session.client.token("vswitch", turn, parameters)},
        effect=Effect.TOKENED,
        resource=f"vSwitch {cidr}",
        kind="network",
    )
    return str(answer["VSwitchId"])


def _status(session: Session, id_: str) -> str:
    rows = session.client.listed(
        "Vpc", "DescribeVSwitches", {"VSwitchId": id_}, "VSwitches", "VSwitch"
    )
    return next((str(row.get("Status")) for row in rows if row.get("VSwitchId") == id_), "")


def _await(session: Session, id_: str, look: Callable[[], Seen[None]], wanted: str) -> None:
    wait_until(
        session.context.clock,
        look,
        what=f"vSwitch {id_}",
        wanted=wanted,
        deadline_s=session.config.waits.vswitch_s,
    )


def _addresses(definition: Definition, cidr: str) -> dict[str, Any]:
    """Range, gateway, and what the cloud keeps: the first address and the last three."""
    network = IPv4Network(cidr)
    last = int(network.broadcast_address)
    kept = [str(type(network.network_address)(last - back)) for back in range(_AT_THE_END)]
    gateway = definition.gateway or kept[-1]
    reserved = [ip for ip in reversed(kept[1:]) if ip != gateway]
    return {"range": cidr, "gateway": gateway, "reserved": reserved}


def _v4(text: str) -> IPv4Network | None:
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return None
    return network if isinstance(network, IPv4Network) else None
