"""create_vm's networks as interfaces of a VM: which share one, in which order, on which vSwitches.

Nothing here asks the cloud but `vswitches` and `group_ids`.
"""

from __future__ import annotations

from ipaddress import ip_address

from attrs import frozen

from cpikit.errors import CpiError
from cpikit.operations import Effect
from cpikit_alicloud.placement import VSwitch, Wish

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from cpikit.types import Network
    from cpikit_alicloud.properties.network import NetworkProperties
    from cpikit_alicloud.session import Session

    Networks = Mapping[str, Network[NetworkProperties]]

_GROUP_ID = "sg-"
_V4, _V6 = 4, 6
_WHOLE = {_V4: 32, _V6: 128}


@frozen
class Nic:
    """One interface: its networks, and its addresses; the first IPv4 address is the primary one."""

    networks: tuple[str, ...]
    vswitch_ids: tuple[str, ...]
    groups: tuple[str, ...]
    ipv4: tuple[str, ...] = ()
    ipv6: tuple[str, ...] = ()
    ipv4_prefixes: tuple[str, ...] = ()
    ipv6_prefixes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The first of its networks."""
        return self.networks[0]

    @property
    def is_plain(self) -> bool:
        """Whether at most one IPv4 address is all that it is given."""
        return not (self.ipv4[1:] or self.ipv6 or self.ipv4_prefixes or self.ipv6_prefixes)


@frozen
class Plan:
    """The interfaces, the primary one first, and the vips by network name."""

    nics: tuple[Nic, ...]
    vips: Mapping[str, str]

    @property
    def needs_macs(self) -> bool:
        """Whether the agent has to be told which interface is which network."""
        return len(self.nics) > 1

    @property
    def ips(self) -> tuple[str, ...]:
        """Every address that was asked for by name."""
        return tuple(ip for nic in self.nics for ip in (*nic.ipv4, *nic.ipv6))


def plan(networks: Networks, vm_groups: Sequence[str]) -> Plan:
    """Divide the networks over interfaces. Raises CpiError with everything that is wrong.

    Networks with equal nic_group share one (bosh network_settings.rb). The interface with the
    default gateway comes first, since ECS makes the first one the primary.
    """
    problems: list[str] = []
    together: dict[str, list[str]] = {}
    vips = {}
    for name, network in networks.items():
        if network.type == "vip":
            vips[name] = network.ip or ""
            if not network.ip:
                problems.append(f"vip network {name!r} has no ip")
        elif network.type in ("manual", "dynamic"):
            together.setdefault(network.nic_group or f"\0{name}", []).append(name)
            problems += _problems(name, network, vm_groups)
        else:
            problems.append(f"network {name!r} is {network.type!r}, wanted manual, dynamic or vip")
    if not together:
        problems.append("no manual or dynamic network: a VM needs one")
    problems += _doubled(networks)
    if problems:
        raise CpiError(f"networks: {'; '.join(problems)}")
    nics = [_nic(names, networks, vm_groups) for names in together.values()]
    gateways = [any("gateway" in networks[n].default for n in nic.networks) for nic in nics]
    order = sorted(range(len(nics)), key=lambda place: (not gateways[place], place))
    return Plan(tuple(nics[place] for place in order), vips)


def wishes(nics: Iterable[Nic], known: Mapping[str, VSwitch]) -> list[Wish]:
    """What placement has to find a vSwitch for; those not looked up are known by id alone."""
    return [
        Wish(
            nic.name,
            tuple(known.get(id_, VSwitch(id_)) for id_ in nic.vswitch_ids),
            (*nic.ipv4, *nic.ipv6),
        )
        for nic in nics
    ]


def vswitches(session: Session, ids: Sequence[str]) -> dict[str, VSwitch]:
    """Zone and range of each vSwitch: one call for one, a second one for all the others' VPC.

    Raises CpiError naming those that do not exist.
    """
    found: dict[str, VSwitch] = {}
    for id_ in ids:
        if id_ not in found:
            vpc = next((vswitch.vpc for vswitch in found.values()), "")
            by = {"VpcId": vpc} if vpc and len(ids) > 2 else {"VSwitchId": id_}  # noqa: PLR2004  # as above
            rows = session.client.listed("Vpc", "DescribeVSwitches", by, "VSwitches", "VSwitch")
            found.update((vswitch.id, vswitch) for vswitch in map(_vswitch, rows))
    missing = [id_ for id_ in ids if id_ not in found]
    if missing:
        raise CpiError(
            f"vSwitch {', '.join(missing)} does not exist in {session.client.region}: correct "
            "vswitch_id of the network"
        )
    return found


def group_ids(session: Session, groups: Iterable[str], vpc: str = "") -> dict[str, str]:
    """The id of each security group that is given by name. Raises CpiError for none or several."""
    ids: dict[str, str] = {}
    for name in dict.fromkeys(groups):
        if name.startswith(_GROUP_ID):
            continue
        rows = session.client.listed(
            "Ecs",
            "DescribeSecurityGroups",
            {"SecurityGroupName": name, "VpcId": vpc or None},
            "SecurityGroups",
            "SecurityGroup",
            effect=Effect.READ,
        )
        found = [str(r["SecurityGroupId"]) for r in rows if r.get("SecurityGroupName") == name]
        if len(found) != 1:
            told = f"is ambiguous: {', '.join(found)}" if found else "does not exist"
            raise CpiError(f"security group {name!r} {told}; name it by its id")
        ids[name] = found[0]
    return ids


def is_group_name(group: str) -> bool:
    """Whether this is a name, and no id."""
    return not group.startswith(_GROUP_ID)


def _problems(
    name: str, network: Network[NetworkProperties], vm_groups: Sequence[str]
) -> Iterable[str]:
    properties = network.cloud_properties
    if not properties.vswitch_id:
        yield f"network {name!r} has no vswitch_id in its cloud_properties"
    if not (vm_groups or properties.security_group_ids or properties.security_group_id):
        yield f"network {name!r} has no security_group_ids, and the VM has none either"
    if network.type == "manual" and not network.ip:
        yield f"manual network {name!r} has no ip"
    if network.ip and network.type == "manual":
        try:
            address = ip_address(network.ip)
            if network.prefix and not 0 < int(network.prefix) <= _WHOLE[address.version]:
                yield f"network {name!r}: prefix {network.prefix!r} fits no {network.ip}"
        except ValueError:
            yield f"network {name!r}: ip {network.ip!r} or prefix {network.prefix!r} is malformed"


def _doubled(networks: Networks) -> Iterable[str]:
    """What a VM can have but once: a vip, since it is bound to the primary address, and each ip."""
    vips = [name for name, network in networks.items() if network.type == "vip"]
    if len(vips) > 1:
        yield (
            f"vip networks {', '.join(map(repr, vips))}: a VM has {len(vips)}, wanted one, since "
            "an address takes a single EIP: leave the others out"
        )
    by_ip: dict[str, list[str]] = {}
    for name, network in networks.items():
        if network.type == "manual" and network.ip:
            by_ip.setdefault(network.ip, []).append(name)
    for ip, names in by_ip.items():
        if len(names) > 1:
            told = ", ".join(map(repr, names))
            yield f"networks {told} have the same ip {ip}, wanted one address for each"


def _nic(names: Sequence[str], networks: Networks, vm_groups: Sequence[str]) -> Nic:
    ips: dict[tuple[int, bool], list[str]] = {}
    groups: list[str] = []
    allowed: list[str] | None = None
    for name in names:
        network = networks[name]
        properties = network.cloud_properties
        single = [properties.security_group_id] if properties.security_group_id else []
        groups += [*single, *(vm_groups or properties.security_group_ids)]
        offered = list(properties.vswitch_id)
        allowed = offered if allowed is None else [id_ for id_ in allowed if id_ in offered]
        if network.type == "manual" and network.ip:
            version = ip_address(network.ip).version
            is_prefix = bool(network.prefix) and int(network.prefix or 0) < _WHOLE[version]
            text = f"{network.ip}/{network.prefix}" if is_prefix else network.ip
            ips.setdefault((version, is_prefix), []).append(text)
    if not allowed:
        raise CpiError(
            f"networks {', '.join(names)} share a nic_group and have no vSwitch in common"
        )
    return Nic(
        networks=tuple(names),
        vswitch_ids=tuple(dict.fromkeys(allowed)),
        groups=tuple(dict.fromkeys(groups)),
        ipv4=tuple(ips.get((_V4, False), ())),
        ipv6=tuple(ips.get((_V6, False), ())),
        ipv4_prefixes=tuple(ips.get((_V4, True), ())),
        ipv6_prefixes=tuple(ips.get((_V6, True), ())),
    )


def _vswitch(row: Mapping[str, Any]) -> VSwitch:
    return VSwitch(
        id=str(row.get("VSwitchId", "")),
        zone=str(row.get("ZoneId", "")),
        cidr=str(row.get("CidrBlock") or ""),
        ipv6_cidr=str(row.get("Ipv6CidrBlock") or ""),
        vpc=str(row.get("VpcId", "")),
    )
