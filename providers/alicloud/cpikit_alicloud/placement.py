"""Where and as what a VM may be made: the candidates in their order, and why one is left out.

The order is documented (docs/alicloud.md): spot before on-demand, then the instance
types as they are listed, then the zones as they are listed. So an operator's first type is tried in
every zone before the second one is.
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from attrs import field, frozen

from cpikit.errors import CpiError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


@frozen
class VSwitch:
    """A subnet of one zone; the ranges are empty where nobody had to look them up."""

    id: str
    zone: str = ""
    cidr: str = ""
    ipv6_cidr: str = ""
    vpc: str = ""

    def holds(self, ip: str) -> bool:
        """Whether the address lies in one of its ranges."""
        address = ip_address(ip)
        return any(
            address in ip_network(cidr, strict=False)
            for cidr in (self.cidr, self.ipv6_cidr)
            if cidr
        )


@frozen
class Wish:
    """What one interface asks for: vSwitches that would do, and its own addresses if it has any."""

    name: str
    vswitches: tuple[VSwitch, ...]
    ips: tuple[str, ...] = ()

    def in_zone(self, zone: str) -> VSwitch | None:
        """The first vSwitch of that zone that holds all addresses."""
        for vswitch in self.vswitches:
            fits = not (vswitch.cidr or vswitch.ipv6_cidr) or all(map(vswitch.holds, self.ips))
            if fits and zone in ("", vswitch.zone or zone):
                return vswitch
        return None


@frozen
class Candidate:
    """One way to make the VM. `vswitches` has one for each interface, in their order."""

    instance_type: str
    zone: str
    vswitches: tuple[VSwitch, ...]
    is_spot: bool = False

    def __str__(self) -> str:
        where = self.zone or self.vswitches[0].id
        return f"{self.instance_type} in {where}{' (spot)' if self.is_spot else ''}"


@frozen
class Refusals:
    """Why candidates did not come about, one line each for the operator."""

    lines: list[str] = field(factory=list)

    def add(self, candidate: object, reason: str) -> None:
        """Note the reason."""
        self.lines.append(f"{candidate}: {reason}")

    def __str__(self) -> str:
        return "; ".join(self.lines)


def zones_for(
    wishes: Sequence[Wish], asked: Sequence[str], disk_zones: Mapping[str, str]
) -> tuple[str, ...]:
    """The zones in which every interface has a vSwitch and every disk can be attached.

    `asked` are those of availability_zone, in order of preference; without any, the order is that
    of the first interface's vSwitches. Raises CpiError that names what excluded each zone.
    """
    known = tuple(dict.fromkeys(v.zone for v in wishes[0].vswitches if v.zone))
    zones = tuple(dict.fromkeys(asked)) or known or ("",)
    reasons = []
    fitting = []
    for zone in zones:
        reason = _excluded(zone, wishes, disk_zones)
        if reason:
            reasons.append(f"{zone}: {reason}")
        else:
            fitting.append(zone)
    if fitting:
        return tuple(fitting)
    raise CpiError(
        f"no zone fits: {'; '.join(reasons)}; the zones of availability_zone, of the networks' "
        "vswitch_id and of the persistent disks have to have one in common"
    )


def candidates(
    types: Sequence[str], zones: Sequence[str], wishes: Sequence[Wish], purchases: Iterable[bool]
) -> list[Candidate]:
    """All ways to make the VM, best first. `purchases` are is_spot in their order."""
    found = []
    for is_spot in purchases:
        for instance_type in types:
            for zone in zones:
                chosen = [wish.in_zone(zone) for wish in wishes]
                vswitches = tuple(vswitch for vswitch in chosen if vswitch is not None)
                where = zone or vswitches[0].zone
                found.append(Candidate(instance_type, where, vswitches, is_spot))
    return found


def _excluded(zone: str, wishes: Sequence[Wish], disk_zones: Mapping[str, str]) -> str:
    for disk, disk_zone in disk_zones.items():
        if zone and disk_zone != zone:
            return f"disk {disk} is in {disk_zone}"
    for wish in wishes:
        if wish.in_zone(zone) is None:
            ids = ", ".join(
                f"{v.id} ({', '.join(filter(None, (v.zone, v.cidr)))})" for v in wish.vswitches
            )
            about = f" for {', '.join(wish.ips)}" if wish.ips else ""
            return f"network {wish.name!r} has no vSwitch there{about}, only {ids}"
    return ""
